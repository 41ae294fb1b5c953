/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit why" explains a job: what it asked for, what dsfit decided and changed, and why it waits
 * or how it ended. slurm_job.c asks Slurm, why_say.c says it.
 */
#include "cli/ask_slurm.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/output.h"
#include "cli/slurm_job.h"
#include "cli/why_say.h"

#include <error.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

struct arguments {
	struct cli_common common;
	bool given;
	struct slurm_job_id id;
};

/* "12", "12_3", "12+1", or a step of one of these: "12.batch". Returns whether it is that. */
static bool read_id(const char *typed, struct slurm_job_id *out)
{
	static const char digits[] = "0123456789";
	size_t job = strcspn(typed, "."), length = strspn(typed, digits);
	char copy[64], number[32];
	const char *text = copy;
	uint64_t id, part;

	*out = (struct slurm_job_id){ .task = -1, .component = -1 };
	if (job >= sizeof(copy) || (typed[job] && !typed[job + 1]))
		return false;
	snprintf(copy, sizeof(copy), "%.*s", (int)job, typed);
	snprintf(number, sizeof(number), "%.*s", (int)length, text);
	if (!length || dsfit_parse_number(number, 1, UINT32_MAX - 2, &id, NULL))
		return false;
	out->id = (uint32_t)id;
	text += length;
	if (!*text)
		return true;
	if ((*text != '_' && *text != '+') ||
	    dsfit_parse_number(text + 1, 0, UINT32_MAX - 2, &part, NULL))
		return false;
	if (*text == '_')
		out->task = (int64_t)part;
	else
		out->component = (int64_t)part;
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARG:
		if (a->given)
			argp_error(state, "%s: unexpected argument: one job at a time", arg);
		if (!read_id(arg, &a->id))
			argp_error(state, "%s: must be the number of a job, such as 12, 12_3 of an "
				   "array or 12+1 of a het job", arg);
		a->given = true;
		return 0;
	case ARGP_KEY_END:
		if (!a->given)
			argp_error(state, "the number of a job is needed: \"squeue --me\" and "
				   "\"sacct\" list yours. A job that was refused at submission has "
				   "none, and its message says why");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void explain(const struct slurm_job *job, bool json)
{
	struct passwd *person = getpwuid(job->uid);
	char number[16], *text;
	struct why why = { .job = job, .user = number };

	snprintf(number, sizeof(number), "%u", job->uid);
	if (person)
		why.user = person->pw_name;
	why.recorded = dsfit_record_read(job->admin_comment, &why.record);
	text = json ? why_say_json(&why) : why_say_text(&why);
	cli_need(!text);
	if (json)
		puts(text);
	else
		cli_print(text);
	free(text);
}

static int ask(void *context)
{
	const struct arguments *a = context;
	struct dsfit_error err;
	struct slurm_job job;

	if (slurm_job_load(&a->id, &job, &err))
		error(CLI_USAGE, 0, "%s", err.text);
	explain(&job, a->common.json);
	return 0;
}

int cli_why(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.parser = parse, .args_doc = "JOB", .children = children,
		.doc = "Explain a job: what it asked for, what dsfit decided and changed, why it "
		       "waits or how it ended, beside what was expected.\vSlurm is asked: "
		       "slurmctld, and slurmdbd if the cluster has one. Exit status 0; 2 if Slurm "
		       "does not know the job or does not answer.",
	};
	struct arguments a = { .given = false };

	cli_parse(&argp, argc, argv, &a);
	return cli_ask_slurm(ask, &a);
}
