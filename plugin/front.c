/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/front.h"

#include <limits.h>
#include <slurm/slurm.h>
#include <stdlib.h>
#include <string.h>

#include "core/script/launchers_quick.h"
#include "plugin/body.h"
#include "plugin/options.h"
#include "plugin/said.h"
#include "plugin/started.h"
#include "plugin/trusted.h"

static struct {
	const char *conf;
	const char *words;		/* by which a site's own launchers are found */
	unsigned components;		/* of the job, that have been decided */
	const struct dsfit_body *body;	/* NULL: nothing was declared yet */
	struct dsfit_script_seen seen;	/* the body takes it */
} front = { .conf = DSFIT_SYSCONFDIR "/dsfit.conf" };

static bool load_body(void)
{
	if (!front.body) {
		front.body = dsfit_body_load();
		if (front.body)
			front.body->begin(front.conf, front.components, &front.seen);
	}
	return front.body;
}

/* The first option that somebody types, or that is inherited, needs the body. */
static int take_option(int option, const char *value, int remote)
{
	return load_body() ? front.body->typed(option, value, remote) : 0;
}

static void forget_seen(void)
{
	if (!front.seen.launchers)
		return;
	dsfit_script_found_free(&front.seen.found);
	dsfit_launchers_free(front.seen.launchers);
	front.seen.launchers = NULL;
}

/* Whether following the script leaves open that it trains. Files of settings are read by the body
 * alone, so that one with such a file is open. What is seen here, the body need not read again. */
static bool is_open(const struct dsfit_accessors *accessors, const struct dsfit_started *started)
{
	const struct dsfit_trusted trusted = dsfit_plugin_trusted();
	struct dsfit_script_seen *seen = &front.seen;
	struct dsfit_script_found *found = &seen->found;
	struct dsfit_started_script script;
	char path[PATH_MAX];
	bool open = true;

	seen->launchers = dsfit_launchers_quick(dsfit_launchers_path(front.conf, path,
								     sizeof(path)), &trusted);
	if (!seen->launchers)
		return true;
	dsfit_started_script(accessors, started, &script);
	*found = (struct dsfit_script_found){ .kind = DSFIT_SCRIPT_OTHER };
	seen->is_all = false;
	if (!dsfit_job_script_follow(seen->launchers, &script.script, NULL, found)) {
		open = found->kind == DSFIT_SCRIPT_TRAINING || found->has_documents ||
		       found->stopped;
		seen->is_all = !found->has_documents && !found->no_memory;
	}
	dsfit_started_script_forget(accessors, &script);
	if (!open)
		forget_seen();
	return open;
}

/*
 * A job whose script trains needs it too. The script of a het job is its first component's; a step
 * is part of a job that was looked at; and of another cluster the configuration is not known here.
 * That a script with a word of a training trains nothing is passed on: slurmctld need not read it.
 */
static bool may_train(spank_t spank)
{
	bool is_srun = spank_context() == S_CTX_LOCAL, may;
	struct dsfit_accessors accessors;
	struct dsfit_started started;

	if (front.components || (is_srun && getenv("SLURM_JOB_ID")) ||
	    !dsfit_accessors_find(&accessors) || accessors.isset(accessors.opt, "clusters"))
		return false;
	may = !dsfit_started_find(&accessors, is_srun, &started) &&
	      dsfit_started_may_train(&started, front.words);
	if (may && !is_open(&accessors, &started)) {
		may = false;
		spank_job_control_setenv(spank, DSFIT_SAID_NAME, DSFIT_SAID_READ_TEXT, 1);
	}
	dsfit_started_forget(&accessors, &started);
	return may;
}

int dsfit_front_init(spank_t spank, int ac, char **av)
{
	for (int i = 0; i < ac; i++) {
		if (!strncmp(av[i], "conf=", 5))
			front.conf = av[i] + 5;
		else if (!strncmp(av[i], "words=", 6))
			front.words = av[i] + 6;
		else
			slurm_error("dsfit: plugstack.conf: unknown argument %s; there are "
				    "conf=FILE and words=WORD,...", av[i]);
	}
	return dsfit_options_register(spank, take_option);
}

int dsfit_front_decide(spank_t spank, const char *(*other)(const char **own))
{
	const char *own, *unused;
	int rc;

	if (!front.body && may_train(spank))
		load_body();
	front.components++;
	if (!front.body) {
		forget_seen();
		return 0;
	}
	unused = front.body->typed_any() ? other(&own) : NULL;
	if (unused)
		front.body->say(slurm_info, "plugstack.conf names this plugin twice: %s is used, "
				"%s is not", own, unused);
	rc = front.body->decide(spank);
	forget_seen();
	return rc;
}

void dsfit_front_exit(void)
{
	if (front.body)
		front.body->exit();
}
