/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SUBSTITUTE_H
#define DSFIT_SCRIPT_SUBSTITUTE_H

#include "core/script/cells.h"

/*
 * Regular expressions over cells, as sed and perl have them, and what s/// makes of a line. A
 * value that is put in keeps the line where it was written.
 *
 * Not understood, so that the caller says «unknown»: alternatives, counts in braces, a group that
 * is repeated, what refers back inside of an expression, and repetitions that are not greedy.
 */

#define DSFIT_PATTERN_PARTS 64
#define DSFIT_PATTERN_GROUPS 10

enum dsfit_dialect { DSFIT_BASIC, DSFIT_EXTENDED, DSFIT_PERL };

struct dsfit_pattern_part {
	enum { DSFIT_PART_CHAR, DSFIT_PART_ANY, DSFIT_PART_SET, DSFIT_PART_BEGIN, DSFIT_PART_END,
	       DSFIT_PART_OPEN, DSFIT_PART_CLOSE } kind;
	char c;				/* CHAR; OPEN, CLOSE: the group's number */
	bool negated, optional, repeated;
	struct dsfit_span members;	/* of a SET: what is between [ and ] */
};

struct dsfit_expression {
	struct dsfit_pattern_part part[DSFIT_PATTERN_PARTS];
	size_t count;
	unsigned groups;
	bool ignores_case;
};

/* In the arena; it points into `text`. NULL: it is not understood. */
struct dsfit_expression *dsfit_expression_parse(struct dsfit_arena *arena, struct dsfit_span text,
						enum dsfit_dialect dialect);

/* The first match in what is left of a line, which then begins behind it. Returns false: none. */
bool dsfit_expression_next(struct dsfit_arena *arena, const struct dsfit_expression *expression,
			   struct dsfit_span *rest, struct dsfit_span *match);

/* Whether it is found in a line. */
bool dsfit_expression_found(struct dsfit_arena *arena, const struct dsfit_expression *expression,
			    struct dsfit_span line);

/*
 * The line with its first match replaced, or with all of them. `by` is as it is written between the
 * second and the third slash. Returns false if `by` is not understood.
 */
bool dsfit_substitute(struct dsfit_arena *arena, const struct dsfit_expression *expression,
		      struct dsfit_span by, enum dsfit_dialect dialect, bool all,
		      struct dsfit_span line, struct dsfit_cells *out);

#endif
