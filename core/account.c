/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account. Three phases are followed, each with what is really there in it, and the peak is
 * the highest of them: activations are gone when the optimizer steps, and its fp32 gradients
 * are not there yet while activations are.
 */
#include "core/account.h"

#include <string.h>

#include "core/activations.h"
#include "core/guide.h"
#include "core/host.h"
#include "core/network.h"
#include "core/lora.h"
#include "core/size.h"
#include "core/states.h"

const char *const dsfit_phase_names[] = { "forward", "backward", "step", NULL };

static void in_forward(const struct dsfit_basis *b, const struct dsfit_terms *rest,
		       const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	*out = *rest;
	out->communication = dsfit_add(out->communication, dsfit_states_gathered(b));
	out->activations = acts->kept;
	out->loss = dsfit_loss_bytes(b, 10);
	if (b->training->accumulation > 1 && b->training->zero < 2)
		out->gradients = dsfit_mul(b->trainable, b->width.gradient);
}

/*
 * Backward has three moments that can be its peak: the loss's gradients, with all activations
 * kept; the last block recomputed, likewise, its loss gone; the first block's end, with all
 * gradients. In between gradients grow as activations go, on a straight line.
 */
static void in_backward(const struct dsfit_basis *b, const struct dsfit_terms *rest,
			const struct dsfit_activations *acts, struct dsfit_terms *out)
{
	struct dsfit_terms loss = *rest, recompute, end;

	loss.communication = dsfit_add(loss.communication, dsfit_states_gathered(b));
	end = loss;
	loss.activations = acts->kept;
	/* While micro-steps accumulate, stages 0 and 1 hold the gradients of those before. */
	if (b->training->accumulation > 1 && b->training->zero < 2)
		loss.gradients = dsfit_mul(b->trainable, b->width.gradient);
	recompute = loss;
	loss.loss = dsfit_loss_bytes(b, 12);
	recompute.activations = dsfit_add(acts->kept, acts->working);
	end.activations = dsfit_add(acts->kept / b->model->shape.layers, acts->working);
	dsfit_states_reduce(b, &end);
	*out = loss;
	if (dsfit_terms_total(&recompute) > dsfit_terms_total(out))
		*out = recompute;
	if (dsfit_terms_total(&end) > dsfit_terms_total(out))
		*out = end;
}

/*
 * What PyTorch does not see. CUDA's context, kernels and cuBLAS's workspaces take 0.5 to 0.9
 * GiB, NCCL's channels 0.3 to 1 more; the caching allocator holds 5 to 7 % unused without ZeRO
 * and 12 to 19 % with it, whose large flat buffers leave holes (published measurements and
 * replays; the range makes the band).
 */
static void add_framework(const struct dsfit_basis *b, struct dsfit_gpu_account *gpu, uint64_t allocated)
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

static void account_gpu(const struct dsfit_basis *b, struct dsfit_gpu_account *gpu)
{
	struct dsfit_terms rest, phase[3];
	struct dsfit_activations acts;
	const struct dsfit_terms *at;

	dsfit_states_at_rest(b, &rest);
	dsfit_activations_hold(b, &acts);
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

/* On shared storage: the model as it is loaded, a checkpoint and the dataset. A new checkpoint is
 * written before the old one goes. */
static void account_storage(const struct dsfit_basis *b, uint64_t trainable,
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

void dsfit_account(const struct dsfit_model *model, const struct dsfit_training *training,
		   const struct dsfit_layout *layout, double network_wait,
		   struct dsfit_account *out)
{
	struct dsfit_training settled = *training;
	struct dsfit_basis b;

	memset(out, 0, sizeof(*out));
	/* Sizes that do not agree are dsfit_layout_check()'s matter. */
	dsfit_training_on_ranks(training, dsfit_data_parallel_ranks(training, layout), &settled,
				NULL);
	dsfit_basis_lay(model, &settled, layout, &b);
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
	dsfit_network_account(&b, network_wait, &out->network);
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
