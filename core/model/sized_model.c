/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users often know a model's size and nothing else: "13B". Activations and gathered layers depend
 * on the shape, so a likely one is needed. Models of one generation that differ in size have
 * similar proportions; so the shape comes from the line through the two nearest reference models:
 *
 *     log(dimension)
 *        |            . llama-3-70b
 *        |        x .                    x: what "30B" gets
 *        |     .
 *        | . llama-3-8b
 *        +------------------- log(parameters)
 *
 * Mixtures of experts have reference models of their own.
 */
#include "core/model/sized_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/size.h"

/* a^(1-t) · b^t, rounded; t may be outside 0 to 1. */
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
 * The size by which a reference model is found: its parameters. For a mixture of experts it is the
 * parameters of the model with one expert per block: the 7B of an 8x7B.
 */
static uint64_t reference_size(const struct dsfit_model *model)
{
	const struct dsfit_counts *counts = &model->counts;

	if (!model->shape.experts)
		return model->parameters;
	return counts->parameters -
	       counts->routed / model->shape.experts * (model->shape.experts - 1);
}

/* Rounded to the nearest, so that sizes close to a reference get its shape. */
static uint64_t grown(uint64_t dimension, double factor)
{
	uint64_t half = dsfit_add(dsfit_scale(2 * dimension, factor), 1) / 2;

	return dsfit_max(1, dsfit_min(DSFIT_DIMENSION_MAX, half));
}

/*
 * The shape at `parameters` on the line through two reference models. Beyond the last of them,
 * width and depth each grow by the cube root: a model has about width squared times depth
 * parameters.
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

/* The size of a reference model; 0: it is of the other sort, or cannot be read. */
static uint64_t find_size(const struct dsfit_models *models, size_t i, bool mixtures)
{
	const struct dsfit_entry *names = &models->names[i];
	const struct dsfit_model *model = &models->entries[i];

	/* What is known need not be read, nor one that is surely of the other sort. */
	if (!mixtures && names->dense && names->counted)
		return names->counted;
	if ((mixtures ? names->dense : names->mixture) || !dsfit_unread_need(models->unread, i) ||
	    mixtures != (model->shape.experts > 0))
		return 0;
	return reference_size(model);
}

/* Entry i, which has been chosen; NULL for none, or one that cannot be read. */
static const struct dsfit_model *chosen(const struct dsfit_models *models, size_t i)
{
	return i < models->count && dsfit_unread_need(models->unread, i) ? &models->entries[i] :
									    NULL;
}

/* The nearest reference models below and above, among mixtures or among dense models; NULL if there
 * is none. */
static void find_references(const struct dsfit_models *models, uint64_t parameters, bool mixtures,
			    const struct dsfit_model **low, const struct dsfit_model **high)
{
	size_t below = models->count, above = models->count;
	uint64_t size, least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < models->count; i++) {
		size = models->names[i].reference ? find_size(models, i, mixtures) : 0;
		if (size && size <= parameters && size > most) {
			most = size;
			below = i;
		}
		if (size && size >= parameters && size < least) {
			least = size;
			above = i;
		}
	}
	*low = chosen(models, below);
	*high = chosen(models, above);
}

/* A model with the shape at `parameters`, not counted yet. */
static int shape_from_size(const struct dsfit_models *models, uint64_t parameters, bool mixture,
			   struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *low, *high;

	find_references(models, parameters, mixture, &low, &high);
	if (!low && !high && mixture)
		find_references(models, parameters, false, &low, &high);
	if (!low)
		low = high;
	if (!low)
		return dsfit_fail(err, "a size needs a model with reference = true in "
				  "models.conf, and none has it");
	memset(out, 0, sizeof(*out));
	interpolate(low, high ? high : low, parameters, &out->shape);
	strcpy(out->family, low->family);
	out->known_family = low->known_family;
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

int dsfit_model_from_experts(const struct dsfit_models *models, const char *name, uint64_t experts,
			     uint64_t parameters, struct dsfit_model *out, struct dsfit_error *err)
{
	struct dsfit_error why;

	if (shape_from_size(models, parameters, true, out, err))
		return -1;
	out->shape.experts = experts;
	out->shape.experts_per_token = 2;
	if (dsfit_model_count(out, NULL, &why))
		return dsfit_fail(err, "%s: %s", name, why.text);
	/* The name says the size, as near as a size can. */
	out->source = DSFIT_COUNT_GIVEN;
	snprintf(out->name, sizeof(out->name), "%s", name);
	return 0;
}
