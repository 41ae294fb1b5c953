/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_TABLE_H
#define DSFIT_CLI_TABLE_H

#include <stddef.h>

#include <libsmartcols.h>

/* Tables by libsmartcols, which fits them to the terminal. What fails for want of memory ends the
 * command with CLI_USAGE. */

struct cli_column {
	const char *name;		/* NULL ends a list of columns */
	int flags;			/* SCOLS_FL_ */
	int json;			/* SCOLS_JSON_ */
};

/* A table of these columns, to be written as JSON or as text. */
struct libscols_table *cli_table_new(const char *name, const struct cli_column *columns, int json);

/* A new last line; under `parent` in a tree, NULL for none. */
struct libscols_line *cli_table_line(struct libscols_table *table, struct libscols_line *parent);

void cli_table_set(struct libscols_line *line, size_t column, const char *text);

/* A number; one that is not known, negative, stays empty: null in JSON. */
void cli_table_number(struct libscols_line *line, size_t column, double value, int digits);

/* Print and free it. The command's exit status. */
int cli_table_print(struct libscols_table *table);

#endif
