/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan. With more nodes a GPU and a node hold less and the network has more to do, so that for
 * a class of nodes and so many GPUs on each there is one smallest number of nodes, found by
 * bisection; requests that are then made of these numbers are held against every class of their
 * type, for they may land on any.
 */
#include "core/decide/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/decide/rules.h"
#include "core/request/features.h"
#include "core/request/resize.h"

/* What the bisection asks of an account. Cards whose context takes the same memory share it. */
struct need {
	uint64_t nodes, gpus_per_node, context;
	uint64_t gpu_low, gpu_high, host_low, host_high, nvme_low, nvme_high;
};

#define NEEDS 256	/* kept */

#define SEEN 256	/* groups that are known again in another partition */

struct planner {
	const struct dsfit_plan *plan;
	struct dsfit_alternative *rows;
	size_t capacity, count;
	enum dsfit_verdict aim;		/* of this round */
	/* The partition in hand: its name in a request, and what holds there. */
	const char *partition;
	const struct dsfit_policy *policy;	/* of the partition, `strictest` */
	struct dsfit_policy strictest;
	bool preemptible;
	const struct dsfit_node_class **classes;	/* its own, by type */
	const struct dsfit_node_class **left;	/* of a group, by a constraint */
	bool more_nodes;		/* than were asked for, too */
	bool more;			/* more nodes than it takes are tried */
	uint64_t useful;		/* more nodes than these are not */
	bool uneven;			/* the GPUs in hand leave part of any node stranded */
	double price, waiting;		/* of the row found last on a group */
	uint64_t seen[SEEN];
	size_t seen_count;
	struct need needs[NEEDS];
	uint64_t own_budget, *budget;
};

/* One type's classes in a partition: a request for the type may land on any of them. */
struct group {
	const struct dsfit_node_class *const *classes;
	size_t count;
};

/* --- the order ----------------------------------------------------------------------------- */

/* Prices that differ by less than this part differ by how they were summed up. */
#define SAME_PRICE 1e-9

/* Negative where a is the lower, positive where b is; one that is not known is the highest. */
static int compare_prices(double a, double b)
{
	if ((a < 0) != (b < 0))
		return a < 0 ? 1 : -1;
	if (a < 0 || (a - b <= SAME_PRICE * b && b - a <= SAME_PRICE * a))
		return 0;
	return a < b ? -1 : 1;
}

static bool waits_too_long(const struct dsfit_site *site, const struct dsfit_assessment *a)
{
	return a->waiting < 0 || a->waiting > site->production_wait;
}

bool dsfit_plan_before(const struct dsfit_site *site, enum dsfit_goal goal,
		       const struct dsfit_assessment *a, const struct dsfit_assessment *b)
{
	int order = 0;

	if (goal == DSFIT_GOAL_PRODUCTION) {
		bool too_long = waits_too_long(site, b);

		if (waits_too_long(site, a) != too_long)
			return too_long;
		order = compare_prices(a->price_per_billion, b->price_per_billion);
	}
	if (!order)
		order = compare_prices(a->price, b->price);
	if (order)
		return order < 0;
	if (a->layout.gpus != b->layout.gpus)
		return a->layout.gpus < b->layout.gpus;
	if (a->layout.nodes != b->layout.nodes)
		return a->layout.nodes < b->layout.nodes;
	/* Classes of a site are in the order of its configuration. */
	return a->class < b->class;
}

static bool comes_before(const struct dsfit_plan *plan, const struct dsfit_alternative *a,
			 const struct dsfit_alternative *b)
{
	enum dsfit_goal goal = plan->workload->goal;

	if (a->assessment.overall != b->assessment.overall)
		return a->assessment.overall < b->assessment.overall;
	if (goal == DSFIT_GOAL_EXPERIMENT && a->preemptible != b->preemptible)
		return a->preemptible;
	return dsfit_plan_before(plan->site, goal, &a->assessment, &b->assessment);
}

/* Whether a row's GPUs leave part of a node stranded, which is worth it where they are fewer. */
static bool strands(const struct dsfit_alternative *row)
{
	return !dsfit_divides_node(row->assessment.class, row->assessment.layout.gpus_per_node);
}

/* Whether nobody would take b who can have a, which came first. */
static bool supersedes(enum dsfit_goal goal, const struct dsfit_alternative *a,
		       const struct dsfit_alternative *b)
{
	const struct dsfit_layout *at = &a->assessment.layout, *bt = &b->assessment.layout;

	return !strcmp(a->request.gpu_type, b->request.gpu_type) &&
	       (at->gpus == bt->gpus || (at->gpus < bt->gpus && strands(b))) &&
	       at->nodes <= bt->nodes && a->assessment.overall <= b->assessment.overall &&
	       (goal != DSFIT_GOAL_EXPERIMENT || a->preemptible == b->preemptible) &&
	       compare_prices(a->assessment.price, b->assessment.price) <= 0;
}

/* Rows are in order, and what is superseded comes after what supersedes it. */
static void keep(struct planner *p, const struct dsfit_alternative *row)
{
	enum dsfit_goal goal = p->plan->workload->goal;
	size_t at = 0, left;

	while (at < p->count && !comes_before(p->plan, row, &p->rows[at]))
		if (supersedes(goal, &p->rows[at++], row))
			return;
	for (size_t i = left = at; i < p->count; i++)
		if (!supersedes(goal, row, &p->rows[i]))
			p->rows[left++] = p->rows[i];
	p->count = left;
	if (at == p->capacity)
		return;
	if (p->count < p->capacity)
		p->count++;
	memmove(&p->rows[at + 1], &p->rows[at], (p->count - at - 1) * sizeof(*row));
	p->rows[at] = *row;
}

/* --- how many nodes ------------------------------------------------------------------------ */

/* Whether so many more layouts may be looked at. */
static bool spend(const struct planner *p, uint64_t layouts)
{
	bool enough = *p->budget > layouts;

	*p->budget = dsfit_sub(*p->budget, layouts);
	return enough;
}

static bool may(const struct planner *p, enum dsfit_change change)
{
	return p->plan->may_change & change;
}

/* What a GPU and a node need of so many nodes and GPUs; the last ones asked for are kept. */
static const struct need *need_of(struct planner *p, const struct dsfit_node_class *class,
				  uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_plan *plan = p->plan;
	struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus,
				       .gpus = dsfit_mul(nodes, gpus),
				       .context = class->gpu->context };
	struct need *need = &p->needs[(nodes * 31 + gpus) % NEEDS];
	struct dsfit_account account;

	if (need->nodes == nodes && need->gpus_per_node == gpus &&
	    need->context == layout.context)
		return need;
	spend(p, 1);
	dsfit_account(&plan->workload->model, &plan->site->families, &plan->workload->training,
		      &layout, &plan->site->estimate, &account);
	*need = (struct need){
		nodes, gpus, layout.context, account.gpu.low, account.gpu.high, account.host.low,
		account.host.high, account.nvme.low, account.nvme.high,
	};
	return need;
}

static bool divides(const struct planner *p, uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus,
					     .gpus = dsfit_mul(nodes, gpus) };

	return !dsfit_layout_check(&p->plan->workload->model, &p->plan->workload->training,
				   &layout, NULL);
}

/* The first number of nodes from n on that the degrees divide, n where none up to last is. */
static uint64_t next_nodes(const struct planner *p, uint64_t n, uint64_t last, uint64_t gpus)
{
	for (uint64_t next = n; next <= last; next++)
		if (divides(p, next, gpus))
			return next;
		else if (!spend(p, 1))
			break;
	return n;
}

static bool holds(const struct planner *p, uint64_t low, uint64_t high, uint64_t capacity)
{
	return !capacity || dsfit_judge(low, high, capacity) <= p->aim;
}

/* The request that asks for so many GPUs of the class's type on each of so many nodes. */
static void make_request(const struct planner *p, const struct dsfit_node_class *class,
			 uint64_t nodes, uint64_t gpus, struct dsfit_request *r)
{
	*r = *p->plan->asked;
	strcpy(r->partition, p->partition);
	strcpy(r->gpu_type, class->gres_type);
	dsfit_resize_gpus(r, p->plan->bound, nodes, gpus);
}

/* Memory of a node of the class that a request can come to have. */
static uint64_t memory_there(const struct planner *p, const struct dsfit_node_class *class,
			     uint64_t nodes, uint64_t gpus)
{
	struct dsfit_layout layout = { .nodes = nodes, .gpus_per_node = gpus };
	struct dsfit_request r;

	if (may(p, DSFIT_CHANGE_MEMORY))
		return class->memory;
	make_request(p, class, nodes, gpus, &r);
	return dsfit_memory_per_node(p->plan->site, &r, class, &layout);
}

/* Whether a GPU, a node and its scratch are large enough: what more nodes mend. */
static bool is_roomy(struct planner *p, const struct dsfit_node_class *class, uint64_t nodes,
		     uint64_t gpus)
{
	const struct need *need = need_of(p, class, nodes, gpus);
	uint64_t asked = p->plan->asked->scratch;
	uint64_t scratch = may(p, DSFIT_CHANGE_SCRATCH) || !asked ? class->scratch : asked;

	return need->gpu_high <= class->gpu->memory &&
	       holds(p, need->host_low, need->host_high, memory_there(p, class, nodes, gpus)) &&
	       (!need->nvme_high || holds(p, need->nvme_low, need->nvme_high, scratch));
}

/* The smallest number of nodes in [first, last] that is roomy and that the degrees divide; 0 for
 * none. */
static uint64_t fewest_nodes(struct planner *p, const struct dsfit_node_class *class,
			     uint64_t first, uint64_t last, uint64_t gpus)
{
	uint64_t low = first, high = last, probe;

	while (high >= first && !divides(p, high, gpus) && spend(p, 1))
		high--;
	if (high < first || !*p->budget || !is_roomy(p, class, high, gpus))
		return 0;
	/* Most jobs need few: twice as many until there is room, then the half between. */
	for (probe = low; probe < high; probe *= 2) {
		if (is_roomy(p, class, next_nodes(p, probe, high, gpus), gpus)) {
			high = probe;
			break;
		}
		low = probe + 1;
	}
	while (low < high) {
		probe = low + (high - low) / 2;
		if (is_roomy(p, class, next_nodes(p, probe, high, gpus), gpus))
			high = probe;
		else
			low = probe + 1;
	}
	return next_nodes(p, low, last, gpus);
}

/* --- rows ---------------------------------------------------------------------------------- */

/* Whether a GPU that needs so much is fuller than the closest misfit's, or as full. */
static bool is_fuller(const struct dsfit_assessment *closest, uint64_t low, uint64_t capacity)
{
	return (double)low * (double)closest->gpu_capacity >=
	       (double)closest->account.gpu.low * (double)capacity;
}

void dsfit_note_misfit(struct dsfit_assessment *closest, const struct dsfit_assessment *a)
{
	bool exceeds = a->overall == DSFIT_EXCEEDS;

	if (!closest || !a->gpu_capacity)
		return;
	if (closest->placed && exceeds != (closest->overall == DSFIT_EXCEEDS) ? exceeds :
	    closest->placed && is_fuller(closest, a->account.gpu.low, a->gpu_capacity))
		return;
	*closest = *a;
}

/* The same of a class on which no number of nodes is roomy. */
static void note_class(struct planner *p, const struct dsfit_node_class *class, uint64_t nodes,
		       uint64_t gpus)
{
	const struct dsfit_assessment *closest = p->plan->closest;
	uint64_t low = need_of(p, class, nodes, gpus)->gpu_low;
	struct dsfit_assessment a;
	struct dsfit_layout layout;
	struct dsfit_request r;

	if (closest->placed && is_fuller(closest, low, class->gpu->memory) &&
	    (closest->overall != DSFIT_EXCEEDS || low > class->gpu->memory))
		return;
	make_request(p, class, nodes, gpus, &r);
	if (!dsfit_place(p->plan->site, &r, class, &layout))
		return;
	dsfit_assess_on(p->plan->site, p->plan->workload, &r, class, &layout, &a);
	dsfit_note_misfit(p->plan->closest, &a);
}

/* A dsfit_class_judge. */
static bool is_good(const void *context, const struct dsfit_assessment *there)
{
	const struct planner *p = context;

	return there->overall <= p->aim && there->gpu == DSFIT_FITS;
}

/* State what the job needs of memory and scratch, where the class has it; not the whole node. */
static bool state_needs(const struct planner *p, const struct dsfit_node_class *class,
			struct dsfit_request *r)
{
	struct dsfit_assessment a;
	struct dsfit_layout layout;

	if (!dsfit_place(p->plan->site, r, class, &layout))
		return false;
	dsfit_assess_on(p->plan->site, p->plan->workload, r, class, &layout, &a);
	if (may(p, DSFIT_CHANGE_MEMORY))
		dsfit_resize_memory(r, class, &layout, a.account.host.high);
	if (may(p, DSFIT_CHANGE_SCRATCH) && a.nvme <= p->aim &&
	    (!class->scratch || a.account.nvme.high <= class->scratch))
		dsfit_resize_scratch(r, a.account.nvme.high);
	return true;
}

/* The same, and waiting less for the network than a row that was good. */
static bool is_faster(const void *context, const struct dsfit_assessment *there)
{
	const struct planner *p = context;

	return is_good(context, there) && there->waiting >= 0 &&
	       (p->waiting < 0 || there->waiting < p->waiting);
}

/* Whether the row's request is to the judge's liking wherever it may land, perhaps with a
 * constraint; its assessment. */
static bool lands_well(const struct planner *p, const struct group *group,
		       struct dsfit_alternative *row, dsfit_class_judge judge)
{
	const struct dsfit_plan *plan = p->plan;
	struct dsfit_assessment *a = &row->assessment;
	size_t left = 0;

	dsfit_assess_among(plan->site, plan->workload, &row->request, group->classes, group->count,
			   a);
	if (a->placed && !judge(p, a) && may(p, DSFIT_CHANGE_NETWORK))
		left = dsfit_constrain(plan->site, plan->workload, &row->request,
					     group->classes, group->count, judge, p, p->left);
	if (left)
		dsfit_assess_among(plan->site, plan->workload, &row->request, p->left, left, a);
	if (!a->placed || !judge(p, a))
		return false;
	row->changes = dsfit_request_difference(plan->asked, &row->request);
	return !(row->changes & ~plan->may_change);
}

enum outcome { MISFIT, SLOW, GOOD };

#define FASTER 2	/* constraints that are tried, each for a faster network than the last */

/* Make a row of so many nodes of the class, if it is one; for production also rows without the
 * slowest of the classes that it may land on. A slow row is good, but not for production. */
static enum outcome try_row(struct planner *p, const struct group *group,
			    const struct dsfit_node_class *class, uint64_t nodes, uint64_t gpus)
{
	struct dsfit_alternative row = { .preemptible = p->preemptible }, faster;
	bool production = p->plan->workload->goal == DSFIT_GOAL_PRODUCTION;

	spend(p, group->count);
	make_request(p, class, nodes, gpus, &row.request);
	if (!state_needs(p, class, &row.request))
		return MISFIT;
	faster = row;
	if (!lands_well(p, group, &row, is_good)) {
		if (row.assessment.placed)
			dsfit_note_misfit(p->plan->closest, &row.assessment);
		return MISFIT;
	}
	keep(p, &row);
	p->waiting = row.assessment.waiting;
	production &= !p->more;
	for (int i = 0; i < FASTER && production && (p->waiting > 0 || p->waiting < 0); i++) {
		struct dsfit_alternative next = faster;

		if (!lands_well(p, group, &next, is_faster))
			break;
		row = next;
		keep(p, &row);
		p->waiting = row.assessment.waiting;
	}
	p->price = row.assessment.price;
	return production && waits_too_long(p->plan->site, &row.assessment) ? SLOW : GOOD;
}

/* The numbers of nodes that may be asked for on a class, with so many GPUs on each; false where
 * there are none. */
static bool node_range(const struct planner *p, const struct dsfit_node_class *class,
		       uint64_t gpus, uint64_t *first, uint64_t *last)
{
	const struct dsfit_request *asked = p->plan->asked;
	uint64_t most = p->plan->max_gpus, limit = p->plan->max_nodes;

	if (most > p->policy->max_gpus)
		most = p->policy->max_gpus;
	if (limit > p->policy->max_nodes)
		limit = p->policy->max_nodes;
	if (limit > class->count)
		limit = class->count;
	if (limit > most / gpus)
		limit = most / gpus;
	if (limit > p->useful)
		limit = p->useful;
	*first = dsfit_nodes_least(asked, class);
	*last = *first;
	/* More nodes than a constraint counts might be any. */
	if (p->more_nodes && may(p, DSFIT_CHANGE_NODES) && !strchr(asked->features, '*')) {
		*last = limit;
		if (p->plan->bound && asked->bound != DSFIT_NODES_FREE &&
		    *last > asked->nodes_limit)
			*last = *first > asked->nodes_limit ? *first : asked->nodes_limit;
	}
	return *first <= *last && *last <= limit;
}

/* The smallest number of nodes of each class, fewest first; of equals the first class's. */
struct few {
	const struct dsfit_node_class *class;
	uint64_t nodes;
};

#define FEW 6	/* numbers of nodes that are tried on a type, with so many GPUs on each */

static size_t add_few(struct few *few, size_t count, const struct dsfit_node_class *class,
		      uint64_t nodes)
{
	size_t at = count;

	for (size_t i = 0; i < count; i++)
		if (few[i].nodes == nodes)
			return count;
	while (at && few[at - 1].nodes > nodes)
		at--;
	if (at == FEW)
		return count;
	if (count < FEW)
		count++;
	memmove(&few[at + 1], &few[at], (count - at - 1) * sizeof(*few));
	few[at] = (struct few){ class, nodes };
	return count;
}

/* The class of whole or large enough nodes that there are most of. */
static const struct dsfit_node_class *most_of(const struct group *group, uint64_t gpus, bool whole)
{
	const struct dsfit_node_class *most = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];

		if ((whole ? class->gpus == gpus : class->gpus >= gpus) &&
		    (!most || class->count > most->count))
			most = class;
	}
	return most;
}

/* One node more than a class has rules it out, where no feature does. */
static size_t add_more_than(struct planner *p, const struct group *group, uint64_t gpus,
			    struct few few[FEW], size_t count)
{
	const struct dsfit_node_class *most = most_of(group, gpus, false);
	uint64_t first, last, fewest = few[0].nodes;

	if (!node_range(p, most, gpus, &first, &last))
		return count;
	for (size_t i = 0; i < group->count; i++) {
		uint64_t nodes = next_nodes(p, group->classes[i]->count + 1, last, gpus);

		if (nodes > fewest && nodes <= last && divides(p, nodes, gpus) &&
		    is_roomy(p, most, nodes, gpus))
			count = add_few(few, count, most, nodes);
	}
	return count;
}

static size_t list_few(struct planner *p, const struct group *group, uint64_t gpus,
		       struct few few[FEW])
{
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];
		uint64_t first, last, nodes;

		if (class->gpus < gpus || !node_range(p, class, gpus, &first, &last))
			continue;
		nodes = fewest_nodes(p, class, first, last, gpus);
		if (nodes)
			count = add_few(few, count, class, nodes);
		/* The first round sees them all. A single GPU may need less than several. */
		if (!nodes && p->plan->closest && p->aim == DSFIT_FITS && !p->uneven) {
			note_class(p, class, first, gpus);
			note_class(p, class, last, gpus);
		}
	}
	return count ? add_more_than(p, group, gpus, few, count) : 0;
}

/* Whether so many nodes of the class would cost less than the row that was found last. */
static bool is_cheaper(const struct planner *p, const struct few *few, uint64_t gpus)
{
	const struct dsfit_node_class *class = few->class;

	return class->price >= 0 && p->price >= 0 &&
	       class->price / (double)class->gpus * (double)few->nodes * (double)gpus < p->price;
}

/* More whole nodes than it takes are of use, to have it done sooner. */
static void try_more(struct planner *p, const struct group *group, uint64_t nodes, uint64_t gpus)
{
	const struct dsfit_node_class *most = most_of(group, gpus, true);
	uint64_t first, last;

	if (!most || !node_range(p, most, gpus, &first, &last))
		return;
	p->more = true;
	for (nodes *= 2; nodes <= last; nodes *= 2)
		if (divides(p, nodes, gpus) && is_roomy(p, most, nodes, gpus) &&
		    !try_row(p, group, most, nodes, gpus))
			return;
}

/* With so many GPUs on a node: on the fewest nodes that will do, or on more that cost less. */
static uint64_t try_gpus(struct planner *p, const struct group *group, uint64_t gpus)
{
	struct few few[FEW];
	size_t count = list_few(p, group, gpus, few);
	enum outcome first = MISFIT, now = MISFIT;
	uint64_t found = 0;
	bool good = false;

	p->price = -1;
	p->more = false;
	for (size_t i = 0; i < count; i++) {
		if (good && !is_cheaper(p, &few[i], gpus))
			continue;
		now = try_row(p, group, few[i].class, few[i].nodes, gpus);
		good |= now == GOOD;
		if (now != MISFIT && !found) {
			found = few[i].nodes;
			first = now;
		}
	}
	/* Where the first is good, none of these comes before it. */
	if (found && (p->capacity > 1 || first == SLOW))
		try_more(p, group, found, gpus);
	return found;
}

static bool is_even(const struct group *group, uint64_t gpus)
{
	for (size_t i = 0; i < group->count; i++)
		if (dsfit_divides_node(group->classes[i], gpus))
			return true;
	return false;
}

/* Whether a GPU is too small even with so many on each of all nodes that have more than those
 * fewer: with any number between on each it is, too. */
static bool is_hopeless(struct planner *p, const struct group *group, uint64_t gpus,
			uint64_t fewer)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];
		uint64_t first, last;

		if (class->gpus <= fewer)
			continue;
		if (class->gpus < gpus || !node_range(p, class, gpus, &first, &last) ||
		    last < class->count || !divides(p, last, gpus) ||
		    need_of(p, class, last, gpus)->gpu_high <= class->gpu->memory)
			return false;
	}
	return true;
}

/*
 * Numbers between two even ones, which take `above` and `below` nodes, or none will do: of use only
 * where they take fewer GPUs than the larger and fewer nodes than the smaller.
 */
static void try_between(struct planner *p, const struct group *group, uint64_t larger,
			uint64_t above, uint64_t smaller, uint64_t below)
{
	uint64_t least = p->plan->asked->nodes_min ? p->plan->asked->nodes_min : 1;

	if ((below && below <= least) || larger == smaller + 1 ||
	    (!above && !below && is_hopeless(p, group, larger, smaller)))
		return;
	p->uneven = true;
	for (uint64_t gpus = larger - 1; gpus > smaller && spend(p, 1); gpus--) {
		if (above)
			p->useful = (dsfit_mul(above, larger) - 1) / gpus;
		try_gpus(p, group, gpus);
	}
	p->uneven = false;
	p->useful = UINT64_MAX;
}

static void try_group(struct planner *p, const struct group *group)
{
	uint64_t most = 0, larger, above;

	for (size_t i = 0; i < group->count; i++)
		if (group->classes[i]->gpus > most)
			most = group->classes[i]->gpus;
	/* Whole nodes first: on fewer of them, they make part of the others superfluous. */
	above = try_gpus(p, group, most);
	larger = most;
	for (uint64_t gpus = most - 1; most && gpus && spend(p, 1); gpus--) {
		uint64_t nodes;

		if (!is_even(group, gpus))
			continue;
		nodes = try_gpus(p, group, gpus);
		try_between(p, group, larger, above, gpus, nodes);
		larger = gpus;
		above = nodes;
	}
}

/* --- partitions ---------------------------------------------------------------------------- */

static int compare_types(const void *a, const void *b)
{
	const struct dsfit_node_class *const *class_a = a, *const *class_b = b;
	int order = strcmp((*class_a)->gres_type, (*class_b)->gres_type);

	/* In the order of the configuration where the type is the same. */
	return order ? order : (*class_a > *class_b) - (*class_a < *class_b);
}

/* The partition's classes that the constraint lets in, by type. */
static size_t gather(const struct planner *p)
{
	const struct dsfit_request *asked = p->plan->asked;
	const struct dsfit_site *site = p->plan->site;
	size_t count = 0;

	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if ((!asked->gpu_type[0] || !strcmp(asked->gpu_type, class->gres_type)) &&
		    dsfit_class_in_partition(site, class, p->partition) &&
		    dsfit_features_match(asked->features, &class->features,
					 asked->nodes_max > asked->nodes_min ?
						 asked->nodes_max : asked->nodes_min))
			p->classes[count++] = class;
	}
	if (count)
		qsort(p->classes, count, sizeof(*p->classes), compare_types);
	return count;
}

/* Whether a group is one that an earlier partition had, whose rows are its own: a number made of
 * its classes and of what the policy there sets says so. */
static bool was_seen(struct planner *p, const struct group *group)
{
	uint64_t mark = 14695981039346656037u;	/* FNV-1a, a word at a time */
	bool kind = p->preemptible && p->plan->workload->goal == DSFIT_GOAL_EXPERIMENT;
	const uint64_t policy[] = { kind, p->policy->max_gpus, p->policy->max_nodes };

	for (size_t i = 0; i < sizeof(policy) / sizeof(policy[0]); i++)
		mark = (mark ^ policy[i]) * 1099511628211u;
	for (size_t i = 0; i < group->count; i++)
		mark = (mark ^ (uint64_t)(group->classes[i] - p->plan->site->classes)) *
		       1099511628211u;
	for (size_t i = 0; i < p->seen_count; i++)
		if (p->seen[i] == mark)
			return true;
	if (p->seen_count < SEEN)
		p->seen[p->seen_count++] = mark;
	return false;
}

static void try_classes(struct planner *p)
{
	size_t count = gather(p), end;

	for (size_t start = 0; start < count; start = end) {
		struct group group = { p->classes + start, 0 };

		for (end = start; end < count && !strcmp(p->classes[start]->gres_type,
							 p->classes[end]->gres_type); end++)
			group.count++;
		if (!was_seen(p, &group))
			try_group(p, &group);
	}
}

/* The rows of a partition, or of the list of them that was asked for. */
static void try_partition(struct planner *p, const char *name, bool preemptible)
{
	enum dsfit_verdict aim = p->aim;

	p->partition = name;
	dsfit_policy_of(p->plan->site, name, &p->strictest);
	p->policy = &p->strictest;
	p->preemptible = dsfit_is_preemptible(p->plan->site, name);
	/* What is tight here may be a misfit there. */
	if (p->preemptible == preemptible && !(p->policy->refuse_tight && aim == DSFIT_TIGHT))
		try_classes(p);
}

static void try_partitions(struct planner *p, bool preemptible)
{
	const struct dsfit_site *site = p->plan->site;
	const char *asked = p->plan->asked->partition;

	try_partition(p, asked, preemptible);
	if (asked[0] || !may(p, DSFIT_CHANGE_PARTITION))
		return;
	for (size_t i = 0; i < site->partition_count; i++)
		if (!site->partitions[i].is_default)
			try_partition(p, site->partitions[i].name, preemptible);
}

static void try_all(struct planner *p)
{
	p->seen_count = 0;
	try_partitions(p, false);
	try_partitions(p, true);
}

size_t dsfit_plan(const struct dsfit_plan *plan, struct dsfit_alternative *rows, size_t capacity)
{
	struct planner *p = calloc(1, sizeof(*p));
	size_t count = 0;

	if (!p || !capacity)
		goto out;
	p->plan = plan;
	p->rows = rows;
	p->capacity = capacity;
	p->classes = calloc(2 * plan->site->class_count + 1, sizeof(*p->classes));
	if (!p->classes)
		goto out;
	p->left = p->classes + plan->site->class_count;
	p->own_budget = DSFIT_PLAN_BUDGET;
	p->budget = plan->budget ? plan->budget : &p->own_budget;
	p->useful = UINT64_MAX;
	for (p->aim = DSFIT_FITS; p->aim <= plan->aim && !p->count; p->aim++) {
		/* A number of nodes that was typed is kept if anything at all fits it. */
		p->more_nodes = !plan->asked->nodes_given;
		try_all(p);
		if (p->count || p->more_nodes)
			continue;
		p->more_nodes = true;
		try_all(p);
	}
	count = p->count;
	free(p->classes);
out:
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
