/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/options.h"

#include <stdio.h>

#include "core/base/array.h"
#include "core/declare/declaration.h"

/* The options in the order of --help. An empty line follows the last of each group: what is
 * trained, how it is trained, how it is spread over GPUs, what dsfit shall do. */
static const struct {
	enum dsfit_option option;
	bool last;
} shown[] = {
	{ DSFIT_OPTION_MODEL, false },
	{ DSFIT_OPTION_CONFIG, false },
	{ DSFIT_OPTION_DATASET, true },
	{ DSFIT_OPTION_METHOD, false },
	{ DSFIT_OPTION_BATCH, false },
	{ DSFIT_OPTION_SEQ, false },
	{ DSFIT_OPTION_PRECISION, false },
	{ DSFIT_OPTION_OPTIMIZER, false },
	{ DSFIT_OPTION_CHECKPOINTING, false },
	{ DSFIT_OPTION_ATTENTION, true },
	{ DSFIT_OPTION_ZERO, false },
	{ DSFIT_OPTION_OFFLOAD, false },
	{ DSFIT_OPTION_PARALLEL, false },
	{ DSFIT_OPTION_SET, true },
	{ DSFIT_OPTION_GOAL, false },
	{ DSFIT_OPTION_FIT, false },
	{ DSFIT_OPTION_EXPLAIN, true },
};

#define SHOWN DSFIT_ARRAY_SIZE(shown)
_Static_assert(SHOWN == DSFIT_OPTION_SLURM_END, "each option is registered");

int dsfit_options_register(spank_t spank, spank_opt_cb_f callback)
{
	for (size_t i = 0; i < SHOWN; i++) {
		const struct dsfit_option_info *info = &dsfit_options[shown[i].option];
		char name[64], help[128];
		/* Slurm copies the option and its texts. */
		struct spank_option option = {
			.name = name,
			.arginfo = (char *)info->argument,
			.usage = help,
			.has_arg = 1,
			.val = (int)shown[i].option,
			.cb = callback,
		};

		snprintf(name, sizeof(name), "ds-%s", info->name);
		snprintf(help, sizeof(help), "%s%s", info->help, shown[i].last ? "\n" : "");
		if (spank_option_register(spank, &option) != ESPANK_SUCCESS)
			return -1;
	}
	return 0;
}
