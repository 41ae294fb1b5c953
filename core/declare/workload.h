/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WORKLOAD_H
#define DSFIT_WORKLOAD_H

#include <stdbool.h>

#include "core/model/model.h"
#include "core/site/policy.h"
#include "core/training/ds_strict.h"
#include "core/training/training.h"

/* What the run is for. */
enum dsfit_goal { DSFIT_GOAL_DEVELOPMENT, DSFIT_GOAL_EXPERIMENT, DSFIT_GOAL_PRODUCTION };
extern const char *const dsfit_goal_names[];

/* How much dsfit prints about a job. */
enum dsfit_explain { DSFIT_EXPLAIN_SHORT, DSFIT_EXPLAIN_FULL };
extern const char *const dsfit_explain_names[];

/*
 * What a job trains and what its user wants dsfit to do: a declaration after it has been read.
 * Numbers only, no pointers: it can be copied and passed on as text (core/declare/passed_on.h).
 */
struct dsfit_workload {
	struct dsfit_training training;
	enum dsfit_goal goal;
	enum dsfit_mode fit;		/* --ds-fit */
	bool fit_given;			/* otherwise the site's policy alone decides */
	enum dsfit_explain explain;
	bool inferred;			/* nobody declared it: it was read from the job's script */
	/* What DeepSpeed stops at in the file. It is not passed on: who reads the file says so. */
	struct dsfit_ds_stops stops;
	struct dsfit_model model;
};

#endif
