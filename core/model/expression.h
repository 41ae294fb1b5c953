/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_EXPRESSION_H
#define DSFIT_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/model/shape.h"

/*
 * Expressions in a model's dimensions, as families.conf has them: "16h + 8f + 4q + 4k + 4a + 8"
 * bytes a token. A term is a whole number, the dimensions that multiply it by their letters
 * ("6as" is 6 * heads * sequence), or both. Parsed once, where a file is read.
 */
enum dsfit_dimension {
	DSFIT_DIM_HIDDEN,		/* h */
	DSFIT_DIM_FFN,			/* f */
	DSFIT_DIM_QUERIES,		/* q: heads * head size */
	DSFIT_DIM_KEYS,			/* k: key-value heads * head size */
	DSFIT_DIM_HEADS,		/* a */
	DSFIT_DIM_KV_HEADS,		/* g */
	DSFIT_DIM_OUTPUTS,		/* o: heads * size of a value */
	DSFIT_DIM_Q_RANK,		/* u: multi-head latent attention's ranks */
	DSFIT_DIM_KV_RANK,		/* l */
	DSFIT_DIM_ROPE,			/* p: the part of its heads that is turned */
	DSFIT_DIM_ROUTED,		/* x: experts that a token passes */
	DSFIT_DIM_EXPERT_FFN,		/* e: width of one */
	DSFIT_DIM_EXPERTS,		/* E: all that the router knows */
	DSFIT_DIM_SHARED_FFN,		/* S: width of the shared ones */
	DSFIT_DIM_VOCAB,		/* V */
	DSFIT_DIM_RANK,			/* r: LoRA's */
	DSFIT_DIM_SEQUENCE,		/* s: tokens of a sample that attention sees */
	DSFIT_DIMENSIONS,
};

#define DSFIT_SUM_TERMS 16
#define DSFIT_SUM_FACTORS 3

struct dsfit_sum {
	size_t count;
	struct {
		int32_t coefficient;
		uint8_t factors;
		uint8_t factor[DSFIT_SUM_FACTORS];	/* enum dsfit_dimension */
	} term[DSFIT_SUM_TERMS];
};

/*
 * Read `text`; "0" is the empty sum. -1 where a letter is no dimension, a coefficient has more
 * than six digits, a term more than three letters, or the text more than 16 terms; the line in
 * err quotes the text and says what is accepted, and *out is untouched.
 */
int dsfit_sum_parse(const char *text, struct dsfit_sum *out, struct dsfit_error *err);

/*
 * The sum for these dimensions: exact up to 2^53, never overflows. Negative where what is
 * subtracted is larger.
 */
double dsfit_sum_value(const struct dsfit_sum *sum, const double dims[DSFIT_DIMENSIONS]);

/* A shape's dimensions, per token and GPU; r and s are 0. */
void dsfit_sum_dimensions(const struct dsfit_shape *shape, double dims[DSFIT_DIMENSIONS]);

#endif
