/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The footprint of a model whose family nobody has traced, if there is no similar family either. */
#include "core/model/footprint.h"

#define ONE(c, a) { .count = 1, .term = { { c, 1, { DSFIT_DIM_##a } } } }
#define TWO(c, a, d, b) \
	{ .count = 2, .term = { { c, 1, { DSFIT_DIM_##a } }, { d, 1, { DSFIT_DIM_##b } } } }

const struct dsfit_footprint dsfit_footprint_paper = {
	.kept = { ONE(34, HIDDEN), ONE(34, HIDDEN), ONE(34, HIDDEN), ONE(34, HIDDEN) },
	.kept_eager = { .count = 1,
			.term = { { 5, 2, { DSFIT_DIM_HEADS, DSFIT_DIM_SEQUENCE } } } },
	.kept_eager_qv = { .count = 1,
			   .term = { { 5, 2, { DSFIT_DIM_HEADS, DSFIT_DIM_SEQUENCE } } } },
	/* The output of the feed-forward network and its gradient, each 4h wide. */
	.backward = { { 1, { ONE(18, HIDDEN) } }, { 1, { ONE(18, HIDDEN) } },
		      { 1, { ONE(18, HIDDEN) } }, { 1, { ONE(18, HIDDEN) } } },
	.forward = { 1, { ONE(18, HIDDEN) } },
	.head = { TWO(8, HIDDEN, 4, VOCAB), TWO(8, HIDDEN, 10, VOCAB), TWO(8, HIDDEN, 12, VOCAB) },
	.head_frozen = { TWO(8, HIDDEN, 4, VOCAB), TWO(8, HIDDEN, 10, VOCAB),
			 TWO(8, HIDDEN, 12, VOCAB) },
};
