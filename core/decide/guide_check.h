/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GUIDE_CHECK_H
#define DSFIT_GUIDE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "core/decide/assess.h"
#include "core/guide/tables.h"
#include "core/site/site.h"

/*
 * Checking the hardware guide: each row of its tables is about a job, and that job is assessed as
 * any other. "dsfit guide" prints both side by side.
 */

#define DSFIT_CELL_MAX 64

/*
 * The text of a row's cell. Cells about cards are filled from the site's gpus.conf ("40/80 GB" for
 * two cards); "" if it has none of the row's cards. Returns `text`, or a string of the table.
 */
const char *dsfit_compare_cell(const struct dsfit_site *site, const struct dsfit_guide_row *row,
			       size_t column, char text[DSFIT_CELL_MAX]);

/* What the account says of a row's job. */
struct dsfit_comparison {
	struct dsfit_workload workload;
	struct dsfit_assessment assessment;	/* `class` is NULL: the nodes are made up */
	enum dsfit_verdict verdict;	/* the one that the table is about */
	uint64_t need, guide;		/* bytes per GPU by the account and by the guide */
	uint64_t divided;		/* reduction: bytes of what the stage divides among GPUs */
	double less;			/* reduction: a GPU's peak without ZeRO, in peaks with it */
};

/*
 * Assess a check of a row. The row states the training; batch, sequence and precision are the
 * site's defaults. The nodes are made up: they have the row's cards, and the RAM that the guide
 * demands for such a job. Returns 0, or -1 with a line in err if the site knows no such model or
 * card.
 */
int dsfit_compare(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		  const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		  struct dsfit_comparison *out, struct dsfit_error *err);

/* The options with which "dsfit size" assesses the same job on the same nodes. Returns `text`. */
const char *dsfit_compare_options(const struct dsfit_guide_check *check,
				  const struct dsfit_comparison *comparison, char *text,
				  size_t size);

/*
 * The largest model that surely fits on one such card when it is trained by a method with the
 * site's defaults, in parameters, with two significant digits. 0 if not even 10M parameters fit.
 */
uint64_t dsfit_compare_largest(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
			       enum dsfit_method method);

#endif
