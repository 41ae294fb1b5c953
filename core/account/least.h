/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LEAST_H
#define DSFIT_LEAST_H

#include <stdint.h>

#include "core/account/estimate_settings.h"
#include "core/model/model.h"
#include "core/training/training.h"

/*
 * The least that a GPU of a training needs, whatever the layout: a bound that is never above the
 * account (core/account/account.h) and takes a hundredth of its time. Where even that is more than
 * a card has, no account has to be made.
 *
 * Bytes and elements of one model-parallel rank. Of what `shared_` begins with a GPU has at least
 * the share that it has on the most ranks.
 */
struct dsfit_least {
	uint64_t degrees;		/* GPUs of a data-parallel rank: tensor · pipeline */
	uint64_t shards_max;		/* of MiCS; else UINT64_MAX */
	/* Between steps. The width is that of gradients, master copy and states of an element. */
	uint64_t whole, shared_bytes, shared_elements;
	double shared_width;
	uint64_t block;			/* more in the last block's backward */
	uint64_t step;			/* more in the optimizer's step: bytes, and */
	double step_width;		/* bytes of each shared element */
	uint64_t alone;			/* all bytes between steps on a rank that shares with nobody
					 * and gathers nothing; UINT64_MAX: it gathers as others */
	double slack;			/* held by the allocator: a share of what is allocated */
	/* The lower bound of the estimate: shares of the peak, and of its loss. */
	double below, below_fused, fused;
};

/* Fill *out for a settled training (dsfit_training_settle()). Never fails; sums saturate. */
void dsfit_account_least(const struct dsfit_model *model, const struct dsfit_training *training,
			 const struct dsfit_estimate_settings *settings, struct dsfit_least *out);

/* At most `peak` and `low` of struct dsfit_gpu_account on any layout of at most so many GPUs. */
uint64_t dsfit_least_peak(const struct dsfit_least *least, uint64_t gpus);
uint64_t dsfit_least_low(const struct dsfit_least *least, uint64_t gpus);

#endif
