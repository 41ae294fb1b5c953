/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TOWER_H
#define DSFIT_TOWER_H

#include <stdint.h>

#include "core/base/names.h"
#include "core/model/shape.h"

/*
 * A vision tower as far as its activations go: how many blocks work on how many patches, and how
 * many tokens of the text a picture becomes. Its parameters are among the model's counts. All
 * members are 0 for a model without vision, or with a tower that no family describes.
 */
struct dsfit_tower {
	char family[DSFIT_NAME_MAX];	/* of blocks; families.conf has their footprint */
	enum dsfit_projector projector;
	unsigned any_size;		/* 1: a picture's size decides how many patches it has */
	/* 1: with checkpoints transformers asks for a gradient of the tower's first output, so that
	 * it reaches a frozen tower. Not set by dsfit_tower_describe(). */
	unsigned input_gradient;
	unsigned unused;		/* layers that run, and nothing needs their output */
	uint64_t layers;		/* whose output goes into the text, or into one that does */
	uint64_t hidden, heads, ffn;
	uint64_t mergers;		/* beside the last one */
	uint64_t tiles;			/* of a picture, which the tower sees one by one */
	uint64_t idle;			/* parameters that nothing of the text depends on */
	/* Of one picture: positions of the blocks, the tokens of the text that it becomes, and the
	 * numbers that it is given as, colour by colour. */
	uint64_t patches, tokens, numbers;
};

/* The largest number of a picture that a tower may have: of a side of 65536 pixels. */
#define DSFIT_PICTURE_MAX (UINT64_C(3) << 32)

/*
 * Fill in *out from a tower's complete shape, the name of its family, and how many of its last
 * blocks are unused. Pictures have the size that the shape says. A tower that takes them of any
 * size gets those of 28 x 28 x 1280 pixels, which are the most that transformers'
 * Qwen2VLImageProcessor leaves by default.
 */
void dsfit_tower_describe(const char *family, const struct dsfit_shape *shape, uint64_t unused,
			  struct dsfit_tower *out);

/*
 * Have a picture cut into so many rows and columns of tiles, which the tower sees beside the whole
 * picture, as LLaVA-NeXT does. *tower is described for one tile. What it makes of the tiles becomes
 * tokens of at most `most` tiles, and one token more for each row of patches.
 */
void dsfit_tower_set_tiles(struct dsfit_tower *tower, uint64_t rows, uint64_t columns,
			   uint64_t most);

/* Set how many tokens of the text a picture becomes. More or fewer tokens are more or fewer
 * patches, whole tiles of them. Nothing happens where one of the two numbers is 0. */
void dsfit_tower_set_tokens(struct dsfit_tower *tower, uint64_t tokens);

#endif
