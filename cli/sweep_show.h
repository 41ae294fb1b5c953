/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_SHOW_H
#define DSFIT_CLI_SWEEP_SHOW_H

#include "cli/sweep_points.h"
#include "core/say/picture.h"

/* The points as something to draw, in memory of its own: free() it. It borrows the sweep. */
struct sweep_chart {
	struct dsfit_chart chart;
	struct dsfit_chart_row row[SWEEP_VALUES_MAX];
	char title[512];
};
struct sweep_chart *sweep_chart_new(const struct sweep *sweep);

/* Print the points as a chart or as JSON, and write the picture of --svg if it was given. */
void sweep_show(const struct sweep *sweep);

#endif
