/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/processes.h"

#include "core/base/size.h"

bool dsfit_one_task_per_gpu(const struct dsfit_request *r)
{
	uint64_t nodes = dsfit_max(r->nodes_min, 1), tasks = dsfit_tasks(r, nodes);
	uint64_t gpus = r->gpus;

	switch (r->scope) {
	case DSFIT_GPUS_PER_TASK:
		return r->gpus == 1;
	case DSFIT_GPUS_PER_NODE:
		gpus = dsfit_mul(nodes, r->gpus);
		break;
	case DSFIT_GPUS_PER_JOB:
		break;
	default:
		return false;
	}
	if (r->tasks_per_gpu && !r->tasks && !r->tasks_per_node)
		return r->tasks_per_gpu == 1;
	return tasks == gpus && tasks > nodes;
}

enum dsfit_launch dsfit_launch_of(const struct dsfit_request *r, const struct dsfit_layout *layout)
{
	if (dsfit_one_task_per_gpu(r))
		return DSFIT_LAUNCH_TASKS;
	if (r->tasks_per_gpu && !r->tasks && !r->tasks_per_node)
		return DSFIT_LAUNCH_OTHER;
	return dsfit_tasks(r, layout->nodes) == layout->nodes ? DSFIT_LAUNCH_LAUNCHER :
								DSFIT_LAUNCH_OTHER;
}
