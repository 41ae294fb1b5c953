/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_EXPRESSION_H
#define DSFIT_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/model/shape.h"

/*
 * Sums over a model's dimensions, as in families.conf: "16h + 8f + 4q + 4k + 4a + 8" bytes per
 * token. A term is a whole number, letters of dimensions that are multiplied ("6as" is 6 * heads *
 * sequence), or both. A sum is parsed once, when its file is read.
 */
enum dsfit_dimension {
	DSFIT_DIM_HIDDEN,		/* h */
	DSFIT_DIM_FFN,			/* f */
	DSFIT_DIM_QUERIES,		/* q: heads * head size */
	DSFIT_DIM_KEYS,			/* k: key-value heads * head size */
	DSFIT_DIM_HEADS,		/* a */
	DSFIT_DIM_KV_HEADS,		/* g */
	DSFIT_DIM_OUTPUTS,		/* o: heads * size of a value */
	DSFIT_DIM_Q_RANK,		/* u: ranks of multi-head latent attention */
	DSFIT_DIM_KV_RANK,		/* l */
	DSFIT_DIM_ROPE,			/* p: part of a head with rotary positions */
	DSFIT_DIM_ROUTED,		/* x: experts per token */
	DSFIT_DIM_EXPERT_FFN,		/* e: width of one expert */
	DSFIT_DIM_EXPERTS,		/* E: experts of the router */
	DSFIT_DIM_SHARED_FFN,		/* S: width of the shared experts */
	DSFIT_DIM_VOCAB,		/* V */
	DSFIT_DIM_RANK,			/* r: LoRA's rank */
	DSFIT_DIM_SEQUENCE,		/* s: tokens per sample */
	DSFIT_DIM_FRAMES,		/* F: positions of a sound for each token; among a model's
					 * own dimensions, those of a sample */
	/* Letters that only some families have a meaning for (core/model/layers.h), such as a
	 * mamba's state. */
	DSFIT_DIM_B, DSFIT_DIM_C, DSFIT_DIM_D, DSFIT_DIM_M, DSFIT_DIM_N, DSFIT_DIM_T, DSFIT_DIM_W,
	DSFIT_DIM_Y, DSFIT_DIM_Z,
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
 * Read `text`; "0" is the empty sum. Returns 0, or -1 if a letter is no dimension, a coefficient
 * has more than six digits, a term more than three letters, or the text more than 16 terms. The
 * line in err then quotes the text and says what is accepted, and *out is unchanged.
 */
int dsfit_sum_parse(const char *text, struct dsfit_sum *out, struct dsfit_error *err);

/* The value of the sum for these dimensions; it may be negative. Exact up to 2^53; it never
 * overflows. */
double dsfit_sum_value(const struct dsfit_sum *sum, const double dims[DSFIT_DIMENSIONS]);

/* The dimension of a letter, enum dsfit_dimension; -1 if it is none. */
int dsfit_dimension_of(char letter);

/* The letter of a dimension. */
char dsfit_dimension_letter(enum dsfit_dimension dimension);

/* Fill in the dimensions of a shape. The rank, the sequence and what only some
 * families have, which are not part of it, are 0. */
void dsfit_sum_dimensions(const struct dsfit_shape *shape, double dims[DSFIT_DIMENSIONS]);

#endif
