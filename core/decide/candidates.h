/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CANDIDATES_H
#define DSFIT_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/fewest_nodes.h"

/* Which requests a plan tries: how many nodes of a GPU type, with so many GPUs on each. */

/* What applies to all rows of one partition (or of the list of partitions that was asked for). */
struct dsfit_place {
	const char *partition;		/* as in a request */
	bool is_asked;			/* the one that was asked for, or the default one */
	struct dsfit_policy policy;	/* the strictest of each rule */
	struct dsfit_limits limits;	/* of a job there */
	bool preemptible;
	enum dsfit_verdict aim;		/* the worst verdict that a row may have */
	bool more_nodes;		/* rows may have more nodes than were asked for */
};

/* The classes of one GPU type in a place: a request for the type may land on any of them. */
struct dsfit_group {
	const struct dsfit_place *place;
	const struct dsfit_node_class *const *classes;	/* at least 1 */
	size_t count;
};

/* GPUs per node that are tried on a group. */
struct dsfit_gpus_per_node {
	uint64_t gpus;
	uint64_t nodes_max;		/* more nodes gain nothing; UINT64_MAX: no limit */
	bool divides;			/* they divide the GPUs of some class of the group */
};

/* So many nodes of a class. */
struct dsfit_candidate {
	const struct dsfit_node_class *class;
	uint64_t nodes;
};

#define DSFIT_CANDIDATES_MAX 6

/*
 * The numbers of nodes to try with so many GPUs per node, fewest first: for each class the smallest
 * that has room, and one node more than each class has, which keeps the job off that class if no
 * feature does. Returns how many, at most DSFIT_CANDIDATES_MAX. A class without room goes to
 * plan->closest.
 */
size_t dsfit_list_candidates(struct dsfit_sizing *sizing, const struct dsfit_group *group,
			     const struct dsfit_gpus_per_node *per_node,
			     struct dsfit_candidate out[DSFIT_CANDIDATES_MAX]);

/* The numbers of nodes of a class that may be asked for, *first to *last. False if there are
 * none. */
bool dsfit_node_range(const struct dsfit_plan *plan, const struct dsfit_place *place,
		      const struct dsfit_node_class *class,
		      const struct dsfit_gpus_per_node *per_node, uint64_t *first, uint64_t *last);

/* Of the classes with at least so many GPUs per node, or with `whole` exactly so many, the one with
 * the most nodes; NULL if there is none. */
const struct dsfit_node_class *dsfit_most_nodes(const struct dsfit_group *group, uint64_t gpus,
						bool whole);

/* The request for a candidate: what was asked, with its partition, GPU type, nodes and GPUs. */
void dsfit_candidate_request(const struct dsfit_plan *plan, const struct dsfit_place *place,
			     const struct dsfit_candidate *candidate, uint64_t gpus_per_node,
			     struct dsfit_request *out);

#endif
