/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WARNINGS_H
#define DSFIT_WARNINGS_H

#include <confuse.h>

#include "core/site/site.h"

/* Find settings that are valid but probably a mistake, in a site that has been read from cfg. Each
 * becomes a line of site->warnings. For core/site/load.c. */
void dsfit_site_warn(cfg_t *cfg, struct dsfit_site *site);

#endif
