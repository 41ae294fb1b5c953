/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who starts a job's processes, and that a correction leaves none of its GPUs without one. */
#include "core/request/processes.h"

#include "core/request/resize.h"
#include "tests/unit/decisions.h"

START_TEST(test_launches)
{
	static const struct {
		const char *words;
		enum dsfit_launch launch;
	} rows[] = {
		{ "gpus-per-node=a100:4", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-node=a100:4 nodes=2", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-node=a100:4 nodes=2 ntasks=2", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-node=a100:4 nodes=2 ntasks-per-node=1", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-node=a100:1", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus=a100:8", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus=a100:8 ntasks=2", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-task=a100:4 ntasks=2", DSFIT_LAUNCH_LAUNCHER },
		{ "gpus-per-node=a100:4 ntasks-per-node=4", DSFIT_LAUNCH_TASKS },
		{ "gpus-per-node=a100:4 nodes=2 ntasks=8", DSFIT_LAUNCH_TASKS },
		{ "gpus=a100:8 ntasks=8", DSFIT_LAUNCH_TASKS },
		{ "gpus=a100:4 ntasks-per-gpu=1", DSFIT_LAUNCH_TASKS },
		{ "gpus-per-task=a100:1 ntasks=4", DSFIT_LAUNCH_TASKS },
		{ "gpus-per-task=a100:1", DSFIT_LAUNCH_TASKS },
		{ "gpus-per-node=a100:4 ntasks=8 ntasks-per-node=4", DSFIT_LAUNCH_TASKS },
		{ "gpus=a100:8 ntasks-per-node=4", DSFIT_LAUNCH_TASKS },
		{ "gpus-per-node=a100:4 ntasks-per-node=2", DSFIT_LAUNCH_OTHER },
		{ "gpus-per-node=a100:4 ntasks=8", DSFIT_LAUNCH_OTHER },
		{ "gpus=a100:4 ntasks-per-gpu=2", DSFIT_LAUNCH_OTHER },
		{ "gpus-per-task=a100:2 ntasks=2", DSFIT_LAUNCH_OTHER },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_layout layout;

		ck_assert(dsfit_place(site, &r, class_of(site, "a100"), &layout));
		ck_assert_msg(dsfit_launch_of(&r, &layout) == rows[i].launch, "%s: %d",
			      rows[i].words, dsfit_launch_of(&r, &layout));
		/* The request alone says it, too. */
		ck_assert_msg(dsfit_one_task_per_gpu(&r) == (rows[i].launch == DSFIT_LAUNCH_TASKS),
			      "%s", rows[i].words);
	}
	dsfit_site_free(site);
}
END_TEST

/* What 13B becomes that does not fit on as many a100 as asked for. "": it is refused. */
START_TEST(test_corrections)
{
	static const struct {
		const char *words;
		const struct dsfit_slurm *slurm;
		const char *to, *instead;
	} rows[] = {
		/* One task a node: GPUs and nodes are raised, and torchrun finds them. */
		{ "gpus-per-node=a100:4 nodes=1", &sbatch, "-N 3 --gpus-per-node=a100:4", NULL },
		{ "gpus-per-node=a100_80g:2 nodes=1", &sbatch, "-N 1 --gpus-per-node=a100_80g:4",
		  NULL },
		/* One task a GPU: the tasks are raised too, where that can be. */
		{ "gpus=a100_80g:2 ntasks=2", &ctld_sbatch, "-n 4 --gpus=a100_80g:4", NULL },
		{ "gpus-per-task=a100_80g:1 ntasks=2", &ctld_sbatch,
		  "-n 4 --gpus-per-task=a100_80g:1", NULL },
		{ "gpus-per-node=a100_80g:2 nodes=1 ntasks=2", &ctld_sbatch,
		  "-N 1 -n 4 --gpus-per-node=a100_80g:4", NULL },
		{ "gpus=a100_80g:2 ntasks=2", &sbatch, "", "-n 4 --gpus=a100_80g:4" },
		{ "gpus-per-task=a100_80g:1 ntasks=2", &sbatch, "",
		  "-n 4 --gpus-per-task=a100_80g:1" },
		/* Without a number of tasks Slurm starts one on each node. */
		{ "gpus-per-task=a100_80g:1", &sbatch, "-N 4 --gpus-per-task=a100_80g:1", NULL },
		/* No plugin can change --ntasks-per-node, but it holds on more nodes, too. */
		{ "gpus-per-node=a100_80g:2 ntasks-per-node=2 nodes=1", &ctld_sbatch,
		  "-N 2 --ntasks-per-node=2 --gpus-per-node=a100_80g:2", NULL },
		{ "gpus-per-node=a100_80g:2 ntasks-per-node=2 nodes=1", &old_sbatch, "",
		  "-N 1 --ntasks-per-node=4 --gpus-per-node=a100_80g:4" },
		{ "gpus-per-task=a100_80g:1 ntasks=2 ntasks-per-node=2", &ctld_sbatch,
		  "-n 4 --ntasks-per-node=2 --gpus-per-task=a100_80g:1", NULL },
		{ "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &sbatch,
		  "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4", NULL },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		const char *got;
		struct dsfit_decision d;

		decide(site, "model=13B zero=3", rows[i].words, rows[i].slurm, &d);
		got = d.action == DSFIT_CORRECT ? say(&d.corrected.request) : "";
		ck_assert_msg(!strncmp(got, rows[i].to, strlen(rows[i].to)) &&
			      (*got || !*rows[i].to), "%s: %s", rows[i].words, got);
		if (!rows[i].instead)
			continue;
		ck_assert_msg(d.action == DSFIT_REFUSE, "%s: %s", rows[i].words, got);
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_PROCESSES);
		got = say(&d.alternatives[0].request);
		ck_assert_msg(!strncmp(got, rows[i].instead, strlen(rows[i].instead)), "%s: %s",
			      rows[i].words, got);
	}
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("processes");

	add_all(suite, "processes", (const TTest *const[]){
		test_launches, test_corrections, NULL,
	});
	return unit_run(suite);
}
