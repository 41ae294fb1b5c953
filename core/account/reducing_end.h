/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REDUCING_END_H
#define DSFIT_REDUCING_END_H

#include "core/account/rank.h"
#include "core/account/terms.h"

/* Add gradients and buckets at the end of backward: the embedding's gradient is made, and what no
 * bucket has taken yet is reduced. */
void dsfit_reducing_at_end(const struct dsfit_rank *rank, struct dsfit_terms *out);

#endif
