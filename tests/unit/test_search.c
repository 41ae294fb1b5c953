/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corrections: what is changed, in which order, in which form, and by how much. */
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
	/* More nodes of the requested type, in the form that was typed. */
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
	/* Never 12 GPUs for 4 processes. */
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks=4", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_PROCESSES, NULL, "-n 12 --gpus-per-task=a100:1" },
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks-per-node=4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-task=a100:1", NULL },
	{ "model=13B zero=3", "tres-per-task=gres/gpu=4 constraint=net200 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	/* More GPUs on the node come before more nodes. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	/* If no type was named, another type comes before more GPUs. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100_80g:4", NULL },
	/* The mode that refuses, and the strictest mode of a list of partitions. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=gpu,strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p gpu,strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=preempt", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-p preempt -N 3 --gpus-per-node=a100:4", NULL },
	/* With a typed task count, nodes are raised at most to it. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4 ntasks=1 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus=a100:12" },
	/* In slurmctld a batch job's task count grows with the nodes, and so do srun's tasks if no
	 * count was typed. */
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
	  DSFIT_REFUSE, DSFIT_OBSTACLE_PROCESSES, NULL,
	  "-N 3 -n 12 --ntasks-per-gpu=1 --gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &old_sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_TASKS, NULL,
	  "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4" },
	/* The tasks need more nodes than were asked for. On these the request fits as it is, and a
	 * proposed request has them. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 ntasks-per-node=1 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 cpus-per-task=64 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=1", &old_sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=4", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_PROCESSES, NULL,
	  "-N 3 -n 12 --ntasks-per-node=4 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 ntasks-per-node=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 --ntasks-per-node=1 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 cpus-per-task=64", &ctld_sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 -c 64 --gpus-per-node=a100:4", NULL },
	{ "model=13B", "ntasks=3 ntasks-per-node=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  NULL, NULL },
	/* A constraint in brackets counts like any other. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1 constraint=[net400]", &sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=2 nodes=1 constraint=net200*1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 -C \"net200*1\"", NULL },
	/* srun, and requests with a node list. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &srun, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_LAUNCH, NULL, "-N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4", &srun, DSFIT_REFUSE, DSFIT_OBSTACLE_LAUNCH, NULL,
	  "--gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_LIST, NULL, "-N 3 --gpus-per-node=a100:4" },
	/* A correction without more nodes is still made there. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-w a100-0 -N 1 --gpus-per-node=a100:4", NULL },
	/* A network on which it waits is no misfit. */
	{ "model=3B zero=3", "gpus-per-node=2 nodes=2", &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE,
	  NULL, NULL },
	{ "model=27B zero=3", "gpus-per-node=h100:8 nodes=2", &sbatch, DSFIT_PASS,
	  DSFIT_NO_OBSTACLE, NULL, NULL },
	/* Where no larger request fits, no change is to blame: here less is needed. */
	{ "model=13B zero=3 offload=nvme", "gpus-per-node=a100:4 nodes=1 tmp=9T", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_OTHER, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4096 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_OTHER, NULL, NULL },
	/* Another partition only if none was named, and never one without the requested type. */
	{ "model=30B zero=3", "gpus-per-node=rtx4090:2", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_MAY_CHANGE, NULL, NULL },
	/* Only a model: the smallest request that fits, with the memory that it needs. */
	{ "model=350M", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=11G", NULL },
	{ "model=13B", "nodes=2", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "partition=strict", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL,
	  "-p strict -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=11G" },
	{ "model=13B", "ntasks=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 -n 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=11G", NULL },
	/* For an experiment a preemptible partition comes first, unless a partition was named. */
	{ "model=13B goal=experiment", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-p preempt -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=11G", NULL },
	{ "model=13B goal=experiment", "partition=gpu", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-p gpu -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=11G", NULL },
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

/* Memory is raised to the need in the option that was typed. GPUs and nodes do not change. */
static const struct {
	const char *words, *begins, *ends;
	uint64_t per;			/* GPUs, CPUs or 1: how often the node has the value */
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
		/* The need, rounded up to a value that can be requested, and no more. */
		ck_assert_uint_lt(memory, d.assessment.account.host.high +
					  memory_rows[_i].per * DSFIT_GIB);
	}
	dsfit_site_free(site);
}
END_TEST

/* --mem=0 means all of the node's memory, so there is nothing to raise. A correction never asks for
 * more than a node has. */
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

/* If whole GiB per CPU are more than the node has, MiB are used. */
START_TEST(test_memory_in_mib)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=7B zero=3 offload=cpu");
	struct dsfit_request r = ask("gpus-per-node=h100:4", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t need;

	assess(site, &workload, &r, &a);
	need = a.account.host.high;
	dsfit_site_free(site);
	/* With 64 CPUs, 1 GiB more per CPU is 64 GiB, but the node has only 1 GiB to spare. */
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

/* A node may have any number of GPUs, and a search goes beyond 64 of them. */
START_TEST(test_many_gpus)
{
	struct dsfit_site *site = site_of("mode = correct\n"
					  "nodes \"n\" { gpu = h100 gpus = 256 }\n");
	struct dsfit_decision d;

	decide(site, "model=300B zero=3", "gpus-per-node=h100:32 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	unit_assert_begins(say(&d.corrected.request), "-N 1 --gpus-per-node=h100:128 ");
	dsfit_site_free(site);
}
END_TEST

/* --tmp is raised if it is too little for the states on NVMe. */
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

/* The demo's nodes, but the workstations have this network. */
static struct dsfit_site *site_with_slow(const char *network, const char *policy)
{
	return site_of("mode = correct\n%s\n"
		       "nodes \"ws\" { count = 4 gpu = rtx4090 gpus = 2 memory = 125GiB "
		       "network = %s features = {slow} }\n"
		       "nodes \"a100x\" { count = 4 gpu = a100_80g gpus = 4 memory = 1000GiB "
		       "network = 200Gbps features = {net200} }\n"
		       "nodes \"h100\" { count = 2 gpu = h100 gpus = 8 memory = 2000GiB "
		       "network = 400Gbps features = {net400} }\n", policy, network);
}

/* A network that is too slow: a faster one, or a refusal where the type rules that out. */
static const struct {
	const char *network, *policy, *declared;
	enum dsfit_action action;		/* untyped, and typed also refused */
} network_rows[] = {
	{ "10Gbps", "", "model=3B zero=3", DSFIT_CORRECT },
	{ "25Gbps", "", "model=3B zero=3", DSFIT_PASS },
	{ "25Gbps", "", "model=3B zero=3 batch=1 seq=2048", DSFIT_PASS },
	{ "25Gbps", "network = wait", "model=3B zero=3", DSFIT_PASS },
	{ "25Gbps", "network = wait", "model=3B zero=3 batch=1 seq=2048", DSFIT_CORRECT },
	/* More samples at once wait less. */
	{ "25Gbps", "network = wait", "model=3B zero=3 batch=64 seq=2048", DSFIT_PASS },
};

START_TEST(test_networks)
{
	struct dsfit_site *site = site_with_slow(network_rows[_i].network,
						 network_rows[_i].policy);
	bool misfit = network_rows[_i].action == DSFIT_CORRECT;
	const char *declared = network_rows[_i].declared;
	struct dsfit_decision d;

	decide(site, declared, "gpus-per-node=2 nodes=2 constraint=slow|net200|net400", &sbatch,
	       &d);
	if (!strstr(declared, "batch=64")) {
		ck_assert_int_eq(d.action, network_rows[_i].action);
		ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	}
	if (misfit) {
		ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_NETWORK);
		unit_assert_begins(d.corrected.request.features, "(slow|net200|net400)&(net");
		decide(site, declared, "gpus-per-node=rtx4090:2 nodes=2", &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_MAY_CHANGE);
		ck_assert_str_eq(say(&d.alternatives[0].request),
				 "-N 2 --gpus-per-node=a100_80g:2");
	}
	/* One node needs no network. */
	decide(site, "model=350M batch=1 seq=2048", "gpus-per-node=rtx4090:2 nodes=1", &sbatch,
	       &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_FITS);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

/* A network that the site says nothing of is not held against a job. */
START_TEST(test_unknown_network)
{
	struct dsfit_site *site = site_of("mode = correct network = wait\n"
					  "nodes \"n\" { count = 2 gpu = h100 gpus = 8 "
					  "memory = 2048GiB }\n");
	struct dsfit_decision d;

	decide(site, "model=3B zero=3 batch=1 seq=2048", "gpus-per-node=2 nodes=2", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_UNKNOWN);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

/* If no network makes the verdict "fits", one with "tight" is enough. */
START_TEST(test_tight_network)
{
	const char *declared = "model=3B zero=3 batch=1 seq=2048";
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request r = ask("gpus-per-node=a100:2 nodes=2", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t between;

	assess(site, &workload, &r, &a);
	between = (a.account.network.low + a.account.network.required) / 2;
	dsfit_site_free(site);
	for (int wait = 0; wait < 2; wait++) {
		site = site_of("mode = correct may-change = {network} %s\n"
			       "nodes \"slow\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
			       "network = 1Gbps features = {slow} }\n"
			       "nodes \"fair\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
			       "network = %lluMbps features = {fair} }\n",
			       wait ? "network = wait" : "",
			       (unsigned long long)(between / 1000000));
		decide(site, declared, "gpus-per-node=a100:2 nodes=2", &sbatch, &d);
		ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
		ck_assert_int_eq(d.action, DSFIT_CORRECT);
		ck_assert_str_eq(d.corrected.request.features, "fair");
		ck_assert_int_eq(d.corrected.assessment.network, DSFIT_TIGHT);
		ck_assert_int_eq(d.corrected.assessment.overall, wait ? DSFIT_TIGHT : DSFIT_FITS);
		dsfit_site_free(site);
	}
}
END_TEST

/*
 * Only the GPUs of the request are right. Memory, scratch and network are wrong for the class that
 * is shown first, then memory and scratch for the other class, one node of which holds as much as
 * two of the first. The correction keeps the form of the request.
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

	assess(site, &workload, &only_b, &b);
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

/* Another partition if none was named. The policy of that partition applies. */
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
		{ "gpus-per-node=4 nodes=1", "only-named = true", DSFIT_REFUSE },
		{ "gpus-per-node=4 nodes=1 partition=night", "only-named = true", DSFIT_PASS },
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

/* Slurm reads a constraint after the plugins: its count may be any number. */
START_TEST(test_endless_counts)
{
	static const char *const forms[] = {
		"gpus-per-task=1", "gpus-per-task=1 ntasks-per-node=2", "gpus-per-node=1",
		"gpus-per-node=a100:4", "gpus=4", "gpus=4 ntasks-per-gpu=1", "gpus-per-task=4",
		"exclusive=node",
	};
	static const char *const counts[] = {
		"18446744073709551614", "18446744073709551615", "99999999999999999999999",
	};
	struct dsfit_site *site = site_of("mode = correct\nnodes \"n\" { count = 4 gpu = a100 "
					  "gpus = 4 memory = 512GiB network = 200Gbps "
					  "features = {net200} }\n");
	struct dsfit_decision d;
	char words[256];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(forms) * DSFIT_ARRAY_SIZE(counts); i++) {
		snprintf(words, sizeof(words), "%s constraint=net200*%s",
			 forms[i % DSFIT_ARRAY_SIZE(forms)], counts[i / DSFIT_ARRAY_SIZE(forms)]);
		decide(site, "model=8B zero=3", words, &ctld_sbatch, &d);
		ck_assert_msg(d.action == DSFIT_REFUSE, "%s: %d", words, d.action);
	}
	dsfit_site_free(site);
}
END_TEST

/* However many classes a site has, each unlike the others, slurmctld's budget is enough. */
START_TEST(test_many_classes)
{
	static const char *const cards[] = {
		"rtx3090", "rtx4090", "a40", "a100", "a100_80g", "h100", "h200",
	};
	static const struct {
		const char *declared, *asked;
	} rows[] = {
		{ "model=70B", "gpus=8" }, { "model=7B", "gpus=2" },
		{ "model=70B zero=3", "gpus-per-node=8" },
		{ "model=7B zero=3", "gpus-per-node=rtx4090:2" },
		{ "model=70B zero=3 offload=cpu", "gpus-per-node=a100:1 nodes=1" },
		{ "model=13B batch=16", "gpus-per-task=1" }, { "model=1000T", "gpus=4" },
		{ "model=30B zero=3 offload=nvme", "gpus-per-node=1 tmp=1G mem=1G" },
		{ "model=180B", "" },
	};
	char text[24576] = "mode = correct\n";
	size_t length = strlen(text);
	struct dsfit_site *site;

	for (unsigned i = 0; i < (unsigned)_i; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length,
			"nodes \"n%u\" { gpu = %s gpus = %u count = %u memory = %uGiB "
			"scratch = %uGiB network = %uGbps price = %u cpus = 64 "
			"features = {rack%u, net%u} }\n", i,
			cards[i % DSFIT_ARRAY_SIZE(cards)], 1u << i % 4, 1 + i % 23, 128 + 8 * i,
			500 + 7 * i, 25 + i * 13 % 400, 1 + i % 40, i % 10, 25 + i * 13 % 400);
	ck_assert_uint_lt(length, sizeof(text));
	site = site_of("%s", text);
	ck_assert_uint_eq(site->class_count, (size_t)_i);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_gate gate = open_gate;
		struct dsfit_decision d, ample;

		decide(site, rows[i].declared, rows[i].asked, &sbatch, &d);
		gate.budget = 1000 * site->controller_budget;
		decide_with(site, rows[i].declared, rows[i].asked, &sbatch, &gate, &ample);
		ck_assert_msg(d.budget.classes && d.budget.layouts, "%s, %s: budget spent",
			      rows[i].declared, rows[i].asked);
		ck_assert_int_eq(d.action, ample.action);
		ck_assert_int_eq(d.obstacle, ample.obstacle);
		ck_assert_str_eq(say(&d.corrected.request), say(&ample.corrected.request));
		ck_assert_int_eq(d.action, strcmp(rows[i].declared, "model=1000T") ?
						   DSFIT_CORRECT : DSFIT_REFUSE);
	}
	dsfit_site_free(site);
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
	add_loop(suite, "networks", test_networks, DSFIT_ARRAY_SIZE(network_rows));
	tcase_add_loop_test(unit_folder_case(suite, "24 classes"), test_many_classes, 24, 25);
	tcase_add_loop_test(unit_folder_case(suite, "100 classes"), test_many_classes, 100, 101);
	add_loop(suite, "memory", test_memory, DSFIT_ARRAY_SIZE(memory_rows));
	add_all(suite, "one by one", (const TTest *const[]){
		test_memory_of_a_node, test_memory_in_mib, test_many_gpus, test_scratch,
		test_unknown_network,
		test_tight_network, test_mended_five_times, test_order, test_other_partition,
		test_bound_elsewhere, test_endless_counts, NULL,
	});
	return unit_run(suite);
}
