/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_READ_H
#define DSFIT_REQUEST_READ_H

#include "core/base/error.h"
#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* Slurm's request language, read: options into the core's struct dsfit_request. */

/* Whether options that cannot be read, or not all of them, may ask for GPUs. */
bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options);

/*
 * Read a request. 0; or -1 and a line in err where it is in words that dsfit does not size
 * (shard and mps, several GPU types at once, GPUs per socket): the job is then let pass.
 */
int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err);

#endif
