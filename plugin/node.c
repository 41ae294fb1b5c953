/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/node.h"

#include <stddef.h>

#include "plugin/options.h"

/*
 * slurmstepd gets the options that the job was submitted with, and complains about those that no
 * plugin has registered. So they are registered here too, but their values are not used.
 */
int dsfit_node_init(spank_t spank)
{
	dsfit_options_register(spank, NULL);
	/* Any other value would make the job fail and drain the node. */
	return 0;
}
