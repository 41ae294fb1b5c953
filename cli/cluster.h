/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_CLUSTER_H
#define DSFIT_CLI_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/accounting.h"
#include "core/base/error.h"

/*
 * The live cluster, as slurmctld describes it through libslurm. The library is loaded at run time,
 * not linked, so that the other commands work on hosts without Slurm.
 */

struct cluster_node {
	const char *name;
	const char *gres;		/* "gpu:a100:4(S:0-1),nic:2"; "": none */
	const char *features;		/* "a,b"; "": none */
	uint64_t cpus;			/* available to jobs */
	uint64_t memory, scratch;	/* MiB available to jobs; 0: not configured */
	bool future;			/* state FUTURE, or an unused entry */
};

/* Default memory of jobs that request none, in MiB; 0: not set. */
struct cluster_memory {
	uint64_t per_node, per_cpu, per_gpu;
};

struct cluster_partition {
	const char *name;
	bool is_default;
	bool preemptible;		/* its jobs are preempted by those of another */
	bool by_qos;			/* the QOS of a job decides that instead */
	bool only_named;		/* not the default, and not everybody may use it */
	const int32_t *nodes;		/* pairs: first node, last node; -1 ends the list */
	struct cluster_memory memory;
	const char *qos;		/* one of the accounting; "": none with limits */
	uint64_t max_nodes;		/* UINT64_MAX: no limit */
};

struct cluster {
	const char *name;
	const char *version;
	struct cluster_node *nodes;
	size_t node_count;
	struct cluster_partition *partitions;
	size_t partition_count;
	struct accounting accounting;
	struct cluster_memory memory;	/* unless a partition has its own */
};

/*
 * Load libslurm and ask slurmctld. Returns 0; or -1 and the reason in *err. The strings of the
 * cluster stay until the process ends. If libslurm finds no configuration of Slurm, it prints a
 * message and ends the process.
 */
int cluster_load(struct cluster *out, struct dsfit_error *err);

/* Do the same with a library that is already loaded. */
struct libslurm;
int cluster_read(const struct libslurm *slurm, struct cluster *out, struct dsfit_error *err);

/* Free the cluster's arrays. Its strings belong to libslurm. */
void cluster_free(struct cluster *cluster);

#endif
