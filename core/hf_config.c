/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hugging Face's config.json: the same dimension has another key in older families (GPT-2's
 * n_embd is a llama's hidden_size), and what is not written has the family's default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/model.h"
#include "core/size.h"

/* The first of the keys that is there; a list that ends in NULL. */
static int read_dimension(struct json_object *config, const char *const *keys, uint64_t *out,
			  struct dsfit_error *err)
{
	int got = 0;

	for (; *keys && !got; keys++)
		got = dsfit_json_number(config, *keys, 0, DSFIT_DIMENSION_MAX, out, err);
	return got < 0 ? -1 : 0;
}

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* Families whose feed-forward network is two matrices, and those that tie by default. */
static void family_defaults(const char *family, struct dsfit_shape *shape)
{
	static const char *const plain[] = {
		"gpt2", "gpt_neo", "gpt_neox", "gptj", "falcon", "opt", "bloom", "phi",
		"starcoder2", "bert", "gpt_bigcode", NULL,
	};
	static const char *const tied[] = {
		"gpt2", "gpt_neo", "falcon", "opt", "bloom", "gemma", "gemma2", "gemma3",
		"gemma3_text", "starcoder2", "bert", "gpt_bigcode", NULL,
	};

	shape->gated = !one_of(family, plain);
	shape->tied = one_of(family, tied);
}

static int read_shape(struct json_object *config, struct dsfit_shape *shape,
		      struct dsfit_error *err)
{
	static const char *const layers[] = { "num_hidden_layers", "n_layer", "num_layers", NULL };
	static const char *const hidden[] = { "hidden_size", "n_embd", "d_model", NULL };
	static const char *const heads[] = { "num_attention_heads", "n_head", "num_heads", NULL };
	static const char *const kv[] = { "num_key_value_heads", "num_kv_heads", NULL };
	static const char *const head_size[] = { "head_dim", "d_kv", NULL };
	static const char *const ffn[] = { "intermediate_size", "n_inner", "ffn_dim", "d_ff",
					   "ffn_hidden_size", NULL };
	static const char *const vocab[] = { "vocab_size", NULL };
	static const char *const context[] = { "max_position_embeddings", "n_positions",
					       "n_ctx", NULL };
	static const char *const experts[] = { "num_local_experts", "num_experts",
					       "n_routed_experts", NULL };
	static const char *const active[] = { "num_experts_per_tok", NULL };
	static const char *const shared[] = { "n_shared_experts", NULL };
	static const char *const expert_ffn[] = { "moe_intermediate_size", NULL };
	const struct {
		const char *const *keys;
		uint64_t *out;
	} dimensions[] = {
		{ layers, &shape->layers }, { hidden, &shape->hidden }, { heads, &shape->heads },
		{ kv, &shape->kv_heads }, { head_size, &shape->head_size }, { ffn, &shape->ffn },
		{ vocab, &shape->vocab }, { context, &shape->max_sequence },
		{ experts, &shape->experts }, { active, &shape->experts_per_token },
		{ shared, &shape->shared_experts }, { expert_ffn, &shape->expert_ffn },
	};

	for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++)
		if (read_dimension(config, dimensions[i].keys, dimensions[i].out, err))
			return -1;
	return dsfit_json_bool(config, "tie_word_embeddings", &shape->tied, err) < 0 ? -1 : 0;
}

static int model_from_config(struct json_object *config, struct dsfit_model *out,
			     struct dsfit_error *err)
{
	const char *family = "unknown";
	bool multi_query = false;
	struct json_object *text = NULL;

	if (dsfit_json_string(config, "model_type", &family, err) < 0 ||
	    dsfit_json_object(config, "text_config", &text, err) < 0)
		return -1;
	if (text)
		config = text;
	family_defaults(family, &out->shape);
	if (read_shape(config, &out->shape, err) ||
	    dsfit_json_bool(config, "multi_query", &multi_query, err) < 0)
		return -1;
	if (multi_query && !out->shape.kv_heads)
		out->shape.kv_heads = 1;
	if (dsfit_shape_complete(&out->shape, err))
		return -1;
	snprintf(out->family, sizeof(out->family), "%s", family);
	out->parameters = dsfit_shape_parameters(&out->shape);
	out->active = dsfit_shape_active(&out->shape);
	out->largest_layer = dsfit_shape_largest_module(&out->shape);
	out->exact = true;
	return 0;
}

/* The model is named after its folder, .../llama-3-8b/config.json, or, where the file has a
 * name of its own, after the file. */
static void name_after_path(const char *path, struct dsfit_model *out)
{
	char *whole = realpath(path, NULL), *name = NULL, *end;

	if (whole) {
		end = strrchr(whole, '/');
		if (end > whole && !strcmp(end, "/config.json"))
			*end = '\0';
		name = strrchr(whole, '/');
	}
	snprintf(out->name, sizeof(out->name), "%.63s", name && name[1] ? name + 1 : "model");
	dsfit_printable(out->name);
	free(whole);
}

int dsfit_model_read(const char *path, struct dsfit_model *out, struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	struct json_object *config;
	char file[4096];
	int rc;

	if (dsfit_is_folder(path))
		rc = snprintf(file, sizeof(file), "%s/config.json", path);
	else
		rc = snprintf(file, sizeof(file), "%s", path);
	if (rc < 0 || (size_t)rc >= sizeof(file))
		return dsfit_fail(err, "the path is longer than %zu characters", sizeof(file) - 1);
	config = dsfit_json_read(file, err);
	if (!config)
		return -1;
	memset(out, 0, sizeof(*out));
	rc = model_from_config(config, out, &why);
	json_object_put(config);
	if (rc)
		return dsfit_fail(err, "%s: %.300s", file, why.text);
	name_after_path(file, out);
	return 0;
}
