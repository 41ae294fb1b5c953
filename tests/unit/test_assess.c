/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts, on all classes where a request may land and at the bounds of the estimate. */
#include "core/decide/assess.h"

#include "tests/unit/accounts.h"
#include "tests/unit/decisions.h"

START_TEST(test_judge)
{
	static const struct {
		uint64_t low, high, capacity;
		enum dsfit_verdict verdict;
	} rows[] = {
		{ 10, 20, 21, DSFIT_FITS },
		{ 10, 20, 20, DSFIT_FITS },
		{ 10, 20, 19, DSFIT_TIGHT },
		{ 10, 20, 10, DSFIT_TIGHT },
		{ 10, 20, 9, DSFIT_EXCEEDS },
		{ 10, 20, 0, DSFIT_UNKNOWN },
		{ 0, 0, 0, DSFIT_UNKNOWN },
		{ 0, 0, 1, DSFIT_FITS },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, DSFIT_EXCEEDS },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++)
		ck_assert_int_eq(dsfit_judge(rows[i].low, rows[i].high, rows[i].capacity),
				 rows[i].verdict);
}
END_TEST

/* An account that is kept is used for its own layout alone, also where it is looked for at the same
 * place. */
START_TEST(test_kept_accounts)
{
	static const struct dsfit_layout layouts[] = {
		{ .nodes = 16, .gpus_per_node = 4, .gpus = 18, .tflops = 100, .context = 1 << 20 },
		{ .nodes = 16, .gpus_per_node = 4, .gpus = 50, .tflops = 100, .context = 1 << 20 },
		{ .nodes = 48, .gpus_per_node = 4, .gpus = 50, .tflops = 100, .context = 1 << 20 },
		{ .nodes = 48, .gpus_per_node = 3, .gpus = 50, .tflops = 100, .context = 1 << 20 },
		{ .nodes = 48, .gpus_per_node = 3, .gpus = 50, .tflops = 132, .context = 1 << 20 },
		{ .nodes = 48, .gpus_per_node = 3, .gpus = 50, .tflops = 100, .context = 1 << 20 },
		{ .nodes = 48, .gpus_per_node = 3, .gpus = 50, .tflops = 100, .context = 2 << 20 },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=13B zero=3");
	struct dsfit_accounts accounts, fresh;

	dsfit_accounts_begin(&accounts, site, &workload);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(layouts); i++) {
		const struct dsfit_assessment *a = dsfit_account_for(&accounts, &layouts[i]);

		dsfit_accounts_begin(&fresh, site, &workload);
		ck_assert_msg(accounts_same(&a->account,
					    &dsfit_account_for(&fresh, &layouts[i])->account),
			      "%zu", i);
		dsfit_accounts_end(&fresh);
	}
	dsfit_accounts_end(&accounts);
	dsfit_site_free(site);
}
END_TEST

static bool compares_same(const struct dsfit_assessment *a, const struct dsfit_assessment *b)
{
	return accounts_same(&a->account, &b->account) && a->gpu == b->gpu && a->host == b->host &&
	       a->nvme == b->nvme && a->storage == b->storage && a->network == b->network &&
	       a->overall == b->overall && a->fault == b->fault && a->class == b->class &&
	       a->gpu_capacity == b->gpu_capacity && a->host_capacity == b->host_capacity &&
	       a->nvme_capacity == b->nvme_capacity && a->network_capacity == b->network_capacity &&
	       !memcmp(&a->waiting, &b->waiting, sizeof(a->waiting)) &&
	       !memcmp(&a->price, &b->price, sizeof(a->price)) &&
	       !memcmp(&a->price_per_billion, &b->price_per_billion, sizeof(a->price));
}

/* What classes with one card have in common is not compared again. Whatever was compared before,
 * the assessment is that of the class alone. */
START_TEST(test_kept_comparisons)
{
	struct dsfit_site *site = site_of(
		"nodes \"a\" { gpu = h100 gpus = 4 count = 4 memory = 64GiB price = 8 }\n"
		"nodes \"b\" { gpu = h100 gpus = 4 count = 4 memory = 2TiB network = 10Gbps }\n"
		"nodes \"c\" { gpu = h200 gpus = 4 count = 4 memory = 2TiB scratch = 1TiB }\n"
		"nodes \"d\" { gpu = h100 gpus = 4 count = 4 network = 400Gbps price = 80 }\n");
	static const char *const words[] = { "gpus-per-node=4", "gpus-per-node=4 nodes=2" };
	struct dsfit_workload workload = train(site, "model=7B zero=3 offload=nvme");
	struct dsfit_accounts accounts, fresh;

	dsfit_accounts_begin(&accounts, site, &workload);
	for (size_t i = 0; i < 64; i++) {
		const struct dsfit_node_class *class = &site->classes[i * 7 / 4 % 4];
		struct dsfit_request request = ask(words[i / 3 % 2], &sbatch);
		struct dsfit_assessment kept, alone;
		struct dsfit_layout layout;

		ck_assert(dsfit_place(site, &request, class, &layout));
		dsfit_assess_on(&accounts, &request, class, &layout, &kept);
		dsfit_accounts_begin(&fresh, site, &workload);
		dsfit_assess_on(&fresh, &request, class, &layout, &alone);
		dsfit_accounts_end(&fresh);
		ck_assert_msg(compares_same(&kept, &alone), "%zu", i);
	}
	dsfit_accounts_end(&accounts);
	dsfit_site_free(site);
}
END_TEST

/* A request is judged by the worst node it may land on. */
START_TEST(test_worst_class)
{
	struct dsfit_site *site = unit_site();
	static const struct {
		const char *declared, *words, *class;
		enum dsfit_verdict overall;
	} rows[] = {
		{ "model=13B zero=3", "gpus-per-node=4", "a100", DSFIT_EXCEEDS },
		{ "model=13B zero=3", "gpus-per-node=a100_80g:4", "a100x", DSFIT_FITS },
		{ "model=13B zero=3", "gpus-per-node=8", NULL, DSFIT_FITS },
		{ "model=350M", "gpus-per-node=1", "ws", DSFIT_FITS },
		{ "model=13B zero=3", "gpus-per-node=4 constraint=net25", NULL, DSFIT_EXCEEDS },
		{ "model=13B zero=3", "gpus-per-node=v100:4", NULL, DSFIT_UNKNOWN },
		/* Degrees of parallelism that do not divide the GPUs. */
		{ "model=350M parallel=tensor:3", "gpus-per-node=a100_80g:4", "a100x",
		  DSFIT_EXCEEDS },
		{ "model=350M parallel=tensor:2", "gpus-per-node=a100_80g:4", "a100x",
		  DSFIT_FITS },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_workload workload = train(site, rows[i].declared);
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_assessment a;

		assess(site, &workload, &r, &a);
		ck_assert_msg(a.overall == rows[i].overall, "%s: %s", rows[i].words,
			      dsfit_verdict_names[a.overall]);
		if (rows[i].class)
			ck_assert_str_eq(a.class->name, rows[i].class);
		ck_assert(a.placed == (a.class != NULL));
		ck_assert(a.placed || !a.gpu_capacity);
	}
	dsfit_site_free(site);
}
END_TEST

/* 4 nodes of 4 GPUs that have so much memory each, under a policy. */
static struct dsfit_site *site_with_memory(uint64_t bytes, const char *policy)
{
	return site_of("%s\ngpu \"card\" { memory = %lluB tflops = 300 }\n"
		       "nodes \"n\" { count = 4 gpu = card gpus = 4 memory = 2048GiB "
		       "network = 800Gbps }\n", policy, (unsigned long long)bytes);
}

/* The verdict changes exactly at the account's low and high. */
START_TEST(test_borders)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	const struct {
		uint64_t memory;
		enum dsfit_verdict verdict;
	} rows[] = {
		{ need.high, DSFIT_FITS }, { need.high - 1, DSFIT_TIGHT },
		{ need.low, DSFIT_TIGHT }, { need.low - 1, DSFIT_EXCEEDS },
	};

	ck_assert_uint_lt(need.low, need.high);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_with_memory(rows[i].memory, "mode = correct");
		struct dsfit_decision d;

		decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
		ck_assert_int_eq(d.assessment.gpu, rows[i].verdict);
		ck_assert_int_eq(d.assessment.overall, rows[i].verdict);
		ck_assert_int_eq(d.action, rows[i].verdict == DSFIT_EXCEEDS ? DSFIT_CORRECT :
									      DSFIT_PASS);
		dsfit_site_free(site);
	}
}
END_TEST

/* With refuse-tight a tight request is a misfit, and a correction then aims for "fits". */
START_TEST(test_refuse_tight)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	struct dsfit_site *site = site_with_memory((need.low + need.high) / 2,
						   "mode = correct refuse-tight = true");
	struct dsfit_decision d;

	decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.overall, DSFIT_TIGHT);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_FITS);
	dsfit_site_free(site);
	/* If nothing better exists, the job passes or is refused. */
	for (int refuse = 0; refuse < 2; refuse++) {
		site = site_with_memory((need.low + need.high) / 2, refuse ?
					"mode = correct max-gpus = 4 refuse-tight = true" :
					"mode = correct max-gpus = 4");
		decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
		ck_assert_int_eq(d.action, refuse ? DSFIT_REFUSE : DSFIT_PASS);
		dsfit_site_free(site);
	}
}
END_TEST

/* An evaluation that nobody has declared makes a job tight, but no policy acts on it, and no
 * correction asks for more because of it. */
START_TEST(test_undeclared_evaluation)
{
	const char *job = "model=llama-3-8b zero=2 checkpointing=full set=seq:4k";
	struct dsfit_gpu_account need = gpu_account(job);
	struct dsfit_site *site = site_with_memory((need.high_declared + need.high) / 2,
						   "mode = correct refuse-tight = true");
	struct dsfit_decision d;

	ck_assert_uint_lt(need.high_declared, need.high);
	decide(site, job, "gpus-per-node=card:4 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.gpu, DSFIT_TIGHT);
	ck_assert_int_eq(d.assessment.overall, DSFIT_TIGHT);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	ck_assert_uint_eq(d.alternative_count, 0);
	decide(site, job, "gpus-per-node=card:4 nodes=1 mem=8G", &sbatch, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_MEMORY);
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_TIGHT);
	decide(site, "model=llama-3-8b zero=2 checkpointing=full set=seq:4k,eval-batch:0",
	       "gpus-per-node=card:4 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.overall, DSFIT_FITS);
	/* Declared it counts in full. */
	decide(site, "model=llama-3-8b zero=2 checkpointing=full set=seq:4k,eval-batch:8",
	       "gpus-per-node=card:4 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	dsfit_site_free(site);
}
END_TEST

/* --- the network between nodes ------------------------------------------------------------ */

/* Two nodes of four A100 80GB with this network, in gbps; in one partition jobs may not wait. */
static struct dsfit_site *linked_site(double gbps, const char *policy)
{
	return site_of("%s\nnodes \"n\" { count = 2 gpu = a100_80g gpus = 4 memory = 2048GiB "
		       "network = %.3fGbps }\n"
		       "partition \"prompt\" { network = wait }\npartition \"calm\" {}\n",
		       policy, gbps);
}

#define LINKED "gpus-per-node=a100_80g:4 nodes=2"
#define LEAST 25.0			/* the hardware guide's minimum */

/* The account of the network alone, whatever there is. */
static struct dsfit_network_account network_account(const char *declared)
{
	struct dsfit_site *site = linked_site(400, "");
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request r = ask(LINKED, &sbatch);
	struct dsfit_assessment a;

	assess(site, &workload, &r, &a);
	dsfit_site_free(site);
	return a.account.network;
}

/* The network as the account has it, and what of it counts. */
static const struct {
	const char *policy, *words, *declared;
	double share;		/* of the low need, or 0: see gbps; above 1: between low and high */
	double gbps;
	enum dsfit_verdict network, overall;
	bool waits;		/* and it is said to */
} networks[] = {
	/* A wait is no misfit, however long, down to the guide's minimum. */
	{ "", "", "", 0.5, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "", "", "batch=1 seq=2048", 0.5, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "network = floor", "", "batch=1 seq=2048", 0, LEAST, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "", "", "", 0, LEAST - 0.001, DSFIT_EXCEEDS, DSFIT_EXCEEDS, false },
	{ "", "", "", 1.1, 0, DSFIT_TIGHT, DSFIT_FITS, true },
	{ "refuse-tight = true", "", "", 1.1, 0, DSFIT_TIGHT, DSFIT_FITS, true },
	/* It is one where the site says so and the job says how much it computes. */
	{ "network = wait", "", "batch=1 seq=2048", 0.9, 0, DSFIT_EXCEEDS, DSFIT_EXCEEDS, false },
	{ "network = wait", "", "batch=1 seq=2k", 1.1, 0, DSFIT_TIGHT, DSFIT_TIGHT, false },
	{ "network = wait", "", "batch=1", 0.9, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "network = wait", "", "seq=2048", 0.9, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "network = wait", "", "", 0.9, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "network = wait", "", "", 0, LEAST - 0.001, DSFIT_EXCEEDS, DSFIT_EXCEEDS, false },
	/* A site's defaults are no declaration. */
	{ "network = wait defaults { batch = 1 seq = 2048 }", "", "", 0.9, 0, DSFIT_EXCEEDS,
	  DSFIT_FITS, true },
	/* A partition's rule, and the stricter one of several. */
	{ "", " partition=prompt", "batch=1 seq=2048", 0.9, 0, DSFIT_EXCEEDS, DSFIT_EXCEEDS,
	  false },
	{ "", " partition=calm", "batch=1 seq=2048", 0.9, 0, DSFIT_EXCEEDS, DSFIT_FITS, true },
	{ "", " partition=calm,prompt", "batch=1 seq=2048", 0.9, 0, DSFIT_EXCEEDS, DSFIT_EXCEEDS,
	  false },
	/* What keeps up, and what nobody knows. */
	{ "network = wait", "", "batch=1 seq=2048", 0, 3200, DSFIT_FITS, DSFIT_FITS, false },
	{ "network = wait", "", "batch=1 seq=2048", 0, 0, DSFIT_UNKNOWN, DSFIT_FITS, false },
};

START_TEST(test_networks)
{
	const char *declared = "model=13B zero=3";
	const struct dsfit_network_account need = network_account(declared);
	double low = (double)need.low / 1e9, high = (double)need.required / 1e9;
	double gbps = !(networks[_i].share > 0) ? networks[_i].gbps :
		      networks[_i].share > 1 ? (low + high) / 2 : low * networks[_i].share;
	struct dsfit_site *site = linked_site(gbps, networks[_i].policy);
	struct dsfit_workload workload;
	struct dsfit_request r;
	struct dsfit_assessment a;
	char words[128];

	snprintf(words, sizeof(words), "%s %s", declared, networks[_i].declared);
	workload = train(site, words);
	snprintf(words, sizeof(words), LINKED "%s", networks[_i].words);
	r = ask(words, &sbatch);
	assess(site, &workload, &r, &a);
	ck_assert_int_eq(a.gpu, DSFIT_FITS);
	ck_assert_int_eq(a.network, networks[_i].network);
	ck_assert_int_eq(a.overall, networks[_i].overall);
	ck_assert_int_eq(dsfit_may_wait(&a), networks[_i].waits);
	/* What is waited for is longer than half of a step. */
	ck_assert(!networks[_i].waits || a.waiting > 0.5);
	dsfit_site_free(site);
}
END_TEST

/* What a card cannot do. Only what is sure to stop a training is a misfit. */
static const struct {
	const char *declared, *words;
	enum dsfit_card_fault fault;
	bool stops;
} faults[] = {
	/* A site's default precision, or what nobody declares, is no reason. */
	{ "model=350M", "gpus-per-node=v100:4", DSFIT_CARD_SUITS, false },
	{ "model=350M precision=fp16", "gpus-per-node=v100:4", DSFIT_CARD_SUITS, false },
	{ "model=350M precision=bf16", "gpus-per-node=v100:4", DSFIT_CARD_EMULATES_BF16, false },
	{ "model=350M precision=bf16-true", "gpus-per-node=v100:4", DSFIT_CARD_EMULATES_BF16,
	  false },
	{ "model=350M precision=bf16", "gpus-per-node=a100_80g:4", DSFIT_CARD_SUITS, false },
	/* torch 2.2 says that such a card has no bf16. */
	{ "model=350M precision=bf16 set=torch:2.2", "gpus-per-node=v100:4",
	  DSFIT_CARD_STOPS_BF16, true },
	{ "model=350M precision=bf16 set=torch:2.3", "gpus-per-node=v100:4",
	  DSFIT_CARD_EMULATES_BF16, false },
	{ "model=350M set=torch:2.1", "gpus-per-node=v100:4", DSFIT_CARD_SUITS, false },
	{ "model=350M precision=bf16-true set=torch:2.1", "gpus-per-node=v100:4",
	  DSFIT_CARD_STOPS_BF16, true },
	{ "model=350M precision=bf16-true set=torch:2.1,engine:none", "gpus-per-node=v100:1",
	  DSFIT_CARD_EMULATES_BF16, false },
	/* Slices are not joined, on one node or on several. */
	{ "model=350M", "gpus-per-node=a100_3g.20gb:1", DSFIT_CARD_SUITS, false },
	{ "model=350M", "gpus-per-node=a100_3g.20gb:2", DSFIT_CARD_IS_SLICE, true },
	{ "model=350M", "nodes=2 gpus-per-node=a100_3g.20gb:1", DSFIT_CARD_IS_SLICE, true },
	/* More than the site has of them. */
	{ "model=350M", "nodes=9 gpus-per-node=a100_3g.20gb:1", DSFIT_CARD_IS_SLICE, true },
	{ "model=350M method=qlora", "gpus-per-node=k80:1", DSFIT_CARD_LACKS_4_BIT, false },
	{ "model=350M method=lora", "gpus-per-node=k80:1", DSFIT_CARD_SUITS, false },
	{ "model=350M method=qlora", "gpus-per-node=v100:1", DSFIT_CARD_SUITS, false },
};

START_TEST(test_faults)
{
	struct dsfit_site *site = site_of("defaults { precision = bf16 }\n"
					  "nodes \"v\" { gpu = v100 gpus = 4 memory = 512G }\n"
					  "nodes \"k\" { gpu = k80 gpus = 4 memory = 512G }\n"
					  "nodes \"a\" { gpu = a100_80g gpus = 8 memory = 1T }\n"
					  "nodes \"s\" { gpu = a100_3g.20gb gpus = 8 count = 4 "
					  "memory = 512G }\n");
	struct dsfit_workload workload = train(site, faults[_i].declared);
	struct dsfit_request r = ask(faults[_i].words, &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;

	assess(site, &workload, &r, &a);
	ck_assert_int_eq(a.fault, faults[_i].fault);
	ck_assert_int_eq(dsfit_card_stops(a.fault), faults[_i].stops);
	ck_assert_int_eq(a.overall == DSFIT_EXCEEDS, faults[_i].stops);
	/* What is proposed instead runs, on cards that can do it. */
	dsfit_decide(site, &workload, &r, &open_gate, &d);
	ck_assert(!faults[_i].stops || d.action == DSFIT_CORRECT || d.alternative_count);
	for (size_t i = 0; i < d.alternative_count; i++) {
		const struct dsfit_assessment *one = &d.alternatives[i].assessment;

		ck_assert(!dsfit_card_stops(one->fault));
		ck_assert(!one->class->gpu->whole || one->layout.gpus == 1);
	}
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assess");

	add_all(suite, "one by one", (const TTest *const[]){
		test_judge, test_kept_accounts, test_kept_comparisons, test_worst_class,
		test_borders, test_refuse_tight, test_undeclared_evaluation, NULL,
	});
	add_loop(suite, "networks", test_networks, DSFIT_ARRAY_SIZE(networks));
	add_loop(suite, "what cards cannot do", test_faults, DSFIT_ARRAY_SIZE(faults));
	return unit_run(suite);
}
