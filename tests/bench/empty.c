/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPANK plugin that does nothing, to tell what Slurm and the dynamic linker take for any plugin
 * from what dsfit takes. With the argument "options" it registers dsfit's, and does nothing with
 * them.
 */
#include <slurm/slurm.h>
#include <slurm/spank.h>
#include <string.h>

#include "plugin/options.h"

SPANK_PLUGIN(empty, 1)

static int take(int option, const char *value, int remote)
{
	(void)option;
	(void)value;
	(void)remote;
	return 0;
}

int slurm_spank_init(spank_t spank, int ac, char **av)
{
	return ac && !strcmp(av[0], "options") ? dsfit_options_register(spank, take) : 0;
}
