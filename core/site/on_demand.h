/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ON_DEMAND_H
#define DSFIT_ON_DEMAND_H

#include <confuse.h>

#include "core/base/trust.h"
#include "core/formats/sections.h"
#include "core/site/site.h"

/*
 * Catalogues that are read as they are wanted, for core/site/load.c. A declaration names one model,
 * which has one family, and the nodes have a few of the cards. At first only the names are known:
 *
 *     sections of gpu, family, model      core/formats/sections.h finds where they are
 *         |  dsfit_on_demand_begin()
 *     entries with a name and aliases     in the order that they have in a site that is read whole
 *         |  core/base/unread.h           when one is looked up
 *     entries as in such a site           parsed and taken by the functions for whole catalogues
 */
struct dsfit_on_demand;

/* What keeps the sections; NULL if there is no memory. It goes with dsfit_on_demand_free(). */
struct dsfit_on_demand *dsfit_on_demand_new(void);

/* Where dsfit_conf_read() puts the sections. */
struct dsfit_sections *dsfit_on_demand_sections(struct dsfit_on_demand *demand);

/*
 * Give the site the entries' names. Files that are read later may be changed by `trusted` alone; by
 * anybody if that is NULL. cfg is what was read beside the sections; from now on it
 * belongs to `demand`, and both to the site. Returns 0; or -1 if there is no memory or if a section
 * is written in a way that needs the site to be read whole. Then all is still the caller's.
 */
int dsfit_on_demand_begin(struct dsfit_on_demand *demand, cfg_t *cfg,
			  const struct dsfit_trusted *trusted, struct dsfit_site *site);

/* NULL is allowed. */
void dsfit_on_demand_free(struct dsfit_on_demand *demand);

#endif
