/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GUIDE_ROWS_H
#define DSFIT_CLI_GUIDE_ROWS_H

#include "cli/guide_words.h"
#include "core/decide/guide_check.h"

/* The hardware guide's rows, with dsfit's estimates of the jobs that each row is about. */

#define GUIDE_METHODS 3		/* of enum dsfit_method: full, LoRA, QLoRA */

/* One check of a row, with the answer. */
struct guide_answer {
	const struct dsfit_guide_check *check;
	struct dsfit_comparison comparison;
	bool known;			/* the site has its model and GPU */
	enum dsfit_verdict verdict;	/* DSFIT_UNKNOWN if not known */
	char job[GUIDE_WORDS];		/* "7B LoRA, 2x RTX 4090" */
	char words[GUIDE_WORDS];	/* "17.8 GiB of 7.8 GiB" */
	uint64_t largest[GUIDE_METHODS];	/* parameters that one GPU can train; 0: none */
};

struct guide_row {
	const struct dsfit_guide_row *guide;
	char text[DSFIT_GUIDE_COLUMNS][DSFIT_CELL_MAX];
	const char *cell[DSFIT_GUIDE_COLUMNS];
	struct guide_answer answer[DSFIT_GUIDE_CHECKS];
	size_t count;
	enum dsfit_verdict verdict, gpu, host;	/* the worst of the jobs that the row names */
};

/* Return the rows of a table with their answers. The caller frees them. Without memory the command
 * ends. */
struct guide_row *guide_ask(const struct dsfit_site *site, const struct dsfit_guide_table *table);

#endif
