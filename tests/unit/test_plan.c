/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans. Small sites, each made for one rule, show what comes first for each goal. Random sites
 * show what must hold for every plan: each row fits as it is written, and no request that would
 * come before the first row does.
 */
#include "tests/unit/jobs.h"

#include "core/decide/decide.h"
#include "core/decide/plan.h"
#include "core/decide/rules.h"

#define ROWS 200

static const struct dsfit_gate open_gate = { .can_read = true, .can_rewrite = true,
					     .own_form = DSFIT_FORM_NONE };

static struct dsfit_alternative *rows_of(const struct dsfit_site *site, const char *declared,
					 const char *asked, size_t *count)
{
	struct dsfit_alternative *rows = calloc(ROWS, sizeof(*rows));
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request request = ask(asked, &sbatch);
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &request);

	ck_assert_ptr_nonnull(rows);
	*count = dsfit_plan(&plan, rows, ROWS);
	return rows;
}

/* --- what comes first ---------------------------------------------------------------------- */

#define NODE(name, gpu, rest) \
	"nodes \"" name "\" { gpu = " gpu " gres-type = " name " memory = 1TB " rest " }\n"

#define WAITING_NODES                                                              \
	NODE("x", "a100_80g", "gpus = 2 count = 2 network = 140Gbps price = 2")    \
	NODE("y", "a100_80g", "gpus = 4 count = 1 network = 800Gbps price = 40")

#define LINKED_NODES(slow)                                                               \
	"nodes \"slow\" { gpu = h100 gpus = 1 count = 8 memory = 1TB network = " slow    \
	" features = {eth} }\n"                                                           \
	"nodes \"fast\" { gpu = h100 gpus = 1 count = 8 memory = 1TB network = 1600Gbps " \
	"features = {ib} }\n"

/* `first` has the requests that come first, separated by "; ". */
static const struct {
	const char *what, *site, *declared, *asked, *first;
} orders[] = {
	/* By price per hour, then GPUs, then nodes, then the order of the configuration. */
	{ "the cheaper card",
	  NODE("x", "h100", "gpus = 1 price = 9") NODE("y", "h100", "gpus = 1 price = 8"),
	  "model=350M", "", "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	{ "a price that is not known comes last",
	  NODE("x", "a40", "gpus = 1") NODE("y", "h100", "gpus = 1 price = 80"),
	  "model=350M", "", "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	{ "of equal price fewer GPUs",
	  NODE("x", "h100", "gpus = 2 price = 8") NODE("y", "h100", "gpus = 1 price = 8"),
	  "model=3B zero=3", "", "-N 1 --gpus-per-node=x:1 --mem-per-gpu=30G; "
	  "-N 1 --gpus-per-node=y:1 --mem-per-gpu=30G" },
	{ "no price anywhere: fewer GPUs",
	  NODE("x", "a40", "gpus = 4 count = 2 network = 400Gbps")
	  NODE("y", "a40", "gpus = 8"),
	  "model=5B zero=3", "", "-N 1 --gpus-per-node=x:3 --mem-per-gpu=10G; "
	  "-N 1 --gpus-per-node=y:3 --mem-per-gpu=10G; "
	  "-N 1 --gpus-per-node=x:4 --mem-per-gpu=8G; "
	  "-N 1 --gpus-per-node=y:4 --mem-per-gpu=8G" },
	{ "the configuration's order where all is equal",
	  NODE("y", "h100", "gpus = 1 price = 8") NODE("x", "h100", "gpus = 1 price = 8"),
	  "model=350M", "", "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	/* Production: by price per token. A faster card processes more tokens. */
	{ "development takes the cheaper hour",
	  NODE("x", "a100_80g", "gpus = 1 price = 4") NODE("y", "h100", "gpus = 1 price = 5"),
	  "model=350M goal=development", "", "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	{ "production the cheaper token",
	  NODE("x", "a100_80g", "gpus = 1 price = 4") NODE("y", "h100", "gpus = 1 price = 5"),
	  "model=350M goal=production", "", "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	{ "equal tokens: the cheaper hour, not the rounding of a sum",
	  NODE("x", "h100", "gpus = 4 price = 10"), "model=350M goal=production", "",
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G; -N 1 --gpus-per-node=x:2 --mem-per-gpu=8G; "
	  "-N 1 --gpus-per-node=x:4 --mem-per-gpu=5G" },
	/* x is cheaper per token, but waits for its network half of the step. */
	{ "production that may not wait so long", WAITING_NODES, "model=13B zero=3 goal=production",
	  "", "-N 1 --gpus-per-node=y:4 --mem-per-gpu=11G; "
	  "-N 2 --gpus-per-node=x:2 --mem-per-gpu=17G" },
	{ "production that may", "production-wait = 0.6\n" WAITING_NODES,
	  "model=13B zero=3 goal=production", "",
	  "-N 2 --gpus-per-node=x:2 --mem-per-gpu=17G; "
	  "-N 1 --gpus-per-node=y:4 --mem-per-gpu=11G" },
	/* Experiments: preemptible partitions first, then others. */
	{ "experiment: preemptible first",
	  NODE("x", "h100", "gpus = 1 price = 8 partitions = {day}")
	  NODE("y", "h100", "gpus = 1 price = 9 partitions = {day, spot}")
	  "partition \"day\" { default = true }\npartition \"spot\" { preemptible = true }\n",
	  "model=350M goal=experiment", "", "-p spot -N 1 --gpus-per-node=y:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G" },
	{ "others are not preempted where it can be helped",
	  NODE("x", "h100", "gpus = 1 price = 8 partitions = {spot}")
	  NODE("y", "h100", "gpus = 1 price = 9 partitions = {spot, day}")
	  "partition \"spot\" { preemptible = true }\npartition \"day\" { default = true }\n",
	  "model=350M", "", "-p spot -N 1 --gpus-per-node=x:1 --mem-per-gpu=15G; "
	  "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G" },
	{ "not in one that a job has to name",
	  NODE("x", "h100", "gpus = 1 price = 8 partitions = {vip}")
	  NODE("y", "h100", "gpus = 1 price = 9 partitions = {vip, day}")
	  "partition \"vip\" { only-named = true }\npartition \"day\" { default = true }\n",
	  "model=350M", "", "-N 1 --gpus-per-node=y:1 --mem-per-gpu=15G" },
	{ "which it has",
	  NODE("x", "h100", "gpus = 1 price = 8 partitions = {vip}")
	  "partition \"vip\" { only-named = true }\npartition \"day\" { default = true }\n",
	  "model=350M", "partition=vip", "-p vip -N 1 --gpus-per-node=x:1 --mem-per-gpu=15G" },
	{ "in the partition that was asked for",
	  NODE("x", "h100", "gpus = 1 price = 8 partitions = {day}")
	  NODE("y", "h100", "gpus = 1 price = 9 partitions = {spot}")
	  "partition \"day\" { default = true }\npartition \"spot\" { preemptible = true }\n",
	  "model=350M", "partition=spot", "-p spot -N 1 --gpus-per-node=y:1 --mem-per-gpu=15G" },
	/* The rest of the request is kept. */
	{ "nodes and constraint",
	  NODE("x", "h100", "gpus = 1 count = 4 price = 8 features = {a} network = 400Gbps")
	  NODE("y", "h100", "gpus = 1 count = 4 price = 9 features = {b} network = 400Gbps"),
	  "model=350M", "nodes=2 constraint=b", "-N 2 --gpus-per-node=y:1 --mem-per-gpu=15G -C b" },
	{ "memory that was asked for, where it is enough",
	  NODE("x", "h100", "gpus = 2 price = 8"), "model=350M", "mem=100G",
	  "-N 1 --gpus-per-node=x:1 --mem=100G" },
	/* Two cards have the same type, and a feature tells them apart. */
	{ "a type with two cards",
	  "nodes \"small\" { gpu = a100 gres-type = a100 gpus = 1 memory = 1TB price = 1 "
	  "features = {g40} }\n"
	  "nodes \"large\" { gpu = a100_80g gres-type = a100 gpus = 1 memory = 1TB price = 2 "
	  "features = {g80} }\n",
	  "model=3B zero=3", "", "-N 1 --gpus-per-node=a100:1 --mem-per-gpu=30G -C g80" },
	{ "a network that keeps up, by its feature",
	  LINKED_NODES("10Gbps"),
	  "model=7B zero=3", "", "-N 2 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib" },
	/* On 50 Gbps it may wait, which is pointless if as many nodes of the price do not. */
	{ "a network on which it waits",
	  LINKED_NODES("50Gbps"), "model=7B zero=3", "",
	  "-N 2 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib; "
	  "-N 4 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib; "
	  "-N 8 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib" },
	{ "rows that wait come last, whatever they cost",
	  NODE("x", "h100", "gpus = 1 count = 4 network = 50Gbps price = 1")
	  NODE("y", "h100", "gpus = 1 count = 2 network = 1600Gbps price = 9"),
	  "model=7B zero=3", "", "-N 2 --gpus-per-node=y:1 --mem-per-gpu=30G; "
	  "-N 2 --gpus-per-node=x:1 --mem-per-gpu=30G; "
	  "-N 4 --gpus-per-node=x:1 --mem-per-gpu=30G" },
	{ "unless the site lets no job wait",
	  "network = wait\n" LINKED_NODES("50Gbps"), "model=7B zero=3 batch=1 seq=2048", "",
	  "-N 2 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib; "
	  "-N 4 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib; "
	  "-N 8 --gpus-per-node=h100:1 --mem-per-gpu=30G -C ib" },
	{ "in a partition that lets it wait",
	  NODE("x", "h100", "gpus = 1 count = 2 network = 50Gbps")
	  "partition \"strict\" { default = true network = wait }\n"
	  "partition \"calm\" {}\n", "model=7B zero=3 batch=1 seq=2048", "",
	  "-p calm -N 2 --gpus-per-node=x:1 --mem-per-gpu=30G" },
	/* With messages to other GPUs a job needs 40.3 GiB of this card, without them 39.0. */
	{ "one GPU alone",
	  "gpu \"tight\" { memory = 39.4GiB }\n" NODE("x", "tight", "gpus = 1 count = 8"),
	  "model=3B method=lora batch=8 seq=4096", "",
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=30G" },
	/* Rows have --tmp if states are offloaded to NVMe. */
	{ "scratch",
	  NODE("x", "h100", "gpus = 1 scratch = 4TB"), "model=7B zero=3 offload=nvme", "",
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=60G --tmp=120G" },
	/* Degrees that do not divide the GPUs are not listed. */
	{ "tensor parallelism of four",
	  NODE("x", "h100", "gpus = 8"), "model=350M parallel=tensor:4", "",
	  "-N 1 --gpus-per-node=x:4 --mem-per-gpu=5G; -N 1 --gpus-per-node=x:8 --mem-per-gpu=5G" },
	{ "a pipeline of three",
	  NODE("x", "h100", "gpus = 2 count = 7 network = 1600Gbps"),
	  "model=350M zero=1 parallel=pipeline:3", "",
	  "-N 3 --gpus-per-node=x:1 --mem-per-gpu=15G; -N 3 --gpus-per-node=x:2 --mem-per-gpu=8G; "
	  "-N 6 --gpus-per-node=x:2 --mem-per-gpu=8G" },
	/* A part of a node if it has fewer GPUs, or as many on fewer nodes. */
	{ "three of four GPUs",
	  NODE("x", "a100_80g", "gpus = 4 count = 4 network = 400Gbps"),
	  "model=llama-3-8b zero=3", "", "-N 1 --gpus-per-node=x:3 --mem-per-gpu=10G; "
	  "-N 1 --gpus-per-node=x:4 --mem-per-gpu=8G" },
	{ "a pipeline of three on one node",
	  NODE("x", "h100", "gpus = 4"), "model=350M zero=1 parallel=pipeline:3", "",
	  "-N 1 --gpus-per-node=x:3 --mem-per-gpu=5G" },
	/* The limits of the partition's policy apply to its rows. */
	{ "max-gpus",
	  NODE("x", "h100", "gpus = 4 count = 2 network = 1600Gbps")
	  "partition \"p\" { default = true max-gpus = 2 }\n", "model=350M", "",
	  "-N 1 --gpus-per-node=x:1 --mem-per-gpu=15G; -N 1 --gpus-per-node=x:2 --mem-per-gpu=8G" },
	{ "nothing fits", NODE("x", "rtx4090", "gpus = 1"), "model=70B", "", "" },
};

START_TEST(test_order)
{
	struct dsfit_site *site = site_of("%s", orders[_i].site);
	const char *first = orders[_i].first;
	struct dsfit_alternative *rows;
	size_t count, i = 0;

	rows = rows_of(site, orders[_i].declared, orders[_i].asked, &count);
	for (; *first; i++) {
		size_t length = strcspn(first, ";");

		ck_assert_msg(i < count, "%s: %zu rows", orders[_i].what, count);
		ck_assert_msg(strlen(say(&rows[i].request)) == length &&
			      !strncmp(say(&rows[i].request), first, length),
			      "%s: row %zu is %s, expected %.*s", orders[_i].what, i + 1,
			      say(&rows[i].request), (int)length, first);
		first += length + (first[length] ? 2 : 0);
	}
	if (!*orders[_i].first)
		ck_assert_msg(!count, "%s: %s", orders[_i].what, say(&rows[0].request));
	free(rows);
	dsfit_site_free(site);
}
END_TEST

/* The guide's cloud prices, and the site's own. */
START_TEST(test_prices)
{
	struct dsfit_site *site = site_of(
		"gpu \"mine\" { memory = 80GB tflops = 100 price = 2 guide-price = 3 }\n"
		"gpu \"theirs\" { memory = 80GB tflops = 100 guide-price = 3 }\n"
		"nodes \"a\" { gpu = mine gpus = 4 }\nnodes \"b\" { gpu = theirs gpus = 4 }\n"
		"nodes \"c\" { gpu = theirs gpus = 4 price = 7 }\n"
		"nodes \"d\" { gpu = rtx4090 gpus = 2 }\nnodes \"e\" { gpu = h200 gpus = 2 }\n");
	const struct dsfit_node_class *n = site->classes;

	ck_assert(n[0].price == 8 && !n[0].guides_price);
	ck_assert(n[1].price == 12 && n[1].guides_price);
	ck_assert(n[2].price == 7 && !n[2].guides_price);
	ck_assert_double_eq(n[3].price, 2 * 0.74);
	ck_assert(n[3].guides_price);
	ck_assert(n[4].price < 0 && !n[4].guides_price);
	dsfit_site_free(site);
}
END_TEST

/* Two partitions have the same nodes. Where memory is not to be changed, their defaults decide. */
START_TEST(test_default_memory)
{
	struct dsfit_site *site = site_of(
		"nodes \"n\" { gpu = a100_80g gpus = 4 memory = 500GiB network = 200Gbps }\n"
		"partition \"little\" { default = true default-mem-per-gpu = 1GiB }\n"
		"partition \"more\" { default-mem-per-gpu = 60GiB }\n");
	struct dsfit_workload workload = train(site, "model=350M");
	struct dsfit_request request = ask("", &sbatch);
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &request);
	struct dsfit_alternative row;

	plan.may_change &= ~(unsigned)DSFIT_CHANGE_MEMORY;
	ck_assert_uint_eq(dsfit_plan(&plan, &row, 1), 1);
	ck_assert_str_eq(row.request.partition, "more");
	dsfit_site_free(site);
}
END_TEST

/* If no request fits, `closest` is the one that comes closest. */
START_TEST(test_closest)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=560B");
	struct dsfit_request request = ask("", &sbatch);
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &request);
	struct dsfit_assessment closest = { .placed = false };
	struct dsfit_alternative row;

	plan.closest = &closest;
	ck_assert_uint_eq(dsfit_plan(&plan, &row, 1), 0);
	ck_assert(closest.placed);
	ck_assert_uint_gt(closest.account.gpu.low, closest.gpu_capacity);
	/* No class comes closer, even with all of its nodes. */
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];
		struct dsfit_layout layout = { class->count, class->gpus,
					       class->count * class->gpus,
					       class->gpu->tflops, 0 };
		struct dsfit_accounts accounts;
		struct dsfit_assessment a;

		dsfit_accounts_begin(&accounts, site, &workload);
		dsfit_assess_on(&accounts, &request, class, &layout, &a);
		dsfit_accounts_end(&accounts);
		ck_assert_double_ge((double)a.account.gpu.low / (double)a.gpu_capacity,
				    (double)closest.account.gpu.low /
					    (double)closest.gpu_capacity);
	}
	dsfit_site_free(site);
}
END_TEST

/* Absurd counts of nodes and GPUs, and a batch that they cannot share. The budget ends the plan and
 * the decision, which says that the search stopped at its limit. */
START_TEST(test_budget)
{
	char text[4096] = "mode = correct\n";
	size_t length = strlen(text);
	struct dsfit_alternative row;
	struct dsfit_workload workload;
	struct dsfit_request request = ask("", &sbatch);
	uint64_t budget = DSFIT_PLAN_BUDGET;
	struct dsfit_plan plan;
	struct dsfit_decision d;
	struct dsfit_site *site;

	for (unsigned i = 0; i < 20; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "nodes \"n%u\" { "
					   "gpu = h100 gpus = 4096 count = 1000000 memory = %uTB "
					   "}\n", i, 1 + i);
	site = site_of("%s", text);
	workload = train(site, "model=70B");
	workload.training.train_batch = 7;
	workload.training.micro_batch = 7;
	workload.training.micro_batch_given = true;
	plan = dsfit_plan_begin(site, &workload, &request);
	plan.budget = &budget;
	ck_assert_uint_eq(dsfit_plan(&plan, &row, 1), 0);
	ck_assert_uint_eq(budget, 0);
	dsfit_decide(site, &workload, &request, &open_gate, &d);
	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_TIME);
	request = ask("gpus-per-node=1 nodes=1", &sbatch);
	dsfit_decide(site, &workload, &request, &open_gate, &d);
	ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_TIME);
	/* A plan for a real site uses little of the budget. */
	dsfit_site_free(site);
	site = unit_site();
	workload = train(site, "model=13B zero=3");
	budget = DSFIT_PLAN_BUDGET;
	plan = dsfit_plan_begin(site, &workload, &request);
	plan.budget = &budget;
	ck_assert_uint_eq(dsfit_plan(&plan, &row, 1), 1);
	ck_assert_uint_gt(budget, DSFIT_PLAN_BUDGET - 2000);
	dsfit_site_free(site);
}
END_TEST

/* --- any site ------------------------------------------------------------------------------ */

static const char *pick(uint64_t *state, const char *const *words, size_t count)
{
	return words[words_random(state, count)];
}

static struct dsfit_site *random_site(uint64_t *state)
{
	static const char *const gpus[] = { "rtx4090", "a40", "a100", "a100_80g", "h100", "h200" };
	static const char *const features[] = { "", "slow", "fast", "fast, ib", "slow, ib" };
	static const char *const homes[] = { "", "day", "night", "day, night" };
	static const char *const parts[] = {
		"", "preemptible = true", "refuse-tight = true", "max-gpus = 4", "max-nodes = 3",
		"network = wait",
	};
	static const unsigned long long sizes[] = { 1, 2, 3, 4, 6, 8 };
	char text[4096] = "";
	size_t length = 0, classes = 1 + words_random(state, 5);

	for (size_t i = 0; i < classes; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "nodes \"n%zu\" { gpu = %s "
			"gpus = %llu count = %llu memory = %lluGiB scratch = %lluGiB "
			"network = %lluGbps features = {%s} partitions = {%s} }\n", i,
			pick(state, gpus, DSFIT_ARRAY_SIZE(gpus)),
			sizes[words_random(state, DSFIT_ARRAY_SIZE(sizes))],
			1 + (unsigned long long)words_random(state, 20),
			16 + (unsigned long long)words_random(state, 1000),
			1 + (unsigned long long)words_random(state, 4000),
			10 + (unsigned long long)words_random(state, 800),
			pick(state, features, DSFIT_ARRAY_SIZE(features)),
			pick(state, homes, DSFIT_ARRAY_SIZE(homes)));
	snprintf(text + length, sizeof(text) - length, "partition \"day\" { default = true %s }\n"
		 "partition \"night\" { %s }\n", pick(state, parts, DSFIT_ARRAY_SIZE(parts)),
		 pick(state, parts, DSFIT_ARRAY_SIZE(parts)));
	return site_of("%s", text);
}

static struct dsfit_workload random_workload(uint64_t *state, const struct dsfit_site *site)
{
	static const char *const models[] = { "350M", "1.3B", "3B", "7B", "13B", "30B", "70B" };
	static const char *const more[] = {
		"", "zero=0", "zero=1", "zero=2", "zero=3", "zero=3 offload=cpu",
		"zero=3 offload=nvme", "zero=2 offload=cpu", "method=lora",
		"zero=3 parallel=tensor:2", "zero=1 parallel=pipeline:3", "engine=none",
	};
	static const char *const goals[] = {
		"goal=development", "goal=experiment", "goal=production",
	};
	static const char *const paces[] = { "", "batch=1 seq=2048", "batch=8 seq=4096" };
	char words[256];

	snprintf(words, sizeof(words), "model=%s %s %s %s",
		 pick(state, models, DSFIT_ARRAY_SIZE(models)),
		 pick(state, more, DSFIT_ARRAY_SIZE(more)),
		 pick(state, paces, DSFIT_ARRAY_SIZE(paces)),
		 pick(state, goals, DSFIT_ARRAY_SIZE(goals)));
	return train(site, words);
}

/* Assert that a row passes unchanged when it is submitted, with the same figures as in the plan. */
static void assert_row(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_alternative *row)
{
	const struct dsfit_assessment *a = &row->assessment;
	struct dsfit_policy policy;
	struct dsfit_decision d;

	dsfit_policy_of(site, row->request.partition, &policy);

	dsfit_decide(site, workload, &row->request, &open_gate, &d);
	ck_assert_msg(d.action == DSFIT_PASS && d.assessment.placed, "%s", say(&row->request));
	ck_assert_int_eq(d.assessment.overall, dsfit_with_evaluation(a, a->overall));
	ck_assert_int_eq(a->gpu, DSFIT_FITS);
	ck_assert(a->overall != DSFIT_TIGHT || !policy.refuse_tight);
	ck_assert_uint_eq(d.assessment.account.gpu.peak, a->account.gpu.peak);
	ck_assert_uint_eq(d.assessment.layout.gpus, a->layout.gpus);
	ck_assert(a->layout.gpus <= policy.max_gpus && a->layout.nodes <= policy.max_nodes);
	ck_assert_int_eq(row->preemptible, dsfit_is_preemptible(site, row->request.partition));
}

/* Whether every class of the type has so many nodes. */
static bool is_everywhere(const struct dsfit_site *site, const char *type, uint64_t nodes)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, type) && site->classes[i].count < nodes)
			return false;
	return true;
}

/* Try every number of nodes and of GPUs per node of each type in each partition, with all memory
 * and scratch. Assert that none that fits comes before the plan's first row. */
static void assert_none_before(const struct dsfit_site *site,
			       const struct dsfit_workload *workload,
			       const struct dsfit_alternative *first)
{
	static const char *const homes[] = { "", "night" };

	for (size_t i = 0; i < 2 * site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i / 2];
		struct dsfit_alternative one = { .request = ask("", &sbatch) };
		struct dsfit_policy policy;

		dsfit_policy_of(site, homes[i % 2], &policy);
		strcpy(one.request.partition, homes[i % 2]);
		strcpy(one.request.gpu_type, class->gres_type);
		one.request.scope = DSFIT_GPUS_PER_NODE;
		for (uint64_t n = 1; n <= class->count && n <= policy.max_nodes; n++) {
			for (uint64_t g = 1; g <= class->gpus; g++) {
				struct dsfit_assessment *a = &one.assessment;

				one.request.nodes_min = n;
				one.request.gpus = g;
				if (n * g > policy.max_gpus)
					continue;
				/* Classes of one type differ in speed. Compare only numbers of
				 * nodes that all of them have. */
				if (workload->goal == DSFIT_GOAL_PRODUCTION &&
				    !is_everywhere(site, class->gres_type, n))
					continue;
				assess(site, workload, &one.request, a);
				if (!a->placed || a->overall != DSFIT_FITS ||
				    (workload->goal == DSFIT_GOAL_EXPERIMENT &&
				     dsfit_is_preemptible(site, homes[i % 2]) !=
					     first->preemptible))
					continue;
				ck_assert_msg(first && first->assessment.overall == DSFIT_FITS,
					      "none, but %s fits", say(&one.request));
				/* Which of several classes is shown does not matter here. */
				a->class = first->assessment.class;
				ck_assert_msg(!dsfit_is_better(site, workload->goal, a,
								 &first->assessment),
					      "%s before %s", say(&one.request),
					      say(&first->request));
			}
		}
	}
}

START_TEST(test_any)
{
	uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)_i * 104729;
	struct dsfit_site *site = random_site(&state);
	struct dsfit_alternative *rows = calloc(ROWS, sizeof(*rows)), first;

	ck_assert_ptr_nonnull(rows);
	for (int round = 0; round < 25; round++) {
		struct dsfit_workload workload = random_workload(&state, site);
		struct dsfit_request request = ask("", &sbatch);
		struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &request);
		bool experiment = workload.goal == DSFIT_GOAL_EXPERIMENT;
		size_t count = dsfit_plan(&plan, rows, ROWS);

		ck_assert_uint_lt(count, ROWS);
		for (size_t i = 0; i < count; i++) {
			assert_row(site, &workload, &rows[i]);
			ck_assert_int_eq(rows[i].assessment.overall, rows[0].assessment.overall);
			for (size_t j = i + 1; !experiment && j < count; j++)
				ck_assert_msg(!dsfit_is_better(site, workload.goal,
								 &rows[j].assessment,
								 &rows[i].assessment),
					      "%s before %s", say(&rows[j].request),
					      say(&rows[i].request));
			for (size_t j = 0; j < i; j++)
				ck_assert(dsfit_request_difference(&rows[i].request,
								   &rows[j].request));
		}
		if (count)
			assert_none_before(site, &workload, &rows[0]);
		/* With room for one row the plan returns the first. */
		ck_assert_uint_eq(dsfit_plan(&plan, &first, 1), count > 0);
		if (count)
			ck_assert_str_eq(say(&first.request), say(&rows[0].request));
	}
	free(rows);
	dsfit_site_free(site);
}
END_TEST

/* What cannot win is left out only where nobody asks for the closest misfit: the rows are the
 * same. */
START_TEST(test_cannot_win)
{
	static const char *const cards[] = { "a100_80g", "h100", "rtx4090" };
	static const unsigned networks[] = { 20, 50, 100, 200, 400, 1600 };
	uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)_i * 7919;
	struct dsfit_alternative rows[2][3];
	char text[4096] = "partition \"day\" { default = true }\n"
			  "partition \"spot\" { preemptible = true }\n";
	struct dsfit_site *site;

	for (unsigned i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "nodes \"n%u\" { gpu = %s gpus = %u count = %u memory = 1TiB price = %u "
			 "network = %uGbps features = {f%u} partitions = {%s} }\n", i, cards[i % 3],
			 1u << words_random(&state, 4), 1 + (unsigned)words_random(&state, 20),
			 1 + (unsigned)words_random(&state, 30),
			 networks[words_random(&state, DSFIT_ARRAY_SIZE(networks))], i,
			 words_random(&state, 2) ? "day, spot" : "day");
	site = site_of("%s", text);
	for (int round = 0; round < 30; round++) {
		struct dsfit_workload workload = random_workload(&state, site);
		struct dsfit_request request = ask("", &sbatch);
		size_t capacity = 1 + words_random(&state, 3), count[2];

		for (int asks = 0; asks < 2; asks++) {
			struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &request);
			struct dsfit_assessment closest = { .placed = false };

			plan.closest = asks ? &closest : NULL;
			count[asks] = dsfit_plan(&plan, rows[asks], capacity);
		}
		ck_assert_uint_eq(count[0], count[1]);
		for (size_t i = 0; i < count[0]; i++)
			ck_assert_msg(!strcmp(say(&rows[0][i].request), say(&rows[1][i].request)),
				      "%s, not %s", say(&rows[0][i].request),
				      say(&rows[1][i].request));
	}
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");

	tcase_add_loop_test(unit_folder_case(suite, "order"), test_order, 0,
			    DSFIT_ARRAY_SIZE(orders));
	tcase_add_loop_test(unit_folder_case(suite, "any site"), test_any, 0, 60);
	tcase_add_loop_test(unit_folder_case(suite, "cannot win"), test_cannot_win, 0, 40);
	unit_add(suite, "goals", (const TTest *const[]){ test_closest, NULL });
	tcase_add_test(unit_folder_case(suite, "prices"), test_prices);
	tcase_add_test(unit_folder_case(suite, "memory"), test_default_memory);
	tcase_add_test(unit_folder_case(suite, "budget"), test_budget);
	return unit_run(suite);
}
