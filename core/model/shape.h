/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SHAPE_H
#define DSFIT_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * The shape of a transformer: its dimensions, and its traits. Traits say how a family of models
 * writes its blocks, as far as that changes the number of parameters. families.conf has one section
 * per family, and flags in a model's config.json win over it. A shape is numbers only, so that it
 * can be passed on as text.
 */
enum dsfit_norm {
	DSFIT_NORM_UNSAID,		/* as llama if the network is gated, otherwise as GPT */
	DSFIT_NORM_RMS,			/* one vector: a scale */
	DSFIT_NORM_LAYER,		/* two: scale and bias */
	DSFIT_NORM_SCALE,		/* LayerNorm without a bias */
	DSFIT_NORM_FIXED,		/* LayerNorm without either */
};
extern const char *const dsfit_norm_names[];

/* Norms of queries and keys: one shared by all heads, or one over the whole width. */
enum dsfit_qk_norm { DSFIT_QK_NORM_NONE, DSFIT_QK_NORM_HEAD, DSFIT_QK_NORM_ALL };
extern const char *const dsfit_qk_norm_names[];

/* The class of a block's matrices. PEFT adapts all three. 4-bit quantisation replaces only
 * nn.Linear, not its subclasses and not GPT-2's Conv1D. */
enum dsfit_linear { DSFIT_LINEAR_NN, DSFIT_LINEAR_CONV1D, DSFIT_LINEAR_OWN };
extern const char *const dsfit_linear_names[];

/* What connects a vision tower to the text model. */
enum dsfit_projector {
	DSFIT_PROJECTOR_NONE,
	DSFIT_PROJECTOR_LINEAR,		/* one matrix with a bias: paligemma */
	DSFIT_PROJECTOR_NORM,		/* one matrix, no bias, and a norm: gemma3 */
	DSFIT_PROJECTOR_MLP,		/* two matrices: llava */
	DSFIT_PROJECTOR_NEWLINE,	/* the same, and a vector that ends a line: llava_next */
	DSFIT_PROJECTOR_UNFOLD,		/* a norm, a matrix over merged patches, two: mistral3 */
	DSFIT_PROJECTOR_WIDE,		/* a norm over merged patches, two matrices: internvl */
	DSFIT_PROJECTOR_MERGER,		/* a norm and two matrices over merged patches: qwen2_vl */
	DSFIT_PROJECTOR_SHUFFLE,	/* one matrix over merged patches, no bias: idefics3 */
};
extern const char *const dsfit_projector_names[];

struct dsfit_traits {
	enum dsfit_norm norm;
	uint64_t norms;			/* per block */
	uint64_t network_scalars;	/* numbers that an activation function learns: xIELU 2 */
	uint64_t sublayers;		/* attentions and networks per block: longcat 2, others 1 */
	enum dsfit_qk_norm qk_norm;
	enum dsfit_linear linear;
	bool qkv_bias, o_bias, mlp_bias, head_bias;
	bool expert_bias;		/* of experts and router */
	bool experts_linear;		/* each expert has its own nn.Linear; else 3-D parameters */
	bool experts_transposed;	/* 3-D parameters stored as they are multiplied with */
	bool experts_adapted;		/* PEFT adapts 3-D experts by the names of their linears */
	bool fused_qkv, fused_gate_up;	/* one matrix: adapters on it are narrower */
	bool parallel;			/* attention and network run side by side on one input */
	bool embedding_norm, final_norm;
	bool sinks;			/* one number per head */
	bool shared_gate;		/* a gate on the shared expert */
	bool router_linear;		/* its class is like nn.Linear, so it has adapters */
	bool encoder_decoder;		/* half of the layers are a decoder's, unless specified */
	bool learned_positions;		/* a table, with position_offset more rows */
	uint64_t position_offset;
	bool pooler;			/* bert's, over the first token */
	bool transform;			/* bert's, before a head for masked tokens */
	/* Of a vision tower, whose head_bias is its projector's. */
	bool class_token, patch_bias, pooling_head;
	enum dsfit_projector projector;
};

/*
 * A transformer's dimensions. 0 means unknown, with two exceptions: 0 experts is a dense model,
 * and 0 in a dimension that only some families have means that the model does not have it. No
 * dimension is larger than `most` in dsfit_shape_fields, so that sums of products fit a uint64_t.
 */
#define DSFIT_DIMENSION_MAX UINT64_C(16777216)

struct dsfit_shape {
	uint64_t layers;		/* encoder and decoder together if there are both */
	uint64_t hidden;		/* h: width of the residual stream */
	uint64_t heads;			/* a: attention heads */
	uint64_t kv_heads;		/* k: key-value heads; equal to heads without GQA */
	uint64_t head_size;		/* d: hidden / heads unless specified */
	uint64_t ffn;			/* f: width of the feed-forward network */
	uint64_t vocab;			/* V: rows of the embedding */
	uint64_t max_sequence;		/* tokens of context, 0 if not known */
	uint64_t experts;		/* routed experts per layer, 0 for a dense model */
	uint64_t experts_per_token;
	uint64_t shared_experts;
	uint64_t expert_ffn;		/* width of one expert; ffn if 0 */
	bool gated;			/* the feed-forward network has three matrices, not two */
	bool tied;			/* the head is the embedding, transposed */
	uint64_t shared_ffn;		/* width of all shared experts together */
	uint64_t dense_layers;		/* layers without experts */
	uint64_t zero_experts;		/* experts that the router knows and that hold nothing */
	uint64_t decoder_layers;	/* layers that also attend to an encoder */
	uint64_t embedding_size;	/* width of a token's row; hidden if 0 */
	uint64_t positions;		/* rows of a learned table of positions */
	uint64_t segments;		/* rows of bert's token types */
	uint64_t relative_buckets;	/* t5's, for the encoder's and for the decoder's table */
	/* Multi-head latent attention: ranks, and the parts of a head. kv_rank 0: no MLA. */
	uint64_t q_rank, kv_rank, nope_size, rope_size, value_size;
	/* Of a vision tower: pixels per side of a patch and of an image, colour channels, frames
	 * per patch, patches per side that its projector merges, the projector's output width, and
	 * mergers beside the last one. */
	uint64_t patch, image, channels, frames, merge, output, mergers;
	struct dsfit_traits traits;
};

/*
 * The members of struct dsfit_shape, one row each. Everything that reads or writes a shape walks
 * this one table: the sections of families.conf and models.conf (core/site/catalogue.c), a model's
 * config.json (core/model/hf_text.c and hf_tower.c), a passed-on declaration
 * (core/declare/passed_on.c), and the check of limits below.
 */
enum dsfit_shape_kind {
	DSFIT_SHAPE_NUMBER,		/* a uint64_t */
	DSFIT_SHAPE_FLAG,		/* a bool */
	DSFIT_SHAPE_WORD,		/* an enum: the position of its word in `words` */
};

struct dsfit_shape_field {
	const char *name;		/* key of families.conf and models.conf; in messages too */
	const char *passed_as;		/* key of a passed-on declaration */
	enum dsfit_shape_kind kind;
	size_t at;			/* offset in struct dsfit_shape */
	uint64_t most;			/* largest number accepted */
	bool checked;			/* dsfit_shape_complete() checks it against `most` alone */
	bool derived;			/* not in the .conf files: follows from other members */
	const char *const *words;	/* ended by NULL */
	/* Keys of config.json, ended by NULL; the first that the file has counts. NULL: none. */
	const char *const *config;
	uint64_t config_min;
	bool config_rule;		/* read by a rule of its own in hf_text.c */
	/* The same in config.json's vision_config. */
	const char *const *vision;
	bool vision_side;		/* may be a list with one number per side */
	const char *tower_name;		/* key of models.conf for the vision tower; NULL: none */
};

#define DSFIT_SHAPE_FIELDS 65
extern const struct dsfit_shape_field dsfit_shape_fields[DSFIT_SHAPE_FIELDS];

/* The row with this name, which must exist. */
const struct dsfit_shape_field *dsfit_shape_field(const char *name);

/*
 * Fill in what follows from other members (kv_heads, head_size, expert_ffn, ffn, positions) and
 * check all of them. Returns 0, or -1 and the dimension that is missing or out of range.
 */
int dsfit_shape_complete(struct dsfit_shape *shape, struct dsfit_error *err);

#endif
