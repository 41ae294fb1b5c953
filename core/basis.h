/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_BASIS_H
#define DSFIT_BASIS_H

#include <stdint.h>

#include "core/account.h"

/*
 * What the parts of the account are made from: a job's numbers, counted once. For core/account.c,
 * core/states.c and core/activations.c alone.
 */

/* Bytes a parameter, by kind. */
struct dsfit_widths {
	uint64_t weight, gradient, master;
	double states;
};

struct dsfit_basis {
	const struct dsfit_model *model;
	const struct dsfit_training *training;
	const struct dsfit_layout *layout;
	struct dsfit_widths width;
	uint64_t ranks;			/* N */
	uint64_t held;			/* Ψ of one model-parallel rank */
	uint64_t trainable;		/* Ψt of it */
	uint64_t weights;		/* bytes of them, not sharded */
	uint64_t tokens;		/* of a micro-batch on one GPU */
	uint64_t bucket;		/* B: bytes of one reduce bucket */
	uint64_t largest;		/* l: bytes of the largest single parameter */
};

void dsfit_basis_lay(const struct dsfit_model *model, const struct dsfit_training *training,
		     const struct dsfit_layout *layout, struct dsfit_basis *out);

/* Terms of one phase, in bytes on one GPU. */
struct dsfit_terms {
	uint64_t weights, gradients, optimizer, communication, activations, loss;
};

uint64_t dsfit_terms_total(const struct dsfit_terms *terms);

static inline uint64_t dsfit_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t dsfit_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
