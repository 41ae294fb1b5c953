/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACTIVATIONS_H
#define DSFIT_ACTIVATIONS_H

#include <stdint.h>

#include "core/account/rank.h"

/*
 * Activations of one micro-batch on one GPU, in bytes. A pipeline's stage has those of all
 * micro-batches in flight. Weights' gradients and gathered parameters are not among them.
 *
 * In the backward of a block with l blocks below it, ends, what l + 1 blocks keep, less first_less,
 * and what the block needs while it runs exist.
 */
struct dsfit_activations {
	uint64_t held, held_loss;	/* kept when the loss has been computed; the loss's part */
	uint64_t forward, forward_loss;	/* highest in forward; the loss's part */
	uint64_t start, start_loss;	/* highest before the last block's backward; likewise */
	uint64_t logits_gradient;	/* what is left of the loss while the head's backward runs */
	uint64_t layer_kept;		/* by one block until its backward is through; of several
					 * kinds the mean */
	uint64_t layer_backward;	/* by the block whose backward runs, above what blocks keep;
					 * of several kinds the most */
	/* Of blocks of several kinds: what the first so many of them keep, and the temporary
	 * tensors of each kind. No kinds: the two above count. */
	uint64_t kinds;
	uint64_t kept_by[DSFIT_LAYERS_MAX + 1];
	uint64_t backward_of[DSFIT_KINDS_MAX + 1];
	uint64_t first_less;		/* that the first block keeps less than the others, as no
					 * gradient flows below its first adapter */
	uint64_t ends;			/* outside the blocks, until all their backward is through */
};

/* What the first `blocks` of the blocks keep, and what one of them, counted from 0, needs more while
 * its backward runs. */
uint64_t dsfit_activations_kept_by(const struct dsfit_activations *acts, uint64_t blocks);
uint64_t dsfit_activations_running(const struct dsfit_rank *rank,
				   const struct dsfit_activations *acts, uint64_t block);

/* Bytes of the logits as the head puts them out; 0 where there are none. */
uint64_t dsfit_activations_logits(const struct dsfit_rank *rank);

/* Bytes that a loss in place needs less than the usual one, at forward's end; 0 for other losses. */
uint64_t dsfit_activations_spared(const struct dsfit_rank *rank);

/* Fill *out from the footprint of the model's family, rank->footprint. */
void dsfit_activations_follow(const struct dsfit_rank *rank, struct dsfit_activations *out);

/* The highest activations of an evaluation with so many samples: a forward pass that keeps nothing,
 * with labels, so that there is a loss, whose part is *loss_bytes. */
uint64_t dsfit_activations_of_evaluation(const struct dsfit_rank *rank, uint64_t samples,
					 uint64_t *loss_bytes);

#endif
