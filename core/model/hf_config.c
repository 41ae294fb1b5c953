/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hugging Face's config.json: the same dimension has another key in older families (GPT-2's
 * n_embd is a llama's hidden_size), and what is not written has the family's default, which
 * families.conf knows.
 */
#include "core/model/hf_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/size.h"
#include "core/model/family.h"

/* ---- keys ----------------------------------------------------------------------------------- */

/* A key that is there, and null: what follows from the rest, not the family's default. */
static bool is_null(struct json_object *config, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(config, key, &value) && !value;
}

/* The first of the keys that is there; a list that ends in NULL. 1 where one was. */
static int read_from(struct json_object *config, const char *const *keys, uint64_t min,
		     uint64_t *out, struct dsfit_error *err)
{
	int got = 0;

	for (; *keys && !got; keys++) {
		got = dsfit_json_number(config, *keys, min, DSFIT_DIMENSION_MAX, out, err);
		if (!got && is_null(config, *keys)) {
			*out = 0;
			return 1;
		}
	}
	return got;
}

/* A number that may be 0, for none. */
static int read_number(struct json_object *config, const char *const *keys, uint64_t *out,
		       struct dsfit_error *err)
{
	return read_from(config, keys, 0, out, err);
}

/* A dimension that every model has. */
static int read_dimension(struct json_object *config, const char *const *keys, uint64_t *out,
			  struct dsfit_error *err)
{
	return read_from(config, keys, 1, out, err);
}

/* A flag by the name that a family has for it; "" is none. */
static int read_flag(struct json_object *config, const char *key, bool *out,
		     struct dsfit_error *err)
{
	return *key ? dsfit_json_bool(config, key, out, err) : 0;
}

/* ---- the text ------------------------------------------------------------------------------- */

static int read_dimensions(struct json_object *config, struct dsfit_shape *s,
			   struct dsfit_error *err)
{
	static const char *const layers[] = { "num_hidden_layers", "n_layer", "n_layers",
					      "num_layers", NULL };
	static const char *const hidden[] = { "hidden_size", "n_embd", "n_embed", "d_model", NULL };
	static const char *const heads[] = { "num_attention_heads", "n_head", "n_heads",
					     "num_heads", NULL };
	static const char *const head_size[] = { "head_dim", "d_kv", NULL };
	static const char *const ffn[] = { "intermediate_size", "n_inner", "ffn_dim", "d_ff",
					   "ffn_hidden_size", NULL };
	static const char *const vocab[] = { "vocab_size", "padded_vocab_size", NULL };
	static const char *const context[] = { "max_position_embeddings", "n_positions",
					       "max_seq_len", "n_ctx", "seq_length", NULL };
	static const char *const embedding[] = { "word_embed_proj_dim", NULL };
	static const char *const segments[] = { "type_vocab_size", NULL };
	static const char *const buckets[] = { "relative_attention_num_buckets", NULL };
	const struct {
		const char *const *keys;
		uint64_t *out;
	} dimensions[] = {
		{ layers, &s->layers }, { hidden, &s->hidden }, { heads, &s->heads },
		{ head_size, &s->head_size }, { ffn, &s->ffn }, { vocab, &s->vocab },
		{ embedding, &s->embedding_size },
	};

	for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++)
		if (read_dimension(config, dimensions[i].keys, dimensions[i].out, err) < 0)
			return -1;
	if (read_number(config, context, &s->max_sequence, err) < 0 ||
	    read_number(config, segments, &s->segments, err) < 0 ||
	    read_number(config, buckets, &s->relative_buckets, err) < 0)
		return -1;
	return 0;
}

static int read_latent(struct json_object *config, struct dsfit_shape *s, struct dsfit_error *err)
{
	static const char *const q_rank[] = { "q_lora_rank", NULL };
	static const char *const kv_rank[] = { "kv_lora_rank", NULL };
	static const char *const nope[] = { "qk_nope_head_dim", NULL };
	static const char *const rope[] = { "qk_rope_head_dim", NULL };
	static const char *const value[] = { "v_head_dim", NULL };

	if (read_number(config, q_rank, &s->q_rank, err) < 0 ||
	    read_number(config, kv_rank, &s->kv_rank, err) < 0 ||
	    read_dimension(config, nope, &s->nope_size, err) < 0 ||
	    read_number(config, rope, &s->rope_size, err) < 0 ||
	    read_dimension(config, value, &s->value_size, err) < 0)
		return -1;
	/* A head is then in parts, whatever head_dim says. */
	if (s->kv_rank)
		s->head_size = s->value_size;
	return 0;
}

/* Key-value heads: falcon's and bigcode's flags come before their number. */
static int read_kv_heads(struct json_object *config, const struct dsfit_family *family,
			 struct dsfit_shape *s, struct dsfit_error *err)
{
	static const char *const keys[] = { "num_key_value_heads", "num_kv_heads", "n_head_kv",
					    "multi_query_group_num", NULL };
	bool own = family && family->multi_query, one = own, grouped = false;
	int got = read_dimension(config, keys, &s->kv_heads, err);

	if (got < 0)
		return -1;
	/* Other families do not look at these. */
	if ((own || !family) &&
	    (dsfit_json_bool(config, "multi_query", &one, err) < 0 ||
	     dsfit_json_bool(config, "new_decoder_architecture", &grouped, err) < 0))
		return -1;
	if (own && !grouped)
		s->kv_heads = one ? 1 : s->heads;
	else if (one && !grouped && !got)
		s->kv_heads = 1;
	/* The default is that of the default's own heads. */
	if (!got && s->kv_heads > s->heads)
		s->kv_heads = s->heads;
	return 0;
}

/* The layers of mlp_only_layers that would have experts otherwise; each counts once. */
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

/* Which layers have no experts: the first k (DeepSeek), or all but each n-th (Qwen). */
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

/* Widths of experts have keys of their own where the family's class has. */
static int read_expert_widths(struct json_object *config, const struct dsfit_family *family,
			      struct dsfit_shape *s, struct dsfit_error *err)
{
	static const char *const shared[] = { "n_shared_experts", NULL };
	static const char *const expert_ffn[] = { "moe_intermediate_size",
						  "expert_ffn_hidden_size", NULL };
	static const char *const shared_ffn[] = { "shared_expert_intermediate_size", NULL };

	if ((!family || s->expert_ffn) &&
	    read_dimension(config, expert_ffn, &s->expert_ffn, err) < 0)
		return -1;
	if ((!family || s->shared_experts) &&
	    read_number(config, shared, &s->shared_experts, err) < 0)
		return -1;
	if ((!family || s->shared_ffn) &&
	    read_number(config, shared_ffn, &s->shared_ffn, err) < 0)
		return -1;
	return 0;
}

static int read_experts(struct json_object *config, const struct dsfit_family *family,
			struct dsfit_shape *s, struct dsfit_error *err)
{
	static const char *const experts[] = { "num_local_experts", "num_experts",
					       "n_routed_experts", NULL };
	static const char *const active[] = { "num_experts_per_tok", "experts_per_token",
					      "moe_topk", NULL };
	static const char *const zero[] = { "zero_expert_num", NULL };
	uint64_t per_token = s->experts_per_token;
	int got;

	if (read_number(config, experts, &s->experts, err) < 0 ||
	    read_expert_widths(config, family, s, err) ||
	    read_number(config, zero, &s->zero_experts, err) < 0)
		return -1;
	got = read_dimension(config, active, &s->experts_per_token, err);
	if (got < 0)
		return -1;
	/* Without experts the number a token has means nothing; a default may be too many. */
	if (!s->experts)
		s->experts_per_token = 0;
	else if (!got && per_token > s->experts)
		s->experts_per_token = s->experts;
	return read_dense_layers(config, s, err);
}

/* T5 counts its halves apart, and says with its activation whether it is gated. */
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

/* What config.json's flags change in a family's traits. */
static int read_traits(struct json_object *config, const struct dsfit_family *family,
		       struct dsfit_shape *s, struct dsfit_error *err)
{
	struct dsfit_traits *traits = &s->traits;
	bool qk_norm = false, parallel = traits->parallel, grouped = false;
	bool final_removed = false, affine = true;
	uint64_t norms = 0;

	if (read_flag(config, family->qkv_bias_key, &traits->qkv_bias, err) < 0 ||
	    read_flag(config, family->o_bias_key, &traits->o_bias, err) < 0 ||
	    read_flag(config, family->mlp_bias_key, &traits->mlp_bias, err) < 0 ||
	    read_flag(config, family->head_bias_key, &traits->head_bias, err) < 0 ||
	    read_flag(config, family->final_norm_key, &traits->final_norm, err) < 0 ||
	    read_flag(config, family->qk_norm_key, &qk_norm, err) < 0 ||
	    read_flag(config, family->parallel_key, &parallel, err) < 0 ||
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

/* Bert with a head of masked tokens has a transform where the bare model has a pooler. */
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

static int read_text(struct json_object *config, const struct dsfit_family *family,
		     struct dsfit_shape *s, struct dsfit_error *err)
{
	*s = family ? family->shape : (struct dsfit_shape){ .gated = true };
	if (read_dimensions(config, s, err) || (family && read_traits(config, family, s, err)) ||
	    read_kv_heads(config, family, s, err) || read_latent(config, s, err) ||
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

/* ---- what it sees with ---------------------------------------------------------------------- */

/* A size that may be a list of one for each side; sides are taken to be alike. */
static int read_side(struct json_object *config, const char *key, uint64_t *out,
		     struct dsfit_error *err)
{
	struct json_object *list = NULL;
	int64_t side;

	if (!json_object_object_get_ex(config, key, &list) ||
	    !json_object_is_type(list, json_type_array))
		return dsfit_json_number(config, key, 0, DSFIT_DIMENSION_MAX, out, err);
	side = json_object_get_int64(json_object_array_get_idx(list, 0));
	if (side < 1 || (uint64_t)side > DSFIT_DIMENSION_MAX)
		return dsfit_fail(err, "\"%s\": accepted are whole numbers up to %llu", key,
				  (unsigned long long)DSFIT_DIMENSION_MAX);
	*out = (uint64_t)side;
	return 1;
}

/* Qwen3-VL's table of positions is as large as a picture of so many patches, and it has a merger
 * for each block that it lists. */
static int read_deep_tower(struct json_object *config, struct dsfit_shape *s,
			   struct dsfit_error *err)
{
	struct json_object *list = NULL;

	if (s->mergers && json_object_object_get_ex(config, "deepstack_visual_indexes", &list) &&
	    json_object_is_type(list, json_type_array))
		s->mergers = json_object_array_length(list);
	return dsfit_json_number(config, "num_position_embeddings", 0, DSFIT_DIMENSION_MAX,
				 &s->positions, err);
}

static int read_tower_dimensions(struct json_object *config, const struct dsfit_family *family,
				 struct dsfit_shape *s, struct dsfit_error *err)
{
	const char *const hidden[] = { *family->hidden_key ? family->hidden_key : "hidden_size",
				       NULL };
	const char *const output[] = { *family->output_key ? family->output_key :
							     "out_hidden_size",
				       NULL };
	static const char *const layers[] = { "num_hidden_layers", "depth", NULL };
	static const char *const heads[] = { "num_attention_heads", "num_heads",
					     "attention_heads", NULL };
	static const char *const ffn[] = { "intermediate_size", NULL };
	static const char *const channels[] = { "num_channels", "in_channels", NULL };
	static const char *const merge[] = { "spatial_merge_size", NULL };
	const struct {
		const char *const *keys;
		uint64_t *out;
	} dimensions[] = {
		{ layers, &s->layers }, { hidden, &s->hidden }, { heads, &s->heads },
		{ ffn, &s->ffn }, { channels, &s->channels }, { merge, &s->merge },
		{ output, &s->output },
	};

	for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++)
		if (read_dimension(config, dimensions[i].keys, dimensions[i].out, err) < 0)
			return -1;
	if (read_side(config, "patch_size", &s->patch, err) < 0 ||
	    read_side(config, "image_size", &s->image, err) < 0 ||
	    read_side(config, "temporal_patch_size", &s->frames, err) < 0 ||
	    read_flag(config, family->qkv_bias_key, &s->traits.qkv_bias, err) < 0 ||
	    dsfit_json_bool(config, "vision_use_head", &s->traits.pooling_head, err) < 0 ||
	    read_deep_tower(config, s, err) < 0)
		return -1;
	return 0;
}

/* What kind of tower it is: as it says itself, or as the model's class has it. NULL: none that
 * anybody described. */
static const struct dsfit_family *tower_kind(const struct dsfit_families *families,
					     const struct dsfit_family *family, const char *name)
{
	const struct dsfit_family *kind = name ? dsfit_families_find(families, name) : NULL;

	/* Older files have the whole's name there. */
	if ((!kind || !kind->shape.patch) && family && *family->vision)
		kind = dsfit_families_find(families, family->vision);
	return kind && kind->shape.patch ? kind : NULL;
}

/* Without a word of it, the tower is the one that the model's own class has in mind. */
static void default_tower(const struct dsfit_shape *model, struct dsfit_shape *tower)
{
	if (!model->patch)
		return;
	tower->layers = model->layers;
	tower->hidden = model->hidden;
	tower->heads = model->heads;
	tower->ffn = model->ffn;
	tower->patch = model->patch;
	tower->image = model->image;
	tower->traits.pooling_head = model->traits.pooling_head;
}

static int complete_tower(struct dsfit_shape *tower, struct dsfit_error *err)
{
	struct dsfit_error why;

	if (!tower->patch)
		return dsfit_fail(err, "vision_config: the shape has no patch");
	if (dsfit_shape_complete(tower, &why))
		return dsfit_fail(err, "vision_config: %.400s", why.text);
	return 0;
}

/*
 * The tower of a model of `family` (NULL: not known). *tower has no patch where there is none to
 * count: one of a kind that nobody described is left to the files beside it.
 */
static int read_tower(const struct dsfit_families *families, const struct dsfit_family *family,
		      struct json_object *config, struct dsfit_shape *tower,
		      struct dsfit_error *err)
{
	static const struct dsfit_shape nothing;
	const struct dsfit_shape *model = family ? &family->shape : &nothing;
	const struct dsfit_family *kind;
	struct json_object *vision = NULL;
	const char *name = NULL;

	memset(tower, 0, sizeof(*tower));
	if (dsfit_json_object(config, "vision_config", &vision, err) < 0 ||
	    (vision && dsfit_json_string(vision, "model_type", &name, err) < 0))
		return -1;
	kind = tower_kind(families, family, name);
	if (!kind)
		return 0;
	*tower = kind->shape;
	tower->traits.projector = model->traits.projector ? model->traits.projector :
							    DSFIT_PROJECTOR_MLP;
	if (model->merge)
		tower->merge = model->merge;
	if (!vision)
		default_tower(model, tower);
	else if (read_tower_dimensions(vision, kind, tower, err))
		return -1;
	/* Idefics says outside of it how many patches are merged, paligemma what width it leads
	 * to. */
	if (model->merge &&
	    dsfit_json_number(config, "scale_factor", 1, 65536, &tower->merge, err) < 0)
		return -1;
	if (model->output)
		tower->output = model->output;
	if (model->output && *family->output_key &&
	    dsfit_json_number(config, family->output_key, 1, DSFIT_DIMENSION_MAX, &tower->output,
			      err) < 0)
		return -1;
	return complete_tower(tower, err);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/*
 * Whether the head of a model of pictures and text is tied: as the whole says; where its class
 * has it free by default, as either says.
 */
static int read_whole_tied(struct json_object *config, const struct dsfit_family *family,
			   struct dsfit_shape *s, struct dsfit_error *err)
{
	bool tied = family && family->shape.tied;
	int got = dsfit_json_bool(config, "tie_word_embeddings", &tied, err);

	if (got < 0)
		return -1;
	if (family && family->shape.tied)
		s->tied = tied;
	else
		s->tied |= tied;
	return 0;
}

/* What the text's model_type, or where that is not known the whole's, says. */
static int find_text_family(const struct dsfit_families *families,
			    const struct dsfit_family *whole, struct json_object *text,
			    const struct dsfit_family **family, const char **name,
			    struct dsfit_error *err)
{
	int got = dsfit_json_string(text, "model_type", name, err);

	if (got < 0)
		return -1;
	*family = got ? dsfit_families_find(families, *name) : NULL;
	if ((!*family || *(*family)->text) && whole && *whole->text)
		*family = dsfit_families_find(families, whole->text);
	return 0;
}

/* What the network's function is called; of no weight where it is no text. */
static void read_activation(struct json_object *text, char out[DSFIT_NAME_MAX])
{
	static const char *const keys[] = { "hidden_activation", "hidden_act",
					    "activation_function" };
	const char *name = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (dsfit_json_string(text, keys[i], &name, NULL) == 1)
			break;
	snprintf(out, DSFIT_NAME_MAX, "%.63s", name);
	dsfit_printable(out);
}

static int model_from_config(const struct dsfit_families *families, const char *path,
			     struct json_object *config, struct dsfit_model *out,
			     struct dsfit_error *err)
{
	const struct dsfit_family *whole, *family;
	struct json_object *text = NULL;
	struct dsfit_shape tower;
	const char *name = "unknown", *text_name = NULL;

	if (dsfit_json_string(config, "model_type", &name, err) < 0 ||
	    dsfit_json_object(config, "text_config", &text, err) < 0)
		return -1;
	whole = dsfit_families_find(families, name);
	if (!text)
		text = config;
	if (find_text_family(families, whole, text, &family, &text_name, err) ||
	    read_text(text, family, &out->shape, err) ||
	    read_tower(families, whole, config, &tower, err))
		return -1;
	if ((text != config || (whole && *whole->text)) &&
	    read_whole_tied(config, whole, &out->shape, err))
		return -1;
	if (dsfit_shape_complete(&out->shape, err) ||
	    dsfit_model_count(out, tower.patch ? &tower : NULL, err))
		return -1;
	snprintf(out->family, sizeof(out->family), "%.63s", whole ? whole->name : name);
	dsfit_printable(out->family);
	read_activation(text, out->activation);
	out->known_family = whole && family;
	out->exact = true;
	dsfit_hf_index(path, config, text, out);
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

int dsfit_model_read(const struct dsfit_models *models, const char *path,
		     struct dsfit_model *out, struct dsfit_error *err)
{
	static const struct dsfit_families none;
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
	if (json_object_object_get_ex(config, "zero_optimization", NULL))
		rc = dsfit_fail(&why, "a DeepSpeed file, and no model's config.json");
	else
		rc = model_from_config(models->families ? models->families : &none, file, config,
				       out, &why);
	json_object_put(config);
	if (rc)
		return dsfit_fail(err, "%s: %.300s", file, why.text);
	name_after_path(file, out);
	return 0;
}
