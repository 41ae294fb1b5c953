/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Model states and communication buffers, as each ZeRO stage holds, shards and offloads them. */
#include "core/states.h"

#include <string.h>

#include "core/size.h"

/* What is there between steps: states as each stage shards and offloads them. */
void dsfit_states_at_rest(const struct dsfit_basis *b, struct dsfit_terms *out)
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
uint64_t dsfit_states_gathered(const struct dsfit_basis *b)
{
	const struct dsfit_training *t = b->training;
	double width = b->held ? (double)b->weights / (double)b->held : 0;

	if (t->zero < 3)
		return 0;
	return dsfit_scale(b->held <= t->max_reuse ? b->held : dsfit_min(b->held, t->max_live), width);
}

/* Gradients and the buckets they are reduced through, at their most. */
void dsfit_states_reduce(const struct dsfit_basis *b, struct dsfit_terms *out)
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

void dsfit_states_step(const struct dsfit_basis *b, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
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
			dsfit_mul(dsfit_min(t->sub_group, dsfit_div_up(b->trainable, b->ranks)), 4));
		break;
	}
}

/* A rank's share of what is offloaded to host memory: DeepSpeed's cpu_offload buffers. */
uint64_t dsfit_states_offloaded(const struct dsfit_basis *b)
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
		sum = dsfit_add(dsfit_mul(dsfit_min(t->sub_group, shard), 4 * 4), dsfit_mul(shard, 2));
	}
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, dsfit_div_up(b->weights, b->ranks));
	else if (t->offload_param == DSFIT_OFFLOAD_NVME)
		/* DeepSpeed's default: five buffers of 1e8 elements. */
		sum = dsfit_add(sum, 5 * UINT64_C(100000000) * 2);
	return sum;
}
