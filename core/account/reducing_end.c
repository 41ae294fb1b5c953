/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of backward. The embedding comes last, and its gradient is often the largest of all.
 * Backward may be highest here, because reducing makes copies. Names in quotes are those of
 * DeepSpeed 0.19.8's code.
 *
 * A tied embedding has three gradients for a moment: the head's, its own, and their sum.
 *
 *     stages 1, 2   the embedding's gradient does not fit into the bucket:
 *                     reduce_ipg_grads() reduces what is in there, beside that gradient (a)
 *                   independent_gradient_partition_epilogue():
 *                     reduce_ipg_grads() reduces the rest, the embedding's included (b)
 *     stage 1       all gradients exist; reduce_gradients() takes them through one bucket
 *     stage 3       as (a) and (b), in __reduce_and_partition_ipg_grads()
 *     stage 0       buffered_allreduce_fallback() flattens 5e8 elements at a time into a copy
 *
 *     bytes (stage 2)                                   copy of the rest
 *       ^                        copy of the bucket    ________
 *       |    _________________________|______|________|________|
 *       |    gradients of the own partition, so far
 *       |____buckets_____________________________________________
 *             block 1                 (a)             (b)        step
 */
#include "core/account/reducing_end.h"

#include "core/account/gradients.h"
#include "core/account/reducing.h"
#include "core/base/size.h"

/* MEMORY_OPT_ALLREDUCE_SIZE of runtime/engine.py: the elements that stage 0 reduces at once. */
#define ALLREDUCE_ELEMENTS UINT64_C(500000000)

/*
 * Bytes of the embedding's gradients where all gradients are counted already: the head's gradient
 * of it, its own and their sum. One of them is among those counted, unless all that is counted is
 * of earlier micro-steps.
 */
static uint64_t embedding_bytes(const struct dsfit_rank *rank)
{
	uint64_t times = dsfit_rank_tied(rank) ? 3 : 1;

	if (!dsfit_rank_accumulates(rank))
		times--;
	return dsfit_mul(times, dsfit_gradients_bytes(rank, rank->trained.embedding));
}

/* Stage 1 without overlap: all gradients exist, and the first bucket is reduced. */
static void add_stage_1(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t bucket = dsfit_min(rank->training->reduce_bucket, dsfit_gradients_made(rank));
	uint64_t in_bucket = rank->trained.embedding > bucket ? 0 : bucket, more, own;

	if (!dsfit_rank_accumulates(rank)) {
		dsfit_gradients_add(rank, "from this backward pass", dsfit_gradients_made(rank),
				    out);
		dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "reduce buckets",
				dsfit_reducing_buckets(rank));
	}
	more = dsfit_reducing_bytes(rank, rank->ranks > 1 && rank->training->reduce_scatter,
				    in_bucket ? in_bucket : rank->trained.embedding);
	own = dsfit_gradients_of_partition(rank);
	if (dsfit_rank_offloads_optimizer(rank))
		own = dsfit_add(own, dsfit_gradients_norm(rank));
	more = dsfit_max(more, own);
	/* Gradients in the bucket are views of it: their own bytes are free again. */
	more = dsfit_sub(more, dsfit_gradients_bytes(rank, in_bucket));
	/* With overlap the gradients went with the last backward. */
	if (rank->training->overlap_comm)
		more = 0;
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "a bucket being reduced",
			dsfit_max(more, embedding_bytes(rank)));
}

/*
 * Bytes that stages 1 and 2 need to reduce a bucket of so many parameters, which are among the
 * first `end` of those that have gradients; a tower that does not run is in front of them.
 * allreduce_bucket() copies it where it belongs to several ranks' partitions. Where gradients are
 * summed up in fp32 and not sent in fp32, _add_to_grad_partition_buffer() widens one at a time,
 * of at most `largest` parameters. A block's gradients are made in another order than its
 * parameters are stored, so a boundary within the block behind counts as well.
 */
static uint64_t reducing_bytes(const struct dsfit_rank *rank, uint64_t parameters, uint64_t end,
			       uint64_t largest)
{
	uint64_t idle = rank->idle, part = dsfit_max(1, rank->partition);
	uint64_t behind = dsfit_add(dsfit_add(idle, end), rank->trained.block);
	bool copied = rank->ranks > 1 && rank->training->reduce_scatter &&
		      idle / part != dsfit_sub(behind, 1) / part;
	bool widens = dsfit_gradients_summed_in_fp32(rank);
	uint64_t widened = 0;

	if (rank->width.sent != rank->width.gradient && rank->width.sent == rank->width.accumulated)
		widens = false;
	if (widens)
		widened = dsfit_mul(dsfit_min(rank->partition, largest), rank->width.accumulated);
	return dsfit_add(dsfit_reducing_bytes(rank, copied, parameters), widened);
}

/* Parameters in the bucket when the embedding's gradient is made. */
static uint64_t in_last_bucket(const struct dsfit_rank *rank)
{
	uint64_t bucket = rank->training->reduce_bucket;
	uint64_t made = dsfit_gradients_made(rank);
	uint64_t behind = dsfit_sub(made, rank->trained.embedding);

	/* Where one block fills several buckets, the last is as full as any. */
	if (bucket < rank->trained.block)
		return dsfit_reducing_full_bucket(rank);
	if (bucket < made)
		return behind % dsfit_max(1, dsfit_reducing_full_bucket(rank));
	return behind;
}

/* Stage 2, and stage 1 with overlap: (a) or (b) of the diagram, whichever is higher. */
static void add_stage_2(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t table = rank->trained.embedding, bucket = rank->training->reduce_bucket;
	uint64_t gradient = dsfit_gradients_bytes(rank, table), part = rank->partition;
	uint64_t before = in_last_bucket(rank), last = table, own = 0, early, most;
	uint64_t tower = rank->trained.tower;

	/* A partition in fp32 exists already where it holds earlier micro-steps. */
	if (!dsfit_gradients_summed_in_fp32(rank) || !dsfit_rank_accumulates(rank))
		own = dsfit_gradients_of_partition(rank);
	/* Buckets reduced before may belong to this rank's partition already. */
	early = part > tower + table + before ? own : 0;
	if (rank->blind)
		early = dsfit_sub(early, dsfit_gradients_bytes(rank, tower));
	else if (!early && own)
		early = dsfit_gradients_bytes(rank, dsfit_min(part, tower));
	most = dsfit_add(early, dsfit_rank_tied(rank) ? dsfit_mul(gradient, 3) : gradient);
	if (before + table > bucket) {
		uint64_t first = reducing_bytes(rank, before, table + before, rank->trained.matrix);

		first = dsfit_max(dsfit_add(first, early), part > tower + table ? own : 0);
		most = dsfit_max(most, dsfit_add(gradient, first));
	} else {
		last += before;
	}
	last = dsfit_add(reducing_bytes(rank, last, last, table), early);
	if (dsfit_rank_offloads_optimizer(rank))
		own = dsfit_add(own, dsfit_gradients_norm(rank));
	last = dsfit_max(last, own);
	/* A gradient larger than the bucket is reduced where it is. */
	if (table > bucket)
		last = dsfit_add(last, gradient);
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "reduce buckets",
			dsfit_reducing_buckets(rank));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS,
			"gradients of the embedding, and gradients being reduced",
			dsfit_max(most, last));
}

/*
 * What partition_grads() of zero/stage3.py has for one parameter whose optimizer is offloaded: its
 * gradient's partition, brought back from the host, and the same in the type of norms.
 */
static uint64_t offloading_bytes(const struct dsfit_rank *rank, uint64_t parameters)
{
	if (!dsfit_rank_offloads_optimizer(rank))
		return 0;
	return dsfit_mul(parameters / rank->shards, rank->width.accumulated + DSFIT_NORM_WIDTH);
}

/* Stage 3: the embedding's gradients, or beside one of them the bucket that is reduced, or the last
 * bucket. reduce_scatter_coalesced() copies several gradients, or one that it has to pad. */
static void add_stage_3(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t table = rank->trained.embedding, bucket = rank->training->reduce_bucket;
	uint64_t gradient = dsfit_gradients_bytes(rank, table), before, last = table, most, end;
	uint64_t largest = dsfit_max(table, rank->trained.matrix);
	uint64_t made = dsfit_gradients_made(rank);
	bool copied;

	before = bucket < made ? dsfit_reducing_full_bucket(rank) : dsfit_sub(made, table);
	most = dsfit_add(dsfit_mul(dsfit_rank_tied(rank) ? 3 : 1, gradient),
			 dsfit_reducing_waiting(rank, before));
	if (before + table > bucket) {
		uint64_t first = dsfit_reducing_bytes(rank, rank->trained.matrix <= bucket, before);

		first = dsfit_add(first, dsfit_reducing_waiting(rank, before));
		most = dsfit_max(most, dsfit_add(gradient, first));
	} else {
		last = dsfit_add(last, before);
	}
	/* Without reduce_scatter a contiguous bucket is reduced where it is. */
	copied = (last > table && (rank->training->reduce_scatter ||
				   !rank->training->contiguous_gradients)) ||
		 (last == table && table % rank->shards);
	end = dsfit_reducing_bytes(rank, copied, last);
	end = dsfit_add(end, dsfit_reducing_waiting(rank, last));
	if (table > bucket)
		end = dsfit_add(end, gradient);
	end = dsfit_add(end, offloading_bytes(rank, largest));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS,
			"gradients of the embedding, and gradients being reduced",
			dsfit_max(most, end));
}

/* Stage 0, BF16_Optimizer and PyTorch alone. DeepSpeed flattens gradients even on one rank, with
 * zeros for those that are not there, and converts the copy if they are sent in another type.
 * BF16_Optimizer's gradients are flat and in fp32: it converts them, unless they are sent in fp32.
 */
static void add_stage_0(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t at_once = 0, width = rank->width.gradient, made = rank->trainable;
	bool converts = rank->width.sent != rank->width.gradient;

	if (rank->training->engine == DSFIT_ENGINE_DEEPSPEED)
		at_once = dsfit_min(ALLREDUCE_ELEMENTS, rank->trainable);
	else
		made = dsfit_gradients_made(rank);
	if (converts)
		width = rank->wrapper == DSFIT_WRAPPER_BF16 ? 0 : width + rank->width.sent;
	if (!dsfit_rank_accumulates(rank))
		dsfit_gradients_add(rank, "from this backward pass", made, out);
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "gradients, copied for reduction",
			dsfit_max(dsfit_mul(at_once, width), embedding_bytes(rank)));
}

void dsfit_reducing_at_end(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	switch (rank->wrapper) {
	case DSFIT_WRAPPER_ZERO12:
		if (dsfit_gradients_reduced_early(rank))
			add_stage_2(rank, out);
		else
			add_stage_1(rank, out);
		break;
	case DSFIT_WRAPPER_ZERO3:
		add_stage_3(rank, out);
		break;
	case DSFIT_WRAPPER_FSDP:
		if (!dsfit_rank_accumulates(rank))
			dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS,
					     "this rank's share, in fp32", rank->partition, 4);
		break;
	default:
		add_stage_0(rank, out);
		break;
	}
}
