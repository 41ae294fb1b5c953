/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many parameters stage 3 has gathered at the same time.
 *
 * A rank owns 1/N of each parameter. Before a module runs, PartitionedParameterCoordinator
 * (deepspeed/runtime/zero/partitioned_param_coordinator.py of DeepSpeed 0.19.8) gathers the
 * module's parameters from all ranks, and it releases them afterwards. It does not stop at one
 * module: it prefetches ahead, and it keeps what is needed again soon. So a model below
 * stage3_max_live_parameters is gathered whole before forward ends.
 *
 *     fetch_sub_module(m)                      release_sub_module(m)
 *       all-gathers the parameters of m          __params_to_release(): all parameters of m, except
 *       prefetches the next ones, while            - small ones, which are never partitioned
 *       fewer than max_live are gathered           - those used again within max_reuse_distance
 *
 *     forward    embedding, block 1 ... block L, head    grows to max_live; the last prefetch is
 *                                                        there twice: in its flat buffer as well
 *     loss                                               max_live, or the last blocks, whose next
 *                                                        use is near
 *     backward   head, block L ... block 1, embedding    no more than the blocks that are left
 *     step                                               nothing is gathered
 *
 * All numbers below are elements (parameters), except where a name ends in _bytes.
 */
#include "core/account/gathering.h"

#include "core/account/release.h"
#include "core/base/size.h"

static const char gathered_parameters[] = "gathered parameters";

/* Whether no gradient flows through the blocks: the head alone is trained. */
static bool frozen_below_head(const struct dsfit_rank *rank)
{
	return rank->training->method == DSFIT_METHOD_FULL &&
	       rank->training->frozen == DSFIT_FROZEN_ALL_BUT_HEAD;
}

/*
 * The frozen originals of modules_to_save, which are never called (ModulesToSaveWrapper of
 * peft/utils/other.py). A tied head calls the embedding's, and the embedding the head's.
 */
static uint64_t unused_originals(const struct dsfit_rank *rank)
{
	uint64_t saved = rank->training->modules_to_save, unused = 0;
	bool embedding = saved & DSFIT_PART_EMBEDDING, head = saved & DSFIT_PART_HEAD;

	if (rank->training->method == DSFIT_METHOD_FULL)
		return 0;
	if (embedding && (head || !dsfit_rank_tied(rank)))
		unused = rank->whole.embedding;
	return head ? dsfit_add(unused, rank->whole.head) : unused;
}

/* Parameters that are gathered at all. Small ones are always whole, and so are matrices in 8 bits;
 * those in 4 bits count by their bytes. */
static uint64_t gatherable_parameters(const struct dsfit_rank *rank)
{
	uint64_t all = dsfit_sub(rank->weight_bytes, rank->unshared_bytes) / rank->width.weight;
	uint64_t tower = rank->whole.tower;

	/* Of a tower that does not run, nothing is gathered. */
	if (rank->training->method != DSFIT_METHOD_FULL)
		tower = dsfit_add(tower, rank->trained.tower);
	all = dsfit_sub(all, rank->unused);
	if (rank->blind && rank->quantised_bytes)
		all = dsfit_sub(all, dsfit_scale(all, (double)tower / (double)rank->parameters));
	else if (rank->blind)
		all = dsfit_sub(all, tower);
	return dsfit_sub(all, dsfit_add(rank->left_whole, unused_originals(rank)));
}

/*
 * The same, of those that are needed after forward. What has no backward has no second use that
 * keeps it gathered: a frozen embedding, and in the first block the matrices up to the first
 * adapters. With checkpoints a gradient is wanted of the embedding's output
 * (enable_input_require_grads() of transformers).
 */
static uint64_t needed_later(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t all = gatherable_parameters(rank);

	if (rank->trained.embedding || t->checkpointing == DSFIT_CHECKPOINTING_FULL)
		return all;
	if (!rank->quantised_bytes)
		all = dsfit_sub(all, rank->adapted.first_elements);
	return dsfit_rank_tied(rank) ? all : dsfit_sub(all, rank->whole.embedding);
}

/* The same, of one block. */
static uint64_t gatherable_in_block(const struct dsfit_rank *rank)
{
	uint64_t ends = dsfit_add(rank->whole.embedding, rank->whole.head);
	uint64_t all = gatherable_parameters(rank);

	if (!rank->blind)
		ends = dsfit_add(ends, rank->whole.tower);

	return dsfit_sub(all, ends) / rank->blocks;
}

/* The parameter that the head multiplies with: the embedding where the two are tied. */
static uint64_t head_parameters(const struct dsfit_rank *rank)
{
	return dsfit_rank_tied(rank) ? rank->whole.embedding : rank->whole.head;
}

/* Whether a block's mixture is one module for DeepSpeed, which then gathers all that is in it. */
static bool leaf_experts(const struct dsfit_rank *rank)
{
	return rank->whole.experts && dsfit_release_mixture_is_leaf(rank->model);
}

/* How often each block's parameters are used in a step. */
static uint64_t passes_of(const struct dsfit_rank *rank)
{
	return rank->training->checkpointing == DSFIT_CHECKPOINTING_FULL ? 3 : 2;
}

/* How many of the last blocks are near enough that what has a distance of `first` to the last one,
 * and of `each` more from one to the next, is kept. */
static uint64_t blocks_near(const struct dsfit_rank *rank, uint64_t first, uint64_t each)
{
	uint64_t most = rank->training->max_reuse;

	if (first >= most)
		return 0;
	return dsfit_min(1 + (most - 1 - first) / dsfit_max(1, each), rank->blocks);
}

/* Of the blocks' parameters that are not one module with all experts. */
static uint64_t counted_in_block(const struct dsfit_rank *rank)
{
	uint64_t block = gatherable_in_block(rank);

	if (leaf_experts(rank))
		block = dsfit_sub(block, rank->whole.experts);
	return dsfit_max(1, block);
}

/*
 * Parameters that are not released after forward, because backward uses them again within
 * stage3_max_reuse_distance: the head, and the last blocks. __params_to_release() counts the
 * parameters of the modules between the two uses. Those are the blocks behind, once in forward
 * and once in backward (twice where backward recomputes them), and the head in both. It does not
 * look into a module that has parts, as a mixture is that DeepSpeed takes as one.
 */
static uint64_t kept_beside_experts(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t block = counted_in_block(rank), head = head_parameters(rank), kept, last;
	uint64_t distance = dsfit_add(block, dsfit_mul(2, head)), passes = passes_of(rank);
	bool used_again = rank->trained.embedding ||
			  (leaf_experts(rank) && passes == 3);

	kept = dsfit_mul(blocks_near(rank, distance, dsfit_mul(passes, block)), block);
	/* Where the last block is just too far away, its last module is still near enough: a
	 * matrix, or all experts. */
	last = dsfit_max(rank->whole.matrix, rank->whole.experts);
	if (!kept && !leaf_experts(rank) && dsfit_sub(distance, last) < t->max_reuse)
		kept = last;
	/* Between the embedding's uses is all the rest. A tied one is the head. */
	distance = dsfit_add(dsfit_mul(2, head), dsfit_mul(passes, dsfit_mul(rank->blocks, block)));
	if (distance < t->max_reuse && used_again && !dsfit_rank_tied(rank))
		kept = dsfit_add(kept, rank->whole.embedding);
	/* The head's two uses follow each other: the shortest distance keeps it. */
	return dsfit_add(t->max_reuse ? head : 0, kept);
}

/*
 * Mixtures that are one module each, and stay. For these all that is in the modules between counts,
 * of a layer, of its attention and of each of its parts again. Behind the head is the whole model.
 */
static uint64_t kept_experts(const struct dsfit_rank *rank)
{
	uint64_t each = dsfit_add(dsfit_mul(2, gatherable_in_block(rank)), counted_in_block(rank));

	if (!leaf_experts(rank))
		return 0;
	return dsfit_mul(blocks_near(rank, head_parameters(rank), each), rank->whole.experts);
}

static uint64_t kept_for_reuse(const struct dsfit_rank *rank)
{
	return dsfit_min(needed_later(rank),
			 dsfit_add(kept_beside_experts(rank), kept_experts(rank)));
}

/* Parameters that are prefetched together, one group after the other. */
struct groups {
	uint64_t bucket;
	uint64_t group, members;	/* of the group that is put together: parameters, tensors */
	uint64_t largest;		/* of those of several tensors */
};

static void end_group(struct groups *g)
{
	if (g->members > 1)
		g->largest = dsfit_max(g->largest, g->group);
	g->group = g->members = 0;
}

/* A group ends with the tensor that fills the bucket. */
static void add_to_group(struct groups *g, uint64_t tensor)
{
	if (!tensor)
		return;
	g->group = dsfit_add(g->group, tensor);
	g->members++;
	if (g->group >= g->bucket)
		end_group(g);
}

static void add_block_to_groups(const struct dsfit_rank *rank, const struct dsfit_tensors *list,
				struct groups *g)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct dsfit_tensor *tensor = &list->tensor[i];
		uint64_t elements = dsfit_tensor_elements(tensor);

		if (!tensor->in_block || elements <= rank->training->persistence)
			continue;
		for (uint64_t n = tensor->copies / rank->model->shape.layers; n; n--)
			add_to_group(g, elements);
	}
}

/* The largest group of a model that is gathered whole (fetch_sub_module()). The first one begins
 * with the embedding, and the last one ends with the head. */
static uint64_t largest_group(const struct dsfit_rank *rank)
{
	struct groups groups = { .bucket = rank->training->prefetch_bucket };
	struct dsfit_tensors scratch;
	const struct dsfit_tensors *list = dsfit_model_tensors(rank->model, &scratch);

	add_to_group(&groups, rank->whole.embedding);
	for (uint64_t i = 0; i < rank->blocks; i++)
		add_block_to_groups(rank, list, &groups);
	add_to_group(&groups, rank->whole.head);
	end_group(&groups);
	return dsfit_min(groups.largest, gatherable_parameters(rank));
}

/* Whether nothing but blocks and ends is gathered, all of it, by a rank with the whole model. */
static bool gathers_whole_model(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	return t->method == DSFIT_METHOD_FULL && t->tensor == 1 && t->pipeline == 1 &&
	       !rank->whole.tower && !rank->whole.experts &&
	       gatherable_parameters(rank) <= t->max_live;
}

/*
 * Parameters of the last prefetch, which exist twice until all of them have been used: in the flat
 * buffer of _all_gather_dtype() and as parameters. The result is in parameters of the weights'
 * width. A single parameter is gathered without a flat buffer, and one rank copies each parameter
 * from the host by itself (NoGatherCoalescedHandle).
 */
static uint64_t prefetched_twice(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t blocks = dsfit_mul(gatherable_in_block(rank), rank->blocks), group;

	if (rank->shards == 1)
		return 0;
	/* A large model's embedding is gathered before. */
	group = dsfit_min(t->prefetch_bucket,
			  dsfit_sub(gatherable_parameters(rank), rank->whole.embedding));
	if (group && rank->quantised_bytes && blocks < t->prefetch_bucket)
		/* Blocks in 4 bits leave so little to gather that one prefetch takes all of it,
		 * and the head too. */
		group = dsfit_add(blocks, head_parameters(rank));
	else if (t->prefetch_bucket > t->max_live / 2)
		/* max_live leaves no room for a group: parameters come one by one. */
		group = 0;
	else if (gathers_whole_model(rank))
		group = largest_group(rank);
	/* Autocast gathers 16 bits and widens them. */
	if (rank->autocast)
		return dsfit_mul(group, 2) / rank->width.weight;
	/* ZeRO++ gathers 8 bits. */
	return t->quantized_weights ? group / rank->width.weight : group;
}

/*
 * Experts that one module holds as one parameter. Where it is multiplied with its transpose
 * (_grouped_linear() of transformers/integrations/moe.py), the autograd graph keeps that view, so
 * that releasing the parameter frees nothing before its backward. With an adapter it is the sum of
 * both that is multiplied and kept.
 */
static uint64_t experts_in_graph(const struct dsfit_rank *rank)
{
	if (!dsfit_rank_gathers(rank) ||
	    rank->training->checkpointing == DSFIT_CHECKPOINTING_FULL ||
	    rank->model->shape.traits.experts_transposed || rank->adapted.experts)
		return 0;
	return dsfit_mul(rank->whole.experts, rank->blocks);
}

/* These of so many blocks, and what stays beside them where they are one module each. */
static uint64_t with_graph(const struct dsfit_rank *rank, uint64_t gathered, uint64_t blocks)
{
	uint64_t held = experts_in_graph(rank), beside;

	if (!held)
		return gathered;
	held = dsfit_mul(rank->whole.experts, blocks);
	if (leaf_experts(rank)) {
		beside = dsfit_min(kept_beside_experts(rank), needed_later(rank));
		held = dsfit_add(held, dsfit_sub(beside, dsfit_mul(rank->blocks - blocks,
								   counted_in_block(rank))));
	}
	return dsfit_max(gathered, held);
}

/* The parameters that prefetching fills up to. Without prefetching, a parameter is gathered only
 * when it is needed. */
static uint64_t prefetch_limit(const struct dsfit_rank *rank)
{
	return rank->training->prefetch_bucket ? rank->training->max_live : 0;
}

uint64_t dsfit_gathering_second_shard(const struct dsfit_rank *rank)
{
	if (rank->training->hpz <= 1)
		return 0;
	return dsfit_mul(gatherable_parameters(rank), rank->width.weight) / rank->training->hpz;
}

/*
 * FSDP gathers units: of the blocks so many, each in the type in which it is stored, and the root's
 * own parameters, which are the embedding and the head.
 */
static void add_units(const struct dsfit_rank *rank, uint64_t units, struct dsfit_terms *out)
{
	uint64_t ends = dsfit_mul(2, dsfit_add(rank->whole.embedding, rank->whole.head));
	uint64_t block = dsfit_mul(2, rank->whole.block);

	if (rank->wrapper != DSFIT_WRAPPER_FSDP)
		return;
	if (rank->quantised_bytes)
		block = dsfit_sub(rank->weight_bytes, ends) / rank->blocks;
	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, gathered_parameters,
			dsfit_add(dsfit_mul(units, block), ends));
}

static void add_parameters(const struct dsfit_rank *rank, uint64_t parameters,
			   struct dsfit_terms *out)
{
	if (!dsfit_rank_gathers(rank))
		return;
	dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION, gathered_parameters, parameters,
			     (double)rank->width.weight);
	if (gatherable_parameters(rank) > rank->training->max_live)
		dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "the second shard of ZeRO++",
				dsfit_gathering_second_shard(rank));
}

/*
 * Experts that are gathered in forward: a block's own and the next one's, which are prefetched. A
 * mixture that fills max_live alone leaves no room for that while it runs. It is prefetched with
 * the attention before it, in one group that is there twice, unless the bucket is full before.
 */
static uint64_t experts_in_forward(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	bool alone = leaf_experts(rank) && rank->whole.experts >= prefetch_limit(rank) &&
		     t->prefetch_bucket < counted_in_block(rank);

	return dsfit_mul(alone ? 1 : 2, rank->whole.experts);
}

void dsfit_gathering_in_forward(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t all = needed_later(rank), limit = prefetch_limit(rank), most;
	uint64_t head = head_parameters(rank);

	/* The head is the last parameter to be prefetched. It comes on top of the limit, which is
	 * checked before a parameter is added. A tied head that is used again soon is the
	 * embedding, which was never released. */
	if (dsfit_rank_tied(rank) &&
	    dsfit_mul(rank->blocks, rank->whole.block) < rank->training->max_reuse)
		head = 0;
	most = all <= limit ? all : dsfit_min(all, dsfit_add(limit, head));
	most = dsfit_max(dsfit_add(most, prefetched_twice(rank)), kept_for_reuse(rank));
	most = dsfit_max(most, dsfit_add(experts_in_forward(rank), head_parameters(rank)));
	add_parameters(rank, with_graph(rank, most, rank->blocks), out);
	add_units(rank, 2, out);
}

/* Add what is there between the head's forward and its backward, and at least so many. */
static void add_at_head(const struct dsfit_rank *rank, uint64_t least, struct dsfit_terms *out)
{
	uint64_t gathered = dsfit_min(needed_later(rank), prefetch_limit(rank));

	if (frozen_below_head(rank)) {
		add_parameters(rank, head_parameters(rank), out);
		return;
	}
	gathered = dsfit_max(dsfit_max(gathered, kept_for_reuse(rank)), least);
	add_parameters(rank, with_graph(rank, gathered, rank->blocks), out);
	add_units(rank, 1, out);
}

void dsfit_gathering_at_loss(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	add_at_head(rank, 0, out);
}

void dsfit_gathering_in_head(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	add_at_head(rank, dsfit_min(head_parameters(rank), gatherable_parameters(rank)), out);
}

/* Whether a block's experts fill max_live alone, so that nothing more is prefetched (by
 * fetch_sub_module()) while they are gathered for its backward. */
static bool experts_alone(const struct dsfit_rank *rank)
{
	bool again = rank->training->checkpointing == DSFIT_CHECKPOINTING_FULL ||
		     rank->adapted.experts;

	return again && rank->whole.experts >= prefetch_limit(rank);
}

/*
 * Experts that are gathered while a block recomputes or runs backward, with so many blocks done:
 * its own and the next block's, which are prefetched. Experts that are alone have beside them what
 * was kept of the blocks that are left. The head has been used for the last time. Where experts are
 * trained, the highest moment is a later one, in which their gradients are copied.
 */
static uint64_t experts_at_once(const struct dsfit_rank *rank, uint64_t done)
{
	uint64_t kept;

	if (!experts_alone(rank))
		return dsfit_mul(2, rank->whole.experts);
	if (rank->training->method == DSFIT_METHOD_FULL)
		return rank->whole.experts;
	kept = dsfit_sub(kept_beside_experts(rank), head_parameters(rank));
	kept = dsfit_min(dsfit_sub(kept, dsfit_mul(done, counted_in_block(rank))),
			 needed_later(rank));
	return dsfit_add(rank->whole.experts, kept);
}

void dsfit_gathering_in_block(const struct dsfit_rank *rank, uint64_t done, struct dsfit_terms *out)
{
	uint64_t block = gatherable_in_block(rank), limit = prefetch_limit(rank), gathered, kept;

	gathered = dsfit_mul(block, rank->blocks - done);
	kept = leaf_experts(rank) ? kept_experts(rank) :
				    dsfit_sub(kept_for_reuse(rank), head_parameters(rank));
	kept = dsfit_sub(kept, dsfit_mul(done, block));
	/* The block that runs is there whole, unless its parameters are released one by one. */
	kept = dsfit_max(kept, rank->training->max_reuse > block ? block : rank->whole.matrix);
	/* The embedding is prefetched last, and may exceed the limit. */
	if (gathered > limit)
		gathered = dsfit_max(kept, dsfit_add(limit, prefetched_twice(rank)));
	else
		gathered = dsfit_add(gathered, rank->trained.embedding);
	gathered = dsfit_min(gathered, gatherable_parameters(rank));
	gathered = dsfit_max(gathered, experts_at_once(rank, done));
	add_parameters(rank, with_graph(rank, gathered, rank->blocks - done), out);
	/* The block that runs, and the next one, which comes early: the last has no next. */
	add_units(rank, done + 1 < rank->blocks ? 2 : 1, out);
}

uint64_t dsfit_gathering_least(const struct dsfit_rank *rank)
{
	uint64_t block = gatherable_in_block(rank), least = block;

	if (block > prefetch_limit(rank) && rank->training->max_reuse <= block)
		least = dsfit_min(block, rank->whole.matrix);
	return dsfit_max(dsfit_min(least, gatherable_parameters(rank)),
			 experts_at_once(rank, rank->blocks));
}

void dsfit_gathering_in_tower(const struct dsfit_rank *rank, uint64_t done, uint64_t blocks,
			      struct dsfit_terms *out)
{
	uint64_t block = rank->whole.tower / dsfit_max(1, blocks), gathered;

	/* The embedding comes after the tower. */
	gathered = dsfit_add(dsfit_mul(block, blocks - done), rank->trained.embedding);
	if (gathered > prefetch_limit(rank))
		gathered = dsfit_max(block, dsfit_add(prefetch_limit(rank),
						      prefetched_twice(rank)));
	add_parameters(rank, dsfit_min(gathered, gatherable_parameters(rank)), out);
	add_units(rank, done + 1 < blocks ? 2 : 1, out);
}

void dsfit_gathering_at_end(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	add_parameters(rank, rank->trained.embedding, out);
}
