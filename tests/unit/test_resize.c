/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other amounts of GPUs, nodes, memory and scratch in the form of a request. */
#include "core/request/resize.h"

#include "core/base/size.h"
#include "tests/unit/jobs.h"

static const struct {
	const char *asked;
	bool bound;			/* the number of tasks is fixed */
	uint64_t nodes, gpus;
	const char *becomes;		/* NULL: this form cannot express it */
} gpu_rows[] = {
	/* Per node. */
	{ "gpus-per-node=a100:1", true, 1, 4, "--gpus-per-node=a100:4" },
	{ "gpus-per-node=a100:1", true, 3, 4, "-N 3 --gpus-per-node=a100:4" },
	{ "gpus-per-node=1 nodes=1-2", true, 2, 4, "-N 2 --gpus-per-node=4" },
	{ "gpus-per-node=1 nodes=1-2", true, 3, 4, "-N 3 --gpus-per-node=4" },
	{ "gpus-per-node=1 nodes=1-4", true, 3, 4, "-N 3-4 --gpus-per-node=4" },
	{ "gres=gpu:1 nodes=2", true, 4, 2, "-N 4 --gres=gpu:2" },
	{ "", true, 2, 4, "-N 2 --gpus-per-node=4" },
	/* Tasks that are not fixed grow with the nodes. */
	{ "gpus-per-node=4 ntasks=1", false, 3, 4, "-N 3 -n 3 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=8", false, 3, 4, "-N 3 -n 8 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=2", true, 3, 4, "-N 3 -n 2 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-node=4", true, 2, 4,
	  "-N 2 -n 8 --ntasks-per-node=4 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-node=4", true, 1, 4, NULL },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-node=4", true, 3, 4, NULL },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-node=4", false, 3, 4,
	  "-N 3 -n 12 --ntasks-per-node=4 --gpus-per-node=4" },
	/* Per job: -N is written only if it was typed. */
	{ "gpus=4", true, 3, 4, "--gpus=12" },
	{ "gpus=4 nodes=1", true, 3, 4, "-N 3 --gpus=12" },
	{ "ntasks=4 ntasks-per-gpu=1", true, 1, 4, "-n 4 --ntasks-per-gpu=1" },
	{ "ntasks=4 ntasks-per-gpu=1", true, 2, 4, NULL },
	{ "ntasks=4 ntasks-per-gpu=1", false, 2, 4, "-n 8 --ntasks-per-gpu=1" },
	/* Per node, and a task for each. Without -N the tasks give the number of nodes. */
	{ "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1", true, 2, 4,
	  "-N 2 -n 8 --ntasks-per-gpu=1 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1", true, 3, 4, NULL },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1", false, 3, 4,
	  "-N 3 -n 12 --ntasks-per-gpu=1 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-gpu=2 nodes=1", true, 2, 4, NULL },
	{ "gpus-per-node=4 ntasks=8 ntasks-per-gpu=2 nodes=1", false, 2, 4,
	  "-N 2 -n 16 --ntasks-per-gpu=2 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=2 ntasks-per-gpu=1", true, 2, 4,
	  "-N 2 -n 2 --ntasks-per-gpu=1 --gpus-per-node=4" },
	{ "gpus-per-node=4 ntasks=4 ntasks-per-gpu=1 nodes=2", true, 3, 4,
	  "-N 3 -n 4 --ntasks-per-gpu=1 --gpus-per-node=4" },
	/* Per task: more GPUs per task, or more tasks; only more tasks if each is one process. */
	{ "gpus-per-task=2 ntasks=4", true, 2, 4, "-n 4 --gpus-per-task=2" },
	{ "gpus-per-task=2 ntasks=4", true, 2, 8, "-n 4 --gpus-per-task=4" },
	{ "gpus-per-task=1 ntasks=4", true, 1, 4, "-n 4 --gpus-per-task=1" },
	{ "gpus-per-task=1 ntasks=4", true, 2, 4, NULL },
	{ "gpus-per-task=1 ntasks=4", false, 2, 4, "-n 8 --gpus-per-task=1" },
	{ "gpus-per-task=1", true, 1, 4, NULL },
	{ "gpus-per-task=1", false, 1, 4, "-n 4 --gpus-per-task=1" },
	{ "gpus-per-task=1 ntasks-per-node=2", false, 3, 4,
	  "-N 3 --ntasks-per-node=4 --gpus-per-task=1" },
	/* Several tasks on a node, each with several GPUs. */
	{ "gpus-per-task=2 ntasks=4 ntasks-per-node=2", true, 2, 4,
	  "-n 4 --ntasks-per-node=2 --gpus-per-task=2" },
	{ "gpus-per-task=2 ntasks=4 ntasks-per-node=2", true, 3, 4, NULL },
	{ "gpus-per-task=2 ntasks=4 ntasks-per-node=2", false, 3, 4,
	  "-n 6 --ntasks-per-node=2 --gpus-per-task=2" },
	{ "gpus-per-task=2 ntasks=4 ntasks-per-node=2", true, 2, 8,
	  "-n 4 --ntasks-per-node=2 --gpus-per-task=4" },
	{ "gpus-per-task=2 ntasks=4 ntasks-per-node=2", false, 1, 8,
	  "-n 4 --ntasks-per-node=4 --gpus-per-task=2" },
	/* One task per GPU stays that in any form. */
	{ "gpus-per-node=2 ntasks-per-node=2", true, 2, 4, NULL },
	{ "gpus-per-node=2 ntasks-per-node=2", false, 2, 4,
	  "-N 2 --ntasks-per-node=4 --gpus-per-node=4" },
	{ "gpus-per-node=2 ntasks-per-node=2", true, 2, 2,
	  "-N 2 --ntasks-per-node=2 --gpus-per-node=2" },
	{ "gpus=2 ntasks=2", true, 2, 4, NULL },
	{ "gpus=2 ntasks=2", false, 2, 4, "-n 8 --gpus=8" },
	{ "gpus-per-task=1 ntasks=4", true, 1, 6, NULL },
	{ "gpus-per-task=1 ntasks=4", false, 1, 6, "-n 6 --gpus-per-task=1" },
	{ "gpus-per-task=2 ntasks=4", false, 1, 7, NULL },
	{ "gpus-per-task=4 ntasks=1", true, 2, 4, NULL },
	{ "gpus-per-task=4 ntasks=1", false, 2, 4, "-n 2 --gpus-per-task=4" },
	{ "gpus-per-task=1 ntasks-per-node=4", true, 3, 4,
	  "-N 3 --ntasks-per-node=4 --gpus-per-task=1" },
};

START_TEST(gpus)
{
	struct dsfit_request r = ask(gpu_rows[_i].asked, &sbatch), before = r;
	bool done = dsfit_resize_gpus(&r, gpu_rows[_i].bound, gpu_rows[_i].nodes,
				      gpu_rows[_i].gpus);

	ck_assert_msg(done == (gpu_rows[_i].becomes != NULL), "%s: %s", gpu_rows[_i].asked,
		      say(&r));
	if (done)
		ck_assert_str_eq(say(&r), gpu_rows[_i].becomes);
	else
		ck_assert(!memcmp(&r, &before, sizeof(r)));
	/* "-N 3" is the least and the most. */
	if (r.nodes_min != before.nodes_min && !strstr(say(&r), "-N 3-4"))
		ck_assert_uint_eq(r.nodes_max, r.nodes_min);
}
END_TEST

/* If tasks follow the nodes, there are as many as nodes, even if the caller says they are fixed. */
START_TEST(tasks_that_follow)
{
	struct dsfit_request r = ask("gpus-per-node=4 ntasks=1 nodes=1", &ctld_sbatch);

	ck_assert(r.tasks_follow);
	ck_assert(dsfit_resize_gpus(&r, true, 3, 4));
	ck_assert_uint_eq(r.tasks, 3);
}
END_TEST

static const struct {
	const char *asked;
	uint64_t has, need;		/* GiB per node; has = 0: not known */
	const char *becomes;		/* NULL: nothing to raise */
} memory_rows[] = {
	{ "mem=8G", 500, 100, "--mem=100G" },
	{ "mem=100G", 500, 100, NULL },
	{ "mem=101G", 500, 100, NULL },
	{ "mem=99G", 500, 100, "--mem=100G" },
	{ "mem=8G", 0, 100, "--mem=100G" },
	{ "mem=0", 500, 100, NULL },
	/* All memory of the node, if that is less. */
	{ "mem=8G", 90, 100, "--mem=90G" },
	{ "mem=90G", 90, 100, NULL },
	/* Per GPU, also if no memory was asked for; the node has 4 GPUs. */
	{ "", 500, 100, "--mem-per-gpu=25G" },
	{ "", 500, 101, "--mem-per-gpu=26G" },
	{ "mem-per-gpu=1G", 500, 101, "--mem-per-gpu=26G" },
	/* Per CPU, with 8 on the node. Whole GiB sum up to 104 or 112, but the node has 103. */
	{ "mem-per-cpu=1G cpus-per-gpu=2", 500, 100, "--mem-per-cpu=13G" },
	{ "mem-per-cpu=1G cpus-per-gpu=2", 103, 100, "--mem-per-cpu=12800M" },
	{ "mem-per-cpu=1G cpus-per-gpu=2", 103, 104, "--mem-per-cpu=13184M" },
	/* --exclusive has all 8 GPUs and 50 CPUs of the node. */
	{ "mem-per-gpu=1G gpus-per-node=4 exclusive=exclusive", 500, 100, "--mem-per-gpu=13G" },
	{ "mem-per-cpu=1G gpus-per-node=4 exclusive=exclusive", 500, 100, "--mem-per-cpu=2G" },
	{ "gpus-per-node=4 exclusive=exclusive", 500, 100, "--mem-per-gpu=13G" },
	/* Slurm refuses memory per GPU if no GPUs are requested. */
	{ "exclusive=exclusive", 500, 100, "--mem=100G" },
};

START_TEST(memory)
{
	const struct dsfit_node_class class = { .memory = memory_rows[_i].has * DSFIT_GIB,
						.gpus = 8, .cpus = 50 };
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 4, .gpus = 4 };
	struct dsfit_request r = ask(memory_rows[_i].asked, &sbatch), before = r;
	bool done = dsfit_resize_memory(&r, &class, &layout, memory_rows[_i].need * DSFIT_GIB);

	ck_assert_msg(done == (memory_rows[_i].becomes != NULL), "%s: %s", memory_rows[_i].asked,
		      say(&r));
	if (done)
		unit_assert_has(say(&r), memory_rows[_i].becomes);
	else
		ck_assert(!memcmp(&r, &before, sizeof(r)));
}
END_TEST

/* The node's memory is not a multiple of the CPUs: MiB per CPU, and no more than the node has. */
START_TEST(odd_memory)
{
	const struct dsfit_node_class class = { .memory = 1000 * DSFIT_MIB };
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_request r = ask("mem-per-cpu=1M cpus-per-task=7", &sbatch);

	ck_assert(dsfit_resize_memory(&r, &class, &layout, 2000 * DSFIT_MIB));
	ck_assert_uint_eq(r.memory, 142 * DSFIT_MIB);
}
END_TEST

START_TEST(scratch)
{
	struct dsfit_request r = ask("tmp=8G", &sbatch);

	ck_assert(!dsfit_resize_scratch(&r, 8 * DSFIT_GIB));
	ck_assert(!dsfit_resize_scratch(&r, 7 * DSFIT_GIB));
	ck_assert_uint_eq(r.scratch, 8 * DSFIT_GIB);
	ck_assert(dsfit_resize_scratch(&r, 8 * DSFIT_GIB + 1));
	ck_assert_uint_eq(r.scratch, 9 * DSFIT_GIB);
}
END_TEST

/* Each difference has its bit. The number of tasks does not count as one. */
START_TEST(differences)
{
	static const struct {
		const char *words;
		unsigned bits;
	} rows[] = {
		{ "gpus=4", 0 },
		{ "gpus=4 ntasks=4", 0 },
		{ "gpus=4 mem=1G", DSFIT_CHANGE_MEMORY },
		{ "gpus=4 mem=0", DSFIT_CHANGE_MEMORY },
		{ "gpus=4 tmp=1G", DSFIT_CHANGE_SCRATCH },
		{ "gpus=4 constraint=a", DSFIT_CHANGE_NETWORK },
		{ "gpus=8", DSFIT_CHANGE_GPUS },
		{ "gpus-per-node=4", DSFIT_CHANGE_GPUS },
		{ "gpus=4 nodes=2", DSFIT_CHANGE_NODES },
		{ "gpus=4 nodes=1-2", DSFIT_CHANGE_NODES },
		{ "gpus=a100:4", DSFIT_CHANGE_GPU_TYPE },
		{ "gpus=4 partition=p", DSFIT_CHANGE_PARTITION },
		{ "gpus=a100:8 mem=1G", DSFIT_CHANGE_GPUS | DSFIT_CHANGE_GPU_TYPE |
					DSFIT_CHANGE_MEMORY },
	};
	struct dsfit_request from = ask("gpus=4", &sbatch);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request to = ask(rows[i].words, &sbatch);

		ck_assert_msg(dsfit_request_difference(&from, &to) == rows[i].bits, "%s: %x",
			      rows[i].words, dsfit_request_difference(&from, &to));
		ck_assert_uint_eq(dsfit_request_difference(&to, &from), rows[i].bits);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resize");

	add_loop(suite, "gpus", gpus, DSFIT_ARRAY_SIZE(gpu_rows));
	add_loop(suite, "memory", memory, DSFIT_ARRAY_SIZE(memory_rows));
	add_all(suite, "one by one", (const TTest *const[]){
		tasks_that_follow, odd_memory, scratch, differences, NULL,
	});
	return unit_run(suite);
}
