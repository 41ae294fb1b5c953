/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GUIDE_CHECK_H
#define DSFIT_GUIDE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "core/decide/assess.h"
#include "core/guide/tables.h"
#include "core/site/site.h"

/* The guide beside the account: each job that the guide's rows are about, assessed as any other. */

#define DSFIT_CELL_MAX 64

/*
 * The words of a row's cell: the guide's or, where those are about cards, what the catalogue says
 * of the row's ("40/80 GB" of two); "" where the site knows none of them. Fills text where it
 * must, and returns it or the table's own string.
 */
const char *dsfit_compare_cell(const struct dsfit_site *site, const struct dsfit_guide_row *row,
			       size_t column, char text[DSFIT_CELL_MAX]);

/* A row's job as the account sees it. */
struct dsfit_comparison {
	struct dsfit_workload workload;
	struct dsfit_assessment assessment;	/* its `class` is NULL: the nodes are made up */
	enum dsfit_verdict verdict;	/* that of the assessment's which the table is about */
	uint64_t need, guide;		/* estimate, reduction: bytes by the account, the guide */
	uint64_t divided;		/* reduction: bytes of what the stage divides */
	double less;			/* reduction: times less in all than without ZeRO */
};

/*
 * Ask the account about one check of a row: the site's defaults (batch, sequence, precision)
 * under the row's own training, on nodes made of the row's cards with the RAM that the guide
 * gives such a job. -1 and why where the site knows no such model or card.
 */
int dsfit_compare(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		  const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		  struct dsfit_comparison *out, struct dsfit_error *err);

/* The options of "dsfit size" that state a check's job and what it runs on. Returns text. */
const char *dsfit_compare_options(const struct dsfit_guide_check *check,
				  const struct dsfit_comparison *comparison, char *text,
				  size_t size);

/*
 * The largest model, in parameters to two digits, that one such card trains by a method with
 * nothing else declared: the whole of the account's band fits. 0 where none of 10M and more does.
 */
uint64_t dsfit_compare_largest(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
			       enum dsfit_method method);

#endif
