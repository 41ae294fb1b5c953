/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account. Three phases are followed, each with what is really there in it, and the peak is
 * the highest of them: activations are gone when the optimizer steps, and its fp32 gradients
 * are not there yet while activations are.
 */
#include "core/account.h"

#include <string.h>

#include "core/activations.h"
#include "core/family.h"
#include "core/lora.h"
#include "core/size.h"
#include "core/states.h"

const char *const dsfit_phase_names[] = { "forward", "backward", "step", NULL };

/* Share of a GPU's peak that training reaches: what published runs of this kind report. */
#define UTILISATION 0.4
#define UTILISATION_LOW 0.3

#define GUIDE_MIN_NETWORK UINT64_C(25000000000)

static void larger(struct dsfit_terms *peak, const struct dsfit_terms *moment)
{
	if (dsfit_terms_total(moment) > dsfit_terms_total(peak))
		*peak = *moment;
}

static void add_activations(struct dsfit_terms *out, uint64_t all, uint64_t loss)
{
	out->activations = dsfit_sub(all, loss);
	out->loss = loss;
}

/*
 * Forward is highest at the loss, when the activations of all blocks are kept; or before it,
 * where stage 3 has more parameters gathered than are left at its end.
 */
static void in_forward(const struct dsfit_basis *b, const struct dsfit_terms *rest,
		       const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	struct dsfit_terms before;

	dsfit_states_loss(b, rest, out);
	add_activations(out, acts->forward, acts->forward_loss);
	dsfit_states_forward(b, rest, &before);
	add_activations(&before, dsfit_sub(acts->held, acts->held_loss), 0);
	larger(out, &before);
}

/* One block's backward, `done` blocks after the head's. */
static void in_block(const struct dsfit_basis *b, const struct dsfit_terms *rest,
		     const struct dsfit_activations *acts, uint64_t done, struct dsfit_terms *out)
{
	uint64_t kept = dsfit_mul(acts->layer_kept, b->blocks - done);

	dsfit_states_block(b, rest, done, out);
	kept = dsfit_add(kept, dsfit_add(acts->layer_backward, acts->ends));
	add_activations(out, kept, 0);
}

/*
 * Backward is highest at one of these moments: at the loss's gradients, with all activations
 * kept; at the head's; in the last block, likewise, its loss gone; in the block in which a bucket is full; in
 * the first block, with all gradients; at the end, when what is left is reduced. In between
 * gradients grow and activations shrink on a straight line.
 */
static void in_backward(const struct dsfit_basis *b, const struct dsfit_terms *rest,
			const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	const uint64_t done[] = { 0, dsfit_states_first_reduced(b), b->blocks - 1 };
	uint64_t kept = dsfit_sub(acts->held, acts->held_loss), logits;
	struct dsfit_terms moment;

	dsfit_states_loss(b, rest, out);
	add_activations(out, acts->start, acts->start_loss);
	/* By the time of the head's own gradient all that is left of the loss is the logits'. */
	logits = dsfit_mul(dsfit_mul(b->model->shape.vocab, b->tokens) / b->training->tensor,
			   b->width.frozen);
	dsfit_states_head(b, rest, &moment);
	add_activations(&moment, dsfit_add(kept, logits), logits);
	larger(out, &moment);
	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
		in_block(b, rest, acts, done[i], &moment);
		larger(out, &moment);
	}
	dsfit_states_end(b, rest, &moment);
	add_activations(&moment, acts->ends, 0);
	larger(out, &moment);
}

/*
 * What PyTorch does not see: CUDA's context, kernels and libraries' workspaces; and NCCL's
 * channels where there is more than one GPU. The first is the median of what one process on one
 * A100 shows above its tensors and their slack, in the half of the published peaks whose ids hash
 * even (doc/accuracy.md has the other half's errors too); the second is from published NCCL
 * settings, 0.3 to 1 GiB.
 */
#define CONTEXT (1800 * DSFIT_MIB)
#define CHANNELS (700 * DSFIT_MIB)

/* What the caching allocator holds unused, of what is allocated: traced steps replayed, 5 to 7 %
 * without ZeRO and 12 to 19 % with it, whose large flat buffers leave holes. */
#define SLACK 0.05
#define SLACK_ZERO 0.12

/*
 * The band, in shares of the peak. Where shape and family are known it is what releases differ by
 * (older ones: one more fp32 copy of the logits, stage 3's lasting reduce bucket) and what the
 * allocator may hold or not; elsewhere it is what nine in ten published peaks are within. FSDP's
 * users have models of their own.
 */
struct band {
	double below, above;
	/* Losses without fp32 copies of the logits: the share of it that is not there, of 8 or 12
	 * bytes an entry, and what else may be less then. */
	double fused, beside;
};

static struct band band_of(const struct dsfit_basis *b)
{
	static const struct band known = { 0.15, 0.12, 1 / 3.0, 0.1 };
	static const struct band assumed = { 0.2, 0.15, 1 / 3.0, 0.1 };
	static const struct band fsdp = { 0.2, 0.15, 2 / 3.0, 0.15 };

	if (b->training->engine == DSFIT_ENGINE_FSDP)
		return fsdp;
	return b->model->exact && !b->nearest_family ? known : assumed;
}

static void add_framework(const struct dsfit_basis *b, struct dsfit_gpu_account *gpu,
			  uint64_t allocated)
{
	struct band band = band_of(b);
	uint64_t less;

	gpu->framework = CONTEXT + (b->layout->gpus > 1 ? CHANNELS : 0);
	gpu->slack = dsfit_scale(allocated, b->training->zero ? SLACK_ZERO : SLACK);
	gpu->peak = dsfit_add(allocated, dsfit_add(gpu->framework, gpu->slack));
	less = dsfit_add(dsfit_scale(gpu->loss, band.fused), dsfit_scale(gpu->peak, band.beside));
	less = dsfit_max(less, dsfit_scale(gpu->peak, band.below));
	gpu->low = dsfit_sub(gpu->peak, less);
	gpu->high = dsfit_add(gpu->peak, dsfit_scale(gpu->peak, band.above));
	/* With a small batch the weights' copy inside deepspeed.initialize() can be above all. */
	gpu->high = dsfit_max(gpu->high, dsfit_add(dsfit_states_initialise(b), gpu->framework));
}

static void account_gpu(const struct dsfit_basis *b, struct dsfit_gpu_account *gpu)
{
	struct dsfit_terms rest, phase[3];
	struct dsfit_activations acts;
	const struct dsfit_terms *at;

	dsfit_states_at_rest(b, &rest);
	dsfit_activations_follow(b, &acts);
	in_forward(b, &rest, &acts, &phase[DSFIT_PHASE_FORWARD]);
	in_backward(b, &rest, &acts, &phase[DSFIT_PHASE_BACKWARD]);
	dsfit_states_step(b, &rest, &phase[DSFIT_PHASE_STEP]);
	gpu->rest = dsfit_terms_total(&rest);
	gpu->forward = dsfit_terms_total(&phase[DSFIT_PHASE_FORWARD]);
	gpu->backward = dsfit_terms_total(&phase[DSFIT_PHASE_BACKWARD]);
	gpu->step = dsfit_terms_total(&phase[DSFIT_PHASE_STEP]);
	gpu->peak_phase = DSFIT_PHASE_FORWARD;
	for (int i = DSFIT_PHASE_BACKWARD; i <= DSFIT_PHASE_STEP; i++)
		if (dsfit_terms_total(&phase[i]) > dsfit_terms_total(&phase[gpu->peak_phase]))
			gpu->peak_phase = (enum dsfit_phase)i;
	at = &phase[gpu->peak_phase];
	gpu->weights = at->weights;
	gpu->gradients = at->gradients;
	gpu->optimizer = at->optimizer;
	gpu->communication = at->communication;
	gpu->activations = at->activations;
	gpu->loss = at->loss;
	add_framework(b, gpu, dsfit_terms_total(at));
}

/* The guide's "Minimum RAM" by training type, in its decimal GB. */
static uint64_t guide_memory(const struct dsfit_basis *b)
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

static void account_host(const struct dsfit_basis *b, struct dsfit_host_account *host)
{
	const struct dsfit_training *t = b->training;
	uint64_t g = b->layout->gpus_per_node, loading = 0;

	host->offload = dsfit_mul(dsfit_states_offloaded(b), g);
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
	host->high = dsfit_add(dsfit_max(dsfit_scale(host->offload, 1.35), loading),
			       dsfit_mul(g, 4 * DSFIT_GIB));
	host->guide_minimum = guide_memory(b);
	host->high = dsfit_max(host->high, host->guide_minimum);
}

static uint64_t nvme_per_node(const struct dsfit_basis *b)
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
static void account_network(const struct dsfit_basis *b, double wait, struct dsfit_network_account *net)
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
	net->required = dsfit_max(net->required, dsfit_scale(net->bytes_per_step, 8 / allowed));
	net->low = dsfit_max(GUIDE_MIN_NETWORK, dsfit_scale(net->bytes_per_step,
				8 * UTILISATION_LOW / UTILISATION / allowed));
}

void dsfit_account(const struct dsfit_model *model, const struct dsfit_families *families,
		   const struct dsfit_training *training, const struct dsfit_layout *layout,
		   double network_wait, struct dsfit_account *out)
{
	struct dsfit_basis b;
	double per_parameter;

	memset(out, 0, sizeof(*out));
	dsfit_basis_lay(model, training, layout, &b);
	b.footprint = dsfit_families_footprint(families, model, &b.nearest_family);
	out->nearest_family = b.nearest_family;
	out->ranks = b.ranks;
	out->trainable = model->parameters;
	if (training->method != DSFIT_METHOD_FULL)
		out->trainable = dsfit_lora_parameters(model, training->lora_rank,
						       training->lora_targets);
	account_gpu(&b, &out->gpu);
	account_host(&b, &out->host);
	out->nvme_per_node = nvme_per_node(&b);
	per_parameter = (double)(b.width.weight + b.width.master) + b.width.states;
	out->checkpoint = dsfit_scale(out->trainable, per_parameter);
	out->storage = dsfit_add(dsfit_add(dsfit_mul(model->parameters, 2), out->checkpoint),
				 training->dataset);
	out->storage = dsfit_max(out->storage, guide_storage(model->parameters));
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
