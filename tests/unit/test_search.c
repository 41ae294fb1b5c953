/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corrections: what is changed, in which order, in which words, and how much. */
#include "core/decide/search.h"

#include "core/base/size.h"
#include "tests/unit/decisions.h"

static const struct {
	const char *declared, *asked;
	const struct dsfit_slurm *slurm;
	enum dsfit_action action;
	enum dsfit_obstacle obstacle;
	const char *corrected;		/* or NULL */
	const char *alternative;	/* the first, or NULL */
} demo_rows[] = {
	/* Fits as asked. */
	{ "model=13B zero=3", "gpus-per-node=a100_80g:4 nodes=1", &sbatch, DSFIT_PASS,
	  DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=350M", "gpus=1", &srun, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	/* More nodes of the named type, in the form that was used. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1-4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3-4 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gres=gpu:a100:4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gres=gpu:a100:4", NULL },
	{ "model=13B zero=3", "gpus=a100:4", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "--gpus=a100:12", NULL },
	{ "model=13B zero=3", "gpus=a100:4 nodes=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 3 --gpus=a100:12", NULL },
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks=4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-n 4 --gpus-per-task=a100:3", NULL },
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks-per-node=4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-task=a100:1", NULL },
	{ "model=13B zero=3", "tres-per-task=gres/gpu=4 constraint=net200 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	/* More GPUs on the node come before more nodes. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	/* Another type before more GPUs, where none was named. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100_80g:4", NULL },
	/* The mode that refuses, and the mode that the partition list leads to. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=gpu,strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p gpu,strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=preempt", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-p preempt -N 3 --gpus-per-node=a100:4", NULL },
	/* Tasks that were typed: up to them, and no further. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4 ntasks=1 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus=a100:12" },
	/* In slurmctld a batch job's count grows with the nodes, and srun has counted none. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &ctld_sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=3", &ctld_sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &ctld_srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &ctld_srun, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_LAUNCH, NULL, "-N 3 -n 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-task=a100:4 ntasks=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-n 3 --gpus-per-task=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4 ntasks=4 ntasks-per-gpu=1 nodes=1", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_TASKS, NULL,
	  "-N 3 -n 12 --ntasks-per-gpu=1 --gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &old_sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_TASKS, NULL,
	  "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4" },
	/* Tasks that take more nodes than were asked for: on these it fits as asked, and what is
	 * written holds them. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 ntasks-per-node=1 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 cpus-per-task=64 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=1", &old_sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=4", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 -n 4 --ntasks-per-node=4 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 ntasks-per-node=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 --ntasks-per-node=1 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 cpus-per-task=64", &ctld_sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 -c 64 --gpus-per-node=a100:4", NULL },
	{ "model=13B", "ntasks=3 ntasks-per-node=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  NULL, NULL },
	/* A constraint in brackets is one. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1 constraint=[net400]", &sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=2 nodes=1 constraint=net200*1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 -C \"net200*1\"", NULL },
	/* srun, and nodes that are named. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &srun, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_LAUNCH, NULL, "-N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4", &srun, DSFIT_REFUSE, DSFIT_OBSTACLE_LAUNCH, NULL,
	  "--gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_LIST, NULL, "-N 3 --gpus-per-node=a100:4" },
	/* What needs no more nodes is corrected there all the same. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	/* A network too slow: a faster one, or a refusal where the type rules that out. */
	{ "model=3B zero=3", "gpus-per-node=2 nodes=2", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 2 --gpus-per-node=2 -C net200", NULL },
	{ "model=3B zero=3", "gpus-per-node=rtx4090:2 nodes=2", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_MAY_CHANGE, NULL, "-N 2 --gpus-per-node=a100_80g:2" },
	/* Another partition only where none was named, and never away from the type. */
	{ "model=30B zero=3", "gpus-per-node=rtx4090:2", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_MAY_CHANGE, NULL, NULL },
	/* Only a model: the smallest that fits, with the memory it needs. */
	{ "model=350M", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B", "nodes=2", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "partition=strict", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL,
	  "-p strict -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G" },
	{ "model=13B", "ntasks=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 -n 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	/* A preemptible partition first for an experiment, unless one was named. */
	{ "model=13B goal=experiment", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-p preempt -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B goal=experiment", "partition=gpu", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-p gpu -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B goal=experiment zero=3", "gpus-per-node=a100:4 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	/* Nothing here is large enough. */
	{ "model=560B", "", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS, NULL, NULL },
	{ "model=560B", "gpus-per-node=a100:4 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_NOTHING_FITS, NULL, NULL },
	{ "model=560B", "exclusive=exclusive", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS,
	  NULL, NULL },
	{ "model=1000T", "gpus=16", &srun, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS, NULL,
	  NULL },
};

START_TEST(test_demo)
{
	struct dsfit_site *site = unit_site();
	const char *asked = demo_rows[_i].asked;
	struct dsfit_decision d;

	decide(site, demo_rows[_i].declared, asked, demo_rows[_i].slurm, &d);
	ck_assert_msg(d.action == demo_rows[_i].action, "%s: action %d, obstacle %d", asked,
		      d.action, d.obstacle);
	ck_assert_msg(d.obstacle == demo_rows[_i].obstacle, "%s: obstacle %d", asked, d.obstacle);
	if (demo_rows[_i].corrected)
		ck_assert_str_eq(say(&d.corrected.request), demo_rows[_i].corrected);
	if (demo_rows[_i].alternative) {
		ck_assert_uint_gt(d.alternative_count, 0);
		ck_assert_str_eq(say(&d.alternatives[0].request), demo_rows[_i].alternative);
	}
	ck_assert(d.nothing_asked == (d.asked.scope == DSFIT_GPUS_UNSET && !d.asked.exclusive));
	dsfit_site_free(site);
}
END_TEST

/* Memory is raised to the need in the scope that was used; GPUs and nodes stay. */
static const struct {
	const char *words, *begins, *ends;
	uint64_t per;			/* of that scope, on the node */
} memory_rows[] = {
	{ "gpus-per-node=a100:4 nodes=1 mem=8G", "-N 1 --gpus-per-node=a100:4 --mem=", "G", 1 },
	{ "gpus=a100:4 mem-per-gpu=8G", "--gpus=a100:4 --mem-per-gpu=", "G", 4 },
	{ "gres=gpu:a100:4 mem-per-cpu=1G cpus-per-task=8", "-c 8 --gres=gpu:a100:4 --mem-per-cpu=",
	  "G", 8 },
	{ "gpus=a100:4 mem-per-cpu=100 cpus-per-gpu=12",
	  "--cpus-per-gpu=12 --gpus=a100:4 --mem-per-cpu=", "G",
	  48 },
	{ "gpus=a100:4 mem-per-cpu=100 ntasks=4", "-n 4 --gpus=a100:4 --mem-per-cpu=", "G", 4 },
	{ "gpus-per-task=a100:1 ntasks-per-node=4 mem-per-cpu=1G cpus-per-task=2",
	  "--ntasks-per-node=4 -c 2 --gpus-per-task=a100:1 --mem-per-cpu=", "G", 8 },
	{ "ntasks=4 ntasks-per-gpu=1 constraint=net200 mem=8G", "-n 4 --ntasks-per-gpu=1 --mem=",
	  "", 1 },
};

START_TEST(test_memory)
{
	static const struct dsfit_slurm *const slurms[] = { &sbatch, &srun };
	struct dsfit_site *site = unit_site();
	const char *words = memory_rows[_i].words;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(slurms); i++) {
		struct dsfit_decision d;
		const char *text;
		uint64_t memory;

		decide(site, "model=7B zero=3 offload=cpu", words, slurms[i], &d);
		ck_assert_int_eq(d.assessment.host, DSFIT_EXCEEDS);
		ck_assert_msg(d.action == DSFIT_CORRECT, "%s", words);
		ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_MEMORY);
		text = say(&d.corrected.request);
		unit_assert_begins(text, memory_rows[_i].begins);
		unit_assert_has(text, memory_rows[_i].ends);
		memory = dsfit_mul(d.corrected.request.memory, memory_rows[_i].per);
		ck_assert_uint_ge(memory, d.assessment.account.host.high);
		/* The need, rounded up to what can be asked for, and not some larger sum. */
		ck_assert_uint_lt(memory, d.assessment.account.host.high +
					  memory_rows[_i].per * DSFIT_GIB);
	}
	dsfit_site_free(site);
}
END_TEST

/* --mem=0 has all there is: nothing to raise. More than a node has is not asked for. */
START_TEST(test_memory_of_a_node)
{
	struct dsfit_site *site = site_of("mode = correct\nnodes \"n\" { count = 2 gpu = h100 "
					  "gpus = 4 memory = 100GiB network = 400Gbps }\n");
	static const char *const asked[] = {
		"gpus-per-node=h100:4 nodes=1 mem=0", "gpus-per-node=h100:4 nodes=1 mem=90G",
		"gpus-per-node=h100:4 nodes=1",
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(asked); i++) {
		struct dsfit_decision d;

		decide(site, "model=7B zero=3 offload=cpu", asked[i], &sbatch, &d);
		ck_assert_int_eq(d.assessment.host, DSFIT_EXCEEDS);
		ck_assert_msg(!(d.action == DSFIT_CORRECT &&
				d.corrected.changes == DSFIT_CHANGE_MEMORY), "%s", asked[i]);
		if (d.action == DSFIT_CORRECT)
			ck_assert_uint_le(d.corrected.request.memory, 100 * DSFIT_GIB);
	}
	dsfit_site_free(site);
}
END_TEST

/* Where whole GiB are more than the node has, whole MiB still reach the need. */
START_TEST(test_memory_in_mib)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=7B zero=3 offload=cpu");
	struct dsfit_request r = ask("gpus-per-node=h100:4", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t need;

	dsfit_assess(site, &workload, &r, &a);
	need = a.account.host.high;
	dsfit_site_free(site);
	/* 64 CPUs a node: 64 GiB is the step of whole GiB, and the node has 1 GiB to spare. */
	site = site_of("mode = correct\nnodes \"n\" { gpu = h100 gpus = 4 memory = %lluB }\n",
		       (unsigned long long)(need + DSFIT_GIB));
	decide(site, "model=7B zero=3 offload=cpu",
	       "gpus-per-node=h100:4 nodes=1 mem-per-cpu=1M cpus-per-task=64", &sbatch, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_FITS);
	ck_assert_uint_ge(d.corrected.request.memory * 64, need);
	dsfit_site_free(site);
}
END_TEST

/* Scratch for what goes to NVMe, where it was asked for and is too little. */
START_TEST(test_scratch)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_decision d;

	decide(site, "model=13B zero=3 offload=nvme", "gpus-per-node=a100:4 nodes=1 tmp=10G",
	       &sbatch, &d);
	ck_assert_int_eq(d.assessment.nvme, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_SCRATCH);
	ck_assert_uint_ge(d.corrected.request.scratch, d.assessment.account.nvme.per_node);
	dsfit_site_free(site);
}
END_TEST

/* Each class's network is held against what its own GPUs need. */
START_TEST(test_network)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_decision d;

	decide(site, "model=3B zero=3", "gpus-per-node=2 nodes=2 constraint=net25|net200|net400",
	       &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_NETWORK);
	ck_assert_str_eq(d.corrected.request.features, "(net25|net200|net400)&(net200)");
	/* One node needs no network. */
	decide(site, "model=3B zero=3", "gpus-per-node=rtx4090:2 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_FITS);
	dsfit_site_free(site);
	/* A network that the site says nothing of is not held against it. */
	site = site_of("mode = correct\nnodes \"n\" { count = 2 gpu = h100 gpus = 8 "
		       "memory = 2048GiB }\n");
	decide(site, "model=3B zero=3", "gpus-per-node=2 nodes=2", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_UNKNOWN);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

/* Where no network is fast enough for comfort, the one that is not too slow will do. */
START_TEST(test_tight_network)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=3B zero=3");
	struct dsfit_request r = ask("gpus-per-node=a100:2 nodes=2", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t between;

	dsfit_assess(site, &workload, &r, &a);
	between = (a.account.network.low + a.account.network.required) / 2;
	dsfit_site_free(site);
	site = site_of("mode = correct may-change = {network}\n"
		       "nodes \"slow\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "network = 1Gbps features = {slow} }\n"
		       "nodes \"fair\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "network = %lluMbps features = {fair} }\n",
		       (unsigned long long)(between / 1000000));
	decide(site, "model=3B zero=3", "gpus-per-node=a100:2 nodes=2", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_str_eq(d.corrected.request.features, "fair");
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_TIGHT);
	dsfit_site_free(site);
}
END_TEST

/*
 * A request with everything wrong but its GPUs, on each class in turn: memory, scratch and network
 * of the class that is shown first, then memory and scratch of the other, whose one node holds what
 * two of the first do. The correction keeps the words in which it was asked.
 */
START_TEST(test_mended_five_times)
{
	struct dsfit_site *site = site_of(
		"mode = correct\n"
		"nodes \"a\" { count = 2 gpu = a100_80g gpus = 4 memory = 2000GiB scratch = 8TB "
		"network = 1Gbps features = {slow} }\n"
		"nodes \"b\" { count = 1 gpu = h200 gpus = 8 memory = 2000GiB scratch = 8TB "
		"network = 1Gbps features = {fast} }\n");
	struct dsfit_workload workload = train(site, "model=30B zero=3 offload=nvme");
	struct dsfit_request only_b = ask("gpus=8 constraint=fast", &sbatch);
	struct dsfit_assessment a, b;
	struct dsfit_decision d;
	uint64_t host, nvme;

	dsfit_assess(site, &workload, &only_b, &b);
	decide(site, "model=30B zero=3 offload=nvme", "gpus=8 mem=1G tmp=1G", &sbatch, &d);
	a = d.assessment;
	ck_assert_str_eq(a.class->name, "a");
	ck_assert_int_eq(a.gpu, DSFIT_FITS);
	ck_assert_int_eq(a.host, DSFIT_EXCEEDS);
	ck_assert_int_eq(a.nvme, DSFIT_EXCEEDS);
	ck_assert_int_eq(a.network, DSFIT_EXCEEDS);
	ck_assert_uint_gt(b.account.host.high, a.account.host.high + DSFIT_GIB);
	ck_assert_uint_gt(b.account.nvme.high, a.account.nvme.high + DSFIT_GIB);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	host = dsfit_div_up(b.account.host.high, DSFIT_GIB);
	nvme = dsfit_div_up(b.account.nvme.high, DSFIT_GIB);
	ck_assert_uint_eq(d.corrected.request.memory, host * DSFIT_GIB);
	ck_assert_uint_eq(d.corrected.request.scratch, nvme * DSFIT_GIB);
	ck_assert_str_eq(d.corrected.request.features, "fast");
	ck_assert_str_eq(d.corrected.request.gpu_type, "");
	ck_assert_uint_eq(d.corrected.request.gpus, 8);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_SCRATCH |
					       DSFIT_CHANGE_NETWORK);
	dsfit_site_free(site);
}
END_TEST

/* Cheaper first; an unknown price last; then fewer GPUs, fewer nodes, configuration order. */
START_TEST(test_order)
{
	static const struct {
		const char *nodes, *class;
	} rows[] = {
		{ "nodes \"x\" { gpu = h100 gres-type = x gpus = 4 memory = 1TB price = 9 }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 8 }\n",
		  "y" },
		{ "nodes \"x\" { gpu = h200 gres-type = x gpus = 4 memory = 1TB }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 80 }\n",
		  "y" },
		{ "nodes \"x\" { gpu = h100 gres-type = x gpus = 4 memory = 1TB price = 8 }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 8 }\n",
		  "x" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("mode = correct\n%s", rows[i].nodes);
		struct dsfit_decision d;

		decide(site, "model=350M", "", &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_CORRECT);
		ck_assert_str_eq(d.corrected.request.gpu_type, rows[i].class);
		ck_assert_uint_eq(d.corrected.assessment.layout.gpus, 1);
		dsfit_site_free(site);
	}
}
END_TEST

/* Another partition, where none was named; there its policy counts. */
START_TEST(test_other_partition)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	static const struct {
		const char *asked, *large;
		enum dsfit_action action;
	} rows[] = {
		{ "gpus-per-node=4 nodes=1", "", DSFIT_CORRECT },
		{ "gpus-per-node=4 nodes=1", "refuse-tight = true", DSFIT_REFUSE },
		{ "gpus-per-node=4 nodes=1 partition=day", "", DSFIT_REFUSE },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of(
			"mode = correct may-change = {partition}\n"
			"gpu \"card\" { memory = %lluB }\ngpu \"toy\" { memory = 4GiB }\n"
			"nodes \"small\" { gpu = toy gpus = 4 memory = 1TB partitions = {day} }\n"
			"nodes \"big\" { gpu = card gpus = 4 memory = 1TB partitions = {night} }\n"
			"partition \"day\" { default = true }\npartition \"night\" { %s }\n",
			(unsigned long long)(need.low + need.high) / 2, rows[i].large);
		struct dsfit_decision d;

		decide(site, "model=13B zero=3", rows[i].asked, &sbatch, &d);
		ck_assert_msg(d.action == rows[i].action, "%s %s: %d", rows[i].asked,
			      rows[i].large, d.action);
		if (d.action == DSFIT_CORRECT)
			ck_assert_str_eq(d.corrected.request.partition, "night");
		dsfit_site_free(site);
	}
}
END_TEST

/* GPUs of a whole job must not spread over nodes that srun has no tasks for. */
START_TEST(test_bound_elsewhere)
{
	struct dsfit_site *site = site_of(
		"mode = correct\n"
		"nodes \"big\" { count = 2 gpu = a100 gres-type = big gpus = 8 memory = 1TB "
		"network = 800Gbps }\n"
		"nodes \"two\" { count = 8 gpu = h100 gres-type = two gpus = 2 memory = 1TB "
		"network = 800Gbps }\n");
	struct dsfit_decision d;

	decide(site, "model=10B zero=3", "gpus=2", &srun, &d);
	ck_assert_int_eq(d.assessment.overall, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_str_eq(d.corrected.request.gpu_type, "big");
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search");

	add_loop(suite, "demo", test_demo, DSFIT_ARRAY_SIZE(demo_rows));
	add_loop(suite, "memory", test_memory, DSFIT_ARRAY_SIZE(memory_rows));
	add_all(suite, "one by one", (const TTest *const[]){
		test_memory_of_a_node, test_memory_in_mib, test_scratch, test_network,
		test_tight_network, test_mended_five_times, test_order, test_other_partition,
		test_bound_elsewhere, NULL,
	});
	return unit_run(suite);
}
