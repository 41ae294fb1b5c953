/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_DECLARATION_H
#define DSFIT_JOB_DECLARATION_H

#include <slurm/slurm.h>

#include "core/base/error.h"
#include "core/declare/declaration.h"
#include "plugin/said.h"

/* Reads the declaration that a job brings to slurmctld. A user can forge every string of it. */

/* Room for an option's value. Only the line of a passed-on declaration may be longer. */
#define DSFIT_OPTION_VALUE_MAX 1024

/*
 * Find the declaration in the job description. The values are borrowed from the description or from
 * `copy`. If the submit host told the user something about the job, *said is set to it. Returns 0,
 * or -1 with the reason in err if a value is too long.
 */
int dsfit_job_declaration(const job_desc_msg_t *desc, struct dsfit_declaration *declaration,
			  struct dsfit_said *said, char copy[DSFIT_OPTION_VALUE_MAX],
			  struct dsfit_error *err);

#endif
