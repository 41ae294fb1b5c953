/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ESTIMATE_SETTINGS_H
#define DSFIT_ESTIMATE_SETTINGS_H

#include <stdint.h>

/*
 * The numbers of the estimate that a site decides: its drivers, its libraries, its network and
 * what it has measured. A card can have its own `context` beside them (struct dsfit_layout).
 * Numbers that follow from DeepSpeed's or PyTorch's code are not here: they are in the formulas.
 */

/* An error band. The bounds are shares of the peak. */
struct dsfit_error_band {
	double below, above;
	/* The lower bound where the loss may be a fused one: this share of the peak, and what such
	 * a loss saves besides. The lower of the two bounds counts. */
	double below_fused;
};

struct dsfit_estimate_settings {
	/* Bytes that a process takes on a GPU outside PyTorch's allocator. */
	uint64_t context;		/* CUDA's context, kernels, libraries' workspaces */
	uint64_t nccl;			/* NCCL's buffers, where a job has several GPUs */
	/* What the caching allocator holds and does not use, as a share of what is allocated. */
	double slack;			/* without ZeRO */
	double slack_zero;		/* with ZeRO, stage 1 and higher */
	double slack_fsdp;		/* with FSDP */
	/* How far the estimate may be off. */
	struct dsfit_error_band exact;	/* the model's dimensions and its family are known */
	struct dsfit_error_band assumed; /* a size alone, or another family's activations */
	struct dsfit_error_band estimated; /* a config.json whose parameters are estimated */
	struct dsfit_error_band fsdp;	/* PyTorch's FSDP instead of DeepSpeed */
	/* Host memory of one training process beside what it offloads, in bytes: low <= usual <=
	 * high. */
	uint64_t process_low, process, process_high;
	/* Share of a GPU's peak speed that training reaches, above 0: low <= usual. */
	double utilisation, utilisation_low;
	/* Share of a step that may be spent waiting for the network, 0 to below 1. */
	double network_wait;
};

/* The settings of a site that states none. */
void dsfit_estimate_defaults(struct dsfit_estimate_settings *out);

#endif
