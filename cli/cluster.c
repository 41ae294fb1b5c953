/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cluster.h"

#ifndef DSFIT_LIBSLURM

int cluster_load(struct cluster *out, struct dsfit_error *err)
{
	(void)out;
	return dsfit_fail(err, "this dsfit was built without Slurm's library (libslurm-dev, "
			  "slurm-devel)");
}

#else

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

/* The library's functions, with the types that its header gives them. */
static struct {
	__typeof__(slurm_init) *init;
	__typeof__(slurm_load_ctl_conf) *load_ctl_conf;
	__typeof__(slurm_load_node) *load_node;
	__typeof__(slurm_load_partitions) *load_partitions;
	__typeof__(slurm_list_iterator_create) *list_iterator_create;
	__typeof__(slurm_list_next) *list_next;
	__typeof__(slurm_list_iterator_destroy) *list_iterator_destroy;
	__typeof__(slurm_strerror) *strerror;
} slurm;

/* By its own name first, then where it was when this was built. Slurm's plugins, which it loads,
 * look for its functions in the whole process. */
static void *open_library(struct dsfit_error *err)
{
	const char *name = strrchr(DSFIT_LIBSLURM, '/') + 1;
	void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);

	if (!library)
		library = dlopen(DSFIT_LIBSLURM, RTLD_NOW | RTLD_GLOBAL);
	if (!library)
		dsfit_fail(err, "the library of Slurm %u.%02u, that this dsfit was built for: %s",
			   SLURM_VERSION_MAJOR(SLURM_VERSION_NUMBER),
			   SLURM_VERSION_MINOR(SLURM_VERSION_NUMBER), dlerror());
	return library;
}

static int find_functions(void *library, struct dsfit_error *err)
{
	const struct {
		const char *name;
		void *function;
	} needed[] = {
		{ "slurm_init", &slurm.init },
		{ "slurm_load_ctl_conf", &slurm.load_ctl_conf },
		{ "slurm_load_node", &slurm.load_node },
		{ "slurm_load_partitions", &slurm.load_partitions },
		{ "slurm_list_iterator_create", &slurm.list_iterator_create },
		{ "slurm_list_next", &slurm.list_next },
		{ "slurm_list_iterator_destroy", &slurm.list_iterator_destroy },
		{ "slurm_strerror", &slurm.strerror },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		void *symbol = dlsym(library, needed[i].name);

		if (!symbol)
			return dsfit_fail(err, "%s: no %s", DSFIT_LIBSLURM, needed[i].name);
		/* A pointer to a function has the size of any other (POSIX). */
		memcpy(needed[i].function, &symbol, sizeof(symbol));
	}
	return 0;
}

/* DefMemPerGPU, of a list of defaults: MiB, 0 where it is not set. */
static uint64_t memory_per_gpu(void *defaults)
{
	const job_defaults_t *one;
	uint64_t memory = 0;
	__typeof__(slurm.list_iterator_create(NULL)) at;

	if (!defaults)
		return 0;
	at = slurm.list_iterator_create(defaults);
	while ((one = slurm.list_next(at)))
		if (one->type == JOB_DEF_MEM_PER_GPU)
			memory = one->value;
	slurm.list_iterator_destroy(at);
	return memory;
}

/* DefMemPerNode or DefMemPerCPU, which are one number. */
static void split_memory(uint64_t memory, uint64_t *per_node, uint64_t *per_cpu)
{
	if (memory == NO_VAL64 || memory == INFINITE64)
		return;
	if (memory & MEM_PER_CPU)
		*per_cpu = memory & ~MEM_PER_CPU;
	else
		*per_node = memory;
}

static int fail_asking(const char *what, struct dsfit_error *err)
{
	return dsfit_fail(err, "%s: %s", what, slurm.strerror(errno));
}

static int take_nodes(struct cluster *out, struct dsfit_error *err)
{
	node_info_msg_t *all = NULL;
	struct cluster_node *nodes;

	if (slurm.load_node((time_t)0, &all, SHOW_ALL) || !all)
		return fail_asking("nodes", err);
	nodes = calloc(all->record_count + 1, sizeof(*nodes));
	if (!nodes)
		return dsfit_fail(err, "out of memory");
	for (uint32_t i = 0; i < all->record_count; i++) {
		const node_info_t *node = &all->node_array[i];
		uint32_t state = node->node_state & NODE_STATE_BASE;

		nodes[i] = (struct cluster_node){
			.name = node->name,
			.gres = node->gres ? node->gres : "",
			.features = node->features ? node->features : "",
			.cpus = node->cpus_efctv ? node->cpus_efctv : node->cpus,
			/* What is not configured reads as 1 MiB. */
			.memory = node->real_memory > 1 + node->mem_spec_limit ?
					  node->real_memory - node->mem_spec_limit : 0,
			.scratch = node->tmp_disk,
			/* A record without a name is a hole in the table. */
			.future = !node->name || state == NODE_STATE_FUTURE,
		};
	}
	out->nodes = nodes;
	out->node_count = all->record_count;
	return 0;
}

/* Whether two partitions have a node in common. */
static bool overlap(const partition_info_t *a, const partition_info_t *b)
{
	if (!a->node_inx || !b->node_inx)
		return false;
	for (int i = 0; a->node_inx[i] >= 0; i += 2)
		for (int j = 0; b->node_inx[j] >= 0; j += 2)
			if (a->node_inx[i] <= b->node_inx[j + 1] &&
			    b->node_inx[j] <= a->node_inx[i + 1])
				return true;
	return false;
}

/* With preempt/partition_prio jobs give way to those of a higher tier on the same nodes, unless
 * their own partition says OFF. */
static bool gives_way(const partition_info_msg_t *all, const partition_info_t *partition,
		      uint16_t mode)
{
	if (partition->preempt_mode != NO_VAL16)
		mode = partition->preempt_mode;
	if (!(mode & ~(PREEMPT_MODE_GANG | PREEMPT_MODE_WITHIN)))
		return false;
	for (uint32_t i = 0; i < all->record_count; i++)
		if (all->partition_array[i].priority_tier > partition->priority_tier &&
		    overlap(&all->partition_array[i], partition))
			return true;
	return false;
}

static int take_partitions(const slurm_conf_t *conf, struct cluster *out,
			   struct dsfit_error *err)
{
	const char *type = conf->preempt_type ? conf->preempt_type : "";
	partition_info_msg_t *all = NULL;
	struct cluster_partition *partitions;

	if (slurm.load_partitions((time_t)0, &all, SHOW_ALL) || !all)
		return fail_asking("partitions", err);
	partitions = calloc(all->record_count + 1, sizeof(*partitions));
	if (!partitions)
		return dsfit_fail(err, "out of memory");
	for (uint32_t i = 0; i < all->record_count; i++) {
		const partition_info_t *partition = &all->partition_array[i];

		partitions[i] = (struct cluster_partition){
			.name = partition->name,
			.is_default = partition->flags & PART_FLAG_DEFAULT,
			.preemptible = !strcmp(type, "preempt/partition_prio") &&
				       gives_way(all, partition, conf->preempt_mode),
			.by_qos = !strcmp(type, "preempt/qos"),
			.nodes = partition->node_inx,
			.memory_per_gpu = memory_per_gpu(partition->job_defaults_list),
		};
		split_memory(partition->def_mem_per_cpu, &partitions[i].memory_per_node,
			     &partitions[i].memory_per_cpu);
	}
	out->partitions = partitions;
	out->partition_count = all->record_count;
	return 0;
}

int cluster_load(struct cluster *out, struct dsfit_error *err)
{
	slurm_conf_t *conf = NULL;
	void *library = open_library(err);

	*out = (struct cluster){ .version = "" };
	if (!library || find_functions(library, err))
		return -1;
	slurm.init(NULL);
	if (slurm.load_ctl_conf((time_t)0, &conf) || !conf)
		return fail_asking("slurmctld", err);
	out->name = conf->cluster_name ? conf->cluster_name : "";
	if (conf->version)
		out->version = conf->version;
	out->memory_per_gpu = memory_per_gpu(conf->job_defaults_list);
	split_memory(conf->def_mem_per_cpu, &out->memory_per_node, &out->memory_per_cpu);
	return take_nodes(out, err) || take_partitions(conf, out, err) ? -1 : 0;
}

#endif
