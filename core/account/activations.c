/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What forward keeps for backward, what a block needs while it runs, and the loss. All is summed
 * up for one token, in doubles, for some moments are below what a block keeps and so negative;
 * bytes are made of it at the end.
 */
#include "core/account/activations.h"

#include <strings.h>

#include "core/base/size.h"

/* Bytes a token. */
struct rates {
	double kept;			/* by a block that is not recomputed */
	double backward;		/* above it, at most */
	double forward;			/* a block's forward that keeps its input alone, at most,
					 * with what there is of the head by then */
	double head[DSFIT_HEAD_MOMENTS], loss[DSFIT_HEAD_MOMENTS]; /* of the head, the loss's */
	double ends;			/* of the head, through the blocks' backward */
	double first;			/* what the first block keeps more than the others */
	double input;			/* of a block */
};

static double highest(const struct dsfit_moments *moments, const double *dims, double least)
{
	for (size_t i = 0; i < moments->count; i++) {
		double value = dsfit_sum_value(&moments->at[i], dims);

		least = value > least ? value : least;
	}
	return least;
}

static void lay_dimensions(const struct dsfit_rank *b, double dims[DSFIT_DIMENSIONS])
{
	static const enum dsfit_dimension divided[] = {
		DSFIT_DIM_FFN, DSFIT_DIM_QUERIES, DSFIT_DIM_KEYS, DSFIT_DIM_HEADS,
		DSFIT_DIM_KV_HEADS, DSFIT_DIM_OUTPUTS, DSFIT_DIM_EXPERT_FFN, DSFIT_DIM_SHARED_FFN,
		DSFIT_DIM_VOCAB,
	};
	const struct dsfit_training *t = b->training;

	dsfit_sum_dimensions(&b->model->shape, dims);
	for (size_t i = 0; i < sizeof(divided) / sizeof(divided[0]); i++)
		dims[divided[i]] /= (double)t->tensor;
	dims[DSFIT_DIM_SEQUENCE] = (double)t->sequence;
	dims[DSFIT_DIM_RANK] = (double)t->lora_rank;
}

static enum dsfit_trained trained(const struct dsfit_training *t)
{
	static const enum dsfit_trained ways[] = {
		[DSFIT_LORA_QV] = DSFIT_TRAINED_QV,
		[DSFIT_LORA_ATTENTION] = DSFIT_TRAINED_ATTENTION,
		[DSFIT_LORA_ALL_LINEAR] = DSFIT_TRAINED_ADAPTERS,
	};

	return t->method == DSFIT_METHOD_FULL ? DSFIT_TRAINED_ALL : ways[t->lora_targets];
}

/*
 * A product with a 4-bit matrix has the matrix in 16 bits beside it for as long as it takes
 * (bitsandbytes' MatMul4Bit, both ways), when the block's own gradients are not at their most:
 * those of the residual stream and of the widest matrix's output.
 */
static double dequantised(const struct dsfit_rank *b, const double *dims)
{
	double widest = dims[DSFIT_DIM_FFN];

	if (!b->quantised)
		return 0;
	if (dims[DSFIT_DIM_ROUTED] > 0)
		widest = dims[DSFIT_DIM_ROUTED] * dims[DSFIT_DIM_EXPERT_FFN];
	return 2 * (double)b->whole.matrix / (double)b->tokens +
	       2 * (dims[DSFIT_DIM_HIDDEN] + widest);
}

/* The network's function, where it is another than the family was traced with. */
static double other_activation(const struct dsfit_rank *b, const double *dims)
{
	const struct dsfit_footprint *f = b->footprint;

	for (size_t i = 0; i < f->activations; i++)
		if (!strcasecmp(f->activation[i].name, b->model->activation))
			return dsfit_sum_value(&f->activation[i].more, dims);
	return 0;
}

/* Whether the network's function takes a power, which autocast does in fp32, and all after it:
 * gelu_new. A family lists the functions that are not its own. */
static bool has_power(const struct dsfit_rank *b)
{
	static const char name[] = "gelu_new";
	const struct dsfit_footprint *f = b->footprint;

	if (b->model->activation[0])
		return !strcasecmp(b->model->activation, name);
	for (size_t i = 0; i < f->activations; i++)
		if (!strcasecmp(f->activation[i].name, name))
			return false;
	return f->activations > 0;
}

/*
 * What autocast keeps of a block beside 16 bits of all: the stream between its linears is in fp32,
 * and each linear that reads it after a norm has a copy of its own; stage 3's keep what they read.
 */
static double cast(const struct dsfit_rank *b, const double *dims)
{
	const struct dsfit_shape *s = &b->model->shape;
	int readers = s->traits.fused_qkv ? 1 : 3;

	readers += s->gated && !s->traits.fused_gate_up ? 2 : 1;
	if (dsfit_rank_own_linears(b))
		readers = 4;
	return readers * 2 * dims[DSFIT_DIM_HIDDEN] +
	       (has_power(b) ? 6 * dims[DSFIT_DIM_FFN] : 0);
}

static void rate_blocks(const struct dsfit_rank *b, const double *dims, double wide,
			struct rates *r)
{
	const struct dsfit_footprint *f = b->footprint;
	const struct dsfit_training *t = b->training;
	const enum dsfit_trained way = trained(t);
	double matrix = dequantised(b, dims), scores;

	r->input = (b->autocast ? 4 : wide * 2) * dims[DSFIT_DIM_HIDDEN];
	r->kept = wide * dsfit_sum_value(&f->kept[way], dims);
	if (wide > 1 && way == DSFIT_TRAINED_ALL && f->fp32)
		r->kept = dsfit_sum_value(&f->kept_fp32, dims);
	r->kept += wide * other_activation(b, dims);
	if (b->autocast)
		r->kept += cast(b, dims);
	r->backward = wide * highest(&f->backward[way], dims, matrix);
	r->forward = wide * highest(&f->forward, dims, matrix);
	if (t->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE)
		r->kept = r->kept < 17 * r->input ? r->kept : 17 * r->input;
	if (t->attention != DSFIT_ATTENTION_EAGER)
		return;
	scores = wide * dsfit_sum_value(way == DSFIT_TRAINED_QV ? &f->kept_eager_qv :
								     &f->kept_eager, dims);
	if (wide > 1 && f->kept_eager_fp32.count)
		scores = dsfit_sum_value(&f->kept_eager_fp32, dims);
	r->forward = highest(&f->forward_eager, dims, r->forward / wide) * wide;
	if (t->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE) {
		/* The scores are made again when their block's backward comes to them. */
		double again = scores + wide * highest(&f->backward_eager, dims, 0);

		r->backward = again > r->backward ? again : r->backward;
		return;
	}
	r->kept += scores;
	r->backward = wide * highest(&f->backward_eager, dims, r->backward / wide);
}

static void rate_head(const struct dsfit_rank *b, double *dims, double wide, struct rates *r)
{
	const struct dsfit_footprint *f = b->footprint;
	const struct dsfit_training *t = b->training;
	const bool frozen = t->method != DSFIT_METHOD_FULL;
	const bool recomputed = t->checkpointing == DSFIT_CHECKPOINTING_FULL;
	const struct dsfit_sum *head = frozen ? f->head_frozen :
					  wide > 1 && f->fp32 ? f->head_fp32 : f->head;
	double vocab = t->fused_loss ? 0 : dims[DSFIT_DIM_VOCAB], more;

	r->first = 0;
	if (frozen && !recomputed)
		r->first = wide * dsfit_sum_value(&f->first_frozen, dims);
	more = r->first;
	if (recomputed && t->attention == DSFIT_ATTENTION_EAGER)
		more = wide * dsfit_sum_value(&f->held_eager, dims);
	for (int i = 0; i < DSFIT_HEAD_MOMENTS; i++) {
		dims[DSFIT_DIM_VOCAB] = 0;
		r->head[i] = dsfit_sum_value(&head[i], dims);
		dims[DSFIT_DIM_VOCAB] = vocab;
		r->loss[i] = dsfit_sum_value(&head[i], dims) - r->head[i];
		r->head[i] += r->loss[i] + more;
	}
	r->ends = wide * dsfit_sum_value(&f->ends, dims) + more;
}

/* So much a token, of so many tokens. */
static uint64_t bytes(const struct dsfit_rank *b, double rate)
{
	return dsfit_scale(b->tokens, rate);
}

/*
 * A moment with the loss, or one without it where that is higher: in a layer, or on a pipeline's
 * first stage (the loss is the last stage's, which has one micro-batch in flight).
 */
static uint64_t larger(const struct dsfit_rank *b, double with, double loss, double without,
		       uint64_t *loss_bytes)
{
	*loss_bytes = with > without ? bytes(b, loss) : 0;
	return bytes(b, with > without ? with : without);
}

void dsfit_activations_follow(const struct dsfit_rank *b, struct dsfit_activations *out)
{
	const struct dsfit_training *t = b->training;
	const bool recomputed = t->checkpointing == DSFIT_CHECKPOINTING_FULL;
	double dims[DSFIT_DIMENSIONS], wide = b->width.activation > 2 ? 2 : 1;
	double kept, last, in_flight = (double)dsfit_min(t->pipeline, t->accumulation);
	struct rates r;

	lay_dimensions(b, dims);
	rate_blocks(b, dims, wide, &r);
	rate_head(b, dims, wide, &r);
	if (recomputed)
		r.backward += r.kept;
	else
		r.forward -= r.kept;
	/* The first layer's may be less than the others'; no moment is below what it keeps. */
	if (r.ends < 0) {
		r.backward += r.ends;
		r.ends = 0;
	}
	last = (recomputed ? r.input : r.kept) * (double)b->blocks;
	kept = last * in_flight;
	out->layer_kept = bytes(b, kept / (double)b->blocks);
	out->layer_backward = bytes(b, r.backward);
	out->ends = bytes(b, r.ends);
	out->held = larger(b, last + r.head[DSFIT_HEAD_HELD], r.loss[DSFIT_HEAD_HELD], kept,
			   &out->held_loss);
	out->forward = larger(b, last + r.head[DSFIT_HEAD_FORWARD], r.loss[DSFIT_HEAD_FORWARD],
			      kept + r.first + r.forward, &out->forward_loss);
	out->start = larger(b, last + r.head[DSFIT_HEAD_BACKWARD], r.loss[DSFIT_HEAD_BACKWARD],
			    kept, &out->start_loss);
}
