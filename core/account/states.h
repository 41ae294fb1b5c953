/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_STATES_H
#define DSFIT_STATES_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/*
 * Model states and DeepSpeed's buffers, in bytes on one rank: DeepSpeed 0.19.8, followed tensor
 * by tensor in a running step, on rank 0 of a job that has made its first step. The phases below
 * take what is there between steps and give what is there in them; activations are not theirs.
 */

/* Between steps. */
void dsfit_states_at_rest(const struct dsfit_rank *b, struct dsfit_terms *out);

/* When the loss is there: gradients of earlier micro-steps, parameters that stage 3 has gathered;
 * and at the highest of forward, where prefetched parameters are there twice. */
void dsfit_states_loss(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);
void dsfit_states_forward(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			  struct dsfit_terms *out);

/* Backward, at the loss's own gradients, and while the head runs. */
void dsfit_states_start(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			struct dsfit_terms *out);
void dsfit_states_head(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);

/* Backward, while a block runs, `done` blocks after the head; below the number of blocks. */
void dsfit_states_block(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			uint64_t done, struct dsfit_terms *out);

/* The first of the blocks in whose backward a full bucket is reduced; 0 where none is. */
uint64_t dsfit_states_first_reduced(const struct dsfit_rank *b);

/* Backward's end: the embedding's gradient, what is left to reduce, this rank's partition. */
void dsfit_states_end(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		      struct dsfit_terms *out);

/* The optimizer's step. */
void dsfit_states_step(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);

/* The highest inside deepspeed.initialize(); 0 where it is below the phases for sure. */
uint64_t dsfit_states_initialise(const struct dsfit_rank *b);

/* What of it is in host memory, of one rank. */
uint64_t dsfit_states_offloaded(const struct dsfit_rank *b);
/* Of this, weights that are on NVMe, too (max_in_cpu). */
uint64_t dsfit_states_kept_of_nvme(const struct dsfit_rank *b);

#endif
