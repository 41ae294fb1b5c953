/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SOLVE_H
#define DSFIT_SOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide/assess.h"

/* The largest value of a number with which a job fits. */

/* Whether the job fits with this value, from 1. */
typedef bool (*dsfit_solve_judge)(void *context, uint64_t value);

/*
 * The largest value up to `limit` (at least 1) that fits; 0 if none does. The value above it was
 * judged and does not fit, unless it is above the limit. A value below it may not fit either: a
 * larger batch waits less for the network.
 */
uint64_t dsfit_solve(uint64_t limit, dsfit_solve_judge judge, void *context);

/* Whether an assessment counts as one that fits: surely, or the GPUs do and the site does not say
 * how much host memory there is. */
bool dsfit_solve_fits(const struct dsfit_assessment *assessment);

#endif
