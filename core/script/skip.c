/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where quotes and substitutions end. One pass with a stack of what is open, so that nesting costs
 * nothing and takes no recursion.
 */
#include "core/script/skip.h"

#include <limits.h>

#define OPEN_MAX 128

struct skipper {
	const struct dsfit_cell *at, *end;
	char open[OPEN_MAX];	/* the character that closes each; 'A' for )) */
	unsigned depth;
	/* A heredoc in a substitution, whose text begins at the next line. */
	const struct dsfit_cell *word, *word_end;
};

/* All that step() looks at. */
static const bool counts[UCHAR_MAX + 1] = {
	['\\'] = true, [')'] = true, ['}'] = true, ['`'] = true, ['"'] = true, ['$'] = true,
	['('] = true, ['\''] = true, ['#'] = true, ['<'] = true, ['\n'] = true,
};

static char look(const struct skipper *s, ptrdiff_t ahead)
{
	return s->end - s->at > ahead ? s->at[ahead].c : '\0';
}

static void open(struct skipper *s, char closer, unsigned length)
{
	if (s->depth < OPEN_MAX)
		s->open[s->depth++] = closer;
	s->at += length;
}

/* Note the word after <<. */
static void note_heredoc(struct skipper *s)
{
	s->at += 2 + (look(s, 2) == '-');
	while (look(s, 0) == ' ' || look(s, 0) == '\'' || look(s, 0) == '"')
		s->at++;
	s->word = s->at;
	while (s->at < s->end && (look(s, 0) == '_' || (look(s, 0) | 32) >= 'a'))
		s->at++;
	s->word_end = s->at;
	if (look(s, 0) == '\'' || look(s, 0) == '"')
		s->at++;
}

static void skip_heredoc(struct skipper *s)
{
	ptrdiff_t length = s->word_end - s->word;

	while (s->at < s->end) {
		const struct dsfit_cell *line;
		ptrdiff_t i = 0;

		s->at += s->at < s->end;	/* the newline */
		while (look(s, 0) == '\t')
			s->at++;
		line = s->at;
		while (s->at < s->end && s->at->c != '\n')
			s->at++;
		while (i < length && line + i < s->at && line[i].c == s->word[i].c)
			i++;
		if (i == length && line + i == s->at)
			break;
	}
	s->word = NULL;
}

/* In single quotes and in comments nothing opens. */
static void skip_to(struct skipper *s, char c)
{
	while (s->at < s->end && s->at->c != c)
		s->at++;
}

/* In $'…' a quote behind a backslash is one of the text. Ends behind the last quote. */
static void skip_escaped(struct skipper *s)
{
	for (s->at += 2; s->at < s->end && s->at->c != '\'';)
		s->at += s->at->c == '\\' && s->end - s->at > 1 ? 2 : 1;
	s->at += s->at < s->end;
}

static bool after_blank(const struct skipper *s, const struct dsfit_cell *begin)
{
	return s->at > begin && (s->at[-1].c == ' ' || s->at[-1].c == '\t' || s->at[-1].c == '\n' ||
				 s->at[-1].c == ';');
}

/* What only counts as code: in $( ) and ( ). */
static bool step_code(struct skipper *s, const struct dsfit_cell *begin)
{
	char c = look(s, 0);

	if (c == '\'') {
		s->at++;
		skip_to(s, '\'');
		s->at += s->at < s->end;
	} else if (c == '$' && look(s, 1) == '\'') {
		skip_escaped(s);
	} else if (c == '#' && after_blank(s, begin)) {
		skip_to(s, '\n');
	} else if (c == '<' && look(s, 1) == '<' && look(s, 2) != '<' && !s->word) {
		note_heredoc(s);
	} else if (c == '<' && look(s, 1) == '<' && look(s, 2) == '<') {
		s->at += 3;
	} else if (c == '\n' && s->word && s->word_end > s->word) {
		skip_heredoc(s);
	} else if (c == '(') {
		open(s, ')', 1);
	} else {
		return false;
	}
	return true;
}

static void step(struct skipper *s, const struct dsfit_cell *begin)
{
	char c = look(s, 0), closer = s->open[s->depth - 1];

	if (c == '\\') {
		s->at += s->end - s->at > 1 ? 2 : 1;
	} else if (closer == 'A' ? c == ')' && look(s, 1) == ')' : c == closer) {
		s->at += closer == 'A' ? 2 : 1;
		s->depth--;
	} else if (closer == '`') {
		s->at++;
	} else if (c == '$' && look(s, 1) == '(') {
		bool sum = look(s, 2) == '(';

		open(s, sum ? 'A' : ')', sum ? 3 : 2);
	} else if (c == '$' && look(s, 1) == '{') {
		open(s, '}', 2);
	} else if (c == '`') {
		open(s, '`', 1);
	} else if (c == '"') {
		open(s, '"', 1);
	} else if (c == '(' && closer == 'A') {
		open(s, ')', 1);
	} else if (closer == '"' || closer == 'A' || !step_code(s, begin)) {
		s->at++;
	}
}

static unsigned opening(const struct dsfit_cell *at, const struct dsfit_cell *end, char *closer)
{
	char next = end - at > 1 ? at[1].c : '\0';

	switch (at->c) {
	case '"':
	case '`':
		*closer = at->c;
		return 1;
	case '(':
		*closer = ')';
		return 1;
	case '$':
	case '<':
	case '>':
		*closer = next == '{' ? '}' : ')';
		if (at->c == '$' && next == '(' && end - at > 2 && at[2].c == '(') {
			*closer = 'A';
			return 3;
		}
		return next == '(' || (next == '{' && at->c == '$') ? 2 : 0;
	default:
		return 0;
	}
}

const struct dsfit_cell *dsfit_script_skip(const struct dsfit_cell *at,
					   const struct dsfit_cell *end)
{
	struct skipper s = { .at = at, .end = end };
	unsigned length;

	if (at->c == '\\')
		return end - at > 1 ? at + 2 : end;
	if (at->c == '\'') {
		s.at++;
		skip_to(&s, '\'');
		return s.at < end ? s.at + 1 : end;
	}
	if (at->c == '$' && end - at > 1 && at[1].c == '\'') {
		skip_escaped(&s);
		return s.at;
	}
	length = opening(at, end, &s.open[0]);
	if (!length)
		return at + 1;
	s.at += length;
	s.depth = 1;
	while (s.depth && s.at < end) {
		if (counts[(unsigned char)s.at->c])
			step(&s, at);
		else
			s.at++;
	}
	return s.at;
}
