/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CORRECT_H
#define DSFIT_CORRECT_H

#include "core/base/error.h"
#include "core/decide/decide.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/* Makes all of the changes to the gate's job, or none. Returns 0, or -1 with the reason in err. */
typedef int dsfit_apply(void *gate, const struct dsfit_slurm_change *changes, int count,
			struct dsfit_error *err);

/*
 * Change the job's request into the corrected one: find the options to set, and let `apply` set
 * them for `gate`. Returns 0, or -1 with a line for the user in *why. The caller must not submit
 * the job then.
 */
int dsfit_correct(const struct dsfit_slurm_options *options, const struct dsfit_slurm *slurm,
		  const struct dsfit_decision *decision, dsfit_apply *apply, void *gate,
		  struct dsfit_error *why);

#endif
