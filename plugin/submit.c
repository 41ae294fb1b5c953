/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On the submit host, as the user: collect the declaration, read the request through Slurm's
 * accessors, let the core decide, and say and do what it decided. Whatever goes wrong on dsfit's
 * own side lets the job pass with a warning; only the decision refuses one.
 */
#include "plugin/submit.h"

#include <slurm/slurm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/wrap.h"
#include "core/decide/decide.h"
#include "core/declare/declaration.h"
#include "core/declare/passed_on.h"
#include "core/model/model_text.h"
#include "core/say/say.h"
#include "core/site/load.h"
#include "core/site/site.h"
#include "plugin/accessors.h"
#include "plugin/options.h"
#include "plugin/people.h"
#include "plugin/release.h"
#include "plugin/request_read.h"
#include "plugin/said.h"

/* Slurm's answer to a plugin that lets no job be made: any other value submits all the same. */
#define REFUSE (-1)

/* Values that one option's callback brought since the last component, oldest first. */
#define VALUES_MAX 8

struct option_values {
	char *value[VALUES_MAX];
	int count;
};

static struct {
	const char *conf;
	struct option_values seen[DSFIT_OPTION_SLURM_END];
	unsigned component;
	bool passed_on;			/* something, for this component or one before it */
	/* --mem is the one option that Slurm carries over into the next component: what a
	 * correction made of it, and what it was. */
	char mem_now[DSFIT_EXPRESSION_MAX], mem_was[DSFIT_EXPRESSION_MAX];
} submit = { .conf = DSFIT_SYSCONFDIR "/dsfit.conf" };

/* SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_ds_model: how Slurm hands an option down to a job and,
 * within sbatch, from one component to the next. Without the first 12 characters it is the
 * option's name in the job's control environment. */
#define INHERITED_PREFIX "SLURM_SPANK_"

static const char *inherited_name(int option, char name[96])
{
	snprintf(name, 96, INHERITED_PREFIX "_SLURM_SPANK_OPTION_dsfit_ds_%s",
		 dsfit_options[option].name);
	return name;
}

static void forget(struct option_values *values)
{
	while (values->count)
		free(values->value[--values->count]);
}

static int on_option(int option, const char *value, int remote)
{
	struct option_values *values;

	if (remote || option < 0 || option >= DSFIT_OPTION_SLURM_END || !value)
		return 0;
	values = &submit.seen[option];
	if (values->count == VALUES_MAX) {
		free(values->value[0]);
		memmove(values->value, values->value + 1,
			(VALUES_MAX - 1) * sizeof(values->value[0]));
		values->count--;
	}
	values->value[values->count] = strdup(value);
	if (values->value[values->count])
		values->count++;
	return 0;
}

int dsfit_submit_init(spank_t spank, int ac, char **av)
{
	for (int i = 0; i < ac; i++) {
		if (!strncmp(av[i], "conf=", 5))
			submit.conf = av[i] + 5;
		else
			slurm_error("dsfit: plugstack.conf: %s: not known; write conf=FILE", av[i]);
	}
	return dsfit_options_register(spank, on_option);
}

void dsfit_submit_exit(void)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		forget(&submit.seen[i]);
}

/*
 * The last value that was not merely handed down. Slurm replays an inherited value after the
 * script's own #SBATCH line and before the command line, once; taking one such value away
 * leaves the user's own.
 */
static const char *own_value(int option)
{
	const struct option_values *values = &submit.seen[option];
	int last = values->count - 1, replayed;
	char name[96];
	const char *inherited = getenv(inherited_name(option, name));

	if (!inherited)
		return last >= 0 ? values->value[last] : NULL;
	for (replayed = last; replayed >= 0; replayed--)
		if (!strcmp(values->value[replayed], inherited))
			break;
	if (replayed == last)
		last--;
	return last >= 0 ? values->value[last] : NULL;
}

/*
 * What is declared for this component. A model of its own is a declaration of its own: nothing
 * inherited counts beside it. Without one the first component goes by what it inherited from
 * the job it is submitted in, with its own options over it. Sets *inherited where the model is
 * not its own.
 */
static void collect(struct dsfit_declaration *out, bool *inherited)
{
	bool own_model = own_value(DSFIT_OPTION_MODEL);
	char name[96];

	memset(out, 0, sizeof(*out));
	out->prefix = "--ds-";
	*inherited = false;
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		out->value[i] = own_value(i);
		if (out->value[i] || own_model || submit.component)
			continue;
		if (submit.seen[i].count)
			out->value[i] = getenv(inherited_name(i, name));
		if (i == DSFIT_OPTION_MODEL && out->value[i])
			*inherited = true;
	}
}

static void hand_on(spank_t spank, int option, const char *value)
{
	char name[96];
	const char *job_name = inherited_name(option, name) + strlen(INHERITED_PREFIX);

	if (value) {
		spank_job_control_setenv(spank, job_name, value, 1);
	} else if (submit.seen[option].count || getenv(name)) {
		spank_job_control_unsetenv(spank, job_name);
		/* The job would hand it on from its own environment. */
		unsetenv(name);
	}
}

/*
 * Pass the declaration on, for each component of a het job may run alone, and what Slurm would
 * hand on by itself is the first component's. Where it was read it is one line under the model's
 * name and nothing else: what was typed may be a path, which means nothing to who cannot read
 * the file. Where it was not read (line is ""), the options are passed on as typed, but no path.
 */
static void pass_on(spank_t spank, const struct dsfit_declaration *declaration, const char *line,
		    const struct dsfit_said *said)
{
	char text[DSFIT_SAID_MAX];
	const char *model = declaration->value[DSFIT_OPTION_MODEL];

	if (!*line)
		line = model && !dsfit_model_is_path(model) ? model : "none";
	else
		declaration = NULL;
	hand_on(spank, DSFIT_OPTION_MODEL, line);
	for (int i = DSFIT_OPTION_MODEL + 1; i < DSFIT_OPTION_SLURM_END; i++)
		hand_on(spank, i, declaration && i != DSFIT_OPTION_CONFIG ?
				  declaration->value[i] : NULL);
	dsfit_said_write(said, text);
	spank_job_control_setenv(spank, DSFIT_SAID_NAME, text, 1);
	submit.passed_on = true;
}

/* What Slurm and say_lines() put before a line at the most. */
#define LINE_PREFIX "sbatch: error: dsfit: "

/* The columns that a line of ours has where stderr is a terminal; else 0: a line that is searched
 * or kept is not broken. */
static size_t columns(void)
{
	struct winsize size = { 0 };
	size_t prefix = strlen(LINE_PREFIX);

	if (!isatty(STDERR_FILENO))
		return 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size.ws_col = 80;
	return size.ws_col > 2 * prefix ? size.ws_col - prefix : 0;
}

/* Each line by itself: Slurm puts its own prefix before a message's first line alone. */
static void say_lines(char *text, void (*log)(const char *, ...))
{
	char *rest = text, *line;

	while (text && (line = strsep(&rest, "\n")))
		if (*line)
			log("dsfit: %s", line);
	free(text);
}

/* One line about what keeps dsfit from deciding, which may be longer than the terminal is wide. */
__attribute__((format(printf, 2, 3)))
static void say_line(void (*log)(const char *, ...), const char *format, ...)
{
	char *line = NULL, *text = NULL;
	size_t size = 0;
	FILE *out;
	va_list args;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	out = line ? open_memstream(&text, &size) : NULL;
	if (out) {
		dsfit_wrap(out, line, columns());
		fclose(out);
	}
	free(line);
	say_lines(text, log);
}

static void say(const struct dsfit_site *site, const struct dsfit_workload *workload,
		const struct dsfit_decision *decision)
{
	const struct dsfit_say words = {
		.site = site,
		.workload = workload,
		.decision = decision,
		.write_request = dsfit_request_text,
		.prefix = "--ds-",
		.columns = columns(),
	};

	say_lines(dsfit_say_decision(&words),
		  decision->action == DSFIT_REFUSE ? slurm_error : slurm_info);
}

/* What the policy lets the user have of its rules. */
static void ask_leave(const struct dsfit_site *site, const char *partitions,
		      const struct dsfit_accessors *accessors, struct dsfit_gate *gate)
{
	char *account = accessors->isset(accessors->opt, "account") ?
				accessors->get(accessors->opt, "account") : NULL;
	const char *groups[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_who who = dsfit_people_caller(site, partitions, account, user, groups);
	struct dsfit_leave leave = dsfit_policy_leave(site, partitions, &who);

	gate->may_override = leave.may_override;
	gate->exempt = leave.exempt;
	if (account)
		accessors->xfree((void **)&account);
}

/* Whether slurmctld has our plugin. It is a remote call: asked only where the answer matters. */
static bool controller_decides(void)
{
	slurm_conf_t *conf;
	bool found = false;

	if (slurm_load_ctl_conf(0, &conf))
		return false;
	for (const char *name = conf->job_submit_plugins; name && *name;) {
		size_t length = strcspn(name, ",");

		found = found || (length == strlen("dsfit") && !strncmp(name, "dsfit", length)) ||
			(length == strlen("job_submit/dsfit") &&
			 !strncmp(name, "job_submit/dsfit", length));
		name += length + (name[length] == ',');
	}
	slurm_free_conf(conf);
	return found;
}

/* More nodes are refused here for what slurmctld may be able to change: it is asked anyway. */
static bool is_controllers(const struct dsfit_decision *decision)
{
	return decision->action == DSFIT_REFUSE &&
	       (decision->obstacle == DSFIT_OBSTACLE_TASKS ||
		decision->obstacle == DSFIT_OBSTACLE_LAUNCH) && controller_decides();
}

/* A corrected --mem is the component's it was corrected for: the next has what was typed. */
static void keep_memory(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm_change *changes, int count)
{
	const char *was = options->text[SLURM_MEM];

	for (int i = 0; i < count; i++) {
		if (changes[i].option != SLURM_MEM)
			continue;
		snprintf(submit.mem_now, sizeof(submit.mem_now), "%s", changes[i].value);
		snprintf(submit.mem_was, sizeof(submit.mem_was), "%s", was ? was : "");
	}
}

static void restore_memory(const struct dsfit_accessors *accessors)
{
	struct dsfit_slurm_options options;

	dsfit_accessors_read(accessors, &options);
	if (options.text[SLURM_MEM] && !strcmp(options.text[SLURM_MEM], submit.mem_now)) {
		if (submit.mem_was[0])
			accessors->set(accessors->opt, "mem", submit.mem_was, false);
		else
			accessors->reset(accessors->opt, "mem");
	}
	dsfit_accessors_release(accessors, &options);
	submit.mem_now[0] = '\0';
}

static int correct(const struct dsfit_accessors *accessors,
		   const struct dsfit_slurm_options *options, const struct dsfit_slurm *slurm,
		   const struct dsfit_decision *decision)
{
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err;
	int count = dsfit_request_changes(options, slurm, &decision->asked,
					  &decision->corrected.request, changes);

	if (count < 0)
		dsfit_fail(&err, "the corrected request cannot be written with the options "
			   "that were used");
	else if (!dsfit_accessors_apply(accessors, options, changes, count, &err)) {
		keep_memory(options, changes, count);
		return 0;
	}
	say_line(slurm_error, "not submitted: %s", err.text);
	return REFUSE;
}

/* Decide on a request that can be read. */
static int decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_accessors *accessors, bool inherited,
		  struct dsfit_said *said)
{
	const struct dsfit_slurm slurm = {
		.command = spank_context() == S_CTX_LOCAL ? DSFIT_SRUN : DSFIT_SBATCH,
		.release = DSFIT_SLURM_RELEASE,
	};
	struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
				   .own_form = DSFIT_FORM_NONE };
	struct dsfit_slurm_options options;
	struct dsfit_decision decision;
	struct dsfit_request request;
	struct dsfit_error err;
	int rc = 0;

	/* What other clusters have is not known here. */
	if (accessors->isset(accessors->opt, "clusters")) {
		say_line(slurm_info, "--clusters: not sized: another cluster may take the job");
		return 0;
	}
	dsfit_accessors_read(accessors, &options);
	if (dsfit_request_parse(&options, &slurm, &request, &err)) {
		say_line(slurm_info, "%s", err.text);
		said->what = DSFIT_SAID_UNSIZED;
		goto out;
	}
	/* A job submitted from within a declared one may be something else altogether: what it
	 * inherited sizes the GPUs it asks for, but gives it none. */
	if (inherited && request.scope == DSFIT_GPUS_UNSET) {
		said->what = DSFIT_SAID_INHERITED;
		goto out;
	}
	ask_leave(site, request.partition, accessors, &gate);
	dsfit_decide(site, workload, &request, &gate, &decision);
	if (is_controllers(&decision))
		goto out;
	said->what = (enum dsfit_said_what)decision.assessment.overall;
	if (decision.action == DSFIT_CORRECT) {
		said->what = (enum dsfit_said_what)decision.corrected.assessment.overall;
		said->changed = dsfit_request_difference(&decision.asked, &decision.corrected.request);
	}
	if (decision.action == DSFIT_CORRECT)
		rc = correct(accessors, &options, &slurm, &decision);
	else if (decision.action == DSFIT_REFUSE)
		rc = REFUSE;
	if (!rc || decision.action == DSFIT_REFUSE)
		say(site, workload, &decision);
out:
	dsfit_accessors_release(accessors, &options);
	return rc;
}

/* Without the accessors the request can neither be read nor changed. */
static int advise(const struct dsfit_site *site, const struct dsfit_workload *workload)
{
	const struct dsfit_gate gate = { .own_form = DSFIT_FORM_NONE };
	const struct dsfit_request unknown = { .nodes_min = 1, .form = DSFIT_FORM_NONE };
	struct dsfit_decision decision;

	say_line(slurm_info, "advice only: this Slurm does not let a plugin read the request");
	dsfit_decide(site, workload, &unknown, &gate, &decision);
	say(site, workload, &decision);
	return 0;
}

/* *line is left as it is where the declaration could not be read. */
static int size_job(const struct dsfit_declaration *declaration, bool inherited,
		    char line[DSFIT_WIRE_MAX], struct dsfit_said *said)
{
	struct dsfit_accessors accessors;
	struct dsfit_workload workload;
	struct dsfit_error err;
	struct dsfit_site *site = dsfit_site_load(submit.conf, &err);
	const char *lacking;
	int rc;

	if (!site) {
		say_line(slurm_info, "not sized: %s", err.text);
		return 0;
	}
	lacking = dsfit_site_lacks(site);
	if (lacking) {
		say_line(slurm_info, "not sized: %s: %s", submit.conf, lacking);
		rc = 0;
	} else if (dsfit_declaration_resolve(declaration, &site->models, &site->defaults,
					     &workload, &err)) {
		say_line(slurm_error, "%s", err.text);
		rc = REFUSE;
	} else {
		dsfit_wire_write(&workload, line, DSFIT_WIRE_MAX);
		rc = dsfit_accessors_find(&accessors) ?
			     decide(site, &workload, &accessors, inherited, said) :
			     advise(site, &workload);
	}
	dsfit_site_free(site);
	return rc;
}

/* srun in an allocation, or onto one, is a step: the job has been sized. */
static bool is_step(void)
{
	struct dsfit_accessors accessors;

	if (spank_context() != S_CTX_LOCAL)
		return false;
	return getenv("SLURM_JOB_ID") ||
	       (dsfit_accessors_find(&accessors) && accessors.isset(accessors.opt, "jobid"));
}

int dsfit_submit_decide(spank_t spank)
{
	char line[DSFIT_WIRE_MAX] = "";
	struct dsfit_declaration declaration;
	struct dsfit_accessors accessors;
	struct dsfit_said said = { .what = DSFIT_SAID_NOTHING };
	/* srun keeps for a component without a declaration what was passed on with the last. */
	bool seen = submit.passed_on, inherited;
	int rc = 0;

	if (submit.mem_now[0] && dsfit_accessors_find(&accessors))
		restore_memory(&accessors);
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		seen = seen || submit.seen[i].count;
	if (seen && !is_step()) {
		collect(&declaration, &inherited);
		if (!dsfit_declaration_empty(&declaration) &&
		    !dsfit_declaration_none(&declaration))
			rc = size_job(&declaration, inherited, line, &said);
		pass_on(spank, &declaration, line, &said);
	}
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		forget(&submit.seen[i]);
	submit.component++;
	return rc;
}
