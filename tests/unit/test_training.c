/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a declaration to a training: options that are refused, with the error, and accepted, with
 * the result; DeepSpeed files and what wins over what; defaults of the site and of DeepSpeed.
 */
#include "core/base/word.h"
#include "core/guide/tables.h"
#include "core/training/ds_config.h"
#include "core/training/settings.h"
#include "core/training/training.h"

#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/size.h"
#include "core/declare/declaration.h"
#include "tests/unit/unit.h"

#define OPTIONS_MAX 8

/* One option as typed. A row has several, and the last has a NULL value. */
struct typed {
	enum dsfit_option option;
	const char *value;
};

#define MODEL(value) { DSFIT_OPTION_MODEL, value }
#define ZERO(value) { DSFIT_OPTION_ZERO, value }
#define OFFLOAD(value) { DSFIT_OPTION_OFFLOAD, value }
#define METHOD(value) { DSFIT_OPTION_METHOD, value }

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

static int resolve_over(const struct dsfit_training *defaults, const struct typed *typed,
			struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-" };

	for (int i = 0; i < OPTIONS_MAX && typed[i].value; i++)
		declaration.value[typed[i].option] = typed[i].value;
	return dsfit_declaration_resolve(&declaration, &site->models, defaults, out, err);
}

static int resolve(const struct typed *typed, struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_training defaults;

	dsfit_training_defaults(&defaults);
	return resolve_over(&defaults, typed, out, err);
}

/* ---- options that are refused --------------------------------------------------------------- */

#define FIVE "tensor:2,tensor:2,tensor:2,tensor:2,tensor:2,"
#define LONG_VALUE FIVE FIVE FIVE FIVE FIVE FIVE "tensor:2"

START_TEST(refused)
{
	static const struct {
		enum dsfit_option option;
		const char *accepted;
		const char *values[16];
	} vectors[] = {
		{ DSFIT_OPTION_ZERO, "must be a ZeRO stage: 0, 1, 2 or 3",
		  { "7", "4", "-1", "", "two", "2.0", "3 ", "auto", "0x1", "1e0",
		    "99999999999999999999999" } },
		{ DSFIT_OPTION_OFFLOAD, "must be none, cpu, nvme or optimizer:cpu,param:nvme",
		  { "", "disk", "cpu,nvme", "optimizer", "optimizer:", "optimizer:disk", "cpu:cpu",
		    "optimizer:cpu,", ",optimizer:cpu", "optimizer:cpu;param:cpu", "weights:cpu",
		    LONG_VALUE } },
		{ DSFIT_OPTION_METHOD, "must be full, lora or qlora, or have a rank",
		  { "", "lora:", "lora:0", "lora:-1", "lora:65537", "lora:8:8", "full:8", "dora",
		    "loraloraloraloraloralora", ":8", "qlora:x", "lora:1e3" } },
		{ DSFIT_OPTION_BATCH, "must be a whole number from 1 to 1000000000",
		  { "-1", "0", "", "1.5", "eight", "1000000001", "1e3", "nan", "0x10", "auto",
		    "340282366920938463463374607431768211457" } },
		{ DSFIT_OPTION_SEQ, "must be a whole number from 1 to 1000000000",
		  { "-1", "0", "", "2m", "2048.5", "1000000001", "18446744073709551617" } },
		{ DSFIT_OPTION_PRECISION, "must be one of bf16, fp16, bf16-true, fp32",
		  { "", "bf", "float16", "bf16 ", "16", "bf16,fp16" } },
		{ DSFIT_OPTION_OPTIMIZER,
		  "must be one of adamw, adam8bit, paged-adam8bit, lion, sgd, sgd-momentum, "
		  "adafactor, muon",
		  { "", "adamax", "AdamW2", "none" } },
		{ DSFIT_OPTION_CHECKPOINTING, "must be one of none, selective, full",
		  { "", "truth", "1", "yes", "all" } },
		{ DSFIT_OPTION_ATTENTION, "must be one of flash, eager",
		  { "", "math", "flash-2" } },
		{ DSFIT_OPTION_PARALLEL, "must be degrees of tensor, pipeline, expert or",
		  { "", "2", "tensor", "tensor:", "tensor:0", "tensor:-2", "tensor:2,", "data:2",
		    "tensor:2:2", "tensor:65537", "tensor:2 pipeline:2", LONG_VALUE } },
		{ DSFIT_OPTION_DATASET, "must be a size such as 512MiB",
		  { "", "-1", "lots", "10EB", "1e9", "99999999PB" } },
		{ DSFIT_OPTION_GOAL, "must be one of development, experiment, production",
		  { "", "test", "prod" } },
		{ DSFIT_OPTION_FIT, "must be one of off, advise, correct, reject",
		  { "", "yes", "fix" } },
		{ DSFIT_OPTION_EXPLAIN, "must be one of short, full", { "", "long", "1" } },
		{ DSFIT_OPTION_MODEL, "must be",
		  { "", "13X", "llama-2-7", "-1", "99999999B", "0B", "1x7B" } },
		{ DSFIT_OPTION_PARAMS, "must be", { "", "-1", "0", "99999999B", "nan" } },
		{ DSFIT_OPTION_LARGEST_LAYER, "must be a size such as 350M",
		  { "", "-1", "00", "99999999B" } },
		{ DSFIT_OPTION_LAYERS, "must be a whole number from 1",
		  { "", "-1", "0", "16777217", "1e2" } },
		{ DSFIT_OPTION_HIDDEN, "must be a whole number from 1", { "0", "x" } },
		{ DSFIT_OPTION_HEADS, "must be a whole number from 1", { "0", "x" } },
		{ DSFIT_OPTION_KV_HEADS, "must be a whole number from 1", { "0", "x" } },
		{ DSFIT_OPTION_FFN, "must be a whole number from 1", { "0", "x" } },
		{ DSFIT_OPTION_VOCAB, "must be a whole number from 1", { "0", "x" } },
		{ DSFIT_OPTION_EXPERTS, "must be a whole number from 1", { "-8", "x" } },
		{ DSFIT_OPTION_BASE_WEIGHTS, "must be one of fp32, bf16, int8, nf4, nf4-dq, gptq4",
		  { "", "int4", "nf4dq" } },
		{ DSFIT_OPTION_LORA_TARGETS,
		  "must be qv, attention, all-linear, or modules such as q_proj+v_proj",
		  { "", "all", "q,v" } },
		{ DSFIT_OPTION_ENGINE, "must be one of deepspeed, fsdp, none", { "", "ddp" } },
		{ DSFIT_OPTION_BUFFER_FACTOR, "must be a number from 1 to 100",
		  { "", "0.5", "-1", "101", "nan", "inf", "0x10", "1e1", "1,5" } },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		for (int j = 0; j < 16 && vectors[i].values[j]; j++) {
			const char *name = dsfit_options[vectors[i].option].name;
			const char *value = vectors[i].values[j];
			const bool is_long = strlen(value) > 255;
			const struct typed typed[OPTIONS_MAX] = {
				MODEL(vectors[i].option == DSFIT_OPTION_PARAMS ? NULL : "13B"),
			};
			struct typed both[OPTIONS_MAX] = { { vectors[i].option, value } };
			struct dsfit_workload workload;
			struct dsfit_error err = { "" };
			char begin[256];

			if (vectors[i].option > DSFIT_OPTION_MODEL &&
			    vectors[i].option != DSFIT_OPTION_PARAMS)
				both[1] = typed[0];
			ck_assert_msg(resolve(both, &workload, &err) == -1,
				      "--ds-%s=%s is accepted", name, value);
			snprintf(begin, sizeof(begin), "--ds-%s=%.*s", name, is_long ? 20 : 200,
				 value);
			unit_assert_begins(err.text, begin);
			unit_assert_has(err.text, is_long ? "longer than 255 characters" :
							    vectors[i].accepted);
			ck_assert_ptr_null(strchr(err.text, '\n'));
		}
	}
}
END_TEST

/* A whole message. */
START_TEST(the_line)
{
	struct dsfit_workload workload;
	struct dsfit_error err;

	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("13B"), ZERO("7") },
				 &workload, &err), -1);
	ck_assert_str_eq(err.text, "--ds-zero=7: must be a ZeRO stage: 0, 1, 2 or 3");
	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ ZERO("2") }, &workload, &err), -1);
	unit_assert_has(err.text, "--ds-model");
	/* A user's text may end in a log, so it must not be able to begin a line there. */
	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("13B\nroot: \033[1m") },
				 &workload, &err), -1);
	unit_assert_begins(err.text, "--ds-model=13B?root: ?[1m: must be");
}
END_TEST

/* If two options are wrong, the first one in the table is reported. Options about the model come
 * after all others. */
START_TEST(the_first_slip_is_reported)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		const char *begins;
	} vectors[] = {
		{ { MODEL("13B"), { DSFIT_OPTION_BASE_WEIGHTS, "y" }, { DSFIT_OPTION_GOAL, "x" } },
		  "--ds-goal=x: " },
		{ { MODEL("13B"), { DSFIT_OPTION_ENGINE, "x" }, { DSFIT_OPTION_FIT, "y" } },
		  "--ds-fit=y: " },
		{ { { DSFIT_OPTION_EXPLAIN, "x" }, ZERO("9") }, "--ds-zero=9: " },
		{ { { DSFIT_OPTION_LAYERS, "0" }, { DSFIT_OPTION_BUFFER_FACTOR, "0" } },
		  "--ds-buffer-factor=0: " },
		{ { { DSFIT_OPTION_GOAL, "x" } }, "--ds-goal=x: " },
		{ { { DSFIT_OPTION_PARAMS, "x" }, { DSFIT_OPTION_LAYERS, "0" } },
		  "--ds-layers=0: " },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		ck_assert_int_eq(resolve(vectors[i].typed, &workload, &err), -1);
		unit_assert_begins(err.text, vectors[i].begins);
	}
}
END_TEST

START_TEST(contradictions)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		const char *begins, *has;
	} vectors[] = {
		{ { MODEL("13B"), ZERO("0"), OFFLOAD("cpu") }, "--ds-offload=cpu: ", "stage 0" },
		{ { MODEL("13B"), ZERO("0"), OFFLOAD("nvme") }, "--ds-offload=nvme: ", "stage 0" },
		{ { MODEL("13B"), ZERO("0"), OFFLOAD("optimizer:cpu") },
		  "--ds-offload=optimizer:cpu: ", "stage 0" },
		{ { MODEL("13B"), ZERO("1"), OFFLOAD("nvme") }, "--ds-offload=nvme: ", "stage 1" },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("nvme") }, "--ds-offload=nvme: ", "stage 2" },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("optimizer:nvme") },
		  "--ds-offload=nvme: ", "stage 2" },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("param:cpu") },
		  "--ds-offload=param:cpu: ", "stage 2" },
		{ { MODEL("13B"), ZERO("0"), OFFLOAD("param:nvme") },
		  "--ds-offload=param:nvme: ", "stage 0" },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("optimizer:cpu,param:nvme") },
		  "--ds-offload=param:nvme: ", "stage 2" },
		/* Below 7B the hardware guide's stage is 2, which cannot offload parameters. */
		{ { MODEL("3B"), OFFLOAD("param:cpu") }, "--ds-offload=param:cpu: ", "stage 2" },
		{ { MODEL("13B"), { DSFIT_OPTION_ENGINE, "none" }, OFFLOAD("cpu") },
		  "--ds-offload=cpu: ", "stage 0" },
		{ { MODEL("13B"), METHOD("qlora"), { DSFIT_OPTION_BASE_WEIGHTS, "bf16" } },
		  "--ds-base-weights=bf16: ", "use int8, nf4, nf4-dq or gptq4" },
		{ { MODEL("13B"), METHOD("qlora"), { DSFIT_OPTION_BASE_WEIGHTS, "fp32" } },
		  "--ds-base-weights=fp32: ", "use int8, nf4, nf4-dq or gptq4" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		ck_assert_msg(resolve(vectors[i].typed, &workload, &err) == -1,
			      "not refused: %s", vectors[i].begins);
		unit_assert_begins(err.text, vectors[i].begins);
		unit_assert_has(err.text, vectors[i].has);
	}
}
END_TEST

/* Shapes by hand that are incomplete or impossible. */
START_TEST(shapes_by_hand_refused)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		const char *has;
	} vectors[] = {
		{ { { DSFIT_OPTION_LAYERS, "2" } }, "hidden" },
		{ { { DSFIT_OPTION_GATED, "true" } }, "layers" },
		{ { { DSFIT_OPTION_LAYERS, "2" }, { DSFIT_OPTION_HIDDEN, "64" },
		    { DSFIT_OPTION_HEADS, "4" } }, "vocab" },
		{ { { DSFIT_OPTION_LAYERS, "2" }, { DSFIT_OPTION_HIDDEN, "64" },
		    { DSFIT_OPTION_HEADS, "4" }, { DSFIT_OPTION_VOCAB, "9" },
		    { DSFIT_OPTION_KV_HEADS, "8" } }, "kv-heads" },
		{ { { DSFIT_OPTION_LAYERS, "2" }, { DSFIT_OPTION_HIDDEN, "64" },
		    { DSFIT_OPTION_HEADS, "4" }, { DSFIT_OPTION_VOCAB, "9" },
		    { DSFIT_OPTION_EXPERTS, "70000" } }, "experts" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		ck_assert_int_eq(resolve(vectors[i].typed, &workload, &err), -1);
		unit_assert_has(err.text, vectors[i].has);
	}
}
END_TEST

/* ---- options that are accepted -------------------------------------------------------------- */

/* Every word of every list sets its value, in upper and lower case. */
START_TEST(words)
{
	static const struct {
		enum dsfit_option option;
		const char *const *names;
		size_t offset;
	} lists[] = {
		{ DSFIT_OPTION_PRECISION, dsfit_precision_names,
		  offsetof(struct dsfit_training, precision) },
		{ DSFIT_OPTION_OPTIMIZER, dsfit_optimizer_names,
		  offsetof(struct dsfit_training, optimizer) },
		{ DSFIT_OPTION_CHECKPOINTING, dsfit_checkpointing_names,
		  offsetof(struct dsfit_training, checkpointing) },
		{ DSFIT_OPTION_ATTENTION, dsfit_attention_names,
		  offsetof(struct dsfit_training, attention) },
		{ DSFIT_OPTION_BASE_WEIGHTS, dsfit_base_weights_names,
		  offsetof(struct dsfit_training, base_weights) },
		{ DSFIT_OPTION_LORA_TARGETS, dsfit_lora_targets_names,
		  offsetof(struct dsfit_training, lora_targets) },
		{ DSFIT_OPTION_ENGINE, dsfit_engine_names,
		  offsetof(struct dsfit_training, engine) },
		{ DSFIT_OPTION_METHOD, dsfit_method_names,
		  offsetof(struct dsfit_training, method) },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++) {
		for (int j = 0; lists[i].names[j] && strcmp(lists[i].names[j], "listed"); j++) {
			struct dsfit_training training;
			struct dsfit_error err = { "" };
			char upper[32];
			unsigned got;

			for (size_t c = 0; c <= strlen(lists[i].names[j]); c++)
				upper[c] = lists[i].names[j][c] >= 'a' &&
					   lists[i].names[j][c] <= 'z' ?
						   (char)(lists[i].names[j][c] - 32) :
						   lists[i].names[j][c];
			dsfit_training_defaults(&training);
			ck_assert_msg(!dsfit_training_set(&training,
							  dsfit_options[lists[i].option].name,
							  upper, &err), "%s", err.text);
			memcpy(&got, (char *)&training + lists[i].offset, sizeof(got));
			ck_assert_int_eq((int)got, j);
		}
	}
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		enum dsfit_option option;
		const char *value;
		size_t offset;
		uint64_t number;
	} vectors[] = {
		{ DSFIT_OPTION_BATCH, "1", offsetof(struct dsfit_training, micro_batch), 1 },
		{ DSFIT_OPTION_BATCH, "1000000000", offsetof(struct dsfit_training, micro_batch),
		  1000000000 },
		{ DSFIT_OPTION_SEQ, "131072", offsetof(struct dsfit_training, sequence), 131072 },
		{ DSFIT_OPTION_SEQ, "1000000000", offsetof(struct dsfit_training, sequence),
		  1000000000 },
		{ DSFIT_OPTION_METHOD, "lora", offsetof(struct dsfit_training, lora_rank), 8 },
		{ DSFIT_OPTION_METHOD, "lora:16", offsetof(struct dsfit_training, lora_rank), 16 },
		{ DSFIT_OPTION_METHOD, "QLoRA:64", offsetof(struct dsfit_training, lora_rank),
		  64 },
		{ DSFIT_OPTION_METHOD, "qlora:65536", offsetof(struct dsfit_training, lora_rank),
		  65536 },
		{ DSFIT_OPTION_DATASET, "2TB", offsetof(struct dsfit_training, dataset),
		  2000000000000 },
		{ DSFIT_OPTION_PARALLEL, "tensor:2", offsetof(struct dsfit_training, tensor), 2 },
		{ DSFIT_OPTION_PARALLEL, "tensor:2,pipeline:4",
		  offsetof(struct dsfit_training, pipeline), 4 },
		{ DSFIT_OPTION_PARALLEL, "Expert:8", offsetof(struct dsfit_training, expert), 8 },
		{ DSFIT_OPTION_PARALLEL, "sequence:2,tensor:1",
		  offsetof(struct dsfit_training, sequence_parallel), 2 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training training;
		struct dsfit_error err = { "" };
		uint64_t got;

		dsfit_training_defaults(&training);
		ck_assert_msg(!dsfit_training_set(&training, dsfit_options[vectors[i].option].name,
						  vectors[i].value, &err), "%s", err.text);
		memcpy(&got, (char *)&training + vectors[i].offset, sizeof(got));
		ck_assert_msg(got == vectors[i].number, "%s is %llu", vectors[i].value,
			      (unsigned long long)got);
	}
}
END_TEST

/* --set: each key, with a value that is not the default, and the member that it sets. */
START_TEST(details)
{
#define IS(member, value) offsetof(struct dsfit_training, member), \
	sizeof(((struct dsfit_training *)NULL)->member), value
	static const struct {
		const char *text;
		size_t offset, size;
		uint64_t value;
	} vectors[] = {
		{ "loss:fused", IS(loss, DSFIT_LOSS_FUSED) },
		{ "loss:Liger", IS(loss, DSFIT_LOSS_FUSED) },
		{ "loss:in-place", IS(loss, DSFIT_LOSS_IN_PLACE) },
		{ "loss:inplace", IS(loss, DSFIT_LOSS_IN_PLACE) },
		{ "loss:fused,loss:plain", IS(loss, DSFIT_LOSS_PLAIN) },
		{ "head:classify", IS(task, DSFIT_TASK_CLASSIFY) },
		{ "objective:grpo", IS(objective, DSFIT_OBJECTIVE_GRPO) },
		{ "reference:yes", IS(reference, DSFIT_YES) },
		{ "reference:no", IS(reference, DSFIT_NO) },
		{ "completion:512", IS(completion, 512) },
		{ "eval-batch:0", IS(eval_batch, 0) },
		{ "eval-batch:16", IS(eval_batch_declared, true) },
		{ "accumulation:4", IS(accumulation, 4) },
		{ "lora-targets:attention", IS(lora_targets, DSFIT_LORA_ATTENTION) },
		{ "lora-targets:q_proj+v_proj", IS(lora_targets, DSFIT_LORA_LISTED) },
		{ "lora-targets:q_proj+model.layers.3.mlp.down_proj",
		  IS(lora_modules, DSFIT_PART_QUERY | DSFIT_PART_DOWN) },
		{ "dora:yes", IS(dora, true) },
		{ "dora:True", IS(dora, true) },
		{ "modules-to-save:embed_tokens+lm_head",
		  IS(modules_to_save, DSFIT_PART_EMBEDDING | DSFIT_PART_HEAD) },
		{ "modules-to-save:lm_head,modules-to-save:none", IS(modules_to_save, 0) },
		{ "base-weights:nf4-dq", IS(base_weights, DSFIT_BASE_NF4_DQ) },
		{ "experts:quantized", IS(experts, DSFIT_EXPERTS_QUANTISED) },
		{ "frozen:all-but-head", IS(frozen, DSFIT_FROZEN_ALL_BUT_HEAD) },
		{ "frozen:vision+language", IS(frozen, 5) },
		{ "padding:yes", IS(padding, true) },
		{ "outputs-kept:yes", IS(outputs_kept, true) },
		{ "images:2", IS(images, 2) },
		{ "image-tokens:729", IS(image_tokens, 729) },
		{ "foreach:yes", IS(foreach, DSFIT_YES) },
		{ "master:no", IS(master, DSFIT_NO) },
		{ "engine:fsdp", IS(engine, DSFIT_ENGINE_FSDP) },
		{ "zero-init:no", IS(zero_init, false) },
		{ "workers:4", IS(workers, 4) },
		{ "save:no", IS(save, DSFIT_NO) },
		{ "save-total-limit:3", IS(save_total_limit, 3) },
		{ "transformers:4.48.3", IS(transformers, DSFIT_RELEASE(4, 48)) },
		{ "torch:2.4,deepspeed:0.19.8", IS(deepspeed, DSFIT_RELEASE(0, 19)) },
		{ "torch:2.4,deepspeed:0.19.8", IS(torch, DSFIT_RELEASE(2, 4)) },
	};
#undef IS

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training training;
		struct dsfit_error err = { "" };
		uint64_t got = 0;

		dsfit_training_defaults(&training);
		ck_assert_msg(!dsfit_training_set_all(&training, vectors[i].text, &err), "%s",
			      err.text);
		memcpy(&got, (char *)&training + vectors[i].offset, vectors[i].size);
		ck_assert_msg(got == vectors[i].value, "%s is %llu", vectors[i].text,
			      (unsigned long long)got);
	}
}
END_TEST

START_TEST(details_refused)
{
	static const struct {
		const char *text, *error;
	} vectors[] = {
		{ "", ": must be KEY:VALUE, such as loss:fused" },
		{ "loss", "loss: must be KEY:VALUE, such as loss:fused" },
		{ "loss:", "loss:: must be KEY:VALUE, such as loss:fused" },
		{ "loss:fused,", "loss:fused,: must be KEY:VALUE, such as loss:fused" },
		{ "los:fused", "los: no such setting; dsfit(1) lists them" },
		{ "eval_batch:8",
		  "eval_batch: did you mean eval-batch? no such setting; dsfit(1) lists them" },
		{ "loss:chunked", "loss:chunked: must be one of plain, fused, in-place" },
		{ "dora:perhaps", "dora:perhaps: must be yes or no" },
		{ "foreach:1", "foreach:1: must be yes or no" },
		{ "lora-targets:nothing", "lora-targets:nothing: must be qv, attention, "
		  "all-linear, or modules such as q_proj+v_proj" },
		{ "modules-to-save:q_proj+q_prij", "modules-to-save:q_prij: must be names of "
		  "modules such as q_proj+v_proj" },
		{ "lora-dropout:1.5", "lora-dropout:1.5: must be a number from 0 to 1" },
		{ "torch:2", "torch:2: must be a release such as 4.48" },
		{ "images:-1", "images:-1: must be a whole number from 0 to 65536" },
	};
	char text[DSFIT_SETTINGS_MAX + 2];
	struct dsfit_training training;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&training);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		ck_assert_int_eq(dsfit_training_set_all(&training, vectors[i].text, &err), -1);
		ck_assert_str_eq(err.text, vectors[i].error);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(dsfit_training_set_all(&training, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "longer than 1023 characters"));
}
END_TEST

START_TEST(no_such_setting)
{
	struct dsfit_training training, before;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&training);
	before = training;
	ck_assert_int_eq(dsfit_training_set(&training, "model", "13B", &err), -1);
	ck_assert_str_eq(err.text, "model: unknown training setting");
	ck_assert(!memcmp(&training, &before, sizeof(before)));
}
END_TEST

/* Words of other tools mean the same as the option's own word. */
START_TEST(words_of_others)
{
	static const struct {
		enum dsfit_option option;
		const char *theirs, *own;
	} vectors[] = {
		{ DSFIT_OPTION_OPTIMIZER, "adam", "adamw" },
		{ DSFIT_OPTION_OPTIMIZER, "AdamW_torch_fused", "adamw" },
		{ DSFIT_OPTION_OPTIMIZER, "paged_adamw_8bit", "paged-adam8bit" },
		{ DSFIT_OPTION_OPTIMIZER, "adamw_8bit", "adam8bit" },
		{ DSFIT_OPTION_ATTENTION, "sdpa", "flash" },
		{ DSFIT_OPTION_ATTENTION, "flash_attention_2", "flash" },
		{ DSFIT_OPTION_CHECKPOINTING, "true", "full" },
		{ DSFIT_OPTION_CHECKPOINTING, "False", "none" },
		{ DSFIT_OPTION_PARALLEL, "tp:2,pp:4,ep:8,sp:16",
		  "tensor:2,pipeline:4,expert:8,sequence:16" },
		{ DSFIT_OPTION_ZERO, "stage3", "3" }, { DSFIT_OPTION_ZERO, "Stage0", "0" },
		{ DSFIT_OPTION_SEQ, "4k", "4096" }, { DSFIT_OPTION_SEQ, "128K", "131072" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *name = dsfit_options[vectors[i].option].name;
		struct dsfit_training theirs, own;
		struct dsfit_error err = { "" };

		/* Fill both with bytes that no setting has, so that a missing one is noticed. */
		memset(&theirs, 0xff, sizeof(theirs));
		memset(&own, 0xff, sizeof(own));
		ck_assert_msg(!dsfit_training_set(&theirs, name, vectors[i].theirs, &err), "%s",
			      err.text);
		ck_assert_msg(!dsfit_training_set(&own, name, vectors[i].own, &err), "%s",
			      err.text);
		ck_assert_msg(!memcmp(&theirs, &own, sizeof(own)), "%s is not %s",
			      vectors[i].theirs, vectors[i].own);
	}
}
END_TEST

START_TEST(stages_and_offload)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		unsigned zero;
		enum dsfit_offload optimizer, param;
	} vectors[] = {
		{ { MODEL("13B"), ZERO("0") }, 0, 0, 0 },
		{ { MODEL("13B"), ZERO("1") }, 1, 0, 0 },
		{ { MODEL("13B"), ZERO("2") }, 2, 0, 0 },
		{ { MODEL("1B"), ZERO("3") }, 3, 0, 0 },
		{ { MODEL("13B"), ZERO("0"), OFFLOAD("none") }, 0, 0, 0 },
		{ { MODEL("13B"), OFFLOAD("none") }, 3, 0, 0 },
		/* "cpu" means everything that the stage can offload. */
		{ { MODEL("13B"), ZERO("1"), OFFLOAD("cpu") }, 1, DSFIT_OFFLOAD_CPU, 0 },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("CPU") }, 2, DSFIT_OFFLOAD_CPU, 0 },
		{ { MODEL("13B"), ZERO("3"), OFFLOAD("cpu") }, 3, DSFIT_OFFLOAD_CPU,
		  DSFIT_OFFLOAD_CPU },
		{ { MODEL("13B"), OFFLOAD("nvme") }, 3, DSFIT_OFFLOAD_NVME, DSFIT_OFFLOAD_NVME },
		{ { MODEL("3B"), OFFLOAD("cpu") }, 2, DSFIT_OFFLOAD_CPU, 0 },
		{ { MODEL("13B"), OFFLOAD("optimizer:cpu") }, 3, DSFIT_OFFLOAD_CPU, 0 },
		{ { MODEL("13B"), OFFLOAD("optimizer:cpu,param:nvme") }, 3, DSFIT_OFFLOAD_CPU,
		  DSFIT_OFFLOAD_NVME },
		{ { MODEL("13B"), OFFLOAD("param:cpu,optimizer:none") }, 3, 0,
		  DSFIT_OFFLOAD_CPU },
		{ { MODEL("13B"), { DSFIT_OPTION_ENGINE, "none" }, ZERO("3") }, 0, 0, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		ck_assert_msg(!resolve(vectors[i].typed, &workload, &err), "row %zu: %s", i,
			      err.text);
		ck_assert_uint_eq(workload.training.zero, vectors[i].zero);
		ck_assert_int_eq((int)workload.training.offload_optimizer,
				 (int)vectors[i].optimizer);
		ck_assert_int_eq((int)workload.training.offload_param, (int)vectors[i].param);
		/* overlap_comm has DeepSpeed's default: true only for stage 3. */
		ck_assert_int_eq(workload.training.overlap_comm, vectors[i].zero == 3);
	}
}
END_TEST

/* Of a site's default offload a job gets what its stage can do. An offload that was typed must be
 * possible. */
START_TEST(offload_by_default)
{
	static const struct {
		const char *offload;	/* the site's default */
		struct typed typed[OPTIONS_MAX];
		enum dsfit_offload optimizer, param;
		const char *refused;	/* NULL: it is accepted */
	} vectors[] = {
		{ "nvme", { MODEL("13B") }, DSFIT_OFFLOAD_NVME, DSFIT_OFFLOAD_NVME, NULL },
		{ "nvme", { MODEL("1B") }, DSFIT_OFFLOAD_CPU, 0, NULL },
		{ "nvme", { MODEL("1B"), ZERO("1") }, DSFIT_OFFLOAD_CPU, 0, NULL },
		{ "nvme", { MODEL("1B"), ZERO("0") }, 0, 0, NULL },
		{ "cpu", { MODEL("1B") }, DSFIT_OFFLOAD_CPU, 0, NULL },
		{ "cpu", { MODEL("13B") }, DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_CPU, NULL },
		{ "cpu", { MODEL("13B"), { DSFIT_OPTION_ENGINE, "none" } }, 0, 0, NULL },
		{ "optimizer:nvme", { MODEL("1B") }, DSFIT_OFFLOAD_CPU, 0, NULL },
		{ "optimizer:cpu,param:cpu", { MODEL("1B") }, DSFIT_OFFLOAD_CPU, 0, NULL },
		{ "param:cpu", { MODEL("1B") }, 0, 0, NULL },
		{ "cpu", { MODEL("1B"), OFFLOAD("nvme") }, 0, 0,
		  "--ds-offload=nvme: only ZeRO stage 3 offloads to NVMe" },
		{ "cpu", { MODEL("1B"), ZERO("0"), OFFLOAD("cpu") }, 0, 0,
		  "--ds-offload=cpu: ZeRO stage 0 cannot offload" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_training site_defaults;
		struct dsfit_error err = { "" };
		int rc;

		dsfit_training_defaults(&site_defaults);
		ck_assert_int_eq(dsfit_training_set(&site_defaults, "offload",
						    vectors[i].offload, NULL), 0);
		rc = resolve_over(&site_defaults, vectors[i].typed, &workload, &err);
		if (vectors[i].refused) {
			ck_assert_int_eq(rc, -1);
			unit_assert_begins(err.text, vectors[i].refused);
			continue;
		}
		ck_assert_msg(!rc, "row %zu: %s", i, err.text);
		ck_assert_int_eq((int)workload.training.offload_optimizer,
				 (int)vectors[i].optimizer);
		ck_assert_int_eq((int)workload.training.offload_param, (int)vectors[i].param);
	}
}
END_TEST

/* If a settled training gets another stage, it offloads as if the stage had been typed first. */
START_TEST(another_stage)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		enum dsfit_offload param;
	} vectors[] = {
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("cpu") }, DSFIT_OFFLOAD_CPU },
		{ { MODEL("13B"), ZERO("2"), OFFLOAD("optimizer:cpu") }, DSFIT_OFFLOAD_NONE },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_training *t = &workload.training;
		struct dsfit_error err = { "" };

		ck_assert_msg(!resolve(vectors[i].typed, &workload, &err), "%s", err.text);
		ck_assert_int_eq((int)t->offload_param, DSFIT_OFFLOAD_NONE);
		ck_assert_int_eq(dsfit_training_set(t, "zero", "3", NULL), 0);
		ck_assert_msg(!dsfit_training_settle(t, workload.model.parameters, &err), "%s",
			      err.text);
		ck_assert_int_eq((int)t->offload_optimizer, DSFIT_OFFLOAD_CPU);
		ck_assert_int_eq((int)t->offload_param, (int)vectors[i].param);
		ck_assert(t->overlap_comm);
	}
}
END_TEST

/* The guide's "Model -> GPU Mapping": stage 2 below 7B, stage 3 from there on. */
START_TEST(the_guides_stage)
{
	static const struct {
		const char *model;
		unsigned stage;
	} vectors[] = {
		{ "100M", 2 }, { "350M", 2 }, { "1B", 2 }, { "3B", 2 }, { "6.9B", 2 }, { "7B", 3 },
		{ "13B", 3 }, { "30B", 3 }, { "70B", 3 }, { "560B", 3 }, { "1T", 3 },
		{ "gpt2", 2 }, { "llama-2-13b", 3 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;

		ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL(vectors[i].model) },
					 &workload, NULL), 0);
		ck_assert_msg(workload.training.zero == vectors[i].stage, "%s: stage %u",
			      vectors[i].model, workload.training.zero);
		ck_assert_uint_eq(dsfit_guide_stage(workload.model.parameters), vectors[i].stage);
	}
}
END_TEST

START_TEST(base_weights)
{
	static const struct {
		struct typed typed[OPTIONS_MAX];
		enum dsfit_base_weights base;
	} vectors[] = {
		{ { MODEL("7B") }, DSFIT_BASE_BF16 },
		{ { MODEL("7B"), METHOD("lora") }, DSFIT_BASE_BF16 },
		{ { MODEL("7B"), METHOD("qlora") }, DSFIT_BASE_NF4 },
		{ { MODEL("7B"), METHOD("qlora"), { DSFIT_OPTION_BASE_WEIGHTS, "int8" } },
		  DSFIT_BASE_INT8 },
		{ { MODEL("7B"), METHOD("lora"), { DSFIT_OPTION_BASE_WEIGHTS, "fp32" } },
		  DSFIT_BASE_FP32 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		ck_assert_msg(!resolve(vectors[i].typed, &workload, &err), "%s", err.text);
		ck_assert_int_eq((int)workload.training.base_weights, (int)vectors[i].base);
	}
}
END_TEST

START_TEST(wishes)
{
	struct dsfit_workload workload;

	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("7B") }, &workload, NULL), 0);
	ck_assert(!workload.fit_given);
	ck_assert_int_eq((int)workload.explain, DSFIT_EXPLAIN_SHORT);
	for (int mode = 0; dsfit_mode_names[mode]; mode++) {
		ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("7B"),
				 { DSFIT_OPTION_FIT, dsfit_mode_names[mode] },
				 { DSFIT_OPTION_EXPLAIN, "full" } }, &workload, NULL), 0);
		ck_assert(workload.fit_given);
		ck_assert_int_eq((int)workload.fit, mode);
		ck_assert_int_eq((int)workload.explain, DSFIT_EXPLAIN_FULL);
	}
	for (int goal = 0; dsfit_goal_names[goal]; goal++) {
		ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("7B"),
				 { DSFIT_OPTION_GOAL, dsfit_goal_names[goal] } }, &workload,
				 NULL), 0);
		ck_assert_int_eq((int)workload.goal, goal);
	}
}
END_TEST

/* An id of the Hub looks like a path, but a model of the catalogue needs no file. */
START_TEST(ids_without_files)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-", .no_files = true };
	struct dsfit_training defaults;
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&defaults);
	declaration.value[DSFIT_OPTION_MODEL] = "meta-llama/Meta-Llama-3-8B";
	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &defaults, &workload,
						 &err), "%s", err.text);
	ck_assert_str_eq(workload.model.name, "llama-3-8b");
	declaration.value[DSFIT_OPTION_MODEL] = "nobody/nothing-9b";
	ck_assert_int_eq(dsfit_declaration_resolve(&declaration, &site->models, &defaults,
						   &workload, &err), -1);
	ck_assert_str_eq(err.text, "--ds-model=nobody/nothing-9b: slurmctld does not read users' files");
}
END_TEST

START_TEST(none_and_nothing)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-" };

	ck_assert(dsfit_declaration_empty(&declaration));
	ck_assert(!dsfit_declaration_none(&declaration));
	declaration.value[DSFIT_OPTION_ZERO] = "";
	ck_assert(!dsfit_declaration_empty(&declaration));
	declaration.value[DSFIT_OPTION_MODEL] = "None";
	ck_assert(dsfit_declaration_none(&declaration));
	declaration.value[DSFIT_OPTION_MODEL] = "nonesuch";
	ck_assert(!dsfit_declaration_none(&declaration));
}
END_TEST

START_TEST(shapes_by_hand)
{
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };

	ck_assert_msg(!resolve((struct typed[OPTIONS_MAX]){
		{ DSFIT_OPTION_LAYERS, "32" }, { DSFIT_OPTION_HIDDEN, "4096" },
		{ DSFIT_OPTION_HEADS, "32" }, { DSFIT_OPTION_FFN, "11008" },
		{ DSFIT_OPTION_VOCAB, "32000" }, { DSFIT_OPTION_GATED, "true" } }, &workload,
			       &err), "%s", err.text);
	ck_assert_uint_eq(workload.model.parameters, 6738415616);
	ck_assert(workload.model.exact);
	/* Counts by hand win over those of the shape. */
	ck_assert_msg(!resolve((struct typed[OPTIONS_MAX]){ MODEL("llama-2-7b"),
		{ DSFIT_OPTION_PARAMS, "7B" }, { DSFIT_OPTION_LARGEST_LAYER, "200M" } },
			       &workload, &err), "%s", err.text);
	ck_assert_uint_eq(workload.model.parameters, 7000000000);
	ck_assert_uint_eq(workload.model.active, 7000000000);
	ck_assert_uint_eq(workload.model.largest_layer, 200000000);
	ck_assert_uint_eq(workload.model.shape.layers, 32);
	/* --params alone is a size without a name. */
	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ { DSFIT_OPTION_PARAMS, "13B" } },
				 &workload, &err), 0);
	ck_assert_uint_eq(workload.model.parameters, 13000000000);
	ck_assert(!workload.model.exact);
}
END_TEST

START_TEST(command_only)
{
	struct dsfit_workload workload;
	struct dsfit_error err;

	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("13B"),
				 { DSFIT_OPTION_BUFFER_FACTOR, "1.25" } }, &workload, &err), 0);
	ck_assert_double_eq(workload.training.buffer_factor, 1.25);
	ck_assert(workload.training.zero_init);
	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("13B"),
				 { DSFIT_OPTION_NO_ZERO_INIT, "true" } }, &workload, &err), 0);
	ck_assert(!workload.training.zero_init);
}
END_TEST

/* ---- the DeepSpeed file --------------------------------------------------------------------- */

START_TEST(broken_files)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "", "not JSON: the file is empty" },
		{ "{", "not JSON: line 1, column 2: the file ends inside an object" },
		{ "{\"zero_optimization\": {\"stage\": 2}",
		  "not JSON: line 1, column 35: the file ends before the object or array is closed" },
		{ "{} {}", "not JSON: line 1, column 4: there is more text after the object" },
		{ "[]", "not a JSON object" },
		{ "{\"zero_optimization\": 3}", "\"zero_optimization\": must be an object" },
		{ "{\"zero_optimisation\": {\"stage\": 3}}",
		  "\"zero_optimisation\": did you mean zero_optimization? DeepSpeed has no such" },
		{ "{\"zero_optimization\": {\"stage\": 2, \"offload_optimiser\": {}}}",
		  "\"zero_optimization.offload_optimiser\": did you mean offload_optimizer?" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": {\"pin_memry\": true}}}",
		  "\"zero_optimization.offload_optimizer.pin_memry\": did you mean pin_memory?" },
		{ "{\"zero_optimization\": {\"offload_param\": {\"max_in_cp\": 1}}}",
		  "offload_param.max_in_cp\": did you mean max_in_cpu?" },
		{ "{\"model_type\": \"llama\", \"architectures\": [\"LlamaForCausalLM\"]}",
		  "this is a model's config.json, not a DeepSpeed file" },
		{ "{\"zero_optimization\": {\"stage\": 4}}",
		  "\"zero_optimization.stage\": 4: must be a whole number from 0 to 3" },
		{ "{\"zero_optimization\": {\"stage\": -1}}", "stage\": -1: must be" },
		{ "{\"zero_optimization\": {\"stage\": 2.5}}", "stage\": 2.5: must be" },
		{ "{\"zero_optimization\": {\"stage\": \"4\"}}", "stage\": \"4\": must be" },
		{ "{\"zero_optimization\": {\"stage\": null}}", "stage\": null: must be" },
		{ "{\"zero_optimization\": {\"stage\": 1e300}}", "\"zero_optimization.stage\"" },
		{ "{\"zero_optimization\": {\"reduce_bucket_size\": -1}}",
		  "\"zero_optimization.reduce_bucket_size\": -1: must be a whole number of at least 1" },
		{ "{\"zero_optimization\": {\"reduce_bucket_size\": 0}}",
		  "reduce_bucket_size\": 0: must be a whole number of at least 1" },
		{ "{\"zero_optimization\": {\"reduce_bucket_size\": \"5e8\"}}",
		  "reduce_bucket_size\": \"5e8\"" },
		{ "{\"zero_optimization\": {\"sub_group_size\": 1e30}}", "sub_group_size\"" },
		{ "{\"zero_optimization\": {\"sub_group_size\": -99999999999999999999}}",
		  "sub_group_size\"" },
		{ "{\"zero_optimization\": {\"overlap_comm\": \"maybe\"}}",
		  "overlap_comm\": \"maybe\": must be true or false" },
		{ "{\"zero_optimization\": {\"overlap_comm\": 2}}", "overlap_comm\": 2" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": \"cpu\"}}",
		  "\"zero_optimization.offload_optimizer\": must be an object" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": {\"device\": \"disk\"}}}",
		  "\"zero_optimization.offload_optimizer.device\": \"disk\": must be none, "
		  "cpu or nvme" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": {\"device\": \"CPU\"}}}",
		  "offload_optimizer.device\": \"CPU\"" },
		{ "{\"zero_optimization\": {\"offload_param\": {\"device\": 1}}}",
		  "offload_param.device\"" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": {\"ratio\": 1.5}}}",
		  "offload_optimizer.ratio\": 1.5: must be a number from 0 to 1" },
		{ "{\"zero_optimization\": {\"cpu_offload\": true, \"offload_optimizer\": {}}}",
		  "\"zero_optimization.cpu_offload\": cannot be set together with "
		  "\"offload_optimizer\", which replaces it" },
		{ "{\"zero_optimization\": {\"stage\": 1, \"legacy_stage1\": true}}",
		  "\"zero_optimization.legacy_stage1\"" },
		{ "{\"train_micro_batch_size_per_gpu\": 0}",
		  "\"train_micro_batch_size_per_gpu\": 0: must be" },
		{ "{\"train_micro_batch_size_per_gpu\": \"8\"}",
		  "\"train_micro_batch_size_per_gpu\"" },
		{ "{\"train_micro_batch_size_per_gpu\": true}",
		  "\"train_micro_batch_size_per_gpu\"" },
		{ "{\"gradient_accumulation_steps\": -4}", "\"gradient_accumulation_steps\": -4" },
		{ "{\"train_batch_size\": 1.5}", "\"train_batch_size\": 1.5" },
		{ "{\"train_batch_size\": 30, \"train_micro_batch_size_per_gpu\": 4}",
		  "\"train_batch_size\": 30 is not a multiple of micro-batch 4" },
		{ "{\"train_batch_size\": 30, \"gradient_accumulation_steps\": 4}",
		  "\"train_batch_size\": 30 is not a multiple of accumulation 4" },
		{ "{\"train_batch_size\": 4, \"train_micro_batch_size_per_gpu\": 4,"
		  " \"gradient_accumulation_steps\": 2}", "\"train_batch_size\": 4 is not a multiple "
		  "of micro-batch 4 x accumulation 2 = 8" },
		{ "{\"elasticity\": {\"enabled\": true, \"micro_batch_sizes\": [2, 0]}}",
		  "\"elasticity.micro_batch_sizes\": 0" },
		{ "{\"bf16\": true}", "\"bf16\": must be an object" },
		{ "{\"fp16\": \"auto\"}", "\"fp16\": must be an object" },
		{ "{\"fp16\": {\"enabled\": 3}}", "\"fp16.enabled\": 3: must be" },
		{ "{\"fp16\": {\"enabled\": true}, \"bf16\": {\"enabled\": true}}",
		  "\"bf16.enabled\": cannot be true together with fp16.enabled" },
		{ "{\"bf16\": {\"bf16_optimizer_states\": true}}",
		  "\"bf16.bf16_optimizer_states\"" },
		{ "{\"fp16\": {\"loss_scale\": true}}",
		  "\"fp16.loss_scale\": true: must be a number of at least 0" },
		{ "{\"fp16\": {\"loss_scale\": \"dynamic\"}}", "\"fp16.loss_scale\": \"dynamic\"" },
		{ "{\"fp16\": {\"min_loss_scale\": 0.5}}",
		  "\"fp16.min_loss_scale\": 0.5: must be a whole number" },
		{ "{\"data_types\": {\"grad_accum_dtype\": \"fp64\"}}",
		  "\"data_types.grad_accum_dtype\": fp64: must be fp32, fp16 or bf16" },
		{ "{\"communication_data_type\": 32}", "\"communication_data_type\": 32" },
		{ "{\"zero_optimization\": {\"stage\": 3, \"compute_grad_norm\": false}}",
		  "compute_grad_norm\": false: only ZeRO stages 1 and 2 train without the norm" },
		{ "{\"optimizer\": \"Adam\"}", "\"optimizer\": must be an object" },
		{ "{\"optimizer\": {\"type\": 3}}", "\"optimizer.type\": 3: must be a string" },
		{ "{\"tensor_parallel\": {\"autotp_size\": -1}}",
		  "\"tensor_parallel.autotp_size\": -1: must be" },
		{ "{\"tensor_parallel\": {\"autotp_size\": 4, \"tp\": {\"tp_size\": 2}}}",
		  "\"tensor_parallel.tp.tp_size\": 2: must be the same as autotp_size, which is 4" },
		{ "{\"aio\": {\"block_size\": \"1M\"}}", "\"aio.block_size\"" },
		{ "{\"activation_checkpointing\": {\"cpu_checkpointing\": []}}",
		  "\"activation_checkpointing.cpu_checkpointing\"" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("ds_config.json", vectors[i].text);
		struct dsfit_training training;
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };
		char begin[600];

		dsfit_training_defaults(&training);
		ck_assert_msg(dsfit_training_read(path, &training, NULL, &err) == -1, "read: %s",
			      vectors[i].text);
		unit_assert_begins(err.text, path);
		unit_assert_has(err.text, vectors[i].why);
		ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){ MODEL("13B"),
					 { DSFIT_OPTION_CONFIG, path } }, &workload, &err), -1);
		snprintf(begin, sizeof(begin), "--ds-config=%s: ", path);
		unit_assert_begins(err.text, begin);
	}
}
END_TEST

static void assert_unreadable(enum dsfit_option option, const char *path, const char *why)
{
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };
	char begin[600];

	ck_assert_int_eq(resolve((struct typed[OPTIONS_MAX]){
		{ option == DSFIT_OPTION_MODEL ? DSFIT_OPTION_ZERO : DSFIT_OPTION_MODEL,
		  option == DSFIT_OPTION_MODEL ? "3" : "13B" }, { option, path } }, &workload,
				 &err), -1);
	snprintf(begin, sizeof(begin), "--ds-%s=%s: ", dsfit_options[option].name, path);
	unit_assert_begins(err.text, begin);
	unit_assert_has(err.text, why);
}

START_TEST(unreadable_files)
{
	const char *path = unit_write("secret.json", "{}");
	bool root = !geteuid();

	assert_unreadable(DSFIT_OPTION_CONFIG, "/nonexistent/ds.json", "No such file or directory");
	assert_unreadable(DSFIT_OPTION_MODEL, "/nonexistent/c.json", "No such file or directory");
	assert_unreadable(DSFIT_OPTION_CONFIG, unit_folder, "not a regular file");
	ck_assert_int_eq(chmod(path, 0), 0);
	/* root can read every file, so be another user meanwhile. */
	if (!root || !seteuid(65534)) {
		assert_unreadable(DSFIT_OPTION_CONFIG, path, "Permission denied");
		assert_unreadable(DSFIT_OPTION_MODEL, path, "Permission denied");
		ck_assert_int_eq(root ? seteuid(0) : 0, 0);
	}
	/* A pipe that nobody writes to must not block the submission. */
	path = unit_path("pipe");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_unreadable(DSFIT_OPTION_CONFIG, path, "not a regular file");
	assert_unreadable(DSFIT_OPTION_MODEL, path, "not a regular file");
	path = unit_write("large.json", "{}");
	ck_assert_int_eq(truncate(path, DSFIT_FILE_MAX + 1), 0);
	assert_unreadable(DSFIT_OPTION_CONFIG, path, "larger than 16 MiB");
}
END_TEST

START_TEST(a_whole_file)
{
	const char *path = unit_write("ds_config.json",
		"{\"train_batch_size\": \"auto\", \"train_micro_batch_size_per_gpu\": 4,\n"
		" \"gradient_accumulation_steps\": 8, \"fp16\": {\"enabled\": true},\n"
		" \"bf16\": {\"enabled\": false}, \"optimizer\": {\"type\": \"Lion\"},\n"
		" \"tensor_parallel\": {\"autotp_size\": 2}, \"wall_clock_breakdown\": false,\n"
		" \"zero_optimization\": {\"stage\": 3, \"reduce_bucket_size\": 2e8,\n"
		"  \"allgather_bucket_size\": 3e8, \"stage3_prefetch_bucket_size\": 1e7,\n"
		"  \"stage3_max_live_parameters\": 5e8, \"stage3_max_reuse_distance\": 0,\n"
		"  \"stage3_param_persistence_threshold\": 10000, \"sub_group_size\": 1e14,\n"
		"  \"overlap_comm\": false, \"offload_optimizer\": {\"device\": \"cpu\"},\n"
		"  \"offload_param\": {\"device\": \"nvme\", \"nvme_path\": \"/scratch\"}}}\n");
	struct dsfit_training t;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&t);
	ck_assert_msg(!dsfit_training_read(path, &t, NULL, &err), "%s", err.text);
	ck_assert_msg(!dsfit_training_settle(&t, 13000000000, &err), "%s", err.text);
	ck_assert_uint_eq(t.zero, 3);
	ck_assert_uint_eq(t.micro_batch, 4);
	ck_assert_uint_eq(t.accumulation, 8);
	ck_assert_int_eq((int)t.precision, DSFIT_PRECISION_FP16);
	ck_assert_int_eq((int)t.optimizer, DSFIT_OPTIMIZER_LION);
	ck_assert_uint_eq(t.tensor, 2);
	ck_assert_uint_eq(t.reduce_bucket, 200000000);
	ck_assert_uint_eq(t.allgather_bucket, 300000000);
	ck_assert_uint_eq(t.prefetch_bucket, 10000000);
	ck_assert_uint_eq(t.max_live, 500000000);
	ck_assert_uint_eq(t.max_reuse, 0);
	ck_assert_uint_eq(t.persistence, 10000);
	ck_assert_uint_eq(t.sub_group, 100000000000000);
	ck_assert(!t.overlap_comm);
	ck_assert_int_eq((int)t.offload_optimizer, DSFIT_OFFLOAD_CPU);
	ck_assert_int_eq((int)t.offload_param, DSFIT_OFFLOAD_NVME);
}
END_TEST

START_TEST(precision_in_files)
{
	static const struct {
		const char *text;
		enum dsfit_precision precision;
	} vectors[] = {
		{ "{}", DSFIT_PRECISION_FP32 },
		{ "{\"bf16\": {\"enabled\": true}}", DSFIT_PRECISION_BF16 },
		{ "{\"fp16\": {\"enabled\": true}}", DSFIT_PRECISION_FP16 },
		{ "{\"fp16\": {\"enabled\": false}, \"bf16\": {\"enabled\": false}}",
		  DSFIT_PRECISION_FP32 },
		/* "auto" leaves open which one is on, so the precision does not change. */
		{ "{\"fp16\": {\"enabled\": \"auto\"}, \"bf16\": {\"enabled\": \"auto\"}}",
		  DSFIT_PRECISION_BF16 },
		{ "{\"fp16\": {\"enabled\": \"auto\"}, \"bf16\": {\"enabled\": false}}",
		  DSFIT_PRECISION_BF16 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t;
		struct dsfit_error err = { "" };

		dsfit_training_defaults(&t);
		ck_assert_msg(!dsfit_training_read(unit_write("p.json", vectors[i].text), &t, NULL,
						   &err), "%s", err.text);
		ck_assert_msg(t.precision == vectors[i].precision, "%s", vectors[i].text);
	}
}
END_TEST

START_TEST(optimizers_in_files)
{
	static const struct {
		const char *type;
		enum dsfit_optimizer optimizer;
	} vectors[] = {
		{ "Adam", DSFIT_OPTIMIZER_ADAMW }, { "AdamW", DSFIT_OPTIMIZER_ADAMW },
		{ "adamw8bit", DSFIT_OPTIMIZER_ADAM8BIT }, { "Lion", DSFIT_OPTIMIZER_LION },
		{ "SGD", DSFIT_OPTIMIZER_SGD }, { "Adafactor", DSFIT_OPTIMIZER_ADAFACTOR },
		{ "Muon", DSFIT_OPTIMIZER_MUON }, { "MyOwn", DSFIT_OPTIMIZER_ADAMW },
		{ "auto", DSFIT_OPTIMIZER_ADAMW },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t;
		struct dsfit_error err = { "" };
		char text[128];

		snprintf(text, sizeof(text), "{\"optimizer\": {\"type\": \"%s\"}}",
			 vectors[i].type);
		dsfit_training_defaults(&t);
		ck_assert_msg(!dsfit_training_read(unit_write("o.json", text), &t, NULL, &err), "%s",
			      err.text);
		ck_assert_msg(t.optimizer == vectors[i].optimizer, "%s", vectors[i].type);
		/* The file wins over a default, but "auto" leaves the default. */
		t.optimizer = DSFIT_OPTIMIZER_SGD;
		ck_assert_int_eq(dsfit_training_read(unit_write("o.json", text), &t, NULL, NULL), 0);
		ck_assert_msg(t.optimizer == (strcmp(vectors[i].type, "auto") ?
				      vectors[i].optimizer : DSFIT_OPTIMIZER_SGD), "%s over sgd",
			      vectors[i].type);
	}
}
END_TEST

/* Options win over the file, and the file over defaults. "auto" and absent keys change nothing. */
START_TEST(precedence)
{
	static const struct {
		const char *file;	/* NULL: none */
		struct typed typed[OPTIONS_MAX];
		uint64_t batch, sequence;
		unsigned zero;
		enum dsfit_offload optimizer, param;
	} vectors[] = {
		{ NULL, { MODEL("13B") }, 16, 512, 1, DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NONE },
		/* A file without zero_optimization means stage 0, as in DeepSpeed. */
		{ "{\"bf16\": {\"enabled\": true}}", { MODEL("13B") }, 16, 512, 0,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ NULL, { MODEL("13B"), ZERO("0") }, 16, 512, 0, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		/* A file that does not ask for offload has none, whatever the defaults. */
		{ "{\"bf16\": {\"enabled\": true}}", { MODEL("13B"), ZERO("2") }, 16, 512, 2,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ "{\"train_micro_batch_size_per_gpu\": \"auto\","
		  " \"zero_optimization\": {\"stage\": \"auto\"}}", { MODEL("13B") }, 16, 512, 1,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ "{\"train_micro_batch_size_per_gpu\": null, \"zero_optimization\":"
		  " {\"stage\": \"auto\"}}", { MODEL("13B") }, 16, 512, 1, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ "{\"train_micro_batch_size_per_gpu\": 2, \"zero_optimization\": {\"stage\": 3}}",
		  { MODEL("13B") }, 2, 512, 3, DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ "{\"zero_optimization\": {\"stage\": 3}}", { MODEL("13B"), OFFLOAD("cpu") },
		  16, 512, 3, DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_CPU },
		/* A device that is "auto" has the default. */
		{ "{\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\":"
		  " {\"device\": \"auto\"}}}", { MODEL("13B") }, 16, 512, 3, DSFIT_OFFLOAD_CPU,
		  DSFIT_OFFLOAD_NONE },
		{ "{\"zero_optimization\": {\"stage\": 3, \"offload_param\":"
		  " {\"device\": \"auto\"}}}", { MODEL("13B") }, 16, 512, 3, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_CPU },
		{ "{\"zero_optimization\": {\"stage\": 0, \"offload_optimizer\":"
		  " {\"device\": \"auto\"}}}", { MODEL("13B") }, 16, 512, 0, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		/* A default offload of everything does not override the file's devices. */
		{ "{\"zero_optimization\": {\"stage\": 3, \"offload_optimizer\":"
		  " {\"device\": \"nvme\"}}}", { MODEL("13B") }, 16, 512, 3, DSFIT_OFFLOAD_NVME,
		  DSFIT_OFFLOAD_NONE },
		{ "{\"zero_optimization\": {\"stage\": 2, \"offload_optimizer\":"
		  " {\"device\": \"none\"}}}", { MODEL("13B") }, 16, 512, 2, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ "{\"train_micro_batch_size_per_gpu\": 2, \"zero_optimization\": {\"stage\": 3,"
		  " \"offload_param\": {\"device\": \"cpu\"}}}",
		  { MODEL("13B"), ZERO("2"), OFFLOAD("none"), { DSFIT_OPTION_BATCH, "5" },
		    { DSFIT_OPTION_SEQ, "99" } }, 5, 99, 2, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ NULL, { MODEL("13B"), ZERO("3"), OFFLOAD("optimizer:nvme") }, 16, 512, 3,
		  DSFIT_OFFLOAD_NVME, DSFIT_OFFLOAD_NONE },
		/* A section without a stage means stage 0, as in DeepSpeed. */
		{ "{\"zero_optimization\": {}}", { MODEL("13B"), OFFLOAD("none") }, 16, 512, 0,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
	};
	struct dsfit_training defaults;

	dsfit_training_defaults(&defaults);
	ck_assert_int_eq(dsfit_training_set(&defaults, "batch", "16", NULL), 0);
	ck_assert_int_eq(dsfit_training_set(&defaults, "seq", "512", NULL), 0);
	ck_assert_int_eq(dsfit_training_set(&defaults, "zero", "1", NULL), 0);
	ck_assert_int_eq(dsfit_training_set(&defaults, "offload", "cpu", NULL), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct typed typed[OPTIONS_MAX];
		struct dsfit_workload workload;
		struct dsfit_error err = { "" };

		memcpy(typed, vectors[i].typed, sizeof(typed));
		if (vectors[i].file)
			typed[OPTIONS_MAX - 2] = (struct typed){
				DSFIT_OPTION_CONFIG, unit_write("ds.json", vectors[i].file),
			};
		/* Close the gap, which would end the list. */
		for (int j = 0; j < OPTIONS_MAX - 2; j++)
			if (!typed[j].value)
				typed[j] = typed[0];
		ck_assert_msg(!resolve_over(&defaults, typed, &workload, &err), "row %zu: %s", i,
			      err.text);
		ck_assert_uint_eq(workload.training.micro_batch, vectors[i].batch);
		ck_assert_uint_eq(workload.training.sequence, vectors[i].sequence);
		ck_assert_uint_eq(workload.training.zero, vectors[i].zero);
		ck_assert_msg(workload.training.offload_optimizer == vectors[i].optimizer &&
			      workload.training.offload_param == vectors[i].param,
			      "row %zu: optimizer:%s,param:%s", i,
			      dsfit_offload_names[workload.training.offload_optimizer],
			      dsfit_offload_names[workload.training.offload_param]);
	}
}
END_TEST

/* DeepSpeed's and Hugging Face's own defaults. */
START_TEST(defaults)
{
	struct dsfit_training t;

	dsfit_training_defaults(&t);
	ck_assert_int_eq((int)t.method, DSFIT_METHOD_FULL);
	ck_assert_uint_eq(t.sequence, 2048);
	ck_assert_uint_eq(t.reduce_bucket, 500000000);
	ck_assert_uint_eq(t.allgather_bucket, 500000000);
	ck_assert_uint_eq(t.prefetch_bucket, 50000000);
	ck_assert_uint_eq(t.max_live, 1000000000);
	ck_assert_uint_eq(t.max_reuse, 1000000000);
	ck_assert_uint_eq(t.persistence, 100000);
	ck_assert_uint_eq(t.sub_group, 1000000000);
	ck_assert_double_eq(t.buffer_factor, 1.5);
	ck_assert(t.zero_init);
	ck_assert(!t.zero_given);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("training");
	TCase *options = unit_case(suite, "options");
	TCase *files = unit_folder_case(suite, "files");
	const TTest *const about_options[] = {
		refused, the_line, the_first_slip_is_reported, contradictions,
		shapes_by_hand_refused, words, numbers, details, details_refused,
		no_such_setting, words_of_others,
		stages_and_offload, offload_by_default, another_stage, the_guides_stage,
		base_weights, wishes, ids_without_files, none_and_nothing, shapes_by_hand,
		command_only, defaults,
	};
	const TTest *const about_files[] = {
		broken_files, unreadable_files, a_whole_file, precision_in_files,
		optimizers_in_files, precedence,
	};

	tcase_add_checked_fixture(options, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(about_options); i++)
		tcase_add_test(options, about_options[i]);
	tcase_add_checked_fixture(files, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(about_files); i++)
		tcase_add_test(files, about_files[i]);
	return unit_run(suite);
}
