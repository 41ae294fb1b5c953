/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Activations: what forward keeps for backward, what a block needs while it runs, and the loss.
 *
 * How much a block keeps depends on how its code is written. scripts/trace has followed the code of
 * each family and written down what it keeps, as sums over the model's dimensions: families.conf,
 * read into struct dsfit_footprint. This file fills in the dimensions and puts blocks and head
 * together:
 *
 *              forward                                backward
 *              block 1 ... block L   head, loss       head, loss   block L  ...  block 1
 *     blocks   kept, one by one      all kept         all kept     freed, one by one
 *       of them, the one that runs
 *              forward                                             backward
 *     head                           FORWARD, HELD    BACKWARD     ends
 *
 * With full checkpointing a block keeps its input alone. Its backward computes the rest again, so
 * that one block has kept + backward.
 *
 * Parallelism. Tensor parallelism divides dimensions as wide as heads, network or vocabulary and
 * leaves those as wide as h (Korthikanti et al. 2022). Sequence parallelism divides tokens, though
 * attention sees the whole sequence (Jacobs et al. 2023). A pipeline's first stage holds as many
 * micro-batches as there are stages.
 *
 * Everything is summed up in bytes per token, in doubles, and made bytes at the end: some moments
 * are below what a block keeps, and so negative.
 */
#include "core/account/activations.h"

#include <string.h>
#include <strings.h>

#include "core/account/release.h"
#include "core/base/array.h"
#include "core/base/size.h"
#include "core/model/layers.h"

/* Bytes per token. */
struct rates {
	double kept;			/* by a block that is not recomputed */
	double backward;		/* above it, at the highest moment of a block's backward */
	double forward;			/* at the highest moment of a block's forward, above its
					 * input, with what exists of the head by then */
	/* Of the head, and the loss's part of it. */
	double head[DSFIT_HEAD_MOMENTS], loss[DSFIT_HEAD_MOMENTS];
	double ends;			/* of the head, throughout the blocks' backward */
	double first;			/* that the first block keeps more than the others */
	double input;			/* of a block */
};

/* The highest of the moments, or `least` if that is higher. */
static double highest(const struct dsfit_moments *moments, const double *dims, double least)
{
	for (size_t i = 0; i < moments->count; i++) {
		double value = dsfit_sum_value(&moments->at[i], dims);

		least = value > least ? value : least;
	}
	return least;
}

/* The model's dimensions on one rank. */
static void fill_dimensions(const struct dsfit_rank *rank, double dims[DSFIT_DIMENSIONS])
{
	static const enum dsfit_dimension divided[] = {
		DSFIT_DIM_FFN, DSFIT_DIM_QUERIES, DSFIT_DIM_KEYS, DSFIT_DIM_HEADS,
		DSFIT_DIM_KV_HEADS, DSFIT_DIM_OUTPUTS, DSFIT_DIM_EXPERT_FFN, DSFIT_DIM_SHARED_FFN,
		DSFIT_DIM_VOCAB,
	};
	const struct dsfit_training *t = rank->training;

	dsfit_sum_dimensions(&rank->model->shape, dims);
	for (size_t i = 0; i < DSFIT_DIMENSIONS; i++)
		if (rank->model->layers.dimension[i])
			dims[i] = (double)rank->model->layers.dimension[i];
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(divided); i++)
		dims[divided[i]] /= (double)t->tensor;
	/* PyTorch's plan of tensor parallelism, which goes with FSDP, spreads the stream between
	 * the products too, by tokens (SequenceParallel). */
	if (t->engine == DSFIT_ENGINE_FSDP)
		dims[DSFIT_DIM_HIDDEN] /= (double)t->tensor;
	dims[DSFIT_DIM_SEQUENCE] = (double)t->sequence;
	/* An encoder of sounds has as many positions in each sample, however long its text is. */
	dims[DSFIT_DIM_FRAMES] /= dims[DSFIT_DIM_SEQUENCE];
	dims[DSFIT_DIM_RANK] = t->method == DSFIT_METHOD_FULL ? 0 : (double)t->lora_rank;
}

/* What is trained in a block: footprints differ by it. */
static enum dsfit_trained trained_way(const struct dsfit_training *t)
{
	static const enum dsfit_trained ways[] = {
		[DSFIT_LORA_QV] = DSFIT_TRAINED_QV,
		[DSFIT_LORA_ATTENTION] = DSFIT_TRAINED_ATTENTION,
		[DSFIT_LORA_ALL_LINEAR] = DSFIT_TRAINED_ADAPTERS,
	};

	/* A gradient flows through blocks that are frozen. */
	if (t->method == DSFIT_METHOD_FULL)
		return dsfit_training_freezes_layers(t) ? DSFIT_TRAINED_QV : DSFIT_TRAINED_ALL;
	if (t->lora_targets != DSFIT_LORA_LISTED)
		return ways[t->lora_targets];
	if (t->lora_modules & ~DSFIT_PARTS_ATTENTION)
		return DSFIT_TRAINED_ADAPTERS;
	return t->lora_modules & (DSFIT_PART_KEY | DSFIT_PART_OUTPUT) ? DSFIT_TRAINED_ATTENTION :
									  DSFIT_TRAINED_QV;
}

/*
 * Whether frozen matrices keep their inputs. Autograd keeps an input for the weight's gradient
 * alone, but stage 3's linears (LinearFunctionForZeroStage3 of deepspeed/runtime/zero/linear.py)
 * keep it always. Weights in 8 or 4 bits are linears of bitsandbytes.
 */
static bool keeps_inputs(const struct dsfit_rank *rank)
{
	return dsfit_rank_own_linears(rank) && !rank->quantised_bytes &&
	       dsfit_training_freezes_layers(rank->training);
}

/*
 * The way whose backward is that of a block. Where the gate's product with the other factor is
 * taken apart, the product itself is there or not: the network's last matrix keeps it as its input
 * for its own gradient or for an adapter's, and lets it go before. Where listed adapters leave that
 * matrix alone, backward is as with adapters on attention.
 */
static enum dsfit_trained backward_way(const struct dsfit_rank *rank, enum dsfit_trained way)
{
	uint64_t parts = rank->adapted.parts;

	if (keeps_inputs(rank))
		return DSFIT_TRAINED_ADAPTERS;
	if (way != DSFIT_TRAINED_ADAPTERS || rank->training->lora_targets != DSFIT_LORA_LISTED ||
	    parts & ~(DSFIT_PARTS_ATTENTION | DSFIT_PART_GATE | DSFIT_PART_UP))
		return way;
	return parts & (DSFIT_PART_KEY | DSFIT_PART_OUTPUT) ? DSFIT_TRAINED_ATTENTION :
							     DSFIT_TRAINED_QV;
}

/*
 * A 4-bit matrix exists in 16 bits while it is multiplied with, forward and backward
 * (bitsandbytes' MatMul4Bit). A block's own gradients are few at that moment: those of its output
 * and of its widest matrix's output.
 */
static double dequantised_matrix(const struct dsfit_rank *rank, const double *dims)
{
	const struct dsfit_shape *s = &rank->model->shape;
	double widest = dims[DSFIT_DIM_FFN], matrix = (double)rank->whole.matrix;

	if (!rank->quantised_bytes)
		return 0;
	if (dims[DSFIT_DIM_ROUTED] > 0)
		widest = dims[DSFIT_DIM_ROUTED] * dims[DSFIT_DIM_EXPERT_FFN];
	/* An expert's own matrix, where quantisation takes experts one by one. */
	if (s->experts && dsfit_release_quantises_experts(rank->training))
		matrix = dims[DSFIT_DIM_HIDDEN] * dims[DSFIT_DIM_EXPERT_FFN];
	return 2 * matrix / (double)rank->tokens +
	       2 * (dims[DSFIT_DIM_HIDDEN] + widest);
}

/* What a block keeps more because its network's activation function is not the one that the family
 * was traced with. */
static double other_function(const struct dsfit_rank *rank, const double *dims)
{
	const struct dsfit_footprint *f = rank->footprint;

	for (size_t i = 0; i < f->activations; i++)
		if (!strcasecmp(f->activation[i].name, rank->model->activation))
			return dsfit_sum_value(&f->activation[i].more, dims);
	return 0;
}

/* Whether the network's activation function is gelu_new. It takes a power, which autocast computes
 * in fp32, with all that follows. A family lists the functions that are not its own. */
static bool has_power(const struct dsfit_rank *rank)
{
	static const char name[] = "gelu_new";
	const struct dsfit_footprint *f = rank->footprint;

	if (rank->model->activation[0])
		return !strcasecmp(rank->model->activation, name);
	for (size_t i = 0; i < f->activations; i++)
		if (!strcasecmp(f->activation[i].name, name))
			return false;
	return f->activations > 0;
}

/*
 * What a block keeps more under autocast than in 16 bits. The stream between its linears is in
 * fp32, and each linear that reads it after a norm makes a 16-bit copy of its own. Stage 3's
 * linears keep what they read.
 */
static double autocast_copies(const struct dsfit_rank *rank, const double *dims)
{
	const struct dsfit_shape *s = &rank->model->shape;
	int readers = s->traits.fused_qkv ? 1 : 3;

	readers += s->gated && !s->traits.fused_gate_up ? 2 : 1;
	if (dsfit_rank_own_linears(rank))
		readers = 4;
	return readers * 2 * dims[DSFIT_DIM_HIDDEN] +
	       (has_power(rank) ? 6 * dims[DSFIT_DIM_FFN] : 0);
}

/* Whether the matrix of attention's output keeps its input: for its gradient, or for that of an
 * adapter that has none of its own, as dropout makes. */
static bool keeps_output_input(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (!dsfit_training_freezes_layers(t) || keeps_inputs(rank))
		return true;
	return t->method != DSFIT_METHOD_FULL && rank->adapted.parts & DSFIT_PART_OUTPUT &&
	       !(t->lora_dropout > 0);
}

/* Add what eager attention has beside fused attention: the scores of all pairs of tokens. */
static void add_scores(const struct dsfit_rank *rank, const double *dims, double wide,
		       struct rates *r)
{
	const struct dsfit_footprint *f = rank->footprint;
	bool output = keeps_output_input(rank);
	double scores = wide * dsfit_sum_value(output ? &f->kept_eager : &f->kept_eager_qv, dims);

	if (wide > 1 && f->kept_eager_fp32.count)
		scores = dsfit_sum_value(&f->kept_eager_fp32, dims);
	r->forward = highest(&f->forward_eager, dims, r->forward / wide) * wide;
	if (rank->training->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE) {
		/* A block's backward computes its scores again. */
		double again = scores + wide * highest(&f->backward_eager, dims, 0);

		r->backward = again > r->backward ? again : r->backward;
		return;
	}
	r->kept += scores;
	r->backward = wide * highest(&f->backward_eager, dims, r->backward / wide);
}

/*
 * Selective checkpointing. Megatron's recomputes attention's core and keeps 34h in 16 bits
 * (Korthikanti et al. 2022). PyTorch's keeps what a policy chooses: the one that users of FSDP have
 * (torchtitan's parallelize_llama.py) keeps attention's output and every second product, and a
 * block's backward computes the rest again.
 */
static void keep_selected(const struct dsfit_rank *rank, const double *dims, double wide,
			  struct rates *r)
{
	double kept = 17 * r->input;

	if (rank->training->engine == DSFIT_ENGINE_FSDP)
		kept = r->input + wide * (2 * dims[DSFIT_DIM_HIDDEN] + 4 * dims[DSFIT_DIM_QUERIES] +
					  2 * dims[DSFIT_DIM_KEYS] + 2 * dims[DSFIT_DIM_FFN] +
					  4 * dims[DSFIT_DIM_HEADS]);
	if (kept >= r->kept)
		return;
	if (rank->training->engine == DSFIT_ENGINE_FSDP)
		r->backward += r->kept - kept;
	r->kept = kept;
}

/* Inputs that adapters on these parts of a block keep, and that nothing else does: two norms'
 * outputs, and the product that goes into the last matrix of the network. */
static double kept_inputs(const double *dims, uint64_t parts)
{
	double kept = parts & DSFIT_PARTS_QKV ? 2 * dims[DSFIT_DIM_HIDDEN] : 0;

	if (parts & (DSFIT_PART_GATE | DSFIT_PART_UP))
		kept += 2 * dims[DSFIT_DIM_HIDDEN];
	return kept + (parts & DSFIT_PART_DOWN ? 2 * dims[DSFIT_DIM_FFN] : 0);
}

/* The parts that a footprint's adapters are on. */
static uint64_t footprint_parts(const struct dsfit_rank *rank, enum dsfit_trained way)
{
	uint64_t parts = DSFIT_PARTS_ATTENTION | DSFIT_PARTS_NETWORK;

	if (way == DSFIT_TRAINED_QV)
		parts = DSFIT_PART_QUERY | DSFIT_PART_VALUE;
	else if (way == DSFIT_TRAINED_ATTENTION)
		parts = DSFIT_PARTS_ATTENTION;
	return parts & rank->adapted.possible;
}

/* How many positions a block works on for each token: in an encoder of sounds not one. A block's
 * input has 2h for each. */
static double positions(const struct dsfit_rank *rank, const double *dims)
{
	const struct dsfit_footprint *f = rank->footprint;

	if (!(dims[DSFIT_DIM_FRAMES] > 0) || !f->checkpoint.count)
		return 1;
	return dsfit_sum_value(&f->checkpoint, dims) / (2 * dims[DSFIT_DIM_HIDDEN]);
}

/*
 * How many positions the block's adapters are on, for each token and for each matrix that a block
 * has adapters on in the mean. A footprint has 2r for each matrix of a token, and 2Fr for each of a
 * sound's positions.
 */
static double adapted_positions(const struct dsfit_rank *rank, enum dsfit_trained way, double *dims)
{
	const struct dsfit_sum *kept = &rank->footprint->kept[way];
	double size = dims[DSFIT_DIM_RANK], ranks;

	if (!(dims[DSFIT_DIM_FRAMES] > 0) || !rank->adapted.matrices)
		return 1;
	dims[DSFIT_DIM_RANK] = 1;
	ranks = dsfit_sum_value(kept, dims);
	dims[DSFIT_DIM_RANK] = 0;
	ranks -= dsfit_sum_value(kept, dims);
	dims[DSFIT_DIM_RANK] = size;
	return ranks / 2 * (double)rank->model->shape.layers / (double)rank->adapted.matrices;
}

/*
 * What a block keeps with adapters, where no footprint says it.
 *
 * Listed modules: a footprint's inputs and ranks, less what is not adapted. Dropout: each adapter
 * has an input of its own, 2 bytes, and a mask of one byte. DoRA (peft/tuners/lora/dora.py): the
 * outputs of the matrix and of the adapter, which are multiplied with the norms.
 */
static double adapters_keep(const struct dsfit_rank *rank, enum dsfit_trained way, double *dims)
{
	const struct dsfit_training *t = rank->training;
	const struct dsfit_adapted *adapted = &rank->adapted;
	bool full = t->method == DSFIT_METHOD_FULL, listed = t->lora_targets == DSFIT_LORA_LISTED;
	double layers = (double)rank->model->shape.layers, rank_size = dims[DSFIT_DIM_RANK], kept;
	double many = positions(rank, dims), adapters = adapted_positions(rank, way, dims);
	bool inputs = keeps_inputs(rank);

	/* This footprint has the inputs of all matrices. */
	if (inputs)
		way = DSFIT_TRAINED_ADAPTERS;
	if (full || listed || inputs)
		dims[DSFIT_DIM_RANK] = 0;
	kept = dsfit_sum_value(&rank->footprint->kept[way], dims);
	dims[DSFIT_DIM_RANK] = rank_size;
	if ((full || listed) && !inputs)
		kept -= many * kept_inputs(dims, footprint_parts(rank, way));
	if (full)
		return kept;
	if (listed && !inputs)
		kept += many * kept_inputs(dims, adapted->parts);
	if (listed || inputs)
		kept += adapters * 2 * rank_size * (double)adapted->matrices / layers;
	if (t->lora_dropout > 0)
		kept += adapters * 3 * (double)adapted->inputs / layers -
			(inputs ? 0 : many * kept_inputs(dims, adapted->parts));
	if (t->dora)
		kept += adapters * 4 * (double)adapted->outputs / layers;
	return kept;
}

/*
 * Add the highest moment of DoRA: the forward of one matrix, all that a block keeps being there.
 * get_lora_weight() of peft/tuners/lora/dora.py puts the unit matrix of its inputs through the
 * adapter, and get_weight_norm() adds the result to the weight.
 */
static void add_dora(const struct dsfit_rank *rank, const double *dims, struct rates *r)
{
	const struct dsfit_training *t = rank->training;
	double most = r->kept + (double)rank->adapted.dora_bytes / (double)rank->tokens, held;

	if (!t->dora || t->method == DSFIT_METHOD_FULL)
		return;
	if (t->checkpointing != DSFIT_CHECKPOINTING_FULL) {
		r->forward = most > r->forward ? most : r->forward;
		return;
	}
	/* Forward keeps no more than the matrix's input, its output and the stream. */
	most -= r->kept;
	held = most + 6 * dims[DSFIT_DIM_HIDDEN] + 2 * dims[DSFIT_DIM_FFN];
	r->forward = held > r->forward ? held : r->forward;
	/* The block is computed again beside the gradient of its output. */
	most += 2 * dims[DSFIT_DIM_HIDDEN];
	r->backward = most > r->backward ? most : r->backward;
}

/*
 * Add what adapters on routed experts make. An adapter's two factors are multiplied and added to
 * the frozen parameter (baddbmm() in _LoraFactorsProxy of peft/tuners/lora/layer.py). The experts
 * are computed with the sum, which is kept, since a gradient flows to it, and so are their inputs
 * and the router's. In backward the gradient of the matrices that come last is beside it.
 */
static void add_adapted_experts(const struct dsfit_rank *rank, const double *dims, double wide,
				struct rates *r)
{
	double sums = (double)dsfit_mul(rank->adapted.experts, rank->width.frozen) /
		      (double)rank->model->shape.layers / (double)rank->tokens;
	double inputs = 2 * dims[DSFIT_DIM_HIDDEN] +
			2 * dims[DSFIT_DIM_ROUTED] * (dims[DSFIT_DIM_HIDDEN] +
						      dims[DSFIT_DIM_EXPERT_FFN]);

	if (!rank->adapted.experts)
		return;
	r->kept += sums + wide * inputs;
	r->forward += sums;
	r->backward = sums / 3 > r->backward ? sums / 3 : r->backward;
}

/* Whether attention is PyTorch's with a padding mask. Families without an eager attention of their
 * own have no other one either. */
static bool has_mask(const struct dsfit_rank *rank)
{
	return rank->training->padding && rank->training->attention == DSFIT_ATTENTION_FLASH &&
	       rank->footprint->kept_eager.count;
}

/*
 * What scaled_dot_product_attention() keeps with a mask, where it cannot take the way of
 * FlashAttention: each block has a bias in the queries' type, made of the mask
 * (convert_boolean_attn_mask() of PyTorch), and keys and values for each query's head (repeat_kv()
 * of transformers).
 */
static double mask_keeps(const double *dims)
{
	return 2 * dims[DSFIT_DIM_SEQUENCE] + 4 * (dims[DSFIT_DIM_QUERIES] - dims[DSFIT_DIM_KEYS]);
}

static void add_mask(const double *dims, double wide, struct rates *r)
{
	r->kept += wide * mask_keeps(dims);
	r->forward += wide * 2 * dims[DSFIT_DIM_SEQUENCE];
}

/* What a block keeps if the rest is recomputed. */
static double checkpoint(const struct dsfit_footprint *f, const double *dims)
{
	return f->checkpoint.count ? dsfit_sum_value(&f->checkpoint, dims) :
				     2 * dims[DSFIT_DIM_HIDDEN];
}

/* Fill in what blocks have. `wide` is 2 where activations are in fp32, else 1: footprints are of 16
 * bits, except where a family has figures of its own for fp32. */
static void rate_blocks(const struct dsfit_rank *rank, double *dims, double wide, struct rates *r)
{
	const struct dsfit_footprint *f = rank->footprint;
	const struct dsfit_training *t = rank->training;
	const enum dsfit_trained way = trained_way(t);
	double matrix = dequantised_matrix(rank, dims);

	r->input = (rank->autocast ? 2 : wide) * checkpoint(f, dims);
	r->kept = wide * (way == DSFIT_TRAINED_ALL ? dsfit_sum_value(&f->kept[way], dims) :
						     adapters_keep(rank, way, dims));
	if (wide > 1 && way == DSFIT_TRAINED_ALL && f->fp32)
		r->kept = dsfit_sum_value(&f->kept_fp32, dims);
	r->kept += wide * other_function(rank, dims);
	if (rank->autocast)
		r->kept += autocast_copies(rank, dims);
	r->backward = wide * highest(&f->backward[backward_way(rank, way)], dims, matrix);
	r->forward = wide * highest(&f->forward, dims, matrix);
	if (t->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE)
		keep_selected(rank, dims, wide, r);
	if (t->attention == DSFIT_ATTENTION_EAGER)
		add_scores(rank, dims, wide, r);
	/* No gradient reaches the blocks: nothing is kept for one. */
	if (t->method == DSFIT_METHOD_FULL && t->frozen == DSFIT_FROZEN_ALL_BUT_HEAD)
		r->kept = r->backward = r->input = 0;
	if (has_mask(rank))
		add_mask(dims, wide, r);
	add_dora(rank, dims, r);
	add_adapted_experts(rank, dims, wide, r);
}

static bool trains_embedding(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_FULL ? t->frozen == DSFIT_FROZEN_ALL_BUT_EMBED :
						t->modules_to_save & DSFIT_PART_EMBEDDING;
}

static bool trains_head(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_FULL || t->modules_to_save & DSFIT_PART_HEAD;
}

/*
 * What the first block does not keep because its adapters are listed, and none is on its queries,
 * keys and values: no gradient flows below the first adapter. `first` is what the first block of
 * a footprint keeps more, which is less than nothing: one norm.
 */
static double below_listed(const struct dsfit_rank *rank, double *dims, double first)
{
	const struct dsfit_sum *sum = &rank->footprint->kept[DSFIT_TRAINED_QV];
	double size = dims[DSFIT_DIM_RANK], ffn = dims[DSFIT_DIM_FFN], attention, network, norm;
	uint64_t parts = rank->adapted.parts;

	if (rank->training->method == DSFIT_METHOD_FULL || parts & DSFIT_PARTS_QKV || !parts ||
	    rank->training->lora_targets != DSFIT_LORA_LISTED)
		return 0;
	dims[DSFIT_DIM_RANK] = 0;
	network = dsfit_sum_value(sum, dims);
	dims[DSFIT_DIM_FFN] = 0;
	attention = dsfit_sum_value(sum, dims);
	dims[DSFIT_DIM_FFN] = ffn;
	dims[DSFIT_DIM_RANK] = size;
	network -= attention;
	norm = rank->model->shape.traits.norms == 2 ? -first : 0;
	attention += 2 * first;
	if (!keeps_inputs(rank))
		attention -= kept_inputs(dims, DSFIT_PARTS_QKV);
	if (rank->training->attention == DSFIT_ATTENTION_EAGER)
		attention += dsfit_sum_value(&rank->footprint->kept_eager_qv, dims);
	else if (has_mask(rank))
		attention += mask_keeps(dims);
	/* Attention's output is the input of an adapter. */
	if (parts & DSFIT_PART_OUTPUT)
		return attention - 2 * dims[DSFIT_DIM_QUERIES];
	if (!(parts & (DSFIT_PART_GATE | DSFIT_PART_UP)))
		return attention + norm + network;
	if (!rank->model->shape.gated || !(~parts & (DSFIT_PART_GATE | DSFIT_PART_UP)))
		return attention + norm;
	/* Of the gate, its product and the other factor, a product keeps what it needs. */
	return attention + norm + network * (parts & DSFIT_PART_GATE ? 1 : 2) / 3;
}

/* What the first block keeps more than the others: no gradient flows below the first adapters, so
 * that their dropout needs no mask. */
static double first_block(const struct dsfit_rank *rank, double *dims)
{
	const struct dsfit_footprint *f = rank->footprint;
	bool narrow = f->first_frozen_qv.count && rank->training->method != DSFIT_METHOD_FULL &&
		      trained_way(rank->training) != DSFIT_TRAINED_ADAPTERS;
	double more = dsfit_sum_value(narrow ? &f->first_frozen_qv : &f->first_frozen, dims);

	more -= below_listed(rank, dims, more);
	if (!(rank->training->lora_dropout > 0))
		return more;
	return more - positions(rank, dims) * (double)rank->adapted.first_inputs;
}

/* The share of the tokens whose logits are made. */
static double completed(const struct dsfit_training *t)
{
	if (!t->completion || t->completion >= t->sequence)
		return 1;
	return (double)(t->completion + 1) / (double)t->sequence;
}

/*
 * Bytes of log-probabilities per token and word of the vocabulary, at the head's moments:
 * selective_log_softmax() of TRL keeps its 16-bit output of each row, beside which are the logits
 * in forward and their gradients in backward.
 */
static const double logprobs[DSFIT_HEAD_MOMENTS] = {
	[DSFIT_HEAD_HELD] = 2, [DSFIT_HEAD_FORWARD] = 4, [DSFIT_HEAD_BACKWARD] = 4,
};

/* What a head makes of its logits beside the usual loss, as a cap (tanh()) does: `loss` bytes in
 * all, less the usual ones. */
static double capped(double loss, double vocab, double wide, int moment)
{
	static const double usual[][DSFIT_HEAD_MOMENTS] = {
		{ [DSFIT_HEAD_HELD] = 4, [DSFIT_HEAD_FORWARD] = 10, [DSFIT_HEAD_BACKWARD] = 12 },
		{ [DSFIT_HEAD_HELD] = 4, [DSFIT_HEAD_FORWARD] = 8, [DSFIT_HEAD_BACKWARD] = 12 },
	};
	double more = loss - usual[wide > 1][moment] * vocab;

	return more > 0 ? more : 0;
}

/*
 * What is not there if the gradients of the logits are written over them: the logarithms of their
 * softmax, and in backward the fp32 gradients, and in fp32 the logits. Bytes per token and word of
 * the vocabulary. Traced with a cross entropy that saves its input and returns it as the gradient,
 * as Unsloth's kernel does: forward and backward have 6 where the usual loss has 10 and 12, in fp32
 * 4 where it has 8 and 12.
 */
static const double in_place[][DSFIT_HEAD_MOMENTS] = {
	{ [DSFIT_HEAD_FORWARD] = 4, [DSFIT_HEAD_BACKWARD] = 6 },
	{ [DSFIT_HEAD_FORWARD] = 4, [DSFIT_HEAD_BACKWARD] = 8 },
};

/* Whether the loss is one in place. Preferences have losses of their own. */
static bool is_in_place(const struct dsfit_training *t)
{
	return t->loss == DSFIT_LOSS_IN_PLACE && t->objective == DSFIT_OBJECTIVE_SFT;
}

/*
 * The loss's bytes per token at a moment, of which the usual loss has `usual`. Shifted logits are
 * one more copy in forward. The usual loss's backward is higher when they are gone; in place, their
 * gradients and those of the logits before the shift are 8 bytes together.
 */
static double loss_rate(const struct dsfit_rank *rank, double usual, double vocab, double wide,
			int moment)
{
	/* In 16 bits: the logits, shifted ones and their softmax; at the end the latter alone. */
	static const double spared[DSFIT_HEAD_MOMENTS] = {
		[DSFIT_HEAD_HELD] = 2, [DSFIT_HEAD_FORWARD] = 4, [DSFIT_HEAD_BACKWARD] = 6,
	};
	const struct dsfit_training *t = rank->training;
	const bool narrow = wide <= 1, shifts = dsfit_release_copies_logits(t);

	if (narrow && dsfit_release_loss_is_narrow(t, rank->footprint->wide_since))
		return usual - spared[moment] * vocab;
	if (shifts && moment == DSFIT_HEAD_FORWARD)
		usual += (narrow && !dsfit_release_keeps_logits(t) ? 2 : 4) * vocab;
	if (!is_in_place(t))
		return usual;
	if (shifts && moment == DSFIT_HEAD_BACKWARD)
		usual += (narrow ? 2 : 4) * vocab;
	return usual - in_place[!narrow][moment] * vocab;
}

/* Whether the head has a few outputs a sample. A reward is one. */
static bool classifies(const struct dsfit_rank *rank)
{
	if (rank->training->task != DSFIT_TASK_AS_MODEL)
		return rank->training->task == DSFIT_TASK_CLASSIFY;
	return rank->model->labels || rank->training->objective == DSFIT_OBJECTIVE_REWARD;
}

/* Whether there are no logits: a head that classifies has few, and a fused loss computes its own in
 * pieces. */
static bool without_logits(const struct dsfit_rank *rank)
{
	return rank->training->loss == DSFIT_LOSS_FUSED || classifies(rank);
}

/* The sums of the head that the model has. */
static const struct dsfit_sum *head_of(const struct dsfit_rank *rank, double wide)
{
	const struct dsfit_footprint *f = rank->footprint;
	bool few = classifies(rank) && f->classifies;

	if (dsfit_training_freezes_layers(rank->training))
		return few ? f->head_classify_frozen : f->head_frozen;
	if (wide > 1 && f->fp32)
		return few ? f->head_classify_fp32 : f->head_fp32;
	return few ? f->head_classify : f->head;
}

/* Fill in what embedding, final norm, head and loss have. */
static void rate_head(const struct dsfit_rank *rank, double *dims, double wide, struct rates *r)
{
	const struct dsfit_footprint *f = rank->footprint;
	const struct dsfit_training *t = rank->training;
	const bool recomputed = t->checkpointing == DSFIT_CHECKPOINTING_FULL;
	const struct dsfit_sum *head = head_of(rank, wide);
	double vocab = without_logits(rank) ? 0 : dims[DSFIT_DIM_VOCAB], more = 0;
	double own_input = 0;

	r->first = 0;
	if (dsfit_training_freezes_layers(t)) {
		if (trains_head(t) || keeps_inputs(rank))
			own_input = wide * 2 * dims[DSFIT_DIM_HIDDEN];
		if (!recomputed && !trains_embedding(t) && !rank->reached)
			r->first = more = wide * first_block(rank, dims);
	}
	if (recomputed && t->attention == DSFIT_ATTENTION_EAGER)
		more = wide * dsfit_sum_value(&f->held_eager, dims);
	/* Checkpoints hold the mask, one byte for each pair of tokens. */
	if (recomputed && has_mask(rank))
		more = dims[DSFIT_DIM_SEQUENCE];
	/* The loss's part is what grows with the vocabulary. */
	for (int i = 0; i < DSFIT_HEAD_MOMENTS; i++) {
		dims[DSFIT_DIM_VOCAB] = 0;
		r->head[i] = dsfit_sum_value(&head[i], dims);
		dims[DSFIT_DIM_VOCAB] = vocab;
		r->loss[i] = dsfit_sum_value(&head[i], dims) - r->head[i];
		r->loss[i] = loss_rate(rank, r->loss[i], vocab, wide, i);
		if (dsfit_training_has_logprobs(t))
			r->loss[i] = (logprobs[i] * vocab + capped(r->loss[i], vocab, wide, i)) *
				     completed(t);
		r->head[i] += r->loss[i] + more + own_input;
	}
	r->ends = wide * dsfit_sum_value(&f->ends, dims) + more;
}

uint64_t dsfit_activations_logits(const struct dsfit_rank *rank)
{
	if (without_logits(rank))
		return 0;
	return dsfit_mul(dsfit_mul(rank->model->shape.vocab, rank->tokens) / rank->training->tensor,
			 rank->width.activation);
}

uint64_t dsfit_activations_spared(const struct dsfit_rank *rank)
{
	if (!is_in_place(rank->training))
		return 0;
	return dsfit_scale(dsfit_activations_logits(rank),
			   in_place[0][DSFIT_HEAD_FORWARD] / (double)rank->width.activation);
}

static uint64_t bytes(const struct dsfit_rank *rank, double rate)
{
	return dsfit_scale(rank->tokens, rate);
}

/*
 * The bytes of a moment: `with` the loss, or `without` it if that is higher. Forward may be highest
 * in a block, and a pipeline's first stage has no loss but more micro-batches than the last, which
 * has. *loss_bytes is the loss's part.
 */
static uint64_t higher(const struct dsfit_rank *rank, double with, double loss, double without,
		       uint64_t *loss_bytes)
{
	*loss_bytes = with > without ? bytes(rank, loss) : 0;
	return bytes(rank, with > without ? with : without);
}

/* ---- blocks of several kinds ---------------------------------------------------------------- */

uint64_t dsfit_activations_kept_by(const struct dsfit_activations *acts, uint64_t blocks)
{
	return acts->kinds ? acts->kept_by[blocks] : dsfit_mul(acts->layer_kept, blocks);
}

uint64_t dsfit_activations_running(const struct dsfit_rank *rank,
				   const struct dsfit_activations *acts, uint64_t block)
{
	return acts->kinds ? acts->backward_of[rank->model->layers.kind[block]] :
			     acts->layer_backward;
}

/* The kinds of blocks that the rank has: 0 if they are all alike. */
static size_t kinds_of(const struct dsfit_rank *rank)
{
	const struct dsfit_layer_kinds *kinds = rank->footprint->kinds;

	if (!kinds || rank->model->layers.count < rank->blocks)
		return 0;
	return kinds->count + 1;
}

/* Fill in what blocks of one kind have. */
static void rate_kind(const struct dsfit_rank *rank, size_t kind, double *dims, double wide,
		      struct rates *r)
{
	struct dsfit_rank one = *rank;

	if (kind)
		one.footprint = &rank->footprint->kinds->kind[kind - 1].footprint;
	rate_blocks(&one, dims, wide, r);
}

/* What blocks do, one after the other, where they are not all alike. */
struct blocks {
	struct rates kind[DSFIT_KINDS_MAX + 1];
	uint64_t last[DSFIT_KINDS_MAX + 1];	/* the last block of a kind, counted from 1 */
	size_t kinds;
};

static void rate_kinds(const struct dsfit_rank *rank, double *dims, double wide,
		       struct blocks *blocks)
{
	blocks->kinds = kinds_of(rank);
	memset(blocks->last, 0, sizeof(blocks->last));
	for (uint64_t i = 0; blocks->kinds && i < rank->blocks; i++) {
		/* Where the model was read, its family has kinds that it has not here. */
		if (rank->model->layers.kind[i] >= blocks->kinds)
			blocks->kinds = 0;
		else
			blocks->last[rank->model->layers.kind[i]] = i + 1;
	}
	for (size_t i = 0; i < blocks->kinds; i++)
		if (blocks->last[i])
			rate_kind(rank, i, dims, wide, &blocks->kind[i]);
}

/* Whether a gradient is made in blocks of this kind: one with adapters, whose rank is in what it
 * keeps, has one. */
static bool makes_gradient(const struct dsfit_rank *rank, size_t kind)
{
	const struct dsfit_footprint *f = kind ? &rank->footprint->kinds->kind[kind - 1].footprint :
						 rank->footprint;
	const struct dsfit_sum *kept = &f->kept[trained_way(rank->training)];

	for (size_t i = 0; i < kept->count; i++)
		for (size_t j = 0; j < kept->term[i].factors; j++)
			if (kept->term[i].factor[j] == DSFIT_DIM_RANK)
				return true;
	return false;
}

/*
 * Put the blocks together as if they were alike: *r gets the mean of what they keep, the most that
 * one needs, and the highest moment of forward, above what all blocks keep. That moment is in the
 * last block of a kind, with what is kept by those before it.
 */
static void join_kinds(const struct dsfit_rank *rank, const struct blocks *blocks, bool recomputed,
		       struct rates *r, struct dsfit_activations *out)
{
	double in_flight = (double)dsfit_min(rank->training->pipeline,
					     rank->training->accumulation);
	double kept[DSFIT_LAYERS_MAX + 1] = { 0 };
	/* Blocks below the first adapter have no gradient, and keep nothing for one. */
	bool reached = recomputed || rank->training->method == DSFIT_METHOD_FULL ||
		       trains_embedding(rank->training) || rank->reached;

	for (uint64_t i = 0; i < rank->blocks; i++) {
		size_t kind = rank->model->layers.kind[i];
		const struct rates *one = &blocks->kind[kind];

		reached = reached || makes_gradient(rank, kind);
		kept[i + 1] = kept[i];
		if (reached)
			kept[i + 1] += recomputed ? one->input : one->kept;
	}
	out->kinds = blocks->kinds;
	for (uint64_t i = 0; i <= rank->blocks; i++)
		out->kept_by[i] = bytes(rank, kept[i] * in_flight);
	r->kept = kept[rank->blocks] / (double)rank->blocks;
	r->input = r->kept;
	r->backward = r->forward = 0;
	for (size_t i = 0; i < blocks->kinds; i++) {
		const struct rates *one = &blocks->kind[i];
		double backward = one->backward + (recomputed ? one->kept : 0), forward;

		if (!blocks->last[i])
			continue;
		out->backward_of[i] = bytes(rank, backward);
		r->backward = backward > r->backward ? backward : r->backward;
		forward = one->forward - (recomputed ? 0 : one->kept) -
			  (kept[rank->blocks] - kept[blocks->last[i]]);
		r->forward = forward > r->forward || !r->forward ? forward : r->forward;
	}
}

/* ---- the whole ------------------------------------------------------------------------------ */

/*
 * A bias of each pair of positions, as T5 has in its encoder and in its decoder. One serves all
 * samples and all blocks, so that it is no part of what a token has. Checkpoints hold both, and the
 * zeros that stand for one between decoder and encoder (T5Attention of transformers); eager
 * attention keeps one.
 */
static uint64_t position_bias(const struct dsfit_rank *rank, const double *dims)
{
	const struct dsfit_training *t = rank->training;
	double pairs = dims[DSFIT_DIM_HEADS] * dims[DSFIT_DIM_SEQUENCE] * dims[DSFIT_DIM_SEQUENCE];
	int biases = t->attention == DSFIT_ATTENTION_EAGER ? 1 : 0;

	if (!rank->model->shape.relative_buckets)
		return 0;
	if (t->checkpointing == DSFIT_CHECKPOINTING_FULL)
		biases = 3;
	return dsfit_scale(dsfit_mul(rank->width.activation, (uint64_t)biases), pairs);
}

void dsfit_activations_follow(const struct dsfit_rank *rank, struct dsfit_activations *out)
{
	const struct dsfit_training *t = rank->training;
	const bool recomputed = t->checkpointing == DSFIT_CHECKPOINTING_FULL;
	double dims[DSFIT_DIMENSIONS], wide = rank->width.activation > 2 ? 2 : 1;
	double kept, last, in_flight = (double)dsfit_min(t->pipeline, t->accumulation);
	uint64_t kept_once;
	struct blocks blocks;
	struct rates r;

	out->kinds = 0;
	fill_dimensions(rank, dims);
	rate_kinds(rank, dims, wide, &blocks);
	if (!blocks.kinds)
		rate_blocks(rank, dims, wide, &r);
	rate_head(rank, dims, wide, &r);
	if (blocks.kinds)
		join_kinds(rank, &blocks, recomputed, &r, out);
	else if (recomputed)
		r.backward += r.kept;
	else
		r.forward -= r.kept;
	/* `ends` is negative where the first block keeps less than the others. */
	out->first_less = r.ends < 0 ? bytes(rank, -r.ends) : 0;
	r.ends = r.ends > 0 ? r.ends : 0;
	last = (recomputed ? r.input : r.kept) * (double)rank->blocks;
	kept = last * in_flight;
	out->layer_kept = bytes(rank, kept / (double)rank->blocks);
	out->layer_backward = bytes(rank, r.backward);
	out->ends = bytes(rank, r.ends);
	out->held = higher(rank, last + r.head[DSFIT_HEAD_HELD], r.loss[DSFIT_HEAD_HELD],
			   kept + r.first, &out->held_loss);
	out->forward = higher(rank, last + r.head[DSFIT_HEAD_FORWARD], r.loss[DSFIT_HEAD_FORWARD],
			      kept + r.first + r.forward, &out->forward_loss);
	out->start = higher(rank, last + r.head[DSFIT_HEAD_BACKWARD], r.loss[DSFIT_HEAD_BACKWARD],
			    kept + r.first, &out->start_loss);
	kept_once = position_bias(rank, dims);
	out->held = dsfit_add(out->held, kept_once);
	out->forward = dsfit_add(out->forward, kept_once);
	out->start = dsfit_add(out->start, kept_once);
	out->ends = dsfit_add(out->ends, kept_once);
	/* The rest of the loss is gone by then. */
	out->logits_gradient = dsfit_activations_logits(rank);
	if (dsfit_training_has_logprobs(t))
		out->logits_gradient = dsfit_scale(out->logits_gradient, completed(t));
}

/* The highest moment of a forward pass that keeps nothing, in any of the blocks. */
static double highest_forward(const struct dsfit_rank *rank, double *dims, double wide,
			      struct rates *r)
{
	struct blocks blocks;
	double most = 0;

	rate_kinds(rank, dims, wide, &blocks);
	if (!blocks.kinds)
		rate_blocks(rank, dims, wide, r);
	most = blocks.kinds ? 0 : r->forward + r->input;
	for (size_t i = 0; i < blocks.kinds; i++) {
		double one = blocks.kind[i].forward + blocks.kind[i].input;

		if (blocks.last[i] && one > most)
			most = one;
	}
	return most;
}

uint64_t dsfit_activations_of_evaluation(const struct dsfit_rank *rank, uint64_t samples,
					 uint64_t *loss_bytes)
{
	double dims[DSFIT_DIMENSIONS], wide = rank->width.activation > 2 ? 2 : 1, with, most, least;
	uint64_t tokens = dsfit_mul(samples, rank->training->sequence) /
			  rank->training->sequence_parallel;
	struct rates r;

	fill_dimensions(rank, dims);
	most = highest_forward(rank, dims, wide, &r);
	rate_head(rank, dims, wide, &r);
	/* Logits, an fp32 copy of them and their log-probabilities: what else a head makes of them
	 * one after another, as for a cap, is gone without gradients. */
	least = (wide > 1 ? 8 : 10) * dims[DSFIT_DIM_VOCAB];
	if (dsfit_release_copies_logits(rank->training))
		least += 4 * dims[DSFIT_DIM_VOCAB];
	if (r.loss[DSFIT_HEAD_FORWARD] > least)
		r.loss[DSFIT_HEAD_FORWARD] = least;
	/* The final norm's output, the tokens and the labels. */
	with = r.loss[DSFIT_HEAD_FORWARD] + wide * 2 * dims[DSFIT_DIM_HIDDEN] + 16;
	*loss_bytes = 0;
	if (most > with)
		return dsfit_scale(tokens, most);
	*loss_bytes = dsfit_scale(tokens, r.loss[DSFIT_HEAD_FORWARD]);
	return dsfit_scale(tokens, with);
}
