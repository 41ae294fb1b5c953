/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options, what each accepts, and how a declaration becomes numbers: the site's defaults
 * first, then the DeepSpeed file, then what was typed.
 */
#include "core/declare/declaration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/file.h"
#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/base/word.h"
#include "core/declare/passed_on.h"
#include "core/model/hf_config.h"
#include "core/model/model_text.h"
#include "core/model/sized_model.h"
#include "core/training/ds_config.h"
#include "core/training/settings.h"

#define ABOUT(what) DSFIT_ABOUT_##what, 0, NULL
#define SHAPE(member) DSFIT_ABOUT_SHAPE, offsetof(struct dsfit_shape, member), NULL
#define SHAPE_FLAG(member) DSFIT_ABOUT_SHAPE_FLAG, offsetof(struct dsfit_shape, member), NULL
#define WISH(member, words) DSFIT_ABOUT_WISH, offsetof(struct dsfit_workload, member), words

const struct dsfit_option_info dsfit_options[DSFIT_OPTION_END] = {
	[DSFIT_OPTION_MODEL] = { "model", "MODEL",
		"13B, 8x7B, a name or config.json; none: do not size",
		ABOUT(MODEL) },
	[DSFIT_OPTION_CONFIG] = { "config", "FILE", "DeepSpeed JSON file; options override it",
		ABOUT(FILE) },
	[DSFIT_OPTION_ZERO] = { "zero", "STAGE", "ZeRO stage: 0, 1, 2 or 3 (by model size)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_OFFLOAD] = { "offload", "WHERE",
		"none, cpu, nvme, or optimizer:cpu,param:nvme",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_METHOD] = { "method", "METHOD",
		"full (default), lora[:rank] or qlora[:rank]",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_BATCH] = { "batch", "N", "micro-batch: samples per GPU (1)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_SEQ] = { "seq", "TOKENS", "tokens per sample (2048)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_PRECISION] = { "precision", "TYPE",
		"bf16 (default), fp16, bf16-true or fp32",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_OPTIMIZER] = { "optimizer", "NAME",
		"adamw, adam8bit, lion, sgd, adafactor or muon",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_CHECKPOINTING] = { "checkpointing", "KIND",
		"none, selective or full (default)",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_ATTENTION] = { "attention", "KIND", "flash (default) or eager",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_PARALLEL] = { "parallel", "DEGREES",
		"tensor:2,pipeline:4,expert:8,sequence:2",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_DATASET] = { "dataset", "SIZE", "size of the dataset, such as 2TB",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_GOAL] = { "goal", "GOAL", "development (default), experiment or production",
		WISH(goal, dsfit_goal_names) },
	[DSFIT_OPTION_FIT] = { "fit", "MODE",
		"if the job does not fit: advise, correct, reject, off",
		WISH(fit, dsfit_mode_names) },
	[DSFIT_OPTION_EXPLAIN] = { "explain", "LEVEL",
		"detail of the answer: short (default) or full",
		WISH(explain, dsfit_explain_names) },
	[DSFIT_OPTION_PARAMS] = { "params", "SIZE", "number of parameters",
		ABOUT(COUNT) },
	[DSFIT_OPTION_LAYERS] = { "layers", "N", "number of layers (blocks)",
		SHAPE(layers) },
	[DSFIT_OPTION_HIDDEN] = { "hidden", "N", "width of the model",
		SHAPE(hidden) },
	[DSFIT_OPTION_HEADS] = { "heads", "N", "attention heads",
		SHAPE(heads) },
	[DSFIT_OPTION_KV_HEADS] = { "kv-heads", "N", "key-value heads",
		SHAPE(kv_heads) },
	[DSFIT_OPTION_FFN] = { "ffn", "N", "feed-forward width",
		SHAPE(ffn) },
	[DSFIT_OPTION_GATED] = { "gated", NULL, "feed-forward network has three matrices",
		SHAPE_FLAG(gated) },
	[DSFIT_OPTION_VOCAB] = { "vocab", "N", "size of the vocabulary",
		SHAPE(vocab) },
	[DSFIT_OPTION_LARGEST_LAYER] = { "largest-layer", "SIZE",
		"parameters of the largest layer, for DeepSpeed's estimator",
		ABOUT(COUNT) },
	[DSFIT_OPTION_TIED] = { "tied", NULL, "output head shares the embedding's weights",
		SHAPE_FLAG(tied) },
	[DSFIT_OPTION_EXPERTS] = { "experts", "N", "routed experts per layer",
		SHAPE(experts) },
	[DSFIT_OPTION_BASE_WEIGHTS] = { "base-weights", "TYPE",
		"frozen weights: fp32, bf16, int8, nf4, nf4-dq or gptq4",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_LORA_TARGETS] = { "lora-targets", "WHICH",
		"qv (default), attention or all-linear",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_ENGINE] = { "engine", "NAME", "deepspeed (default), fsdp or none",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_NO_ZERO_INIT] = { "no-zero-init", NULL,
		"stage 3 without zero.Init: each rank loads the whole model",
		ABOUT(TRAINING) },
	[DSFIT_OPTION_BUFFER_FACTOR] = { "buffer-factor", "X",
		"DeepSpeed's additional_buffer_factor (1.5)",
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

/* "--ds-zero=7: must be ..." from "7: must be ...". */
static int name_option(const struct dsfit_declaration *declaration, enum dsfit_option option,
		       const struct dsfit_error *why, struct dsfit_error *err)
{
	return dsfit_fail(err, "%s%s=%s", declaration->prefix, dsfit_options[option].name,
			  why->text);
}

/* A path of a user's, where the user's files are not to be read. */
static int fail_file(const struct dsfit_declaration *declaration, enum dsfit_option option,
		     struct dsfit_error *err)
{
	return dsfit_fail(err, "%s%s=%.200s: a file, and no file is read here", declaration->prefix,
			  dsfit_options[option].name, declaration->value[option]);
}

/* The same of an option that names a file, which the line says by itself. */
static int name_file(const struct dsfit_declaration *declaration, enum dsfit_option option,
		     const struct dsfit_error *why, struct dsfit_error *err)
{
	const char *path = declaration->value[option];
	size_t length = strlen(path);

	if (!strncmp(why->text, path, length) && why->text[length] == ':')
		return name_option(declaration, option, why, err);
	return dsfit_fail(err, "%s%s=%.200s: %.260s", declaration->prefix,
			  dsfit_options[option].name, path, why->text);
}

/* ---- the model ------------------------------------------------------------------------------ */

/* Whether any option describes a shape by hand. */
static bool has_shape(const struct dsfit_declaration *declaration)
{
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] && (dsfit_options[i].kind == DSFIT_ABOUT_SHAPE ||
					      dsfit_options[i].kind == DSFIT_ABOUT_SHAPE_FLAG))
			return true;
	return false;
}

static int read_shape(const struct dsfit_declaration *declaration, struct dsfit_shape *shape,
		      struct dsfit_error *err)
{
	struct dsfit_error why;

	for (int i = 0; i < DSFIT_OPTION_END; i++) {
		const struct dsfit_option_info *option = &dsfit_options[i];
		const char *value = declaration->value[i];
		void *member = (char *)shape + option->at;

		if (option->kind == DSFIT_ABOUT_SHAPE_FLAG)
			*(bool *)member = value;
		if (option->kind == DSFIT_ABOUT_SHAPE && value &&
		    dsfit_parse_number(value, 1, DSFIT_DIMENSION_MAX, member, &why))
			return name_option(declaration, (enum dsfit_option)i, &why, err);
	}
	return dsfit_shape_complete(shape, err);
}

/* --params with nothing beside it: plain digits too, which no model is named by. */
static int size_alone(const struct dsfit_models *models, const char *params,
		      struct dsfit_model *out, struct dsfit_error *err)
{
	uint64_t parameters;

	if (dsfit_parse_count(params, &parameters, err))
		return -1;
	return dsfit_model_from_size(models, parameters, out, err);
}

/* What the text is in the catalogue, or is like: "meta-llama/Meta-Llama-3-8B-Instruct". */
static int take_known(const struct dsfit_models *models, const char *name,
		      struct dsfit_model *out)
{
	const struct dsfit_model *known = dsfit_models_find_like(models, name);

	if (!known)
		return -1;
	*out = *known;
	return 0;
}

/* The model: a shape by hand, a path, or what the catalogue makes of the text; *out as it is
 * where that was passed on. */
static int resolve_model(const struct dsfit_declaration *declaration,
			 const struct dsfit_models *models, struct dsfit_model *out,
			 struct dsfit_error *err)
{
	const char *text = declaration->value[DSFIT_OPTION_MODEL];
	const char *params = declaration->value[DSFIT_OPTION_PARAMS];
	const char *hub = text ? dsfit_model_hub_name(text) : NULL;
	struct dsfit_error why;
	bool path;
	int rc;

	if (has_shape(declaration)) {
		memset(out, 0, sizeof(*out));
		if (read_shape(declaration, &out->shape, err))
			return -1;
		if (dsfit_model_count(out, NULL, err))
			return -1;
		out->exact = true;
		snprintf(out->name, sizeof(out->name), "%.*s", DSFIT_NAME_MAX - 1,
			 text ? text : "by hand");
		dsfit_printable(out->name);
		return 0;
	}
	if (text && dsfit_passed_on_is(text))
		return 0;
	if (!text && !params)
		return dsfit_fail(err, "no model: %smodel says what is trained, such as 13B, a "
				  "name or a config.json", declaration->prefix);
	memset(out, 0, sizeof(*out));
	path = text && dsfit_model_is_path(text);
	/* What is there is meant; where nothing may be looked at, the name is all there is. */
	if (hub && (declaration->no_files || dsfit_is_nowhere(text))) {
		if (!take_known(models, hub, out))
			return 0;
		if (!declaration->no_files)
			return dsfit_fail(err, "%smodel=%.200s: no such file or folder here, and "
					  "no model has that name (\"dsfit models\" lists them): "
					  "give its size, such as 8B, or the folder with its "
					  "config.json", declaration->prefix, text);
	}
	if (path && declaration->no_files)
		return fail_file(declaration, DSFIT_OPTION_MODEL, err);
	if (!text)
		rc = size_alone(models, params, out, &why);
	else if (path)
		rc = dsfit_model_read(models, text, out, &why);
	else
		rc = dsfit_model_parse(models, text, out, &why);
	/* A folder beside one's script needs no slash, but a size or a name comes first. */
	if (rc && text && !path && !declaration->no_files && dsfit_is_folder(text)) {
		path = true;
		rc = dsfit_model_read(models, text, out, &why);
	}
	if (rc && text && !path)
		rc = take_known(models, text, out);
	if (!rc)
		return 0;
	if (path)
		return name_file(declaration, DSFIT_OPTION_MODEL, &why, err);
	return name_option(declaration, text ? DSFIT_OPTION_MODEL : DSFIT_OPTION_PARAMS, &why,
			   err);
}

/* Counts given by hand stand over those of the shape. */
static int override_counts(const struct dsfit_declaration *declaration, struct dsfit_model *model,
			   struct dsfit_error *err)
{
	const char *params = declaration->value[DSFIT_OPTION_PARAMS];
	const char *largest = declaration->value[DSFIT_OPTION_LARGEST_LAYER];
	struct dsfit_error why;
	uint64_t parameters;

	if (params) {
		if (dsfit_parse_count(params, &parameters, &why))
			return name_option(declaration, DSFIT_OPTION_PARAMS, &why, err);
		dsfit_model_resize(model, parameters, DSFIT_COUNT_GIVEN);
	}
	/* The estimator takes a model without one, too. */
	if (largest && !strcmp(largest, "0"))
		model->largest_layer = 0;
	else if (largest && dsfit_parse_count(largest, &model->largest_layer, &why))
		return name_option(declaration, DSFIT_OPTION_LARGEST_LAYER, &why, err);
	model->counts.largest_module = model->largest_layer;
	return 0;
}

/* ---- the rest ------------------------------------------------------------------------------- */

/* What dsfit shall do: the goal, what to do about a misfit, how much to print. */
static int read_wish(enum dsfit_option option, const char *value, struct dsfit_workload *out,
		     struct dsfit_error *err)
{
	int word = dsfit_parse_word(dsfit_options[option].words, value, err);
	unsigned position = (unsigned)word;

	if (word < 0)
		return -1;
	memcpy((char *)out + dsfit_options[option].at, &position, sizeof(position));
	out->fit_given = out->fit_given || option == DSFIT_OPTION_FIT;
	return 0;
}

static int read_option(enum dsfit_option option, const char *value, struct dsfit_workload *out,
		       struct dsfit_error *err)
{
	switch (dsfit_options[option].kind) {
	case DSFIT_ABOUT_TRAINING:
		return dsfit_training_set(&out->training, dsfit_options[option].name, value, err);
	case DSFIT_ABOUT_WISH:
		return read_wish(option, value, out, err);
	default:
		return 0;
	}
}

/* All options but those about the model, from the top of the table to the bottom: of two wrong
 * values, the one whose option comes first is reported. */
static int read_options(const struct dsfit_declaration *declaration, struct dsfit_workload *out,
			struct dsfit_error *err)
{
	struct dsfit_error why;

	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] &&
		    read_option((enum dsfit_option)i, declaration->value[i], out, &why))
			return name_option(declaration, (enum dsfit_option)i, &why, err);
	return 0;
}

/* Every wish is an enum, stored as the position of its word. */
_Static_assert(sizeof(enum dsfit_goal) == sizeof(unsigned), "enums are as wide as unsigned");

int dsfit_declaration_resolve(const struct dsfit_declaration *declaration,
			      const struct dsfit_models *models,
			      const struct dsfit_training *defaults,
			      struct dsfit_workload *out, struct dsfit_error *err)
{
	const char *config = declaration->value[DSFIT_OPTION_CONFIG];
	const char *model = declaration->value[DSFIT_OPTION_MODEL];
	struct dsfit_error why;

	memset(out, 0, sizeof(*out));
	out->training = *defaults;
	out->training.offload_default = true;
	if (model && dsfit_passed_on_is(model) && dsfit_passed_on_read(model, out, &why))
		return dsfit_fail(err, "%smodel as the submit host passed it on: %.400s",
				  declaration->prefix, why.text);
	if (config && declaration->no_files)
		return fail_file(declaration, DSFIT_OPTION_CONFIG, err);
	if (config && dsfit_training_read(config, &out->training, &why))
		return name_file(declaration, DSFIT_OPTION_CONFIG, &why, err);
	/* The model comes last: a slip in an option is reported before a missing model. */
	if (read_options(declaration, out, err) ||
	    resolve_model(declaration, models, &out->model, err) ||
	    override_counts(declaration, &out->model, err))
		return -1;
	if (out->model.parameters > DSFIT_PARAMETERS_MAX)
		return dsfit_fail(err, "%smodel: %s has more parameters than the limit of "
				  "1000T", declaration->prefix, out->model.name);
	dsfit_training_fill_auto(&out->training, out->model.shape.hidden);
	if (dsfit_training_settle(&out->training, out->model.parameters, &why))
		return dsfit_fail(err, "%s%s", declaration->prefix, why.text);
	return 0;
}
