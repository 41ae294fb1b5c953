/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a misfit to the smallest change that fits. Candidates come in the order that a user would
 * try them: memory, scratch, network and a GPU type on what was asked; more GPUs on the node;
 * more nodes. The first step that has any that fits is taken, and in it the cheapest.
 */
#include "core/decide.h"

#include <stdio.h>
#include <string.h>

#include "core/size.h"

enum step { STEP_AS_ASKED, STEP_MORE_GPUS, STEP_MORE_NODES, STEPS };

/* A search: what may change, and the best found in the step at hand. */
struct search {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	const struct dsfit_request *asked;
	const struct dsfit_request *typed;	/* the same in the user's own partition */
	unsigned may_change;
	bool bound;			/* heed asked->bound */
	bool any_type;			/* a named GPU type may be replaced */
	uint64_t max_gpus, max_nodes;
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	enum dsfit_verdict gpu_aim;	/* of the GPUs alone */
	uint64_t n0, g0;		/* nodes and GPUs a node to start from */
	bool found;
	size_t fitted;			/* candidates that were good enough */
	struct dsfit_alternative best;
	struct dsfit_assessment *closest;	/* the roomiest misfit, where wanted */
};

/* Cheaper, then fewer GPUs, then fewer nodes; earlier in the configuration where all is equal,
 * which the order of the search sees to. A price not known comes last. */
static bool is_better(const struct search *s, const struct dsfit_assessment *a,
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
static void note_misfit(struct search *s, const struct dsfit_assessment *a)
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
static bool raise_memory(struct search *s, struct dsfit_request *r,
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

static bool raise_scratch(struct search *s, struct dsfit_request *r,
			  const struct dsfit_assessment *a)
{
	uint64_t need = round_up(a->account.nvme_per_node, DSFIT_GIB);

	if (!(s->may_change & DSFIT_CHANGE_SCRATCH) || need <= r->scratch)
		return false;
	r->scratch = need;
	return true;
}

/*
 * Whether the request may land on the class, and if so whether the class's network keeps up. What
 * it has to keep up with are its own GPUs: faster ones need a faster network.
 */
static bool may_land(const struct search *s, const struct dsfit_request *r,
		     const struct dsfit_node_class *class, bool *keeps_up)
{
	struct dsfit_assessment a;
	struct dsfit_layout layout;

	if (!dsfit_place(s->site, r, class, &layout))
		return false;
	dsfit_assess_on(s->site, s->workload, r, class, &layout, &a);
	*keeps_up = a.network <= s->aim;
	return true;
}

/* A feature that no class has that is too slow; NULL where there is none. */
static const char *fast_feature(const struct search *s, const struct dsfit_request *r,
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
static bool ask_faster_network(struct search *s, struct dsfit_request *r)
{
	char fast[DSFIT_EXPRESSION_MAX] = "", all[DSFIT_EXPRESSION_MAX];
	size_t length = 0;

	if (!(s->may_change & DSFIT_CHANGE_NETWORK))
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
static bool mend(struct search *s, struct dsfit_request *r, const struct dsfit_assessment *a)
{
	if (!a->class)
		return false;
	if (a->host > s->aim && raise_memory(s, r, a))
		return true;
	if (a->nvme > s->aim && raise_scratch(s, r, a))
		return true;
	return a->network > s->aim && ask_faster_network(s, r);
}

static unsigned changes(const struct dsfit_request *from, const struct dsfit_request *to)
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
static bool may_have_nodes(const struct search *s, uint64_t nodes)
{
	return !s->bound || s->asked->bound == DSFIT_NODES_FREE || nodes <= s->asked->nodes_limit;
}

/* Whether the candidate keeps what binds the node count wherever it lands: GPUs of a whole job
 * spread over more nodes on one class than on another. */
static bool stays_bound(const struct search *s, const struct dsfit_request *candidate)
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
static void try(struct search *s, const struct dsfit_request *candidate)
{
	struct dsfit_alternative one = { .request = *candidate };
	struct dsfit_assessment *a = &one.assessment;

	/* Each round mends one thing, and each thing once a class at most. */
	for (size_t round = 0; round <= 3 * s->site->class_count; round++) {
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
	one.changes = changes(s->asked, &one.request);
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
static bool reshape(const struct search *s, struct dsfit_request *r, uint64_t n, uint64_t g)
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
	if (!s->bound && r->tasks && r->tasks < n && r->scope != DSFIT_GPUS_PER_TASK)
		r->tasks = n;
	return true;
}

/* One type's candidates of one step. */
static void try_step(struct search *s, const struct dsfit_node_class *class,
		     const char *type, enum step step)
{
	uint64_t n0 = s->n0, g0 = s->g0;
	bool unasked = s->asked->scope == DSFIT_GPUS_UNSET;
	uint64_t first = step == STEP_MORE_NODES ? n0 + 1 : n0;
	uint64_t last = step == STEP_MORE_NODES ? class->count : n0;
	uint64_t most = step == STEP_AS_ASKED && !unasked ? g0 : class->gpus;

	if (s->max_nodes < last)
		last = s->max_nodes;
	for (uint64_t n = first; n <= last; n++) {
		size_t fitted = s->fitted;

		if (n > n0 && !may_have_nodes(s, n))
			return;
		for (uint64_t g = step == STEP_MORE_GPUS ? g0 + 1 : g0; g <= most; g++) {
			struct dsfit_request r = *s->asked;

			if (g != g0 && !is_even(class, g))
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
static void search_step(struct search *s, enum step step)
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
static void search_untyped(struct search *s, enum step step)
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
static void start(struct search *s, bool refuse_tight)
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
static bool allows(const struct search *s, enum step step)
{
	static const unsigned needed[STEPS] = {
		[STEP_MORE_GPUS] = DSFIT_CHANGE_GPUS,
		[STEP_MORE_NODES] = DSFIT_CHANGE_NODES,
	};

	return (s->may_change & needed[step]) == needed[step];
}

/* Nothing asked: all of the site's requests compete, whatever their size. */
static void search_unasked(struct search *s)
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
static void search_change(struct search *s)
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
static bool search(struct search *s)
{
	enum dsfit_verdict worst = s->aim;

	start(s, worst < DSFIT_TIGHT);
	s->found = false;
	for (s->aim = DSFIT_FITS; s->aim <= worst && !s->found; s->aim++) {
		if (s->asked->scope == DSFIT_GPUS_UNSET && !s->asked->exclusive)
			search_unasked(s);
		else
			search_change(s);
	}
	/* The next search, in another partition, aims no lower. */
	s->aim = worst;
	return s->found;
}

static bool is_misfit(const struct dsfit_policy *policy, const struct dsfit_assessment *a)
{
	return a->overall == DSFIT_EXCEEDS || (policy->refuse_tight && a->overall == DSFIT_TIGHT);
}

/* A memory for a request that dsfit made: what the job needs, not the whole node. */
static void state_memory(const struct dsfit_site *site, const struct dsfit_workload *workload,
			 struct dsfit_alternative *alternative)
{
	struct search s = { .may_change = DSFIT_CHANGE_MEMORY };
	struct dsfit_request r = alternative->request;
	struct dsfit_assessment a;

	if (r.memory_scope != DSFIT_MEMORY_UNSET ||
	    !raise_memory(&s, &r, &alternative->assessment))
		return;
	dsfit_assess(site, workload, &r, &a);
	if (!a.placed || a.overall > alternative->assessment.overall)
		return;
	alternative->request = r;
	alternative->assessment = a;
	alternative->changes |= DSFIT_CHANGE_MEMORY;
}

/* The same in the partitions that the user might have named, preemptible ones alone or all. */
static bool search_partitions(const struct search *s, bool preemptible, struct dsfit_alternative *out)
{
	for (size_t i = 0; i < s->site->partition_count; i++) {
		const struct dsfit_partition *partition = &s->site->partitions[i];
		struct dsfit_request elsewhere = *s->asked;
		struct search inner = *s;

		if (partition->is_default || (preemptible && !partition->preemptible))
			continue;
		strcpy(elsewhere.partition, partition->name);
		inner.asked = &elsewhere;
		/* What is tight here may be a misfit there. */
		if (partition->policy.refuse_tight && inner.aim > DSFIT_UNKNOWN)
			inner.aim = DSFIT_UNKNOWN;
		if (!search(&inner))
			continue;
		*out = inner.best;
		out->changes |= DSFIT_CHANGE_PARTITION;
		return true;
	}
	return false;
}

/*
 * The partition asked for or the default one; another only where the user named none. An
 * experiment that asks for nothing goes to a preemptible one first.
 */
static bool run_search(struct search *s, struct dsfit_alternative *out)
{
	bool unasked = s->asked->scope == DSFIT_GPUS_UNSET && !s->asked->exclusive;
	bool elsewhere = (s->may_change & DSFIT_CHANGE_PARTITION) && !s->asked->partition[0];

	if (elsewhere && unasked && s->workload->goal == DSFIT_GOAL_EXPERIMENT &&
	    search_partitions(s, true, out))
		goto found;
	if (search(s))
		*out = s->best;
	else if (!elsewhere || !search_partitions(s, false, out))
		return false;
found:
	if (unasked && (s->may_change & DSFIT_CHANGE_MEMORY))
		state_memory(s->site, s->workload, out);
	return true;
}

static struct search begin(const struct dsfit_site *site, const struct dsfit_workload *workload,
			   const struct dsfit_request *asked, const struct dsfit_policy *policy)
{
	return (struct search){
		.site = site,
		.workload = workload,
		.asked = asked,
		.typed = asked,
		.may_change = policy->may_change,
		.bound = true,
		.max_gpus = policy->max_gpus,
		.max_nodes = policy->max_nodes,
		.aim = policy->refuse_tight ? DSFIT_UNKNOWN : DSFIT_TIGHT,
	};
}

static bool same_request(const struct dsfit_request *a, const struct dsfit_request *b)
{
	return !changes(a, b) && a->tasks == b->tasks;
}

static void add_alternative(struct dsfit_decision *d, const struct dsfit_alternative *one)
{
	for (size_t i = 0; i < d->alternative_count; i++)
		if (same_request(&d->alternatives[i].request, &one->request))
			return;
	if (d->alternative_count < DSFIT_ALTERNATIVES)
		d->alternatives[d->alternative_count++] = *one;
}

/* The request as it is, with the training changed: for the user to choose, never done here. */
static void suggest_training(const struct dsfit_site *site, const struct dsfit_workload *workload,
			     const struct dsfit_policy *policy, struct dsfit_decision *d)
{
	static const struct {
		const char *options, *options_at_stage_3;
		enum dsfit_offload offload;
	} ways[] = {
		{ "zero=3", NULL, DSFIT_OFFLOAD_NONE },
		{ "zero=3 offload=optimizer:cpu", "offload=optimizer:cpu", DSFIT_OFFLOAD_CPU },
	};
	bool stage_3 = workload->training.zero == 3;

	if (workload->training.engine == DSFIT_ENGINE_NONE ||
	    d->asked.scope == DSFIT_GPUS_UNSET)
		return;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct dsfit_workload other = *workload;
		struct search s = begin(site, &other, &d->asked, policy);

		if (stage_3 && workload->training.offload_optimizer >= ways[i].offload)
			continue;
		other.training.zero = 3;
		other.training.zero_given = true;
		/* As the options would be read: overlap goes with the stage, and an offload that
		 * is typed replaces the whole of it. */
		if (!other.training.overlap_comm_given)
			other.training.overlap_comm = true;
		if (ways[i].offload != DSFIT_OFFLOAD_NONE) {
			other.training.offload_optimizer = ways[i].offload;
			other.training.offload_param = DSFIT_OFFLOAD_NONE;
		}
		s.aim = DSFIT_FITS;
		s.may_change = DSFIT_CHANGE_MEMORY;
		try(&s, &d->asked);
		if (!s.found)
			continue;
		s.best.training = stage_3 ? ways[i].options_at_stage_3 : ways[i].options;
		add_alternative(d, &s.best);
		return;
	}
}

/* What would fit, if only it were typed: the nearest request, another GPU type, another way to
 * train. */
static void find_alternatives(const struct dsfit_site *site,
			      const struct dsfit_workload *workload,
			      const struct dsfit_policy *policy, struct dsfit_decision *d)
{
	struct dsfit_alternative one;
	struct search s = begin(site, workload, &d->asked, policy);

	s.may_change = DSFIT_CHANGE_ALL;
	s.bound = false;
	if (run_search(&s, &one))
		add_alternative(d, &one);
	if (d->asked.gpu_type[0]) {
		s = begin(site, workload, &d->asked, policy);
		s.may_change = DSFIT_CHANGE_ALL;
		s.bound = false;
		s.any_type = true;
		s.closest = &d->closest;
		if (run_search(&s, &one))
			add_alternative(d, &one);
	}
	suggest_training(site, workload, policy, d);
	if (d->alternative_count)
		return;
	/* The site's best, whatever was asked, to say how far off it is. */
	one.request = d->asked;
	one.request.scope = DSFIT_GPUS_UNSET;
	one.request.exclusive = false;
	one.request.gpu_type[0] = '\0';
	one.request.nodes_min = 1;
	one.request.nodes_max = 0;
	s = begin(site, workload, &one.request, policy);
	s.may_change = DSFIT_CHANGE_ALL;
	s.bound = false;
	s.closest = &d->closest;
	if (run_search(&s, &one)) {
		one.changes = changes(&d->asked, &one.request);
		add_alternative(d, &one);
	}
}

/* Why the correction that would fit is not made. */
static void find_obstacle(const struct dsfit_request *asked, struct dsfit_decision *d,
			  unsigned may_change)
{
	static const enum dsfit_obstacle bounds[] = {
		[DSFIT_NODES_BOUND_BY_TASKS] = DSFIT_OBSTACLE_TASKS,
		[DSFIT_NODES_BOUND_BY_LAUNCH] = DSFIT_OBSTACLE_LAUNCH,
		[DSFIT_NODES_BOUND_BY_LIST] = DSFIT_OBSTACLE_LIST,
	};
	const struct dsfit_alternative *first = &d->alternatives[0];

	if (!d->alternative_count || first->training) {
		d->obstacle = DSFIT_OBSTACLE_NOTHING_FITS;
		return;
	}
	d->forbidden = first->changes & ~may_change;
	if (asked->gpu_type[0] && (first->changes & DSFIT_CHANGE_GPU_TYPE))
		d->forbidden |= DSFIT_CHANGE_GPU_TYPE;
	if (!d->forbidden && asked->bound != DSFIT_NODES_FREE)
		d->obstacle = bounds[asked->bound];
	else
		d->obstacle = DSFIT_OBSTACLE_MAY_CHANGE;
}

/* The mode in force: the policy's, unless the user asks for a stricter one or may overrule it. */
static void settle_mode(const struct dsfit_workload *workload, const struct dsfit_policy *policy,
			const struct dsfit_gate *gate, struct dsfit_decision *d)
{
	d->mode = policy->mode;
	if (!workload->fit_given || workload->fit == policy->mode)
		return;
	if (workload->fit > policy->mode || gate->may_override)
		d->mode = workload->fit;
	else
		d->fit_denied = true;
}

static bool unknown_type(const struct dsfit_site *site, const struct dsfit_request *request)
{
	if (!request->gpu_type[0])
		return false;
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, request->gpu_type))
			return false;
	return true;
}

/* A misfit: correct it if that is the mode and a way is open, else let pass or refuse. */
static void act(const struct dsfit_site *site, const struct dsfit_workload *workload,
		const struct dsfit_policy *policy, const struct dsfit_gate *gate,
		struct dsfit_decision *d)
{
	struct search s = begin(site, workload, &d->asked, policy);

	if (d->mode == DSFIT_MODE_CORRECT && gate->can_rewrite) {
		if (run_search(&s, &d->corrected)) {
			d->action = DSFIT_CORRECT;
			return;
		}
	}
	find_alternatives(site, workload, policy, d);
	find_obstacle(&d->asked, d, policy->may_change);
	if (d->mode == DSFIT_MODE_REJECT && d->obstacle != DSFIT_OBSTACLE_NOTHING_FITS)
		d->obstacle = DSFIT_OBSTACLE_MODE;
	d->action = d->mode <= DSFIT_MODE_ADVISE || !gate->can_rewrite ? DSFIT_PASS : DSFIT_REFUSE;
}

void dsfit_decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, const struct dsfit_gate *gate,
		  struct dsfit_decision *out)
{
	const struct dsfit_policy *policy = dsfit_site_policy(site, request->partition);

	memset(out, 0, sizeof(*out));
	out->asked = *request;
	out->nothing_asked = request->scope == DSFIT_GPUS_UNSET && !request->exclusive;
	out->request_unknown = !gate->can_read;
	settle_mode(workload, policy, gate, out);
	dsfit_assess(site, workload, request, &out->assessment);
	if (out->mode == DSFIT_MODE_OFF)
		return;
	if (unknown_type(site, request)) {
		if (policy->unknown_gpu == DSFIT_REJECT && out->mode > DSFIT_MODE_ADVISE) {
			out->action = DSFIT_REFUSE;
			out->obstacle = DSFIT_OBSTACLE_UNKNOWN_GPU;
		}
		return;
	}
	if (out->nothing_asked || is_misfit(policy, &out->assessment))
		act(site, workload, policy, gate, out);
}

bool dsfit_may_override(const struct dsfit_policy *policy, const char *user)
{
	return dsfit_names_have(&policy->may_override, "*") ||
	       (user && dsfit_names_have(&policy->may_override, user));
}
