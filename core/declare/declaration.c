/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options, what each accepts, and how a declaration becomes numbers: the site's defaults
 * first, then the DeepSpeed file, then what was typed.
 */
#include "core/declare/declaration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/file.h"
#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/base/word.h"
#include "core/declare/passed_on.h"

const char *const dsfit_explain_names[] = { "short", "full", NULL };

const struct dsfit_option_info dsfit_options[DSFIT_OPTION_END] = {
	[DSFIT_OPTION_MODEL] = { "model", "MODEL",
		"13B, 8x7B, a name, a config.json; none: not sized" },
	[DSFIT_OPTION_CONFIG] = { "config", "FILE", "DeepSpeed JSON file; options win over it" },
	[DSFIT_OPTION_ZERO] = { "zero", "STAGE", "ZeRO stage: 0, 1, 2 or 3 (by the size)" },
	[DSFIT_OPTION_OFFLOAD] = { "offload", "WHERE",
		"none, cpu, nvme, or optimizer:cpu,param:nvme" },
	[DSFIT_OPTION_METHOD] = { "method", "METHOD",
		"full (default), lora[:rank] or qlora[:rank]" },
	[DSFIT_OPTION_BATCH] = { "batch", "N", "micro-batch: samples per GPU (1)" },
	[DSFIT_OPTION_SEQ] = { "seq", "TOKENS", "tokens per sample (2048)" },
	[DSFIT_OPTION_PRECISION] = { "precision", "TYPE",
		"bf16 (default), fp16, bf16-true or fp32" },
	[DSFIT_OPTION_OPTIMIZER] = { "optimizer", "NAME",
		"adamw, adam8bit, lion, sgd, adafactor or muon" },
	[DSFIT_OPTION_CHECKPOINTING] = { "checkpointing", "KIND",
		"none, selective or full (default)" },
	[DSFIT_OPTION_ATTENTION] = { "attention", "KIND", "flash (default) or eager" },
	[DSFIT_OPTION_PARALLEL] = { "parallel", "DEGREES",
		"tensor:2,pipeline:4,expert:8,sequence:2" },
	[DSFIT_OPTION_DATASET] = { "dataset", "SIZE", "size of the data, such as 2TB" },
	[DSFIT_OPTION_GOAL] = { "goal", "GOAL", "development (default), experiment or production" },
	[DSFIT_OPTION_FIT] = { "fit", "MODE",
		"if it does not fit: advise, correct, reject, off" },
	[DSFIT_OPTION_EXPLAIN] = { "explain", "LEVEL",
		"how much is said: short (default) or full" },
	[DSFIT_OPTION_PARAMS] = { "params", "SIZE", "number of parameters" },
	[DSFIT_OPTION_LAYERS] = { "layers", "N", "number of blocks" },
	[DSFIT_OPTION_HIDDEN] = { "hidden", "N", "width of the model" },
	[DSFIT_OPTION_HEADS] = { "heads", "N", "attention heads" },
	[DSFIT_OPTION_KV_HEADS] = { "kv-heads", "N", "key-value heads" },
	[DSFIT_OPTION_FFN] = { "ffn", "N", "feed-forward width" },
	[DSFIT_OPTION_GATED] = { "gated", NULL, "feed-forward network has three matrices" },
	[DSFIT_OPTION_VOCAB] = { "vocab", "N", "size of the vocabulary" },
	[DSFIT_OPTION_LARGEST_LAYER] = { "largest-layer", "SIZE",
		"parameters of the largest layer, for DeepSpeed's estimator" },
	[DSFIT_OPTION_TIED] = { "tied", NULL, "output head shares the embedding's weights" },
	[DSFIT_OPTION_EXPERTS] = { "experts", "N", "routed experts per layer" },
	[DSFIT_OPTION_BASE_WEIGHTS] = { "base-weights", "TYPE",
		"frozen weights: fp32, bf16, int8, nf4, nf4-dq or gptq4" },
	[DSFIT_OPTION_LORA_TARGETS] = { "lora-targets", "WHICH",
		"qv (default), attention or all-linear" },
	[DSFIT_OPTION_ENGINE] = { "engine", "NAME", "deepspeed (default), fsdp or none" },
	[DSFIT_OPTION_NO_ZERO_INIT] = { "no-zero-init", NULL,
		"stage 3 without zero.Init: each rank loads the whole model" },
	[DSFIT_OPTION_BUFFER_FACTOR] = { "buffer-factor", "X",
		"DeepSpeed's additional_buffer_factor (1.5)" },
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

/*
 * "key:value,key:value" into set(context, key, value). The text is copied: a declaration is
 * borrowed.
 */
static int parse_pairs(const char *text, int (*set)(void *, const char *, const char *),
		       void *context)
{
	char copy[256], *rest = copy, *item;

	if (strlen(text) >= sizeof(copy))
		return -1;
	strcpy(copy, text);
	while ((item = strsep(&rest, ","))) {
		char *value = strchr(item, ':');

		if (!value)
			return -1;
		*value++ = '\0';
		if (set(context, item, value))
			return -1;
	}
	return 0;
}

static int set_offload(void *context, const char *key, const char *value)
{
	struct dsfit_training *t = context;
	int word = dsfit_word(dsfit_offload_names, value);

	if (word < 0)
		return -1;
	if (!strcasecmp(key, "optimizer"))
		t->offload_optimizer = (enum dsfit_offload)word;
	else if (!strcasecmp(key, "param"))
		t->offload_param = (enum dsfit_offload)word;
	else
		return -1;
	return 0;
}

static int parse_offload(struct dsfit_training *t, const char *value, struct dsfit_error *err)
{
	int word = dsfit_word(dsfit_offload_names, value);
	char near[DSFIT_NEAR_TEXT];

	t->offload_optimizer = t->offload_param = t->offload_all = DSFIT_OFFLOAD_NONE;
	t->asked_optimizer = t->asked_param = DSFIT_OFFLOAD_NONE;
	t->offload_in_file = t->offload_default = false;
	if (word >= 0)
		t->offload_all = (enum dsfit_offload)word;
	else if (parse_pairs(value, set_offload, t))
		return dsfit_fail(err, "%s: %saccepted are none, cpu, nvme, or "
				  "optimizer:cpu,param:nvme", value,
				  dsfit_near_word(dsfit_offload_names, value, near));
	return 0;
}

static int set_degree(void *context, const char *key, const char *value)
{
	struct dsfit_training *t = context;
	const struct {
		const char *key;
		uint64_t *out;
	} degrees[] = {
		{ "tensor", &t->tensor }, { "pipeline", &t->pipeline },
		{ "expert", &t->expert }, { "sequence", &t->sequence_parallel },
		{ "tp", &t->tensor }, { "pp", &t->pipeline },
		{ "ep", &t->expert }, { "sp", &t->sequence_parallel },
	};

	for (size_t i = 0; i < sizeof(degrees) / sizeof(degrees[0]); i++)
		if (!strcasecmp(degrees[i].key, key))
			return dsfit_parse_number(value, 1, DSFIT_DEGREE_MAX, degrees[i].out, NULL);
	return -1;
}

/* "lora", "lora:16" and the same with qlora. */
static int parse_method(struct dsfit_training *t, const char *value, struct dsfit_error *err)
{
	char name[16] = "", near[DSFIT_NEAR_TEXT];
	const char *rank = strchr(value, ':');
	size_t length = rank ? (size_t)(rank - value) : strlen(value);
	int word;

	if (length < sizeof(name))
		memcpy(name, value, length);
	word = dsfit_word(dsfit_method_names, name);
	if (word < 0 || (rank && word == DSFIT_METHOD_FULL) ||
	    (rank && dsfit_parse_number(rank + 1, 1, 65536, &t->lora_rank, NULL)))
		return dsfit_fail(err, "%s: %saccepted are full, lora, qlora, and a rank from 1 to "
				  "65536 as in lora:16", value,
				  word < 0 ? dsfit_near_word(dsfit_method_names, name, near) : "");
	t->method = (enum dsfit_method)word;
	return 0;
}

/* Words of other tools that mean one of an option's own; those are what is shown. */
static const char *own_word(enum dsfit_option option, const char *value)
{
	static const struct {
		enum dsfit_option option;
		const char *theirs, *own;
	} words[] = {
		{ DSFIT_OPTION_OPTIMIZER, "adam", "adamw" },
		{ DSFIT_OPTION_OPTIMIZER, "adamw_torch", "adamw" },
		{ DSFIT_OPTION_OPTIMIZER, "adamw_torch_fused", "adamw" },
		{ DSFIT_OPTION_OPTIMIZER, "adamw_8bit", "adam8bit" },
		{ DSFIT_OPTION_OPTIMIZER, "adamw_bnb_8bit", "adam8bit" },
		{ DSFIT_OPTION_OPTIMIZER, "paged_adamw_8bit", "adam8bit" },
		{ DSFIT_OPTION_ATTENTION, "sdpa", "flash" },
		{ DSFIT_OPTION_ATTENTION, "flash_attention_2", "flash" },
		{ DSFIT_OPTION_ATTENTION, "flash_attention_3", "flash" },
		{ DSFIT_OPTION_CHECKPOINTING, "true", "full" },
		{ DSFIT_OPTION_CHECKPOINTING, "false", "none" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].option == option && !strcasecmp(words[i].theirs, value))
			return words[i].own;
	return value;
}

/* "3", or "stage3". */
static int parse_stage(struct dsfit_training *t, const char *value, struct dsfit_error *err)
{
	const char *digit = strncasecmp(value, "stage", 5) ? value : value + 5;
	uint64_t stage;

	if (dsfit_parse_number(digit, 0, 3, &stage, NULL))
		return dsfit_fail(err, "%s: accepted are the ZeRO stages 0, 1, 2 and 3", value);
	t->zero = (unsigned)stage;
	t->zero_given = true;
	return 0;
}

/* "4096", or "4k" of 1024 each, as contexts are told. */
static int parse_tokens(const char *value, uint64_t *out, struct dsfit_error *err)
{
	size_t digits = strspn(value, "0123456789");
	char thousands[16];
	uint64_t k;

	if (digits && digits < sizeof(thousands) && !strcasecmp(value + digits, "k")) {
		snprintf(thousands, sizeof(thousands), "%.*s", (int)digits, value);
		if (!dsfit_parse_number(thousands, 1, DSFIT_TOKENS_MAX / 1024, &k, NULL)) {
			*out = k * 1024;
			return 0;
		}
	}
	return dsfit_parse_number(value, 1, DSFIT_TOKENS_MAX, out, err);
}

/* The position of `value` among the names the option accepts; 0 where it has none. */
static int option_word(enum dsfit_option option, const char *value, struct dsfit_error *err)
{
	static const struct {
		enum dsfit_option option;
		const char *const *names;
	} words[] = {
		{ DSFIT_OPTION_PRECISION, dsfit_precision_names },
		{ DSFIT_OPTION_OPTIMIZER, dsfit_optimizer_names },
		{ DSFIT_OPTION_CHECKPOINTING, dsfit_checkpointing_names },
		{ DSFIT_OPTION_ATTENTION, dsfit_attention_names },
		{ DSFIT_OPTION_BASE_WEIGHTS, dsfit_base_weights_names },
		{ DSFIT_OPTION_LORA_TARGETS, dsfit_lora_targets_names },
		{ DSFIT_OPTION_ENGINE, dsfit_engine_names },
		{ DSFIT_OPTION_GOAL, dsfit_goal_names },
		{ DSFIT_OPTION_FIT, dsfit_mode_names },
		{ DSFIT_OPTION_EXPLAIN, dsfit_explain_names },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].option == option)
			return dsfit_parse_word(words[i].names, own_word(option, value), err);
	return 0;
}

int dsfit_training_set(struct dsfit_training *t, enum dsfit_option option, const char *value,
		       struct dsfit_error *err)
{
	int word = option_word(option, value, err);

	if (word < 0)
		return -1;
	switch (option) {
	case DSFIT_OPTION_ZERO:
		return parse_stage(t, value, err);
	case DSFIT_OPTION_OFFLOAD:
		return parse_offload(t, value, err);
	case DSFIT_OPTION_METHOD:
		return parse_method(t, value, err);
	case DSFIT_OPTION_BATCH:
		t->micro_batch_given = true;
		return dsfit_parse_number(value, 1, 1000000, &t->micro_batch, err);
	case DSFIT_OPTION_SEQ:
		return parse_tokens(value, &t->sequence, err);
	case DSFIT_OPTION_PRECISION:
		t->precision = (enum dsfit_precision)word;
		return 0;
	case DSFIT_OPTION_OPTIMIZER:
		t->optimizer = (enum dsfit_optimizer)word;
		t->optimizer_in_file = false;
		return 0;
	case DSFIT_OPTION_CHECKPOINTING:
		t->checkpointing = (enum dsfit_checkpointing)word;
		return 0;
	case DSFIT_OPTION_ATTENTION:
		t->attention = (enum dsfit_attention)word;
		return 0;
	case DSFIT_OPTION_PARALLEL:
		if (parse_pairs(value, set_degree, t))
			return dsfit_fail(err, "%s: accepted are degrees of tensor, pipeline, "
					  "expert and sequence, as in tensor:2,pipeline:4", value);
		return 0;
	case DSFIT_OPTION_DATASET:
		return dsfit_parse_bytes_with_unit(value, &t->dataset, err);
	case DSFIT_OPTION_BASE_WEIGHTS:
		t->base_weights_given = true;
		t->base_weights = (enum dsfit_base_weights)word;
		return 0;
	case DSFIT_OPTION_LORA_TARGETS:
		t->lora_targets = (enum dsfit_lora_targets)word;
		return 0;
	case DSFIT_OPTION_ENGINE:
		t->engine = (enum dsfit_engine)word;
		return 0;
	case DSFIT_OPTION_NO_ZERO_INIT:
		t->zero_init = false;
		return 0;
	case DSFIT_OPTION_BUFFER_FACTOR:
		return dsfit_parse_decimal(value, 1, 100, &t->buffer_factor, err);
	default:
		return 0;
	}
}

/* "--ds-zero=7: accepted are ..." from "7: accepted are ...". */
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

/* Whether the shape is given by hand, through any of its options. */
static bool has_shape(const struct dsfit_declaration *declaration)
{
	for (int i = DSFIT_OPTION_LAYERS; i <= DSFIT_OPTION_EXPERTS; i++)
		if (declaration->value[i] && i != DSFIT_OPTION_LARGEST_LAYER)
			return true;
	return false;
}

static int set_shape(const struct dsfit_declaration *declaration, struct dsfit_shape *shape,
		     struct dsfit_error *err)
{
	const struct {
		enum dsfit_option option;
		uint64_t *out;
	} dimensions[] = {
		{ DSFIT_OPTION_LAYERS, &shape->layers }, { DSFIT_OPTION_HIDDEN, &shape->hidden },
		{ DSFIT_OPTION_HEADS, &shape->heads }, { DSFIT_OPTION_KV_HEADS, &shape->kv_heads },
		{ DSFIT_OPTION_FFN, &shape->ffn }, { DSFIT_OPTION_VOCAB, &shape->vocab },
		{ DSFIT_OPTION_EXPERTS, &shape->experts },
	};
	struct dsfit_error why;

	for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++) {
		const char *value = declaration->value[dimensions[i].option];

		if (value && dsfit_parse_number(value, 1, DSFIT_DIMENSION_MAX, dimensions[i].out,
						&why))
			return name_option(declaration, dimensions[i].option, &why, err);
	}
	shape->gated = declaration->value[DSFIT_OPTION_GATED];
	shape->tied = declaration->value[DSFIT_OPTION_TIED];
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
		if (set_shape(declaration, &out->shape, err))
			return -1;
		if (dsfit_model_count(out, NULL, err))
			return -1;
		out->exact = true;
		snprintf(out->name, sizeof(out->name), "%.*s", DSFIT_NAME_MAX - 1,
			 text ? text : "by hand");
		dsfit_printable(out->name);
		return 0;
	}
	if (text && dsfit_wire_is(text))
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
					  "no model of that name (\"dsfit models\" lists them); "
					  "accepted are its size, such as 8B, and the folder with "
					  "its config.json", declaration->prefix, text);
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

/* What is declared beside the training: goal, what to do about a misfit, how much to say. */
static int resolve_wishes(const struct dsfit_declaration *declaration, struct dsfit_workload *out,
			  struct dsfit_error *err)
{
	struct dsfit_error why;

	for (int i = DSFIT_OPTION_GOAL; i <= DSFIT_OPTION_EXPLAIN; i++) {
		const char *value = declaration->value[i];
		int word = value ? option_word((enum dsfit_option)i, value, &why) : 0;

		if (word < 0)
			return name_option(declaration, (enum dsfit_option)i, &why, err);
		if (!value)
			continue;
		if (i == DSFIT_OPTION_GOAL)
			out->goal = (enum dsfit_goal)word;
		else if (i == DSFIT_OPTION_EXPLAIN)
			out->explain = (enum dsfit_explain)word;
		else
			out->fit = (enum dsfit_mode)word;
		out->fit_given = out->fit_given || i == DSFIT_OPTION_FIT;
	}
	return 0;
}

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
	if (model && dsfit_wire_is(model) && dsfit_wire_read(model, out, &why))
		return dsfit_fail(err, "%smodel, as it was passed on: %.400s", declaration->prefix,
				  why.text);
	if (config && declaration->no_files)
		return fail_file(declaration, DSFIT_OPTION_CONFIG, err);
	if (config && dsfit_training_read(config, &out->training, &why))
		return name_file(declaration, DSFIT_OPTION_CONFIG, &why, err);
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] &&
		    dsfit_training_set(&out->training, (enum dsfit_option)i,
				       declaration->value[i], &why))
			return name_option(declaration, (enum dsfit_option)i, &why, err);
	/* Last, so that a slip in another option is named before a model that is missing. */
	if (resolve_wishes(declaration, out, err) ||
	    resolve_model(declaration, models, &out->model, err) ||
	    override_counts(declaration, &out->model, err))
		return -1;
	if (out->model.parameters > DSFIT_PARAMETERS_MAX)
		return dsfit_fail(err, "%smodel: %s has more parameters than the 1000T that are "
				  "accepted", declaration->prefix, out->model.name);
	dsfit_training_fill_auto(&out->training, out->model.shape.hidden);
	if (dsfit_training_settle(&out->training, out->model.parameters, &why))
		return dsfit_fail(err, "%s%s", declaration->prefix, why.text);
	return 0;
}
