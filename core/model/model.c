/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is trained: parameter counts from a shape, names from the catalogue, and a likely shape
 * for a bare size. Hugging Face's config.json is read in hf_config.c.
 */
#include "core/model/model.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/model/tensors.h"
#include "core/training/training.h"

const char *const dsfit_norm_names[] = { "unsaid", "rms", "layer", "scale", "fixed", NULL };
const char *const dsfit_qk_norm_names[] = { "none", "head", "all", NULL };
const char *const dsfit_linear_names[] = { "nn", "conv1d", "own", NULL };
const char *const dsfit_projector_names[] = {
	"none", "linear", "norm", "mlp", "merger", "shuffle", NULL,
};
const char *const dsfit_count_source_names[] = { "shape", "published", "files", "given", NULL };

static int check_dimension(uint64_t value, const char *name, struct dsfit_error *err)
{
	if (!value)
		return dsfit_fail(err, "the shape has no %s", name);
	if (value > DSFIT_DIMENSION_MAX)
		return dsfit_fail(err, "%s=%llu: accepted are whole numbers up to %llu", name,
				  (unsigned long long)value,
				  (unsigned long long)DSFIT_DIMENSION_MAX);
	return 0;
}

#define LIMIT_OF(name, member, most) { name, offsetof(struct dsfit_shape, member), most }

/* Those that may be 0. */
static const struct {
	const char *name;
	size_t at;
	uint64_t most;
} limits[] = {
	LIMIT_OF("max-sequence", max_sequence, DSFIT_TOKENS_MAX),
	/* As many as tokens, and beyond them the offset. */
	LIMIT_OF("positions", positions, DSFIT_TOKENS_MAX + 65536),
	LIMIT_OF("segments", segments, DSFIT_DIMENSION_MAX),
	LIMIT_OF("relative-buckets", relative_buckets, DSFIT_DIMENSION_MAX),
	LIMIT_OF("embedding-size", embedding_size, DSFIT_DIMENSION_MAX),
	LIMIT_OF("shared-ffn", shared_ffn, DSFIT_DIMENSION_MAX * 65536),
	LIMIT_OF("experts", experts, 65536),
	LIMIT_OF("shared-experts", shared_experts, 65536),
	LIMIT_OF("zero-experts", zero_experts, 65536),
	LIMIT_OF("q-rank", q_rank, DSFIT_DIMENSION_MAX),
	LIMIT_OF("kv-rank", kv_rank, DSFIT_DIMENSION_MAX),
	LIMIT_OF("nope-size", nope_size, DSFIT_DIMENSION_MAX),
	LIMIT_OF("rope-size", rope_size, DSFIT_DIMENSION_MAX),
	LIMIT_OF("value-size", value_size, DSFIT_DIMENSION_MAX),
	LIMIT_OF("patch", patch, 65536),
	LIMIT_OF("image", image, 65536),
	LIMIT_OF("channels", channels, 65536),
	LIMIT_OF("frames", frames, 65536),
	LIMIT_OF("merge", merge, 65536),
	LIMIT_OF("mergers", mergers, 65536),
	LIMIT_OF("output", output, DSFIT_DIMENSION_MAX),
	LIMIT_OF("norms", traits.norms, 64),
	LIMIT_OF("sublayers", traits.sublayers, 64),
	LIMIT_OF("position-offset", traits.position_offset, 65536),
};

#define LIMITS (sizeof(limits) / sizeof(limits[0]))

uint64_t dsfit_shape_most(size_t at)
{
	for (size_t i = 0; i < LIMITS; i++)
		if (limits[i].at == at)
			return limits[i].most;
	return DSFIT_DIMENSION_MAX;
}

static int check_limit(const char *name, uint64_t value, uint64_t most, struct dsfit_error *err)
{
	if (value <= most)
		return 0;
	return dsfit_fail(err, "%s=%llu: accepted are up to %llu", name,
			  (unsigned long long)value, (unsigned long long)most);
}

static int check_extras(const struct dsfit_shape *s, struct dsfit_error *err)
{
	for (size_t i = 0; i < LIMITS; i++) {
		const uint64_t *value = (const void *)((const char *)s + limits[i].at);

		if (check_limit(limits[i].name, *value, limits[i].most, err))
			return -1;
	}
	return check_limit("dense-layers", s->dense_layers, s->layers, err) ||
	       check_limit("decoder-layers", s->decoder_layers, s->layers, err) ? -1 : 0;
}

/* Nothing is said of how the blocks are written: as llama's with a gate, as GPT's without. */
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

/* What a shape has beside its blocks follows from the traits. */
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
	/* A tower has no words. */
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
	if (!shape->ffn)
		shape->ffn = 4 * shape->hidden;
	complete_experts(shape);
	/* Before what follows from them, and with it. */
	if (check_extras(shape, err))
		return -1;
	complete_ends(shape);
	if (check_extras(shape, err))
		return -1;
	if (shape->experts_per_token > shape->experts)
		return dsfit_fail(err, "%llu experts a token of %llu experts",
				  (unsigned long long)shape->experts_per_token,
				  (unsigned long long)shape->experts);
	if (check_dimension(shape->kv_heads, "kv-heads", err) ||
	    check_dimension(shape->head_size, "head-size", err) ||
	    check_dimension(shape->ffn, "ffn", err) ||
	    check_dimension(shape->expert_ffn, "expert-ffn", err))
		return -1;
	if (shape->kv_heads > shape->heads)
		return dsfit_fail(err, "kv-heads=%llu: more than the %llu heads",
				  (unsigned long long)shape->kv_heads,
				  (unsigned long long)shape->heads);
	return 0;
}

static void add_to(uint64_t *sum, uint64_t value)
{
	*sum = dsfit_add(*sum, value);
}

/* The part that a tensor's own elements belong to; its bias is with the vectors. */
static uint64_t *part_of(struct dsfit_counts *counts, const struct dsfit_tensor *tensor)
{
	switch (tensor->role) {
	case DSFIT_ROLE_TABLE:
		return &counts->embedding;
	case DSFIT_ROLE_HEAD:
		return &counts->head;
	case DSFIT_ROLE_EXPERTS:
		return &counts->routed;
	case DSFIT_ROLE_VECTOR:
		return &counts->vectors;
	default:
		return &counts->dense;
	}
}

static void count_tensor(struct dsfit_counts *counts, const struct dsfit_tensor *tensor)
{
	uint64_t elements = dsfit_tensor_elements(tensor);
	uint64_t all = dsfit_mul(elements, tensor->copies);
	uint64_t biases = dsfit_mul(tensor->bias, tensor->copies);

	add_to(part_of(counts, tensor), all);
	add_to(&counts->vectors, biases);
	add_to(&counts->parameters, dsfit_add(all, biases));
	if (tensor->in_block)
		add_to(&counts->blocks, dsfit_add(all, biases));
	if (tensor->module == DSFIT_MODULE_LINEAR && tensor->role != DSFIT_ROLE_HEAD)
		add_to(&counts->quantised, all);
	counts->largest_parameter = dsfit_max(counts->largest_parameter, elements);
	if (tensor->role != DSFIT_ROLE_VECTOR)
		counts->largest_module = dsfit_max(counts->largest_module,
						   dsfit_add(elements, tensor->bias));
}

/* Experts that are 3-D parameters belong to one module a block. */
static void count_expert_module(struct dsfit_counts *counts, const struct dsfit_tensors *list)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->tensor[i].role == DSFIT_ROLE_EXPERTS &&
		    list->tensor[i].module == DSFIT_MODULE_PLAIN)
			add_to(&sum, dsfit_add(dsfit_tensor_elements(&list->tensor[i]),
					       list->tensor[i].bias));
	counts->largest_module = dsfit_max(counts->largest_module, sum);
}

void dsfit_shape_count(const struct dsfit_shape *shape, struct dsfit_counts *counts)
{
	struct dsfit_tensors list;

	memset(counts, 0, sizeof(*counts));
	dsfit_tensors_list(shape, 0, &list);
	for (size_t i = 0; i < list.count; i++)
		count_tensor(counts, &list.tensor[i]);
	count_expert_module(counts, &list);
	/* A head that is the embedding is a module of its own to DeepSpeed's estimator. */
	if (shape->tied && (shape->traits.head_bias || shape->traits.transform))
		counts->largest_module = dsfit_max(counts->largest_module,
						   dsfit_mul(shape->vocab, shape->hidden + 1));
	counts->active = counts->parameters;
	if (shape->experts && counts->parameters != UINT64_MAX)
		counts->active -= counts->routed / shape->experts *
				  (shape->experts - shape->experts_per_token);
}

/* Add a vision tower, its projector leading to a text of this width. */
static void count_tower(struct dsfit_counts *counts, const struct dsfit_shape *tower,
			uint64_t hidden)
{
	struct dsfit_counts seen = { 0 };
	struct dsfit_tensors list;

	dsfit_tensors_list(tower, hidden, &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct dsfit_tensor *tensor = &list.tensor[i];

		count_tensor(&seen, tensor);
		if (tensor->module != DSFIT_MODULE_PLAIN)
			add_to(&counts->vision_sides,
			       dsfit_mul(tensor->in + tensor->out, tensor->copies));
	}
	counts->vision = seen.parameters;
	add_to(&counts->parameters, seen.parameters);
	add_to(&counts->active, seen.parameters);
	add_to(&counts->quantised, seen.quantised);
	counts->largest_parameter = dsfit_max(counts->largest_parameter, seen.largest_parameter);
	counts->largest_module = dsfit_max(counts->largest_module, seen.largest_module);
}

int dsfit_model_count(struct dsfit_model *model, const struct dsfit_shape *tower,
		      struct dsfit_error *err)
{
	struct dsfit_counts *counts = &model->counts;

	dsfit_shape_count(&model->shape, counts);
	if (tower)
		count_tower(counts, tower, model->shape.hidden);
	if (counts->parameters > DSFIT_PARAMETERS_MAX)
		return dsfit_fail(err, "the shape has %s%llu parameters: accepted are up to 10^15",
				  counts->parameters == UINT64_MAX ? "more than " : "",
				  (unsigned long long)counts->parameters);
	model->parameters = counts->parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->source = DSFIT_COUNT_SHAPE;
	return 0;
}

/* Tables and a tower are known from their own dimensions: what is left is the blocks' to take. A
 * model smaller than they are has smaller ones. */
static uint64_t resize_ends(struct dsfit_counts *counts, uint64_t parameters)
{
	double shrink = (double)parameters / (double)counts->parameters;
	uint64_t ends = dsfit_add(dsfit_add(counts->embedding, counts->head), counts->vision);

	if (ends < parameters)
		return ends;
	counts->embedding = dsfit_scale(counts->embedding, shrink);
	counts->head = dsfit_scale(counts->head, shrink);
	counts->vision = dsfit_scale(counts->vision, shrink);
	return counts->embedding + counts->head + counts->vision;
}

void dsfit_model_resize(struct dsfit_model *model, uint64_t parameters,
			enum dsfit_count_source source)
{
	struct dsfit_counts *counts = &model->counts;
	uint64_t from = counts->parameters, blocks = dsfit_sub(from, counts->embedding +
							       counts->head + counts->vision);
	double share = from ? (double)counts->active / (double)from : 1, grow;
	uint64_t ends = resize_ends(counts, parameters);

	grow = blocks ? (double)(parameters - ends) / (double)blocks : 0;
	counts->routed = dsfit_scale(counts->routed, grow);
	counts->vectors = dsfit_scale(counts->vectors, grow);
	counts->dense = dsfit_sub(parameters, ends + counts->routed + counts->vectors);
	counts->blocks = dsfit_min(dsfit_scale(counts->blocks, grow), parameters - ends);
	counts->quantised = dsfit_min(dsfit_scale(counts->quantised, grow), parameters);
	counts->active = counts->active == from ? parameters : dsfit_scale(parameters, share);
	counts->largest_parameter = dsfit_min(counts->largest_parameter, parameters);
	counts->largest_module = dsfit_min(counts->largest_module, parameters);
	counts->parameters = parameters;
	model->parameters = parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->source = source;
}

const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name)
{
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_known_model *known = &models->entries[i];

		if (!strcasecmp(known->model.name, name))
			return &known->model;
		for (size_t j = 0; j < known->alias_count; j++)
			if (!strcasecmp(known->aliases[j], name))
				return &known->model;
	}
	return NULL;
}

/* Where "-v0.2" at the end begins, or the end. */
static char *find_version(char *name)
{
	char *dash = strrchr(name, '-');

	if (dash && !strncasecmp(dash, "-v0.", 4) && dash[4] &&
	    !dash[4 + strspn(dash + 4, "0123456789")])
		return dash;
	return name + strlen(name);
}

static bool drop_role(char *name)
{
	static const char *const roles[] = { "-instruct", "-chat", "-hf", "-base", "-it", "-pt" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		size_t end = strlen(roles[i]);

		if (length <= end || strcasecmp(name + length - end, roles[i]))
			continue;
		name[length - end] = '\0';
		return true;
	}
	return false;
}

const struct dsfit_model *dsfit_models_find_like(const struct dsfit_models *models,
						 const char *name)
{
	const struct dsfit_model *found = dsfit_models_find(models, name);
	char stem[DSFIT_NAME_MAX], version[DSFIT_NAME_MAX], whole[2 * DSFIT_NAME_MAX];

	if (strlen(name) >= sizeof(stem))
		return found;
	for (int with_version = 1; with_version >= 0 && !found; with_version--) {
		strcpy(stem, strncasecmp(name, "meta-", 5) ? name : name + 5);
		strcpy(version, find_version(stem));
		*find_version(stem) = '\0';
		do {
			snprintf(whole, sizeof(whole), "%s%s", stem, with_version ? version : "");
			found = dsfit_models_find(models, whole);
		} while (!found && drop_role(stem));
	}
	return found;
}

void dsfit_models_free(struct dsfit_models *models)
{
	for (size_t i = 0; i < models->count; i++)
		free(models->entries[i].aliases);
	free(models->entries);
}

/* a^(1-t) · b^t, rounded; t may lie outside 0 to 1. */
static uint64_t between(uint64_t a, uint64_t b, double t)
{
	double value;

	if (!a || !b)
		return t < 0.5 ? a : b;
	value = exp((1 - t) * log((double)a) + t * log((double)b));
	if (value < 1)
		return 1;
	return value > (double)DSFIT_DIMENSION_MAX ? DSFIT_DIMENSION_MAX : (uint64_t)llround(value);
}

/*
 * What a reference goes by: its parameters, or, among mixtures of experts, those of the model
 * that one expert a block would make: the 7B of an 8x7B.
 */
static uint64_t reference_size(const struct dsfit_model *model)
{
	const struct dsfit_counts *counts = &model->counts;

	if (!model->shape.experts)
		return model->parameters;
	return counts->parameters -
	       counts->routed / model->shape.experts * (model->shape.experts - 1);
}

/* To the nearest, so that a reference's neighbours are like it. */
static uint64_t grown(uint64_t dimension, double factor)
{
	uint64_t half = dsfit_add(dsfit_scale(2 * dimension, factor), 1) / 2;

	return dsfit_max(1, dsfit_min(DSFIT_DIMENSION_MAX, half));
}

/*
 * The shape at `parameters`, on the line through two reference models. Beyond the last of
 * them width and depth go on by the cube root each: a model grows about as width squared
 * times depth.
 */
static void interpolate(const struct dsfit_model *low, const struct dsfit_model *high,
			uint64_t parameters, struct dsfit_shape *out)
{
	double size = (double)parameters, from = (double)reference_size(low);

	*out = low->shape;
	if (low == high) {
		double grow = cbrt(size / from);

		out->layers = grown(low->shape.layers, grow);
		out->heads = grown(low->shape.heads, grow);
		out->kv_heads = out->kv_heads < out->heads ? out->kv_heads : out->heads;
		out->hidden = out->heads * out->head_size;
		out->ffn = grown(low->shape.ffn, grow);
	} else {
		double t = log(size / from) / log((double)reference_size(high) / from);
		const struct dsfit_shape *a = &low->shape, *b = &high->shape;

		*out = t < 0.5 ? *a : *b;
		out->layers = between(a->layers, b->layers, t);
		out->hidden = between(a->hidden, b->hidden, t);
		out->heads = dsfit_max(1, out->hidden / out->head_size);
		out->kv_heads = between(a->kv_heads, b->kv_heads, t);
		if (out->kv_heads > out->heads)
			out->kv_heads = out->heads;
		out->ffn = between(a->ffn, b->ffn, t);
		out->vocab = between(a->vocab, b->vocab, t);
	}
	out->expert_ffn = out->ffn;
}

/* The reference models on either side, of mixtures or of dense models; NULL where none is. */
static void find_references(const struct dsfit_models *models, uint64_t parameters, bool mixtures,
			    const struct dsfit_model **low, const struct dsfit_model **high)
{
	*low = *high = NULL;
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_model *model = &models->entries[i].model;
		uint64_t size = reference_size(model);

		if (!models->entries[i].reference || mixtures != (model->shape.experts > 0))
			continue;
		if (size <= parameters && (!*low || size > reference_size(*low)))
			*low = model;
		if (size >= parameters && (!*high || size < reference_size(*high)))
			*high = model;
	}
}

/* A model with the shape at `parameters`; its counts are still to be made. */
static int shape_from_size(const struct dsfit_models *models, uint64_t parameters, bool mixture,
			   struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *low, *high;

	find_references(models, parameters, mixture, &low, &high);
	if (!low && !high && mixture)
		find_references(models, parameters, false, &low, &high);
	if (!low && !high)
		return dsfit_fail(err, "no model of models.conf is marked reference = true: "
				  "a bare size has no shape to go by");
	memset(out, 0, sizeof(*out));
	interpolate(low ? low : high, high ? high : low, parameters, &out->shape);
	strcpy(out->family, (low ? low : high)->family);
	out->known_family = (low ? low : high)->known_family;
	return 0;
}

int dsfit_model_from_size(const struct dsfit_models *models, uint64_t parameters,
			  struct dsfit_model *out, struct dsfit_error *err)
{
	if (shape_from_size(models, parameters, false, out, err))
		return -1;
	dsfit_shape_count(&out->shape, &out->counts);
	dsfit_format_count(parameters, out->name);
	dsfit_model_resize(out, parameters, DSFIT_COUNT_GIVEN);
	return 0;
}

/* "8x7B": eight experts, of which a token reaches two, in a model otherwise of the size 7B. */
static int parse_experts(const struct dsfit_models *models, const char *text, const char *size,
			 struct dsfit_model *out, struct dsfit_error *err)
{
	struct dsfit_error why;
	uint64_t experts, parameters;
	char digits[16] = "";

	if ((size_t)(size - text) < sizeof(digits))
		memcpy(digits, text, (size_t)(size - text));
	if (dsfit_parse_number(digits, 2, 1024, &experts, NULL) ||
	    !strpbrk(size + 1, "KMBTkmbt") ||
	    dsfit_parse_count(size + 1, &parameters, NULL))
		return dsfit_fail(err, "%s: accepted are 2 to 1024 experts times a size, such as "
				  "8x7B", text);
	if (shape_from_size(models, parameters, true, out, err))
		return -1;
	out->shape.experts = experts;
	out->shape.experts_per_token = 2;
	if (dsfit_model_count(out, NULL, &why))
		return dsfit_fail(err, "%s: %s", text, why.text);
	snprintf(out->name, sizeof(out->name), "%s", text);
	return 0;
}

/* The name or alias that was probably meant, to stand in a line. */
static const char *near_model(const struct dsfit_models *models, const char *text,
			      char near_text[DSFIT_NEAR_TEXT])
{
	struct dsfit_near near;

	dsfit_near_start(&near, text);
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_known_model *known = &models->entries[i];

		dsfit_near_try(&near, known->model.name, known);
		for (size_t j = 0; j < known->alias_count; j++)
			dsfit_near_try(&near, known->aliases[j], known);
	}
	return dsfit_near_text(&near, near_text);
}

int dsfit_model_parse(const struct dsfit_models *models, const char *text,
		      struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *known = dsfit_models_find(models, text);
	size_t digits = strspn(text, "0123456789.");
	char near[DSFIT_NEAR_TEXT];
	uint64_t parameters;

	if (known) {
		*out = *known;
		return 0;
	}
	if (digits && (text[digits] == 'x' || text[digits] == 'X') && text[digits + 1])
		return parse_experts(models, text, text + digits, out, err);
	if (digits && strlen(text + digits) == 1 && strchr("KMBTkmbt", text[digits])) {
		if (dsfit_parse_count(text, &parameters, err))
			return -1;
		return dsfit_model_from_size(models, parameters, out, err);
	}
	return dsfit_fail(err, "%s: %saccepted are a size (350M, 13B, 8x7B), a name that "
			  "\"dsfit models\" lists, a path to config.json or its folder, or none",
			  text, near_model(models, text, near));
}

const char *dsfit_model_hub_name(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = strlen(text);

	if (!slash || slash != strrchr(text, '/') || !isalnum((unsigned char)*text) || !slash[1] ||
	    (length > 5 && !strcmp(text + length - 5, ".json")))
		return NULL;
	return slash + 1;
}

bool dsfit_model_is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || !strcmp(text, ".") || !strcmp(text, "..") ||
	       (length > 5 && !strcmp(text + length - 5, ".json"));
}
