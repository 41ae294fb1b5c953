/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_FOOTPRINT_H
#define DSFIT_CATALOGUE_FOOTPRINT_H

#include <confuse.h>

#include "core/model/footprint.h"

#define DSFIT_FOOTPRINT_KEYS 28

/* Write the keys of a footprint, which a section `family` has. Returns how many. */
size_t dsfit_footprint_describe(cfg_opt_t *keys);

/* Take the footprint of a kind of layers, whose keys are its own: none is another one's. Returns 0,
 * or -1 with a line in err if one is missing. */
int dsfit_footprint_take_layer(cfg_t *section, struct dsfit_footprint *footprint,
			       struct dsfit_error *err);

/*
 * Take what libconfuse has read. If *footprint is another family's already, the keys of this
 * section replace those of the other one. Returns 0, or -1 with a line in err if a section has only
 * some of the keys that belong together.
 */
int dsfit_footprint_take(cfg_t *section, struct dsfit_footprint *footprint,
			 struct dsfit_error *err);

#endif
