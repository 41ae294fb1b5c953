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
 *     5. other partitions steps 1 to 4 in each that dsfit may choose
 *
 * In each step the GPUs of a candidate have to fit. What else does not fit is then mended on the
 * candidate itself, as far as it may change: host memory, then scratch, then the network, by a
 * constraint to classes with a faster one.
 *
 * Steps 1 to 4 are first walked for a request that fits for certain, then for one that is unknown,
 * then for one that is tight.
 *
 * A site may have many classes, and slurmctld waits for the search. So a step tries each kind of
 * node once, a GPU type with so many GPUs per node; a candidate is held only against the classes of
 * its type; and a look at it comes first (core/decide/landing.c).
 */
#include "core/decide/search.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/decide/constraint.h"
#include "core/decide/fewest_nodes.h"
#include "core/decide/misfit.h"
#include "core/decide/plan.h"
#include "core/decide/rules.h"
#include "core/request/resize.h"
#include "core/site/limits.h"

/* Where a search begins in a partition. */
struct start {
	const struct dsfit_request *asked;	/* in that partition */
	uint64_t nodes, gpus_per_node;	/* of its layout */
	uint64_t gpus;			/* in all, that were asked for; 0: not known */
	uint64_t max_gpus, max_nodes;	/* the most that a candidate may have */
	const struct dsfit_limits *limits;	/* of a GPU type likewise */
	enum dsfit_verdict gpu_aim;	/* the worst verdict that its GPUs may have */
};

/* A walk through the steps. */
struct walk {
	struct dsfit_search *search;	/* the inputs; of them only the budget changes */
	const struct start *start;
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	struct dsfit_landing landing;	/* of the present candidates */
	/* Room for all classes of the site: those that the request matches whatever its type, the
	 * landing, and what a constraint leaves of it. */
	bool *matched;
	const struct dsfit_node_class **classes, **left;
	bool between;			/* neither the fewest nodes nor the most are tried */
	enum dsfit_verdict hope;	/* the best verdict that a candidate may have had */
	struct dsfit_alternative best;	/* of those that were found */
	size_t found;
};

/* --- one candidate ------------------------------------------------------------------------ */

/* Take so many assessments of one class from the budget. Returns false if it is not enough. */
static bool spend(struct dsfit_search *s, uint64_t classes)
{
	return dsfit_spend(&s->budget->classes, classes);
}

/* Take what was assessed since from the budget. Returns false if it was not enough. */
static bool spend_since(struct dsfit_search *s, uint64_t assessed)
{
	return spend(s, s->accounts->assessed - assessed);
}

/* A dsfit_class_judge: whether the network there is fast enough to the policy. */
static bool keeps_up(const void *context, const struct dsfit_assessment *there)
{
	const struct walk *walk = context;

	return there->network_counts <= walk->aim;
}

/* Change one thing of a candidate that does not fit, except its GPUs. Returns false if there is
 * nothing left to change. */
static bool mend(struct walk *walk, struct dsfit_request *r, const struct dsfit_assessment *a,
		 struct dsfit_landing *landing)
{
	struct dsfit_search *s = walk->search;
	uint64_t before = s->accounts->assessed;
	size_t left;

	if (a->host > walk->aim && (s->may_change & DSFIT_CHANGE_MEMORY) &&
	    dsfit_resize_memory(r, a->class, &a->layout, a->account.host.high))
		return true;
	if (a->nvme > walk->aim && (s->may_change & DSFIT_CHANGE_SCRATCH) &&
	    dsfit_resize_scratch(r, a->account.nvme.high))
		return true;
	if (a->network_counts <= walk->aim || !(s->may_change & DSFIT_CHANGE_NETWORK))
		return false;
	left = dsfit_constrain(s->accounts, r, landing->classes, landing->count, keeps_up, walk,
			       walk->left);
	if (!spend_since(s, before))
		return false;
	if (left) {
		landing->classes = walk->left;
		landing->count = left;
	}
	return left;
}

/* Whether the request may ask for so many nodes. */
static bool may_have_nodes(const struct dsfit_search *s, uint64_t nodes)
{
	return !s->bound || s->asked->bound == DSFIT_NODES_FREE || nodes <= s->asked->nodes_limit;
}

/* Whether a candidate with this assessment keeps to the limit on nodes on each class where it may
 * land, or on several together if none can hold it alone. GPUs per job take more nodes of one class
 * than of another. A class on which the request takes as many nodes as it did before is not held
 * against it. */
static bool stays_bound(const struct dsfit_search *s, const struct dsfit_request *candidate,
			const struct dsfit_assessment *a)
{
	bool placed = false;

	if (may_have_nodes(s, UINT64_MAX))
		return true;
	for (size_t i = 0; i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		struct dsfit_layout now, was;

		if (!dsfit_place(s->site, candidate, class, &now))
			continue;
		placed = true;
		if (may_have_nodes(s, now.nodes))
			continue;
		if (!dsfit_place(s->site, s->asked, class, &was) || now.nodes > was.nodes)
			return false;
	}
	return placed || may_have_nodes(s, a->layout.nodes);
}

/* Whether all nodes of a layout on a class are ones that the job has surely not excluded, or are no
 * more than the request takes there as it was asked. */
static bool is_in_reach(const struct dsfit_search *s, const struct dsfit_node_class *class,
			uint64_t nodes)
{
	struct dsfit_layout was;

	return nodes <= dsfit_sub(class->count, class->doubtful) ||
	       (dsfit_place(s->site, s->asked, class, &was) && nodes <= was.nodes);
}

/*
 * Whether the nodes that the job chose or left out can run a candidate. Which nodes it chose may
 * not be known: then they are of any class on which Slurm can place the request as it was asked,
 * and the candidate has to have room on each of these.
 */
static bool stays_in_reach(const struct dsfit_search *s, const struct dsfit_request *candidate,
			   const struct dsfit_assessment *a)
{
	bool placed = false;

	if (s->bound && dsfit_chooses_unknown(s->site, s->asked) &&
	    !dsfit_stays_on(s->site, s->asked, candidate))
		return false;
	for (size_t i = 0; s->site->doubtful && i < s->site->class_count; i++) {
		const struct dsfit_node_class *class = &s->site->classes[i];
		struct dsfit_layout now;

		if (!dsfit_place(s->site, candidate, class, &now))
			continue;
		placed = true;
		if (!is_in_reach(s, class, now.nodes))
			return false;
	}
	return placed || !s->site->doubtful || a->layout.nodes <= s->asked->nodes_min;
}

/* Assess a candidate, and mend it until it is good enough or nothing is left to mend. Returns false
 * if it cannot be placed or the budget is spent. */
static bool assess_and_mend(struct walk *walk, struct dsfit_alternative *one)
{
	const struct dsfit_search *s = walk->search;
	struct dsfit_landing landing = walk->landing;
	struct dsfit_assessment *a = &one->assessment;

	/* Three things can be mended, and each once for each class at most. */
	for (size_t round = 0; round <= 3 * s->site->class_count; round++) {
		uint64_t before = s->accounts->assessed;

		dsfit_assess_among(s->accounts, &one->request, landing.classes, landing.count, a);
		if (!spend_since(walk->search, before) || !a->placed)
			return false;
		if (a->overall <= walk->aim || a->gpu > walk->start->gpu_aim ||
		    !mend(walk, &one->request, a, &landing))
			break;
	}
	return true;
}

/* Whether a candidate for which there is no hope may be the closest misfit so far. Between the
 * fewest and the most nodes of a step none is: more nodes come closer. */
static bool may_be_closest(const struct walk *walk, const struct dsfit_request *r)
{
	const struct dsfit_search *s = walk->search;
	const struct dsfit_node_class *small = walk->landing.small;
	const struct dsfit_assessment *a;
	struct dsfit_layout layout;

	if (!s->closest || !walk->landing.lands || walk->between)
		return false;
	if (!small || !dsfit_place_matching(s->site, r, small, &layout))
		return true;
	if (!dsfit_may_be_closer(s->closest,
				 dsfit_least_low(dsfit_least_of(s->accounts), layout.gpus),
				 small->gpu->memory))
		return false;
	a = dsfit_account_for(s->accounts, &layout);
	return dsfit_may_be_closer(s->closest, a->account.gpu.low, small->gpu->memory);
}

/* Whether a look at a candidate leaves a reason to assess it. */
static bool is_worth_a_try(struct walk *walk, const struct dsfit_request *candidate)
{
	const struct dsfit_demand demand = { walk->start->gpu_aim, walk->aim };
	struct dsfit_search *s = walk->search;
	enum dsfit_verdict hope = dsfit_look(&walk->landing, candidate, &demand);

	walk->hope = hope < walk->hope ? hope : walk->hope;
	/* A look at a class takes about an eighth of its assessment. */
	return spend(s, 1 + walk->landing.looks / 8) &&
	       (hope <= walk->aim || may_be_closest(walk, candidate));
}

/* Whether the job may have so many GPUs of the type. What the user asked for is his own. */
static bool may_have_type(const struct walk *walk, const struct dsfit_alternative *one)
{
	const struct start *start = walk->start;
	const struct dsfit_assessment *a = &one->assessment;

	return a->layout.gpus <= dsfit_limit_of_type(start->limits, a->class->gres_type) ||
	       (a->layout.gpus <= start->gpus &&
		!strcmp(one->request.gpu_type, start->asked->gpu_type));
}

static void try(struct walk *walk, const struct dsfit_request *candidate)
{
	const struct dsfit_search *s = walk->search;
	const struct start *start = walk->start;
	struct dsfit_alternative one;
	const struct dsfit_assessment *a = &one.assessment;

	if (!is_worth_a_try(walk, candidate))
		return;
	one = (struct dsfit_alternative){ .request = *candidate };
	if (!assess_and_mend(walk, &one))
		return;
	if (a->layout.gpus > start->max_gpus || a->layout.nodes > start->max_nodes ||
	    !may_have_type(walk, &one))
		return;
	if (a->overall > walk->aim || a->gpu > start->gpu_aim) {
		dsfit_note_misfit(s->closest, a);
		return;
	}
	one.changes = dsfit_request_difference(start->asked, &one.request);
	if ((one.changes & ~s->may_change) || !stays_bound(s, &one.request, a) ||
	    !stays_in_reach(s, &one.request, a))
		return;
	if (!walk->found ||
	    dsfit_is_better(s->site, s->accounts->workload->goal, a, &walk->best.assessment))
		walk->best = one;
	walk->found++;
}

/* --- the steps ---------------------------------------------------------------------------- */

enum step { STEP_AS_ASKED, STEP_MORE_GPUS, STEP_MORE_NODES, STEPS };

/* Whether even the least is too much wherever the request lands, and too much to come close. */
static bool is_in_vain(const struct walk *walk, const struct dsfit_request *r)
{
	const struct dsfit_search *s = walk->search;
	const struct dsfit_landing *landing = &walk->landing;
	bool lands = false;

	for (size_t i = 0; landing->classes && i < landing->count; i++) {
		uint64_t memory = landing->classes[i]->gpu->memory, low;
		struct dsfit_layout layout;

		if (!dsfit_place_matching(s->site, r, landing->classes[i], &layout))
			continue;
		low = dsfit_least_low(dsfit_least_of(s->accounts), layout.gpus);
		if (!memory || low <= memory ||
		    (s->closest && dsfit_may_be_closer(s->closest, low, memory)))
			return false;
		lands = true;
	}
	return lands;
}

/*
 * Whether a GPU type is too small even with all GPUs of so many nodes: then it is with fewer, too,
 * for a GPU never holds more if there are more of them. That holds where one class has all of these
 * nodes; of several classes together the smallest GPUs may be left out with fewer. A type counts as
 * hopeless as well if the budget is spent.
 */
static bool is_hopeless(struct walk *walk, const struct dsfit_node_class *class, const char *type,
			uint64_t nodes)
{
	struct dsfit_search *s = walk->search;
	struct dsfit_request r = *walk->start->asked;
	uint64_t before = s->accounts->assessed;
	struct dsfit_assessment a;
	struct dsfit_layout layout;

	strcpy(r.gpu_type, type);
	if (!dsfit_resize_gpus(&r, s->bound, nodes, class->gpus) ||
	    !dsfit_place(s->site, &r, class, &layout))
		return false;
	if (dsfit_is_hopeless(s->accounts, class, layout.nodes, layout.gpus_per_node) &&
	    is_in_vain(walk, &r))
		return true;
	dsfit_assess_among(s->accounts, &r, walk->landing.classes, walk->landing.count, &a);
	if (!spend_since(s, before))
		return true;
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

/* Try numbers of GPUs on each of so many nodes of a class. */
static void try_gpus(struct walk *walk, const struct dsfit_node_class *class, const char *type,
		     enum step step, uint64_t nodes)
{
	const struct start *start = walk->start;
	/* --exclusive without a number of GPUs gets all GPUs of a node. */
	bool whole = start->asked->scope == DSFIT_GPUS_UNSET;
	uint64_t least = start->gpus_per_node + (step == STEP_MORE_GPUS);
	uint64_t most = step == STEP_AS_ASKED && !whole ? start->gpus_per_node : class->gpus;

	for (uint64_t gpus = least; gpus <= most; gpus++) {
		/* A few numbers cost nothing, but a configuration may have any. */
		if (gpus % 64 == 0 && !spend(walk->search, 1))
			return;
		if (whole ? gpus == class->gpus :
			    gpus == start->gpus_per_node || dsfit_divides_node(class, gpus))
			try_layout(walk, type, nodes, gpus);
	}
}

/* Try a step with one GPU type, "" for any, on nodes of a class. */
static void try_step(struct walk *walk, const struct dsfit_node_class *class, const char *type,
		     enum step step)
{
	const struct dsfit_search *s = walk->search;
	const struct start *start = walk->start;
	bool more_nodes = step == STEP_MORE_NODES;
	uint64_t first = more_nodes ? start->nodes + 1 : start->nodes;
	uint64_t last = dsfit_min(more_nodes ? class->count : start->nodes, start->max_nodes);

	if (more_nodes && first <= last && is_hopeless(walk, class, type, last))
		return;
	for (uint64_t n = first; n <= last && s->budget->classes; n++) {
		size_t found = walk->found;

		if (more_nodes && !may_have_nodes(s, n))
			return;
		walk->between = n > first && n < last;
		try_gpus(walk, class, type, step, n);
		/* More nodes of a type that fits already are no smaller change. */
		if (walk->found != found)
			return;
	}
}

/* --- where candidates land ------------------------------------------------------------------- */

/* Find the classes that the request matches whatever its GPU type. */
static void match(struct walk *walk)
{
	const struct dsfit_site *site = walk->search->site;
	struct dsfit_request r = *walk->start->asked;

	r.gpu_type[0] = '\0';
	for (size_t i = 0; i < site->class_count; i++)
		walk->matched[i] = dsfit_matches(site, &r, &site->classes[i]);
}

/*
 * Let candidates of a GPU type, "" for any, land on those classes of a kind that they match; NULL:
 * of all classes, in the configuration's order. A constraint with counts matches other classes for
 * other numbers of nodes, so then each candidate is matched by itself. Returns false if they match
 * none.
 */
static bool land_on(struct walk *walk, const char *type, const struct dsfit_kind *kind)
{
	const struct dsfit_site *site = walk->search->site;
	size_t count = kind ? kind->count : site->class_count, matched = 0;

	walk->landing = (struct dsfit_landing){ .accounts = walk->search->accounts };
	if (strchr(walk->start->asked->features, '*'))
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct dsfit_node_class *class =
			kind ? site->by_type[kind->first + i] : &site->classes[i];

		if (walk->matched[class - site->classes] &&
		    (kind || !type[0] || !strcmp(type, class->gres_type)))
			walk->classes[matched++] = class;
	}
	walk->landing.classes = walk->classes;
	walk->landing.count = matched;
	return matched;
}

/* Try a step with each GPU type of the site that the request may have. */
static void try_types(struct walk *walk, enum step step)
{
	const struct dsfit_search *s = walk->search;
	const char *named = walk->start->asked->gpu_type;
	bool lands = false;

	for (size_t i = 0; i < s->site->kind_count; i++) {
		const struct dsfit_kind *kind = &s->site->kinds[i];
		const char *type = kind->class->gres_type;
		bool same = !strcmp(named, type);

		if (named[0] && !same && !s->any_type)
			continue;
		if (!same && !(s->may_change & DSFIT_CHANGE_GPU_TYPE))
			continue;
		/* The kinds of a type are together, and land on the same classes. */
		if (!i || kind->first != kind[-1].first)
			lands = land_on(walk, type, kind);
		if (lands)
			try_step(walk, kind->class, type, step);
	}
}

/* Whether another kind has as many GPUs per node and more nodes, or comes first with as many. */
static bool is_covered(const struct dsfit_site *site, size_t index)
{
	const struct dsfit_node_class *class = site->kinds[index].class;

	for (size_t i = 0; i < site->kind_count; i++) {
		const struct dsfit_node_class *other = site->kinds[i].class;

		if (i != index && other->gpus == class->gpus &&
		    (other->count > class->count || (other->count == class->count && i < index)))
			return true;
	}
	return false;
}

/* Try a step without a GPU type, if the request names none. */
static void try_untyped(struct walk *walk, enum step step)
{
	const struct dsfit_site *site = walk->search->site;

	if (walk->start->asked->gpu_type[0] || !land_on(walk, "", NULL))
		return;
	for (size_t i = 0; i < site->kind_count; i++)
		if (!is_covered(site, i))
			try_step(walk, site->kinds[i].class, "", step);
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
	if (land_on(walk, walk->start->asked->gpu_type, NULL))
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
			       const struct dsfit_limits *limits, enum dsfit_verdict aim,
			       struct dsfit_assessment *a)
{
	struct start start = {
		.asked = asked,
		.nodes = asked->nodes_min ? asked->nodes_min : 1,
		.gpus_per_node = 1,
		.max_gpus = limits->gpus,
		.max_nodes = limits->nodes,
		.limits = limits,
		.gpu_aim = DSFIT_FITS,
	};

	a->placed = false;
	if (asked->scope == DSFIT_GPUS_UNSET)
		return start;
	dsfit_assess_among(s->accounts, asked, NULL, 0, a);
	/* A constraint may have any count. There is a number behind these two. */
	start.nodes = dsfit_min(a->layout.nodes, UINT64_MAX - 1);
	start.gpus = a->placed ? a->layout.gpus : 0;
	start.gpus_per_node = dsfit_min(dsfit_div_up(a->layout.gpus, a->layout.nodes),
					UINT64_MAX - 1);
	if (a->gpu == DSFIT_UNKNOWN || (a->gpu == DSFIT_TIGHT && aim >= DSFIT_TIGHT))
		start.gpu_aim = a->gpu;
	return start;
}

/* Walk the steps for each verdict up to `aim`, the best first. */
static bool search_from(struct dsfit_search *s, const struct start *start, enum dsfit_verdict aim,
			struct dsfit_alternative *out)
{
	struct walk walk = { .search = s, .start = start };

	walk.classes = calloc(2 * s->site->class_count + 1, sizeof(*walk.classes));
	walk.matched = calloc(s->site->class_count + 1, sizeof(*walk.matched));
	if (walk.classes && walk.matched) {
		walk.left = walk.classes + s->site->class_count;
		match(&walk);
		while (walk.aim <= aim && !walk.found) {
			walk.hope = DSFIT_EXCEEDS;
			walk_steps(&walk);
			/* What was hoped for, no candidate can be better than. */
			walk.aim = walk.hope > walk.aim ? walk.hope : walk.aim + 1;
		}
	} else {
		s->accounts->no_memory = true;
	}
	if (walk.found)
		*out = walk.best;
	free(walk.matched);
	free(walk.classes);
	return walk.found;
}

/* Search in the partitions that the site lets dsfit choose. */
static bool search_partitions(struct dsfit_search *s, struct dsfit_alternative *out)
{
	for (size_t i = 0; i < s->site->partition_count; i++) {
		const struct dsfit_partition *partition = &s->site->partitions[i];
		struct dsfit_request elsewhere = *s->asked;
		enum dsfit_verdict aim = s->aim;
		struct dsfit_policy policy;
		struct dsfit_limits limits;
		struct dsfit_assessment a;
		struct start start;

		if (!dsfit_may_choose(partition))
			continue;
		strcpy(elsewhere.partition, partition->name);
		/* Some partitions refuse what is tight. */
		if (partition->policy.refuse_tight)
			aim = aim < DSFIT_UNKNOWN ? aim : DSFIT_UNKNOWN;
		dsfit_policy_bound(s->site, s->asked, partition->name, &s->standing, &policy,
				   &limits);
		limits.gpus = dsfit_min(limits.gpus, s->max_gpus);
		limits.nodes = dsfit_min(limits.nodes, s->max_nodes);
		start = start_from(s, &elsewhere, &limits, aim, &a);
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
	start = start_from(s, s->asked, s->limits, s->aim, &a);
	/* The limits are for what dsfit adds: the user may ask for more. */
	if (a.placed) {
		start.max_gpus = dsfit_max(start.max_gpus, a.layout.gpus);
		start.max_nodes = dsfit_max(start.max_nodes, a.layout.nodes);
	}
	if (search_from(s, &start, s->aim, out))
		return true;
	return !s->asked->partition[0] && (s->may_change & DSFIT_CHANGE_PARTITION) &&
	       search_partitions(s, out);
}

bool dsfit_search_as_asked(struct dsfit_search *s, struct dsfit_landing *landing,
			   struct dsfit_alternative *out)
{
	const struct start start = {
		.asked = s->asked,
		.max_gpus = s->limits->gpus,
		.max_nodes = s->limits->nodes,
		.limits = s->limits,
		.gpu_aim = DSFIT_FITS,
	};
	struct walk walk = { .search = s, .start = &start, .aim = s->aim, .landing = *landing,
			     .left = landing->room + s->site->class_count };

	walk.landing.accounts = s->accounts;
	walk.landing.roomy = NULL;
	try(&walk, s->asked);
	landing->small = walk.landing.small;
	s->gpus_fit = !landing->small;
	if (walk.found)
		*out = walk.best;
	return walk.found;
}

/* --- without a request -------------------------------------------------------------------- */

size_t dsfit_search_plan(struct dsfit_search *s, struct dsfit_alternative *rows, size_t capacity)
{
	struct dsfit_plan plan = {
		.site = s->site,
		.workload = s->accounts->workload,
		.accounts = s->accounts,
		.asked = s->asked,
		.may_change = s->may_change & ~(unsigned)DSFIT_CHANGE_PARTITION,
		.bound = s->bound,
		.max_gpus = s->max_gpus,
		.max_nodes = s->max_nodes,
		.standing = s->standing,
		.aim = s->aim,
		.closest = s->closest,
		.budget = &s->budget->layouts,
		.gpus_fit = &s->gpus_fit,
	};
	size_t count = 0;

	s->gpus_fit = false;
	if (!(s->may_change & DSFIT_CHANGE_GPUS))
		return 0;
	/* The default partition first, except that experiments want a preemptible one. */
	if (plan.workload->goal != DSFIT_GOAL_EXPERIMENT) {
		count = dsfit_plan(&plan, rows, capacity);
		plan.elsewhere = true;
	}
	if (!count && (!plan.elsewhere || (s->may_change & DSFIT_CHANGE_PARTITION))) {
		plan.may_change = s->may_change;
		count = dsfit_plan(&plan, rows, capacity);
	}
	return count;
}

struct dsfit_search dsfit_search_begin(struct dsfit_accounts *accounts,
				       const struct dsfit_request *asked,
				       const struct dsfit_policy *policy,
				       const struct dsfit_standing *standing,
				       const struct dsfit_limits *limits,
				       struct dsfit_budget *budget)
{
	unsigned may_change = policy->may_change;

	/* If no GPUs were asked for, no type was either. */
	if (asked->scope == DSFIT_GPUS_UNSET && (may_change & DSFIT_CHANGE_GPUS))
		may_change |= DSFIT_CHANGE_GPU_TYPE;
	return (struct dsfit_search){
		.accounts = accounts,
		.site = accounts->site,
		.asked = asked,
		.may_change = may_change,
		.bound = true,
		.max_gpus = policy->max_gpus,
		.max_nodes = policy->max_nodes,
		.standing = *standing,
		.limits = limits,
		.aim = policy->refuse_tight ? DSFIT_UNKNOWN : DSFIT_TIGHT,
		.budget = budget,
	};
}
