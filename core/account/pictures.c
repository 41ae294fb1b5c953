/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures: a tower of blocks works on patches, a projector makes tokens of them, and these take
 * the places that the text has left for them.
 *
 *                forward                                   backward
 *     tower      block 1 ... block L                                     block L ... block 1
 *     projector                     x                                  x
 *     scatter                        inputs_embeds         inputs_embeds
 *     text                            block 1 ...  ... block 1
 *
 * A tower's blocks are blocks as any: families.conf has their footprint, and
 * core/account/activations.c counts them, over patches instead of tokens. The projectors are those
 * of transformers 5.23 (models/llava, gemma3, mistral3, internvl, idefics3); Qwen's mergers are
 * part of the tower, and so of its footprint.
 */
#include "core/account/pictures.h"

#include <string.h>

#include "core/account/activations.h"
#include "core/base/size.h"
#include "core/model/adapters.h"

/* The tower as a model whose blocks can be counted as a text's. */
static void make_model(const struct dsfit_tower *tower, uint64_t width, struct dsfit_model *out)
{
	struct dsfit_shape *s = &out->shape;

	memset(out, 0, sizeof(*out));
	*s = (struct dsfit_shape){ .layers = tower->layers, .hidden = tower->hidden,
				   .heads = tower->heads, .kv_heads = tower->heads,
				   .ffn = tower->ffn };
	s->head_size = tower->hidden / dsfit_max(1, tower->heads);
	/* The pictures, in 16 bits; of a token, what a patch has; angles of each patch. */
	out->layers.dimension[DSFIT_DIM_ROPE] = s->head_size;
	out->layers.dimension[DSFIT_DIM_C] =
		dsfit_mul(2, tower->numbers) / dsfit_max(1, tower->patches);
	out->layers.dimension[DSFIT_DIM_D] =
		dsfit_mul(width, tower->tokens) / dsfit_max(1, tower->patches);
}

/* Whether the tower's own parameters, or adapters on it, are trained. */
static bool trains_tower(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (t->method == DSFIT_METHOD_FULL)
		return t->frozen == DSFIT_FROZEN_NONE;
	return dsfit_lora_of_tower(rank->model, t);
}

/*
 * Whether a gradient flows through the tower: it is trained, or one is asked for of its first
 * output, as transformers does with checkpoints where it finds that one
 * (_activation_checkpointing_enable() calls enable_input_require_grads()).
 */
static bool reaches_tower(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (t->method == DSFIT_METHOD_FULL && t->frozen == DSFIT_FROZEN_ALL_BUT_HEAD)
		return false;
	return trains_tower(rank) || (rank->model->tower.input_gradient &&
				      t->checkpointing == DSFIT_CHECKPOINTING_FULL);
}

/* The training as the tower's blocks see it. Adapters of a list are those on queries and values;
 * their dropout and norms are left out. */
static void make_training(const struct dsfit_rank *rank, const struct dsfit_tower *tower,
			  struct dsfit_training *out)
{
	*out = *rank->training;
	out->sequence = tower->patches;
	out->task = DSFIT_TASK_AS_MODEL;
	out->objective = DSFIT_OBJECTIVE_SFT;
	out->completion = 0;
	out->padding = out->dora = false;
	out->lora_dropout = 0;
	out->pipeline = 1;
	if (out->lora_targets == DSFIT_LORA_LISTED)
		out->lora_targets = DSFIT_LORA_QV;
	if (trains_tower(rank))
		return;
	/* Frozen, though a gradient may flow through it: as adapters of no rank. */
	out->method = DSFIT_METHOD_LORA;
	out->lora_targets = DSFIT_LORA_QV;
	out->lora_rank = 0;
	out->modules_to_save = 0;
}

static void make_rank(const struct dsfit_rank *rank, const struct dsfit_tower *tower,
		      const struct dsfit_model *model, const struct dsfit_training *t,
		      struct dsfit_rank *out)
{
	uint64_t pictures = dsfit_mul(dsfit_training_sequences(rank->training),
				      rank->training->images);

	*out = *rank;
	out->model = model;
	out->training = t;
	out->footprint = rank->tower;
	out->blocks = dsfit_max(1, tower->layers);
	out->tokens = dsfit_max(1, dsfit_mul(pictures, tower->patches));
	out->whole.matrix = dsfit_mul(tower->hidden, tower->ffn);
	memset(&out->adapted, 0, sizeof(out->adapted));
}

/* Bytes per token of the text that a projector keeps. `w` is the text's width, `patches` how many
 * become a token. */
static double projector_keeps(const struct dsfit_tower *tower, double w, double patches)
{
	double h = (double)tower->hidden, mergers = (double)tower->mergers;

	switch (tower->projector) {
	case DSFIT_PROJECTOR_LINEAR:
		return 2 * h;
	case DSFIT_PROJECTOR_NORM:
		/* A copy in the order of pooling; the norm in fp32. */
		return 2 * h * patches + 10 * h + 4;
	case DSFIT_PROJECTOR_UNFOLD:
		/* The norm's fp32 copy and its result, and the same unfolded; then merged. */
		return (8 * h + 4) * patches + 2 * h + 4 * w;
	case DSFIT_PROJECTOR_WIDE:
		return 4 * h * patches + 4 * w;
	case DSFIT_PROJECTOR_SHUFFLE:
		return 2 * h * patches;
	case DSFIT_PROJECTOR_MERGER:
		/* The last one is the tower's. The others have a norm over merged patches. */
		return mergers * (6 * h * patches + 8);
	default:
		return 2 * h + 4 * w;
	}
}

/* What connects tower and text. */
static void add_projector(const struct dsfit_rank *rank, const struct dsfit_tower *tower,
			  uint64_t pictures, struct dsfit_pictures *out)
{
	double w = (double)rank->model->shape.hidden;
	double wide = rank->width.activation > 2 ? 2 : 1;
	uint64_t tokens = dsfit_mul(pictures, tower->tokens);
	double patches = (double)tower->patches / (double)dsfit_max(1, tower->tokens);

	if (out->backward)
		out->held = dsfit_add(out->held, dsfit_scale(tokens, wide *
					projector_keeps(tower, w, patches)));
	/* The features themselves are among what the model puts out. */
	out->at_loss = dsfit_scale(tokens, wide * 2 * w);
	/* The gradient of inputs_embeds, the same without the pictures' (masked_fill()), theirs. */
	out->input_gradient = dsfit_scale(rank->tokens, wide * 2 * w);
	out->scattered = dsfit_add(dsfit_mul(2, out->input_gradient), out->at_loss);
}

void dsfit_pictures_follow(const struct dsfit_rank *rank, struct dsfit_pictures *out)
{
	struct dsfit_tower tower = rank->model->tower;
	struct dsfit_activations acts;
	struct dsfit_training training;
	struct dsfit_model model;
	struct dsfit_rank own;
	uint64_t pictures;

	memset(out, 0, sizeof(*out));
	if (!rank->tower)
		return;
	pictures = dsfit_mul(dsfit_training_sequences(rank->training), rank->training->images);
	dsfit_tower_set_tokens(&tower, rank->training->image_tokens);
	make_model(&tower, rank->model->shape.hidden, &model);
	make_training(rank, &tower, &training);
	make_rank(rank, &tower, &model, &training, &own);
	dsfit_activations_follow(&own, &acts);
	out->input = dsfit_mul(dsfit_mul(pictures, tower.numbers), rank->width.activation);
	out->backward = reaches_tower(rank);
	out->forward = dsfit_sub(acts.forward, out->input);
	out->blocks = own.blocks;
	if (out->backward) {
		out->held = dsfit_sub(acts.held, out->input);
		out->ends = dsfit_sub(acts.ends, out->input);
		out->layer_kept = acts.layer_kept;
		out->layer_backward = acts.layer_backward;
	}
	/* What a block puts out, for each of them, and what those keep that run for nothing. */
	if (tower.unused)
		out->beside = dsfit_mul(dsfit_mul(out->backward ? tower.unused :
						  own.blocks + tower.unused, own.tokens),
					dsfit_mul(tower.hidden, rank->width.activation));
	if (out->backward)
		out->beside = dsfit_add(out->beside, dsfit_mul(tower.unused, acts.layer_kept));
	add_projector(rank, &tower, pictures, out);
	out->beside = dsfit_add(out->beside, out->at_loss);
}
