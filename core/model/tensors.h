/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TENSORS_H
#define DSFIT_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/shape.h"
#include "core/training/training.h"

/*
 * The parameters of a shape, tensor by tensor, as Hugging Face's modelling code has them. Counting,
 * adapters and quantisation all use this list.
 */
enum dsfit_role {
	DSFIT_ROLE_TABLE,		/* rows looked up: tokens, positions, segments */
	DSFIT_ROLE_HEAD,
	DSFIT_ROLE_QUERY_VALUE,		/* queries and values, or one matrix that has both */
	DSFIT_ROLE_ATTENTION,		/* keys, output and other matrices of attention */
	DSFIT_ROLE_NETWORK,		/* feed-forward: dense and shared */
	DSFIT_ROLE_ROUTER,
	DSFIT_ROLE_EXPERTS,		/* routed */
	DSFIT_ROLE_VECTOR,		/* norms and other tensors that are no matrices */
	DSFIT_ROLE_OTHER,		/* matrices outside the blocks */
};

/* The class of the tensor's module, which decides on adapters and quantisation. */
enum dsfit_module {
	DSFIT_MODULE_PLAIN,		/* neither */
	DSFIT_MODULE_LINEAR,		/* nn.Linear: both are possible */
	DSFIT_MODULE_KIN,		/* a linear of another class: adapters only */
};

struct dsfit_tensor {
	enum dsfit_role role;
	enum dsfit_module module;
	uint64_t in, out;
	uint64_t stack;			/* matrices in one tensor: 1, or the experts */
	uint64_t bias;			/* elements of its bias */
	uint64_t copies;		/* how many of them the model has */
	/* Flags without padding between them. */
	uint16_t in_block;
	uint16_t tower;			/* of a vision tower, or of what connects it */
	unsigned parts;			/* what it does: bits of enum dsfit_module_part */
};

#define DSFIT_TENSORS_MAX 48

struct dsfit_tensors {
	struct dsfit_tensor tensor[DSFIT_TENSORS_MAX];
	size_t count;
};

/* List the tensors of a complete shape. For a vision tower, `width` is the width of the text model;
 * otherwise it is not used. */
void dsfit_tensors_list(const struct dsfit_shape *shape, uint64_t width,
			struct dsfit_tensors *out);

/*
 * Say what each matrix of a block does, where its shape says it. A section of architectures.conf
 * knows which matrices there are, but not queries from values, or a gate from what it is a gate of.
 * An entry becomes those of the shape's list that have its role and its dimensions, if they are as
 * many; otherwise it stays.
 */
void dsfit_tensors_tell(const struct dsfit_shape *shape, struct dsfit_tensors *list);

/* Elements of all copies of these tensors, with their biases. Saturates. */
uint64_t dsfit_tensors_sum(const struct dsfit_tensor *tensors, size_t n);

/* Elements of one copy, without its bias. Saturates. */
uint64_t dsfit_tensor_elements(const struct dsfit_tensor *tensor);

#endif
