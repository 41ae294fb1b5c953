/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MODEL_H
#define DSFIT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/base/size.h"

/*
 * How a family writes its blocks, as far as its parameters go: families.conf has one section a
 * family, and config.json's own flags stand over it. All of it is numbers, so that a model can
 * be handed on as text.
 */
enum dsfit_norm {
	DSFIT_NORM_UNSAID,		/* as llama where the network is gated, as GPT else */
	DSFIT_NORM_RMS,			/* one vector: a scale */
	DSFIT_NORM_LAYER,		/* two: scale and bias */
	DSFIT_NORM_SCALE,		/* LayerNorm without a bias */
	DSFIT_NORM_FIXED,		/* LayerNorm without either */
};
extern const char *const dsfit_norm_names[];

/* Norms of queries and keys: one for all heads alike, or over the whole width. */
enum dsfit_qk_norm { DSFIT_QK_NORM_NONE, DSFIT_QK_NORM_HEAD, DSFIT_QK_NORM_ALL };
extern const char *const dsfit_qk_norm_names[];

/* What class a block's matrices have: PEFT adapts all three, a 4-bit quantisation only nn.Linear
 * (its own subclasses and GPT-2's Conv1D are left). */
enum dsfit_linear { DSFIT_LINEAR_NN, DSFIT_LINEAR_CONV1D, DSFIT_LINEAR_OWN };
extern const char *const dsfit_linear_names[];

/* What joins a vision tower to the text. */
enum dsfit_projector {
	DSFIT_PROJECTOR_NONE,
	DSFIT_PROJECTOR_LINEAR,		/* one matrix with a bias: paligemma */
	DSFIT_PROJECTOR_NORM,		/* one matrix, no bias, and a norm: gemma3 */
	DSFIT_PROJECTOR_MLP,		/* two matrices: llava */
	DSFIT_PROJECTOR_MERGER,		/* a norm and two matrices over merged patches: qwen2_vl */
	DSFIT_PROJECTOR_SHUFFLE,	/* one matrix over merged patches, no bias: idefics3 */
};
extern const char *const dsfit_projector_names[];

struct dsfit_traits {
	enum dsfit_norm norm;
	uint64_t norms;			/* of a block */
	uint64_t sublayers;		/* attentions and networks a block, 1 but for longcat */
	enum dsfit_qk_norm qk_norm;
	enum dsfit_linear linear;
	bool qkv_bias, o_bias, mlp_bias, head_bias;
	bool expert_bias;		/* of experts and router */
	bool experts_linear;		/* each expert has its own nn.Linear; else 3-D parameters */
	bool fused_qkv, fused_gate_up;	/* one matrix: adapters on it are narrower */
	bool parallel;			/* attention and network side by side on one input */
	bool embedding_norm, final_norm;
	bool sinks;			/* one number a head */
	bool shared_gate;		/* a gate on the shared expert */
	bool router_linear;		/* the router is of nn.Linear's kin, and has adapters */
	bool encoder_decoder;		/* half of the layers are a decoder's, unless it is said */
	bool learned_positions;		/* a table, with rows beyond those of positions */
	uint64_t position_offset;
	bool pooler;			/* bert's, over the first token */
	bool transform;			/* bert's, before a head of masked tokens */
	/* A vision tower's. */
	bool class_token, patch_bias, pooling_head;
	enum dsfit_projector projector;
};

/*
 * A transformer's dimensions. 0 means not known, except in the experts, where it means dense,
 * and in what only some families have, where it means none.
 * No dimension is above DSFIT_DIMENSION_MAX, but for what dsfit_shape_most() says is, so that sums
 * of products fit a uint64_t.
 */
#define DSFIT_DIMENSION_MAX UINT64_C(16777216)

struct dsfit_shape {
	uint64_t layers;		/* encoder's and decoder's where there are both */
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
	uint64_t shared_ffn;		/* width of the shared experts in all */
	uint64_t dense_layers;		/* of layers, those without experts */
	uint64_t zero_experts;		/* that the router knows and that hold nothing */
	uint64_t decoder_layers;	/* of layers, those that attend to an encoder as well */
	uint64_t embedding_size;	/* of a token's row; hidden where 0 */
	uint64_t positions;		/* rows of a table of positions that is learned */
	uint64_t segments;		/* rows of bert's token types */
	uint64_t relative_buckets;	/* t5's: of the encoder's and of the decoder's table */
	/* Multi-head latent attention: ranks and parts of a head; no kv_rank, no MLA. */
	uint64_t q_rank, kv_rank, nope_size, rope_size, value_size;
	/* A vision tower's: pixels of a patch's and an image's side, colours, frames a patch,
	 * patches a side that its projector merges, the width it hands on, mergers beside the
	 * last. */
	uint64_t patch, image, channels, frames, merge, output, mergers;
	struct dsfit_traits traits;
};

/* The most that may be said of a dimension, by its offset in struct dsfit_shape. */
uint64_t dsfit_shape_most(size_t at);

/*
 * Where a shape's parameters are. The parts embedding, head, dense, routed, vectors and vision
 * make up the whole; what follows them says more about it.
 */
struct dsfit_counts {
	uint64_t parameters;		/* all of them */
	uint64_t active;		/* those that one token passes through */
	uint64_t embedding;		/* tables of tokens, positions, segments */
	uint64_t head;			/* 0 where it is the embedding */
	uint64_t dense;			/* matrices: attention, dense and shared networks, router */
	uint64_t routed;		/* routed experts */
	uint64_t vectors;		/* norms and biases */
	uint64_t vision;		/* a vision tower and what joins it to the text */
	uint64_t blocks;		/* of all these, what is in the text's blocks */
	uint64_t largest_parameter;	/* the largest single tensor */
	uint64_t largest_module;	/* a module's own: DeepSpeed's largest_layer_params */
	uint64_t quantised;		/* what becomes 4-bit: every nn.Linear but the head */
	uint64_t vision_sides;		/* sum of (in + out) over the tower's linears */
};

/* Where a model's parameter count comes from. */
enum dsfit_count_source {
	DSFIT_COUNT_SHAPE,		/* computed from the dimensions */
	DSFIT_COUNT_PUBLISHED,		/* models.conf's */
	DSFIT_COUNT_FILES,		/* model.safetensors.index.json's */
	DSFIT_COUNT_GIVEN,		/* the user's own: 13B */
};
extern const char *const dsfit_count_source_names[];

/* What is trained. Self-contained: no pointers. */
struct dsfit_model {
	char name[DSFIT_NAME_MAX];
	char family[DSFIT_NAME_MAX];	/* Hugging Face's model_type where known */
	char activation[DSFIT_NAME_MAX]; /* config.json's word for it; "": its family's */
	uint64_t parameters;		/* all of them */
	uint64_t active;		/* those that one token passes through */
	uint64_t largest_layer;		/* the largest module, as DeepSpeed's estimator counts */
	struct dsfit_shape shape;	/* the text's, where the model sees as well */
	struct dsfit_counts counts;	/* they sum up to parameters */
	enum dsfit_count_source source;	/* of parameters */
	bool exact;			/* the shape is known, not assumed from the size */
	bool known_family;		/* families.conf has it; else taken for llama's kin */
	unsigned stored_bits;		/* a parameter's in quantised files; else 0 */
};

/* One entry of models.conf. */
struct dsfit_known_model {
	struct dsfit_model model;
	char (*aliases)[DSFIT_NAME_MAX];
	size_t alias_count;
	bool reference;			/* bare sizes take their shape from these */
};

struct dsfit_families;

struct dsfit_models {
	struct dsfit_known_model *entries;
	size_t count;
	const struct dsfit_families *families; /* the site's; NULL: none is known */
};

/*
 * Fill in what follows from the rest (kv_heads, head_size, expert_ffn, ffn) and check the whole.
 * 0, or -1 with the dimension that is missing or out of range.
 */
int dsfit_shape_complete(struct dsfit_shape *shape, struct dsfit_error *err);

/*
 * Count a complete shape's parameters, tensor by tensor as Hugging Face lays them out: embedding
 * V·h, head V·h unless tied, attention h·d·(2a + 2k), feed-forward 3·h·f gated or 2·h·f plain,
 * router h·E, norms and biases as the traits say. Sums saturate.
 * `active` counts the experts that a token reaches; largest_module is the embedding or the widest
 * single module, what estimate_zero3_model_states_mem_needs calls largest_layer_params when it
 * walks a model.
 */
void dsfit_shape_count(const struct dsfit_shape *shape, struct dsfit_counts *counts);

/*
 * Fill in a model's counts from its complete shape; `tower` is NULL for text alone. 0, or -1
 * where it has more than DSFIT_PARAMETERS_MAX.
 */
int dsfit_model_count(struct dsfit_model *model, const struct dsfit_shape *tower,
		      struct dsfit_error *err);
/* Another source has another count: the blocks take the difference, tables and tower stay. */
void dsfit_model_resize(struct dsfit_model *model, uint64_t parameters,
			enum dsfit_count_source source);

/* Free the entries; the struct is the caller's. */
void dsfit_models_free(struct dsfit_models *models);

/* Look a name or alias up, upper and lower case alike. NULL where nothing has it. */
const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name);

/*
 * The same, after the whole name, for the name of what was made of a model: without a leading
 * "meta-", without "-instruct", "-chat", "-hf", "-base", "-it", "-pt" at the end or before a
 * version ("-v0.2"), and at last without the version, none of which changes the shape. The first
 * that the catalogue has, or NULL.
 */
const struct dsfit_model *dsfit_models_find_like(const struct dsfit_models *models,
						 const char *name);

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

/* The name in a Hugging Face Hub's id, ORGANISATION/NAME, which may be a path as well; NULL where
 * `text` is of another form. */
const char *dsfit_model_hub_name(const char *text);

/*
 * Read a Hugging Face config.json; `path` may be the folder that holds one. What is not written
 * is as its family's class has it; of a family that models->families lacks, as llama has it.
 * A model.safetensors.index.json beside it has the exact size. Fails with the file's name and,
 * for a bad value, its key. Opens files with the caller's rights.
 */
int dsfit_model_read(const struct dsfit_models *models, const char *path,
		     struct dsfit_model *out, struct dsfit_error *err);

#endif
