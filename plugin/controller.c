/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In slurmctld, which asks about every job that is submitted, whatever way it came: the declaration
 * from what SPANK passed with it, the request from its description, the same decision as on the
 * submit host, under the policy that nobody walks around. It may be asked by several threads at
 * once, under locks of slurmctld's: no file, no remote call, nothing that could wait.
 *
 * Every string of a description is the user's to forge.
 */
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <slurm/spank.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide/decide.h"
#include "core/decide/rules.h"
#include "core/declare/declaration.h"
#include "core/declare/passed_on.h"
#include "core/say/say.h"
#include "plugin/job_desc.h"
#include "plugin/release.h"
#include "plugin/said.h"
#include "plugin/watch.h"

const char plugin_name[] = "dsfit: DeepSpeed jobs sized at submission";
const char plugin_type[] = "job_submit/dsfit";
const uint32_t plugin_version = SLURM_VERSION_NUMBER;

/* Opaque: what job_modify() is given, slurmctld's own. */
typedef struct job_record job_record_t;

/* What Slurm calls: no header of its own declares them. */
int init(void);
int fini(void);
int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message);
int DSFIT_JOB_MODIFY(desc, job, uid, message);

/* How SPANK names an option of ours in a job's control environment. */
#define OPTION_PREFIX "_SLURM_SPANK_OPTION_dsfit_ds_"

/* No option but a declaration that was passed on is longer. */
#define OPTION_MAX 1024

/* A job as it is looked at. */
struct job {
	const struct dsfit_site *site;
	struct dsfit_policy policy;
	struct dsfit_leave leave;
	job_desc_msg_t *desc;
	uint32_t uid;
	char **message;
	struct dsfit_said said;		/* on the submit host */
};

/* The value of "NAME=value" where the name is this; NULL otherwise. */
static const char *value_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(entry, name, length) && entry[length] == '=' ? entry + length + 1 : NULL;
}

/* One entry of the control environment. -1 where a value is too long to be one. */
static int take_entry(const char *entry, struct dsfit_declaration *declaration,
		      struct dsfit_said *said)
{
	const char *value = value_of(entry, DSFIT_SAID_NAME);

	if (value)
		dsfit_said_read(value, said);
	if (strncmp(entry, OPTION_PREFIX, strlen(OPTION_PREFIX)))
		return 0;
	entry += strlen(OPTION_PREFIX);
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		value = value_of(entry, dsfit_options[i].name);
		if (!value)
			continue;
		if (strnlen(value, OPTION_MAX) == OPTION_MAX && !dsfit_wire_is(value))
			return -1;
		declaration->value[i] = value;
	}
	return 0;
}

/*
 * scrontab takes our options in its #SCRON lines and passes none of them on (read in its source,
 * and tried). There the options may be the job's comment: --comment=--ds-model=13B,--ds-zero=3, for
 * it parts a line at spaces whatever the quotes. The texts are in `copy`.
 */
static void collect_comment(const char *comment, struct dsfit_declaration *declaration,
			    char copy[OPTION_MAX])
{
	const char *prefix = declaration->prefix;
	char *option, *next;

	if (!comment || strncmp(comment, prefix, strlen(prefix)) ||
	    strnlen(comment, OPTION_MAX) == OPTION_MAX)
		return;
	strcpy(copy, comment);
	for (option = copy; option; option = next) {
		next = strstr(option + strlen(prefix), prefix);
		/* A value may have commas, and the separator is one character. */
		if (next)
			next[-1] = '\0';
		option[strcspn(option, " ")] = '\0';
		option += strlen(prefix);
		for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
			if (value_of(option, dsfit_options[i].name))
				declaration->value[i] = value_of(option, dsfit_options[i].name);
	}
}

/* What came with the job. The texts are the description's, or in `copy`. */
static int collect(const job_desc_msg_t *desc, struct dsfit_declaration *declaration,
		   struct dsfit_said *said, char copy[OPTION_MAX], struct dsfit_error *err)
{
	*declaration = (struct dsfit_declaration){ .prefix = "--ds-", .no_files = true };
	for (uint32_t i = 0; desc->spank_job_env && i < desc->spank_job_env_size; i++)
		if (desc->spank_job_env[i] &&
		    take_entry(desc->spank_job_env[i], declaration, said))
			return dsfit_fail(err, "a value is longer than %d characters",
					  OPTION_MAX - 1);
	if (dsfit_declaration_empty(declaration))
		collect_comment(desc->comment, declaration, copy);
	return 0;
}

/* --- what is told ---------------------------------------------------------------- */

/* Append a text's lines, each with our name, to what the user will read. Frees the text. */
static void tell(char **message, char *text)
{
	char *rest = text, *line, *all = NULL;
	size_t size;
	FILE *out = text ? open_memstream(&all, &size) : NULL;

	if (out && *message)
		fprintf(out, "%s\n", *message);
	while (out && (line = strsep(&rest, "\n"))) {
		dsfit_printable(line);
		if (*line)
			fprintf(out, "dsfit: %s\n", line);
	}
	if (out && !fclose(out)) {
		/* No newline at the end: salloc would print an empty line. */
		if (size && all[size - 1] == '\n')
			all[size - 1] = '\0';
		dsfit_slurm_string(message, all);
	}
	free(all);
	free(text);
}

/* The first line into slurmctld's log, for the administrator. */
static void log_line(uint32_t uid, const char *text)
{
	char line[512];

	if (!text)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	dsfit_printable(line);
	slurm_info("dsfit: uid=%u: %s", uid, line);
}

/* Where accounting and scontrol show it. Users cannot write there, but others may have. */
static void put_record(job_desc_msg_t *desc, char *record)
{
	char *both = NULL;

	if (record && desc->admin_comment && *desc->admin_comment &&
	    asprintf(&both, "%s; %s", desc->admin_comment, record) < 0)
		both = NULL;
	if (both || (record && !desc->admin_comment))
		dsfit_slurm_string(&desc->admin_comment, both ? both : record);
	free(both);
	free(record);
}

/* --- what is done ------------------------------------------------------------------- */

/* Slurm's own word for it, beside ours. */
static int refusal(const struct dsfit_decision *d)
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

/* A job that does not say what it trains, or says so in a way that cannot be used (why). */
static int undeclared(const struct job *job, const struct dsfit_job *options,
		      const struct dsfit_error *why)
{
	struct dsfit_finding found = { .declared = false };
	enum dsfit_mode mode = job->leave.exempt ? DSFIT_MODE_OFF : job->policy.mode;
	struct dsfit_request request;
	enum dsfit_rule rule;
	char *text;

	/* One that asks for no GPUs in so many words says so in its form; any other that cannot be
	 * read and may be of GPUs is of as many as there are. */
	if (!dsfit_request_parse(&options->options, &options->slurm, &request, NULL))
		found.gpus = dsfit_gpus(job->site, &request);
	else if (request.scope != DSFIT_GPUS_UNSET ||
		 (request.form == DSFIT_FORM_NONE &&
		  dsfit_request_may_have_gpus(&options->options)))
		found.gpus = UINT64_MAX;
	rule = dsfit_policy_rule(&job->policy, mode, &found);
	if (rule == DSFIT_RULE_SILENT && !why)
		return SLURM_SUCCESS;
	text = dsfit_say_undeclared(&job->policy, rule == DSFIT_RULE_REFUSE, "--ds-",
				    why ? why->text : NULL);
	if (why || rule == DSFIT_RULE_REFUSE)
		log_line(job->uid, text);
	tell(job->message, text);
	return rule == DSFIT_RULE_REFUSE ? ESLURM_ACCESS_DENIED : SLURM_SUCCESS;
}

/* The description as decided. */
static int correct(const struct job *job, const struct dsfit_job *options,
		   const struct dsfit_decision *d)
{
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err;
	int count = dsfit_request_changes(&options->options, &options->slurm, &d->asked,
					  &d->corrected.request, changes);
	char *text = NULL;

	if (count < 0)
		dsfit_fail(&err, "the corrected request cannot be written with the options "
			   "that were used");
	else if (!dsfit_job_apply(job->desc, options, changes, count, &d->corrected.request,
				  &err))
		return SLURM_SUCCESS;
	if (asprintf(&text, "not submitted: %s", err.text) < 0)
		text = NULL;
	tell(job->message, text);
	return ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE;
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
	int rc = SLURM_SUCCESS;
	char *text;

	if (d->mode == DSFIT_MODE_OFF)
		return SLURM_SUCCESS;
	text = dsfit_say_decision(&words);
	if (d->action != DSFIT_PASS)
		log_line(job->uid, text);
	if (d->action == DSFIT_REFUSE)
		rc = refusal(d);
	else if (d->action == DSFIT_CORRECT)
		rc = correct(job, options, d);
	/* The submit host has said as much. */
	if (d->action == DSFIT_PASS &&
	    job->said.what == (enum dsfit_said_what)d->assessment.overall)
		free(text);
	else
		tell(job->message, text);
	if (!rc)
		put_record(job->desc, dsfit_say_record(&words, job->said.changed));
	return rc;
}

/*
 * What srun and salloc have gone by already: the GPUs and the memory of a step are those that were
 * typed, even if the job has more, and salloc hands them to the steps within. The same goes for
 * the later components of a batch het job, whose environment comes with the first.
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

/* A job that says what it trains. */
static int declared(const struct job *job, const struct dsfit_job *options,
		    const struct dsfit_workload *workload)
{
	struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
				   .may_override = job->leave.may_override,
				   .exempt = job->leave.exempt,
				   .budget = job->site->controller_budget,
				   .own_form = DSFIT_FORM_NONE };
	struct dsfit_decision decision;
	struct dsfit_request request;
	struct dsfit_error err;
	char *text = NULL;

	if (!dsfit_request_parse(&options->options, &options->slurm, &request, &err)) {
		/* What a job inherited sizes the GPUs it asks for, but gives it none. */
		if (job->said.what == DSFIT_SAID_INHERITED && dsfit_asks_nothing(&request))
			return undeclared(job, options, NULL);
		gate.fixed = fixed_changes(job, &options->slurm, &request);
		dsfit_decide(job->site, workload, &request, &gate, &decision);
		return act(job, options, workload, &decision);
	}
	if (job->said.what != DSFIT_SAID_UNSIZED && asprintf(&text, "%s", err.text) >= 0)
		tell(job->message, text);
	return SLURM_SUCCESS;
}

static int look_at(struct job *job, const struct dsfit_people *people)
{
	const char *groups[DSFIT_GROUPS_MAX];
	job_desc_msg_t *desc = job->desc;
	struct dsfit_who who = dsfit_people_who(people, desc->user_id == NO_VAL ? job->uid :
						desc->user_id, desc->group_id, desc->account,
						groups);
	struct dsfit_declaration declaration;
	struct dsfit_workload workload;
	struct dsfit_job options;
	struct dsfit_error err;
	char copy[OPTION_MAX];

	dsfit_policy_of(job->site, desc->partition, &job->policy);
	job->leave = dsfit_policy_leave(job->site, desc->partition, &who);
	dsfit_job_read(desc, &options);
	if (collect(desc, &declaration, &job->said, copy, &err))
		return undeclared(job, &options, &err);
	if (dsfit_declaration_empty(&declaration) || dsfit_declaration_none(&declaration))
		return undeclared(job, &options, NULL);
	if (dsfit_declaration_resolve(&declaration, &job->site->models, &job->site->defaults,
				      &workload, &err))
		return undeclared(job, &options, &err);
	return declared(job, &options, &workload);
}

/* --- what Slurm calls --------------------------------------------------------------- */

/* A job_submit plugin has no arguments: the environment of slurmctld names another file. */
int init(void)
{
	const char *path = getenv("DSFIT_CONF");

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
	job.site = held->site;
	rc = look_at(&job, &held->people);
	dsfit_watch_give_back(held);
	return rc;
}

/*
 * scontrol update brings what is to be changed and nothing else, and a job's declaration cannot be
 * had from its record: it is not sized again. But nobody is to come that way into a partition that
 * lets no undeclared job in, except by the hand of root, who runs the cluster.
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
	who = dsfit_people_who(&held->people, uid, desc->group_id, desc->account, groups);
	if (dsfit_policy_leave(held->site, desc->partition, &who).exempt)
		return SLURM_SUCCESS;
	text = strdup("refused: jobs in that partition must declare their model at submission\n"
		      "  submit the job there with --ds-model\n");
	log_line(uid, text);
	if (message)
		tell(message, text);
	else
		free(text);
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
