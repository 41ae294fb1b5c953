/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node's memory: offloaded states, loading the model before that, and the processes themselves.
 * And a node's scratch, where NVMe offload writes.
 *
 * Loading comes first and is over when training begins, so the larger of the two counts.
 */
#include "core/account/host.h"

#include "core/account/offload.h"
#include "core/account/rank.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* Bytes that PyTorch's pinned allocator (CachingHostAllocator) adds to a block: it rounds up to a
 * power of two. */
static uint64_t pinning_bytes(uint64_t bytes)
{
	uint64_t block = 1;

	if (bytes > UINT64_MAX / 2)
		return 0;
	while (block < bytes)
		block *= 2;
	return bytes ? block - bytes : 0;
}

/*
 * The same for all blocks that a rank pins, where pin_memory is set. DeepSpeed 0.19 pins these
 * (zero/stage_1_and_2.py, zero/stage3.py of deepspeed/runtime):
 * - fp32 gradients; in stage 3 one block per sub-group
 * - the 16-bit gradients; below stage 3 the fp32 weights
 * - the offloaded 16-bit parameters; of those on NVMe, the ones that stay in memory
 */
static uint64_t pinning_per_rank(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t partition = rank->partition, group = partition, sum = 0;

	if (t->zero == 3)
		group = dsfit_max(1, dsfit_min(t->sub_group, partition));
	if (t->offload_optimizer == DSFIT_OFFLOAD_CPU && group) {
		uint64_t second = dsfit_mul(partition, t->zero == 3 ? 2 : 4);

		sum = dsfit_mul(pinning_bytes(dsfit_mul(group, 4)), partition / group);
		sum = dsfit_add(sum, pinning_bytes(partition % group * 4));
		sum = dsfit_add(sum, pinning_bytes(second));
	}
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, pinning_bytes(rank->share_bytes));
	return dsfit_add(sum, pinning_bytes(dsfit_offload_kept_of_nvme(rank)));
}

/*
 * Bytes that the ranks of a node hold while they load the model. In stage 3 without zero.Init each
 * rank holds all of it in fp32; with zero.Init, a parameter at a time. Below stage 3 each holds the
 * model in its weights' type. It is less where files are mapped and not read, or where ranks share
 * them.
 */
static uint64_t loading_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t each = rank->weight_bytes;

	if (t->zero == 3)
		each = t->zero_init ? 0 : dsfit_mul(rank->parameters, 4);
	return dsfit_mul(each, rank->layout->gpus_per_node);
}

void dsfit_host_account(const struct dsfit_rank *rank, struct dsfit_host_account *out)
{
	const struct dsfit_estimate_settings *settings = rank->settings;
	const struct dsfit_training *t = rank->training;
	uint64_t g = rank->layout->gpus_per_node, loading = loading_bytes(rank), pinned;
	/* Only in stage 3 is it certain that every rank loads the whole model: the user said so. */
	uint64_t certain = t->zero == 3 ? loading : 0;
	bool offloads = dsfit_rank_offloads_optimizer(rank);

	out->offload = dsfit_mul(dsfit_offload_host_bytes(rank), g);
	out->loading = loading;
	pinned = dsfit_add(out->offload, dsfit_mul(pinning_per_rank(rank), g));
	out->low = dsfit_add(dsfit_max(out->offload, certain),
			     dsfit_mul(g, settings->process_low));
	out->own = t->pin_optimizer || t->pin_param ? pinned : out->offload;
	out->own = dsfit_add(dsfit_max(out->own, certain), dsfit_mul(g, settings->process));
	out->high = dsfit_add(dsfit_max(pinned, loading), dsfit_mul(g, settings->process_high));
	out->guide_minimum = dsfit_guide_ram(rank->model->parameters, t->zero, offloads)->figure;
	out->per_node = dsfit_max(out->own, out->guide_minimum);
	out->high = dsfit_max(out->high, out->per_node);
}

/*
 * DeepSpeed 0.19's swappers (deepspeed/runtime/swap_tensor) write files: the optimizer's with
 * master copy and states, and at the end of a step's backward with fp32 gradients; the parameters'
 * with 16-bit weights. Blocks are aligned to some KiB, which 2 % covers.
 */
void dsfit_nvme_account(const struct dsfit_rank *rank, struct dsfit_nvme_account *out)
{
	const struct dsfit_training *t = rank->training;
	uint64_t states = 0, gradients = 0, weights = 0, g = rank->layout->gpus_per_node;

	if (t->offload_optimizer == DSFIT_OFFLOAD_NVME) {
		states = dsfit_scale(rank->partition,
				     (double)rank->width.master + rank->width.states);
		gradients = dsfit_mul(rank->partition, 4);
	}
	if (t->offload_param == DSFIT_OFFLOAD_NVME)
		weights = rank->share_bytes;
	out->low = dsfit_mul(dsfit_add(states, weights), g);
	out->per_node = dsfit_add(out->low, dsfit_mul(gradients, g));
	out->high = dsfit_add(out->per_node, out->per_node / 50);
}
