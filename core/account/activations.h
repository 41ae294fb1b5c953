/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACTIVATIONS_H
#define DSFIT_ACTIVATIONS_H

#include "core/account/rank.h"

/*
 * Activations of one micro-batch on one GPU, in bytes (a pipeline's stage: of those in flight).
 * Gradients of weights and gathered parameters are not among them.
 *
 * At a moment of the backward of a block with l blocks below it, there is in all
 * ends + (l + 1) * layer_kept + layer_backward.
 */
struct dsfit_activations {
	uint64_t held, held_loss;	/* kept when the loss is there; of it the loss's */
	uint64_t forward, forward_loss;	/* highest in forward; of it the loss's */
	uint64_t start, start_loss;	/* highest in backward before the last block's begins */
	uint64_t layer_kept;		/* by one block until its backward is through */
	uint64_t layer_backward;	/* by one block in its backward, above what blocks keep */
	uint64_t ends;			/* held through all blocks' backward, and in none of them */
};

/*
 * From the family's footprint, b->footprint. Tensor parallelism divides what is as wide as heads,
 * network or vocabulary and leaves what is as wide as h (Korthikanti et al. 2022); sequence
 * parallelism divides tokens, but attention sees the whole sequence (Jacobs et al. 2023); a
 * pipeline's first stage holds as many micro-batches as there are stages.
 */
void dsfit_activations_follow(const struct dsfit_rank *b, struct dsfit_activations *out);

#endif
