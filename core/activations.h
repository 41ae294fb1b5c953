/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ACTIVATIONS_H
#define DSFIT_ACTIVATIONS_H

#include "core/basis.h"

/* Activations of one micro-batch on one GPU, in bytes. */
struct dsfit_activations {
	uint64_t kept;		/* by all blocks, when the forward pass is through */
	uint64_t working;	/* by the one block that runs backward, beside them */
};

void dsfit_activations_hold(const struct dsfit_basis *b, struct dsfit_activations *out);

/* Logits, their copies and gradients, at so many bytes an entry. */
uint64_t dsfit_loss_bytes(const struct dsfit_basis *b, uint64_t per_entry);

#endif
