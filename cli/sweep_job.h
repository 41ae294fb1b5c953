/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_JOB_H
#define DSFIT_CLI_SWEEP_JOB_H

#include "core/decide/decide.h"
#include "core/declare/declaration.h"

/* What "dsfit size --sweep" varies, and the job that it varies. */

enum cli_sweep { CLI_SWEEP_NONE, CLI_SWEEP_GPUS, CLI_SWEEP_BATCH, CLI_SWEEP_SEQ };

/* All pointers are borrowed, and none is kept after the sweep. */
struct cli_sweep_job {
	enum cli_sweep what;
	const struct dsfit_site *site;
	const struct dsfit_declaration *declaration;
	const struct dsfit_workload *workload;	/* as declared */
	const struct dsfit_decision *decision;	/* on that workload and the request */
	bool json;
	const char *svg;			/* the path of a picture; NULL: write none */
};

#endif
