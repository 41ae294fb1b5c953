/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACCOUNTING_H
#define DSFIT_ACCOUNTING_H

#include <confuse.h>

#include "core/base/error.h"
#include "core/site/site.h"

/* The sections qos and association of dsfit.conf: limits of Slurm's accounting. */

/* Their keys, for libconfuse, which copies them. */
extern const cfg_opt_t dsfit_qos_keys[], dsfit_association_keys[];

/* The keys for limits of one kind: of GPUs, of nodes, of GPUs of a type. */
struct dsfit_limit_keys {
	const char *gpus, *nodes, *gpus_of;
};

extern const struct dsfit_limit_keys dsfit_limit_keys[DSFIT_LIMIT_KINDS];

/* Copy what was read to the site. Returns 0; or -1, with a line in err unless memory is out. */
int dsfit_accounting_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err);

#endif
