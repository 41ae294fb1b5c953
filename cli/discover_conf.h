/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_DISCOVER_CONF_H
#define DSFIT_CLI_DISCOVER_CONF_H

#include <stdio.h>

#include "cli/node_classes.h"

/* Write what was found as a dsfit.conf. `conf` is the path of the configuration that was read: the
 * catalogues beside it are included. Without memory the command ends. */
void discover_conf(FILE *out, const struct discovery *found, const char *conf);

#endif
