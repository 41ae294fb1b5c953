/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ZeRO-Offload and ZeRO-Infinity keep in host memory, on one rank. Names in quotes are those
 * of DeepSpeed 0.19.8's code (deepspeed/runtime).
 *
 *     optimizer: cpu     master copy, states and fp32 gradients of this rank's part, and
 *       stages 1, 2      "param_buffer_of_bit16_for_cpu_offload_groups" (weights on their way
 *                        back), "temp_grad_buffer_for_cpu_offload" (the largest gradient); while
 *                        stage 2 accumulates, "accumulated_grads_in_cpu"
 *       stage 3          "grad_partitions_flat_buffer" (gradients summed up over micro-steps)
 *     optimizer: nvme    swap buffers of one sub-group in fp32; gradients in 16 bits
 *     parameters: cpu    this rank's share of the weights
 *     parameters: nvme   swap buffers, and the first max_in_cpu elements
 *
 * Files: zero/stage_1_and_2.py, zero/stage3.py, swap_tensor/partitioned_param_swapper.py,
 * swap_tensor/optimizer_utils.py.
 */
#include "core/account/offload.h"

#include "core/account/gradients.h"
#include "core/account/release.h"
#include "core/base/size.h"

uint64_t dsfit_offload_stays(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t groups = dsfit_div_up(rank->partition, dsfit_max(1, t->sub_group)), stay;

	if (rank->wrapper != DSFIT_WRAPPER_ZERO3 || t->offload_optimizer != DSFIT_OFFLOAD_CPU)
		return 0;
	/* _create_fp32_partitions() leaves whole sub-groups on the GPU, and rounds down. */
	stay = dsfit_scale(groups, 1 - t->offload_ratio);
	return dsfit_min(rank->partition, dsfit_mul(stay, t->sub_group));
}

uint64_t dsfit_offload_kept_of_nvme(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (t->offload_param != DSFIT_OFFLOAD_NVME)
		return 0;
	return dsfit_mul(dsfit_min(rank->partition, t->param_in_cpu), rank->width.weight);
}

/* Bytes per parameter of the weights on their way back in stages 1 and 2. */
static uint64_t returned_width(const struct dsfit_rank *rank)
{
	return dsfit_release_returns_halves(rank->training) ? rank->width.weight : 0;
}

/* Bytes in host memory for an optimizer that is offloaded there. */
static uint64_t optimizer_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t part = dsfit_sub(rank->partition, dsfit_offload_stays(rank)), sum;
	uint64_t buffer = t->zero == 3 ? rank->width.accumulated : returned_width(rank);
	double gradient = t->no_master ? 2 : 4;

	sum = dsfit_scale(part, (double)rank->width.master + rank->width.states + gradient +
					(double)buffer);
	if (t->zero < 3)
		sum = dsfit_add(sum, dsfit_mul(rank->largest, rank->width.weight));
	else if (t->precision == DSFIT_PRECISION_FP16)
		/* has_overflow() makes a byte for each gradient. */
		sum = dsfit_add(sum, part);
	if (t->zero == 2 && dsfit_rank_accumulates(rank) && !dsfit_gradients_summed_in_fp32(rank))
		sum = dsfit_add(sum, dsfit_gradients_touching_partition(rank));
	return sum;
}

/* Bytes in host memory for an optimizer that is offloaded to NVMe. */
static uint64_t optimizer_swap_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t buffer = dsfit_mul(dsfit_min(t->sub_group, rank->partition), 4);

	return dsfit_add(dsfit_mul(buffer, t->optimizer_buffers),
			 dsfit_gradients_bytes(rank, rank->partition));
}

/*
 * Bytes in host memory for parameters on NVMe. _create_param_groups_fp16_flat_cpu_memory() keeps
 * max_in_cpu elements for good, though zero.Init has written them to files as well. Where that is
 * not all, reserve_partitioned_swap_space() holds a sub-group that is being written.
 */
static uint64_t parameter_swap_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t elements = dsfit_mul(t->param_buffers, t->param_buffer_size);

	if (rank->partition > t->param_in_cpu)
		elements = dsfit_add(elements, dsfit_min(t->sub_group, rank->partition));
	return dsfit_add(dsfit_mul(elements, rank->width.weight), dsfit_offload_kept_of_nvme(rank));
}

uint64_t dsfit_offload_host_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t sum = 0;

	if (t->offload_optimizer == DSFIT_OFFLOAD_CPU)
		sum = optimizer_bytes(rank);
	else if (t->offload_optimizer == DSFIT_OFFLOAD_NVME)
		sum = optimizer_swap_bytes(rank);
	if (t->offload_param == DSFIT_OFFLOAD_CPU)
		sum = dsfit_add(sum, rank->share_bytes);
	else if (t->offload_param == DSFIT_OFFLOAD_NVME)
		sum = dsfit_add(sum, parameter_swap_bytes(rank));
	return sum;
}
