/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAID_H
#define DSFIT_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/decide.h"

/*
 * What the submit host has told the user about a job. It travels with the job, so that slurmctld
 * does not say it again: "fits", or "fits nodes,memory" if these were corrected. Behind that comes
 * " =" and a digest of the figures that the user read, as 16 hexadecimal digits: another plugin of
 * slurmctld may have changed the request since, and then the figures are not true of the job. A
 * user who forges all this silences messages to himself, or has a job that requests no GPUs left
 * without them.
 */
#define DSFIT_SAID_NAME "DSFIT_SAID"
#define DSFIT_SAID_MAX 96
/* As text, DSFIT_SAID_READ. */
#define DSFIT_SAID_READ_TEXT "read"

enum dsfit_said_what {
	/* The values of enum dsfit_verdict: the submit host told the user this verdict. And: */
	DSFIT_SAID_UNSIZED = DSFIT_EXCEEDS + 1,	/* that dsfit cannot size the job */
	DSFIT_SAID_INHERITED,	/* no message: inherited declaration, no GPUs requested */
	/* That the job is not sized. The user asked for no GPUs, as with --gres=none, which Slurm
	 * drops on the way to slurmctld, so slurmctld would give the job GPUs. */
	DSFIT_SAID_NO_GPUS,
	DSFIT_SAID_READ,	/* no message: the script was read, and tells of no training */
	DSFIT_SAID_NOTHING	/* no message */
};

struct dsfit_said {
	enum dsfit_said_what what;
	unsigned changed;		/* bits of enum dsfit_change */
	uint64_t figures;		/* their digest; 0: none */
};

/* What the user is told of this decision on the submit host. */
struct dsfit_said dsfit_said_of(const struct dsfit_decision *decision);

/* Whether the user has been told this verdict, but other figures or another partition than this
 * decision has. A partition that the request did not name was not told. */
bool dsfit_said_other_figures(const struct dsfit_said *said, const struct dsfit_decision *decision);

/* Whether the user has been told that the job is not sized. */
bool dsfit_said_unsized(const struct dsfit_said *said);

/* Write it as text; "" for DSFIT_SAID_NOTHING. */
void dsfit_said_write(const struct dsfit_said *said, char text[DSFIT_SAID_MAX]);

/* Read the text. If it is not understood, *out is DSFIT_SAID_NOTHING. */
void dsfit_said_read(const char *text, struct dsfit_said *out);

#endif
