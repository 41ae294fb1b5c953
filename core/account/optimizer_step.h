/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_OPTIMIZER_STEP_H
#define DSFIT_OPTIMIZER_STEP_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/* Add what the optimizer's step needs beside the model states: gradients, flattened and in fp32.
 * Activations and gathered parameters are gone by then. */
void dsfit_optimizer_step(const struct dsfit_rank *rank, struct dsfit_terms *out);

#endif
