/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_SCRIPT_H
#define DSFIT_SUBMIT_SCRIPT_H

#include <stdbool.h>

#include "plugin/accessors.h"
#include "plugin/job_found.h"

/*
 * What sbatch, srun and salloc are to start, read on the submit host with the user's rights: the
 * batch script, its --wrap, or the command line. A script that comes by standard input is read by
 * sbatch alone; slurmctld sees it.
 */
enum dsfit_look {
	DSFIT_LOOK_AWAY,	/* there is nothing that starts a training, or it cannot be read */
	DSFIT_LOOK_NOTHING,	/* it was read, and tells of no training that can be sized */
	DSFIT_LOOK_NO_MODEL,	/* it trains something, and the model is missing */
	DSFIT_LOOK_FOUND,
};

#define DSFIT_SCRIPT_NAME 128

/*
 * Look, by launchers.conf beside the configuration `conf`, and by what was seen of it and of the
 * script, which is then forgotten. With DSFIT_LOOK_FOUND the caller frees *found with
 * dsfit_job_found_free(); `name` is that of the script then. With DSFIT_LOOK_NO_MODEL, `lacking`
 * says so.
 */
enum dsfit_look dsfit_submit_look(const struct dsfit_accessors *accessors, const char *conf,
				  bool is_srun, struct dsfit_script_seen *seen,
				  struct dsfit_job_found **found, char name[DSFIT_SCRIPT_NAME],
				  char lacking[DSFIT_INFERRED_LINE]);

#endif
