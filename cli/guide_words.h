/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GUIDE_WORDS_H
#define DSFIT_CLI_GUIDE_WORDS_H

#include "core/decide/guide_check.h"

/* Room for one line of words. A longer line is cut. */
#define GUIDE_WORDS 256

/* Append the name of a check's job to `job`: "7B LoRA, 2x RTX 4090". The card is named only where
 * the guide's row does not name it already. */
void guide_say_job(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		   const struct dsfit_guide_check *check, char job[GUIDE_WORDS]);

/* Append the job's estimates to `words`: "17.8 GiB of 7.8 GiB". */
void guide_say_answer(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		      const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		      const struct dsfit_comparison *c, char words[GUIDE_WORDS]);

#endif
