/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLACEMENT_H
#define DSFIT_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/layout.h"
#include "core/request/request.h"
#include "core/site/site.h"

/*
 * Where a request lands: on which classes of the site's nodes Slurm may place the job, and how many
 * nodes, GPUs and bytes of host memory the job gets there. Nothing here knows what is trained.
 */

/* Whether the class has the GPU type, partition and features that the request names, and, where
 * that is known, one of the nodes that it names. */
bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *request,
		   const struct dsfit_node_class *class);

/* The same for a class that is known to have the GPU type that is asked for, if one is. */
bool dsfit_matches_of_type(const struct dsfit_site *site, const struct dsfit_request *request,
			   const struct dsfit_node_class *class);

/* How many nodes of the class the request may have: those that it names, where that is known, else
 * all. */
uint64_t dsfit_nodes_of_class(const struct dsfit_site *site, const struct dsfit_request *request,
			      const struct dsfit_node_class *class);

/* Whether the job chose nodes, by name or by reservation, and it is not known which these are. */
bool dsfit_chooses_unknown(const struct dsfit_site *site, const struct dsfit_request *request);

/* Whether Slurm can place `to` on each class on which it can place `from`. */
bool dsfit_stays_on(const struct dsfit_site *site, const struct dsfit_request *from,
		    const struct dsfit_request *to);

/*
 * The layout of the request on a class. Returns false if Slurm cannot place it there: the class
 * does not match, has too few nodes, or its nodes have too few GPUs or CPUs, or too little memory
 * or scratch. What the site does not state about a class is assumed to suffice.
 */
bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout);

/* The same for a class that is known to match, which saves the time of dsfit_matches(). */
bool dsfit_place_matching(const struct dsfit_site *site, const struct dsfit_request *request,
			  const struct dsfit_node_class *class, struct dsfit_layout *layout);

/*
 * The layout that the request would have on nodes of a class, without asking whether the class has
 * enough of anything. Returns false if the request asks for no GPU, or for more GPUs per task than
 * a node has.
 */
bool dsfit_lay_out(const struct dsfit_site *site, const struct dsfit_request *request,
		   const struct dsfit_node_class *class, struct dsfit_layout *layout);

/*
 * The most GPUs that Slurm gives a request with GPUs per job or task on one node of the class: as
 * many as the node has, and as it has CPUs for (--cpus-per-gpu) and memory (--mem-per-gpu). 0 if it
 * has no room for one.
 */
uint64_t dsfit_gpus_of_node(const struct dsfit_site *site, const struct dsfit_request *request,
			    const struct dsfit_node_class *class);

/*
 * How many of `count` GPUs or tasks Slurm puts on the fullest of `nodes` nodes (at least 1), each
 * of which has room for `most`. It fills the first node, but leaves one for each of the others.
 * Seen in 22.05, 24.11 and 26.05: "-N2 --gpus=4" on nodes of 4 GPUs becomes 3 and 1.
 */
uint64_t dsfit_spread(uint64_t count, uint64_t most, uint64_t nodes);

/* What a class has too little of to hold a request. */
enum dsfit_lack_of {
	DSFIT_LACK_NOTHING,
	DSFIT_LACK_GPUS,		/* per node */
	DSFIT_LACK_CPUS,		/* per node */
	DSFIT_LACK_MEMORY,		/* bytes per node */
	DSFIT_LACK_SCRATCH,		/* bytes per node */
	DSFIT_LACK_NODES,
	DSFIT_LACK_ALLOWED_NODES,	/* more than its own --nodes allows */
	DSFIT_LACK_GPUS_FOR_NODES,	/* fewer GPUs than nodes: Slurm refuses that */
	DSFIT_LACK_TASKS,		/* fewer than --ntasks-per-node: Slurm refuses that */
};

struct dsfit_lack {
	enum dsfit_lack_of what;
	uint64_t needs, has;
};

/* What keeps a class that the request matches (dsfit_matches()) from holding it alone. */
struct dsfit_lack dsfit_lack_on(const struct dsfit_site *site, const struct dsfit_request *request,
				const struct dsfit_node_class *class);

/* A class with unlimited GPUs about which nothing else is known: with it dsfit_lay_out() returns
 * what the request alone says. */
struct dsfit_node_class dsfit_unlimited_class(void);

/*
 * The fewest nodes of the class that Slurm gives the request, before GPUs are counted: the number
 * that was asked for, or the sum of the counts in its constraint, or as many as its tasks need
 * because of --ntasks-per-node or their CPUs, whichever is largest. With `class` NULL, CPUs are not
 * counted.
 */
uint64_t dsfit_nodes_least(const struct dsfit_request *request,
			   const struct dsfit_node_class *class);

/* Tasks on so many nodes. Without --ntasks and --ntasks-per-node it is one per node, Slurm's
 * default. */
uint64_t dsfit_tasks(const struct dsfit_request *request, uint64_t nodes);

/*
 * GPUs and CPUs on the node with the most GPUs, as --mem-per-gpu and --mem-per-cpu count them:
 * those of the request, with --exclusive all of the node. Then --cpus-per-gpu counts all GPUs of
 * the node, too. Seen in 22.05, 24.11 and 26.05. At least 1 CPU.
 */
uint64_t dsfit_gpus_allocated(const struct dsfit_request *request,
			      const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout);
uint64_t dsfit_cpus_allocated(const struct dsfit_request *request,
			      const struct dsfit_node_class *class,
			      const struct dsfit_layout *layout);

/*
 * Host memory in bytes that the request gets on each node: what it asks for, else the default
 * of its partition (DefMemPerGPU and its kin; of several partitions the least), else all of the
 * node's. 0 if that is not known.
 */
uint64_t dsfit_memory_per_node(const struct dsfit_site *site, const struct dsfit_request *request,
			       const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout);

/*
 * The most GPUs that Slurm may give the request, over all classes that can hold it: on as many
 * nodes as the request allows, and with --exclusive all GPUs of each node. If no class can hold it,
 * the number that the request states. 0 if it asks for none.
 */
uint64_t dsfit_gpus(const struct dsfit_site *site, const struct dsfit_request *request);

/* Whether `gpus` GPUs per node divide the GPUs of a node, so that several such jobs fill a node and
 * leave none of its GPUs over. */
bool dsfit_divides_node(const struct dsfit_node_class *class, uint64_t gpus);

#endif
