/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers that every part of the account is made from. */
#include "core/account/rank.h"

#include <string.h>

#include "core/base/size.h"
#include "core/model/adapters.h"
#include "core/model/tensors.h"

/* torch.autocast over fp32 weights: DeepSpeed's torch_autocast, or PyTorch's own fp16, whose
 * GradScaler takes no gradients in fp16. */
static bool autocasts(const struct dsfit_training *t)
{
	if (t->precision == DSFIT_PRECISION_FP16)
		return t->engine == DSFIT_ENGINE_NONE;
	return t->precision == DSFIT_PRECISION_FP32 && t->autocast &&
	       t->engine == DSFIT_ENGINE_DEEPSPEED;
}

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
	struct dsfit_widths w = { 2, 2, 4, states[t->optimizer], 2, 2, 0, 2 };

	if (t->precision == DSFIT_PRECISION_FP32)
		/* The ZeRO optimizers keep a master copy of fp32 weights too: a clone of their
		 * partition. */
		w = (struct dsfit_widths){ 4, 4, plain || !t->zero ? 0 : 4, w.states, 4, 4, 0, 4 };
	else if (autocasts(t))
		w = (struct dsfit_widths){ 4, 4, 0, w.states, 4, 2, 2, 2 };
	else if (t->precision == DSFIT_PRECISION_BF16_TRUE || plain)
		w.master = 0;
	else if (t->no_master)
		w.master = 2;
	if (t->precision == DSFIT_PRECISION_FP32 && autocasts(t))
		w.activation = w.cast = 2;
	/* States have the type of what the optimizer steps: the master copy, or the weights. */
	half = w.weight == 2 && (!w.master || (t->no_master && t->bf16_states));
	if (half && t->optimizer != DSFIT_OPTIMIZER_ADAM8BIT)
		w.states /= 2;
	if (t->accumulate == DSFIT_ACCUMULATE_FP32 && t->engine == DSFIT_ENGINE_DEEPSPEED) {
		w.accumulated = 4;
		/* "use_grad_accum_attribute": each parameter's own sum is what is reduced. */
		if (t->zero == 1 && t->offload_optimizer != DSFIT_OFFLOAD_NONE)
			w.gradient = 4;
	}
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
		return t->precision == DSFIT_PRECISION_BF16 ||
		       t->precision == DSFIT_PRECISION_FP16 ? DSFIT_WRAPPER_UNFUSED :
							      DSFIT_WRAPPER_NONE;
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

/* Bytes a frozen parameter takes; bitsandbytes keeps a scale for each 64, GPTQ for each 128. */
static double base_width(enum dsfit_base_weights base)
{
	static const double width[] = {
		[DSFIT_BASE_FP32] = 4, [DSFIT_BASE_BF16] = 2, [DSFIT_BASE_INT8] = 1,
		/* Half a byte and an fp32 scale for each 64; or the scales in 8 bits, with one of
		 * their own for each 256 of them. */
		[DSFIT_BASE_NF4] = 0.5 + 4.0 / 64,
		[DSFIT_BASE_NF4_DQ] = 0.5 + 1.0 / 64 + 4.0 / 64 / 256,
		[DSFIT_BASE_GPTQ4] = 0.56,
	};

	return width[base];
}

/* Parameters of one model-parallel rank: experts are spread over `expert` ranks as well. */
static uint64_t held_parameters(struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	const struct dsfit_model *model = b->model;
	const struct dsfit_shape *s = &model->shape;
	uint64_t all = model->parameters, routed = model->counts.routed, ends = 0;

	if (s->experts && t->expert > 1) {
		routed = dsfit_div_up(routed, dsfit_min(t->expert, s->experts));
		all = dsfit_add(dsfit_sub(all, model->counts.routed), routed);
		b->experts = dsfit_div_up(routed, t->tensor * t->pipeline);
	}
	/* The first and the last stage also carry the embedding and the head. */
	if (t->pipeline > 1)
		ends = dsfit_max(model->counts.embedding, model->counts.head);
	return dsfit_min(all, dsfit_add(dsfit_div_up(all, t->tensor * t->pipeline),
					ends / t->tensor));
}

/* The parameters' sizes one by one, as one model-parallel rank has them. */
static void lay_tensor(struct dsfit_rank *b, const struct dsfit_tensor *tensor)
{
	const struct dsfit_training *t = b->training;
	uint64_t elements = dsfit_tensor_elements(tensor), copies = tensor->copies, side;

	if (tensor->role == DSFIT_ROLE_EXPERTS)
		elements /= dsfit_min(t->expert, dsfit_max(1, b->model->shape.experts));
	if (tensor->role != DSFIT_ROLE_VECTOR)
		elements = dsfit_div_up(elements, t->tensor);
	if (tensor->in_block)
		b->whole.matrix = dsfit_max(b->whole.matrix, elements);
	if (tensor->role == DSFIT_ROLE_EXPERTS && tensor->module == DSFIT_MODULE_PLAIN)
		b->whole.experts = dsfit_add(b->whole.experts, elements);
	/* mark_persistent_parameters() of zero/parameter_offload.py: those up to the threshold. */
	if (elements <= t->persistence)
		b->persistent = dsfit_add(b->persistent, dsfit_mul(elements, copies));
	if (tensor->bias <= t->persistence)
		b->persistent = dsfit_add(b->persistent, dsfit_mul(tensor->bias, copies));
	if (t->method == DSFIT_METHOD_FULL || !dsfit_lora_targets(tensor, t->lora_targets))
		return;
	side = dsfit_mul(t->lora_rank, dsfit_max(tensor->in, tensor->out));
	b->trained.matrix = dsfit_max(b->trained.matrix, side);
	if (side <= t->persistence)
		b->adapters = dsfit_add(b->adapters, dsfit_mul(side, copies));
	side = dsfit_mul(t->lora_rank, dsfit_min(tensor->in, tensor->out));
	if (side <= t->persistence)
		b->adapters = dsfit_add(b->adapters, dsfit_mul(side, copies));
}

static void lay_pieces(struct dsfit_rank *b, const struct dsfit_tensors *list)
{
	const struct dsfit_counts *counts = &b->model->counts;
	const struct dsfit_training *t = b->training;
	struct dsfit_pieces *p = &b->whole;

	p->embedding = dsfit_min(counts->embedding / t->tensor, b->held);
	/* Of a pipeline's stages the first has the embedding, the last the head. */
	if (t->pipeline == 1)
		p->head = dsfit_min(counts->head / t->tensor, b->held - p->embedding);
	p->block = (b->held - p->embedding - p->head) / b->blocks;
	for (size_t i = 0; i < list->count; i++)
		lay_tensor(b, &list->tensor[i]);
	/* A model of a given size has the shape of one about as large. */
	p->matrix = dsfit_min(p->matrix, p->block);
	p->experts = dsfit_min(p->experts, p->block);
	b->persistent = dsfit_min(b->persistent / t->pipeline, b->held);
	b->adapters = dsfit_min(b->adapters / (t->tensor * t->pipeline), b->trainable);
	if (t->method == DSFIT_METHOD_FULL) {
		b->trained = *p;
		return;
	}
	b->trained.block = b->trainable / b->blocks;
	b->trained.matrix = dsfit_min(b->trained.matrix, b->trainable);
}

static void lay_weights(struct dsfit_rank *b, const struct dsfit_tensors *list)
{
	const struct dsfit_training *t = b->training;
	uint64_t degrees = t->tensor * t->pipeline, quantised, bytes;

	b->trainable = b->held;
	b->weights = dsfit_mul(b->held, b->width.weight);
	if (t->method == DSFIT_METHOD_FULL)
		return;
	/* Embedding, head and norms stay in 16 bits under a quantised base. */
	quantised = dsfit_min(b->model->counts.quantised / degrees, b->held);
	if (t->base_weights <= DSFIT_BASE_BF16)
		quantised = 0;
	b->quantised = dsfit_scale(quantised, base_width(t->base_weights));
	bytes = dsfit_mul(b->held - quantised, t->base_weights == DSFIT_BASE_FP32 ? 4 :
									  b->width.frozen);
	b->trainable = dsfit_div_up(dsfit_lora_count(list, b->model, t->lora_rank,
						     t->lora_targets), degrees);
	b->weights = dsfit_add(dsfit_add(b->quantised, bytes),
			       dsfit_mul(b->trainable, b->width.weight));
}

/* A bucket for each type that gradients are sent in, get_all_comm_dtypes(): autocast's for those of
 * linears, as adapters are, fp32 for the others. */
static uint64_t bucket_width(const struct dsfit_rank *b)
{
	if (!b->autocast)
		return b->width.gradient;
	return b->training->method == DSFIT_METHOD_FULL ? 2 + b->width.gradient : 2;
}

/* What a rank has of what the ranks share: weights in 8 or 4 bits are whole on each. */
static void lay_shares(struct dsfit_rank *b)
{
	uint64_t owners = dsfit_max(1, b->shards / b->training->expert);
	uint64_t bytes = dsfit_sub(b->weights, b->quantised);
	uint64_t experts = dsfit_min(b->experts, b->trainable);
	uint64_t spread = dsfit_min(bytes, dsfit_mul(b->experts, b->width.frozen));

	if (b->training->method != DSFIT_METHOD_FULL)
		experts = 0;
	b->part = dsfit_add(dsfit_div_up(b->trainable - experts, b->shards),
			    dsfit_div_up(experts, owners));
	b->experts_share = dsfit_div_up(spread, owners);
	b->share = dsfit_add(dsfit_div_up(bytes - spread, b->shards), b->experts_share);
}

bool dsfit_rank_own_linears(const struct dsfit_rank *b)
{
	return b->wrapper == DSFIT_WRAPPER_ZERO3 &&
	       b->model->shape.traits.linear != DSFIT_LINEAR_CONV1D;
}

void dsfit_rank_count(const struct dsfit_model *model, const struct dsfit_training *t,
		     const struct dsfit_layout *layout, struct dsfit_rank *b)
{
	struct dsfit_tensors list;

	memset(b, 0, sizeof(*b));
	b->model = model;
	b->training = t;
	b->layout = layout;
	b->width = parameter_widths(t);
	b->autocast = autocasts(t) && (t->method == DSFIT_METHOD_FULL || b->width.frozen > 2);
	b->wrapper = wrapper_of(t);
	b->ranks = dsfit_max(1, layout->gpus / (t->tensor * t->pipeline));
	b->shards = t->mics_shard && t->zero == 3 ? dsfit_min(t->mics_shard, b->ranks) : b->ranks;
	b->blocks = dsfit_max(1, dsfit_div_up(model->shape.layers, t->pipeline));
	b->held = held_parameters(b);
	b->tokens = dsfit_max(1, dsfit_mul(t->micro_batch, t->sequence) / t->sequence_parallel);
	dsfit_tensors_list(&model->shape, 0, &list);
	lay_weights(b, &list);
	lay_shares(b);
	lay_pieces(b, &list);
	b->bucket = dsfit_mul(t->reduce_bucket, bucket_width(b));
	if (t->method == DSFIT_METHOD_FULL)
		b->largest = dsfit_min(model->counts.largest_parameter / t->tensor, b->held);
	else
		b->largest = b->trained.matrix;
}
