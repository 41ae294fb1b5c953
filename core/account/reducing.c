/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one block's backward adds: gradients, and the buckets in which they are sent to the ranks
 * that own them. Names in quotes are those of DeepSpeed 0.19.8's code.
 *
 * Stage 2, stage 1 with overlap_comm, and stage 3 reduce while backward runs, so that only a
 * bucket's worth of gradients exists at a time:
 *
 *     a gradient is made       reduce_independent_p_g_buckets_and_remove_grads()
 *       it is copied into      "ipg_buckets": reduce_bucket_size elements, allocated whole by
 *       the bucket             setup_buckets(); two of them with overlap_comm
 *     the next one does not    reduce_ipg_grads() in stages 1 and 2,
 *     fit: the bucket is       __reduce_and_partition_ipg_grads() in stage 3
 *     reduced                    the bucket's gradients are copied once more and sent
 *       gradients of the         stage 2 keeps whole ones, see core/account/gradients.c
 *       own partition stay
 *
 *     bytes
 *       ^              ______ the copy, while a full bucket is reduced
 *       |   __________|______|__________
 *       |   buckets (allocated whole)
 *       |__/____________________________  one gradient on its way
 *          head   block L  ...   block 1
 *
 * Stage 1 without overlap_comm, stage 0 and PyTorch alone do not reduce in backward: gradients pile
 * up until its end.
 */
#include "core/account/reducing.h"

#include "core/account/gradients.h"
#include "core/base/size.h"

uint64_t dsfit_reducing_buckets(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (rank->wrapper != DSFIT_WRAPPER_ZERO12)
		return 0;
	/* With offload, DeepSpeed sets contiguous_gradients itself. */
	if (!t->contiguous_gradients && !dsfit_rank_offloads_optimizer(rank))
		return 0;
	return dsfit_mul(rank->bucket_bytes, t->overlap_comm ? 2 : 1);
}

static void add_buckets(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "reduce buckets",
			dsfit_reducing_buckets(rank));
}

void dsfit_reducing_add_earlier(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	if (dsfit_rank_accumulates(rank) && rank->training->zero == 1)
		add_buckets(rank, out);
}

uint64_t dsfit_reducing_first_block(const struct dsfit_rank *rank)
{
	uint64_t bucket = rank->training->reduce_bucket, block = rank->trained.block;
	uint64_t full = bucket;

	if (!bucket || !block || bucket >= dsfit_gradients_made(rank))
		return 0;
	/* Stages 1 and 2 copy a bucket only where the partition of this rank, the first, ends. */
	if (dsfit_gradients_reduced_early(rank))
		full = dsfit_mul(dsfit_div_up(rank->partition, bucket), bucket);
	return dsfit_min(dsfit_sub(full, rank->trained.head) / block, rank->blocks - 1);
}

bool dsfit_reducing_copies(const struct dsfit_rank *rank, uint64_t parameters)
{
	uint64_t bucket = rank->training->reduce_bucket, part = rank->partition;

	if (parameters < bucket)
		return false;
	/* reduce_scatter_coalesced() copies a bucket of several gradients, even on one rank. */
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		return rank->trained.matrix <= bucket;
	/* average_tensor() copies a bucket that belongs to several ranks' partitions. Without
	 * reduce_scatter it all-reduces the bucket where it is. */
	if (rank->ranks == 1 || !rank->training->reduce_scatter)
		return false;
	return part <= bucket || parameters / part > (parameters - bucket) / part;
}

/*
 * In stages 1 and 2, gradient_reduction_w_predivide() and allreduce_bucket() convert the bucket, or
 * its copy. Stage 3's bucket has the type in which it is sent, so that only gradients outside of it
 * are converted; then __avg_scatter_grads() converts this rank's share of them back.
 */
uint64_t dsfit_reducing_bytes(const struct dsfit_rank *rank, bool copied, uint64_t parameters)
{
	const struct dsfit_widths *w = &rank->width;
	bool stage_3 = rank->wrapper == DSFIT_WRAPPER_ZERO3;
	uint64_t width = copied ? (stage_3 ? w->sent : w->gradient) : 0, back = 0;
	bool outside = !rank->training->contiguous_gradients ||
		       rank->trained.matrix > rank->training->reduce_bucket;

	if (w->sent != w->gradient) {
		if (!stage_3 || outside)
			width += w->sent;
		if (stage_3 && w->sent != w->accumulated)
			back = dsfit_mul(parameters, w->accumulated) / rank->shards;
	}
	return dsfit_add(dsfit_mul(parameters, width), back);
}

uint64_t dsfit_reducing_waiting(const struct dsfit_rank *rank, uint64_t parameters)
{
	const struct dsfit_training *t = rank->training;

	if (t->contiguous_gradients)
		return 0;
	if (rank->wrapper == DSFIT_WRAPPER_ZERO12 && dsfit_rank_offloads_optimizer(rank))
		return 0;
	return dsfit_gradients_bytes(rank, dsfit_min(parameters, t->reduce_bucket));
}

uint64_t dsfit_reducing_full_bucket(const struct dsfit_rank *rank)
{
	uint64_t bucket = dsfit_min(rank->training->reduce_bucket, dsfit_gradients_made(rank));

	return bucket - dsfit_min(rank->trained.matrix, bucket) / 2;
}

/* Gradients on their way: those made before a block, the block's own, and whether a bucket gets
 * full with them. */
struct made {
	uint64_t before, block, matrix;
	bool fills;
};

/* A gradient larger than a bucket waits outside until the next one comes
 * (__add_grad_to_ipg_bucket() of stage3.py). Before the largest of a mixture that is one module it
 * is that of the mixture's other parameter. */
static uint64_t waits_outside(const struct dsfit_rank *rank, uint64_t matrix)
{
	uint64_t other = dsfit_sub(rank->trained.experts, matrix);

	return other ? dsfit_min(other, matrix) : matrix;
}

/* Gradients that go into buckets as they are made. */
static void add_bucketed(const struct dsfit_rank *rank, const struct made *gradients,
			 struct dsfit_terms *out)
{
	uint64_t matrix = gradients->matrix, made = dsfit_add(gradients->before, gradients->block);
	bool copied = dsfit_reducing_copies(rank, made);

	add_buckets(rank, out);
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "waiting to be reduced",
			dsfit_reducing_waiting(rank, gradients->before));
	if (gradients->fills)
		dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION,
				"a full bucket, copied for reduction",
				dsfit_reducing_bytes(rank, copied,
						     dsfit_reducing_full_bucket(rank)));
	if (matrix > rank->training->reduce_bucket)
		matrix = dsfit_add(matrix, waits_outside(rank, matrix));
	dsfit_gradients_add(rank, "being copied into a bucket", matrix, out);
	if (dsfit_rank_tied(rank))
		dsfit_gradients_add(rank, "of the tied embedding, from the output head", rank->trained.embedding,
				    out);
}

/* Gradients that all stay until the end of the last backward. */
static void add_whole(const struct dsfit_rank *rank, const struct made *gradients,
		      struct dsfit_terms *out)
{
	uint64_t head = dsfit_rank_tied(rank) ? rank->trained.embedding : 0, made;

	made = dsfit_add(gradients->before, gradients->matrix);
	made = dsfit_add(dsfit_min(dsfit_gradients_made(rank), made), head);
	/* Those of earlier micro-steps are counted already. New ones are added to them one by one. */
	if (dsfit_rank_accumulates(rank))
		made = dsfit_add(gradients->matrix, head);
	else if (rank->wrapper == DSFIT_WRAPPER_ZERO12)
		add_buckets(rank, out);
	dsfit_gradients_add(rank, "from this backward pass", made, out);
}

/* FSDP reduces a block's gradients after its backward and keeps its shard of them in fp32. */
static void add_fsdp(const struct dsfit_rank *rank, const struct made *gradients,
		     struct dsfit_terms *out)
{
	dsfit_gradients_add(rank, "gradients of one layer", gradients->block, out);
	if (!dsfit_rank_accumulates(rank))
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's share, in fp32",
				     dsfit_div_up(gradients->before, rank->shards), 4);
}

static void add_made(const struct dsfit_rank *rank, const struct made *made,
		     struct dsfit_terms *out)
{
	if (dsfit_gradients_reduced_early(rank) || rank->wrapper == DSFIT_WRAPPER_ZERO3)
		add_bucketed(rank, made, out);
	else if (rank->wrapper == DSFIT_WRAPPER_FSDP)
		add_fsdp(rank, made, out);
	else
		add_whole(rank, made, out);
}

void dsfit_reducing_in_block(const struct dsfit_rank *rank, uint64_t done, struct dsfit_terms *out)
{
	struct made made = { dsfit_gradients_done(rank, done), rank->trained.block,
			     rank->trained.matrix, false };

	made.fills = dsfit_add(made.before, made.block) >= rank->training->reduce_bucket;
	add_made(rank, &made, out);
}

/* ---- a tower, whose parameters are the first ones and get their gradients last ---------------- */

static uint64_t bucket_of(const struct dsfit_rank *rank)
{
	return dsfit_max(1, rank->training->reduce_bucket);
}

/* Gradients made when the text's blocks and `done` blocks of the tower are through. */
static uint64_t done_in_tower(const struct dsfit_rank *rank, uint64_t done, uint64_t blocks)
{
	uint64_t block = rank->trained.tower / dsfit_max(1, blocks);

	return dsfit_add(dsfit_gradients_done(rank, rank->blocks), dsfit_mul(done, block));
}

uint64_t dsfit_reducing_first_in_tower(const struct dsfit_rank *rank, uint64_t blocks)
{
	uint64_t before = done_in_tower(rank, 0, blocks), bucket = bucket_of(rank);
	uint64_t block = rank->trained.tower / dsfit_max(1, blocks);

	return dsfit_min((bucket - before % bucket) / dsfit_max(1, block), dsfit_sub(blocks, 1));
}

/*
 * What stages 1 and 2 keep of the own partition's gradients. The first rank's partition begins with
 * the tower, and goes on with the embedding, which has no gradient yet, and the first blocks.
 */
static uint64_t own_partition(const struct dsfit_rank *rank, uint64_t before)
{
	uint64_t tower = rank->trained.tower, bucket = bucket_of(rank);
	uint64_t reduced = dsfit_sub(before / bucket * bucket, done_in_tower(rank, 0, 1));
	uint64_t text = dsfit_sub(rank->partition, dsfit_add(tower, rank->trained.embedding));

	if (!dsfit_gradients_reduced_early(rank) || dsfit_rank_accumulates(rank) ||
	    dsfit_rank_offloads_optimizer(rank) || before < bucket)
		return 0;
	return dsfit_add(text, dsfit_sub(dsfit_min(rank->partition, tower),
					 dsfit_sub(tower, reduced)));
}

void dsfit_reducing_in_tower(const struct dsfit_rank *rank, uint64_t done, uint64_t blocks,
			     struct dsfit_terms *out)
{
	const struct dsfit_tower *tower = &rank->model->tower;
	uint64_t bucket = bucket_of(rank);
	struct made made = { .before = done_in_tower(rank, done, blocks),
			     .block = rank->trained.tower / dsfit_max(1, blocks) };

	made.matrix = dsfit_min(dsfit_mul(tower->hidden, tower->ffn), made.block);
	made.fills = dsfit_add(made.before, made.block) / bucket > made.before / bucket;
	dsfit_gradients_add(rank, "this rank's partition after reduction",
			    own_partition(rank, made.before), out);
	add_made(rank, &made, out);
}
