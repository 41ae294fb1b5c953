/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions: what each policy does about a misfit, and which alternatives are shown. Random sites,
 * trainings and requests are checked for what must hold for every decision (decisions.h).
 */
#include "core/decide/decide.h"

#include "cli/size_arguments.h"
#include "core/decide/least_offload.h"
#include "core/decide/plan.h"
#include "core/decide/solve.h"
#include "core/say/phrases.h"
#include "plugin/said.h"
#include "tests/unit/decisions.h"

/* --- what else would fit -------------------------------------------------------------------- */

/* An alternative may change the training. Its options replace what was declared. */
START_TEST(test_training)
{
	static const struct {
		const char *declared, *training;
	} rows[] = {
		{ "model=7B zero=2", "offload=optimizer:cpu" },
		{ "model=7B zero=0", "zero=3 offload=optimizer:cpu" },
		{ "model=3B zero=3 batch=64", "batch=8" },
		{ "model=3B zero=3 batch=64 checkpointing=none", "batch=2" },
		{ "model=13B zero=3", "offload=optimizer:cpu" },
		{ "model=13B zero=3 offload=param:cpu", "offload=optimizer:cpu" },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_decision d;
		size_t found = 0;

		decide(site, rows[i].declared, "gpus-per-node=a100:4 nodes=1 partition=strict",
		       &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		for (size_t j = 0; j < d.alternative_count; j++) {
			const struct dsfit_alternative *one = &d.alternatives[j];

			if (one->retrained)
				ck_assert_str_eq(one->way.options, rows[i].training);
			found += one->retrained;
		}
		ck_assert_msg(found == 1, "%s", rows[i].declared);
	}
	dsfit_site_free(site);
}
END_TEST

/* What nobody has told to be offloaded: as little as it takes. */
START_TEST(test_least_offload)
{
	static const struct {
		const char *declared;
		enum dsfit_offload optimizer, param;
	} rows[] = {
		{ "model=350M zero=3", DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ "model=13B zero=3", DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NONE },
		/* Nothing fits. */
		{ "model=500B zero=3", DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_CPU },
		/* Stage 0 offloads nothing. */
		{ "model=13B zero=0", DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
	};
	struct dsfit_site *site = site_of("nodes \"n\" { gpu = a100 gpus = 4 memory = 512GB }\n");
	struct dsfit_request r = ask("gpus-per-node=4", &sbatch);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_workload w = train(site, rows[i].declared);

		dsfit_least_offload(site, &r, &w);
		ck_assert_int_eq(w.training.offload_optimizer, rows[i].optimizer);
		ck_assert_int_eq(w.training.offload_param, rows[i].param);
	}
	dsfit_site_free(site);
}
END_TEST

/* If no request fits, the figures are those of the closest one that was tried. */
START_TEST(test_nothing_fits)
{
	static const char *const models[] = {
		"model=100T", "model=1000T", "model=100T zero=0",
		/* On one GPU these stop, so how far off it is says nothing. */
		"model=100T parallel=tensor:2", "model=560B zero=0 parallel=pipeline:2",
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(models); i++) {
		struct dsfit_decision d;

		decide(site, models[i], "", &sbatch, &d);
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_NOTHING_FITS);
		ck_assert_uint_eq(d.alternative_count, 0);
		ck_assert(d.closest.placed);
		ck_assert_ptr_nonnull(d.closest.class);
		ck_assert_str_eq(d.closest.stop.text, "");
		ck_assert_int_eq(d.closest.overall, DSFIT_EXCEEDS);
		ck_assert_uint_gt(d.closest.account.gpu.low, d.closest.gpu_capacity);
		ck_assert_uint_ge(d.closest.account.gpu.high, d.closest.account.gpu.low);
		ck_assert(d.assessment.stop.text[0] ||
			  d.assessment.account.gpu.low >= d.closest.account.gpu.low);
	}
	dsfit_site_free(site);
}
END_TEST

/* If every request at the site is at best tight, the closest one is tight, and alternatives show
 * what would fit. */
START_TEST(test_tight_at_best)
{
	static const char *const asked[] = { "", "gpus-per-node=h100:8 nodes=1" };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(asked); i++) {
		struct dsfit_decision d;

		decide(site, "model=70B", asked[i], &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		ck_assert_int_eq(d.closest.overall, DSFIT_TIGHT);
		ck_assert_uint_eq(d.alternative_count, 1);
		ck_assert_str_eq(d.alternatives[0].way.options, "offload=optimizer:cpu");
		ck_assert(!dsfit_something_fits(&d));
	}
	dsfit_site_free(site);
}
END_TEST

/* GPUs that are tight as they were asked for may stay so if only the memory of the node is wrong.
 * That is no more than a hope: what is sure to fit is looked for, too, and comes first. */
START_TEST(test_tight_is_not_all)
{
	static const char declared[] = "model=1.3B zero=3 offload=cpu seq=14336 precision=fp32";
	static const char asked[] = "gres=gpu:rtx4090:2 mem-per-cpu=4G partition=strict";
	static const char tight[] = "-p strict --gres=gpu:rtx4090:2 --mem-per-cpu=60G";
	struct dsfit_site *site = unit_site();
	struct dsfit_site *small = site_of("nodes \"ws\" { count = 4 gpu = rtx4090 gpus = 2 "
					   "memory = 128000MiB network = 25Gbps }\n"
					   "partition \"strict\" { mode = reject }\n");
	struct dsfit_decision d;

	decide(site, declared, asked, &sbatch, &d);
	ck_assert_uint_eq(d.alternative_count, 2);
	ck_assert_int_eq(d.alternatives[0].assessment.overall, DSFIT_FITS);
	ck_assert_str_eq(say(&d.alternatives[0].request),
			 "-p strict --gres=gpu:a100_80g:2 --mem-per-cpu=60G");
	ck_assert_int_eq(d.alternatives[1].assessment.overall, DSFIT_TIGHT);
	ck_assert_str_eq(say(&d.alternatives[1].request), tight);

	decide(small, declared, asked, &sbatch, &d);
	ck_assert_uint_eq(d.alternative_count, 2);
	ck_assert_int_eq(d.alternatives[0].assessment.overall, DSFIT_FITS);
	ck_assert_str_eq(say(&d.alternatives[0].request),
			 "-p strict -N 1 --gpus-per-node=rtx4090:1 --mem-per-gpu=60G");
	ck_assert_str_eq(say(&d.alternatives[1].request), tight);
	dsfit_site_free(small);
	dsfit_site_free(site);
}
END_TEST

/* If no change of the request fits, the plan's first row is shown. */
START_TEST(test_plans_own)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=13B zero=3 parallel=tensor:8");
	struct dsfit_request nothing = ask("", &sbatch);
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &nothing);
	struct dsfit_alternative first;
	struct dsfit_decision d;

	ck_assert_uint_eq(dsfit_plan(&plan, &first, 1), 1);
	decide(site, "model=13B zero=3 parallel=tensor:8", "gpus-per-task=3 ntasks-per-node=3",
	       &sbatch, &d);
	ck_assert_uint_eq(d.alternative_count, 1);
	ck_assert_str_eq(say(&d.alternatives[0].request), say(&first.request));
	dsfit_site_free(site);
}
END_TEST

/* Where parallelism needs more GPUs than there are, no other way to train is looked for. */
START_TEST(test_parallelism_stays)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_decision d;

	decide(site, "model=13B zero=3 parallel=tensor:32", "nodes=1 gpus-per-node=a100:4",
	       &sbatch, &d);
	ck_assert_uint_eq(d.alternative_count, 0);
	ck_assert_uint_gt(d.budget.layouts, DSFIT_PLAN_BUDGET - 500);
	dsfit_site_free(site);
}
END_TEST

/* --- policy ------------------------------------------------------------------------------- */

/* A site with two classes. The requested one is too small, and needs a change that a row's policy
 * forbids. */
static struct dsfit_site *strict_site(const char *policy)
{
	return site_of("%s\n"
		       "nodes \"a100\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "scratch = 4TB network = 200Gbps features = {net200} }\n"
		       "nodes \"h100\" { count = 2 gpu = h100 gpus = 8 memory = 2000GiB "
		       "scratch = 8TB network = 800Gbps features = {net400} }\n"
		       "partition \"gpu\" { default = true }\n", policy);
}

static const struct {
	const char *may_change, *declared, *asked;
	enum dsfit_action action;
	unsigned forbidden;
} may_change_rows[] = {
	{ "", "model=350M", "gpus-per-node=a100:1", DSFIT_PASS, 0 },
	{ "", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_NODES },
	{ "memory, gpus", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_NODES },
	{ "nodes", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT, 0 },
	{ "nodes", "model=7B zero=3", "gpus-per-node=a100:2 nodes=1", DSFIT_CORRECT, 0 },
	{ "memory", "model=7B zero=3", "gpus-per-node=a100:2 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_GPUS },
	{ "memory", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G", DSFIT_CORRECT,
	  0 },
	{ "gpus, nodes", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=0", DSFIT_PASS,
	  0 },
	{ "scratch", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G", DSFIT_REFUSE,
	  DSFIT_CHANGE_MEMORY },
	{ "memory", "model=13B zero=3 offload=nvme", "gpus-per-node=a100:4 tmp=1G", DSFIT_REFUSE,
	  DSFIT_CHANGE_SCRATCH },
	/* A total number of GPUs (--gpus) is a change of "gpus" too. */
	{ "memory", "model=13B zero=3", "gpus=a100:4", DSFIT_REFUSE, DSFIT_CHANGE_GPUS },
	/* A type that the user named is kept, whatever may change. */
	{ "memory, scratch, network, gpus, nodes, gpu-type, partition", "model=40B zero=3",
	  "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE, DSFIT_CHANGE_GPU_TYPE },
};

START_TEST(test_may_change)
{
	char policy[128];
	struct dsfit_site *site;
	struct dsfit_decision d;

	snprintf(policy, sizeof(policy), "mode = correct may-change = {%s}",
		 may_change_rows[_i].may_change);
	site = strict_site(policy);
	decide(site, may_change_rows[_i].declared, may_change_rows[_i].asked, &sbatch, &d);
	ck_assert_msg(d.action == may_change_rows[_i].action, "{%s} %s: %d, obstacle %d",
		      may_change_rows[_i].may_change, may_change_rows[_i].asked, d.action,
		      d.obstacle);
	if (d.action == DSFIT_REFUSE) {
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_MAY_CHANGE);
		ck_assert_uint_eq(d.forbidden & may_change_rows[_i].forbidden,
				  may_change_rows[_i].forbidden);
		ck_assert_uint_gt(d.alternative_count, 0);
	}
	dsfit_site_free(site);
}
END_TEST

static const struct {
	enum dsfit_mode site;
	const char *fit;		/* --ds-fit, or NULL */
	bool may_override;
	enum dsfit_mode mode;
	bool denied;
	enum dsfit_action action;
} mode_rows[] = {
	{ DSFIT_MODE_OFF, NULL, false, DSFIT_MODE_OFF, false, DSFIT_PASS },
	{ DSFIT_MODE_ADVISE, NULL, false, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_CORRECT, NULL, false, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_REJECT, NULL, false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	/* Everybody may choose a stricter mode. */
	{ DSFIT_MODE_OFF, "advise", false, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_OFF, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	{ DSFIT_MODE_ADVISE, "correct", false, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_CORRECT, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	/* The same mode changes nothing. */
	{ DSFIT_MODE_REJECT, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	{ DSFIT_MODE_CORRECT, "correct", true, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	/* Only users in may-override may choose a milder one. */
	{ DSFIT_MODE_REJECT, "correct", false, DSFIT_MODE_REJECT, true, DSFIT_REFUSE },
	{ DSFIT_MODE_REJECT, "correct", true, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_REJECT, "off", false, DSFIT_MODE_REJECT, true, DSFIT_REFUSE },
	{ DSFIT_MODE_REJECT, "off", true, DSFIT_MODE_OFF, false, DSFIT_PASS },
	{ DSFIT_MODE_CORRECT, "advise", false, DSFIT_MODE_CORRECT, true, DSFIT_CORRECT },
	{ DSFIT_MODE_CORRECT, "advise", true, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_ADVISE, "off", false, DSFIT_MODE_ADVISE, true, DSFIT_PASS },
};

START_TEST(test_modes)
{
	struct dsfit_gate gate = open_gate;
	char policy[64], declared[64];
	struct dsfit_site *site;
	struct dsfit_decision d;

	gate.may_override = mode_rows[_i].may_override;
	snprintf(policy, sizeof(policy), "mode = %s", dsfit_mode_names[mode_rows[_i].site]);
	snprintf(declared, sizeof(declared), "model=13B zero=3%s%s",
		 mode_rows[_i].fit ? " fit=" : "", mode_rows[_i].fit ? mode_rows[_i].fit : "");
	site = strict_site(policy);
	decide_with(site, declared, "gpus-per-node=a100:4 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.mode, mode_rows[_i].mode);
	ck_assert_int_eq(d.fit_denied, mode_rows[_i].denied);
	ck_assert_int_eq(d.action, mode_rows[_i].action);
	/* Advice shows the same alternatives as a refusal. */
	if (d.mode == DSFIT_MODE_ADVISE || d.mode == DSFIT_MODE_REJECT)
		ck_assert_uint_gt(d.alternative_count, 0);
	if (d.mode == DSFIT_MODE_REJECT)
		ck_assert_int_eq(d.obstacle, mode_rows[_i].site == DSFIT_MODE_REJECT ?
						     DSFIT_OBSTACLE_MODE : DSFIT_OBSTACLE_WISH);
	/* A request that fits passes in every mode. */
	decide_with(site, declared, "gpus-per-node=h100:8 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	ck_assert_int_eq(d.obstacle, DSFIT_NO_OBSTACLE);
	/* A gate that cannot rewrite the request only advises. */
	gate.can_rewrite = false;
	decide_with(site, declared, "gpus-per-node=a100:4 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

static bool is_told(const void *context, const struct dsfit_decision *d)
{
	return d->assessment.overall == DSFIT_EXCEEDS && context;
}

/* A user who was told what fits instead needs no second search. */
START_TEST(test_told)
{
	static const struct {
		const char *mode;
		bool told;
		enum dsfit_action action;
		bool searches;
	} rows[] = {
		{ "mode = advise", false, DSFIT_PASS, true },
		{ "mode = advise", true, DSFIT_PASS, false },
		{ "mode = reject", true, DSFIT_REFUSE, true },
		{ "mode = correct", true, DSFIT_CORRECT, true },
	};
	struct dsfit_gate gate = open_gate;

	gate.is_told = is_told;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = strict_site(rows[i].mode);
		struct dsfit_decision d;

		gate.context = rows[i].told ? &gate : NULL;
		decide_with(site, "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &sbatch,
			    &gate, &d);
		ck_assert_int_eq(d.action, rows[i].action);
		ck_assert_int_eq(d.assessment.overall, DSFIT_EXCEEDS);
		ck_assert_int_eq(d.action == DSFIT_CORRECT || d.alternative_count,
				 rows[i].searches);
		dsfit_site_free(site);
	}
}
END_TEST

START_TEST(test_unknown_gpu)
{
	static const struct {
		const char *policy;
		enum dsfit_action action;
	} rows[] = {
		{ "mode = correct unknown-gpu = accept", DSFIT_PASS },
		{ "mode = correct unknown-gpu = warn", DSFIT_PASS },
		{ "mode = correct unknown-gpu = reject", DSFIT_REFUSE },
		{ "mode = reject unknown-gpu = warn", DSFIT_PASS },
		{ "mode = reject unknown-gpu = reject", DSFIT_REFUSE },
		{ "mode = advise unknown-gpu = reject", DSFIT_PASS },
		{ "mode = off unknown-gpu = reject", DSFIT_PASS },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = strict_site(rows[i].policy);
		struct dsfit_decision d;

		/* dsfit does not guess the memory of a MIG slice, so the verdict is unknown. */
		decide(site, "model=560B", "gpus-per-node=3g.20gb:2", &sbatch, &d);
		ck_assert_msg(d.action == rows[i].action, "%s", rows[i].policy);
		ck_assert_int_eq(d.assessment.overall, DSFIT_UNKNOWN);
		ck_assert_int_eq(d.obstacle, d.action == DSFIT_REFUSE ? DSFIT_OBSTACLE_UNKNOWN_GPU :
									DSFIT_NO_OBSTACLE);
		dsfit_site_free(site);
	}
}
END_TEST

static const struct {
	const char *policy, *declared, *asked;
	enum dsfit_action action;
} limit_rows[] = {
	{ "max-gpus = 12", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT },
	{ "max-gpus = 11", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE },
	{ "max-nodes = 3", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT },
	{ "max-nodes = 2", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE },
	{ "max-gpus = 8", "model=13B", "", DSFIT_CORRECT },
	{ "max-gpus = 1", "model=13B", "", DSFIT_REFUSE },
	/* A user may ask for more than max-gpus, and the memory may still be corrected. */
	{ "max-gpus = 2", "model=350M", "gpus-per-node=a100:4", DSFIT_PASS },
	{ "max-gpus = 2", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G",
	  DSFIT_CORRECT },
	{ "max-nodes = 1", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G nodes=2",
	  DSFIT_CORRECT },
};

START_TEST(test_limits)
{
	char policy[64];
	struct dsfit_site *site;
	struct dsfit_decision d;

	snprintf(policy, sizeof(policy), "mode = correct %s", limit_rows[_i].policy);
	site = strict_site(policy);
	decide(site, limit_rows[_i].declared, limit_rows[_i].asked, &sbatch, &d);
	ck_assert_msg(d.action == limit_rows[_i].action, "%s, %s: %d", limit_rows[_i].policy,
		      limit_rows[_i].asked, d.action);
	dsfit_site_free(site);
}
END_TEST

/* --- any site, any request ------------------------------------------------------------------ */

static const char *pick(uint64_t *state, const char *const *words, size_t count)
{
	return words[words_random(state, count)];
}

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

static struct dsfit_site *random_site(uint64_t *state)
{
	static const char *const policies[] = {
		"", "", "refuse-tight = true ", "max-gpus = 8 ", "max-nodes = 2 ",
		"may-change = {memory, gpus} ", "may-change = {nodes, gpu-type} ",
		"may-change = {memory, network, gpus, partition} ", "mode = reject ",
		"unknown-gpu = reject ", "mode = advise ", "network-wait = 0.1 ",
		"network = wait ", "network = wait network-wait = 0.2 ",
		"default-mem-per-gpu = 16GiB ", "default-mem-per-cpu = 4GiB ",
		"storage = 300GB ",
	};
	static const char *const gpus[] = {
		"rtx3070", "rtx4090", "a40", "a100", "a100_80g", "h100", "h200",
	};
	static const char *const sizes[] = { "1", "2", "3", "4", "6", "8" };
	static const char *const features[] = { "", "slow", "fast", "fast, ib", "slow, ib" };
	static const char *const homes[] = { "", "day", "night", "day, night" };
	static const char *const parts[] = {
		"", "preemptible = true", "refuse-tight = true", "mode = reject",
		"may-change = {memory, nodes}", "max-gpus = 4", "network = wait",
	};
	char text[4096] = "mode = correct ";
	size_t classes = 1 + words_random(state, 4);

	append(text, sizeof(text), "%s%s\n", pick(state, policies, DSFIT_ARRAY_SIZE(policies)),
	       pick(state, policies, DSFIT_ARRAY_SIZE(policies)));
	for (size_t i = 0; i < classes; i++) {
		append(text, sizeof(text), "nodes \"n%zu\" { gpu = %s gpus = %s count = %llu ", i,
		       pick(state, gpus, DSFIT_ARRAY_SIZE(gpus)),
		       pick(state, sizes, DSFIT_ARRAY_SIZE(sizes)),
		       1 + (unsigned long long)words_random(state, 6));
		if (words_random(state, 2))
			append(text, sizeof(text), "cpus = %llu ",
			       4 + (unsigned long long)words_random(state, 60));
		append(text, sizeof(text), "features = {%s} ",
		       pick(state, features, DSFIT_ARRAY_SIZE(features)));
		append(text, sizeof(text), "partitions = {%s} ",
		       pick(state, homes, DSFIT_ARRAY_SIZE(homes)));
		if (words_random(state, 4))
			append(text, sizeof(text), "memory = %lluGiB ",
			       16 + (unsigned long long)words_random(state, 1000));
		if (words_random(state, 4))
			append(text, sizeof(text), "network = %lluGbps ",
			       10 + (unsigned long long)words_random(state, 400));
		if (words_random(state, 2))
			append(text, sizeof(text), "scratch = %lluGiB ",
			       (unsigned long long)words_random(state, 4000));
		if (words_random(state, 2))
			append(text, sizeof(text), "price = %llu ",
			       (unsigned long long)words_random(state, 50));
		append(text, sizeof(text), "}\n");
	}
	append(text, sizeof(text), "partition \"day\" { default = true %s }\n",
	       pick(state, parts, DSFIT_ARRAY_SIZE(parts)));
	append(text, sizeof(text), "partition \"night\" { %s }\n",
	       pick(state, parts, DSFIT_ARRAY_SIZE(parts)));
	return site_of("%s", text);
}

static void random_declaration(uint64_t *state, char *text, size_t size)
{
	static const char *const models[] = {
		"124M", "350M", "1.3B", "3B", "7B", "13B", "30B", "70B", "8x7B", "560B",
	};
	static const char *const more[] = {
		"", "", "zero=0", "zero=1", "zero=2", "zero=3", "zero=2 offload=cpu",
		"zero=3 offload=cpu", "zero=3 offload=nvme", "zero=3 offload=optimizer:cpu",
		"zero=3 offload=param:cpu",
		"method=lora", "method=qlora", "engine=none", "zero=3 parallel=tensor:2",
		"parallel=pipeline:3",
	};
	static const char *const batch[] = {
		"", "", "batch=4", "batch=16 seq=8192", "batch=1 seq=2048",
	};
	static const char *const goals[] = { "", "", "goal=experiment", "goal=production" };

	snprintf(text, size, "model=%s %s %s %s", pick(state, models, DSFIT_ARRAY_SIZE(models)),
		 pick(state, more, DSFIT_ARRAY_SIZE(more)),
		 pick(state, batch, DSFIT_ARRAY_SIZE(batch)),
		 pick(state, goals, DSFIT_ARRAY_SIZE(goals)));
}

static void random_request(uint64_t *state, const struct dsfit_site *site, char *text,
			   size_t size)
{
	static const char *const forms[] = {
		"gpus=", "gpus-per-node=", "gpus-per-task=", "gres=gpu:", "gres=nvme:1,gpu:",
		"tres-per-task=gres/gpu:",
	};
	static const char *const others[] = {
		"nodes=1", "nodes=2", "nodes=1-2", "nodes=1-4", "ntasks=1", "ntasks=4",
		"ntasks=8", "ntasks-per-node=1", "ntasks-per-node=2", "mem=8G", "mem=0",
		"mem-per-gpu=4G", "mem-per-cpu=1G", "cpus-per-task=7", "cpus-per-gpu=5", "tmp=8G",
		"partition=day",
		"partition=night", "partition=day,night", "constraint=slow", "constraint=fast|ib",
		"constraint=[slow|ib]", "constraint=fast*2",
		"exclusive=exclusive", "nodelist=n0",
	};
	size_t form = words_random(state, DSFIT_ARRAY_SIZE(forms) + 2);
	const char *type = "";
	char typed[DSFIT_NAME_MAX + 1] = "";

	if (words_random(state, 2))
		type = site->classes[words_random(state, site->class_count)].gres_type;
	else if (words_random(state, 12) == 0)
		type = "v100";
	if (*type)
		snprintf(typed, sizeof(typed), "%s:", type);
	text[0] = '\0';
	if (form < DSFIT_ARRAY_SIZE(forms))
		snprintf(text, size, "%s%s%llu", forms[form], typed,
			 1 + (unsigned long long)words_random(state, 8));
	else if (form == DSFIT_ARRAY_SIZE(forms))
		snprintf(text, size, "ntasks-per-gpu=1 ntasks=%llu",
			 1 + (unsigned long long)words_random(state, 8));
	for (uint64_t n = words_random(state, 4); n; n--)
		append(text, size, " %s", pick(state, others, DSFIT_ARRAY_SIZE(others)));
}

/* slurmctld decides on the request that the submit host decided on or wrote: the user has read the
 * figures of its decision. */
static void assert_said(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_slurm_options *options, struct dsfit_slurm slurm,
			const struct dsfit_decision *told)
{
	const struct dsfit_said said = dsfit_said_of(told);
	struct dsfit_request request;
	struct dsfit_decision d;

	slurm.controller = true;
	ck_assert_int_eq(dsfit_request_parse(options, &slurm, &request, NULL), 0);
	dsfit_decide(site, workload, &request, &open_gate, &d);
	ck_assert_msg(!dsfit_said_other_figures(&said, &d), "%s, %s", workload->model.name,
		      say(&request));
}

/* Read the corrected options and decide again, as slurmctld does. */
static void assert_round_trip(const struct dsfit_site *site, const struct dsfit_workload *workload,
			      const char *words, const struct dsfit_slurm *slurm,
			      const struct dsfit_decision *d)
{
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err = { "" };
	struct dsfit_request again;
	int count = dsfit_request_changes(&options, slurm, &d->asked, &d->corrected.request,
					  changes);

	ck_assert_msg(count > 0, "%s cannot become %s", words, say(&d->corrected.request));
	words_apply(changes, count, &options);
	ck_assert_msg(!dsfit_request_parse(&options, slurm, &again, &err), "%s", err.text);
	assert_passes(site, workload, &again, &open_gate, "what was written");
	assert_said(site, workload, &options, *slurm, d);
}

/* Decisions for each random site; $DSFIT_ROUNDS makes more of them. */
static int rounds(void)
{
	const char *more = getenv("DSFIT_ROUNDS");

	return more ? atoi(more) : 150;
}

/* Requests that were given back. */
static size_t given_back;

/* A look never fails a request that its assessment passes. */
static void assert_look(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_request *request)
{
	struct dsfit_accounts accounts;
	struct dsfit_landing landing;
	struct dsfit_assessment a;

	dsfit_accounts_begin(&accounts, site, workload);
	dsfit_assess_among(&accounts, request, NULL, 0, &a);
	ck_assert(dsfit_landing_begin(&landing, site, request));
	landing.accounts = &accounts;
	for (enum dsfit_verdict aim = DSFIT_FITS; aim <= DSFIT_TIGHT; aim++) {
		const struct dsfit_demand demand = { aim, aim };

		/* Twice: the second remembers a class of the first. */
		for (int i = 0; i < 2; i++)
			ck_assert_msg(dsfit_look(&landing, request, &demand) <= aim ||
				      !a.placed || a.overall > aim || a.gpu > aim, "%s, %s",
				      workload->model.name, say(request));
	}
	dsfit_landing_end(&landing);
	dsfit_accounts_end(&accounts);
}

/* Assert that a request that dsfit prints is the same job to "dsfit size", if its line is given
 * back as it was printed. */
static void assert_given_back(const struct dsfit_site *site, const char *declared,
			      const struct dsfit_request *request, const struct dsfit_way *way,
			      const struct dsfit_assessment *was)
{
	char name[] = "dsfit size", line[1024], *text = NULL, *words[] = { name, line, NULL };
	struct size_arguments arguments;
	struct dsfit_workload workload;
	struct dsfit_assessment a, before = *was;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char **argv = words;

	fprintf(out, "sbatch:");
	dsfit_phrase_options(out, "--", declared);
	fprintf(out, " %s", say(request));
	if (way)
		dsfit_phrase_options(out, "--ds-", way->options);
	fprintf(out, " (27.8 GiB of 39.4 GiB per GPU)");
	fclose(out);
	ck_assert_uint_lt(size, sizeof(line));
	strcpy(line, text);
	size_arguments_read(2, argv, &arguments);
	ck_assert(!dsfit_declaration_resolve(&arguments.declaration, &site->models,
					     &site->defaults, &workload, NULL));
	assess(site, &workload, &arguments.request, &a);
	/* Alternatives do without an evaluation that nobody has declared. */
	dsfit_count_evaluation(&a);
	dsfit_count_evaluation(&before);
	ck_assert_msg(a.overall == before.overall && a.account.gpu.peak == was->account.gpu.peak &&
		      a.account.host.high == was->account.host.high, "%s: %s, not %s", text,
		      dsfit_verdict_names[a.overall], dsfit_verdict_names[before.overall]);
	free(text);
	given_back++;
}

/* --- the largest that fits ------------------------------------------------------------------ */

struct solving {
	const struct dsfit_site *site;
	const char *declared;
	const struct dsfit_request *request;
	int kind;
};

static bool fits_with(void *context, uint64_t value)
{
	const struct solving *solving = context;
	unsigned long long v = value;
	char words[WORDS_MAX];
	struct dsfit_workload workload;
	struct dsfit_assessment a;

	snprintf(words, sizeof(words), "%s ", solving->declared);
	if (solving->kind == 2)
		append(words, sizeof(words), "model=%llu.%lluB", v / 10, v % 10);
	else
		append(words, sizeof(words), solving->kind ? "seq=%llu" : "batch=%llu", v);
	workload = train(solving->site, words);
	assess(solving->site, &workload, solving->request, &a);
	return dsfit_solve_fits(&a);
}

/* What is found fits, and the next larger does not. */
static void assert_largest(const struct dsfit_site *site, const char *declared, int kind,
			   const struct dsfit_decision *d)
{
	static const uint64_t limits[] = { 1 << 20, 1 << 26, 100000 };
	struct solving s = { site, declared, &d->asked, kind };
	uint64_t largest = dsfit_solve(limits[kind], fits_with, &s);

	ck_assert_msg((!largest || fits_with(&s, largest)) && !fits_with(&s, largest + 1),
		      "%s, %s: %llu of kind %d", declared, say(&d->asked),
		      (unsigned long long)largest, kind);
	s.kind = 0;
	if (d->largest_batch)
		ck_assert_msg(fits_with(&s, d->largest_batch) &&
			      !fits_with(&s, d->largest_batch + 1), "%s, %s: batch %llu", declared,
			      say(&d->asked), (unsigned long long)d->largest_batch);
}

static bool is_listed(void *context, uint64_t value)
{
	for (const uint64_t *list = context; *list; list++)
		if (*list == value)
			return true;
	return false;
}

/* Values that fit need not begin at 1, nor be without gaps. */
START_TEST(test_solve)
{
	static uint64_t gaps[] = { 4, 5, 7, 9, 20, 0 }, none[] = { 0 }, all[] = { 1, 2, 3, 0 };

	ck_assert_uint_eq(dsfit_solve(1000, is_listed, gaps), 20);
	ck_assert_uint_eq(dsfit_solve(19, is_listed, gaps), 9);
	ck_assert_uint_eq(dsfit_solve(1000, is_listed, none), 0);
	ck_assert_uint_eq(dsfit_solve(3, is_listed, all), 3);
	ck_assert_uint_eq(dsfit_solve(1, is_listed, all), 1);
}
END_TEST

static void assert_all_given_back(const struct dsfit_site *site, const char *declared,
				  const struct dsfit_decision *d)
{
	/* The names of nodes are not printed. */
	bool named = d->asked.bound == DSFIT_NODES_BOUND_BY_LIST;

	if (!d->nothing_asked && !named)
		assert_given_back(site, declared, &d->asked, NULL, &d->assessment);
	if (d->action == DSFIT_CORRECT && !named)
		assert_given_back(site, declared, &d->corrected.request, NULL,
				  &d->corrected.assessment);
	for (size_t i = 0; i < d->alternative_count; i++)
		assert_given_back(site, declared, &d->alternatives[i].request,
				  d->alternatives[i].retrained ? &d->alternatives[i].way : NULL,
				  &d->alternatives[i].assessment);
}

START_TEST(test_any)
{
	static const unsigned releases[] = { 2205, 2411, 2605 };
	uint64_t state = 0x2545f4914f6cdd1d + (uint64_t)_i * 7919;
	struct dsfit_site *site = random_site(&state);

	int solved = 0;

	for (int round = 0, last = rounds(); round < last; round++) {
		const struct dsfit_slurm slurm = {
			(enum dsfit_command)words_random(&state, 3),
			releases[words_random(&state, DSFIT_ARRAY_SIZE(releases))],
			words_random(&state, 2),
		};
		char declared[256], asked[WORDS_MAX], line[WORDS_MAX];
		struct dsfit_slurm_options options;
		struct dsfit_workload workload;
		struct dsfit_request request;
		struct dsfit_decision d;

		random_declaration(&state, declared, sizeof(declared));
		random_request(&state, site, asked, sizeof(asked));
		workload = train(site, declared);
		request = ask(asked, &slurm);
		dsfit_decide(site, &workload, &request, &open_gate, &d);
		assert_sound(site, &workload, &open_gate, &d);
		assert_look(site, &workload, &request);
		assert_all_given_back(site, declared, &d);
		if (solved < rounds() / 3 && d.asked.scope != DSFIT_GPUS_UNSET)
			assert_largest(site, declared, solved++ % 3, &d);
		options = words_options(asked, line);
		if (d.action == DSFIT_CORRECT)
			assert_round_trip(site, &workload, asked, &slurm, &d);
		else
			assert_said(site, &workload, &options, slurm, &d);
	}
	/* In all 40 loops, more than 2,000 requests that were printed. */
	ck_assert_uint_ge(given_back, (size_t)rounds());
	/* And 2,000 times the largest that fits. */
	ck_assert_int_eq(solved, rounds() / 3);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decide");

	add_loop(suite, "may-change", test_may_change, DSFIT_ARRAY_SIZE(may_change_rows));
	add_loop(suite, "modes", test_modes, DSFIT_ARRAY_SIZE(mode_rows));
	add_loop(suite, "limits", test_limits, DSFIT_ARRAY_SIZE(limit_rows));
	add_loop(suite, "any", test_any, 40);
	add_all(suite, "one by one", (const TTest *const[]){
		test_training, test_nothing_fits, test_tight_at_best, test_tight_is_not_all,
		test_plans_own, test_parallelism_stays, test_unknown_gpu, test_solve,
		test_least_offload, test_told, NULL,
	});
	return unit_run(suite);
}
