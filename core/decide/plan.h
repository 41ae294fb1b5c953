/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLAN_H
#define DSFIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/constraint.h"

/* The requests of a site that a declaration fits, best first. */

/* A way to run the job, that fits. */
struct dsfit_alternative {
	struct dsfit_request request;
	struct dsfit_assessment assessment;
	unsigned changes;		/* bits of enum dsfit_change against what was asked */
	bool preemptible;		/* in a partition that dsfit chose: --requeue is in order */
	const char *training;		/* options that change the training too; NULL for none */
};

/* What to plan for. Pointers are borrowed. */
struct dsfit_plan {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	/* All that was asked but GPUs, of which it asks for none: partition, constraint, nodes,
	 * tasks, memory. Every row keeps to it; no row may be where it is. */
	const struct dsfit_request *asked;
	unsigned may_change;		/* bits of enum dsfit_change; without PARTITION: no other */
	bool bound;			/* heed asked->bound */
	uint64_t max_gpus, max_nodes;	/* in addition to what a row's partition allows */
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	struct dsfit_assessment *closest;	/* gets the roomiest misfit; may be NULL */
	/* Layouts that may still be looked at, counted down; NULL: DSFIT_PLAN_BUDGET. At 0 there
	 * may be rows that were not found. */
	uint64_t *budget;
};

/* So many layouts are some tenths of a second's, and more than any cluster has that is. */
#define DSFIT_PLAN_BUDGET UINT64_C(400000)

/* A plan of whatever the site has. */
struct dsfit_plan dsfit_plan_begin(const struct dsfit_site *site,
				   const struct dsfit_workload *workload,
				   const struct dsfit_request *asked);

/*
 * Plan: the best rows by the declaration's goal, best first and `capacity` at most; returns how
 * many. 0 too where memory is out.
 *
 * A row is a GPU type, GPUs a node, nodes and a partition, with the memory and scratch that the job
 * needs and, where one is needed, a constraint. It holds wherever it lands: submitted as it is, it
 * fits. For each type there are the smallest that fit and, on whole nodes, twice and more times as
 * many nodes; none that takes as many GPUs as another on more nodes and is no cheaper, and none
 * that leaves a part of a node stranded where fewer GPUs will do. Rows are of the best verdict that
 * any has: tight ones are there only where none fits. A request that several partitions take is
 * listed for the first of them, the default one coming first, and is preemptible where no other
 * partition takes it; an experiment's is listed for both kinds.
 *
 * development: the smallest, by $ an hour, GPUs, nodes. experiment: preemptible partitions
 * first, then likewise. production: first those that spend at most the site's production_wait of a
 * step waiting for the network, then by $ a token, $ an hour, GPUs, nodes. What has no price, and a
 * wait that is not known, comes last; the order of the configuration decides what is left.
 */
size_t dsfit_plan(const struct dsfit_plan *plan, struct dsfit_alternative *rows, size_t capacity);

/* A misfit that has been placed: into *closest (which may be NULL), where it is the first, merely
 * tight where that exceeds, or roomier for a GPU. */
void dsfit_note_misfit(struct dsfit_assessment *closest, const struct dsfit_assessment *a);

/* Whether a comes before b for a goal, as above; both of the same verdict and kind of partition. */
bool dsfit_plan_before(const struct dsfit_site *site, enum dsfit_goal goal,
		       const struct dsfit_assessment *a, const struct dsfit_assessment *b);

#endif
