/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GRADIENTS_H
#define DSFIT_GRADIENTS_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/*
 * Gradients that stay on a GPU: those of this rank's partition, and those that wait for the end of
 * the last backward. Gradients on their way through a bucket are in core/account/reducing.h.
 */

/* get_norm_dtype() of runtime/utils.py: norms are summed up in fp64, one gradient at a time. */
#define DSFIT_NORM_WIDTH 8

/* Bytes of the gradients of so many parameters, as backward makes them. */
uint64_t dsfit_gradients_bytes(const struct dsfit_rank *rank, uint64_t parameters);

/* Add the gradients of so many parameters, for the reason `cause`. */
void dsfit_gradients_add(const struct dsfit_rank *rank, const char *cause, uint64_t parameters,
			 struct dsfit_terms *out);

/* Parameters that a backward pass makes gradients of: what is trained, but not a tower that does
 * not run. */
uint64_t dsfit_gradients_made(const struct dsfit_rank *rank);

/* Parameters whose gradients exist when the head's and `done` blocks' backward is through. */
uint64_t dsfit_gradients_done(const struct dsfit_rank *rank, uint64_t done);

/* The parameter that the head's gradient belongs to: the embedding where the two are tied. */
uint64_t dsfit_gradients_of_head(const struct dsfit_rank *rank);

/*
 * Whether stages 1 and 2 reduce gradients while backward runs. Otherwise all gradients wait for the
 * end of the last backward.
 */
bool dsfit_gradients_reduced_early(const struct dsfit_rank *rank);

/* Whether stages 1 and 2 sum 16-bit gradients up in an fp32 partition. */
bool dsfit_gradients_summed_in_fp32(const struct dsfit_rank *rank);

/* Bytes of whole gradients, in the weights' type, of every parameter that rank 0's partition
 * touches. */
uint64_t dsfit_gradients_touching_partition(const struct dsfit_rank *rank);

/* Bytes that stages 1 and 2 keep of this rank's own gradients until the step. */
uint64_t dsfit_gradients_of_partition(const struct dsfit_rank *rank);

/* Bytes of the fp64 copy in which the norm of this rank's largest gradient is summed up. */
uint64_t dsfit_gradients_norm(const struct dsfit_rank *rank);

/* Add what a rank keeps from one micro-step to the next; nothing without accumulation. */
void dsfit_gradients_add_earlier(const struct dsfit_rank *rank, struct dsfit_terms *out);

#endif
