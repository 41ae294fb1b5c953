/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The optimizer's step. It reads gradients in fp32, so that 16-bit gradients are copied first.
 * Names in quotes are those of DeepSpeed 0.19.8's code (deepspeed/runtime).
 *
 *     stages 1, 2: step() of zero/stage_1_and_2.py
 *         scaled_global_norm()     a copy of one gradient at a time, in fp64
 *         flatten()                the partition's gradients, once more in 16 bits
 *         .to(fp32)                and in fp32; then the 16-bit ones are freed
 *         _optimizer_step()        states are counted between steps
 *         all_gather_dp_groups()   into the flat weights, without a buffer
 *
 *     stage 3: step() of zero/stage3.py, one sub-group after another
 *         _partition_all_parameters()           parameters left whole are partitioned too
 *         _prepare_fp32_grad_for_sub_group()    as flatten() and .to(fp32), of sub_group_size
 *         _optimizer_step(), _release_sub_group()
 *         _post_step()                          parameters left whole are gathered again
 *
 * Offloaded states are stepped in host memory: the GPU's step is as between steps.
 */
#include "core/account/optimizer_step.h"

#include "core/account/gathering.h"
#include "core/account/gradients.h"
#include "core/account/release.h"
#include "core/base/size.h"

static void add_stages_1_2(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	static const char reduced[] = "this rank's partition after reduction";
	uint64_t flat = dsfit_gradients_bytes(rank, rank->partition);
	bool fp32_sums = dsfit_gradients_summed_in_fp32(rank);

	if (dsfit_rank_offloads_optimizer(rank)) {
		/* Stage 1's bucket is freed after the step only, of two with overlap one. */
		if (fp32_sums && rank->training->zero == 1)
			dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "the reduce bucket",
					rank->bucket_bytes);
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced,
				dsfit_gradients_of_partition(rank));
		return;
	}
	/* A partition in fp32 is flat already; fp32 gradients need no second copy. */
	if (fp32_sums)
		flat = 0;
	else if (rank->width.gradient < 4)
		flat = dsfit_add(flat, dsfit_mul(rank->partition, 4));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced, dsfit_gradients_of_partition(rank));
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "flattened copy, and copy in fp32",
			dsfit_max(flat, dsfit_gradients_norm(rank)));
}

/* Parameters of a sub-group: it is full with the parameter that reaches its size. */
static uint64_t sub_group(const struct dsfit_rank *rank)
{
	uint64_t group =
		dsfit_add(rank->training->sub_group, rank->trained.matrix / rank->shards / 2);

	return dsfit_min(dsfit_max(group, rank->trained.embedding / rank->shards), rank->partition);
}

static void add_stage_3(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t group = sub_group(rank), more, whole = 0;

	dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "the second shard of ZeRO++",
			dsfit_gathering_second_shard(rank));
	if (dsfit_rank_offloads_optimizer(rank))
		return;
	more = dsfit_mul(group, rank->width.accumulated < 4 ? rank->width.accumulated + 4 : 4);
	more = dsfit_max(more, dsfit_gradients_norm(rank));
	/* has_overflow() makes a byte for each gradient. */
	if (rank->training->precision == DSFIT_PRECISION_FP16)
		more = dsfit_max(more, rank->partition);
	/* Parameters that are left whole are counted between steps, but are not there now. */
	if (dsfit_rank_gathers(rank))
		whole = dsfit_mul(rank->left_whole, rank->width.weight);
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "one sub-group, flattened and in fp32",
			dsfit_sub(more, whole));
}

/* What a step over all parameters at once makes of each: the root of a state. */
static void add_foreach(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	uint64_t owned = rank->training->zero ? rank->partition : dsfit_rank_stepped(rank);

	if (dsfit_release_steps_foreach(rank->training))
		dsfit_terms_add_each(out, DSFIT_TERM_OPTIMIZER,
				     "temporary tensors of all parameters at once (foreach)", owned,
				     rank->width.states / 2);
}

/*
 * transformers' Adafactor computes in fp32: one parameter after another, its gradient, the update,
 * the update's square, and a copy of a 16-bit parameter. The flat partition of ZeRO is one fp32
 * parameter, of which update and square are new.
 */
static uint64_t adafactor_bytes(const struct dsfit_rank *rank)
{
	if (rank->training->optimizer != DSFIT_OPTIMIZER_ADAFACTOR ||
	    dsfit_rank_offloads_optimizer(rank))
		return 0;
	switch (rank->wrapper) {
	case DSFIT_WRAPPER_ZERO12:
		/* Beside the fp32 gradient, whose 16-bit copies are gone by then. */
		return dsfit_sub(dsfit_mul(rank->partition, 6), dsfit_gradients_of_partition(rank));
	case DSFIT_WRAPPER_ZERO3:
		/* The 16-bit copy of the sub-group is gone by then. */
		return dsfit_mul(sub_group(rank), 6);
	default:
		return dsfit_mul(rank->largest,
				 rank->width.weight < 4 && !rank->width.master ? 16 : 8);
	}
}

void dsfit_optimizer_step(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	add_foreach(rank, out);
	dsfit_terms_add(out, DSFIT_TERM_OPTIMIZER, "Adafactor's temporary tensors",
			adafactor_bytes(rank));
	switch (rank->wrapper) {
	case DSFIT_WRAPPER_UNFUSED:
		/* step() of fp16/unfused_optimizer.py copies all gradients to fp32. */
		dsfit_gradients_add(rank, "all", rank->trainable, out);
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "in fp32", rank->trainable, 4);
		break;
	case DSFIT_WRAPPER_ZERO12:
		add_stages_1_2(rank, out);
		break;
	case DSFIT_WRAPPER_ZERO3:
		add_stage_3(rank, out);
		break;
	case DSFIT_WRAPPER_FSDP:
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, "this rank's share, in fp32",
				     rank->partition, 4);
		break;
	default:
		dsfit_gradients_add(rank, "all", dsfit_rank_stepped(rank), out);
		break;
	}
}
