/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACCOUNT_H
#define DSFIT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/estimate_settings.h"
#include "core/account/gpu.h"
#include "core/account/host.h"
#include "core/account/layout.h"
#include "core/account/network.h"
#include "core/account/storage.h"
#include "core/model/model.h"
#include "core/training/training.h"

struct dsfit_families;

/*
 * What a training job needs: memory of a GPU and of a node, storage and network. Bytes throughout,
 * per GPU or per node as named.
 *
 * Symbols in comments: Ψ parameters, Ψt trainable ones, N data-parallel ranks = GPUs / (tensor ·
 * pipeline), b micro-batch, s sequence. The terms are those of DeepSpeed 0.19 and of Hugging Face's
 * models, followed tensor by tensor in running steps. Where a figure is from a paper or from
 * published measurements, the code says so.
 */
struct dsfit_account {
	bool nearest_family;		/* not traced: activations are another family's */
	uint64_t trainable;		/* Ψt, of the whole model */
	uint64_t ranks;			/* N */
	/* The batch on these ranks, as it follows from train_batch_size where that was given. */
	uint64_t micro_batch, accumulation;
	struct dsfit_gpu_account gpu;
	struct dsfit_host_account host;
	struct dsfit_nvme_account nvme;
	struct dsfit_storage_account storage;
	struct dsfit_network_account network;
};

/*
 * Fill *out for a settled training (dsfit_training_settle()) on a layout of at least one GPU.
 * `families` says what layers keep for backward, `settings` has the numbers that a site decides.
 * Never fails, and sums saturate. Degrees that do not divide the GPUs are rounded down to ranks, at
 * least one; dsfit_layout_check() refuses them.
 */
void dsfit_account(const struct dsfit_model *model, const struct dsfit_families *families,
		   const struct dsfit_training *training, const struct dsfit_layout *layout,
		   const struct dsfit_estimate_settings *settings, struct dsfit_account *out);

#endif
