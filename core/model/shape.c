/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model's shape comes from four places (families.conf and models.conf, a model's config.json,
 * options, a line that another gate passed on), and each has its own names for the same dimensions.
 * One table has them all, a row for each member of struct dsfit_shape, so that a new dimension is
 * one row here and not four:
 *
 *     member        .conf key     passed on as      config.json
 *     kv_heads      kv-heads      kv-heads          num_key_value_heads, num_kv_heads, ...
 *     parallel      parallel      parallel-blocks   (the family's own flag)
 *     positions     -             positions         (follows from max-sequence)
 *
 * What a source does not say is completed and checked here. The rules are those of the
 * configuration classes of transformers 5.23: a feed-forward network is four times as wide as the
 * model unless specified, a model without num_key_value_heads has as many as it has heads, and so
 * on.
 */
#include "core/model/shape.h"

#include <string.h>

#include "core/base/size.h"
#include "core/training/training.h"

const char *const dsfit_norm_names[] = { "unsaid", "rms", "layer", "scale", "fixed", NULL };
const char *const dsfit_qk_norm_names[] = { "none", "head", "all", NULL };
const char *const dsfit_linear_names[] = { "nn", "conv1d", "own", NULL };
const char *const dsfit_projector_names[] = {
	"none", "linear", "norm", "mlp", "newline", "unfold", "wide", "merger", "shuffle", NULL,
};

/* ---- the table ------------------------------------------------------------------------------ */

#define AT(member) offsetof(struct dsfit_shape, member)
#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A dimension that has a check of its own below, and one that is only held to a limit. */
#define NUMBER(key, member) \
	.name = key, .passed_as = key, .kind = DSFIT_SHAPE_NUMBER, .at = AT(member), \
	.most = DSFIT_DIMENSION_MAX
#define LIMITED(key, member, limit) \
	.name = key, .passed_as = key, .kind = DSFIT_SHAPE_NUMBER, .at = AT(member), \
	.most = limit, .checked = true
#define FLAG(key, member) \
	.name = key, .passed_as = key, .kind = DSFIT_SHAPE_FLAG, .at = AT(member)
#define WORD(key, member, names) \
	.name = key, .passed_as = key, .kind = DSFIT_SHAPE_WORD, .at = AT(member), .words = names

const struct dsfit_shape_field dsfit_shape_fields[] = {
	{ NUMBER("layers", layers), .config_min = 1,
	  .config = KEYS("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
	  .vision = KEYS("num_hidden_layers", "depth"), .tower_name = "vision-layers" },
	{ NUMBER("hidden", hidden), .config_min = 1,
	  .config = KEYS("hidden_size", "n_embd", "n_embed", "d_model"),
	  .vision = KEYS("hidden_size"), .tower_name = "vision-hidden" },
	{ NUMBER("heads", heads), .config_min = 1,
	  .config = KEYS("num_attention_heads", "n_head", "n_heads", "num_heads"),
	  .vision = KEYS("num_attention_heads", "num_heads", "attention_heads"),
	  .tower_name = "vision-heads" },
	{ NUMBER("kv-heads", kv_heads), .config_min = 1, .config_rule = true,
	  .config = KEYS("num_key_value_heads", "num_kv_heads", "n_head_kv",
			 "multi_query_group_num") },
	{ NUMBER("head-size", head_size), .config_min = 1, .config = KEYS("head_dim", "d_kv") },
	{ NUMBER("ffn", ffn), .config_min = 1,
	  .config = KEYS("intermediate_size", "n_inner", "ffn_dim", "d_ff", "ffn_hidden_size"),
	  .vision = KEYS("intermediate_size"), .tower_name = "vision-ffn" },
	{ NUMBER("vocab", vocab), .config_min = 1,
	  .config = KEYS("vocab_size", "padded_vocab_size") },
	{ LIMITED("max-sequence", max_sequence, DSFIT_TOKENS_MAX),
	  .config = KEYS("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx",
			 "seq_length") },
	{ LIMITED("experts", experts, 65536),
	  .config = KEYS("num_local_experts", "num_experts", "n_routed_experts") },
	{ NUMBER("experts-per-token", experts_per_token), .config_min = 1, .config_rule = true,
	  .config = KEYS("num_experts_per_tok", "experts_per_token", "moe_topk") },
	{ LIMITED("shared-experts", shared_experts, 65536), .config_rule = true,
	  .config = KEYS("n_shared_experts") },
	{ NUMBER("expert-ffn", expert_ffn), .config_min = 1, .config_rule = true,
	  .config = KEYS("moe_intermediate_size", "expert_ffn_hidden_size") },
	{ FLAG("gated", gated) },
	{ FLAG("tied", tied) },
	{ LIMITED("shared-ffn", shared_ffn, DSFIT_DIMENSION_MAX * 65536), .config_rule = true,
	  .config = KEYS("shared_expert_intermediate_size") },
	{ NUMBER("dense-layers", dense_layers) },
	{ LIMITED("zero-experts", zero_experts, 65536), .config = KEYS("zero_expert_num") },
	{ NUMBER("decoder-layers", decoder_layers) },
	{ LIMITED("embedding-size", embedding_size, DSFIT_DIMENSION_MAX), .config_min = 1,
	  .config = KEYS("word_embed_proj_dim") },
	/* As many as tokens, and the offset beyond them. */
	{ LIMITED("positions", positions, DSFIT_TOKENS_MAX + 65536), .derived = true },
	{ LIMITED("segments", segments, DSFIT_DIMENSION_MAX), .config = KEYS("type_vocab_size") },
	{ LIMITED("relative-buckets", relative_buckets, DSFIT_DIMENSION_MAX),
	  .config = KEYS("relative_attention_num_buckets") },
	{ LIMITED("q-rank", q_rank, DSFIT_DIMENSION_MAX), .config = KEYS("q_lora_rank") },
	{ LIMITED("kv-rank", kv_rank, DSFIT_DIMENSION_MAX), .config = KEYS("kv_lora_rank") },
	{ LIMITED("nope-size", nope_size, DSFIT_DIMENSION_MAX), .config_min = 1,
	  .config = KEYS("qk_nope_head_dim") },
	{ LIMITED("rope-size", rope_size, DSFIT_DIMENSION_MAX),
	  .config = KEYS("qk_rope_head_dim") },
	{ LIMITED("value-size", value_size, DSFIT_DIMENSION_MAX), .config_min = 1,
	  .config = KEYS("v_head_dim") },
	{ LIMITED("patch", patch, 65536), .vision = KEYS("patch_size"), .vision_side = true,
	  .tower_name = "vision-patch" },
	{ LIMITED("image", image, 65536), .vision = KEYS("image_size"), .vision_side = true,
	  .tower_name = "vision-image" },
	{ LIMITED("channels", channels, 65536), .vision = KEYS("num_channels", "in_channels") },
	{ LIMITED("frames", frames, 65536), .vision = KEYS("temporal_patch_size"),
	  .vision_side = true },
	{ LIMITED("merge", merge, 65536), .vision = KEYS("spatial_merge_size") },
	{ LIMITED("output", output, DSFIT_DIMENSION_MAX), .vision = KEYS("out_hidden_size"),
	  .tower_name = "vision-output" },
	{ LIMITED("mergers", mergers, 65536) },
	{ WORD("norm", traits.norm, dsfit_norm_names) },
	{ LIMITED("norms", traits.norms, 64) },
	{ LIMITED("sublayers", traits.sublayers, 64) },
	{ LIMITED("network-scalars", traits.network_scalars, 64) },
	{ WORD("qk-norm", traits.qk_norm, dsfit_qk_norm_names) },
	{ WORD("linear", traits.linear, dsfit_linear_names) },
	{ FLAG("qkv-bias", traits.qkv_bias) },
	{ FLAG("o-bias", traits.o_bias) },
	{ FLAG("mlp-bias", traits.mlp_bias) },
	{ FLAG("head-bias", traits.head_bias) },
	{ FLAG("expert-bias", traits.expert_bias) },
	{ FLAG("experts-linear", traits.experts_linear) },
	{ FLAG("experts-transposed", traits.experts_transposed) },
	{ FLAG("experts-adapted", traits.experts_adapted) },
	{ FLAG("fused-qkv", traits.fused_qkv) },
	{ FLAG("fused-gate-up", traits.fused_gate_up) },
	/* "parallel" alone would be the option's name in a passed-on declaration. */
	{ .name = "parallel", .passed_as = "parallel-blocks", .kind = DSFIT_SHAPE_FLAG,
	  .at = AT(traits.parallel) },
	{ FLAG("embedding-norm", traits.embedding_norm) },
	{ FLAG("final-norm", traits.final_norm) },
	{ FLAG("sinks", traits.sinks) },
	{ FLAG("shared-gate", traits.shared_gate) },
	{ FLAG("router-linear", traits.router_linear) },
	{ FLAG("encoder-decoder", traits.encoder_decoder) },
	{ FLAG("learned-positions", traits.learned_positions) },
	{ LIMITED("position-offset", traits.position_offset, 65536) },
	{ FLAG("pooler", traits.pooler) },
	{ FLAG("transform", traits.transform), .derived = true },
	{ FLAG("class-token", traits.class_token) },
	{ FLAG("patch-bias", traits.patch_bias) },
	{ FLAG("pooling-head", traits.pooling_head) },
	{ WORD("projector", traits.projector, dsfit_projector_names) },
};

const struct dsfit_shape_field *dsfit_shape_field(const char *name)
{
	const struct dsfit_shape_field *field = dsfit_shape_fields;

	while (strcmp(field->name, name))
		field++;
	return field;
}

/* ---- completing a shape --------------------------------------------------------------------- */

static int check_dimension(uint64_t value, const char *name, struct dsfit_error *err)
{
	if (!value)
		return dsfit_fail(err, "%s is missing from the model's shape", name);
	if (value > DSFIT_DIMENSION_MAX)
		return dsfit_fail(err, "%s=%llu: must be a whole number up to %llu", name,
				  (unsigned long long)value,
				  (unsigned long long)DSFIT_DIMENSION_MAX);
	return 0;
}

static int check_limit(const char *name, uint64_t value, uint64_t most, struct dsfit_error *err)
{
	if (value <= most)
		return 0;
	return dsfit_fail(err, "%s=%llu: must be at most %llu", name,
			  (unsigned long long)value, (unsigned long long)most);
}

static int check_limits(const struct dsfit_shape *s, struct dsfit_error *err)
{
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++) {
		const struct dsfit_shape_field *field = &dsfit_shape_fields[i];
		const uint64_t *value = (const void *)((const char *)s + field->at);

		if (field->checked && check_limit(field->name, *value, field->most, err))
			return -1;
	}
	return check_limit("dense-layers", s->dense_layers, s->layers, err) ||
	       check_limit("decoder-layers", s->decoder_layers, s->layers, err) ? -1 : 0;
}

/* Blocks of which nothing is known are like llama's if they are gated, and like GPT's if not. */
static void complete_traits(struct dsfit_shape *shape)
{
	struct dsfit_traits *traits = &shape->traits;

	if (traits->norm == DSFIT_NORM_UNSAID) {
		traits->norm = shape->gated ? DSFIT_NORM_RMS : DSFIT_NORM_LAYER;
		traits->norms = traits->norms ? traits->norms : 2;
		traits->final_norm = true;
		traits->qkv_bias = traits->o_bias = traits->mlp_bias = !shape->gated;
	}
	if (!traits->sublayers)
		traits->sublayers = 1;
}

/* The ends of the model, beside its blocks, follow from the traits. */
static void complete_ends(struct dsfit_shape *shape)
{
	uint64_t side;

	if (shape->traits.encoder_decoder && !shape->decoder_layers)
		shape->decoder_layers = shape->layers / 2;
	if (!shape->traits.learned_positions || shape->positions)
		return;
	if (shape->patch) {
		side = shape->image / shape->patch;
		shape->positions = side * side + shape->traits.class_token;
	} else if (shape->max_sequence) {
		shape->positions = shape->max_sequence + shape->traits.position_offset;
	}
}

static void complete_experts(struct dsfit_shape *shape)
{
	if (!shape->expert_ffn)
		shape->expert_ffn = shape->ffn;
	if (!shape->experts) {
		shape->shared_experts = shape->shared_ffn = 0;
		shape->dense_layers = shape->zero_experts = 0;
		return;
	}
	if (!shape->experts_per_token)
		shape->experts_per_token = shape->experts < 2 ? shape->experts : 2;
	if (shape->shared_experts && !shape->shared_ffn)
		shape->shared_ffn = dsfit_mul(shape->shared_experts, shape->expert_ffn);
	if (shape->shared_ffn && !shape->shared_experts)
		shape->shared_experts = 1;
}

int dsfit_shape_complete(struct dsfit_shape *shape, struct dsfit_error *err)
{
	/* A vision tower has no vocabulary. */
	if (check_dimension(shape->layers, "layers", err) ||
	    check_dimension(shape->hidden, "hidden", err) ||
	    check_dimension(shape->heads, "heads", err) ||
	    (!shape->patch && check_dimension(shape->vocab, "vocab", err)))
		return -1;
	complete_traits(shape);
	if (!shape->kv_heads)
		shape->kv_heads = shape->heads;
	if (!shape->head_size)
		shape->head_size = shape->kv_rank ? shape->value_size :
						    shape->hidden / shape->heads;
	if (!shape->ffn) {
		shape->ffn = 4 * shape->hidden;
		if (shape->ffn > DSFIT_DIMENSION_MAX)
			return dsfit_fail(err, "ffn=%llu (4 x hidden): must be at most %llu",
					  (unsigned long long)shape->ffn,
					  (unsigned long long)DSFIT_DIMENSION_MAX);
	}
	complete_experts(shape);
	/* Once before positions follow from them, and once after. */
	if (check_limits(shape, err))
		return -1;
	complete_ends(shape);
	if (check_limits(shape, err))
		return -1;
	if (shape->experts_per_token > shape->experts)
		return dsfit_fail(err, "%llu experts per token, but the model has %llu experts",
				  (unsigned long long)shape->experts_per_token,
				  (unsigned long long)shape->experts);
	if (check_dimension(shape->kv_heads, "kv-heads", err) ||
	    check_dimension(shape->head_size, "head-size", err) ||
	    check_dimension(shape->ffn, "ffn", err) ||
	    check_dimension(shape->expert_ffn, "expert-ffn", err))
		return -1;
	if (shape->kv_heads > shape->heads)
		return dsfit_fail(err, "kv-heads=%llu: must be at most the number of heads, %llu",
				  (unsigned long long)shape->kv_heads,
				  (unsigned long long)shape->heads);
	return 0;
}
