/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a model, a training and a layout to one rank's numbers. They build on each other in this
 * order:
 *
 *     widths       bytes per parameter of weights, gradients, master copy and states, by precision,
 *                  optimizer and engine
 *     wrapper      the class of DeepSpeed that holds the states
 *     parameters   of one model-parallel rank: tensor and pipeline divide the model, expert
 *                  parallelism its experts
 *     weights      trained or frozen, in 16 bits or quantised; adapters
 *     shares       what ZeRO partitions, divided by the ranks
 *     pieces       embedding, block, head, the largest matrix: the order in which gradients are made
 *
 * Sources: DeepSpeed 0.19.8's deepspeed/runtime/engine.py and its optimizers, PEFT, bitsandbytes.
 */
#include "core/account/rank.h"

#include <string.h>

#include "core/account/release.h"
#include "core/base/size.h"
#include "core/model/adapters.h"
#include "core/model/tensors.h"

/* Whether torch.autocast runs over fp32 weights: with DeepSpeed's torch_autocast, or in PyTorch's
 * own fp16, whose GradScaler accepts no gradients in fp16. */
static bool autocasts(const struct dsfit_training *t)
{
	if (t->precision == DSFIT_PRECISION_FP16)
		return t->engine == DSFIT_ENGINE_NONE;
	/* The Trainer's bf16 on a model that was loaded in fp32. */
	if (t->precision == DSFIT_PRECISION_BF16)
		return t->engine == DSFIT_ENGINE_NONE && t->master == DSFIT_YES;
	return t->precision == DSFIT_PRECISION_FP32 && t->autocast &&
	       t->engine == DSFIT_ENGINE_DEEPSPEED;
}

/*
 * communication_data_type, in bytes per gradient. By default it is the weights' type, and gradients
 * that have another type, as fp32 sums do, are sent as they are here. Autocast has a type for each
 * parameter instead.
 */
static uint64_t sent_width(const struct dsfit_training *t, const struct dsfit_widths *w)
{
	uint64_t sent = w->weight;

	if (t->communicate == DSFIT_ACCUMULATE_FP32)
		sent = 4;
	else if (t->communicate != DSFIT_ACCUMULATE_AS_WEIGHTS)
		sent = 2;
	if (t->engine != DSFIT_ENGINE_DEEPSPEED || autocasts(t) || sent == w->weight)
		return w->gradient;
	return sent;
}

/* Bytes per parameter. States are those beside the master copy, in fp32. */
static struct dsfit_widths widths_of(const struct dsfit_training *t)
{
	static const double states[] = {
		/* Two states. */
		[DSFIT_OPTIMIZER_ADAMW] = 8,
		/* Each state has one byte, and each 256 of them an fp32 scale. */
		[DSFIT_OPTIMIZER_ADAM8BIT] = 2 * (1 + 4.0 / 256),
		/* The same, in memory that the driver moves to the host. */
		[DSFIT_OPTIMIZER_PAGED_ADAM8BIT] = 0,
		[DSFIT_OPTIMIZER_LION] = 4,
		[DSFIT_OPTIMIZER_SGD] = 0,
		[DSFIT_OPTIMIZER_SGD_MOMENTUM] = 4,
		/* A row and a column of each matrix. */
		[DSFIT_OPTIMIZER_ADAFACTOR] = 0.01,
		[DSFIT_OPTIMIZER_MUON] = 4,
	};
	bool plain = t->engine == DSFIT_ENGINE_NONE, half;
	struct dsfit_widths w = { .weight = 2, .gradient = 2, .master = 4, .accumulated = 2,
				  .states = states[t->optimizer], .frozen = 2, .activation = 2 };

	if (t->precision == DSFIT_PRECISION_FP32) {
		w.weight = w.gradient = w.accumulated = w.frozen = w.activation = 4;
		/* ZeRO keeps a master copy of fp32 weights too: a clone of its partition. */
		w.master = plain || !t->zero ? 0 : 4;
	} else if (autocasts(t)) {
		w.weight = w.gradient = w.accumulated = 4;
		w.master = 0;
		w.cast = 2;
	} else if (t->precision == DSFIT_PRECISION_BF16_TRUE || plain) {
		w.master = 0;
	} else if (t->no_master) {
		w.master = 2;
	}
	if (t->precision == DSFIT_PRECISION_FP32 && autocasts(t))
		w.activation = w.cast = 2;
	/* States have the type of the tensor that the optimizer steps: the master copy, or the
	 * weights where there is none. */
	half = w.weight == 2 && (!w.master || (t->no_master && t->bf16_states));
	if (half && t->optimizer != DSFIT_OPTIMIZER_ADAM8BIT)
		w.states /= 2;
	if (t->accumulate == DSFIT_ACCUMULATE_FP32 && t->engine == DSFIT_ENGINE_DEEPSPEED) {
		w.accumulated = 4;
		/* "use_grad_accum_attribute": each parameter has an fp32 sum, which is reduced. */
		if (t->zero == 1 && t->offload_optimizer != DSFIT_OFFLOAD_NONE)
			w.gradient = 4;
	}
	/* ZeRO's partitions are flat vectors, of which Adafactor keeps a whole second moment. */
	if (t->optimizer == DSFIT_OPTIMIZER_ADAFACTOR && !plain && t->zero)
		w.states = 4;
	w.sent = sent_width(t, &w);
	return w;
}

/* The optimizer class that _configure_optimizer() and _do_optimizer_sanity_check() of engine.py
 * choose. */
static enum dsfit_wrapper wrapper_of(const struct dsfit_training *t)
{
	if (t->engine == DSFIT_ENGINE_NONE)
		return DSFIT_WRAPPER_NONE;
	if (t->engine == DSFIT_ENGINE_FSDP)
		return t->zero == 3 ? DSFIT_WRAPPER_FSDP : DSFIT_WRAPPER_NONE;
	switch (t->zero) {
	case 0:
		if (t->precision == DSFIT_PRECISION_BF16 || t->precision == DSFIT_PRECISION_FP16)
			return DSFIT_WRAPPER_UNFUSED;
		return DSFIT_WRAPPER_NONE;
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

/* Bytes of a frozen parameter. bitsandbytes keeps a scale for each 64 of them, GPTQ for each 128. */
static double base_width(enum dsfit_base_weights base)
{
	static const double width[] = {
		[DSFIT_BASE_FP32] = 4, [DSFIT_BASE_BF16] = 2, [DSFIT_BASE_INT8] = 1,
		/* Half a byte, and an fp32 scale for each 64; with double quantisation the scales
		 * have 8 bits, and an fp32 scale for each 256 of them. */
		[DSFIT_BASE_NF4] = 0.5 + 4.0 / 64,
		[DSFIT_BASE_NF4_DQ] = 0.5 + 1.0 / 64 + 4.0 / 64 / 256,
		[DSFIT_BASE_GPTQ4] = 0.56,
	};

	return width[base];
}

/* Parameters of one model-parallel rank. Sets spread_experts. */
static uint64_t parameters_of(struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	const struct dsfit_model *model = rank->model;
	const struct dsfit_shape *s = &model->shape;
	uint64_t all = model->parameters, routed = model->counts.routed, ends = 0;

	if (s->experts && t->expert > 1) {
		routed = dsfit_div_up(routed, dsfit_min(t->expert, s->experts));
		all = dsfit_add(dsfit_sub(all, model->counts.routed), routed);
		rank->spread_experts = dsfit_div_up(routed, t->tensor * t->pipeline);
	}
	/* The first pipeline stage has the embedding too, the last one the head. */
	if (t->pipeline > 1)
		ends = dsfit_max(model->counts.embedding, model->counts.head);
	return dsfit_min(all,
			 dsfit_add(dsfit_div_up(all, t->tensor * t->pipeline), ends / t->tensor));
}

/* Places of matrices in a block: queries, keys and values; attention's output; gate and up; down. */
#define PLACES 4

/* Parameters that stage 3 leaves whole where each is up to a threshold: of the model, and of the
 * adapters. */
struct small {
	uint64_t model, adapters;
	uint64_t counted;		/* of all sizes, in the list of tensors */
	/* By their place in a block: inputs of adapters, and elements of all matrices. */
	uint64_t inputs[PLACES], elements[PLACES];
};

/* The place of a matrix in the order in which a block multiplies. */
static size_t place_of(const struct dsfit_tensor *tensor)
{
	if (tensor->parts & DSFIT_PARTS_QKV)
		return 0;
	if (tensor->parts & DSFIT_PART_OUTPUT)
		return 1;
	return tensor->parts & (DSFIT_PART_GATE | DSFIT_PART_UP) ? 2 : 3;
}

/* What comes first in a block, up to the first adapters. */
static void count_first(struct dsfit_rank *rank, const struct small *small)
{
	for (size_t i = 0; i < PLACES && !rank->adapted.first_inputs; i++) {
		rank->adapted.first_inputs = small->inputs[i];
		rank->adapted.first_elements =
			dsfit_add(rank->adapted.first_elements, small->elements[i]);
	}
}

/* What DoRA makes of a matrix: the unit matrix of its inputs, what the adapter makes of it, the
 * same scaled, and its sum with the weight, which is made of 4 bits first. */
static uint64_t dora_bytes(const struct dsfit_rank *rank, const struct dsfit_tensor *tensor)
{
	uint64_t times = rank->quantised_bytes ? 8 : 6;

	return dsfit_add(dsfit_mul(dsfit_mul(tensor->in, tensor->in), 2),
			 dsfit_mul(dsfit_mul(tensor->in, tensor->out), times));
}

/* Take one tensor into what adapters are on. */
static void count_adapted(struct dsfit_rank *rank, const struct dsfit_tensor *tensor,
			  struct small *small)
{
	struct dsfit_adapted *adapted = &rank->adapted;
	const size_t place = place_of(tensor);

	if (!tensor->in_block)
		return;
	if (tensor->role == DSFIT_ROLE_EXPERTS && dsfit_lora_targets(rank->model, tensor,
								      rank->training)) {
		adapted->experts = dsfit_add(adapted->experts,
					     dsfit_mul(dsfit_tensor_elements(tensor),
							       tensor->copies));
		return;
	}
	if (tensor->module == DSFIT_MODULE_PLAIN)
		return;
	adapted->possible |= tensor->parts;
	small->elements[place] =
		dsfit_add(small->elements[place], dsfit_mul(tensor->in, tensor->out));
	if (!dsfit_lora_targets(rank->model, tensor, rank->training))
		return;
	adapted->parts |= tensor->parts;
	adapted->matrices = dsfit_add(adapted->matrices, tensor->copies);
	adapted->inputs = dsfit_add(adapted->inputs, dsfit_mul(tensor->in, tensor->copies));
	adapted->outputs = dsfit_add(adapted->outputs, dsfit_mul(tensor->out, tensor->copies));
	adapted->dora_bytes = dsfit_max(adapted->dora_bytes, dora_bytes(rank, tensor));
	small->inputs[place] = dsfit_add(small->inputs[place], tensor->in);
}

/*
 * Bytes of so many tensors' shares, where each is a block of its own that is a power of two: so
 * zero.Init pins them (zero/partition_parameters.py), and so PyTorch's CachingHostAllocator rounds.
 */
static uint64_t blocks_of(const struct dsfit_rank *rank, const struct dsfit_tensor *tensor,
			  uint64_t elements)
{
	const struct dsfit_training *t = rank->training;
	bool full = t->method == DSFIT_METHOD_FULL;
	uint64_t width = full ? rank->width.weight : rank->width.frozen, shards = rank->shards;

	/* Weights in 8 or 4 bits are buffers. */
	if (!full && t->base_weights > DSFIT_BASE_BF16 && tensor->module == DSFIT_MODULE_LINEAR)
		return 0;
	if (elements <= t->persistence)
		return 0;
	if (tensor->role == DSFIT_ROLE_EXPERTS)
		shards = dsfit_max(1, shards / t->expert);
	return dsfit_mul(dsfit_power_of_two(dsfit_mul(dsfit_div_up(elements, shards), width)),
			 tensor->copies);
}

/* Take one tensor into the pieces and into the small parameters. */
static void count_tensor(struct dsfit_rank *rank, const struct dsfit_tensor *tensor,
			 struct small *small)
{
	const struct dsfit_training *t = rank->training;
	uint64_t elements = dsfit_tensor_elements(tensor), copies = tensor->copies, rows, side;

	if (tensor->role == DSFIT_ROLE_EXPERTS)
		elements /= dsfit_min(t->expert, dsfit_max(1, rank->model->shape.experts));
	if (tensor->role != DSFIT_ROLE_VECTOR)
		elements = dsfit_div_up(elements, t->tensor);
	if (tensor->in_block)
		rank->whole.matrix = dsfit_max(rank->whole.matrix, elements);
	if (tensor->role == DSFIT_ROLE_EXPERTS && tensor->module == DSFIT_MODULE_PLAIN)
		rank->whole.experts = dsfit_add(rank->whole.experts, elements);
	small->counted = dsfit_add(small->counted, dsfit_mul(elements, copies));
	rank->parameter_blocks = dsfit_add(rank->parameter_blocks,
					   blocks_of(rank, tensor, elements));
	/* mark_persistent_parameters() of zero/parameter_offload.py takes those up to the
	 * threshold. */
	if (elements <= t->persistence)
		small->model = dsfit_add(small->model, dsfit_mul(elements, copies));
	if (tensor->bias <= t->persistence)
		small->model = dsfit_add(small->model, dsfit_mul(tensor->bias, copies));
	count_adapted(rank, tensor, small);
	if (t->method == DSFIT_METHOD_FULL || !dsfit_lora_targets(rank->model, tensor, t))
		return;
	rows = dsfit_mul(t->lora_rank, tensor->stack);
	side = dsfit_mul(rows, dsfit_max(tensor->in, tensor->out));
	rank->trained.matrix = dsfit_max(rank->trained.matrix, side);
	if (side <= t->persistence)
		small->adapters = dsfit_add(small->adapters, dsfit_mul(side, copies));
	side = dsfit_mul(rows, dsfit_min(tensor->in, tensor->out));
	if (side <= t->persistence)
		small->adapters = dsfit_add(small->adapters, dsfit_mul(side, copies));
}

/* What full training leaves frozen: only the ends that are named are trained. */
static void freeze_pieces(struct dsfit_rank *rank)
{
	struct dsfit_pieces *p = &rank->trained;

	*p = (struct dsfit_pieces){ .embedding = rank->whole.embedding, .head = rank->whole.head };
	if (rank->training->frozen == DSFIT_FROZEN_ALL_BUT_HEAD && p->head)
		p->embedding = 0;
	if (rank->training->frozen < DSFIT_FROZEN_ALL_BUT_HEAD)
		p->embedding = p->head = 0;
}

static void count_pieces(struct dsfit_rank *rank, const struct dsfit_tensors *list)
{
	const struct dsfit_counts *counts = &rank->model->counts;
	const struct dsfit_training *t = rank->training;
	struct dsfit_pieces *p = &rank->whole;
	struct small small = { 0 };

	p->embedding = dsfit_min(counts->embedding / t->tensor, rank->parameters);
	/* A pipeline's first stage, which is counted, has no head. */
	if (t->pipeline == 1)
		p->head = dsfit_min(counts->head / t->tensor, rank->parameters - p->embedding);
	/* A pipeline's stages share the tower with the blocks. */
	if (t->pipeline == 1)
		p->tower = dsfit_min(counts->vision / t->tensor,
				     rank->parameters - p->embedding - p->head);
	p->block = (rank->parameters - p->embedding - p->head - p->tower) / rank->blocks;
	for (size_t i = 0; i < list->count; i++)
		count_tensor(rank, &list->tensor[i], &small);
	if (t->method != DSFIT_METHOD_FULL)
		count_first(rank, &small);
	/* A model given by its size has the shape of another one, which may be larger. A vision
	 * tower is not in the list, and a pipeline's stage has a part of it. */
	if (small.counted)
		rank->parameter_blocks = dsfit_scale(rank->parameter_blocks,
						     (double)rank->parameters /
						     (double)small.counted);
	p->matrix = dsfit_min(p->matrix, p->block);
	p->experts = dsfit_min(p->experts, p->block);
	small.model = dsfit_min(small.model / t->pipeline, rank->parameters);
	small.adapters = dsfit_min(small.adapters / (t->tensor * t->pipeline), rank->trainable);
	/* stage3_model_persistence_threshold is the most that it takes in all. */
	rank->left_whole = dsfit_min(dsfit_add(small.model, small.adapters), t->model_persistence);
	if (t->method == DSFIT_METHOD_FULL) {
		rank->trained = *p;
		if (dsfit_training_freezes_layers(t))
			freeze_pieces(rank);
		if (t->frozen)
			rank->trained.tower = dsfit_min(p->tower, dsfit_trainable_vision(
						rank->model, t) / t->tensor);
		return;
	}
	if (t->modules_to_save & DSFIT_PART_EMBEDDING)
		rank->trained.embedding = dsfit_min(p->embedding, rank->trainable);
	if (t->modules_to_save & DSFIT_PART_HEAD)
		rank->trained.head = dsfit_min(p->head ? p->head : p->embedding, rank->trainable);
	rank->trained.tower = dsfit_min(dsfit_lora_of_tower(rank->model, t) / t->tensor,
					p->tower ? rank->trainable : 0);
	rank->trained.block = dsfit_sub(rank->trainable, dsfit_add(rank->trained.embedding,
								   rank->trained.head));
	rank->trained.block = dsfit_sub(rank->trained.block, rank->trained.tower) / rank->blocks;
	rank->trained.matrix = dsfit_min(rank->trained.matrix, rank->trainable);
}

static void count_weights(struct dsfit_rank *rank, const struct dsfit_tensors *list)
{
	const struct dsfit_training *t = rank->training;
	uint64_t degrees = t->tensor * t->pipeline, quantised, bytes, trainable;

	rank->trainable = rank->parameters;
	if (t->method == DSFIT_METHOD_FULL && t->frozen != DSFIT_FROZEN_NONE)
		rank->trainable = dsfit_min(rank->parameters,
					    dsfit_div_up(dsfit_trainable(rank->model, t), degrees));
	rank->weight_bytes = dsfit_mul(rank->parameters, rank->width.weight);
	if (t->method == DSFIT_METHOD_FULL)
		return;
	/* Embedding, head and norms of a quantised model stay in 16 bits. */
	quantised = dsfit_min(rank->model->counts.quantised / degrees, rank->parameters);
	if (dsfit_release_quantises_experts(t) && !rank->model->shape.traits.experts_linear)
		quantised = dsfit_min(dsfit_add(quantised, rank->model->counts.routed / degrees),
				      rank->parameters);
	if (t->base_weights <= DSFIT_BASE_BF16)
		quantised = 0;
	rank->quantised_bytes = dsfit_scale(quantised, base_width(t->base_weights));
	/* bitsandbytes packs 4 bits into a parameter, which stage 3 partitions if its type is a
	 * float (bnb_4bit_quant_storage); the scales, and other formats, are whole. */
	rank->unshared_bytes = rank->quantised_bytes;
	if (t->base_weights == DSFIT_BASE_NF4 || t->base_weights == DSFIT_BASE_NF4_DQ)
		rank->unshared_bytes = dsfit_sub(rank->quantised_bytes, quantised / 2);
	bytes = dsfit_mul(rank->parameters - quantised,
			  t->base_weights == DSFIT_BASE_FP32 ? 4 : rank->width.frozen);
	trainable = dsfit_add(dsfit_lora_count(list, rank->model, t),
			      dsfit_saved_modules(rank->model, t));
	rank->trainable = dsfit_div_up(trainable, degrees);
	rank->weight_bytes = dsfit_add(dsfit_add(rank->quantised_bytes, bytes),
				       dsfit_mul(rank->trainable, rank->width.weight));
}

/*
 * Bytes per element of all reduce buckets. Under autocast there is one for each type in which
 * gradients are sent (get_all_comm_dtypes()): 16 bits for those of linears, adapters among them,
 * and fp32 for the others.
 */
static uint64_t bucket_width(const struct dsfit_rank *rank)
{
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3 && !rank->autocast)
		return rank->width.sent;
	if (!rank->autocast)
		return rank->width.gradient;
	return rank->training->method == DSFIT_METHOD_FULL ? 2 + rank->width.gradient : 2;
}

/* This rank's share. Weights in 8 bits are whole on each rank. */
static void count_shares(struct dsfit_rank *rank)
{
	uint64_t owners = dsfit_max(1, rank->shards / rank->training->expert);
	uint64_t bytes = dsfit_sub(rank->weight_bytes, rank->unshared_bytes);
	uint64_t experts = dsfit_min(rank->spread_experts, rank->trainable);
	uint64_t spread = dsfit_min(bytes, dsfit_mul(rank->spread_experts, rank->width.frozen));

	if (rank->training->method != DSFIT_METHOD_FULL)
		experts = 0;
	rank->partition = dsfit_add(dsfit_div_up(rank->trainable - experts, rank->shards),
				    dsfit_div_up(experts, owners));
	rank->experts_share_bytes = dsfit_div_up(spread, owners);
	rank->share_bytes = dsfit_add(dsfit_div_up(bytes - spread, rank->shards),
				      rank->experts_share_bytes);
}

bool dsfit_rank_gathers(const struct dsfit_rank *rank)
{
	return rank->wrapper == DSFIT_WRAPPER_ZERO3 &&
	       (rank->shards > 1 || rank->training->offload_param != DSFIT_OFFLOAD_NONE);
}

bool dsfit_rank_tied(const struct dsfit_rank *rank)
{
	return rank->model->shape.tied && !rank->model->labels;
}

bool dsfit_rank_own_linears(const struct dsfit_rank *rank)
{
	return rank->wrapper == DSFIT_WRAPPER_ZERO3 &&
	       rank->model->shape.traits.linear != DSFIT_LINEAR_CONV1D;
}

void dsfit_rank_count(const struct dsfit_model *model, const struct dsfit_training *t,
		      const struct dsfit_layout *layout, struct dsfit_rank *rank)
{
	const struct dsfit_tensors *list;
	struct dsfit_tensors scratch;

	memset(rank, 0, sizeof(*rank));
	rank->model = model;
	rank->training = t;
	rank->layout = layout;
	rank->width = widths_of(t);
	rank->autocast = autocasts(t) && (t->method == DSFIT_METHOD_FULL || rank->width.frozen > 2);
	rank->wrapper = wrapper_of(t);
	rank->ranks = dsfit_max(1, layout->gpus / (t->tensor * t->pipeline));
	rank->shards = rank->ranks;
	if (t->mics_shard && t->zero == 3)
		rank->shards = dsfit_min(t->mics_shard, rank->ranks);
	rank->blocks = dsfit_max(1, dsfit_div_up(model->shape.layers, t->pipeline));
	rank->parameters = parameters_of(rank);
	rank->tokens = dsfit_max(1, dsfit_mul(dsfit_training_sequences(t), t->sequence) /
					    t->sequence_parallel);
	list = dsfit_model_tensors(model, &scratch);
	count_weights(rank, list);
	count_shares(rank);
	count_pieces(rank, list);
	rank->blind = rank->whole.tower && !t->images;
	if (!rank->blind)
		rank->unused = dsfit_min(model->tower.idle / t->tensor, rank->whole.tower);
	rank->idle = rank->trained.tower;
	if (!rank->blind)
		rank->idle = t->method == DSFIT_METHOD_FULL &&
					     !dsfit_training_freezes(t, DSFIT_FROZEN_VISION) ?
				     dsfit_min(rank->unused, rank->trained.tower) : 0;
	rank->bucket_bytes = dsfit_mul(t->reduce_bucket, bucket_width(rank));
	if (t->method == DSFIT_METHOD_FULL)
		rank->largest = dsfit_min(model->counts.largest_parameter / t->tensor,
					  rank->parameters);
	else
		rank->largest = rank->trained.matrix;
	if (dsfit_training_freezes(t, DSFIT_FROZEN_LANGUAGE))
		rank->largest = dsfit_min(rank->largest, rank->trained.tower);
}
