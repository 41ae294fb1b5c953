/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAY_NOT_KNOWN_H
#define DSFIT_SAY_NOT_KNOWN_H

#include "core/say/subject.h"

/* Why a verdict is "unknown": what is not known, and who can settle it. */
struct dsfit_not_known {
	char what[160];			/* "host memory per node" */
	const char *who;		/* "user" or "administrator" */
	char how[240];			/* an option, or a key of a file */
};

/* Returns false if the verdict on the request is not "unknown". */
bool dsfit_not_known(const struct dsfit_say *say, struct dsfit_not_known *out);

#endif
