/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model states between steps, of which all phases are made. Names in quotes are those of DeepSpeed
 * 0.19.8's code; the functions allocate what stays.
 *
 *                 weights                master copy and states       buffers that stay
 *     stage 0     all                    of all; none for fp32
 *     stage 1     all, in one flat       of this rank's partition,    BF16_Optimizer:
 *                 buffer (__init__())    a clone (__init__())         "fp32_groups_gradients_flat"
 *     stage 2     as stage 1             as stage 1                   offload:
 *                                                                     "temp_grad_buffer_for_
 *                                                                     gpu_offload"
 *     stage 3     1/N of each, and small of this rank's share         "ipg_buckets",
 *                 ones whole             _create_fp32_partitions()    "grad_partitions_flat_buffer"
 *     FSDP        the shards are the     of this rank's share
 *                 master copy
 *
 * Files: zero/stage_1_and_2.py, zero/stage3.py, zero/parameter_offload.py, bf16_optimizer.py and
 * fp16/unfused_optimizer.py of deepspeed/runtime.
 */
#include "core/account/between_steps.h"

#include <string.h>

#include "core/account/activations.h"
#include "core/account/gradients.h"
#include "core/account/offload.h"
#include "core/base/size.h"

/* What stage 3 alone has: shares of the weights, gradients and the bucket. */
static void add_stage_3(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	const struct dsfit_training *t = rank->training;

	dsfit_terms_add(out, DSFIT_TERM_WEIGHTS,
			"frozen weights in 8 or 4 bits, whole on every rank",
			rank->unshared_bytes);
	if (dsfit_rank_gathers(rank))
		dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS,
				     "small parameters, whole on every rank", rank->left_whole,
				     (double)rank->width.weight);
	if (t->offload_param == DSFIT_OFFLOAD_NONE) {
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "this rank's share",
				rank->share_bytes - rank->experts_share_bytes);
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "this rank's share of the experts",
				rank->experts_share_bytes);
	}
	if (!dsfit_rank_offloads_optimizer(rank)) {
		/* "grad_partitions_flat_buffer" */
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's share",
				     rank->partition, (double)rank->width.accumulated);
	} else {
		/* A master copy, its gradient in fp32, and the states. */
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER,
				     "the part that is not offloaded (ratio)",
				     dsfit_offload_stays(rank),
				     (double)(rank->width.master + 4) + rank->width.states);
	}
	if (t->contiguous_gradients)
		dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "the reduce bucket",
				rank->bucket_bytes);
}

/* Weights that stage 3 does not partition. */
static void add_weights(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t trained = dsfit_mul(rank->trainable, rank->width.weight), frozen;

	if (rank->wrapper == DSFIT_WRAPPER_FSDP) {
		/* What is trained is counted as the master copy. */
		frozen =
			dsfit_sub(rank->weight_bytes, dsfit_gradients_bytes(rank, rank->trainable));
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "frozen weights, this rank's share",
				dsfit_div_up(frozen, rank->shards));
		return;
	}
	trained = dsfit_min(rank->weight_bytes, trained);
	dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "frozen", dsfit_sub(rank->weight_bytes, trained));
	dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS, "trained", trained / rank->width.weight,
			     (double)rank->width.weight);
}

/* The frozen copy of the model beside it, in the model's own type. Stage 3 shares it out as well,
 * and leaves its small parameters whole. */
static void add_reference(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t width = rank->width.weight, bytes = dsfit_mul(rank->parameters, width);

	if (!dsfit_training_has_reference(rank->training))
		return;
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		bytes = rank->training->offload_param == DSFIT_OFFLOAD_NONE ?
				dsfit_div_up(bytes, rank->shards) : 0;
	if (dsfit_rank_gathers(rank))
		bytes = dsfit_add(bytes, dsfit_mul(rank->left_whole, width));
	dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "the reference model", bytes);
}

void dsfit_between_steps(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t owned = rank->training->zero ? rank->partition : dsfit_rank_stepped(rank);

	memset(out, 0, sizeof(*out));
	add_reference(rank, out);
	if (rank->training->outputs_kept)
		dsfit_terms_add(out, DSFIT_TERM_ACTIVATIONS, "the last step's logits",
				dsfit_activations_logits(rank));
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		add_stage_3(rank, out);
	else
		add_weights(rank, out);
	/* "fp32_groups_gradients_flat" */
	if (rank->wrapper == DSFIT_WRAPPER_BF16)
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "accumulated in fp32",
				     rank->trainable, 4);
	if (!dsfit_rank_offloads_optimizer(rank)) {
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER, "master copy", owned,
				     (double)rank->width.master);
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER, "states", owned,
				     rank->width.states);
	} else if (rank->wrapper == DSFIT_WRAPPER_ZERO12) {
		/* "temp_grad_buffer_for_gpu_offload" */
		dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION,
				     "the largest gradient, copied to the host", rank->largest,
				     (double)rank->width.weight);
	}
}
