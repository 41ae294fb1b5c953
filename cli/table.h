/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_TABLE_H
#define DSFIT_CLI_TABLE_H

#include <stddef.h>

#include <libsmartcols.h>

/* Tables, printed by libsmartcols, which fits them to the terminal. Without memory the command ends
 * with CLI_USAGE. */

struct cli_column {
	const char *name;		/* NULL ends a list of columns */
	int flags;			/* SCOLS_FL_ */
	int json;			/* SCOLS_JSON_ */
};

/* Return a new table with these columns. `json`: print it as JSON, not as text. */
struct libscols_table *cli_table_new(const char *name, const struct cli_column *columns, int json);

/* Add a line at the end. In a tree it is below `parent`; NULL: at the top. */
struct libscols_line *cli_table_line(struct libscols_table *table, struct libscols_line *parent);

void cli_table_set(struct libscols_line *line, size_t column, const char *text);

/* Set a number. A negative one is unknown: the cell stays empty, and JSON has null. */
void cli_table_number(struct libscols_line *line, size_t column, double value, int digits);

/* Print and free the table. */
void cli_table_print(struct libscols_table *table);

#endif
