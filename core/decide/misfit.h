/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MISFIT_H
#define DSFIT_MISFIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide/assess.h"

/*
 * The closest misfit. If nothing at a site fits, the user is told how far off the best of it is:
 * the request that comes closest to fitting. One on which the training stops as well as being too
 * large is the last; then "tight" is closer than "exceeds"; then the GPU that is the less full by
 * the estimate's lower bound is closer.
 */

/* Put a misfit into *closest, if it is placed and closer than what is there. `closest` may be NULL,
 * and is empty as long as it is not `placed`. */
void dsfit_note_misfit(struct dsfit_assessment *closest, const struct dsfit_assessment *misfit);

/*
 * Whether a misfit whose GPU needs `low` bytes of `capacity` can be closer than *closest. False
 * means that its whole assessment, which takes longer, need not be made.
 */
bool dsfit_may_be_closer(const struct dsfit_assessment *closest, uint64_t low, uint64_t capacity);

#endif
