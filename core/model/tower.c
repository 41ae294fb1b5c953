/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/tower.h"

#include <math.h>
#include <stdio.h>

#include "core/base/size.h"

/* max_pixels of Qwen2VLImageProcessor. */
#define PIXELS_MOST (UINT64_C(28) * 28 * 1280)

/* More tiles of one picture than any model has. */
#define DSFIT_TILES_MAX UINT64_C(65536)

/* Tokens of the text for so many patches of the shape. */
static uint64_t tokens_of(const struct dsfit_shape *s, uint64_t patches)
{
	uint64_t merged = dsfit_max(1, dsfit_mul(s->merge, s->merge));

	/* Gemma 3 pools what a picture has to 256 (mm_tokens_per_image), whatever its size. */
	if (s->traits.projector == DSFIT_PROJECTOR_NORM)
		return dsfit_min(patches, 256);
	return dsfit_max(1, patches / merged);
}

/* Parameters of so many unused blocks, and of what summarises a picture: siglip's head, which is a
 * block and a query, and the norm of CLIP's class token. */
static uint64_t idle_parameters(const struct dsfit_shape *s, uint64_t unused)
{
	uint64_t h = s->hidden, blocks = unused + s->traits.pooling_head, matrices;

	matrices = dsfit_add(dsfit_mul(4 * h, h), dsfit_mul(s->gated ? 3 * h : 2 * h, s->ffn));
	matrices = dsfit_mul(blocks, dsfit_add(matrices, 9 * h + s->ffn));
	return dsfit_add(matrices, s->traits.class_token && s->traits.final_norm ? 2 * h : 0);
}

void dsfit_tower_describe(const char *family, const struct dsfit_shape *s, uint64_t unused,
			  struct dsfit_tower *out)
{
	uint64_t area = dsfit_max(1, dsfit_mul(s->patch, s->patch)), side;

	unused = dsfit_min(dsfit_min(unused, 65536), dsfit_sub(s->layers, 1));
	*out = (struct dsfit_tower){ .projector = s->traits.projector,
				     .unused = (unsigned)unused,
				     .layers = s->layers - unused, .hidden = s->hidden,
				     .heads = s->heads, .ffn = s->ffn,
				     .mergers = s->mergers, .tiles = 1,
				     .idle = idle_parameters(s, unused) };
	snprintf(out->family, sizeof(out->family), "%s", family);
	out->any_size = s->traits.projector == DSFIT_PROJECTOR_MERGER;
	side = s->image / dsfit_max(1, s->patch);
	if (out->any_size) {
		out->tokens = tokens_of(s, PIXELS_MOST / area);
		out->patches = dsfit_mul(out->tokens, dsfit_max(1, s->merge * s->merge));
	} else {
		out->patches = dsfit_mul(side, side);
		out->tokens = tokens_of(s, out->patches);
	}
	out->numbers = dsfit_mul(dsfit_mul(out->patches, area),
				 dsfit_mul(dsfit_max(1, s->channels), dsfit_max(1, s->frames)));
	out->numbers = dsfit_min(out->numbers, DSFIT_PICTURE_MAX);
	if (!out->any_size && s->traits.class_token)
		out->patches++;
}

void dsfit_tower_set_tiles(struct dsfit_tower *tower, uint64_t rows, uint64_t columns,
			   uint64_t most)
{
	uint64_t tiles = dsfit_mul(rows, columns), one = tower->tokens, side = 1;
	double share = 1;

	while ((side + 1) * (side + 1) <= one)
		side++;
	/* More patches than that are put together by interpolation, in both directions alike. */
	if (tiles > most)
		share = (double)most / (double)tiles;
	tower->tokens = dsfit_add(dsfit_scale(dsfit_mul(tiles, one), share), one);
	tower->tokens = dsfit_add(tower->tokens,
				  dsfit_scale(dsfit_mul(rows, side), sqrt(share)));
	tower->tiles = dsfit_min(dsfit_add(tiles, 1), DSFIT_TILES_MAX);
	tower->patches = dsfit_min(dsfit_mul(tower->patches, tower->tiles), DSFIT_PICTURE_MAX);
	tower->numbers = dsfit_min(dsfit_mul(tower->numbers, tower->tiles), DSFIT_PICTURE_MAX);
}

/* How many times as many patches a picture has that becomes so many tokens. */
static double times_as_many(struct dsfit_tower *tower, uint64_t tokens)
{
	uint64_t one = dsfit_max(1, tower->patches / dsfit_max(1, tower->tiles)), tiles;

	if (tower->tiles <= 1)
		return (double)tokens / (double)tower->tokens;
	tiles = dsfit_max(1, dsfit_min(tower->tiles, dsfit_add(tokens, one / 2) / one));
	return (double)tiles / (double)tower->tiles;
}

void dsfit_tower_set_tokens(struct dsfit_tower *tower, uint64_t tokens)
{
	double times;

	if (!tokens || !tower->tokens)
		return;
	times = times_as_many(tower, tokens);
	tower->patches = dsfit_scale(tower->patches, times);
	tower->numbers = dsfit_min(dsfit_scale(tower->numbers, times), DSFIT_PICTURE_MAX);
	if (tower->tiles > 1)
		tower->tiles = dsfit_scale(tower->tiles, times);
	tower->tokens = tokens;
}
