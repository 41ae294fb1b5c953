/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_KINDS_H
#define DSFIT_CATALOGUE_KINDS_H

#include <confuse.h>

#include "core/model/family.h"

/* The sections `layer` of a family: kinds of layers that differ from the family's own. */

/* Write the keys of such a section, ended by CFG_END(). */
void dsfit_kinds_describe(cfg_opt_t *keys);

/* Take a family's values and its sections `layer`: family->kinds, and in its footprint. Without
 * any, both stay as they are. Returns 0, or -1 with a line in err, which stays empty if there is no
 * memory. */
int dsfit_kinds_take(cfg_t *section, struct dsfit_family *family, struct dsfit_error *err);

#endif
