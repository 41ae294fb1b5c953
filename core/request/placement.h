/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLACEMENT_H
#define DSFIT_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/account.h"
#include "core/request/request.h"
#include "core/site/site.h"

/* Where a request may land, and what it is given there. */

/* Whether the request may land on the class by its names: type, partition and features. */
bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *request,
		   const struct dsfit_node_class *class);

/* The layout of a request on a class; false where it may not land there, or is too large. */
bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout);

/* The same where dsfit_matches() has said yes. */
bool dsfit_place_matching(const struct dsfit_site *site, const struct dsfit_request *request,
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

/* A class that no site has: all that is known of it is that it holds whatever is asked. */
struct dsfit_node_class dsfit_stated_class(void);

/*
 * The layout that a request states for a class, whether or not the class has as much; false where
 * it states none: no GPU, or more for a task than the class has.
 */
bool dsfit_lay_out(const struct dsfit_request *request, const struct dsfit_node_class *class,
		   struct dsfit_layout *layout);

#endif
