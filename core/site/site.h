/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SITE_H
#define DSFIT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/estimate_settings.h"
#include "core/base/error.h"
#include "core/base/unread.h"
#include "core/model/family.h"
#include "core/model/known_models.h"
#include "core/site/policy.h"
#include "core/training/training.h"

/*
 * A site: its GPUs, node classes, partitions, defaults and policy, as dsfit.conf and the catalogues
 * state them. It is not changed after it has been loaded, so any number of threads may use it.
 * core/site/load.h loads it.
 */

/* The longest profile of a slice, "7g.180gb", with room to spare. */
#define DSFIT_PROFILE_MAX 16

/* What a card has no hardware or kernels for: bits of `cannot`. */
enum dsfit_inability {
	DSFIT_CANNOT_BF16,
	DSFIT_CANNOT_FLASH_ATTENTION,	/* FlashAttention 2; PyTorch's own attention works */
	DSFIT_CANNOT_4_BIT,		/* bitsandbytes' weights */
	DSFIT_INABILITIES,
};
extern const char *const dsfit_inability_names[];

/* A card, or a slice of one (MIG), which Slurm, CUDA and users treat as a GPU of its own. */
struct dsfit_gpu {
	char name[DSFIT_NAME_MAX];
	char label[DSFIT_NAME_MAX];	/* as people write it: "A100 80GB" */
	struct dsfit_names aliases;	/* gres types and NVML names of this card */
	uint64_t memory;		/* bytes that a process can use; the label says more */
	uint64_t label_memory;		/* bytes that the label says */
	double tflops;			/* dense 16-bit tensor peak, TFLOPS; 0: not known */
	uint64_t context;		/* bytes of CUDA's context; 0: the site's estimate */
	double guide_tflops;		/* the hardware guide's FP16 column */
	char best_for[DSFIT_NAME_MAX];	/* the hardware guide's words */
	bool consumer;			/* a consumer card, by the hardware guide */
	unsigned cannot;		/* bits of enum dsfit_inability */
	const struct dsfit_gpu *whole;	/* of a slice: the card; else NULL */
	char profile[DSFIT_PROFILE_MAX];	/* of a slice: "3g.20gb"; else "" */
	double price;			/* $ per hour; negative: not known */
	bool guides_price;		/* the price is the hardware guide's cloud price */
};

/* A class of nodes that are alike. */
struct dsfit_node_class {
	char name[DSFIT_NAME_MAX];
	uint64_t count;
	struct dsfit_names hosts;	/* the nodes' names, as core/base/hosts.h reads them */
	const struct dsfit_gpu *gpu;	/* an entry of the site's gpus */
	char gres_type[DSFIT_NAME_MAX];	/* the type that gres.conf gives the card */
	uint64_t gpus;			/* per node */
	uint64_t cpus;			/* per node; 0: not known */
	uint64_t memory;		/* bytes per node, Slurm's RealMemory; 0: not known */
	uint64_t scratch;		/* bytes per node, TmpDisk; 0: not known */
	uint64_t network;		/* bits per second and node; 0: not known */
	struct dsfit_names features;
	struct dsfit_names partitions;	/* empty: all partitions */
	double price;			/* $ per hour and node; negative: not known */
	bool guides_price;		/* the price is made from the hardware guide's */
	/* For one job (core/site/reach.h), else 0: */
	uint64_t doubtful;		/* so many of `count` it may have excluded */
	uint64_t listed;		/* so many it named */
};

/* Classes with the same GPU type and as many GPUs per node: a search tries each such kind once,
 * however many classes it has. */
struct dsfit_kind {
	const struct dsfit_node_class *class;	/* the one with the most nodes */
	size_t first, count;		/* the classes of its type: a part of the site's by_type */
};

/*
 * The memory of a job that asks for none, as slurm.conf has it: DefMemPerNode, DefMemPerGPU and
 * DefMemPerCPU. Of several that are set per_gpu counts, then per_cpu, then per_node.
 */
struct dsfit_default_memory {
	uint64_t per_node, per_gpu, per_cpu;	/* bytes; all 0: all of the node's memory */
};

struct dsfit_partition {
	char name[DSFIT_NAME_MAX];
	bool is_default;
	bool preemptible;
	bool only_named;		/* only for jobs that name it */
	char qos[DSFIT_NAME_MAX];	/* whose limits all jobs there have; "": none */
	struct dsfit_default_memory default_memory;	/* in force there: see load.c */
	struct dsfit_policy policy;
};

/* The GPU types that may have limits of their own. */
#define DSFIT_TYPE_LIMITS 16

/* The most that one job may have; UINT64_MAX: no limit. */
struct dsfit_limits {
	uint64_t gpus, nodes;
	struct dsfit_type_limit {
		char type[DSFIT_NAME_MAX];	/* of the gres */
		uint64_t gpus;
	} of_type[DSFIT_TYPE_LIMITS];
	size_t type_count;
};

#define DSFIT_UNLIMITED { .gpus = UINT64_MAX, .nodes = UINT64_MAX, .type_count = 0 }

/* Whose GPUs and nodes a limit counts. A job that has more by itself never starts, whatever the
 * kind. */
enum dsfit_limit_kind {
	DSFIT_LIMIT_JOB,		/* MaxTRESPerJob */
	DSFIT_LIMIT_GROUP,		/* GrpTRES: all jobs of the QOS or account */
	DSFIT_LIMIT_USER,		/* MaxTRESPerUser, which only a QOS has */
	DSFIT_LIMIT_ACCOUNT,		/* MaxTRESPerAccount, likewise */
	DSFIT_LIMIT_KINDS,
	DSFIT_ASSOCIATION_KINDS = DSFIT_LIMIT_USER,
};

/* A quality of service of Slurm's accounting. */
struct dsfit_qos {
	char name[DSFIT_NAME_MAX];
	bool is_default;		/* of jobs that name none, unless their association does */
	bool over_part_qos;		/* its limits come before those of a partition's QOS */
	bool partition_max_nodes;	/* its jobs may have more nodes than a partition allows */
	double limit_factor;		/* for limits of associations; 0: none */
	struct dsfit_limits limits[DSFIT_LIMIT_KINDS];
};

/* An association of Slurm's accounting: an account, or one user in it. */
struct dsfit_association {
	char account[DSFIT_NAME_MAX];
	char user[DSFIT_NAME_MAX];	/* "": all that have no section of their own */
	char qos[DSFIT_NAME_MAX];	/* of jobs that name none; "": the site's default */
	struct dsfit_names users;	/* whose default account it is */
	/* Those of its group are the least of its own and those of the accounts above it. */
	struct dsfit_limits limits[DSFIT_ASSOCIATION_KINDS];
};

/*
 * The most that a configuration can give a decision in slurmctld. On a site of a thousand node
 * classes such a decision takes about 0.2 seconds, so no configuration can block slurmctld.
 */
#define DSFIT_CONTROLLER_BUDGET_MAX UINT64_C(100000)

struct dsfit_site {
	struct dsfit_gpu *gpus;		/* cards, and then their slices */
	size_t gpu_count;
	size_t slice_count;		/* of them */
	struct dsfit_families families;
	struct dsfit_models models;
	struct dsfit_node_class *classes;
	size_t class_count;
	/* The classes by GPU type, those of one type in the configuration's order; and their kinds,
	 * in the same order. */
	const struct dsfit_node_class **by_type;
	struct dsfit_kind *kinds;
	size_t kind_count;
	struct dsfit_partition *partitions;
	size_t partition_count;
	struct dsfit_qos *qos;
	size_t qos_count;
	struct dsfit_association *associations;
	size_t association_count;
	struct dsfit_policy policy;	/* of jobs in partitions without a section */
	struct dsfit_training defaults;
	struct dsfit_default_memory default_memory;	/* in partitions without a section */
	bool partitions_differ_in_memory;	/* one has another default memory than the site */
	bool memory_is_whole;		/* nothing has a default memory: it is all of a node's */
	/* For one job (core/site/reach.h): whether a class has doubtful nodes, and whether those
	 * that it named are known. */
	bool doubtful, listed;
	uint64_t storage;		/* bytes of shared storage; 0: not known */
	struct dsfit_estimate_settings estimate;
	double production_wait;		/* share of a step that a production run may wait */
	/* Node classes that a decision may assess, 1 to DSFIT_CONTROLLER_BUDGET_MAX. */
	uint64_t controller_budget;
	struct dsfit_names warnings;	/* probable mistakes, each a line "FILE:LINE: what" */
	/* Of a site whose catalogues are read as they are wanted (core/site/load.h). NULL in all
	 * others. */
	/* The cards; the entry behind them: all, and their slices. */
	const struct dsfit_unread *unread_gpus;
	size_t card_count;
	struct dsfit_error *trouble;	/* what is wrong in the first section that was */
	struct dsfit_on_demand *on_demand;
	void (*free_on_demand)(struct dsfit_on_demand *on_demand);
};

/* Make by_type and kinds of the classes: once, or again for a copy of a site that was given other
 * classes. Returns 0, or -1 if there is no memory. */
int dsfit_site_sort(struct dsfit_site *site);

/* The classes whose gres type is this one, *count of them, in the configuration's order. */
const struct dsfit_node_class *const *dsfit_site_of_type(const struct dsfit_site *site,
							 const char *type, size_t *count);

/* The most GPUs that all nodes of one class have together. Saturates. */
uint64_t dsfit_site_most_gpus(const struct dsfit_site *site);

/* Free a site that dsfit_site_load() returned; NULL is allowed. */
void dsfit_site_free(struct dsfit_site *site);

/* What the site lacks to size any job, as the end of a sentence; NULL if it lacks nothing. */
const char *dsfit_site_lacks(const struct dsfit_site *site);

/*
 * What is wrong with a section of the catalogues that was looked up, or that sizing this model will
 * look up; NULL if nothing is. For a site that is read on demand (core/site/load.h). The model is
 * NULL where there is none.
 */
const char *dsfit_site_trouble(const struct dsfit_site *site, const struct dsfit_model *model);

/* The partition with this name, or the default one for NULL or "". NULL if the configuration has no
 * section for it. */
const struct dsfit_partition *dsfit_site_partition(const struct dsfit_site *site,
						   const char *name);

/*
 * Walk over a comma list of partitions ("gpu,preempt"; NULL or "" is the default partition).
 * Returns the first one and moves *partitions to the rest, which is "" after the last. NULL if the
 * configuration has no section for the first one.
 */
const struct dsfit_partition *dsfit_site_next_partition(const struct dsfit_site *site,
							const char **partitions);

/* The same, but returns the policy. A partition without a section has the site's. */
const struct dsfit_policy *dsfit_site_next_policy(const struct dsfit_site *site,
						  const char **partitions);

/* The strictest rule about networks of a comma list of partitions, as above. */
enum dsfit_network_rule dsfit_site_network_rule(const struct dsfit_site *site,
						const char *partitions);

/* Whether dsfit may move a job there that names no partition. A job that names none is in the
 * default partition already. */
bool dsfit_may_choose(const struct dsfit_partition *partition);

/* Whether one of the partitions of a comma list (NULL or "": the default) is preemptible. */
bool dsfit_is_preemptible(const struct dsfit_site *site, const char *partitions);

/* Whether the class is in one of the partitions of a comma list (NULL or "": the default). */
bool dsfit_class_in_partition(const struct dsfit_site *site,
			      const struct dsfit_node_class *class, const char *partitions);

#endif
