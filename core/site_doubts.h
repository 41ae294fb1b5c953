/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SITE_DOUBTS_H
#define DSFIT_SITE_DOUBTS_H

#include <confuse.h>

#include "core/site.h"

/* What of a site that was read is legal and hardly meant, into site->doubts: for core/site.c
 * alone. */
void dsfit_site_doubt(cfg_t *cfg, struct dsfit_site *site);

#endif
