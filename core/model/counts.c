/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of parameters, added up from the list of a shape's tensors. */
#include "core/model/counts.h"

#include <string.h>

#include "core/base/size.h"
#include "core/model/tensors.h"

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

/* Experts that are 3-D parameters belong to one module per block. */
static void count_expert_module(struct dsfit_counts *counts, const struct dsfit_tensor *tensors,
				size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (tensors[i].role == DSFIT_ROLE_EXPERTS &&
		    tensors[i].module == DSFIT_MODULE_PLAIN && !tensors[i].tower)
			add_to(&sum, dsfit_add(dsfit_tensor_elements(&tensors[i]),
					       tensors[i].bias));
	counts->largest_module = dsfit_max(counts->largest_module, sum);
}

/* The same tensors as those of a tower. `seen` has their counts apart. */
static void take_tower(struct dsfit_counts *counts, const struct dsfit_counts *seen)
{
	counts->vision = seen->parameters;
	counts->projector = seen->projector;
	counts->vision_sides = seen->vision_sides;
	counts->vision_qv = seen->vision_qv;
	counts->vision_key = seen->vision_key;
	add_to(&counts->parameters, seen->parameters);
	add_to(&counts->active, seen->parameters);
	add_to(&counts->quantised, seen->quantised);
	counts->largest_parameter = dsfit_max(counts->largest_parameter, seen->largest_parameter);
	counts->largest_module = dsfit_max(counts->largest_module, seen->largest_module);
}

static void count_tower_tensor(struct dsfit_counts *seen, const struct dsfit_tensor *tensor)
{
	uint64_t sides = dsfit_mul(tensor->in + tensor->out, tensor->copies);

	count_tensor(seen, tensor);
	if (tensor->module == DSFIT_MODULE_PLAIN)
		return;
	add_to(&seen->vision_sides, sides);
	/* One matrix for all three has another name than the text's. */
	if (tensor->parts == DSFIT_PART_QUERY || tensor->parts == DSFIT_PART_VALUE)
		add_to(&seen->vision_qv, sides);
	else if (tensor->parts == DSFIT_PART_KEY)
		add_to(&seen->vision_key, sides);
}

/* What one token passes through: of the routed experts only those that it is sent to. */
static void count_active(const struct dsfit_shape *shape, struct dsfit_counts *counts)
{
	counts->active = counts->parameters;
	if (shape->experts && counts->parameters != UINT64_MAX)
		counts->active -= counts->routed / shape->experts *
				  (shape->experts - shape->experts_per_token);
}

void dsfit_tensors_count(const struct dsfit_tensor *tensors, size_t n,
			 const struct dsfit_shape *shape, struct dsfit_counts *counts)
{
	struct dsfit_counts tower = { 0 };

	memset(counts, 0, sizeof(*counts));
	for (size_t i = 0; i < n; i++) {
		if (tensors[i].tower)
			count_tower_tensor(&tower, &tensors[i]);
		else
			count_tensor(counts, &tensors[i]);
		/* The bias of a head that is the embedding: one module has both. */
		if (shape->tied && tensors[i].role == DSFIT_ROLE_VECTOR && !tensors[i].in_block &&
		    tensors[i].out == shape->vocab)
			counts->largest_module = dsfit_max(counts->largest_module,
							   dsfit_mul(shape->vocab,
								     shape->hidden + 1));
	}
	count_expert_module(counts, tensors, n);
	count_active(shape, counts);
	take_tower(counts, &tower);
}

void dsfit_shape_count(const struct dsfit_shape *shape, struct dsfit_counts *counts)
{
	struct dsfit_tensors list;

	memset(counts, 0, sizeof(*counts));
	dsfit_tensors_list(shape, 0, &list);
	for (size_t i = 0; i < list.count; i++)
		count_tensor(counts, &list.tensor[i]);
	count_expert_module(counts, list.tensor, list.count);
	/* A head that is the embedding is a module of its own to DeepSpeed's estimator. */
	if (shape->tied && (shape->traits.head_bias || shape->traits.transform))
		counts->largest_module = dsfit_max(counts->largest_module,
						   dsfit_mul(shape->vocab, shape->hidden + 1));
	count_active(shape, counts);
}

void dsfit_shape_count_tower(const struct dsfit_shape *tower, uint64_t hidden,
			     struct dsfit_counts *counts)
{
	struct dsfit_counts seen = { 0 };
	struct dsfit_shape alone = *tower;
	struct dsfit_tensors list;

	alone.traits.projector = DSFIT_PROJECTOR_NONE;
	dsfit_tensors_list(&alone, hidden, &list);
	seen.projector = dsfit_tensors_sum(list.tensor, list.count);
	dsfit_tensors_list(tower, hidden, &list);
	for (size_t i = 0; i < list.count; i++)
		count_tower_tensor(&seen, &list.tensor[i]);
	seen.projector = dsfit_sub(seen.parameters, seen.projector);
	take_tower(counts, &seen);
}
