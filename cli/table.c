/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"

struct libscols_table *cli_table_new(const char *name, const struct cli_column *columns, int json)
{
	struct libscols_table *table = scols_new_table();

	cli_need(!table || scols_table_set_name(table, name));
	scols_table_enable_json(table, json);
	for (; columns->name; columns++) {
		struct libscols_column *column =
			scols_table_new_column(table, columns->name, 0, columns->flags);

		cli_need(!column);
		scols_column_set_json_type(column, columns->json);
	}
	return table;
}

struct libscols_line *cli_table_line(struct libscols_table *table, struct libscols_line *parent)
{
	struct libscols_line *line = scols_table_new_line(table, parent);

	cli_need(!line);
	return line;
}

void cli_table_set(struct libscols_line *line, size_t column, const char *text)
{
	cli_need(scols_line_set_data(line, column, text));
}

void cli_table_number(struct libscols_line *line, size_t column, double value, int digits)
{
	char text[64];

	if (value < 0)
		return;
	snprintf(text, sizeof(text), "%.*f", digits, value);
	cli_table_set(line, column, text);
}

/* libsmartcols leaves a cell empty that it had no memory to lay out. Only errno tells. */
void cli_table_print(struct libscols_table *table)
{
	char *text = NULL;
	int failed;

	errno = 0;
	failed = scols_print_table_to_string(table, &text);
	cli_need(failed || errno == ENOMEM || !text);
	fputs(text, stdout);
	/* As scols_print_table() ends the last line. */
	if (*text && text[strlen(text) - 1] != '\n')
		putchar('\n');
	free(text);
	scols_unref_table(table);
}
