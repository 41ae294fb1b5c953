/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that only nodes of several classes hold together. */
#include "core/request/mixture.h"

#include "core/decide/assess.h"
#include "tests/unit/jobs.h"

static struct dsfit_site *two_classes(void)
{
	return site_of("nodes \"old\" { gpu = a100 count = 4 gpus = 4 cpus = 64 memory = 512GiB }\n"
		       "nodes \"new\" { gpu = a100 count = 2 gpus = 8 cpus = 96 memory = 2TiB\n"
		       "scratch = 4TB }\n");
}

START_TEST(test_layouts)
{
	static const struct {
		const char *words;
		bool held;
		uint64_t nodes, per_node, gpus;
	} rows[] = {
		/* The nodes with most GPUs come first. */
		{ "gpus=20", true, 3, 8, 20 },
		{ "gpus=a100:32", true, 6, 8, 32 },
		{ "gpus=33", false, 0, 0, 0 },
		{ "gpus=20 nodes=3", true, 3, 8, 20 },
		{ "gpus=20 nodes=2", false, 0, 0, 0 },
		{ "gpus=20 nodes=5-6", true, 5, 8, 20 },
		{ "gpus=5 nodes=6", false, 0, 0, 0 },
		{ "gpus=6 nodes=6", true, 6, 1, 6 },
		{ "gpus-per-node=4 nodes=6", true, 6, 4, 24 },
		{ "gpus-per-node=5 nodes=6", false, 0, 0, 0 },
		{ "gpus-per-node=4 nodes=7", false, 0, 0, 0 },
		{ "gpus-per-task=3 ntasks=8", true, 6, 6, 24 },
		{ "gpus-per-task=3 ntasks=9", false, 0, 0, 0 },
		{ "gpus-per-task=2 ntasks=12 ntasks-per-node=2 nodes=6", true, 6, 4, 24 },
		{ "gpus-per-task=1 ntasks=2 ntasks-per-node=4", false, 0, 0, 0 },
		/* The last node has fewer tasks. */
		{ "gpus-per-task=1 ntasks=18 ntasks-per-node=4 nodes=5", true, 5, 4, 18 },
		{ "gpus-per-task=2 ntasks=14 ntasks-per-node=2", false, 0, 0, 0 },
		/* What a node has room for: by CPUs, by memory, and by scratch that is stated. */
		{ "gpus=16 cpus-per-gpu=20", true, 5, 4, 16 },
		{ "gpus=21 cpus-per-gpu=20", false, 0, 0, 0 },
		{ "gpus=24 mem-per-gpu=200G", true, 6, 8, 24 },
		{ "gpus=25 mem-per-gpu=200G", false, 0, 0, 0 },
		{ "gpus-per-task=1 ntasks=20 cpus-per-task=20", true, 6, 4, 20 },
		{ "gpus=20 mem=1T", false, 0, 0, 0 },
		{ "gpus=20 tmp=3T", true, 3, 8, 20 },
		{ "gpus=20 tmp=4T", false, 0, 0, 0 },
		{ "exclusive=exclusive nodes=6", false, 0, 0, 0 },
	};
	struct dsfit_site *site = two_classes();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_layout l = { 0 };
		bool held = dsfit_lay_out_mixed(site, &r, NULL, 0, &l);

		ck_assert_msg(held == rows[i].held &&
			      (!held || (l.nodes == rows[i].nodes &&
					 l.gpus_per_node == rows[i].per_node &&
					 l.gpus == rows[i].gpus)),
			      "%s: %d, %llu nodes, %llu, %llu GPUs", rows[i].words, held,
			      (unsigned long long)l.nodes, (unsigned long long)l.gpus_per_node,
			      (unsigned long long)l.gpus);
	}
	dsfit_site_free(site);
}
END_TEST

/* Such a request is judged by the worst class where a part of it may land. */
START_TEST(test_judged)
{
	struct dsfit_site *site = two_classes();
	struct dsfit_workload workload = train(site, "model=7B zero=3");
	struct dsfit_request r = ask("gpus=24", &sbatch);
	struct dsfit_assessment a;

	assess(site, &workload, &r, &a);
	ck_assert(a.placed && a.layout.gpus == 24);
	ck_assert_int_eq(a.overall, DSFIT_FITS);
	/* The smaller node has all of its own GPUs, not as many as the larger has. */
	ck_assert_uint_eq(a.layout.gpus_per_node, 4);

	r = ask("gpus=24 mem=10G", &sbatch);
	assess(site, &workload, &r, &a);
	ck_assert_int_eq(a.host, DSFIT_TIGHT);

	r = ask("gpus=33", &sbatch);
	assess(site, &workload, &r, &a);
	ck_assert(!a.placed);
	ck_assert_int_eq(a.overall, DSFIT_EXCEEDS);
	ck_assert_str_eq(a.nearest->name, "new");
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mixture");

	add_all(suite, "mixture", (const TTest *const[]){ test_layouts, test_judged, NULL });
	return unit_run(suite);
}
