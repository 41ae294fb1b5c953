/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CORE_REQUEST_H
#define DSFIT_CORE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/names.h"
#include "core/site/policy.h"

#define DSFIT_EXPRESSION_MAX 256

enum dsfit_gpu_scope {
	DSFIT_GPUS_UNSET,
	DSFIT_GPUS_PER_NODE,
	DSFIT_GPUS_PER_JOB,
	DSFIT_GPUS_PER_TASK,
};

enum dsfit_memory_scope {
	DSFIT_MEMORY_UNSET,		/* the site's default */
	DSFIT_MEMORY_PER_NODE,
	DSFIT_MEMORY_PER_GPU,
	DSFIT_MEMORY_PER_CPU,
	DSFIT_MEMORY_WHOLE_NODE,
};

/* Why a request's node count cannot simply be raised. */
enum dsfit_nodes_bound {
	DSFIT_NODES_FREE,
	DSFIT_NODES_BOUND_BY_TASKS,	/* a task count was typed; up to nodes_limit */
	DSFIT_NODES_BOUND_BY_LAUNCH,	/* srun has fixed how many tasks it starts */
	DSFIT_NODES_BOUND_BY_LIST,	/* the nodes are named */
};

/* A request as the user asked, whatever words it was asked in. */
struct dsfit_request {
	enum dsfit_gpu_scope scope;
	uint64_t gpus;				/* in that scope */
	char gpu_type[DSFIT_NAME_MAX];		/* the gres type; "" for any */
	uint64_t nodes_min;			/* at least 1 */
	uint64_t nodes_max;			/* 0: not limited */
	bool nodes_given;
	uint64_t tasks;				/* 0: not given */
	uint64_t tasks_per_node;		/* 0: not given */
	uint64_t tasks_per_gpu;			/* 0: not given; with tasks GPUs follow */
	uint64_t cpus_per_task;			/* 0: not given */
	uint64_t cpus_per_gpu;			/* 0: not given */
	enum dsfit_memory_scope memory_scope;
	uint64_t memory;			/* bytes in that scope */
	uint64_t scratch;			/* bytes a node; 0: not given */
	char features[DSFIT_EXPRESSION_MAX];	/* a feature expression; "" for none */
	char partition[DSFIT_EXPRESSION_MAX];	/* a comma list; "" for the default */
	bool exclusive;
	enum dsfit_nodes_bound bound;
	uint64_t nodes_limit;			/* the highest node count that `bound` allows */
	/* Bits of enum dsfit_change that may lead to other nodes than the user chose, by name or
	 * by reservation: which those are is not known here. */
	unsigned kept;
	bool tasks_follow;			/* with more nodes `tasks` may become as many */
	/* The asker's own, carried along and never read: the option that asked for the GPUs, and
	 * the gres beside them. */
	unsigned form;
	char other_gres[DSFIT_EXPRESSION_MAX];
};

/* Whether it asks for no GPU at all, not even with a whole node's. */
bool dsfit_asks_nothing(const struct dsfit_request *request);

#endif
