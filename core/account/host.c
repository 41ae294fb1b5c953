/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host memory: what is offloaded to it, what loading the model takes before, and the processes
 * themselves; and what NVMe offload writes to a node's scratch.
 */
#include "core/account/host.h"

#include "core/account/offload.h"
#include "core/account/rank.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* What PyTorch's pinned allocator adds to a block: it rounds up to a power of two
 * (CachingHostAllocator). */
static uint64_t pinning(uint64_t bytes)
{
	uint64_t block = 1;

	if (bytes > UINT64_MAX / 2)
		return 0;
	while (block < bytes)
		block *= 2;
	return bytes ? block - bytes : 0;
}

/*
 * The same over all blocks that a rank pins where pin_memory says so (DeepSpeed 0.19, stage3.py
 * and stage_1_and_2.py): fp32 gradients, a block a sub-group in stage 3; the 16-bit gradients,
 * or below stage 3 the fp32 weights; and the 16-bit parameters where those are offloaded, or of
 * those on NVMe the ones that stay in memory.
 */
static uint64_t pinning_per_rank(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t shard = b->part, group = shard, sum = 0;

	if (t->zero == 3)
		group = dsfit_max(1, dsfit_min(t->sub_group, shard));
	if (t->offload_optimizer == DSFIT_OFFLOAD_CPU && group) {
		sum = dsfit_mul(pinning(dsfit_mul(group, 4)), shard / group);
		sum = dsfit_add(sum, pinning(shard % group * 4));
		sum = dsfit_add(sum, pinning(dsfit_mul(shard, t->zero == 3 ? 2 : 4)));
	}
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, pinning(b->share));
	sum = dsfit_add(sum, pinning(dsfit_offload_kept_of_nvme(b)));
	return sum;
}

/*
 * What the ranks of a node hold while they load the model. In stage 3 without zero.Init each has
 * all of it in fp32, DeepSpeed's commonest end of host memory. Below stage 3 it is in the
 * weights' own type; files that are mapped rather than read, or ranks that share them, take less.
 */
static uint64_t loading(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	uint64_t each = 0;

	if (t->zero == 3)
		each = t->zero_init ? 0 : dsfit_mul(b->held, 4);
	else
		each = b->weights;
	return dsfit_mul(each, b->layout->gpus_per_node);
}

void dsfit_host_account(const struct dsfit_rank *b, struct dsfit_host_account *out)
{
	const struct dsfit_estimate_settings *settings = b->settings;
	const struct dsfit_training *t = b->training;
	uint64_t g = b->layout->gpus_per_node, load = loading(b), pinned;
	/* That every rank loads all of it is certain only where it was declared. */
	uint64_t sure = t->zero == 3 ? load : 0;

	out->offload = dsfit_mul(dsfit_offload_host_bytes(b), g);
	out->loading = load;
	pinned = dsfit_add(out->offload, dsfit_mul(pinning_per_rank(b), g));
	out->low = dsfit_add(dsfit_max(out->offload, sure), dsfit_mul(g, settings->process_low));
	out->own = t->pin_optimizer || t->pin_param ? pinned : out->offload;
	out->own = dsfit_add(dsfit_max(out->own, sure), dsfit_mul(g, settings->process));
	out->high = dsfit_add(dsfit_max(pinned, load), dsfit_mul(g, settings->process_high));
	out->guide_minimum = dsfit_guide_ram(b->model->parameters, t->zero,
					     t->offload_optimizer != DSFIT_OFFLOAD_NONE)->figure;
	out->per_node = dsfit_max(out->own, out->guide_minimum);
	out->high = dsfit_max(out->high, out->per_node);
}

/*
 * Files of the optimizer's swapper: master copy and states, and at a step's boundary the fp32
 * gradients; of the parameter's swapper the 16-bit weights (DeepSpeed 0.19, runtime/swap_tensor).
 * Blocks are aligned to some KiB, which a fiftieth covers with ease.
 */
void dsfit_nvme_account(const struct dsfit_rank *b, struct dsfit_nvme_account *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t shard = b->part, states = 0, gradients = 0, weights = 0;
	uint64_t g = b->layout->gpus_per_node;

	if (t->offload_optimizer == DSFIT_OFFLOAD_NVME) {
		states = dsfit_scale(shard, (double)b->width.master + b->width.states);
		gradients = dsfit_mul(shard, 4);
	}
	if (t->offload_param == DSFIT_OFFLOAD_NVME)
		weights = b->share;
	out->low = dsfit_mul(dsfit_add(states, weights), g);
	out->per_node = dsfit_add(out->low, dsfit_mul(gradients, g));
	out->high = dsfit_add(out->per_node, out->per_node / 50);
}
