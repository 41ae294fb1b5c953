/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MODEL_H
#define DSFIT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define DSFIT_NAME_MAX 64

/*
 * A transformer's dimensions. 0 means not known, except in the experts, where it means dense.
 * No dimension is above DSFIT_DIMENSION_MAX, so that sums of products fit a uint64_t.
 */
#define DSFIT_DIMENSION_MAX UINT64_C(16777216)

struct dsfit_shape {
	uint64_t layers;
	uint64_t hidden;		/* h: width of the residual stream */
	uint64_t heads;			/* a: attention heads */
	uint64_t kv_heads;		/* k: key-value heads; equal to heads without GQA */
	uint64_t head_size;		/* d: hidden / heads where nothing else is said */
	uint64_t ffn;			/* f: width of the feed-forward network */
	uint64_t vocab;			/* V: rows of the embedding */
	uint64_t max_sequence;		/* tokens of context, 0 where not known */
	uint64_t experts;		/* routed experts a layer, 0 for a dense model */
	uint64_t experts_per_token;
	uint64_t shared_experts;
	uint64_t expert_ffn;		/* width of one expert; ffn where 0 */
	bool gated;			/* three matrices in the feed-forward network, not two */
	bool tied;			/* the head is the embedding, transposed */
};

/* What is trained. */
struct dsfit_model {
	char name[DSFIT_NAME_MAX];
	char family[DSFIT_NAME_MAX];	/* Hugging Face's model_type where known */
	uint64_t parameters;		/* all of them */
	uint64_t active;		/* those that one token passes through */
	uint64_t largest_layer;		/* the largest single module, as DeepSpeed's estimator counts */
	struct dsfit_shape shape;
	bool exact;			/* the shape is known; otherwise it is assumed from the size */
};

/* One entry of models.conf. */
struct dsfit_known_model {
	struct dsfit_model model;
	char (*aliases)[DSFIT_NAME_MAX];
	size_t alias_count;
	bool reference;			/* bare sizes take their shape from these */
};

struct dsfit_models {
	struct dsfit_known_model *entries;
	size_t count;
};

/*
 * Fill in what follows from the rest (kv_heads, head_size, expert_ffn, ffn) and check the whole.
 * 0, or -1 with the dimension that is missing or out of range.
 */
int dsfit_shape_complete(struct dsfit_shape *shape, struct dsfit_error *err);

/*
 * Parameters of a decoder of this shape, from its matrices: embedding V·h, head V·h unless
 * tied, attention h·d·(2a + 2k), feed-forward 3·h·f gated or 2·h·f plain, router h·E, norms;
 * plain models (GPT) have biases and two-vector norms. Exact for llama and its kin; models.conf
 * and the caller may know better. `active` counts the experts that a token reaches.
 */
uint64_t dsfit_shape_parameters(const struct dsfit_shape *shape);
uint64_t dsfit_shape_active(const struct dsfit_shape *shape);
/* Parameters of one block, all experts included. */
uint64_t dsfit_shape_layer(const struct dsfit_shape *shape);
/* The embedding or the widest single matrix: what estimate_zero3_model_states_mem_needs calls
 * largest_layer_params when it walks a model. */
uint64_t dsfit_shape_largest_module(const struct dsfit_shape *shape);

/* Look a name or alias up, upper and lower case alike. NULL where nothing has it. */
const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name);

/*
 * A model of so many parameters and nothing else known: its shape is interpolated between the
 * catalogue's reference models on a logarithmic scale, and marked assumed. The parameter count
 * stays as given. Fails where the catalogue has no reference model.
 */
int dsfit_model_from_size(const struct dsfit_models *models, uint64_t parameters,
			  struct dsfit_model *out, struct dsfit_error *err);

/*
 * `text` as --ds-model has it: a size (13B), experts times a size (8x7B), or a name of the
 * catalogue. Paths are dsfit_model_read's. The line in err has the accepted forms.
 */
int dsfit_model_parse(const struct dsfit_models *models, const char *text,
		      struct dsfit_model *out, struct dsfit_error *err);

/* Whether `text` can only be a path: it has a slash, is all dots, or ends in .json. */
bool dsfit_model_is_path(const char *text);

/*
 * Read a Hugging Face config.json; `path` may be the folder that holds one. Fails with the
 * file's name and, for a bad value, its key. Opens the file with the caller's rights.
 */
int dsfit_model_read(const char *path, struct dsfit_model *out, struct dsfit_error *err);

#endif
