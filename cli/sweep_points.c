/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimate a job for several values of one number, with everything else as declared.
 *
 *   find_base()    the job to vary: as typed, or what dsfit found for it
 *   list_*()       the values: powers of two, and the declared value
 *   assess()       the estimate for one value
 *
 * All points use one node class, so that the chart has one line for the available memory.
 */
#include "cli/sweep_points.h"

#include <string.h>

#include "cli/common.h"
#include "core/base/size.h"

#define GPUS_MAX 1024
/* A batch or a sequence is varied from an eighth of the declared value to sixteen times it. */
#define SHORTER 8
#define LONGER 16

const char *const sweep_names[] = {
	[CLI_SWEEP_GPUS] = "gpus",
	[CLI_SWEEP_BATCH] = "batch",
	[CLI_SWEEP_SEQ] = "seq",
};

const char *const sweep_axes[] = {
	[CLI_SWEEP_GPUS] = "GPUs",
	[CLI_SWEEP_BATCH] = "batch",
	[CLI_SWEEP_SEQ] = "tokens",
};

/* --- the values ---------------------------------------------------------------------------- */

/* Find the job to vary: as typed or, without a request, the one that dsfit found. Returns whether
 * there is one. */
static bool find_base(struct sweep *sweep)
{
	const struct dsfit_decision *d = sweep->job->decision;
	const struct dsfit_assessment *closest = &d->closest;

	sweep->request = d->asked;
	sweep->base = d->assessment;
	if (!d->nothing_asked)
		return true;
	if (d->action == DSFIT_CORRECT) {
		sweep->request = d->corrected.request;
		sweep->base = d->corrected.assessment;
	} else if (d->alternative_count && !d->alternatives[0].retrained) {
		sweep->request = d->alternatives[0].request;
		sweep->base = d->alternatives[0].assessment;
	} else if (closest->placed) {
		sweep->base = *closest;
		sweep->request.scope = DSFIT_GPUS_PER_NODE;
		sweep->request.gpus = closest->layout.gpus_per_node;
		sweep->request.nodes_min = sweep->request.nodes_max = closest->layout.nodes;
		sweep->request.nodes_given = true;
	} else {
		return false;
	}
	return true;
}

static void add_value(uint64_t values[SWEEP_VALUES_MAX], size_t *count, uint64_t value)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (values[i] == value)
			return;
	if (*count == SWEEP_VALUES_MAX)
		return;
	for (; at && values[at - 1] > value; at--)
		values[at] = values[at - 1];
	values[at] = value;
	++*count;
}

/* List GPUs: powers of two on one node, all of its GPUs, then whole nodes by powers of two. */
static size_t list_gpus(const struct sweep *sweep, uint64_t values[SWEEP_VALUES_MAX])
{
	const struct dsfit_node_class *class = sweep->base.class;
	uint64_t node = class ? class->gpus : sweep->base.layout.gpus_per_node;
	uint64_t most = class ? dsfit_mul(node, class->count) : GPUS_MAX;
	size_t count = 0;

	if (most > GPUS_MAX)
		most = GPUS_MAX;
	for (uint64_t gpus = 1; gpus < node && gpus <= most; gpus *= 2)
		add_value(values, &count, gpus);
	for (uint64_t gpus = node; gpus && gpus <= most; gpus *= 2)
		add_value(values, &count, gpus);
	if (class && most < GPUS_MAX)
		add_value(values, &count, most);
	add_value(values, &count, sweep->base.layout.gpus);
	return count;
}

static size_t list_around(uint64_t declared, uint64_t values[SWEEP_VALUES_MAX])
{
	uint64_t from = 1;
	size_t count = 0;

	while (from * 2 <= declared / SHORTER)
		from *= 2;
	for (uint64_t value = from; value <= dsfit_mul(declared, LONGER); value *= 2)
		add_value(values, &count, value);
	add_value(values, &count, declared);
	return count;
}

static uint64_t declared_value(const struct sweep *sweep)
{
	switch (sweep->job->what) {
	case CLI_SWEEP_BATCH:
		return sweep->base.account.micro_batch;
	case CLI_SWEEP_SEQ:
		return sweep->job->workload->training.sequence;
	default:
		return sweep->base.layout.gpus;
	}
}

/* --- the estimate for one value ------------------------------------------------------------ */

/* Resolve the declaration as if the value had been typed. Returns 0; or -1 and the reason. */
static int declare(const struct sweep *sweep, uint64_t value, struct dsfit_workload *workload,
		   struct dsfit_error *err)
{
	enum dsfit_option option = sweep->job->what == CLI_SWEEP_BATCH ? DSFIT_OPTION_BATCH :
									 DSFIT_OPTION_SEQ;
	struct dsfit_declaration declaration = *sweep->job->declaration;
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	declaration.value[option] = text;
	if (dsfit_declaration_resolve(&declaration, &sweep->job->site->models,
				      &sweep->job->site->defaults, workload, err))
		return -1;
	return 0;
}

/* Change the request to so many GPUs: on one node, or on whole nodes. */
static void request_gpus(const struct sweep *sweep, uint64_t gpus, struct dsfit_request *request)
{
	const struct dsfit_node_class *class = sweep->base.class;
	uint64_t node = class ? class->gpus : sweep->base.layout.gpus_per_node;

	request->scope = DSFIT_GPUS_PER_NODE;
	request->nodes_min = gpus > node && gpus % node == 0 ? gpus / node : 1;
	request->gpus = gpus / request->nodes_min;
	request->nodes_max = request->nodes_min;
	request->nodes_given = true;
	request->tasks = request->tasks_per_node = request->tasks_per_gpu = 0;
}

/* Write the verdict on the GPU's memory, which the chart shows. If something else is worse, name
 * it. */
static void write_verdict(const struct dsfit_assessment *a, char *text, size_t size)
{
	const char *other = "";

	if (a->overall > a->gpu && a->overall != DSFIT_UNKNOWN)
		other = a->host == a->overall ? ", host" : a->nvme == a->overall ? ", NVMe" :
			a->storage == a->overall ? ", storage" : ", network";
	snprintf(text, size, "%s%s", dsfit_verdict_names[*other ? a->overall : a->gpu], other);
}

/* Fill the point. Returns 0; or -1 and the reason if the training cannot run with its value. */
static int assess(const struct sweep *sweep, struct sweep_point *point, struct dsfit_error *err)
{
	const struct dsfit_node_class *class = sweep->base.class;
	struct dsfit_workload workload = *sweep->job->workload;
	struct dsfit_request request = sweep->request;
	struct dsfit_assessment *a = &point->assessment;
	struct dsfit_accounts accounts;

	if (point->declared)
		*a = sweep->base;
	else if (sweep->job->what == CLI_SWEEP_GPUS)
		request_gpus(sweep, point->value, &request);
	else if (declare(sweep, point->value, &workload, err))
		return -1;
	/* Without a class the available memory is unknown for all values. */
	dsfit_accounts_begin(&accounts, sweep->job->site, &workload);
	if (!point->declared)
		dsfit_assess_among(&accounts, &request, &class, class ? 1 : 0, a);
	dsfit_accounts_end(&accounts);
	if (dsfit_layout_check(&workload.model, &workload.training, &a->layout, err))
		return -1;
	dsfit_count_evaluation(a);
	write_verdict(a, point->verdict, sizeof(point->verdict));
	return 0;
}

bool sweep_make_points(const struct cli_sweep_job *job, struct sweep *sweep, FILE *notes)
{
	uint64_t values[SWEEP_VALUES_MAX], declared;
	size_t count;

	memset(sweep, 0, sizeof(*sweep));
	sweep->job = job;
	if (!find_base(sweep))
		return false;
	declared = declared_value(sweep);
	count = job->what == CLI_SWEEP_GPUS ? list_gpus(sweep, values) :
					      list_around(declared, values);
	for (size_t i = 0; i < count; i++) {
		struct sweep_point *point = &sweep->point[sweep->count];
		struct dsfit_error err;

		memset(point, 0, sizeof(*point));
		point->value = values[i];
		point->declared = values[i] == declared;
		if (assess(sweep, point, &err))
			fprintf(notes, "%s = %llu is not possible: %s\n", sweep_axes[job->what],
				(unsigned long long)values[i], err.text);
		else
			sweep->count++;
	}
	return true;
}
