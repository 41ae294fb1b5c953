/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dsfit why: what a job's end means beside what was expected. tests/cluster/why.bats asks Slurm. */
#include "tests/unit/unit.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "cli/why_say.h"
#include "core/base/size.h"
#include "tests/unit/cli.h"

#define FIGURES ": 27.8 GiB of 39.4 GiB per GPU, 60 GiB of 500 GiB per node: fits"
#define FITS "dsfit: 13B, ZeRO-3" FIGURES
#define EXCEEDS "dsfit: 13B, ZeRO-3: 64.0 GiB of 39.4 GiB per GPU: does not fit"
#define TIGHT "dsfit: 13B, ZeRO-3: 38.0 GiB of 39.4 GiB per GPU: tight"
#define BLIND "dsfit: 13B, ZeRO-3: 38.0 GiB per GPU, 60 GiB per node: unknown"
#define GIB (UINT64_C(1) << 30)

static const struct slurm_job empty = {
	.id = 12, .task = -1, .component = -1, .partition = "gpu", .state = "FAILED",
	.reason = "None", .admin_comment = "", .submit_line = "", .output = "", .node_list = "",
	.gpus_asked = "",
	.seconds = 100, .limit_minutes = -1, .of = 1, .known_here = true,
};

static struct why why_of(const struct slurm_job *job)
{
	struct why why = { .job = job, .user = "ann" };

	why.recorded = dsfit_record_read(job->admin_comment, &why.record);
	return why;
}

struct row {
	const char *state, *reason, *comment;
	int exit_code, signal, step_code;
	uint64_t given, seen;
	const char *says[3];		/* parts of the text */
	const char *lacks;
};

static const struct row rows[] = {
	/* --- it waits, runs, ended well */
	{ "PENDING", "Resources", FITS, .says = { "until enough is free" },
	  .lacks = "exit code" },
	{ "PENDING", "Priority", FITS, .says = { "jobs of a higher priority (Priority)" } },
	{ "PENDING", "QOSMaxGRESPerUser", FITS, .says = { "a limit of its QOS or account" } },
	{ "PENDING", "None", FITS, .says = { "slurmctld has not looked at it yet" } },
	{ "PENDING", "Odd", EXCEEDS, .says = { "Slurm's reason is Odd: see squeue(1)",
	  "dsfit expects that it does not fit, and the policy let it pass" } },
	{ "PENDING", "Priority", FITS, .given = 40 * GIB,
	  .says = { "less memory than dsfit expects it to need: 40 GiB of 60 GiB per node" } },
	{ "PENDING", "Priority", FITS, .given = 60 * GIB, .lacks = "less memory" },
	{ "RUNNING", "None", FITS, .says = { "RUNNING for 100 s\n", "why: it runs\n" } },
	{ "SUSPENDED", "None", FITS, .says = { "it is suspended: " } },
	{ "COMPLETED", "None", FITS, .says = { "why: it ended well\n" }, .lacks = "too high" },
	{ "COMPLETED", "None", EXCEEDS, .says = { "the estimate is too high" } },
	{ "COMPLETED", "None", FITS, .step_code = 1,
	  .says = { "a step in it did not", "exit code 1:",
	  "GPU memory to suffice" } },
	/* --- host memory */
	{ "OUT_OF_MEMORY", "OutOfMemory", FITS, .given = 40 * GIB, .seen = 41 * GIB,
	  .says = { "This is host memory, not GPU memory",
		    "expected 60 GiB per node, which is more: request --mem=60G",
		    "seen with: 41 GiB (MaxRSS), which is more than the job had" },
	  .lacks = "CUDA" },
	{ "OUT_OF_MEMORY", "OutOfMemory", FITS, .given = 100 * GIB, .seen = 50 * GIB,
	  .says = { "the job had 100 GiB on each node", "took more than its training needs",
		    "50 GiB (MaxRSS)\n" } },
	{ "OUT_OF_MEMORY", "OutOfMemory", EXCEEDS, .given = 100 * GIB,
	  .says = { "the job had 100 GiB on each node" }, .lacks = "per node, " },
	{ "FAILED", "NonZeroExitCode", FITS, .signal = 9, .given = 40 * GIB,
	  .says = { "signal 9, KILL", "request --mem=60G" } },
	{ "FAILED", "NonZeroExitCode", FITS, .exit_code = 137, .says = { "signal 9, KILL",
	  "took more than its training needs" } },
	/* --- exit codes */
	{ "FAILED", "NonZeroExitCode", FITS, 1,
	  .says = { "exit code 1: a program ended with an error",
	  "GPU memory to suffice: 27.8 GiB of 39.4 GiB per GPU",
	    "look for \"CUDA out of memory\" in the job's output" } },
	{ "FAILED", "NonZeroExitCode", EXCEEDS, 1,
	  .says = { "GPU memory is the likely cause: dsfit "
	  "expected 64 GiB per GPU, and a GPU has 39.4 GiB" } },
	{ "FAILED", "NonZeroExitCode", TIGHT, 1, .says = { "GPU memory may be the cause: " } },
	{ "FAILED", "NonZeroExitCode", BLIND, 1, .says = { "did not know how much there is" } },
	{ "FAILED", "NonZeroExitCode", "", 1, .says = { "Slurm does not see GPU memory: look for",
	  "it declares no training" } },
	{ "FAILED", "NonZeroExitCode", "dsfit: not sized: of type odd", 1,
	  .says = { "dsfit has not sized it: of type odd" } },
	{ "FAILED", "NonZeroExitCode", FITS, 127,
	  .says = { "exit code 127: a command was not found" },
	  .lacks = "GPU memory" },
	{ "FAILED", "NonZeroExitCode", FITS, 126, .says = { "cannot be executed" } },
	{ "FAILED", "NonZeroExitCode", FITS, 2, .says = { "does not understand its arguments" } },
	{ "FAILED", "NonZeroExitCode", FITS, 77, .says = { "exit code 77 is the program's own" } },
	{ "FAILED", "NonZeroExitCode", FITS, 134, .says = { "signal 6, ABRT", "CUDA" } },
	{ "FAILED", "NonZeroExitCode", FITS, 139, .says = { "signal 11, SEGV" } },
	{ "FAILED", "NonZeroExitCode", FITS, 150, .says = { "a process ended by signal 22\n" } },
	{ "FAILED", "JobLaunchFailure", FITS, .says = { "Slurm's reason is JobLaunchFailure: " } },
	/* --- other ends */
	{ "TIMEOUT", "TimeLimit", FITS, .says = { "it reached its time limit: " },
	  .lacks = "memory\n" },
	{ "CANCELLED", "None", FITS,
	  .says = { "cancelled it: this is not the training's memory" } },
	{ "NODE_FAIL", "NodeDown", FITS, .says = { "a node failed" } },
	{ "PREEMPTED", "None", FITS, .says = { "start again from a checkpoint" } },
};

START_TEST(test_end_beside_prediction)
{
	const struct row *row = &rows[_i];
	struct slurm_job job = empty;
	struct why why;
	char *text;

	job.state = row->state;
	job.reason = row->reason;
	job.admin_comment = row->comment;
	job.exit_code = row->exit_code;
	job.signal = row->signal;
	job.step_exit_code = row->step_code;
	job.memory_per_node = row->given;
	job.max_rss = row->seen;
	why = why_of(&job);
	text = why_say_text(&why);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(row->says) && row->says[i]; i++)
		ck_assert_msg(strstr(text, row->says[i]), "\"%s\" is not in:\n%s", row->says[i],
			      text);
	if (row->lacks)
		ck_assert_msg(!strstr(text, row->lacks), "\"%s\" is in:\n%s", row->lacks, text);
	free(text);
}
END_TEST

/* A waiting job whose request is not the one that was decided on any more. */
static const struct {
	const char *request;
	uint64_t nodes, gib;
	const char *gpus, *partition;
	bool changed;
} changes[] = {
	{ "-N 3 --gpus-per-node=a100:4", 3, 500, "gres:gpu:a100:4", "gpu", false },
	{ "-N 3 --gpus-per-node=a100:4", 3, 500, "gres/gpu:a100:4", "gpu", false },
	{ "-N 3 --gpus-per-node=a100:4", 1, 500, "gres/gpu:a100:4", "gpu", true },
	{ "-N 3 --gpus-per-node=a100:4", 3, 500, "gres/gpu:a100:1", "gpu", true },
	{ "-N 3 --gpus-per-node=a100:4", 3, 500, "gres/gpu:a100_80g:4", "gpu", true },
	{ "-N 1-4 --gpus-per-node=a100:4", 1, 500, "gres/gpu:a100:4", "gpu", false },
	{ "-N 2-4 --gpus-per-node=a100:4", 1, 500, "gres/gpu:a100:4", "gpu", true },
	/* What it left open. */
	{ "--gpus=a100:12", 1, 500, "gres/gpu:a100=12", "strict", false },
	{ "--gpus=a100:12", 1, 500, "gres/gpu:a100=8", "strict", true },
	{ "--gres=gpu:2", 1, 500, "gpu:2", "gpu", false },
	{ "--gres=gpu:2", 1, 500, "gres:gpu:3", "gpu", true },
	{ "--gres=gpu:2,nic:1", 1, 500, "gpu:2,nic:1", "gpu", false },
	{ "-n 4 --gpus-per-task=1", 1, 500, "gres/gpu:1", "gpu", false },
	{ "--gpus=2 --mem=100G", 1, 100, "gres/gpu:2", "gpu", false },
	{ "--gpus=2 --mem=100G", 1, 99, "gres/gpu:2", "gpu", true },
	{ "--gpus=2 --mem=0", 1, 99, "gres/gpu:2", "gpu", false },
	{ "-p strict --gpus=2", 1, 500, "gres/gpu:2", "strict", false },
	{ "-p strict --gpus=2", 1, 500, "gres/gpu:2", "gpu", true },
	/* Slurm does not say, as slurmdbd does not. */
	{ "--gpus=2", 0, 0, "", "gpu", false },
	{ "", 1, 1000, "gres/gpu:2", "gpu", false },
};

START_TEST(test_changed_since)
{
	char comment[512], after[512];
	struct slurm_job job = empty;
	const char *const comments[] = { comment, after };

	snprintf(comment, sizeof(comment), "dsfit: 13B, ZeRO-3%s%s" FIGURES,
		 *changes[_i].request ? ", for " : "", changes[_i].request);
	snprintf(after, sizeof(after), *changes[_i].request ? "%s; changed: -N 9 -> %s" : "%s",
		 FITS, changes[_i].request);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(comments); i++) {
		struct why why;
		char *text;

		job.state = "PENDING";
		job.admin_comment = comments[i];
		job.nodes = changes[_i].nodes;
		job.memory_per_node = changes[_i].gib * GIB;
		job.gpus_asked = changes[_i].gpus;
		job.partition = changes[_i].partition;
		why = why_of(&job);
		ck_assert_str_eq(why.record.request, changes[_i].request);
		text = why_say_text(&why);
		ck_assert_msg(!!strstr(text, "why: its request was changed after dsfit decided, "
				       "which was about ") == changes[_i].changed, "%s", text);
		unit_assert_has(text, "  decided: 13B, ZeRO-3");
		unit_assert_has(text, FIGURES "\n");
		ck_assert_str_eq(why.record.training, "13B, ZeRO-3");
		free(text);
		job.state = "COMPLETED";
		why = why_of(&job);
		text = why_say_text(&why);
		ck_assert_ptr_null(strstr(text, "was changed after"));
		free(text);
	}
}
END_TEST

/* All that is known stands in front. */
START_TEST(test_facts)
{
	struct slurm_job job = empty;
	struct why why;
	char *text;

	job.task = 3;
	job.of = 4;
	job.submit_line = "sbatch -N1 train.sh";
	job.output = "/home/ann/slurm-12_3.out";
	job.nodes = 2;
	job.gpus = 8;
	job.memory_per_node = 64 * GIB;
	job.node_list = "a100-[0-1]";
	job.exit_code = 1;
	job.seconds = 3 * 86400 + 7200;
	job.admin_comment = FITS "; changed: -N 1 -> -N 2";
	why = why_of(&job);
	text = why_say_text(&why);
	ck_assert_msg(!strncmp(text,
		"job 12_3 of ann in gpu: FAILED after 3 days 2 h, exit code 1\n"
		"  asked: sbatch -N1 train.sh\n"
		"  requested: 2 nodes, 8 GPUs, 64 GiB per node (a100-[0-1])\n"
		"  decided: 13B, ZeRO-3: 27.8 GiB of 39.4 GiB per GPU, 60 GiB of 500 GiB per node: "
		"fits\n"
		"  changed: -N 1 -> -N 2\n"
		"  why: ", 200), "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "look for \"CUDA out of memory\" in "
				     "/home/ann/slurm-12_3.out\n"));
	ck_assert_ptr_nonnull(strstr(text, "this is one of 4 tasks: \"dsfit why 12_1\" "
				     "explains number 1"));
	free(text);
}
END_TEST

/* A record may be longer than what is kept of it: then the end is missing, and nothing else. */
START_TEST(test_long_record)
{
	struct slurm_job job = empty;
	char changed[900], comment[2048];
	struct why why;
	char *text;

	memset(changed, 'p', sizeof(changed) - 1);
	changed[sizeof(changed) - 1] = '\0';
	snprintf(comment, sizeof(comment), FITS "; changed: -p %s -> -p %s", changed, changed);
	job.admin_comment = comment;
	why = why_of(&job);
	text = why_say_text(&why);
	ck_assert_msg(strstr(text, "  decided: 13B, ZeRO-3: 27.8 GiB of 39.4 GiB per GPU, 60 GiB "
			     "of 500 GiB per node: fits\n  changed: -p ppp"), "%s", text);
	free(text);
}
END_TEST

/* slurmdbd shows a job that slurmctld hides, and has no record of it yet. */
START_TEST(test_hidden)
{
	struct slurm_job job = empty;
	struct why why;
	char *text;

	job.state = "PENDING";
	job.known_here = false;
	why = why_of(&job);
	text = why_say_text(&why);
	ck_assert_ptr_nonnull(strstr(text, "slurmctld does not show you this job, and slurmdbd"));
	ck_assert_ptr_null(strstr(text, "has not sized"));
	free(text);
}
END_TEST

START_TEST(test_json)
{
	struct slurm_job job = empty;
	struct json_object *o, *decision, *value;
	struct why why;
	char *text;

	job.exit_code = 1;
	job.admin_comment = EXCEEDS;
	job.memory_per_node = UINT64_MAX;
	why = why_of(&job);
	text = why_say_json(&why);
	o = json_tokener_parse(text);
	ck_assert_msg(o != NULL, "%s", text);
	ck_assert(json_object_object_get_ex(o, "decision", &decision));
	ck_assert(json_object_object_get_ex(decision, "verdict", &value));
	ck_assert_str_eq(json_object_get_string(value), "does not fit");
	ck_assert(json_object_object_get_ex(decision, "per_gpu", &value));
	ck_assert_int_eq(json_object_get_int64(value), (int64_t)(64 * GIB));
	/* The largest number that readers of JSON have. */
	ck_assert(json_object_object_get_ex(o, "request", &value));
	ck_assert(json_object_object_get_ex(value, "memory_per_node", &value));
	ck_assert_int_eq(json_object_get_int64(value), INT64_MAX);
	ck_assert(json_object_object_get_ex(o, "task", &value));
	ck_assert_ptr_null(value);
	ck_assert(json_object_object_get_ex(o, "explanation", &value));
	ck_assert_uint_eq(json_object_array_length(value), 3);
	json_object_put(o);
	free(text);
}
END_TEST

START_TEST(test_usage)
{
	static const char *const wrong[] = { "x", "0", "12_", "12_x", "12.0", "-1", "99999999999",
					     "12 13", "12.", "12_3." };

	cli_assert(cli_why, "", CLI_USAGE, "the number of a job is needed");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(wrong); i++)
		ck_assert_int_eq(cli_run(cli_why, wrong[i]), CLI_USAGE);
	cli_assert(cli_why, "x", CLI_USAGE, "x: must be the number of a job, such as 12");
	cli_assert(cli_why, "--json x", CLI_USAGE, "x: must be the number of a job");
	cli_assert(cli_why, "12 13", CLI_USAGE, "13: unexpected argument: one job at a time");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_facts, test_long_record, test_hidden, test_json,
				       test_usage, NULL };
	Suite *suite = suite_create("why");
	TCase *ends = tcase_create("ends");

	tcase_add_loop_test(ends, test_end_beside_prediction, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_loop_test(ends, test_changed_since, 0, DSFIT_ARRAY_SIZE(changes));
	suite_add_tcase(suite, ends);
	unit_add(suite, "facts", tests);
	return unit_run(suite);
}
