/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/node.h"

#include <stddef.h>

#include "plugin/options.h"

/*
 * slurmstepd gets the options that the job was submitted with, and complains of those that no
 * plugin has registered. Their values are not looked at here.
 */
int dsfit_node_init(spank_t spank)
{
	dsfit_options_register(spank, NULL);
	/* Anything else would fail the job and drain the node. */
	return 0;
}
