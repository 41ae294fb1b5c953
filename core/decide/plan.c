/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan answers «what should I ask for?». A site may have a thousand classes of nodes, each with
 * several GPUs per node and many nodes, so trying every request takes too long. What is tried is
 * narrowed from the outside to the inside:
 *
 *     rounds        rows that fit; if there are none, rows that are tight        dsfit_plan()
 *       partitions  asked for, or the default one, or all                        try_partitions()
 *         groups    the classes of one GPU type: a request for the type may
 *                   land on any of them                                          try_classes()
 *           GPUs    per node: whole nodes, then numbers that divide a node,
 *                   then those between, if they can save GPUs or nodes           try_group()
 *             nodes the fewest of each class that have room, and a few more      try_gpus()
 *               row that request with its memory and scratch, and a constraint
 *                   if it would not fit on all of the group                      try_candidate()
 *
 * fewest_nodes.c finds the number of nodes, candidates.c lists those to try, and ranking.c keeps
 * the best rows. A budget bounds the number of layouts that are looked at, so a plan always ends
 * soon.
 */
#include "core/decide/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/decide/candidates.h"
#include "core/decide/constraint.h"
#include "core/decide/misfit.h"
#include "core/decide/pace.h"
#include "core/decide/rules.h"
#include "core/request/resize.h"

struct planner {
	const struct dsfit_plan *plan;
	struct dsfit_ranking ranking;	/* the rows that were found */
	struct dsfit_sizing sizing;	/* what was found about numbers of nodes */
	uint64_t own_budget;		/* if the caller has none */
	struct dsfit_accounts *own_accounts;	/* the same */
	/* Room for all classes of the site: those of a place, by type, and those of a group that a
	 * constraint leaves. */
	const struct dsfit_node_class **classes, **left;
};

#define SEEN_MAX 256

/* A walk through all partitions. */
struct round {
	enum dsfit_verdict aim;		/* the worst verdict that a row may have */
	bool more_nodes;		/* rows may have more nodes than were asked for */
	uint64_t seen[SEEN_MAX];	/* groups that an earlier partition had; see was_seen() */
	size_t seen_count;
};

/* --- rows --------------------------------------------------------------------------------- */

/* What a row has to be on each class where it may land. */
struct demand {
	enum dsfit_verdict aim;
	double waiting;			/* is_faster(): waits less than this; negative: than any */
};

/* A dsfit_class_judge. */
static bool is_good(const void *context, const struct dsfit_assessment *there)
{
	const struct demand *demand = context;

	return there->overall <= demand->aim && there->gpu == DSFIT_FITS;
}

/* A dsfit_class_judge: good, and waiting less for the network. */
static bool is_faster(const void *context, const struct dsfit_assessment *there)
{
	const struct demand *demand = context;

	return is_good(context, there) && there->waiting >= 0 &&
	       (demand->waiting < 0 || there->waiting < demand->waiting);
}

/* Ask for the memory and scratch that the job needs there, which is less than the whole node's.
 * Returns false if the request cannot be placed there. */
static bool state_needs(const struct planner *p, enum dsfit_verdict aim,
			const struct dsfit_node_class *class, struct dsfit_request *r)
{
	const struct dsfit_plan *plan = p->plan;
	struct dsfit_assessment a;
	struct dsfit_layout layout;

	if (!dsfit_place(plan->site, r, class, &layout))
		return false;
	dsfit_assess_on(p->sizing.accounts, r, class, &layout, &a);
	if (dsfit_plan_may(plan, DSFIT_CHANGE_MEMORY))
		dsfit_resize_memory(r, class, &layout, a.account.host.high);
	if (dsfit_plan_may(plan, DSFIT_CHANGE_SCRATCH) && a.nvme <= aim &&
	    (!class->scratch || a.account.nvme.high <= class->scratch))
		dsfit_resize_scratch(r, a.account.nvme.high);
	return true;
}

/* Assess the row's request on the group, with a constraint if that is needed to please the judge.
 * Returns whether it pleases on every class where it may land. */
static bool lands_well(const struct planner *p, const struct dsfit_group *group,
		       struct dsfit_alternative *row, dsfit_class_judge judge,
		       const struct demand *demand)
{
	const struct dsfit_plan *plan = p->plan;
	struct dsfit_assessment *a = &row->assessment;
	size_t left = 0;

	dsfit_assess_among(p->sizing.accounts, &row->request, group->classes, group->count, a);
	if (a->placed && !judge(demand, a) && dsfit_plan_may(plan, DSFIT_CHANGE_NETWORK))
		left = dsfit_constrain(p->sizing.accounts, &row->request, group->classes,
				       group->count, judge, demand, p->left);
	if (left)
		dsfit_assess_among(p->sizing.accounts, &row->request, p->left, left, a);
	if (!a->placed || !judge(demand, a))
		return false;
	row->changes = dsfit_request_difference(plan->asked, &row->request);
	return !(row->changes & ~plan->may_change);
}

/*
 * Whether no row of a group with so many GPUs, or more, can be ranked: the rows that are kept wait
 * for no network, and cost less than these GPUs do on the cheapest class. For production the price
 * of a token counts, which is not known before. A misfit that somebody asks for may still be there.
 */
static bool cannot_win(const struct planner *p, const struct dsfit_group *group, uint64_t gpus)
{
	const struct dsfit_ranking *ranking = &p->ranking;
	const struct dsfit_alternative *last = &ranking->rows[ranking->capacity - 1];

	if (p->plan->closest || ranking->goal == DSFIT_GOAL_PRODUCTION ||
	    ranking->count < ranking->capacity || last->assessment.overall != DSFIT_FITS ||
	    dsfit_may_wait(&last->assessment) || last->assessment.price < 0 ||
	    (group->place->preemptible && !last->preemptible))
		return false;
	for (size_t i = 0; i < group->count; i++) {
		double price = dsfit_price(group->classes[i], gpus);

		/* Sums in another order may differ a little. */
		if (price >= 0 && price <= last->assessment.price * (1 + 1e-6))
			return false;
	}
	return true;
}

#define FASTER_MAX 2

/*
 * Rows of the same request without the classes where it waits longest, each faster than the last: a
 * class with a slow network must not hide those with a fast one. `row` is the first of them, and
 * becomes the last; `open` is its request before any constraint. For production any wait is worth
 * such a row, otherwise one that is longer than network-wait.
 */
static void rank_faster(struct planner *p, const struct dsfit_group *group,
			const struct dsfit_alternative *open, bool production,
			struct dsfit_alternative *row)
{
	for (int i = 0; i < FASTER_MAX; i++) {
		const struct demand faster = { group->place->aim, row->assessment.waiting };
		struct dsfit_alternative next = *open;
		bool waits = production ? faster.waiting < 0 || faster.waiting > 0 :
					  dsfit_may_wait(&row->assessment);

		if (!waits || !lands_well(p, group, &next, is_faster, &faster))
			return;
		*row = next;
		dsfit_rank(&p->ranking, row);
	}
}

enum outcome {
	MISFIT,
	SLOW,				/* it fits, but waits too long for the network */
	GOOD,
};

/* Rank the candidate's request if it fits, and with `faster` also faster ones. *price becomes the
 * last row's, if there is one. */
static enum outcome try_candidate(struct planner *p, const struct dsfit_group *group,
				  const struct dsfit_candidate *candidate, uint64_t gpus,
				  bool faster, double *price)
{
	const struct dsfit_plan *plan = p->plan;
	const struct demand demand = { .aim = group->place->aim };
	struct dsfit_alternative row = { .preemptible = group->place->preemptible }, open;

	dsfit_spend(p->sizing.budget, group->count);
	dsfit_candidate_request(plan, group->place, candidate, gpus, &row.request);
	if (!state_needs(p, demand.aim, candidate->class, &row.request))
		return MISFIT;
	open = row;
	if (!lands_well(p, group, &row, is_good, &demand)) {
		if (row.assessment.placed)
			dsfit_note_misfit(plan->closest, &row.assessment);
		return MISFIT;
	}
	dsfit_rank(&p->ranking, &row);
	if (!cannot_win(p, group, dsfit_mul(candidate->nodes, gpus)))
		rank_faster(p, group, &open, faster, &row);
	*price = row.assessment.price;
	return dsfit_may_wait(&row.assessment) ||
	       (faster && dsfit_waits_too_long(plan->site, &row.assessment)) ? SLOW : GOOD;
}

/* --- GPUs per node ------------------------------------------------------------------------ */

/* Whether a candidate costs less than a row of this price. */
static bool is_cheaper(const struct dsfit_candidate *candidate, uint64_t gpus, double price)
{
	double asked = dsfit_price(candidate->class, dsfit_mul(candidate->nodes, gpus));

	return asked >= 0 && asked < price;
}

/* Try twice, four times and more as many whole nodes, which finish the job sooner. */
static void try_more_nodes(struct planner *p, const struct dsfit_group *group,
			   const struct dsfit_gpus_per_node *per_node, uint64_t nodes)
{
	const enum dsfit_verdict aim = group->place->aim;
	const uint64_t gpus = per_node->gpus;
	struct dsfit_candidate candidate = { .class = dsfit_most_nodes(group, gpus, true) };
	uint64_t first, last;
	double price;

	if (!candidate.class || !dsfit_node_range(p->plan, group->place, candidate.class, per_node,
						  &first, &last) ||
	    cannot_win(p, group, dsfit_mul(2 * nodes, gpus)))
		return;
	for (nodes *= 2; nodes <= last; nodes *= 2) {
		candidate.nodes = nodes;
		if (dsfit_runs_on(&p->sizing, nodes, gpus) &&
		    dsfit_has_room(&p->sizing, aim, candidate.class, nodes, gpus) &&
		    try_candidate(p, group, &candidate, gpus, false, &price) == MISFIT)
			return;
	}
}

/* Try the fewest nodes that have room, and more nodes where they cost less or finish sooner.
 * Returns the fewest nodes of a row; 0 if none was found. */
static uint64_t try_gpus(struct planner *p, const struct dsfit_group *group,
			 const struct dsfit_gpus_per_node *per_node)
{
	struct dsfit_candidate candidates[DSFIT_CANDIDATES_MAX];
	size_t count = dsfit_list_candidates(&p->sizing, group, per_node, candidates);
	bool production = p->plan->workload->goal == DSFIT_GOAL_PRODUCTION, good = false;
	enum outcome first = MISFIT, now;
	uint64_t found = 0, gpus = per_node->gpus;
	double price = -1;

	for (size_t i = 0; i < count; i++) {
		if ((good && !is_cheaper(&candidates[i], gpus, price)) ||
		    (found && cannot_win(p, group, dsfit_mul(candidates[i].nodes, gpus))))
			continue;
		now = try_candidate(p, group, &candidates[i], gpus, production, &price);
		good |= now == GOOD;
		if (now != MISFIT && !found) {
			found = candidates[i].nodes;
			first = now;
		}
	}
	/* More nodes never rank before a first row that is good. */
	if (found && (p->ranking.capacity > 1 || first == SLOW))
		try_more_nodes(p, group, per_node, found);
	return found;
}

static bool divides_some(const struct dsfit_group *group, uint64_t gpus)
{
	for (size_t i = 0; i < group->count; i++)
		if (dsfit_divides_node(group->classes[i], gpus))
			return true;
	return false;
}

/*
 * Whether GPUs are too small on every class with more than `fewer` GPUs per node, even with `gpus`
 * on each of all its nodes. Then they are also too small with any number between the two.
 */
static bool is_hopeless(struct planner *p, const struct dsfit_group *group, uint64_t gpus,
			uint64_t fewer)
{
	const struct dsfit_gpus_per_node per_node = { .gpus = gpus, .nodes_max = UINT64_MAX };

	for (size_t i = 0; i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];
		uint64_t first, last;

		if (class->gpus <= fewer || dsfit_is_hopeless(p->sizing.accounts, class,
							      class->count, class->gpus))
			continue;
		if (class->gpus < gpus ||
		    !dsfit_node_range(p->plan, group->place, class, &per_node, &first, &last) ||
		    last < class->count || !dsfit_runs_on(&p->sizing, last, gpus) ||
		    dsfit_need_of(&p->sizing, class, last, gpus)->gpu_high <= class->gpu->memory)
			return false;
	}
	return true;
}

/*
 * Try the numbers between two that divide a node. The larger takes `above` nodes and the smaller
 * `below`; 0: no number of nodes will do. A number between leaves GPUs of a node over, so it is
 * worth that only with fewer GPUs in all than the larger, and fewer nodes than the smaller.
 */
static void try_between(struct planner *p, const struct dsfit_group *group, uint64_t larger,
			uint64_t above, uint64_t smaller, uint64_t below)
{
	struct dsfit_gpus_per_node per_node = { .nodes_max = UINT64_MAX };
	uint64_t least = p->plan->asked->nodes_min ? p->plan->asked->nodes_min : 1;

	if ((below && below <= least) || larger == smaller + 1 ||
	    (!above && !below && is_hopeless(p, group, larger, smaller)))
		return;
	for (uint64_t gpus = larger - 1; gpus > smaller && dsfit_spend(p->sizing.budget, 1);
	     gpus--) {
		per_node.gpus = gpus;
		if (above)
			per_node.nodes_max = (dsfit_mul(above, larger) - 1) / gpus;
		try_gpus(p, group, &per_node);
	}
}

static void try_group(struct planner *p, const struct dsfit_group *group)
{
	struct dsfit_gpus_per_node per_node = { .nodes_max = UINT64_MAX, .divides = true };
	uint64_t most = 0, larger, above;

	for (size_t i = 0; i < group->count; i++)
		most = dsfit_max(most, group->classes[i]->gpus);
	/* Whole nodes first: if few of them will do, many of the others cannot be better. */
	per_node.gpus = most;
	above = try_gpus(p, group, &per_node);
	larger = most;
	for (uint64_t gpus = most - 1; most && gpus && dsfit_spend(p->sizing.budget, 1); gpus--) {
		uint64_t nodes;

		if (!divides_some(group, gpus))
			continue;
		per_node.gpus = gpus;
		nodes = try_gpus(p, group, &per_node);
		try_between(p, group, larger, above, gpus, nodes);
		larger = gpus;
		above = nodes;
	}
}

/* --- groups and partitions ---------------------------------------------------------------- */

/* Put the classes that the request matches in this place into p->classes, by type. Returns how
 * many. */
static size_t gather(struct planner *p, const struct dsfit_place *place)
{
	const struct dsfit_site *site = p->plan->site;
	struct dsfit_request here = *p->plan->asked;
	size_t count = 0;

	strcpy(here.partition, place->partition);
	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_matches(site, &here, site->by_type[i]))
			p->classes[count++] = site->by_type[i];
	return count;
}

/*
 * Whether an earlier partition of the round had the same group, limits and default memory: its rows
 * would be the same. Such groups are told by a hash of all that a row depends on.
 */
static bool was_seen(struct round *round, const struct dsfit_plan *plan,
		     const struct dsfit_group *group)
{
	const struct dsfit_place *place = group->place;
	bool kind = place->preemptible && plan->workload->goal == DSFIT_GOAL_EXPERIMENT;
	const struct dsfit_partition *own = dsfit_site_partition(plan->site, place->partition);
	const struct dsfit_default_memory *memory = own ? &own->default_memory :
							  &plan->site->default_memory;
	const uint64_t limits[] = {
		kind, place->limits.gpus, place->limits.nodes,
		dsfit_limit_of_type(&place->limits, group->classes[0]->gres_type),
		place->policy.network, memory->per_node, memory->per_gpu, memory->per_cpu,
	};
	uint64_t hash = 14695981039346656037u;	/* FNV-1a, a word at a time */

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(limits); i++)
		hash = (hash ^ limits[i]) * 1099511628211u;
	for (size_t i = 0; i < group->count; i++)
		hash = (hash ^ (uint64_t)(group->classes[i] - plan->site->classes)) *
		       1099511628211u;
	for (size_t i = 0; i < round->seen_count; i++)
		if (round->seen[i] == hash)
			return true;
	if (round->seen_count < SEEN_MAX)
		round->seen[round->seen_count++] = hash;
	return false;
}

static void try_classes(struct planner *p, struct round *round, const struct dsfit_place *place)
{
	size_t count = gather(p, place), end;

	for (size_t start = 0; start < count; start = end) {
		struct dsfit_group group = { .place = place, .classes = p->classes + start };

		for (end = start; end < count && !strcmp(p->classes[start]->gres_type,
							 p->classes[end]->gres_type); end++)
			group.count++;
		if (!was_seen(round, p->plan, &group) && !(p->plan->elsewhere && place->is_asked))
			try_group(p, &group);
	}
}

/* Try a partition, or the list of partitions that was asked for, if it is of this kind. */
static void try_partition(struct planner *p, struct round *round, const char *name,
			  bool preemptible)
{
	struct dsfit_place place = {
		.partition = name,
		.is_asked = name == p->plan->asked->partition,
		.preemptible = dsfit_is_preemptible(p->plan->site, name),
		.aim = round->aim,
		.more_nodes = round->more_nodes,
	};

	if (place.preemptible != preemptible)
		return;
	dsfit_policy_bound(p->plan->site, p->plan->asked, name, &p->plan->standing, &place.policy,
			   &place.limits);
	place.limits.gpus = dsfit_min(place.limits.gpus, p->plan->max_gpus);
	place.limits.nodes = dsfit_min(place.limits.nodes, p->plan->max_nodes);
	/* Some partitions refuse what is tight. */
	if (round->aim != DSFIT_TIGHT || !place.policy.refuse_tight)
		try_classes(p, round, &place);
}

static void try_partitions(struct planner *p, struct round *round, bool preemptible)
{
	const struct dsfit_site *site = p->plan->site;
	const char *asked = p->plan->asked->partition;

	try_partition(p, round, asked, preemptible);
	if (asked[0] || !dsfit_plan_may(p->plan, DSFIT_CHANGE_PARTITION))
		return;
	for (size_t i = 0; i < site->partition_count; i++)
		if (dsfit_may_choose(&site->partitions[i]))
			try_partition(p, round, site->partitions[i].name, preemptible);
}

static void try_all(struct planner *p, enum dsfit_verdict aim, bool more_nodes)
{
	struct round round = { .aim = aim, .more_nodes = more_nodes };

	try_partitions(p, &round, false);
	try_partitions(p, &round, true);
}

/* Whether no class has GPUs that are large enough, and nobody asks how far off they are. */
static bool is_in_vain(const struct dsfit_plan *plan)
{
	const struct dsfit_site *site = plan->site;
	uint64_t memory = 0;

	if (plan->closest || !plan->accounts)
		return false;
	for (size_t i = 0; i < site->class_count; i++)
		memory = dsfit_max(memory, site->classes[i].gpu->memory);
	if (dsfit_least_peak(dsfit_least_of(plan->accounts), dsfit_site_most_gpus(site)) > memory)
		return true;
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (!dsfit_is_hopeless(plan->accounts, class, class->count, class->gpus))
			return false;
	}
	return true;
}

size_t dsfit_plan(const struct dsfit_plan *plan, struct dsfit_alternative *rows, size_t capacity)
{
	struct planner *p;
	size_t count = 0;
	bool whole = false;

	if (!capacity || is_in_vain(plan))
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		goto out;
	p->plan = plan;
	p->ranking = (struct dsfit_ranking){ plan->site, plan->workload->goal, rows, capacity, 0 };
	p->own_budget = DSFIT_PLAN_BUDGET;
	p->sizing.plan = plan;
	p->sizing.budget = plan->budget ? plan->budget : &p->own_budget;
	/* They are large, and a decision makes dozens of plans. */
	p->own_accounts = plan->accounts ? NULL : malloc(sizeof(*p->own_accounts));
	p->sizing.accounts = plan->accounts ? plan->accounts : p->own_accounts;
	p->classes = calloc(2 * plan->site->class_count + 1, sizeof(*p->classes));
	if (!p->classes || !p->sizing.accounts)
		goto out;
	whole = true;
	if (p->own_accounts)
		dsfit_accounts_begin(p->own_accounts, plan->site, plan->workload);
	p->left = p->classes + plan->site->class_count;
	for (enum dsfit_verdict aim = DSFIT_FITS; aim <= plan->aim && !p->ranking.count; aim++) {
		/* If no GPU is large enough to fit, a worse aim for the rest helps nothing. */
		if (aim != DSFIT_FITS && !p->sizing.gpus_fit)
			break;
		/* If nodes were asked for, their number is kept as long as anything fits it. */
		try_all(p, aim, !plan->asked->nodes_given);
		if (!p->ranking.count && plan->asked->nodes_given)
			try_all(p, aim, true);
	}
	count = p->ranking.count;
	if (plan->gpus_fit)
		*plan->gpus_fit |= p->sizing.gpus_fit;
out:
	if (!whole && plan->accounts)
		plan->accounts->no_memory = true;
	if (p) {
		free(p->classes);
		if (whole && p->own_accounts)
			dsfit_accounts_end(p->own_accounts);
		free(p->own_accounts);
	}
	free(p);
	return count;
}

struct dsfit_plan dsfit_plan_begin(const struct dsfit_site *site,
				   const struct dsfit_workload *workload,
				   const struct dsfit_request *asked)
{
	return (struct dsfit_plan){
		.site = site,
		.workload = workload,
		.asked = asked,
		.may_change = DSFIT_CHANGE_ALL,
		.bound = true,
		.max_gpus = UINT64_MAX,
		.max_nodes = UINT64_MAX,
		.aim = DSFIT_TIGHT,
	};
}
