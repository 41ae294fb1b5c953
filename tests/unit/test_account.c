/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account of a job, checked in two ways. Invariants, such as "the terms add up to the peak",
 * must hold for every combination of settings and models in a sweep. Anchors are known figures:
 * model states and activations that were followed tensor by tensor in running steps, host memory
 * that users reported, and the hardware guide's tables.
 */
#include "core/account/account.h"
#include "core/training/settings.h"

#include "core/base/size.h"
#include "core/model/hf_config.h"
#include "core/model/model_text.h"
#include "core/model/sized_model.h"
#include "core/site/card_name.h"
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

static struct dsfit_model model_of(const char *text)
{
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	ck_assert_msg(!dsfit_model_parse(&site->models, text, &model, &err), "%s", err.text);
	return model;
}

static struct dsfit_layout layout_of(uint64_t nodes, uint64_t gpus_per_node)
{
	return (struct dsfit_layout){ nodes, gpus_per_node, nodes * gpus_per_node, 312, 0 };
}

/* A settled training with this stage; `offload` is a value of --ds-offload. */
static struct dsfit_training training_of(unsigned zero, const char *offload, uint64_t parameters)
{
	struct dsfit_training t;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&t);
	t.zero = zero;
	t.zero_given = true;
	ck_assert_int_eq(dsfit_training_set(&t, "offload", offload, &err), 0);
	ck_assert_msg(!dsfit_training_settle(&t, parameters, &err), "%s", err.text);
	return t;
}

static struct dsfit_account account_of(const struct dsfit_model *model,
				       const struct dsfit_training *t,
				       const struct dsfit_layout *layout)
{
	struct dsfit_account account;

	dsfit_account(model, &site->families, t, layout, &site->estimate, &account);
	return account;
}

static uint64_t largest_of(uint64_t a, uint64_t b, uint64_t c)
{
	a = a > b ? a : b;
	return a > c ? a : c;
}

/* ---- over a sweep --------------------------------------------------------------------------- */

static const char *const models[] = { "124M", "1B", "llama-2-7b", "13B", "mixtral-8x7b", "70B",
				      "deepseek-v3", "560B", "1000T" };

/* The next valid combination of settings from number *i on. Returns false after the last one. */
static bool next_training(unsigned *i, uint64_t parameters, struct dsfit_training *t)
{
	static const char *const offloads[] = { "none", "cpu", "nvme" };
	static const char *const parallel[] = { "tensor:1", "tensor:2,pipeline:2,expert:2",
						"sequence:4" };
	const unsigned counts[] = { 4, 3, 3, 4, 3, 2, 3, 2 };
	unsigned rest, digit[DSFIT_ARRAY_SIZE(counts)];

	for (;; ++*i) {
		rest = *i;
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(counts); j++) {
			digit[j] = rest % counts[j];
			rest /= counts[j];
		}
		if (rest)
			return false;
		dsfit_training_defaults(t);
		t->zero = digit[0];
		t->zero_given = true;
		dsfit_training_set(t, "offload", offloads[digit[1]], NULL);
		t->method = (enum dsfit_method)digit[2];
		t->precision = (enum dsfit_precision)digit[3];
		t->checkpointing = (enum dsfit_checkpointing)digit[4];
		t->attention = (enum dsfit_attention)digit[5];
		t->accumulation = digit[5] ? 4 : 1;
		t->optimizer = (enum dsfit_optimizer)((digit[0] + digit[2] + digit[6]) % 6);
		dsfit_training_set(t, "parallel", parallel[digit[6]], NULL);
		t->micro_batch = digit[7] ? 16 : 1;
		t->lora_targets = digit[7] ? DSFIT_LORA_ALL_LINEAR : DSFIT_LORA_QV;
		if (!dsfit_training_settle(t, parameters, NULL)) {
			++*i;
			return true;
		}
	}
}

/* The invariant that does not hold; NULL if all of them do. Millions of Check's own assertions
 * would be slow. */
static const char *broken(const struct dsfit_account *a, const struct dsfit_model *model,
			  const struct dsfit_training *t, const struct dsfit_layout *layout)
{
	const struct dsfit_gpu_account *g = &a->gpu;
	const uint64_t phase[] = { g->forward, g->backward, g->step, g->evaluation };
	uint64_t highest = largest_of(g->forward, g->backward, g->step);
	uint64_t allocated = dsfit_add(dsfit_add(dsfit_add(g->weights, g->gradients),
						 dsfit_add(g->optimizer, g->communication)),
				       dsfit_add(g->activations, g->loss));

	if (dsfit_add(allocated, dsfit_add(g->framework, g->slack)) != g->peak)
		return "the terms do not add up to the peak";
	if (allocated != highest || phase[g->peak_phase] != highest)
		return "the terms are not those of the highest phase";
	if (g->rest > highest)
		return "more at rest than in any phase";
	if (g->low > g->peak || g->peak > g->high)
		return "the peak is outside its band";
	if (a->host.offload > a->host.low || a->host.low > a->host.per_node ||
	    a->host.per_node > a->host.high)
		return "host memory is outside its band";
	if (a->host.high < a->host.guide_minimum)
		return "less host memory than the guide's minimum";
	if (t->offload_optimizer == DSFIT_OFFLOAD_NONE && t->offload_param == DSFIT_OFFLOAD_NONE &&
	    (a->host.offload || a->nvme.per_node))
		return "something offloaded where nothing is";
	if (t->method == DSFIT_METHOD_FULL ? a->trainable != model->parameters :
					     a->trainable > model->parameters)
		return "trainable parameters";
	if (a->storage.low < a->storage.checkpoint)
		return "storage without room for a checkpoint";
	if (!a->ranks || a->ranks > layout->gpus)
		return "ranks";
	if (layout->nodes == 1 ? a->network.required != 0 :
				 a->network.required < 25000000000)
		return "one node needs no network, more the guide's at least";
	if (a->network.low > a->network.required || !(a->network.step_seconds >= 0))
		return "network";
	return NULL;
}

START_TEST(invariants)
{
	static const struct dsfit_layout layouts[] = {
		{ 1, 1, 1, 0, 0 }, { 1, 8, 8, 312, 0 }, { 2, 3, 5, 989, 0 }, { 512, 8, 4096, 989, 0 },
	};

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		struct dsfit_training t;
		unsigned i = 0;

		while (next_training(&i, model.parameters, &t)) {
			for (size_t l = 0; l < DSFIT_ARRAY_SIZE(layouts); l++) {
				struct dsfit_account a = account_of(&model, &t, &layouts[l]);
				const char *what = broken(&a, &model, &t, &layouts[l]);

				if (what)
					ck_abort_msg("%s, training %u, layout %zu: %s", models[m],
						     i - 1, l, what);
			}
		}
		/* Contradictory combinations are left out, but most are valid. */
		ck_assert_uint_gt(i, 5000);
	}
}
END_TEST

/* Absurd input gives absurdly large figures: they never wrap into something that fits. */
START_TEST(nothing_wraps)
{
	static const char *const huge[] = { "560B", "1T", "1000T" };
	const struct dsfit_layout layout = layout_of(1, 1);

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(huge); m++) {
		struct dsfit_model model = model_of(huge[m]);

		for (unsigned zero = 0; zero <= 3; zero++) {
			struct dsfit_training t = training_of(zero, "none", model.parameters);
			struct dsfit_account a = account_of(&model, &t, &layout);

			ck_assert_uint_ge(a.gpu.low, 13 * model.parameters);
			ck_assert_uint_ge(a.gpu.peak, 14 * model.parameters);
			ck_assert_uint_ge(a.storage.checkpoint, 14 * model.parameters);
			ck_assert_uint_ge(a.storage.total, 16 * model.parameters);
		}
	}
	/* The largest batches and sequences, with eager attention, whose scores grow as the square. */
	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		struct dsfit_training t = training_of(3, "none", model.parameters);
		struct dsfit_account small = account_of(&model, &t, &layout), large;

		t.micro_batch = 1000000;
		t.sequence = 1000000000;
		t.attention = DSFIT_ATTENTION_EAGER;
		for (int kind = 0; kind <= DSFIT_CHECKPOINTING_FULL; kind++) {
			t.checkpointing = (enum dsfit_checkpointing)kind;
			large = account_of(&model, &t, &layout);
			ck_assert_uint_gt(large.gpu.low, small.gpu.peak);
			ck_assert_uint_gt(large.gpu.peak, UINT64_C(1) << 60);
			ck_assert_uint_ge(large.gpu.high, large.gpu.peak);
		}
		t.dataset = UINT64_C(1) << 60;
		large = account_of(&model, &t, &layout);
		ck_assert_uint_ge(large.storage.total, t.dataset);
	}
}
END_TEST

/* Figures do not wrap even if the model's own counts are saturated. */
START_TEST(nothing_wraps_at_the_top)
{
	const struct dsfit_layout layout = layout_of(1, 1);
	struct dsfit_model model = model_of("1000T");
	struct dsfit_training t = training_of(2, "cpu", UINT64_MAX);
	struct dsfit_account a;

	model.parameters = model.active = model.largest_layer = UINT64_MAX;
	a = account_of(&model, &t, &layout);
	ck_assert_uint_ge(a.gpu.low, UINT64_MAX / 10 * 7);
	ck_assert_uint_eq(a.gpu.peak, UINT64_MAX);
	ck_assert_uint_eq(a.gpu.high, UINT64_MAX);
	ck_assert_uint_eq(a.host.high, UINT64_MAX);
	ck_assert_uint_eq(a.storage.checkpoint, UINT64_MAX);
	ck_assert_uint_eq(a.storage.total, UINT64_MAX);
}
END_TEST

/* ---- what changes what ---------------------------------------------------------------------- */

START_TEST(stage_3_falls_with_gpus)
{
	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		struct dsfit_training t = training_of(3, "none", model.parameters);
		uint64_t rest = UINT64_MAX, peak = UINT64_MAX;

		/* Begin at two GPUs: the second one adds NCCL's memory. */
		for (uint64_t gpus = 2; gpus <= 4096; gpus *= 2) {
			struct dsfit_layout layout = layout_of(gpus > 8 ? gpus / 8 : 1,
							       gpus > 8 ? 8 : gpus);
			struct dsfit_account a = account_of(&model, &t, &layout);

			ck_assert_uint_eq(a.ranks, gpus);
			ck_assert_uint_lt(a.gpu.rest, rest);
			ck_assert_uint_le(a.gpu.peak, peak);
			rest = a.gpu.rest;
			peak = a.gpu.peak;
		}
	}
}
END_TEST

/* Each stage shards more than the one before. */
START_TEST(stages_shard)
{
	const struct dsfit_layout layout = layout_of(2, 8);

	for (size_t m = 2; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		uint64_t before = UINT64_MAX;

		for (unsigned zero = 0; zero <= 3; zero++) {
			struct dsfit_training t = training_of(zero, "none", model.parameters);
			struct dsfit_account a = account_of(&model, &t, &layout);

			ck_assert_msg(a.gpu.peak <= before, "%s: stage %u needs more", models[m],
				      zero);
			before = a.gpu.peak;
		}
	}
}
END_TEST

START_TEST(offload_moves)
{
	const struct dsfit_layout layout = layout_of(2, 4);

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);

		for (unsigned zero = 1; zero <= 3; zero++) {
			struct dsfit_training none = training_of(zero, "none", model.parameters);
			struct dsfit_training cpu = training_of(zero, "cpu", model.parameters);
			struct dsfit_account a = account_of(&model, &none, &layout);
			struct dsfit_account b = account_of(&model, &cpu, &layout);

			ck_assert_msg(b.gpu.rest < a.gpu.rest, "%s, stage %u: rest", models[m],
				      zero);
			ck_assert_msg(b.gpu.peak <= a.gpu.peak, "%s, stage %u: peak", models[m],
				      zero);
			ck_assert_uint_gt(b.host.offload, a.host.offload);
			ck_assert_uint_gt(b.host.low, a.host.low);
			ck_assert_uint_gt(b.host.per_node, a.host.per_node);
			ck_assert_uint_ge(b.host.high, a.host.high);
			ck_assert_uint_eq(b.nvme.per_node, 0);
			ck_assert_uint_eq(b.gpu.optimizer, 0);
			if (zero == 3) {
				struct dsfit_training nvme = training_of(3, "nvme",
									 model.parameters);
				struct dsfit_account c = account_of(&model, &nvme, &layout);

				ck_assert_uint_eq(c.gpu.rest, b.gpu.rest);
				ck_assert_uint_gt(c.nvme.per_node, 12 * model.parameters / 2);
				/* For small models the swap buffers outweigh the states. */
				if (model.parameters > 10000000000)
					ck_assert_uint_lt(c.host.offload, b.host.offload);
			}
		}
	}
}
END_TEST

START_TEST(checkpointing_lowers)
{
	const struct dsfit_layout layout = layout_of(1, 8);

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		struct dsfit_account a[3];

		for (int attention = 0; attention < 2; attention++) {
			for (int kind = 0; kind < 3; kind++) {
				struct dsfit_training t = training_of(3, "none", model.parameters);

				t.micro_batch = 4;
				t.attention = (enum dsfit_attention)attention;
				t.checkpointing = (enum dsfit_checkpointing)kind;
				a[kind] = account_of(&model, &t, &layout);
			}
			ck_assert_uint_le(a[1].gpu.forward, a[0].gpu.forward);
			ck_assert_uint_lt(a[2].gpu.forward, a[1].gpu.forward);
			ck_assert_uint_lt(a[2].gpu.backward, a[0].gpu.backward);
			ck_assert_uint_le(a[2].gpu.peak, a[1].gpu.peak);
			ck_assert_uint_le(a[1].gpu.peak, a[0].gpu.peak);
			ck_assert_uint_eq(a[0].gpu.rest, a[2].gpu.rest);
			/* Recomputing costs a second forward pass. */
			ck_assert_double_gt(a[2].network.step_seconds,
					    a[0].network.step_seconds);
		}
	}
}
END_TEST

START_TEST(methods_lower)
{
	const struct dsfit_layout layout = layout_of(1, 4);

	for (size_t m = 2; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);

		for (unsigned zero = 0; zero <= 3; zero++) {
			struct dsfit_account a[3];

			for (int method = 0; method < 3; method++) {
				struct dsfit_training t;

				dsfit_training_defaults(&t);
				t.zero = zero;
				t.zero_given = true;
				t.method = (enum dsfit_method)method;
				/* ZeRO-3 accepts a quantised base only with 8 bits. */
				if (zero == 3 && t.method == DSFIT_METHOD_QLORA) {
					t.base_weights = DSFIT_BASE_INT8;
					t.base_weights_given = true;
				}
				ck_assert_int_eq(dsfit_training_settle(&t, model.parameters, NULL),
						 0);
				a[method] = account_of(&model, &t, &layout);
			}
			ck_assert_uint_lt(a[1].gpu.peak, a[0].gpu.peak);
			/* Stage 3 shards 16-bit weights, but not quantised ones. */
			if (zero < 3)
				ck_assert_uint_lt(a[2].gpu.peak, a[1].gpu.peak);
			ck_assert_uint_lt(a[1].trainable, a[0].trainable / 50);
			ck_assert_uint_eq(a[2].trainable, a[1].trainable);
			ck_assert_uint_lt(a[1].storage.checkpoint, a[0].storage.checkpoint);
		}
	}
}
END_TEST

START_TEST(batch_and_sequence_cost)
{
	const struct dsfit_layout layout = layout_of(1, 8);

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(models); m++) {
		struct dsfit_model model = model_of(models[m]);
		struct dsfit_training t = training_of(3, "none", model.parameters), twice = t;
		struct dsfit_account a, b, c;

		twice.micro_batch *= 2;
		a = account_of(&model, &t, &layout);
		b = account_of(&model, &twice, &layout);
		twice = t;
		twice.sequence *= 2;
		c = account_of(&model, &twice, &layout);
		ck_assert_uint_gt(b.gpu.forward, a.gpu.forward);
		ck_assert_uint_gt(b.gpu.backward, a.gpu.backward);
		ck_assert_uint_eq(b.gpu.step, a.gpu.step);
		/* With flash attention only the number of tokens counts, not their square. */
		ck_assert_uint_eq(c.gpu.forward, b.gpu.forward);
		t.attention = twice.attention = DSFIT_ATTENTION_EAGER;
		t.checkpointing = twice.checkpointing = DSFIT_CHECKPOINTING_NONE;
		t.micro_batch = twice.micro_batch = 16;
		a = account_of(&model, &t, &layout);
		c = account_of(&model, &twice, &layout);
		t.sequence = 1;
		b = account_of(&model, &t, &layout);
		ck_assert_uint_gt(c.gpu.backward - b.gpu.backward,
				  2 * (a.gpu.backward - b.gpu.backward));
	}
}
END_TEST

/* ---- anchors: states between steps ---------------------------------------------------------- */

/* Assert equality within a few bytes, because each rank's share is rounded up. */
#define assert_bytes(got, want)                                                         \
	ck_assert_msg((got) <= (want) + 64 && (want) <= (got) + 64, "%llu, not %llu",    \
		      (unsigned long long)(got), (unsigned long long)(want))

START_TEST(states_at_rest)
{
	static const uint64_t node_counts[] = { 1, 2, 16 };
	static const char *const anchors[] = { "gpt2", "llama-2-7b", "llama-2-13b", "llama-2-70b" };

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(anchors); m++) {
		struct dsfit_model model = model_of(anchors[m]);
		uint64_t psi = model.parameters;
		/* Norms are not sharded. */
		uint64_t bucket = 2 * UINT64_C(500000000) + 2 * model.counts.vectors;
		uint64_t largest = 2 * model.shape.vocab * model.shape.hidden;

		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(node_counts); i++) {
			const struct dsfit_layout layout = layout_of(node_counts[i], 8);
			const uint64_t n = layout.gpus;
			const struct {
				unsigned zero;
				const char *offload;
				uint64_t rest;
			} states[] = {
				{ 0, "none", 14 * psi },
				{ 1, "none", 2 * psi + 12 * psi / n },
				{ 2, "none", 2 * psi + 12 * psi / n },
				{ 3, "none", 16 * psi / n + bucket },
				{ 1, "cpu", 2 * psi + largest },
				{ 2, "cpu", 2 * psi + largest },
				{ 3, "optimizer:cpu", 2 * psi / n + bucket },
				{ 3, "cpu", bucket },
				{ 3, "nvme", bucket },
			};

			for (size_t s = 0; s < DSFIT_ARRAY_SIZE(states); s++) {
				struct dsfit_training t = training_of(states[s].zero,
								      states[s].offload, psi);

				/* bf16 and fp16 have the same states. */
				for (int half = 0; half < 2; half++) {
					t.precision = half ? DSFIT_PRECISION_FP16 :
							     DSFIT_PRECISION_BF16;
					assert_bytes(account_of(&model, &t, &layout).gpu.rest,
						     states[s].rest);
				}
			}
		}
	}
}
END_TEST

START_TEST(states_of_other_precisions)
{
	static const struct {
		enum dsfit_precision precision;
		enum dsfit_optimizer optimizer;
		enum dsfit_engine engine;
		double bytes;		/* per parameter between steps, without sharding */
	} vectors[] = {
		/* 2 bytes of weights and 4 of master copy are part of each 16-bit figure */
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_ADAMW, DSFIT_ENGINE_DEEPSPEED, 14 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_ADAM8BIT, DSFIT_ENGINE_DEEPSPEED, 8 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_LION, DSFIT_ENGINE_DEEPSPEED, 10 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_SGD_MOMENTUM, DSFIT_ENGINE_DEEPSPEED, 10 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_SGD, DSFIT_ENGINE_DEEPSPEED, 6 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_PAGED_ADAM8BIT, DSFIT_ENGINE_DEEPSPEED, 6 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_MUON, DSFIT_ENGINE_DEEPSPEED, 10 },
		{ DSFIT_PRECISION_BF16, DSFIT_OPTIMIZER_ADAFACTOR, DSFIT_ENGINE_DEEPSPEED, 6 },
		{ DSFIT_PRECISION_FP32, DSFIT_OPTIMIZER_ADAMW, DSFIT_ENGINE_DEEPSPEED, 12 },
		{ DSFIT_PRECISION_BF16_TRUE, DSFIT_OPTIMIZER_ADAMW, DSFIT_ENGINE_NONE, 6 },
	};
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 1);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = training_of(0, "none", model.parameters);
		double bytes;

		t.precision = vectors[i].precision;
		t.optimizer = vectors[i].optimizer;
		t.engine = vectors[i].engine;
		bytes = (double)account_of(&model, &t, &layout).gpu.rest /
			(double)model.parameters;
		ck_assert_msg(bytes >= vectors[i].bytes && bytes <= vectors[i].bytes + 0.05,
			      "row %zu: %.3f bytes a parameter", i, bytes);
	}
}
END_TEST

/* bf16 without an engine: 8 bytes a parameter if the weights were loaded in 16 bits, and 16 if they
 * were loaded in fp32: fp32 weights, gradients and two states. */
START_TEST(master_copy_without_engine)
{
	static const struct {
		enum dsfit_answer master;
		double rest, step;
	} vectors[] = { { DSFIT_UNDECLARED, 6, 8 }, { DSFIT_NO, 6, 8 }, { DSFIT_YES, 12, 16 } };
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 1);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = training_of(0, "none", model.parameters);
		struct dsfit_account a;
		double psi = (double)model.parameters;

		t.engine = DSFIT_ENGINE_NONE;
		t.master = vectors[i].master;
		a = account_of(&model, &t, &layout);
		ck_assert_double_eq_tol((double)a.gpu.rest / psi, vectors[i].rest, 0.05);
		ck_assert_double_eq_tol((double)a.gpu.step / psi, vectors[i].step, 0.05);
	}
}
END_TEST

/* Of a parameter in 16 bits, torch's Adafactor also makes the gradient and a copy in fp32. */
START_TEST(adafactor_widens)
{
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 1);
	uint64_t bytes[2] = { 0, 0 };

	for (int in_fp32 = 0; in_fp32 < 2; in_fp32++) {
		struct dsfit_training t = training_of(0, "none", model.parameters);
		struct dsfit_account a;

		t.engine = DSFIT_ENGINE_NONE;
		t.optimizer = DSFIT_OPTIMIZER_ADAFACTOR;
		t.master = in_fp32 ? DSFIT_YES : DSFIT_NO;
		t.sequence = 1;
		a = account_of(&model, &t, &layout);
		for (size_t i = 0; i < a.gpu.part_count; i++)
			if (!strcmp(a.gpu.part[i].cause, "Adafactor's temporary tensors"))
				bytes[in_fp32] = a.gpu.part[i].bytes;
	}
	/* Of the largest: the embedding. */
	ck_assert_uint_eq(bytes[1], 8 * model.shape.vocab * model.shape.hidden);
	ck_assert_uint_eq(bytes[0], 2 * bytes[1]);
}
END_TEST

/* The memory of the optimizer step, with one token so that activations are negligible. */
START_TEST(states_in_the_step)
{
	struct dsfit_model model = model_of("llama-2-7b");
	uint64_t psi = model.parameters;
	const struct dsfit_layout layout = layout_of(1, 8);
	/* A partition has gradients of whole parameters, also of one that the partition cuts. */
	uint64_t cut = 2 * model.shape.ffn * model.shape.hidden;
	const struct {
		unsigned zero;
		const char *offload;
		uint64_t step, more;
	} vectors[] = {
		{ 0, "none", 20 * psi, 64 },
		{ 1, "none", 2 * psi + 20 * psi / 8, cut },
		{ 2, "none", 2 * psi + 20 * psi / 8, cut },
		{ 3, "none", 16 * psi / 8 + 1000000000 + 6 * (psi / 8), 64 },
		{ 2, "cpu", 2 * psi + 2 * model.shape.vocab * model.shape.hidden, 64 },
		{ 3, "cpu", 1000000000 + 2 * model.counts.vectors, 64 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = training_of(vectors[i].zero, vectors[i].offload, psi);
		uint64_t step;

		t.sequence = 1;
		step = account_of(&model, &t, &layout).gpu.step;
		ck_assert_uint_ge(step + 64, vectors[i].step);
		ck_assert_uint_le(step, vectors[i].step + vectors[i].more);
	}
}
END_TEST

/* The bytes per token that a layer keeps for backward, exact except for the loss beside them. */
START_TEST(activations)
{
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_shape *s = &model.shape;
	const uint64_t h = s->hidden, f = s->ffn, a = s->heads, rank = 16;
	const uint64_t q = a * s->head_size, kv = s->kv_heads * s->head_size;
	const struct dsfit_layout layout = layout_of(1, 1);
	const struct {
		enum dsfit_checkpointing checkpointing;
		const char *method;
		enum dsfit_lora_targets targets;
		uint64_t kept;
	} vectors[] = {
		{ DSFIT_CHECKPOINTING_NONE, "full", DSFIT_LORA_QV,
		  16 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8 },
		{ DSFIT_CHECKPOINTING_NONE, "lora:16", DSFIT_LORA_QV,
		  10 * h + 6 * f + 4 * q + 4 * kv + 4 * a + 8 + 4 * rank },
		{ DSFIT_CHECKPOINTING_NONE, "lora:16", DSFIT_LORA_ALL_LINEAR,
		  12 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8 + 14 * rank },
		{ DSFIT_CHECKPOINTING_FULL, "full", DSFIT_LORA_QV, 2 * h },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = training_of(0, "none", model.parameters), twice;
		struct dsfit_account one, two;

		ck_assert_int_eq(dsfit_training_set(&t, "method", vectors[i].method,
						    NULL), 0);
		t.checkpointing = vectors[i].checkpointing;
		t.lora_targets = vectors[i].targets;
		twice = t;
		twice.micro_batch *= 2;
		one = account_of(&model, &t, &layout);
		two = account_of(&model, &twice, &layout);
		/* The loss adds 6 to 12 bytes per entry: the logits and their fp32 copy. */
		ck_assert_uint_ge(two.gpu.forward - one.gpu.forward,
				  t.sequence * (vectors[i].kept * s->layers + 6 * s->vocab));
		ck_assert_uint_le(two.gpu.forward - one.gpu.forward,
				  t.sequence * (vectors[i].kept * s->layers + 12 * s->vocab));
	}
}
END_TEST

/* While a checkpointed block is recomputed, memory holds all of it and all checkpoints. */
START_TEST(recomputing)
{
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_training t = training_of(3, "cpu", model.parameters);
	struct dsfit_account a;
	uint64_t tokens, layer;

	model.shape.vocab = 1;		/* no loss to hide it */
	model.shape.ffn = model.shape.expert_ffn = 65536;
	t.sequence = tokens = 16384;
	layer = tokens * (8 * model.shape.ffn + 16 * model.shape.hidden);
	a = account_of(&model, &t, &layout);
	ck_assert_uint_ge(a.gpu.backward - a.gpu.rest,
			  layer + tokens * 2 * model.shape.hidden * model.shape.layers);
}
END_TEST

/* Stage 2 reduces gradients through two buckets, or three with overlap_comm. */
START_TEST(buckets)
{
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_training t = training_of(2, "cpu", model.parameters);
	struct dsfit_account two, three;

	t.sequence = 1;
	two = account_of(&model, &t, &layout);
	t.overlap_comm = true;
	three = account_of(&model, &t, &layout);
	ck_assert_uint_ge(two.gpu.backward - two.gpu.rest, 2 * UINT64_C(1000000000));
	ck_assert_uint_eq(three.gpu.backward - two.gpu.backward, 1000000000);
}
END_TEST

/* The hardware guide gives 13B with ZeRO-3 four A100 of 40 GB, but without offload it needs 58 GB
 * per GPU. */
START_TEST(the_guides_13b)
{
	static const char *const names[] = { "13B", "llama-2-13b" };
	const struct dsfit_gpu *a100 = dsfit_site_gpu(site, "a100");
	const struct dsfit_layout layout = layout_of(1, 4), twice = layout_of(2, 4);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		struct dsfit_model model = model_of(names[i]);
		struct dsfit_training t = training_of(3, "none", model.parameters);
		struct dsfit_account a = account_of(&model, &t, &layout);

		ck_assert_uint_gt(a.gpu.rest, 52000000000);
		ck_assert_uint_gt(a.gpu.peak, 58000000000);
		ck_assert_uint_gt(a.gpu.low, a100->memory);
		/* With eight of them at least the low estimate fits. */
		a = account_of(&model, &t, &twice);
		ck_assert_uint_lt(a.gpu.low, a100->memory);
	}
}
END_TEST

START_TEST(what_the_guide_misses)
{
	static const struct {
		const char *model;
		unsigned zero;
		const char *offload, *gpu;
		uint64_t gpus;
		bool fits;
	} vectors[] = {
		{ "1B", 2, "none", "rtx3070", 1, false },
		{ "3B", 2, "none", "rtx4090", 1, false },
		{ "70B", 3, "cpu", "h200", 8, true },
		{ "560B", 3, "none", "h200", 8, false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model = model_of(vectors[i].model);
		struct dsfit_training t = training_of(vectors[i].zero, vectors[i].offload,
						      model.parameters);
		const struct dsfit_layout layout = layout_of(1, vectors[i].gpus);
		struct dsfit_account a = account_of(&model, &t, &layout);
		uint64_t memory = dsfit_site_gpu(site, vectors[i].gpu)->memory;

		if (vectors[i].fits)
			ck_assert_uint_lt(a.gpu.high, memory);
		else
			ck_assert_uint_gt(a.gpu.low, memory);
	}
}
END_TEST

/* ---- anchors: host, NVMe, storage, network -------------------------------------------------- */

START_TEST(host_memory)
{
	static const uint64_t node_counts[] = { 1, 2, 4 };
	static const char *const anchors[] = { "llama-2-7b", "llama-2-13b", "llama-2-70b" };

	for (size_t m = 0; m < DSFIT_ARRAY_SIZE(anchors); m++) {
		struct dsfit_model model = model_of(anchors[m]);
		uint64_t psi = model.parameters;
		uint64_t largest = 2 * model.shape.vocab * model.shape.hidden;

		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(node_counts); i++) {
			const uint64_t n = node_counts[i];
			const struct dsfit_layout layout = layout_of(n, 8);
			struct dsfit_training t = training_of(2, "cpu", psi);
			struct dsfit_account a = account_of(&model, &t, &layout), b;

			/* Each rank also stages up to the largest parameter. */
			ck_assert_uint_ge(a.host.offload, 18 * psi / n);
			ck_assert_uint_le(a.host.offload, 18 * psi / n + 8 * largest + 512);
			/* With accumulation the 16-bit gradients are on the host too. */
			t.accumulation = 4;
			b = account_of(&model, &t, &layout);
			ck_assert_uint_ge(b.host.offload + 64, a.host.offload + 2 * psi / n);
			ck_assert_uint_le(b.host.offload, a.host.offload + 2 * psi / n +
					  8 * 2 * model.shape.ffn * model.shape.hidden);
			t = training_of(3, "optimizer:cpu", psi);
			a = account_of(&model, &t, &layout);
			ck_assert_uint_ge(a.host.offload, 18 * psi / n);
			ck_assert_uint_le(a.host.offload, 18 * psi / n + 512);
			t = training_of(3, "cpu", psi);
			a = account_of(&model, &t, &layout);
			ck_assert_uint_ge(a.host.offload, 20 * psi / n);
			ck_assert_uint_le(a.host.offload, 20 * psi / n + 512);
			/* Per parameter: optimizer 12 bytes, up to 4 while swapping, weights 2. */
			t = training_of(3, "nvme", psi);
			a = account_of(&model, &t, &layout);
			ck_assert_uint_ge(a.nvme.per_node, 14 * psi / n);
			ck_assert_uint_le(a.nvme.per_node, 18 * psi / n + 512);
		}
	}
}
END_TEST

/* Offloaded states are sharded as on the GPU: within a shard of MiCS, and experts among the ranks
 * that have the same ones. */
START_TEST(offloaded_shards)
{
	struct dsfit_model model = model_of("mixtral-8x7b");
	const struct dsfit_layout layout = layout_of(2, 8);
	struct dsfit_training t = training_of(3, "nvme", model.parameters);
	uint64_t all = account_of(&model, &t, &layout).nvme.per_node;
	struct dsfit_account a;

	t.mics_shard = 4;
	assert_bytes(account_of(&model, &t, &layout).nvme.per_node, 4 * all);
	/* With expert:8 a rank has an eighth of the experts and shares it with one other rank. */
	t.mics_shard = 0;
	t.expert = 8;
	assert_bytes(account_of(&model, &t, &layout).nvme.per_node, all);
	t = training_of(3, "cpu", model.parameters);
	a = account_of(&model, &t, &layout);
	t.expert = 8;
	assert_bytes(account_of(&model, &t, &layout).host.offload, a.host.offload);
}
END_TEST

/* Within a thousandth: an account does not round each share of a parameter. */
static void assert_near(uint64_t bytes, uint64_t expected)
{
	ck_assert_msg(fabs((double)bytes / (double)expected - 1) < 0.001, "%llu, not %llu",
		      (unsigned long long)bytes, (unsigned long long)expected);
}

/*
 * Pinned blocks, of DeepSpeed 0.19.8's own calls of pin_memory() for llama-3-8b on 8 ranks with
 * everything offloaded, and for llama-3.2-1b on 4 ranks in stage 2 with its optimizer offloaded,
 * followed on the meta device. Each block was then rounded up to a power of two.
 */
START_TEST(pinned_blocks)
{
	struct dsfit_model model = model_of("llama-3-8b");
	struct dsfit_training t = training_of(3, "cpu", model.parameters);
	const struct dsfit_layout eight = layout_of(1, 8), four = layout_of(1, 4);
	struct dsfit_account a;
	/* The shares of 291 parameters; the flat buffer; gradients in fp32 and in 16 bits. */
	uint64_t blocks = 2214659072, flat = 2147483648, gradients = 4294967296 + 2147483648;
	uint64_t asked = 2007565312, pinned = blocks + flat + gradients - 4 * asked;

	t.save = DSFIT_NO;
	a = account_of(&model, &t, &eight);
	assert_near(a.host.own, a.host.offload + 8 * pinned + 8 * (5 * DSFIT_GIB / 2));
	/* Without pin_memory DeepSpeed still pins the flat buffer. */
	t.pin_optimizer = t.pin_param = false;
	a = account_of(&model, &t, &eight);
	assert_near(a.host.own, a.host.offload + 8 * (flat - asked) + 8 * (5 * DSFIT_GIB / 2));
	model = model_of("llama-3.2-1b");
	t = training_of(2, "cpu", model.parameters);
	t.save = DSFIT_NO;
	a = account_of(&model, &t, &four);
	/* Weights and gradients in fp32, weights in 16 bits, the largest gradient. */
	pinned = 2 * (2147483648 - 1235814400) + (1073741824 - 617907200) +
		 (536870912 - 525336576);
	assert_near(a.host.own, a.host.offload + 4 * pinned + 4 * (5 * DSFIT_GIB / 2));
}
END_TEST

/* What a job leaves open about zero.Init is in `high` where experts would be merged. Qwen3-30B-A3B
 * on 8 GPUs of a node with 1928 GB was reported to end so. */
START_TEST(loading_mixtures)
{
	struct dsfit_model model = model_of("qwen3-30b-a3b");
	struct dsfit_training t = training_of(3, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_account a;

	t.save = DSFIT_NO;
	a = account_of(&model, &t, &layout);
	ck_assert_uint_lt(a.host.low, UINT64_C(100000000000));
	ck_assert_uint_lt(a.host.own, UINT64_C(100000000000));
	ck_assert_uint_gt(a.host.high, UINT64_C(1928000000000));
	t.zero_init_declared = true;
	a = account_of(&model, &t, &layout);
	ck_assert_uint_lt(a.host.high, UINT64_C(100000000000));
	t.zero_init = false;
	a = account_of(&model, &t, &layout);
	ck_assert_uint_gt(a.host.own, UINT64_C(1928000000000));
}
END_TEST

/*
 * What a checkpoint collects beside what is there, in bytes per node of 8 ranks. Of the account it
 * is in the middle and in `high`, and never in `low`: a job may write none.
 */
START_TEST(saving)
{
	static const struct {
		const char *settings, *offload;
		unsigned zero;
		double models;		/* of the model's weights in 16 bits */
		uint64_t adapters;	/* and bytes of each of the adapters' parameters */
	} rows[] = {
		/* Each rank clones the weights; the states are written from where they are. */
		{ "save:yes", "none", 2, 8, 0 },
		{ "save:yes", "cpu", 2, 8, 0 },
		{ "method:lora", "none", 0, 8, 16 },
		/* The first rank gathers them. */
		{ "save:yes", "cpu", 3, 1, 0 },
		/* With states on the GPU, ranks copy their master copy, a sub-group at a time. */
		{ "save:yes", "none", 3, 2, 0 },
		{ "save:no", "none", 3, 0, 0 },
		{ "save:no", "cpu", 2, 0, 0 },
		{ "method:lora", "none", 3, 0, 4 },
		{ "method:lora", "cpu", 3, 0, 2 },
		{ "engine:none,save:yes", "none", 0, 1, 0 },
		{ "engine:none,method:lora", "none", 0, 0, 2 },
		{ "engine:fsdp", "none", 3, 1, 0 },
		/* Not of the Trainer: the first of each tensor-parallel rank writes its part. */
		{ "parallel:tensor:2", "none", 0, 1, 0 },
	};
	const uint64_t adapters = 4194304;
	struct dsfit_model model = model_of("llama-2-7b");
	const struct dsfit_layout layout = layout_of(1, 8);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_training t = training_of(rows[i].zero, rows[i].offload,
						      model.parameters);
		struct dsfit_account with, without;
		struct dsfit_error err;
		uint64_t expected;

		t.sub_group = 100000000000;
		ck_assert(!dsfit_training_set_all(&t, rows[i].settings, &err));
		with = account_of(&model, &t, &layout);
		t.save = DSFIT_NO;
		without = account_of(&model, &t, &layout);
		expected = (uint64_t)(rows[i].models * 2 * (double)model.parameters) +
			   rows[i].adapters * adapters;
		ck_assert_msg(with.host.saving + 1000 > expected &&
			      with.host.saving < expected + 1000, "row %zu: %llu, not %llu", i,
			      (unsigned long long)with.host.saving, (unsigned long long)expected);
		ck_assert_uint_eq(without.host.saving, 0);
		ck_assert_uint_eq(with.host.low, without.host.low);
		ck_assert_uint_eq(with.host.own, without.host.own + with.host.saving);
	}
}
END_TEST

/* The first checkpoints of tests/data/saves.tsv, within 3 %. */
START_TEST(saving_as_followed)
{
	static const char *const configs[][2] = {
		{ "llama", "{\"model_type\": \"llama\", \"hidden_size\": 1024, "
		  "\"intermediate_size\": 2816, \"num_hidden_layers\": 8, "
		  "\"num_attention_heads\": 16, \"vocab_size\": 16384}" },
		{ "mixtral", "{\"model_type\": \"mixtral\", \"hidden_size\": 512, "
		  "\"intermediate_size\": 1024, \"num_hidden_layers\": 6, "
		  "\"num_attention_heads\": 8, \"num_key_value_heads\": 8, "
		  "\"vocab_size\": 8192, \"num_local_experts\": 16}" },
	};
	FILE *file = fopen(TEST_DATA "/saves.tsv", "r");
	char line[512], name[16], optimizer[8], param[8], offload[64];
	double collected, written, engine;
	int rows = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		unsigned long long ranks;
		struct dsfit_training t;
		struct dsfit_layout layout;
		struct dsfit_model model;
		struct dsfit_error err;
		unsigned stage;
		double most, bytes;

		if (*line == '#')
			continue;
		ck_assert_int_eq(sscanf(line, "%15s %u %7s %7s %llu %lf %lf %lf", name, &stage,
					optimizer, param, &ranks, &collected, &written, &engine),
				 8);
		snprintf(offload, sizeof(offload), "optimizer:%s,param:%s", optimizer, param);
		ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json",
			      configs[!strcmp(name, "mixtral")][1]), &model, &err), "%s", err.text);
		t = training_of(stage, offload, model.parameters);
		layout = layout_of(1, ranks);
		bytes = (double)account_of(&model, &t, &layout).host.saving;
		/* Below stage 3 the others have let go of their clones before the first writes. */
		most = stage < 3 ? fmax(collected, collected / (double)ranks + written) :
				   collected + written;
		ck_assert_msg(fabs(bytes / (double)model.parameters / most - 1) < 0.03,
			      "%s: %.3f bytes a parameter", line,
			      bytes / (double)model.parameters);
		ck_assert_msg(engine < most, "%s", line);
		rows++;
	}
	fclose(file);
	ck_assert_int_ge(rows, 3);
}
END_TEST

/* A pipeline writes one layer after another. */
START_TEST(saving_pipelines)
{
	struct dsfit_model model = model_of("llama-2-7b");
	struct dsfit_training t = training_of(0, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	uint64_t layer = 4 * 4096 * 4096 + 3 * 4096 * 11008, bytes;

	t.pipeline = 8;
	bytes = account_of(&model, &t, &layout).host.saving;
	ck_assert_uint_ge(bytes, 8 * 2 * layer);
	ck_assert_uint_le(bytes, 8 * 2 * layer * 21 / 20);
}
END_TEST

/* The first rank's node, where a mixture's experts are parted again: followed with DeepSpeed 0.19.8
 * and transformers 5.23 on a Mixtral of 165 730 816 parameters, 0.911 of them in experts. */
START_TEST(saving_mixtures)
{
	struct dsfit_model model = model_of("mixtral-8x7b");
	struct dsfit_training t = training_of(3, "cpu", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8), eight = layout_of(8, 1);
	uint64_t routed = model.counts.routed, psi = model.parameters;

	assert_bytes(account_of(&model, &t, &layout).host.saving, 2 * psi + 4 * routed / 3);
	/* In transformers 4 each expert has matrices of its own. */
	t.transformers = DSFIT_RELEASE(4, 57);
	assert_bytes(account_of(&model, &t, &layout).host.saving, 2 * psi);
	t.gather_on_save = DSFIT_NO;
	ck_assert_uint_eq(account_of(&model, &t, &layout).host.saving, 0);
	t = training_of(2, "cpu", model.parameters);
	assert_bytes(account_of(&model, &t, &layout).host.saving, 8 * 2 * psi);
	/* One rank alone parts them after it has cloned all. */
	t.zero = 1;
	assert_bytes(account_of(&model, &t, &eight).host.saving, 2 * psi + 4 * routed / 3);
}
END_TEST

/* The data loader's workers: forked processes, of which little is their own. */
START_TEST(workers)
{
	struct dsfit_model model = model_of("llama-2-7b");
	struct dsfit_training t = training_of(2, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_account none = account_of(&model, &t, &layout), some;

	t.workers = 4;
	some = account_of(&model, &t, &layout);
	ck_assert_uint_eq(some.host.low, none.host.low);
	ck_assert_uint_eq(some.host.own, none.host.own + 32 * 16 * DSFIT_MIB);
	ck_assert_uint_eq(some.host.high, none.host.high + 32 * 256 * DSFIT_MIB);
}
END_TEST

/* Of the parameters on NVMe max_in_cpu are in host memory as well. If that is not all of them, so
 * is the sub-group that is being written. */
START_TEST(parameters_on_nvme)
{
	struct dsfit_model model = model_of("llama-2-13b");
	struct dsfit_training t = training_of(3, "param:nvme", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	const uint64_t part = dsfit_div_up(model.parameters, 8), swap = 5 * 100000000ull;
	struct dsfit_account none, some, all;

	t.sub_group = 300000000;
	t.param_in_cpu = 0;
	t.save = DSFIT_NO;
	none = account_of(&model, &t, &layout);
	assert_bytes(none.host.offload, 8 * 2 * (swap + t.sub_group));
	t.param_in_cpu = 700000000;
	some = account_of(&model, &t, &layout);
	assert_bytes(some.host.offload, 8 * 2 * (swap + t.sub_group + 700000000));
	t.param_in_cpu = 5000000000;
	all = account_of(&model, &t, &layout);
	assert_bytes(all.host.offload, 8 * 2 * (swap + part));
	/* The block is pinned, so it is rounded up to a power of two. */
	assert_bytes(all.host.high - all.host.offload, 8 * ((4ull << 30) - 2 * part) +
							       8 * 4 * DSFIT_GIB);
	/* The files on NVMe have all parameters, including those kept in memory. */
	assert_bytes(all.nvme.per_node, 2 * model.parameters);
	ck_assert_uint_eq(all.nvme.per_node, none.nvme.per_node);
	/* The default of max_in_cpu is 10^9. */
	t = training_of(3, "param:nvme", model.parameters);
	some = account_of(&model, &t, &layout);
	assert_bytes(some.host.offload, 8 * 2 * (swap + 2 * 1000000000ull));
}
END_TEST

/*
 * torch_autocast: peaks of steps on 8 ranks with 4 samples of 1024 tokens per GPU. They were
 * followed with DeepSpeed 0.19.8 on the meta device, with autocast's lists of operators and its
 * cache of weights applied by hand. In pure fp32 the first would be 26.4 GB.
 */
START_TEST(autocast)
{
	static const struct {
		const char *config;
		unsigned zero;
		enum dsfit_checkpointing checkpointing;
		double allocated;
	} vectors[] = {
		{ "llama-3.2-1b", 2, DSFIT_CHECKPOINTING_NONE, 24121601884 },
		{ "llama-3.2-1b", 3, DSFIT_CHECKPOINTING_NONE, 24694739737 },
		{ "llama-3.2-1b", 3, DSFIT_CHECKPOINTING_FULL, 17035424537 },
		{ "llama-3.2-1b", 0, DSFIT_CHECKPOINTING_FULL, 23209591080 },
		{ "llama-3-8b", 2, DSFIT_CHECKPOINTING_FULL, 66812657336 },
		{ "llama-3-8b", 3, DSFIT_CHECKPOINTING_NONE, 64166266905 },
		{ "qwen2-0.5b", 1, DSFIT_CHECKPOINTING_FULL, 10847012572 },
		{ "qwen2-0.5b", 3, DSFIT_CHECKPOINTING_FULL, 14076114905 },
		/* Its activation function computes a power, and stage 3 does not replace its
		 * linear layers with its own. */
		{ "gpt2-xl", 0, DSFIT_CHECKPOINTING_NONE, 51393525132 },
		{ "gpt2-xl", 3, DSFIT_CHECKPOINTING_NONE, 43460554745 },
		{ "gpt2-xl", 3, DSFIT_CHECKPOINTING_FULL, 17232521233 },
	};
	const struct dsfit_layout layout = layout_of(1, 8);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		struct dsfit_model model;
		struct dsfit_account a;
		char path[300];
		uint64_t most;

		snprintf(path, sizeof(path), TEST_DATA "/configs/%s.json", vectors[i].config);
		ck_assert_msg(!dsfit_model_read(&site->models, path, &model, &err), "%s", err.text);
		t = training_of(vectors[i].zero, "none", model.parameters);
		t.precision = DSFIT_PRECISION_FP32;
		t.autocast = true;
		t.checkpointing = vectors[i].checkpointing;
		t.micro_batch = 4;
		t.sequence = 1024;
		a = account_of(&model, &t, &layout);
		most = largest_of(a.gpu.forward, a.gpu.backward, a.gpu.step);
		ck_assert_msg(fabs((double)most / vectors[i].allocated - 1) < 0.01,
			      "row %zu: %llu, not %.0f", i, (unsigned long long)most,
			      vectors[i].allocated);
	}
}
END_TEST

/* Host memory that users reported for 8 GPUs on one node (sizing.md, "Host memory per node"). */
START_TEST(host_memory_as_reported)
{
	static const struct {
		const char *model, *offload;
		bool zero_init;
		uint64_t memory;
		bool refused;
	} vectors[] = {
		/* LLaMA-33B, all states offloaded: 600 GB was too little, 750 to 800 GB ran. */
		{ "33B", "cpu", true, 600000000000, true },
		{ "33B", "cpu", true, 750000000000, false },
		{ "33B", "cpu", true, 800000000000, false },
		/* 7B without zero.Init: at least 4 bytes per parameter on each rank, 216 GB. */
		{ "llama-2-7b", "none", false, 128000000000, true },
		{ "llama-2-7b", "none", false, 200000000000, true },
		{ "llama-2-7b", "none", false, 256000000000, false },
		{ "llama-2-7b", "none", true, 128000000000, false },
	};
	const struct dsfit_layout layout = layout_of(1, 8);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model = model_of(vectors[i].model);
		struct dsfit_training t = training_of(3, vectors[i].offload, model.parameters);
		struct dsfit_account a;

		t.zero_init = vectors[i].zero_init;
		a = account_of(&model, &t, &layout);
		ck_assert_msg((a.host.low > vectors[i].memory) == vectors[i].refused,
			      "row %zu: %llu at least", i, (unsigned long long)a.host.low);
		if (!vectors[i].zero_init)
			/* In fp32; the files are mapped once. */
			assert_bytes(a.host.loading, (8 * 401 + 202) * model.parameters / 100);
	}
}
END_TEST

/* Pinned memory is rounded up to powers of two. A sub-group of 10^9 elements is none. */
START_TEST(pinned_memory)
{
	struct dsfit_model model = model_of("llama-2-13b");
	struct dsfit_training t = training_of(3, "optimizer:cpu", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_account plain, pinned;

	t.pin_optimizer = t.pin_param = false;
	plain = account_of(&model, &t, &layout);
	t.pin_optimizer = true;
	pinned = account_of(&model, &t, &layout);
	ck_assert_uint_eq(pinned.host.offload, plain.host.offload);
	ck_assert_uint_gt(pinned.host.per_node, plain.host.per_node);
	/* 6 of 18 bytes are pinned, and rounding at most doubles them. */
	ck_assert_uint_le(pinned.host.per_node, plain.host.per_node + plain.host.offload / 3);
	ck_assert_uint_eq(pinned.host.high, plain.host.high);
}
END_TEST

/* The guide's "RAM" (16, 32, 64 or 256 GB by the kind of training) is a minimum. */
START_TEST(the_guides_memory_and_storage)
{
	static const struct {
		const char *model;
		unsigned zero;
		const char *offload;
		uint64_t memory, storage;
	} vectors[] = {
		{ "124M", 2, "none", 16000000000, 50000000000 },
		{ "7B", 3, "none", 32000000000, 100000000000 },
		{ "7B", 2, "cpu", 64000000000, 100000000000 },
		{ "70B", 3, "none", 256000000000, 500000000000 },
		{ "560B", 3, "cpu", 256000000000, 1100000000000 },
	};
	const struct dsfit_layout layout = layout_of(1, 1);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model = model_of(vectors[i].model);
		struct dsfit_training t = training_of(vectors[i].zero, vectors[i].offload,
						      model.parameters);
		struct dsfit_account a = account_of(&model, &t, &layout);

		ck_assert_uint_eq(a.host.guide_minimum, vectors[i].memory);
		ck_assert_uint_ge(a.host.per_node, vectors[i].memory);
		ck_assert_uint_ge(a.host.high, vectors[i].memory);
		ck_assert_uint_ge(a.storage.total, vectors[i].storage);
		/* A checkpoint with Adam has 14 bytes per parameter. */
		ck_assert_uint_eq(a.storage.checkpoint, 14 * model.parameters);
		t.dataset = UINT64_C(5000000000000);
		ck_assert_uint_ge(account_of(&model, &t, &layout).storage.total,
				  t.dataset + a.storage.checkpoint);
	}
}
END_TEST

/* In stages 0 to 2 a step sends twice the 16-bit gradients; in stage 3 each micro-step sends three
 * times as much. */
START_TEST(network)
{
	struct dsfit_model model = model_of("llama-2-7b");
	uint64_t psi = model.parameters;
	const struct {
		unsigned zero;
		uint64_t accumulation, gpus, sent;
	} vectors[] = {
		{ 0, 1, 8, 4 * psi / 8 * 7 },
		{ 1, 1, 8, 4 * psi / 8 * 7 },
		{ 2, 1, 16, 4 * psi / 16 * 15 },
		{ 2, 4, 16, 4 * psi / 16 * 15 },
		{ 3, 1, 8, 6 * psi / 8 * 7 },
		{ 3, 4, 8, 24 * psi / 8 * 7 },
		{ 3, 1, 1, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = training_of(vectors[i].zero, "none", psi);
		const struct dsfit_layout layout = layout_of(1, vectors[i].gpus);
		struct dsfit_account a;

		t.accumulation = vectors[i].accumulation;
		a = account_of(&model, &t, &layout);
		assert_bytes(a.network.bytes_per_step, vectors[i].sent);
		ck_assert_uint_eq(a.network.required, 0);
	}
}
END_TEST

/* Gradients that are sent in fp32 are twice as wide, but gathered weights stay 16 bits wide. */
START_TEST(network_in_fp32)
{
	struct dsfit_model model = model_of("llama-2-7b");
	const uint64_t widths[] = { 4 + 4, 4 + 2, 4 + 2, 4 + 2 + 2 };
	const struct dsfit_layout layout = layout_of(1, 8);

	for (unsigned zero = 0; zero < DSFIT_ARRAY_SIZE(widths); zero++) {
		struct dsfit_training t = training_of(zero, "none", model.parameters);

		t.communicate = DSFIT_ACCUMULATE_FP32;
		assert_bytes(account_of(&model, &t, &layout).network.bytes_per_step,
			     widths[zero] * model.parameters / 8 * 7);
	}
}
END_TEST

/* ZeRO++ sends a quarter between nodes. MiCS within a node only reduces its shards between nodes. */
START_TEST(network_between_nodes)
{
	struct dsfit_model model = model_of("llama-2-70b");
	struct dsfit_training t = training_of(3, "none", model.parameters);
	struct dsfit_layout layout = layout_of(4, 8);
	struct dsfit_account plain, less;

	layout.tflops = 312;
	plain = account_of(&model, &t, &layout);
	t.hpz = 8;
	t.quantized_weights = t.quantized_gradients = true;
	less = account_of(&model, &t, &layout);
	assert_bytes(less.network.required, plain.network.required / 4);
	t = training_of(3, "none", model.parameters);
	t.mics_shard = 8;
	less = account_of(&model, &t, &layout);
	ck_assert_uint_lt(less.network.required, plain.network.required / 4);
	/* A tensor group that spans nodes sends its activations between them. */
	t = training_of(1, "none", model.parameters);
	plain = account_of(&model, &t, &layout);
	t.tensor = 8;
	ck_assert_uint_gt(account_of(&model, &t, &layout).network.bytes_per_step,
			  plain.network.bytes_per_step / 8);
	less = account_of(&model, &t, &layout);
	t.tensor = 16;
	ck_assert_uint_gt(account_of(&model, &t, &layout).network.required, less.network.required);
}
END_TEST

/* Frozen weights need no gradients: a third less computing, or a quarter less with recomputing. */
START_TEST(adapters_compute_less)
{
	struct dsfit_model model = model_of("llama-2-70b");
	struct dsfit_layout layout = layout_of(2, 8);
	struct dsfit_training full = training_of(3, "none", model.parameters), lora = full;
	const double token = 2048 / (312e12 * 0.4);
	struct dsfit_account a, b;

	lora.method = DSFIT_METHOD_LORA;
	a = account_of(&model, &full, &layout);
	b = account_of(&model, &lora, &layout);
	ck_assert_double_eq_tol(a.network.step_seconds, 8 * token * (double)model.parameters, 1e-6);
	ck_assert_double_eq_tol(b.network.step_seconds, 6 * token * (double)model.parameters +
				8 * token * (double)b.trainable, 1e-6);
	/* LoRA sends its frozen weights as often, so the same bytes in less time. */
	ck_assert_uint_gt(b.network.required * 3, a.network.required * 2);
	full.checkpointing = lora.checkpointing = DSFIT_CHECKPOINTING_NONE;
	a = account_of(&model, &full, &layout);
	b = account_of(&model, &lora, &layout);
	ck_assert_double_eq_tol(a.network.step_seconds, 6 * token * (double)model.parameters, 1e-6);
	ck_assert_double_eq_tol(b.network.step_seconds, 4 * token * (double)model.parameters +
				6 * token * (double)b.trainable, 1e-6);
}
END_TEST

START_TEST(network_of_unknown_gpus)
{
	struct dsfit_model model = model_of("70B");
	struct dsfit_training t = training_of(3, "none", model.parameters);
	const struct dsfit_layout known = layout_of(2, 8);
	struct dsfit_layout unknown = known;
	struct dsfit_estimate_settings patient = site->estimate;
	struct dsfit_account a, b;

	unknown.tflops = 0;
	dsfit_account(&model, &site->families, &t, &unknown, &site->estimate, &a);
	ck_assert_double_eq(a.network.step_seconds, 0);
	ck_assert_uint_eq(a.network.required, 25000000000);
	/* A job that may not wait for the network at all needs a faster one. */
	patient.network_wait = 0;
	dsfit_account(&model, &site->families, &t, &known, &patient, &a);
	patient.network_wait = 0.9;
	dsfit_account(&model, &site->families, &t, &known, &patient, &b);
	ck_assert_uint_ge(a.network.required, b.network.required);
	ck_assert_uint_ge(a.network.low, b.network.low);
}
END_TEST

/* ---- layouts -------------------------------------------------------------------------------- */

START_TEST(layouts)
{
	static const struct {
		const char *parallel;
		uint64_t nodes, gpus_per_node;
		bool divides;
		uint64_t ranks;
	} vectors[] = {
		{ "tensor:1", 1, 1, true, 1 },
		{ "tensor:1", 3, 5, true, 15 },
		{ "tensor:2", 1, 8, true, 4 },
		{ "tensor:2,pipeline:4", 1, 8, true, 1 },
		{ "tensor:8,pipeline:2", 2, 8, true, 1 },
		{ "sequence:4", 1, 8, true, 8 },
		{ "pipeline:16", 2, 8, true, 1 },
		{ "tensor:2,sequence:4", 2, 8, true, 8 },
		{ "expert:8", 1, 8, true, 8 },
		{ "expert:7", 1, 8, false, 8 },
		{ "tensor:3", 1, 8, false, 2 },
		{ "tensor:16", 1, 8, false, 1 },
		{ "pipeline:3", 1, 8, false, 2 },
		{ "sequence:3", 1, 8, false, 8 },
		{ "tensor:4,pipeline:4", 1, 8, false, 1 },
		/* A tensor group over several nodes is slow, but it runs. */
		{ "tensor:4", 2, 6, true, 3 },
		{ "tensor:16", 2, 8, true, 1 },
		{ "tensor:65536,pipeline:65536,sequence:65536", 2, 8, false, 1 },
	};
	struct dsfit_model model = model_of("7B");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_layout layout = layout_of(vectors[i].nodes,
							     vectors[i].gpus_per_node);
		struct dsfit_training t = training_of(1, "none", model.parameters);
		struct dsfit_error err = { "" };
		int rc;

		ck_assert_int_eq(dsfit_training_set(&t, "parallel",
						    vectors[i].parallel, NULL), 0);
		rc = dsfit_layout_check(&model, &t, &layout, &err);
		ck_assert_msg(rc == (vectors[i].divides ? 0 : -1), "%s on %llu x %llu",
			      vectors[i].parallel, (unsigned long long)vectors[i].nodes,
			      (unsigned long long)vectors[i].gpus_per_node);
		ck_assert_int_eq(!rc, !err.text[0]);
		ck_assert_int_eq(dsfit_layout_check(&model, &t, &layout, NULL), rc);
		ck_assert_uint_eq(account_of(&model, &t, &layout).ranks, vectors[i].ranks);
		ck_assert_int_eq(!(layout.gpus % dsfit_layout_multiple(&t)), vectors[i].divides);
	}
}
END_TEST

/* Model parallelism divides what a GPU holds. */
START_TEST(parallel_divides)
{
	struct dsfit_model model = model_of("llama-2-70b");
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_training t = training_of(0, "none", model.parameters);
	uint64_t whole = account_of(&model, &t, &layout).gpu.rest, rest;

	t.tensor = 8;
	rest = account_of(&model, &t, &layout).gpu.rest;
	ck_assert_uint_ge(rest, whole / 8);
	ck_assert_uint_le(rest, whole / 8 + 64);
	t.tensor = 1;
	t.pipeline = 8;
	rest = account_of(&model, &t, &layout).gpu.rest;
	/* The first and last stages carry the embedding and the head. */
	ck_assert_uint_gt(rest, whole / 8);
	ck_assert_uint_lt(rest, whole / 7);
}
END_TEST

/* save_total_limit: so many checkpoints stay, and one more while it is written. 0 is no limit. */
START_TEST(kept_checkpoints)
{
	struct dsfit_model model = model_of("llama-2-70b");
	struct dsfit_training t = training_of(3, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(2, 8);
	struct dsfit_storage_account one = account_of(&model, &t, &layout).storage, some;
	const uint64_t checkpoint = one.checkpoint;

	for (uint64_t limit = 0; limit < 4; limit++) {
		t.save_total_limit = limit;
		some = account_of(&model, &t, &layout).storage;
		ck_assert_uint_eq(some.checkpoint, checkpoint);
		ck_assert_uint_eq(some.low, one.low);
		ck_assert_uint_eq(some.high, one.low + (limit ? limit : 1) * checkpoint);
		ck_assert_uint_ge(some.total, some.high - checkpoint);
		ck_assert_uint_ge(some.total, one.total);
	}
	ck_assert_uint_eq(some.total, one.low + 2 * checkpoint);
}
END_TEST

/* A count that is an estimate has a band of its own, unless the model's files tell the count. */
START_TEST(estimated_count)
{
	struct dsfit_model model = model_of("llama-3-8b");
	struct dsfit_training t = training_of(2, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_gpu_account exact, assumed, estimated;

	ck_assert(!dsfit_training_set_all(&t, "eval-batch:0", NULL));
	exact = account_of(&model, &t, &layout).gpu;
	model.exact = false;
	model.source = DSFIT_COUNT_FILES;
	assumed = account_of(&model, &t, &layout).gpu;
	model.source = DSFIT_COUNT_SHAPE;
	estimated = account_of(&model, &t, &layout).gpu;
	ck_assert_uint_eq(exact.peak, estimated.peak);
	ck_assert_uint_gt(assumed.high, exact.high);
	ck_assert_uint_gt(estimated.high, assumed.high);
	ck_assert_uint_lt(estimated.low, assumed.low);
	/* A size is no estimate, of a mixture neither. */
	model = model_of("8x7B");
	ck_assert_int_eq(model.source, DSFIT_COUNT_GIVEN);
}
END_TEST

/* An evaluation is usual: what nobody has declared is not in the peak, but in the band. */
START_TEST(evaluation)
{
	struct dsfit_model model = model_of("llama-3-8b");
	struct dsfit_training t = training_of(2, "none", model.parameters);
	const struct dsfit_layout layout = layout_of(1, 8);
	struct dsfit_gpu_account usual, none, declared;

	t.sequence = 4096;
	t.checkpointing = DSFIT_CHECKPOINTING_FULL;
	usual = account_of(&model, &t, &layout).gpu;
	ck_assert(!dsfit_training_set_all(&t, "eval-batch:8", NULL));
	declared = account_of(&model, &t, &layout).gpu;
	ck_assert(!dsfit_training_set_all(&t, "eval-batch:0", NULL));
	none = account_of(&model, &t, &layout).gpu;
	ck_assert_uint_eq(usual.peak, none.peak);
	ck_assert_uint_eq(usual.low, none.low);
	ck_assert_uint_eq(usual.evaluation, 0);
	ck_assert_uint_eq(usual.high_declared, none.high);
	ck_assert_uint_eq(none.high_declared, none.high);
	ck_assert_int_eq(declared.peak_phase, DSFIT_PHASE_EVALUATION);
	ck_assert_uint_eq(usual.high, declared.peak);
	ck_assert_uint_gt(usual.high, none.high);
	ck_assert_uint_eq(declared.high_declared, declared.high);
	/* The Trainer, whose batch it is, has no pipelines. */
	dsfit_training_defaults(&t);
	ck_assert(!dsfit_training_set_all(&t, "seq:4k", NULL));
	t.pipeline = 2;
	usual = account_of(&model, &t, &layout).gpu;
	ck_assert_uint_eq(usual.high, usual.high_declared);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("account");
	TCase *tcase = unit_case(suite, "account");
	const TTest *const tests[] = {
		invariants, nothing_wraps, nothing_wraps_at_the_top, stage_3_falls_with_gpus,
		stages_shard, offload_moves, checkpointing_lowers, methods_lower,
		batch_and_sequence_cost, states_at_rest, states_of_other_precisions,
		master_copy_without_engine,
		adafactor_widens,
		states_in_the_step, activations, recomputing, buckets, the_guides_13b,
		what_the_guide_misses, host_memory, host_memory_as_reported, pinned_memory,
		offloaded_shards, pinned_blocks, loading_mixtures, saving, saving_as_followed,
		saving_pipelines, saving_mixtures, workers, parameters_on_nvme, autocast,
		the_guides_memory_and_storage, network, network_in_fp32, network_between_nodes,
		adapters_compute_less, network_of_unknown_gpus, layouts, parallel_divides,
		kept_checkpoints, estimated_count, evaluation,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
