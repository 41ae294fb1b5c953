/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LAYOUT_H
#define DSFIT_LAYOUT_H

#include <stdint.h>

#include "core/base/error.h"
#include "core/model/model.h"
#include "core/training/training.h"

/* Where a job runs: the part of a request and of a site that the account depends on. */
struct dsfit_layout {
	uint64_t nodes;
	uint64_t gpus_per_node;		/* on the node that has most of them */
	uint64_t gpus;			/* in all, at least 1 */
	double tflops;			/* one GPU's dense 16-bit peak; 0: not known */
	uint64_t context;		/* bytes of CUDA's context on this card; 0: the settings' */
};

/* Ranks that each take samples of their own: GPUs / (tensor · pipeline · sequence), at least 1. */
uint64_t dsfit_data_parallel_ranks(const struct dsfit_training *training,
				   const struct dsfit_layout *layout);

/* The groups of GPUs that tensor, pipeline, sequence and expert parallelism form come out even only
 * on a multiple of this many GPUs, at least 1. */
uint64_t dsfit_layout_multiple(const struct dsfit_training *training);

/*
 * Check that the training runs on so many GPUs at all. tensor · pipeline · sequence must divide
 * them, and expert the data-parallel ranks; the batch sizes must agree; and DeepSpeed must not
 * stop (dsfit_training_check_ranks()). 0, or -1 and the reason. A tensor group over several nodes
 * is slow, but it runs.
 */
int dsfit_layout_check(const struct dsfit_model *model, const struct dsfit_training *training,
		       const struct dsfit_layout *layout, struct dsfit_error *err);

#endif
