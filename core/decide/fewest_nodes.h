/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FEWEST_NODES_H
#define DSFIT_FEWEST_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide/plan_inputs.h"

/* The smallest number of nodes of a class on which a job has room, with so many GPUs on each. */

/* What a job needs on a layout: bytes per GPU, and of host memory and scratch per node. */
struct dsfit_need {
	uint64_t nodes, gpus_per_node, context;	/* which layout, and its card's CUDA context */
	uint64_t gpu_low, gpu_high, host_low, host_high, nvme_low, nvme_high;
};

#define DSFIT_NEEDS_KEPT 256

/* Of one plan. Begin with zeroes, then set the first three. */
struct dsfit_sizing {
	const struct dsfit_plan *plan;
	struct dsfit_accounts *accounts;	/* the plan's */
	uint64_t *budget;		/* layouts that may still be looked at, counted down */
	bool gpus_fit;			/* GPUs were large enough on some layout so far */
	struct dsfit_need kept[DSFIT_NEEDS_KEPT];	/* the last ones, by their layout */
};

/* Take so many layouts from the budget. Returns false if that leaves nothing of it. */
bool dsfit_spend(uint64_t *budget, uint64_t layouts);

/* What the job needs on a layout. Valid until the next call. */
const struct dsfit_need *dsfit_need_of(struct dsfit_sizing *sizing,
				       const struct dsfit_node_class *class, uint64_t nodes,
				       uint64_t gpus_per_node);

/* Whether the training runs on so many GPUs at all; see dsfit_layout_check(). */
bool dsfit_runs_on(const struct dsfit_sizing *sizing, uint64_t nodes, uint64_t gpus_per_node);

/* The first number of nodes from `first` to `last` on which the training runs; `first` if there is
 * none or the budget is spent. */
uint64_t dsfit_next_nodes(const struct dsfit_sizing *sizing, uint64_t first, uint64_t last,
			  uint64_t gpus_per_node);

/*
 * Whether GPUs, host memory and scratch are large enough on so many nodes. A GPU has to fit; of
 * host memory and scratch `aim` is the worst verdict that is good enough.
 */
bool dsfit_has_room(struct dsfit_sizing *sizing, enum dsfit_verdict aim,
		    const struct dsfit_node_class *class, uint64_t nodes, uint64_t gpus_per_node);

/* Whether GPUs are too small on up to so many nodes, for as little as a training needs anywhere.
 * Then dsfit_has_room() is false on all of them. */
bool dsfit_is_hopeless(struct dsfit_accounts *accounts, const struct dsfit_node_class *class,
		       uint64_t nodes, uint64_t gpus_per_node);

/* The smallest number of nodes from `first` to `last` that has room and on which the training runs;
 * 0 if there is none or the budget is spent. */
uint64_t dsfit_fewest_nodes(struct dsfit_sizing *sizing, enum dsfit_verdict aim,
			    const struct dsfit_node_class *class, uint64_t first, uint64_t last,
			    uint64_t gpus_per_node);

#endif
