/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A correction should be what the user would have typed next. So candidates are tried in the order
 * in which a user would try them, and the first step that has a candidate which fits ends the
 * search; within it the best one is taken (core/decide/ranking.h):
 *
 *     1. as asked         the request in its own words
 *     2. a GPU type       the same nodes and GPUs, of each type of the site
 *     3. more GPUs        on as many nodes: numbers that divide a node
 *     4. more nodes       with each number of GPUs, fewest nodes first
 *     5. other partitions steps 1 to 4 in each that the user might have named
 *
 * In each step the GPUs of a candidate have to fit. What else does not fit is then mended on the
 * candidate itself, as far as it may change: host memory, then scratch, then the network, by a
 * constraint to classes with a faster one.
 *
 * Steps 1 to 4 are first walked for a request that fits for certain, then for one that is unknown,
 * then for one that is tight.
 */
#include "core/decide/search.h"

#include <string.h>

#include "core/base/size.h"
#include "core/decide/constraint.h"
#include "core/decide/misfit.h"
#include "core/decide/plan.h"
#include "core/request/resize.h"

/* Where a search begins in a partition. */
struct start {
	const struct dsfit_request *asked;	/* in that partition */
	uint64_t nodes, gpus_per_node;	/* of its layout */
	uint64_t max_gpus, max_nodes;	/* the most that a candidate may have */
	enum dsfit_verdict gpu_aim;	/* the worst verdict that its GPUs may have */
};

/* A walk through the steps. */
struct walk {
	struct dsfit_search *search;	/* the inputs; of them only the budget changes */
	const struct start *start;
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	struct dsfit_alternative best;	/* of those that were found */
	size_t found;
};

/* --- one candidate ------------------------------------------------------------------------ */

/* Take the assessment of a request, on all classes, from the budget. Returns false if it is not
 * enough. */
static bool spend(struct dsfit_search *s)
{
	if (s->budget < s->site->class_count)
		return false;
	s->budget -= s->site->class_count;
	return true;
}

/* A dsfit_class_judge: whether the network there is fast enough to the policy. */
static bool keeps_up(const void *context, const struct dsfit_assessment *there)
{
	const struct walk *walk = context;

	return there->network_counts <= walk->aim;
}

/* Change one thing of a candidate that does not fit, except its GPUs. Returns false if there is
 * nothing left to change. */
static bool mend(struct walk *walk, struct dsfit_request *r, const struct dsfit_assessment *a)
{
	struct dsfit_search *s = walk->search;

	if (a->host > walk->aim && (s->may_change & DSFIT_CHANGE_MEMORY) &&
	    dsfit_resize_memory(r, a->class, &a->layout, a->account.host.high))
		return true;
	if (a->nvme > walk->aim && (s->may_change & DSFIT_CHANGE_SCRATCH) &&
	    dsfit_resize_scratch(r, a->account.nvme.high))
		return true;
	if (a->network_counts <= walk->aim || !(s->may_change & DSFIT_CHANGE_NETWORK))
		return false;
	s->budget = dsfit_sub(s->budget, s->site->class_count);
	return dsfit_constrain(s->site, s->workload, r, NULL, 0, keeps_up, walk, NULL) > 0;
}

/* Whether the request may ask for so many nodes. */
static bool may_have_nodes(const struct dsfit_search *s, uint64_t nodes)
{
	return !s->bound || s->asked->bound == DSFIT_NODES_FREE || nodes <= s->asked->nodes_limit;
}

/* Whether a candidate keeps to the limit on nodes on each class where it may land. GPUs per job
 * take more nodes of one class than of another. A class on which the request takes as many nodes as
 * it did before is not held against it. */
static bool stays_bound(const struct dsfit_search *s, const struct dsfit_request *candidate)
{
	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		struct dsfit_layout now, was;

		if (!dsfit_place(s->site, candidate, class, &now) || may_have_nodes(s, now.nodes))
			continue;
		if (!dsfit_place(s->site, s->asked, class, &was) || now.nodes > was.nodes)
			return false;
	}
	return true;
}

/* Assess a candidate, and mend it until it is good enough or nothing is left to mend. Returns false
 * if it cannot be placed or the budget is spent. */
static bool assess_and_mend(struct walk *walk, struct dsfit_alternative *one)
{
	const struct dsfit_search *s = walk->search;
	struct dsfit_assessment *a = &one->assessment;

	/* Three things can be mended, and each once for each class at most. */
	for (size_t round = 0; round <= 3 * s->site->class_count; round++) {
		if (!spend(walk->search))
			return false;
		dsfit_assess(s->site, s->workload, &one->request, a);
		if (!a->placed)
			return false;
		if (a->overall <= walk->aim || a->gpu > walk->start->gpu_aim ||
		    !mend(walk, &one->request, a))
			break;
	}
	return true;
}

static void try(struct walk *walk, const struct dsfit_request *candidate)
{
	const struct dsfit_search *s = walk->search;
	const struct start *start = walk->start;
	struct dsfit_alternative one = { .request = *candidate };
	const struct dsfit_assessment *a = &one.assessment;

	if (!assess_and_mend(walk, &one))
		return;
	if (a->layout.gpus > start->max_gpus || a->layout.nodes > start->max_nodes)
		return;
	if (a->overall > walk->aim || a->gpu > start->gpu_aim) {
		dsfit_note_misfit(s->closest, a);
		return;
	}
	one.changes = dsfit_request_difference(start->asked, &one.request);
	if ((one.changes & ~s->may_change) || !stays_bound(s, &one.request))
		return;
	if (!walk->found ||
	    dsfit_is_better(s->site, s->workload->goal, a, &walk->best.assessment))
		walk->best = one;
	walk->found++;
}

/* --- the steps ---------------------------------------------------------------------------- */

enum step { STEP_AS_ASKED, STEP_MORE_GPUS, STEP_MORE_NODES, STEPS };

/*
 * Whether a GPU type is too small even with all GPUs of so many nodes: then it is with fewer, too,
 * for a GPU never holds more if there are more of them. A type counts as hopeless as well if the
 * budget is spent.
 */
static bool is_hopeless(struct walk *walk, const struct dsfit_node_class *class, const char *type,
			uint64_t nodes)
{
	struct dsfit_search *s = walk->search;
	struct dsfit_request r = *walk->start->asked;
	struct dsfit_assessment a;

	strcpy(r.gpu_type, type);
	if (!dsfit_resize_gpus(&r, s->bound, nodes, class->gpus))
		return false;
	if (!spend(s))
		return true;
	dsfit_assess(s->site, s->workload, &r, &a);
	if (!a.placed || a.gpu <= walk->start->gpu_aim)
		return false;
	dsfit_note_misfit(s->closest, &a);
	return true;
}

/* Try one number of nodes and of GPUs on each. */
static void try_layout(struct walk *walk, const char *type, uint64_t nodes, uint64_t gpus)
{
	const struct start *start = walk->start;
	struct dsfit_request r = *start->asked;

	strcpy(r.gpu_type, type);
	if (!dsfit_resize_gpus(&r, walk->search->bound, nodes, gpus))
		return;
	/* If it is as many nodes as the request has anyhow, it need not ask for them. */
	if (nodes == start->nodes) {
		r.nodes_min = start->asked->nodes_min;
		r.nodes_max = start->asked->nodes_max;
	}
	try(walk, &r);
}

/* Try a step with one GPU type, "" for any, on nodes of a class. */
static void try_step(struct walk *walk, const struct dsfit_node_class *class, const char *type,
		     enum step step)
{
	struct dsfit_search *s = walk->search;
	const struct start *start = walk->start;
	/* --exclusive without a number of GPUs gets all GPUs of a node. */
	bool whole = start->asked->scope == DSFIT_GPUS_UNSET;
	bool more_nodes = step == STEP_MORE_NODES;
	uint64_t first = more_nodes ? start->nodes + 1 : start->nodes;
	uint64_t last = dsfit_min(more_nodes ? class->count : start->nodes, start->max_nodes);
	uint64_t least = start->gpus_per_node + (step == STEP_MORE_GPUS);
	uint64_t most = step == STEP_AS_ASKED && !whole ? start->gpus_per_node : class->gpus;

	if (more_nodes && first <= last && is_hopeless(walk, class, type, last))
		return;
	for (uint64_t n = first; n <= last && s->budget >= s->site->class_count; n++) {
		size_t found = walk->found;

		if (more_nodes && !may_have_nodes(s, n))
			return;
		for (uint64_t gpus = least; gpus <= most && s->budget; gpus++) {
			s->budget--;
			if (whole ? gpus == class->gpus : gpus == start->gpus_per_node ||
							  dsfit_divides_node(class, gpus))
				try_layout(walk, type, n, gpus);
		}
		/* More nodes of a type that fits already are no smaller change. */
		if (walk->found != found)
			return;
	}
}

/* Whether an earlier class of the site makes the same candidates: the same type on nodes with as
 * many GPUs, and at least as many nodes. */
static bool seen_type(const struct dsfit_site *site, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (site->classes[i].gpus == site->classes[index].gpus &&
		    site->classes[i].count >= site->classes[index].count &&
		    !strcmp(site->classes[i].gres_type, site->classes[index].gres_type))
			return true;
	return false;
}

/* Try a step with each GPU type of the site that the request may have. */
static void try_types(struct walk *walk, enum step step)
{
	const struct dsfit_search *s = walk->search;
	const char *named = walk->start->asked->gpu_type;

	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		bool same = !strcmp(named, class->gres_type);

		if (named[0] && !same && !s->any_type)
			continue;
		if (!same && !(s->may_change & DSFIT_CHANGE_GPU_TYPE))
			continue;
		if (!seen_type(s->site, i))
			try_step(walk, class, class->gres_type, step);
	}
}

/* Try a step without a GPU type, if the request names none. */
static void try_untyped(struct walk *walk, enum step step)
{
	const struct dsfit_site *site = walk->search->site;

	if (walk->start->asked->gpu_type[0])
		return;
	for (size_t i = 0; i < site->class_count; i++)
		if (!seen_type(site, i))
			try_step(walk, &site->classes[i], "", step);
}

static bool may_take(const struct dsfit_search *s, enum step step)
{
	static const unsigned changes[STEPS] = {
		[STEP_MORE_GPUS] = DSFIT_CHANGE_GPUS,
		[STEP_MORE_NODES] = DSFIT_CHANGE_NODES,
	};

	return (s->may_change & changes[step]) == changes[step];
}

static void walk_steps(struct walk *walk)
{
	try(walk, walk->start->asked);
	for (int step = STEP_AS_ASKED; step < STEPS && !walk->found; step++) {
		if (!may_take(walk->search, (enum step)step))
			continue;
		try_untyped(walk, (enum step)step);
		if (!walk->found)
			try_types(walk, (enum step)step);
	}
}

/* --- partitions --------------------------------------------------------------------------- */

/*
 * Where to start from a request, to find one with verdict `aim` at worst. The GPUs of what is found
 * have to fit. If they are tight or unknown as asked, and something else is wrong, it is enough
 * that they do not get worse.
 */
static struct start start_from(const struct dsfit_search *s, const struct dsfit_request *asked,
			       enum dsfit_verdict aim, struct dsfit_assessment *a)
{
	struct start start = {
		.asked = asked,
		.nodes = asked->nodes_min ? asked->nodes_min : 1,
		.gpus_per_node = 1,
		.max_gpus = s->max_gpus,
		.max_nodes = s->max_nodes,
		.gpu_aim = DSFIT_FITS,
	};

	a->placed = false;
	if (asked->scope == DSFIT_GPUS_UNSET)
		return start;
	dsfit_assess(s->site, s->workload, asked, a);
	start.nodes = a->layout.nodes;
	start.gpus_per_node = dsfit_div_up(a->layout.gpus, a->layout.nodes);
	if (a->gpu == DSFIT_UNKNOWN || (a->gpu == DSFIT_TIGHT && aim >= DSFIT_TIGHT))
		start.gpu_aim = a->gpu;
	return start;
}

/* Walk the steps for each verdict up to `aim`, the best first. */
static bool search_from(struct dsfit_search *s, const struct start *start, enum dsfit_verdict aim,
			struct dsfit_alternative *out)
{
	struct walk walk = { .search = s, .start = start };

	for (; walk.aim <= aim && !walk.found; walk.aim++)
		walk_steps(&walk);
	if (walk.found)
		*out = walk.best;
	return walk.found;
}

/* Search in the partitions that the user might have named. `own` is the start in the user's own. */
static bool search_partitions(struct dsfit_search *s, const struct start *own,
			      struct dsfit_alternative *out)
{
	for (size_t i = 0; i < s->site->partition_count; i++) {
		const struct dsfit_partition *partition = &s->site->partitions[i];
		struct dsfit_request elsewhere = *s->asked;
		enum dsfit_verdict aim = s->aim;
		struct dsfit_assessment a;
		struct start start;

		if (partition->is_default)
			continue;
		strcpy(elsewhere.partition, partition->name);
		/* Some partitions refuse what is tight. */
		if (partition->policy.refuse_tight)
			aim = aim < DSFIT_UNKNOWN ? aim : DSFIT_UNKNOWN;
		start = start_from(s, &elsewhere, aim, &a);
		start.max_gpus = own->max_gpus;
		start.max_nodes = own->max_nodes;
		if (!search_from(s, &start, aim, out))
			continue;
		out->changes |= DSFIT_CHANGE_PARTITION;
		out->preemptible = partition->preemptible;
		return true;
	}
	return false;
}

bool dsfit_search_run(struct dsfit_search *s, struct dsfit_alternative *out)
{
	struct dsfit_assessment a;
	struct start start;

	if (dsfit_asks_nothing(s->asked))
		return dsfit_search_plan(s, out, 1) > 0;
	start = start_from(s, s->asked, s->aim, &a);
	/* The limits are for what dsfit adds: the user may ask for more. */
	if (a.placed) {
		start.max_gpus = dsfit_max(start.max_gpus, a.layout.gpus);
		start.max_nodes = dsfit_max(start.max_nodes, a.layout.nodes);
	}
	if (search_from(s, &start, s->aim, out))
		return true;
	return !s->asked->partition[0] && (s->may_change & DSFIT_CHANGE_PARTITION) &&
	       search_partitions(s, &start, out);
}

bool dsfit_search_as_asked(struct dsfit_search *s, struct dsfit_alternative *out)
{
	const struct start start = {
		.asked = s->asked,
		.max_gpus = s->max_gpus,
		.max_nodes = s->max_nodes,
		.gpu_aim = DSFIT_FITS,
	};
	struct walk walk = { .search = s, .start = &start, .aim = s->aim };

	try(&walk, s->asked);
	if (walk.found)
		*out = walk.best;
	return walk.found;
}

/* --- without a request -------------------------------------------------------------------- */

size_t dsfit_search_plan(struct dsfit_search *s, struct dsfit_alternative *rows, size_t capacity)
{
	uint64_t budget = DSFIT_PLAN_BUDGET;
	struct dsfit_plan plan = {
		.site = s->site,
		.workload = s->workload,
		.asked = s->asked,
		.may_change = s->may_change & ~(unsigned)DSFIT_CHANGE_PARTITION,
		.bound = s->bound,
		.max_gpus = s->max_gpus,
		.max_nodes = s->max_nodes,
		.aim = s->aim,
		.closest = s->closest,
		.budget = &budget,
	};
	size_t count = 0;

	if (!(s->may_change & DSFIT_CHANGE_GPUS))
		return 0;
	/* The default partition first, except that experiments want a preemptible one. */
	if (s->workload->goal != DSFIT_GOAL_EXPERIMENT)
		count = dsfit_plan(&plan, rows, capacity);
	if (!count) {
		plan.may_change = s->may_change;
		count = dsfit_plan(&plan, rows, capacity);
	}
	if (!budget)
		s->budget = 0;
	return count;
}

struct dsfit_search dsfit_search_begin(const struct dsfit_site *site,
				       const struct dsfit_workload *workload,
				       const struct dsfit_request *asked,
				       const struct dsfit_policy *policy)
{
	unsigned may_change = policy->may_change;

	/* If no GPUs were asked for, no type was either. */
	if (asked->scope == DSFIT_GPUS_UNSET && (may_change & DSFIT_CHANGE_GPUS))
		may_change |= DSFIT_CHANGE_GPU_TYPE;
	return (struct dsfit_search){
		.site = site,
		.workload = workload,
		.asked = asked,
		.may_change = may_change,
		.bound = true,
		.budget = DSFIT_SEARCH_BUDGET,
		.max_gpus = policy->max_gpus,
		.max_nodes = policy->max_nodes,
		.aim = policy->refuse_tight ? DSFIT_UNKNOWN : DSFIT_TIGHT,
	};
}
