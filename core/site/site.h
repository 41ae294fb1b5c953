/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SITE_H
#define DSFIT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/settings.h"
#include "core/base/error.h"
#include "core/model/family.h"
#include "core/model/model.h"
#include "core/site/policy.h"
#include "core/training/training.h"

/*
 * What a site is: its GPUs, node classes, partitions, defaults and policy, as dsfit.conf and
 * the catalogues it includes say. Read whole, then never changed: any number of threads may
 * use one site.
 */

struct dsfit_gpu {
	char name[DSFIT_NAME_MAX];
	char label[DSFIT_NAME_MAX];	/* as people write it: "A100 80GB" */
	struct dsfit_names aliases;	/* gres types and NVML names that mean this card */
	uint64_t memory;		/* bytes a process can have, less than the label says */
	uint64_t label_memory;		/* bytes on the label */
	double tflops;			/* dense 16-bit tensor peak, TFLOPS; 0 not known */
	uint64_t context;		/* bytes of CUDA's context on it; 0: the site's estimate */
	double guide_tflops;		/* the guide's FP16 column */
	char best_for[DSFIT_NAME_MAX];	/* the guide's words */
	bool consumer;			/* the guide's first table, else its second */
	double price;			/* $ an hour; negative: not known */
	bool guides_price;		/* it is the guide's cloud price, the site states none */
};

/* Nodes that are alike. */
struct dsfit_node_class {
	char name[DSFIT_NAME_MAX];
	uint64_t count;
	const struct dsfit_gpu *gpu;	/* into the site's catalogue */
	char gres_type[DSFIT_NAME_MAX];	/* what Slurm's gres calls the card here */
	uint64_t gpus;			/* a node */
	uint64_t cpus;			/* a node, 0 not known */
	uint64_t memory;		/* bytes a node, Slurm's RealMemory; 0 not known */
	uint64_t scratch;		/* bytes a node, TmpDisk; 0 not known */
	uint64_t network;		/* bits a second a node; 0 not known */
	struct dsfit_names features;
	struct dsfit_names partitions;	/* empty: all of them */
	double price;			/* $ an hour and node; negative: not known */
	bool guides_price;		/* made of the guide's cloud price of its cards */
};

struct dsfit_partition {
	char name[DSFIT_NAME_MAX];
	bool is_default;
	bool preemptible;
	struct dsfit_policy policy;
};

/* Memory a job gets that asks for none, as in slurm.conf: DefMemPerGPU and its kin. */
struct dsfit_default_memory {
	uint64_t per_node, per_gpu, per_cpu;	/* bytes; all 0: the whole node */
};

/*
 * The most that a configuration can give a decision in slurmctld. On a site of a thousand node
 * classes such a decision takes about 0.2 seconds, so no configuration can block slurmctld.
 */
#define DSFIT_CONTROLLER_BUDGET_MAX UINT64_C(100000)

struct dsfit_site {
	struct dsfit_gpu *gpus;
	size_t gpu_count;
	struct dsfit_families families;
	struct dsfit_models models;
	struct dsfit_node_class *classes;
	size_t class_count;
	struct dsfit_partition *partitions;
	size_t partition_count;
	struct dsfit_policy policy;	/* where no partition says otherwise */
	struct dsfit_training defaults;
	struct dsfit_default_memory default_memory;
	uint64_t storage;		/* bytes of shared storage, 0 not known */
	struct dsfit_estimate_settings estimate;
	double production_wait;		/* share of a step that a production run may wait, 0 to 1 */
	/* Node classes that a decision in slurmctld may assess, 1 to
	 * DSFIT_CONTROLLER_BUDGET_MAX. */
	uint64_t controller_budget;
	struct dsfit_names warnings;	/* what is legal and hardly meant: "FILE:LINE: what" each */
};

/* Free a site that dsfit_site_load() returned; NULL is allowed. */
void dsfit_site_free(struct dsfit_site *site);

/* What a site lacks without which no job can be sized, as the end of a sentence; NULL for
 * nothing. */
const char *dsfit_site_lacks(const struct dsfit_site *site);

/* A card by name, label or alias, upper and lower case alike; NULL where nothing has it. */
const struct dsfit_gpu *dsfit_site_gpu(const struct dsfit_site *site, const char *name);

/* The partition by name, the default one for NULL or ""; NULL where the site lists none such. */
const struct dsfit_partition *dsfit_site_partition(const struct dsfit_site *site,
						   const char *name);

/*
 * The policy of the first partition in a list ("gpu,preempt"; NULL or "": of the default one), and
 * the list from the next one on, "" after the last. A partition that the configuration does not
 * have, and a site without a default one, go by the site's own.
 */
const struct dsfit_policy *dsfit_site_next_policy(const struct dsfit_site *site,
						  const char **partitions);

/* Whether a job in one of the partitions of a comma list may be preempted there. */
bool dsfit_is_preemptible(const struct dsfit_site *site, const char *partitions);

/* Whether the class is in one of the partitions of a comma list (NULL or "": the default). */
bool dsfit_class_in_partition(const struct dsfit_site *site,
			      const struct dsfit_node_class *class, const char *partitions);

#endif
