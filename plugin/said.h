/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAID_H
#define DSFIT_SAID_H

#include <stddef.h>

#include "core/decide/assess.h"

/*
 * What the submit host has told the user about a job. It travels with the job, so that slurmctld
 * does not say it again: "fits", or "fits nodes,memory" if these were corrected. It decides
 * nothing: a user who forges it only silences messages to himself.
 */
#define DSFIT_SAID_NAME "DSFIT_SAID"
#define DSFIT_SAID_MAX 96

enum dsfit_said_what {
	/* The values of enum dsfit_verdict: the submit host told the user this verdict. And: */
	DSFIT_SAID_UNSIZED = DSFIT_EXCEEDS + 1,	/* that dsfit cannot size the request */
	DSFIT_SAID_INHERITED,	/* no message: inherited declaration, no GPUs requested */
	DSFIT_SAID_NOTHING	/* no message */
};

struct dsfit_said {
	enum dsfit_said_what what;
	unsigned changed;		/* bits of enum dsfit_change */
};

/* Write it as text; "" for DSFIT_SAID_NOTHING. */
void dsfit_said_write(const struct dsfit_said *said, char text[DSFIT_SAID_MAX]);

/* Read the text. If it is not understood, *out is DSFIT_SAID_NOTHING. */
void dsfit_said_read(const char *text, struct dsfit_said *out);

#endif
