/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CORRECT_H
#define DSFIT_CORRECT_H

#include "core/base/error.h"
#include "core/decide/decide.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/* How a gate sets options of the job that it was asked about: all or none. 0; or -1 and why not. */
typedef int dsfit_apply(void *gate, const struct dsfit_slurm_change *changes, int count,
			struct dsfit_error *err);

/*
 * Rewrite the request of a job as it was decided: find the options to set and have `apply` set
 * them. 0; or -1 and in *why the line for the user, whose job is then not submitted.
 */
int dsfit_correct(const struct dsfit_slurm_options *options, const struct dsfit_slurm *slurm,
		  const struct dsfit_decision *decision, dsfit_apply *apply, void *gate,
		  struct dsfit_error *why);

#endif
