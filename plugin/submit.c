/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld decides on every job, but only the submit host can read the user's files and write to
 * the user's terminal. This code runs there, with the user's rights, in sbatch, salloc and srun:
 *
 *     declaration   the options, the environment         plugin/submit_declaration.h
 *     request       read through Slurm's accessors       plugin/accessors.h
 *     decision      by the installed configuration
 *     outcome       lines for the user; the options as they were, corrected, or a refusal
 *     passed on     the workload as one line, for slurmctld to decide again
 *
 * If something is wrong with dsfit itself or its configuration, the user gets one line and the job
 * passes.
 */
#include <slurm/slurm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide/decide.h"
#include "core/decide/least_offload.h"
#include "core/decide/rules.h"
#include "core/declare/declaration.h"
#include "core/declare/passed_on.h"
#include "core/say/say.h"
#include "core/site/load.h"
#include "core/site/reach.h"
#include "core/site/site.h"
#include "plugin/accessors.h"
#include "plugin/body.h"
#include "plugin/correct.h"
#include "plugin/people.h"
#include "plugin/release.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"
#include "plugin/said.h"
#include "plugin/submit_declaration.h"
#include "plugin/submit_say.h"
#include "plugin/submit_script.h"
#include "plugin/trusted.h"

/* The value that makes Slurm stop. With any other value it submits the job. */
#define REFUSE (-1)

/* More than anything here needs at a time. */
#define PROBE (1 << 20)

static const char out_of_memory[] = "not sized: out of memory";

static struct {
	const char *conf;
	struct dsfit_script_seen *seen;
	/* --mem is the only option that Slurm carries over into the next component. These are its
	 * corrected value, as Slurm writes it (1T for 1024G), and the one that was typed. */
	char mem_now[DSFIT_EXPRESSION_MAX], mem_was[DSFIT_EXPRESSION_MAX];
	/* Of the whole command: a het job's components have it in common. It goes with the process,
	 * because freeing it would make each submission wait. */
	struct dsfit_site *site;
} submit;

/* The site; NULL with a line in err. What is wrong may be memory that was out for a moment, so each
 * component tries for itself. */
static struct dsfit_site *load_site(struct dsfit_error *err)
{
	const struct dsfit_trusted trusted = dsfit_plugin_trusted();

	if (submit.site && dsfit_site_trouble(submit.site, NULL)) {
		dsfit_site_free(submit.site);
		submit.site = NULL;
	}
	if (!submit.site)
		submit.site = dsfit_site_load_on_demand(submit.conf, &trusted, err);
	return submit.site;
}

static void submit_begin(const char *conf, unsigned components, struct dsfit_script_seen *seen)
{
	submit.conf = conf;
	submit.seen = seen;
	dsfit_typed_begin(components);
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
		.columns = dsfit_submit_columns(),
	};

	dsfit_submit_say_text(dsfit_say_decision(&words),
		  decision->action == DSFIT_REFUSE ? slurm_error : slurm_info);
}

/* Beside a decision by what the job in which the command runs has declared: its user may not know
 * of that, and this job may train something else. */
static void say_inherited(const struct dsfit_decision *decision)
{
	const char *outer = getenv("SLURM_JOB_ID");

	if (decision->mode == DSFIT_MODE_OFF)
		return;
	dsfit_submit_say(decision->action == DSFIT_REFUSE ? slurm_error : slurm_info,
			 "  inherited from job %.20s: add --ds-model=MODEL if this job trains "
			 "another model, or --ds-model=none", outer ? outer : "unknown");
}

/* Under a refusal, what the site says about help. */
static void say_help(const struct dsfit_policy *policy)
{
	dsfit_submit_say_text(dsfit_say_help(policy), slurm_error);
}

/* Who submits the job, and what the policy of its partitions lets them have. */
struct caller {
	struct dsfit_who who;		/* borrows from what follows */
	struct dsfit_leave leave;
	char user[DSFIT_USER_MAX];
	const char *groups[DSFIT_GROUPS_MAX];
	char *account;			/* Slurm's to free; NULL: the job names none */
};

static void find_caller(const struct dsfit_site *site, const char *partitions,
			const struct dsfit_accessors *accessors, struct caller *out)
{
	out->account = dsfit_accessors_value(accessors, "account");
	out->who = dsfit_people_caller(site, partitions, out->account, out->user, out->groups);
	out->leave = dsfit_policy_leave(site, partitions, &out->who);
}

static void forget_caller(const struct dsfit_accessors *accessors, struct caller *caller)
{
	dsfit_accessors_free(accessors, &caller->account);
}

/* Decide on a request by what the policy lets this user have, and by the limits of the account. */
static void decide_for_caller(const struct dsfit_site *site, const struct dsfit_workload *workload,
			      const struct dsfit_request *request,
			      const struct dsfit_accessors *accessors,
			      struct dsfit_decision *decision)
{
	struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
				   .own_form = dsfit_request_own_form(request) };
	struct caller caller;

	find_caller(site, request->partition, accessors, &caller);
	gate.may_override = caller.leave.may_override;
	gate.exempt = caller.leave.exempt;
	gate.who = &caller.who;
	dsfit_decide(site, workload, request, &gate, decision);
	forget_caller(accessors, &caller);
}

/* Whether slurmctld has dsfit's plugin. This is a remote call, made only if the answer matters. */
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

/* Whether to leave a refusal to slurmctld: the tasks keep this host from raising the nodes, but
 * slurmctld may be able to. */
static bool is_controllers(const struct dsfit_decision *decision)
{
	return decision->action == DSFIT_REFUSE &&
	       (decision->obstacle == DSFIT_OBSTACLE_TASKS ||
		decision->obstacle == DSFIT_OBSTACLE_PROCESSES ||
		decision->obstacle == DSFIT_OBSTACLE_LAUNCH) && controller_decides();
}

/* Remember a corrected --mem. It is for this component only; the next one gets what was typed. */
static void keep_memory(const struct dsfit_accessors *accessors,
			const struct dsfit_slurm_options *options,
			const struct dsfit_slurm_change *changes, int count)
{
	const char *was = options->text[SLURM_MEM];

	for (int i = 0; i < count; i++) {
		char *now = changes[i].option == SLURM_MEM ?
				    accessors->get(accessors->opt, "mem") : NULL;

		if (!now)
			continue;
		snprintf(submit.mem_now, sizeof(submit.mem_now), "%s", now);
		snprintf(submit.mem_was, sizeof(submit.mem_was), "%s", was ? was : "");
		dsfit_accessors_free(accessors, &now);
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

/* The context of apply(): a correction on this host sets options of sbatch, salloc or srun. */
struct submitted {
	const struct dsfit_accessors *accessors;
	const struct dsfit_slurm_options *options;
};

static int apply(void *gate, const struct dsfit_slurm_change *changes, int count,
		 struct dsfit_error *err)
{
	const struct submitted *job = gate;

	if (dsfit_accessors_apply(job->accessors, job->options, changes, count, err))
		return -1;
	keep_memory(job->accessors, job->options, changes, count);
	return 0;
}

static int correct(const struct dsfit_site *site, const struct dsfit_accessors *accessors,
		   const struct dsfit_slurm_options *options, const struct dsfit_slurm *slurm,
		   const struct dsfit_decision *decision)
{
	struct submitted job = { accessors, options };
	struct dsfit_policy policy;
	struct dsfit_error why;

	if (!dsfit_correct(options, slurm, decision, apply, &job, &why))
		return 0;
	dsfit_submit_say(slurm_error, "%s", why.text);
	dsfit_policy_of(site, decision->asked.partition, &policy);
	say_help(&policy);
	return REFUSE;
}

static bool wants_no_gpus(const struct dsfit_accessors *accessors)
{
	struct dsfit_slurm_options options;
	bool none;

	if (!accessors)
		return false;
	dsfit_accessors_read(accessors, &options);
	none = dsfit_request_wants_no_gpus(&options);
	dsfit_accessors_release(accessors, &options);
	return none;
}

/* A job that was submitted from within a declared job may do something else: its inherited
 * declaration sizes the GPUs that it requests, but adds none. Whether it requests none. */
static bool is_idle(const struct dsfit_accessors *accessors, bool inherited)
{
	struct dsfit_slurm_options options;
	const struct dsfit_slurm slurm = { .release = DSFIT_SLURM_RELEASE };
	struct dsfit_request request;
	bool idle;

	if (!inherited || !accessors)
		return false;
	dsfit_accessors_read(accessors, &options);
	idle = dsfit_request_wants_no_gpus(&options) ||
	       (!dsfit_request_parse(&options, &slurm, &request, NULL) &&
		request.scope == DSFIT_GPUS_UNSET);
	dsfit_accessors_release(accessors, &options);
	return idle;
}

/* A job that declares nothing, and whose script was read instead. */
struct script_read {
	const struct dsfit_job_found *found;
	char name[DSFIT_SCRIPT_NAME];
};

static void say_read(const struct script_read *script, const struct dsfit_workload *workload,
		     const struct dsfit_decision *decision)
{
	if (script && decision->mode != DSFIT_MODE_OFF)
		dsfit_submit_say_text(dsfit_job_found_say(script->found, workload, script->name),
				      decision->action == DSFIT_REFUSE ? slurm_error : slurm_info);
}

/* The job as Slurm has read its options. */
struct asked {
	const struct dsfit_accessors *accessors;
	struct dsfit_slurm slurm;
	struct dsfit_slurm_options options;
	struct dsfit_request request;
	bool inherited;			/* the declaration, from the job in which sbatch runs */
};

/* Decide on what is asked, and act on the decision. `site` is what the job can reach; the rest is
 * as for decide(). */
static int decide_asked(const struct dsfit_site *site, struct dsfit_workload *workload,
			const struct asked *asked, const struct script_read *script,
			struct dsfit_said *said)
{
	struct dsfit_decision decision;
	int rc = 0;

	if (script && dsfit_inferred_offload_open(&script->found->inferred))
		dsfit_least_offload(site, &asked->request, workload);
	decide_for_caller(site, workload, &asked->request, asked->accessors, &decision);
	if (decision.no_memory && decision.action != DSFIT_PASS) {
		dsfit_submit_say(slurm_info, out_of_memory);
		said->what = DSFIT_SAID_UNSIZED;
		return 0;
	}
	say_read(script, workload, &decision);
	if (is_controllers(&decision))
		return 0;
	*said = dsfit_said_of(&decision);
	if (decision.action == DSFIT_CORRECT)
		rc = correct(site, asked->accessors, &asked->options, &asked->slurm, &decision);
	else if (decision.action == DSFIT_REFUSE)
		rc = REFUSE;
	if (!rc || decision.action == DSFIT_REFUSE) {
		say(site, workload, &decision);
		if (asked->inherited)
			say_inherited(&decision);
	}
	return rc;
}

/* Read the request, decide, and act on the decision. `script` is NULL if the job is declared; what
 * a script leaves open may be set in *workload. */
static int decide(const struct dsfit_site *site, struct dsfit_workload *workload,
		  const struct dsfit_accessors *accessors, bool inherited,
		  const struct script_read *script, struct dsfit_said *said)
{
	struct asked asked = {
		.accessors = accessors, .inherited = inherited,
		.slurm = { .command = spank_context() == S_CTX_LOCAL ? DSFIT_SRUN : DSFIT_SBATCH,
			   .release = DSFIT_SLURM_RELEASE },
	};
	const char *const *text = asked.options.text;
	struct dsfit_reach reach;
	struct dsfit_error err;
	int rc = 0;

	/* The configuration describes this cluster only. */
	if (accessors->isset(accessors->opt, "clusters")) {
		dsfit_submit_say(slurm_info, "not sized: with --clusters, another cluster may take "
				 "the job");
		return 0;
	}
	if (is_idle(accessors, inherited)) {
		said->what = DSFIT_SAID_INHERITED;
		return 0;
	}
	dsfit_accessors_read(accessors, &asked.options);
	if (dsfit_request_parse(&asked.options, &asked.slurm, &asked.request, &err)) {
		if (!script)
			dsfit_submit_say(slurm_info, "%s", err.text);
		said->what = DSFIT_SAID_UNSIZED;
	} else {
		if (dsfit_reach_begin(&reach, site, text[SLURM_NODELIST], text[SLURM_EXCLUDE])) {
			dsfit_submit_say(slurm_info, out_of_memory);
			said->what = DSFIT_SAID_UNSIZED;
		} else {
			rc = decide_asked(reach.site, workload, &asked, script, said);
		}
		dsfit_reach_end(&reach);
	}
	dsfit_accessors_release(accessors, &asked.options);
	return rc;
}

/*
 * The declaration cannot be used. One that is wrong refuses the job where the policy corrects or
 * refuses jobs; one that dsfit does not understand refuses none. `accessors` is NULL where the
 * request cannot be read: no policy is known to apply then, and the job passes.
 */
static int pass_unsized(const struct dsfit_site *site, const struct dsfit_accessors *accessors,
			const struct dsfit_workload *workload, const struct dsfit_error *why)
{
	const struct dsfit_finding found = {
		.wrong = !workload->model.not_understood,
		.not_understood = workload->model.not_understood,
	};
	enum dsfit_mode mode = DSFIT_MODE_ADVISE;
	struct dsfit_policy policy;
	struct caller caller;
	char *partitions = accessors ? dsfit_accessors_value(accessors, "partition") : NULL;
	bool denied;

	dsfit_policy_of(site, partitions, &policy);
	if (accessors) {
		find_caller(site, partitions, accessors, &caller);
		mode = dsfit_policy_mode(&policy, caller.leave.exempt, caller.leave.may_override,
					 workload->fit_given, workload->fit, &denied);
		forget_caller(accessors, &caller);
		dsfit_accessors_free(accessors, &partitions);
	}
	if (dsfit_policy_rule(&policy, mode, &found) != DSFIT_RULE_REFUSE) {
		dsfit_submit_say(slurm_info, "not sized: %s", why->text);
		return 0;
	}
	dsfit_submit_say(slurm_error, "%s", why->text);
	say_help(&policy);
	return REFUSE;
}

/* Print what would fit: without the accessors the request can neither be read nor changed. */
static int advise(const struct dsfit_site *site, const struct dsfit_workload *workload)
{
	const struct dsfit_gate gate = { .own_form = DSFIT_FORM_NONE };
	const struct dsfit_request unknown = { .nodes_min = 1, .form = DSFIT_FORM_NONE };
	struct dsfit_decision decision;

	dsfit_submit_say(slurm_info, "advice only: this Slurm does not let a plugin read the "
			 "request");
	dsfit_decide(site, workload, &unknown, &gate, &decision);
	say(site, workload, &decision);
	return 0;
}

/* A wrong declaration travels no further. One that is not understood tells slurmctld so. */
static int unusable(const struct dsfit_site *site, const struct dsfit_accessors *accessors,
		    bool inherited, const struct dsfit_workload *workload,
		    const struct dsfit_error *why, char line[DSFIT_PASSED_ON_MAX],
		    struct dsfit_said *said)
{
	if (workload->model.not_understood)
		dsfit_passed_on_write(workload, line, DSFIT_PASSED_ON_MAX);
	else
		strcpy(line, "none");
	if (is_idle(accessors, inherited)) {
		said->what = DSFIT_SAID_INHERITED;
		return 0;
	}
	said->what = DSFIT_SAID_UNSIZED;
	/* The policy of another cluster is not known here. */
	if (accessors && accessors->isset(accessors->opt, "clusters"))
		accessors = NULL;
	return pass_unsized(site, accessors, workload, why);
}

/* Keys at which DeepSpeed stops do not keep a job from being sized. Its user reads about them here,
 * and slurmctld, which does not read the file, does not repeat it. `families` is NULL where the
 * declaration cannot be used. */
static void warn(const struct dsfit_declaration *declaration,
		 const struct dsfit_workload *workload, const struct dsfit_families *families)
{
	struct dsfit_error line;
	unsigned next = 0;

	while (dsfit_declaration_warning(declaration, workload, families, &next, &line))
		dsfit_submit_say(slurm_info, "warning: %s", line.text);
}

/* Of a declaration that is not whole nothing is sized, here or in slurmctld. */
static void lose(char line[DSFIT_PASSED_ON_MAX], struct dsfit_said *said)
{
	dsfit_submit_say(slurm_info, out_of_memory);
	strcpy(line, "none");
	said->what = DSFIT_SAID_UNSIZED;
}

/* Whether memory is out. Then what seems wrong may be right. */
static bool is_memory_out(void)
{
	void *volatile probe = malloc(PROBE);
	bool out = !probe;

	free(probe);
	return out;
}

/* Memory may have been out for a moment: what is wrong is wrong twice. */
static int resolve(const struct dsfit_declaration *declaration, const struct dsfit_site *site,
		   struct dsfit_workload *workload, struct dsfit_error *err)
{
	for (int i = 0; i < 2; i++)
		if (!dsfit_declaration_resolve(declaration, &site->models, &site->defaults,
					       workload, err))
			return 0;
	return -1;
}

/* *line is left as it is where there is no configuration to read the declaration with. `accessors`
 * is NULL where this Slurm has none. */
static int size_job(const struct dsfit_declaration *declaration, bool inherited,
		    const struct dsfit_accessors *accessors, char line[DSFIT_PASSED_ON_MAX],
		    struct dsfit_said *said)
{
	struct dsfit_workload workload;
	struct dsfit_error err;
	struct dsfit_site *site = load_site(&err);
	const char *lacking, *wrong = NULL;
	int rc = 0;

	if (!site) {
		dsfit_submit_say(slurm_info, "not sized: %s", err.text);
		return 0;
	}
	lacking = dsfit_site_lacks(site);
	if (!lacking) {
		rc = resolve(declaration, site, &workload, &err);
		wrong = dsfit_site_trouble(site, rc ? NULL : &workload.model);
	}
	if (lacking) {
		dsfit_submit_say(slurm_info, "not sized: %s: %s", submit.conf, lacking);
	} else if (wrong) {
		dsfit_submit_say(slurm_info, "not sized: %s", wrong);
		rc = 0;
	} else if (rc && is_memory_out()) {
		lose(line, said);
		rc = 0;
	} else if (rc) {
		warn(declaration, &workload, NULL);
		rc = unusable(site, accessors, inherited, &workload, &err, line, said);
	} else {
		warn(declaration, &workload, &site->families);
		dsfit_passed_on_write(&workload, line, DSFIT_PASSED_ON_MAX);
		rc = accessors ? decide(site, &workload, accessors, inherited, NULL, said) :
				 advise(site, &workload);
	}
	return rc;
}

/* ---- a job that declares nothing ------------------------------------------------------------ */

/* What the job's partitions do about jobs whose script alone tells. */
static enum dsfit_mode inferred_mode(const struct dsfit_site *site,
				     const struct dsfit_accessors *accessors)
{
	struct dsfit_policy policy;
	char *partitions = dsfit_accessors_value(accessors, "partition");

	dsfit_policy_of(site, partitions, &policy);
	dsfit_accessors_free(accessors, &partitions);
	return dsfit_policy_inferred(&policy);
}

/* Size what was found. What was typed beside the script wins. Nothing is said of what cannot be
 * sized: nobody asked. */
static int size_found(const struct dsfit_site *site, const struct dsfit_declaration *typed,
		      const struct dsfit_accessors *accessors, struct dsfit_job_found *found,
		      const struct script_read *script, char line[DSFIT_PASSED_ON_MAX],
		      struct dsfit_said *said)
{
	struct dsfit_workload workload;
	int rc;

	dsfit_inferred_prefer(&found->inferred, typed);
	rc = dsfit_inferred_resolve(&found->inferred, &site->models, &workload, NULL);
	if (dsfit_site_trouble(site, rc ? NULL : &workload.model))
		return 0;
	if (rc) {
		said->what = DSFIT_SAID_READ;
		return 0;
	}
	rc = decide(site, &workload, accessors, false, script, said);
	if (dsfit_passed_on_write(&workload, line, DSFIT_PASSED_ON_MAX))
		*line = '\0';
	return rc;
}

/*
 * Look at what the job starts. *line is left as it is if that tells of no training. With
 * --clusters, the configuration of another cluster would count.
 */
static int infer(const struct dsfit_declaration *typed, const struct dsfit_accessors *accessors,
		 char line[DSFIT_PASSED_ON_MAX], struct dsfit_said *said)
{
	struct script_read script;
	struct dsfit_job_found *found;
	struct dsfit_site *site;
	struct dsfit_error err;
	enum dsfit_look look;
	char lacking[DSFIT_INFERRED_LINE];
	bool wanted;
	int rc = 0;

	if (!accessors || !dsfit_typed_first() || accessors->isset(accessors->opt, "clusters"))
		return 0;
	look = dsfit_submit_look(accessors, submit.conf, spank_context() == S_CTX_LOCAL,
				 submit.seen, &found, script.name, lacking);
	if (look == DSFIT_LOOK_NOTHING || look == DSFIT_LOOK_NO_MODEL)
		said->what = DSFIT_SAID_READ;
	if (look == DSFIT_LOOK_NOTHING || look == DSFIT_LOOK_AWAY)
		return 0;
	script.found = found;
	site = load_site(&err);
	/* Nobody asked: that there is no configuration is not said. */
	wanted = site && !dsfit_site_lacks(site) &&
		 inferred_mode(site, accessors) != DSFIT_MODE_OFF;
	if (wanted && look == DSFIT_LOOK_FOUND)
		rc = size_found(site, typed, accessors, found, &script, line, said);
	/* Who declares the rest is told by what reads that. */
	else if (wanted && dsfit_declaration_empty(typed))
		dsfit_submit_say(slurm_info, "%s", lacking);
	dsfit_job_found_free(found);
	return rc;
}

/* Whether srun starts a step, in an allocation or with --jobid. Its job has already been sized. */
static bool is_step(const struct dsfit_accessors *accessors)
{
	if (spank_context() != S_CTX_LOCAL)
		return false;
	return getenv("SLURM_JOB_ID") ||
	       (accessors && accessors->isset(accessors->opt, "jobid"));
}

/* What is declared counts. If that is no model, the script may have one. */
static int size(const struct dsfit_declaration *declaration, bool inherited,
		const struct dsfit_accessors *accessors, char line[DSFIT_PASSED_ON_MAX],
		struct dsfit_said *said)
{
	bool declared = !dsfit_declaration_empty(declaration);
	int rc = 0;

	if (!declaration->value[DSFIT_OPTION_MODEL] && !declaration->value[DSFIT_OPTION_CONFIG])
		rc = infer(declaration, accessors, line, said);
	if (declared && !*line)
		rc = size_job(declaration, inherited, accessors, line, said);
	/* Nobody else will know, whatever this host could make of the job. */
	if ((declared || *line) && said->what != DSFIT_SAID_INHERITED && wants_no_gpus(accessors))
		said->what = DSFIT_SAID_NO_GPUS;
	return rc;
}

static void pass_on(spank_t spank, const struct dsfit_declaration *declaration, const char *line,
		    const struct dsfit_said *said)
{
	if (*line || !dsfit_declaration_empty(declaration) ||
	    (dsfit_typed_any() && !dsfit_typed_first()))
		dsfit_typed_pass_on(spank, declaration, line, said);
	else if (dsfit_typed_any() || said->what != DSFIT_SAID_NOTHING)
		dsfit_typed_pass_said(spank, said);
}

static int submit_decide(spank_t spank)
{
	char line[DSFIT_PASSED_ON_MAX] = "";
	struct dsfit_declaration declaration;
	struct dsfit_accessors found;
	const struct dsfit_accessors *accessors = dsfit_accessors_find(&found) ? &found : NULL;
	struct dsfit_said said = { .what = DSFIT_SAID_NOTHING };
	bool inherited;
	int rc = 0;

	if (submit.mem_now[0] && accessors)
		restore_memory(accessors);
	if (!is_step(accessors)) {
		dsfit_typed_collect(&declaration, &inherited);
		if (dsfit_typed_lost())
			lose(line, &said);
		else if (!dsfit_declaration_none(&declaration))
			rc = size(&declaration, inherited, accessors, line, &said);
		pass_on(spank, &declaration, line, &said);
	}
	dsfit_typed_next_component();
	return rc;
}

static void submit_exit(void)
{
	dsfit_typed_forget();
}

const struct dsfit_body dsfit_submit_body = {
	.version = DSFIT_VERSION,
	.begin = submit_begin,
	.typed = dsfit_typed_option,
	.typed_any = dsfit_typed_any,
	.decide = submit_decide,
	.say = dsfit_submit_say,
	.exit = submit_exit,
};
