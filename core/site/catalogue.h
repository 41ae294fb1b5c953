/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_H
#define DSFIT_CATALOGUE_H

#include <confuse.h>

#include "core/model/family.h"

/*
 * The sections `family` and `model` of dsfit.conf, for core/site/site.c alone. Each describes its
 * keys into an array of the caller's, then takes what libconfuse has read. On failure (-1, the
 * line in err, or an empty one where memory is out) what was taken is still the caller's to free.
 */
#define DSFIT_SECTION_KEYS 128

void dsfit_families_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS]);
void dsfit_models_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS]);

int dsfit_families_take(cfg_t *cfg, struct dsfit_families *families, struct dsfit_error *err);
/* Families first: a model has its family's traits. */
int dsfit_models_take(cfg_t *cfg, const struct dsfit_families *families,
		      struct dsfit_models *models, struct dsfit_error *err);

#endif
