/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that a GPU needs is never above the account: on no layout, of no training. That holds
 * for random ones, which are the same at every run; $DSFIT_ROUNDS makes more of them. And it is
 * worth having: for most trainings it is not far below.
 */
#include "core/account/least.h"

#include "core/account/account.h"
#include "core/decide/assess.h"
#include "tests/unit/jobs.h"

static const char *const models[] = {
	"124M", "350M", "1.3B", "7B", "13B", "70B", "8x7B", "560B", "30T", "1000T", "gpt2",
	"llama-2-7b", "mixtral-8x7b", "qwen2.5-7b", "gemma-3-4b-it", "llava-1.5-7b", "t5-large",
	"deepseek-v3", "bert-base-uncased",
};

/* One of each row, or nothing of it. */
static const char *const settings[][8] = {
	{ "zero=0", "zero=1", "zero=2", "zero=3", "zero=3", "engine=fsdp", "engine=none" },
	{ "offload=cpu", "offload=nvme", "offload=optimizer:cpu", "offload=param:cpu",
	  "offload=optimizer:nvme", "offload=param:nvme" },
	{ "method=lora", "method=qlora", "method=lora:64", "set=frozen:all-but-head",
	  "set=frozen:all-but-embed", "set=frozen:vision", "set=frozen:vision+projector",
	  "set=frozen:vision+language" },
	{ "batch=1", "batch=7", "batch=64" },
	{ "seq=16", "seq=512", "seq=32768" },
	{ "precision=fp32", "precision=fp16", "precision=bf16", "precision=bf16-true" },
	{ "optimizer=adam8bit", "optimizer=sgd", "optimizer=adafactor", "optimizer=lion",
	  "optimizer=muon", "optimizer=paged-adam8bit" },
	{ "checkpointing=none", "checkpointing=full", "checkpointing=selective" },
	{ "parallel=tensor:2", "parallel=tensor:8", "parallel=pipeline:3", "parallel=sequence:2",
	  "parallel=expert:4" },
	{ "set=objective:dpo", "set=objective:ppo", "set=objective:grpo", "set=eval-batch:3",
	  "set=head:classify", "set=loss:fused", "set=foreach:yes" },
	{ "set=lora-targets:all-linear", "set=accumulation:4", "set=images:1" },
};

/* What DeepSpeed's file may say of stage 3, and of sums. */
static void set_rest(uint64_t *state, struct dsfit_training *t)
{
	if (!words_random(state, 3))
		t->max_live = words_random(state, 2000000000);
	if (!words_random(state, 3))
		t->max_reuse = words_random(state, 2000000000);
	if (!words_random(state, 3))
		t->prefetch_bucket = words_random(state, 2) * 50000000;
	if (!words_random(state, 3))
		t->persistence = words_random(state, 1000000000);
	if (!words_random(state, 3))
		t->reduce_bucket = 1 + words_random(state, 2000000000);
	if (!words_random(state, 4))
		t->accumulate = DSFIT_ACCUMULATE_FP32;
	if (!words_random(state, 4))
		t->contiguous_gradients = !t->contiguous_gradients;
	if (!words_random(state, 4))
		t->overlap_comm = !t->overlap_comm;
	if (!words_random(state, 6))
		t->mics_shard = 1 + words_random(state, 8);
	if (!words_random(state, 6))
		t->train_batch = 1 + words_random(state, 256);
	if (!words_random(state, 4))
		t->sub_group = 1 + words_random(state, 1000000000);
	t->autocast |= !words_random(state, 4);
	if (t->method != DSFIT_METHOD_FULL && words_random(state, 2))
		t->base_weights = (enum dsfit_base_weights)
			words_random(state, DSFIT_BASE_GPTQ4 + 1);
}

static double share(uint64_t *state)
{
	return (double)words_random(state, 90) / 100;
}

static struct dsfit_estimate_settings estimate_of(uint64_t *state)
{
	struct dsfit_estimate_settings out;

	dsfit_estimate_defaults(&out);
	if (words_random(state, 2))
		return out;
	out.slack = share(state);
	out.slack_zero = share(state);
	out.slack_fsdp = share(state);
	out.exact.below = share(state);
	out.exact.below_fused = share(state);
	out.assumed.below = share(state);
	out.assumed.below_fused = share(state);
	out.estimated.below = share(state);
	out.fsdp.below_fused = share(state);
	return out;
}

static const char *draw(uint64_t *state, char text[WORDS_MAX])
{
	int length = snprintf(text, WORDS_MAX, "model=%s",
			      models[words_random(state, DSFIT_ARRAY_SIZE(models))]);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(settings); i++) {
		const char *word = settings[i][words_random(state, DSFIT_ARRAY_SIZE(*settings))];

		if (word && (i == 0 || words_random(state, 3) == 0))
			length += snprintf(text + length, WORDS_MAX - (size_t)length, " %s", word);
	}
	return text;
}

/* Whether the words are a training, which is then in *out. */
static bool read_words(const struct dsfit_site *site, const char *words,
		       struct dsfit_workload *out)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);

	return !dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, NULL);
}

static int rounds(void)
{
	const char *more = getenv("DSFIT_ROUNDS");

	return more ? atoi(more) : 800;
}

START_TEST(never_above)
{
	static struct dsfit_workload w;
	struct dsfit_site *site = site_of("nodes \"n\" { gpu = h100 gpus = 8 }\n");
	uint64_t state = 0x5851f42d4c957f2d + (uint64_t)_i * 104729;
	int read = 0, near = 0;

	for (int i = 0; i < rounds(); i++) {
		const struct dsfit_estimate_settings estimate = estimate_of(&state);
		uint64_t nodes = 1 + words_random(&state, 1 << words_random(&state, 10));
		uint64_t gpus = 1 + words_random(&state, 8), more = words_random(&state, 3);
		const struct dsfit_layout layout = { nodes, gpus, nodes * gpus, 312,
						     words_random(&state, 2) };
		uint64_t most = layout.gpus + (more ? words_random(&state, 1000) : 0);
		struct dsfit_account account;
		struct dsfit_least least;
		char words[WORDS_MAX];

		if (!read_words(site, draw(&state, words), &w))
			continue;
		read++;
		if (words_random(&state, 2))
			set_rest(&state, &w.training);
		dsfit_account(&w.model, &site->families, &w.training, &layout, &estimate, &account);
		dsfit_account_least(&w.model, &w.training, &estimate, &least);
		ck_assert_msg(dsfit_least_peak(&least, most) <= account.gpu.peak &&
			      dsfit_least_low(&least, most) <= account.gpu.low,
			      "%s on %llu x %llu GPUs: %llu and %llu, not %llu and %llu", words,
			      (unsigned long long)nodes, (unsigned long long)gpus,
			      (unsigned long long)dsfit_least_peak(&least, most),
			      (unsigned long long)dsfit_least_low(&least, most),
			      (unsigned long long)account.gpu.peak,
			      (unsigned long long)account.gpu.low);
		near += dsfit_least_peak(&least, layout.gpus) > account.gpu.peak / 4;
	}
	ck_assert_int_gt(read, rounds() / 4);
	ck_assert_int_gt(near, read / 4);
	dsfit_site_free(site);
}
END_TEST

/* With more GPUs the bound only falls, and a model that no memory holds saturates. */
START_TEST(falls)
{
	static const char *const words[] = {
		"model=70B zero=3", "model=70B zero=3 offload=nvme", "model=13B zero=1",
		"model=1000T zero=3", "model=7B engine=fsdp", "model=7B method=qlora zero=2",
	};
	struct dsfit_site *site = site_of("nodes \"n\" { gpu = h100 gpus = 8 }\n");
	struct dsfit_estimate_settings estimate;

	dsfit_estimate_defaults(&estimate);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++) {
		const struct dsfit_workload w = train(site, words[i]);
		struct dsfit_least least;
		uint64_t last = UINT64_MAX;

		dsfit_account_least(&w.model, &w.training, &estimate, &least);
		for (uint64_t gpus = 1; gpus; gpus *= 2) {
			uint64_t peak = dsfit_least_peak(&least, gpus);

			ck_assert_uint_le(peak, last);
			ck_assert_uint_le(dsfit_least_low(&least, gpus), peak);
			last = peak;
		}
	}
	dsfit_site_free(site);
}
END_TEST

/* One rank gathers nothing, and so may need less than many with what they gather. */
START_TEST(alone)
{
	struct dsfit_least least = { .degrees = 1, .shards_max = UINT64_MAX, .whole = 1000,
				     .shared_bytes = 2000000, .block = 3000000, .alone = 2001000 };

	ck_assert_uint_le(dsfit_least_peak(&least, 1), least.alone);
	ck_assert_uint_le(dsfit_least_peak(&least, 1000), least.alone);
	least.alone = UINT64_MAX;
	ck_assert_uint_gt(dsfit_least_peak(&least, 1000), 3000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("least");

	add_loop(suite, "never above", never_above, 8);
	add_all(suite, "falls", (const TTest *const[]){ falls, alone, NULL });
	return unit_run(suite);
}
