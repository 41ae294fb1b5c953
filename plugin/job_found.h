/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLUGIN_JOB_FOUND_H
#define DSFIT_PLUGIN_JOB_FOUND_H

#include "core/declare/inferred.h"
#include "plugin/script.h"

/* What a job's script is found to train. Both plugins use this; it includes no header of Slurm. */
struct dsfit_job_found {
	struct dsfit_script_found found;
	struct dsfit_inferred inferred;
};

/*
 * Read the script. Returns NULL if it trains nothing that can be sized, or is too long to read to
 * its end; the caller frees the result with dsfit_job_found_free(). `lacking` becomes a line for
 * the user if only the model is missing, else "".
 */
struct dsfit_job_found *dsfit_job_script_read(const struct dsfit_launchers *launchers,
					      const struct dsfit_job_script *script,
					      char lacking[DSFIT_INFERRED_LINE]);
/* The same of what has been read. Takes over *read: it belongs to the result, or is freed. */
struct dsfit_job_found *dsfit_job_script_judge(struct dsfit_script_found *read,
					       const char *name,
					       char lacking[DSFIT_INFERRED_LINE]);
void dsfit_job_found_free(struct dsfit_job_found *found);

/*
 * The #SBATCH line that declares what a script was found to train (found), or was found to where
 * files were read too (passed_on); either may be NULL. What neither tells stands there as a word in
 * capitals. The caller frees it; NULL if there is no memory.
 */
char *dsfit_job_line(const struct dsfit_script_found *found,
		     const struct dsfit_workload *passed_on);

/* What was read, and what the script contradicts itself in, as lines that the caller frees; NULL if
 * there is no memory. */
char *dsfit_job_found_say(const struct dsfit_job_found *found,
			  const struct dsfit_workload *workload, const char *script);

#endif
