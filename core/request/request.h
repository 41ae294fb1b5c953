/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CORE_REQUEST_H
#define DSFIT_CORE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/names.h"
#include "core/site/policy.h"

/*
 * A request: what a job asks Slurm for. Slurm has many options for the same thing (--gpus,
 * --gres, --gpus-per-task; --mem, --mem-per-gpu), and each counts in a unit of its own. A request
 * keeps the number in the unit that the user chose, because a corrected request is written back in
 * the same option.
 */

/* Characters of a feature expression or a list of partitions, with the terminator. */
#define DSFIT_EXPRESSION_MAX 256

/* Characters of an option with an account. */
#define DSFIT_ACCOUNT_MAX 80

/* What `gpus` counts. */
enum dsfit_gpu_scope {
	DSFIT_GPUS_UNSET,		/* no number of GPUs is given */
	DSFIT_GPUS_PER_NODE,
	DSFIT_GPUS_PER_JOB,
	DSFIT_GPUS_PER_TASK,
};

/* What `memory` is the host memory of. */
enum dsfit_memory_scope {
	DSFIT_MEMORY_UNSET,		/* no memory is given: the site's default applies */
	DSFIT_MEMORY_PER_NODE,
	DSFIT_MEMORY_PER_GPU,
	DSFIT_MEMORY_PER_CPU,
	DSFIT_MEMORY_WHOLE_NODE,	/* --mem=0: all memory of the node */
};

/* Why the number of nodes cannot simply be raised. */
enum dsfit_nodes_bound {
	DSFIT_NODES_FREE,
	DSFIT_NODES_BOUND_BY_TASKS,	/* the user typed a number of tasks */
	DSFIT_NODES_BOUND_BY_LAUNCH,	/* srun has already fixed how many tasks it starts */
	DSFIT_NODES_BOUND_BY_LIST,	/* the user named the nodes */
};

struct dsfit_request {
	enum dsfit_gpu_scope scope;
	uint64_t gpus;				/* in that scope */
	char gpu_type[DSFIT_NAME_MAX];		/* the gres type; "" for any */
	uint64_t nodes_min;			/* at least 1; 0 is treated as 1 */
	uint64_t nodes_max;			/* 0: no maximum */
	bool nodes_given;			/* the user typed a number of nodes */
	uint64_t tasks;				/* --ntasks; 0: not given */
	uint64_t tasks_per_node;		/* --ntasks-per-node; 0: not given */
	uint64_t tasks_per_gpu;			/* --ntasks-per-gpu; 0: not given. With `tasks` it
						 * determines the number of GPUs */
	uint64_t cpus_per_task;			/* 0: not given */
	uint64_t cpus_per_gpu;			/* 0: not given */
	enum dsfit_memory_scope memory_scope;
	uint64_t memory;			/* bytes, in that scope */
	uint64_t scratch;			/* --tmp, bytes per node; 0: not given */
	char features[DSFIT_EXPRESSION_MAX];	/* --constraint; "" for none */
	char partition[DSFIT_EXPRESSION_MAX];	/* a comma list; "" for the default partition */
	char qos[2 * DSFIT_NAME_MAX];		/* a comma list; "" for the default one */
	bool exclusive;				/* --exclusive: whole nodes with all their GPUs */
	enum dsfit_nodes_bound bound;
	uint64_t nodes_limit;			/* the most nodes that `bound` allows */
	/* Bits of enum dsfit_change. The user chose the nodes by name or by reservation, and these
	 * changes could lead away from them; dsfit cannot know, because it does not know which
	 * nodes those are. */
	unsigned kept;
	bool tasks_follow;			/* `tasks` may rise with the number of nodes */
	/* For the caller, never read here: the option that asked for the GPUs, and the other gres
	 * that stood in it. */
	unsigned form;
	char other_gres[DSFIT_EXPRESSION_MAX];
	/* The option that names the account, as a shell takes it: " -A physics"; "" for none. */
	char account[DSFIT_ACCOUNT_MAX];
	/* The options with which the user chose nodes, and those that leave some out, as a shell
	 * takes them. A request that may land elsewhere has none of the first. */
	char chosen_nodes[DSFIT_EXPRESSION_MAX];
	char excluded_nodes[DSFIT_EXPRESSION_MAX];
};

/* Whether the request asks for no GPU, neither by a number nor with whole nodes. */
bool dsfit_asks_nothing(const struct dsfit_request *request);

/*
 * The parts in which two requests differ: bits of enum dsfit_change. A different number of tasks is
 * a change of the GPUs if each task has GPUs of its own, and otherwise none.
 */
unsigned dsfit_request_difference(const struct dsfit_request *from, const struct dsfit_request *to);

#endif
