/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/assess.h"

#include <string.h>

#include "core/base/size.h"

const char *const dsfit_verdict_names[] = { "fits", "unknown", "tight", "exceeds", NULL };

enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity)
{
	if (!capacity)
		return DSFIT_UNKNOWN;
	if (low > capacity)
		return DSFIT_EXCEEDS;
	return high > capacity ? DSFIT_TIGHT : DSFIT_FITS;
}

static enum dsfit_verdict worse(enum dsfit_verdict a, enum dsfit_verdict b)
{
	return a > b ? a : b;
}

/* A site that has not said how fast its network or how large its storage is has not said that
 * they are too small: only GPU and host memory make the whole unknown. */
static enum dsfit_verdict known(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_UNKNOWN ? DSFIT_FITS : verdict;
}

static void judge(struct dsfit_assessment *a, uint64_t storage)
{
	const struct dsfit_account *need = &a->account;

	a->gpu = dsfit_judge(need->gpu.low, need->gpu.high, a->gpu_capacity);
	a->host = dsfit_judge(need->host.low, need->host.high, a->host_capacity);
	a->nvme = need->nvme.high ? dsfit_judge(need->nvme.low, need->nvme.high, a->nvme_capacity) :
				    DSFIT_FITS;
	a->storage = dsfit_judge(need->storage.low, need->storage.high, storage);
	a->network = a->layout.nodes < 2 ? DSFIT_FITS :
		     dsfit_judge(need->network.low, need->network.required, a->network_capacity);
	a->overall = worse(worse(a->gpu, a->host), worse(known(a->nvme), known(a->storage)));
	a->overall = worse(a->overall, known(a->network));
	if (a->stop.text[0])
		a->overall = DSFIT_EXCEEDS;
}

/*
 * How fast it goes: GPUs compute while they send, so a step takes as long as the slower of the
 * two, and what sending takes longer is spent waiting.
 */
static void pace(const struct dsfit_training *t, struct dsfit_assessment *a)
{
	double computing = a->account.network.step_seconds, sending = 0, tokens;

	a->step_seconds = 0;
	a->waiting = a->days_per_billion = -1;
	if (!(computing > 0))
		return;
	a->step_seconds = computing;
	if (a->layout.nodes < 2)
		a->waiting = 0;
	if (a->layout.nodes > 1 && a->network_capacity) {
		sending = (double)a->account.network.between * 8 / (double)a->network_capacity;
		a->waiting = sending > computing ? 1 - computing / sending : 0;
	}
	if (sending > computing)
		a->step_seconds = sending;
	tokens = (double)a->account.ranks * (double)a->account.micro_batch *
		 (double)a->account.accumulation *
		 (double)t->sequence / (double)t->sequence_parallel;
	a->days_per_billion = 1e9 / tokens * a->step_seconds / 86400;
}

/* A node's price shared by its GPUs. */
static void price(const struct dsfit_node_class *class, struct dsfit_assessment *a)
{
	a->price = a->price_per_billion = -1;
	if (class->price < 0)
		return;
	a->price = class->price / (double)class->gpus * (double)a->layout.gpus;
	if (a->days_per_billion >= 0)
		a->price_per_billion = a->price * 24 * a->days_per_billion;
}

/* The account of a layout, which is the same on all classes that give the request that layout. */
static void account_for(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_layout *layout, struct dsfit_assessment *a)
{
	a->layout = *layout;
	a->stop.text[0] = '\0';
	dsfit_layout_check(&workload->model, &workload->training, layout, &a->stop);
	dsfit_account(&workload->model, &site->families, &workload->training, layout,
		      &site->estimate, &a->account);
}

/* What a class has, and what comes of it. */
static void hold_against(const struct dsfit_site *site, const struct dsfit_workload *workload,
			 const struct dsfit_request *request,
			 const struct dsfit_node_class *class, struct dsfit_assessment *a)
{
	a->placed = true;
	a->class = class;
	a->nearest = NULL;
	a->card = NULL;
	a->gpu_capacity = class->gpu->memory;
	a->host_capacity = dsfit_memory_per_node(site, request, class, &a->layout);
	/* To Slurm --tmp is the least that a node must have; here it is what the user means to
	 * use, and what the correction makes sure of. */
	a->nvme_capacity = request->scratch ? request->scratch : class->scratch;
	a->network_capacity = class->network;
	judge(a, site->storage);
	pace(&workload->training, a);
	price(class, a);
}

void dsfit_assess_on(const struct dsfit_site *site, const struct dsfit_workload *workload,
		     const struct dsfit_request *request, const struct dsfit_node_class *class,
		     const struct dsfit_layout *layout, struct dsfit_assessment *out)
{
	account_for(site, workload, layout, out);
	hold_against(site, workload, request, class, out);
}

/*
 * Whether a is to be shown rather than b: the worse verdict, since the job may land there, or
 * the better one where the user named nodes whose class is not known; then the fuller GPU, then
 * the slower network.
 */
static bool tells_more(const struct dsfit_assessment *a, const struct dsfit_assessment *b,
		       bool named)
{
	if (a->overall != b->overall)
		return named ? a->overall < b->overall : a->overall > b->overall;
	if (a->account.gpu.peak != b->account.gpu.peak || a->gpu_capacity != b->gpu_capacity)
		return (double)a->account.gpu.peak * (double)b->gpu_capacity >
		       (double)b->account.gpu.peak * (double)a->gpu_capacity;
	/* A wait that is not known may be any. */
	if ((a->waiting < 0) != (b->waiting < 0))
		return named ? b->waiting < 0 : a->waiting < 0;
	return named ? a->waiting < b->waiting : a->waiting > b->waiting;
}

static bool same_layout(const struct dsfit_layout *a, const struct dsfit_layout *b)
{
	return a->nodes == b->nodes && a->gpus_per_node == b->gpus_per_node &&
	       a->gpus == b->gpus && a->context == b->context && !(a->tflops < b->tflops) &&
	       !(a->tflops > b->tflops);
}

#define LAYOUTS 8

void dsfit_assess_each(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context)
{
	/* Classes of one card give a request one layout, hence one account: the last few. */
	struct dsfit_assessment kept[LAYOUTS];
	struct dsfit_layout layout;

	for (size_t i = 0; i < LAYOUTS; i++)
		kept[i].placed = false;
	for (size_t i = 0; i < (classes ? count : site->class_count); i++) {
		const struct dsfit_node_class *class = classes ? classes[i] : &site->classes[i];
		struct dsfit_assessment *there;

		if (!classes && !dsfit_matches(site, request, class))
			continue;
		if (!dsfit_place_matching(site, request, class, &layout))
			continue;
		there = &kept[(layout.nodes + (uint64_t)layout.tflops) % LAYOUTS];
		if (!there->placed || !same_layout(&layout, &there->layout))
			account_for(site, workload, &layout, there);
		hold_against(site, workload, request, class, there);
		visit(context, there);
	}
}

/* The landing to be shown so far. */
struct shown {
	bool named;
	struct dsfit_assessment *out;
};

static void show(void *context, const struct dsfit_assessment *there)
{
	struct shown *shown = context;

	if (!shown->out->placed || tells_more(there, shown->out, shown->named))
		*shown->out = *there;
}

/* Whether a comes nearer to the layout than b: has the GPUs a node, or else more; more nodes. */
static bool comes_nearer(const struct dsfit_node_class *a, const struct dsfit_node_class *b,
			 const struct dsfit_layout *layout)
{
	uint64_t gpus_a = dsfit_min(a->gpus, layout->gpus_per_node);
	uint64_t gpus_b = dsfit_min(b->gpus, layout->gpus_per_node);

	return gpus_a != gpus_b ? gpus_a > gpus_b : a->count > b->count;
}

static void find_nearest(const struct dsfit_site *site, const struct dsfit_request *request,
			 struct dsfit_assessment *out)
{
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (dsfit_matches(site, request, class) &&
		    (!out->nearest || comes_nearer(class, out->nearest, &out->layout)))
			out->nearest = class;
	}
	if (out->nearest && request->gpu_type[0])
		out->card = out->nearest->gpu;
}

/* What a request that no class can hold would be, on the layout it states. */
static void assess_stated(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request, struct dsfit_assessment *out)
{
	const struct dsfit_node_class stated = dsfit_stated_class();
	struct dsfit_layout layout;

	if (request->scope == DSFIT_GPUS_UNSET || !dsfit_lay_out(request, &stated, &layout))
		layout = (struct dsfit_layout){
			.nodes = request->nodes_min ? request->nodes_min : 1,
			.gpus_per_node = 1,
			.gpus = 1,
		};
	dsfit_assess_on(site, workload, request, &stated, &layout, out);
	out->placed = false;
	out->class = NULL;
	find_nearest(site, request, out);
}

void dsfit_assess_among(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out)
{
	struct shown shown = { request->bound == DSFIT_NODES_BOUND_BY_LIST, out };

	memset(out, 0, sizeof(*out));
	dsfit_assess_each(site, workload, request, classes, count, show, &shown);
	if (!out->placed)
		assess_stated(site, workload, request, out);
}

void dsfit_assess(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, struct dsfit_assessment *out)
{
	dsfit_assess_among(site, workload, request, NULL, 0, out);
}
