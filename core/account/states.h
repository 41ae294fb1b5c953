/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_STATES_H
#define DSFIT_STATES_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/*
 * Model states and DeepSpeed's buffers at the moments of a step at which memory may be highest, in
 * bytes on one rank. The rank is the first of a job that has made its first step. Activations are
 * not among them: core/account/activations.h has those.
 *
 * `rest` is what a GPU holds between steps, from dsfit_between_steps(). *out is filled with it and
 * with what the moment adds.
 */

/* Forward, at its highest moment before the loss: prefetched parameters exist twice. */
void dsfit_states_forward(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			  struct dsfit_terms *out);

/* The end of forward: the loss has been computed. */
void dsfit_states_loss(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);

/* Backward, at the loss's own gradients; at the head's; and when these go into a bucket, where the
 * logits' are gone. */
void dsfit_states_start(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			struct dsfit_terms *out);
void dsfit_states_head(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);
void dsfit_states_head_reduced(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			       struct dsfit_terms *out);

/* Backward of a block, `done` blocks after the head's; done is below rank->blocks. */
void dsfit_states_block(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			uint64_t done, struct dsfit_terms *out);

/* Backward of a tower's block, `done` of so many blocks after the tower's last. */
void dsfit_states_tower(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			uint64_t done, uint64_t blocks, struct dsfit_terms *out);

/* The end of backward: the embedding's gradient, and what is left to reduce. */
void dsfit_states_end(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		      struct dsfit_terms *out);

/* The optimizer's step. */
void dsfit_states_step(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);

#endif
