/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit models" prints the catalogue as a table. libsmartcols fits a table to the terminal and
 * writes its JSON. */
#include "cli/commands.h"
#include "cli/common.h"

#include <error.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "core/base/size.h"
#include "core/model/hub_models.h"
#include "core/model/hub_names.h"
#include "core/model/model_text.h"

enum {
	NAME, FAMILY, SIZE, ACTIVE, LAYERS, HIDDEN, EXPERTS, PARAMETERS, VOCAB,
};

/* What a person reads fits 80 columns, with sizes as people say them. JSON has numbers. */
static const struct cli_column model_columns[] = {
	[NAME] = { "name", 0, SCOLS_JSON_STRING },
	[FAMILY] = { "family", 0, SCOLS_JSON_STRING },
	[SIZE] = { "size", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
	[ACTIVE] = { "active", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[LAYERS] = { "layers", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[HIDDEN] = { "hidden", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[EXPERTS] = { "experts", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[PARAMETERS] = { "parameters", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[VOCAB] = { "vocab", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	{ NULL, 0, 0 },
};

static void hide(struct libscols_table *table, size_t column)
{
	struct libscols_column *at = scols_table_get_column(table, column);

	cli_need(scols_column_set_flags(at, scols_column_get_flags(at) | SCOLS_FL_HIDDEN));
}

static void add_model(struct libscols_table *table, const struct dsfit_model *model, bool json)
{
	struct libscols_line *line = cli_table_line(table, NULL);
	bool mixture = model->active < model->parameters;
	char text[DSFIT_SIZE_TEXT];

	cli_table_set(line, NAME, model->name);
	cli_table_set(line, FAMILY, model->family);
	cli_table_set(line, SIZE, dsfit_format_count(model->parameters, text));
	cli_table_number(line, PARAMETERS, (double)model->parameters, 0);
	if (json)
		cli_table_number(line, ACTIVE, (double)model->active, 0);
	else if (mixture)
		cli_table_set(line, ACTIVE, dsfit_format_count(model->active, text));
	cli_table_number(line, LAYERS, (double)model->shape.layers, 0);
	cli_table_number(line, HIDDEN, (double)model->shape.hidden, 0);
	cli_table_number(line, VOCAB, (double)model->shape.vocab, 0);
	cli_table_number(line, EXPERTS, (double)model->shape.experts, 0);
}

/* Add the models that have the word in one of their names, or all. Returns how many. */
static size_t add_models(struct libscols_table *table, const struct dsfit_models *models,
			 const struct cli_list *a)
{
	struct dsfit_model model;
	struct dsfit_error err;
	const char *at = NULL;
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_entry *known = &models->names[i];
		bool wanted = !a->word || strcasestr(known->name, a->word);

		for (size_t j = 0; j < known->alias_count; j++)
			wanted |= a->word && strcasestr(known->aliases[j], a->word);
		if (wanted)
			add_model(table, &models->entries[i], a->common.json);
		n += wanted;
	}
	while ((rc = dsfit_hub_next(models, &at, a->word, &model, &err)) > 0) {
		add_model(table, &model, a->common.json);
		n++;
	}
	if (rc < 0)
		error(CLI_USAGE, 0, "%s", err.text);
	return n;
}

/* No name has the word in it, but it may stand for one: an id of the Hub. */
static void add_named(struct libscols_table *table, const struct dsfit_models *models,
		      const struct cli_list *a)
{
	const char *hub = dsfit_model_hub_name(a->word);
	char near[DSFIT_NEAR_TEXT], size[DSFIT_SAID_SIZE];
	struct dsfit_model model;
	struct dsfit_error err;
	int rc = dsfit_models_named(models, hub ? hub : a->word, false, &model, &err);

	if (rc > 0) {
		add_model(table, &model, a->common.json);
		return;
	}
	if (rc < 0)
		error(CLI_USAGE, 0, "%s: %s", a->word, err.text);
	dsfit_models_near(models, hub ? hub : a->word, near);
	if (*dsfit_name_size(a->word, size))
		error(CLI_USAGE, 0, "%s: %sno model has this name: write its size, --model=%s",
		      a->word, near, size);
	error(CLI_USAGE, 0, "%s: %sno model has this name: write its size, such as --model=8B",
	      a->word, near);
}

int cli_models(int argc, char **argv)
{
	static const char doc[] = "List the models that are known by name: all, or those with the "
				  "word in their name.";
	struct cli_list a;
	struct dsfit_site *site = cli_open_list(argc, argv, doc, &a);
	struct libscols_table *table;

	table = cli_table_new("models", model_columns, a.common.json);
	if (a.common.json) {
		hide(table, SIZE);
	} else {
		hide(table, PARAMETERS);
		hide(table, VOCAB);
	}
	if (!add_models(table, &site->models, &a) && a.word)
		add_named(table, &site->models, &a);
	cli_table_print(table);
	dsfit_site_free(site);
	return 0;
}
