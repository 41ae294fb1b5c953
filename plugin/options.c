/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/options.h"

#include <stdio.h>

#include "core/declaration.h"

int dsfit_options_register(spank_t spank, spank_opt_cb_f callback)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		const struct dsfit_option_info *info = &dsfit_options[i];
		char name[64];
		/* Slurm copies the option and its texts. */
		struct spank_option option = {
			.name = name,
			.arginfo = (char *)info->argument,
			.usage = (char *)info->help,
			.has_arg = 1,
			.val = i,
			.cb = callback,
		};

		snprintf(name, sizeof(name), "ds-%s", info->name);
		if (spank_option_register(spank, &option) != ESPANK_SUCCESS)
			return -1;
	}
	return 0;
}
