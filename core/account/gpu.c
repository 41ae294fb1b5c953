/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account. Three phases are followed, each with what is really there in it, and the peak is
 * the highest of them: activations are gone when the optimizer steps, and its fp32 gradients
 * are not there yet while activations are.
 */
#include "core/account/account.h"

#include <string.h>

#include "core/account/activations.h"
#include "core/account/between_steps.h"
#include "core/account/host.h"
#include "core/account/initialise.h"
#include "core/account/network.h"
#include "core/account/reducing.h"
#include "core/account/states.h"
#include "core/base/size.h"
#include "core/guide/tables.h"
#include "core/model/adapters.h"
#include "core/model/family.h"

const char *const dsfit_phase_names[] = { "forward", "backward", "step", NULL };

/* Why activations are there. */
static const char kept_by_all[] = "kept by all blocks for backward";
static const char at_the_ends[] = "position tables, masks, inputs";

static void larger(struct dsfit_terms *peak, const struct dsfit_terms *moment)
{
	if (dsfit_terms_total(moment) > dsfit_terms_total(peak))
		*peak = *moment;
}

static void add_activations(struct dsfit_terms *out, const char *cause, uint64_t bytes)
{
	dsfit_terms_add(out, DSFIT_TERM_ACTIVATIONS, cause, bytes);
}

static void add_loss(struct dsfit_terms *out, const char *cause, uint64_t bytes)
{
	dsfit_terms_add(out, DSFIT_TERM_LOSS, cause, bytes);
}

/*
 * Forward is highest at the loss, when the activations of all blocks are kept; or before it,
 * where stage 3 has more parameters gathered than are left at its end.
 */
static void in_forward(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		       const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	struct dsfit_terms before;

	dsfit_states_loss(b, rest, out);
	add_activations(out, kept_by_all, dsfit_sub(acts->forward, acts->forward_loss));
	add_loss(out, "logits and their copies", acts->forward_loss);
	dsfit_states_forward(b, rest, &before);
	add_activations(&before, kept_by_all, dsfit_sub(acts->held, acts->held_loss));
	larger(out, &before);
}

/* One block's backward, `done` blocks after the head's. */
static void in_block(const struct dsfit_rank *b, const struct dsfit_terms *rest,
		     const struct dsfit_activations *acts, uint64_t done, struct dsfit_terms *out)
{
	dsfit_states_block(b, rest, done, out);
	add_activations(out, "kept by the blocks that are left",
			dsfit_mul(acts->layer_kept, b->blocks - done));
	add_activations(out, "one block's own, while it runs", acts->layer_backward);
	add_activations(out, at_the_ends, acts->ends);
}

/*
 * Backward is highest at one of these moments: at the loss's gradients, with all activations kept;
 * at the head's; in the last block, likewise, its loss gone; in the block in which a bucket is
 * full; in the first block, with all gradients; at the end, when what is left is reduced. In
 * between gradients grow and activations shrink on a straight line.
 */
static void in_backward(const struct dsfit_rank *b, const struct dsfit_terms *rest,
			const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	const uint64_t done[] = { 0, dsfit_reducing_first_block(b), b->blocks - 1 };
	uint64_t kept = dsfit_sub(acts->held, acts->held_loss), logits = 0;
	struct dsfit_terms moment;

	dsfit_states_start(b, rest, out);
	add_activations(out, kept_by_all, dsfit_sub(acts->start, acts->start_loss));
	add_loss(out, "logits, their copies and gradients", acts->start_loss);
	/* By the time of the head's own gradient all that is left of the loss is the logits'. */
	if (!b->training->fused_loss)
		logits = dsfit_mul(dsfit_mul(b->model->shape.vocab, b->tokens) /
				   b->training->tensor, b->width.activation);
	dsfit_states_head(b, rest, &moment);
	add_activations(&moment, kept_by_all, kept);
	add_loss(&moment, "gradients of the logits", logits);
	larger(out, &moment);
	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
		in_block(b, rest, acts, done[i], &moment);
		larger(out, &moment);
	}
	dsfit_states_end(b, rest, &moment);
	add_activations(&moment, at_the_ends, acts->ends);
	larger(out, &moment);
}

/*
 * A loss without fp32 copies of the logits holds this share less than the usual one, which has
 * 12 bytes an entry: 4 of them; or 8, where FSDP's users fuse the whole of it.
 */
#define FUSED_SAVES (1 / 3.0)
#define FUSED_SAVES_FSDP (2 / 3.0)

static const struct dsfit_error_band *band_of(const struct dsfit_rank *b)
{
	if (b->training->engine == DSFIT_ENGINE_FSDP)
		return &b->settings->fsdp;
	return b->model->exact && !b->nearest_family ? &b->settings->exact : &b->settings->assumed;
}

/* Add what PyTorch does not see, CUDA's context and NCCL's buffers, and what its allocator holds
 * and does not use. Then the peak and its band are known. */
static void add_framework(const struct dsfit_rank *b, struct dsfit_gpu_account *gpu,
			  uint64_t allocated)
{
	bool fsdp = b->training->engine == DSFIT_ENGINE_FSDP;
	const struct dsfit_estimate_settings *settings = b->settings;
	const struct dsfit_error_band *band = band_of(b);
	uint64_t less;

	gpu->framework = b->layout->context ? b->layout->context : settings->context;
	if (b->layout->gpus > 1)
		gpu->framework = dsfit_add(gpu->framework, settings->nccl);
	gpu->slack = dsfit_scale(allocated,
				 b->training->zero ? settings->slack_zero : settings->slack);
	gpu->peak = dsfit_add(allocated, dsfit_add(gpu->framework, gpu->slack));
	less = dsfit_add(dsfit_scale(gpu->loss, fsdp ? FUSED_SAVES_FSDP : FUSED_SAVES),
			 dsfit_scale(gpu->peak, band->below_fused));
	less = dsfit_max(less, dsfit_scale(gpu->peak, band->below));
	gpu->low = dsfit_sub(gpu->peak, less);
	gpu->high = dsfit_add(gpu->peak, dsfit_scale(gpu->peak, band->above));
	/* With a small batch the weights' copy inside deepspeed.initialize() can be above all. */
	gpu->high = dsfit_max(gpu->high, dsfit_add(dsfit_initialise_bytes(b), gpu->framework));
}

static void account_gpu(const struct dsfit_rank *b, struct dsfit_gpu_account *gpu)
{
	struct dsfit_terms rest, phase[3];
	struct dsfit_activations acts;
	const struct dsfit_terms *at;

	dsfit_between_steps(b, &rest);
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
	gpu->weights = at->of[DSFIT_TERM_WEIGHTS];
	gpu->gradients = at->of[DSFIT_TERM_GRADIENTS];
	gpu->optimizer = at->of[DSFIT_TERM_OPTIMIZER];
	gpu->communication = at->of[DSFIT_TERM_COMMUNICATION];
	gpu->activations = at->of[DSFIT_TERM_ACTIVATIONS];
	gpu->loss = at->of[DSFIT_TERM_LOSS];
	memcpy(gpu->part, at->part, sizeof(gpu->part));
	gpu->part_count = at->part_count;
	add_framework(b, gpu, dsfit_terms_total(at));
}

/* On shared storage: the model as it is loaded, a checkpoint and the dataset. A new checkpoint is
 * written before the old one goes. */
static void account_storage(const struct dsfit_rank *b, uint64_t trainable,
			    struct dsfit_storage_account *out)
{
	double each = (double)(b->width.weight + b->width.master) + b->width.states;
	uint64_t parameters = b->model->parameters;

	out->checkpoint = dsfit_scale(trainable, each);
	out->low = dsfit_add(dsfit_add(dsfit_mul(parameters, 2), out->checkpoint),
			     b->training->dataset);
	out->total = dsfit_max(out->low, dsfit_guide_storage(parameters)->figure);
	out->high = dsfit_max(out->total, dsfit_add(out->low, out->checkpoint));
}

uint64_t dsfit_data_parallel_ranks(const struct dsfit_training *t,
				   const struct dsfit_layout *layout)
{
	return dsfit_max(1, layout->gpus / (t->tensor * t->pipeline * t->sequence_parallel));
}

void dsfit_account(const struct dsfit_model *model, const struct dsfit_families *families,
		   const struct dsfit_training *training, const struct dsfit_layout *layout,
		   const struct dsfit_estimate_settings *settings, struct dsfit_account *out)
{
	struct dsfit_training settled = *training;
	struct dsfit_rank b;

	memset(out, 0, sizeof(*out));
	/* Sizes that do not agree are dsfit_layout_check()'s matter. */
	dsfit_training_on_ranks(training, dsfit_data_parallel_ranks(training, layout), &settled,
				NULL);
	dsfit_rank_count(model, &settled, layout, &b);
	b.settings = settings;
	b.footprint = dsfit_families_footprint(families, model, &b.nearest_family);
	out->nearest_family = b.nearest_family;
	out->ranks = b.ranks;
	out->micro_batch = settled.micro_batch;
	out->accumulation = settled.accumulation;
	out->trainable = model->parameters;
	if (training->method != DSFIT_METHOD_FULL)
		out->trainable = dsfit_lora_parameters(model, training->lora_rank,
						       training->lora_targets);
	account_gpu(&b, &out->gpu);
	dsfit_host_account(&b, &out->host);
	dsfit_nvme_account(&b, &out->nvme);
	account_storage(&b, out->trainable, &out->storage);
	dsfit_network_account(&b, &out->network);
}

int dsfit_layout_check(const struct dsfit_model *model, const struct dsfit_training *training,
		       const struct dsfit_layout *layout, struct dsfit_error *err)
{
	uint64_t degrees = training->tensor * training->pipeline * training->sequence_parallel;
	uint64_t largest = model->counts.largest_parameter;
	struct dsfit_training settled;
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
	if (dsfit_training_on_ranks(training, dsfit_data_parallel_ranks(training, layout), &settled,
				    err))
		return -1;
	return dsfit_training_check_ranks(training, layout->gpus, ranks, largest, err);
}
