/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACCOUNT_H
#define DSFIT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account/host.h"
#include "core/account/layout.h"
#include "core/account/network.h"
#include "core/account/settings.h"
#include "core/account/terms.h"
#include "core/model/model.h"
#include "core/training/training.h"

struct dsfit_families;

/*
 * What a training job needs, term by term. Bytes throughout, per GPU or per node as named.
 *
 * Ψ parameters, Ψt trainable ones, N data-parallel ranks = GPUs / (tensor · pipeline), b
 * micro-batch, s sequence. The terms are those of DeepSpeed 0.19 and Hugging Face's models,
 * followed tensor by tensor; where a figure is from a paper or from published measurements the
 * code says so.
 */

enum dsfit_phase { DSFIT_PHASE_FORWARD, DSFIT_PHASE_BACKWARD, DSFIT_PHASE_STEP };
extern const char *const dsfit_phase_names[];

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
	uint64_t low, high;		/* the account's own error band */
	enum dsfit_phase peak_phase;
	/* What the terms are made of; a term's parts add up to it. */
	struct dsfit_part part[DSFIT_PARTS_MAX];
	size_t part_count;
	/* Allocated bytes by phase: between steps, until the loss, backward, optimizer step. */
	uint64_t rest, forward, backward, step;
};

struct dsfit_storage_account {
	uint64_t checkpoint;		/* one, with the optimizer's states */
	uint64_t total;			/* weights, a checkpoint, the data; at least the guide's */
	uint64_t low, high;		/* without the guide's floor; with a second checkpoint */
};

struct dsfit_account {
	bool nearest_family;		/* not traced: activations are another family's */
	uint64_t trainable;		/* Ψt */
	uint64_t ranks;			/* N */
	/* The batch on these ranks: what train_batch_size and the rest of the file make of it. */
	uint64_t micro_batch, accumulation;
	struct dsfit_gpu_account gpu;
	struct dsfit_host_account host;
	struct dsfit_nvme_account nvme;
	struct dsfit_storage_account storage;
	struct dsfit_network_account network;
};

/*
 * The account of a settled training on a layout of at least one GPU. `families` says what layers
 * keep for backward, `settings` has the numbers that a site decides. Never fails: sums saturate.
 * Degrees that do not divide the GPUs are rounded down to ranks, at least one; see
 * dsfit_layout_check().
 */
void dsfit_account(const struct dsfit_model *model, const struct dsfit_families *families,
		   const struct dsfit_training *training, const struct dsfit_layout *layout,
		   const struct dsfit_estimate_settings *settings, struct dsfit_account *out);

/* Ranks that each take samples of their own: GPUs / (tensor · pipeline · sequence), at least 1. */
uint64_t dsfit_data_parallel_ranks(const struct dsfit_training *training,
				   const struct dsfit_layout *layout);

/*
 * Whether the training runs on so many GPUs at all: tensor · pipeline · sequence divides them,
 * expert the data-parallel ranks, the batch sizes agree, and DeepSpeed's own stops. -1 and why
 * not. A tensor group over several nodes is slow, but it runs.
 */
int dsfit_layout_check(const struct dsfit_model *model, const struct dsfit_training *training,
		       const struct dsfit_layout *layout, struct dsfit_error *err);

#endif
