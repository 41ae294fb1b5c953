/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld calls job_submit() for every job, however it was submitted, and job_modify() for every
 * change. The decision is the same as on the submit host, but here no user can avoid it:
 *
 *     declaration   what SPANK passed in the job's environment     plugin/job_declaration.h
 *     request       fields of the job description                  plugin/job_desc.h
 *     decision      by the configuration that plugin/watch.h holds
 *     answer        the description as it was, corrected, or an error and a message
 *
 * Several threads of slurmctld may call at once, and they hold slurmctld's locks. So nothing here
 * opens a file, makes a remote call or waits. A user can forge every string of a description.
 */
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <slurm/spank.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide/decide.h"
#include "core/decide/least_offload.h"
#include "core/decide/rules.h"
#include "core/declare/declaration.h"
#include "core/say/say.h"
#include "core/script/documents.h"
#include "core/site/reach.h"
#include "plugin/correct.h"
#include "plugin/job_declaration.h"
#include "plugin/job_desc.h"
#include "plugin/job_found.h"
#include "plugin/job_messages.h"
#include "plugin/job_script.h"
#include "plugin/release.h"
#include "plugin/request_read.h"
#include "plugin/said.h"
#include "plugin/watch.h"

const char plugin_name[] = "dsfit: DeepSpeed jobs sized at submission";
const char plugin_type[] = "job_submit/dsfit";
const uint32_t plugin_version = SLURM_VERSION_NUMBER;

/* slurmctld's record of a job. job_modify() gets it and does not look into it. */
typedef struct job_record job_record_t;

/* Slurm calls these; none of Slurm's headers declares them. */
int init(void);
int fini(void);
int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message);
int DSFIT_JOB_MODIFY(desc, job, uid, message);

static const char out_of_memory[] = "not sized: out of memory";

/* A job that is being decided. */
struct job {
	const struct dsfit_held *held;
	const struct dsfit_site *site;	/* that of `held` */
	struct dsfit_policy policy;
	struct dsfit_leave leave;
	struct dsfit_who who;
	job_desc_msg_t *desc;
	uint32_t uid;
	char **message;
	struct dsfit_said said;		/* what the submit host told the user */
	const struct dsfit_job_found *found;	/* in the script; NULL: it was not read here */
	const char *script;		/* its name */
};

/* --- acting on a decision ----------------------------------------------------------- */

/* Slurm's error code for a refusal. Slurm prints its text beside our message. */
static int slurm_error_of(const struct dsfit_decision *d)
{
	const struct dsfit_assessment *a = &d->assessment;

	if (d->nothing_asked || d->obstacle == DSFIT_OBSTACLE_UNKNOWN_GPU ||
	    a->gpu == DSFIT_EXCEEDS)
		return ESLURM_INVALID_GRES;
	if (a->host == DSFIT_EXCEEDS)
		return ESLURM_INVALID_TASK_MEMORY;
	return a->gpu == DSFIT_TIGHT ? ESLURM_INVALID_GRES :
				       ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE;
}

/* The mode for a job whose declaration cannot be used, but for its --ds-fit. */
static enum dsfit_mode mode_of(const struct job *job, const struct dsfit_workload *workload)
{
	bool denied;

	return dsfit_policy_mode(&job->policy, job->leave.exempt, job->leave.may_override,
				 /* cppcheck-suppress ctunullpointer ; with an error, it is there */
				 workload->fit_given, workload->fit, &denied);
}

/* Whether the site does nothing about it, whatever the job requests. */
static bool is_any_silent(const struct job *job, enum dsfit_mode mode)
{
	const struct dsfit_finding most = { .declared = false, .gpus = UINT64_MAX };

	return dsfit_policy_rule(&job->policy, mode, &most) == DSFIT_RULE_SILENT;
}

/* What the site does about a job without a usable declaration. A request that cannot be read but
 * may be for GPUs counts as the largest possible one. A request for 0 GPUs cannot be read either,
 * but it has a form and counts as none. */
static enum dsfit_rule undeclared_rule(const struct job *job, const struct dsfit_job *options,
				       enum dsfit_mode mode)
{
	struct dsfit_finding found = { .declared = false };
	struct dsfit_request request;

	if (is_any_silent(job, mode))
		return DSFIT_RULE_SILENT;
	if (!dsfit_request_parse(&options->options, &options->slurm, &request, NULL))
		found.gpus = dsfit_gpus(job->site, &request);
	else if (request.scope != DSFIT_GPUS_UNSET ||
		 (request.form == DSFIT_FORM_NONE &&
		  dsfit_request_may_have_gpus(&options->options)))
		found.gpus = UINT64_MAX;
	return dsfit_policy_rule(&job->policy, mode, &found);
}

/* Whether the job's script is to be read, and the text of it. No file is opened. */
static bool may_read(const struct job *job, const struct dsfit_job *options,
		     struct dsfit_job_script *script)
{
	return job->held->launchers && dsfit_policy_inferred(&job->policy) != DSFIT_MODE_OFF &&
	       dsfit_job_script(job->desc, &options->options, job->held->words, script);
}

/* The line that the script lacks; `told` is what the submit host has read in it. NULL: there is no
 * script. */
static char *find_line(const struct job *job, const struct dsfit_job *options,
		       const struct dsfit_workload *told)
{
	struct dsfit_script_found found = { .kind = DSFIT_SCRIPT_OTHER };
	struct dsfit_job_script script;
	char *line;

	if (!job->desc->script)
		return NULL;
	if (may_read(job, options, &script))
		dsfit_job_script_follow(job->held->launchers, &script, dsfit_document_read,
					&found);
	line = dsfit_job_line(found.stopped ? NULL : &found, told);
	dsfit_script_found_free(&found);
	return line;
}

/* A job that does not say what it trains, or says so in a way that cannot be used (why); `workload`
 * then has what could be read. Without an error, it may have what the script says. */
static int undeclared(const struct job *job, const struct dsfit_job *options,
		      const struct dsfit_workload *workload, const struct dsfit_error *why)
{
	enum dsfit_mode mode = why ? mode_of(job, workload) :
			       job->leave.exempt ? DSFIT_MODE_OFF : job->policy.mode;
	enum dsfit_rule rule = undeclared_rule(job, options, mode);
	char *text, *line = NULL;

	if (rule == DSFIT_RULE_SILENT && !why)
		return SLURM_SUCCESS;
	if (rule == DSFIT_RULE_REFUSE && !why)
		line = find_line(job, options, workload);
	text = dsfit_say_undeclared(&job->policy, rule == DSFIT_RULE_REFUSE, "--ds-",
				    why ? why->text : NULL, !why && workload, line);
	free(line);
	if (why || rule == DSFIT_RULE_REFUSE)
		dsfit_job_log(job->uid, text);
	if (rule == DSFIT_RULE_REFUSE || !dsfit_said_unsized(&job->said))
		dsfit_job_tell(job->message, text);
	else
		free(text);
	return rule == DSFIT_RULE_REFUSE ? ESLURM_ACCESS_DENIED : SLURM_SUCCESS;
}

/*
 * A job whose model the submit host has not understood. It has declared it, so it is not refused as
 * one that has not; its record says that it was not sized. A user who forges this gains what a
 * smaller model than the true one would gain.
 */
static int not_understood(const struct job *job, const struct dsfit_job *options,
			  const struct dsfit_workload *workload, const struct dsfit_error *why)
{
	struct dsfit_request request;
	char *record = NULL;

	if (job->said.what == DSFIT_SAID_INHERITED &&
	    !dsfit_request_parse(&options->options, &options->slurm, &request, NULL) &&
	    dsfit_asks_nothing(&request))
		return undeclared(job, options, NULL, NULL);
	dsfit_job_log(job->uid, why->text);
	if (!dsfit_said_unsized(&job->said))
		dsfit_job_tell(job->message, dsfit_say_not_understood(why->text));
	if (mode_of(job, workload) == DSFIT_MODE_OFF)
		return SLURM_SUCCESS;
	if (asprintf(&record, "dsfit: not sized: %s", why->text) < 0)
		record = NULL;
	dsfit_job_record(job->desc, record);
	return SLURM_SUCCESS;
}

/* The context of apply(): a correction in slurmctld sets fields of the job description. */
struct described {
	const struct job *job;
	const struct dsfit_job *options;
	const struct dsfit_request *to;
};

static int apply(void *gate, const struct dsfit_slurm_change *changes, int count,
		 struct dsfit_error *err)
{
	const struct described *d = gate;

	return dsfit_job_apply(d->job->desc, d->options, changes, count, d->to, err);
}

/* Correct the description. If that fails, the user and the log read so. */
static int correct(const struct job *job, const struct dsfit_job *options,
		   const struct dsfit_decision *d)
{
	struct described described = { job, options, &d->corrected.request };
	struct dsfit_error why;

	if (!dsfit_correct(&options->options, &options->slurm, d, apply, &described, &why))
		return SLURM_SUCCESS;
	dsfit_job_log(job->uid, why.text);
	dsfit_job_tell(job->message, strdup(why.text));
	dsfit_job_tell(job->message, dsfit_say_help(&job->policy));
	return ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE;
}

/* Whether the submit host has told the user all this: the gate's is_told(). */
static bool is_told(const void *context, const struct dsfit_decision *d)
{
	const struct dsfit_said *said = context;
	const struct dsfit_assessment *a = &d->assessment;

	return d->action == DSFIT_PASS &&
	       said->what == (enum dsfit_said_what)dsfit_with_evaluation(a, a->overall) &&
	       !dsfit_said_other_figures(said, d);
}

static int act(const struct job *job, const struct dsfit_job *options,
	       const struct dsfit_workload *workload, const struct dsfit_decision *d)
{
	const struct dsfit_say words = {
		.site = job->site,
		.workload = workload,
		.decision = d,
		.write_request = dsfit_request_text,
		.prefix = "--ds-",
	};
	bool other = dsfit_said_other_figures(&job->said, d), told;
	char *text;
	int rc;

	if (d->mode == DSFIT_MODE_OFF)
		return SLURM_SUCCESS;
	if (job->found)
		dsfit_job_tell(job->message, dsfit_job_found_say(job->found, workload,
								 job->script));
	/* Another plugin has changed the request since the user read of it. */
	if (other)
		dsfit_job_tell(job->message, dsfit_say_request_here(&words));
	if (d->action == DSFIT_CORRECT) {
		rc = correct(job, options, d);
		if (rc)
			return rc;
	}
	told = is_told(&job->said, d);
	text = told ? NULL : dsfit_say_decision(&words);
	if (d->action != DSFIT_PASS)
		dsfit_job_log(job->uid, text);
	if (!told)
		dsfit_job_tell(job->message, text);
	if (d->action == DSFIT_REFUSE)
		return slurm_error_of(d);
	dsfit_job_record(job->desc, dsfit_say_record(&words, job->said.changed));
	return SLURM_SUCCESS;
}

/*
 * The parts of a request that it is too late to change, as bits of enum dsfit_change. A step of
 * srun gets the GPUs and the memory that were typed, even if the job has more, and salloc hands
 * them to the steps within. The same is true of the later components of a batch het job, because
 * their environment comes with the first component.
 */
static unsigned fixed_changes(const struct job *job, const struct dsfit_slurm *slurm,
			      const struct dsfit_request *request)
{
	uint32_t component = job->desc->het_job_offset;
	unsigned fixed = 0;

	if (slurm->command == DSFIT_SBATCH && (!component || component == NO_VAL))
		return 0;
	if (request->scope != DSFIT_GPUS_UNSET)
		fixed |= DSFIT_CHANGE_GPUS;
	if (request->memory_scope != DSFIT_MEMORY_UNSET)
		fixed |= DSFIT_CHANGE_MEMORY;
	return fixed;
}

/* Decide on the request of a job that is declared, and act on the decision. */
static int decide(const struct job *job, const struct dsfit_job *options,
		  const struct dsfit_request *request, struct dsfit_workload *workload)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .may_override = job->leave.may_override,
					 .exempt = job->leave.exempt,
					 .fixed = fixed_changes(job, &options->slurm, request),
					 .who = &job->who,
					 .is_told = is_told, .context = &job->said,
					 .own_form = dsfit_request_own_form(request) };
	struct dsfit_decision decision;

	if (job->found && dsfit_inferred_offload_open(&job->found->inferred))
		dsfit_least_offload(job->site, request, workload);
	dsfit_decide(job->site, workload, request, &gate, &decision);
	if (decision.no_memory && decision.action != DSFIT_PASS) {
		dsfit_job_tell_line(job->message, out_of_memory);
		return SLURM_SUCCESS;
	}
	return act(job, options, workload, &decision);
}

/* The same on the nodes that the job can reach. */
static int decide_in_reach(const struct job *job, const struct dsfit_job *options,
			   const struct dsfit_request *request, struct dsfit_workload *workload)
{
	const char *const *text = options->options.text;
	struct job there = *job;
	struct dsfit_reach reach;
	int rc = SLURM_SUCCESS;

	if (dsfit_reach_begin(&reach, job->site, text[SLURM_NODELIST], text[SLURM_EXCLUDE])) {
		dsfit_job_tell_line(job->message, out_of_memory);
	} else {
		there.site = reach.site;
		rc = decide(&there, options, request, workload);
	}
	dsfit_reach_end(&reach);
	return rc;
}

/* The job declares what it trains, or its script tells; what that leaves open may be set in
 * *workload. */
static int declared(const struct job *job, const struct dsfit_job *options,
		    struct dsfit_workload *workload)
{
	struct dsfit_request request;
	struct dsfit_error err;

	if (dsfit_request_parse(&options->options, &options->slurm, &request, &err)) {
		if (!workload->inferred && !dsfit_said_unsized(&job->said))
			dsfit_job_tell(job->message, strdup(err.text));
		return SLURM_SUCCESS;
	}
	/* An inherited declaration sizes the GPUs that the job requests, but adds none. */
	if (job->said.what == DSFIT_SAID_INHERITED && dsfit_asks_nothing(&request))
		return undeclared(job, options, NULL, NULL);
	/* --gres=none was typed, and is not there any more. */
	if (job->said.what == DSFIT_SAID_NO_GPUS && dsfit_asks_nothing(&request))
		return SLURM_SUCCESS;
	return decide_in_reach(job, options, &request, workload);
}

/* --- a job that declares nothing ---------------------------------------------------------- */

/* Whether the site takes a script's word for a declaration, where it asks for one. */
static bool may_infer(const struct job *job, const struct dsfit_job *options)
{
	if (job->policy.inferred_declares)
		return true;
	return undeclared_rule(job, options, job->leave.exempt ? DSFIT_MODE_OFF :
			       job->policy.mode) != DSFIT_RULE_REFUSE;
}

/* Nothing was passed on: the submit host has no plugin, or could not see the script. */
static int infer(struct job *job, const struct dsfit_job *options)
{
	struct dsfit_job_found *found = NULL;
	struct dsfit_job_script script;
	struct dsfit_workload workload;
	char lacking[DSFIT_INFERRED_LINE] = "";
	int rc;

	if (job->said.what != DSFIT_SAID_READ && may_infer(job, options) &&
	    may_read(job, options, &script))
		found = dsfit_job_script_read(job->held->launchers, &script, lacking);
	if (*lacking)
		dsfit_job_tell(job->message, strdup(lacking));
	if (found)
		found->inferred.declaration.no_files = true;
	if (!found || dsfit_inferred_resolve(&found->inferred, &job->site->models, &workload,
					     NULL)) {
		rc = undeclared(job, options, NULL, NULL);
	} else {
		job->found = found;
		job->script = script.name;
		rc = declared(job, options, &workload);
		job->found = NULL;
	}
	dsfit_job_found_free(found);
	return rc;
}

/* --- one job -------------------------------------------------------------------------------- */

/* `why`: the declaration has a value that is too long. */
static __attribute__((noinline)) int look_closer(struct job *job,
						 const struct dsfit_declaration *declaration,
						 const struct dsfit_error *why)
{
	struct dsfit_workload workload = { .fit_given = false };
	struct dsfit_job options;
	struct dsfit_error err;

	dsfit_job_read(job->desc, &options);
	if (why)
		return undeclared(job, &options, &workload, why);
	if (dsfit_declaration_empty(declaration))
		return infer(job, &options);
	if (dsfit_declaration_none(declaration))
		return undeclared(job, &options, NULL, NULL);
	if (!dsfit_declaration_resolve(declaration, &job->site->models, &job->site->defaults,
				       &workload, &err))
		return workload.inferred && !may_infer(job, &options) ?
			       undeclared(job, &options, &workload, NULL) :
			       declared(job, &options, &workload);
	return workload.model.not_understood ? not_understood(job, &options, &workload, &err) :
					       undeclared(job, &options, &workload, &err);
}

/* Whether a job that declares nothing can pass as it is: its script trains nothing, and the site
 * wants no declaration. Most jobs of most sites do, so this looks at little of the description. */
static bool is_no_concern(const struct job *job)
{
	enum dsfit_mode mode = job->leave.exempt ? DSFIT_MODE_OFF : job->policy.mode;
	static const struct dsfit_job none;
	struct dsfit_job_script script;

	return is_any_silent(job, mode) &&
	       (job->said.what == DSFIT_SAID_READ || !may_read(job, &none, &script));
}

/* The frame is small: each page of a new thread's stack has to be got from the kernel. */
static int look_at(struct job *job)
{
	const char *groups[DSFIT_GROUPS_MAX];
	job_desc_msg_t *desc = job->desc;
	struct dsfit_declaration declaration;
	struct dsfit_error err;
	char copy[DSFIT_OPTION_VALUE_MAX];

	job->who = dsfit_people_who(&job->held->people,
				    desc->user_id == NO_VAL ? job->uid : desc->user_id,
				    desc->group_id, desc->account, groups);
	dsfit_policy_of(job->site, desc->partition, &job->policy);
	job->leave = dsfit_policy_leave(job->site, desc->partition, &job->who);
	if (dsfit_job_declaration(desc, &declaration, &job->said, copy, &err))
		return look_closer(job, &declaration, &err);
	if (dsfit_declaration_empty(&declaration) && is_no_concern(job))
		return SLURM_SUCCESS;
	return look_closer(job, &declaration, NULL);
}

/* --- what Slurm calls --------------------------------------------------------------- */

/* slurmctld's own; see plugin/last_good.c. */
extern slurm_conf_t slurm_conf __attribute__((weak));

/* The administrator may have listed plugins after this one. */
static void check_order(void)
{
	const char *plugins = &slurm_conf ? slurm_conf.job_submit_plugins : NULL;
	const char *last = plugins ? strrchr(plugins, ',') : NULL;

	if (last && strcmp(last, ",dsfit") && strcmp(last, ",job_submit/dsfit"))
		slurm_info("dsfit: JobSubmitPlugins=%s: dsfit must be last, because it does not "
			   "see what a later plugin changes", plugins);
}

/* A job_submit plugin has no arguments, so slurmctld's environment may name another file. */
int init(void)
{
	const char *path = getenv("DSFIT_CONF");

	check_order();
	dsfit_watch_start(path && *path ? path : DSFIT_SYSCONFDIR "/dsfit.conf");
	return SLURM_SUCCESS;
}

int fini(void)
{
	dsfit_watch_stop();
	return SLURM_SUCCESS;
}

int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message)
{
	struct dsfit_held *held = dsfit_watch_take();
	struct job job = { .desc = desc, .uid = uid, .message = message,
			   .said = { .what = DSFIT_SAID_NOTHING } };
	int rc;

	if (!held)
		return SLURM_SUCCESS;
	job.held = held;
	job.site = held->site;
	rc = look_at(&job);
	dsfit_watch_give_back(held);
	return rc;
}

/*
 * scontrol update sends only the fields to change, and the job's record does not have the job's
 * declaration, so the job is not sized again. But only exempt users may move a job that way into a
 * partition that refuses undeclared jobs, and root, because root runs the cluster. Slurm checks the
 * group that a client sends with a job, but not the one that it sends with an update.
 */
static int modify(const job_desc_msg_t *desc, uint32_t uid, const struct dsfit_held *held,
		  char **message)
{
	const struct dsfit_finding found = { .declared = false, .gpus = UINT64_MAX };
	const char *groups[DSFIT_GROUPS_MAX];
	struct dsfit_policy policy;
	struct dsfit_who who;
	char *text;

	if (!uid || !desc->partition || !*desc->partition)
		return SLURM_SUCCESS;
	dsfit_policy_of(held->site, desc->partition, &policy);
	if (dsfit_policy_rule(&policy, policy.mode, &found) != DSFIT_RULE_REFUSE)
		return SLURM_SUCCESS;
	who = dsfit_people_who(&held->people, uid, (gid_t)-1, desc->account, groups);
	if (dsfit_policy_leave(held->site, desc->partition, &who).exempt)
		return SLURM_SUCCESS;
	text = dsfit_say_undeclared_move(desc->partition, "--ds-");
	dsfit_job_log(uid, text);
	if (message) {
		dsfit_job_tell(message, text);
		dsfit_job_tell(message, dsfit_say_help(&policy));
	} else {
		free(text);
	}
	return ESLURM_ACCESS_DENIED;
}

int DSFIT_JOB_MODIFY(desc, job, uid, message)
{
	struct dsfit_held *held = dsfit_watch_take();
	int rc;

	(void)job;
	if (!held)
		return SLURM_SUCCESS;
	rc = modify(desc, uid, held, DSFIT_MODIFY_MESSAGE(message));
	dsfit_watch_give_back(held);
	return rc;
}
