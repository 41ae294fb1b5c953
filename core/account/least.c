/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the moments of a step (core/account/gpu.c) two are followed here, and of each only what does
 * not depend on the batch, and what ranks divide among them:
 *
 *     between steps    weights, master copy, states          core/account/between_steps.c
 *     block            what stage 3 and FSDP gather of it,   core/account/gathering.c
 *                      its largest gradient                  core/account/reducing.c
 *     step             gradients, flattened and in fp32      core/account/optimizer_step.c
 *
 * Ranks hold the less the more of them there are: what they divide is divided by the most that
 * there can be, without rounding up. One rank alone gathers nothing but holds all weights itself,
 * which may be less than a share and a gathered block. So the bound is the lesser of the two.
 */
#include "core/account/least.h"

#include "core/account/gathering.h"
#include "core/account/gpu.h"
#include "core/account/gradients.h"
#include "core/account/rank.h"
#include "core/base/size.h"

/* For rounding: sums of products are not the product of sums. */
static uint64_t with_margin(uint64_t bytes)
{
	return dsfit_sub(dsfit_scale(bytes, 1 - 1e-9), 64);
}

/* Weights between steps. */
static void add_weights(const struct dsfit_rank *rank, struct dsfit_least *out)
{
	const struct dsfit_training *t = rank->training;
	uint64_t shared = dsfit_sub(rank->weight_bytes, rank->unshared_bytes);

	switch (rank->wrapper) {
	case DSFIT_WRAPPER_ZERO3:
		out->whole = rank->unshared_bytes;
		if (t->offload_param == DSFIT_OFFLOAD_NONE)
			out->shared_bytes = shared;
		if (t->contiguous_gradients)
			out->whole = dsfit_add(out->whole, rank->bucket_bytes);
		break;
	case DSFIT_WRAPPER_FSDP:
		/* What is trained is the master copy. */
		out->shared_bytes = dsfit_sub(rank->weight_bytes,
					      dsfit_gradients_bytes(rank, rank->trainable));
		break;
	default:
		out->whole = rank->weight_bytes;
		break;
	}
}

/* Master copy, states, and gradients that exist between steps. */
static void add_states(const struct dsfit_rank *rank, struct dsfit_least *out)
{
	double width = (double)rank->width.master + rank->width.states;

	if (dsfit_rank_offloads_optimizer(rank))
		return;
	if (!rank->training->zero) {
		out->whole = dsfit_add(out->whole, dsfit_scale(dsfit_rank_stepped(rank), width));
		return;
	}
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		width += (double)rank->width.accumulated;
	out->shared_elements = rank->trainable;
	out->shared_width = width;
}

/* What the last block's backward has at least. */
static uint64_t block_bytes(const struct dsfit_rank *rank)
{
	uint64_t gradient = dsfit_min(rank->trained.matrix, dsfit_gradients_made(rank));
	uint64_t gathered = 0;

	if (rank->wrapper == DSFIT_WRAPPER_FSDP)
		gradient = dsfit_min(gradient, rank->trained.block);
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		gathered = dsfit_mul(dsfit_gathering_least(rank), rank->width.weight);
	else if (rank->wrapper == DSFIT_WRAPPER_FSDP && !rank->quantised_bytes)
		gathered = dsfit_mul(rank->whole.block, 2);
	return dsfit_add(gathered, dsfit_gradients_bytes(rank, gradient));
}

/* What the optimizer's step has at least. */
static void add_step(const struct dsfit_rank *rank, struct dsfit_least *out)
{
	double gradient = (double)rank->width.gradient;

	switch (rank->wrapper) {
	case DSFIT_WRAPPER_NONE:
	case DSFIT_WRAPPER_BF16:
		out->step = dsfit_gradients_bytes(rank, dsfit_rank_stepped(rank));
		break;
	case DSFIT_WRAPPER_UNFUSED:
		out->step = dsfit_scale(rank->trainable, gradient + 4);
		break;
	case DSFIT_WRAPPER_ZERO12:
		if (dsfit_rank_offloads_optimizer(rank))
			break;
		out->step_width = gradient;
		if (!dsfit_gradients_summed_in_fp32(rank))
			out->step_width += gradient + (gradient < 4 ? 4 : 0);
		break;
	default:
		break;
	}
}

void dsfit_account_least(const struct dsfit_model *model, const struct dsfit_training *t,
			 const struct dsfit_estimate_settings *settings, struct dsfit_least *out)
{
	const struct dsfit_layout one = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_error_band band;
	struct dsfit_rank rank;

	dsfit_rank_count(model, t, &one, &rank);
	rank.settings = settings;
	*out = (struct dsfit_least){
		.degrees = dsfit_max(1, dsfit_mul(t->tensor, t->pipeline)),
		.shards_max = t->mics_shard && t->zero == 3 ? t->mics_shard : UINT64_MAX,
		.alone = UINT64_MAX,
	};
	add_weights(&rank, out);
	add_states(&rank, out);
	out->block = block_bytes(&rank);
	add_step(&rank, out);
	if (rank.wrapper == DSFIT_WRAPPER_ZERO3 && !dsfit_rank_gathers(&rank))
		out->alone = dsfit_add(dsfit_add(out->whole, out->shared_bytes),
				       dsfit_scale(out->shared_elements, out->shared_width));
	out->slack = dsfit_gpu_slack(&rank);
	band = dsfit_gpu_widest_band(&rank, &out->fused);
	out->below = band.below;
	out->below_fused = band.below_fused;
}

/* Between steps. */
static uint64_t rest_of(const struct dsfit_least *l, uint64_t shards)
{
	uint64_t states = dsfit_scale(l->shared_elements / shards, l->shared_width);

	return dsfit_add(l->whole, dsfit_add(l->shared_bytes / shards, states));
}

static uint64_t shards_of(const struct dsfit_least *l, uint64_t gpus)
{
	return dsfit_min(l->shards_max, dsfit_max(1, gpus / l->degrees));
}

uint64_t dsfit_least_peak(const struct dsfit_least *l, uint64_t gpus)
{
	uint64_t shards = shards_of(l, gpus), rest = rest_of(l, shards), most;
	uint64_t step = dsfit_scale(l->shared_elements / shards, l->step_width);

	most = dsfit_add(rest, dsfit_max(l->block, dsfit_add(l->step, step)));
	most = dsfit_min(most, l->alone);
	return with_margin(dsfit_add(most, dsfit_scale(most, l->slack)));
}

/*
 * low = peak - the greater of (below · peak) and (fused · loss + below_fused · peak), where
 * loss <= peak - rest.
 */
uint64_t dsfit_least_low(const struct dsfit_least *l, uint64_t gpus)
{
	uint64_t peak = dsfit_least_peak(l, gpus);
	uint64_t rest = dsfit_min(rest_of(l, shards_of(l, gpus)), l->alone), fused;

	fused = dsfit_add(dsfit_scale(peak, 1 - l->below_fused - l->fused),
			  dsfit_scale(rest, l->fused));
	if (l->below_fused + l->fused > 1)
		fused = 0;
	return with_margin(dsfit_min(dsfit_scale(peak, 1 - l->below), fused));
}
