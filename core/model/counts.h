/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_COUNTS_H
#define DSFIT_COUNTS_H

#include <stdint.h>

#include "core/model/shape.h"
#include "core/model/tensors.h"

/*
 * How many parameters a shape has, and where they are. The parts embedding, head, dense, routed,
 * vectors and vision add up to `parameters`; the members after them describe the same parameters
 * in other ways.
 */
struct dsfit_counts {
	uint64_t parameters;		/* all of them */
	uint64_t active;		/* those that one token passes through */
	uint64_t embedding;		/* tables of tokens, positions, segments */
	uint64_t head;			/* 0 if it is the embedding */
	uint64_t dense;			/* matrices: attention, dense and shared networks, router */
	uint64_t routed;		/* routed experts */
	uint64_t vectors;		/* norms and biases */
	uint64_t vision;		/* a vision tower and what connects it to the text */
	uint64_t projector;		/* of these, what connects it; 0 if it is not known */
	uint64_t blocks;		/* of all these, what is in the text's blocks */
	uint64_t largest_parameter;	/* the largest single tensor */
	uint64_t largest_module;	/* a module's own: DeepSpeed's largest_layer_params */
	uint64_t quantised;		/* what becomes 4-bit: every nn.Linear but the head */
	uint64_t vision_sides;		/* sum of (in + out) over the tower's linears */
	uint64_t vision_qv, vision_key;	/* of these, q_proj and v_proj, and k_proj */
};

/*
 * Count a complete shape's parameters, tensor by tensor as Hugging Face lays them out: embedding
 * V·h, head V·h unless tied, attention h·d·(2a + 2k), feed-forward 3·h·f gated or 2·h·f plain,
 * router h·E, norms and biases according to the traits. Sums saturate.
 * `active` counts only the experts that a token reaches. `largest_module` is the embedding or the
 * widest single module, which estimate_zero3_model_states_mem_needs calls largest_layer_params when
 * it walks a model.
 */
void dsfit_shape_count(const struct dsfit_shape *shape, struct dsfit_counts *counts);

/*
 * Count these tensors, which are a model of this shape: of the shape only what a token reaches
 * counts. Those of a tower are counted as dsfit_shape_count_tower() does.
 */
void dsfit_tensors_count(const struct dsfit_tensor *tensors, size_t n,
			 const struct dsfit_shape *shape, struct dsfit_counts *counts);

/* Add a vision tower. Its projector leads to a text model that is `hidden` wide. */
void dsfit_shape_count_tower(const struct dsfit_shape *tower, uint64_t hidden,
			     struct dsfit_counts *counts);

#endif
