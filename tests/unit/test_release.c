/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What releases of the libraries differ by: bytes a token and layer, or a parameter, on one side of
 * a change against the other. The sources of the figures are in core/account/release.c.
 */
#include "core/account/release.h"

#include <math.h>

#include "core/account/account.h"
#include "core/base/size.h"
#include "core/training/settings.h"
#include "tests/unit/unit.h"

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

#define TOKENS UINT64_C(16384)

/* Account for a catalogue's model on so many GPUs of one node. */
static void account_for(const char *name, const char *settings, uint64_t gpus,
			struct dsfit_account *out)
{
	struct dsfit_layout layout = { 1, gpus, gpus, 312, 0 };
	struct dsfit_training training;
	struct dsfit_error err;
	const struct dsfit_model *model = dsfit_models_find(&site->models, name);

	dsfit_training_defaults(&training);
	ck_assert_msg(!dsfit_training_set_all(&training, settings, &err), "%s", err.text);
	training.zero_given = true;
	training.micro_batch = 4;
	training.sequence = TOKENS / 4;
	ck_assert_ptr_nonnull(model);
	ck_assert_msg(!dsfit_training_settle(&training, model->parameters, &err), "%s", err.text);
	dsfit_account(model, &site->families, &training, &layout, &site->estimate, out);
}

/* The names of what a release may be undeclared as, and each side of a change. */
START_TEST(named)
{
	struct dsfit_training training;
	char text[DSFIT_RELEASE_TEXT];

	dsfit_training_defaults(&training);
	ck_assert_str_eq(dsfit_release_text(dsfit_releases_of(&training).transformers, text),
			 "5.23");
	ck_assert_str_eq(dsfit_release_text(dsfit_releases_of(&training).torch, text), "2.13");
	ck_assert_str_eq(dsfit_release_text(dsfit_releases_of(&training).deepspeed, text), "0.19");
	training.transformers = DSFIT_RELEASE(4, 48);
	ck_assert_str_eq(dsfit_release_text(dsfit_releases_of(&training).transformers, text),
			 "4.48");
	ck_assert_str_eq(dsfit_release_text(dsfit_releases_of(&training).torch, text), "2.13");
}
END_TEST

/* Until 4.48 the logits are copied once more in fp32 before backward. */
START_TEST(logits)
{
	struct dsfit_account before, after;

	account_for("mistral-7b-v0.1", "zero:2,method:lora,transformers:4.48", 8, &before);
	account_for("mistral-7b-v0.1", "zero:2,method:lora,transformers:4.49", 8, &after);
	ck_assert_uint_eq(before.gpu.forward - after.gpu.forward, 4 * 32000 * TOKENS);
	ck_assert_uint_eq(before.gpu.backward, after.gpu.backward);
	account_for("mistral-7b-v0.1", "zero:2,method:lora,transformers:4.48,loss:fused", 8,
		    &before);
	account_for("mistral-7b-v0.1", "zero:2,method:lora,transformers:4.49,loss:fused", 8,
		    &after);
	ck_assert_uint_eq(before.gpu.forward, after.gpu.forward);
}
END_TEST

/* gemma-2b's logits, a byte each. Its loss is the highest moment. */
#define LOGITS (UINT64_C(256000) * TOKENS)

/* Bytes of the loss, as traced with transformers 4.45.2, 4.48.3 and 5.23. */
static const struct {
	const char *settings;
	uint64_t forward, backward;	/* LOGITS */
} losses[] = {
	{ "transformers:4.45", 12, 12 },
	{ "transformers:4.48", 14, 12 },
	{ "transformers:5.23", 10, 12 },
	{ "transformers:4.45,loss:in-place", 8, 8 },
	{ "transformers:4.48,loss:in-place", 10, 8 },
	{ "transformers:5.23,loss:inplace", 6, 6 },
	{ "transformers:4.45,precision:fp32", 12, 12 },
	{ "transformers:4.48,precision:fp32", 12, 12 },
	{ "transformers:5.23,precision:fp32", 8, 12 },
	{ "transformers:4.45,precision:fp32,loss:in-place", 8, 8 },
	{ "transformers:4.48,precision:fp32,loss:in-place", 8, 8 },
	{ "transformers:5.23,precision:fp32,loss:in-place", 4, 4 },
};

/* Two losses differ by what they hold. */
START_TEST(losses_differ)
{
	char settings[128];
	bool wide = strstr(losses[_i].settings, "fp32");
	const char *usual = wide ? "precision:fp32" : "precision:bf16";
	struct dsfit_account one, other;

	snprintf(settings, sizeof(settings), "zero:2,method:lora,%s", losses[_i].settings);
	account_for("gemma-2b", settings, 8, &one);
	snprintf(settings, sizeof(settings), "zero:2,method:lora,%s", usual);
	account_for("gemma-2b", settings, 8, &other);
	ck_assert_int_eq((int64_t)(one.gpu.forward - other.gpu.forward),
			 ((int64_t)losses[_i].forward - (wide ? 8 : 10)) * (int64_t)LOGITS);
	/* What is spared is in the band: the kernel may not be there. */
	ck_assert_uint_ge(one.gpu.high, one.gpu.peak);
	/* In fp32 and in place the loss's end is the highest moment of backward, not its gradients:
	 * a few bytes a token. */
	ck_assert_int_le(llabs((int64_t)(one.gpu.backward - other.gpu.backward) -
			       ((int64_t)losses[_i].backward - 12) * (int64_t)LOGITS),
			 (int64_t)(16 * TOKENS));
}
END_TEST

/* Before 4.46 Bloom's loss is in 16 bits, as traced with 4.45.2: it has 6 bytes for each of its
 * words, where 5.23 has 10 and 12. Both are the highest moments with so long a list of words. */
START_TEST(losses_in_16_bits)
{
	const int64_t words = 250880 * (int64_t)TOKENS;
	struct dsfit_account before, after;

	account_for("bloom-560m", "zero:2,method:lora,transformers:4.45", 8, &before);
	account_for("bloom-560m", "zero:2,method:lora,transformers:5.23", 8, &after);
	ck_assert_int_eq((int64_t)(before.gpu.forward - after.gpu.forward), -4 * words);
	ck_assert_int_eq((int64_t)(before.gpu.backward - after.gpu.backward), -6 * words);
	/* From 4.46 on it is in fp32. A model in fp32 has its loss in fp32 in every release. */
	account_for("bloom-560m", "zero:2,method:lora,transformers:4.46", 8, &before);
	ck_assert_uint_eq(before.gpu.backward, after.gpu.backward);
	account_for("bloom-560m", "zero:2,method:lora,transformers:4.45,precision:fp32", 8,
		    &before);
	account_for("bloom-560m", "zero:2,method:lora,transformers:5.23,precision:fp32", 8,
		    &after);
	ck_assert_uint_eq(before.gpu.backward, after.gpu.backward);
	/* GPT-NeoX's does from 4.49 on. */
	account_for("pythia-6.9b", "zero:2,method:lora,transformers:4.48", 8, &before);
	account_for("pythia-6.9b", "zero:2,method:lora,transformers:4.49", 8, &after);
	ck_assert_uint_lt(before.gpu.forward, after.gpu.forward);
}
END_TEST

/* 32 checkpoints of 2h: of the first block's backward on, those of the other 31 are still there,
 * and so are their gradients. */
START_TEST(checkpoints)
{
	static const char fsdp[] = "engine:fsdp,zero:3,method:lora,loss:fused,transformers:4.48";
	static const char later[] = "engine:fsdp,zero:3,method:lora,loss:fused,transformers:5.0";
	const uint64_t block = 2 * (2 * 4096 * 14336 + 14336 * 4096 + 2 * 4096 * 4096 +
				    2 * 4096 * 1024 + 2 * 4096 + 4096 / 32);
	/* Its adapters on q and v have gradients in fp32, of which a rank has half. */
	const uint64_t gradients = 31 * 4 * 8 * (4096 + 4096 + 4096 + 1024) / 2;
	struct dsfit_account before, after;

	account_for("mistral-7b-v0.1", fsdp, 2, &before);
	account_for("mistral-7b-v0.1", later, 2, &after);
	/* Later, the highest is the last block's backward, when the next unit is there too. */
	ck_assert_uint_eq(before.gpu.backward - after.gpu.backward,
			  31 * 2 * 4096 * TOKENS + gradients - block);
}
END_TEST

/* Two bytes a parameter in pure bf16: the root of one state of all parameters. */
START_TEST(foreach)
{
	static const char *const without[] = {
		"engine:none,zero:0,precision:bf16-true",
		"engine:none,zero:0,precision:bf16-true,transformers:4.48,foreach:no",
		"engine:none,zero:0,precision:bf16-true,transformers:4.57,torch:2.8",
	};
	static const char *const with[] = {
		"engine:none,zero:0,precision:bf16-true,transformers:4.48,torch:2.4",
		"engine:none,zero:0,precision:bf16-true,torch:2.7",
		"engine:none,zero:0,precision:bf16-true,foreach:yes",
	};
	const uint64_t parameters = UINT64_C(7241732096);
	struct dsfit_account account;

	for (size_t i = 0; i < 3; i++) {
		account_for("mistral-7b-v0.1", without[i], 1, &account);
		ck_assert_uint_eq(account.gpu.step, 8 * parameters);
		account_for("mistral-7b-v0.1", with[i], 1, &account);
		ck_assert_uint_eq(account.gpu.step, 10 * parameters);
	}
}
END_TEST

/* What of DeepSpeed the settings say, and each side of a change. A release without its last number
 * is the last of its series. */
START_TEST(deepspeed_releases)
{
	static const struct {
		const char *release;
		bool steps_at_start, flattens_on_host, returns_halves, pins;
	} rows[] = {
		{ "0.12.6", true, true, false, false },
		{ "0.13.1", true, true, false, false },
		{ "0.13.2", false, true, false, false },
		{ "0.13", false, true, false, false },
		{ "0.16.9", false, true, false, false },
		{ "0.17", false, true, true, false },
		{ "0.18.6", false, true, true, false },
		{ "0.18.6+cu124", false, true, true, false },
		{ "0.18.7", false, false, true, false },
		{ "0.18", false, false, true, false },
		{ "0.19.4", false, false, true, false },
		{ "0.19.5", false, false, true, true },
		{ "0.19", false, false, true, true },
		{ "1.0.0", false, false, true, true },
	};
	struct dsfit_training t;
	struct dsfit_error err;
	char text[64];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		dsfit_training_defaults(&t);
		snprintf(text, sizeof(text), "deepspeed:%s", rows[i].release);
		ck_assert_msg(!dsfit_training_set_all(&t, text, &err), "%s", err.text);
		ck_assert_msg(dsfit_release_steps_at_start(&t) == rows[i].steps_at_start &&
			      dsfit_release_flattens_on_host(&t) == rows[i].flattens_on_host &&
			      dsfit_release_returns_halves(&t) == rows[i].returns_halves &&
			      dsfit_release_pins(&t, true, false) == rows[i].pins, "%s", text);
		ck_assert(dsfit_release_pins(&t, true, true));
		ck_assert(!dsfit_release_pins(&t, false, true));
	}
}
END_TEST

/* The tensors of tests/data/releases.tsv: weights, master copy and states, and with an offloaded
 * optimizer fp32 gradients and the buffer of weights on their way back. */
START_TEST(deepspeed_followed)
{
	FILE *file = fopen(TEST_DATA "/releases.tsv", "r");
	char line[256], release[16], optimizer[8], moment[16], text[64];
	double half, single;
	unsigned stage;
	int rows = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		double expected_half = 2, expected_single = 4;
		struct dsfit_training t;
		struct dsfit_error err;

		if (*line == '#')
			continue;
		ck_assert_int_eq(sscanf(line, "%15s %u %7s %15s %lf %lf", release, &stage,
					optimizer, moment, &half, &single), 6);
		dsfit_training_defaults(&t);
		snprintf(text, sizeof(text), "deepspeed:%s", release);
		ck_assert_msg(!dsfit_training_set_all(&t, text, &err), "%s", err.text);
		if (!strcmp(moment, "stepped") || dsfit_release_steps_at_start(&t))
			expected_single += 8;
		if (!strcmp(optimizer, "cpu")) {
			expected_single += 4;
			/* In stage 3, the buffer of 16-bit gradients. */
			expected_half += stage == 3 || dsfit_release_returns_halves(&t) ? 2 : 0;
		}
		ck_assert_msg(fabs(half - expected_half) < 0.1 &&
			      fabs(single - expected_single) < 0.1,
			      "%s: expected %.1f and %.1f", line, expected_half, expected_single);
		rows++;
	}
	fclose(file);
	ck_assert_int_ge(rows, 6);
}
END_TEST

/* Bytes of a GPU and a node of 8 ranks, in stage 2. */
START_TEST(deepspeed_memory)
{
	const uint64_t psi = UINT64_C(7241732096);
	struct dsfit_account before, after;

	/* Two states more inside deepspeed.initialize(), where it is the highest moment. */
	account_for("mistral-7b-v0.1", "zero:2,batch:1,seq:16,deepspeed:0.13.1", 1, &before);
	account_for("mistral-7b-v0.1", "zero:2,batch:1,seq:16,deepspeed:0.13.2", 1, &after);
	ck_assert_uint_ge(before.gpu.high, 18 * psi);
	ck_assert_uint_lt(after.gpu.peak, before.gpu.high);
	/* The host has the weights twice, on all ranks. */
	account_for("mistral-7b-v0.1", "zero:2,save:no,deepspeed:0.18.6", 8, &before);
	account_for("mistral-7b-v0.1", "zero:2,save:no,deepspeed:0.18.7", 8, &after);
	ck_assert_uint_eq(before.host.own - after.host.own, 8 * 4 * psi);
	/* 16 bits less in host memory, and 32 more on the GPU in the step. */
	account_for("mistral-7b-v0.1", "zero:2,offload:cpu,deepspeed:0.16", 8, &before);
	account_for("mistral-7b-v0.1", "zero:2,offload:cpu,deepspeed:0.17", 8, &after);
	ck_assert_uint_eq(after.host.offload - before.host.offload, 2 * psi);
	ck_assert_uint_eq(before.gpu.step - after.gpu.step, 4 * psi / 8);
	account_for("mistral-7b-v0.1", "zero:2,offload:cpu,deepspeed:0.13", 8, &before);
	ck_assert_uint_eq(before.gpu.step, after.gpu.step);
	/* Nothing is pinned, and so nothing rounded up. */
	account_for("mistral-7b-v0.1", "zero:2,offload:cpu,save:no,deepspeed:0.19.4", 8, &before);
	account_for("mistral-7b-v0.1", "zero:2,offload:cpu,save:no,deepspeed:0.19.5", 8, &after);
	ck_assert_uint_eq(after.host.offload, before.host.offload);
	ck_assert_uint_eq(after.host.high, before.host.high);
	ck_assert_uint_gt(after.host.own, before.host.own);
}
END_TEST

/* In 5, and only there, an undeclared mixture's experts stay in 16 bits. */
START_TEST(experts)
{
	static const struct {
		const char *settings;
		bool quantised;
	} rows[] = {
		{ "zero:0,method:qlora,base-weights:nf4", false },
		{ "zero:0,method:qlora,base-weights:nf4,transformers:4.57", true },
		{ "zero:0,method:qlora,base-weights:nf4,experts:quantised", true },
		{ "zero:0,method:qlora,base-weights:nf4,transformers:4.57,experts:whole", false },
		{ "zero:0,method:qlora,base-weights:gptq4", true },
	};
	struct dsfit_account account;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		account_for("mixtral-8x7b-v0.1", rows[i].settings, 8, &account);
		ck_assert_msg((account.gpu.weights < 30 * DSFIT_GIB) == rows[i].quantised,
			      "%s: %ju bytes", rows[i].settings, (uintmax_t)account.gpu.weights);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("release");
	TCase *tcase = unit_case(s, "release");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, named);
	tcase_add_test(tcase, logits);
	tcase_add_test(tcase, losses_in_16_bits);
	tcase_add_loop_test(tcase, losses_differ, 0, DSFIT_ARRAY_SIZE(losses));
	tcase_add_test(tcase, checkpoints);
	tcase_add_test(tcase, foreach);
	tcase_add_test(tcase, experts);
	tcase_add_test(tcase, deepspeed_releases);
	tcase_add_test(tcase, deepspeed_followed);
	tcase_add_test(tcase, deepspeed_memory);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
