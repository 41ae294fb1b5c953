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
		return !dsfit_training_freezes(t, DSFIT_FROZEN_VISION);
	return dsfit_lora_of_tower(rank->model, t);
}

/* The same of what connects tower and text: PEFT's all-linear takes its linears too. */
static bool trains_projector(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;

	if (t->method == DSFIT_METHOD_FULL)
		return !dsfit_training_freezes(t, DSFIT_FROZEN_PROJECTOR);
	return t->lora_targets == DSFIT_LORA_ALL_LINEAR && trains_tower(rank);
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

bool dsfit_pictures_reached(const struct dsfit_rank *rank)
{
	return rank->tower && (reaches_tower(rank) || trains_projector(rank));
}

/* The training as the tower's blocks see it. Adapters of a list are those on queries and values;
 * their dropout and norms are left out. */
static void make_training(const struct dsfit_rank *rank, const struct dsfit_tower *tower,
			  struct dsfit_training *out)
{
	*out = *rank->training;
	out->sequence = tower->patches / dsfit_max(1, tower->tiles);
	out->task = DSFIT_TASK_AS_MODEL;
	out->frozen = DSFIT_FROZEN_NONE;
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
	out->reached = false;
	out->footprint = rank->tower;
	out->blocks = dsfit_max(1, tower->layers);
	out->tokens = dsfit_max(1, dsfit_mul(pictures, tower->patches));
	out->whole.matrix = dsfit_mul(tower->hidden, tower->ffn);
	memset(&out->adapted, 0, sizeof(out->adapted));
}

/*
 * Bytes per token of the text that a projector keeps. `w` is the text's width, `patches` how many
 * become a token. One that is not trained keeps what its activation function and its norm need for
 * the tower's gradient, but no inputs of matrices.
 */
static double projector_keeps(const struct dsfit_tower *tower, bool trained, double w,
			      double patches)
{
	double h = (double)tower->hidden, mergers = (double)tower->mergers;
	double inputs = trained ? 2 : 0;

	switch (tower->projector) {
	case DSFIT_PROJECTOR_LINEAR:
		return inputs * h;
	case DSFIT_PROJECTOR_NORM:
		/* A copy in the order of pooling; the norm in fp32. */
		return 2 * h * patches + (trained ? 10 : 4) * h + 4;
	case DSFIT_PROJECTOR_UNFOLD:
		/* The norm's fp32 copy and its result, and the same unfolded; then merged. */
		return ((4 + 2 * inputs) * h + 4) * patches + inputs * h + (2 + inputs) * w;
	case DSFIT_PROJECTOR_WIDE:
		return (2 + inputs) * h * patches + (2 + inputs) * w;
	case DSFIT_PROJECTOR_SHUFFLE:
		return inputs * h * patches;
	case DSFIT_PROJECTOR_MERGER:
		/* The last one is the tower's. The others have a norm over merged patches. */
		return mergers * ((2 + 2 * inputs) * h * patches + 8);
	default:
		return inputs * h + (2 + inputs) * w;
	}
}

/* What a tower keeps beside its blocks and its angles: of Qwen's, that is the last merger's. */
static uint64_t merger_keeps(const struct dsfit_rank *tower, const struct dsfit_activations *acts)
{
	uint64_t blocks = dsfit_mul(acts->layer_kept, tower->blocks);

	return dsfit_sub(dsfit_sub(acts->held, blocks), acts->ends);
}

/* Where that one is trained behind a frozen tower, it keeps as much as with a trained one. */
static void train_merger(const struct dsfit_rank *tower, const struct dsfit_activations *acts,
			 struct dsfit_pictures *out)
{
	struct dsfit_training training = *tower->training;
	struct dsfit_rank rank = *tower;
	struct dsfit_activations trained;

	training.method = DSFIT_METHOD_FULL;
	rank.training = &training;
	dsfit_activations_follow(&rank, &trained);
	if (out->backward)
		out->held = dsfit_sub(out->held, merger_keeps(tower, acts));
	out->held = dsfit_add(out->held, merger_keeps(&rank, &trained));
}

static bool frozen_embedding(const struct dsfit_training *t)
{
	if (t->method == DSFIT_METHOD_FULL)
		return dsfit_training_freezes(t, DSFIT_FROZEN_LANGUAGE) &&
		       t->frozen != DSFIT_FROZEN_ALL_BUT_EMBED;
	return !(t->modules_to_save & DSFIT_PART_EMBEDDING);
}

/* What connects tower and text. */
static void add_projector(const struct dsfit_rank *rank, const struct dsfit_tower *tower,
			  uint64_t pictures, struct dsfit_pictures *out)
{
	double w = (double)rank->model->shape.hidden;
	double wide = rank->width.activation > 2 ? 2 : 1;
	uint64_t tokens = dsfit_mul(pictures, tower->tokens);
	double patches = (double)tower->patches / (double)dsfit_max(1, tower->tokens);

	if (rank->reached)
		out->held = dsfit_add(out->held, dsfit_scale(tokens, wide *
					projector_keeps(tower, trains_projector(rank), w,
							patches)));
	/* The features themselves are among what the model puts out. */
	out->at_loss = dsfit_scale(tokens, wide * 2 * w);
	/* The gradient of inputs_embeds, the same without the pictures' (masked_fill()), theirs. */
	out->input_gradient = dsfit_scale(rank->tokens, wide * 2 * w);
	out->scattered = dsfit_add(dsfit_mul(2, out->input_gradient), out->at_loss);
	/* With checkpoints a frozen embedding's output wants a gradient, which keeps it beside the
	 * same with pictures in it. */
	if (frozen_embedding(rank->training) &&
	    rank->training->checkpointing == DSFIT_CHECKPOINTING_FULL)
		out->held = dsfit_add(out->held, out->input_gradient);
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
	if (trains_projector(rank) && !trains_tower(rank) &&
	    tower.projector == DSFIT_PROJECTOR_MERGER)
		train_merger(&own, &acts, out);
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
