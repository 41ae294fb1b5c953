/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/submit_script.h"

#include <limits.h>
#include <stdio.h>

#include "core/script/launchers_conf.h"
#include "plugin/started.h"

extern char **environ;

/* ---- reading -------------------------------------------------------------------------------- */

static char *get_if_set(const struct dsfit_accessors *accessors, const char *name)
{
	return accessors->isset(accessors->opt, name) ? accessors->get(accessors->opt, name) :
							NULL;
}

static enum dsfit_look read_started(const struct dsfit_accessors *accessors, const char *conf,
				    const struct dsfit_started *s, struct dsfit_job_found **found)
{
	char path[PATH_MAX], *array = get_if_set(accessors, "array");
	char *job_name = get_if_set(accessors, "job-name");
	struct dsfit_error err;
	struct dsfit_launchers *launchers =
		dsfit_launchers_load(dsfit_launchers_path(conf, path, sizeof(path)), &err);
	struct dsfit_slurm_options options;
	struct dsfit_job_script script = {
		.name = s->name, .text = s->text, .length = s->length,
		.arguments = (const char *const *)s->arguments,
		.argument_count = s->argument_count, .folder = s->folder,
		.environment = (const char *const *)environ, .options = &options,
		.array = array, .job_name = job_name, .read = dsfit_job_script_file,
	};

	while (environ && environ[script.environment_count])
		script.environment_count++;
	dsfit_accessors_read(accessors, &options);
	*found = launchers ? dsfit_job_script_read(launchers, &script) : NULL;
	dsfit_accessors_release(accessors, &options);
	if (*found)
		(*found)->inferred.is_command = s->is_command;
	dsfit_launchers_free(launchers);
	if (array)
		accessors->xfree((void **)&array);
	if (job_name)
		accessors->xfree((void **)&job_name);
	return *found ? DSFIT_LOOK_FOUND : launchers ? DSFIT_LOOK_NOTHING : DSFIT_LOOK_AWAY;
}

enum dsfit_look dsfit_submit_look(const struct dsfit_accessors *accessors, const char *conf,
				  bool is_srun, struct dsfit_job_found **found,
				  char name[DSFIT_SCRIPT_NAME])
{
	enum dsfit_look look = DSFIT_LOOK_AWAY;
	struct dsfit_started s;

	*found = NULL;
	if (!dsfit_started_find(accessors, is_srun, &s) && dsfit_started_may_train(&s)) {
		look = read_started(accessors, conf, &s, found);
		snprintf(name, DSFIT_SCRIPT_NAME, "%s", s.name);
	}
	dsfit_started_forget(accessors, &s);
	return look;
}
