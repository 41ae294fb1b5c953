/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_BETWEEN_STEPS_H
#define DSFIT_BETWEEN_STEPS_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/* Fill *out with what a GPU holds between optimizer steps: weights, master copy and optimizer
 * states, and the buffers that are never freed. */
void dsfit_between_steps(const struct dsfit_rank *rank, struct dsfit_terms *out);

#endif
