/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_READ_H
#define DSFIT_REQUEST_READ_H

#include "core/base/error.h"
#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* Reads Slurm's request language: options become the core's struct dsfit_request. */

/* Whether the options may ask for GPUs, even if dsfit cannot read all of them. */
bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options);

/*
 * Read a request. Returns 0, or -1 and a line in err if dsfit cannot size what the options ask for
 * (shard, mps, several GPU types, GPUs per socket). The caller then lets the job pass.
 */
int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err);

#endif
