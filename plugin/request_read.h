/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_READ_H
#define DSFIT_REQUEST_READ_H

#include "core/base/error.h"
#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* Reads Slurm's request language: options become the core's struct dsfit_request. */

/* Whether the options may ask for GPUs, even if dsfit cannot read all of them. */
bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options);

/* Put the account into a request, as its text repeats it. */
void dsfit_request_take_account(const char *account, struct dsfit_request *request);

/* The form of a request that dsfit makes itself for a job that asked for `request`: it goes well
 * with the options that were typed. */
unsigned dsfit_request_own_form(const struct dsfit_request *request);

/* Whether the options ask for no GPUs in so many words, as --gres=none and --gpus=0 do, and no
 * other option asks for some. Beside --exclusive that means nothing: the job gets the node's. */
bool dsfit_request_wants_no_gpus(const struct dsfit_slurm_options *options);

/*
 * Read a request. Returns 0, or -1 and a line in err if dsfit cannot size what the options ask for
 * (shard, mps, several GPU types, GPUs per socket). The caller then lets the job pass.
 */
int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err);

#endif
