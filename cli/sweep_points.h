/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_POINTS_H
#define DSFIT_CLI_SWEEP_POINTS_H

#include <stdio.h>

#include "cli/sweep_job.h"

/* The values that a sweep goes through, each with its estimate. */

#define SWEEP_VALUES_MAX 64

/* One value and what becomes of the job with it. */
struct sweep_point {
	uint64_t value;
	bool declared;
	char verdict[64];
	struct dsfit_assessment assessment;
};

struct sweep {
	const struct cli_sweep_job *job;
	struct dsfit_request request;	/* as declared */
	struct dsfit_assessment base;	/* of that */
	struct sweep_point point[SWEEP_VALUES_MAX];
	size_t count;
};

/* What --sweep calls each kind. */
extern const char *const sweep_names[];

/* What a value counts, over its column. */
extern const char *const sweep_axes[];

/*
 * Choose the values around the job as declared, and estimate each. Values that the training does
 * not run with are left out, with a line each in `notes`. The command ends where there is no job to
 * begin with.
 */
void sweep_make_points(const struct cli_sweep_job *job, struct sweep *out, FILE *notes);

#endif
