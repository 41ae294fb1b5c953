/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PROCESSES_H
#define DSFIT_PROCESSES_H

#include <stdbool.h>

#include "core/request/placement.h"

/*
 * Who starts the processes of a training. DeepSpeed runs one process (rank) on each GPU. Either
 * Slurm starts them all, as tasks, or it starts one task on each node and a launcher there starts
 * the others. The tasks of a request tell which of the two it is. A correction must keep it that
 * way, because DeepSpeed does not use a GPU that has no process.
 */

enum dsfit_launch {
	DSFIT_LAUNCH_LAUNCHER,		/* one task on each node: torchrun, deepspeed, accelerate */
	DSFIT_LAUNCH_TASKS,		/* one task on each GPU */
	DSFIT_LAUNCH_OTHER,		/* any other number of tasks */
};

/* Whether the request has one task for each GPU by what it says itself: --gpus-per-task=1,
 * --ntasks-per-gpu=1, or as many tasks as GPUs and more than the nodes that it states. */
bool dsfit_one_task_per_gpu(const struct dsfit_request *request);

/* The processes that Slurm starts where the request has this layout. */
uint64_t dsfit_processes(const struct dsfit_request *request, const struct dsfit_layout *layout);

/* How the request starts its processes where it has this layout. */
enum dsfit_launch dsfit_launch_of(const struct dsfit_request *request,
				  const struct dsfit_layout *layout);

#endif
