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

static const char in_fp32[] = "in fp32";

/*
 * Bytes that the optimizer makes while it steps so many parameters at once.
 *
 * A step over all parameters at once (foreach) makes the root of a state of each. transformers'
 * Adafactor computes in fp32: of one parameter after another the update, and the update's square. A
 * flat partition of ZeRO is one parameter to it.
 */
static uint64_t temporary_bytes(const struct dsfit_rank *rank, uint64_t parameters)
{
	if (rank->training->optimizer == DSFIT_OPTIMIZER_ADAFACTOR)
		return dsfit_mul(parameters, 8);
	if (dsfit_release_steps_foreach(rank->training))
		return dsfit_scale(parameters, rank->width.states / 2);
	return 0;
}

static void add_temporary(const struct dsfit_rank *rank, uint64_t bytes, struct dsfit_terms *out)
{
	bool adafactor = rank->training->optimizer == DSFIT_OPTIMIZER_ADAFACTOR;

	dsfit_terms_add(out, DSFIT_TERM_OPTIMIZER,
			adafactor ? "Adafactor's temporary tensors" :
				    "temporary tensors of all parameters at once (foreach)", bytes);
}

static void add_stages_1_2(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	static const char reduced[] = "this rank's partition after reduction";
	uint64_t flat = dsfit_gradients_bytes(rank, rank->partition);
	uint64_t own = dsfit_gradients_of_partition(rank), temporary, grads;
	bool fp32_sums = dsfit_gradients_summed_in_fp32(rank);

	if (dsfit_rank_offloads_optimizer(rank)) {
		/* Stage 1's bucket is freed after the step only, of two with overlap one. */
		if (fp32_sums && rank->training->zero == 1)
			dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "the reduce bucket",
					rank->bucket_bytes);
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced, own);
		if (dsfit_release_returns_singles(rank->training))
			dsfit_terms_add_each(out, DSFIT_TERM_COMMUNICATION,
					     "weights on their way back, in fp32",
					     rank->partition, 4);
		return;
	}
	/* A partition in fp32 is flat already; fp32 gradients need no second copy. */
	if (fp32_sums)
		flat = 0;
	else if (rank->width.gradient < 4)
		flat = dsfit_add(flat, dsfit_mul(rank->partition, 4));
	flat = dsfit_max(flat, dsfit_gradients_norm(rank));
	/* The optimizer steps when the 16-bit gradients and their copy are gone. */
	grads = dsfit_mul(rank->partition, 4);
	temporary = temporary_bytes(rank, rank->partition);
	if (dsfit_add(grads, temporary) > dsfit_add(own, flat)) {
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, in_fp32, grads);
		add_temporary(rank, temporary, out);
		return;
	}
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, reduced, own);
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "flattened copy, and copy in fp32", flat);
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
	uint64_t group = sub_group(rank), more, whole = 0, temporary, grads;

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
	/* The optimizer steps when the sub-group's 16-bit copy is gone. */
	grads = dsfit_mul(group, 4);
	temporary = temporary_bytes(rank, group);
	if (dsfit_add(grads, temporary) > more) {
		dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, in_fp32, dsfit_sub(grads, whole));
		add_temporary(rank, temporary, out);
		return;
	}
	dsfit_terms_add(out, DSFIT_TERM_GRADIENTS, "one sub-group, flattened and in fp32",
			dsfit_sub(more, whole));
}

/* Where nothing is partitioned, the gradients are there beside what the optimizer makes. Adafactor
 * has an fp32 gradient and an fp32 copy of a 16-bit parameter, too. */
static void add_whole(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	bool adafactor = rank->training->optimizer == DSFIT_OPTIMIZER_ADAFACTOR;
	bool widens = rank->width.weight < 4 && !rank->width.master;
	uint64_t stepped = rank->training->zero ? rank->partition : dsfit_rank_stepped(rank), bytes;

	bytes = temporary_bytes(rank, adafactor ? rank->largest : stepped);
	add_temporary(rank, adafactor && widens ? dsfit_mul(2, bytes) : bytes, out);
}

void dsfit_optimizer_step(const struct dsfit_rank *rank, struct dsfit_terms *out)
{
	if (rank->wrapper != DSFIT_WRAPPER_ZERO12 && rank->wrapper != DSFIT_WRAPPER_ZERO3 &&
	    !dsfit_rank_offloads_optimizer(rank))
		add_whole(rank, out);
	switch (rank->wrapper) {
	case DSFIT_WRAPPER_UNFUSED:
		/* step() of fp16/unfused_optimizer.py copies all gradients to fp32. */
		dsfit_gradients_add(rank, "all", rank->trainable, out);
		dsfit_terms_add_each(out, DSFIT_TERM_GRADIENTS, in_fp32, rank->trainable, 4);
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
