/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLAN_INPUTS_H
#define DSFIT_PLAN_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide/assess.h"
#include "core/site/limits.h"

/* Layouts that a plan may look at. They take some tenths of a second, and no cluster is known that
 * needs as many. */
#define DSFIT_PLAN_BUDGET UINT64_C(400000)

/* What to plan for: what dsfit_plan() and its parts read. Pointers are borrowed. */
struct dsfit_plan {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	struct dsfit_accounts *accounts;	/* of these two; NULL: the plan keeps its own */
	/* What every row has to keep: the partition, constraint, nodes, tasks and memory of a
	 * request. The GPUs are planned, so it asks for none. It must not lie within the rows. */
	const struct dsfit_request *asked;
	unsigned may_change;		/* bits of enum dsfit_change. Without PARTITION the rows are
					 * in the partition asked for, or the default one */
	bool elsewhere;			/* not in the partition asked for: nothing fits there */
	bool bound;			/* asked->bound limits the number of nodes */
	uint64_t max_gpus, max_nodes;	/* in addition to the limits in a row's partition */
	struct dsfit_standing standing;	/* whose limits these are */
	enum dsfit_verdict aim;		/* the worst verdict that a row may have */
	struct dsfit_assessment *closest;	/* gets the closest misfit; NULL: not wanted */
	bool *gpus_fit;			/* set if GPUs were large enough somewhere; or NULL */
	/* Layouts that may still be looked at, counted down; NULL: DSFIT_PLAN_BUDGET. If it is 0
	 * afterwards, rows may be missing. */
	uint64_t *budget;
};

/* Whether rows may differ from what was asked in this. */
static inline bool dsfit_plan_may(const struct dsfit_plan *plan, enum dsfit_change change)
{
	return plan->may_change & change;
}

#endif
