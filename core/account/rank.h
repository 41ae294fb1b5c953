/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RANK_H
#define DSFIT_RANK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/estimate_settings.h"
#include "core/account/layout.h"
#include "core/model/footprint.h"
#include "core/model/model.h"
#include "core/training/training.h"

/*
 * One rank of a training: how many parameters it holds, how wide they are, and which of DeepSpeed's
 * optimizers holds them. All parts of the account start from these numbers, which are counted once.
 *
 * Numbers are elements (parameters), except where a name ends in _bytes or a comment says bytes.
 */

/* Bytes per parameter. */
struct dsfit_widths {
	uint64_t weight;
	uint64_t gradient;		/* as backward makes it */
	uint64_t sent;			/* a gradient as it is sent to other ranks */
	uint64_t master;		/* the optimizer's copy of the weight; 0 without one */
	double states;			/* the optimizer's states */
	uint64_t accumulated;		/* a gradient summed up over micro-steps */
	uint64_t frozen;		/* a weight that is neither trained nor quantised */
	uint64_t cast;			/* autocast's copy of a linear's weight; 0 without it */
	uint64_t activation;		/* a value that a linear puts out */
};

/* Which of DeepSpeed's optimizers, or which other engine, holds the states. */
enum dsfit_wrapper {
	DSFIT_WRAPPER_NONE,		/* PyTorch's own: no engine, or stage 0 in fp32 */
	DSFIT_WRAPPER_UNFUSED,		/* stage 0 in 16 bits: FP16_UnfusedOptimizer and its kin */
	DSFIT_WRAPPER_BF16,		/* stage 1 with fp32 accumulation: BF16_Optimizer */
	DSFIT_WRAPPER_ZERO12,		/* stages 1 and 2: DeepSpeedZeroOptimizer */
	DSFIT_WRAPPER_ZERO3,		/* stage 3: DeepSpeedZeroOptimizer_Stage3 */
	DSFIT_WRAPPER_FSDP,		/* PyTorch's FSDP with full sharding */
};

/* A model's parameters in the order in which the model stores them. Backward goes through them from
 * the last to the first. */
struct dsfit_pieces {
	uint64_t tower;			/* of pictures, and what connects it to the text */
	uint64_t embedding;
	uint64_t block;			/* of one block */
	uint64_t head;			/* 0 where it is tied to the embedding */
	uint64_t matrix;		/* the largest single parameter in a block */
	uint64_t experts;		/* a block's experts that are one module and are gathered
					 * whole, or 0 */
};

/* The matrices in blocks that adapters are on, summed over the whole model. */
struct dsfit_adapted {
	uint64_t matrices;
	uint64_t inputs, outputs;	/* their widths */
	uint64_t first_inputs;		/* of these, in one block, the ones that come first */
	uint64_t first_elements;	/* of one block's matrices, these and those before */
	uint64_t dora_bytes;		/* the most that DoRA makes of one of them for its norms */
	uint64_t experts;		/* elements of routed experts, which an adapter's product is
					 * added to before they are used */
	uint64_t parts;			/* what they do: bits of enum dsfit_module_part */
	uint64_t possible;		/* what matrices do that could have adapters */
};

struct dsfit_rank {
	const struct dsfit_model *model;
	const struct dsfit_training *training;
	const struct dsfit_layout *layout;
	/* Set by the caller, not by dsfit_rank_count(). Model states need neither. */
	const struct dsfit_estimate_settings *settings;
	const struct dsfit_footprint *footprint; /* what the family's layers keep for backward */
	bool nearest_family;			/* the footprint is another family's */
	const struct dsfit_footprint *tower;	/* of the tower that sees pictures; NULL: none does,
						 * or nobody has traced it */
	bool reached;				/* a gradient flows to what pictures put into the
						 * text, whether or not its embedding has one */

	struct dsfit_widths width;
	bool autocast;			/* linears compute in 16 bits, the rest in fp32 */
	enum dsfit_wrapper wrapper;
	uint64_t ranks;			/* N: data-parallel ranks */
	uint64_t shards;		/* ranks that share the states: N, or MiCS's shard */
	uint64_t blocks;		/* L of one pipeline stage */
	uint64_t tokens;		/* of a micro-batch on one GPU */

	/* What one model-parallel rank would hold if ZeRO partitioned nothing. */
	uint64_t parameters;		/* Ψ */
	uint64_t trainable;		/* Ψt */
	uint64_t spread_experts;	/* of Ψ, experts that expert parallelism spreads */
	uint64_t weight_bytes;		/* of Ψ */
	uint64_t quantised_bytes;	/* of these, weights in 8 or 4 bits */
	uint64_t unshared_bytes;	/* of these, what no stage partitions */
	struct dsfit_pieces whole;	/* of Ψ */
	struct dsfit_pieces trained;	/* of Ψt */
	struct dsfit_adapted adapted;
	uint64_t largest;		/* the largest single parameter that is trained */
	bool blind;			/* no pictures: the tower does not run and has no gradients,
					 * though it is trained */
	uint64_t idle;			/* of Ψt, what has no gradient: a blind tower, or a part of
					 * one whose output is not used */
	uint64_t unused;		/* of Ψ, such a part */

	/* This rank's share. An expert is shared only by the ranks that hold it. */
	uint64_t partition;		/* of Ψt */
	uint64_t share_bytes;		/* of the weights that stage 3 partitions */
	uint64_t experts_share_bytes;	/* of these, experts */

	/* Bytes of the shares of the parameters that stage 3 partitions, each rounded up to a
	 * power of two. */
	uint64_t parameter_blocks;

	uint64_t left_whole;		/* so small that stage 3 does not partition them */
	uint64_t bucket_bytes;		/* of one reduce bucket, which is allocated whole */
};

/* Fill *out. It refers to the model, the training and the layout. The training is settled, on these
 * ranks (dsfit_training_on_ranks()). */
void dsfit_rank_count(const struct dsfit_model *model, const struct dsfit_training *training,
		      const struct dsfit_layout *layout, struct dsfit_rank *out);

/* Whether a parameter is made whole before it is used: by stage 3 of several shares, or of one that
 * is offloaded. */
bool dsfit_rank_gathers(const struct dsfit_rank *rank);

/* Whether the head multiplies with the embedding. One that classifies does not. */
bool dsfit_rank_tied(const struct dsfit_rank *rank);

/* Whether the model's linears are those of stage 3 (deepspeed/runtime/zero/linear.py), which
 * replace nn.Linear's. */
bool dsfit_rank_own_linears(const struct dsfit_rank *rank);

/* Whether the optimizer's states are offloaded, all or in part. */
static inline bool dsfit_rank_offloads_optimizer(const struct dsfit_rank *rank)
{
	return rank->training->offload_optimizer != DSFIT_OFFLOAD_NONE;
}

/* Parameters that the optimizer steps where nothing is partitioned. PyTorch's make no state of one
 * that has no gradient; DeepSpeed gives each a gradient. */
static inline uint64_t dsfit_rank_stepped(const struct dsfit_rank *rank)
{
	if (rank->training->engine == DSFIT_ENGINE_NONE)
		return rank->trainable - rank->idle;
	return rank->trainable;
}

/* Whether an optimizer step takes several micro-steps. */
static inline bool dsfit_rank_accumulates(const struct dsfit_rank *rank)
{
	return rank->training->accumulation > 1;
}

#endif
