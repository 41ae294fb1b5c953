/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PICTURES_H
#define DSFIT_PICTURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account/rank.h"

/*
 * What the pictures of one micro-batch make on one GPU, in bytes: the activations of the tower and
 * of what connects it to the text. All members are 0 where a sample has no pictures, or the tower
 * is one that nobody has traced.
 *
 * The tower's blocks run before the text's in forward and after them in backward. Where no gradient
 * reaches the tower, it keeps nothing, and has no backward.
 */
struct dsfit_pictures {
	uint64_t input;			/* the pictures, throughout forward and backward */
	uint64_t held;			/* kept until the text's backward is through */
	uint64_t beside;		/* more than that while the text's blocks run forward */
	uint64_t at_loss;		/* more than `held` when the loss is computed */
	uint64_t forward;		/* highest while the tower runs forward, above `input` */
	bool backward;			/* whether a gradient reaches the tower */
	/* The gradient of the text's first input while the tower runs backward, and before that,
	 * where it is taken apart, with copies of it. */
	uint64_t input_gradient, scattered;
	/* In the tower's backward, with so many blocks left to run. */
	uint64_t blocks;
	uint64_t layer_kept, layer_backward, ends;
};

/* Whether a gradient flows to what pictures put into the text. rank->tower is set. */
bool dsfit_pictures_reached(const struct dsfit_rank *rank);

void dsfit_pictures_follow(const struct dsfit_rank *rank, struct dsfit_pictures *out);

#endif
