/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ESTIMATORS_H
#define DSFIT_ESTIMATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/layout.h"
#include "core/model/model.h"
#include "core/training/training.h"

/*
 * Other people's figures, shown beside the account. They decide nothing.
 */

/* DeepSpeed's estimators, per GPU and per node. */
struct dsfit_deepspeed_estimate {
	uint64_t gpu;
	uint64_t cpu;
	uint64_t largest_layer;		/* stage 3: 4 bytes a parameter of it */
};

/*
 * deepspeed/runtime/zero/stage_1_and_2.py, estimate_zero2_model_states_mem_needs() of DeepSpeed
 * 0.19. Doubles are evaluated in its order and truncated at the end, so the result is its to
 * the byte. factor is its additional_buffer_factor.
 */
void dsfit_deepspeed_zero2(uint64_t parameters, uint64_t gpus_per_node, uint64_t nodes,
			   bool cpu_offload, double factor, struct dsfit_deepspeed_estimate *out);

/* deepspeed/runtime/zero/stage3.py, estimate_zero3_model_states_mem_needs(), likewise. */
void dsfit_deepspeed_zero3(uint64_t parameters, uint64_t largest_layer, uint64_t gpus_per_node,
			   uint64_t nodes, bool cpu_offload, bool cpu_offload_params,
			   bool zero_init, double factor, struct dsfit_deepspeed_estimate *out);

/* The guide's rule of thumb: 16 bytes a parameter, and what each stage takes off it. */
struct dsfit_guide_estimate {
	uint64_t total;
	uint64_t per_gpu;
	uint64_t weights, gradients, optimizer;		/* of per_gpu */
};

/* "Memory Estimation" and "With ZeRO Optimization": 4 weights + 4 gradients + 8 optimizer;
 * stage 1 a quarter of the optimizer, stage 2 an eighth of both, stage 3 all over the GPUs. */
void dsfit_guide_memory(uint64_t parameters, unsigned zero, uint64_t gpus,
			struct dsfit_guide_estimate *out);

/* Both, of one training on one layout. */
struct dsfit_estimates {
	struct dsfit_guide_estimate guide;
	struct dsfit_deepspeed_estimate deepspeed;
	bool has_deepspeed;		/* it has no estimate for stage 0 */
};

void dsfit_estimate(const struct dsfit_model *model, const struct dsfit_training *training,
		    const struct dsfit_layout *layout, struct dsfit_estimates *out);

#endif
