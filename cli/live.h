/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_LIVE_H
#define DSFIT_CLI_LIVE_H

#include <stddef.h>
#include <stdio.h>

#include "cli/node_classes.h"

/* What dsfit.conf and the live cluster have differently. */

struct live_difference {
	char *section;		/* "nodes \"a100\"" */
	const char *key;	/* "count"; NULL: one of the two has no such section */
	char *configured, *live;	/* the values of dsfit.conf and the cluster; NULL: none */
};

struct live {
	struct live_difference *differences;
	size_t count;
};

/*
 * Compare a configuration with what was found with its catalogue. What the configuration does not
 * state (CPUs, memory, scratch of nodes) is not compared, and neither are GPUs without a type. In a
 * partition dsfit.conf may set a lower limit than Slurm. Without memory the command ends.
 */
void live_compare(const struct dsfit_site *site, const struct discovery *found, struct live *out);
void live_free(struct live *live);

/* Write one line for each difference. */
void live_text(FILE *out, const struct live *live);

#endif
