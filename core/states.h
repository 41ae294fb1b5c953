/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_STATES_H
#define DSFIT_STATES_H

#include "core/basis.h"

/*
 * Model states and DeepSpeed's buffers, in bytes on one rank: DeepSpeed 0.19.8, followed tensor
 * by tensor.
 */

/* What is there between steps, once the first has been made. */
void dsfit_states_at_rest(const struct dsfit_basis *b, struct dsfit_terms *out);

/* Parameters that stage 3 holds gathered while forward and backward run; 0 in other stages. */
uint64_t dsfit_states_gathered(const struct dsfit_basis *b);

/* Adds to *out the gradients and the buckets they are reduced through, at their most. */
void dsfit_states_reduce(const struct dsfit_basis *b, struct dsfit_terms *out);

/* The optimizer's step, of a job that rests at `rest`. */
void dsfit_states_step(const struct dsfit_basis *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out);

/* What of it is in host memory, of one rank. */
uint64_t dsfit_states_offloaded(const struct dsfit_basis *b);

#endif
