/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ESTIMATORS_H
#define DSFIT_ESTIMATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/layout.h"
#include "core/model/model.h"
#include "core/training/training.h"

/*
 * Estimates of others, shown beside the account. They decide nothing.
 */

/* DeepSpeed's own estimators, in bytes. */
struct dsfit_deepspeed_estimate {
	uint64_t gpu;			/* per GPU */
	uint64_t cpu;			/* per node */
	uint64_t largest_layer;		/* stage 3: the largest layer at 4 bytes per parameter */
};

/*
 * estimate_zero2_model_states_mem_needs() of deepspeed/runtime/zero/stage_1_and_2.py, DeepSpeed
 * 0.19. Doubles are evaluated in DeepSpeed's order and truncated at the end, so that the result is
 * the same to the byte. factor is DeepSpeed's additional_buffer_factor.
 */
void dsfit_deepspeed_zero2(uint64_t parameters, uint64_t gpus_per_node, uint64_t nodes,
			   bool cpu_offload, double factor, struct dsfit_deepspeed_estimate *out);

/* The same for estimate_zero3_model_states_mem_needs() of deepspeed/runtime/zero/stage3.py. */
void dsfit_deepspeed_zero3(uint64_t parameters, uint64_t largest_layer, uint64_t gpus_per_node,
			   uint64_t nodes, bool cpu_offload, bool cpu_offload_params,
			   bool zero_init, double factor, struct dsfit_deepspeed_estimate *out);

/* The hardware guide's rule of thumb, in bytes: 16 per parameter, less what each stage saves. */
struct dsfit_guide_estimate {
	uint64_t total;			/* of all GPUs, without ZeRO */
	uint64_t per_gpu;
	uint64_t weights, gradients, optimizer;		/* of per_gpu */
};

/* The guide's sections "Memory Estimation" and "With ZeRO Optimization": 4 bytes of weights, 4 of
 * gradients and 8 of optimizer states per parameter. Stage 1 leaves a quarter of the optimizer
 * states, stage 2 an eighth of them and of the gradients; stage 3 divides all by the GPUs. */
void dsfit_guide_memory(uint64_t parameters, unsigned zero, uint64_t gpus,
			struct dsfit_guide_estimate *out);

struct dsfit_estimates {
	struct dsfit_guide_estimate guide;
	struct dsfit_deepspeed_estimate deepspeed;
	bool has_deepspeed;		/* false for stage 0, of which it has no estimate */
};

/* Both estimates of one training on one layout. */
void dsfit_estimate(const struct dsfit_model *model, const struct dsfit_training *training,
		    const struct dsfit_layout *layout, struct dsfit_estimates *out);

#endif
