/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print the rows of "dsfit plan" as a table. On a terminal the last column, the request, gives way
 * first: it is wrapped between its options, so that it can be copied. Where not even one option has
 * room, columns are left out, and no number is broken.
 *
 *   GPUs           memory    free  wait   $/h  ...  request
 *   1 x 4 A100     31.2 GiB  20 %        5.04  ...  -N 1 --gpus-per-node=a100:4
 *                                                   --mem=32G
 */
#include "cli/plan_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/output.h"
#include "cli/plan_request.h"
#include "cli/table.h"
#include "core/base/array.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "core/say/say.h"

enum { GPUS, MEMORY, FREE, WAIT, PER_HOUR, PER_BILLION, DAYS, REQUEST, COLUMNS };

#define CELL PLAN_REQUEST_MAX

/* The texts of a row. "": unknown. */
struct cells {
	char text[COLUMNS][CELL];
};

/* Write an amount with as many digits as help: 0.035, 0.74, 65.60, 438. Negative: unknown. */
static void write_amount(char text[CELL], double value)
{
	int digits = 2;

	if (value >= 100)
		digits = 0;
	else if (value > 0 && value < 0.1)
		digits = 3;
	snprintf(text, CELL, value < 0 ? "" : "%.*f", digits, value);
}

static void write_cells(const struct dsfit_alternative *row, struct cells *cells)
{
	const struct dsfit_assessment *a = &row->assessment;
	double used = (double)a->account.gpu.peak / (double)a->gpu_capacity;

	memset(cells, 0, sizeof(*cells));
	snprintf(cells->text[GPUS], CELL, "%llu x %llu %s", (unsigned long long)a->layout.nodes,
		 (unsigned long long)a->layout.gpus_per_node, a->class->gpu->label);
	dsfit_format_bytes(a->account.gpu.peak, cells->text[MEMORY]);
	snprintf(cells->text[FREE], CELL, "%.0f %%", used < 1 ? 100 * (1 - used) : 0);
	if (a->waiting >= 0)
		snprintf(cells->text[WAIT], CELL, "%.0f %%", 100 * a->waiting);
	write_amount(cells->text[PER_HOUR], a->price);
	write_amount(cells->text[PER_BILLION], a->price_per_billion);
	write_amount(cells->text[DAYS], a->days_per_billion);
	plan_request(row, cells->text[REQUEST]);
}

/* Break a request between its options into lines of `width` characters. A line has at least one
 * option. */
static void wrap(char *text, size_t width)
{
	char *line = text, *space = NULL;

	for (char *at = text; *at; at++) {
		if (*at == ' ' && at[1] == '-')
			space = at;
		if ((size_t)(at - line) < width || !space)
			continue;
		*space = '\n';
		line = space + 1;
		space = NULL;
	}
}

static const struct cli_column columns[] = {
	[GPUS] = { "GPUs", SCOLS_FL_STRICTWIDTH, SCOLS_JSON_STRING },
	[MEMORY] = { "memory", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_STRING },
	[FREE] = { "free", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_STRING },
	[WAIT] = { "wait", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_STRING },
	[PER_HOUR] = { "$/h", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_NUMBER },
	[PER_BILLION] = { "$/B", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_NUMBER },
	[DAYS] = { "days/B", SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, SCOLS_JSON_NUMBER },
	[REQUEST] = { "request", SCOLS_FL_WRAP, SCOLS_JSON_STRING },
	[COLUMNS] = { NULL, 0, 0 },
};

static size_t widest_cell(const struct cells *cells, size_t count, int column)
{
	size_t widest = strlen(columns[column].name);

	for (size_t i = 0; i < count; i++)
		if (strlen(cells[i].text[column]) > widest)
			widest = strlen(cells[i].text[column]);
	return widest;
}

/* The longest option of the requests: they cannot be broken further. */
static size_t longest_option(const struct cells *cells, size_t count)
{
	size_t longest = strlen(columns[REQUEST].name);
	char text[CELL];

	for (size_t i = 0; i < count; i++) {
		memcpy(text, cells[i].text[REQUEST], sizeof(text));
		wrap(text, 1);
		for (const char *line = text; *line; line += line[strcspn(line, "\n")] == '\n') {
			size_t length = strcspn(line, "\n");

			if (length > longest)
				longest = length;
			line += length;
		}
	}
	return longest;
}

/* Return the width that the other columns leave for the request. Outside a terminal there is no
 * limit. Where they leave too little, hide some, and set *hidden. */
static size_t room_for_request(struct libscols_table *table, const struct cells *cells,
			       size_t count, bool *hidden)
{
	static const int first[] = { DAYS, PER_BILLION, WAIT, FREE, PER_HOUR, MEMORY };
	size_t width = scols_table_get_termwidth(table), used = 0;
	size_t needed = longest_option(cells, count);

	*hidden = false;
	if (!isatty(STDOUT_FILENO))
		return CELL;
	for (int column = GPUS; column < REQUEST; column++)
		used += widest_cell(cells, count, column) + 1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(first) && used + needed > width; i++) {
		cli_need(scols_column_set_flags(scols_table_get_column(table, (size_t)first[i]),
						columns[first[i]].flags | SCOLS_FL_HIDDEN));
		used -= widest_cell(cells, count, first[i]) + 1;
		*hidden = true;
	}
	return width > used ? width - used : 0;
}

/* Print the table and the legend of its columns. */
static void print_rows(const struct dsfit_alternative *rows, size_t count)
{
	struct libscols_table *table = cli_table_new("plan", columns, 0);
	struct libscols_column *request = scols_table_get_column(table, REQUEST);
	struct cells *cells = calloc(count, sizeof(*cells));
	bool hidden;
	size_t room;

	cli_need(!cells || scols_column_set_wrapfunc(request, scols_wrapnl_chunksize,
						     scols_wrapnl_nextchunk, NULL) ||
		 scols_column_set_safechars(request, "\n"));
	for (size_t i = 0; i < count; i++)
		write_cells(&rows[i], &cells[i]);
	room = room_for_request(table, cells, count, &hidden);
	for (size_t i = 0; i < count; i++) {
		struct libscols_line *line = cli_table_line(table, NULL);

		wrap(cells[i].text[REQUEST], room);
		for (size_t column = 0; column < COLUMNS; column++)
			cli_table_set(line, column, cells[i].text[column]);
	}
	cli_table_print(table);
	free(cells);
	cli_print("memory: peak per GPU; free: memory left on a GPU; wait: part of a step spent "
		  "waiting for the network; B: a billion tokens\n");
	if (hidden)
		cli_print("A wider terminal shows more columns.\n");
}

/* Name the GPUs whose price is the hardware guide's, because the site has none of its own. */
static void print_prices(const struct dsfit_alternative *rows, size_t count)
{
	const char *separator = "prices: the hardware guide's cloud prices for ";
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *line;

	cli_need(!out);
	for (size_t i = 0; i < count; i++) {
		const struct dsfit_node_class *class = rows[i].assessment.class;
		bool said = false;

		for (size_t j = 0; j < i; j++)
			said |= rows[j].assessment.class->gpu == class->gpu &&
				rows[j].assessment.class->guides_price;
		if (!class->guides_price || said)
			continue;
		fprintf(out, "%s%s", separator, class->gpu->label);
		separator = ", ";
	}
	if (separator[0] == ',')
		fprintf(out, "; set price in dsfit.conf to use your own\n");
	line = dsfit_text_end(&text);
	cli_need(!line);
	cli_print(line);
	free(line);
}

void plan_table(const struct dsfit_workload *workload, const struct dsfit_alternative *rows,
		size_t count, size_t shown)
{
	char *words = dsfit_say_workload(workload);

	cli_need(!words);
	printf("%s, for %s:\n", words, dsfit_goal_names[workload->goal]);
	free(words);
	if (rows[0].assessment.overall != DSFIT_FITS)
		printf("%s: no request is sure to fit\n",
		       dsfit_verdict_names[rows[0].assessment.overall]);
	print_rows(rows, shown);
	if (dsfit_evaluation_is_tight(&rows[0].assessment))
		printf("an evaluation at batch %llu would not fit in the first row: "
		       "--set=eval-batch:N says what is used, 0 none\n",
		       (unsigned long long)workload->training.eval_batch);
	if (shown < count)
		printf("%zu more rows: --rows=%zu shows them\n", count - shown, count);
	print_prices(rows, shown);
}
