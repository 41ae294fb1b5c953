/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gradients that stay, by the optimizer that holds them. Names in quotes are those of DeepSpeed
 * 0.19.8's code (deepspeed/runtime).
 *
 *                   within backward            until the step             from one micro-step on
 *     no engine,    all, whole                 all, whole                 all, whole
 *     stage 0
 *     stage 1       all, whole; with           of the partition's         all, whole, and the
 *                   overlap_comm as stage 2    parameters, whole          reduce buckets
 *     stage 2       in the reduce buckets      of the partition's         of the partition's
 *                                              parameters, whole          parameters, whole
 *     stages 1, 2   in the reduce buckets      the partition in fp32      the partition in fp32
 *       with fp32 sums
 *     stage 3       in the reduce bucket       "grad_partitions_flat_buffer", which exists between
 *                                              steps as well
 *     FSDP          a block's                  the shard in fp32          the shard in fp32
 *
 * Whole: DeepSpeed keeps the full gradient of a parameter even if only a part of the parameter
 * belongs to the partition (copy_grads_in_partition() of zero/stage_1_and_2.py).
 */
#include "core/account/gradients.h"

#include "core/base/size.h"

uint64_t dsfit_gradients_bytes(const struct dsfit_rank *rank, uint64_t parameters)
{
	return dsfit_mul(parameters, rank->width.gradient);
}

void dsfit_gradients_add(const struct dsfit_rank *rank, const char *cause, uint64_t parameters,
			 struct dsfit_terms *out)
{
	dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, cause, parameters,
			     (double)rank->width.gradient);
}

uint64_t dsfit_gradients_made(const struct dsfit_rank *rank)
{
	return dsfit_sub(rank->trainable, rank->idle);
}

uint64_t dsfit_gradients_done(const struct dsfit_rank *rank, uint64_t done)
{
	return dsfit_add(rank->trained.head, dsfit_mul(done, rank->trained.block));
}

uint64_t dsfit_gradients_of_head(const struct dsfit_rank *rank)
{
	return dsfit_rank_tied(rank) ? rank->trained.embedding : rank->trained.head;
}

bool dsfit_gradients_reduced_early(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (rank->wrapper != DSFIT_WRAPPER_ZERO12)
		return false;
	/* reduce_ready_partitions_and_remove_grads(): stage 1 reduces in the last backward alone. */
	return t->zero == 2 || (t->overlap_comm && !dsfit_rank_accumulates(rank));
}

/* _use_compact_grad_partition_buffer() */
bool dsfit_gradients_summed_in_fp32(const struct dsfit_rank *rank)
{
	return rank->width.accumulated > rank->width.weight;
}

/* Whether a projector alone is trained: few parameters, each larger than a partition. */
static bool of_projector(const struct dsfit_rank *rank)
{
	return rank->training->method == DSFIT_METHOD_FULL &&
	       rank->training->frozen == (DSFIT_FROZEN_VISION | DSFIT_FROZEN_LANGUAGE);
}

uint64_t dsfit_gradients_touching_partition(const struct dsfit_rank *rank)
{
	const struct dsfit_pieces *p = &rank->trained;
	uint64_t part = rank->partition, rest;

	/* Rank 0's partition begins with the model's first parameter: those of a tower, which are
	 * many, then the embedding. get_all_grad_tensors() makes zeros of gradients that are not
	 * there. */
	if (part <= p->tower)
		return dsfit_gradients_bytes(rank, of_projector(rank) ? p->tower : part);
	if (part <= p->tower + p->embedding)
		return dsfit_gradients_bytes(rank, p->tower + p->embedding);
	rest = (part - p->tower - p->embedding) % dsfit_max(1, p->block);
	/* The partition ends somewhere in a parameter, on average in its middle. */
	part = part - rest + dsfit_min(rest + p->matrix / 2, dsfit_max(rest, p->block));
	return dsfit_gradients_bytes(rank, dsfit_min(part, rank->trainable));
}

uint64_t dsfit_gradients_of_partition(const struct dsfit_rank *rank)
{
	/* _build_compact_grad_partition_buffer(): the partition in fp32, even where the optimizer
	 * is offloaded. */
	if (dsfit_gradients_summed_in_fp32(rank))
		return dsfit_mul(rank->partition, rank->width.accumulated);
	/* With offload, gradients have gone to host memory. */
	if (dsfit_rank_offloads_optimizer(rank))
		return 0;
	return dsfit_gradients_touching_partition(rank);
}

uint64_t dsfit_gradients_norm(const struct dsfit_rank *rank)
{
	uint64_t largest = dsfit_min(rank->partition, rank->largest);

	/* Stage 3 owns a share of each gradient, the others a stretch of all. */
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		largest = rank->largest / rank->shards;
	return dsfit_mul(largest, DSFIT_NORM_WIDTH);
}

void dsfit_gradients_add_earlier(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	static const char cause[] = "from earlier micro-steps";

	if (!dsfit_rank_accumulates(rank))
		return;
	switch (rank->wrapper) {
	case DSFIT_WRAPPER_NONE:
	case DSFIT_WRAPPER_UNFUSED:
	case DSFIT_WRAPPER_BF16:
		dsfit_gradients_add(rank, cause, dsfit_gradients_made(rank), out);
		break;
	case DSFIT_WRAPPER_ZERO12:
		if (rank->training->zero == 1)
			dsfit_gradients_add(rank, cause, dsfit_gradients_made(rank), out);
		else
			dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, cause,
					dsfit_gradients_of_partition(rank));
		break;
	case DSFIT_WRAPPER_FSDP:
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, cause, rank->partition, 4);
		break;
	default:
		/* Stage 3's buffer for them is there between steps. */
		break;
	}
}
