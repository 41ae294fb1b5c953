/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit models" prints the catalogue as a table. libsmartcols fits a table to the terminal and
 * writes its JSON. */
#include "cli/commands.h"
#include "cli/common.h"
#include "core/base/array.h"

#include <stdio.h>

#include "cli/table.h"

#include <unistd.h>
#include "core/base/size.h"

/* Hide columns on a narrow terminal. Otherwise libsmartcols breaks numbers at its edge. */
static void hide_narrow(struct libscols_table *table)
{
	static const size_t dispensable[] = { 3, 7 };	/* exact parameters, vocabulary */

	if (!isatty(STDOUT_FILENO) || scols_table_get_termwidth(table) >= 100)
		return;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(dispensable); i++) {
		struct libscols_column *column = scols_table_get_column(table, dispensable[i]);

		cli_need(scols_column_set_flags(column, SCOLS_FL_RIGHT | SCOLS_FL_HIDDEN));
	}
}

int cli_models(int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ "name", 0, SCOLS_JSON_STRING },
		{ "family", 0, SCOLS_JSON_STRING },
		{ "size", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		{ "parameters", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "active", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "layers", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "hidden", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "vocab", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "experts", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ NULL, 0, 0 },
	};
	struct cli_common common;
	struct dsfit_site *site = cli_open(argc, argv, "List the models that are known by name.",
					   &common);
	struct libscols_table *table = cli_table_new("models", columns, common.json);
	int rc;

	if (!common.json)
		hide_narrow(table);
	for (size_t i = 0; i < site->models.count; i++) {
		const struct dsfit_model *model = &site->models.entries[i].model;
		struct libscols_line *line = cli_table_line(table, NULL);
		char text[DSFIT_SIZE_TEXT];

		cli_table_set(line, 0, model->name);
		cli_table_set(line, 1, model->family);
		cli_table_set(line, 2, dsfit_format_count(model->parameters, text));
		cli_table_number(line, 3, (double)model->parameters, 0);
		cli_table_number(line, 4, (double)model->active, 0);
		cli_table_number(line, 5, (double)model->shape.layers, 0);
		cli_table_number(line, 6, (double)model->shape.hidden, 0);
		cli_table_number(line, 7, (double)model->shape.vocab, 0);
		cli_table_number(line, 8, (double)model->shape.experts, 0);
	}
	rc = cli_table_print(table);
	dsfit_site_free(site);
	return rc;
}
