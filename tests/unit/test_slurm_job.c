/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "dsfit why" takes from a record of slurmctld. tests/cluster/why.bats asks a real one. */
#include "tests/unit/unit.h"

#include "cli/slurm_job.c"
#include "core/base/array.h"

static const char *no_state(uint32_t state)
{
	(void)state;
	return "RUNNING";
}

static int no_output(char *text, int size, const job_info_t *job)
{
	(void)job;
	snprintf(text, (size_t)size, "out");
	return 0;
}

/* --- lists of TRES ------------------------------------------------------------------------- */

static const struct {
	const char *tres;
	uint64_t nodes, gpus, memory_per_node;
} lists[] = {
	{ "cpu=4,mem=100G,node=2,billing=4,gres/gpu=8", 2, 8, 50 * DSFIT_GIB },
	{ "cpu=4,mem=512,node=1", 1, 0, 512 * DSFIT_MIB },
	{ "mem=1.5T,node=1", 1, 0, 1536 * DSFIT_GIB },
	{ "cpu=4,node=1,gres/gpu:a100=4,gres/gpu=4", 1, 4, 0 },
	/* Not the memory of the node. */
	{ "cpu=4,node=1,billing=4,gres/gpu=1,gres/gpumem=80G", 1, 1, 0 },
	{ "gres/gpumem=80G,mem=10G,node=1", 1, 0, 10 * DSFIT_GIB },
	{ "", 0, 0, 0 },
};

START_TEST(test_tres)
{
	const struct libslurm_jobs slurm = {
		.job_state_string = no_state, .job_reason_string = no_state,
		.get_job_stdout = (void *)no_output,
	};
	char tres[128];
	slurm_job_info_t job = {
		.job_id = 12, .array_task_id = NO_VAL, .het_job_offset = NO_VAL,
		.tres_req_str = tres,
	};
	struct slurm_job out = { .task = -1, .component = -1, .seconds = -1 };

	snprintf(tres, sizeof(tres), "%s", lists[_i].tres);
	take_job(&slurm, &job, &out);
	ck_assert_uint_eq(out.nodes, lists[_i].nodes);
	ck_assert_uint_eq(out.gpus, lists[_i].gpus);
	ck_assert_uint_eq(out.memory_per_node, lists[_i].memory_per_node);
	ck_assert_int_eq(out.task, -1);
	ck_assert_int_eq(out.component, -1);
	free((void *)(uintptr_t)out.admin_comment);
	free((void *)(uintptr_t)out.output);
}
END_TEST

/* --- which record is meant ------------------------------------------------------------------- */

START_TEST(test_choose)
{
	struct slurm_job jobs[] = {
		{ .task = -1, .component = -1, .state = "PENDING" },
		{ .task = 1, .component = -1, .state = "COMPLETED" },
		{ .task = 2, .component = -1, .state = "FAILED" },
		{ .task = 3, .component = -1, .state = "TIMEOUT" },
	};
	const struct records all = { jobs, DSFIT_ARRAY_SIZE(jobs) };
	struct slurm_job_id id = { .id = 12, .task = -1, .component = -1 };

	ck_assert_ptr_eq(choose(&all, &id), &jobs[2]);
	id.task = 1;
	ck_assert_ptr_eq(choose(&all, &id), &jobs[1]);
	/* It waits, with others, in a record of theirs. */
	id.task = 9;
	ck_assert_ptr_eq(choose(&all, &id), &jobs[0]);
	id.task = -1;
	id.component = 0;
	ck_assert_ptr_null(choose(&all, &id));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slurm_job");
	TCase *tcase = unit_case(suite, "records");

	tcase_add_loop_test(tcase, test_tres, 0, DSFIT_ARRAY_SIZE(lists));
	tcase_add_test(tcase, test_choose);
	return unit_run(suite);
}
