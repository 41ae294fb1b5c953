/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers that every part of the account is made from. */
#include "core/basis.h"

#include <string.h>

#include "core/size.h"

/* Optimizer states beside the master copy, in fp32: two for Adam, one for Lion and Muon. */
static struct dsfit_widths parameter_widths(const struct dsfit_training *t)
{
	static const double states[] = {
		[DSFIT_OPTIMIZER_ADAMW] = 8,
		/* One byte a state and a scale for each 256 of them. */
		[DSFIT_OPTIMIZER_ADAM8BIT] = 2 * (1 + 4.0 / 256),
		[DSFIT_OPTIMIZER_LION] = 4,
		[DSFIT_OPTIMIZER_SGD] = 4,
		/* A row and a column a matrix. */
		[DSFIT_OPTIMIZER_ADAFACTOR] = 0.01,
		[DSFIT_OPTIMIZER_MUON] = 4,
	};
	bool plain = t->engine == DSFIT_ENGINE_NONE, half;
	struct dsfit_widths w = { 2, 2, 4, states[t->optimizer], 2 };

	if (t->precision == DSFIT_PRECISION_FP32)
		/* The ZeRO optimizers keep a master copy of fp32 weights too: a clone of their
		 * partition. */
		w = (struct dsfit_widths){ 4, 4, plain || !t->zero ? 0 : 4, w.states, 4 };
	else if (t->precision == DSFIT_PRECISION_BF16_TRUE || plain)
		w.master = 0;
	else if (t->no_master)
		w.master = 2;
	/* States have the type of what the optimizer steps: the master copy, or the weights. */
	half = w.weight == 2 && (!w.master || (t->no_master && t->bf16_states));
	if (half && t->optimizer != DSFIT_OPTIMIZER_ADAM8BIT)
		w.states /= 2;
	if (t->accumulate == DSFIT_ACCUMULATE_FP32 && t->engine == DSFIT_ENGINE_DEEPSPEED)
		w.accumulated = 4;
	return w;
}

/* DeepSpeedEngine._configure_optimizer() and _do_optimizer_sanity_check(), engine.py of 0.19.8. */
static enum dsfit_wrapper wrapper_of(const struct dsfit_training *t)
{
	if (t->engine == DSFIT_ENGINE_NONE)
		return DSFIT_WRAPPER_NONE;
	if (t->engine == DSFIT_ENGINE_FSDP)
		return t->zero == 3 ? DSFIT_WRAPPER_FSDP : DSFIT_WRAPPER_NONE;
	switch (t->zero) {
	case 0:
		return t->precision == DSFIT_PRECISION_BF16 || t->precision == DSFIT_PRECISION_FP16 ?
			       DSFIT_WRAPPER_UNFUSED : DSFIT_WRAPPER_NONE;
	case 1:
		if (t->precision == DSFIT_PRECISION_BF16 &&
		    t->accumulate == DSFIT_ACCUMULATE_FP32 &&
		    t->offload_optimizer == DSFIT_OFFLOAD_NONE)
			return DSFIT_WRAPPER_BF16;
		return DSFIT_WRAPPER_ZERO12;
	case 2:
		return DSFIT_WRAPPER_ZERO12;
	default:
		return DSFIT_WRAPPER_ZERO3;
	}
}

/* The matrices of a block, in its order. */
struct matrices {
	struct {
		uint64_t in, out;
		uint64_t copies;	/* of the same size: an expert's */
	} m[8];
	int count;
};

static void add_matrix(struct matrices *set, uint64_t in, uint64_t out, uint64_t copies)
{
	set->m[set->count].in = in;
	set->m[set->count].out = out;
	set->m[set->count++].copies = copies;
}

static void block_matrices(const struct dsfit_shape *s, struct matrices *set)
{
	uint64_t h = s->hidden, q = s->heads * s->head_size, kv = s->kv_heads * s->head_size;
	uint64_t f = s->experts ? s->expert_ffn : s->ffn;
	uint64_t experts = s->experts ? s->experts + s->shared_experts : 1;

	set->count = 0;
	add_matrix(set, h, q, 1);
	add_matrix(set, h, kv, 2);
	add_matrix(set, q, h, 1);
	add_matrix(set, h, f, (s->gated ? 2 : 1) * experts);
	add_matrix(set, f, h, experts);
}

/* Adapters: r · Σ(in + out) over the linears they are on. */
uint64_t dsfit_lora_parameters(const struct dsfit_model *model, const struct dsfit_training *t)
{
	const struct dsfit_shape *s = &model->shape;
	uint64_t q = s->heads * s->head_size, kv = s->kv_heads * s->head_size, sum;
	uint64_t experts = s->experts ? s->experts + s->shared_experts : 1;

	sum = s->hidden + q + s->hidden + kv;
	if (t->lora_targets != DSFIT_LORA_QV)
		sum += s->hidden + kv + q + s->hidden;
	if (t->lora_targets == DSFIT_LORA_ALL_LINEAR)
		sum += experts * (s->gated ? 3 : 2) * (s->hidden + s->expert_ffn);
	return dsfit_mul(dsfit_mul(sum, s->layers), t->lora_rank);
}

/* Bytes a frozen parameter takes; bitsandbytes keeps a scale for each 64, GPTQ for each 128. */
static double base_width(enum dsfit_base_weights base)
{
	static const double width[] = {
		[DSFIT_BASE_FP32] = 4, [DSFIT_BASE_BF16] = 2, [DSFIT_BASE_INT8] = 1,
		[DSFIT_BASE_NF4] = 0.5625, [DSFIT_BASE_NF4_DQ] = 0.516, [DSFIT_BASE_GPTQ4] = 0.56,
	};

	return width[base];
}

/* Parameters of one model-parallel rank: experts are spread over `expert` ranks as well. */
static uint64_t held_parameters(const struct dsfit_model *model, const struct dsfit_training *t)
{
	const struct dsfit_shape *s = &model->shape;
	uint64_t all = model->parameters, ends = 0;

	if (s->experts && t->expert > 1) {
		uint64_t dense = model->active, routed = dsfit_sub(all, dense);

		all = dsfit_add(dense, dsfit_div_up(routed, dsfit_min(t->expert, s->experts)));
	}
	/* The first and the last stage also carry the embedding and the head. */
	if (t->pipeline > 1)
		ends = s->vocab * s->hidden;
	return dsfit_min(all, dsfit_add(dsfit_div_up(all, t->tensor * t->pipeline), ends / t->tensor));
}

static void lay_pieces(struct dsfit_basis *b)
{
	const struct dsfit_shape *s = &b->model->shape;
	const struct dsfit_training *t = b->training;
	struct dsfit_pieces *p = &b->whole;
	struct matrices set;

	p->embedding = dsfit_min(dsfit_mul(s->vocab, s->hidden) / t->tensor, b->held);
	/* Of a pipeline's stages the first has the embedding, the last the head. */
	if (!s->tied && t->pipeline == 1)
		p->head = dsfit_min(p->embedding, b->held - p->embedding);
	p->block = (b->held - p->embedding - p->head) / b->blocks;
	block_matrices(s, &set);
	for (int i = 0; i < set.count; i++)
		p->matrix = dsfit_max(p->matrix, dsfit_mul(set.m[i].in, set.m[i].out));
	p->matrix = dsfit_min(p->matrix / t->tensor, p->block);
	b->trained = *p;
	if (t->method == DSFIT_METHOD_FULL)
		return;
	b->trained = (struct dsfit_pieces){
		.block = b->trainable / b->blocks,
		.matrix = dsfit_min(dsfit_mul(t->lora_rank, dsfit_max(s->hidden, s->ffn)),
				    b->trainable),
	};
}

/* Parameters.mark_persistent_parameters() of parameter_offload.py: those up to the threshold. */
static void lay_persistent(struct dsfit_basis *b)
{
	const struct dsfit_training *t = b->training;
	const struct dsfit_shape *s = &b->model->shape;
	struct matrices set;
	uint64_t sum = 0, adapters = 0;

	block_matrices(s, &set);
	for (int i = 0; i < set.count; i++) {
		uint64_t in = set.m[i].in, out = set.m[i].out, n = set.m[i].copies;

		if (dsfit_mul(in, out) / t->tensor <= t->persistence)
			sum = dsfit_add(sum, dsfit_mul(n, dsfit_mul(in, out)));
		if (dsfit_mul(t->lora_rank, in) <= t->persistence)
			adapters = dsfit_add(adapters, dsfit_mul(n, dsfit_mul(t->lora_rank, in)));
		if (dsfit_mul(t->lora_rank, out) <= t->persistence)
			adapters = dsfit_add(adapters, dsfit_mul(n, dsfit_mul(t->lora_rank, out)));
	}
	if (s->hidden <= t->persistence)
		sum = dsfit_add(sum, 2 * s->hidden);
	b->persistent = dsfit_min(dsfit_mul(sum, b->blocks) / t->tensor, b->held);
	if (t->method != DSFIT_METHOD_FULL)
		b->adapters = dsfit_min(dsfit_mul(adapters, b->blocks), b->trainable);
}

static void lay_weights(struct dsfit_basis *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t degrees = t->tensor * t->pipeline, ends, frozen;

	b->trainable = b->held;
	b->weights = dsfit_mul(b->held, b->width.weight);
	if (t->method == DSFIT_METHOD_FULL)
		return;
	/* Embedding and head stay in 16 bits under a quantised base. */
	ends = dsfit_mul(b->model->shape.vocab * b->model->shape.hidden, b->model->shape.tied ? 1 : 2);
	ends = dsfit_min(ends, b->model->parameters);
	frozen = dsfit_scale(b->model->parameters - ends, base_width(t->base_weights));
	if (t->method == DSFIT_METHOD_QLORA)
		b->quantised = dsfit_div_up(frozen, degrees);
	b->trainable = dsfit_div_up(dsfit_lora_parameters(b->model, t), degrees);
	b->weights = dsfit_add(dsfit_div_up(dsfit_add(frozen, 2 * ends), degrees),
			       dsfit_mul(b->trainable, b->width.weight));
}

void dsfit_basis_lay(const struct dsfit_model *model, const struct dsfit_training *t,
		     const struct dsfit_layout *layout, struct dsfit_basis *b)
{
	uint64_t largest;

	memset(b, 0, sizeof(*b));
	b->model = model;
	b->training = t;
	b->layout = layout;
	b->width = parameter_widths(t);
	b->wrapper = wrapper_of(t);
	b->ranks = dsfit_max(1, layout->gpus / (t->tensor * t->pipeline));
	b->shards = t->mics_shard && t->zero == 3 ? dsfit_min(t->mics_shard, b->ranks) : b->ranks;
	b->blocks = dsfit_max(1, dsfit_div_up(model->shape.layers, t->pipeline));
	b->held = held_parameters(model, t);
	b->tokens = dsfit_max(1, dsfit_mul(t->micro_batch, t->sequence) / t->sequence_parallel);
	lay_weights(b);
	lay_pieces(b);
	lay_persistent(b);
	b->bucket = dsfit_mul(t->reduce_bucket, b->width.gradient);
	largest = dsfit_max(b->trained.matrix, dsfit_max(b->trained.embedding, b->trained.head));
	b->largest = dsfit_mul(largest, b->width.weight);
}

uint64_t dsfit_terms_total(const struct dsfit_terms *t)
{
	uint64_t sum = dsfit_add(dsfit_add(t->weights, t->gradients), t->optimizer);

	sum = dsfit_add(dsfit_add(sum, t->communication), t->activations);
	return dsfit_add(sum, t->loss);
}
