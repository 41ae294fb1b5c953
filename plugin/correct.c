/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/correct.h"

int dsfit_correct(const struct dsfit_slurm_options *options, const struct dsfit_slurm *slurm,
		  const struct dsfit_decision *decision, dsfit_apply *apply, void *gate,
		  struct dsfit_error *why)
{
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err;
	int count = dsfit_request_changes(options, slurm, &decision->asked,
					  &decision->corrected.request, changes);

	if (count < 0)
		dsfit_fail(&err, "dsfit cannot write the corrected request with the options "
			   "that you typed");
	else if (!apply(gate, changes, count, &err))
		return 0;
	return dsfit_fail(why, "not submitted: %s", err.text);
}
