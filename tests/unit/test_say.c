/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions as text for users and as JSON for scripts. */
#include <ctype.h>
#include <json-c/json.h>

#include "core/base/size.h"
#include "core/decide/decide.h"
#include "core/declare/declaration.h"
#include "core/say/record.h"
#include "core/say/say.h"
#include "core/say/say_json.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"
#include "tests/unit/unit.h"

/* One job: its declaration, and its options of sbatch. */
struct job {
	const char *model, *zero, *offload, *fit, *explain;
	const char *batch, *seq, *method;
	const char *nodes, *gpus_per_node, *mem, *partition, *ntasks_per_node;
	const char *gpus, *gpus_per_task, *ntasks;
	size_t columns;
	bool only_named;		/* the site offers no partition to jobs that name none */
	void (*change)(struct dsfit_decision *decision);	/* changes the decision; or NULL */
	void (*site)(struct dsfit_site *site);	/* changes the site; or NULL */
};

enum saying { DECISION, ACCOUNT, JSON, RECORD, RECORD_AFTER_NODES };

/* Decide on a job at the demo site. Returns the text, which the caller frees. */
static char *say_job(const struct job *job, enum saying what, struct dsfit_decision *decision)
{
	const struct dsfit_slurm slurm = { .command = DSFIT_SBATCH, .release = 2205 };
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .own_form = DSFIT_FORM_NONE };
	struct dsfit_declaration declaration = { .prefix = "--ds-" };
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload;
	struct dsfit_request request;
	struct dsfit_error err;
	char *text;

	for (size_t i = 0; i < site->partition_count; i++)
		site->partitions[i].only_named = job->only_named;
	if (job->site)
		job->site(site);
	declaration.value[DSFIT_OPTION_MODEL] = job->model;
	declaration.value[DSFIT_OPTION_ZERO] = job->zero;
	declaration.value[DSFIT_OPTION_OFFLOAD] = job->offload;
	declaration.value[DSFIT_OPTION_BATCH] = job->batch;
	declaration.value[DSFIT_OPTION_SEQ] = job->seq;
	declaration.value[DSFIT_OPTION_FIT] = job->fit;
	declaration.value[DSFIT_OPTION_EXPLAIN] = job->explain;
	declaration.value[DSFIT_OPTION_METHOD] = job->method;
	options.text[SLURM_NODES] = job->nodes;
	options.text[SLURM_GPUS_PER_NODE] = job->gpus_per_node;
	options.text[SLURM_GPUS] = job->gpus;
	options.text[SLURM_GPUS_PER_TASK] = job->gpus_per_task;
	options.text[SLURM_NTASKS] = job->ntasks;
	options.text[SLURM_MEM] = job->mem;
	options.text[SLURM_PARTITION] = job->partition;
	options.text[SLURM_NTASKS_PER_NODE] = job->ntasks_per_node;
	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						 &workload, &err), "%s", err.text);
	ck_assert(!dsfit_request_parse(&options, &slurm, &request, &err));
	dsfit_decide(site, &workload, &request, &gate, decision);
	if (job->change)
		job->change(decision);
	{
		const struct dsfit_say words = {
			.site = site, .workload = &workload, .decision = decision,
			.write_request = dsfit_request_text, .prefix = "--ds-",
			.columns = job->columns,
		};

		text = what == JSON ? dsfit_say_json(&words) :
		       what == RECORD ? dsfit_say_record(&words, 0) :
		       what == RECORD_AFTER_NODES ? dsfit_say_record(&words, DSFIT_CHANGE_NODES) :
		       what == ACCOUNT ? dsfit_say_account(&words) : dsfit_say_decision(&words);
	}
	dsfit_site_free(site);
	ck_assert_ptr_nonnull(text);
	return text;
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void assert_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in:\n%s", part, text);
}

/* Text must be ASCII and end with a newline: Slurm logs line by line, and not every terminal knows
 * UTF-8. */
static void assert_plain(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		ck_assert_msg(text[i] == '\n' || isprint((unsigned char)text[i]), "byte %zu of:\n%s",
			      i, text);
	ck_assert(length == 0 || text[length - 1] == '\n');
}

static const struct job fits = { "llama-3-8b", .gpus_per_node = "a100_80g:4" };
static const struct job misfit = { "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4" };
static const struct job strict = { "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4",
				   .partition = "strict" };
static const struct job short_memory = { "7B", .offload = "cpu", .mem = "8G",
					 .gpus_per_node = "a100:4" };
static const struct job unasked = { .model = "13B" };
static const struct job too_large = { .model = "100T" };
static const struct job named = { "13B", .zero = "2", .nodes = "1", .gpus_per_node = "a100:4" };

#define NO_NODES "no nodes of this site can hold this request"
#define CLOSEST "; the closest are 4 nodes x 4 A100 40GB\n"

START_TEST(test_spread)
{
	const struct job job = { "7B", .zero = "3", .gpus = "a100_80g:6" };
	struct dsfit_decision d;
	char *text = say_job(&job, DECISION, &d);

	assert_has(text, "6 A100 80GB on 2 nodes, up to 4 on one: ");
	free(text);
}
END_TEST

/* A request that no node class can hold: the class that comes closest, and what it has too little
 * of. */
START_TEST(test_beyond)
{
	static const struct {
		struct job job;
		const char *layout, *why;
	} rows[] = {
		{ { "7B", .gpus_per_node = "a100:9" }, "  does not fit: --gpus-per-node=a100:9\n",
		  NO_NODES ": 9 GPUs per node, 4 available" CLOSEST },
		{ { "7B", .nodes = "100", .gpus_per_node = "h200:1" },
		  "  does not fit: -N 100 --gpus-per-node=h200:1\n",
		  NO_NODES ": 100 nodes, 1 available; the closest is 1 node x 8 H200\n" },
		{ { "7B", .gpus_per_node = "a100:4", .ntasks_per_node = "65" },
		  "  does not fit: --ntasks-per-node=65 --gpus-per-node=a100:4\n",
		  NO_NODES ": 65 CPUs per node, 64 available" CLOSEST },
		{ { "7B", .gpus_per_node = "9" }, "  does not fit: --gpus-per-node=9\n",
		  NO_NODES ": 9 GPUs per node, 8 available; the closest are 2 nodes x 8 H100\n" },
		{ { "7B", .gpus_per_node = "a100:4", .mem = "9T" },
		  "  does not fit: --gpus-per-node=a100:4 --mem=9216G\n",
		  NO_NODES ": 9 TiB host memory per node, 500 GiB available" CLOSEST },
		{ { "7B", .nodes = "1", .gpus = "a100:8" }, "  does not fit: -N 1 --gpus=a100:8\n",
		  NO_NODES ": the request needs 2 nodes but allows only 1" CLOSEST },
		{ { "7B", .nodes = "3", .gpus = "a100:2", .partition = "strict" },
		  "  does not fit: -p strict -N 3 --gpus=a100:2\n",
		  NO_NODES ": 3 nodes for 2 GPUs" CLOSEST },
		{ { "7B", .ntasks = "2", .ntasks_per_node = "4", .gpus_per_task = "a100:1" },
		  "  does not fit: -n 2 --ntasks-per-node=4 --gpus-per-task=a100:1\n",
		  NO_NODES ": --ntasks-per-node=4 for 2 tasks" CLOSEST },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_decision d;
		char *text = say_job(&rows[i].job, DECISION, &d);

		ck_assert_int_eq(d.assessment.overall, DSFIT_EXCEEDS);
		assert_has(text, rows[i].layout);
		assert_has(text, rows[i].why);
		free(text);
	}
}
END_TEST

START_TEST(test_fit_is_three_lines)
{
	struct dsfit_decision d;
	char *text = say_job(&fits, DECISION, &d);

	ck_assert_int_eq(count_lines(text), 3);
	unit_assert_begins(text, "fits: llama-3-8b, ZeRO-3, batch 1 x 2048 tokens\n"
				 "  1 node x 4 A100 80GB: ");
	assert_has(text, " of 79.1 GiB per GPU\n  host memory: ");
	assert_plain(text);
	free(text);
}
END_TEST

/* A job that passes, but waits for its network, is told for how much of a step. */
START_TEST(test_wait_is_a_word)
{
	struct job job = { "27B", .zero = "3", .nodes = "2", .gpus_per_node = "h100:8" };
	const char *wait = "\n  network: GPUs wait 63 % of a step (50 % with 543 Gbps)\n";
	const char *declare = "larger batches wait less: declare the real values with --ds-batch and "
			      "--ds-seq";
	struct dsfit_decision d;
	char *text = say_job(&job, DECISION, &d);

	ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	ck_assert_int_eq(count_lines(text), 3);
	unit_assert_begins(text, "fits: 27B, ZeRO-3, batch 1 x 2048 tokens\n");
	assert_has(text, wait);
	free(text);
	job.explain = "full";
	text = say_job(&job, DECISION, &d);
	assert_has(text, wait);
	assert_has(text, declare);
	free(text);
	job.batch = "1";
	job.seq = "2048";
	text = say_job(&job, DECISION, &d);
	assert_has(text, wait);
	ck_assert_ptr_null(strstr(text, declare));
	free(text);
	text = say_job(&job, JSON, &d);
	assert_has(text, "\"overall\": \"fits\"");
	assert_has(text, "\"network\": \"exceeds\"");
	assert_has(text, "network: GPUs wait ");
	free(text);
	/* Of a correction it is what it was changed to that waits. */
	job = (struct job){ "3B", .zero = "3", .nodes = "1", .gpus_per_node = "rtx4090:2" };
	text = say_job(&job, DECISION, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	assert_has(strstr(text, "\n  now "), " % of a step (50 % with ");
	ck_assert_int_le(count_lines(text), 8);
	free(text);
	/* A refused request has other troubles. */
	job = (struct job){ "30B", .zero = "3", .nodes = "2", .gpus_per_node = "rtx4090:2" };
	text = say_job(&job, DECISION, &d);
	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	ck_assert_ptr_null(strstr(text, "waiting"));
	free(text);
}
END_TEST

/* If only an evaluation that nobody has declared might not fit, a line says so. */
START_TEST(test_evaluation_is_a_word)
{
	struct job job = { "llama-3-8b", .zero = "2", .method = "qlora", .seq = "4k",
			   .gpus_per_node = "a100:1" };
	const char *line = "\n  an evaluation at batch 8 would not fit (up to 52.2 GiB needed, "
			   "A100 40GB has 39.4 GiB): --ds-set=eval-batch:N says what is used, "
			   "0 none\n";
	struct dsfit_decision d;
	char *text = say_job(&job, DECISION, &d);

	unit_assert_begins(text, "tight: llama-3-8b");
	assert_has(text, line);
	ck_assert_int_eq(count_lines(text), 3);
	free(text);
	text = say_job(&job, JSON, &d);
	assert_has(text, "\"overall\": \"tight\"");
	assert_has(text, "an evaluation at batch 8 would not fit ");
	free(text);
	/* So it does after a correction. */
	job.mem = "256M";
	text = say_job(&job, DECISION, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	assert_has(strstr(text, "\n  now "), line);
	free(text);
}
END_TEST

START_TEST(test_correction_names_old_and_new)
{
	struct dsfit_decision d;
	char *text = say_job(&misfit, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_int_eq(count_lines(text), 5);
	ck_assert_ptr_eq(strstr(text, "corrected: -N 1 --gpus-per-node=a100:4 -> "
				      "-N 3 --gpus-per-node=a100:4\n"), text);
	assert_has(text, "  memory per GPU: 64.0 GiB needed, A100 40GB has 39.4 GiB\n"
			 "  now 3 nodes x 4 A100 40GB: ");
	/* sbatch runs the script on the first node alone. */
	assert_has(text, "\n  start with: srun torchrun --nnodes=$SLURM_NNODES "
			 "--nproc_per_node=gpu\n");
	assert_plain(text);
	free(text);
}
END_TEST

/* Who starts a process on each GPU of the corrected request. */
START_TEST(test_launch)
{
	static const struct {
		struct job job;
		const char *says;
	} rows[] = {
		{ { "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100_80g:2" },
		  "\n  start with: torchrun --nproc_per_node=gpu\n" },
		{ { "13B", .zero = "3", .ntasks = "2", .gpus_per_node = "a100_80g:1" },
		  "\n  2 processes for 4 GPUs: each GPU needs a process of its own\n" },
		{ { "llama-3-8b", .ntasks = "2", .gpus_per_node = "a100_80g:4" },
		  "\n  2 processes for 4 GPUs: each GPU needs a process of its own\n" },
		{ { "13B", .zero = "3", .ntasks = "2", .gpus_per_task = "a100_80g:1" },
		  "\n  not corrected: more GPUs need more tasks, and you set the number of "
		  "tasks\n" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_decision d;
		char *text = say_job(&rows[i].job, DECISION, &d);

		assert_has(text, rows[i].says);
		free(text);
	}
}
END_TEST

START_TEST(test_memory_says_why)
{
	struct dsfit_decision d;
	char *text = say_job(&short_memory, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	assert_has(text, "--mem=8G -> --gpus-per-node=a100:4 --mem=");
	assert_has(text, "host memory: ");
	assert_has(text, "8 GiB available");
	assert_has(text, "  now 1 node x 4 A100 40GB: ");
	/* The host memory before and after. */
	assert_has(strstr(text, "now "), "\n  host memory: ");
	free(text);
}
END_TEST

START_TEST(test_refusal_says_need_capacity_and_what_instead)
{
	struct dsfit_decision d;
	char *text = say_job(&strict, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	unit_assert_begins(text, "refused: 13B, ZeRO-3");
	assert_has(text, "\n  does not fit: -p strict -N 1 --gpus-per-node=a100:4\n");
	assert_has(text, "A100 40GB has 39.4 GiB");
	assert_has(text, "the policy here is mode = reject");
	assert_has(text, "instead: -p strict -N 3 --gpus-per-node=a100:4 (");
	assert_has(text, "--ds-offload=optimizer:cpu");
	ck_assert_int_le(count_lines(text), 8);
	assert_plain(text);
	free(text);
}
END_TEST

/* On a terminal of 80 columns, of which Slurm's and dsfit's prefixes take some, there are at most
 * eight rows. None ends between a number and its unit, and only a request may be too long. */
START_TEST(test_short_at_80_columns)
{
	static const struct job jobs[] = {
		{ "llama-3-8b", .gpus_per_node = "a100_80g:4" },
		{ "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4" },
		{ "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4",
		  .partition = "strict" },
		{ "7B", .offload = "cpu", .mem = "8G", .gpus_per_node = "a100:4" },
		{ "70B", .offload = "cpu", .mem = "8G", .nodes = "1", .gpus_per_node = "a100:4",
		  .partition = "strict" },
		{ "70B", .nodes = "2", .gpus_per_node = "rtx4090:2", .partition = "strict" },
		{ "27B", .zero = "3", .nodes = "2", .gpus_per_node = "h100:8" },
		{ "3B", .zero = "3", .nodes = "1", .gpus_per_node = "rtx4090:2" },
		{ .model = "13B" }, { .model = "560B" },
		{ "13B", .fit = "advise", .nodes = "1", .gpus_per_node = "a100:4" },
	};
	const size_t columns = 80 - strlen("sbatch: error: dsfit: ");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(jobs); i++) {
		struct job job = jobs[i];
		struct dsfit_decision d;
		char *text, *rest, *line;

		job.columns = columns;
		rest = text = say_job(&job, DECISION, &d);
		ck_assert_msg(count_lines(text) <= (strncmp(text, "fits", 4) ? 8 : 3), "%s", text);
		while ((line = strsep(&rest, "\n"))) {
			size_t length = strlen(line);

			ck_assert_msg(length <= columns || strstr(line, " -"), "%s", line);
			ck_assert_msg(!length || !isdigit((unsigned char)line[length - 1]) ||
				      strstr(line, "=") || strstr(line, "-N ") ||
				      strstr(line, "GPU"), "%s", line);
		}
		free(text);
	}
}
END_TEST

/* If there is no room for all, the figures are left out before the requests to type. */
START_TEST(test_room_is_for_what_to_type)
{
	struct job job = strict;
	struct dsfit_decision d;
	char *text;

	text = say_job(&job, DECISION, &d);
	assert_has(text, "instead: -p strict -N 3 --gpus-per-node=a100:4 (27.8 GiB of 39.4 GiB per "
			 "GPU, $49.20/h)\n");
	free(text);
	job.columns = 58;
	text = say_job(&job, DECISION, &d);
	assert_has(text, "  instead: -p strict -N 3 --gpus-per-node=a100:4\n");
	assert_has(text, "  or change the training: -p strict -N 1 --gpus-per-node=a100:4 "
			 "--ds-offload=optimizer:cpu\n");
	free(text);
	job.explain = "full";
	text = say_job(&job, DECISION, &d);
	assert_has(text, "$49.20/h)\n");
	free(text);
}
END_TEST

static void nothing_fits(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_NOTHING_FITS;
	d->alternative_count = 0;
}

static void out_of_time(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_TIME;
}

static void tasks_are_set(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_TASKS;
}

static void srun_has_begun(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_LAUNCH;
}

static void steps_are_set(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_FIXED;
}

static void nodes_are_chosen(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_LIST;
}

static void no_larger_request(struct dsfit_decision *d)
{
	d->obstacle = DSFIT_OBSTACLE_OTHER;
}

/* Change the decision to that of a partition with refuse-tight. */
static void is_tight(struct dsfit_decision *d)
{
	d->assessment.overall = d->assessment.gpu = DSFIT_TIGHT;
}

/* The first alternative is tight. */
static void is_a_hope(struct dsfit_decision *d)
{
	d->alternatives[0].assessment.overall = DSFIT_TIGHT;
}

static void host_is_unknown(struct dsfit_decision *d)
{
	d->assessment.overall = d->assessment.host = DSFIT_UNKNOWN;
	d->assessment.host_capacity = 0;
}

/* Each reason not to correct has a line of its own. */
START_TEST(test_every_obstacle)
{
	static const struct {
		void (*change)(struct dsfit_decision *d);
		const char *line;
	} rows[] = {
		{ NULL, "not corrected: the policy here is mode = reject" },
		{ nothing_fits, "no request at this site fits" },
		{ out_of_time,
		  "not corrected: the search reached its limit (in slurmctld: controller-budget) "
		  "before it had tried all nodes" },
		{ tasks_are_set,
		  "not corrected: more nodes are needed, but you set the number of tasks" },
		{ srun_has_begun,
		  "not corrected: more nodes are needed, but srun has already fixed the number of "
		  "tasks" },
		{ steps_are_set,
		  "not corrected: slurmctld cannot change the GPUs and memory that this job's steps "
		  "use" },
		{ nodes_are_chosen,
		  "not corrected: other nodes may be needed, but you used --nodelist, --nodefile, "
		  "--exclude or --reservation" },
		{ no_larger_request,
		  "not corrected: no request with more of the same GPUs or nodes fits" },
		{ is_tight, "might not fit: -p strict -N 1 --gpus-per-node=a100:4\n"
			    "  memory per GPU: up to 73.6 GiB needed, A100 40GB has 39.4 GiB" },
		{ is_a_hope, "\n  might fit: -p strict -N 3 --gpus-per-node=a100:4 (" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct job job = strict;
		struct dsfit_decision d;
		char *text;

		job.change = rows[i].change;
		text = say_job(&job, DECISION, &d);
		assert_has(text, rows[i].line);
		assert_plain(text);
		free(text);
	}
}
END_TEST

/* The GPUs are sufficient, but the site does not say how much host memory a node has. */
START_TEST(test_host_memory_is_not_known)
{
	struct job job = fits;
	struct dsfit_decision d;
	char *text;

	job.change = host_is_unknown;
	text = say_job(&job, DECISION, &d);
	unit_assert_begins(text, "cannot tell: the host memory of these nodes is unknown (29.8 GiB "
				 "needed per node): administrators can set it in dsfit.conf\n"
				 "  llama-3-8b, ZeRO-3");
	ck_assert_int_eq(count_lines(text), 3);
	free(text);
}
END_TEST

START_TEST(test_named_type_is_the_obstacle)
{
	struct dsfit_decision d;
	char *text = say_job(&named, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	assert_has(text, "a change of the GPU type, but you requested a100");
	free(text);
}
END_TEST

/* Another way to train: the options to type, and beside the figures what has no option. */
START_TEST(test_ways_to_train)
{
	static const struct {
		struct job job;
		const char *line;
	} rows[] = {
		{ { "3B", .zero = "3", .batch = "64", .nodes = "1", .gpus_per_node = "a100:4",
		    .partition = "strict" },
		  "\n  or change the training: -p strict -N 1 --gpus-per-node=a100:4 --ds-batch=8 "
		  "(8 accumulation steps for the same batch, 31.1 GiB of 39.4 GiB per GPU, "
		  "$16.40/h)\n" },
		{ { "llama-3-8b", .method = "lora", .batch = "16", .seq = "24576", .nodes = "1",
		    .gpus_per_node = "rtx4090:1", .partition = "strict" },
		  "--ds-batch=1 --ds-set=loss:fused --ds-offload=optimizer:cpu,param:cpu (with "
		  "a fused loss such as Liger's, 16 accumulation steps for the same batch, " },
		{ { .model = "300B" }, "--ds-offload=optimizer:nvme,param:cpu (" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_decision d;
		char *text = say_job(&rows[i].job, DECISION, &d);

		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		assert_has(text, rows[i].line);
		free(text);
		text = say_job(&rows[i].job, JSON, &d);
		assert_has(text, i == 1 ? "\"fused_loss\": true" : "\"fused_loss\": false");
		assert_has(text, i == 0 ? "\"accumulation\": 8" : i == 1 ? "\"accumulation\": 16" :
							"\"accumulation\": null");
		free(text);
	}
}
END_TEST

START_TEST(test_nothing_asked)
{
	struct dsfit_decision d;
	char *text = say_job(&unasked, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	assert_has(text, "corrected: no GPUs requested -> -N 1 --gpus-per-node=");
	free(text);
}
END_TEST

/* In a partition that a job has to name, more may fit. */
START_TEST(test_partitions_to_name)
{
	static const char line[] = "no request fits, but perhaps in a partition that you may use "
				   "and name with -p";
	struct job job = too_large;
	struct dsfit_decision d;
	char *text;

	job.only_named = true;
	text = say_job(&job, DECISION, &d);
	assert_has(text, line);
	free(text);
	job.partition = "gpu";
	text = say_job(&job, DECISION, &d);
	ck_assert_ptr_null(strstr(text, line));
	free(text);
}
END_TEST

START_TEST(test_nothing_fits_says_what_is_missing)
{
	struct dsfit_decision d;
	char *text = say_job(&too_large, DECISION, &d);

	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	assert_has(text, "refused: 100T");
	assert_has(text, "no request at this site fits");
	assert_has(text, "closest request: ");
	assert_plain(text);
	free(text);
}
END_TEST

START_TEST(test_denied_wish)
{
	struct job job = misfit;
	struct dsfit_decision d;
	char *text;

	job.fit = "advise";
	text = say_job(&job, DECISION, &d);
	assert_has(text, "--ds-fit=advise is not allowed here: the policy says mode = correct\n");
	free(text);
}
END_TEST

START_TEST(test_full_explanation_has_the_account)
{
	struct job job = fits;
	struct dsfit_decision d;
	char *text, *account, peak[DSFIT_SIZE_TEXT];

	job.explain = "full";
	text = say_job(&job, DECISION, &d);
	account = say_job(&fits, ACCOUNT, &d);
	assert_has(text, "Memory per GPU, peak in the ");
	assert_has(text, "Three estimates        hardware guide   DeepSpeed       dsfit\n");
	assert_has(account, "Memory per GPU, peak in the ");
	assert_has(account, "weights ");
	dsfit_format_bytes(d.assessment.account.gpu.peak, peak);
	ck_assert_msg(strstr(strstr(account, "Memory per GPU, "), peak), "%s: %s", peak, account);
	for (size_t i = 0; i < d.assessment.account.gpu.part_count; i++)
		assert_has(text, d.assessment.account.gpu.part[i].cause);
	assert_plain(text);
	assert_plain(account);
	free(account);
	free(text);
}
END_TEST

static void give_storage(struct dsfit_site *site)
{
	site->storage = UINT64_C(12345) * DSFIT_GIB;
}

/* Storage is needed of what the site has, if it says so. */
START_TEST(test_storage_available)
{
	struct job job = fits;
	struct dsfit_decision d;
	char *text, *line;

	job.site = give_storage;
	text = say_job(&job, ACCOUNT, &d);
	line = strstr(text, "\nStorage, including one checkpoint of ");
	ck_assert_msg(line != NULL, "%s", text);
	line[1 + strcspn(line + 1, "\n")] = '\0';
	assert_has(line, " of 12.1 TiB available: fits");
	free(text);
}
END_TEST

/* The member at a path such as "gpu.phases.rest". The test fails if there is none. */
static struct json_object *at(struct json_object *root, const char *path)
{
	char copy[128], *rest = copy, *key;
	struct json_object *value = root;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, ".")))
		ck_assert_msg(json_object_object_get_ex(value, key, &value), "no %s", path);
	return value;
}

static int64_t number(struct json_object *root, const char *path)
{
	struct json_object *value = at(root, path);

	ck_assert_msg(json_object_is_type(value, json_type_int), "%s is no integer", path);
	return json_object_get_int64(value);
}

START_TEST(test_json_has_the_contract)
{
	static const char *const integers[] = {
		"model.parameters", "model.trainable", "training.zero", "training.micro_batch",
		"training.accumulation", "training.sequence", "gpu.weights", "gpu.gradients",
		"gpu.optimizer", "gpu.communication", "gpu.activations", "gpu.loss",
		"gpu.framework", "gpu.slack", "gpu.peak", "gpu.low", "gpu.high", "gpu.capacity",
		"gpu.phases.rest", "gpu.phases.forward", "gpu.phases.backward", "gpu.phases.step",
		"host.per_node", "host.offload", "host.loading", "host.saving", "host.low",
		"host.high", "host.capacity",
		"nvme.per_node", "storage.checkpoint", "storage.total", "network.bytes_per_step",
		"estimators.guide.total", "estimators.guide.per_gpu", "estimators.deepspeed.gpu",
		"estimators.deepspeed.cpu",
	};
	static const char *const words[] = {
		"model.name", "model.shape", "training.offload_optimizer", "training.offload_param",
		"training.precision", "training.method", "training.optimizer",
		"training.checkpointing", "training.attention", "gpu.peak_phase", "verdict.gpu",
		"verdict.host", "verdict.nvme", "verdict.storage", "verdict.network",
		"verdict.overall",
	};
	static const char *const others[] = {
		"nvme.capacity", "storage.capacity", "network.required_gbps",
		"network.capacity_gbps", "cost.per_hour", "cost.per_billion_tokens", "reasons",
		"alternatives",
	};
	static const struct job *const jobs[] = { &fits, &misfit, &strict, &unasked, &too_large };

	for (size_t j = 0; j < DSFIT_ARRAY_SIZE(jobs); j++) {
		struct dsfit_decision d;
		char *text = say_job(jobs[j], JSON, &d);
		struct json_object *root = json_tokener_parse(text);

		ck_assert_ptr_nonnull(root);
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(integers); i++)
			ck_assert_int_ge(number(root, integers[i]), 0);
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++)
			ck_assert(json_object_is_type(at(root, words[i]), json_type_string));
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(others); i++)
			at(root, others[i]);
		ck_assert_int_eq(number(root, "gpu.weights") + number(root, "gpu.gradients") +
				 number(root, "gpu.optimizer") +
				 number(root, "gpu.communication") +
				 number(root, "gpu.activations") + number(root, "gpu.loss") +
				 number(root, "gpu.framework") + number(root, "gpu.slack"),
				 number(root, "gpu.peak"));
		json_object_put(root);
		free(text);
	}
}
END_TEST

START_TEST(test_json_of_a_misfit)
{
	struct dsfit_decision d;
	char *text = say_job(&strict, JSON, &d);
	struct json_object *root = json_tokener_parse(text), *first;

	ck_assert_str_eq(json_object_get_string(at(root, "verdict.overall")), "exceeds");
	ck_assert_uint_ge(json_object_array_length(at(root, "reasons")), 1);
	ck_assert_uint_ge(json_object_array_length(at(root, "alternatives")), 1);
	first = json_object_array_get_idx(at(root, "alternatives"), 0);
	ck_assert_str_eq(json_object_get_string(at(first, "request")),
			 "-p strict -N 3 --gpus-per-node=a100:4");
	ck_assert_str_eq(json_object_get_string(at(first, "verdict")), "fits");
	ck_assert_int_eq(number(first, "nodes"), 3);
	ck_assert_int_eq(number(first, "capacity"),
			 (int64_t)d.alternatives[0].assessment.gpu_capacity);
	ck_assert_int_eq(number(first, "peak"),
			 (int64_t)d.alternatives[0].assessment.account.gpu.peak);
	json_object_put(root);
	free(text);
}
END_TEST

/* An absurd job: its sums saturate and are never negative. */
START_TEST(test_json_of_the_absurd)
{
	static const struct job absurd = { "1000T", .zero = "0", .gpus_per_node = "a100:4" };
	struct dsfit_decision d;
	char *text = say_job(&absurd, JSON, &d);
	struct json_object *root = json_tokener_parse(text);

	ck_assert_int_gt(number(root, "gpu.peak"), INT64_C(10000000000000000));
	ck_assert_int_ge(number(root, "gpu.high"), number(root, "gpu.peak"));
	ck_assert_str_eq(json_object_get_string(at(root, "verdict.overall")), "exceeds");
	json_object_put(root);
	free(text);
}
END_TEST

/* If the model's family has not been traced, the text and the JSON say so. */
START_TEST(test_family_nobody_traced)
{
	static const char config[] =
		"{\"model_type\": \"unheard_of\", \"hidden_size\": 512, \"num_hidden_layers\": 6,"
		" \"num_attention_heads\": 8, \"intermediate_size\": 1408, \"vocab_size\": 8192}";
	const struct job known = { .model = "llama-2-7b", .nodes = "1", .gpus_per_node = "4" };
	const struct job unknown = { .model = unit_write("config.json", config), .nodes = "1",
				     .gpus_per_node = "4" };
	struct json_object *root;
	struct dsfit_decision d;
	char *text;

	text = say_job(&known, ACCOUNT, &d);
	ck_assert_ptr_null(strstr(text, "nearest family"));
	free(text);
	text = say_job(&unknown, ACCOUNT, &d);
	unit_assert_has(text, "the most similar family, because unheard_of is not in "
			"families.conf");
	free(text);
	text = say_job(&unknown, JSON, &d);
	root = json_tokener_parse(text);
	ck_assert_str_eq(json_object_get_string(at(root, "model.activations")), "nearest family");
	json_object_put(root);
	free(text);
}
END_TEST

/* What is not known, who can settle it, and how: in the account and in JSON. */
START_TEST(test_not_known)
{
	static const struct {
		const char *gpus, *what, *who, *how;
		void (*change)(struct dsfit_decision *d);
	} rows[] = {
		{ "foo:4", "the GPU type foo", "administrator", "a section gpu \"foo\" in gpus.conf",
		  NULL },
		{ "b200:8", "nodes that match this request", "administrator",
		  "a section nodes in dsfit.conf with its GPU type, partition and features", NULL },
		{ "a100_80g:4", "host memory per node", "administrator",
		  "memory in the section nodes \"a100x\" of dsfit.conf", host_is_unknown },
		{ "a100_80g:4", NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct job job = { "llama-3-8b", .zero = "3", .nodes = "1",
				   .gpus_per_node = rows[i].gpus, .change = rows[i].change };
		struct dsfit_decision d;
		char *text = say_job(&job, JSON, &d), line[512];
		struct json_object *root = json_tokener_parse(text);

		free(text);
		text = say_job(&job, ACCOUNT, &d);
		if (!rows[i].what) {
			ck_assert_ptr_null(at(root, "unknown"));
			ck_assert_ptr_null(strstr(text, "Not known"));
		} else {
			ck_assert_str_eq(json_object_get_string(at(root, "unknown.what")),
					 rows[i].what);
			ck_assert_str_eq(json_object_get_string(at(root, "unknown.who")),
					 rows[i].who);
			ck_assert_str_eq(json_object_get_string(at(root, "unknown.how")),
					 rows[i].how);
			snprintf(line, sizeof(line), "\nNot known: %s; the %s can settle it by %s\n",
				 rows[i].what, rows[i].who, rows[i].how);
			assert_has(text, line);
		}
		json_object_put(root);
		free(text);
	}
}
END_TEST

/* A GPU type that no nodes have: the line says whether anybody knows it, and who can
 * settle it. */
START_TEST(test_unknown_type)
{
	static const struct {
		const char *gpus, *says;
	} rows[] = {
		{ "foo:4", "cannot tell: GPU type foo is in no list: neither nodes of this site "
		  "nor gpus.conf have it: the site's administrators can add it\n" },
		{ "rxt4090:1", "GPU type rxt4090 is in no list: did you mean rtx4090? neither" },
		{ "c200:1", "GPU type c200 is in no list: neither" },
		{ "b200:8", "cannot tell: no nodes of this site have the GPU type b200 (B200 in "
		  "gpus.conf): the site's administrators can add them\n" },
		{ "a100-sxm4-80gb:8", "the GPU type a100-sxm4-80gb (A100 80GB in gpus.conf): " },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		const struct job job = { "13B", .zero = "3", .gpus_per_node = rows[i].gpus };
		struct dsfit_decision d;
		char *text = say_job(&job, DECISION, &d);

		ck_assert_int_eq((int)d.assessment.overall, DSFIT_UNKNOWN);
		assert_has(text, rows[i].says);
		free(text);
	}
}
END_TEST

/* What slurmctld leaves in a job's record is read back from it. */
START_TEST(test_record_is_read_back)
{
	static const struct {
		struct job job;
		enum saying what;
		enum dsfit_verdict verdict;
		const char *training, *changed, *request;
	} rows[] = {
		{ { "llama-3-8b", .gpus_per_node = "a100_80g:4" }, RECORD, DSFIT_FITS,
		  "llama-3-8b, ZeRO-3, batch 1 x 2048 tokens", "", "--gpus-per-node=a100_80g:4" },
		{ { "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4", .fit = "correct" },
		  RECORD, DSFIT_FITS, "13B, ZeRO-3, batch 1 x 2048 tokens",
		  "-N 1 --gpus-per-node=a100:4 -> -N 3 --gpus-per-node=a100:4",
		  "-N 3 --gpus-per-node=a100:4" },
		{ { "13B", .zero = "3", .nodes = "1", .gpus_per_node = "a100:4", .fit = "reject" },
		  RECORD, DSFIT_EXCEEDS, "13B, ZeRO-3, batch 1 x 2048 tokens", "",
		  "-N 1 --gpus-per-node=a100:4" },
		{ { "13B", .zero = "3", .nodes = "3", .gpus_per_node = "a100:4" },
		  RECORD_AFTER_NODES, DSFIT_FITS, "13B, ZeRO-3, batch 1 x 2048 tokens", "nodes",
		  "-N 3 --gpus-per-node=a100:4" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_record record;
		struct dsfit_decision d;
		char *text = say_job(&rows[i].job, rows[i].what, &d), *after;
		const struct dsfit_assessment *a = d.action == DSFIT_CORRECT ?
							&d.corrected.assessment : &d.assessment;

		ck_assert_int_ge(asprintf(&after, "another: a note; %s", text), 0);
		ck_assert(dsfit_record_read(after, &record));
		ck_assert_str_eq(record.text, strstr(text, "dsfit: ") + 7);
		ck_assert_str_eq(record.training, rows[i].training);
		ck_assert_str_eq(record.changed, rows[i].changed);
		ck_assert_str_eq(record.request, rows[i].request);
		ck_assert_int_eq(record.on_submit_host, rows[i].what == RECORD_AFTER_NODES);
		ck_assert_int_eq(record.verdict, rows[i].verdict);
		/* Three digits. */
		ck_assert_double_eq_tol((double)record.per_gpu / (double)a->account.gpu.peak, 1, 0.006);
		ck_assert_double_eq_tol((double)record.gpu_available / (double)a->gpu_capacity, 1,
					0.006);
		ck_assert_double_eq_tol((double)record.per_node /
						(double)a->account.host.per_node, 1, 0.006);
		ck_assert_double_eq_tol((double)record.node_available / (double)a->host_capacity, 1,
					0.006);
		free(after);
		free(text);
	}
}
END_TEST

/* Records of other releases, of jobs that were not sized, and what is none. */
START_TEST(test_records_of_others)
{
	struct dsfit_record record;

	ck_assert(!dsfit_record_read(NULL, &record));
	ck_assert(!dsfit_record_read("", &record));
	ck_assert(!dsfit_record_read("a note of dsfit: none", &record));
	ck_assert(dsfit_record_read("dsfit: 13B: 27.8 GiB of 39.4 GiB per GPU: fits", &record));
	ck_assert_str_eq(record.training, "13B");
	ck_assert_int_eq(record.verdict, DSFIT_FITS);
	ck_assert_uint_eq(record.per_node, 0);
	ck_assert(dsfit_record_read("dsfit: 13B: 64.0 GiB per GPU, 8.00 GiB per node: unknown",
				    &record));
	ck_assert_uint_eq(record.per_gpu, UINT64_C(64) << 30);
	ck_assert_uint_eq(record.gpu_available, 0);
	ck_assert_uint_eq(record.per_node, UINT64_C(8) << 30);
	ck_assert_int_eq(record.verdict, DSFIT_UNKNOWN);
	ck_assert(dsfit_record_read("dsfit: not sized: --ds-model=odd.json: no", &record));
	ck_assert_str_eq(record.not_sized, "--ds-model=odd.json: no");
	ck_assert_str_eq(record.training, "");
	/* A model's name is the user's. */
	ck_assert(dsfit_record_read("dsfit: x: 1 GiB per GPU: fits; changed: y: 27.8 GiB per GPU, "
				    "9 GiB of 10 GiB per node: tight", &record));
	ck_assert_int_eq(record.verdict, DSFIT_TIGHT);
	/* Another's, or cut off: it is shown as it is. */
	ck_assert(dsfit_record_read("dsfit: 13B: 27.8 GiB of", &record));
	ck_assert_str_eq(record.text, "13B: 27.8 GiB of");
	ck_assert_str_eq(record.training, "");
}
END_TEST

/* Of a sizing that is not understood to its end no part counts. */
START_TEST(test_half_records)
{
	static const char *const lines[] = {
		"dsfit: 13B: 27.8 GiB of 39.4 GiB per GPU, 61 GiB of 500 GiB per node: perhaps",
		"dsfit: 13B: 27.8 GiB of 39.4 GiB per GPU, 61 GiB of much per node: fits",
		"dsfit: 13B: 27.8 GiB of much per GPU: does not fit",
		"dsfit: 13B: 27.8 GiB of 39.4 GiB per GPU: does not",
	};
	struct dsfit_record record;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lines); i++) {
		ck_assert(dsfit_record_read(lines[i], &record));
		ck_assert_str_eq(record.text, lines[i] + strlen("dsfit: "));
		ck_assert_str_eq(record.training, "");
		ck_assert_int_eq(record.verdict, DSFIT_UNKNOWN);
		ck_assert_uint_eq(record.per_gpu, 0);
		ck_assert_uint_eq(record.gpu_available, 0);
		ck_assert_uint_eq(record.per_node, 0);
		ck_assert_uint_eq(record.node_available, 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const words[] = {
		test_fit_is_three_lines, test_wait_is_a_word, test_evaluation_is_a_word,
		test_spread, test_beyond, test_launch,
		test_correction_names_old_and_new,
		test_memory_says_why,
		test_refusal_says_need_capacity_and_what_instead, test_named_type_is_the_obstacle,
		test_short_at_80_columns, test_room_is_for_what_to_type,
		test_ways_to_train, test_nothing_asked,
		test_nothing_fits_says_what_is_missing, test_partitions_to_name, test_denied_wish,
		test_every_obstacle, test_unknown_type, test_not_known,
		test_host_memory_is_not_known,
		test_full_explanation_has_the_account, test_record_is_read_back,
		test_records_of_others, test_half_records, test_storage_available, NULL,
	};
	const TTest *const json[] = {
		test_json_has_the_contract, test_json_of_a_misfit, test_json_of_the_absurd, NULL,
	};
	Suite *suite = suite_create("say");

	unit_add(suite, "words", words);
	unit_add(suite, "json", json);
	tcase_add_test(unit_folder_case(suite, "families"), test_family_nobody_traced);
	return unit_run(suite);
}
