/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GATHERING_H
#define DSFIT_GATHERING_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/*
 * Parameters that a rank has gathered from the other ranks: stage 3's, and those of FSDP's units.
 * Each function adds their bytes at one moment of a step to *out. Stages 0 to 2, and stage 3 on
 * one rank, gather nothing.
 */

/* At the highest moment of forward before the loss, when the last prefetch is not used yet. */
void dsfit_gathering_in_forward(const struct dsfit_rank *rank, struct dsfit_terms *out);

/* When the loss has been computed, and when its backward begins. */
void dsfit_gathering_at_loss(const struct dsfit_rank *rank, struct dsfit_terms *out);

/* In the head's backward, which needs the head's own. */
void dsfit_gathering_in_head(const struct dsfit_rank *rank, struct dsfit_terms *out);

/* In the backward of a block, `done` blocks after the head's; done is below rank->blocks. */
void dsfit_gathering_in_block(const struct dsfit_rank *rank, uint64_t done,
			      struct dsfit_terms *out);

/* The parameters that stage 3 has gathered at least in the backward of the last block that runs,
 * if it gathers at all (dsfit_rank_gathers()). */
uint64_t dsfit_gathering_least(const struct dsfit_rank *rank);

/* At the end of backward: the embedding alone. */
void dsfit_gathering_at_end(const struct dsfit_rank *rank, struct dsfit_terms *out);

/* Bytes of the second shard that ZeRO++ keeps among the ranks of a node (zero_hpz_partition_size);
 * 0 without it. */
uint64_t dsfit_gathering_second_shard(const struct dsfit_rank *rank);

/* In the backward of a tower's block, `done` of so many blocks after the tower's last. */
void dsfit_gathering_in_tower(const struct dsfit_rank *rank, uint64_t done, uint64_t blocks,
			      struct dsfit_terms *out);

#endif
