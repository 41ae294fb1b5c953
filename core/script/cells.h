/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_CELLS_H
#define DSFIT_SCRIPT_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text in which each character knows where it was written, so that a value can say its line after
 * it went through variables, strings and other scripts.
 */

enum {
	DSFIT_CELL_QUOTED = 1,	/* by quotes or a backslash */
	DSFIT_CELL_UNKNOWN = 2,	/* stands for what is not known; the text is how it was written */
	DSFIT_CELL_UNSET = 4,	/* likewise: a variable that nothing sets */
	DSFIT_CELL_UNSURE = 8,	/* only one of several ways leads here */
	DSFIT_CELL_EDIT = 16,	/* no text: what jq or yq has changed of it (core/script/query.h) */
};

struct dsfit_cell {
	uint32_t from;		/* file * 2^20 + line */
	char c;
	uint8_t flags;
};

/* Cells [begin, end) of a text that stays where it is. */
struct dsfit_span {
	const struct dsfit_cell *begin, *end;
};

/*
 * Memory and work of one reading. Both end somewhere, whatever the script says: what then asks for
 * more gets nothing, and `stopped` stays true. All memory is freed at once.
 */
struct dsfit_arena {
	struct dsfit_arena_block *blocks;
	size_t used;		/* of the newest block */
	size_t left;		/* bytes that may still be taken */
	uint64_t work;		/* steps that are left, about a cell each */
	uint64_t granted;	/* that it began with */
	bool stopped;
	bool no_memory;			/* that is why */
};

struct dsfit_cells {
	struct dsfit_cell *at;
	size_t count, room;
};

/* A list of words. */
struct dsfit_words {
	struct dsfit_cells *at;
	size_t count, room;
};

#define DSFIT_FROM(file, line) ((uint32_t)(file) << 20 | ((line) < (1u << 20) ? (line) : 0))
#define DSFIT_FROM_FILE(from) ((from) >> 20)
#define DSFIT_FROM_LINE(from) ((from) & ((1u << 20) - 1))

void dsfit_arena_start(struct dsfit_arena *arena, size_t bytes, uint64_t work);
void dsfit_arena_end(struct dsfit_arena *arena);
/* Zeroed memory, or NULL when there is no more. */
void *dsfit_arena_take(struct dsfit_arena *arena, size_t size);
/* Spend work. Returns whether there was enough. */
bool dsfit_arena_work(struct dsfit_arena *arena, uint64_t steps);
/* A copy with a terminator. */
char *dsfit_arena_copy(struct dsfit_arena *arena, const char *text, size_t length);

/* Each does nothing when the arena has stopped. */
void dsfit_cells_add(struct dsfit_arena *arena, struct dsfit_cells *cells, struct dsfit_cell cell);
void dsfit_cells_add_span(struct dsfit_arena *arena, struct dsfit_cells *cells,
			  struct dsfit_span span);
/* The text, all written at `from`. */
void dsfit_cells_add_text(struct dsfit_arena *arena, struct dsfit_cells *cells, const char *text,
			  uint32_t from, unsigned flags);
/* A file's text: line 1 is its first. */
void dsfit_cells_add_file(struct dsfit_arena *arena, struct dsfit_cells *cells, const char *text,
			  size_t length, unsigned file);
void dsfit_words_add(struct dsfit_arena *arena, struct dsfit_words *words,
		     struct dsfit_cells word);

/* Never null pointers: a text that is empty has none of its own. */
struct dsfit_span dsfit_span_of(const struct dsfit_cells *cells);
/* The i-th word; an empty one if there are fewer. */
struct dsfit_span dsfit_words_at(const struct dsfit_words *words, size_t i);
static inline size_t dsfit_span_length(struct dsfit_span span)
{
	return (size_t)(span.end - span.begin);
}
bool dsfit_span_same(struct dsfit_span span, const char *text);
/* The same; of most words that are asked for, the first character tells. */
static inline bool dsfit_span_is(struct dsfit_span span, const char *text)
{
	return span.begin < span.end ? span.begin->c == *text && dsfit_span_same(span, text) :
	       !*text;
}
/* Whether it is one of these; the list ends with NULL. */
bool dsfit_span_is_any(struct dsfit_span span, const char *const *texts);
bool dsfit_span_begins(struct dsfit_span span, const char *with);
/* Whether a file's name has one of these endings behind something; the list ends with NULL. */
bool dsfit_span_ends_any(struct dsfit_span span, const char *const *endings);
/* Without the blanks and line ends at both ends. */
struct dsfit_span dsfit_span_trimmed(struct dsfit_span span);
/* Whether one of its cells has one of the flags. */
bool dsfit_span_has(struct dsfit_span span, unsigned flags);
/* Whether all that it says is variables which nothing sets; an empty one is not. */
bool dsfit_span_unset(struct dsfit_span span);
/* As a string, in the arena; "" when there is no memory. */
const char *dsfit_span_text(struct dsfit_arena *arena, struct dsfit_span span);
/* A whole number, known in all its digits. Returns whether it is one. */
bool dsfit_span_number(struct dsfit_span span, int64_t *out);
/* Where it was written; 0 for an empty one. */
uint32_t dsfit_span_from(struct dsfit_span span);

#endif
