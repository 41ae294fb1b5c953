/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit plan" lists the requests at this site that fit a training job, best first.
 *
 * core/decide/plan.c finds and ranks the requests. plan_table.c and plan_json.c print them. This
 * file reads the options, and says why if no request fits: which request comes closest, and which
 * changes to the training would make one fit.
 */
#include "cli/commands.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/declaration.h"
#include "cli/given_back.h"
#include "cli/gpu_names.h"
#include "cli/output.h"
#include "cli/plan_json.h"
#include "cli/plan_page.h"
#include "cli/plan_table.h"
#include "cli/request.h"
#include "core/decide/decide.h"
#include "core/decide/plan.h"
#include "core/say/say.h"
#include "core/site/limits.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"

enum { KEY_FROM = CLI_KEY_OWN, KEY_GPU, KEY_HTML, KEY_ROWS = 'n' };

static const struct argp_option own_options[] = {
	{ NULL, 0, NULL, 0, "Plan:", CLI_GROUP_OWN },
	{ "from", KEY_FROM, "FILE", 0, "options that dsfit has printed, or its JSON; -: stdin", 0 },
	{ "gpu", KEY_GPU, "NAME", 0, "only GPUs of this type", 0 },
	{ "nodes", 'N', "N", 0, "on so many nodes, as long as anything fits these", 0 },
	{ "partition", 'p', "NAME", 0, "only in this partition", 0 },
	{ "constraint", 'C', "FEATURES", 0, "only on nodes with these features", 0 },
	{ "qos", 'q', "NAME", 0, "QOS, whose limits apply", 0 },
	{ "account", 'A', "NAME", 0, "account, whose limits apply", 0 },
	{ "html", KEY_HTML, "FILE", 0, "write a page for a browser; -: to stdout, without text",
	  0 },
	{ "rows", KEY_ROWS, "N", 0, "number of rows (default 10)", 0 },
	{ 0 },
};

/* The most rows that are planned, and the rows that are printed without --rows. */
#define ROWS 1000
#define ROWS_SHOWN 10

struct arguments {
	struct cli_common common;
	struct dsfit_declaration declaration;
	struct dsfit_request request;
	struct dsfit_who who;		/* its account alone, for the limits */
	const char *gpu;
	uint64_t rows;
	const char *html;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_GPU:
		a->gpu = arg;
		return 0;
	case 'N':
		cli_take_number("nodes", arg, &a->request.nodes_min);
		a->request.nodes_max = a->request.nodes_min;
		a->request.nodes_given = true;
		return 0;
	case 'p':
		cli_take_partition(arg, &a->request);
		return 0;
	case 'C':
		cli_take_constraint(arg, &a->request);
		return 0;
	case 'q':
		cli_take_qos(arg, &a->request);
		return 0;
	case 'A':
		a->who.account = arg;
		dsfit_request_take_account(arg, &a->request);
		return 0;
	case KEY_HTML:
		a->html = arg;
		return 0;
	case KEY_ROWS:
		cli_take_number("rows", arg, &a->rows);
		return 0;
	case ARGP_KEY_ARG:
		return cli_declaration_take_argument(&a->declaration, arg);
	default:
		return cli_declaration_take(&a->declaration, key, arg);
	}
}

/* The gres type of the site's nodes with this GPU: a name in the catalogue, or the type itself. A
 * GPU that no nodes have ends the command. */
static void take_type(const struct dsfit_site *site, const char *name, char type[DSFIT_NAME_MAX])
{
	const struct dsfit_gpu *gpu = cli_find_gpu(site, name);

	if (!gpu)
		cli_reject_gpu(site, "--gpu=", name,
			       "must be a name that \"dsfit gpus\" lists");
	for (size_t i = 0; i < site->class_count; i++) {
		if (site->classes[i].gpu != gpu)
			continue;
		strcpy(type, site->classes[i].gres_type);
		return;
	}
	error(CLI_USAGE, 0, "--gpu=%s: no nodes in the configuration have this GPU", name);
}

static void say_nothing_fits(const struct arguments *a, const struct dsfit_site *site,
			     const struct dsfit_workload *workload,
			     const struct dsfit_assessment *closest)
{
	FILE *out = a->common.json ? stderr : stdout;
	char path[PATH_MAX];
	char *words = dsfit_say_workload(workload);
	char *lack = closest->placed ? dsfit_say_closest(site, workload, closest) :
					 NULL;

	cli_need(!words);
	if (!site->class_count)
		fprintf(out, "%s: %s\n", cli_conf(&a->common, path), dsfit_site_lacks(site));
	else
		fprintf(out, "no request at this site %s %s%s",
			closest->placed && closest->overall == DSFIT_TIGHT ? "is sure to fit" :
									     "fits",
			words, lack ? ":\n  " : "\n");
	if (lack)
		fputs(lack, out);
	free(lack);
	free(words);
}

/* Say what would fit with other training settings, in sbatch's options like the plan's rows. */
static void say_other_training(const struct arguments *a, const struct dsfit_site *site,
			       const struct dsfit_workload *workload)
{
	const struct dsfit_gate gate = { .can_read = true, .who = &a->who,
					 .own_form = DSFIT_FORM_NONE };
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
	cli_need(decision.no_memory);
	if (dsfit_something_fits(&decision))
		return;
	text = dsfit_say_alternatives(&words);
	cli_need(!text);
	fputs(text, a->common.json ? stderr : stdout);
	free(text);
}

static void write_page(const struct arguments *a, const struct dsfit_workload *workload,
		       const struct dsfit_alternative *rows, size_t count)
{
	const struct plan_page page = {
		.declaration = &a->declaration,
		.workload = workload,
		.row = rows,
		.count = count,
		.path = a->html,
	};

	plan_page(&page);
}

static int plan_on(struct arguments *a, const struct dsfit_site *site,
		   struct dsfit_alternative *rows)
{
	struct dsfit_assessment closest = { .placed = false };
	struct dsfit_accounts accounts;
	struct dsfit_workload workload;
	struct dsfit_plan plan;
	size_t count, shown;

	if (a->gpu)
		take_type(site, a->gpu, a->request.gpu_type);
	cli_check_partition(site, &a->request);
	cli_check_constraint(site, &a->request, NULL);
	cli_declaration_resolve(&a->declaration, site, &workload);
	plan = dsfit_plan_begin(site, &workload, &a->request);
	plan.standing = dsfit_site_standing(site, a->request.qos, &a->who);
	plan.closest = &closest;
	dsfit_accounts_begin(&accounts, site, &workload);
	plan.accounts = &accounts;
	count = dsfit_plan(&plan, rows, ROWS);
	cli_need(accounts.no_memory);
	dsfit_accounts_end(&accounts);
	shown = count < a->rows ? count : (size_t)a->rows;
	if (a->html)
		write_page(a, &workload, rows, shown);
	if (cli_is_stdout(a->html))
		return count ? CLI_FITS : CLI_MISFIT;
	if (a->common.json)
		plan_json(site, rows, shown);
	else if (count)
		plan_table(&workload, rows, count, shown);
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
		.args_doc = "[MODEL]",
		.doc = "List the requests at this site that fit a training job, best first. The "
		       "goal decides what is best: development takes the smallest request, "
		       "experiment prefers preemptible partitions, production takes the lowest "
		       "cost per token. Exit status 0: a request fits; 1: none does; 2: bad usage "
		       "or input.",
	};
	struct arguments a = {
		.declaration = { .prefix = "--" },
		.request = { .nodes_min = 1, .form = DSFIT_FORM_NONE },
		.rows = ROWS_SHOWN,
	};
	struct dsfit_alternative *rows;
	struct dsfit_site *site;
	int rc;

	cli_expand(&argc, &argv);
	cli_parse(&argp, argc, argv, &a);
	cli_one_stdout(a.common.json, NULL, a.html);
	site = cli_load_on_demand(&a.common);
	rows = calloc(ROWS, sizeof(*rows));
	cli_need(!rows);
	rc = plan_on(&a, site, rows);
	free(rows);
	dsfit_site_free(site);
	free(options);
	return rc;
}
