/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogues as tables: libsmartcols fits them to the terminal, and writes their JSON. */
#include "cli/cli.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>

#include <libsmartcols.h>

#include "core/size.h"

struct column {
	const char *name;
	int flags;
	int json;
};

static void need(int failed)
{
	if (failed)
		error(CLI_USAGE, 0, "out of memory");
}

static struct libscols_table *make_table(const char *name, const struct column *columns,
					 const struct cli_common *common)
{
	struct libscols_table *table = scols_new_table();

	need(!table || scols_table_set_name(table, name));
	scols_table_enable_json(table, common->json);
	for (; columns->name; columns++) {
		struct libscols_column *column =
			scols_table_new_column(table, columns->name, 0, columns->flags);

		need(!column);
		scols_column_set_json_type(column, columns->json);
	}
	return table;
}

static struct libscols_line *add_line(struct libscols_table *table)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	need(!line);
	return line;
}

static void set(struct libscols_line *line, size_t column, const char *text)
{
	need(scols_line_set_data(line, column, text));
}

/* A number that is not known stays empty: null in JSON. */
static void set_number(struct libscols_line *line, size_t column, double value, int digits)
{
	char text[64];

	if (value < 0)
		return;
	snprintf(text, sizeof(text), "%.*f", digits, value);
	set(line, column, text);
}

static int print_table(struct libscols_table *table)
{
	int failed = scols_print_table(table);

	scols_unref_table(table);
	return failed ? CLI_USAGE : 0;
}

static struct dsfit_site *parse(int argc, char **argv, const char *doc, struct cli_common *common)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { .children = children, .doc = doc };

	*common = (struct cli_common){ 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, common))
		exit(CLI_USAGE);
	return cli_load(common);
}

int cli_gpus(int argc, char **argv)
{
	static const struct column columns[] = {
		{ "name", 0, SCOLS_JSON_STRING },
		{ "label", 0, SCOLS_JSON_STRING },
		{ "memory", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		{ "usable", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		{ "tflops", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "guide-tflops", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "price", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
		{ "best-for", 0, SCOLS_JSON_STRING },
		{ NULL, 0, 0 },
	};
	struct cli_common common;
	struct dsfit_site *site = parse(argc, argv, "List the GPUs that are known: memory on the "
					"label and usable, dense 16-bit tensor TFLOPS, the "
					"guide's TFLOPS, $ an hour.", &common);
	struct libscols_table *table = make_table("gpus", columns, &common);
	int rc;

	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];
		struct libscols_line *line = add_line(table);
		char text[64];

		set(line, 0, gpu->name);
		set(line, 1, gpu->label);
		snprintf(text, sizeof(text), "%.0f GB", (double)gpu->label_memory / 1e9);
		set(line, 2, text);
		set(line, 3, dsfit_format_bytes(gpu->memory, text));
		set_number(line, 4, gpu->tflops > 0 ? gpu->tflops : -1, 0);
		set_number(line, 5, gpu->guide_tflops > 0 ? gpu->guide_tflops : -1, 1);
		set_number(line, 6, gpu->price, 2);
		set(line, 7, gpu->best_for);
	}
	rc = print_table(table);
	dsfit_site_free(site);
	return rc;
}

int cli_models(int argc, char **argv)
{
	static const struct column columns[] = {
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
	struct dsfit_site *site = parse(argc, argv, "List the models that are known by name.",
					&common);
	struct libscols_table *table = make_table("models", columns, &common);
	int rc;

	for (size_t i = 0; i < site->models.count; i++) {
		const struct dsfit_model *model = &site->models.entries[i].model;
		struct libscols_line *line = add_line(table);
		char text[DSFIT_SIZE_TEXT];

		set(line, 0, model->name);
		set(line, 1, model->family);
		set(line, 2, dsfit_format_count(model->parameters, text));
		set_number(line, 3, (double)model->parameters, 0);
		set_number(line, 4, (double)model->active, 0);
		set_number(line, 5, (double)model->shape.layers, 0);
		set_number(line, 6, (double)model->shape.hidden, 0);
		set_number(line, 7, (double)model->shape.vocab, 0);
		set_number(line, 8, (double)model->shape.experts, 0);
	}
	rc = print_table(table);
	dsfit_site_free(site);
	return rc;
}
