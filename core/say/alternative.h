/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ALTERNATIVE_H
#define DSFIT_ALTERNATIVE_H

#include <stdio.h>

#include "core/say/subject.h"

/* What to type instead, in words. Only core/say/ and the pages of the command use these. */

/* How it relates to what was asked: "instead", "fits", "might fit", "or change the training". */
const char *dsfit_alternative_lead(const struct dsfit_decision *d,
				   const struct dsfit_alternative *one);

/*
 * Write what has no option: changes of the training, and figures if they are wanted, with commas
 * between them: "4 accumulation steps for the same batch, 33.7 GiB of 39.4 GiB per GPU, $32.80/h".
 * `before` and `after` stand around all of it, and are left out with it if there is nothing.
 */
void dsfit_put_remarks(FILE *out, const struct dsfit_alternative *one, bool figures,
		       const char *before, const char *after);

/* "  instead: -N 2 --gpus-per-node=a100:4 (33.7 GiB of 39.4 GiB per GPU, $32.80/h)" and a newline,
 * with or without the figures. The caller frees it; NULL if there is no memory. */
char *dsfit_alternative_line(const struct dsfit_say *say, const struct dsfit_alternative *one,
			     bool figures);

#endif
