/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account. Three phases are followed, each with what is really there in it, and the peak is
 * the highest of them: activations are gone when the optimizer steps, and its fp32 gradients
 * are not there yet while activations are.
 */
#include "core/account.h"

#include <string.h>

#include "core/size.h"

const char *const dsfit_phase_names[] = { "forward", "backward", "step", NULL };

/* Share of a GPU's peak that training reaches: what published runs of this kind report. */
#define UTILISATION 0.4
#define UTILISATION_LOW 0.3

#define GUIDE_MIN_NETWORK UINT64_C(25000000000)

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Bytes a parameter, by kind. */
struct widths {
	uint64_t weight, gradient, master;
	double states;
};

/* What all the terms are made from. */
struct basis {
	const struct dsfit_model *model;
	const struct dsfit_training *training;
	const struct dsfit_layout *layout;
	struct widths width;
	uint64_t ranks;			/* N */
	uint64_t held;			/* Ψ of one model-parallel rank */
	uint64_t trainable;		/* Ψt of it */
	uint64_t weights;		/* bytes of them, not sharded */
	uint64_t tokens;		/* of a micro-batch on one GPU */
	uint64_t bucket;		/* B: bytes of one reduce bucket */
	uint64_t largest;		/* l: bytes of the largest single parameter */
};

/* Optimizer states beside the master copy, in fp32: two for Adam, one for Lion and Muon. */
static struct widths parameter_widths(const struct dsfit_training *t)
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
	struct widths w = { 2, 2, 4, states[t->optimizer] };

	if (t->precision == DSFIT_PRECISION_FP32)
		w = (struct widths){ 4, 4, 0, states[t->optimizer] };
	else if (t->precision == DSFIT_PRECISION_BF16_TRUE || t->engine == DSFIT_ENGINE_NONE)
		w = (struct widths){ 2, 2, 0, states[t->optimizer] };
	if (w.weight == 2 && !w.master && t->optimizer != DSFIT_OPTIMIZER_ADAM8BIT)
		w.states /= 2;
	return w;
}

/* Adapters: r · Σ(in + out) over the linears they are on. */
static uint64_t lora_parameters(const struct dsfit_model *model, const struct dsfit_training *t)
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

		all = dsfit_add(dense, dsfit_div_up(routed, min(t->expert, s->experts)));
	}
	/* The first and the last stage also carry the embedding and the head. */
	if (t->pipeline > 1)
		ends = s->vocab * s->hidden;
	return min(all, dsfit_add(dsfit_div_up(all, t->tensor * t->pipeline), ends / t->tensor));
}

static void lay_basis(const struct dsfit_model *model, const struct dsfit_training *t,
		      const struct dsfit_layout *layout, struct basis *b)
{
	const struct dsfit_shape *s = &model->shape;
	/* Embedding and head stay in 16 bits under a quantised base. */
	uint64_t ends = min(model->parameters, dsfit_mul(s->vocab * s->hidden, s->tied ? 1 : 2));

	memset(b, 0, sizeof(*b));
	b->model = model;
	b->training = t;
	b->layout = layout;
	b->width = parameter_widths(t);
	b->ranks = max(1, layout->gpus / (t->tensor * t->pipeline));
	b->held = held_parameters(model, t);
	b->tokens = max(1, dsfit_mul(t->micro_batch, t->sequence) / t->sequence_parallel);
	if (t->method == DSFIT_METHOD_FULL) {
		b->trainable = b->held;
		b->weights = dsfit_mul(b->held, b->width.weight);
	} else {
		uint64_t frozen = dsfit_add(
			dsfit_scale(model->parameters - ends, base_width(t->base_weights)),
			2 * ends);

		b->trainable = dsfit_div_up(lora_parameters(model, t), t->tensor * t->pipeline);
		b->weights = dsfit_add(dsfit_div_up(frozen, t->tensor * t->pipeline),
				       dsfit_mul(b->trainable, b->width.weight));
	}
	b->bucket = dsfit_mul(min(t->reduce_bucket, b->trainable), b->width.gradient);
	b->largest = dsfit_mul(min(s->vocab * s->hidden, b->trainable), b->width.weight);
}

/* Terms of one phase. */
struct terms {
	uint64_t weights, gradients, optimizer, communication, activations, loss;
};

static uint64_t total(const struct terms *t)
{
	uint64_t sum = dsfit_add(dsfit_add(t->weights, t->gradients), t->optimizer);

	sum = dsfit_add(dsfit_add(sum, t->communication), t->activations);
	return dsfit_add(sum, t->loss);
}

/* What is there between steps: states as each stage shards and offloads them. */
static void at_rest(const struct basis *b, struct terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t sharded = t->zero ? dsfit_div_up(b->trainable, b->ranks) : b->trainable;

	memset(out, 0, sizeof(*out));
	out->weights = b->weights;
	if (t->zero == 3)
		out->weights = dsfit_div_up(b->weights, b->ranks);
	if (t->offload_param != DSFIT_OFFLOAD_NONE)
		out->weights = 0;
	if (t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		out->optimizer = dsfit_add(dsfit_mul(sharded, b->width.master),
					   dsfit_scale(sharded, b->width.states));
	else if (t->zero < 3)
		/* DeepSpeed keeps the largest parameter's gradient staged on the GPU. */
		out->communication = b->largest;
	if (t->zero == 3) {
		if (t->offload_optimizer == DSFIT_OFFLOAD_NONE)
			out->gradients = dsfit_mul(sharded, b->width.gradient);
		/* Stage 3's reduce bucket is allocated once and stays. */
		out->communication = b->bucket;
	}
}

/*
 * Parameters that stage 3 has gathered: those whose next use is within the reuse distance are
 * not released, so a small model stays whole and a large one fills up to the live maximum.
 */
static uint64_t gathered(const struct basis *b)
{
	const struct dsfit_training *t = b->training;
	double width = b->held ? (double)b->weights / (double)b->held : 0;

	if (t->zero < 3)
		return 0;
	return dsfit_scale(b->held <= t->max_reuse ? b->held : min(b->held, t->max_live), width);
}

/*
 * Bytes a token that one block keeps for its backward: Hugging Face's llama (gated) to the byte,
 * the paper's 34 h for GPT's plain block (Korthikanti et al. 2022, without scores). A frozen
 * linear saves no input, hence the smaller coefficients under LoRA.
 */
static uint64_t layer_kept(const struct basis *b)
{
	const struct dsfit_shape *s = &b->model->shape;
	const struct dsfit_training *t = b->training;
	uint64_t h = s->hidden, a = s->heads, q = s->heads * s->head_size;
	uint64_t kv = s->kv_heads * s->head_size, f = s->ffn, r = t->lora_rank, kept;

	if (s->experts)
		f = (s->experts_per_token + s->shared_experts) * s->expert_ffn;
	if (!s->gated)
		kept = t->method == DSFIT_METHOD_FULL ? 18 * h + 4 * f + 4 * a : 12 * h + 2 * f;
	else if (t->method == DSFIT_METHOD_FULL)
		kept = 16 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8;
	else if (t->lora_targets == DSFIT_LORA_ALL_LINEAR)
		kept = 12 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8 + 14 * r;
	else
		kept = 10 * h + 6 * f + 4 * q + 4 * kv + 4 * a + 8 + 4 * r;
	if (t->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE)
		kept = min(kept, 34 * h);
	else if (t->attention == DSFIT_ATTENTION_EAGER)
		/* The scores, their softmax and its dropout mask: 5as² a sample (same paper). */
		kept += 5 * a * (t->sequence / t->sequence_parallel);
	if (t->precision == DSFIT_PRECISION_FP32)
		kept *= 2;
	return kept / t->tensor;
}

struct activations {
	uint64_t kept;		/* by all blocks, when the forward pass is through */
	uint64_t working;	/* by the one block that runs backward, beside them */
};

static void hold_activations(const struct basis *b, struct activations *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t layer = dsfit_mul(layer_kept(b), b->tokens);
	uint64_t layers = dsfit_div_up(b->model->shape.layers, t->pipeline);
	uint64_t in_flight = min(t->pipeline, t->accumulation);
	uint64_t input = dsfit_mul(2 * b->model->shape.hidden, b->tokens);

	if (t->checkpointing == DSFIT_CHECKPOINTING_FULL) {
		out->kept = dsfit_mul(dsfit_mul(input, layers), in_flight);
		out->working = layer;
	} else {
		out->kept = dsfit_mul(dsfit_mul(layer, layers), in_flight);
		out->working = 0;
	}
}

/* Logits in 16 bits, their fp32 copy, its softmax's gradient and the 16-bit gradient. */
static uint64_t loss_bytes(const struct basis *b, uint64_t per_entry)
{
	return dsfit_mul(dsfit_mul(b->model->shape.vocab, per_entry), b->tokens) /
	       b->training->tensor;
}

static void in_forward(const struct basis *b, const struct terms *rest,
		       const struct activations *acts, struct terms *out)
{
	*out = *rest;
	out->communication = dsfit_add(out->communication, gathered(b));
	out->activations = acts->kept;
	out->loss = loss_bytes(b, 10);
	if (b->training->accumulation > 1 && b->training->zero < 2)
		out->gradients = dsfit_mul(b->trainable, b->width.gradient);
}

/* Gradients and the buckets they are reduced through, at their most. */
static void reduce_gradients(const struct basis *b, struct terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t all = dsfit_mul(b->trainable, b->width.gradient);
	uint64_t shard = dsfit_div_up(all, b->ranks);
	uint64_t buckets = dsfit_mul(b->bucket, t->overlap_comm ? 3 : 2);

	switch (t->zero) {
	case 0:
		out->gradients = all;
		if (b->ranks > 1)
			out->communication = dsfit_add(out->communication, b->bucket);
		break;
	case 1:
		out->gradients = all;
		out->communication = dsfit_add(out->communication,
					       b->ranks > 1 ? b->bucket : all);
		break;
	case 2:
		if (t->offload_optimizer == DSFIT_OFFLOAD_NONE && t->reduce_bucket < b->trainable)
			out->gradients = shard;
		out->communication = dsfit_add(out->communication, buckets);
		break;
	default:
		break;
	}
}

/*
 * Backward has three moments that can be its peak: the loss's gradients, with all activations
 * kept; the last block recomputed, likewise, its loss gone; the first block's end, with all
 * gradients. In between gradients grow as activations go, on a straight line.
 */
static void in_backward(const struct basis *b, const struct terms *rest,
			const struct activations *acts, struct terms *out)
{
	struct terms loss = *rest, recompute, end;

	loss.communication = dsfit_add(loss.communication, gathered(b));
	end = loss;
	loss.activations = acts->kept;
	/* While micro-steps accumulate, stages 0 and 1 hold the gradients of those before. */
	if (b->training->accumulation > 1 && b->training->zero < 2)
		loss.gradients = dsfit_mul(b->trainable, b->width.gradient);
	recompute = loss;
	loss.loss = loss_bytes(b, 12);
	recompute.activations = dsfit_add(acts->kept, acts->working);
	end.activations = dsfit_add(acts->kept / b->model->shape.layers, acts->working);
	reduce_gradients(b, &end);
	*out = loss;
	if (total(&recompute) > total(out))
		*out = recompute;
	if (total(&end) > total(out))
		*out = end;
}

static void in_step(const struct basis *b, const struct terms *rest, struct terms *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t all = dsfit_mul(b->trainable, b->width.gradient);

	*out = *rest;
	if (t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return;
	switch (t->zero) {
	case 0:
		out->gradients = dsfit_add(all, dsfit_mul(b->trainable, b->width.master));
		break;
	case 1:
	case 2:
		/* Its shard in 16 and in 32 bits, and the updated weights before they replace
		 * the old: 8 bytes a parameter of the shard in mixed precision. */
		out->gradients = dsfit_mul(dsfit_div_up(b->trainable, b->ranks),
					   b->width.gradient + b->width.master +
					   b->width.weight);
		break;
	default:
		out->gradients = dsfit_add(out->gradients,
			dsfit_mul(min(t->sub_group, dsfit_div_up(b->trainable, b->ranks)), 4));
		break;
	}
}

/*
 * What PyTorch does not see. CUDA's context, kernels and cuBLAS's workspaces take 0.5 to 0.9
 * GiB, NCCL's channels 0.3 to 1 more; the caching allocator holds 5 to 7 % unused without ZeRO
 * and 12 to 19 % with it, whose large flat buffers leave holes (published measurements and
 * replays; the range makes the band).
 */
static void add_framework(const struct basis *b, struct dsfit_gpu_account *gpu, uint64_t allocated)
{
	bool several = b->layout->gpus > 1;
	uint64_t loose;

	gpu->framework = several ? 1400 * DSFIT_MIB : 750 * DSFIT_MIB;
	gpu->slack = dsfit_scale(allocated, b->training->zero ? 0.12 : 0.06);
	gpu->peak = dsfit_add(allocated, dsfit_add(gpu->framework, gpu->slack));
	/* An assumed shape may be wrong about everything that the batch costs. */
	loose = b->model->exact ? 0 : dsfit_add(gpu->activations, gpu->loss) / 4;
	gpu->low = dsfit_add(dsfit_scale(allocated, 0.95), gpu->framework / 2);
	/* Code that makes no fp32 copy of the logits holds 8 bytes an entry, not 12 (published
	 * peaks of fused losses). */
	gpu->low = dsfit_sub(gpu->low, dsfit_add(loose, gpu->loss / 3));
	gpu->high = dsfit_add(gpu->peak, dsfit_add(loose, dsfit_add(gpu->framework / 4,
					dsfit_add(gpu->slack / 3, allocated / 20))));
}

static void account_gpu(const struct basis *b, struct dsfit_gpu_account *gpu)
{
	struct terms rest, phase[3];
	struct activations acts;
	const struct terms *at;

	at_rest(b, &rest);
	hold_activations(b, &acts);
	in_forward(b, &rest, &acts, &phase[DSFIT_PHASE_FORWARD]);
	in_backward(b, &rest, &acts, &phase[DSFIT_PHASE_BACKWARD]);
	in_step(b, &rest, &phase[DSFIT_PHASE_STEP]);
	gpu->rest = total(&rest);
	gpu->forward = total(&phase[DSFIT_PHASE_FORWARD]);
	gpu->backward = total(&phase[DSFIT_PHASE_BACKWARD]);
	gpu->step = total(&phase[DSFIT_PHASE_STEP]);
	gpu->peak_phase = DSFIT_PHASE_FORWARD;
	for (int i = DSFIT_PHASE_BACKWARD; i <= DSFIT_PHASE_STEP; i++)
		if (total(&phase[i]) > total(&phase[gpu->peak_phase]))
			gpu->peak_phase = (enum dsfit_phase)i;
	at = &phase[gpu->peak_phase];
	gpu->weights = at->weights;
	gpu->gradients = at->gradients;
	gpu->optimizer = at->optimizer;
	gpu->communication = at->communication;
	gpu->activations = at->activations;
	gpu->loss = at->loss;
	add_framework(b, gpu, total(at));
}

/* The guide's "Minimum RAM" by training type, in its decimal GB. */
static uint64_t guide_memory(const struct basis *b)
{
	const struct dsfit_training *t = b->training;

	if (b->model->parameters >= UINT64_C(70000000000) && t->zero == 3)
		return UINT64_C(256000000000);
	if (t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return UINT64_C(64000000000);
	return b->model->parameters >= UINT64_C(1000000000) ? UINT64_C(32000000000) :
							       UINT64_C(16000000000);
}

/* The guide's "Storage" table, likewise. */
static uint64_t guide_storage(uint64_t parameters)
{
	if (parameters >= UINT64_C(560000000000))
		return UINT64_C(1100000000000);
	if (parameters >= UINT64_C(70000000000))
		return UINT64_C(500000000000);
	return parameters >= UINT64_C(1000000000) ? UINT64_C(100000000000) :
						    UINT64_C(50000000000);
}

/* A rank's share of what is offloaded to host memory: DeepSpeed's cpu_offload buffers. */
static uint64_t offloaded_per_rank(const struct basis *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t shard = dsfit_div_up(b->trainable, b->ranks), sum = 0;

	if (t->offload_optimizer == DSFIT_OFFLOAD_CPU) {
		/* fp32 master, states and gradient, and the 16-bit copy on its way back: 18. */
		sum = dsfit_scale(shard, (double)b->width.master + b->width.states + 4 +
					 (double)b->width.weight);
		if (t->zero < 3)
			sum = dsfit_add(sum, b->largest);
		if (t->zero < 3 && t->accumulation > 1)
			sum = dsfit_add(sum, dsfit_mul(shard, 2));
	} else if (t->offload_optimizer == DSFIT_OFFLOAD_NVME) {
		/* Four swap buffers of a sub-group, and the gradients in 16 bits. */
		sum = dsfit_add(dsfit_mul(min(t->sub_group, shard), 4 * 4), dsfit_mul(shard, 2));
	}
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, dsfit_div_up(b->weights, b->ranks));
	else if (t->offload_param == DSFIT_OFFLOAD_NVME)
		/* DeepSpeed's default: five buffers of 1e8 elements. */
		sum = dsfit_add(sum, 5 * UINT64_C(100000000) * 2);
	return sum;
}

static void account_host(const struct basis *b, struct dsfit_host_account *host)
{
	const struct dsfit_training *t = b->training;
	uint64_t g = b->layout->gpus_per_node, loading = 0;

	host->offload = dsfit_mul(offloaded_per_rank(b), g);
	/* Every rank loads the whole model first: in fp32 where stage 3 does without zero.Init,
	 * else in the weights' own type. Files that are mapped rather than read cost less. */
	if (t->zero == 3 && !t->zero_init)
		loading = dsfit_mul(dsfit_mul(b->held, 4), g);
	else if (t->zero < 3)
		loading = dsfit_mul(b->weights, g);
	host->low = dsfit_add(host->offload, dsfit_mul(g, DSFIT_GIB));
	host->per_node = dsfit_add(dsfit_scale(host->offload, 1.1),
				   dsfit_mul(g, 2 * DSFIT_GIB + DSFIT_GIB / 2));
	/* Pinned blocks round up to powers of two. */
	host->high = dsfit_add(max(dsfit_scale(host->offload, 1.35), loading),
			       dsfit_mul(g, 4 * DSFIT_GIB));
	host->guide_minimum = guide_memory(b);
	host->high = max(host->high, host->guide_minimum);
}

static uint64_t nvme_per_node(const struct basis *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t shard = dsfit_div_up(b->trainable, b->ranks), sum = 0;

	if (t->offload_optimizer == DSFIT_OFFLOAD_NVME)
		sum = dsfit_scale(shard, (double)b->width.master + b->width.states + 4);
	if (t->offload_param == DSFIT_OFFLOAD_NVME)
		sum = dsfit_add(sum, dsfit_div_up(b->weights, b->ranks));
	return dsfit_mul(sum, b->layout->gpus_per_node);
}

/*
 * Bytes a GPU sends: a ring passes each byte (N-1)/N times; gradients are reduced and gathered
 * (2 Ψt) in stages 0 to 2, stage 3 gathers parameters twice and scatters gradients each
 * micro-step. A node's link carries what one GPU of the ring sends, for a ring leaves a node
 * once. The network keeps up where sending takes no longer than computing, stretched by the
 * share of the step that may be spent waiting.
 */
static void account_network(const struct basis *b, double wait, struct dsfit_network_account *net)
{
	const struct dsfit_training *t = b->training;
	uint64_t trained = dsfit_mul(b->trainable, b->width.gradient), sent;
	double flops, allowed;

	if (t->zero == 3)
		sent = dsfit_mul(dsfit_add(dsfit_mul(b->weights, 2), trained), t->accumulation);
	else
		sent = dsfit_mul(trained, 2);
	net->bytes_per_step = dsfit_scale(sent, (double)(b->ranks - 1) / (double)b->ranks);
	/* 2 operations a parameter forward, 4 backward, 2 more where forward is done again. */
	flops = (t->checkpointing == DSFIT_CHECKPOINTING_FULL ? 8.0 : 6.0) *
		(double)b->model->active * (double)b->tokens * (double)t->accumulation /
		(double)(t->tensor * t->pipeline);
	net->step_seconds = b->layout->tflops > 0 ?
				    flops / (b->layout->tflops * 1e12 * UTILISATION) : 0;
	if (b->layout->nodes < 2)
		return;
	net->required = GUIDE_MIN_NETWORK;
	if (!(net->step_seconds > 0))
		return;
	allowed = net->step_seconds / (1 - wait);
	net->required = max(net->required, dsfit_scale(net->bytes_per_step, 8 / allowed));
	net->low = max(GUIDE_MIN_NETWORK, dsfit_scale(net->bytes_per_step,
				8 * UTILISATION_LOW / UTILISATION / allowed));
}

void dsfit_account(const struct dsfit_model *model, const struct dsfit_training *training,
		   const struct dsfit_layout *layout, double network_wait,
		   struct dsfit_account *out)
{
	struct basis b;
	double per_parameter;

	memset(out, 0, sizeof(*out));
	lay_basis(model, training, layout, &b);
	out->ranks = b.ranks;
	out->trainable = training->method == DSFIT_METHOD_FULL ? model->parameters :
								 lora_parameters(model, training);
	account_gpu(&b, &out->gpu);
	account_host(&b, &out->host);
	out->nvme_per_node = nvme_per_node(&b);
	per_parameter = (double)(b.width.weight + b.width.master) + b.width.states;
	out->checkpoint = dsfit_scale(out->trainable, per_parameter);
	out->storage = dsfit_add(dsfit_add(dsfit_mul(model->parameters, 2), out->checkpoint),
				 training->dataset);
	out->storage = max(out->storage, guide_storage(model->parameters));
	account_network(&b, network_wait, &out->network);
}

int dsfit_layout_check(const struct dsfit_training *training, const struct dsfit_layout *layout,
		       struct dsfit_error *err)
{
	uint64_t degrees = training->tensor * training->pipeline * training->sequence_parallel;
	uint64_t ranks;

	if (layout->gpus % degrees)
		return dsfit_fail(err, "tensor x pipeline x sequence = %llu does not divide %llu "
				  "GPUs", (unsigned long long)degrees,
				  (unsigned long long)layout->gpus);
	ranks = layout->gpus / (training->tensor * training->pipeline);
	if (ranks % training->expert)
		return dsfit_fail(err, "expert = %llu does not divide the %llu data-parallel ranks",
				  (unsigned long long)training->expert,
				  (unsigned long long)ranks);
	return 0;
}
