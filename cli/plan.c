/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dsfit plan: the requests of this site that fit a declaration, ranked for its goal. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/declaration.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/table.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "core/base/size.h"
#include "core/decide/decide.h"
#include "core/decide/plan.h"
#include "core/say/say.h"
#include "plugin/request.h"

enum { KEY_PARTITION = CLI_KEY_OWN, KEY_CONSTRAINT, KEY_ROWS = 'n' };

static const struct argp_option own_options[] = {
	{ NULL, 0, NULL, 0, "The plan:", CLI_GROUP_OWN },
	{ "partition", KEY_PARTITION, "NAME", 0, "in this partition alone", 0 },
	{ "constraint", KEY_CONSTRAINT, "FEATURES", 0, "on nodes with these features alone", 0 },
	{ "rows", KEY_ROWS, "N", 0, "so many rows (10)", 0 },
	{ 0 },
};

/* Rows that are planned: more than anybody reads. */
#define ROWS 1000
#define ROWS_SHOWN 10

struct arguments {
	struct cli_common common;
	struct dsfit_declaration declaration;
	struct dsfit_request request;
	uint64_t rows;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_PARTITION:
		cli_take_partition(arg, &a->request);
		return 0;
	case KEY_CONSTRAINT:
		cli_take_constraint(arg, &a->request);
		return 0;
	case KEY_ROWS:
		cli_take_number("rows", arg, &a->rows);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: no argument is accepted, only options", arg);
		return 0;
	default:
		return cli_declaration_take(&a->declaration, key, arg);
	}
}

/* The request as it is typed after sbatch. */
static void write_request(const struct dsfit_alternative *row, char *text, size_t size)
{
	char request[1024];

	snprintf(text, size, "%s%s", dsfit_request_text(&row->request, request, sizeof(request)),
		 row->preemptible ? " --requeue" : "");
}

/* The partition of a row by its name; "" for the default one of a site that names none. */
static const char *partition_of(const struct dsfit_site *site, const struct dsfit_alternative *row)
{
	const struct dsfit_partition *partition;

	if (row->request.partition[0])
		return row->request.partition;
	partition = dsfit_site_partition(site, NULL);
	return partition ? partition->name : "";
}

/* --- as JSON ------------------------------------------------------------------------------- */

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add(o, key, value);
}

/* As many digits as mean something; null where it is not known. */
static struct json_object *number(double value)
{
	char text[64];

	if (value < 0)
		return NULL;
	snprintf(text, sizeof(text), "%.10g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *integer(uint64_t value)
{
	return json_object_new_int64(value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static struct json_object *json_row(const struct dsfit_site *site,
				    const struct dsfit_alternative *row)
{
	const struct dsfit_assessment *a = &row->assessment;
	struct json_object *o = json_object_new_object();
	char text[1100];

	write_request(row, text, sizeof(text));
	add(o, "request", json_object_new_string(text));
	add(o, "nodes", integer(a->layout.nodes));
	add(o, "gpus_per_node", integer(a->layout.gpus_per_node));
	add(o, "gpus", integer(a->layout.gpus));
	add(o, "gpu", json_object_new_string(a->class->gpu->name));
	add(o, "partition", json_object_new_string(partition_of(site, row)));
	add(o, "preemptible", json_object_new_boolean(row->preemptible));
	add(o, "peak", integer(a->account.gpu.peak));
	add(o, "capacity", integer(a->gpu_capacity));
	add(o, "head_room", integer(dsfit_sub(a->gpu_capacity, a->account.gpu.peak)));
	add(o, "per_hour", number(a->price));
	add(o, "per_billion_tokens", number(a->price_per_billion));
	add(o, "days_per_billion_tokens", number(a->days_per_billion));
	add(o, "network_wait", number(a->waiting));
	add(o, "price", a->class->price < 0 ? NULL :
		json_object_new_string(a->class->guides_price ? "guide" : "site"));
	add(o, "verdict", json_object_new_string(dsfit_verdict_names[a->overall]));
	return o;
}

static void print_json(const struct dsfit_site *site, const struct dsfit_alternative *rows,
		       size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, json_row(site, &rows[i]));
	puts(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY |
						   JSON_C_TO_STRING_SPACED |
						   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(array);
}

/* --- as a table ---------------------------------------------------------------------------- */

enum { GPUS, MEMORY, FREE, WAIT, PER_HOUR, PER_BILLION, DAYS, REQUEST, COLUMNS };

#define CELL 1100

/* A row's cells: "" for what is not known. */
struct cells {
	char text[COLUMNS][CELL];
};

/* Four significant digits at most: 0.74, 65.60, 438, and 0.035. */
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
	write_request(row, cells->text[REQUEST], CELL);
}

/* Break a request between its options into lines of so many characters, of one at least. */
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

/* What the other columns leave the request of a terminal's width; what is no terminal has room. */
static size_t room_for_request(struct libscols_table *table, const struct cells *cells,
			       size_t count)
{
	size_t width = scols_table_get_termwidth(table);

	if (!isatty(STDOUT_FILENO))
		return CELL;
	for (int column = GPUS; column < REQUEST; column++) {
		size_t widest = strlen(columns[column].name);

		for (size_t i = 0; i < count; i++)
			if (strlen(cells[i].text[column]) > widest)
				widest = strlen(cells[i].text[column]);
		width -= width > widest + 1 ? widest + 1 : width;
	}
	return width;
}

/* No number is cut or broken: what gives way on a narrow terminal is the request. */
static void print_rows(const struct dsfit_alternative *rows, size_t count)
{
	struct libscols_table *table = cli_table_new("plan", columns, 0);
	struct libscols_column *request = scols_table_get_column(table, REQUEST);
	struct cells *cells = calloc(count, sizeof(*cells));
	size_t room;

	cli_need(!cells || scols_column_set_wrapfunc(request, scols_wrapnl_chunksize,
						     scols_wrapnl_nextchunk, NULL) ||
		 scols_column_set_safechars(request, "\n"));
	for (size_t i = 0; i < count; i++)
		write_cells(&rows[i], &cells[i]);
	room = room_for_request(table, cells, count);
	for (size_t i = 0; i < count; i++) {
		struct libscols_line *line = cli_table_line(table, NULL);

		wrap(cells[i].text[REQUEST], room);
		for (size_t column = 0; column < COLUMNS; column++)
			cli_table_set(line, column, cells[i].text[column]);
	}
	cli_table_print(table);
	free(cells);
	cli_print("memory and free: of a GPU at its peak; wait: of a step for the network; B: a "
		  "billion tokens\n");
}

/* The prices are the guide's where the site has none of its own: of which cards. */
static void print_prices(const struct dsfit_alternative *rows, size_t count)
{
	const char *separator = "prices: the guide's cloud prices for ";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

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
		fprintf(out, "; a site states its own (price in dsfit.conf)\n");
	cli_need(fclose(out));
	cli_print(text);
	free(text);
}

static void print_table(const struct dsfit_workload *workload,
			const struct dsfit_alternative *rows, size_t count, size_t shown)
{
	char *words = dsfit_say_workload(workload);

	cli_need(!words);
	printf("%s, for %s:\n", words, dsfit_goal_names[workload->goal]);
	free(words);
	if (rows[0].assessment.overall != DSFIT_FITS)
		printf("%s: nothing fits with certainty\n",
		       dsfit_verdict_names[rows[0].assessment.overall]);
	print_rows(rows, shown);
	if (shown < count)
		printf("%zu more: --rows=%zu shows them\n", count - shown, count);
	print_prices(rows, shown);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void say_nothing_fits(const struct arguments *a, const struct dsfit_site *site,
			     const struct dsfit_workload *workload,
			     const struct dsfit_assessment *closest)
{
	FILE *out = a->common.json ? stderr : stdout;
	char path[PATH_MAX];
	char *words = dsfit_say_workload(workload);
	char *lack = closest->placed ? dsfit_say_closest(closest) : NULL;

	cli_need(!words);
	if (!site->class_count)
		fprintf(out, "%s: %s\n", cli_conf(&a->common, path), dsfit_site_lacks(site));
	else
		fprintf(out, "nothing here fits %s%s%s", words,
			closest->placed && closest->overall == DSFIT_TIGHT ? " for certain" : "",
			lack ? ":\n  " : "\n");
	if (lack)
		fputs(lack, out);
	free(lack);
	free(words);
}

/* What would fit if it were trained otherwise, for sbatch as the plan's rows are. */
static void say_other_training(const struct arguments *a, const struct dsfit_site *site,
			       const struct dsfit_workload *workload)
{
	const struct dsfit_gate gate = { .can_read = true, .own_form = DSFIT_FORM_NONE };
	struct dsfit_workload advised = *workload;
	struct dsfit_decision decision;
	const struct dsfit_say words = {
		.site = site,
		.workload = &advised,
		.decision = &decision,
		.write_request = dsfit_request_text,
		.prefix = "--ds-",
	};
	char *text;

	advised.fit = DSFIT_MODE_ADVISE;
	advised.fit_given = true;
	dsfit_decide(site, &advised, &a->request, &gate, &decision);
	if (dsfit_something_fits(&decision))
		return;
	text = dsfit_say_alternatives(&words);
	cli_need(!text);
	fputs(text, a->common.json ? stderr : stdout);
	free(text);
}

static int plan_on(const struct arguments *a, const struct dsfit_site *site,
		   struct dsfit_alternative *rows)
{
	struct dsfit_assessment closest = { .placed = false };
	struct dsfit_workload workload;
	struct dsfit_plan plan;
	size_t count, shown;

	cli_check_partition(site, &a->request);
	cli_check_constraint(site, &a->request, NULL);
	cli_declaration_resolve(&a->declaration, site, &workload);
	plan = dsfit_plan_begin(site, &workload, &a->request);
	plan.closest = &closest;
	count = dsfit_plan(&plan, rows, ROWS);
	shown = count < a->rows ? count : (size_t)a->rows;
	if (a->common.json)
		print_json(site, rows, shown);
	else if (count)
		print_table(&workload, rows, count, shown);
	if (!count) {
		say_nothing_fits(a, site, &workload, &closest);
		say_other_training(a, site, &workload);
	}
	return count ? CLI_FITS : CLI_MISFIT;
}

int cli_plan(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	struct argp_option *options = cli_declaration_options(own_options);
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.doc = "The requests of this site that a training job fits, ranked for its goal: "
		       "development the smallest, experiment preemptible partitions first, "
		       "production the lowest cost per token. Exit status 0: something fits; 1: "
		       "nothing does; 2: bad usage or input.",
	};
	struct arguments a = {
		.declaration = { .prefix = "--" },
		.request = { .nodes_min = 1, .form = DSFIT_FORM_NONE },
		.rows = ROWS_SHOWN,
	};
	struct dsfit_alternative *rows;
	struct dsfit_site *site;
	int rc;

	cli_parse(&argp, argc, argv, &a);
	site = cli_load(&a.common);
	rows = calloc(ROWS, sizeof(*rows));
	cli_need(!rows);
	rc = plan_on(&a, site, rows);
	free(rows);
	dsfit_site_free(site);
	free(options);
	return rc;
}
