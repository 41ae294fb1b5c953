/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_H
#define DSFIT_CLI_SWEEP_H

#include "core/decide/decide.h"
#include "core/declare/declaration.h"

/* dsfit size --sweep: how a GPU's peak moves with one number of the declaration or the request. */

enum cli_sweep { CLI_SWEEP_NONE, CLI_SWEEP_GPUS, CLI_SWEEP_BATCH, CLI_SWEEP_SEQ };

/* The word of --sweep; ends the command where it is none. */
enum cli_sweep cli_sweep_take(const char *word);

/* What is swept. Nothing is kept. */
struct cli_sweep_job {
	enum cli_sweep what;
	const struct dsfit_site *site;
	const struct dsfit_declaration *declaration;
	const struct dsfit_workload *workload;	/* as declared */
	const struct dsfit_decision *decision;	/* on that and the request */
	bool json;
	const char *svg;			/* a file's path; NULL: none is written */
};

/*
 * The chart, as text or as JSON, on the class of nodes that the job as declared is on, or on the
 * smallest request that fits where none was made. Values that the training does not run with
 * are left out and said. The exit status: whether the job as declared fits.
 */
int cli_sweep(const struct cli_sweep_job *job);

#endif
