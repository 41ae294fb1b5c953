/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_PATTERN_H
#define DSFIT_SCRIPT_PATTERN_H

#include "core/script/cells.h"

/*
 * What is between [ and ], as shells and regular expressions have it: members, ranges, and classes
 * such as [:digit:]. A "]" that comes first is a member. `at` is behind the [ and what inverts it.
 * Returns the "]" that ends the set, or NULL; a set has at most 128 characters.
 */
const struct dsfit_cell *dsfit_set_end(const struct dsfit_cell *at, const struct dsfit_cell *end);
bool dsfit_set_has(struct dsfit_arena *arena, struct dsfit_span members, char c);

/* Whether the whole text is of a shell's pattern (* ? [set]). Quoted cells mean themselves. The
 * time is at most the product of both lengths, and counted as work. */
bool dsfit_pattern_matches(struct dsfit_arena *arena, struct dsfit_span pattern,
			   struct dsfit_span text);

/*
 * How much of the text is of the pattern, at its begin or at its end: the longest or the shortest.
 * Returns -1 if nothing is.
 */
ptrdiff_t dsfit_pattern_part(struct dsfit_arena *arena, struct dsfit_span pattern,
			     struct dsfit_span text, bool at_end, bool longest);

#endif
