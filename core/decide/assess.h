/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ASSESS_H
#define DSFIT_ASSESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/account.h"
#include "core/declare/declaration.h"
#include "core/site/site.h"

/* One request held against one site: where it may land, and whether the job fits there. */

#define DSFIT_EXPRESSION_MAX 256

enum dsfit_gpu_scope {
	DSFIT_GPUS_UNSET,
	DSFIT_GPUS_PER_NODE,
	DSFIT_GPUS_PER_JOB,
	DSFIT_GPUS_PER_TASK,
};

enum dsfit_memory_scope {
	DSFIT_MEMORY_UNSET,		/* the site's default */
	DSFIT_MEMORY_PER_NODE,
	DSFIT_MEMORY_PER_GPU,
	DSFIT_MEMORY_PER_CPU,
	DSFIT_MEMORY_WHOLE_NODE,
};

/* Why a request's node count cannot simply be raised. */
enum dsfit_nodes_bound {
	DSFIT_NODES_FREE,
	DSFIT_NODES_BOUND_BY_TASKS,	/* a task count was typed; up to nodes_limit */
	DSFIT_NODES_BOUND_BY_LAUNCH,	/* srun has fixed how many tasks it starts */
	DSFIT_NODES_BOUND_BY_LIST,	/* the nodes are named */
};

/* A request as the user asked, whatever words it was asked in. */
struct dsfit_request {
	enum dsfit_gpu_scope scope;
	uint64_t gpus;				/* in that scope */
	char gpu_type[DSFIT_NAME_MAX];		/* the gres type; "" for any */
	uint64_t nodes_min;			/* at least 1 */
	uint64_t nodes_max;			/* 0: not limited */
	bool nodes_given;
	uint64_t tasks;				/* 0: not given */
	uint64_t tasks_per_node;		/* 0: not given */
	uint64_t tasks_per_gpu;			/* 0: not given; with tasks GPUs follow */
	uint64_t cpus_per_task;			/* 0: not given */
	uint64_t cpus_per_gpu;			/* 0: not given */
	enum dsfit_memory_scope memory_scope;
	uint64_t memory;			/* bytes in that scope */
	uint64_t scratch;			/* bytes a node; 0: not given */
	char features[DSFIT_EXPRESSION_MAX];	/* a feature expression; "" for none */
	char partition[DSFIT_EXPRESSION_MAX];	/* a comma list; "" for the default */
	bool exclusive;
	enum dsfit_nodes_bound bound;
	uint64_t nodes_limit;			/* the highest node count that `bound` allows */
	/* Bits of enum dsfit_change that may lead to other nodes than the user chose, by name or
	 * by reservation: which those are is not known here. */
	unsigned kept;
	bool tasks_follow;			/* with more nodes `tasks` may become as many */
	/* The asker's own, carried along and never read: the option that asked for the GPUs, and
	 * the gres beside them. */
	unsigned form;
	char other_gres[DSFIT_EXPRESSION_MAX];
};

/* Whether it asks for no GPU at all, not even with a whole node's. */
bool dsfit_asks_nothing(const struct dsfit_request *request);

/* Worse is higher. */
enum dsfit_verdict { DSFIT_FITS, DSFIT_UNKNOWN, DSFIT_TIGHT, DSFIT_EXCEEDS };
extern const char *const dsfit_verdict_names[];

struct dsfit_assessment {
	enum dsfit_verdict gpu, host, nvme, storage, network, overall;
	bool placed;			/* some class of the site can hold the request */
	struct dsfit_error stop;	/* why the training cannot run on the layout; "": it can */
	const struct dsfit_node_class *class;	/* the worst it may land on; NULL if not placed */
	/* If not placed: of the classes of its type, partition and features the one that comes
	 * nearest, NULL where there are none; and the card, where a type was named. */
	const struct dsfit_node_class *nearest;
	const struct dsfit_gpu *card;
	struct dsfit_layout layout;
	struct dsfit_account account;
	uint64_t gpu_capacity, host_capacity, nvme_capacity, network_capacity;	/* 0: unknown */
	/* Of an optimizer step, computing and what it waits for the network; 0: not known. */
	double step_seconds;
	double waiting;			/* the share of it that is waiting; negative: not known */
	double price;			/* $ an hour; negative: not known */
	double price_per_billion;	/* $ a billion tokens; negative: not known */
	double days_per_billion;	/* days a billion tokens; negative: not known */
};

/*
 * Whether a feature expression lets a job of so many nodes have one with these features: names, &,
 * | and parentheses, brackets and counts (a*2) as Slurm's --constraint has them. Nodes beyond those
 * that are counted may be any. What is beyond that holds for any: better a class too many than a
 * job refused for a word not understood.
 */
bool dsfit_features_match(const char *expression, const struct dsfit_names *features,
			  uint64_t nodes);

/* Whether the request may land on the class by its names: type, partition and features. */
bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *request,
		   const struct dsfit_node_class *class);

/* The layout of a request on a class; false where it may not land there, or is too large. */
bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout);

/*
 * The fewest nodes of the class that Slurm gives the request, before any GPU is counted: as many as
 * were asked for, or as its constraint counts, or as its tasks take, by --ntasks-per-node or by
 * their CPUs.
 */
uint64_t dsfit_nodes_least(const struct dsfit_request *request,
			   const struct dsfit_node_class *class);

/*
 * What the request gets of a node's memory, by what it asks for or by the site's default; 0 where
 * that is not known.
 */
uint64_t dsfit_memory_per_node(const struct dsfit_site *site, const struct dsfit_request *request,
			       const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout);

/*
 * The GPUs that a request may be given at the most, where it may land on most of them: on as many
 * nodes as it lets Slurm give it, and with --exclusive all that they have. As it states them where
 * no class of the site can hold it.
 */
uint64_t dsfit_gpus(const struct dsfit_site *site, const struct dsfit_request *request);

/* Tasks on so many nodes: as typed, or so many a node; one a node is Slurm's own default. */
uint64_t dsfit_tasks(const struct dsfit_request *request, uint64_t nodes);

/* CPUs of the request on its fullest node, as --mem-per-cpu counts them; at least 1. */
uint64_t dsfit_cpus_per_node(const struct dsfit_request *request,
			     const struct dsfit_layout *layout);

/* low to high against a capacity of which 0 means unknown. */
enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity);

/* The job on one class that dsfit_place() accepted. */
void dsfit_assess_on(const struct dsfit_site *site, const struct dsfit_workload *workload,
		     const struct dsfit_request *request, const struct dsfit_node_class *class,
		     const struct dsfit_layout *layout, struct dsfit_assessment *out);

/*
 * The job on the worst class it may land on; on the best, where the user named the nodes. A
 * request that no class can hold is assessed on the layout it states, with capacities unknown.
 */
void dsfit_assess(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, struct dsfit_assessment *out);

/*
 * The same as if the site had no other classes than these `count`, all of which the request
 * matches (dsfit_matches()); of all that it has for NULL.
 */
void dsfit_assess_among(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out);

/* Likewise each class it may land on, in turn: the assessment is good for the call. */
typedef void (*dsfit_landing_visitor)(void *context, const struct dsfit_assessment *there);
void dsfit_assess_each(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context);

#endif
