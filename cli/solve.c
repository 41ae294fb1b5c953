/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job is declared anew for each value that is tried, as if it had been typed. Its model is
 * looked for once:
 *
 *     --solve=batch, seq    --batch=N, --seq=N; sequence parallelism divides the tokens
 *     --solve=model         --model=N.NB, in steps of 0.1B
 */
#include "cli/solve.h"

#include <error.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "cli/gpu_names.h"
#include "cli/output.h"
#include "cli/table.h"
#include "core/base/size.h"
#include "core/decide/solve.h"
#include "core/formats/json_write.h"
#include "plugin/request_write.h"

static const struct {
	const char *word, *unit;
	enum dsfit_option option;
	uint64_t limit;			/* of the values that are tried */
} kinds[] = {
	[CLI_SOLVE_BATCH] = { "batch", "samples per GPU", DSFIT_OPTION_BATCH, UINT64_C(1) << 20 },
	[CLI_SOLVE_SEQ] = { "seq", "tokens per sample", DSFIT_OPTION_SEQ, UINT64_C(1) << 26 },
	[CLI_SOLVE_MODEL] = { "model", "parameters", DSFIT_OPTION_MODEL, 100000 },
};

enum cli_solve cli_solve_take(const char *word)
{
	for (int i = CLI_SOLVE_BATCH; i <= CLI_SOLVE_MODEL; i++)
		if (!strcmp(word, kinds[i].word))
			return (enum cli_solve)i;
	error(CLI_USAGE, 0, "--solve=%s: must be batch, seq or model", word);
	return CLI_SOLVE_NONE;
}

/* A request for which the largest value is looked for. */
struct problem {
	const struct cli_solve_job *job;
	struct dsfit_request request;
	uint64_t step;			/* the value of 1 */
	struct dsfit_workload of;	/* without a value of what is looked for */
	struct dsfit_assessment a;	/* with the value that was judged last */
};

static void write_value(const struct problem *p, uint64_t value, char text[32])
{
	if (p->job->what == CLI_SOLVE_MODEL)
		snprintf(text, 32, "%llu.%lluB", (unsigned long long)value / 10,
			 (unsigned long long)value % 10);
	else
		snprintf(text, 32, "%llu", (unsigned long long)(value * p->step));
}

/* A dsfit_solve_judge. */
static bool judge(void *context, uint64_t value)
{
	struct problem *p = context;
	struct dsfit_declaration declaration = *p->job->declaration;
	struct dsfit_accounts accounts;
	struct dsfit_workload workload;
	char text[32];

	write_value(p, value, text);
	declaration.value[kinds[p->job->what].option] = text;
	if (p->job->what != CLI_SOLVE_MODEL)
		declaration.model = &p->of.model;
	if (dsfit_declaration_resolve(&declaration, &p->job->site->models,
				      &p->job->site->defaults, &workload, NULL))
		return false;
	dsfit_accounts_begin(&accounts, p->job->site, &workload);
	dsfit_assess_among(&accounts, &p->request, NULL, 0, &p->a);
	dsfit_accounts_end(&accounts);
	return dsfit_solve_fits(&p->a);
}

/* Tokens are divided by sequence parallelism, of which the declaration has the degree. Without a
 * value for what is looked for, the declaration must be right: a mistake ends the command. */
static uint64_t find_step(const struct cli_solve_job *job, struct dsfit_workload *workload)
{
	struct dsfit_declaration declaration = *job->declaration;
	struct dsfit_error err;
	int rc;

	if (job->what == CLI_SOLVE_MODEL)
		declaration.value[DSFIT_OPTION_MODEL] = "1B";
	rc = dsfit_declaration_resolve(&declaration, &job->site->models, &job->site->defaults,
				       workload, &err);
	cli_check_sections(job->site, NULL);
	if (rc)
		error(CLI_USAGE, 0, "%s", err.text);
	for (int i = DSFIT_OPTION_PARAMS; job->what == CLI_SOLVE_MODEL &&
					  i <= DSFIT_OPTION_EXPERTS; i++)
		if (declaration.value[i])
			error(CLI_USAGE, 0, "--solve=model: give no --%s: the size decides the "
			      "shape", dsfit_options[i].name);
	return job->what == CLI_SOLVE_SEQ ? dsfit_max(workload->training.sequence_parallel, 1) : 1;
}

/* --- what is printed ----------------------------------------------------------------------- */

enum { GPUS, LARGEST, MEMORY, AVAILABLE, REQUEST, COLUMNS };

/* The request as sbatch has it. */
static const char *request_text(const struct problem *p, char text[1024])
{
	struct dsfit_request shown = p->request;

	if (cli_type_is_unnamed(p->job->site, shown.gpu_type))
		shown.gpu_type[0] = '\0';
	return dsfit_request_text(&shown, text, 1024);
}

/* What is looked for, and of what: the row of a table says neither. */
static void print_lead(const struct problem *p)
{
	const struct dsfit_training *t = &p->of.training;
	unsigned long long batch = t->micro_batch, tokens = t->sequence;

	printf("%s%sthe largest %s that fits, in %s", p->job->what == CLI_SOLVE_MODEL ? "" :
	       p->of.model.name, p->job->what == CLI_SOLVE_MODEL ? "" : ": ",
	       kinds[p->job->what].word, kinds[p->job->what].unit);
	if (p->job->what == CLI_SOLVE_BATCH)
		printf(", of %llu tokens:\n", tokens);
	else if (p->job->what == CLI_SOLVE_SEQ)
		printf(", with batch %llu:\n", batch);
	else
		printf(", with batch %llu x %llu tokens:\n", batch, tokens);
}

static void print_row(struct libscols_table *table, const struct problem *p, uint64_t largest)
{
	struct libscols_line *line = cli_table_line(table, NULL);
	const struct dsfit_assessment *a = &p->a;
	char text[1024];

	snprintf(text, sizeof(text), "%llu x %llu %s", (unsigned long long)a->layout.nodes,
		 (unsigned long long)a->layout.gpus_per_node,
		 a->class ? a->class->gpu->label : a->card ? a->card->label : "GPU");
	cli_table_set(line, GPUS, text);
	write_value(p, largest, text);
	cli_table_set(line, LARGEST, largest ? text : "none");
	cli_table_set(line, MEMORY, dsfit_format_bytes(a->account.gpu.peak, text));
	if (a->gpu_capacity)
		cli_table_set(line, AVAILABLE, dsfit_format_bytes(a->gpu_capacity, text));
	cli_table_set(line, REQUEST, request_text(p, text));
}

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	dsfit_json_add(o, key, value);
}

/* Values in tokens, samples and parameters. */
static struct json_object *json_row(const struct problem *p, uint64_t largest)
{
	const uint64_t unit = p->job->what == CLI_SOLVE_MODEL ? 100000000 : p->step;
	const struct dsfit_assessment *a = &p->a;
	struct json_object *o = json_object_new_object();
	char text[1024];

	add(o, "request", json_object_new_string(request_text(p, text)));
	add(o, "nodes", dsfit_json_whole(a->layout.nodes));
	add(o, "gpus_per_node", dsfit_json_whole(a->layout.gpus_per_node));
	add(o, "gpus", dsfit_json_whole(a->layout.gpus));
	add(o, "gpu", a->class ? json_object_new_string(a->class->gpu->name) : NULL);
	add(o, "solve", json_object_new_string(kinds[p->job->what].word));
	add(o, "largest", dsfit_json_known(dsfit_mul(largest, unit)));
	add(o, "peak", dsfit_json_whole(a->account.gpu.peak));
	add(o, "capacity", dsfit_json_known(a->gpu_capacity));
	add(o, "verdict", json_object_new_string(dsfit_verdict_names[
		dsfit_with_evaluation(a, a->overall)]));
	return o;
}

/* The rows so far: of one of the two. */
struct rows {
	struct libscols_table *table;
	struct json_object *json;
	bool any_fits, any_none;
};

static void solve(struct problem *p, struct rows *rows)
{
	uint64_t largest = dsfit_solve(kinds[p->job->what].limit, judge, p);

	/* The figures are those of the largest, or of the smallest if that does not fit. */
	judge(p, largest ? largest : 1);
	rows->any_fits |= largest > 0;
	rows->any_none |= !largest;
	if (rows->json)
		dsfit_json_append(rows->json, json_row(p, largest));
	else
		print_row(rows->table, p, largest);
}

/* One card and a whole node of each type of the site. */
static void solve_cards(struct problem *p, struct rows *rows)
{
	const struct dsfit_site *site = p->job->site;
	const char *asked = p->job->request->gpu_type;

	p->request.scope = DSFIT_GPUS_PER_NODE;
	p->request.nodes_given = true;
	p->request.nodes_max = p->request.nodes_min = dsfit_max(p->request.nodes_min, 1);
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];
		bool seen = asked[0] && strcmp(asked, class->gres_type);

		for (size_t j = 0; j < i; j++)
			seen |= !strcmp(site->classes[j].gres_type, class->gres_type) &&
				site->classes[j].gpus == class->gpus;
		strcpy(p->request.gpu_type, class->gres_type);
		p->request.gpus = 1;
		if (seen || !dsfit_matches(site, &p->request, class))
			continue;
		solve(p, rows);
		p->request.gpus = class->gpus;
		if (class->gpus > 1)
			solve(p, rows);
	}
}

int cli_solve(const struct cli_solve_job *job)
{
	const struct cli_column columns[] = {
		[GPUS] = { "GPUs", 0, SCOLS_JSON_STRING },
		[LARGEST] = { kinds[job->what].word, SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		[MEMORY] = { "memory", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		[AVAILABLE] = { "of", SCOLS_FL_RIGHT, SCOLS_JSON_STRING },
		[REQUEST] = { "request", SCOLS_FL_WRAP, SCOLS_JSON_STRING },
		[COLUMNS] = { NULL, 0, 0 },
	};
	struct problem p = { .job = job, .request = *job->request };
	struct rows rows = {
		.table = job->json ? NULL : cli_table_new("solve", columns, 0),
	};

	dsfit_json_begin();
	rows.json = job->json ? json_object_new_array() : NULL;
	p.step = find_step(job, &p.of);
	if (dsfit_asks_nothing(job->request))
		solve_cards(&p, &rows);
	else
		solve(&p, &rows);
	if (job->json) {
		cli_print_json(rows.json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					  JSON_C_TO_STRING_NOSLASHESCAPE);
	} else {
		print_lead(&p);
		cli_table_print(rows.table);
		if (rows.any_none)
			printf("none: not even the smallest fits; its memory is shown\n");
		if (!rows.any_fits)
			printf("without --solve you are told what to request or change instead\n");
	}
	return rows.any_fits ? CLI_FITS : CLI_MISFIT;
}
