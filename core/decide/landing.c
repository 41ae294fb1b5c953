/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most candidates of a search fail, and slurmctld waits until all have been tried. A whole
 * assessment of a candidate visits every class where it may land, and is made again after each
 * thing that is mended. So each candidate is first looked at:
 *
 *     GPUs     too small on one class where it lands: it fails, because the worst class counts.
 *              The class is remembered. The next candidate is likely to fail there, too, and then
 *              one account tells.
 *     room     with all memory and scratch of the nodes it fits on no class: it fails. A class with
 *              room is remembered as well; while it has room the others need no look.
 *
 * A look never fails a candidate that a whole assessment would pass.
 */
#include "core/decide/landing.h"

#include <stdlib.h>

bool dsfit_landing_begin(struct dsfit_landing *l, const struct dsfit_site *site,
			 const struct dsfit_request *r)
{
	*l = (struct dsfit_landing){ NULL };
	l->room = calloc(2 * site->class_count + 1, sizeof(*l->room));
	if (!l->room)
		return false;
	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_matches(site, r, &site->classes[i]))
			l->room[l->count++] = &site->classes[i];
	l->classes = l->room;
	return true;
}

void dsfit_landing_end(struct dsfit_landing *l)
{
	free(l->room);
	l->room = NULL;
}

/* Whether a GPU of the layout is too small on the class, even by the estimate's lower bound. */
static bool is_too_small(struct dsfit_landing *l, const struct dsfit_node_class *class,
			 const struct dsfit_layout *layout)
{
	uint64_t memory = class->gpu->memory;

	return memory && (dsfit_least_low(dsfit_least_of(l->accounts), layout->gpus) > memory ||
			  dsfit_account_for(l->accounts, layout)->account.gpu.low > memory);
}

/* Whether a class takes more candidates than another: then it is the better one to remember. */
static bool takes_more(const struct dsfit_node_class *a, const struct dsfit_node_class *b)
{
	return !b || (a->gpus != b->gpus ? a->gpus > b->gpus : a->count > b->count);
}

/* Find a class where the candidate lands and its GPUs are too small. */
static bool find_small(struct dsfit_landing *l, const struct dsfit_request *r)
{
	const struct dsfit_site *site = l->accounts->site;
	struct dsfit_layout layout;

	l->lands = true;
	l->looks = 0;
	if (l->small && dsfit_place_matching(site, r, l->small, &layout) &&
	    is_too_small(l, l->small, &layout))
		return true;
	l->lands = false;
	l->small = NULL;
	l->looks = l->count;
	for (size_t i = 0; i < l->count; i++) {
		if (!dsfit_place_matching(site, r, l->classes[i], &layout))
			continue;
		l->lands = true;
		if (takes_more(l->classes[i], l->small) && is_too_small(l, l->classes[i], &layout))
			l->small = l->classes[i];
	}
	return l->small;
}

/* The verdict there on memory and scratch, with all that the node has. What is not known about the
 * node may be as much as the request asks for. */
static enum dsfit_verdict with_whole_node(struct dsfit_landing *l,
					  const struct dsfit_node_class *class,
					  const struct dsfit_layout *layout,
					  const struct dsfit_demand *demand)
{
	const struct dsfit_account *need = &dsfit_account_for(l->accounts, layout)->account;
	enum dsfit_verdict host = DSFIT_FITS, nvme = DSFIT_FITS;

	if (dsfit_judge(need->gpu.low, need->gpu.high_declared, class->gpu->memory) > demand->gpu)
		return DSFIT_EXCEEDS;
	if (class->memory)
		host = dsfit_judge(need->host.low, need->host.high, class->memory);
	if (class->scratch && need->nvme.high)
		nvme = dsfit_judge(need->nvme.low, need->nvme.high, class->scratch);
	return host > nvme ? host : nvme;
}

/* The best verdict with whole nodes on any class. */
static enum dsfit_verdict best_with_whole_nodes(struct dsfit_landing *l,
						const struct dsfit_request *r,
						const struct dsfit_demand *demand)
{
	const struct dsfit_site *site = l->accounts->site;
	enum dsfit_verdict best = DSFIT_EXCEEDS, there;
	struct dsfit_layout layout;

	if (l->roomy && dsfit_place_matching(site, r, l->roomy, &layout) &&
	    with_whole_node(l, l->roomy, &layout, demand) <= demand->overall)
		return DSFIT_FITS;
	l->roomy = NULL;
	l->looks += l->count;
	for (size_t i = 0; i < l->count; i++) {
		if (!dsfit_place_matching(site, r, l->classes[i], &layout))
			continue;
		there = with_whole_node(l, l->classes[i], &layout, demand);
		best = there < best ? there : best;
		if (there > demand->overall)
			continue;
		l->roomy = l->classes[i];
		return DSFIT_FITS;
	}
	return best;
}

enum dsfit_verdict dsfit_look(struct dsfit_landing *l, const struct dsfit_request *r,
			      const struct dsfit_demand *demand)
{
	l->looks = 0;
	/* Of nodes that the user named the best class counts. */
	if (!l->classes || r->bound == DSFIT_NODES_BOUND_BY_LIST)
		return DSFIT_FITS;
	if (find_small(l, r))
		return DSFIT_EXCEEDS;
	/* What no class can hold alone, several may together (core/request/mixture.c). */
	if (!l->lands)
		return l->count ? DSFIT_FITS : DSFIT_EXCEEDS;
	return best_with_whole_nodes(l, r, demand);
}
