/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_ARGUMENTS_H
#define DSFIT_CLI_SIZE_ARGUMENTS_H

#include "cli/common.h"
#include "cli/declaration.h"
#include "cli/size_script.h"
#include "cli/slurm_words.h"
#include "cli/solve.h"
#include "cli/sweep_job.h"
#include "core/request/request.h"

/* The options of "dsfit size". */

struct size_arguments {
	struct cli_common common;
	struct dsfit_declaration declaration;
	struct size_script script;
	struct cli_slurm_words slurm;		/* the request as typed */
	struct dsfit_request request;
	struct dsfit_who who;			/* its account alone, for the limits */
	const char *gpu;			/* --gpu */
	uint64_t gpu_memory, network;
	const char *gpu_memory_text, *network_text;	/* both as typed */
	enum cli_sweep sweep;
	enum cli_solve solve;
	const char *svg, *html;
};

/* Read the command line into *out, which borrows its strings. A mistake ends the command. */
void size_arguments_read(int argc, char **argv, struct size_arguments *out);

#endif
