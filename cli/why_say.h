/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_WHY_SAY_H
#define DSFIT_CLI_WHY_SAY_H

#include "cli/slurm_job.h"
#include "core/say/record.h"

/* A job, and what slurmctld's record of it says. */
struct why {
	const struct slurm_job *job;
	const char *user;		/* its name, or its number */
	bool recorded;			/* dsfit has left a record */
	struct dsfit_record record;
};

/* What "dsfit why" prints: as text, or as one object of JSON. NULL if there is no memory. The
 * caller frees it. */
char *why_say_text(const struct why *why);
char *why_say_json(const struct why *why);

#endif
