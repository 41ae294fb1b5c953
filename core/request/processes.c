/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/processes.h"

#include "core/base/size.h"

/* The nodes that the request alone says, as far as tasks per node say it. */
static uint64_t stated_nodes(const struct dsfit_request *r)
{
	uint64_t nodes = dsfit_max(r->nodes_min, 1), tasks = r->tasks;

	if (!r->tasks_per_node)
		return nodes;
	if (!tasks && r->scope == DSFIT_GPUS_PER_JOB)
		tasks = r->gpus;
	return dsfit_max(nodes, dsfit_div_up(tasks, r->tasks_per_node));
}

bool dsfit_one_task_per_gpu(const struct dsfit_request *r)
{
	uint64_t nodes = stated_nodes(r), tasks = dsfit_tasks(r, nodes), gpus = r->gpus;

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

uint64_t dsfit_processes(const struct dsfit_request *r, const struct dsfit_layout *layout)
{
	if (r->tasks_per_gpu && !r->tasks && !r->tasks_per_node)
		return dsfit_mul(r->tasks_per_gpu, layout->gpus);
	return dsfit_tasks(r, layout->nodes);
}

enum dsfit_launch dsfit_launch_of(const struct dsfit_request *r, const struct dsfit_layout *layout)
{
	uint64_t processes = dsfit_processes(r, layout);

	if (processes == layout->gpus &&
	    (processes > layout->nodes || r->scope == DSFIT_GPUS_PER_TASK))
		return DSFIT_LAUNCH_TASKS;
	return processes == layout->nodes ? DSFIT_LAUNCH_LAUNCHER : DSFIT_LAUNCH_OTHER;
}
