/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLAN_H
#define DSFIT_PLAN_H

#include <stddef.h>

#include "core/decide/plan_inputs.h"
#include "core/decide/ranking.h"

/* The requests of a site that fit a job, best first: for users who have not asked for GPUs yet. */

/* Inputs for a plan that is limited by the site and `asked` alone. */
struct dsfit_plan dsfit_plan_begin(const struct dsfit_site *site,
				   const struct dsfit_workload *workload,
				   const struct dsfit_request *asked);

/*
 * The best rows for the workload's goal, best first, at most `capacity` of them. Returns how many;
 * 0 also if memory is out. The order is that of core/decide/ranking.h.
 *
 * A row is a GPU type, GPUs per node, nodes and a partition, with the memory and scratch that the
 * job needs, and a constraint if it needs one. A row fits on every class where Slurm may place it,
 * so it can be submitted as it is.
 *
 * For each GPU type there are the smallest rows that fit, and rows with twice, four times and more
 * as many whole nodes. All rows have the best verdict that any request has: there are "tight" rows
 * only if none fits. If several partitions take the same request it is listed once, for the first
 * of them; the default one comes first and preemptible ones last. For an experiment it is listed
 * for both kinds of partition.
 */
size_t dsfit_plan(const struct dsfit_plan *plan, struct dsfit_alternative *rows, size_t capacity);

#endif
