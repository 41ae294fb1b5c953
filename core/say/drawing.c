/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/say/drawing.h"

#include <math.h>

#include "core/base/array.h"
#include "core/base/size.h"

const struct dsfit_colour dsfit_fills[DSFIT_BAR_PARTS] = {
	[DSFIT_BAR_WEIGHTS] = { "weights", "#3f67c6", "#6d90e8" },
	[DSFIT_BAR_GRADIENTS] = { "gradients", "#3b9c57", "#58b974" },
	[DSFIT_BAR_OPTIMIZER] = { "optimizer", "#e3a92b", "#e0ae45" },
	[DSFIT_BAR_COMMUNICATION] = { "communication", "#5cc0bb", "#4fa8a4" },
	[DSFIT_BAR_ACTIVATIONS] = { "activations", "#8a56c2", "#a67edb" },
	[DSFIT_BAR_LOSS] = { "loss", "#e58fb1", "#d97fa4" },
	[DSFIT_BAR_FRAMEWORK] = { "framework", "#8c929c", "#7f8690" },
	[DSFIT_BAR_SLACK] = { "slack", "#c6cad1", "#535963" },
	[DSFIT_BAR_OFFLOADED] = { "offloaded", "#e3a92b", "#e0ae45" },
	[DSFIT_BAR_REST] = { "rest", "#8c929c", "#7f8690" },
};

const struct dsfit_colour dsfit_inks[DSFIT_INKS] = {
	[DSFIT_INK_PAPER] = { "paper", "#ffffff", "#16191d" },
	[DSFIT_INK_INK] = { "ink", "#1d2126", "#e6e9ed" },
	[DSFIT_INK_FAINT] = { "faint", "#5c646f", "#a0a8b3" },
	[DSFIT_INK_GRID] = { "grid", "#dfe3e8", "#31373f" },
	[DSFIT_INK_LIMIT] = { "limit", "#c22b2b", "#ff7a70" },
};

struct dsfit_ticks dsfit_ticks(uint64_t scale)
{
	static const char *const units[] = { "MiB", "GiB", "TiB", "PiB", "EiB" };
	double bytes = (double)DSFIT_MIB, step, power;
	size_t unit = 0;

	while (unit + 1 < DSFIT_ARRAY_SIZE(units) && (double)scale >= 2 * 1024 * bytes) {
		bytes *= 1024;
		unit++;
	}
	step = (double)scale / bytes / 5;
	power = pow(10, floor(log10(step > 1e-9 ? step : 1e-9)));
	step /= power;
	step = (step < 1.5 ? 1 : step < 3.5 ? 2 : step < 7.5 ? 5 : 10) * power;
	return (struct dsfit_ticks){ units[unit], bytes, step };
}
