/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a misfit to the smallest change that fits. Candidates come in the order that a user would
 * try them: memory, scratch, network and a GPU type on what was asked; more GPUs on the node;
 * more nodes. The first step that has any that fits is taken, and in it the cheapest.
 */
#include "core/decide/search.h"

#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/decide/constraint.h"
#include "core/decide/misfit.h"
#include "core/request/resize.h"

enum step { STEP_AS_ASKED, STEP_MORE_GPUS, STEP_MORE_NODES, STEPS };

/* Whether the network there keeps up with the GPUs there: faster ones need a faster one. */
static bool keeps_up(const void *context, const struct dsfit_assessment *there)
{
	const struct dsfit_search *s = context;

	return there->network <= s->aim;
}

/* One attempt to mend what is not GPUs; false where there is nothing left to do. */
static bool mend(struct dsfit_search *s, struct dsfit_request *r, const struct dsfit_assessment *a)
{
	if (!a->class)
		return false;
	if (a->host > s->aim && (s->may_change & DSFIT_CHANGE_MEMORY) &&
	    dsfit_resize_memory(r, a->class, &a->layout, a->account.host.high))
		return true;
	if (a->nvme > s->aim && (s->may_change & DSFIT_CHANGE_SCRATCH) &&
	    dsfit_resize_scratch(r, a->account.nvme.high))
		return true;
	if (a->network <= s->aim || !(s->may_change & DSFIT_CHANGE_NETWORK))
		return false;
	s->budget -= s->budget < s->site->class_count ? s->budget : s->site->class_count;
	return dsfit_constrain(s->site, s->workload, r, NULL, 0, keeps_up, s,
				     NULL) > 0;
}

/* Whether the node count may become this. */
static bool may_have_nodes(const struct dsfit_search *s, uint64_t nodes)
{
	return !s->bound || s->asked->bound == DSFIT_NODES_FREE || nodes <= s->asked->nodes_limit;
}

/* Whether the candidate keeps what binds the node count wherever it lands: GPUs of a whole job
 * spread over more nodes on one class than on another. */
static bool stays_bound(const struct dsfit_search *s, const struct dsfit_request *candidate)
{
	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		struct dsfit_layout now, was;

		if (!dsfit_place(s->site, candidate, class, &now) || may_have_nodes(s, now.nodes))
			continue;
		if (!dsfit_place(s->site, s->typed, class, &was) || now.nodes > was.nodes)
			return false;
	}
	return true;
}

/* A candidate: mend the rest of it, assess it, and keep it if it is good enough and the best. */
static void try(struct dsfit_search *s, const struct dsfit_request *candidate)
{
	struct dsfit_alternative one = { .request = *candidate };
	struct dsfit_assessment *a = &one.assessment;

	/* Each round mends one thing, and each thing once a class at most. */
	for (size_t round = 0; round <= 3 * s->site->class_count; round++) {
		if (s->budget < s->site->class_count)
			return;
		s->budget -= s->site->class_count;
		dsfit_assess(s->site, s->workload, &one.request, a);
		if (!a->placed)
			return;
		if (a->overall <= s->aim || a->gpu > s->gpu_aim ||
		    !mend(s, &one.request, a))
			break;
	}
	if (a->layout.gpus > s->max_gpus || a->layout.nodes > s->max_nodes)
		return;
	if (a->overall > s->aim || a->gpu > s->gpu_aim) {
		dsfit_note_misfit(s->closest, a);
		return;
	}
	one.changes = dsfit_request_difference(s->asked, &one.request);
	if ((one.changes & ~s->may_change) || !stays_bound(s, &one.request))
		return;
	if (!s->found || dsfit_is_better(s->site, s->workload->goal, a, &s->best.assessment))
		s->best = one;
	s->found = true;
	s->fitted++;
}

/* Whether the GPUs do not fit even with all of the class's nodes: with more ranks a GPU never
 * holds more. */
static bool is_hopeless(struct dsfit_search *s, const struct dsfit_node_class *class,
			const char *type, uint64_t nodes)
{
	struct dsfit_request r = *s->asked;
	struct dsfit_assessment a;

	strcpy(r.gpu_type, type);
	if (!dsfit_resize_gpus(&r, s->bound, nodes, class->gpus))
		return false;
	/* As good as hopeless, where nothing may be tried any more. */
	if (s->budget < s->site->class_count)
		return true;
	s->budget -= s->site->class_count;
	dsfit_assess(s->site, s->workload, &r, &a);
	if (!a.placed || a.gpu <= s->gpu_aim)
		return false;
	dsfit_note_misfit(s->closest, &a);
	return true;
}

/* One type's candidates of one step. */
static void try_step(struct dsfit_search *s, const struct dsfit_node_class *class,
		     const char *type, enum step step)
{
	uint64_t n0 = s->n0, g0 = s->g0;
	/* Whole nodes come with all of their GPUs. */
	bool whole = s->asked->scope == DSFIT_GPUS_UNSET;
	uint64_t first = step == STEP_MORE_NODES ? n0 + 1 : n0;
	uint64_t last = step == STEP_MORE_NODES ? class->count : n0;
	uint64_t most = step == STEP_AS_ASKED && !whole ? g0 : class->gpus;

	if (s->max_nodes < last)
		last = s->max_nodes;
	if (step == STEP_MORE_NODES && first <= last && is_hopeless(s, class, type, last))
		return;
	for (uint64_t n = first; n <= last && s->budget >= s->site->class_count; n++) {
		size_t fitted = s->fitted;

		if (n > n0 && !may_have_nodes(s, n))
			return;
		for (uint64_t g = step == STEP_MORE_GPUS ? g0 + 1 : g0; g <= most && s->budget;
		     g++) {
			struct dsfit_request r = *s->asked;

			s->budget--;
			if (g != g0 && !dsfit_divides_node(class, g))
				continue;
			if (whole && g != class->gpus)
				continue;
			strcpy(r.gpu_type, type);
			if (!dsfit_resize_gpus(&r, s->bound, n, g))
				continue;
			/* As many nodes as it takes as asked need not be asked for. */
			if (n == n0) {
				r.nodes_min = s->asked->nodes_min;
				r.nodes_max = s->asked->nodes_max;
			}
			try(s, &r);
		}
		/* More nodes of a type that fits already cannot be a smaller change. */
		if (s->fitted != fitted)
			return;
	}
}

/* Whether an earlier class of the site has this type: each is tried once. */
static bool seen_type(const struct dsfit_site *site, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(site->classes[i].gres_type, site->classes[index].gres_type) &&
		    site->classes[i].gpus == site->classes[index].gpus &&
		    site->classes[i].count >= site->classes[index].count)
			return true;
	return false;
}

/* All candidates of one step. Without a named type the request is first tried as open as it
 * was asked, then narrowed to each type. */
static void search_step(struct dsfit_search *s, enum step step)
{
	const char *named = s->asked->gpu_type;

	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		bool same = !strcmp(named, class->gres_type);

		if (named[0] && !same && !s->any_type)
			continue;
		if (!same && !(s->may_change & DSFIT_CHANGE_GPU_TYPE))
			continue;
		if (!seen_type(s->site, i))
			try_step(s, class, class->gres_type, step);
	}
}

/* As asked but for memory and the like, or, untyped, with more of what was asked. */
static void search_untyped(struct dsfit_search *s, enum step step)
{
	if (s->asked->gpu_type[0])
		return;
	for (size_t i = 0; i < s->site->class_count; i++)
		if (!seen_type(s->site, i))
			try_step(s, &s->site->classes[i], "", step);
}

/*
 * Where a search starts: the layout as asked. Its GPUs are to fit, or, where they were tight as
 * asked or not known, and something else is the misfit, to be no worse.
 */
static void start(struct dsfit_search *s, bool refuse_tight)
{
	struct dsfit_assessment a;

	s->n0 = s->asked->nodes_min ? s->asked->nodes_min : 1;
	s->g0 = 1;
	s->gpu_aim = DSFIT_FITS;
	if (s->asked->scope == DSFIT_GPUS_UNSET)
		return;
	dsfit_assess(s->site, s->workload, s->asked, &a);
	s->n0 = a.layout.nodes;
	s->g0 = a.layout.gpus_per_node;
	if (a.gpu == DSFIT_UNKNOWN || (a.gpu == DSFIT_TIGHT && !refuse_tight))
		s->gpu_aim = a.gpu;
	if (s->asked != s->typed)
		return;
	/* A correction that adds no GPU reaches for none, however many were asked for. */
	if (a.placed && a.layout.gpus > s->max_gpus)
		s->max_gpus = a.layout.gpus;
	if (a.placed && a.layout.nodes > s->max_nodes)
		s->max_nodes = a.layout.nodes;
}

/* The steps that what may change leaves open. */
static bool allows(const struct dsfit_search *s, enum step step)
{
	static const unsigned needed[STEPS] = {
		[STEP_MORE_GPUS] = DSFIT_CHANGE_GPUS,
		[STEP_MORE_NODES] = DSFIT_CHANGE_NODES,
	};

	return (s->may_change & needed[step]) == needed[step];
}

/* The smallest change of what was asked. */
static void search_change(struct dsfit_search *s)
{
	/* As asked and mended comes before everything, in the very words it was asked in. */
	try(s, s->asked);
	for (int step = STEP_AS_ASKED; step < STEPS && !s->found; step++) {
		if (!allows(s, (enum step)step))
			continue;
		search_untyped(s, (enum step)step);
		if (!s->found)
			search_step(s, (enum step)step);
	}
}

/* Fits if that can be had; else GPUs that fit, with host memory or network tight. */
static bool search(struct dsfit_search *s)
{
	enum dsfit_verdict worst = s->aim;

	start(s, worst < DSFIT_TIGHT);
	s->found = false;
	for (s->aim = DSFIT_FITS; s->aim <= worst && !s->found; s->aim++)
		search_change(s);
	/* The next search, in another partition, aims no lower. */
	s->aim = worst;
	return s->found;
}

/* The same in the partitions that the user might have named. */
static bool search_partitions(struct dsfit_search *s)
{
	for (size_t i = 0; i < s->site->partition_count && !s->found; i++) {
		const struct dsfit_partition *partition = &s->site->partitions[i];
		struct dsfit_request elsewhere = *s->asked;
		struct dsfit_search inner = *s;

		if (partition->is_default)
			continue;
		strcpy(elsewhere.partition, partition->name);
		inner.asked = &elsewhere;
		/* What is tight here may be a misfit there. */
		if (partition->policy.refuse_tight && inner.aim > DSFIT_UNKNOWN)
			inner.aim = DSFIT_UNKNOWN;
		s->found = search(&inner);
		s->budget = inner.budget;
		s->best = inner.best;
		s->best.changes |= DSFIT_CHANGE_PARTITION;
		s->best.preemptible = partition->preemptible;
	}
	return s->found;
}

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
	/* Where the user would go by default, unless another partition is what is wanted. */
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

bool dsfit_search_run(struct dsfit_search *s, struct dsfit_alternative *out)
{
	if (dsfit_asks_nothing(s->asked))
		return dsfit_search_plan(s, out, 1) > 0;
	if (!search(s) && (s->asked->partition[0] ||
			   !(s->may_change & DSFIT_CHANGE_PARTITION) || !search_partitions(s)))
		return false;
	*out = s->best;
	return true;
}

struct dsfit_search dsfit_search_begin(const struct dsfit_site *site,
				       const struct dsfit_workload *workload,
				       const struct dsfit_request *asked,
				       const struct dsfit_policy *policy)
{
	unsigned may_change = policy->may_change;

	/* GPUs that nobody asked for are of a type that nobody named. */
	if (asked->scope == DSFIT_GPUS_UNSET && (may_change & DSFIT_CHANGE_GPUS))
		may_change |= DSFIT_CHANGE_GPU_TYPE;
	return (struct dsfit_search){
		.site = site,
		.workload = workload,
		.asked = asked,
		.typed = asked,
		.may_change = may_change,
		.bound = true,
		.budget = DSFIT_SEARCH_BUDGET,
		.max_gpus = policy->max_gpus,
		.max_nodes = policy->max_nodes,
		.aim = policy->refuse_tight ? DSFIT_UNKNOWN : DSFIT_TIGHT,
	};
}

bool dsfit_search_as_asked(struct dsfit_search *s, struct dsfit_alternative *out)
{
	s->found = false;
	try(s, s->asked);
	if (s->found)
		*out = s->best;
	return s->found;
}
