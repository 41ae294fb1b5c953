/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WARNINGS_H
#define DSFIT_WARNINGS_H

#include <confuse.h>

#include "core/site/site.h"

/* What of a site that was read is legal and hardly meant, into site->warnings: for core/site/site.c
 * alone. */
void dsfit_site_warn(cfg_t *cfg, struct dsfit_site *site);

#endif
