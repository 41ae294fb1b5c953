/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACTIVATIONS_H
#define DSFIT_ACTIVATIONS_H

#include "core/basis.h"

/*
 * Activations of one micro-batch on one GPU, in bytes. Gradients of weights and gathered
 * parameters are not among them.
 */
struct dsfit_activations {
	uint64_t held, held_loss;	/* kept when the loss is there; of it the loss's */
	uint64_t forward, forward_loss;	/* highest in forward; of it the loss's */
	uint64_t start, start_loss;	/* highest in backward before the last block's begins */
	uint64_t layer_kept;		/* by one block until its backward is through */
	uint64_t layer_backward;	/* by one block in its backward, above what blocks keep */
	uint64_t ends;			/* held through all blocks' backward, and in none of them */
	uint64_t dequantised;		/* the largest 4-bit matrix in 16 bits while it runs */
};

void dsfit_activations_follow(const struct dsfit_basis *b, struct dsfit_activations *out);

#endif
