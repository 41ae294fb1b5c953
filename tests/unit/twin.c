/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plugin that looks for others of its name, as spank_dsfit.so does. tests/unit/test_instances.c
 * loads copies of it. */
#include "plugin/instances.h"

extern const char plugin_name[];
bool twin_is_later(void);
const char *twin_later(const char **own);

const char plugin_name[] = "twin";

bool twin_is_later(void)
{
	return dsfit_is_later_instance(plugin_name);
}

const char *twin_later(const char **own)
{
	return dsfit_later_instance(plugin_name, own);
}
