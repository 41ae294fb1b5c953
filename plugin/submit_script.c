/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/submit_script.h"

#include <limits.h>
#include <stdio.h>

#include "core/script/launchers_conf.h"
#include "plugin/started.h"
#include "plugin/trusted.h"

static enum dsfit_look read_started(const struct dsfit_accessors *accessors, const char *conf,
				    const struct dsfit_started *s,
				    struct dsfit_script_seen *seen, struct dsfit_job_found **found,
				    char lacking[DSFIT_INFERRED_LINE])
{
	struct dsfit_started_script script;
	char path[PATH_MAX];
	struct dsfit_error err;
	struct dsfit_trusted trusted = dsfit_plugin_trusted();
	struct dsfit_launchers *launchers = seen->launchers;
	struct dsfit_script_found *whole = launchers && seen->is_all ? &seen->found : NULL;

	if (!launchers)
		launchers = dsfit_launchers_load(dsfit_launchers_path(conf, path, sizeof(path)),
						 &trusted, &err);
	else if (!whole)
		dsfit_script_found_free(&seen->found);
	seen->launchers = NULL;
	if (!launchers)
		return DSFIT_LOOK_AWAY;
	dsfit_started_script(accessors, s, &script);
	*found = whole ? dsfit_job_script_judge(whole, script.script.name, lacking) :
			 dsfit_job_script_read(launchers, &script.script, lacking);
	if (*found)
		(*found)->inferred.is_command = s->is_command;
	dsfit_started_script_forget(accessors, &script);
	dsfit_launchers_free(launchers);
	return *found ? DSFIT_LOOK_FOUND : *lacking ? DSFIT_LOOK_NO_MODEL : DSFIT_LOOK_NOTHING;
}

enum dsfit_look dsfit_submit_look(const struct dsfit_accessors *accessors, const char *conf,
				  bool is_srun, struct dsfit_script_seen *seen,
				  struct dsfit_job_found **found, char name[DSFIT_SCRIPT_NAME],
				  char lacking[DSFIT_INFERRED_LINE])
{
	enum dsfit_look look = DSFIT_LOOK_AWAY;
	struct dsfit_started s;

	*found = NULL;
	if (!dsfit_started_find(accessors, is_srun, &s)) {
		look = read_started(accessors, conf, &s, seen, found, lacking);
		snprintf(name, DSFIT_SCRIPT_NAME, "%s", s.name);
	}
	dsfit_started_forget(accessors, &s);
	return look;
}
