/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REDUCING_H
#define DSFIT_REDUCING_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/*
 * Gradients and reduce buckets while the blocks' backward runs, block by block from the last to the
 * first. The end of backward is in core/account/reducing_end.h.
 */

/* Bytes of the buckets that stages 1 and 2 allocate at a backward's first gradient. Stage 3's
 * bucket stays for good: it is counted between steps (core/account/between_steps.h). */
uint64_t dsfit_reducing_buckets(const struct dsfit_rank *rank);

/* Add the buckets that stay from one micro-step to the next: stage 1's. */
void dsfit_reducing_add_earlier(const struct dsfit_rank *rank, struct dsfit_terms *out);

/* The first block, counted from the head, in whose backward a full bucket is copied to be reduced;
 * 0 where none is. Backward may be highest there. */
uint64_t dsfit_reducing_first_block(const struct dsfit_rank *rank);

/* Whether the bucket that is full when `parameters` gradients exist is copied to be reduced. */
bool dsfit_reducing_copies(const struct dsfit_rank *rank, uint64_t parameters);

/* Bytes beside the buckets that it takes to reduce so many parameters' gradients: the copy, if
 * there is one, and conversions to and from the type in which gradients are sent
 * (communication_data_type). */
uint64_t dsfit_reducing_bytes(const struct dsfit_rank *rank, bool copied, uint64_t parameters);

/* Bytes of so many gradients that wait to be reduced. They are where backward made them, unless
 * "contiguous_gradients" has copied them into a bucket. */
uint64_t dsfit_reducing_waiting(const struct dsfit_rank *rank, uint64_t parameters);

/* Parameters in a full bucket, on average: the one that no longer fits is left out. */
uint64_t dsfit_reducing_full_bucket(const struct dsfit_rank *rank);

/* Add gradients and buckets in the backward of a block, `done` blocks after the head's; done is
 * below rank->blocks. */
void dsfit_reducing_in_block(const struct dsfit_rank *rank, uint64_t done,
			     struct dsfit_terms *out);

/* The first of a tower's blocks, counted from its last, in whose backward a bucket gets full. */
uint64_t dsfit_reducing_first_in_tower(const struct dsfit_rank *rank, uint64_t blocks);

/* The same in the backward of a tower's block, `done` of so many blocks after the tower's last,
 * when the text's blocks are through. */
void dsfit_reducing_in_tower(const struct dsfit_rank *rank, uint64_t done, uint64_t blocks,
			     struct dsfit_terms *out);

#endif
