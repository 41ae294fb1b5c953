/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_POINTS_H
#define DSFIT_CLI_SWEEP_POINTS_H

#include <stdio.h>

#include "cli/sweep_job.h"

/* The values of a sweep, with the estimate for each. */

#define SWEEP_VALUES_MAX 64

/* One value, and the estimate of the job with it. */
struct sweep_point {
	uint64_t value;
	bool declared;
	char verdict[64];
	struct dsfit_assessment assessment;
};

struct sweep {
	const struct cli_sweep_job *job;
	struct dsfit_request request;	/* as declared */
	struct dsfit_assessment base;	/* of that request */
	struct sweep_point point[SWEEP_VALUES_MAX];
	size_t count;
};

/* The words of --sweep, by enum cli_sweep. */
extern const char *const sweep_names[];

/* The headers of the column of values, by enum cli_sweep. */
extern const char *const sweep_axes[];

/*
 * Choose values around the declared one, and estimate the job for each. Values that the training
 * cannot run with are left out, and `notes` gets a line for each. Returns false if no job can be
 * found to vary.
 */
bool sweep_make_points(const struct cli_sweep_job *job, struct sweep *out, FILE *notes);

#endif
