/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_DECLARATION_H
#define DSFIT_JOB_DECLARATION_H

#include <slurm/slurm.h>

#include "core/base/error.h"
#include "core/declare/declaration.h"
#include "plugin/said.h"

/* The declaration that a job brings to slurmctld. Every string of it is the user's to forge. */

/* Room for an option's value. Only a declaration that was passed on is longer. */
#define DSFIT_OPTION_VALUE_MAX 1024

/*
 * Find the declaration in the job's description, and what the submit host has said of the job. The
 * texts are the description's, or in `copy`. 0; or -1 and why it cannot be used.
 */
int dsfit_job_declaration(const job_desc_msg_t *desc, struct dsfit_declaration *declaration,
			  struct dsfit_said *said, char copy[DSFIT_OPTION_VALUE_MAX],
			  struct dsfit_error *err);

#endif
