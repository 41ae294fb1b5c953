/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_DISCOVER_JSON_H
#define DSFIT_CLI_DISCOVER_JSON_H

#include <stdio.h>

#include "cli/node_classes.h"

/* Write the discovery as one JSON object. Bytes are integers. Settings that Slurm does not have are
 * null. */
void discover_json(FILE *out, const struct discovery *found);

#endif
