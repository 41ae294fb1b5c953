/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A GPU's memory. A step is followed through its moments, each with what really exists at it, and
 * the highest of them is the peak. Terms that belong to different moments are never added up:
 * activations are gone when the optimizer steps, and its fp32 gradients do not exist yet while
 * activations do.
 *
 *     bytes
 *       ^                      loss   start
 *       |                   ____*______*___ head
 *       |           forward/                *___  block ...
 *       |     ____*_______/    activations      \____*____   end
 *       |    /                                            \___*____  step
 *       |---/-----------------------------------------------------\____*_______
 *       |   between steps: weights, master copy, states, lasting buffers
 *
 *     moment     model states and buffers         activations and loss
 *     forward    dsfit_states_forward()           kept by all blocks
 *     loss       dsfit_states_loss()              the highest of forward, with the logits
 *     start      dsfit_states_start()             all blocks', the logits and their gradients
 *     head       dsfit_states_head()              all blocks', the logits' gradients
 *                dsfit_states_head_reduced()      all blocks'
 *     block      dsfit_states_block()             those of the blocks left, one block's own
 *     end        dsfit_states_end()               those of no block
 *     step       dsfit_states_step()              none
 *
 * What PyTorch does not see (CUDA's context, NCCL's buffers) and what its allocator holds unused
 * come on top of the peak. These are numbers of the site: core/account/estimate_settings.h.
 */
#include "core/account/gpu.h"

#include <string.h>

#include "core/account/activations.h"
#include "core/account/between_steps.h"
#include "core/account/estimate_settings.h"
#include "core/account/gathering.h"
#include "core/account/initialise.h"
#include "core/account/pictures.h"
#include "core/account/rank.h"
#include "core/account/reducing.h"
#include "core/account/release.h"
#include "core/account/states.h"
#include "core/base/array.h"
#include "core/base/size.h"

const char *const dsfit_phase_names[] = {
	"forward", "backward", "step", "evaluation", NULL,
};

/* Blocks whose backward may be the highest: three, and three of each kind. */
#define BLOCK_MOMENTS (3 + 3 * (DSFIT_KINDS_MAX + 1))

/* Causes of activations. */
static const char kept_by_all[] = "kept by all layers for the backward pass";
static const char at_the_ends[] = "position tables, masks, inputs";

/* Replace *peak with *moment where that is higher. */
static void keep_highest(struct dsfit_terms *peak, const struct dsfit_terms *moment)
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

/* Add what pictures have at a moment, beside themselves. */
static void add_pictures(struct dsfit_terms *out, const struct dsfit_pictures *pictures,
			 uint64_t bytes)
{
	add_activations(out, "pictures", pictures->input);
	add_activations(out, "kept of pictures by the vision tower", bytes);
}

/* The highest moment of forward: the loss, when all blocks' activations are kept, or a moment
 * before it, when stage 3 has gathered more parameters, or a tower runs. */
static void follow_forward(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			   const struct dsfit_activations *acts,
			   const struct dsfit_pictures *pictures, struct dsfit_terms *out)
{
	struct dsfit_terms before;

	dsfit_states_loss(rank, rest, out);
	add_activations(out, kept_by_all, dsfit_sub(acts->forward, acts->forward_loss));
	add_loss(out, "logits and their copies", acts->forward_loss);
	add_pictures(out, pictures, dsfit_add(pictures->held, pictures->at_loss));
	dsfit_states_forward(rank, rest, &before);
	add_activations(&before, kept_by_all, dsfit_sub(acts->held, acts->held_loss));
	add_pictures(&before, pictures, dsfit_add(pictures->held, pictures->beside));
	keep_highest(out, &before);
	if (!pictures->forward)
		return;
	dsfit_states_forward(rank, rest, &before);
	add_pictures(&before, pictures, pictures->forward);
	keep_highest(out, &before);
}

/* One block's backward, `done` blocks after the head's. */
static void follow_block(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			 const struct dsfit_activations *acts,
			 const struct dsfit_pictures *pictures, uint64_t done,
			 struct dsfit_terms *out)
{
	uint64_t kept = dsfit_activations_kept_by(acts, rank->blocks - done);
	uint64_t running = dsfit_activations_running(rank, acts, rank->blocks - 1 - done);

	dsfit_states_block(rank, rest, done, out);
	add_activations(out, "kept by layers that have not run their backward pass yet",
			dsfit_sub(kept, acts->first_less));
	if (dsfit_release_holds_checkpoints(rank->training))
		add_activations(out, "checkpoints of the other layers, and their gradients",
				dsfit_mul(acts->layer_kept, 2 * done));
	add_activations(out, "temporary tensors of the layer that runs",
			dsfit_sub(running, dsfit_sub(acts->first_less, kept)));
	add_activations(out, at_the_ends, acts->ends);
	add_pictures(out, pictures, pictures->held);
}

/* One block's backward of the tower, `done` blocks after its last. */
static void follow_tower_block(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			       const struct dsfit_activations *acts,
			       const struct dsfit_pictures *pictures, uint64_t done,
			       struct dsfit_terms *out)
{
	uint64_t kept = dsfit_mul(pictures->layer_kept, pictures->blocks - done);

	dsfit_states_tower(rank, rest, done, pictures->blocks, out);
	add_activations(out, at_the_ends, acts->ends);
	add_activations(out, "gradients of the text's first input", pictures->input_gradient);
	add_activations(out, "temporary tensors of the tower's layer that runs",
			pictures->layer_backward);
	add_pictures(out, pictures, dsfit_add(pictures->ends, kept));
}

/*
 * Replace *out by the highest moment of a tower's backward, if that is higher: where the text's
 * first input gets its gradient, in the tower's last block, where a bucket gets full, and in its
 * first block.
 */
static void follow_tower(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			 const struct dsfit_activations *acts,
			 const struct dsfit_pictures *pictures, struct dsfit_terms *out)
{
	const uint64_t blocks = pictures->backward ? pictures->blocks : 1;
	const uint64_t done[] = { 0, dsfit_reducing_first_in_tower(rank, blocks), blocks - 1 };
	struct dsfit_terms moment;

	if (!rank->reached)
		return;
	dsfit_states_tower(rank, rest, 0, blocks, &moment);
	add_activations(&moment, at_the_ends, acts->ends);
	add_activations(&moment, "gradients of the text's first input", pictures->scattered);
	add_pictures(&moment, pictures, pictures->held);
	keep_highest(out, &moment);
	if (!pictures->backward)
		return;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(done); i++) {
		follow_tower_block(rank, rest, acts, pictures, done[i], &moment);
		keep_highest(out, &moment);
	}
}

/* Add to the blocks, counted from the head's, those where a kind of blocks is highest: the first
 * of them, the last, and the first at which a full bucket has been reduced. Returns how many there
 * are. */
static size_t add_kinds(const struct dsfit_rank *rank, const struct dsfit_activations *acts,
			size_t n, uint64_t done[BLOCK_MOMENTS])
{
	const uint8_t *kind = rank->model->layers.kind;
	uint64_t reduced = done[1], last[DSFIT_KINDS_MAX + 1];
	unsigned seen = 0, after = 0;

	if (!acts->kinds)
		return n;
	for (uint64_t i = 0; i < rank->blocks; i++) {
		unsigned one = kind[rank->blocks - 1 - i], bit = 1U << one;

		if (!(seen & bit) || (i >= reduced && !(after & bit)))
			done[n++] = i;
		seen |= bit;
		after |= i >= reduced ? bit : 0;
		last[one] = i;
	}
	for (size_t i = 0; i < acts->kinds; i++)
		if (seen >> i & 1)
			done[n++] = last[i];
	return n;
}

/*
 * The highest moment of backward. From block to block, gradients grow and activations shrink on a
 * straight line. So only these moments can be highest: the loss's gradients, the head's gradient,
 * the last block, the block in which the first full bucket is reduced, the first block, and the
 * end.
 */
static void follow_backward(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			    const struct dsfit_activations *acts,
			    const struct dsfit_pictures *pictures, struct dsfit_terms *out)
{
	uint64_t done[BLOCK_MOMENTS] = { 0, dsfit_reducing_first_block(rank), rank->blocks - 1 };
	uint64_t kept = dsfit_sub(acts->held, acts->held_loss);
	struct dsfit_terms moment;
	size_t blocks;

	dsfit_states_start(rank, rest, out);
	add_activations(out, kept_by_all, dsfit_sub(acts->start, acts->start_loss));
	add_loss(out, "logits, their copies and gradients", acts->start_loss);
	add_pictures(out, pictures, pictures->held);
	dsfit_states_head(rank, rest, &moment);
	add_activations(&moment, kept_by_all, kept);
	add_loss(&moment, "gradients of the logits", acts->logits_gradient);
	add_pictures(&moment, pictures, pictures->held);
	keep_highest(out, &moment);
	dsfit_states_head_reduced(rank, rest, &moment);
	add_activations(&moment, kept_by_all, kept);
	add_pictures(&moment, pictures, pictures->held);
	keep_highest(out, &moment);
	blocks = add_kinds(rank, acts, 3, done);
	for (size_t i = 0; i < blocks; i++) {
		follow_block(rank, rest, acts, pictures, done[i], &moment);
		keep_highest(out, &moment);
	}
	follow_tower(rank, rest, acts, pictures, out);
	dsfit_states_end(rank, rest, &moment);
	add_activations(&moment, at_the_ends, acts->ends);
	add_pictures(&moment, pictures, pictures->ends);
	keep_highest(out, &moment);
}

/*
 * The share of the loss that may not exist. The usual loss holds 12 bytes for each logit; one
 * without fp32 copies holds 4 less, and the fused losses of many FSDP users hold 8 less.
 */
#define FUSED_SAVES (1 / 3.0)
#define FUSED_SAVES_FSDP (2 / 3.0)

static const struct dsfit_error_band *band_of(const struct dsfit_rank *rank)
{
	if (rank->training->engine == DSFIT_ENGINE_FSDP)
		return &rank->settings->fsdp;
	if (rank->model->exact && !rank->nearest_family)
		return &rank->settings->exact;
	return !rank->model->exact && rank->model->source == DSFIT_COUNT_SHAPE ?
		       &rank->settings->estimated : &rank->settings->assumed;
}

static double fused_saves(const struct dsfit_rank *rank)
{
	return rank->training->engine == DSFIT_ENGINE_FSDP ? FUSED_SAVES_FSDP : FUSED_SAVES;
}

struct dsfit_error_band dsfit_gpu_widest_band(const struct dsfit_rank *rank, double *fused)
{
	/* With another family's footprint an exact model has the second. */
	const struct dsfit_error_band *one = band_of(rank), *other = &rank->settings->assumed;

	*fused = fused_saves(rank);
	if (rank->training->engine == DSFIT_ENGINE_FSDP)
		other = one;
	return (struct dsfit_error_band){
		.below = one->below > other->below ? one->below : other->below,
		.below_fused = one->below_fused > other->below_fused ? one->below_fused :
								       other->below_fused,
	};
}

double dsfit_gpu_slack(const struct dsfit_rank *rank)
{
	if (!rank->training->zero)
		return rank->settings->slack;
	return rank->training->engine == DSFIT_ENGINE_FSDP ? rank->settings->slack_fsdp :
							     rank->settings->slack_zero;
}

/* The peak: `allocated` bytes, what PyTorch does not see, and what its allocator holds unused. */
static void set_peak(const struct dsfit_rank *rank, uint64_t allocated,
		     struct dsfit_gpu_account *gpu)
{
	const struct dsfit_estimate_settings *settings = rank->settings;

	gpu->framework = rank->layout->context ? rank->layout->context : settings->context;
	if (rank->layout->gpus > 1)
		gpu->framework = dsfit_add(gpu->framework, settings->nccl);
	gpu->slack = dsfit_scale(allocated, dsfit_gpu_slack(rank));
	gpu->peak = dsfit_add(allocated, dsfit_add(gpu->framework, gpu->slack));
}

/*
 * What a model holds more if it was prepared as PEFT advises for 4-bit weights
 * (prepare_model_for_kbit_training()): embedding, head and norms in fp32, and so the stream between
 * blocks, which checkpoints keep. Most scripts do it, and few say so. Engines undo it: DeepSpeed
 * casts the model, FSDP wants one type.
 */
static uint64_t prepared_bytes(const struct dsfit_rank *rank, const struct dsfit_activations *acts)
{
	const struct dsfit_training *t = rank->training;
	uint64_t ends = dsfit_add(rank->whole.embedding, rank->whole.head);

	if (t->engine != DSFIT_ENGINE_NONE || !rank->quantised_bytes ||
	    t->checkpointing != DSFIT_CHECKPOINTING_FULL)
		return 0;
	return dsfit_add(dsfit_mul(2, ends), dsfit_mul(acts->layer_kept, rank->blocks));
}

/* How far the estimate may be off: from gpu->low to gpu->high. */
static void set_band(const struct dsfit_rank *rank, const struct dsfit_activations *acts,
		     struct dsfit_gpu_account *gpu)
{
	const struct dsfit_error_band *band = band_of(rank);
	uint64_t less, most = dsfit_add(gpu->peak, prepared_bytes(rank, acts));

	/* A kernel that writes over the logits may not be there for this model, and PyTorch
	 * reserves nearly as much with it: 1.28 to 1.38 times what is allocated, without it 1.17
	 * (fms-acceleration's benchmarks, mistral-7b with adapters on one A100). */
	most = dsfit_add(most, dsfit_activations_spared(rank));
	less = dsfit_add(dsfit_scale(gpu->loss, fused_saves(rank)),
			 dsfit_scale(gpu->peak, band->below_fused));
	less = dsfit_max(less, dsfit_scale(gpu->peak, band->below));
	gpu->low = dsfit_sub(gpu->peak, less);
	gpu->high = dsfit_add(most, dsfit_scale(most, band->above));
	/* With a small batch, deepspeed.initialize() can be higher than any step. */
	gpu->high = dsfit_max(gpu->high, dsfit_add(dsfit_initialise_bytes(rank), gpu->framework));
	gpu->high_declared = gpu->high;
}

/*
 * A forward pass without gradients, between steps. With stage 3 it gathers as a training's forward
 * does.
 */
static void follow_evaluation(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			      struct dsfit_terms *out)
{
	uint64_t samples = rank->training->eval_batch, all, loss;

	memset(out, 0, sizeof(*out));
	if (!samples)
		return;
	*out = *rest;
	dsfit_gathering_at_loss(rank, out);
	all = dsfit_activations_of_evaluation(rank, samples, &loss);
	add_activations(out, "one layer, and inputs, of the evaluation", dsfit_sub(all, loss));
	add_loss(out, "logits of the evaluation and their copies", loss);
}

/*
 * Raise gpu->high to an evaluation with so many bytes that nobody has declared. Many jobs run one,
 * with the Trainer's batch, and few say so. The Trainer has no pipelines: who has some evaluates
 * with the batch of the training.
 */
static void cover_evaluation(const struct dsfit_rank *rank, uint64_t allocated,
			     struct dsfit_gpu_account *gpu)
{
	uint64_t slack = dsfit_scale(allocated, dsfit_gpu_slack(rank));

	if (!allocated || rank->training->pipeline > 1)
		return;
	allocated = dsfit_add(allocated, dsfit_add(gpu->framework, slack));
	gpu->high = dsfit_max(gpu->high, allocated);
}

void dsfit_gpu_account(const struct dsfit_rank *rank, struct dsfit_gpu_account *gpu)
{
	struct dsfit_terms rest, phase[DSFIT_PHASE_EVALUATION + 1];
	bool evaluates = rank->training->eval_batch_declared;
	uint64_t evaluation;
	struct dsfit_activations acts;
	struct dsfit_pictures pictures;
	const struct dsfit_terms *at;

	dsfit_between_steps(rank, &rest);
	dsfit_activations_follow(rank, &acts);
	dsfit_pictures_follow(rank, &pictures);
	follow_forward(rank, &rest, &acts, &pictures, &phase[DSFIT_PHASE_FORWARD]);
	follow_backward(rank, &rest, &acts, &pictures, &phase[DSFIT_PHASE_BACKWARD]);
	dsfit_states_step(rank, &rest, &phase[DSFIT_PHASE_STEP]);
	gpu->rest = dsfit_terms_total(&rest);
	gpu->forward = dsfit_terms_total(&phase[DSFIT_PHASE_FORWARD]);
	gpu->backward = dsfit_terms_total(&phase[DSFIT_PHASE_BACKWARD]);
	gpu->step = dsfit_terms_total(&phase[DSFIT_PHASE_STEP]);
	follow_evaluation(rank, &rest, &phase[DSFIT_PHASE_EVALUATION]);
	evaluation = dsfit_terms_total(&phase[DSFIT_PHASE_EVALUATION]);
	gpu->evaluation = evaluates ? evaluation : 0;
	gpu->peak_phase = DSFIT_PHASE_FORWARD;
	for (int i = DSFIT_PHASE_BACKWARD; i <= DSFIT_PHASE_EVALUATION - !evaluates; i++)
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
	set_peak(rank, dsfit_terms_total(at), gpu);
	set_band(rank, &acts, gpu);
	if (!evaluates)
		cover_evaluation(rank, evaluation, gpu);
}
