/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text model's shape in a Hugging Face config.json. The same dimension has another key in
 * older families (GPT-2's n_embd is a llama's hidden_size); the table of core/model/shape.c lists
 * the keys, and most members are read by walking it. The rest of this file is for members whose
 * meaning depends on others:
 *
 *     plain members -> traits -> key-value heads -> experts -> halves of a T5
 *
 * Which key a family's configuration class looks at, and what it does with it, is read off the
 * configuration and modelling code of transformers 5.23.
 */
#include "core/model/hf_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/model/hf_keys.h"

#define AT(member) offsetof(struct dsfit_shape, member)

/* Members that have a key and no rule of their own below. */
static int read_members(struct json_object *config, struct dsfit_shape *s, struct dsfit_error *err)
{
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++) {
		const struct dsfit_shape_field *field = &dsfit_shape_fields[i];

		if (field->config && !field->config_rule &&
		    dsfit_hf_member(config, field->at, s, err) < 0)
			return -1;
	}
	/* With latent attention a head is in parts, whatever head_dim says. */
	if (s->kv_rank)
		s->head_size = s->value_size;
	return 0;
}

/* Key-value heads. falcon's and bigcode's flags come before the number. */
static int read_kv_heads(struct json_object *config, const struct dsfit_family *family,
			 struct dsfit_shape *s, struct dsfit_error *err)
{
	bool own = family && family->multi_query, one = own, grouped = false;
	int got = dsfit_hf_member(config, AT(kv_heads), s, err);

	if (got < 0)
		return -1;
	/* Other families do not look at these keys. */
	if ((own || !family) &&
	    (dsfit_json_bool(config, "multi_query", &one, err) < 0 ||
	     dsfit_json_bool(config, "new_decoder_architecture", &grouped, err) < 0))
		return -1;
	if (own && !grouped)
		s->kv_heads = one ? 1 : s->heads;
	else if (one && !grouped && !got)
		s->kv_heads = 1;
	/* The family's default belongs to its default number of heads. */
	if (!got && s->kv_heads > s->heads)
		s->kv_heads = s->heads;
	return 0;
}

/* How many layers of mlp_only_layers would otherwise have experts. Each counts once. */
static uint64_t layers_listed(struct json_object *config, uint64_t layers, uint64_t step)
{
	struct json_object *list = NULL;
	uint64_t count = 0, i;
	bool *seen;

	if (!json_object_object_get_ex(config, "mlp_only_layers", &list) ||
	    !json_object_is_type(list, json_type_array))
		return 0;
	seen = calloc(layers, sizeof(*seen));
	for (i = 0; seen && i < json_object_array_length(list); i++) {
		int64_t layer = json_object_get_int64(json_object_array_get_idx(list, i));

		if (layer < 0 || (uint64_t)layer >= layers || seen[layer])
			continue;
		seen[layer] = true;
		count += ((uint64_t)layer + 1) % step == 0;
	}
	free(seen);
	return count;
}

/* Layers without experts: the first k (DeepSeek), or all but each n-th (Qwen). */
static int read_dense_layers(struct json_object *config, struct dsfit_shape *s,
			     struct dsfit_error *err)
{
	uint64_t step = 1;
	int got = dsfit_json_number(config, "decoder_sparse_step", 1, DSFIT_DIMENSION_MAX, &step,
				    err);

	if (got < 0 || dsfit_json_number(config, "first_k_dense_replace", 0, DSFIT_DIMENSION_MAX,
					 &s->dense_layers, err) < 0)
		return -1;
	if (s->layers > DSFIT_DIMENSION_MAX)
		return 0;
	if (s->dense_layers > s->layers)
		s->dense_layers = s->layers;
	if (!s->dense_layers)
		s->dense_layers = s->layers - s->layers / step +
				  (s->layers ? layers_listed(config, s->layers, step) : 0);
	return 0;
}

/* Widths of experts. A known family looks at such a key only if its class has one. */
static int read_expert_widths(struct json_object *config, const struct dsfit_family *family,
			      struct dsfit_shape *s, struct dsfit_error *err)
{
	if ((!family || s->expert_ffn) &&
	    dsfit_hf_member(config, AT(expert_ffn), s, err) < 0)
		return -1;
	if ((!family || s->shared_experts) &&
	    dsfit_hf_member(config, AT(shared_experts), s, err) < 0)
		return -1;
	if ((!family || s->shared_ffn) && dsfit_hf_member(config, AT(shared_ffn), s, err) < 0)
		return -1;
	return 0;
}

static int read_experts(struct json_object *config, const struct dsfit_family *family,
			struct dsfit_shape *s, struct dsfit_error *err)
{
	uint64_t per_token = s->experts_per_token;
	int got;

	if (read_expert_widths(config, family, s, err))
		return -1;
	got = dsfit_hf_member(config, AT(experts_per_token), s, err);
	if (got < 0)
		return -1;
	/* Without experts the number per token means nothing. A default may be too many. */
	if (!s->experts)
		s->experts_per_token = 0;
	else if (!got && per_token > s->experts)
		s->experts_per_token = s->experts;
	return read_dense_layers(config, s, err);
}

/* T5 counts its encoder and decoder separately. Its activation's name says whether it is gated. */
static int read_halves(struct json_object *config, const struct dsfit_family *family,
		       struct dsfit_shape *s, struct dsfit_error *err)
{
	const char *activation = NULL;
	uint64_t encoder = s->layers, decoder = 0;

	if (!s->traits.encoder_decoder)
		return 0;
	if (family->shape.layers == encoder)
		encoder /= 2;
	if (dsfit_json_number(config, "num_layers", 1, DSFIT_DIMENSION_MAX, &encoder, err) < 0 ||
	    dsfit_json_number(config, "num_decoder_layers", 1, DSFIT_DIMENSION_MAX, &decoder,
			      err) < 0 ||
	    dsfit_json_string(config, "feed_forward_proj", &activation, err) < 0)
		return -1;
	s->decoder_layers = decoder ? decoder : encoder;
	s->layers = dsfit_add(encoder, s->decoder_layers);
	if (activation)
		s->gated = !strncmp(activation, "gated", 5);
	return 0;
}

/* What flags in config.json change in a family's traits. */
static int read_traits(struct json_object *config, const struct dsfit_family *family,
		       struct dsfit_shape *s, struct dsfit_error *err)
{
	struct dsfit_traits *traits = &s->traits;
	bool qk_norm = false, parallel = traits->parallel, grouped = false;
	bool final_removed = false, affine = true;
	uint64_t norms = 0;

	if (dsfit_hf_flag(config, family->qkv_bias_key, &traits->qkv_bias, err) < 0 ||
	    dsfit_hf_flag(config, family->o_bias_key, &traits->o_bias, err) < 0 ||
	    dsfit_hf_flag(config, family->mlp_bias_key, &traits->mlp_bias, err) < 0 ||
	    dsfit_hf_flag(config, family->head_bias_key, &traits->head_bias, err) < 0 ||
	    dsfit_hf_flag(config, family->final_norm_key, &traits->final_norm, err) < 0 ||
	    dsfit_hf_flag(config, family->qk_norm_key, &qk_norm, err) < 0 ||
	    dsfit_hf_flag(config, family->parallel_key, &parallel, err) < 0 ||
	    dsfit_json_bool(config, "new_decoder_architecture", &grouped, err) < 0 ||
	    dsfit_json_number(config, "num_ln_in_parallel_attn", 1, 2, &norms, err) < 0 ||
	    dsfit_json_bool(config, "_remove_final_layer_norm", &final_removed, err) < 0 ||
	    dsfit_json_bool(config, "layer_norm_elementwise_affine", &affine, err) < 0)
		return -1;
	if (qk_norm)
		traits->qk_norm = family->qk_norm_kind;
	traits->parallel = parallel;
	/* Falcon's new architecture norms the inputs of its two halves apart. */
	if (parallel && *family->parallel_key)
		traits->norms = norms ? norms : grouped ? 2 : family->parallel_norms;
	if (final_removed)
		traits->final_norm = false;
	if (!affine)
		traits->norm = DSFIT_NORM_FIXED;
	return 0;
}

/* Bert with a head for masked tokens has a transform where the bare model has a pooler. */
static void read_architecture(struct json_object *config, struct dsfit_shape *s)
{
	struct json_object *list = NULL;
	const char *name;

	if (!s->traits.pooler || !json_object_object_get_ex(config, "architectures", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	name = json_object_get_string(json_object_array_get_idx(list, 0));
	if (name && (strstr(name, "MaskedLM") || strstr(name, "LMHead")))
		s->traits.transform = true;
}

int dsfit_hf_text(struct json_object *config, const struct dsfit_family *family,
		  struct dsfit_shape *s, struct dsfit_error *err)
{
	*s = family ? family->shape : (struct dsfit_shape){ .gated = true };
	if (read_members(config, s, err) || (family && read_traits(config, family, s, err)) ||
	    read_kv_heads(config, family, s, err) ||
	    read_experts(config, family, s, err) || (family && read_halves(config, family, s, err)))
		return -1;
	/* Bare models have no head. */
	read_architecture(config, s);
	if (dsfit_json_bool(config, "tie_word_embeddings", &s->tied, err) < 0)
		return -1;
	if (family && family->always_tied)
		s->tied = true;
	return 0;
}
