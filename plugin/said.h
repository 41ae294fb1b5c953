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
	/* Those of enum dsfit_verdict, by their names, and: */
	DSFIT_SAID_UNSIZED = DSFIT_EXCEEDS + 1,	/* that the request is not one that is sized */
	DSFIT_SAID_INHERITED,	/* nothing: the outer job's declaration, and no GPU asked for */
	DSFIT_SAID_NOTHING
};

struct dsfit_said {
	enum dsfit_said_what what;
	unsigned changed;		/* bits of enum dsfit_change */
};

void dsfit_said_write(const struct dsfit_said *said, char text[DSFIT_SAID_MAX]);

/* Whatever is not understood is DSFIT_SAID_NOTHING. */
void dsfit_said_read(const char *text, struct dsfit_said *out);

#endif
