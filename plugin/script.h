/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLUGIN_SCRIPT_H
#define DSFIT_PLUGIN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/script/read.h"
#include "plugin/slurm_options.h"

/*
 * The script or the command that a job comes with, as it is given to core/script/read.h. All that
 * serves Slurm uses this; it includes no header of Slurm.
 */
struct dsfit_job_script {
	const char *name;		/* in messages */
	const char *text;
	size_t length;
	const char *const *arguments;	/* of the script; NULL: nobody knows them */
	size_t argument_count;
	const char *folder;		/* in which the job starts */
	/* The user's variables, "NAME=value", of which those count that the text uses. */
	const char *const *environment;
	size_t environment_count;
	const struct dsfit_slurm_options *options;	/* as they are in force */
	const char *array;		/* NULL: no array */
	const char *job_name;		/* NULL: none */
	dsfit_file_reader read;		/* NULL: no files */
	uint64_t work;			/* as in struct dsfit_script_given */
};

/* What spank_dsfit.so has read to see whether the script trains. */
struct dsfit_script_seen {
	struct dsfit_launchers *launchers;	/* NULL: nothing was read */
	struct dsfit_script_found found;
	bool is_all;			/* there is no file of settings to read besides */
};

/* For `read`, where files may be opened: a regular file of a limited size, as the caller. */
char *dsfit_job_script_file(void *context, const char *path, size_t *length);

#define DSFIT_SCRIPT_VARIABLES 64

/* For struct dsfit_script_given: "NAME=value", with a NULL at the end. */
struct dsfit_script_variables {
	const char *at[DSFIT_SCRIPT_VARIABLES + 1];
	size_t count;
};

/* The variables of the environment that the script's text uses, with HOME and USER. */
void dsfit_job_script_variables(const struct dsfit_job_script *script,
				struct dsfit_script_variables *out);

/* Read the script, and with `documents` the files of settings that it names, as
 * dsfit_script_read() does. */
int dsfit_job_script_follow(const struct dsfit_launchers *launchers,
			    const struct dsfit_job_script *script,
			    dsfit_document_reader documents, struct dsfit_script_found *found);

#endif
