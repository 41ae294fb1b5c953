/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model's parameter counts: made from its shape, or fitted to a count that somebody gives. */
#include "core/model/model.h"

#include "core/base/size.h"

const char *const dsfit_count_source_names[] = { "shape", "published", "files", "given", NULL };

const struct dsfit_tensors *dsfit_model_tensors(const struct dsfit_model *model,
						struct dsfit_tensors *scratch)
{
	if (model->tensors.count)
		return &model->tensors;
	dsfit_tensors_list(&model->shape, 0, scratch);
	return scratch;
}

/* Take the counts over, unless they are out of range. */
static int take_counts(struct dsfit_model *model, struct dsfit_error *err)
{
	const struct dsfit_counts *counts = &model->counts;

	if (counts->parameters > DSFIT_PARAMETERS_MAX)
		return dsfit_fail(err, "the shape has %s%llu parameters: must be at most 10^15",
				  counts->parameters == UINT64_MAX ? "more than " : "",
				  (unsigned long long)counts->parameters);
	model->parameters = counts->parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->source = DSFIT_COUNT_SHAPE;
	return 0;
}

/* Keep a tensor of the text. The list has room for what models of text have; the small rest of one
 * with more kinds is in its last entry, as if it were one vector. */
static void keep_tensor(struct dsfit_tensors *list, const struct dsfit_tensor *tensor)
{
	struct dsfit_tensor *last = &list->tensor[DSFIT_TENSORS_MAX - 1];

	if (list->count < DSFIT_TENSORS_MAX) {
		list->tensor[list->count++] = *tensor;
		return;
	}
	if (last->role != DSFIT_ROLE_VECTOR)
		*last = (struct dsfit_tensor){ .role = DSFIT_ROLE_VECTOR, .out = 1, .stack = 1,
					       .in = dsfit_mul(dsfit_tensor_elements(last),
							       last->copies),
					       .copies = 1 };
	last->in = dsfit_add(last->in, dsfit_mul(dsfit_tensor_elements(tensor), tensor->copies));
}

int dsfit_model_count_tensors(struct dsfit_model *model, const struct dsfit_tensor *tensors,
			      size_t n, struct dsfit_error *err)
{
	dsfit_tensors_count(tensors, n, &model->shape, &model->counts);
	model->tensors.count = 0;
	for (size_t i = 0; i < n; i++)
		if (!tensors[i].tower)
			keep_tensor(&model->tensors, &tensors[i]);
	return take_counts(model, err);
}

int dsfit_model_count(struct dsfit_model *model, const struct dsfit_shape *tower,
		      struct dsfit_error *err)
{
	struct dsfit_counts *counts = &model->counts;

	dsfit_shape_count(&model->shape, counts);
	if (tower)
		dsfit_shape_count_tower(tower, model->shape.hidden, counts);
	return take_counts(model, err);
}

/* Parameters at the ends, in the tables and the vision tower. Their own dimensions are known, so
 * the blocks take the rest. If the model is smaller than its ends, they shrink with it. */
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
	/* Of a few parameters too: a line that is passed on has some. */
	counts->active += !counts->active && parameters;
	counts->largest_parameter = dsfit_min(counts->largest_parameter, parameters);
	counts->largest_module = dsfit_min(counts->largest_module, parameters);
	counts->parameters = parameters;
	model->parameters = parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->source = source;
}

void dsfit_model_classify(struct dsfit_model *model, uint64_t labels)
{
	struct dsfit_counts *counts = &model->counts;
	uint64_t head = dsfit_mul(labels, model->shape.hidden), old = counts->head;

	if (model->labels || !labels)
		return;
	counts->head = head;
	counts->parameters = dsfit_add(dsfit_sub(counts->parameters, old), head);
	counts->active = dsfit_min(dsfit_add(dsfit_sub(counts->active, old), head),
				   counts->parameters);
	counts->largest_parameter = dsfit_min(counts->largest_parameter, counts->parameters);
	model->parameters = counts->parameters;
	model->active = counts->active;
	model->labels = labels;
}

/* The head that classifies becomes the language model's in the list of tensors. */
static void replace_head(struct dsfit_model *model, uint64_t head)
{
	struct dsfit_tensors *list = &model->tensors;

	for (size_t i = 0; i < list->count; i++) {
		struct dsfit_tensor *tensor = &list->tensor[i];

		if (tensor->role != DSFIT_ROLE_OTHER || tensor->out != model->labels)
			continue;
		tensor->role = DSFIT_ROLE_HEAD;
		tensor->parts = DSFIT_PART_HEAD;
		tensor->out = model->shape.vocab;
		tensor->copies = head > 0;
		return;
	}
}

void dsfit_model_speak(struct dsfit_model *model)
{
	struct dsfit_counts *counts = &model->counts;
	uint64_t head = model->shape.tied ? 0 : dsfit_mul(model->shape.vocab, model->shape.hidden);
	uint64_t old = dsfit_mul(model->labels, model->shape.hidden);

	if (!model->labels)
		return;
	/* What the heads of encoders have beside it is not known here. */
	model->exact &= !model->shape.traits.pooler && model->known_family;
	counts->dense = dsfit_sub(counts->dense, old);
	counts->head = dsfit_add(counts->head, head);
	counts->parameters = dsfit_add(dsfit_sub(counts->parameters, old), head);
	counts->active = dsfit_add(dsfit_sub(counts->active, old), head);
	counts->quantised = dsfit_sub(counts->quantised, old);
	counts->largest_parameter = dsfit_max(counts->largest_parameter, head);
	counts->largest_module = dsfit_max(counts->largest_module, head);
	replace_head(model, head);
	model->parameters = counts->parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->labels = 0;
}
