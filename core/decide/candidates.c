/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/candidates.h"

#include <string.h>

#include "core/base/size.h"
#include "core/decide/misfit.h"
#include "core/request/resize.h"
#include "core/site/limits.h"

void dsfit_candidate_request(const struct dsfit_plan *plan, const struct dsfit_place *place,
			     const struct dsfit_candidate *candidate, uint64_t gpus,
			     struct dsfit_request *r)
{
	*r = *plan->asked;
	strcpy(r->partition, place->partition);
	strcpy(r->gpu_type, candidate->class->gres_type);
	dsfit_resize_gpus(r, plan->bound, candidate->nodes, gpus);
}

bool dsfit_node_range(const struct dsfit_plan *plan, const struct dsfit_place *place,
		      const struct dsfit_node_class *class,
		      const struct dsfit_gpus_per_node *per_node, uint64_t *first, uint64_t *last)
{
	const struct dsfit_request *asked = plan->asked;
	uint64_t gpus = dsfit_min(place->limits.gpus,
				  dsfit_limit_of_type(&place->limits, class->gres_type));
	uint64_t nodes = dsfit_sub(dsfit_nodes_of_class(plan->site, asked, class), class->doubtful);
	uint64_t limit = dsfit_min(place->limits.nodes, nodes);

	limit = dsfit_min(limit, gpus / per_node->gpus);
	limit = dsfit_min(limit, per_node->nodes_max);
	*first = dsfit_nodes_least(asked, class);
	*last = *first;
	/* A constraint with counts says nothing about nodes beyond them: they might be any. */
	if (place->more_nodes && dsfit_plan_may(plan, DSFIT_CHANGE_NODES) &&
	    !strchr(asked->features, '*')) {
		*last = limit;
		if (plan->bound && asked->bound != DSFIT_NODES_FREE &&
		    *last > asked->nodes_limit)
			*last = *first > asked->nodes_limit ? *first : asked->nodes_limit;
	}
	return *first <= *last && *last <= limit;
}

const struct dsfit_node_class *dsfit_most_nodes(const struct dsfit_group *group, uint64_t gpus,
						bool whole)
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

/* Add a candidate, fewest nodes first. Of those with as many nodes the first stays. */
static size_t add(struct dsfit_candidate *out, size_t count, const struct dsfit_node_class *class,
		  uint64_t nodes)
{
	size_t at = count;

	for (size_t i = 0; i < count; i++)
		if (out[i].nodes == nodes)
			return count;
	while (at && out[at - 1].nodes > nodes)
		at--;
	if (at == DSFIT_CANDIDATES_MAX)
		return count;
	if (count < DSFIT_CANDIDATES_MAX)
		count++;
	memmove(&out[at + 1], &out[at], (count - at - 1) * sizeof(*out));
	out[at] = (struct dsfit_candidate){ class, nodes };
	return count;
}

/* Note a class on which so many nodes have no room. */
static void note_nodes(struct dsfit_sizing *s, const struct dsfit_place *place,
		       const struct dsfit_candidate *candidate, uint64_t gpus)
{
	const struct dsfit_plan *plan = s->plan;
	const struct dsfit_node_class *class = candidate->class;
	uint64_t low = dsfit_need_of(s, class, candidate->nodes, gpus)->gpu_low;
	struct dsfit_assessment a;
	struct dsfit_layout layout;
	struct dsfit_request r;

	if (!dsfit_may_be_closer(plan->closest, low, class->gpu->memory))
		return;
	dsfit_candidate_request(plan, place, candidate, gpus, &r);
	if (!dsfit_place(plan->site, &r, class, &layout))
		return;
	dsfit_assess_on(s->accounts, &r, class, &layout, &a);
	dsfit_note_misfit(plan->closest, &a);
}

/* Note a class on which no number of nodes, from `first` to `last`, has room. */
static void note_class(struct dsfit_sizing *s, const struct dsfit_place *place,
		       const struct dsfit_node_class *class, uint64_t first, uint64_t last,
		       uint64_t gpus)
{
	uint64_t low = dsfit_least_low(dsfit_least_of(s->accounts), dsfit_mul(last, gpus));

	/* What is too full with the least on the most nodes, is so with any account. */
	if (!dsfit_may_be_closer(s->plan->closest, low, class->gpu->memory))
		return;
	/* Usually the most nodes come closest, but one GPU may need less than several. */
	note_nodes(s, place, &(struct dsfit_candidate){ class, first }, gpus);
	note_nodes(s, place, &(struct dsfit_candidate){ class, last }, gpus);
}

/* Add one node more than each class has. */
static size_t add_beyond_classes(struct dsfit_sizing *s, const struct dsfit_group *group,
				 const struct dsfit_gpus_per_node *per_node,
				 struct dsfit_candidate *out, size_t count)
{
	const struct dsfit_place *place = group->place;
	const uint64_t gpus = per_node->gpus, fewest = out[0].nodes;
	const struct dsfit_node_class *most = dsfit_most_nodes(group, gpus, false);
	uint64_t first, last;

	if (!dsfit_node_range(s->plan, place, most, per_node, &first, &last))
		return count;
	for (size_t i = 0; i < group->count; i++) {
		uint64_t nodes = dsfit_next_nodes(s, group->classes[i]->count + 1, last, gpus);

		if (nodes > fewest && nodes <= last && dsfit_runs_on(s, nodes, gpus) &&
		    dsfit_has_room(s, place->aim, most, nodes, gpus))
			count = add(out, count, most, nodes);
	}
	return count;
}

/* Where GPUs are too small, with so many on each node: a card, and on up to so many nodes. */
struct hopeless {
	const struct dsfit_gpu *gpu;	/* NULL: nothing is known */
	uint64_t nodes;
};

/* Look at the class of which the most nodes may be asked for. If GPUs are too small even there, the
 * others with the same card need not be looked at: on fewer nodes each GPU holds more. */
static struct hopeless find_hopeless(struct dsfit_sizing *s, const struct dsfit_group *group,
				     const struct dsfit_gpus_per_node *per_node)
{
	const struct dsfit_node_class *most = NULL;
	struct hopeless hopeless = { .nodes = 0 };
	uint64_t first, last;

	for (size_t i = 0; group->count > 1 && i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];

		if (class->gpus < per_node->gpus || (most && class->count <= most->count) ||
		    !dsfit_node_range(s->plan, group->place, class, per_node, &first, &last) ||
		    last <= hopeless.nodes)
			continue;
		most = class;
		hopeless.nodes = last;
	}
	/* Where the least says it, it says so of the others too. */
	if (most && !dsfit_is_hopeless(s->accounts, most, hopeless.nodes, per_node->gpus) &&
	    dsfit_runs_on(s, hopeless.nodes, per_node->gpus) &&
	    dsfit_need_of(s, most, hopeless.nodes, per_node->gpus)->gpu_high > most->gpu->memory)
		hopeless.gpu = most->gpu;
	return hopeless;
}

/* The fewest nodes of a class, from `first` to `last`, that have room; 0: none has. */
static uint64_t fewest_nodes(struct dsfit_sizing *s, const struct hopeless *hopeless,
			     enum dsfit_verdict aim, const struct dsfit_node_class *class,
			     uint64_t first, uint64_t last, uint64_t gpus)
{
	/* One GPU alone may have room where more have not. */
	if (class->gpu == hopeless->gpu && last <= hopeless->nodes)
		last = first;
	return dsfit_fewest_nodes(s, aim, class, first, last, gpus);
}

size_t dsfit_list_candidates(struct dsfit_sizing *s, const struct dsfit_group *group,
			     const struct dsfit_gpus_per_node *per_node,
			     struct dsfit_candidate out[DSFIT_CANDIDATES_MAX])
{
	const struct dsfit_place *place = group->place;
	/* The first round sees all misfits. GPUs that divide a node are enough to know one. */
	bool note = s->plan->closest && place->aim == DSFIT_FITS && per_node->divides;
	const struct hopeless hopeless = find_hopeless(s, group, per_node);
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct dsfit_node_class *class = group->classes[i];
		uint64_t first, last, nodes;

		if (class->gpus < per_node->gpus ||
		    !dsfit_node_range(s->plan, place, class, per_node, &first, &last))
			continue;
		nodes = fewest_nodes(s, &hopeless, place->aim, class, first, last, per_node->gpus);
		if (nodes)
			count = add(out, count, class, nodes);
		else if (note)
			note_class(s, place, class, first, last, per_node->gpus);
	}
	return count ? add_beyond_classes(s, group, per_node, out, count) : 0;
}
