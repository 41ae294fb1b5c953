/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MODEL_H
#define DSFIT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/model/counts.h"
#include "core/model/expression.h"
#include "core/model/shape.h"
#include "core/model/tower.h"

/* Where a model's parameter count comes from. */
enum dsfit_count_source {
	DSFIT_COUNT_SHAPE,		/* computed from the dimensions */
	DSFIT_COUNT_PUBLISHED,		/* models.conf */
	DSFIT_COUNT_FILES,		/* model.safetensors.index.json */
	DSFIT_COUNT_GIVEN,		/* the user: 13B */
};
extern const char *const dsfit_count_source_names[];

/*
 * The layers of a model whose family has several kinds of them (core/model/layers.h). Without any,
 * count is 0.
 */
#define DSFIT_LAYERS_MAX 256
#define DSFIT_KINDS_MAX 8

struct dsfit_layers {
	uint64_t count;
	uint64_t dimension[DSFIT_DIMENSIONS];	/* 0: as the shape has it */
	uint8_t kind[DSFIT_LAYERS_MAX];		/* 0: the family's own; 1: its first kind */
};

/* The model that is trained. It has no pointers. */
struct dsfit_model {
	char name[DSFIT_NAME_MAX];
	char family[DSFIT_NAME_MAX];	/* Hugging Face's model_type if known */
	char activation[DSFIT_NAME_MAX]; /* config.json's word for it; "": its family's */
	uint64_t parameters;		/* all of them */
	uint64_t active;		/* those that one token passes through */
	uint64_t largest_layer;		/* the largest module, as DeepSpeed's estimator counts */
	struct dsfit_shape shape;	/* of a model with vision: the text's */
	struct dsfit_counts counts;	/* they add up to `parameters` */
	enum dsfit_count_source source;	/* of `parameters` */
	bool exact;			/* the shape is known, not assumed from the size */
	bool known_family;		/* families.conf has it; otherwise it is treated as llama */
	bool not_understood;		/* dsfit cannot size it: name and family are all there is */
	unsigned stored_bits;		/* per parameter in quantised files; otherwise 0 */
	uint64_t labels;		/* of a head that classifies; 0 for a language model's */
	/* The text's tensors, if architectures.conf has listed them for its config.json; otherwise
	 * none, and they follow from the shape. */
	struct dsfit_tensors tensors;
	struct dsfit_layers layers;
	struct dsfit_tower tower;
};

/* The tensors of the model's text: its own list, or that of its shape, written into *scratch. */
const struct dsfit_tensors *dsfit_model_tensors(const struct dsfit_model *model,
						struct dsfit_tensors *scratch);

/* Fill in a model's counts from these tensors, and keep those of its text. Returns 0, or -1 as
 * dsfit_model_count() does. */
int dsfit_model_count_tensors(struct dsfit_model *model, const struct dsfit_tensor *tensors,
			      size_t n, struct dsfit_error *err);

/*
 * Fill in a model's counts from its complete shape; `tower` is NULL for text alone. Returns 0, or
 * -1 if the model has more than DSFIT_PARAMETERS_MAX parameters.
 */
int dsfit_model_count(struct dsfit_model *model, const struct dsfit_shape *tower,
		      struct dsfit_error *err);

/* Replace a language model's head by one with so many outputs a sample. Does nothing to a model
 * that classifies already. */
void dsfit_model_classify(struct dsfit_model *model, uint64_t labels);

/* Replace a head that classifies by a language model's. Does nothing to a model that has one. */
void dsfit_model_speak(struct dsfit_model *model);

/* Set another parameter count, from another source. The blocks take the difference; the tables and
 * the vision tower keep their size. */
void dsfit_model_resize(struct dsfit_model *model, uint64_t parameters,
			enum dsfit_count_source source);

#endif
