/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is trained: parameter counts from a shape, names from the catalogue, and a likely shape
 * for a bare size. Hugging Face's config.json is read in hf_config.c.
 */
#include "core/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/size.h"

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

int dsfit_shape_complete(struct dsfit_shape *shape, struct dsfit_error *err)
{
	if (check_dimension(shape->layers, "layers", err) ||
	    check_dimension(shape->hidden, "hidden", err) ||
	    check_dimension(shape->heads, "heads", err) ||
	    check_dimension(shape->vocab, "vocab", err))
		return -1;
	if (!shape->kv_heads)
		shape->kv_heads = shape->heads;
	if (!shape->head_size)
		shape->head_size = shape->hidden / shape->heads;
	if (!shape->ffn)
		shape->ffn = 4 * shape->hidden;
	if (!shape->expert_ffn)
		shape->expert_ffn = shape->ffn;
	if (shape->experts && !shape->experts_per_token)
		shape->experts_per_token = 2;
	if (shape->experts_per_token > shape->experts)
		return dsfit_fail(err, "%llu experts a token of %llu experts",
				  (unsigned long long)shape->experts_per_token,
				  (unsigned long long)shape->experts);
	if (check_dimension(shape->kv_heads, "kv-heads", err) ||
	    check_dimension(shape->head_size, "head-size", err) ||
	    check_dimension(shape->ffn, "ffn", err) ||
	    check_dimension(shape->expert_ffn, "expert-ffn", err))
		return -1;
	if (shape->experts > 65536 || shape->shared_experts > 65536)
		return dsfit_fail(err, "experts=%llu: accepted are up to 65536",
				  (unsigned long long)shape->experts);
	if (shape->kv_heads > shape->heads)
		return dsfit_fail(err, "kv-heads=%llu: more than the %llu heads",
				  (unsigned long long)shape->kv_heads,
				  (unsigned long long)shape->heads);
	return 0;
}

static uint64_t embedding(const struct dsfit_shape *s)
{
	return dsfit_mul(s->vocab, s->hidden);
}

/* One feed-forward network of width f. */
static uint64_t ffn_parameters(const struct dsfit_shape *s, uint64_t f)
{
	if (s->gated)
		return dsfit_mul(3 * s->hidden, f);
	return dsfit_add(dsfit_mul(2 * s->hidden, f), f + s->hidden);
}

/* A block that holds this many routed experts: all of them, or those one token reaches. */
static uint64_t layer_parameters(const struct dsfit_shape *s, uint64_t experts)
{
	uint64_t q = s->heads * s->head_size, kv = s->kv_heads * s->head_size;
	uint64_t sum = dsfit_mul(s->hidden, 2 * q + 2 * kv);

	/* GPT's blocks have biases and norms of two vectors; llama's have one vector each. */
	sum = dsfit_add(sum, s->gated ? 2 * s->hidden : q + 2 * kv + s->hidden + 4 * s->hidden);
	if (!s->experts)
		return dsfit_add(sum, ffn_parameters(s, s->ffn));
	sum = dsfit_add(sum, dsfit_mul(s->hidden, s->experts));
	return dsfit_add(sum, dsfit_mul(experts + s->shared_experts,
					ffn_parameters(s, s->expert_ffn)));
}

static uint64_t model_parameters(const struct dsfit_shape *s, uint64_t experts)
{
	uint64_t sum = dsfit_mul(s->layers, layer_parameters(s, experts));

	sum = dsfit_add(sum, dsfit_mul(embedding(s), s->tied ? 1 : 2));
	return dsfit_add(sum, s->gated ? s->hidden : 2 * s->hidden);
}

uint64_t dsfit_shape_parameters(const struct dsfit_shape *shape)
{
	return model_parameters(shape, shape->experts);
}

uint64_t dsfit_shape_active(const struct dsfit_shape *shape)
{
	return model_parameters(shape, shape->experts_per_token);
}

uint64_t dsfit_shape_layer(const struct dsfit_shape *shape)
{
	return layer_parameters(shape, shape->experts);
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t dsfit_shape_largest_module(const struct dsfit_shape *shape)
{
	uint64_t q = shape->heads * shape->head_size;
	uint64_t matrix = dsfit_mul(shape->hidden, max(q, shape->experts ? shape->expert_ffn
									  : shape->ffn));

	return max(embedding(shape), matrix);
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
 * The shape at `parameters`, on the line through two reference models. Beyond the last of
 * them width and depth go on by the cube root each: a model grows about as width squared
 * times depth.
 */
static void interpolate(const struct dsfit_model *low, const struct dsfit_model *high,
			uint64_t parameters, struct dsfit_shape *out)
{
	double size = (double)parameters;

	*out = low->shape;
	if (low == high) {
		double grow = cbrt(size / (double)low->parameters);

		out->layers = max(1, dsfit_scale(low->shape.layers, grow));
		out->heads = max(1, dsfit_scale(low->shape.heads, grow));
		out->kv_heads = out->kv_heads < out->heads ? out->kv_heads : out->heads;
		out->hidden = out->heads * out->head_size;
		out->ffn = max(1, dsfit_scale(low->shape.ffn, grow));
	} else {
		double t = log(size / (double)low->parameters) /
			   log((double)high->parameters / (double)low->parameters);
		const struct dsfit_shape *a = &low->shape, *b = &high->shape;

		*out = t < 0.5 ? *a : *b;
		out->layers = between(a->layers, b->layers, t);
		out->hidden = between(a->hidden, b->hidden, t);
		out->heads = max(1, out->hidden / out->head_size);
		out->kv_heads = between(a->kv_heads, b->kv_heads, t);
		if (out->kv_heads > out->heads)
			out->kv_heads = out->heads;
		out->ffn = between(a->ffn, b->ffn, t);
		out->vocab = between(a->vocab, b->vocab, t);
	}
	out->expert_ffn = out->ffn;
}

int dsfit_model_from_size(const struct dsfit_models *models, uint64_t parameters,
			  struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *low = NULL, *high = NULL;

	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_model *model = &models->entries[i].model;

		if (!models->entries[i].reference)
			continue;
		if (model->parameters <= parameters && (!low || model->parameters > low->parameters))
			low = model;
		if (model->parameters >= parameters && (!high || model->parameters < high->parameters))
			high = model;
	}
	if (!low && !high)
		return dsfit_fail(err, "no model of models.conf is marked reference = true: "
				  "a bare size has no shape to go by");
	memset(out, 0, sizeof(*out));
	interpolate(low ? low : high, high ? high : low, parameters, &out->shape);
	dsfit_format_count(parameters, out->name);
	out->parameters = out->active = parameters;
	out->largest_layer = dsfit_shape_largest_module(&out->shape);
	if (out->largest_layer > parameters)
		out->largest_layer = parameters;
	return 0;
}

/* "8x7B": eight experts, of which a token reaches two, in a model otherwise of the size 7B. */
static int parse_experts(const struct dsfit_models *models, const char *text, const char *size,
			 struct dsfit_model *out, struct dsfit_error *err)
{
	uint64_t experts, parameters;
	char digits[16] = "";

	if ((size_t)(size - text) < sizeof(digits))
		memcpy(digits, text, (size_t)(size - text));
	if (dsfit_parse_number(digits, 2, 1024, &experts, NULL) ||
	    !strpbrk(size + 1, "KMBTkmbt") ||
	    dsfit_parse_count(size + 1, &parameters, NULL))
		return dsfit_fail(err, "%s: accepted are 2 to 1024 experts times a size, such as "
				  "8x7B", text);
	if (dsfit_model_from_size(models, parameters, out, err))
		return -1;
	out->shape.experts = experts;
	out->shape.experts_per_token = 2;
	out->parameters = dsfit_shape_parameters(&out->shape);
	out->active = dsfit_shape_active(&out->shape);
	out->largest_layer = dsfit_shape_largest_module(&out->shape);
	snprintf(out->name, sizeof(out->name), "%s", text);
	return 0;
}

int dsfit_model_parse(const struct dsfit_models *models, const char *text,
		      struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *known = dsfit_models_find(models, text);
	size_t digits = strspn(text, "0123456789.");
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
	return dsfit_fail(err, "%s: accepted are a size (350M, 13B, 8x7B), a name that "
			  "\"dsfit models\" lists, a path to config.json or its folder, or none",
			  text);
}

bool dsfit_model_is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || !strcmp(text, ".") || !strcmp(text, "..") ||
	       (length > 5 && !strcmp(text + length - 5, ".json"));
}
