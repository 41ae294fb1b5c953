/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of options. A row says what the option is called, what the help says about it, and what
 * it is about; the reader follows from that:
 *
 *     about       read by                                    sets in struct dsfit_workload
 *     MODEL       dsfit_declared_model()                     model
 *     FILE        dsfit_training_files_read()                training
 *     TRAINING    dsfit_training_set(), by the same name     training
 *     SETTINGS    dsfit_training_set_all()                   training
 *     SHAPE       dsfit_declared_model(), by the same name   model.shape
 *     COUNT       dsfit_declared_model()                     model, model.counts
 *     WISH        one of the row's words                     the member of the row
 *
 * What a setting or a shape's member accepts is not repeated here: the tables of
 * core/training/settings.c and core/model/shape.c say so.
 */
#include "core/declare/options.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/declare/workload.h"

#define ABOUT(what) DSFIT_ABOUT_##what, 0, NULL
#define WISH(member, words) DSFIT_ABOUT_WISH, offsetof(struct dsfit_workload, member), words

const struct dsfit_option_info dsfit_options[DSFIT_OPTION_END] = {
	[DSFIT_OPTION_MODEL] = { "model", "MODEL",
		"13B, 8x7B, name, config.json; none = do not size",
		ABOUT(MODEL) },
	[DSFIT_OPTION_CONFIG] = { "config", "FILE", "file of DeepSpeed, accelerate, axolotl, ...",
		ABOUT(FILE) },
	[DSFIT_OPTION_ZERO] = { "zero", "STAGE",
		"ZeRO stage: 0, 1, 2 or 3 (default: by model size)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_OFFLOAD] = { "offload", "WHERE",
		"none, cpu, nvme, or optimizer:cpu,param:nvme",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_METHOD] = { "method", "METHOD",
		"full (default), lora[:rank] or qlora[:rank]",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_BATCH] = { "batch", "N", "micro-batch: samples per GPU (default 1)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_SEQ] = { "seq", "TOKENS", "tokens per sample (default 2048)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_PRECISION] = { "precision", "TYPE",
		"bf16 (default), fp16, bf16-true or fp32",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_OPTIMIZER] = { "optimizer", "NAME",
		"adamw, adam8bit, lion, sgd, adafactor, ...",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_CHECKPOINTING] = { "checkpointing", "KIND",
		"none, selective or full (default)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_ATTENTION] = { "attention", "KIND", "flash (default) or eager",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_PARALLEL] = { "parallel", "DEGREES",
		"degrees: tensor:2,pipeline:4,expert:8,sequence:2",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_DATASET] = { "dataset", "SIZE", "size of the dataset, such as 2TB",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_SET] = { "set", "DETAILS",
		"such as loss:fused,eval-batch:8",
		ABOUT(SETTINGS) },
	[DSFIT_OPTION_GOAL] = { "goal", "GOAL", "development (default), experiment or production",
		WISH(goal, dsfit_goal_names) },
	[DSFIT_OPTION_FIT] = { "fit", "MODE",
		"if it does not fit: advise, correct, reject, off",
		WISH(fit, dsfit_mode_names) },
	[DSFIT_OPTION_EXPLAIN] = { "explain", "LEVEL",
		"detail of the answer: short (default) or full",
		WISH(explain, dsfit_explain_names) },
	[DSFIT_OPTION_PARAMS] = { "params", "SIZE", "number of parameters",
		ABOUT(COUNT) },
	[DSFIT_OPTION_LAYERS] = { "layers", "N", "number of layers (blocks)",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_HIDDEN] = { "hidden", "N", "hidden size",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_HEADS] = { "heads", "N", "attention heads",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_KV_HEADS] = { "kv-heads", "N", "key-value heads",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_FFN] = { "ffn", "N", "feed-forward width",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_GATED] = { "gated", NULL, "feed-forward network has three matrices",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_VOCAB] = { "vocab", "N", "size of the vocabulary",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_LARGEST_LAYER] = { "largest-layer", "SIZE",
		"parameters of the largest layer, for DeepSpeed's estimator",
		ABOUT(COUNT) },
	[DSFIT_OPTION_TIED] = { "tied", NULL, "output head shares the embedding's weights",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_EXPERTS] = { "experts", "N", "routed experts per layer",
		ABOUT(SHAPE) },
	[DSFIT_OPTION_BASE_WEIGHTS] = { "base-weights", "TYPE",
		"frozen weights: fp32, bf16, int8, nf4, nf4-dq or gptq4",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_LORA_TARGETS] = { "lora-targets", "WHICH",
		"qv (default), attention, all-linear, or q_proj+v_proj",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_ENGINE] = { "engine", "NAME", "deepspeed (default), fsdp or none",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_NO_ZERO_INIT] = { "no-zero-init", NULL,
		"stage 3 without zero.Init: each rank loads the whole model",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_BUFFER_FACTOR] = { "buffer-factor", "X",
		"DeepSpeed additional_buffer_factor (default 1.5)",
		ABOUT(TRAINING) },
};

bool dsfit_declaration_empty(const struct dsfit_declaration *declaration)
{
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i])
			return false;
	return true;
}

bool dsfit_declaration_none(const struct dsfit_declaration *declaration)
{
	const char *model = declaration->value[DSFIT_OPTION_MODEL];

	return model && !strcasecmp(model, "none");
}

void dsfit_declaration_take(struct dsfit_declaration *declaration, enum dsfit_option option,
			    const char *text)
{
	const char **value = &declaration->value[option];
	char *settings = declaration->settings;
	const size_t size = sizeof(declaration->settings);
	size_t length;

	if (option != DSFIT_OPTION_SET || !*value) {
		*value = text;
		return;
	}
	if (*value != settings)
		snprintf(settings, size, "%s", *value);
	length = strlen(settings);
	snprintf(settings + length, size - length, ",%s", text);
	*value = settings;
}

int dsfit_option_fail(const struct dsfit_declaration *declaration, enum dsfit_option option,
		      const struct dsfit_error *why, struct dsfit_error *err)
{
	return dsfit_fail(err, "%s%s=%s", declaration->prefix, dsfit_options[option].name,
			  why->text);
}

int dsfit_option_fail_in_file(const struct dsfit_declaration *declaration, enum dsfit_option option,
			      const struct dsfit_error *why, struct dsfit_error *err)
{
	const char *path = declaration->value[option];
	size_t length = strlen(path);

	if (!strncmp(why->text, path, length) && why->text[length] == ':')
		return dsfit_option_fail(declaration, option, why, err);
	return dsfit_fail(err, "%s%s=%.200s: %.260s", declaration->prefix,
			  dsfit_options[option].name, path, why->text);
}

int dsfit_option_fail_no_files(const struct dsfit_declaration *declaration,
			       enum dsfit_option option, struct dsfit_error *err)
{
	return dsfit_fail(err, "%s%s=%.200s: slurmctld does not read users' files",
			  declaration->prefix, dsfit_options[option].name,
			  declaration->value[option]);
}
