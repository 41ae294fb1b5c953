/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An expression is a list of parts, each for one character or for a place between two. A match
 * tries the parts in turn; what is repeated takes as much as it can and gives back one after the
 * other. Every try costs work, so that no expression takes longer than a reading may.
 */
#include "core/script/substitute.h"

#include <ctype.h>
#include <string.h>

#include "core/script/pattern.h"

/* ---- the expression ------------------------------------------------------------------------- */

struct parser {
	struct dsfit_expression *e;
	const struct dsfit_cell *c, *end;
	enum dsfit_dialect dialect;
	unsigned open[DSFIT_PATTERN_GROUPS], depth;
};

static struct dsfit_pattern_part *add(struct parser *p, int kind, char c)
{
	struct dsfit_pattern_part *part = &p->e->part[p->e->count];

	if (p->e->count == DSFIT_PATTERN_PARTS)
		return NULL;
	*part = (struct dsfit_pattern_part){ .kind = kind, .c = c };
	p->e->count++;
	return part;
}

/* A backslash in a set means itself, or in sed's and perl's more: that is not understood. */
static bool is_plain_set(const struct parser *p, struct dsfit_span members)
{
	for (const struct dsfit_cell *c = members.begin; c < members.end; c++)
		if (c->c == '\\' && (p->dialect == DSFIT_PERL || (members.end - c > 1 &&
								  isalpha((unsigned char)c[1].c))))
			return false;
	return true;
}

static bool take_set(struct parser *p)
{
	struct dsfit_pattern_part *part = add(p, DSFIT_PART_SET, '\0');

	if (!part)
		return false;
	part->negated = p->c < p->end && p->c->c == '^';
	p->c += part->negated;
	part->members.begin = p->c;
	part->members.end = dsfit_set_end(p->c, p->end);
	if (!part->members.end)
		return false;
	p->c = part->members.end + 1;
	return is_plain_set(p, part->members);
}

static bool open_group(struct parser *p)
{
	if (p->depth == DSFIT_PATTERN_GROUPS || p->e->groups + 1 == DSFIT_PATTERN_GROUPS)
		return false;
	p->open[p->depth++] = ++p->e->groups;
	return add(p, DSFIT_PART_OPEN, (char)p->e->groups);
}

static bool close_group(struct parser *p)
{
	return p->depth && add(p, DSFIT_PART_CLOSE, (char)p->open[--p->depth]);
}

/* A letter that stands for a kind of character. */
static bool take_kind(struct parser *p, const char *members, bool negated)
{
	static const struct dsfit_cell digits[] = { { .c = '0' }, { .c = '-' }, { .c = '9' } };
	static const struct dsfit_cell blanks[] = { { .c = ' ' }, { .c = '\t' } };
	static const struct dsfit_cell words[] = {
		{ .c = '_' }, { .c = '0' }, { .c = '-' }, { .c = '9' }, { .c = 'a' }, { .c = '-' },
		{ .c = 'z' }, { .c = 'A' }, { .c = '-' }, { .c = 'Z' },
	};
	struct dsfit_pattern_part *part = add(p, DSFIT_PART_SET, '\0');

	if (!part)
		return false;
	part->negated = negated;
	part->members = *members == 'd' ? (struct dsfit_span){ digits, digits + 3 } :
			*members == 's' ? (struct dsfit_span){ blanks, blanks + 2 } :
					  (struct dsfit_span){ words, words + 10 };
	return true;
}

/* The last part may be there many times, or not at all. */
static bool repeat(struct parser *p, bool optional, bool repeated)
{
	struct dsfit_pattern_part *last = p->e->count ? &p->e->part[p->e->count - 1] : NULL;

	if (!last || last->kind > DSFIT_PART_SET || last->optional || last->repeated)
		return false;
	last->optional = optional;
	last->repeated = repeated;
	return true;
}

/* After a backslash. */
static bool take_escape(struct parser *p)
{
	char c = p->c < p->end ? p->c->c : '\0';
	bool basic = p->dialect == DSFIT_BASIC;

	p->c += p->c < p->end;
	if (basic && c == '(')
		return open_group(p);
	if (basic && c == ')')
		return close_group(p);
	if (basic && (c == '+' || c == '?'))
		return repeat(p, c == '?', c == '+');
	if (strchr("sSwW", c) || (p->dialect == DSFIT_PERL && strchr("dD", c)))
		return c && take_kind(p, c == 's' || c == 'S' ? "s" : c == 'd' || c == 'D' ? "d" :
				      "w", isupper((unsigned char)c));
	if (c == 't')
		return add(p, DSFIT_PART_CHAR, '\t');
	return c && !isalnum((unsigned char)c) && !(basic && strchr("{}|<>", c)) &&
	       add(p, DSFIT_PART_CHAR, c);
}

static bool take_one(struct parser *p)
{
	bool basic = p->dialect == DSFIT_BASIC, first = !p->e->count;
	char c = p->c->c;

	if (p->c++->flags & DSFIT_CELL_UNKNOWN)
		return false;
	if (c == '\\')
		return take_escape(p);
	if (c == '[')
		return take_set(p);
	if (c == '.')
		return add(p, DSFIT_PART_ANY, '\0');
	if (c == '^' && first)
		return add(p, DSFIT_PART_BEGIN, '\0');
	if (c == '$' && p->c == p->end)
		return add(p, DSFIT_PART_END, '\0');
	if (c == '*' && !(basic && first))
		return repeat(p, true, true);
	if (basic || !c || !strchr("+?(){}|", c))
		return add(p, DSFIT_PART_CHAR, c);
	if (c == '(')
		return open_group(p);
	if (c == ')')
		return close_group(p);
	return (c == '+' || c == '?') && repeat(p, c == '?', c == '+');
}

struct dsfit_expression *dsfit_expression_parse(struct dsfit_arena *arena, struct dsfit_span text,
						enum dsfit_dialect dialect)
{
	struct parser p = { .e = dsfit_arena_take(arena, sizeof(*p.e)), .c = text.begin,
			    .end = text.end, .dialect = dialect };

	while (p.e && p.c < p.end)
		if (!take_one(&p))
			return NULL;
	return p.e && p.e->count && !p.depth ? p.e : NULL;
}

/* ---- matches -------------------------------------------------------------------------------- */

struct match {
	struct dsfit_arena *arena;
	const struct dsfit_expression *e;
	struct dsfit_span line;
	struct dsfit_span group[DSFIT_PATTERN_GROUPS];	/* [0] is all of it */
};

static char folded(const struct match *m, char c)
{
	return m->e->ignores_case ? (char)tolower((unsigned char)c) : c;
}

static bool is_member(const struct match *m, struct dsfit_span members, char c)
{
	if (!m->e->ignores_case)
		return dsfit_set_has(m->arena, members, c);
	return dsfit_set_has(m->arena, members, (char)tolower((unsigned char)c)) ||
	       dsfit_set_has(m->arena, members, (char)toupper((unsigned char)c));
}

static bool is_one(const struct match *m, const struct dsfit_pattern_part *part,
		   const struct dsfit_cell *c)
{
	if (c >= m->line.end)
		return false;
	if (part->kind == DSFIT_PART_SET)
		return is_member(m, part->members, c->c) != part->negated;
	return part->kind == DSFIT_PART_ANY || folded(m, part->c) == folded(m, c->c);
}

static bool match_from(struct match *m, size_t i, const struct dsfit_cell *c);

/* A part that is optional, repeated or both: as often as it can, then less. */
static bool match_many(struct match *m, size_t i, const struct dsfit_cell *c)
{
	const struct dsfit_pattern_part *part = &m->e->part[i];
	const struct dsfit_cell *end = c;

	while (is_one(m, part, end) && dsfit_arena_work(m->arena, 1) &&
	       (part->repeated || end == c))
		end++;
	if (end == c && !part->optional)
		return false;
	while (!match_from(m, i + 1, end)) {
		if (end == c || (end == c + 1 && !part->optional))
			return false;
		end--;
	}
	return true;
}

static bool match_from(struct match *m, size_t i, const struct dsfit_cell *c)
{
	for (; i < m->e->count; i++) {
		const struct dsfit_pattern_part *part = &m->e->part[i];

		if (!dsfit_arena_work(m->arena, 1))
			return false;
		if (part->kind == DSFIT_PART_OPEN)
			m->group[(size_t)part->c].begin = c;
		else if (part->kind == DSFIT_PART_CLOSE)
			m->group[(size_t)part->c].end = c;
		else if (part->kind == DSFIT_PART_BEGIN && c != m->line.begin)
			return false;
		else if (part->kind == DSFIT_PART_END && c != m->line.end)
			return false;
		else if (part->optional || part->repeated)
			return match_many(m, i, c);
		else if (part->kind <= DSFIT_PART_SET && !is_one(m, part, c))
			return false;
		c += part->kind <= DSFIT_PART_SET;
	}
	m->group[0].end = c;
	return true;
}

/* The first match at `from` or behind it. */
static bool find(struct match *m, const struct dsfit_cell *from)
{
	while (!m->arena->stopped) {
		m->group[0].begin = from;
		if (match_from(m, 0, from))
			return true;
		/* An empty line has no cells at all, not even a place for one. */
		if (from == m->line.end)
			return false;
		from++;
	}
	return false;
}

bool dsfit_expression_found(struct dsfit_arena *arena, const struct dsfit_expression *expression,
			    struct dsfit_span line)
{
	struct match m = { .arena = arena, .e = expression, .line = line };

	return find(&m, line.begin);
}

bool dsfit_expression_next(struct dsfit_arena *arena, const struct dsfit_expression *expression,
			   struct dsfit_span *rest, struct dsfit_span *match)
{
	struct match m = { .arena = arena, .e = expression, .line = *rest };

	if (!find(&m, rest->begin))
		return false;
	*match = m.group[0];
	rest->begin = match->end;
	return true;
}

/* ---- replacements --------------------------------------------------------------------------- */

/* \1 and &, of perl $1. Returns false for what is more. */
static bool put_replacement(struct match *m, struct dsfit_span by, enum dsfit_dialect dialect,
			    struct dsfit_cells *out)
{
	bool perl = dialect == DSFIT_PERL;

	for (const struct dsfit_cell *c = by.begin; c < by.end; c++) {
		bool more = by.end - c > 1 && !(c->flags & DSFIT_CELL_UNKNOWN);
		bool refers = more && (c->c == '\\' || (perl && c->c == '$'));

		if (refers && c[1].c >= '0' && c[1].c <= '9') {
			if ((unsigned)(c[1].c - '0') > m->e->groups)
				return false;
			dsfit_cells_add_span(m->arena, out, m->group[c[1].c - '0']);
			c++;
		} else if (more && c->c == '\\' && !isalnum((unsigned char)c[1].c)) {
			dsfit_cells_add(m->arena, out, *++c);
		} else if (refers || (more && perl && c->c == '@')) {
			return false;
		} else if (c->c == '&' && !perl && !(c->flags & DSFIT_CELL_UNKNOWN)) {
			dsfit_cells_add_span(m->arena, out, m->group[0]);
		} else {
			dsfit_cells_add(m->arena, out, *c);
		}
	}
	return true;
}

bool dsfit_substitute(struct dsfit_arena *arena, const struct dsfit_expression *expression,
		      struct dsfit_span by, enum dsfit_dialect dialect, bool all,
		      struct dsfit_span line, struct dsfit_cells *out)
{
	struct match m = { .arena = arena, .e = expression, .line = line };
	const struct dsfit_cell *rest = line.begin;

	while (find(&m, rest)) {
		dsfit_cells_add_span(arena, out, (struct dsfit_span){ rest, m.group[0].begin });
		if (!put_replacement(&m, by, dialect, out))
			return false;
		rest = m.group[0].end;
		/* An empty match goes one further. */
		if (m.group[0].begin == rest && rest < line.end)
			dsfit_cells_add(arena, out, *rest++);
		if (!all || rest == line.end)
			break;
	}
	dsfit_cells_add_span(arena, out, (struct dsfit_span){ rest, line.end });
	return true;
}
