/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/cells.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)64 << 10)
#define WORD_WORK 6

struct dsfit_arena_block {
	struct dsfit_arena_block *older;
	size_t size;
	max_align_t memory[];
};

/* ---- memory and work ------------------------------------------------------------------------ */

void dsfit_arena_start(struct dsfit_arena *arena, size_t bytes, uint64_t work)
{
	*arena = (struct dsfit_arena){ .left = bytes, .work = work, .granted = work };
}

void dsfit_arena_end(struct dsfit_arena *arena)
{
	while (arena->blocks) {
		struct dsfit_arena_block *older = arena->blocks->older;

		free(arena->blocks);
		arena->blocks = older;
	}
}

static struct dsfit_arena_block *grow(struct dsfit_arena *arena, size_t size)
{
	struct dsfit_arena_block *block;
	size_t room = size > BLOCK ? size : BLOCK;

	if (size > arena->left)
		return NULL;
	block = malloc(sizeof(*block) + room);
	if (!block) {
		arena->no_memory = true;
		return NULL;
	}
	block->older = arena->blocks;
	block->size = room;
	arena->blocks = block;
	arena->used = 0;
	arena->left -= room < arena->left ? room : arena->left;
	return block;
}

/* As it is: most of it is written over at once, or never used. */
static void *take_raw(struct dsfit_arena *arena, size_t size)
{
	struct dsfit_arena_block *block = arena->blocks;
	char *memory;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!block || block->size - arena->used < size)
		block = grow(arena, size);
	if (!block) {
		arena->stopped = true;
		return NULL;
	}
	memory = (char *)block->memory + arena->used;
	arena->used += size;
	return memory;
}

void *dsfit_arena_take(struct dsfit_arena *arena, size_t size)
{
	void *memory = take_raw(arena, size);

	return memory ? memset(memory, 0, size) : NULL;
}

bool dsfit_arena_work(struct dsfit_arena *arena, uint64_t steps)
{
	if (arena->stopped || steps > arena->work) {
		arena->stopped = true;
		return false;
	}
	arena->work -= steps;
	return true;
}

char *dsfit_arena_copy(struct dsfit_arena *arena, const char *text, size_t length)
{
	char *copy = take_raw(arena, length + 1);

	if (copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}

/* ---- cells ---------------------------------------------------------------------------------- */

static bool reserve(struct dsfit_arena *arena, struct dsfit_cells *cells, size_t more)
{
	size_t room = cells->room ? cells->room : 16;
	struct dsfit_cell *at;

	if (!dsfit_arena_work(arena, more))
		return false;
	if (cells->room - cells->count >= more)
		return true;
	while (room - cells->count < more)
		room *= 2;
	at = take_raw(arena, room * sizeof(*at));
	if (!at)
		return false;
	if (cells->count)
		memcpy(at, cells->at, cells->count * sizeof(*at));
	cells->at = at;
	cells->room = room;
	return true;
}

void dsfit_cells_add(struct dsfit_arena *arena, struct dsfit_cells *cells, struct dsfit_cell cell)
{
	if (reserve(arena, cells, 1))
		cells->at[cells->count++] = cell;
}

void dsfit_cells_add_span(struct dsfit_arena *arena, struct dsfit_cells *cells,
			  struct dsfit_span span)
{
	size_t length = dsfit_span_length(span);

	if (!length || !reserve(arena, cells, length))
		return;
	memcpy(cells->at + cells->count, span.begin, length * sizeof(*span.begin));
	cells->count += length;
}

void dsfit_cells_add_text(struct dsfit_arena *arena, struct dsfit_cells *cells, const char *text,
			  uint32_t from, unsigned flags)
{
	size_t length = strlen(text);
	struct dsfit_cell *to;

	if (!length || !reserve(arena, cells, length))
		return;
	to = cells->at + cells->count;
	cells->count += length;
	for (; *text; text++)
		*to++ = (struct dsfit_cell){ .from = from, .c = *text, .flags = (uint8_t)flags };
}

void dsfit_cells_add_file(struct dsfit_arena *arena, struct dsfit_cells *cells, const char *text,
			  size_t length, unsigned file)
{
	const char *end = text + length;
	struct dsfit_cell *to;

	if (!length || !reserve(arena, cells, length))
		return;
	to = cells->at + cells->count;
	for (unsigned line = 1; text < end; line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		const uint32_t from = DSFIT_FROM(file, line);

		/* Scripts that were written elsewhere end their lines with \r\n. */
		stop -= newline && stop > text && stop[-1] == '\r';
		for (; text < stop; text++)
			*to++ = (struct dsfit_cell){ .from = from, .c = *text ? *text : ' ' };
		if (newline)
			*to++ = (struct dsfit_cell){ .from = from, .c = '\n' };
		text = newline ? newline + 1 : end;
	}
	cells->count = (size_t)(to - cells->at);
}

void dsfit_words_add(struct dsfit_arena *arena, struct dsfit_words *words, struct dsfit_cells word)
{
	if (!dsfit_arena_work(arena, WORD_WORK))
		return;
	if (words->count == words->room) {
		size_t room = words->room ? words->room * 2 : 8;
		struct dsfit_cells *at = take_raw(arena, room * sizeof(*at));

		if (!at)
			return;
		if (words->count)
			memcpy(at, words->at, words->count * sizeof(*at));
		words->at = at;
		words->room = room;
	}
	words->at[words->count++] = word;
}

/* ---- spans ---------------------------------------------------------------------------------- */

/* C forbids to reckon with null pointers, even to add 0. */
static const struct dsfit_cell nothing;

struct dsfit_span dsfit_span_of(const struct dsfit_cells *cells)
{
	if (!cells->at)
		return (struct dsfit_span){ &nothing, &nothing };
	return (struct dsfit_span){ cells->at, cells->at + cells->count };
}

struct dsfit_span dsfit_words_at(const struct dsfit_words *words, size_t i)
{
	static const struct dsfit_cells none;

	return dsfit_span_of(i < words->count ? &words->at[i] : &none);
}

bool dsfit_span_same(struct dsfit_span span, const char *text)
{
	for (; span.begin < span.end; span.begin++, text++)
		if (span.begin->c != *text || !*text)
			return false;
	return !*text;
}

bool dsfit_span_is_any(struct dsfit_span span, const char *const *texts)
{
	for (; *texts; texts++)
		if (dsfit_span_is(span, *texts))
			return true;
	return false;
}

bool dsfit_span_begins(struct dsfit_span span, const char *with)
{
	size_t length = strlen(with);

	if (dsfit_span_length(span) < length)
		return false;
	span.end = span.begin + length;
	return dsfit_span_is(span, with);
}

bool dsfit_span_ends_any(struct dsfit_span span, const char *const *endings)
{
	for (; *endings; endings++) {
		size_t length = strlen(*endings);

		if (dsfit_span_length(span) > length &&
		    dsfit_span_is((struct dsfit_span){ span.end - length, span.end }, *endings))
			return true;
	}
	return false;
}

struct dsfit_span dsfit_span_trimmed(struct dsfit_span span)
{
	while (span.begin < span.end && isspace((unsigned char)span.begin->c))
		span.begin++;
	while (span.begin < span.end && isspace((unsigned char)span.end[-1].c))
		span.end--;
	return span;
}

bool dsfit_span_has(struct dsfit_span span, unsigned flags)
{
	for (; span.begin < span.end; span.begin++)
		if (span.begin->flags & flags)
			return true;
	return false;
}

bool dsfit_span_unset(struct dsfit_span span)
{
	if (span.begin == span.end)
		return false;
	for (; span.begin < span.end; span.begin++)
		if (!(span.begin->flags & DSFIT_CELL_UNSET))
			return false;
	return true;
}

const char *dsfit_span_text(struct dsfit_arena *arena, struct dsfit_span span)
{
	size_t length = dsfit_span_length(span);
	char *text = dsfit_arena_work(arena, length) ? take_raw(arena, length + 1) : NULL;

	if (!text)
		return "";
	for (size_t i = 0; i < length; i++)
		text[i] = span.begin[i].c;
	text[length] = '\0';
	return text;
}

bool dsfit_span_number(struct dsfit_span span, int64_t *out)
{
	bool minus = span.begin < span.end && span.begin->c == '-';
	int64_t value = 0;

	if (minus)
		span.begin++;
	if (span.begin >= span.end || span.end - span.begin > 17)
		return false;
	for (; span.begin < span.end; span.begin++) {
		if (span.begin->c < '0' || span.begin->c > '9' ||
		    (span.begin->flags & DSFIT_CELL_UNKNOWN))
			return false;
		value = value * 10 + (span.begin->c - '0');
	}
	*out = minus ? -value : value;
	return true;
}

uint32_t dsfit_span_from(struct dsfit_span span)
{
	return span.begin < span.end ? span.begin->from : 0;
}
