/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_H
#define DSFIT_CATALOGUE_H

#include <confuse.h>

#include "core/model/family.h"
#include "core/model/known_models.h"

/*
 * The sections `family` and `model` of dsfit.conf, for core/site/load.c. The describe functions
 * write the keys for libconfuse into the caller's array. The take functions turn what libconfuse
 * has read into families and models. They return 0, or -1 with a line in err, which stays empty if
 * there is no memory. Even then the caller frees what they have taken.
 */
#define DSFIT_SECTION_KEYS 160

/* A family's section has sections of its own, whose keys are in `layer`. */
void dsfit_families_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS],
			     cfg_opt_t layer[DSFIT_SECTION_KEYS]);
void dsfit_models_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS]);

/* Take one entry of a catalogue that is read as it is wanted; its aliases are there already. */
int dsfit_family_take_one(cfg_t *section, const struct dsfit_families *families, size_t i,
			  struct dsfit_error *err);
int dsfit_model_take_one(cfg_t *section, const struct dsfit_families *families,
			 struct dsfit_model *model, struct dsfit_error *err);

int dsfit_families_take(cfg_t *cfg, struct dsfit_families *families, struct dsfit_error *err);
/* Take the families first: a model has the traits of its family. */
int dsfit_models_take(cfg_t *cfg, const struct dsfit_families *families,
		      struct dsfit_models *models, struct dsfit_error *err);

#endif
