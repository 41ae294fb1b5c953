/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm's request language, read and written. The options of a row are one line of text, so that
 * rows look like command lines. Written options are compared as one line too.
 */
#include "tests/unit/words.h"

#include "core/base/size.h"
#include "core/request/placement.h"

#define GIB(n) ((n) * DSFIT_GIB)
#define MIB(n) ((n) * DSFIT_MIB)
#define NONE SLURM_OPTIONS

static const struct dsfit_slurm sbatch_2411 = { DSFIT_SBATCH, 2411, false };

static int parse(const char *words, const struct dsfit_slurm *slurm, struct dsfit_request *out)
{
	struct dsfit_error err = { "" };
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	int rc = dsfit_request_parse(&options, slurm, out, &err);

	/* A request that is not sized comes with one line that says why. */
	ck_assert_msg(!rc || (err.text[0] && !strchr(err.text, '\n')), "%s", words);
	return rc;
}

/* The message about requests that are not sized. */
START_TEST(test_why_not_sized)
{
	static const struct {
		const char *words, *line;
	} rows[] = {
		{ "gres=gpu:a100:b:4", "not sized: dsfit does not understand --gres=gpu:a100:b:4" },
		{ "gpus=a100:x:4", "not sized: dsfit does not understand --gpus=a100:x:4" },
		{ "gpus=a100:1,h100:1", "not sized: --gpus=a100:1,h100:1 names several GPU types" },
		{ "gpus=8 gpus-per-node=4", "not sized: more than one option requests GPUs" },
		{ "gpus-per-socket=2", "not sized: dsfit does not support --gpus-per-socket=2" },
		{ "gres=shard:1", "not sized: --gres=shard:1 requests shard or mps, which are "
				  "parts of a GPU" },
		/* As it was typed, not as Slurm keeps it. */
		{ "gres=gres:shard:4", "not sized: --gres=shard:4 requests shard or mps, which are "
				       "parts of a GPU" },
		{ "gres=gres/nic:1,gres/mps:50", "not sized: --gres=nic:1,mps:50 requests " },
		{ "gres=gres:gpu:a100:b:4", "not sized: dsfit does not understand --gres=gpu:a100:b:4" },
		{ "gpus=gres:gpu:a100:1,gres:gpu:h100:1",
		  "not sized: --gpus=gpu:a100:1,gpu:h100:1 names several GPU types" },
		{ "gpus-per-socket=gres:gpu:2", "not sized: dsfit does not support "
						"--gpus-per-socket=gpu:2" },
		{ "tres-per-task=gres/shard:1", "not sized: --tres-per-task=gres/shard:1 requests " },
		{ "gpus=0", "not sized: --gpus requests no GPUs" },
		{ "nodes=x gpus=1", "not sized: dsfit does not understand --nodes=x" },
		{ "tmp=x gpus=1", "not sized: dsfit does not understand --tmp=x" },
		{ "mem=x gpus=1", "not sized: dsfit does not understand --mem=x" },
		{ "ntasks=x gpus=1", "not sized: --ntasks=x: must be a whole number" },
	};
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_request request;
	struct dsfit_error err;
	char line[WORDS_MAX], list[2 * DSFIT_EXPRESSION_MAX];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		options = words_options(rows[i].words, line);
		ck_assert_msg(dsfit_request_parse(&options, &sbatch_2411, &request, &err),
			      "%s is sized", rows[i].words);
		unit_assert_begins(err.text, rows[i].line);
	}
	memset(list, 'x', sizeof(list));
	list[sizeof(list) - 1] = '\0';
	options = words_options("gpus=1", line);
	options.text[SLURM_CONSTRAINT] = list;
	ck_assert(dsfit_request_parse(&options, &sbatch_2411, &request, &err));
	unit_assert_begins(err.text, "not sized: --constraint or --partition is longer than ");
	options = words_options("gpus=1", line);
	options.text[SLURM_QOS] = list;
	ck_assert(dsfit_request_parse(&options, &sbatch_2411, &request, &err));
	unit_assert_begins(err.text, "not sized: --qos is longer than 127 characters");
	list[127] = '\0';
	ck_assert(!dsfit_request_parse(&options, &sbatch_2411, &request, &err));
	ck_assert_str_eq(request.qos, list);
}
END_TEST

START_TEST(test_option_names)
{
	for (int i = 0; i < SLURM_OPTIONS; i++)
		ck_assert_ptr_nonnull(dsfit_slurm_option_names[i]);
	ck_assert_str_eq(dsfit_slurm_option_names[SLURM_GPUS_PER_NODE], "gpus-per-node");
	ck_assert_str_eq(dsfit_slurm_option_names[SLURM_TRES_PER_TASK], "tres-per-task");
}
END_TEST

/* --- GPUs ---------------------------------------------------------------------- */

/* Entries that --gpus, --gpus-per-node, --gpus-per-task, --gres and --tres-per-task all accept. */
static const struct {
	const char *text, *type;
	uint64_t gpus;
} entries[] = {
	{ "gpu:4", "", 4 },
	{ "gpu=4", "", 4 },
	{ "gpu", "", 1 },
	{ "gpu:a100", "a100", 1 },
	{ "gpu:a100:4", "a100", 4 },
	{ "gpu:a100=4", "a100", 4 },
	{ "gres:gpu", "", 1 },
	{ "gres:gpu:4", "", 4 },
	{ "gres:gpu:a100", "a100", 1 },
	{ "gres:gpu:a100:4", "a100", 4 },
	{ "gres/gpu", "", 1 },
	{ "gres/gpu:4", "", 4 },
	{ "gres/gpu=4", "", 4 },
	{ "gres/gpu:a100:4", "a100", 4 },
	{ "gres/gpu:a100=4", "a100", 4 },
	{ "gpu:2(S:0-1)", "", 2 },
	{ "gpu:a100:2(S:0)", "a100", 2 },
	{ "gpu:10000000", "", 10000000 },
	{ "gpu:1k", "", 1024 },
	{ "gpu:a100:2K", "a100", 2048 },
	{ "gpu:1m", "", 1048576 },
	{ "gpu:k2", "k2", 1 },
	/* Types as sites and NVML write them; MIG slices are types like any other. */
	{ "gpu:a100_80gb:2", "a100_80gb", 2 },
	{ "gpu:nvidia_a100-sxm4-80gb:2", "nvidia_a100-sxm4-80gb", 2 },
	{ "gpu:A100_80GB:2", "A100_80GB", 2 },
	{ "gpu:3g.20gb:2", "3g.20gb", 2 },
	{ "gpu:3g.20gb", "3g.20gb", 1 },
	{ "gpu:a100_3g.20gb:1", "a100_3g.20gb", 1 },
};

static const struct {
	enum dsfit_slurm_option option;
	enum dsfit_gpu_scope scope;
	bool list;
} forms[] = {
	{ SLURM_GPUS, DSFIT_GPUS_PER_JOB, false },
	{ SLURM_GPUS_PER_NODE, DSFIT_GPUS_PER_NODE, false },
	{ SLURM_GPUS_PER_TASK, DSFIT_GPUS_PER_TASK, false },
	{ SLURM_GRES, DSFIT_GPUS_PER_NODE, true },
	{ SLURM_TRES_PER_TASK, DSFIT_GPUS_PER_TASK, true },
};

START_TEST(test_entries)
{
	enum dsfit_slurm_option option = forms[_i].option;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(entries); i++) {
		struct dsfit_slurm_options options = { { NULL } };
		struct dsfit_request r;

		options.text[option] = entries[i].text;
		ck_assert_msg(!dsfit_request_parse(&options, &sbatch_2411, &r, NULL), "%s",
			      entries[i].text);
		ck_assert_msg(r.gpus == entries[i].gpus, "%s: %llu", entries[i].text,
			      (unsigned long long)r.gpus);
		ck_assert_str_eq(r.gpu_type, entries[i].type);
		ck_assert_int_eq(r.scope, forms[_i].scope);
		ck_assert_uint_eq(r.form, option);
	}
}
END_TEST

/* Values that only some of the options accept, and values that cannot be sized. */
static const struct {
	const char *words;
	int rc;
	enum dsfit_gpu_scope scope;
	uint64_t gpus;
	const char *type;
	unsigned form;
} gpu_rows[] = {
	{ "", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	/* A count or a type alone. */
	{ "gpus=4", 0, DSFIT_GPUS_PER_JOB, 4, "", SLURM_GPUS },
	{ "gpus=a100:4", 0, DSFIT_GPUS_PER_JOB, 4, "a100", SLURM_GPUS },
	{ "gpus=a100=4", 0, DSFIT_GPUS_PER_JOB, 4, "a100", SLURM_GPUS },
	{ "gpus=a100", 0, DSFIT_GPUS_PER_JOB, 1, "a100", SLURM_GPUS },
	{ "gpus-per-node=2", 0, DSFIT_GPUS_PER_NODE, 2, "", SLURM_GPUS_PER_NODE },
	{ "gpus-per-node=a100:2", 0, DSFIT_GPUS_PER_NODE, 2, "a100", SLURM_GPUS_PER_NODE },
	{ "gpus-per-node=3g.20gb:2", 0, DSFIT_GPUS_PER_NODE, 2, "3g.20gb", SLURM_GPUS_PER_NODE },
	{ "gpus-per-task=h100:1", 0, DSFIT_GPUS_PER_TASK, 1, "h100", SLURM_GPUS_PER_TASK },
	/* Types whose names begin like another word. */
	{ "gpus=gpux:2", 0, DSFIT_GPUS_PER_JOB, 2, "gpux", SLURM_GPUS },
	{ "gres=gpux:2", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	/* Lists with other entries. */
	{ "gres=nvme:1,gpu:a100:2", 0, DSFIT_GPUS_PER_NODE, 2, "a100", SLURM_GRES },
	{ "gres=gpu:a100:2,nvme:1", 0, DSFIT_GPUS_PER_NODE, 2, "a100", SLURM_GRES },
	{ "gres=,gpu:2,,nvme:1,", 0, DSFIT_GPUS_PER_NODE, 2, "", SLURM_GRES },
	{ "gres=nvme:1", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	{ "gres=none", -1, 0, 0, "", 0 },
	{ "gres=NONE", -1, 0, 0, "", 0 },
	{ "gres=", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	{ "tres-per-task=cpu=4,gres/gpu=2", 0, DSFIT_GPUS_PER_TASK, 2, "", SLURM_TRES_PER_TASK },
	{ "tres-per-task=cpu:4,gres:gpu:h100:2", 0, DSFIT_GPUS_PER_TASK, 2, "h100",
	  SLURM_TRES_PER_TASK },
	{ "tres-per-task=cpu=4", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	/* 0 or none means no GPU, in every option, and dsfit does not add any. */
	{ "gpus=0", -1, 0, 0, "", 0 },
	{ "gpus-per-node=a100:0", -1, 0, 0, "", 0 },
	{ "gres=gpu:0", -1, 0, 0, "", 0 },
	{ "gres=gpu:a100:0", -1, 0, 0, "", 0 },
	{ "tres-per-task=gres/gpu=0", -1, 0, 0, "", 0 },
	{ "gres=gpu:0 gpus-per-node=a100:2", 0, DSFIT_GPUS_PER_NODE, 2, "a100",
	  SLURM_GPUS_PER_NODE },
	{ "gpus=0 gpus-per-node=2", 0, DSFIT_GPUS_PER_NODE, 2, "", SLURM_GPUS_PER_NODE },
	/* Later releases keep --gpus-per-task in tres-per-task too. It counts only once. */
	{ "gpus-per-task=a100:2 tres-per-task=gres/gpu:a100=2", 0, DSFIT_GPUS_PER_TASK, 2, "a100",
	  SLURM_GPUS_PER_TASK },
	/* GPUs that follow from the tasks. */
	{ "ntasks=8 ntasks-per-gpu=2", 0, DSFIT_GPUS_PER_JOB, 4, "", SLURM_NTASKS_PER_GPU },
	{ "ntasks=9 ntasks-per-gpu=2", 0, DSFIT_GPUS_PER_JOB, 5, "", SLURM_NTASKS_PER_GPU },
	{ "ntasks-per-gpu=2", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	{ "ntasks=8 ntasks-per-gpu=0", 0, DSFIT_GPUS_UNSET, 0, "", NONE },
	{ "gpus=a100:4 ntasks-per-gpu=2", 0, DSFIT_GPUS_PER_JOB, 4, "a100", SLURM_GPUS },
	/* Not sized: parts of GPUs, GPUs by socket, several types, several counts. */
	{ "gres=shard:2", -1, 0, 0, "", 0 },
	{ "gres=mps:50", -1, 0, 0, "", 0 },
	{ "gres=gpu:1,mps:50", -1, 0, 0, "", 0 },
	{ "gres=gres/shard:4", -1, 0, 0, "", 0 },
	{ "tres-per-task=gres/mps=50", -1, 0, 0, "", 0 },
	{ "tres-per-task=gres/shard:1", -1, 0, 0, "", 0 },
	{ "gpus-per-socket=2", -1, 0, 0, "", 0 },
	{ "gpus-per-socket=a100:2", -1, 0, 0, "", 0 },
	{ "gpus=a100:1,h100:1", -1, 0, 0, "", 0 },
	{ "gpus-per-node=a100:1,h100:1", -1, 0, 0, "", 0 },
	{ "gpus-per-task=a100:1,h100:1", -1, 0, 0, "", 0 },
	{ "gres=gpu:a100:1,gpu:h100:1", -1, 0, 0, "", 0 },
	{ "tres-per-task=gres/gpu:a100=1,gres/gpu:h100=1", -1, 0, 0, "", 0 },
	{ "gpus=8 gpus-per-node=4", -1, 0, 0, "", 0 },
	{ "gres=gpu:4 gpus=8", -1, 0, 0, "", 0 },
	/* Not understood. */
	{ "gpus=a100:4:4", -1, 0, 0, "", 0 },
	{ "gpus=a100:", -1, 0, 0, "", 0 },
	{ "gpus=a100:x:4", -1, 0, 0, "", 0 },
	{ "gpus=10000001", -1, 0, 0, "", 0 },
	{ "gpus=99999999999999999999999", -1, 0, 0, "", 0 },
	{ "gpus=a100:18446744073709551617", -1, 0, 0, "", 0 },
	{ "gpus=gpu:gpu:4", -1, 0, 0, "", 0 },
	{ "gres=gpu:gres:4", -1, 0, 0, "", 0 },
	{ "gres=gpu:a100:b:4", -1, 0, 0, "", 0 },
	{ "gres=gpu:10000001", -1, 0, 0, "", 0 },
	{ "gres=nvme:1,gpu:a:b:c:1", -1, 0, 0, "", 0 },
};

START_TEST(test_gpus)
{
	const char *words = gpu_rows[_i].words;
	struct dsfit_request r;

	ck_assert_msg(parse(words, &sbatch_2411, &r) == gpu_rows[_i].rc, "%s", words);
	if (gpu_rows[_i].rc)
		return;
	ck_assert_msg(r.scope == gpu_rows[_i].scope, "%s", words);
	ck_assert_msg(r.gpus == gpu_rows[_i].gpus, "%s", words);
	ck_assert_str_eq(r.gpu_type, gpu_rows[_i].type);
	ck_assert_msg(r.form == gpu_rows[_i].form, "%s", words);
}
END_TEST

/* A type of the longest length is read; one more character, or many, is not. */
START_TEST(test_long_types)
{
	static const struct {
		size_t length;
		int rc;
	} rows[] = { { 63, 0 }, { 64, -1 }, { 127, -1 }, { 128, -1 }, { 4000, -1 } };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		for (size_t form = 0; form < DSFIT_ARRAY_SIZE(forms); form++) {
			struct dsfit_slurm_options options = { { NULL } };
			struct dsfit_request r;
			char text[5000] = "gpu:";

			memset(text + 4, 'x', rows[i].length);
			strcpy(text + 4 + rows[i].length, ":2");
			options.text[forms[form].option] = text;
			ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &r, NULL),
					 rows[i].rc);
		}
	}
}
END_TEST

/* --- memory, scratch ------------------------------------------------------------ */

static const struct {
	const char *text;
	int rc;
	uint64_t bytes;
} sizes[] = {
	{ "8G", 0, GIB(8) },
	{ "8g", 0, GIB(8) },
	{ "8192", 0, GIB(8) },
	{ "8192M", 0, GIB(8) },
	{ "8388608K", 0, GIB(8) },
	{ "1T", 0, GIB(1024) },
	{ "1.5G", 0, MIB(1536) },
	{ "1", 0, MIB(1) },
	{ "0", 0, 0 },
	{ "0?", 0, 0 },
	{ "0G", 0, 0 },
	{ "", -1, 0 },
	{ "?", -1, 0 },
	{ "x", -1, 0 },
	{ "-1", -1, 0 },
	{ "8X", -1, 0 },
	{ "8G8", -1, 0 },
	{ "0x10", -1, 0 },
	{ "99999999999999T", -1, 0 },
	{ "1000000000000000000000000000000000000000000000000000000000000000", -1, 0 },
};

START_TEST(test_sizes)
{
	static const struct {
		enum dsfit_slurm_option option;
		enum dsfit_memory_scope scope;
	} ways[] = {
		{ SLURM_MEM, DSFIT_MEMORY_PER_NODE },
		{ SLURM_MEM_PER_GPU, DSFIT_MEMORY_PER_GPU },
		{ SLURM_MEM_PER_CPU, DSFIT_MEMORY_PER_CPU },
		{ SLURM_TMP, DSFIT_MEMORY_UNSET },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(ways); i++) {
		struct dsfit_slurm_options options = { { NULL } };
		bool is_memory = ways[i].option != SLURM_TMP;
		struct dsfit_request r;

		options.text[ways[i].option] = sizes[_i].text;
		ck_assert_msg(dsfit_request_parse(&options, &sbatch_2411, &r, NULL) ==
			      sizes[_i].rc, "%s", sizes[_i].text);
		if (sizes[_i].rc)
			continue;
		ck_assert_msg((is_memory ? r.memory : r.scratch) == sizes[_i].bytes, "%s",
			      sizes[_i].text);
		/* For Slurm 0 means all of the node's memory. */
		ck_assert_int_eq(r.memory_scope, is_memory && !sizes[_i].bytes ?
					  DSFIT_MEMORY_WHOLE_NODE : ways[i].scope);
	}
}
END_TEST

/* The CPUs that --mem-per-cpu is multiplied by, on 2 nodes with 4 GPUs and 64 CPUs each. */
static const struct {
	const char *words;
	uint64_t cpus;
} cpu_rows[] = {
	{ "mem-per-cpu=4G", 1 },
	{ "mem-per-cpu=4G cpus-per-task=8", 8 },
	{ "mem-per-cpu=4G ntasks=8", 4 },
	{ "mem-per-cpu=4G ntasks=7", 4 },
	{ "mem-per-cpu=4G ntasks=8 cpus-per-task=2", 8 },
	{ "mem-per-cpu=4G ntasks-per-node=4", 4 },
	{ "mem-per-cpu=4G ntasks-per-node=4 cpus-per-task=6", 24 },
	{ "mem-per-cpu=4G cpus-per-gpu=12", 48 },
	{ "mem-per-cpu=4G cpus-per-gpu=12 cpus-per-task=2", 48 },
	{ "mem-per-cpu=4G gpus=8 ntasks-per-gpu=2 cpus-per-task=3", 24 },
	{ "mem-per-cpu=4G exclusive=exclusive ntasks=8", 64 },
};

START_TEST(test_cpus)
{
	const struct dsfit_layout layout = { .nodes = 2, .gpus_per_node = 4, .gpus = 8 };
	const struct dsfit_node_class class = { .gpus = 4, .cpus = 64 };
	const char *words = cpu_rows[_i].words;
	struct dsfit_request r;
	uint64_t cpus;

	ck_assert_int_eq(parse(words, &sbatch_2411, &r), 0);
	ck_assert_int_eq(r.memory_scope, DSFIT_MEMORY_PER_CPU);
	cpus = dsfit_cpus_allocated(&r, &class, &layout);
	ck_assert_msg(cpus == cpu_rows[_i].cpus, "%s: %llu", words, (unsigned long long)cpus);
}
END_TEST

/* --- nodes, tasks, the rest ------------------------------------------------------ */

static const struct {
	const char *text;
	int rc;
	uint64_t min, max;
} node_rows[] = {
	{ "1", 0, 1, 1 },
	{ "2", 0, 2, 2 },
	{ "2-4", 0, 2, 4 },
	{ "1-0", 0, 1, 0 },
	{ "2-2", 0, 2, 2 },
	{ "0", 0, 1, 0 },
	{ "10000000", 0, 10000000, 10000000 },
	{ "abc", -1, 0, 0 },
	{ "1-3:2", -1, 0, 0 },
	{ "1,3,5", -1, 0, 0 },
	{ "2-", -1, 0, 0 },
	{ "-2", -1, 0, 0 },
	{ "2-4-8", -1, 0, 0 },
	{ "2 ", -1, 0, 0 },
	{ "", -1, 0, 0 },
	{ "10000001", -1, 0, 0 },
	{ "99999999999999999999999999999999999999999999", -1, 0, 0 },
};

START_TEST(test_nodes)
{
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_request r;

	options.text[SLURM_NODES] = node_rows[_i].text;
	ck_assert_msg(dsfit_request_parse(&options, &sbatch_2411, &r, NULL) == node_rows[_i].rc,
		      "%s", node_rows[_i].text);
	if (node_rows[_i].rc)
		return;
	ck_assert_uint_eq(r.nodes_min, node_rows[_i].min);
	ck_assert_uint_eq(r.nodes_max, node_rows[_i].max);
	ck_assert(r.nodes_given);
}
END_TEST

START_TEST(test_tasks)
{
	struct dsfit_request r;

	ck_assert_int_eq(parse("ntasks=8 ntasks-per-node=4 cpus-per-task=6 cpus-per-gpu=12 "
			       "ntasks-per-gpu=2", &sbatch_2411, &r), 0);
	ck_assert_uint_eq(r.tasks, 8);
	ck_assert_uint_eq(r.tasks_per_node, 4);
	ck_assert_uint_eq(r.cpus_per_task, 6);
	ck_assert_uint_eq(r.cpus_per_gpu, 12);
	ck_assert_uint_eq(r.tasks_per_gpu, 2);
	ck_assert_int_eq(parse("", &sbatch_2411, &r), 0);
	ck_assert(!r.tasks && !r.tasks_per_node && !r.cpus_per_task && !r.nodes_given);
	ck_assert_uint_eq(r.nodes_min, 1);
	ck_assert_uint_eq(r.nodes_max, 0);
	/* If --ntasks was not typed, dsfit does not add it: the tasks grow with the nodes. */
	ck_assert_int_eq(parse("ntasks-per-node=4 gpus-per-task=1 nodes=2", &sbatch_2411, &r), 0);
	ck_assert_uint_eq(r.tasks, 0);
	ck_assert_uint_eq(dsfit_tasks(&r, 3), 12);
}
END_TEST

START_TEST(test_bad_numbers)
{
	static const char *const names[] = {
		"ntasks", "ntasks-per-node", "ntasks-per-gpu", "cpus-per-task", "cpus-per-gpu",
	};
	static const char *const bad[] = { "abc", "-1", "1.5", "10000001", "8x", "" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(bad); j++) {
			struct dsfit_request r;
			char words[64];

			snprintf(words, sizeof(words), "%s=%s", names[i], bad[j]);
			ck_assert_msg(parse(words, &sbatch_2411, &r) == -1, "%s", words);
		}
	}
}
END_TEST

START_TEST(test_features_and_partitions)
{
	static const enum dsfit_slurm_option both[] = { SLURM_CONSTRAINT, SLURM_PARTITION };
	struct dsfit_request r;

	ck_assert_int_eq(parse("constraint=net200|(ib&[a*2]) partition=gpu,preempt tmp=2T",
			       &sbatch_2411, &r), 0);
	ck_assert_str_eq(r.features, "net200|(ib&[a*2])");
	ck_assert_str_eq(r.partition, "gpu,preempt");
	ck_assert_uint_eq(r.scratch, GIB(2048));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(both); i++) {
		struct dsfit_slurm_options options = { { NULL } };
		char text[DSFIT_EXPRESSION_MAX + 1] = "";

		options.text[both[i]] = text;
		memset(text, 'x', DSFIT_EXPRESSION_MAX - 1);
		ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &r, NULL), 0);
		text[DSFIT_EXPRESSION_MAX - 1] = 'x';
		ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &r, NULL), -1);
	}
}
END_TEST

START_TEST(test_exclusive)
{
	static const struct {
		const char *text;
		bool exclusive;
	} rows[] = {
		{ "exclusive", true }, { "user", false }, { "mcs", false },
		{ "oversubscribe", false }, { "unset", false }, { "no", false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_slurm_options options = { { NULL } };
		struct dsfit_request r;

		options.text[SLURM_EXCLUSIVE] = rows[i].text;
		ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &r, NULL), 0);
		ck_assert_msg(r.exclusive == rows[i].exclusive, "%s", rows[i].text);
	}
}
END_TEST

#define HOST false
#define CTLD true

/* slurm.md's table of what happens when nodes are raised, by command, release, gate and options. */
static const struct {
	enum dsfit_command command;
	unsigned release;
	bool controller;
	const char *words;
	enum dsfit_nodes_bound bound;
	uint64_t limit;
} bounds[] = {
	{ DSFIT_SBATCH, 2205, HOST, "nodes=2", DSFIT_NODES_FREE, 2 },
	{ DSFIT_SBATCH, 2411, HOST, "", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2205, HOST, "nodes=1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2605, HOST, "", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2205, HOST, "ntasks=8", DSFIT_NODES_BOUND_BY_TASKS, 8 },
	{ DSFIT_SBATCH, 2411, HOST, "ntasks=8 nodes=2", DSFIT_NODES_BOUND_BY_TASKS, 8 },
	{ DSFIT_SBATCH, 2605, HOST, "ntasks=1 nodes=2", DSFIT_NODES_BOUND_BY_TASKS, 2 },
	{ DSFIT_SBATCH, 2411, HOST, "ntasks=4", DSFIT_NODES_BOUND_BY_TASKS, 4 },
	{ DSFIT_SBATCH, 2205, HOST, "ntasks-per-node=4", DSFIT_NODES_BOUND_BY_TASKS, 1 },
	{ DSFIT_SBATCH, 2205, HOST, "ntasks-per-node=4 nodes=2", DSFIT_NODES_BOUND_BY_TASKS, 2 },
	{ DSFIT_SBATCH, 2302, HOST, "ntasks-per-node=4", DSFIT_NODES_BOUND_BY_TASKS, 1 },
	{ DSFIT_SBATCH, 2411, HOST, "ntasks-per-node=4", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2605, HOST, "ntasks-per-node=4 nodes=2", DSFIT_NODES_FREE, 2 },
	{ DSFIT_SBATCH, 2411, HOST, "ntasks-per-node=4 ntasks=8", DSFIT_NODES_BOUND_BY_TASKS, 8 },
	{ DSFIT_SRUN, 2205, HOST, "", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2411, HOST, "nodes=2", DSFIT_NODES_BOUND_BY_LAUNCH, 2 },
	{ DSFIT_SRUN, 2605, HOST, "nodes=2-4", DSFIT_NODES_BOUND_BY_LAUNCH, 2 },
	{ DSFIT_SRUN, 2411, HOST, "ntasks-per-node=4", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2205, HOST, "ntasks=1", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2205, HOST, "ntasks=8", DSFIT_NODES_BOUND_BY_LAUNCH, 8 },
	{ DSFIT_SRUN, 2605, HOST, "ntasks=8 nodes=2", DSFIT_NODES_BOUND_BY_LAUNCH, 8 },
	{ DSFIT_SRUN, 2605, HOST, "ntasks=8 ntasks-per-node=4", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SBATCH, 2411, HOST, "nodelist=a100-[0-1] nodes=2", DSFIT_NODES_BOUND_BY_LIST, 2 },
	{ DSFIT_SBATCH, 2411, HOST, "nodelist=a100-0 ntasks=8", DSFIT_NODES_BOUND_BY_LIST, 1 },
	{ DSFIT_SRUN, 2411, HOST, "nodelist=a100-0 ntasks=8", DSFIT_NODES_BOUND_BY_LIST, 1 },
	/* In slurmctld: */
	{ DSFIT_SBATCH, 2205, CTLD, "nodes=1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SRUN, 2205, CTLD, "", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SRUN, 2411, CTLD, "nodes=1-1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SRUN, 2605, CTLD, "nodes=2 gpus-per-node=4", DSFIT_NODES_FREE, 2 },
	{ DSFIT_SALLOC, 2205, CTLD, "nodes=1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2205, CTLD, "ntasks=1", DSFIT_NODES_BOUND_BY_TASKS, 1 },
	{ DSFIT_SBATCH, 2205, CTLD, "ntasks=8", DSFIT_NODES_BOUND_BY_TASKS, 8 },
	{ DSFIT_SBATCH, 2411, CTLD, "ntasks=1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SBATCH, 2605, CTLD, "ntasks=1 ntasks-per-node=1", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SALLOC, 2605, CTLD, "ntasks=1", DSFIT_NODES_BOUND_BY_TASKS, 1 },
	{ DSFIT_SBATCH, 2205, CTLD, "ntasks-per-node=4", DSFIT_NODES_BOUND_BY_TASKS, 1 },
	{ DSFIT_SBATCH, 2411, CTLD, "ntasks-per-node=4", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SRUN, 2205, CTLD, "ntasks=1", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2411, CTLD, "ntasks=8", DSFIT_NODES_BOUND_BY_LAUNCH, 8 },
	{ DSFIT_SRUN, 2205, CTLD, "ntasks-per-node=4", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2605, CTLD, "ntasks-per-node=4 ntasks=8", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2205, CTLD, "ntasks-per-gpu=1 gpus=2", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2411, CTLD, "gpus-per-task=2", DSFIT_NODES_BOUND_BY_LAUNCH, 1 },
	{ DSFIT_SRUN, 2411, CTLD, "tres-per-task=cpu:2 gpus=2", DSFIT_NODES_FREE, 1 },
	{ DSFIT_SRUN, 2411, CTLD, "nodelist=a100-0", DSFIT_NODES_BOUND_BY_LIST, 1 },
};

START_TEST(test_bounds)
{
	const struct dsfit_slurm slurm = { bounds[_i].command, bounds[_i].release,
					   bounds[_i].controller };
	struct dsfit_request r;

	ck_assert_int_eq(parse(bounds[_i].words, &slurm, &r), 0);
	ck_assert_msg(r.bound == bounds[_i].bound, "%s", bounds[_i].words);
	/* A typed task count that does not limit the nodes grows with them. */
	ck_assert_int_eq(r.tasks_follow, r.bound == DSFIT_NODES_FREE && r.tasks);
	ck_assert_msg(r.bound == DSFIT_NODES_FREE || r.nodes_limit == bounds[_i].limit, "%s: %llu",
		      bounds[_i].words, (unsigned long long)r.nodes_limit);
}
END_TEST

/* --- changes --------------------------------------------------------------------- */

/* What a correction sets in a request. 0 and NULL change nothing. */
struct wish {
	uint64_t nodes, gpus;
	const char *type;
	uint64_t memory, scratch;
	const char *features, *partition;
	uint64_t tasks;
};

static void apply_wish(const struct wish *wish, struct dsfit_request *r)
{
	if (wish->nodes) {
		r->nodes_min = wish->nodes;
		if (r->nodes_max && r->nodes_max < wish->nodes)
			r->nodes_max = wish->nodes;
	}
	if (wish->gpus) {
		r->gpus = wish->gpus;
		if (r->scope == DSFIT_GPUS_UNSET)
			r->scope = DSFIT_GPUS_PER_NODE;
	}
	if (wish->type)
		strcpy(r->gpu_type, wish->type);
	if (wish->memory) {
		r->memory = wish->memory;
		if (r->memory_scope == DSFIT_MEMORY_UNSET)
			r->memory_scope = DSFIT_MEMORY_PER_NODE;
	}
	if (wish->scratch)
		r->scratch = wish->scratch;
	if (wish->features)
		strcpy(r->features, wish->features);
	if (wish->partition)
		strcpy(r->partition, wish->partition);
	if (wish->tasks)
		r->tasks = wish->tasks;
}

/* Write changes as "nodes=2 !gpus-per-task gpus=8", in their order. "!" means a reset. */
static void write_changes(const struct dsfit_slurm_change *changes, int count, char *out,
			  size_t size)
{
	out[0] = '\0';
	for (int i = 0; i < count; i++) {
		size_t length = strlen(out);
		const char *name = dsfit_slurm_option_names[changes[i].option];

		if (changes[i].reset)
			snprintf(out + length, size - length, "%s!%s", i ? " " : "", name);
		else
			snprintf(out + length, size - length, "%s%s=%s", i ? " " : "", name,
				 changes[i].value);
	}
}

static void assert_same(const struct dsfit_request *got, const struct dsfit_request *to,
			const char *words)
{
	ck_assert_msg(got->scope == to->scope, "%s: scope", words);
	ck_assert_msg(got->gpus == to->gpus, "%s: gpus", words);
	ck_assert_msg(!strcmp(got->gpu_type, to->gpu_type), "%s: type %s", words, got->gpu_type);
	ck_assert_msg(got->nodes_min == to->nodes_min, "%s: nodes", words);
	/* Nodes without a maximum are written as one number, which is then the maximum too. */
	ck_assert_msg(got->nodes_max == to->nodes_max || !to->nodes_max, "%s: nodes", words);
	ck_assert_msg(got->memory_scope == to->memory_scope, "%s: memory", words);
	/* Slurm counts in MiB, so other sizes are rounded up. */
	ck_assert_msg(got->memory >= to->memory && got->memory - to->memory < DSFIT_MIB,
		      "%s: memory", words);
	ck_assert_msg(got->scratch >= to->scratch && got->scratch - to->scratch < DSFIT_MIB,
		      "%s: scratch", words);
	ck_assert_msg(!strcmp(got->features, to->features), "%s: features", words);
	ck_assert_msg(!strcmp(got->partition, to->partition), "%s: partition", words);
	ck_assert_msg(got->tasks == to->tasks, "%s: tasks", words);
}

static const struct {
	unsigned release;
	const char *words;
	struct wish wish;
	const char *changes;		/* NULL: these options cannot express it */
} change_rows[] = {
	{ 2411, "gpus=a100:4 nodes=2 mem=8G", { 0 }, "" },
	/* Each option is rewritten in its own form. Nodes come first, because GPUs may need them. */
	{ 2205, "gpus=4", { .gpus = 8 }, "gpus=8" },
	{ 2205, "gpus=a100:4", { .gpus = 8 }, "gpus=a100:8" },
	{ 2205, "gpus=gpu:a100:4", { .gpus = 8 }, "gpus=a100:8" },
	{ 2411, "gpus=gres/gpu:a100=4", { .gpus = 8 }, "gpus=a100:8" },
	{ 2605, "gpus=4", { .gpus = 8, .type = "h100" }, "gpus=h100:8" },
	{ 2411, "gpus-per-node=a100:4 nodes=1", { .nodes = 2 }, "nodes=2" },
	{ 2411, "gpus-per-node=a100:2 nodes=1", { .nodes = 2, .gpus = 4 },
	  "nodes=2 gpus-per-node=a100:4" },
	{ 2205, "gpus-per-node=2 nodes=1", { .gpus = 4 }, "gpus-per-node=4" },
	{ 2605, "gpus-per-node=2", { .nodes = 2, .gpus = 4, .type = "a100" },
	  "nodes=2 gpus-per-node=a100:4" },
	{ 2411, "gpus-per-node=3g.20gb:2", { .gpus = 4 }, "gpus-per-node=3g.20gb:4" },
	{ 2205, "gres=gpu:a100:2", { .gpus = 4 }, "gres=gpu:a100:4" },
	{ 2411, "gres=gpu", { .gpus = 2 }, "gres=gpu:2" },
	{ 2411, "gres=gpu:2(S:0-1)", { .gpus = 4 }, "gres=gpu:4" },
	{ 2205, "gres=gres:gpu:a100:2", { .gpus = 4 }, "gres=gres:gpu:a100:4" },
	{ 2411, "gres=gres/gpu:a100:2", { .gpus = 4 }, "gres=gres/gpu:a100:4" },
	{ 2411, "gres=gres/gpu=2", { .gpus = 4 }, "gres=gres/gpu:4" },
	{ 2411, "gres=nvme:1,gpu:a100:2", { .gpus = 4 }, "gres=nvme:1,gpu:a100:4" },
	{ 2411, "gres=gpu:0,gpu:a100:2,nvme:1", { .gpus = 4 }, "gres=gpu:a100:4,nvme:1" },
	{ 2411, "gres=gpu:2,nvme:1,fpga:x:3", { .gpus = 4, .type = "a100" },
	  "gres=gpu:a100:4,nvme:1,fpga:x:3" },
	/* --gpus-per-task is set itself up to 23.02. From 23.11 on that changes nothing, so
	 * tres-per-task is set. */
	{ 2205, "gpus-per-task=a100:1 ntasks=4", { .gpus = 2 }, "gpus-per-task=a100:2" },
	{ 2302, "gpus-per-task=1 ntasks=4", { .gpus = 2 }, "gpus-per-task=2" },
	{ 2311, "gpus-per-task=a100:1 ntasks=4", { .gpus = 2 },
	  "!gpus-per-task !tres-per-task tres-per-task=gres/gpu:a100:2" },
	{ 2411, "gpus-per-task=1 ntasks=4", { .gpus = 2, .nodes = 2 },
	  "nodes=2 !gpus-per-task !tres-per-task tres-per-task=gres/gpu:2" },
	{ 2605, "gpus-per-task=1 ntasks=4", { .gpus = 2, .type = "a100" },
	  "!gpus-per-task !tres-per-task tres-per-task=gres/gpu:a100:2" },
	/* Slurm's binding of a task to the old number of GPUs becomes one to the new number. */
	{ 2205, "gpus-per-task=1 ntasks=4 tres-bind=gpu:single:1", { .gpus = 2 }, "gpus-per-task=2" },
	{ 2411, "gpus-per-task=a100:1 ntasks=4 tres-bind=gres/gpu:per_task:1", { .gpus = 2 },
	  "!gpus-per-task !tres-per-task tres-per-task=gres/gpu:a100:2 "
	  "tres-bind=gres/gpu:per_task:2" },
	{ 2605, "tres-per-task=gres/gpu:1 ntasks=4 tres-bind=gres/gpu:per_task:1", { .gpus = 12 },
	  "tres-per-task=gres/gpu:12 tres-bind=gres/gpu:per_task:12" },
	{ 2411, "gpus-per-task=1 ntasks=4 tres-bind=gres/gpu:per_task:1", { .type = "a100" },
	  "!gpus-per-task !tres-per-task tres-per-task=gres/gpu:a100:1" },
	{ 2411, "tres-per-task=gres/gpu:2 ntasks=4 tres-bind=gres/gpu:per_task:1", { .gpus = 4 },
	  "tres-per-task=gres/gpu:4" },
	{ 2411, "tres-per-task=gres/gpu:1 ntasks=4 tres-bind=gres/gpu:closest", { .gpus = 4 },
	  "tres-per-task=gres/gpu:4" },
	{ 2411, "gpus=1 tres-bind=gres/gpu:per_task:1", { .gpus = 4 }, "gpus=4" },
	/* The task's other resources are kept. */
	{ 2411, "gpus-per-task=1 tres-per-task=cpu=4,gres/gpu=1", { .gpus = 2 },
	  "!gpus-per-task !tres-per-task tres-per-task=cpu=4,gres/gpu:2" },
	{ 2411, "gpus-per-task=1 tres-per-task=cpu=4", { .gpus = 2 },
	  "!gpus-per-task !tres-per-task tres-per-task=cpu=4,gres/gpu:2" },
	/* --tres-per-task gets the only spelling that every srun accepts. */
	{ 2411, "tres-per-task=gres/gpu:a100:1", { .gpus = 2 }, "tres-per-task=gres/gpu:a100:2" },
	{ 2411, "tres-per-task=gres:gpu:a100:1", { .gpus = 2 }, "tres-per-task=gres/gpu:a100:2" },
	{ 2605, "tres-per-task=cpu=4,gres/gpu=1,license/x=1", { .gpus = 2 },
	  "tres-per-task=cpu=4,gres/gpu:2,license/x=1" },
	/* With --exclusive, 0 GPUs are replaced if GPUs per node can be written in the same option. */
	{ 2411, "exclusive=exclusive gpus=0", { .gpus = 4 }, "gpus-per-node=4" },
	{ 2411, "exclusive=exclusive gpus-per-node=0", { .gpus = 4 }, "gpus-per-node=4" },
	{ 2605, "exclusive=exclusive gres=gpu:0", { .gpus = 4 }, "gres=gpu:4" },
	{ 2605, "exclusive=exclusive gres=nic:1,gres/gpu=0", { .gpus = 4 },
	  "gres=nic:1,gres/gpu:4" },
	{ 2411, "exclusive=exclusive gres=none", { .gpus = 4 }, "gpus-per-node=4" },
	/* 26.05 takes no --gpus-per-node beside GPUs in --gres, not even beside a zero. */
	{ 2605, "exclusive=exclusive gres=gpu:0 gpus=0", { .gpus = 4 }, "gres=gpu:4" },
	{ 2605, "exclusive=exclusive gres=gpu:0 tres-per-task=gres/gpu:0", { .gpus = 4 },
	  "gres=gpu:4" },
	{ 2605, "exclusive=exclusive gres=gpu:0 gpus-per-task=0", { .gpus = 4 }, "gres=gpu:4" },
	{ 2605, "gres=nic:1", { .gpus = 4 }, "gpus-per-node=4" },
	/* No GPUs requested: the plainest form. */
	{ 2205, "", { .gpus = 4, .type = "a100", .memory = GIB(30) },
	  "gpus-per-node=a100:4 mem=30G" },
	{ 2411, "ntasks-per-gpu=1", { .gpus = 4 }, "gpus-per-node=4" },
	/* The tasks give the number of GPUs, and a plugin must not change the tasks. */
	{ 2411, "ntasks=4 ntasks-per-gpu=1", { .gpus = 8 }, NULL },
	{ 2411, "ntasks=4 ntasks-per-gpu=1", { .gpus = 8, .tasks = 8 }, NULL },
	{ 2411, "ntasks=4 ntasks-per-gpu=1", { .type = "a100" }, "gpus=a100:4" },
	{ 2411, "ntasks=1 gpus-per-node=4", { .nodes = 2, .tasks = 2 }, NULL },
	{ 2411, "ntasks=4 ntasks-per-gpu=1 mem=8G", { .memory = GIB(16) }, "mem=16G" },
	{ 2411, "gpus=a100:4 ntasks-per-gpu=1", { .gpus = 8 }, "gpus=a100:8" },
	/* Node counts keep their form. A maximum is kept, or raised with the minimum. */
	{ 2411, "gpus-per-node=4 nodes=1-4", { .nodes = 2 }, "nodes=2-4" },
	{ 2411, "gpus-per-node=4 nodes=1-2", { .nodes = 4 }, "nodes=4" },
	{ 2411, "gpus-per-node=4 nodes=1-0", { .nodes = 2 }, "nodes=2" },
	{ 2411, "gpus-per-node=4", { .nodes = 2 }, "nodes=2" },
	/* Memory keeps its scope. It is in GiB if possible, and is never rounded down. */
	{ 2411, "gpus=1 mem=8G", { .memory = GIB(64) }, "mem=64G" },
	{ 2205, "gpus=1 mem=8192", { .memory = MIB(10000) }, "mem=10000M" },
	{ 2205, "gpus=1 mem=8192", { .memory = MIB(10000) + 1 }, "mem=10001M" },
	{ 2411, "gpus=1 mem-per-gpu=8G", { .memory = GIB(16) }, "mem-per-gpu=16G" },
	{ 2411, "gpus=1 mem-per-cpu=1G", { .memory = GIB(2) }, "mem-per-cpu=2G" },
	{ 2411, "gpus=1", { .memory = GIB(64) }, "mem=64G" },
	{ 2411, "gpus=1 tmp=10G", { .scratch = GIB(2000) }, "tmp=2000G" },
	/* Constraint, partition, and several changes at once. */
	{ 2411, "gpus=1", { .features = "net200|net400" }, "constraint=net200|net400" },
	{ 2411, "gpus=1 constraint=a", { .features = "(a)&(net200)" }, "constraint=(a)&(net200)" },
	{ 2411, "gpus=1", { .partition = "preempt" }, "partition=preempt" },
	{ 2411, "gpus-per-task=1 nodes=1",
	  { 2, 4, "a100", GIB(64), GIB(9), "net200", "preempt", 0 },
	  "nodes=2 !gpus-per-task !tres-per-task tres-per-task=gres/gpu:a100:4 mem=64G tmp=9G "
	  "constraint=net200 partition=preempt" },
};

/* There is room for a change of everything. */
START_TEST(test_most_changes)
{
	const struct dsfit_slurm slurm = { DSFIT_SBATCH, 2411, true };
	const struct wish wish = { 2, 4, "a100", GIB(64), GIB(9), "net200", "preempt", 2 };
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	char line[WORDS_MAX], written[2048];
	struct dsfit_slurm_options options = words_options(
		"gpus-per-task=1 ntasks=1 tres-bind=gres/gpu:per_task:1", line);
	struct dsfit_request from, to;
	int count;

	ck_assert_int_eq(dsfit_request_parse(&options, &slurm, &from, NULL), 0);
	to = from;
	apply_wish(&wish, &to);
	count = dsfit_request_changes(&options, &slurm, &from, &to, changes);
	ck_assert_int_ge(count, 0);
	ck_assert_int_le(count, DSFIT_SLURM_CHANGES);
	write_changes(changes, count, written, sizeof(written));
	ck_assert_str_eq(written, "ntasks=2 nodes=2 !gpus-per-task !tres-per-task "
			 "tres-per-task=gres/gpu:a100:4 tres-bind=gres/gpu:per_task:4 mem=64G "
			 "tmp=9G constraint=net200 partition=preempt");
}
END_TEST

START_TEST(test_changes)
{
	const struct dsfit_slurm slurm = { DSFIT_SBATCH, change_rows[_i].release, false };
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	const char *words = change_rows[_i].words;
	char line[WORDS_MAX], written[2048];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_request from, to, again;
	int count;

	ck_assert_int_eq(dsfit_request_parse(&options, &slurm, &from, NULL), 0);
	to = from;
	apply_wish(&change_rows[_i].wish, &to);
	count = dsfit_request_changes(&options, &slurm, &from, &to, changes);
	if (!change_rows[_i].changes) {
		ck_assert_msg(count == -1, "%s", words);
		return;
	}
	ck_assert_msg(count >= 0 && count <= DSFIT_SLURM_CHANGES, "%s: %d", words, count);
	write_changes(changes, count, written, sizeof(written));
	ck_assert_str_eq(written, change_rows[_i].changes);
	/* Read again, the options are the request that was decided. */
	words_apply(changes, count, &options);
	ck_assert_int_eq(dsfit_request_parse(&options, &slurm, &again, NULL), 0);
	assert_same(&again, &to, words);
	ck_assert_int_eq(dsfit_request_changes(&options, &slurm, &again, &again, changes), 0);
}
END_TEST

/* A list that is too long for a change is an error and is not cut. */
START_TEST(test_long_list)
{
	char list[400] = "";
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_request from, to;

	memset(list, 'x', 300);
	strcat(list, ":1,gpu:2");
	options.text[SLURM_GRES] = list;
	ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &from, NULL), 0);
	to = from;
	to.gpus = 4;
	ck_assert_int_eq(dsfit_request_changes(&options, &sbatch_2411, &from, &to, changes), -1);
}
END_TEST

/* --- as options to type ------------------------------------------------------------ */

static const struct {
	const char *words;
	struct wish wish;
	const char *text;
} texts[] = {
	{ "", { .gpus = 4, .type = "a100" }, "-N 1 --gpus-per-node=a100:4" },
	{ "", { .gpus = 2, .partition = "preempt", .memory = GIB(30) },
	  "-p preempt -N 1 --gpus-per-node=2 --mem=30G" },
	{ "ntasks=1", { .gpus = 4, .nodes = 2, .tasks = 2 }, "-N 2 -n 2 --gpus-per-node=4" },
	/* -N 1 is left out, because one node might not hold the tasks. */
	{ "ntasks=4 ntasks-per-node=1", { .gpus = 4 },
	  "-n 4 --ntasks-per-node=1 --gpus-per-node=4" },
	{ "gpus=a100:4", { 0 }, "--gpus=a100:4" },
	{ "gpus=4 nodes=2", { 0 }, "-N 2 --gpus=4" },
	{ "gpus-per-node=a100:4 nodes=1", { .nodes = 2 }, "-N 2 --gpus-per-node=a100:4" },
	{ "gpus-per-node=4 nodes=2-4", { 0 }, "-N 2-4 --gpus-per-node=4" },
	{ "gpus-per-node=4", { .nodes = 2 }, "-N 2 --gpus-per-node=4" },
	{ "gres=nvme:1,gpu:a100:4", { 0 }, "--gres=gpu:a100:4,nvme:1" },
	{ "gres=nvme:1 gpus=a100:4", { 0 }, "--gpus=a100:4 --gres=nvme:1" },
	{ "gres=none gpus=a100:4", { 0 }, "--gpus=a100:4" },
	{ "gres=none exclusive=exclusive", { .gpus = 4 }, "-N 1 --exclusive --gpus-per-node=4" },
	{ "gres=gpu:0,nvme:1 exclusive=exclusive", { 0 }, "--exclusive --gres=nvme:1" },
	{ "gpus-per-task=a100:1 ntasks=4", { 0 }, "-n 4 --gpus-per-task=a100:1" },
	{ "gpus-per-task=1 ntasks-per-node=4 nodes=2", { 0 },
	  "-N 2 --ntasks-per-node=4 --gpus-per-task=1" },
	{ "tres-per-task=gres:gpu:2 ntasks=4", { 0 }, "-n 4 --tres-per-task=gres/gpu:2" },
	{ "ntasks=8 ntasks-per-gpu=1", { 0 }, "-n 8 --ntasks-per-gpu=1" },
	{ "ntasks=8 ntasks-per-gpu=1", { .type = "h100" },
	  "-n 8 --ntasks-per-gpu=1 --gpus=h100:8" },
	{ "gpus=a100:4 ntasks-per-gpu=2", { 0 }, "--ntasks-per-gpu=2 --gpus=a100:4" },
	{ "gpus=1 mem-per-gpu=8G", { 0 }, "--gpus=1 --mem-per-gpu=8G" },
	{ "gpus=1 mem-per-cpu=1000", { 0 }, "--gpus=1 --mem-per-cpu=1000M" },
	{ "gpus=1 mem=0", { 0 }, "--gpus=1 --mem=0" },
	{ "gpus=1 tmp=2T", { 0 }, "--gpus=1 --tmp=2048G" },
	{ "gpus=1 constraint=net200", { 0 }, "--gpus=1 -C net200" },
	{ "gpus=1 constraint=net200|net400", { 0 }, "--gpus=1 -C \"net200|net400\"" },
	{ "gpus=1 constraint=a&b partition=x,y", { 0 }, "-p x,y --gpus=1 -C \"a&b\"" },
	/* What a shell would run, or end the word at. */
	{ "gpus=1 constraint=a$(b)`c`;d'e\"f\\", { 0 },
	  "--gpus=1 -C \"a\\$(b)\\`c\\`;d'e\\\"f\\\\\"" },
	{ "gpus=$a:1 gres=$(b):1", { 0 }, "--gpus=\"\\$a:1\" --gres=\"\\$(b):1\"" },
	{ "gres=gpu:$a:1,b;c:1", { 0 }, "--gres=\"gpu:\\$a:1,b;c:1\"" },
	{ "gpus=1 partition=a;b qos=$c", { 0 }, "-p \"a;b\" --qos=\"\\$c\" --gpus=1" },
	/* Nodes that the user chose or left out. */
	{ "gpus=1 nodelist=a100-0,a100-1 nodes=2", { 0 }, "-w a100-0,a100-1 -N 2 --gpus=1" },
	{ "gpus=1 nodelist=a100-[0-3]", { 0 }, "-w \"a100-[0-3]\" --gpus=1" },
	{ "gpus=1 partition=x account=phys qos=q", { 0 }, "-p x --qos=q -A phys --gpus=1" },
	{ "gpus=1 account=a$(b)", { 0 }, "-A \"a\\$(b)\" --gpus=1" },
	{ "gpus=1 exclude=ws-0 partition=x", { 0 }, "-p x -x ws-0 --gpus=1" },
	{ "gpus=1 nodefile=/tmp/a", { 0 }, "-F /tmp/a --gpus=1" },
	{ "gpus=1 nodefile=a nodelist=ws-1", { 0 }, "-w ws-1 --gpus=1" },
	{ "gpus=1 reservation=c$\"`s\\ nodelist=ws-1 exclude=ws-2", { 0 },
	  "--reservation=\"c\\$\\\"\\`s\\\\\" -w ws-1 -x ws-2 --gpus=1" },
};

START_TEST(test_texts)
{
	struct dsfit_request r;
	char text[512];

	ck_assert_int_eq(parse(texts[_i].words, &sbatch_2411, &r), 0);
	apply_wish(&texts[_i].wish, &r);
	ck_assert_str_eq(dsfit_request_text(&r, text, sizeof(text)), texts[_i].text);
	/* If the buffer is too small, the text ends after a word, and nothing is written past it. */
	for (size_t size = 1; size <= strlen(texts[_i].text) + 2; size++) {
		char *small = malloc(size);
		const char *cut;

		ck_assert_ptr_nonnull(small);
		cut = dsfit_request_text(&r, small, size);
		ck_assert_msg(!strncmp(cut, texts[_i].text, strlen(cut)), "%zu: %s", size, cut);
		free(small);
	}
}
END_TEST

/* A list of nodes that has no room: Slurm refuses the line, so that nobody loses it unnoticed. */
START_TEST(test_long_choice)
{
	char line[WORDS_MAX], name[101], text[1024];
	struct dsfit_request r;

	memset(name, '"', 100);
	name[100] = '\0';
	snprintf(line, sizeof(line), "gpus=1 reservation=%s nodelist=%s exclude=%s", name, name,
		 name);
	ck_assert_int_eq(parse(line, &sbatch_2411, &r), 0);
	ck_assert_str_eq(dsfit_request_text(&r, text, sizeof(text)),
			 "--reservation=... -w ... -x ... --gpus=1");
}
END_TEST

/* What dsfit asks for by itself goes with the option that the script may have. */
START_TEST(test_own_form)
{
	static const struct {
		const char *words, *text;
	} rows[] = {
		{ "gres=gpu:a100:4,nvme:1 nodes=1", "-N 2 --gres=gpu:h100:8,nvme:1" },
		{ "gpus=a100:4 gres=nvme:1", "-N 2 --gpus-per-node=h100:8 --gres=nvme:1" },
		{ "gpus-per-node=a100:4", "-N 2 --gpus-per-node=h100:8" },
		{ "", "-N 2 --gpus-per-node=h100:8" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request asked, own = { .scope = DSFIT_GPUS_PER_NODE, .nodes_min = 2,
						    .gpus = 8, .gpu_type = "h100" };
		char text[512];

		ck_assert_int_eq(parse(rows[i].words, &sbatch_2411, &asked), 0);
		own.form = dsfit_request_own_form(&asked);
		strcpy(own.other_gres, asked.other_gres);
		ck_assert_str_eq(dsfit_request_text(&own, text, sizeof(text)), rows[i].text);
		/* One node is written too: the script may have another number. */
		own.nodes_min = 1;
		unit_assert_begins(dsfit_request_text(&own, text, sizeof(text)), "-N 1 ");
	}
}
END_TEST

/* Which requests are for no GPUs, in so many words. */
START_TEST(test_wants_no_gpus)
{
	static const struct {
		const char *words;
		bool none;
	} rows[] = {
		{ "gres=none", true }, { "gres=NONE", true }, { "gres=gpu:0", true },
		{ "gpus=0", true }, { "gpus-per-node=0", true }, { "gpus-per-task=0", true },
		{ "tres-per-task=gres/gpu:0", true }, { "gres=none mem=odd nodes=1,2", true },
		{ "gres=gpu:0,nic:1", true }, { "gres=none gpus=0", true },
		{ "", false }, { "nodes=2 mem=8G", false }, { "gres=nic:1", false },
		{ "gres=none gpus=4", false }, { "gpus=0 gres=gpu:2", false },
		{ "gres=none exclusive=exclusive", false }, { "gres=none exclusive=user", true },
		{ "gpus-per-socket=1", false }, { "gpus=a100:1,h100:1", false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		char line[WORDS_MAX];
		struct dsfit_slurm_options options = words_options(rows[i].words, line);

		ck_assert_msg(dsfit_request_wants_no_gpus(&options) == rows[i].none, "%s",
			      rows[i].words);
	}
}
END_TEST

/* Whether the options, or a text of them, have GPUs in --gres and --gpus-per-node as well, which
 * 26.05 refuses. */
static bool in_both(const struct dsfit_slurm_options *options)
{
	return options->text[SLURM_GPUS_PER_NODE] && options->text[SLURM_GRES] &&
	       strstr(options->text[SLURM_GRES], "gpu");
}

static bool text_in_both(const char *text)
{
	return strstr(text, "--gpus-per-node=") && strstr(text, "--gres=gpu");
}

/* Random requests with all ways to ask for GPUs: no correction and no text has both. */
START_TEST(test_never_both)
{
	static const char *const values[][5] = {
		[SLURM_GPUS] = { NULL, NULL, "0", "4", "a100:4" },
		[SLURM_GPUS_PER_NODE] = { NULL, NULL, "0", "4", "a100:4" },
		[SLURM_GPUS_PER_TASK] = { NULL, NULL, NULL, "0", "1" },
		[SLURM_GRES] = { NULL, "none", "gpu:0", "nic:1,gpu:a100:2", "nic:1" },
		[SLURM_TRES_PER_TASK] = { NULL, NULL, NULL, "gres/gpu:0", "gres/gpu:1" },
		[SLURM_EXCLUSIVE] = { NULL, NULL, "exclusive", "exclusive", "user" },
		[SLURM_NTASKS] = { NULL, NULL, NULL, "1", "4" },
	};
	const struct dsfit_slurm slurm = { DSFIT_SBATCH, 2605, false };
	uint64_t state = 0x9e3779b97f4a7c15;
	unsigned tried = 0;

	for (int round = 0; round < 100000; round++) {
		struct dsfit_slurm_options options = { { NULL } };
		struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
		struct dsfit_request from, to;
		char text[512];
		int count;

		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(values); i++)
			options.text[i] = values[i][words_random(&state, 5)];
		/* 26.05's sbatch has refused those before a plugin is asked. */
		if (in_both(&options) || dsfit_request_parse(&options, &slurm, &from, NULL))
			continue;
		to = from;
		if (to.scope == DSFIT_GPUS_UNSET)
			to.scope = DSFIT_GPUS_PER_NODE;
		to.gpus += 1 + words_random(&state, 8);
		ck_assert(!text_in_both(dsfit_request_text(&to, text, sizeof(text))));
		to.form = dsfit_request_own_form(&from);
		ck_assert(!text_in_both(dsfit_request_text(&to, text, sizeof(text))));
		to.form = from.form;
		count = dsfit_request_changes(&options, &slurm, &from, &to, changes);
		if (count < 0)
			continue;
		words_apply(changes, count, &options);
		ck_assert_msg(!in_both(&options), "%s", text);
		tried++;
	}
	ck_assert_uint_gt(tried, 10000);
}
END_TEST

/* --- garbage ------------------------------------------------------------------------- */

/* A random text in a block of exactly its size, so that sanitizers see reads past its end. */
static char *random_text(uint64_t *state)
{
	static const char alphabet[] = "gpu:=/,()0123456789aresk-";
	static const char *const words[] = {
		"gpu", "gres:gpu:", "gres/gpu=", "a100:", "shard", "mps:", "none", ",", "(S:0-1)",
	};
	char text[160] = "", *exact;
	size_t pieces = words_random(state, 12);

	for (size_t i = 0; i < pieces; i++) {
		size_t length = strlen(text);

		/* Real words among the letters, so that more than the first check is reached. */
		if (words_random(state, 3) == 0)
			strcat(text, words[words_random(state, DSFIT_ARRAY_SIZE(words))]);
		else
			text[length] = alphabet[words_random(state, sizeof(alphabet) - 1)];
	}
	exact = strdup(text);
	ck_assert_ptr_nonnull(exact);
	return exact;
}

START_TEST(test_garbage)
{
	static const unsigned releases[] = { 2205, 2411, 2605 };
	uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)_i;
	unsigned understood = 0;

	for (int round = 0; round < 2000; round++) {
		const struct dsfit_slurm slurm = {
			(enum dsfit_command)words_random(&state, 3),
			releases[words_random(&state, DSFIT_ARRAY_SIZE(releases))],
			words_random(&state, 2),
		};
		struct dsfit_slurm_options options = { { NULL } };
		struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
		int second = (int)words_random(&state, SLURM_OPTIONS), count;
		struct dsfit_request from, to, again;
		struct dsfit_error err = { "" };
		char *texts_of[2] = { random_text(&state), random_text(&state) }, text[64];

		options.text[second] = texts_of[1];
		options.text[_i] = texts_of[0];
		if (dsfit_request_parse(&options, &slurm, &from, &err)) {
			ck_assert_str_ne(err.text, "");
			goto next;
		}
		understood++;
		dsfit_request_text(&from, text, 1 + words_random(&state, sizeof(text)));
		to = from;
		to.nodes_min++;
		if (to.nodes_max && to.nodes_max < to.nodes_min)
			to.nodes_max = to.nodes_min;
		if (to.scope == DSFIT_GPUS_UNSET)
			to.scope = DSFIT_GPUS_PER_NODE;
		to.gpus++;
		count = dsfit_request_changes(&options, &slurm, &from, &to, changes);
		if (count < 0)
			goto next;
		ck_assert_int_eq(changes[0].option, SLURM_NODES);
		/* If an option that asks for 0 GPUs is kept beside the new one, it does not count. */
		words_apply(changes, count, &options);
		ck_assert_msg(!dsfit_request_parse(&options, &slurm, &again, &err), "%s, %s: %s",
			      texts_of[0], texts_of[1], err.text);
		assert_same(&again, &to, texts_of[0]);
next:
		free(texts_of[0]);
		free(texts_of[1]);
	}
	/* The test is of use only if some of the texts can be read. */
	ck_assert(understood > 0 || _i == SLURM_GPUS_PER_SOCKET);
}
END_TEST

static void add_loop(Suite *suite, const char *name, const TTest *test, size_t rows)
{
	TCase *tcase = tcase_create(name);

	tcase_add_loop_test(tcase, test, 0, (int)rows);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	const TTest *const single[] = {
		test_option_names, test_why_not_sized, test_long_types, test_tasks, test_bad_numbers,
		test_features_and_partitions, test_exclusive, test_long_list, test_own_form,
		test_long_choice,
		test_wants_no_gpus, test_never_both,
		test_most_changes, NULL,
	};
	Suite *suite = suite_create("request");

	unit_add(suite, "one by one", single);
	add_loop(suite, "entries", test_entries, DSFIT_ARRAY_SIZE(forms));
	add_loop(suite, "gpus", test_gpus, DSFIT_ARRAY_SIZE(gpu_rows));
	add_loop(suite, "sizes", test_sizes, DSFIT_ARRAY_SIZE(sizes));
	add_loop(suite, "cpus", test_cpus, DSFIT_ARRAY_SIZE(cpu_rows));
	add_loop(suite, "nodes", test_nodes, DSFIT_ARRAY_SIZE(node_rows));
	add_loop(suite, "bounds", test_bounds, DSFIT_ARRAY_SIZE(bounds));
	add_loop(suite, "changes", test_changes, DSFIT_ARRAY_SIZE(change_rows));
	add_loop(suite, "texts", test_texts, DSFIT_ARRAY_SIZE(texts));
	add_loop(suite, "garbage", test_garbage, SLURM_OPTIONS);
	return unit_run(suite);
}
