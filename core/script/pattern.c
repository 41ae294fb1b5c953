/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/pattern.h"

static bool is_special(const struct dsfit_cell *c, char special)
{
	return c->c == special && !(c->flags & DSFIT_CELL_QUOTED);
}

/* The end of the set that begins at `at`, or NULL: then [ means itself. */
static const struct dsfit_cell *set_end(const struct dsfit_cell *at, const struct dsfit_cell *end)
{
	const struct dsfit_cell *c = at + 1;

	if (c < end && (c->c == '!' || c->c == '^'))
		c++;
	for (c += c < end; c < end && c - at < 64; c++)
		if (c->c == ']')
			return c;
	return NULL;
}

static bool in_set(const struct dsfit_cell *at, const struct dsfit_cell *end, char c)
{
	bool inverted = at[1].c == '!' || at[1].c == '^', found = false;

	for (at += 1 + inverted; at < end; at++) {
		if (end - at > 2 && at[1].c == '-') {
			found |= c >= at[0].c && c <= at[2].c;
			at += 2;
		} else {
			found |= c == at->c;
		}
	}
	return found != inverted;
}

/* One character against one item of the pattern. Returns the item's end, or NULL. */
static const struct dsfit_cell *one(const struct dsfit_cell *p, const struct dsfit_cell *end,
				    const struct dsfit_cell *text)
{
	const struct dsfit_cell *close = is_special(p, '[') ? set_end(p, end) : NULL;

	if (is_special(p, '?'))
		return p + 1;
	if (close)
		return in_set(p, close, text->c) ? close + 1 : NULL;
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
			next = one(p, pattern.end, t);
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

ptrdiff_t dsfit_pattern_part(struct dsfit_arena *arena, struct dsfit_span pattern,
			     struct dsfit_span text, bool at_end, bool longest)
{
	ptrdiff_t length = text.end - text.begin;

	for (ptrdiff_t i = 0; i <= length && !arena->stopped; i++) {
		ptrdiff_t part = longest ? length - i : i;
		struct dsfit_span tried = { at_end ? text.end - part : text.begin,
					    at_end ? text.end : text.begin + part };

		if (dsfit_pattern_matches(arena, pattern, tried))
			return part;
	}
	return -1;
}
