/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_INITIALISE_H
#define DSFIT_INITIALISE_H

#include <stdint.h>

#include "core/account/rank.h"

/* The most bytes that a GPU holds inside deepspeed.initialize(). 0 for stages 0 and 3, where the
 * phases of a step are always higher. */
uint64_t dsfit_initialise_bytes(const struct dsfit_rank *rank);

#endif
