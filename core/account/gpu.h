/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GPU_H
#define DSFIT_GPU_H

#include <stddef.h>
#include <stdint.h>

#include "core/account/estimate_settings.h"
#include "core/account/terms.h"

struct dsfit_rank;

enum dsfit_phase {
	DSFIT_PHASE_FORWARD,
	DSFIT_PHASE_BACKWARD,
	DSFIT_PHASE_STEP,
	DSFIT_PHASE_EVALUATION,		/* only where it is declared */
};
extern const char *const dsfit_phase_names[];

/* The memory of one GPU, in bytes. */
struct dsfit_gpu_account {
	/* The terms at the peak; they add up to `peak`. */
	uint64_t weights;
	uint64_t gradients;
	uint64_t optimizer;		/* master copy and states */
	uint64_t communication;		/* DeepSpeed's buckets, gathered parameters */
	uint64_t activations;
	uint64_t loss;			/* logits, their fp32 copy, their gradients */
	uint64_t framework;		/* CUDA context, kernels, NCCL */
	uint64_t slack;			/* held by the caching allocator, not used */
	uint64_t peak;
	/* The account's own error band. `high` has room for an evaluation at the usual batch, even
	 * if nobody has declared one; `high_declared` only for what was declared. */
	uint64_t low, high, high_declared;
	enum dsfit_phase peak_phase;
	/* What the terms are made of, except framework and slack. A term's parts add up to it. */
	struct dsfit_part part[DSFIT_PARTS_MAX];
	size_t part_count;
	/* What PyTorch has allocated: between steps, and at most until the loss, in backward and in
	 * the optimizer's step. */
	uint64_t rest, forward, backward, step;
	uint64_t evaluation;		/* in an evaluation; 0 if none is declared */
};

/* What the allocator holds and does not use, as a share of what is allocated. */
double dsfit_gpu_slack(const struct dsfit_rank *rank);

/* The widest error band below the peak that the rank may have, with any family's footprint, and the
 * share of the loss that a fused one saves. The rank has its settings. `above` is not filled. */
struct dsfit_error_band dsfit_gpu_widest_band(const struct dsfit_rank *rank, double *fused);

/* Fill *out. The rank has its settings and its footprint. */
void dsfit_gpu_account(const struct dsfit_rank *rank, struct dsfit_gpu_account *out);

#endif
