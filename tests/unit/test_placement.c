/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a request may land, and what it gets there. */
#include "core/request/placement.h"

#include "core/base/size.h"
#include "core/decide/assess.h"
#include "tests/unit/jobs.h"

static const struct {
	const char *class, *words;
	bool placed;
	uint64_t nodes, per_node, gpus;
} places[] = {
	/* GPUs per node. */
	{ "a100", "gpus-per-node=4", true, 1, 4, 4 },
	{ "a100", "gpus-per-node=5", false, 0, 0, 0 },
	{ "h100", "gpus-per-node=5", true, 1, 5, 5 },
	{ "a100", "gpus-per-node=a100:4 nodes=4", true, 4, 4, 16 },
	{ "a100", "gpus-per-node=a100:4 nodes=5", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=a100:2 nodes=2-9", true, 2, 2, 4 },
	{ "a100", "gpus-per-node=h100:4", false, 0, 0, 0 },
	{ "a100x", "gpus-per-node=a100:4", false, 0, 0, 0 },
	{ "h100", "gpus-per-node=8 nodes=3", false, 0, 0, 0 },
	/* GPUs per job: as many nodes as they need, if the request allows them. */
	{ "a100", "gpus=4", true, 1, 4, 4 },
	{ "a100", "gpus=8", true, 2, 4, 8 },
	{ "h100", "gpus=8", true, 1, 8, 8 },
	{ "a100", "gpus=5", true, 2, 4, 5 },
	{ "a100", "gpus=4 nodes=2", true, 2, 3, 4 },
	{ "a100", "gpus=4 nodes=3", true, 3, 2, 4 },
	{ "a100", "gpus=4 nodes=1-2", true, 1, 4, 4 },
	{ "a100", "gpus=8 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus=8 nodes=1-2", true, 2, 4, 8 },
	{ "a100", "gpus=8 nodes=1-0", true, 2, 4, 8 },
	{ "a100", "gpus=8 nodes=4", true, 4, 4, 8 },
	{ "a100", "gpus=16", true, 4, 4, 16 },
	{ "a100", "gpus=17", false, 0, 0, 0 },
	{ "a100", "gpus=10000000", false, 0, 0, 0 },
	{ "a100", "ntasks=8 ntasks-per-gpu=2", true, 1, 4, 4 },
	/* A node runs as many tasks as its GPUs allow. */
	{ "a100", "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1 nodes=3", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=2 ntasks=8 ntasks-per-gpu=2", true, 2, 2, 4 },
	{ "a100", "gpus-per-node=4 ntasks=8 ntasks-per-gpu=1 ntasks-per-node=2", true, 4, 4, 16 },
	/* GPUs per task: the GPUs of a task are on one node. */
	{ "a100", "gpus-per-task=1 ntasks=4", true, 1, 4, 4 },
	{ "a100", "gpus-per-task=1 ntasks=8", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=3 ntasks=2", true, 2, 3, 6 },
	{ "a100", "gpus-per-task=8 ntasks=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=2 ntasks=4 nodes=4", true, 4, 2, 8 },
	{ "a100", "gpus-per-task=2 ntasks=4 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=1 ntasks-per-node=4 nodes=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=2 ntasks-per-node=4 nodes=2", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=3 ntasks-per-node=2", false, 0, 0, 0 },
	{ "h100", "gpus-per-task=2 ntasks-per-node=4 nodes=2", true, 2, 8, 16 },
	{ "a100", "gpus-per-task=4 nodes=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=4", true, 1, 4, 4 },
	/* As many nodes as the tasks need, because of --ntasks-per-node or their CPUs. */
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=5 ntasks-per-node=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=1-4", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=2", false, 0, 0, 0 },
	/* No more nodes than tasks. */
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=4", true, 3, 4, 12 },
	{ "a100", "gpus-per-task=1 ntasks=2 nodes=4", true, 2, 1, 2 },
	/* And one GPU on each. */
	{ "a100", "gpus=2 nodes=3", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=64", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=40", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=32", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=65", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=100", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=100 cpus-per-gpu=2", true, 1, 4, 4 },
	{ "h100", "gpus-per-node=4 ntasks=3 cpus-per-task=40", true, 2, 4, 8 },
	{ "a100", "gpus=8 ntasks=4 ntasks-per-node=1", true, 4, 4, 8 },
	{ "a100", "gpus-per-task=1 ntasks=4 ntasks-per-node=2", true, 2, 2, 4 },
	{ "a100", "exclusive=exclusive ntasks=4 ntasks-per-node=2", true, 2, 4, 8 },
	/* --exclusive: all GPUs of the node. */
	{ "a100", "exclusive=exclusive", true, 1, 4, 4 },
	{ "h100", "exclusive=exclusive nodes=2", true, 2, 8, 16 },
	{ "h100", "exclusive=exclusive nodes=3", false, 0, 0, 0 },
	{ "a100", "exclusive=user", false, 0, 0, 0 },
	/* And all its CPUs: memory per GPU and CPU, and CPUs per GPU, count all of the node. */
	{ "a100", "exclusive=exclusive gpus-per-node=1 mem-per-gpu=125G", true, 1, 1, 1 },
	{ "a100", "exclusive=exclusive gpus-per-node=1 mem-per-gpu=126G", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive gpus=1 mem-per-gpu=126G", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive mem-per-cpu=8000", true, 1, 4, 4 },
	{ "a100", "exclusive=exclusive mem-per-cpu=8001", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive gpus-per-node=2 mem-per-cpu=8001", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive gpus-per-node=2 cpus-per-gpu=16", true, 1, 2, 2 },
	{ "a100", "exclusive=exclusive gpus-per-node=2 cpus-per-gpu=17", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive gpus=2 cpus-per-gpu=17", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive gpus-per-task=1 ntasks=2 cpus-per-gpu=17", false, 0, 0, 0 },
	{ "a100", "exclusive=exclusive ntasks=64 gpus-per-node=2", true, 1, 2, 2 },
	{ "a100", "", false, 0, 0, 0 },
	/* Features, partitions, memory, scratch. */
	{ "a100", "gpus=1 constraint=net200", true, 1, 1, 1 },
	{ "a100", "gpus=1 constraint=net400", false, 0, 0, 0 },
	{ "a100", "gpus=1 constraint=net25|net200", true, 1, 1, 1 },
	{ "a100", "gpus=1 constraint=[net400]", false, 0, 0, 0 },
	{ "a100", "gpus=1 constraint=net400*1", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=1 constraint=net400*1 nodes=2", true, 2, 1, 2 },
	{ "a100", "gpus-per-node=1 constraint=net400*1 nodes=1-2", true, 1, 1, 1 },
	/* As many nodes as the constraint counts. */
	{ "a100", "gpus-per-node=4 constraint=net200*3", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 constraint=[net200*2&net400*1]", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 constraint=net200*3 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus=1 partition=preempt", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem=512000", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem=512001", false, 0, 0, 0 },
	{ "a100", "gpus=1 mem=0", true, 1, 1, 1 },
	{ "a100", "gpus=4 mem-per-gpu=125G", true, 1, 4, 4 },
	/* GPUs that have no room on one node spread over several. */
	{ "a100", "gpus=4 mem-per-gpu=126G", true, 2, 3, 4 },
	{ "a100", "gpus=4 mem-per-gpu=200G", true, 2, 2, 4 },
	{ "a100", "gpus=4 mem-per-gpu=126G nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus=4 mem-per-gpu=501G", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 mem-per-gpu=126G", false, 0, 0, 0 },
	{ "a100", "gpus=4 cpus-per-gpu=20", true, 2, 3, 4 },
	{ "a100", "gpus=4 cpus-per-gpu=20 nodes=1-2", true, 2, 3, 4 },
	{ "a100", "gpus=8 cpus-per-gpu=20 nodes=2", false, 0, 0, 0 },
	{ "a100", "gpus=4 cpus-per-gpu=65", false, 0, 0, 0 },
	{ "a100", "gpus=4 ntasks=4 cpus-per-task=20", true, 2, 3, 4 },
	{ "a100", "gpus=8 ntasks=8 cpus-per-task=20", true, 3, 4, 8 },
	{ "a100", "gpus-per-task=1 ntasks=8 cpus-per-task=20", true, 3, 3, 8 },
	{ "a100", "gpus-per-task=1 ntasks=4 nodes=2", true, 2, 3, 4 },
	{ "a100", "gpus-per-task=3 ntasks=4 ntasks-per-node=4", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=1 ntasks=2 ntasks-per-node=4", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=1 ntasks=6 ntasks-per-node=4", true, 2, 4, 6 },
	{ "a100", "gpus=1 mem-per-cpu=20G cpus-per-task=25", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem-per-cpu=20G cpus-per-task=26", false, 0, 0, 0 },
	{ "a100", "gpus=4 mem-per-cpu=20G cpus-per-gpu=7", true, 2, 3, 4 },
	{ "a100", "gpus=4 mem-per-cpu=10G cpus-per-gpu=16", true, 2, 3, 4 },
	{ "a100", "gpus=1 tmp=4000000", true, 1, 1, 1 },
	{ "a100", "gpus=1 tmp=4000001", false, 0, 0, 0 },
};

/* --ntasks-per-node is the most, and so are the CPUs. */
START_TEST(test_nodes_of_tasks)
{
	const struct dsfit_node_class class = { .cpus = 16 }, unknown = { .cpus = 0 };
	const struct dsfit_request request = { .tasks = 16, .tasks_per_node = 8,
					       .cpus_per_task = 4 };

	ck_assert_uint_eq(dsfit_nodes_least(&request, &class), 4);
	ck_assert_uint_eq(dsfit_nodes_least(&request, &unknown), 2);
}
END_TEST

START_TEST(test_places)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_request r = ask(places[_i].words, &sbatch);
	struct dsfit_layout layout = { 0 };
	bool placed = dsfit_place(site, &r, class_of(site, places[_i].class), &layout);

	ck_assert_msg(placed == places[_i].placed, "%s", places[_i].words);
	if (placed)
		ck_assert_msg(layout.nodes == places[_i].nodes &&
			      layout.gpus_per_node == places[_i].per_node &&
			      layout.gpus == places[_i].gpus, "%s: %llu nodes, %llu, %llu GPUs",
			      places[_i].words, (unsigned long long)layout.nodes,
			      (unsigned long long)layout.gpus_per_node,
			      (unsigned long long)layout.gpus);
	dsfit_site_free(site);
}
END_TEST

/* The largest number of GPUs that a request may get. */
START_TEST(test_most_gpus)
{
	static const struct {
		const char *words;
		uint64_t gpus;
	} rows[] = {
		{ "", 0 },
		{ "ntasks=8", 0 },
		{ "gpus-per-node=a100:4", 4 },
		{ "gpus-per-node=a100:4 nodes=2", 8 },
		{ "gpus=6", 6 },
		/* The largest number of nodes that it allows, if the site has them. */
		{ "gpus-per-node=a100:4 nodes=1-4", 16 },
		{ "gpus-per-node=a100:4 nodes=1-100", 16 },
		{ "gpus-per-node=4 nodes=1-100 constraint=net400", 12 },
		{ "gpus=6 nodes=1-4", 6 },
		{ "gpus-per-task=2 nodes=1-3", 6 },
		{ "gpus-per-task=a100:2 ntasks=2 nodes=1-3", 4 },
		/* As many as its tasks need, or its constraint counts. */
		{ "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=1", 16 },
		{ "gpus-per-node=a100:4 ntasks=4 cpus-per-task=64", 16 },
		{ "gpus-per-node=a100:4 ntasks=4 mem-per-cpu=200G", 16 },
		{ "gpus-per-node=2 constraint=[net25*2&net200*1]", 6 },
		{ "gpus-per-node=4 constraint=[net200*3&net400*2]", 20 },
		/* --exclusive: all GPUs of the nodes. */
		{ "exclusive=exclusive", 8 },
		{ "exclusive=exclusive nodes=2", 16 },
		{ "exclusive=exclusive nodes=1-2 constraint=net25", 4 },
		{ "exclusive=exclusive nodes=5", 40 },
		{ "exclusive=exclusive gpus-per-node=h100:1 nodes=1", 8 },
		{ "exclusive=exclusive gpus=h100:1", 8 },
		{ "exclusive=exclusive gpus=0", 8 },
		{ "exclusive=exclusive gpus-per-node=0 nodes=2", 16 },
		{ "exclusive=exclusive gres=none constraint=net200", 4 },
		{ "exclusive=exclusive gpus-per-task=h100:1 ntasks=2", 8 },
		{ "exclusive=exclusive gpus-per-node=1 constraint=net200", 4 },
		/* If the site has no such nodes, the numbers of the request count. */
		{ "gpus-per-node=v100:4 nodes=2", 8 },
		{ "gpus-per-node=v100:4 nodes=2-3", 12 },
		{ "exclusive=exclusive gpus-per-node=v100:4", 4 },
		{ "gpus-per-node=16", 16 },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		uint64_t gpus = dsfit_gpus(site, &r);

		ck_assert_msg(gpus == rows[i].gpus, "%s: %llu", rows[i].words,
			      (unsigned long long)gpus);
	}
	dsfit_site_free(site);
}
END_TEST

/* What the site's first class has counts, also where it is the only one. */
START_TEST(test_gpus_of_one_class)
{
	struct dsfit_site *site = site_of("nodes \"only\" { gpu = a100 gpus = 4 count = 2 }\n");
	struct dsfit_request r = ask("gpus-per-node=4 nodes=1-3", &sbatch);

	ck_assert_uint_eq(dsfit_gpus(site, &r), 8);
	dsfit_site_free(site);
}
END_TEST

/* What a class lacks that has no room for one GPU, or one task. */
START_TEST(test_lacks)
{
	static const struct {
		const char *words;
		enum dsfit_lack_of what;
		uint64_t needs, has;
	} rows[] = {
		{ "gpus-per-node=5", DSFIT_LACK_GPUS, 5, 4 },
		{ "gpus-per-node=4 cpus-per-gpu=100", DSFIT_LACK_CPUS, 400, 64 },
		{ "gpus=4 nodes=1 cpus-per-gpu=100", DSFIT_LACK_CPUS, 100, 64 },
		{ "gpus-per-task=2 ntasks=1 cpus-per-gpu=40", DSFIT_LACK_CPUS, 80, 64 },
		{ "gpus-per-task=3 ntasks-per-node=2 nodes=1", DSFIT_LACK_GPUS, 6, 4 },
		{ "gpus-per-node=2 mem-per-gpu=600G", DSFIT_LACK_MEMORY, UINT64_C(1200) << 30,
		  UINT64_C(500) << 30 },
		{ "gpus-per-node=4 nodes=3", DSFIT_LACK_NODES, 3, 2 },
		{ "gpus-per-node=4 nodes=2", DSFIT_LACK_NOTHING, 0, 0 },
	};
	struct dsfit_site *site = site_of("nodes \"only\" { gpu = a100 gpus = 4 count = 2 "
					  "cpus = 64 memory = 500GiB }\n");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_lack lack = dsfit_lack_on(site, &r, &site->classes[0]);

		ck_assert_msg(lack.what == rows[i].what && lack.needs == rows[i].needs &&
			      lack.has == rows[i].has, "%s: %d: %llu, %llu", rows[i].words,
			      lack.what, (unsigned long long)lack.needs,
			      (unsigned long long)lack.has);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_partitions_of_classes)
{
	struct dsfit_site *site = site_of(
		"nodes \"small\" { gpu = a100 gpus = 4 partitions = {day, night} }\n"
		"nodes \"large\" { gpu = h100 gpus = 8 partitions = {night} }\n"
		"partition \"day\" { default = true }\npartition \"night\" { }\n");
	static const struct {
		const char *words;
		bool small, large;
	} rows[] = {
		{ "gpus=1", true, false },
		{ "gpus=1 partition=day", true, false },
		{ "gpus=1 partition=night", true, true },
		{ "gpus=1 partition=day,night", true, true },
		{ "gpus=1 partition=dusk", false, false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_layout layout;

		ck_assert_msg(dsfit_place(site, &r, class_of(site, "small"), &layout) ==
			      rows[i].small, "%s", rows[i].words);
		ck_assert_msg(dsfit_place(site, &r, class_of(site, "large"), &layout) ==
			      rows[i].large, "%s", rows[i].words);
	}
	dsfit_site_free(site);
}
END_TEST

/* If no memory was asked for, a job gets the site's default, or all of the node's memory. */
START_TEST(test_default_memory)
{
	static const struct {
		const char *defaults, *words;
		uint64_t capacity;
	} rows[] = {
		{ "", "gpus=4", 500 },
		{ "default-mem-per-node = 64GiB", "gpus=4", 64 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4", 80 },
		{ "default-mem-per-cpu = 2GiB", "gpus=4 cpus-per-gpu=8", 64 },
		{ "default-mem-per-cpu = 2GiB", "gpus=4", 2 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4 mem=100G", 100 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4 mem=0", 500 },
		{ "default-mem-per-node = 64GiB", "gpus=4 mem-per-gpu=30G", 120 },
		{ "default-mem-per-node = 64GiB", "gpus=4 mem-per-cpu=3G cpus-per-task=16", 48 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("%s\nnodes \"n\" { gpu = a100 gpus = 4 "
						  "memory = 500GiB }\n", rows[i].defaults);
		struct dsfit_workload workload = train(site, "model=350M");
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_assessment a;

		assess(site, &workload, &r, &a);
		ck_assert(a.placed);
		ck_assert_msg(a.host_capacity == rows[i].capacity * DSFIT_GIB, "%s, %s",
			      rows[i].defaults, rows[i].words);
		dsfit_site_free(site);
	}
}
END_TEST

/* GPUs spread by the memory that comes with each, also if it is a default: the least of a list. */
START_TEST(test_default_memory_spreads)
{
	static const struct {
		const char *words;
		uint64_t nodes, per_node;
	} rows[] = {
		{ "gpus=4 partition=none", 1, 4 },
		{ "gpus=4 partition=large", 2, 2 },
		{ "gpus=4 partition=large,none", 1, 4 },
		{ "gpus=4 partition=large mem=10G", 1, 4 },
		{ "gpus=4 cpus-per-gpu=10 partition=cpu", 2, 3 },
		{ "gpus=4 partition=cpu", 1, 4 },
	};
	struct dsfit_site *site = site_of(
		"nodes \"n\" { gpu = a100 gpus = 4 count = 4 memory = 512GiB }\n"
		"partition \"none\" { default = true }\n"
		"partition \"large\" { default-mem-per-gpu = 200GiB }\n"
		"partition \"cpu\" { default-mem-per-cpu = 15GiB }\n");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_layout layout = { 0 };

		ck_assert_msg(dsfit_place(site, &r, &site->classes[0], &layout) &&
			      layout.nodes == rows[i].nodes &&
			      layout.gpus_per_node == rows[i].per_node, "%s: %llu nodes, %llu",
			      rows[i].words, (unsigned long long)layout.nodes,
			      (unsigned long long)layout.gpus_per_node);
	}
	dsfit_site_free(site);
}
END_TEST

/*
 * Partitions have defaults of their own. The rows are what slurmctld gave jobs with two GPUs and
 * four CPUs on a node of 1000 GiB, on 22.05, 24.11 and 26.05 alike; for a list of partitions the
 * least of what they would give.
 */
START_TEST(test_default_memory_of_partitions)
{
	static const char partitions[] =
		"partition \"none\" { default = true }\n"
		"partition \"pgpu\" { default-mem-per-gpu = 60000MiB }\n"
		"partition \"pnode\" { default-mem-per-node = 100000MiB }\n"
		"partition \"pcpu\" { default-mem-per-cpu = 2000MiB }\n";
	static const struct {
		const char *site, *partition;
		uint64_t mebibytes;
	} rows[] = {
		{ "", "none", 1024000 },
		{ "", "pgpu", 120000 },
		{ "", "pnode", 100000 },
		{ "", "pcpu", 8000 },
		{ "", "elsewhere", 1024000 },
		{ "", "none,pgpu", 120000 },
		{ "", "pgpu,pnode", 100000 },
		{ "", "pnode,pcpu", 8000 },
		{ "", "pnode,pgpu", 100000 },
		{ "default-mem-per-gpu = 30000MiB", "none", 60000 },
		{ "default-mem-per-gpu = 30000MiB", "elsewhere", 60000 },
		{ "default-mem-per-gpu = 30000MiB", "pgpu", 120000 },
		{ "default-mem-per-gpu = 30000MiB", "pnode", 60000 },
		{ "default-mem-per-gpu = 30000MiB", "pcpu", 60000 },
		{ "default-mem-per-node = 50000MiB", "none", 50000 },
		{ "default-mem-per-node = 50000MiB", "pgpu", 120000 },
		{ "default-mem-per-node = 50000MiB", "pnode", 100000 },
		{ "default-mem-per-node = 50000MiB", "pcpu", 8000 },
		{ "default-mem-per-node = 50000MiB", "pgpu,none", 50000 },
		{ "default-mem-per-cpu = 1000MiB", "none", 4000 },
		{ "default-mem-per-cpu = 1000MiB", "pgpu", 120000 },
		{ "default-mem-per-cpu = 1000MiB", "pnode", 100000 },
		{ "default-mem-per-cpu = 1000MiB", "pcpu", 8000 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("%s\nnodes \"n\" { gpu = a100_80g gpus = 4 "
						  "memory = 1024000MiB }\n%s", rows[i].site,
						  partitions);
		struct dsfit_request r = ask("gpus-per-node=2 ntasks=1 cpus-per-task=4", &sbatch);
		struct dsfit_layout layout;

		strcpy(r.partition, rows[i].partition);
		ck_assert(dsfit_place(site, &r, &site->classes[0], &layout));
		ck_assert_msg(dsfit_memory_per_node(site, &r, &site->classes[0], &layout) ==
			      rows[i].mebibytes * DSFIT_MIB, "%s, -p %s", rows[i].site,
			      rows[i].partition);
		dsfit_site_free(site);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("placement");

	add_loop(suite, "places", test_places, DSFIT_ARRAY_SIZE(places));
	add_all(suite, "one by one", (const TTest *const[]){
		test_nodes_of_tasks, test_most_gpus, test_gpus_of_one_class, test_lacks,
		test_partitions_of_classes, test_default_memory,
		test_default_memory_of_partitions,
		test_default_memory_spreads, NULL,
	});
	return unit_run(suite);
}
