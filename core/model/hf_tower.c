/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vision tower of a model in a Hugging Face config.json. The whole model's config.json
 * describes the tower in its section vision_config, but not completely: what projects from the
 * tower to the text, and sometimes how many patches are merged, is the whole model's business.
 *
 *     config.json          vision_config -> dimensions of the tower
 *                          scale_factor, projection_dim -> merge, output (idefics, paligemma)
 *                          spatial_merge_size, downsample_ratio -> merge (mistral3, internvl)
 *     families.conf        the tower's kind -> defaults;  the whole's family -> projector
 */
#include "core/model/hf_tower.h"

#include <string.h>

#include "core/base/size.h"
#include "core/model/hf_keys.h"

/* A size that may be a list with one number per side. The sides are assumed to be equal. */
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
		return dsfit_fail(err, "\"%s\": must be a whole number up to %llu", key,
				  (unsigned long long)DSFIT_DIMENSION_MAX);
	*out = (uint64_t)side;
	return 1;
}

/* Qwen3-VL's table of positions is as large as a picture of so many patches. It has a merger for
 * each block that deepstack_visual_indexes lists. */
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

/* The keys of a member in vision_config. Some families have another key for two of them. */
static void find_keys(const struct dsfit_shape_field *field, const struct dsfit_family *family,
		      const char *own[2], const char *const **keys)
{
	own[0] = field->at == offsetof(struct dsfit_shape, hidden) ? family->hidden_key :
		 field->at == offsetof(struct dsfit_shape, output) ? family->output_key : "";
	own[1] = NULL;
	*keys = *own[0] ? own : field->vision;
}

static int read_members(struct json_object *config, const struct dsfit_family *family,
			struct dsfit_shape *s, struct dsfit_error *err)
{
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++) {
		const struct dsfit_shape_field *field = &dsfit_shape_fields[i];
		uint64_t *out = (uint64_t *)(void *)((char *)s + field->at);
		const char *own[2], *const *keys;

		if (!field->vision)
			continue;
		find_keys(field, family, own, &keys);
		if ((field->vision_side ? read_side(config, *keys, out, err) :
					  dsfit_hf_number(config, keys, 1, out, err)) < 0)
			return -1;
	}
	return 0;
}

static int read_vision_config(struct json_object *config, const struct dsfit_family *family,
			      struct dsfit_shape *s, struct dsfit_error *err)
{
	if (read_members(config, family, s, err) ||
	    dsfit_hf_flag(config, family->qkv_bias_key, &s->traits.qkv_bias, err) < 0 ||
	    dsfit_json_bool(config, "vision_use_head", &s->traits.pooling_head, err) < 0 ||
	    read_deep_tower(config, s, err) < 0)
		return -1;
	return 0;
}

/* The kind of tower: as it says itself, or as the model's class has it. NULL if no family describes
 * it. */
static const struct dsfit_family *tower_kind(const struct dsfit_families *families,
					     const struct dsfit_family *family, const char *name)
{
	const struct dsfit_family *kind = name ? dsfit_families_find(families, name) : NULL;

	/* Older files have the whole model's name there. */
	if ((!kind || !kind->shape.patch) && family && *family->vision)
		kind = dsfit_families_find(families, family->vision);
	return kind && kind->shape.patch ? kind : NULL;
}

/* Without a vision_config, the tower is the default one of the model's own class. */
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
		return dsfit_fail(err, "vision_config: the patch size is missing");
	if (dsfit_shape_complete(tower, &why))
		return dsfit_fail(err, "vision_config: %.400s", why.text);
	return 0;
}

/* How many patches per side are merged: for InternVL, 1 / downsample_ratio. */
static int read_merge(struct json_object *config, uint64_t *merge, struct dsfit_error *err)
{
	static const char *const keys[] = { "scale_factor", "spatial_merge_size", NULL };
	struct json_object *ratio = NULL;
	double value;

	if (dsfit_hf_number(config, keys, 1, merge, err) < 0)
		return -1;
	if (*merge > 65536)
		return dsfit_fail(err, "\"scale_factor\": must be a whole number up to 65536");
	if (!json_object_object_get_ex(config, "downsample_ratio", &ratio))
		return 0;
	value = json_object_get_double(ratio);
	if (!(value > 0.001 && value <= 1))
		return dsfit_fail(err, "\"downsample_ratio\": must be above 0, and up to 1");
	*merge = (uint64_t)(1 / value + 0.5);
	return 0;
}

int dsfit_hf_tower(const struct dsfit_families *families, const struct dsfit_family *family,
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
	tower->traits.head_bias = !model->traits.projector || model->traits.head_bias;
	if (family &&
	    dsfit_hf_flag(config, family->head_bias_key, &tower->traits.head_bias, err) < 0)
		return -1;
	if (model->merge)
		tower->merge = model->merge;
	if (!vision)
		default_tower(model, tower);
	else if (read_vision_config(vision, kind, tower, err))
		return -1;
	/* Outside of vision_config, Idefics and others say how many patches are merged, and
	 * paligemma the width of the projector's output. */
	if (model->merge && read_merge(config, &tower->merge, err))
		return -1;
	if (model->output)
		tower->output = model->output;
	if (model->output && *family->output_key &&
	    dsfit_json_number(config, family->output_key, 1, DSFIT_DIMENSION_MAX, &tower->output,
			      err) < 0)
		return -1;
	return complete_tower(tower, err);
}

/*
 * Blocks behind the one whose output goes into the text, which vision_feature_layer counts from the
 * end, -1 being the last. The classes of a tower with a class token have -2 by default (LlavaConfig
 * and LlavaNextConfig of transformers), if its projector is llava's.
 */
static uint64_t unused_layers(struct json_object *config, const struct dsfit_shape *tower)
{
	bool llava = tower->traits.projector == DSFIT_PROJECTOR_MLP ||
		     tower->traits.projector == DSFIT_PROJECTOR_NEWLINE;
	int64_t layer = llava && tower->traits.class_token ? -2 : -1;
	struct json_object *given = NULL;

	if (json_object_object_get_ex(config, "vision_feature_layer", &given) &&
	    json_object_is_type(given, json_type_int))
		layer = json_object_get_int64(given);
	/* 0 is what goes into the first block. */
	if (layer >= 0)
		layer = layer > (int64_t)tower->layers ? -1 : layer - (int64_t)tower->layers - 1;
	return (uint64_t)(-1 - layer);
}

/* A side of one of image_grid_pinpoints, in tiles; 0 if it is none. */
static uint64_t tiles_of(struct json_object *point, size_t side, uint64_t image)
{
	int64_t pixels = 0;

	if (json_object_is_type(point, json_type_array))
		pixels = json_object_get_int64(json_object_array_get_idx(point, side));
	return pixels < 1 || (uint64_t)pixels > DSFIT_DIMENSION_MAX ? 0 :
								     (uint64_t)pixels / image;
}

/*
 * Cut a picture into as many tiles as the largest of image_grid_pinpoints has. Where config.json
 * lists none, they are those of the classes: LlavaNextConfig has up to two rows of two,
 * LlavaOnevisionConfig, whose towers have no class token, six of six, of which nine become tokens
 * (vision_aspect_ratio, anyres_max_9).
 */
static void cut_into_tiles(struct json_object *config, const struct dsfit_shape *shape,
			   struct dsfit_tower *out)
{
	bool next = shape->traits.class_token;
	uint64_t rows = next ? 2 : 6, columns = rows, most = next ? UINT64_MAX : 9;
	uint64_t image = dsfit_max(1, shape->image);
	struct json_object *points = NULL;
	size_t count = 0;

	if (json_object_object_get_ex(config, "image_grid_pinpoints", &points) &&
	    json_object_is_type(points, json_type_array))
		count = json_object_array_length(points);
	for (size_t i = 0; i < count; i++) {
		struct json_object *point = json_object_array_get_idx(points, i);
		uint64_t high = tiles_of(point, 0, image), wide = tiles_of(point, 1, image);

		if (i && dsfit_mul(high, wide) <= dsfit_mul(rows, columns))
			continue;
		rows = high;
		columns = wide;
	}
	dsfit_tower_set_tiles(out, rows, columns, most);
}

void dsfit_hf_describe_tower(const struct dsfit_families *families,
			     const struct dsfit_family *family, struct json_object *config,
			     struct dsfit_tower *out)
{
	static const char *const keys[] = { "mm_tokens_per_image", "image_seq_length", NULL };
	const struct dsfit_family *kind;
	struct json_object *vision = NULL;
	const char *name = NULL;
	struct dsfit_shape shape;
	struct dsfit_error why;
	uint64_t tokens = 0;

	memset(out, 0, sizeof(*out));
	if (dsfit_hf_tower(families, family, config, &shape, &why) || !shape.patch)
		return;
	if (dsfit_json_object(config, "vision_config", &vision, &why) < 0 ||
	    (vision && dsfit_json_string(vision, "model_type", &name, &why) < 0))
		return;
	kind = tower_kind(families, family, name);
	dsfit_tower_describe(kind->name, &shape, unused_layers(config, &shape), out);
	out->input_gradient = kind->input_gradient;
	if (out->projector == DSFIT_PROJECTOR_NEWLINE)
		cut_into_tiles(config, &shape, out);
	if (!out->any_size && dsfit_hf_number(config, keys, 2, &tokens, &why) > 0)
		out->tokens = tokens;
}
