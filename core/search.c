/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a misfit to the smallest change that fits. Candidates come in the order that a user would
 * try them: memory, scratch, network and a GPU type on what was asked; more GPUs on the node;
 * more nodes. The first step that has any that fits is taken, and in it the cheapest.
 */
#include "core/search.h"

#include <stdio.h>
#include <string.h>

#include "core/size.h"

/*
 * A submission waits for the search: it may assess so many node classes in all, some tenths of
 * a second's worth. Sites of thousands of nodes and jobs that fit none of them come near it.
 */
#define BUDGET UINT64_C(400000)

enum step { STEP_AS_ASKED, STEP_MORE_GPUS, STEP_MORE_NODES, STEPS };

/* Cheaper, then fewer GPUs, then fewer nodes; earlier in the configuration where all is equal,
 * which the order of the search sees to. A price not known comes last. */
static bool is_better(const struct dsfit_search *s, const struct dsfit_assessment *a,
		      const struct dsfit_assessment *b)
{
	double price_a = a->price, price_b = b->price;

	if (s->workload->goal == DSFIT_GOAL_PRODUCTION) {
		price_a = a->price_per_billion;
		price_b = b->price_per_billion;
	}
	if ((price_a < 0) != (price_b < 0))
		return price_b < 0;
	if (price_a >= 0 && price_a != price_b)
		return price_a < price_b;
	if (a->layout.gpus != b->layout.gpus)
		return a->layout.gpus < b->layout.gpus;
	return a->layout.nodes < b->layout.nodes;
}

/* How far a misfit is over its GPU, to say of the one that came closest. */
static void note_misfit(struct dsfit_search *s, const struct dsfit_assessment *a)
{
	struct dsfit_assessment *closest = s->closest;

	if (!closest || !a->gpu_capacity)
		return;
	if (!closest->placed || (double)a->account.gpu.low * (double)closest->gpu_capacity <
					(double)closest->account.gpu.low * (double)a->gpu_capacity)
		*closest = *a;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return dsfit_mul(dsfit_div_up(bytes, unit), unit);
}

/* Ask for enough memory on the fullest node, in the scope the user used. */
static bool raise_memory(struct dsfit_search *s, struct dsfit_request *r,
			 const struct dsfit_assessment *a)
{
	uint64_t need = a->account.host.high, per = 1, memory;

	if (!(s->may_change & DSFIT_CHANGE_MEMORY) || r->memory_scope == DSFIT_MEMORY_WHOLE_NODE)
		return false;
	/* What the node has is all there is: tight may do where fits cannot be had. */
	if (a->class->memory && need > a->class->memory)
		need = a->class->memory;
	/* Where nothing was said, a GPU's memory goes with it, however many there come to be. */
	if (r->memory_scope == DSFIT_MEMORY_UNSET)
		r->memory_scope = DSFIT_MEMORY_PER_GPU;
	if (r->memory_scope == DSFIT_MEMORY_PER_GPU)
		per = a->layout.gpus_per_node;
	else if (r->memory_scope == DSFIT_MEMORY_PER_CPU)
		per = dsfit_cpus_per_node(r, &a->layout);
	/* Whole GiB where the node has them, else whole MiB, Slurm's unit: up if it has them. */
	memory = round_up(dsfit_div_up(need, per), DSFIT_GIB);
	if (a->class->memory && dsfit_mul(memory, per) > a->class->memory)
		memory = round_up(dsfit_div_up(need, per), DSFIT_MIB);
	if (a->class->memory && dsfit_mul(memory, per) > a->class->memory)
		memory = need / per / DSFIT_MIB * DSFIT_MIB;
	if (memory <= r->memory)
		return false;
	r->memory = memory;
	return true;
}

static bool raise_scratch(struct dsfit_search *s, struct dsfit_request *r,
			  const struct dsfit_assessment *a)
{
	uint64_t need = round_up(a->account.nvme.high, DSFIT_GIB);

	if (!(s->may_change & DSFIT_CHANGE_SCRATCH) || need <= r->scratch)
		return false;
	r->scratch = need;
	return true;
}

/*
 * Whether the request may land on the class, and if so whether the class's network keeps up. What
 * it has to keep up with are its own GPUs: faster ones need a faster network.
 */
static bool may_land(struct dsfit_search *s, const struct dsfit_request *r,
		     const struct dsfit_node_class *class, bool *keeps_up)
{
	struct dsfit_assessment a;
	struct dsfit_layout layout;

	if (!s->budget || !dsfit_place(s->site, r, class, &layout))
		return false;
	s->budget--;
	dsfit_assess_on(s->site, s->workload, r, class, &layout, &a);
	*keeps_up = a.network <= s->aim;
	return true;
}

/* A feature that no class has that is too slow; NULL where there is none. */
static const char *fast_feature(struct dsfit_search *s, const struct dsfit_request *r,
				const struct dsfit_node_class *class)
{
	for (size_t i = 0; i < class->features.count; i++) {
		const char *feature = class->features.name[i];
		bool slow = false;

		for (size_t j = 0; j < s->site->class_count && !slow; j++) {
			const struct dsfit_node_class *other = &s->site->classes[j];
			bool keeps_up;

			slow = dsfit_names_have(&other->features, feature) &&
			       may_land(s, r, other, &keeps_up) && !keeps_up;
		}
		if (!slow)
			return feature;
	}
	return NULL;
}

/* Whether an "a|b" list already has the feature. */
static bool lists(const char *list, const char *feature)
{
	size_t length = strlen(feature);

	for (const char *at = list; (at = strstr(at, feature)); at += length)
		if ((at == list || at[-1] == '|') && (!at[length] || at[length] == '|'))
			return true;
	return false;
}

/* Constrain to the nodes whose network keeps up, by the features that only they have. */
static bool ask_faster_network(struct dsfit_search *s, struct dsfit_request *r)
{
	char fast[DSFIT_EXPRESSION_MAX] = "", all[DSFIT_EXPRESSION_MAX];
	size_t length = 0;

	/* Counts and brackets cannot be put into parentheses. */
	if (!(s->may_change & DSFIT_CHANGE_NETWORK) || strpbrk(r->features, "[]*"))
		return false;
	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		const char *feature;
		bool keeps_up;

		if (!may_land(s, r, class, &keeps_up) || !keeps_up)
			continue;
		feature = fast_feature(s, r, class);
		if (!feature || lists(fast, feature) ||
		    length + strlen(feature) + 2 > sizeof(fast))
			continue;
		length += (size_t)snprintf(fast + length, sizeof(fast) - length, "%s%s",
					   length ? "|" : "", feature);
	}
	if (!length)
		return false;
	if (!r->features[0])
		length = (size_t)snprintf(all, sizeof(all), "%s", fast);
	else
		length = (size_t)snprintf(all, sizeof(all), "(%s)&(%s)", r->features, fast);
	if (length >= sizeof(all))
		return false;
	strcpy(r->features, all);
	return true;
}

/* One attempt to mend what is not GPUs; false where there is nothing left to do. */
static bool mend(struct dsfit_search *s, struct dsfit_request *r, const struct dsfit_assessment *a)
{
	if (!a->class)
		return false;
	if (a->host > s->aim && raise_memory(s, r, a))
		return true;
	if (a->nvme > s->aim && raise_scratch(s, r, a))
		return true;
	return a->network > s->aim && ask_faster_network(s, r);
}

unsigned dsfit_changes(const struct dsfit_request *from, const struct dsfit_request *to)
{
	unsigned bits = 0;

	if (from->memory != to->memory || from->memory_scope != to->memory_scope)
		bits |= DSFIT_CHANGE_MEMORY;
	if (from->scratch != to->scratch)
		bits |= DSFIT_CHANGE_SCRATCH;
	if (strcmp(from->features, to->features))
		bits |= DSFIT_CHANGE_NETWORK;
	if (from->gpus != to->gpus || from->scope != to->scope)
		bits |= DSFIT_CHANGE_GPUS;
	if (from->nodes_min != to->nodes_min || from->nodes_max != to->nodes_max)
		bits |= DSFIT_CHANGE_NODES;
	if (strcmp(from->gpu_type, to->gpu_type))
		bits |= DSFIT_CHANGE_GPU_TYPE;
	if (strcmp(from->partition, to->partition))
		bits |= DSFIT_CHANGE_PARTITION;
	return bits;
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
		note_misfit(s, a);
		return;
	}
	one.changes = dsfit_changes(s->asked, &one.request);
	if ((one.changes & ~s->may_change) || !stays_bound(s, &one.request))
		return;
	if (!s->found || is_better(s, a, &s->best.assessment))
		s->best = one;
	s->found = true;
	s->fitted++;
}

/* Ask for n nodes, where the user said how many; a maximum is raised with the minimum. */
static void set_nodes(struct dsfit_request *r, uint64_t n)
{
	r->nodes_min = n;
	if (r->nodes_max && r->nodes_max < n)
		r->nodes_max = n;
}

/* GPUs a node that leave no part of it stranded: those that divide what it has. */
static bool is_even(const struct dsfit_node_class *class, uint64_t gpus)
{
	return gpus && class->gpus % gpus == 0;
}

/* The request with g GPUs on each of n nodes, in the scope it was asked in. False where that
 * scope cannot say so. */
static bool reshape(const struct dsfit_search *s, struct dsfit_request *r, uint64_t n, uint64_t g)
{
	uint64_t tasks = dsfit_tasks(r, n), gpus = dsfit_mul(n, g);

	switch (r->scope) {
	case DSFIT_GPUS_PER_JOB:
		/* Where the GPUs follow from the tasks, more of them are more tasks. */
		if (r->tasks_per_gpu && r->tasks && s->bound && gpus != r->gpus)
			return false;
		if (r->tasks_per_gpu && r->tasks && gpus != r->gpus)
			r->tasks = dsfit_mul(gpus, r->tasks_per_gpu);
		r->gpus = gpus;
		break;
	case DSFIT_GPUS_PER_TASK:
		if (gpus % tasks == 0 && gpus / tasks <= g) {
			r->gpus = gpus / tasks;
			break;
		}
		/* A task's GPUs are on one node: more of them are more tasks. */
		if (s->bound || !r->tasks || !r->gpus || gpus % r->gpus)
			return false;
		r->tasks = gpus / r->gpus;
		break;
	default:
		r->scope = DSFIT_GPUS_PER_NODE;
		r->gpus = g;
		break;
	}
	if (r->nodes_given || r->scope == DSFIT_GPUS_PER_NODE ||
	    (r->scope == DSFIT_GPUS_PER_TASK && !r->tasks))
		set_nodes(r, n);
	if ((!s->bound || r->tasks_follow) && r->tasks && r->tasks < n &&
	    r->scope != DSFIT_GPUS_PER_TASK)
		r->tasks = n;
	return true;
}

/* Whether the GPUs do not fit even with all of the class's nodes: with more ranks a GPU never
 * holds more. */
static bool is_hopeless(struct dsfit_search *s, const struct dsfit_node_class *class,
			const char *type, uint64_t nodes)
{
	struct dsfit_request r = *s->asked;
	struct dsfit_assessment a;

	strcpy(r.gpu_type, type);
	if (!reshape(s, &r, nodes, class->gpus))
		return false;
	dsfit_assess(s->site, s->workload, &r, &a);
	if (!a.placed || a.gpu <= s->gpu_aim)
		return false;
	note_misfit(s, &a);
	return true;
}

/* One type's candidates of one step. */
static void try_step(struct dsfit_search *s, const struct dsfit_node_class *class,
		     const char *type, enum step step)
{
	uint64_t n0 = s->n0, g0 = s->g0;
	bool unasked = s->asked->scope == DSFIT_GPUS_UNSET;
	uint64_t first = step == STEP_MORE_NODES ? n0 + 1 : n0;
	uint64_t last = step == STEP_MORE_NODES ? class->count : n0;
	uint64_t most = step == STEP_AS_ASKED && !unasked ? g0 : class->gpus;

	if (s->max_nodes < last)
		last = s->max_nodes;
	if (step == STEP_MORE_NODES && first <= last && is_hopeless(s, class, type, last))
		return;
	for (uint64_t n = first; n <= last && s->budget >= s->site->class_count; n++) {
		size_t fitted = s->fitted;

		if (n > n0 && !may_have_nodes(s, n))
			return;
		for (uint64_t g = step == STEP_MORE_GPUS ? g0 + 1 : g0; g <= most; g++) {
			struct dsfit_request r = *s->asked;

			if (g != g0 && !is_even(class, g))
				continue;
			/* Whole nodes come with all of their GPUs. */
			if (unasked && s->asked->exclusive && g != class->gpus)
				continue;
			strcpy(r.gpu_type, type);
			if (reshape(s, &r, n, g))
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

/* Nothing asked: all of the site's requests compete, whatever their size. */
static void search_unasked(struct dsfit_search *s)
{
	if (!(s->may_change & DSFIT_CHANGE_GPUS))
		return;
	for (int step = STEP_AS_ASKED; step < STEPS; step++) {
		/* A node count that was typed is kept if anything at all fits it. */
		if (step == STEP_MORE_NODES && s->asked->nodes_given && s->found)
			break;
		if (allows(s, (enum step)step))
			search_step(s, (enum step)step);
	}
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
	for (s->aim = DSFIT_FITS; s->aim <= worst && !s->found; s->aim++) {
		if (dsfit_asks_nothing(s->asked))
			search_unasked(s);
		else
			search_change(s);
	}
	/* The next search, in another partition, aims no lower. */
	s->aim = worst;
	return s->found;
}

/* A memory for a request that dsfit made: what the job needs, not the whole node. */
static void state_memory(struct dsfit_search *s, struct dsfit_alternative *alternative)
{
	struct dsfit_request r = alternative->request;
	struct dsfit_assessment a;

	if (r.memory_scope != DSFIT_MEMORY_UNSET ||
	    !raise_memory(s, &r, &alternative->assessment))
		return;
	dsfit_assess(s->site, s->workload, &r, &a);
	if (!a.placed || a.overall > alternative->assessment.overall)
		return;
	alternative->request = r;
	alternative->assessment = a;
	alternative->changes |= DSFIT_CHANGE_MEMORY;
}

/* The same in the partitions that the user might have named, preemptible ones alone or all. */
static bool search_partitions(struct dsfit_search *s, bool preemptible,
			      struct dsfit_alternative *out)
{
	for (size_t i = 0; i < s->site->partition_count; i++) {
		const struct dsfit_partition *partition = &s->site->partitions[i];
		struct dsfit_request elsewhere = *s->asked;
		struct dsfit_search inner = *s;
		bool found;

		if (partition->is_default || (preemptible && !partition->preemptible))
			continue;
		strcpy(elsewhere.partition, partition->name);
		inner.asked = &elsewhere;
		/* What is tight here may be a misfit there. */
		if (partition->policy.refuse_tight && inner.aim > DSFIT_UNKNOWN)
			inner.aim = DSFIT_UNKNOWN;
		found = search(&inner);
		s->budget = inner.budget;
		if (!found)
			continue;
		*out = inner.best;
		out->changes |= DSFIT_CHANGE_PARTITION;
		return true;
	}
	return false;
}

bool dsfit_search_run(struct dsfit_search *s, struct dsfit_alternative *out)
{
	bool unasked = dsfit_asks_nothing(s->asked);
	bool elsewhere = (s->may_change & DSFIT_CHANGE_PARTITION) && !s->asked->partition[0];

	if (elsewhere && unasked && s->workload->goal == DSFIT_GOAL_EXPERIMENT &&
	    search_partitions(s, true, out))
		goto found;
	if (search(s))
		*out = s->best;
	else if (!elsewhere || !search_partitions(s, false, out))
		return false;
found:
	if (unasked)
		state_memory(s, out);
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
		.budget = BUDGET,
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
