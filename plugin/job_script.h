/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_SCRIPT_H
#define DSFIT_JOB_SCRIPT_H

#include <slurm/slurm.h>
#include <stdbool.h>

#include "plugin/script.h"

/*
 * The script that a job brings to slurmctld, for plugin/script.h. No file is read with it. Returns
 * false if there is none, if it is too long to be read here, or if it has no word of a training;
 * `words` has those of the site's own launchers (core/script/glance.h).
 */
bool dsfit_job_script(const job_desc_msg_t *desc, const struct dsfit_slurm_options *options,
		      const char *words, struct dsfit_job_script *out);

#endif
