/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/placement.h"

#include <string.h>

#include "core/base/size.h"
#include "core/request/features.h"

uint64_t dsfit_tasks(const struct dsfit_request *request, uint64_t nodes)
{
	if (request->tasks)
		return request->tasks;
	return dsfit_mul(request->tasks_per_node ? request->tasks_per_node : 1, nodes);
}

/* How many tasks a node of the class has room for, none of them on two; 0 where nothing says so. */
static uint64_t tasks_of_node(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t most = r->tasks_per_node, each = r->cpus_per_task ? r->cpus_per_task : 1;

	if (!r->cpus_per_gpu && class->cpus >= each && (!most || class->cpus / each < most))
		most = class->cpus / each;
	return most;
}

uint64_t dsfit_nodes_least(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t n = r->nodes_min ? r->nodes_min : 1, most = tasks_of_node(r, class);

	if (dsfit_features_nodes(r->features) > n)
		n = dsfit_features_nodes(r->features);
	return most && dsfit_div_up(r->tasks, most) > n ? dsfit_div_up(r->tasks, most) : n;
}

/* Nodes and GPUs a node, before asking whether the class has them. */
bool dsfit_lay_out(const struct dsfit_request *r, const struct dsfit_node_class *class,
		   struct dsfit_layout *layout)
{
	uint64_t n = dsfit_nodes_least(r, class), tasks, per_node;

	layout->tflops = class->gpu->tflops;
	layout->context = class->gpu->context;
	switch (r->scope) {
	case DSFIT_GPUS_PER_NODE:
		layout->gpus_per_node = r->gpus;
		layout->gpus = dsfit_mul(n, r->gpus);
		break;
	case DSFIT_GPUS_PER_JOB:
		if (dsfit_div_up(r->gpus, class->gpus) > n)
			n = dsfit_div_up(r->gpus, class->gpus);
		layout->gpus_per_node = dsfit_div_up(r->gpus, n);
		layout->gpus = r->gpus;
		break;
	case DSFIT_GPUS_PER_TASK:
		tasks = dsfit_tasks(r, n);
		if (r->gpus > class->gpus || !r->gpus)
			return false;
		per_node = class->gpus / r->gpus;
		if (r->tasks && dsfit_div_up(tasks, per_node) > n)
			n = dsfit_div_up(tasks, per_node);
		layout->gpus_per_node = dsfit_mul(r->gpus, dsfit_div_up(tasks, n));
		layout->gpus = dsfit_mul(r->gpus, tasks);
		break;
	default:
		if (!r->exclusive)
			return false;
		/* --exclusive takes all that is on the node. */
		layout->gpus_per_node = class->gpus;
		layout->gpus = dsfit_mul(n, class->gpus);
		break;
	}
	layout->nodes = n;
	return layout->gpus > 0;
}

uint64_t dsfit_cpus_per_node(const struct dsfit_request *request,
			     const struct dsfit_layout *layout)
{
	uint64_t each = request->cpus_per_task ? request->cpus_per_task : 1;
	uint64_t tasks = request->tasks_per_node;

	if (request->cpus_per_gpu)
		return dsfit_mul(request->cpus_per_gpu, layout->gpus_per_node);
	if (!tasks && !request->tasks && request->tasks_per_gpu)
		tasks = dsfit_mul(request->tasks_per_gpu, layout->gpus_per_node);
	if (!tasks)
		tasks = dsfit_div_up(dsfit_tasks(request, layout->nodes), layout->nodes);
	return dsfit_mul(tasks, each);
}

uint64_t dsfit_memory_per_node(const struct dsfit_site *site, const struct dsfit_request *r,
			       const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout)
{
	const struct dsfit_default_memory *unset = &site->default_memory;

	switch (r->memory_scope) {
	case DSFIT_MEMORY_PER_NODE:
		return r->memory;
	case DSFIT_MEMORY_PER_GPU:
		return dsfit_mul(r->memory, layout->gpus_per_node);
	case DSFIT_MEMORY_PER_CPU:
		return dsfit_mul(r->memory, dsfit_cpus_per_node(r, layout));
	case DSFIT_MEMORY_UNSET:
		if (unset->per_gpu)
			return dsfit_mul(unset->per_gpu, layout->gpus_per_node);
		if (unset->per_cpu)
			return dsfit_mul(unset->per_cpu, dsfit_cpus_per_node(r, layout));
		if (unset->per_node)
			return unset->per_node;
		return class->memory;
	default:
		return class->memory;
	}
}

bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *r,
		   const struct dsfit_node_class *class)
{
	return (!r->gpu_type[0] || !strcmp(r->gpu_type, class->gres_type)) &&
	       dsfit_class_in_partition(site, class, r->partition) &&
	       dsfit_features_match(r->features, &class->features,
				    r->nodes_max > r->nodes_min ? r->nodes_max : r->nodes_min);
}

/* The layout on a class that matches; false where it is not large enough. */
bool dsfit_place_matching(const struct dsfit_site *site, const struct dsfit_request *r,
			  const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	if (!dsfit_lay_out(r, class, layout))
		return false;
	if (layout->gpus_per_node > class->gpus || layout->nodes > class->count)
		return false;
	if (r->nodes_max && layout->nodes > r->nodes_max)
		return false;
	if (class->scratch && r->scratch > class->scratch)
		return false;
	if (class->cpus && dsfit_cpus_per_node(r, layout) > class->cpus)
		return false;
	return !class->memory || dsfit_memory_per_node(site, r, class, layout) <= class->memory;
}

bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	return dsfit_matches(site, request, class) &&
	       dsfit_place_matching(site, request, class, layout);
}

/* What is known of a class that no site has: that it holds whatever is asked. */
struct dsfit_node_class dsfit_stated_class(void)
{
	static const struct dsfit_gpu no_gpu;

	return (struct dsfit_node_class){ .gpu = &no_gpu, .gpus = UINT64_MAX, .price = -1 };
}

/*
 * GPUs of a request at the most, which takes `layout` at the least: on all the nodes that it lets
 * Slurm give it, if there are so many, and all of a node, `whole`, where it takes nodes whole.
 */
static uint64_t most_gpus(const struct dsfit_request *r, const struct dsfit_layout *layout,
			  uint64_t nodes, uint64_t whole)
{
	uint64_t n = r->nodes_max < nodes ? r->nodes_max : nodes;

	if (n < layout->nodes)
		n = layout->nodes;
	if (r->exclusive && whole)
		return dsfit_mul(n, whole);
	if (r->scope == DSFIT_GPUS_PER_NODE)
		return dsfit_mul(n, r->gpus);
	if (r->scope == DSFIT_GPUS_PER_TASK)
		return dsfit_mul(dsfit_tasks(r, n), r->gpus);
	return layout->gpus;
}

/* The same where no one class holds the request: of several, or as it states them. */
static uint64_t stated_gpus(const struct dsfit_request *r, uint64_t whole)
{
	const struct dsfit_node_class stated = dsfit_stated_class();
	struct dsfit_layout layout;

	if ((r->scope == DSFIT_GPUS_UNSET && !whole) || !dsfit_lay_out(r, &stated, &layout))
		return 0;
	/* Their memory may part the tasks. */
	if (r->tasks > layout.nodes && !r->nodes_max)
		layout.nodes = r->tasks;
	return most_gpus(r, &layout, UINT64_MAX, whole);
}

uint64_t dsfit_gpus(const struct dsfit_site *site, const struct dsfit_request *request)
{
	uint64_t most = 0, nodes = 0, whole = 0, gpus;
	struct dsfit_layout layout;

	if (dsfit_asks_nothing(request))
		return 0;
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (!dsfit_matches(site, request, class))
			continue;
		nodes = dsfit_add(nodes, class->count);
		if (class->gpus > whole)
			whole = class->gpus;
	}
	for (size_t i = 0; i < site->class_count; i++) {
		if (!dsfit_place(site, request, &site->classes[i], &layout))
			continue;
		gpus = most_gpus(request, &layout, nodes, site->classes[i].gpus);
		if (gpus > most)
			most = gpus;
	}
	return most ? most : stated_gpus(request, whole);
}
