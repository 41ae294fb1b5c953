/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request does not say on which nodes the job runs: Slurm chooses, and the same request is laid
 * out differently on different nodes. --gpus=8 is one node of eight GPUs or two nodes of four. The
 * memory of a GPU and of a node depends on that layout, so it is worked out for each class of
 * nodes:
 *
 *     1. names     GPU type, partition, --constraint            dsfit_matches()
 *     2. nodes     asked for, counted in --constraint, or
 *                  taken by tasks and their CPUs                dsfit_nodes_least()
 *     3. GPUs      per node, or per job or task spread over
 *                  these nodes, or over more if they need more  dsfit_lay_out()
 *                  Slurm fills a node before it takes the next
 *                  one, and leaves one GPU for each of the rest
 *     4. capacity  nodes, GPUs, CPUs, memory and scratch of
 *                  the class                                    dsfit_place_matching()
 *
 * Slurm places a job by cores, sockets and what is free at the moment, too. None of that is known
 * here, so a class that is accepted may still be impossible to Slurm; the reverse should not
 * happen. The rules are those of sbatch(1) and slurm.conf(5).
 */
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

/* The most tasks on a node, 0 for any number, if its GPUs allow no more: --ntasks-per-gpu. */
static uint64_t per_gpus(const struct dsfit_request *r, uint64_t most)
{
	uint64_t allowed = dsfit_mul(r->gpus, r->tasks_per_gpu);

	if (r->scope != DSFIT_GPUS_PER_NODE || !allowed)
		return most;
	return most ? dsfit_min(most, allowed) : allowed;
}

/* The most tasks that run on one node of the class; 0 if nothing limits them. */
static uint64_t tasks_of_node(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t most = r->tasks_per_node, each = r->cpus_per_task ? r->cpus_per_task : 1;

	if (!r->cpus_per_gpu && class->cpus >= each && (!most || class->cpus / each < most))
		most = class->cpus / each;
	return per_gpus(r, most);
}

uint64_t dsfit_nodes_least(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t n = r->nodes_min ? r->nodes_min : 1, most;

	/* sbatch, salloc and srun ask for no more nodes than there are tasks. */
	if (r->tasks)
		n = dsfit_min(n, r->tasks);
	if (r->features[0])
		n = dsfit_max(n, dsfit_features_nodes(r->features));
	if (!r->tasks)
		return n;
	most = class ? tasks_of_node(r, class) : per_gpus(r, r->tasks_per_node);
	return most ? dsfit_max(n, dsfit_div_up(r->tasks, most)) : n;
}

/* The memory that comes with each GPU of a request that asks for none, by one default; 0: none. */
static uint64_t default_per_gpu(const struct dsfit_default_memory *unset,
				const struct dsfit_request *r,
				const struct dsfit_node_class *class,
				const struct dsfit_layout *layout)
{
	(void)class;
	(void)layout;
	return unset->per_gpu ? unset->per_gpu : dsfit_mul(unset->per_cpu, r->cpus_per_gpu);
}

/* The number of bytes that a default of this kind gives a request. `class` and `layout` are the
 * caller's. */
typedef uint64_t memory_given(const struct dsfit_default_memory *unset,
			      const struct dsfit_request *r, const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout);

/* The least number of the partitions that the request lists: the job may run in any of them. */
static uint64_t least_default(const struct dsfit_site *site, const struct dsfit_request *r,
			      const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout, memory_given *given)
{
	const char *list = r->partition;
	uint64_t least = UINT64_MAX;

	if (!site->partitions_differ_in_memory)
		return given(&site->default_memory, r, class, layout);
	do {
		const struct dsfit_partition *one = dsfit_site_next_partition(site, &list);

		least = dsfit_min(least, given(one ? &one->default_memory : &site->default_memory,
					       r, class, layout));
	} while (*list);
	return least;
}

/* Host memory in bytes that comes with each GPU; 0 if the request has it per node. */
static uint64_t memory_per_gpu(const struct dsfit_site *site, const struct dsfit_request *r)
{
	switch (r->memory_scope) {
	case DSFIT_MEMORY_PER_GPU:
		return r->memory;
	case DSFIT_MEMORY_PER_CPU:
		return dsfit_mul(r->memory, r->cpus_per_gpu);
	case DSFIT_MEMORY_UNSET:
		return least_default(site, r, NULL, NULL, default_per_gpu);
	default:
		return 0;
	}
}

uint64_t dsfit_gpus_of_node(const struct dsfit_site *site, const struct dsfit_request *r,
			    const struct dsfit_node_class *class)
{
	uint64_t most = class->gpus, each = memory_per_gpu(site, r);

	if (class->cpus && r->cpus_per_gpu)
		most = dsfit_min(most, class->cpus / r->cpus_per_gpu);
	if (class->memory && each)
		most = dsfit_min(most, class->memory / each);
	return most;
}

uint64_t dsfit_spread(uint64_t count, uint64_t most, uint64_t nodes)
{
	return dsfit_min(most, dsfit_max(dsfit_sub(count, nodes - 1), dsfit_div_up(count, nodes)));
}

/*
 * GPUs per task. Slurm puts as many tasks on a node as there is room for; with --ntasks-per-node it
 * puts exactly so many, and places no job that has fewer.
 */
static bool lay_out_tasks(const struct dsfit_site *site, const struct dsfit_request *r,
			  const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	uint64_t n = layout->nodes, tasks = dsfit_tasks(r, n), cpus = tasks_of_node(r, class);
	uint64_t most = r->gpus ? dsfit_gpus_of_node(site, r, class) / r->gpus : 0;

	if (!most || (r->tasks_per_node && (most < r->tasks_per_node || tasks < r->tasks_per_node)))
		return false;
	if (cpus)
		most = dsfit_min(most, cpus);
	if (r->tasks)
		n = dsfit_max(n, dsfit_div_up(tasks, most));
	layout->nodes = n;
	layout->gpus_per_node = dsfit_mul(r->gpus, r->tasks_per_node ? r->tasks_per_node :
						   dsfit_spread(tasks, most, n));
	layout->gpus = dsfit_mul(r->gpus, tasks);
	return true;
}

bool dsfit_lay_out(const struct dsfit_site *site, const struct dsfit_request *r,
		   const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	uint64_t most;

	layout->nodes = dsfit_nodes_least(r, class);
	layout->tflops = class->gpu->tflops;
	layout->context = class->gpu->context;
	switch (r->scope) {
	case DSFIT_GPUS_PER_NODE:
		layout->gpus_per_node = r->gpus;
		layout->gpus = dsfit_mul(layout->nodes, r->gpus);
		break;
	case DSFIT_GPUS_PER_JOB:
		most = dsfit_gpus_of_node(site, r, class);
		if (!most)
			return false;
		layout->nodes = dsfit_max(layout->nodes, dsfit_div_up(r->gpus, most));
		/* Slurm gives each node one at least. */
		if (layout->nodes > r->gpus)
			return false;
		layout->gpus_per_node = dsfit_spread(r->gpus, most, layout->nodes);
		layout->gpus = r->gpus;
		break;
	case DSFIT_GPUS_PER_TASK:
		return lay_out_tasks(site, r, class, layout);
	default:
		if (!r->exclusive)
			return false;
		/* --exclusive allocates all GPUs of the node. */
		layout->gpus_per_node = class->gpus;
		layout->gpus = dsfit_mul(layout->nodes, class->gpus);
		break;
	}
	return layout->gpus > 0;
}

uint64_t dsfit_gpus_allocated(const struct dsfit_request *request,
			      const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout)
{
	return request->exclusive && class->gpus != UINT64_MAX ? class->gpus :
								 layout->gpus_per_node;
}

/* CPUs that a node must have for the request. */
static uint64_t cpus_needed(const struct dsfit_request *request,
			    const struct dsfit_node_class *class,
			    const struct dsfit_layout *layout)
{
	uint64_t each = request->cpus_per_task ? request->cpus_per_task : 1;
	uint64_t tasks = request->tasks_per_node;

	if (request->cpus_per_gpu)
		return dsfit_mul(request->cpus_per_gpu,
				 dsfit_gpus_allocated(request, class, layout));
	if (!tasks && !request->tasks && request->tasks_per_gpu)
		tasks = dsfit_mul(request->tasks_per_gpu, layout->gpus_per_node);
	if (!tasks && request->scope == DSFIT_GPUS_PER_TASK)
		tasks = layout->gpus_per_node / request->gpus;
	/* Without a number of tasks, each node has one. */
	if (!tasks)
		tasks = request->tasks ? dsfit_div_up(request->tasks, layout->nodes) : 1;
	return dsfit_mul(tasks, each);
}

uint64_t dsfit_cpus_allocated(const struct dsfit_request *request,
			      const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout)
{
	return request->exclusive && class->cpus ? class->cpus :
						   cpus_needed(request, class, layout);
}

/* The memory per node of a request that asks for none, by one default. Without one that is all of
 * the node's; UINT64_MAX if nobody knows how much that is. */
static uint64_t default_memory(const struct dsfit_default_memory *unset,
			       const struct dsfit_request *r, const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout)
{
	if (unset->per_gpu)
		return dsfit_mul(unset->per_gpu, dsfit_gpus_allocated(r, class, layout));
	if (unset->per_cpu)
		return dsfit_mul(unset->per_cpu, dsfit_cpus_allocated(r, class, layout));
	if (unset->per_node)
		return unset->per_node;
	return class->memory ? class->memory : UINT64_MAX;
}

uint64_t dsfit_memory_per_node(const struct dsfit_site *site, const struct dsfit_request *r,
			       const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout)
{
	uint64_t memory;

	/* Most requests, at most sites. */
	if (r->memory_scope == DSFIT_MEMORY_UNSET && site->memory_is_whole)
		return class->memory;
	switch (r->memory_scope) {
	case DSFIT_MEMORY_PER_NODE:
		return r->memory;
	case DSFIT_MEMORY_PER_GPU:
		return dsfit_mul(r->memory, dsfit_gpus_allocated(r, class, layout));
	case DSFIT_MEMORY_PER_CPU:
		return dsfit_mul(r->memory, dsfit_cpus_allocated(r, class, layout));
	case DSFIT_MEMORY_UNSET:
		memory = least_default(site, r, class, layout, default_memory);
		return memory == UINT64_MAX ? 0 : memory;
	default:
		return class->memory;
	}
}

/* Whether the request names its nodes, and the site knows them. */
static bool names_known(const struct dsfit_site *site, const struct dsfit_request *r)
{
	return site->listed && r->bound == DSFIT_NODES_BOUND_BY_LIST;
}

uint64_t dsfit_nodes_of_class(const struct dsfit_site *site, const struct dsfit_request *r,
			      const struct dsfit_node_class *class)
{
	return names_known(site, r) ? class->listed : class->count;
}

bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *r,
		   const struct dsfit_node_class *class)
{
	return (!r->gpu_type[0] || !strcmp(r->gpu_type, class->gres_type)) &&
	       dsfit_matches_of_type(site, r, class);
}

bool dsfit_matches_of_type(const struct dsfit_site *site, const struct dsfit_request *r,
			   const struct dsfit_node_class *class)
{
	return class->count && (class->listed || !names_known(site, r)) &&
	       (!class->partitions.count ||
		dsfit_class_in_partition(site, class, r->partition)) &&
	       (!r->features[0] ||
		dsfit_features_match(r->features, &class->features,
				     r->nodes_max > r->nodes_min ? r->nodes_max : r->nodes_min));
}

static bool lacks(struct dsfit_lack *lack, enum dsfit_lack_of what, uint64_t needs, uint64_t has)
{
	*lack = (struct dsfit_lack){ what, needs, has };
	return true;
}

/* Whether a class has too little of something for a layout. *lack is the first that Slurm would
 * miss; it stays as it is where there is none. */
static bool is_lacking(const struct dsfit_site *site, const struct dsfit_request *r,
		       const struct dsfit_node_class *class, const struct dsfit_layout *layout,
		       struct dsfit_lack *lack)
{
	uint64_t memory, cpus, nodes;

	if (layout->gpus_per_node > class->gpus)
		return lacks(lack, DSFIT_LACK_GPUS, layout->gpus_per_node, class->gpus);
	if (class->scratch && r->scratch > class->scratch)
		return lacks(lack, DSFIT_LACK_SCRATCH, r->scratch, class->scratch);
	cpus = class->cpus ? cpus_needed(r, class, layout) : 0;
	if (cpus > class->cpus)
		return lacks(lack, DSFIT_LACK_CPUS, cpus, class->cpus);
	memory = class->memory ? dsfit_memory_per_node(site, r, class, layout) : 0;
	if (memory > class->memory)
		return lacks(lack, DSFIT_LACK_MEMORY, memory, class->memory);
	if (r->nodes_max && layout->nodes > r->nodes_max)
		return lacks(lack, DSFIT_LACK_ALLOWED_NODES, layout->nodes, r->nodes_max);
	nodes = dsfit_nodes_of_class(site, r, class);
	if (layout->nodes > nodes)
		return lacks(lack, DSFIT_LACK_NODES, layout->nodes, nodes);
	return false;
}

/* The same if there is no layout, because not even one GPU or task has room on a node. */
static struct dsfit_lack missing_for_one(const struct dsfit_site *site,
					 const struct dsfit_request *r,
					 const struct dsfit_node_class *class)
{
	uint64_t tasks = r->scope == DSFIT_GPUS_PER_TASK ? dsfit_max(r->tasks_per_node, 1) : 1;
	uint64_t gpus = r->scope == DSFIT_GPUS_PER_TASK ? dsfit_mul(r->gpus, tasks) : 1;
	uint64_t cpus = dsfit_mul(r->cpus_per_gpu, gpus);

	if (gpus > class->gpus)
		return (struct dsfit_lack){ DSFIT_LACK_GPUS, gpus, class->gpus };
	if (class->cpus && cpus > class->cpus)
		return (struct dsfit_lack){ DSFIT_LACK_CPUS, cpus, class->cpus };
	if (class->memory && dsfit_mul(memory_per_gpu(site, r), gpus) > class->memory)
		return (struct dsfit_lack){ DSFIT_LACK_MEMORY,
					    dsfit_mul(memory_per_gpu(site, r), gpus),
					    class->memory };
	if (r->scope == DSFIT_GPUS_PER_JOB)
		return (struct dsfit_lack){ DSFIT_LACK_GPUS_FOR_NODES, dsfit_nodes_least(r, class),
					    r->gpus };
	return (struct dsfit_lack){ DSFIT_LACK_TASKS, tasks, r->tasks };
}

struct dsfit_lack dsfit_lack_on(const struct dsfit_site *site, const struct dsfit_request *r,
				const struct dsfit_node_class *class)
{
	struct dsfit_lack lack = { 0 };
	struct dsfit_layout layout;

	if (!dsfit_lay_out(site, r, class, &layout))
		return missing_for_one(site, r, class);
	is_lacking(site, r, class, &layout, &lack);
	return lack;
}

bool dsfit_place_matching(const struct dsfit_site *site, const struct dsfit_request *r,
			  const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	struct dsfit_lack lack;

	/* Most that fail lack GPUs, which needs no layout to see. */
	if (r->scope == DSFIT_GPUS_PER_NODE && r->gpus > class->gpus)
		return false;
	return dsfit_lay_out(site, r, class, layout) &&
	       !is_lacking(site, r, class, layout, &lack);
}

bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	return dsfit_matches(site, request, class) &&
	       dsfit_place_matching(site, request, class, layout);
}

bool dsfit_chooses_unknown(const struct dsfit_site *site, const struct dsfit_request *request)
{
	return request->chosen_nodes[0] && !names_known(site, request);
}

bool dsfit_stays_on(const struct dsfit_site *site, const struct dsfit_request *from,
		    const struct dsfit_request *to)
{
	struct dsfit_layout layout;

	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_place(site, from, &site->classes[i], &layout) &&
		    !dsfit_place(site, to, &site->classes[i], &layout))
			return false;
	return true;
}

struct dsfit_node_class dsfit_unlimited_class(void)
{
	static const struct dsfit_gpu no_gpu;

	return (struct dsfit_node_class){ .gpu = &no_gpu, .gpus = UINT64_MAX, .price = -1 };
}

/*
 * The most GPUs that a request gets whose smallest layout is `layout`. `nodes` is the number of
 * nodes there are, and `whole` the number of GPUs of a node, which --exclusive allocates; 0: not
 * known.
 */
static uint64_t most_gpus(const struct dsfit_request *r, const struct dsfit_layout *layout,
			  uint64_t nodes, uint64_t whole)
{
	uint64_t n = dsfit_max(dsfit_min(r->nodes_max, nodes), layout->nodes);

	if (r->exclusive && whole)
		return dsfit_mul(n, whole);
	if (r->scope == DSFIT_GPUS_PER_NODE)
		return dsfit_mul(n, r->gpus);
	if (r->scope == DSFIT_GPUS_PER_TASK)
		return dsfit_mul(dsfit_tasks(r, n), r->gpus);
	return layout->gpus;
}

/* The most GPUs of a request that no single class can hold. Slurm may still place it on nodes of
 * several classes. */
static uint64_t stated_gpus(const struct dsfit_site *site, const struct dsfit_request *r,
			    uint64_t whole)
{
	const struct dsfit_node_class unlimited = dsfit_unlimited_class();
	struct dsfit_layout layout;

	if ((r->scope == DSFIT_GPUS_UNSET && !whole) ||
	    !dsfit_lay_out(site, r, &unlimited, &layout))
		return 0;
	/* If two tasks need more memory than a node has, each gets a node of its own. */
	if (r->tasks > layout.nodes && !r->nodes_max)
		layout.nodes = r->tasks;
	return most_gpus(r, &layout, UINT64_MAX, whole);
}

uint64_t dsfit_gpus(const struct dsfit_site *site, const struct dsfit_request *request)
{
	uint64_t most = 0, nodes = 0, whole = 0;
	struct dsfit_layout layout;

	if (dsfit_asks_nothing(request))
		return 0;
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (!dsfit_matches(site, request, class))
			continue;
		nodes = dsfit_add(nodes, dsfit_nodes_of_class(site, request, class));
		whole = dsfit_max(whole, class->gpus);
	}
	for (size_t i = 0; i < site->class_count; i++) {
		if (!dsfit_place(site, request, &site->classes[i], &layout))
			continue;
		most = dsfit_max(most, most_gpus(request, &layout, nodes, site->classes[i].gpus));
	}
	return most ? most : stated_gpus(site, request, whole);
}

bool dsfit_divides_node(const struct dsfit_node_class *class, uint64_t gpus)
{
	return gpus && class->gpus % gpus == 0;
}
