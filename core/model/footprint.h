/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FOOTPRINT_H
#define DSFIT_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model/expression.h"

/*
 * What a family's code keeps for backward and needs while it runs: a section of families.conf,
 * as scripts/trace derives it from the code itself. Everything is bytes a token, in 16 bits with
 * fused attention where nothing else is said; weights and their gradients are not in it.
 */

/* What is trained, as far as a layer is concerned: all of it, or adapters on these linears. */
enum dsfit_trained {
	DSFIT_TRAINED_ALL,
	DSFIT_TRAINED_QV,
	DSFIT_TRAINED_ATTENTION,
	DSFIT_TRAINED_ADAPTERS,		/* on all linears */
	DSFIT_TRAINED_WAYS,
};

/* What a layer keeps more with another function in its network than it was traced with. */
#define DSFIT_ACTIVATIONS 8

struct dsfit_activation {
	char name[24];			/* config.json's word */
	struct dsfit_sum more;
};

/* Moments of which one is the highest; which one, the dimensions say. */
#define DSFIT_MOMENTS 6

struct dsfit_moments {
	size_t count;
	struct dsfit_sum at[DSFIT_MOMENTS];
};

/* What there is once, beside the layers, at three moments. */
enum dsfit_head_moment {
	DSFIT_HEAD_HELD,		/* the loss is there: what waits for backward */
	DSFIT_HEAD_FORWARD,		/* at its most on the way to the loss */
	DSFIT_HEAD_BACKWARD,		/* at its most before the last layer's backward */
	DSFIT_HEAD_MOMENTS,
};

struct dsfit_footprint {
	bool traced;			/* the section has these keys */
	bool fp32;			/* and those of fp32; else it is twice 16 bits */
	/* By a layer until its backward is through. */
	struct dsfit_sum kept[DSFIT_TRAINED_WAYS];
	struct dsfit_sum kept_fp32;
	/* What eager attention adds: scores, in fp32 twice as much where the section does not say.
	 * With adapters on q and v nothing else waits for the attention's output. */
	struct dsfit_sum kept_eager, kept_eager_qv, kept_eager_fp32;
	/* A layer's backward at its most, above what it keeps; the gradient of its output
	 * counts. */
	struct dsfit_moments backward[DSFIT_TRAINED_WAYS];
	struct dsfit_moments backward_eager;	/* moments beside those */
	/* A layer's forward at its most, where layers keep nothing but their inputs (2h), with what
	 * there is of the head by then. */
	struct dsfit_moments forward, forward_eager;
	struct dsfit_sum head[DSFIT_HEAD_MOMENTS];
	struct dsfit_sum head_frozen[DSFIT_HEAD_MOMENTS];	/* with adapters */
	struct dsfit_sum head_fp32[DSFIT_HEAD_MOMENTS];
	struct dsfit_activation activation[DSFIT_ACTIVATIONS];
	size_t activations;
	struct dsfit_sum first_frozen;	/* of the first layer: below adapters is no backward */
	struct dsfit_sum held_eager;		/* a mask, where layers are recomputed */
	struct dsfit_sum ends;	/* of the head's, what is there through the layers' backward */
};

/*
 * A transformer nobody has traced: 34h a layer and 5as for the scores (Korthikanti et al. 2022),
 * and a loss in fp32.
 */
extern const struct dsfit_footprint dsfit_footprint_paper;

#endif
