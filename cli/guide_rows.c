/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit guide" estimates every job of the hardware guide's tables here. guide_text.c and
 * guide_json.c write the rows that this file makes. */
#include "cli/guide_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "core/site/card_name.h"

static void ask(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		struct guide_answer *a)
{
	const struct dsfit_gpu *gpu = check->gpu ? dsfit_site_gpu(site, check->gpu) : NULL;
	struct dsfit_error err;

	memset(a, 0, sizeof(*a));
	a->check = check;
	a->known = !dsfit_compare(site, table, row, check, &a->comparison, &err);
	a->verdict = a->known ? a->comparison.verdict : DSFIT_UNKNOWN;
	guide_say_job(site, table, check, a->job);
	if (!a->known)
		snprintf(a->words, sizeof(a->words), "%.*s", GUIDE_WORDS - 1, err.text);
	else
		guide_say_answer(site, table, row, check, &a->comparison, a->words);
	for (int i = 0; gpu && table->subject == DSFIT_GUIDE_CARDS && i < GUIDE_METHODS; i++)
		a->largest[i] = dsfit_compare_largest(site, gpu, (enum dsfit_method)i);
}

static void worsen(enum dsfit_verdict *worst, enum dsfit_verdict verdict)
{
	if (verdict > *worst)
		*worst = verdict;
}

static void ask_row(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		    const struct dsfit_guide_row *guide, struct guide_row *row)
{
	memset(row, 0, sizeof(*row));
	row->guide = guide;
	for (size_t i = 0; i < DSFIT_GUIDE_COLUMNS && table->column[i]; i++)
		row->cell[i] = dsfit_compare_cell(site, guide, i, row->text[i]);
	for (size_t i = 0; i < DSFIT_GUIDE_CHECKS && guide->check[i].model; i++) {
		struct guide_answer *a = &row->answer[row->count++];

		ask(site, table, guide, &guide->check[i], a);
		if (a->check->otherwise)
			continue;
		worsen(&row->verdict, a->verdict);
		worsen(&row->gpu, a->known ? a->comparison.assessment.gpu : DSFIT_UNKNOWN);
		worsen(&row->host, a->known ? a->comparison.assessment.host : DSFIT_UNKNOWN);
	}
}

struct guide_row *guide_ask(const struct dsfit_site *site, const struct dsfit_guide_table *table)
{
	struct guide_row *rows = calloc(table->row_count, sizeof(*rows));

	cli_need(!rows);
	for (size_t i = 0; i < table->row_count; i++)
		ask_row(site, table, &table->rows[i], &rows[i]);
	return rows;
}
