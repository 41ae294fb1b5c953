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

int dsfit_gpus_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err);

#endif
