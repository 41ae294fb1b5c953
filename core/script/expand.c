/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/expand.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/script/arithmetic.h"
#include "core/script/expander.h"
#include "core/script/parameter.h"
#include "core/script/skip.h"

#define BRACES_MAX 64

/* Where a character means more than itself. */
enum { IN_QUOTES = 1, OUTSIDE = 2, BRACE = 4 };

static const uint8_t kinds[UCHAR_MAX + 1] = {
	['\\'] = IN_QUOTES, ['$'] = IN_QUOTES, ['`'] = IN_QUOTES,
	['"'] = OUTSIDE, ['\''] = OUTSIDE, ['<'] = OUTSIDE, ['>'] = OUTSIDE,
	['{'] = BRACE,
};

static void expand(struct dsfit_expander *e, struct dsfit_span part, bool quoted);

static void add(struct dsfit_expander *e, const struct dsfit_cell *cell, bool quoted)
{
	dsfit_expander_add_plain(e, (struct dsfit_span){ cell, cell + 1 }, quoted);
}

/* The inside of what dsfit_script_skip() has skipped. */
static struct dsfit_span inside(struct dsfit_span all, ptrdiff_t open, ptrdiff_t close)
{
	ptrdiff_t length = all.end - all.begin;

	all.begin += open < length ? open : length;
	if (all.end - all.begin >= close)
		all.end -= close;
	return all;
}

/* ---- substitutions -------------------------------------------------------------------------- */

static void drop_newlines(struct dsfit_cells *text)
{
	while (text->count && text->at[text->count - 1].c == '\n' &&
	       !(text->at[text->count - 1].flags & DSFIT_CELL_UNKNOWN))
		text->count--;
}

static void add_output(struct dsfit_expander *e, struct dsfit_span code, struct dsfit_span written,
		       bool quoted)
{
	struct dsfit_cells out = { 0 };

	e->shell->substitute(e->shell, code, &out);
	drop_newlines(&out);
	/* Output that is not known shows how it is made. */
	if (out.count == 1 && (out.at[0].flags & DSFIT_CELL_UNKNOWN))
		dsfit_expander_add_unknown(e, written, 0);
	else
		dsfit_expander_add(e, dsfit_span_of(&out), quoted);
}

/* In backquotes a backslash counts before ` \ and $. */
static void add_backquoted(struct dsfit_expander *e, struct dsfit_span written, bool quoted)
{
	struct dsfit_span code = inside(written, 1, 1);
	struct dsfit_cells plain = { 0 };

	for (const struct dsfit_cell *c = code.begin; c < code.end; c++) {
		if (c->c == '\\' && code.end - c > 1 && strchr("`\\$", c[1].c))
			c++;
		dsfit_cells_add(e->shell->arena, &plain, *c);
	}
	add_output(e, dsfit_span_of(&plain), written, quoted);
}

static void add_sum(struct dsfit_expander *e, struct dsfit_span written, bool quoted)
{
	struct dsfit_cells text = { 0 }, number = { 0 };
	char digits[24];
	int64_t result;
	uint32_t from;

	dsfit_expand_quoted(e->shell, inside(written, 3, 2), &text);
	if (!dsfit_arithmetic(e->shell, dsfit_span_of(&text), &result, &from)) {
		dsfit_expander_add_unknown(e, written, 0);
		return;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)result);
	dsfit_cells_add_text(e->shell->arena, &number, digits, from, 0);
	dsfit_expander_add(e, dsfit_span_of(&number), quoted);
}

/* What \x41 and \101 mean: their digits. Returns where they end. */
static const struct dsfit_cell *read_code(const struct dsfit_cell *at,
					  const struct dsfit_cell *end, int base, char *c)
{
	const struct dsfit_cell *last = end - at > (base == 16 ? 2 : 3) ?
					at + (base == 16 ? 2 : 3) : end;
	unsigned code = 0;

	for (; at < last && (base == 16 ? isxdigit((unsigned char)at->c) :
					  at->c >= '0' && at->c <= '7'); at++)
		code = code * (unsigned)base +
		       (unsigned)(at->c <= '9' ? at->c - '0' : (at->c | 32) - 'a' + 10);
	*c = (char)code;
	return at;
}

/* The inside of $'…': \n is a newline, \' a quote. What is no such sign stays as it is. */
static void add_escaped(struct dsfit_expander *e, struct dsfit_span text)
{
	static const char signs[] = "n\nt\tr\rb\bf\fv\va\ae\033\\\\''\"\"\?\?";
	const struct dsfit_cell *at = text.begin;

	e->begun = true;
	while (at < text.end && dsfit_arena_work(e->shell->arena, 1)) {
		struct dsfit_cell cell = *at++;
		size_t i = 0;

		if (cell.c == '\\' && at < text.end) {
			while (signs[i] && signs[i] != at->c)
				i += 2;
			if (signs[i]) {
				cell.c = signs[i + 1];
				at++;
			} else if (at->c == 'x') {
				at = read_code(at + 1, text.end, 16, &cell.c);
			} else if (at->c >= '0' && at->c <= '7') {
				at = read_code(at, text.end, 8, &cell.c);
			}
		}
		/* bash ends the text where it is zero. */
		if (!cell.c)
			break;
		add(e, &cell, true);
	}
}

/* What a dollar sign begins. Returns where it ends. */
static const struct dsfit_cell *expand_dollar(struct dsfit_expander *e, struct dsfit_span rest,
					      bool quoted)
{
	const struct dsfit_cell *at = rest.begin;
	char next = rest.end - at > 1 ? at[1].c : '\0';
	struct dsfit_span written = { at, at };

	/* What is looked through again at each level of nesting. */
	if (next == '(' || next == '{') {
		written.end = dsfit_script_skip(at, rest.end);
		dsfit_arena_work(e->shell->arena, dsfit_span_length(written) / 4);
	}
	if (next == '(') {
		if (rest.end - at > 2 && at[2].c == '(')
			add_sum(e, written, quoted);
		else
			add_output(e, inside(written, 2, 1), written, quoted);
	} else if (next == '{') {
		dsfit_parameter_expand(e, written, quoted);
	} else if (next == '\'' && !quoted) {
		written.end = dsfit_script_skip(at, rest.end);
		add_escaped(e, inside(written, 2, 1));
	} else if (next == '"' && !quoted) {
		return at + 1;	/* a text to translate */
	} else {
		written.end = dsfit_parameter_end(at + 1, rest.end);
		if (written.end == at + 1)
			add(e, at, quoted);
		else
			dsfit_parameter_expand(e, written, quoted);
	}
	return written.end > at ? written.end : at + 1;
}

/* ---- a part of a word ----------------------------------------------------------------------- */

static const struct dsfit_cell *expand_backslash(struct dsfit_expander *e, struct dsfit_span rest,
						 bool quoted)
{
	const struct dsfit_cell *at = rest.begin;

	if (rest.end - at < 2)
		return rest.end;
	if (at[1].c == '\n')
		return at + 2;
	if (quoted && !strchr(e->literal_quotes ? "$`\\" : "$`\"\\", at[1].c))
		add(e, at, true);
	add(e, at + 1, true);
	return at + 2;
}

static const struct dsfit_cell *expand_quotes(struct dsfit_expander *e, struct dsfit_span rest)
{
	const struct dsfit_cell *end = dsfit_script_skip(rest.begin, rest.end);
	struct dsfit_span part = inside((struct dsfit_span){ rest.begin, end }, 1, 1);
	bool list = part.end - part.begin >= 2 && part.begin[0].c == '$' && part.begin[1].c == '@';

	if (rest.begin->c == '"') {
		/* An empty "$@" or "${a[@]}" is no word. */
		for (const struct dsfit_cell *c = part.begin; c + 2 < part.end; c++)
			list |= c[0].c == '[' && c[1].c == '@' && c[2].c == ']';
		e->begun |= !list;
		expand(e, part, true);
		return end;
	}
	e->begun = true;
	dsfit_expander_add_plain(e, part, true);
	return end;
}

/* The end of what stands for itself. */
static const struct dsfit_cell *plain_end(const struct dsfit_cell *at, const struct dsfit_cell *end,
					  unsigned counts)
{
	while (at < end && !(kinds[(unsigned char)at->c] & counts) &&
	       !(at->flags & DSFIT_CELL_UNKNOWN))
		at++;
	return at;
}

static void expand(struct dsfit_expander *e, struct dsfit_span part, bool quoted)
{
	const unsigned counts = quoted ? IN_QUOTES : IN_QUOTES | OUTSIDE;
	const struct dsfit_cell *at = part.begin;

	if (++e->shell->depth > DSFIT_SHELL_DEPTH) {
		e->shell->arena->stopped = true;
		at = part.end;
	}
	while (at < part.end) {
		struct dsfit_span rest = { at, part.end };
		struct dsfit_span plain = { at, plain_end(at, part.end, counts) };
		size_t length = dsfit_span_length(plain);

		if (!dsfit_arena_work(e->shell->arena, length ? length : 1))
			break;
		if (length) {
			dsfit_expander_add_plain(e, plain, quoted);
			at = plain.end;
		} else if (at->flags & DSFIT_CELL_UNKNOWN) {
			dsfit_cells_add(e->shell->arena, &e->text, *at++);
		} else if (at->c == '\\') {
			at = expand_backslash(e, rest, quoted);
		} else if (at->c == '$') {
			at = expand_dollar(e, rest, quoted);
		} else if (at->c == '`') {
			rest.end = dsfit_script_skip(at, part.end);
			add_backquoted(e, rest, quoted);
			at = rest.end;
		} else if (!quoted && (at->c == '"' || at->c == '\'')) {
			at = expand_quotes(e, rest);
		} else if (!quoted && (at->c == '<' || at->c == '>') && rest.end - at > 1 &&
			   at[1].c == '(') {
			rest.end = dsfit_script_skip(at, part.end);
			dsfit_expander_add_unknown(e, rest, 0);
			at = rest.end;
		} else {
			add(e, at++, quoted);
		}
	}
	e->shell->depth--;
}

/* ---- braces --------------------------------------------------------------------------------- */

/* The braces of a word without quotes and dollar signs: {a,b} or {1..4}. */
static bool find_braces(struct dsfit_span word, struct dsfit_span *braces)
{
	bool list = false;

	*braces = (struct dsfit_span){ NULL, NULL };
	for (const struct dsfit_cell *c = word.begin; c < word.end; c++) {
		if ((kinds[(unsigned char)c->c] & (IN_QUOTES | OUTSIDE)) && c->c != '<' &&
		    c->c != '>')
			return false;
		if (c->c == '{') {
			braces->begin = c;
			list = false;
		} else if (braces->begin && (c->c == ',' || (c->c == '.' && c[-1].c == '.'))) {
			list = true;
		} else if (c->c == '}' && braces->begin && list) {
			braces->end = c + 1;
			return true;
		}
	}
	return false;
}

static void add_braced(struct dsfit_expander *e, struct dsfit_span word, struct dsfit_span braces,
		       struct dsfit_span item)
{
	e->begun = true;
	expand(e, (struct dsfit_span){ word.begin, braces.begin }, false);
	expand(e, item, false);
	expand(e, (struct dsfit_span){ braces.end, word.end }, false);
	dsfit_expander_end_word(e);
}

static bool expand_range(struct dsfit_expander *e, struct dsfit_span word,
			 struct dsfit_span braces)
{
	struct dsfit_span first = inside(braces, 1, 1), last = first;
	int64_t from, to;

	for (last.begin = first.begin; last.end - last.begin > 1; last.begin++)
		if (last.begin[0].c == '.' && last.begin[1].c == '.')
			break;
	first.end = last.begin;
	last.begin += last.end - last.begin > 1 ? 2 : 0;
	if (!dsfit_span_number(first, &from) || !dsfit_span_number(last, &to) || to < from)
		return false;
	for (int64_t i = from; i <= to && i < from + BRACES_MAX; i++) {
		struct dsfit_cells number = { 0 };
		char digits[24];

		snprintf(digits, sizeof(digits), "%lld", (long long)i);
		dsfit_cells_add_text(e->shell->arena, &number, digits, braces.begin->from, 0);
		add_braced(e, word, braces, dsfit_span_of(&number));
	}
	return true;
}

static bool expand_braces(struct dsfit_expander *e, struct dsfit_span word)
{
	struct dsfit_span braces, item;
	unsigned items = 0;

	if (!find_braces(word, &braces))
		return false;
	if (expand_range(e, word, braces))
		return true;
	item.begin = braces.begin + 1;
	for (item.end = item.begin; item.end < braces.end && items < BRACES_MAX; item.end++) {
		if (item.end->c != ',' && item.end + 1 < braces.end)
			continue;
		add_braced(e, word, braces, item);
		item.begin = item.end + 1;
		items++;
	}
	return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

void dsfit_expand_words(struct dsfit_shell *shell, struct dsfit_span word,
			struct dsfit_words *out)
{
	struct dsfit_expander e = { .shell = shell, .words = out, .expand = expand };

	/* Most words are what they are. */
	if (plain_end(word.begin, word.end, IN_QUOTES | OUTSIDE | BRACE) < word.end &&
	    expand_braces(&e, word))
		return;
	expand(&e, word, false);
	dsfit_expander_end_word(&e);
}

void dsfit_expand_text(struct dsfit_shell *shell, struct dsfit_span word,
		       struct dsfit_cells *out)
{
	struct dsfit_expander e = { .shell = shell, .text = *out, .expand = expand };

	expand(&e, word, false);
	*out = e.text;
}

void dsfit_expand_quoted(struct dsfit_shell *shell, struct dsfit_span text,
			 struct dsfit_cells *out)
{
	struct dsfit_expander e = { .shell = shell, .text = *out, .literal_quotes = true,
				    .expand = expand };

	expand(&e, text, true);
	*out = e.text;
}
