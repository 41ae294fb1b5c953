/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the modules of Hugging Face's models are called. Each family has its own words for the same
 * matrices, and a few words mean two: in gpt2, c_proj ends both attention and network. Source: the
 * modelling code of transformers 5.23.
 */
#include "core/training/module_names.h"

#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/training/training.h"

static const struct {
	const char *name;
	uint64_t parts;
} modules[] = {
	{ "q_proj", DSFIT_PART_QUERY }, { "query", DSFIT_PART_QUERY }, { "q", DSFIT_PART_QUERY },
	{ "wq", DSFIT_PART_QUERY }, { "q_lin", DSFIT_PART_QUERY },
	{ "q_a_proj", DSFIT_PART_QUERY }, { "q_b_proj", DSFIT_PART_QUERY },
	{ "k_proj", DSFIT_PART_KEY }, { "key", DSFIT_PART_KEY }, { "k", DSFIT_PART_KEY },
	{ "wk", DSFIT_PART_KEY }, { "k_lin", DSFIT_PART_KEY },
	{ "v_proj", DSFIT_PART_VALUE }, { "value", DSFIT_PART_VALUE }, { "v", DSFIT_PART_VALUE },
	{ "wv", DSFIT_PART_VALUE }, { "v_lin", DSFIT_PART_VALUE },
	{ "kv_a_proj_with_mqa", DSFIT_PART_KEY }, { "kv_b_proj", DSFIT_PART_VALUE },
	{ "query_key_value", DSFIT_PARTS_QKV }, { "qkv_proj", DSFIT_PARTS_QKV },
	{ "c_attn", DSFIT_PARTS_QKV }, { "Wqkv", DSFIT_PARTS_QKV }, { "W_pack", DSFIT_PARTS_QKV },
	{ "qkv", DSFIT_PARTS_QKV },
	{ "o_proj", DSFIT_PART_OUTPUT }, { "out_proj", DSFIT_PART_OUTPUT },
	{ "o", DSFIT_PART_OUTPUT }, { "out_lin", DSFIT_PART_OUTPUT },
	{ "dense", DSFIT_PART_OUTPUT },
	{ "attention", DSFIT_PARTS_ATTENTION }, { "attn", DSFIT_PARTS_ATTENTION },
	{ "self_attn", DSFIT_PARTS_ATTENTION }, { "self_attention", DSFIT_PARTS_ATTENTION },
	{ "c_proj", DSFIT_PART_OUTPUT | DSFIT_PART_DOWN },
	{ "gate_proj", DSFIT_PART_GATE }, { "w1", DSFIT_PART_GATE }, { "wi_0", DSFIT_PART_GATE },
	{ "gate_up_proj", DSFIT_PART_GATE | DSFIT_PART_UP },
	{ "up_proj", DSFIT_PART_UP }, { "w3", DSFIT_PART_UP }, { "fc1", DSFIT_PART_UP },
	{ "c_fc", DSFIT_PART_UP }, { "fc_in", DSFIT_PART_UP }, { "lin1", DSFIT_PART_UP },
	{ "dense_h_to_4h", DSFIT_PART_UP }, { "wi", DSFIT_PART_UP }, { "wi_1", DSFIT_PART_UP },
	{ "down_proj", DSFIT_PART_DOWN }, { "w2", DSFIT_PART_DOWN }, { "fc2", DSFIT_PART_DOWN },
	{ "fc_out", DSFIT_PART_DOWN }, { "lin2", DSFIT_PART_DOWN }, { "wo", DSFIT_PART_DOWN },
	{ "dense_4h_to_h", DSFIT_PART_DOWN },
	{ "mlp", DSFIT_PARTS_NETWORK }, { "ffn", DSFIT_PARTS_NETWORK },
	{ "feed_forward", DSFIT_PARTS_NETWORK },
	{ "experts", DSFIT_PART_EXPERTS },
	{ "gate", DSFIT_PART_ROUTER }, { "router", DSFIT_PART_ROUTER },
	{ "embed_tokens", DSFIT_PART_EMBEDDING }, { "wte", DSFIT_PART_EMBEDDING },
	{ "embed_in", DSFIT_PART_EMBEDDING }, { "word_embeddings", DSFIT_PART_EMBEDDING },
	{ "embeddings", DSFIT_PART_EMBEDDING }, { "shared", DSFIT_PART_EMBEDDING },
	{ "lm_head", DSFIT_PART_HEAD }, { "embed_out", DSFIT_PART_HEAD },
	{ "output_layer", DSFIT_PART_HEAD }, { "score", DSFIT_PART_HEAD },
	{ "classifier", DSFIT_PART_HEAD }, { "v_head", DSFIT_PART_HEAD },
	{ "norm", DSFIT_PART_NORMS }, { "input_layernorm", DSFIT_PART_NORMS },
	{ "post_attention_layernorm", DSFIT_PART_NORMS }, { "ln_f", DSFIT_PART_NORMS },
	{ "layernorm", DSFIT_PART_NORMS }, { "norms", DSFIT_PART_NORMS },
};

static uint64_t parts_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot)
		name = dot + 1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(modules); i++)
		if (!strcasecmp(modules[i].name, name))
			return modules[i].parts;
	return 0;
}

int dsfit_module_names(const char *text, uint64_t *parts, struct dsfit_error *err)
{
	char copy[1024], *rest = copy, *name;
	uint64_t found = 0, one;

	if (strlen(text) >= sizeof(copy))
		return dsfit_fail(err, "%.40s...: too long for a list of modules", text);
	strcpy(copy, text);
	while ((name = strsep(&rest, "+"))) {
		one = parts_of(name);
		if (!one)
			return dsfit_fail(err, "%.100s: must be names of modules such as "
					  "q_proj+v_proj", *name ? name : text);
		found |= one;
	}
	*parts = found;
	return 0;
}
