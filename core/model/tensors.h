/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TENSORS_H
#define DSFIT_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/shape.h"

/*
 * A shape's parameters one by one, as Hugging Face's modelling code lays them out: what is
 * counted, adapted and quantised is read off this list.
 */
enum dsfit_role {
	DSFIT_ROLE_TABLE,		/* rows looked up: tokens, positions, segments */
	DSFIT_ROLE_HEAD,
	DSFIT_ROLE_QUERY_VALUE,		/* queries and values, or the one matrix with both */
	DSFIT_ROLE_ATTENTION,		/* keys, output, and what else attention has */
	DSFIT_ROLE_NETWORK,		/* feed-forward: dense and shared */
	DSFIT_ROLE_ROUTER,
	DSFIT_ROLE_EXPERTS,		/* routed */
	DSFIT_ROLE_VECTOR,		/* norms and what else is no matrix */
	DSFIT_ROLE_OTHER,		/* matrices outside the blocks */
};

/* What its module is, for adapters and quantisation. */
enum dsfit_module {
	DSFIT_MODULE_PLAIN,		/* neither */
	DSFIT_MODULE_LINEAR,		/* nn.Linear: both */
	DSFIT_MODULE_KIN,		/* a linear of another class: adapters alone */
};

struct dsfit_tensor {
	enum dsfit_role role;
	enum dsfit_module module;
	uint64_t in, out;
	uint64_t stack;			/* matrices in one tensor: 1, or the experts */
	uint64_t bias;			/* elements of its bias */
	uint64_t copies;		/* of this one in the model */
	bool in_block;
};

#define DSFIT_TENSORS_MAX 64

struct dsfit_tensors {
	struct dsfit_tensor tensor[DSFIT_TENSORS_MAX];
	size_t count;
};

/* All of a complete shape. `width` is what a vision tower's projector leads to, else not used. */
void dsfit_tensors_list(const struct dsfit_shape *shape, uint64_t width,
			struct dsfit_tensors *out);

/* Elements of one copy, without its bias. Saturates. */
uint64_t dsfit_tensor_elements(const struct dsfit_tensor *tensor);

#endif
