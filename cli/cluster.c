/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask slurmctld for its configuration, nodes and partitions, and keep what a dsfit.conf needs.
 *
 *   libslurm.c       finds the functions of libslurm
 *   cluster_read()   calls them:   load_ctl_conf -> name, version, default memory
 *                                  load_node -> nodes
 *                                  load_partitions -> partitions
 *   accounting.c                   load_assoc_mgr_info -> limits of QOS and associations
 *
 * Slurm says "not set" in several ways (NO_VAL64, INFINITE64, a missing string). struct cluster has
 * one: 0 or "". The meaning of the fields is from slurm/slurm.h and the manual slurm.conf(5).
 */
#include "cli/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/libslurm.h"

/* Return DefMemPerGPU from a list of job defaults, in MiB; 0 if it is not set. */
static uint64_t memory_per_gpu(const struct libslurm *slurm, void *defaults)
{
	const job_defaults_t *one;
	uint64_t memory = 0;
	__typeof__(slurm->list_iterator_create(NULL)) at;

	if (!defaults)
		return 0;
	at = slurm->list_iterator_create(defaults);
	while ((one = slurm->list_next(at)))
		if (one->type == JOB_DEF_MEM_PER_GPU)
			memory = one->value;
	slurm->list_iterator_destroy(at);
	return memory;
}

/* DefMemPerNode and DefMemPerCPU share one number, in MiB. A bit tells which of them it is. */
static void split_memory(uint64_t memory, struct cluster_memory *out)
{
	if (memory == NO_VAL64 || memory == INFINITE64)
		return;
	if (memory & MEM_PER_CPU)
		out->per_cpu = memory & ~MEM_PER_CPU;
	else
		out->per_node = memory;
}

static int fail_asking(const struct libslurm *slurm, const char *what, struct dsfit_error *err)
{
	return dsfit_fail(err, "%s: %s", what, slurm->strerror(errno));
}

static int take_nodes(const struct libslurm *slurm, struct cluster *out, struct dsfit_error *err)
{
	node_info_msg_t *all = NULL;
	struct cluster_node *nodes;

	if (slurm->load_node((time_t)0, &all, SHOW_ALL) || !all)
		return fail_asking(slurm, "nodes", err);
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
			/* slurmctld reports a RealMemory that is not configured as 1 MiB. */
			.memory = node->real_memory > 1 + node->mem_spec_limit ?
					  node->real_memory - node->mem_spec_limit : 0,
			.scratch = node->tmp_disk,
			/* A record without a name is an unused entry. */
			.future = !node->name || state == NODE_STATE_FUTURE,
		};
	}
	out->nodes = nodes;
	out->node_count = all->record_count;
	return 0;
}

/* Return whether two partitions share a node. */
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

/* Return whether jobs of a partition are preempted. With preempt/partition_prio they are preempted
 * by jobs of a higher tier on the same nodes, unless their partition has PreemptMode=OFF. */
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

/* Whether a list of a partition leaves out anybody. */
static bool is_list(const char *list)
{
	return list && *list && strcasecmp(list, "ALL");
}

/* Return whether not everybody may use a partition, or only within a reservation. Slurm lets a job
 * wait there for ever, or refuses it. */
static bool keeps_out(const partition_info_t *partition)
{
	return partition->flags & (PART_FLAG_ROOT_ONLY | PART_FLAG_REQ_RESV) ||
	       is_list(partition->allow_accounts) || is_list(partition->allow_groups) ||
	       is_list(partition->allow_qos) || is_list(partition->allow_alloc_nodes) ||
	       is_list(partition->deny_accounts) || is_list(partition->deny_qos);
}

/* The name of a partition's QOS, "" if that has nothing that dsfit.conf needs. */
static const char *find_qos(const struct accounting *accounting, const char *name)
{
	for (size_t i = 0; name && i < accounting->qos_count; i++)
		if (!strcmp(accounting->qos[i].name, name))
			return accounting->qos[i].name;
	return "";
}

static int take_partitions(const struct libslurm *slurm, const slurm_conf_t *conf,
			   struct cluster *out, struct dsfit_error *err)
{
	const char *type = conf->preempt_type ? conf->preempt_type : "";
	partition_info_msg_t *all = NULL;
	struct cluster_partition *partitions;

	if (slurm->load_partitions((time_t)0, &all, SHOW_ALL) || !all)
		return fail_asking(slurm, "partitions", err);
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
			.only_named = !(partition->flags & PART_FLAG_DEFAULT) &&
				      keeps_out(partition),
			.nodes = partition->node_inx,
			.memory.per_gpu = memory_per_gpu(slurm, partition->job_defaults_list),
			.qos = find_qos(&out->accounting, partition->qos_char),
			.max_nodes = UINT64_MAX,
		};
		split_memory(partition->def_mem_per_cpu, &partitions[i].memory);
		if (partition->max_nodes != INFINITE && partition->max_nodes != NO_VAL)
			partitions[i].max_nodes = partition->max_nodes;
	}
	out->partitions = partitions;
	out->partition_count = all->record_count;
	return 0;
}

int cluster_read(const struct libslurm *slurm, struct cluster *out, struct dsfit_error *err)
{
	slurm_conf_t *conf = NULL;

	*out = (struct cluster){ .version = "" };
	slurm->init(NULL);
	if (slurm->load_ctl_conf((time_t)0, &conf) || !conf)
		return fail_asking(slurm, "slurmctld", err);
	out->name = conf->cluster_name ? conf->cluster_name : "";
	if (conf->version)
		out->version = conf->version;
	out->memory.per_gpu = memory_per_gpu(slurm, conf->job_defaults_list);
	split_memory(conf->def_mem_per_cpu, &out->memory);
	return take_nodes(slurm, out, err) ||
	       accounting_read(slurm, conf->accounting_storage_enforce, &out->accounting, err) ||
	       take_partitions(slurm, conf, out, err) ? -1 : 0;
}

int cluster_load(struct cluster *out, struct dsfit_error *err)
{
	struct libslurm slurm;

	return libslurm_open(&slurm, err) ? -1 : cluster_read(&slurm, out, err);
}

void cluster_free(struct cluster *cluster)
{
	free(cluster->nodes);
	free(cluster->partitions);
	accounting_free(&cluster->accounting);
}
