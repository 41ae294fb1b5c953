/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model's parameter counts: made from its shape, or fitted to a count that somebody gives. */
#include "core/model/model.h"

#include "core/base/size.h"

const char *const dsfit_count_source_names[] = { "shape", "published", "files", "given", NULL };

int dsfit_model_count(struct dsfit_model *model, const struct dsfit_shape *tower,
		      struct dsfit_error *err)
{
	struct dsfit_counts *counts = &model->counts;

	dsfit_shape_count(&model->shape, counts);
	if (tower)
		dsfit_shape_count_tower(tower, model->shape.hidden, counts);
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
	counts->largest_parameter = dsfit_min(counts->largest_parameter, parameters);
	counts->largest_module = dsfit_min(counts->largest_module, parameters);
	counts->parameters = parameters;
	model->parameters = parameters;
	model->active = counts->active;
	model->largest_layer = counts->largest_module;
	model->source = source;
}
