/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FOOTPRINT_H
#define DSFIT_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/expression.h"

/*
 * A footprint says what the code of a model family keeps for the backward pass and needs while it
 * runs. scripts/trace derives it from that code; families.conf has one per family. All values are
 * bytes per token, in 16 bits and with fused attention unless a name says otherwise. Weights and
 * their gradients are not part of it.
 */

/* What is trained in a layer: all of it, or adapters on these linears. */
enum dsfit_trained {
	DSFIT_TRAINED_ALL,
	DSFIT_TRAINED_QV,
	DSFIT_TRAINED_ATTENTION,
	DSFIT_TRAINED_ADAPTERS,		/* on all linears */
	DSFIT_TRAINED_WAYS,
};

/* What a layer keeps in addition if its network has another activation function than the traced
 * one. */
#define DSFIT_ACTIVATIONS 8

struct dsfit_activation {
	char name[24];			/* as in config.json */
	struct dsfit_sum more;
};

/* Several moments of a pass. The dimensions decide which of them is the highest. */
#define DSFIT_MOMENTS 6

struct dsfit_moments {
	size_t count;
	struct dsfit_sum at[DSFIT_MOMENTS];
};

/* Three moments at which memory outside the layers matters. */
enum dsfit_head_moment {
	DSFIT_HEAD_HELD,		/* the loss has been computed */
	DSFIT_HEAD_FORWARD,		/* the highest on the way to the loss */
	DSFIT_HEAD_BACKWARD,		/* the highest before the last layer's backward pass */
	DSFIT_HEAD_MOMENTS,
};

struct dsfit_layer_kinds;

struct dsfit_footprint {
	bool traced;			/* the section has these keys */
	bool fp32;			/* and those of fp32; else fp32 takes twice as much */
	/* What a layer keeps until the end of its backward pass. */
	struct dsfit_sum kept[DSFIT_TRAINED_WAYS];
	struct dsfit_sum kept_fp32;
	/* What eager attention adds: the scores. In fp32 it is twice as much, unless the section
	 * says otherwise. With adapters on q and v, no other tensor needs attention's output. */
	struct dsfit_sum kept_eager, kept_eager_qv, kept_eager_fp32;
	/* What a layer keeps if it is recomputed: its input, 2h, unless the section says
	 * otherwise. */
	struct dsfit_sum checkpoint;
	/* What a layer's backward pass needs in addition to what the layer keeps, including the
	 * gradient of its output. */
	struct dsfit_moments backward[DSFIT_TRAINED_WAYS];
	struct dsfit_moments backward_eager;	/* additional moments */
	/* What a layer's forward pass needs if layers keep only their inputs (2h), including what
	 * the head already holds. */
	struct dsfit_moments forward, forward_eager;
	struct dsfit_sum head[DSFIT_HEAD_MOMENTS];
	struct dsfit_sum head_frozen[DSFIT_HEAD_MOMENTS];	/* with adapters */
	struct dsfit_sum head_fp32[DSFIT_HEAD_MOMENTS];
	/* The same where the head classifies: it has a few outputs a sample, and no logits. */
	bool classifies;		/* the section has these keys */
	struct dsfit_sum head_classify[DSFIT_HEAD_MOMENTS];
	struct dsfit_sum head_classify_frozen[DSFIT_HEAD_MOMENTS];
	struct dsfit_sum head_classify_fp32[DSFIT_HEAD_MOMENTS];
	struct dsfit_activation activation[DSFIT_ACTIVATIONS];
	size_t activations;
	struct dsfit_sum first_frozen;	/* of the first layer: no gradient flows below adapters */
	struct dsfit_sum first_frozen_qv;	/* the same, with adapters on attention alone */
	struct dsfit_sum held_eager;	/* a mask, if layers are recomputed */
	const struct dsfit_layer_kinds *kinds; /* of layers that differ; NULL if there are none */
	struct dsfit_sum ends;		/* what the head holds during the layers' backward passes */
	/* The first release of transformers whose loss is in fp32, as DSFIT_RELEASE() has it; 0
	 * if each one's is. */
	uint64_t wide_since;
};

/*
 * A transformer that nobody has traced: 34h per layer, 5as for the attention scores (Korthikanti et
 * al. 2022), and a loss in fp32.
 */
extern const struct dsfit_footprint dsfit_footprint_paper;

#endif
