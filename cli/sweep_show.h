/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_SHOW_H
#define DSFIT_CLI_SWEEP_SHOW_H

#include "cli/sweep_points.h"

/* Print the points as a chart or as JSON, and write the picture of --svg if it was given. */
void sweep_show(const struct sweep *sweep);

#endif
