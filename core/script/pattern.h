/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_PATTERN_H
#define DSFIT_SCRIPT_PATTERN_H

#include "core/script/cells.h"

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
