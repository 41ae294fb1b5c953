/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model states and communication buffers, as each of DeepSpeed's optimizers holds, shards and
 * offloads them. Names in quotes are those of DeepSpeed 0.19.8's code, in deepspeed/runtime:
 * zero/stage_1_and_2.py, zero/stage3.py, zero/partition_parameters.py,
 * zero/partitioned_param_coordinator.py, bf16_optimizer.py, fp16/unfused_optimizer.py, engine.py.
 */
#include "core/account/states.h"

#include <string.h>

#include "core/base/size.h"

/* MEMORY_OPT_ALLREDUCE_SIZE of engine.py, elements: what stage 0 reduces at once. */
#define ALLREDUCE_ELEMENTS UINT64_C(500000000)

/* Norms of gradients are summed up in fp64, get_norm_dtype(): a copy of one gradient at a time. */
#define NORM_WIDTH 8

static uint64_t gradients_of(const struct dsfit_rank *b, uint64_t parameters)
{
	return dsfit_mul(parameters, b->width.gradient);
}

/* So many parameters' gradients, for this reason. */
static void add_gradients(const struct dsfit_rank *b, struct dsfit_terms *out, const char *cause,
			  uint64_t parameters)
{
	dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, cause, parameters,
			     (double)b->width.gradient);
}

static void add_buffer(struct dsfit_terms *out, const char *cause, uint64_t bytes)
{
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, cause, bytes);
}

static bool offloaded(const struct dsfit_rank *b)
{
	return b->training->offload_optimizer != DSFIT_OFFLOAD_NONE;
}

static bool accumulates(const struct dsfit_rank *b)
{
	return b->training->accumulation > 1;
}

/* Gradients go into a bucket as they come; else all wait for the end of the last backward, or,
 * in stage 1 with overlap, for the last backward. */
static bool reduces_in_backward(const struct dsfit_rank *b)
{
	return b->wrapper == DSFIT_WRAPPER_ZERO12 &&
	       (b->training->zero == 2 || (b->training->overlap_comm && !accumulates(b)));
}

/* The parameter that the head's gradient is of: the embedding where the two are one. */
static uint64_t head_of(const struct dsfit_rank *b)
{
	return b->model->shape.tied ? b->trained.embedding : b->trained.head;
}

/* "ipg_buckets" of stages 1 and 2, setup_buckets(): there from a backward's first gradient on. */
static uint64_t ipg_buckets(const struct dsfit_rank *b)
{
	if (b->wrapper != DSFIT_WRAPPER_ZERO12 ||
	    !(b->training->contiguous_gradients || offloaded(b)))
		return 0;
	return dsfit_mul(b->bucket, b->training->overlap_comm ? 2 : 1);
}

/* Stages 1 and 2 sum gradients of 16 bits up in a partition in fp32. */
static bool compact(const struct dsfit_rank *b)
{
	return b->width.accumulated > b->width.weight;
}

/* Whole gradients of every parameter that rank 0's partition touches, the model's first. */
static uint64_t first_gradients(const struct dsfit_rank *b)
{
	const struct dsfit_pieces *p = &b->trained;
	uint64_t part = b->part, rest;

	if (part <= p->embedding)
		return gradients_of(b, p->embedding);
	rest = (part - p->embedding) % dsfit_max(1, p->block);
	/* The last parameter is cut anywhere: half of it is over on average. */
	part = part - rest + dsfit_min(rest + p->matrix / 2, dsfit_max(rest, p->block));
	return gradients_of(b, dsfit_min(part, b->trainable));
}

/*
 * "grads_in_partition". With fp32 accumulation it is the partition itself, in fp32,
 * _build_compact_grad_partition_buffer(), even where the optimizer is offloaded; else what is
 * offloaded has none.
 */
static uint64_t grads_in_partition(const struct dsfit_rank *b)
{
	if (compact(b))
		return dsfit_mul(b->part, b->width.accumulated);
	return offloaded(b) ? 0 : first_gradients(b);
}

/*
 * Autocast's copies of the weights of so many blocks and of the head. In forward it has them all
 * in its cache; then a block's are there until its backward is through, or while it is recomputed.
 * Stage 3's linears cast what is no parameter, for the product alone.
 */
static void add_casts(const struct dsfit_rank *b, uint64_t blocks, bool head,
		      struct dsfit_terms *out)
{
	bool frozen = b->training->method != DSFIT_METHOD_FULL && b->width.frozen <= 2;
	const struct dsfit_pieces *cast = frozen ? &b->trained : &b->whole;
	uint64_t parameters = dsfit_mul(cast->block, blocks);

	if (dsfit_rank_own_linears(b))
		return;
	if (head)
		parameters = dsfit_add(parameters, b->model->shape.tied ? cast->embedding :
									cast->head);
	dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS, "autocast's 16-bit copies", parameters,
			     (double)b->width.cast);
}

static bool recomputes(const struct dsfit_rank *b)
{
	return b->training->checkpointing == DSFIT_CHECKPOINTING_FULL;
}

/* What a rank keeps from one micro-step to the next. */
static void add_kept(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	static const char earlier[] = "of earlier micro-steps";

	if (!accumulates(b))
		return;
	switch (b->wrapper) {
	case DSFIT_WRAPPER_NONE:
	case DSFIT_WRAPPER_UNFUSED:
	case DSFIT_WRAPPER_BF16:
		add_gradients(b, out, earlier, b->trainable);
		break;
	case DSFIT_WRAPPER_ZERO12:
		if (b->training->zero == 1) {
			add_gradients(b, out, earlier, b->trainable);
			add_buffer(out, "reduce buckets", ipg_buckets(b));
		} else {
			dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, earlier,
					grads_in_partition(b));
		}
		break;
	case DSFIT_WRAPPER_FSDP:
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, earlier, b->part, 4);
		break;
	default:
		/* Stage 3 has a buffer for them at rest already. */
		break;
	}
}

/* Twin-Flow: as many of the first sub-groups as the ratio says stay on the GPU, states and all;
 * _create_fp32_partitions() rounds down. */
static uint64_t twin_flow(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t part = b->part, groups = dsfit_div_up(part, dsfit_max(1, t->sub_group)), stay;

	if (b->wrapper != DSFIT_WRAPPER_ZERO3 || t->offload_optimizer != DSFIT_OFFLOAD_CPU)
		return 0;
	stay = dsfit_scale(groups, 1 - t->offload_ratio);
	return dsfit_min(part, dsfit_mul(stay, t->sub_group));
}

/* What stage 3 has in 16 bits: its share of all parameters, and those left whole. */
static void rest_zero3(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t stay = twin_flow(b);

	dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "in 8 or 4 bits, on every rank", b->quantised);
	if (b->shards > 1)
		dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS, "left whole: small ones",
				     dsfit_add(b->persistent, b->adapters),
				     (double)b->width.weight);
	if (t->offload_param == DSFIT_OFFLOAD_NONE) {
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "this rank's share",
				b->share - b->experts_share);
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "its share of the experts",
				b->experts_share);
	}
	if (!offloaded(b)) {
		/* "grad_partitions_flat_buffer" */
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's share", b->part,
				     (double)b->width.accumulated);
	} else {
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER, "not offloaded (ratio)", stay,
				     (double)(b->width.master + 4) + b->width.states);
	}
	/* The reduce bucket is allocated once and stays. */
	if (t->contiguous_gradients)
		add_buffer(out, "the reduce bucket", b->bucket);
}

/* Weights where no stage 3 shards them. */
static void rest_weights(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	uint64_t trained = dsfit_min(b->weights, dsfit_mul(b->trainable, b->width.weight));

	/* FSDP's shards are its master copy. */
	if (b->wrapper == DSFIT_WRAPPER_FSDP) {
		trained = dsfit_sub(b->weights, gradients_of(b, b->trainable));
		dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "frozen, this rank's share",
				dsfit_div_up(trained, b->shards));
		return;
	}
	dsfit_terms_add(out, DSFIT_TERM_WEIGHTS, "frozen", dsfit_sub(b->weights, trained));
	dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS, "trained", trained / b->width.weight,
			     (double)b->width.weight);
}

void dsfit_states_at_rest(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t part = t->zero ? b->part : b->trainable;

	memset(out, 0, sizeof(*out));
	if (b->wrapper == DSFIT_WRAPPER_ZERO3)
		rest_zero3(b, out);
	else
		rest_weights(b, out);
	/* "fp32_groups_gradients_flat" */
	if (b->wrapper == DSFIT_WRAPPER_BF16)
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "summed up in fp32", b->trainable,
				     4);
	if (!offloaded(b)) {
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER, "master copy", part,
				     (double)b->width.master);
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER, "states", part, b->width.states);
	} else if (b->wrapper == DSFIT_WRAPPER_ZERO12) {
		/* "temp_grad_buffer_for_gpu_offload" */
		dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION,
				     "the largest gradient, on its way to the host", b->largest,
				     (double)b->width.weight);
	}
}

/* --- Stage 3's gathered parameters, PartitionedParameterCoordinator ------------------------ */

/* Parameters that are gathered at all: not those in 4 bits, nor those left whole. */
static uint64_t gatherable(const struct dsfit_rank *b)
{
	uint64_t bytes = dsfit_sub(b->weights, b->quantised);
	uint64_t all = bytes / b->width.weight;

	return dsfit_sub(dsfit_sub(all, b->persistent), b->adapters);
}

/* Of a block: 4-bit matrices are not gathered. */
static uint64_t gatherable_block(const struct dsfit_rank *b)
{
	uint64_t ends = dsfit_add(b->whole.embedding, b->whole.head);

	return dsfit_sub(gatherable(b), ends) / b->blocks;
}

static bool gathers(const struct dsfit_rank *b)
{
	return b->wrapper == DSFIT_WRAPPER_ZERO3 && b->shards > 1;
}

static uint64_t ends_of(const struct dsfit_rank *b)
{
	return b->model->shape.tied ? b->whole.embedding : b->whole.head;
}

/*
 * The last blocks are not released after forward, __params_to_release(): their next use is
 * within stage3_max_reuse_distance. Between a parameter's two uses lie the blocks after it, once
 * in forward and once or twice in backward, and the head, twice.
 */
static uint64_t reused(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t head = ends_of(b), block = dsfit_max(1, gatherable_block(b)), blocks = 0;
	uint64_t passes = t->checkpointing == DSFIT_CHECKPOINTING_FULL ? 3 : 2, distance, kept;

	distance = dsfit_add(block, dsfit_mul(2, head));
	if (distance < t->max_reuse)
		blocks = 1 + (t->max_reuse - 1 - distance) / dsfit_mul(passes, block);
	blocks = dsfit_min(blocks, b->blocks);
	kept = dsfit_mul(blocks, block);
	/* Of a block that is just too far off, its last matrix is near enough. */
	if (!blocks && dsfit_sub(distance, b->whole.matrix) < t->max_reuse)
		kept = b->whole.matrix;
	return dsfit_min(gatherable(b), dsfit_add(head, kept));
}

/*
 * A prefetched group is there twice until the last of its parameters was used: in the flat
 * buffer of _all_gather_dtype() and in the parameters. One parameter alone has no flat buffer.
 */
static uint64_t prefetched(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t blocks = dsfit_mul(gatherable_block(b), b->blocks), group;

	group = dsfit_min(t->prefetch_bucket, gatherable(b));
	if (group && b->quantised && blocks < t->prefetch_bucket)
		/* All that 4-bit blocks leave to gather, and the head with it. */
		group = dsfit_add(blocks, ends_of(b));
	else if (t->prefetch_bucket > t->max_live / 2)
		/* Where so much is not live at once, parameters come one by one. */
		group = 0;
	/* Autocast's are gathered in 16 bits, and widened. */
	if (b->autocast)
		return dsfit_mul(group, 2) / b->width.weight;
	/* ZeRO++ gathers them in 8 bits. */
	return t->quantized_weights ? group / b->width.weight : group;
}

/* Experts in one parameter each way: views of them stay in the autograd graph, so that releasing
 * them frees nothing. */
static uint64_t experts_retained(const struct dsfit_rank *b)
{
	if (!gathers(b) || b->training->checkpointing == DSFIT_CHECKPOINTING_FULL)
		return 0;
	return dsfit_mul(b->whole.experts, b->blocks);
}

/* What prefetching fills up to; without it parameters are gathered as they are needed. */
static uint64_t filled(const struct dsfit_rank *b)
{
	return b->training->prefetch_bucket ? b->training->max_live : 0;
}

/* Parameters that are there when the loss is: those about to be used again, or as many as
 * prefetching may fill up to. */
static uint64_t gathered_at_loss(const struct dsfit_rank *b)
{
	return dsfit_max(dsfit_min(gatherable(b), filled(b)), reused(b));
}

/* Parameters that are there in a block's backward: in recomputing it is gathered whole, if it is
 * not released at once. */
static uint64_t gathered_in_block(const struct dsfit_rank *b, uint64_t done)
{
	uint64_t block = gatherable_block(b), live = filled(b), left, kept;

	left = dsfit_mul(block, b->blocks - done);
	kept = dsfit_sub(dsfit_sub(reused(b), ends_of(b)), dsfit_mul(done, block));
	kept = dsfit_max(kept, b->training->max_reuse > block ? block : b->whole.matrix);
	/* The embedding is prefetched last, on top of what may be live. */
	if (left > live)
		left = dsfit_max(kept, dsfit_add(live, prefetched(b)));
	else
		left = dsfit_add(left, b->trained.embedding);
	left = dsfit_max(dsfit_min(left, gatherable(b)), dsfit_mul(2, b->whole.experts));
	if (experts_retained(b))
		left = dsfit_max(left, dsfit_mul(b->whole.experts, b->blocks - done));
	return left;
}

static void add_gathered(const struct dsfit_rank *b, uint64_t parameters, struct dsfit_terms *out)
{
	const struct dsfit_training *t = b->training;

	if (b->wrapper == DSFIT_WRAPPER_FSDP) {
		/* The unit that runs, the next one, and the root's own: embedding and head. */
		parameters = dsfit_add(dsfit_mul(2, b->whole.block),
				       dsfit_add(b->whole.embedding, b->whole.head));
		dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION, "gathered parameters",
				     parameters, 2);
	}
	if (!gathers(b))
		return;
	dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION, "gathered parameters", parameters,
			     (double)b->width.weight);
	/* ZeRO++'s second shards, among the ranks of a node. */
	if (t->hpz > 1 && gatherable(b) > t->max_live)
		add_buffer(out, "ZeRO++'s second shard",
			   dsfit_mul(gatherable(b), b->width.weight) / t->hpz);
}

/* --- The phases ------------------------------------------------------------------------------ */

void dsfit_states_loss(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	*out = *rest;
	add_kept(b, out);
	add_casts(b, b->blocks, true, out);
	add_gathered(b, dsfit_max(gathered_at_loss(b), experts_retained(b)), out);
}

void dsfit_states_start(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			struct dsfit_terms *out)
{
	*out = *rest;
	add_kept(b, out);
	add_casts(b, recomputes(b) ? 0 : b->blocks, true, out);
	add_gathered(b, dsfit_max(gathered_at_loss(b), experts_retained(b)), out);
}

void dsfit_states_forward(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			  struct dsfit_terms *out)
{
	uint64_t all = gatherable(b), live = filled(b), head = ends_of(b), most;

	*out = *rest;
	add_kept(b, out);
	add_casts(b, b->blocks, false, out);
	/* The head comes on top of what may be live where there was room for one parameter more;
	 * if it is the embedding, and soon used again, it was never released. */
	if (b->model->shape.tied && dsfit_mul(b->blocks, b->whole.block) < b->training->max_reuse)
		head = 0;
	most = all <= live ? all : dsfit_min(all, dsfit_add(live, head));
	most = dsfit_max(dsfit_add(most, prefetched(b)), reused(b));
	most = dsfit_max(most, dsfit_add(dsfit_mul(2, b->whole.experts), ends_of(b)));
	add_gathered(b, dsfit_max(most, experts_retained(b)), out);
}

void dsfit_states_head(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	dsfit_states_start(b, rest, out);
	add_gradients(b, out, "the head's", head_of(b));
}

/* Parameters whose gradients have come when so many blocks are done. */
static uint64_t reached(const struct dsfit_rank *b, uint64_t done)
{
	return dsfit_add(b->trained.head, dsfit_mul(done, b->trained.block));
}

uint64_t dsfit_states_first_reduced(const struct dsfit_rank *b)
{
	uint64_t bucket = b->training->reduce_bucket, part = b->part, block = b->trained.block;
	uint64_t at;

	if (!bucket || !block || bucket >= b->trainable)
		return 0;
	at = bucket;
	/* Stages 1 and 2 copy a bucket only where it is of several ranks' partitions. */
	if (reduces_in_backward(b))
		at = dsfit_mul(dsfit_div_up(part, bucket), bucket);
	at = dsfit_sub(at, b->trained.head) / block;
	return dsfit_min(at, b->blocks - 1);
}

/* Whether the bucket that is full at `parameters` is copied to be reduced. */
static bool copied(const struct dsfit_rank *b, uint64_t parameters)
{
	uint64_t bucket = b->training->reduce_bucket, part = b->part;

	if (parameters < bucket)
		return false;
	/* reduce_scatter_coalesced(), on one rank as well: of several gradients. */
	if (b->wrapper == DSFIT_WRAPPER_ZERO3)
		return b->trained.matrix <= bucket;
	if (b->ranks == 1)
		return false;
	return part <= bucket || parameters / part > (parameters - bucket) / part;
}

/* What is in a bucket that is full: the parameter that no longer fits is left out. */
static uint64_t contents(const struct dsfit_rank *b)
{
	uint64_t bucket = dsfit_min(b->training->reduce_bucket, b->trainable);

	return bucket - dsfit_min(b->trained.matrix, bucket) / 2;
}

/* Buckets and gradients on their way into them. */
static void add_in_flight(const struct dsfit_rank *b, uint64_t done, struct dsfit_terms *out)
{
	uint64_t matrix = b->trained.matrix;

	add_buffer(out, "reduce buckets", ipg_buckets(b));
	if (copied(b, reached(b, done + 1)))
		add_buffer(out, "a full bucket, copied to be reduced",
			   gradients_of(b, contents(b)));
	/* One that no bucket takes waits until the next one comes. */
	if (matrix > b->training->reduce_bucket)
		matrix = dsfit_mul(matrix, 2);
	add_gradients(b, out, "on their way into a bucket", matrix);
	if (b->model->shape.tied)
		add_gradients(b, out, "the head's, of the embedding", b->trained.embedding);
}

/* Gradients that all stay until the last backward is through. */
static void add_staying(const struct dsfit_rank *b, uint64_t done, struct dsfit_terms *out)
{
	uint64_t there = dsfit_min(b->trainable, dsfit_add(reached(b, done), b->trained.matrix));

	if (b->model->shape.tied)
		there = dsfit_add(there, b->trained.embedding);
	/* Those of the micro-steps before are there already; the new ones come one by one. */
	if (accumulates(b))
		there = dsfit_add(b->trained.matrix,
				  b->model->shape.tied ? b->trained.embedding : 0);
	else if (b->wrapper == DSFIT_WRAPPER_ZERO12)
		add_buffer(out, "reduce buckets", ipg_buckets(b));
	add_gradients(b, out, "of this backward", there);
}

void dsfit_states_block(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			uint64_t done, struct dsfit_terms *out)
{
	*out = *rest;
	add_kept(b, out);
	add_casts(b, recomputes(b) ? 1 : b->blocks - done, false, out);
	if (reduces_in_backward(b) || b->wrapper == DSFIT_WRAPPER_ZERO3) {
		add_in_flight(b, done, out);
	} else if (b->wrapper == DSFIT_WRAPPER_FSDP) {
		/* Reduced block by block, and kept in fp32. */
		add_gradients(b, out, "a block's", b->trained.block);
		if (!accumulates(b))
			dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's, in fp32",
					     dsfit_div_up(reached(b, done), b->shards), 4);
	} else {
		add_staying(b, done, out);
	}
	add_gathered(b, gathered_in_block(b, done), out);
}

/* set_norm_for_param_grad_in_gpu(): of this rank's part of the embedding's gradient. */
static uint64_t offloaded_norm(const struct dsfit_rank *b)
{
	return dsfit_mul(dsfit_min(b->part, b->largest), NORM_WIDTH);
}

/*
 * On top of all gradients while the embedding's is made: the head's gradient of it, its own and
 * their sum, of which one is there already where none is from an earlier micro-step.
 */
static uint64_t last_gradient(const struct dsfit_rank *b)
{
	uint64_t times = b->model->shape.tied ? 3 : 1;

	if (!accumulates(b))
		times--;
	return dsfit_mul(times, gradients_of(b, b->trained.embedding));
}

/* Stage 1 without overlap: all gradients are there, and the first bucket is reduced. */
static void end_stage1(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	uint64_t bucket = dsfit_min(b->training->reduce_bucket, b->trainable);
	uint64_t in_bucket = b->trained.embedding > bucket ? 0 : bucket, more = 0, mine;

	if (!accumulates(b)) {
		add_gradients(b, out, "of this backward", b->trainable);
		add_buffer(out, "reduce buckets", ipg_buckets(b));
	}
	if (b->ranks > 1)
		more = gradients_of(b, in_bucket ? in_bucket : b->trained.embedding);
	mine = grads_in_partition(b);
	if (offloaded(b))
		mine = dsfit_add(mine, offloaded_norm(b));
	more = dsfit_max(more, mine);
	more = dsfit_sub(more, gradients_of(b, in_bucket));
	/* With overlap the gradients went with the last backward. */
	if (b->training->overlap_comm)
		more = 0;
	add_buffer(out, "a bucket, reduced", dsfit_max(more, last_gradient(b)));
}

/*
 * A bucket of so many parameters, the model's first `end`, reduced in stages 1 and 2: it is copied
 * where it is of several ranks' partitions, allreduce_bucket(); and one gradient at a time is
 * widened, _add_to_grad_partition_buffer(), where they are summed up in fp32. A block's gradients
 * come in another order than its parameters are in, so that a boundary in the block after counts.
 */
static uint64_t reducing(const struct dsfit_rank *b, uint64_t parameters, uint64_t end,
			 uint64_t largest)
{
	uint64_t copy = 0, widened = 0;

	if (b->ranks > 1 && b->part < dsfit_add(end, b->trained.block))
		copy = gradients_of(b, parameters);
	if (compact(b))
		widened = dsfit_mul(dsfit_min(b->part, largest), b->width.accumulated);
	return dsfit_add(copy, widened);
}

/*
 * Stage 2, or stage 1 with overlap: the embedding's gradient comes last. Where the bucket has no
 * room for it, what is in there is reduced first, beside it; then all that is left. What is of
 * this rank's partition is kept.
 */
static void end_reducing(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	uint64_t table = b->trained.embedding, bucket = b->training->reduce_bucket, part = b->part;
	uint64_t before = dsfit_sub(b->trainable, table), gradient = gradients_of(b, table);
	uint64_t mine = 0, early, most, last;

	/* How full the bucket is where a block fills several is as good as any. */
	if (bucket < b->trained.block)
		before = contents(b);
	else if (bucket < b->trainable)
		before %= dsfit_max(1, contents(b));
	/* A partition in fp32 is there already where it is of earlier micro-steps. */
	if (!compact(b) || !accumulates(b))
		mine = grads_in_partition(b);
	/* Buckets that were reduced earlier may be of this rank's partition already. */
	early = part > table + before ? mine : 0;
	/* The head's gradient of the embedding, its own, and their sum. */
	most = dsfit_add(early, b->model->shape.tied ? dsfit_mul(gradient, 3) : gradient);
	last = table;
	if (before + table > bucket) {
		uint64_t first = reducing(b, before, table + before, b->trained.matrix);

		first = dsfit_max(dsfit_add(first, early), part > table ? mine : 0);
		most = dsfit_max(most, dsfit_add(gradient, first));
	} else {
		last += before;
	}
	last = dsfit_add(reducing(b, last, last, table), early);
	if (offloaded(b))
		mine = dsfit_add(mine, offloaded_norm(b));
	last = dsfit_max(last, mine);
	/* What no bucket takes is reduced where it is. */
	if (table > bucket)
		last = dsfit_add(last, gradient);
	add_buffer(out, "reduce buckets", ipg_buckets(b));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "the embedding's, and those that are reduced",
			dsfit_max(most, last));
}

/* Stage 3: the head's gradient of the embedding, its own and their sum; or what is in the bucket
 * reduced beside it. */
static uint64_t end_zero3(const struct dsfit_rank *b)
{
	uint64_t gradient = gradients_of(b, b->trained.embedding), reduced = 0;

	if (copied(b, b->trainable))
		reduced = gradients_of(b, contents(b));
	return dsfit_max(dsfit_mul(b->model->shape.tied ? 3 : 1, gradient),
			 dsfit_add(gradient, reduced));
}

void dsfit_states_end(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		      struct dsfit_terms *out)
{
	uint64_t all = dsfit_min(ALLREDUCE_ELEMENTS, b->trainable);

	*out = *rest;
	add_kept(b, out);
	switch (b->wrapper) {
	case DSFIT_WRAPPER_ZERO12:
		if (reduces_in_backward(b))
			end_reducing(b, out);
		else
			end_stage1(b, out);
		break;
	case DSFIT_WRAPPER_ZERO3:
		add_gathered(b, b->trained.embedding, out);
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "the embedding's, and what is reduced",
				end_zero3(b));
		break;
	case DSFIT_WRAPPER_FSDP:
		if (!accumulates(b))
			dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's, in fp32",
					     b->part, 4);
		break;
	default:
		if (!accumulates(b))
			add_gradients(b, out, "of this backward", b->trainable);
		/* buffered_allreduce_fallback(), on one rank as well. */
		if (b->training->engine != DSFIT_ENGINE_DEEPSPEED)
			all = 0;
		add_buffer(out, "gradients, copied to be reduced",
			   dsfit_max(gradients_of(b, all), last_gradient(b)));
		break;
	}
}

/* The partition's gradients as they were reduced, flattened, and in fp32. */
static void step_zero12(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	static const char reduced[] = "of this rank's partition, as reduced";
	uint64_t part = b->part, norm, flat;

	if (offloaded(b)) {
		/* Stage 1's bucket is not gone yet, one with overlap as well. */
		if (compact(b) && b->training->zero == 1)
			add_buffer(out, "the reduce bucket", b->bucket);
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced, grads_in_partition(b));
		return;
	}
	norm = dsfit_mul(dsfit_min(part, b->largest), NORM_WIDTH);
	flat = dsfit_mul(part, b->width.gradient);
	/* In fp32 there is nothing to convert; a compact partition is flat as well. */
	if (compact(b))
		flat = 0;
	else if (b->width.gradient < 4)
		flat = dsfit_add(flat, dsfit_mul(part, 4));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced, grads_in_partition(b));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "flattened, and in fp32", dsfit_max(flat, norm));
}

/* _prepare_fp32_grad_for_sub_group(): one sub-group's gradients flattened and in fp32. Parameters
 * that are left whole are not there meanwhile. */
static void step_zero3(const struct dsfit_rank *b, struct dsfit_terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t group, more, whole = 0;

	if (t->hpz > 1)
		add_buffer(out, "ZeRO++'s second shard",
			   dsfit_mul(gatherable(b), b->width.weight) / t->hpz);
	if (offloaded(b))
		return;
	/* A sub-group is full with the parameter that reaches its size. */
	group = dsfit_add(t->sub_group, b->trained.matrix / b->shards / 2);
	group = dsfit_min(dsfit_max(group, b->trained.embedding / b->shards), b->part);
	more = dsfit_mul(group, b->width.accumulated < 4 ? b->width.accumulated + 4 : 4);
	more = dsfit_max(more, dsfit_mul(b->largest / b->shards, NORM_WIDTH));
	/* has_overflow(): a byte for each gradient. */
	if (t->precision == DSFIT_PRECISION_FP16)
		more = dsfit_max(more, b->part);
	if (b->shards > 1)
		whole = dsfit_mul(dsfit_add(b->persistent, b->adapters), b->width.weight);
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "a sub-group's, flattened and in fp32",
			dsfit_sub(more, whole));
}

void dsfit_states_step(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	*out = *rest;
	switch (b->wrapper) {
	case DSFIT_WRAPPER_UNFUSED:
		add_gradients(b, out, "all", b->trainable);
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "in fp32", b->trainable, 4);
		break;
	case DSFIT_WRAPPER_ZERO12:
		step_zero12(b, out);
		break;
	case DSFIT_WRAPPER_ZERO3:
		step_zero3(b, out);
		break;
	case DSFIT_WRAPPER_FSDP:
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's, in fp32", b->part, 4);
		break;
	default:
		add_gradients(b, out, "all", b->trainable);
		break;
	}
}

uint64_t dsfit_states_initialise(const struct dsfit_rank *b)
{
	uint64_t trained = dsfit_mul(b->trainable, b->width.weight);
	uint64_t master = dsfit_mul(b->part, 4), frozen = dsfit_sub(b->weights, trained);

	if (b->wrapper != DSFIT_WRAPPER_ZERO12)
		return 0;
	/* The weights are copied into one flat buffer before they are views of it; later the
	 * master copy and a gradient for it are there at once. */
	master = offloaded(b) ? 0 : dsfit_mul(master, 2);
	return dsfit_add(frozen, dsfit_max(dsfit_mul(trained, 2), dsfit_add(trained, master)));
}

uint64_t dsfit_states_kept_of_nvme(const struct dsfit_rank *b)
{
	if (b->training->offload_param != DSFIT_OFFLOAD_NVME)
		return 0;
	return dsfit_mul(dsfit_min(b->part, b->training->param_in_cpu), b->width.weight);
}

/*
 * What parameters on NVMe have in host memory: swap buffers; as many as max_in_cpu says for good,
 * _create_param_groups_fp16_flat_cpu_memory(), though their files stay as zero.Init wrote them;
 * and where that is not all, what a sub-group is written from, reserve_partitioned_swap_space().
 */
static uint64_t on_nvme_in_memory(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t sum = dsfit_mul(t->param_buffers, t->param_buffer_size);

	if (b->part > t->param_in_cpu)
		sum = dsfit_add(sum, dsfit_min(t->sub_group, b->part));
	return dsfit_add(dsfit_mul(sum, b->width.weight), dsfit_states_kept_of_nvme(b));
}

/* A rank's share of what is offloaded to host memory: DeepSpeed's cpu_offload buffers. */
uint64_t dsfit_states_offloaded(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t part = b->part, sum = 0;

	if (t->offload_optimizer == DSFIT_OFFLOAD_CPU) {
		/* Master copy, states and gradient; and the weights on their way back, or in stage
		 * 3 the gradients summed up. */
		uint64_t buffer = t->zero == 3 ? b->width.accumulated : b->width.weight;

		part = dsfit_sub(part, twin_flow(b));
		sum = dsfit_scale(part, (double)b->width.master + b->width.states +
					(t->no_master ? 2 : 4) + (double)buffer);
		if (t->zero < 3)
			sum = dsfit_add(sum, dsfit_mul(b->largest, b->width.weight));
		else if (t->precision == DSFIT_PRECISION_FP16)
			/* has_overflow(): a byte for each gradient. */
			sum = dsfit_add(sum, part);
		/* "accumulated_grads_in_cpu" */
		if (t->zero == 2 && t->accumulation > 1 && !compact(b))
			sum = dsfit_add(sum, first_gradients(b));
	} else if (t->offload_optimizer == DSFIT_OFFLOAD_NVME) {
		/* Swap buffers of a sub-group in fp32, and the gradients in 16 bits. */
		sum = dsfit_mul(dsfit_min(t->sub_group, part), 4);
		sum = dsfit_add(dsfit_mul(sum, t->optimizer_buffers), gradients_of(b, part));
	}
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, b->share);
	else if (t->offload_param == DSFIT_OFFLOAD_NVME)
		sum = dsfit_add(sum, on_nvme_in_memory(b));
	return sum;
}
