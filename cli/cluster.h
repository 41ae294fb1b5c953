/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_CLUSTER_H
#define DSFIT_CLI_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * The live cluster, as its slurmctld tells it through libslurm. The library is loaded when it is
 * asked for, not linked: the command works where there is no Slurm.
 */

struct cluster_node {
	const char *name;
	const char *gres;		/* "gpu:a100:4(S:0-1),nic:2"; "" for none */
	const char *features;		/* "a,b"; "" for none */
	uint64_t cpus;			/* that jobs can have */
	uint64_t memory, scratch;	/* MiB that jobs can have; 0: not configured */
	bool future;			/* not there yet */
};

struct cluster_partition {
	const char *name;
	bool is_default;
	bool preemptible;		/* jobs here give way to those of another partition */
	bool by_qos;			/* whether they do depends on their QOS */
	const int32_t *nodes;		/* pairs of a first and a last node; -1 ends them */
	uint64_t memory_per_node, memory_per_cpu, memory_per_gpu;	/* MiB; 0: not set */
};

struct cluster {
	const char *name;
	const char *version;
	struct cluster_node *nodes;
	size_t node_count;
	struct cluster_partition *partitions;
	size_t partition_count;
	/* What a job gets that asks for no memory, where its partition does not say: MiB; 0: not
	 * set. */
	uint64_t memory_per_node, memory_per_cpu, memory_per_gpu;
};

/*
 * Load libslurm and ask. 0, and a cluster whose strings stay until the process ends; or -1 and why
 * not. Where there is no configuration of Slurm's, its library says so and ends the process.
 */
int cluster_load(struct cluster *out, struct dsfit_error *err);

/* The same of a library that is loaded already. */
struct libslurm;
int cluster_read(const struct libslurm *slurm, struct cluster *out, struct dsfit_error *err);

/* Free what is the cluster's own: everything but its strings. */
void cluster_free(struct cluster *cluster);

#endif
