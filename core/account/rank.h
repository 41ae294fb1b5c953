/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RANK_H
#define DSFIT_RANK_H

#include <stdint.h>

#include "core/account/layout.h"
#include "core/account/settings.h"
#include "core/model/footprint.h"
#include "core/model/model.h"
#include "core/training/training.h"

/*
 * What the parts of the account are made from: a job's numbers, counted once. For core/account/account.c,
 * core/account/states.c and core/account/activations.c alone.
 */

/* Bytes a parameter, by kind. */
struct dsfit_widths {
	uint64_t weight, gradient, master;
	double states;
	uint64_t accumulated;		/* a gradient summed up over micro-steps */
	uint64_t frozen;		/* a weight that is not trained nor quantised */
	uint64_t cast;			/* autocast's copy of a linear's weight */
	uint64_t activation;		/* what a linear puts out */
};

/* Which of DeepSpeed's optimizers, or which other engine, holds the states. */
enum dsfit_wrapper {
	DSFIT_WRAPPER_NONE,		/* PyTorch's own: no engine, or stage 0 in fp32 */
	DSFIT_WRAPPER_UNFUSED,		/* stage 0 in 16 bits: FP16_Optimizer, its unfused twin */
	DSFIT_WRAPPER_BF16,		/* stage 1 with fp32 accumulation: BF16_Optimizer */
	DSFIT_WRAPPER_ZERO12,		/* DeepSpeedZeroOptimizer */
	DSFIT_WRAPPER_ZERO3,		/* DeepSpeedZeroOptimizer_Stage3 */
	DSFIT_WRAPPER_FSDP,
};

/* Parameters in the order in which a model has them, and in which backward comes last to first. */
struct dsfit_pieces {
	uint64_t embedding;
	uint64_t block;
	uint64_t head;			/* 0 where it is the embedding */
	uint64_t matrix;		/* the largest single one in a block */
	uint64_t experts;		/* of a block, that are one module, gathered whole; or 0 */
};

struct dsfit_rank {
	const struct dsfit_model *model;
	const struct dsfit_training *training;
	const struct dsfit_layout *layout;
	/* Set by the caller, not by dsfit_rank_count(). */
	const struct dsfit_estimate_settings *settings;
	const struct dsfit_footprint *footprint;	/* the family's */
	bool nearest_family;				/* it is another family's */
	struct dsfit_widths width;
	bool autocast;			/* linears are in 16 bits, what is between them in fp32 */
	enum dsfit_wrapper wrapper;
	uint64_t ranks;			/* N */
	uint64_t shards;		/* ranks that states are spread over: N, or MiCS's shard */
	uint64_t blocks;		/* L of one pipeline stage */
	uint64_t held;			/* Ψ of one model-parallel rank */
	uint64_t experts;		/* of it, experts that expert parallelism has spread */
	uint64_t trainable;		/* Ψt of it */
	uint64_t weights;		/* bytes of them, not sharded */
	/* One rank's share, of all ranks or MiCS's shard; an expert's own ranks are those that have
	 * it as well. */
	uint64_t part;			/* of Ψt */
	uint64_t share;			/* bytes of the weights that stage 3 shards */
	uint64_t experts_share;		/* of these, experts' */
	struct dsfit_pieces whole;	/* of Ψ */
	struct dsfit_pieces trained;	/* of Ψt */
	uint64_t quantised;		/* bytes in 8 or 4 bits: buffers, that no stage shards */
	uint64_t persistent;		/* parameters so small that stage 3 leaves them whole */
	uint64_t adapters;		/* of these, LoRA's */
	uint64_t tokens;		/* of a micro-batch on one GPU */
	uint64_t bucket;		/* B: bytes of one reduce bucket, allocated whole */
	uint64_t largest;		/* the largest single parameter that is trained */
};

/* Whether linears are stage 3's, zero/linear.py, which stand for nn.Linear's. */
bool dsfit_rank_own_linears(const struct dsfit_rank *b);

/* Whether the optimizer's states are offloaded, all or in part. */
static inline bool dsfit_rank_offloads_optimizer(const struct dsfit_rank *rank)
{
	return rank->training->offload_optimizer != DSFIT_OFFLOAD_NONE;
}

/* Whether a step takes several micro-steps. */
static inline bool dsfit_rank_accumulates(const struct dsfit_rank *rank)
{
	return rank->training->accumulation > 1;
}

void dsfit_rank_count(const struct dsfit_model *model, const struct dsfit_training *training,
		     const struct dsfit_layout *layout, struct dsfit_rank *out);

#endif
