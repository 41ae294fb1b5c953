/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/resize.h"

#include "core/base/size.h"
#include "core/request/processes.h"

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return dsfit_mul(dsfit_div_up(bytes, unit), unit);
}

/* `need` bytes per node as bytes for each of `per` GPUs or CPUs of the node. In whole GiB if that
 * is within the node's memory `has` (0: not known), else in whole MiB, Slurm's unit. */
static uint64_t round_memory(uint64_t need, uint64_t per, uint64_t has)
{
	uint64_t memory = round_up(dsfit_div_up(need, per), DSFIT_GIB);

	if (has && dsfit_mul(memory, per) > has)
		memory = round_up(dsfit_div_up(need, per), DSFIT_MIB);
	if (has && dsfit_mul(memory, per) > has)
		memory = need / per / DSFIT_MIB * DSFIT_MIB;
	return memory;
}

bool dsfit_resize_memory(struct dsfit_request *r, const struct dsfit_node_class *class,
			 const struct dsfit_layout *layout, uint64_t need)
{
	enum dsfit_memory_scope scope = r->memory_scope;
	uint64_t per = 1, memory;

	if (scope == DSFIT_MEMORY_WHOLE_NODE)
		return false;
	/* All memory of the node may turn "exceeds" into "tight". */
	if (class->memory)
		need = dsfit_min(need, class->memory);
	/* Per GPU the memory stays right if the number of GPUs changes later. Slurm knows of no
	 * GPUs in --exclusive alone. */
	if (scope == DSFIT_MEMORY_UNSET)
		scope = r->exclusive && r->scope == DSFIT_GPUS_UNSET ? DSFIT_MEMORY_PER_NODE :
								       DSFIT_MEMORY_PER_GPU;
	if (scope == DSFIT_MEMORY_PER_GPU)
		per = dsfit_gpus_allocated(r, class, layout);
	else if (scope == DSFIT_MEMORY_PER_CPU)
		per = dsfit_cpus_allocated(r, class, layout);
	memory = round_memory(need, per, class->memory);
	if (memory <= r->memory)
		return false;
	r->memory_scope = scope;
	r->memory = memory;
	return true;
}

bool dsfit_resize_scratch(struct dsfit_request *r, uint64_t need)
{
	need = round_up(need, DSFIT_GIB);
	if (need <= r->scratch)
		return false;
	r->scratch = need;
	return true;
}

/* Ask for n nodes. A maximum rises with the minimum; --nodes=N is both. If fewer tasks than nodes
 * were asked for, Slurm gives one node for each task, and the request stays as it is. */
static void set_nodes(struct dsfit_request *r, uint64_t n)
{
	if (n < r->nodes_min)
		return;
	if (r->nodes_max < n && (r->nodes_max || r->nodes_min != n))
		r->nodes_max = n;
	r->nodes_min = n;
}

/* Whether the number of tasks may not be changed. `bound` is the caller's: see
 * dsfit_resize_gpus(). */
static bool tasks_stay(const struct dsfit_request *r, bool bound)
{
	return bound && !r->tasks_follow;
}

/* `gpus` per job. With --ntasks-per-gpu more GPUs mean more tasks. No plugin can raise these: Slurm
 * has made both numbers of the options. */
static bool set_gpus_per_job(struct dsfit_request *r, bool bound, uint64_t gpus)
{
	bool more_tasks = r->tasks_per_gpu && r->tasks && gpus != r->gpus;

	if (more_tasks && bound)
		return false;
	if (more_tasks)
		r->tasks = dsfit_mul(gpus, r->tasks_per_gpu);
	r->gpus = gpus;
	return true;
}

/*
 * `gpus` in all, at most `per_node` on a node, in GPUs per task. All GPUs of a task are on one
 * node, so if the present tasks cannot have so many, there have to be more tasks. A task with one
 * GPU is one process of the training: more GPUs are of use only to more tasks.
 */
static bool set_gpus_per_task(struct dsfit_request *r, bool bound, uint64_t tasks, uint64_t gpus,
			      uint64_t per_node)
{
	uint64_t each = !tasks || gpus % tasks ? 0 : gpus / tasks;

	if (each && each <= per_node && (each == r->gpus || r->gpus != 1) &&
	    (!r->tasks_per_node || dsfit_mul(r->tasks_per_node, each) == per_node)) {
		r->gpus = each;
		return true;
	}
	if (tasks_stay(r, bound) || !r->gpus || gpus % r->gpus || (!r->tasks && r->gpus != 1))
		return false;
	if (r->tasks_per_node) {
		/* That is typed on a command line, and no plugin can change it. */
		if (per_node % r->gpus || (bound && r->tasks_per_node != per_node / r->gpus))
			return false;
		r->tasks_per_node = per_node / r->gpus;
	}
	if (r->tasks || !r->tasks_per_node)
		r->tasks = gpus / r->gpus;
	return true;
}

/* The same for one task per GPU in any other form. */
static bool set_tasks(struct dsfit_request *r, bool bound, uint64_t gpus, uint64_t per_node)
{
	if (r->tasks && r->tasks != gpus) {
		if (tasks_stay(r, bound))
			return false;
		r->tasks = gpus;
	}
	if (r->tasks_per_node && r->tasks_per_node != per_node) {
		if (bound)
			return false;
		r->tasks_per_node = per_node;
	}
	return true;
}

/* Whether the request has --ntasks and as many GPUs per node as --ntasks-per-gpu makes of it. */
static bool tasks_fill_gpus(const struct dsfit_request *r)
{
	uint64_t of_node = dsfit_mul(r->tasks_per_gpu, r->gpus);

	return r->scope == DSFIT_GPUS_PER_NODE && of_node && r->tasks &&
	       r->tasks == dsfit_mul(of_node, dsfit_max(r->nodes_min,
							dsfit_div_up(r->tasks, of_node)));
}

static bool resize_gpus(struct dsfit_request *r, bool bound, uint64_t n, uint64_t per_node)
{
	uint64_t tasks = dsfit_tasks(r, n), gpus = dsfit_mul(n, per_node);
	bool one_task_per_gpu = dsfit_one_task_per_gpu(r), filled = tasks_fill_gpus(r);

	if (r->scope == DSFIT_GPUS_PER_JOB) {
		if (!set_gpus_per_job(r, bound, gpus))
			return false;
	} else if (r->scope == DSFIT_GPUS_PER_TASK) {
		if (!set_gpus_per_task(r, bound, tasks, gpus, per_node))
			return false;
	} else {
		/* As with set_gpus_per_job(), no plugin can raise these tasks. */
		if (filled && bound && r->tasks != dsfit_mul(gpus, r->tasks_per_gpu))
			return false;
		if (filled)
			r->tasks = dsfit_mul(gpus, r->tasks_per_gpu);
		r->scope = DSFIT_GPUS_PER_NODE;
		r->gpus = per_node;
	}
	if (one_task_per_gpu && r->scope != DSFIT_GPUS_PER_TASK && !r->tasks_per_gpu &&
	    !set_tasks(r, bound, gpus, per_node))
		return false;
	if (r->nodes_given || r->scope == DSFIT_GPUS_PER_NODE ||
	    (r->scope == DSFIT_GPUS_PER_TASK && !r->tasks))
		set_nodes(r, n);
	if ((!bound || r->tasks_follow) && r->tasks && r->tasks < n &&
	    r->scope != DSFIT_GPUS_PER_TASK)
		r->tasks = n;
	/* Slurm starts no job whose tasks its nodes have no room for. */
	return !r->tasks_per_node || r->tasks <= dsfit_mul(n, r->tasks_per_node);
}

bool dsfit_resize_gpus(struct dsfit_request *r, bool bound, uint64_t nodes, uint64_t gpus)
{
	struct dsfit_request resized = *r;

	if (!resize_gpus(&resized, bound, nodes, gpus))
		return false;
	*r = resized;
	return true;
}
