/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One number is changed, everything else is as declared: powers of two, and the declared value
 * among them. The nodes are of one class throughout, so that there is one line to draw.
 */
#include "cli/sweep_points.h"

#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "core/base/size.h"

#define GPUS_MAX 1024
/* How far a batch or a sequence is varied, down and up. */
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

/* --- what is swept ------------------------------------------------------------------------- */

/* The job that the sweep is around: as asked, or what was found for it. */
static void find_base(struct sweep *sweep)
{
	const struct dsfit_decision *d = sweep->job->decision;
	const struct dsfit_assessment *closest = &d->closest;

	sweep->request = d->asked;
	sweep->base = d->assessment;
	if (!d->nothing_asked)
		return;
	if (d->action == DSFIT_CORRECT) {
		sweep->request = d->corrected.request;
		sweep->base = d->corrected.assessment;
	} else if (d->alternative_count && !d->alternatives[0].training) {
		sweep->request = d->alternatives[0].request;
		sweep->base = d->alternatives[0].assessment;
	} else if (closest->placed) {
		sweep->base = *closest;
		sweep->request.scope = DSFIT_GPUS_PER_NODE;
		sweep->request.gpus = closest->layout.gpus_per_node;
		sweep->request.nodes_min = sweep->request.nodes_max = closest->layout.nodes;
		sweep->request.nodes_given = true;
	} else {
		error(CLI_USAGE, 0, "--sweep=%s: no GPU of this site comes close: name one "
		      "with --gpu",
		      sweep_names[sweep->job->what]);
	}
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

/* GPUs: powers of two on one node and all that it has, then nodes by powers of two. */
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

/* --- a point ------------------------------------------------------------------------------- */

/* The declaration with the value instead of its own, read as if it had been typed. */
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

/* The request on so many GPUs: on one node, or on whole ones. */
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

/* The verdict on the GPU's memory, which is drawn; and what else the job would fail for. */
static void write_verdict(const struct dsfit_assessment *a, char *text, size_t size)
{
	const char *other = "";

	if (a->overall > a->gpu && a->overall != DSFIT_UNKNOWN)
		other = a->host == a->overall ? ", host" : a->nvme == a->overall ? ", NVMe" :
			a->storage == a->overall ? ", storage" : ", network";
	snprintf(text, size, "%s%s", dsfit_verdict_names[*other ? a->overall : a->gpu], other);
}

/* Fill the point; -1 and why where the training does not run with its value. */
static int assess(const struct sweep *sweep, struct sweep_point *point, struct dsfit_error *err)
{
	const struct dsfit_site *site = sweep->job->site;
	const struct dsfit_node_class *class = sweep->base.class;
	struct dsfit_workload workload = *sweep->job->workload;
	struct dsfit_request request = sweep->request;
	struct dsfit_assessment *a = &point->assessment;

	if (point->declared)
		*a = sweep->base;
	else if (sweep->job->what == CLI_SWEEP_GPUS)
		request_gpus(sweep, point->value, &request);
	else if (declare(sweep, point->value, &workload, err))
		return -1;
	/* Where no class is so large the line is not known, for none of the values. */
	if (!point->declared)
		dsfit_assess_among(site, &workload, &request, &class, class ? 1 : 0, a);
	if (dsfit_layout_check(&workload.model, &workload.training, &a->layout, err))
		return -1;
	write_verdict(a, point->verdict, sizeof(point->verdict));
	return 0;
}

void sweep_make_points(const struct cli_sweep_job *job, struct sweep *sweep, FILE *notes)
{
	uint64_t values[SWEEP_VALUES_MAX], declared;
	size_t count;

	memset(sweep, 0, sizeof(*sweep));
	sweep->job = job;
	find_base(sweep);
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
			fprintf(notes, "left out, %s = %llu: %s\n", sweep_axes[job->what],
				(unsigned long long)values[i], err.text);
		else
			sweep->count++;
	}
}
