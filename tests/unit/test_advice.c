/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice names changes of the training and what each saves. These tests make each change and
 * compare the new account with what was promised.
 */
#include "core/decide/advice.h"

#include "tests/unit/words.h"

static const char *const declarations[] = {
	"model=llama-3-8b zero=3 batch=4",
	"model=llama-3-8b zero=2 checkpointing=none attention=eager batch=2",
	"model=13B zero=0 method=lora checkpointing=none",
	"model=13B zero=2 offload=cpu",
	"model=13B zero=3 batch=2 offload=optimizer:nvme",
	"model=mixtral-8x7b zero=3 offload=cpu",
	"model=gpt2 engine=none batch=8 checkpointing=none",
	"model=7B zero=1 parallel=pipeline:2",
	"model=llama-3-8b method=qlora zero=2 batch=2",
	NULL,
};

static struct dsfit_site *site;

static void setup(void)
{
	site = unit_site();
}

static void teardown(void)
{
	dsfit_site_free(site);
	site = NULL;
}

static void resolve(const char *words, struct dsfit_workload *out)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);
	struct dsfit_error err;

	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out,
						 &err), "%s: %s", words, err.text);
}

static size_t advise(const struct dsfit_workload *w, const struct dsfit_layout *layout,
		     struct dsfit_advice advice[DSFIT_ADVICE_MAX])
{
	return dsfit_advise(&w->model, &site->families, &w->training, layout, &site->estimate,
			    advice);
}

static const struct dsfit_advice *find(const struct dsfit_advice *advice, size_t count,
				       const char *options)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(advice[i].options, options))
			return &advice[i];
	return NULL;
}

/* Assert that the advised option, typed after the others, saves what was promised. */
static void assert_kept(const char *words, const struct dsfit_advice *one,
			const struct dsfit_layout *layout)
{
	struct dsfit_workload changed;
	struct dsfit_account account;
	char both[WORDS_MAX];

	snprintf(both, sizeof(both), "%.300s %.63s", words, one->options);
	resolve(both, &changed);
	dsfit_account(&changed.model, &site->families, &changed.training, layout,
		      &site->estimate, &account);
	ck_assert_msg(account.gpu.peak == one->peak, "%s: %llu, not %llu", both,
		      (unsigned long long)account.gpu.peak, (unsigned long long)one->peak);
}

START_TEST(promises_are_kept)
{
	const struct dsfit_layout layout = { .nodes = 2, .gpus_per_node = 4, .gpus = 8 };

	for (int i = 0; declarations[i]; i++) {
		struct dsfit_advice advice[DSFIT_ADVICE_MAX];
		struct dsfit_account before;
		struct dsfit_workload w;
		size_t count;

		resolve(declarations[i], &w);
		dsfit_account(&w.model, &site->families, &w.training, &layout, &site->estimate,
			      &before);
		count = advise(&w, &layout, advice);
		ck_assert_uint_gt(count, 0);
		for (size_t j = 0; j < count; j++) {
			ck_assert_uint_eq(advice[j].saved, before.gpu.peak - advice[j].peak);
			ck_assert_uint_ge(advice[j].saved, before.gpu.peak / 100);
			if (j)
				ck_assert_uint_le(advice[j].saved, advice[j - 1].saved);
			ck_assert(advice[j].costs && advice[j].options[0]);
			if (advice[j].options[0])
				assert_kept(declarations[i], &advice[j], &layout);
		}
	}
}
END_TEST

/* The host memory that advice names is the offload's own, not a step of the guide's minimum. */
START_TEST(host_of_its_own)
{
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	const struct dsfit_advice *one;
	struct dsfit_workload w;
	size_t count;

	resolve("model=7B method=qlora:128 zero=2 lora-targets=all-linear", &w);
	count = advise(&w, &layout, advice);
	one = find(advice, count, "offload=optimizer:cpu");
	ck_assert_ptr_nonnull(one);
	ck_assert_uint_gt(one->host, one->saved / 2);
	ck_assert_uint_lt(one->host, 3 * one->saved);
}
END_TEST

START_TEST(what_is_offered)
{
	static const struct {
		const char *words, *options;
		bool offered;
	} vectors[] = {
		{ "model=7B zero=2 checkpointing=none batch=2", "checkpointing=full", true },
		{ "model=7B zero=2 batch=2", "checkpointing=full", false },
		{ "model=7B zero=2 checkpointing=none batch=2", "batch=1", true },
		{ "model=7B zero=2 checkpointing=none", "batch=0", false },
		{ "model=7B zero=0", "zero=2", true },
		{ "model=7B zero=2", "zero=3", true },
		{ "model=7B zero=3", "zero=3", false },
		/* DeepSpeed's pipeline engine rejects stage 2; stage 3 rejects 4-bit weights. */
		{ "model=7B zero=1 parallel=pipeline:2", "zero=2", false },
		{ "model=7B zero=2 method=qlora", "zero=3", false },
		{ "model=7B engine=none", "zero=2", false },
		{ "model=7B zero=2", "offload=optimizer:cpu", true },
		{ "model=7B zero=0", "offload=optimizer:cpu", false },
		{ "model=7B zero=3", "offload=optimizer:cpu,param:cpu", true },
		{ "model=7B zero=2", "optimizer=adam8bit", true },
		{ "model=7B zero=2 optimizer=lion", "optimizer=adam8bit", false },
		{ "model=7B zero=2", "method=lora", true },
		{ "model=7B zero=2 method=lora", "method=qlora", true },
		{ "model=7B zero=2 checkpointing=none attention=eager", "attention=flash", true },
	};
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 8, .gpus = 8 };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_advice advice[DSFIT_ADVICE_MAX];
		struct dsfit_workload w;
		size_t count;

		resolve(vectors[i].words, &w);
		count = advise(&w, &layout, advice);
		ck_assert_msg(!find(advice, count, vectors[i].options) == !vectors[i].offered,
			      "%s: %s", vectors[i].words, vectors[i].options);
	}
}
END_TEST

/* Half the micro-batch keeps the file's train_batch_size with more micro-steps, unless the file
 * gives their number too. */
START_TEST(half_the_batch)
{
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 8, .gpus = 8 };
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	const struct dsfit_advice *one;
	struct dsfit_account account;
	struct dsfit_workload w;

	resolve("model=7B zero=2 checkpointing=none", &w);
	w.training.train_batch = 64;
	w.training.micro_batch_given = false;
	one = find(advice, advise(&w, &layout, advice), "batch=4");
	ck_assert_ptr_nonnull(one);
	ck_assert_str_eq(one->costs, "twice as many micro-steps for the same batch");
	w.training.micro_batch = 4;
	w.training.micro_batch_given = true;
	dsfit_account(&w.model, &site->families, &w.training, &layout, &site->estimate, &account);
	ck_assert_uint_eq(account.accumulation, 2);
	ck_assert_uint_eq(account.gpu.peak, one->peak);
	/* The file gives all three numbers, and then they would contradict each other. */
	w.training.accumulation = 2;
	w.training.accumulation_given = true;
	ck_assert_ptr_null(find(advice, advise(&w, &layout, advice), "batch=2"));
	/* Without a file the number of micro-steps stays the same. */
	resolve("model=7B zero=2 checkpointing=none batch=4", &w);
	one = find(advice, advise(&w, &layout, advice), "batch=2");
	ck_assert_ptr_nonnull(one);
	ck_assert_str_eq(one->costs, "half as many samples per step");
}
END_TEST

/* A saving is shown if it is at least a hundredth of the peak. CUDA's context is part of the peak,
 * so a larger context makes the same saving a smaller part. */
START_TEST(small_savings)
{
	struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 8, .gpus = 8, .context = 1 };
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	const struct dsfit_advice *one;
	struct dsfit_account account;
	struct dsfit_workload w;
	size_t count;
	uint64_t saved;

	resolve("model=7B zero=2 method=lora", &w);
	dsfit_account(&w.model, &site->families, &w.training, &layout, &site->estimate, &account);
	count = advise(&w, &layout, advice);
	one = find(advice, count, "zero=3");
	ck_assert_ptr_nonnull(one);
	saved = one->saved;
	ck_assert_uint_gt(100 * saved, account.gpu.peak);
	layout.context += 100 * saved + 99 - account.gpu.peak;
	count = advise(&w, &layout, advice);
	one = find(advice, count, "zero=3");
	ck_assert_ptr_nonnull(one);
	ck_assert_uint_eq(one->saved, saved);
	ck_assert_uint_eq((one->saved + one->peak) / 100, saved);
	layout.context++;
	ck_assert_ptr_null(find(advice, advise(&w, &layout, advice), "zero=3"));
}
END_TEST

/* Where the vocabulary is large the loss is the peak, and a fused one saves it. */
START_TEST(a_fused_loss)
{
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 8, .gpus = 8 };
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	struct dsfit_workload w;
	size_t count;

	resolve("model=qwen2.5-0.5b zero=3 batch=8", &w);
	count = advise(&w, &layout, advice);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(advice[i].options, "set=loss:fused"))
			return;
	ck_abort_msg("no fused loss among %zu", count);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("advice");
	TCase *tcase = unit_case(suite, "advice");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, promises_are_kept);
	tcase_add_test(tcase, host_of_its_own);
	tcase_add_test(tcase, what_is_offered);
	tcase_add_test(tcase, half_the_batch);
	tcase_add_test(tcase, small_savings);
	tcase_add_test(tcase, a_fused_loss);
	return unit_run(suite);
}
