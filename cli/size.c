/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit size" estimates one training job and checks whether one request holds it. */
#include "cli/commands.h"

#include <error.h>

#include "cli/common.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/size_arguments.h"
#include "cli/size_nodes.h"
#include "cli/size_page.h"
#include "cli/size_say.h"
#include "cli/sweep.h"
#include "core/decide/decide.h"
#include "plugin/slurm_options.h"

/* Answer --sweep: the same job with one number varied. */
static int sweep(const struct size_arguments *a, const struct dsfit_site *site,
		 const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct cli_sweep_job job = {
		.what = a->sweep,
		.site = site,
		.declaration = &a->declaration,
		.workload = workload,
		.decision = decision,
		.json = a->common.json,
		.svg = a->svg,
	};

	return cli_sweep(&job);
}

/* Reject batch sizes in the DeepSpeed file that contradict the requested number of GPUs. DeepSpeed
 * would stop at them, so this is a mistake and not a misfit. */
static void check_batch(const struct dsfit_workload *workload,
			const struct dsfit_decision *decision)
{
	const struct dsfit_layout *layout = &decision->assessment.layout;
	uint64_t ranks = dsfit_data_parallel_ranks(&workload->training, layout);
	struct dsfit_training settled;
	struct dsfit_error err;

	if (!decision->nothing_asked &&
	    dsfit_training_on_ranks(&workload->training, ranks, &settled, &err))
		error(CLI_USAGE, 0, "--config: %s", err.text);
}

/* A request of nodes and a GPU type without a number means one GPU per node. */
static void default_gpus(const struct dsfit_gpu *gpu, struct dsfit_request *request)
{
	if (request->scope != DSFIT_GPUS_UNSET || !request->nodes_given || !gpu)
		return;
	request->scope = DSFIT_GPUS_PER_NODE;
	request->gpus = 1;
}

/* Without --fit, or with off, the command gives advice: the user wants the verdict. Without a
 * request there is nothing to reject either. */
static void settle_fit(const struct dsfit_request *request, struct dsfit_workload *workload)
{
	if (!workload->fit_given || workload->fit == DSFIT_MODE_OFF ||
	    (workload->fit == DSFIT_MODE_REJECT && dsfit_asks_nothing(request)))
		workload->fit = DSFIT_MODE_ADVISE;
	workload->fit_given = true;
}

static int status_of(const struct dsfit_decision *decision)
{
	if (decision->nothing_asked)
		return dsfit_something_fits(decision) ? CLI_FITS : CLI_MISFIT;
	return decision->assessment.overall == DSFIT_EXCEEDS ? CLI_MISFIT : CLI_FITS;
}

/* Answer --solve: the largest that fits. */
static int solve(const struct size_arguments *a, const struct dsfit_site *site,
		 const struct dsfit_request *request)
{
	const struct cli_solve_job job = {
		.what = a->solve,
		.site = site,
		.declaration = &a->declaration,
		.request = request,
		.json = a->common.json,
	};

	if (!a->common.json)
		size_say_script(&a->script);
	return cli_solve(&job);
}

/* Answer what was asked about the job on these nodes. */
static int answer(const struct size_arguments *a, const struct size_nodes *nodes,
		  struct dsfit_request *request)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .may_override = true, .who = &a->who,
					 .own_form = DSFIT_FORM_NONE };
	struct dsfit_decision decision;
	struct dsfit_workload workload;

	if (a->solve)
		return solve(a, &nodes->site, request);
	cli_declaration_resolve(&a->declaration, &nodes->site, &workload);
	settle_fit(request, &workload);
	dsfit_decide(&nodes->site, &workload, request, &gate, &decision);
	cli_need(decision.no_memory);
	check_batch(&workload, &decision);
	if (a->html)
		size_page(a, nodes, &workload, &decision);
	if (cli_is_stdout(a->html))
		return status_of(&decision);
	if (a->sweep)
		return sweep(a, &nodes->site, &workload, &decision);
	size_say(a, nodes, &workload, &decision);
	return status_of(&decision);
}

static int size_on(struct size_arguments *a, const struct dsfit_site *site)
{
	const struct dsfit_gpu *gpu = size_find_gpu(a, site);
	struct dsfit_request request = a->request;
	struct size_nodes nodes;
	int rc;

	cli_check_partition(site, &request);
	cli_check_constraint(site, &request, gpu);
	size_nodes_choose(a, site, gpu, &request, &nodes);
	default_gpus(gpu, &request);
	size_script_settle(&a->script, &nodes.site, &request, &a->declaration);
	rc = answer(a, &nodes, &request);
	size_nodes_free(&nodes);
	return rc;
}

int cli_size(int argc, char **argv)
{
	struct size_arguments a;
	struct dsfit_site *site;
	int rc;

	size_arguments_read(argc, argv, &a);
	site = cli_load_on_demand(&a.common);
	rc = size_on(&a, site);
	dsfit_site_free(site);
	return rc;
}
