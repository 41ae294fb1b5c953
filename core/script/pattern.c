/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/pattern.h"

#include <ctype.h>

static bool is_special(const struct dsfit_cell *c, char special)
{
	return c->c == special && !(c->flags & DSFIT_CELL_QUOTED);
}

/* The longest set: one that does not end costs no more. */
#define SET_MAX 128

/* ---- sets of characters --------------------------------------------------------------------- */

/* Behind the name of a class that begins at `at`, as [:digit:] does, or NULL. */
static const struct dsfit_cell *class_end(const struct dsfit_cell *at, const struct dsfit_cell *end)
{
	if (end - at < 4 || at[0].c != '[' || at[1].c != ':')
		return NULL;
	for (const struct dsfit_cell *c = at + 2; end - c > 1 && islower((unsigned char)c->c); c++)
		if (c[1].c == ':')
			return end - c > 2 && c[2].c == ']' ? c + 3 : NULL;
	return NULL;
}

const struct dsfit_cell *dsfit_set_end(const struct dsfit_cell *at, const struct dsfit_cell *end)
{
	const struct dsfit_cell *first = at;

	if (end - at > SET_MAX)
		end = at + SET_MAX;
	while (at < end && (at->c != ']' || at == first)) {
		const struct dsfit_cell *behind = class_end(at, end);

		at = behind ? behind : at + 1;
	}
	return at < end ? at : NULL;
}

static bool in_class(struct dsfit_span name, char c)
{
	static const struct {
		const char *name;
		int (*has)(int c);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
		{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
		{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (dsfit_span_is(name, classes[i].name))
			return classes[i].has((unsigned char)c);
	return false;
}

bool dsfit_set_has(struct dsfit_arena *arena, struct dsfit_span members, char c)
{
	if (!dsfit_arena_work(arena, dsfit_span_length(members)))
		return false;
	for (const struct dsfit_cell *at = members.begin; at < members.end; at++) {
		const struct dsfit_cell *behind = class_end(at, members.end);
		bool range = members.end - at > 2 && at[1].c == '-';

		if (behind ? in_class((struct dsfit_span){ at + 2, behind - 2 }, c) :
		    range ? c >= at->c && c <= at[2].c : c == at->c)
			return true;
		at = behind ? behind - 1 : range ? at + 2 : at;
	}
	return false;
}

/* ---- patterns ------------------------------------------------------------------------------- */

/* What follows the [ at `at`, and what inverts it. */
static const struct dsfit_cell *members_of(const struct dsfit_cell *at,
					   const struct dsfit_cell *end)
{
	return at + 1 + (end - at > 1 && (at[1].c == '!' || at[1].c == '^'));
}

/* One set against a character. Returns the set's end, or NULL; then *is_set says if it is one. */
static const struct dsfit_cell *one_set(struct dsfit_arena *arena, const struct dsfit_cell *at,
					const struct dsfit_cell *end, char c, bool *is_set)
{
	const struct dsfit_cell *members = members_of(at, end);
	const struct dsfit_cell *close = dsfit_set_end(members, end);
	bool inverted = members > at + 1;

	*is_set = close;
	/* One that does not end has been looked through, too. */
	if (!close)
		dsfit_arena_work(arena, SET_MAX);
	return close && dsfit_set_has(arena, (struct dsfit_span){ members, close }, c) != inverted ?
	       close + 1 : NULL;
}

/* One character against one item of the pattern. Returns the item's end, or NULL. */
static const struct dsfit_cell *one(struct dsfit_arena *arena, const struct dsfit_cell *p,
				    const struct dsfit_cell *end, const struct dsfit_cell *text)
{
	bool is_set = false;
	const struct dsfit_cell *close = NULL;

	if (is_special(p, '['))
		close = one_set(arena, p, end, text->c, &is_set);
	if (is_special(p, '?'))
		return p + 1;
	if (is_set)
		return close;
	return p->c == text->c ? p + 1 : NULL;
}

bool dsfit_pattern_matches(struct dsfit_arena *arena, struct dsfit_span pattern,
			   struct dsfit_span text)
{
	/* Where to go on when what follows the last * fails: one character later. */
	const struct dsfit_cell *star = NULL, *again = NULL;
	const struct dsfit_cell *p = pattern.begin, *t = text.begin;

	while (t < text.end && dsfit_arena_work(arena, 1)) {
		const struct dsfit_cell *next = NULL;

		if (p < pattern.end && is_special(p, '*')) {
			star = ++p;
			again = t;
			continue;
		}
		if (p < pattern.end)
			next = one(arena, p, pattern.end, t);
		if (next) {
			p = next;
			t++;
		} else if (star) {
			p = star;
			t = ++again;
		} else {
			return false;
		}
	}
	while (p < pattern.end && is_special(p, '*'))
		p++;
	return p == pattern.end && t == text.end;
}

/*
 * How many characters a text of the pattern has, or -1 if a * leaves that open. Without one, a
 * single length is tried at each place of "${x//word/}", and not every one up to the text's end.
 */
static ptrdiff_t length_of(struct dsfit_arena *arena, struct dsfit_span pattern)
{
	ptrdiff_t length = 0;

	for (const struct dsfit_cell *p = pattern.begin; p < pattern.end; p++, length++) {
		const struct dsfit_cell *close;

		if (is_special(p, '*'))
			return -1;
		if (!is_special(p, '['))
			continue;
		close = dsfit_set_end(members_of(p, pattern.end), pattern.end);
		if (!dsfit_arena_work(arena, close ? (uint64_t)(close - p) : SET_MAX))
			break;
		p = close ? close : p;
	}
	return length;
}

ptrdiff_t dsfit_pattern_part(struct dsfit_arena *arena, struct dsfit_span pattern,
			     struct dsfit_span text, bool at_end, bool longest)
{
	ptrdiff_t length = text.end - text.begin, shortest = 0, only;

	if (!dsfit_arena_work(arena, dsfit_span_length(pattern)))
		return -1;
	only = length_of(arena, pattern);
	if (only > length)
		return -1;
	if (only >= 0)
		shortest = length = only;
	for (ptrdiff_t i = 0; i <= length - shortest && !arena->stopped; i++) {
		ptrdiff_t part = longest ? length - i : shortest + i;
		struct dsfit_span tried = { at_end ? text.end - part : text.begin,
					    at_end ? text.end : text.begin + part };

		if (dsfit_pattern_matches(arena, pattern, tried))
			return part;
	}
	return -1;
}
