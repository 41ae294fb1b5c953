/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print the guide as tables of 80 columns. The guide's columns come first, then dsfit's:
 *
 *   Model  GPUs      job              verdict  estimate
 *   7B     1x A100   7B LoRA, 1x ...  fits     17.8 GiB of 39.4 GiB
 *
 * lay_out() measures the guide's cells and the jobs, and gives the rest of the 80 columns to the
 * estimate. libsmartcols would break a cell in the middle of a number, so the cells are wrapped
 * here first. The guide's decision tree is printed as a tree.
 */
#include "cli/guide_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/guide_rows.h"
#include "cli/table.h"
#include "core/base/size.h"

#define WIDTH 80

/* Return whether a line may break at a space. It may not between a number and its unit, or between
 * "or" and a job. */
static bool may_break(const char *text, const char *space)
{
	if (space > text && space[-1] >= '0' && space[-1] <= '9' && strchr("GKMT", space[1]))
		return false;
	return space != text + 2 || strncmp(text, "or", 2);
}

/*
 * Replace spaces by newlines, so that no line is wider than `width`, unless one word is. Returns
 * the width of the widest line.
 */
static size_t wrap(char *text, size_t width)
{
	size_t widest = 0;
	char *line = text, *space = NULL;

	for (char *at = text;; at++) {
		if (*at && (*at != ' ' || !may_break(text, at)))
			continue;
		if ((size_t)(at - line) > width && space) {
			*space = '\n';
			if ((size_t)(space - line) > widest)
				widest = (size_t)(space - line);
			line = space + 1;
		}
		if (!*at)
			break;
		space = at;
	}
	return strlen(line) > widest ? strlen(line) : widest;
}

/* The columns of a printed table: the guide's, then dsfit's. */
struct layout {
	struct cli_column column[DSFIT_GUIDE_COLUMNS + GUIDE_METHODS + 4];
	size_t width[DSFIT_GUIDE_COLUMNS + GUIDE_METHODS + 4];
	size_t count, guide;		/* all columns, those of the guide */
	size_t verdict, verdicts;	/* the first verdict's column, the number of verdicts */
	size_t used;			/* columns of text used so far, with gaps */
};

static void set_wrapped(struct libscols_line *line, size_t column, const char *words, size_t width)
{
	char text[GUIDE_WORDS];

	snprintf(text, sizeof(text), "%s", words);
	wrap(text, width);
	cli_table_set(line, column, text);
}

static size_t wrapped_width(const char *words, size_t width)
{
	char text[GUIDE_WORDS];

	snprintf(text, sizeof(text), "%s", words);
	return wrap(text, width);
}

static void add_column(struct layout *layout, const char *name, int flags, size_t width)
{
	size_t i = layout->count++;

	layout->column[i] = (struct cli_column){ name, flags, SCOLS_JSON_STRING };
	layout->width[i] = width;
	layout->used += (strlen(name) > width ? strlen(name) : width) + 1;
}

/* Set the width at which the guide's cells and the job are wrapped. Tables with more columns get
 * narrower cells, so that the estimate has room. */
static void limits(const struct dsfit_guide_table *table, size_t *cell, size_t *job)
{
	*cell = 18;
	*job = 14;
	if (table->subject == DSFIT_GUIDE_CARDS) {
		*cell = 13;
		*job = 12;
	} else if (table->column[2]) {
		*cell = *job = 12;
	}
}

/* Add the verdicts' columns. A setup has one for its GPUs and one for the host, because they differ
 * from the guide for different reasons. */
static void add_verdicts(const struct dsfit_guide_table *table, struct layout *layout)
{
	const bool setup = table->subject == DSFIT_GUIDE_SETUP;

	layout->verdict = layout->count;
	add_column(layout, setup ? "GPU" : "verdict", 0, strlen("exceeds"));
	if (setup)
		add_column(layout, "host", 0, strlen("exceeds"));
	layout->verdicts = layout->count - layout->verdict;
}

static void set_verdicts(struct libscols_line *line, const struct layout *layout,
			 enum dsfit_verdict verdict, enum dsfit_verdict gpu,
			 enum dsfit_verdict host)
{
	const bool setup = layout->verdicts > 1;

	cli_table_set(line, layout->verdict, dsfit_verdict_names[setup ? gpu : verdict]);
	if (setup)
		cli_table_set(line, layout->verdict + 1, dsfit_verdict_names[host]);
}

static void max_wrapped(const char *words, size_t limit, size_t *width)
{
	size_t one = wrapped_width(words, limit);

	if (one > *width)
		*width = one;
}

/* Choose all columns. The guide's and the job's are as wide as their text; the estimate gets the
 * rest. */
static void lay_out(const struct dsfit_guide_table *table, const struct guide_row *rows,
		    struct layout *layout)
{
	static const char *const methods[GUIDE_METHODS] = { "full", "LoRA", "QLoRA" };
	const bool cards = table->subject == DSFIT_GUIDE_CARDS;
	size_t cell_limit, job_limit, width;

	memset(layout, 0, sizeof(*layout));
	limits(table, &cell_limit, &job_limit);
	for (size_t c = 0; c < DSFIT_GUIDE_COLUMNS && table->column[c]; c++) {
		width = 0;
		for (size_t i = 0; i < table->row_count; i++)
			max_wrapped(rows[i].cell[c], cell_limit, &width);
		add_column(layout, table->column[c], SCOLS_FL_WRAP, width);
	}
	layout->guide = layout->count;
	for (int i = 0; cards && i < GUIDE_METHODS; i++)
		add_column(layout, methods[i], SCOLS_FL_RIGHT, 5);
	width = 0;
	for (size_t i = 0; i < table->row_count; i++)
		for (size_t k = 0; k < rows[i].count; k++)
			max_wrapped(rows[i].answer[k].job, job_limit, &width);
	add_column(layout, "job", SCOLS_FL_WRAP, width);
	add_verdicts(table, layout);
	if (!cards)
		add_column(layout, "estimate", SCOLS_FL_WRAP, WIDTH - layout->used);
}

static void wrap_at_newlines(struct libscols_column *column)
{
	cli_need(scols_column_set_safechars(column, "\n"));
	cli_need(scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					   NULL));
}

/* Return a table whose cells are already wrapped. It looks the same on a terminal and in a file. */
static struct libscols_table *new_text_table(const struct layout *layout)
{
	struct libscols_table *out = cli_table_new("guide", layout->column, 0);

	scols_table_set_termforce(out, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(out, 2 * WIDTH);
	scols_table_enable_ascii(out, 1);
	for (size_t i = 0; i < layout->count; i++)
		if (layout->column[i].flags & SCOLS_FL_WRAP)
			wrap_at_newlines(scols_table_get_column(out, i));
	return out;
}

static void set_answer(struct libscols_line *line, const struct layout *layout,
		       const struct guide_answer *a)
{
	const struct dsfit_assessment *s = &a->comparison.assessment;
	const size_t job = layout->verdict - 1, words = layout->verdict + layout->verdicts;
	char text[DSFIT_SIZE_TEXT];

	for (size_t i = layout->guide; i < job; i++)
		cli_table_set(line, i, a->largest[i - layout->guide] ?
			      dsfit_format_count(a->largest[i - layout->guide], text) : "-");
	set_wrapped(line, job, a->job, layout->width[job]);
	set_verdicts(line, layout, a->verdict, a->known ? s->gpu : DSFIT_UNKNOWN,
		     a->known ? s->host : DSFIT_UNKNOWN);
	if (words < layout->count)
		set_wrapped(line, words, a->words, layout->width[words]);
}

static void print_rows(const struct dsfit_guide_table *table, const struct guide_row *rows)
{
	struct libscols_table *out;
	struct layout layout;

	lay_out(table, rows, &layout);
	out = new_text_table(&layout);
	for (size_t i = 0; i < table->row_count; i++)
		for (size_t k = 0; k < rows[i].count; k++) {
			struct libscols_line *line = cli_table_line(out, NULL);

			for (size_t c = 0; !k && c < layout.guide; c++)
				set_wrapped(line, c, rows[i].cell[c], layout.width[c]);
			set_answer(line, &layout, &rows[i].answer[k]);
		}
	cli_table_print(out);
}

/* Add one answer to a question, with the jobs below it. */
static void add_leaf(struct libscols_table *out, struct libscols_line *question,
		     const struct layout *layout, const struct guide_row *row)
{
	struct libscols_line *leaf = cli_table_line(out, question);
	char text[GUIDE_WORDS];

	snprintf(text, sizeof(text), "%s -> %s", row->cell[1], row->cell[2]);
	cli_table_set(leaf, 0, text);
	set_verdicts(leaf, layout, row->verdict, row->gpu, row->host);
	for (size_t k = 0; k < row->count; k++)
		set_answer(cli_table_line(out, leaf), layout, &row->answer[k]);
}

/* Print the decision tree: a question, its answers below it, and the next question below "No". */
static void print_tree(const struct dsfit_guide_table *table, const struct guide_row *rows)
{
	struct libscols_line *no = NULL, *question = NULL;
	struct layout layout = { .count = 0 };
	struct libscols_table *out;

	add_column(&layout, "", SCOLS_FL_TREE, 40);
	add_verdicts(table, &layout);
	add_column(&layout, "estimate", SCOLS_FL_WRAP, WIDTH - layout.used);
	out = new_text_table(&layout);
	for (size_t i = 0; i < table->row_count; i++) {
		if (!i || strcmp(rows[i].cell[0], rows[i - 1].cell[0])) {
			if (question) {
				no = cli_table_line(out, question);
				cli_table_set(no, 0, "No");
			}
			question = cli_table_line(out, no);
			cli_table_set(question, 0, rows[i].cell[0]);
		}
		add_leaf(out, question, &layout, &rows[i]);
	}
	cli_table_print(out);
}

/* Print what holds for every row that does not say otherwise. */
static void print_head(const struct dsfit_training *t)
{
	char text[4 * GUIDE_WORDS];

	snprintf(text, sizeof(text), "The hardware guide's tables, with dsfit's estimate of the "
		 "jobs that each row is about: batch %llu x %llu tokens, %s, checkpointing %s. If "
		 "a row names no ZeRO stage, the job has the guide's stage for its model size. "
		 "A job after \"or\" trains in a way that the row does not mention. The columns "
		 "full, LoRA and QLoRA show the largest model that one GPU can train.",
		 (unsigned long long)t->micro_batch, (unsigned long long)t->sequence,
		 dsfit_precision_names[t->precision], dsfit_checkpointing_names[t->checkpointing]);
	wrap(text, WIDTH);
	puts(text);
}

void guide_text(const struct dsfit_site *site)
{
	print_head(&site->defaults);
	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[i];
		struct guide_row *rows = guide_ask(site, table);

		printf("\n%u. %s\n", table->number, table->title);
		if (i == DSFIT_GUIDE_TREE)
			print_tree(table, rows);
		else
			print_rows(table, rows);
		if (table->note)
			printf("(%s)\n", table->note);
		free(rows);
	}
	printf("\nRecommendations\n");
	for (size_t i = 0; dsfit_guide_recommendations[i][0]; i++)
		printf("%zu. %s: %s\n", i + 1, dsfit_guide_recommendations[i][0],
		       dsfit_guide_recommendations[i][1]);
}
