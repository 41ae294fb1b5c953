/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_STARTED_H
#define DSFIT_STARTED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "plugin/accessors.h"
#include "plugin/script.h"

/*
 * What sbatch, srun and salloc are to start, read on the submit host with the user's rights: the
 * batch script, its --wrap, or the command line. A script that comes by standard input is read by
 * sbatch alone; slurmctld sees it.
 */

struct dsfit_command_line {
	char *text;		/* the words, each with its end */
	char **word;
	int count;
};

struct dsfit_started {
	struct dsfit_command_line line;	/* of this process */
	const char *name;	/* of the script, for messages */
	bool is_command;	/* of srun or salloc: no script */
	char *text;		/* of the script, or the command as a script would have it */
	size_t length;
	char **arguments;	/* of the script */
	size_t argument_count;
	const char *folder;	/* in which the job starts */
	char here[PATH_MAX];
	char *path, *chdir;	/* Slurm's */
};

/* Find and read it. Returns 0, or -1 if it cannot be told or read. In both cases the caller frees
 * *out with dsfit_started_forget(). */
int dsfit_started_find(const struct dsfit_accessors *accessors, bool is_srun,
		       struct dsfit_started *out);
void dsfit_started_forget(const struct dsfit_accessors *accessors, struct dsfit_started *started);

/* It as a script to be read, with the options in force. All borrow from *started and from each
 * other, so *out stays where it is. */
struct dsfit_started_script {
	struct dsfit_job_script script;
	struct dsfit_slurm_options options;
	char *array, *job_name;	/* Slurm's */
};

void dsfit_started_script(const struct dsfit_accessors *accessors,
			  const struct dsfit_started *started, struct dsfit_started_script *out);
void dsfit_started_script_forget(const struct dsfit_accessors *accessors,
				 struct dsfit_started_script *script);

/* Whether it, or a script that it names, has a word of a training; `more` as in
 * core/script/glance.h. */
bool dsfit_started_may_train(const struct dsfit_started *started, const char *more);

#endif
