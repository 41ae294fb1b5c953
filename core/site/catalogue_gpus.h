/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_GPUS_H
#define DSFIT_CATALOGUE_GPUS_H

#include <confuse.h>

#include "core/site/site.h"

/* The sections `gpu` and `mig` of dsfit.conf, for core/site/load.c: their keys, and their values as
 * the site's GPUs. Returns 0, or -1 with a line in err, which stays empty if there is no memory.
 * Even then the caller frees what was taken. */
extern const cfg_opt_t dsfit_gpu_keys[];
extern const cfg_opt_t dsfit_mig_keys[];

/* Those of one section `gpu`, whose name, label and aliases are there already. */
int dsfit_gpu_take_one(cfg_t *section, struct dsfit_gpu *gpu, struct dsfit_error *err);
/* How many slices the sections `mig` have at most; and these slices, behind the cards, of which
 * there are all and for which there is room. */
size_t dsfit_slices_count(cfg_t *cfg);
int dsfit_slices_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err);

int dsfit_gpus_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err);

#endif
