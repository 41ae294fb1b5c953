/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables and what ${ } does with them. */
#include "core/script/parameter.h"

#include <stdio.h>
#include <string.h>

#include "core/script/arithmetic.h"
#include "core/script/pattern.h"

/* ${ } taken apart. */
struct parameter {
	struct dsfit_span name, index, op;	/* `op`: the operator and what follows it */
	bool has_index, length, indirect;
};

/* What a name stands for. */
struct looked_up {
	struct dsfit_words values;
	bool is_list;		/* of $@ or [@] */
	bool is_set;
	bool unset;		/* nothing sets it, as far as can be seen */
};

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

const struct dsfit_cell *dsfit_parameter_end(const struct dsfit_cell *at,
					     const struct dsfit_cell *end)
{
	const struct dsfit_cell *c = at;

	if (at >= end)
		return at;
	if (is_name(c->c, true)) {
		while (c < end && is_name(c->c, false))
			c++;
		return c;
	}
	return (c->c >= '0' && c->c <= '9') || (c->c && strchr("@*#?$!-", c->c)) ? c + 1 : at;
}

static bool is_one(struct dsfit_span span, char c)
{
	return span.end - span.begin == 1 && span.begin->c == c;
}

/* ---- looking up ----------------------------------------------------------------------------- */

static void add_number(struct dsfit_shell *shell, struct dsfit_words *values, long long number,
		       uint32_t from, unsigned flags)
{
	struct dsfit_cells text = { 0 };
	char written[24];

	snprintf(written, sizeof(written), "%lld", number);
	dsfit_cells_add_text(shell->arena, &text, written, from, flags);
	dsfit_words_add(shell->arena, values, text);
}

/* How the last command ended. A program most likely did what it is for. */
static bool look_up_status(struct dsfit_shell *shell, struct dsfit_span name,
			   struct looked_up *out)
{
	const struct dsfit_outcome last = shell->last;

	if (last.truth == DSFIT_TRUTH_PERHAPS && !last.soft)
		return false;
	add_number(shell, &out->values, last.truth == DSFIT_TRUTH_NO, name.begin->from,
		   last.soft ? DSFIT_CELL_UNSURE : 0);
	out->is_set = true;
	return true;
}

/* $0, $1, $@, $#, $?: returns false if the name is none of these, or not known. */
static bool look_up_argument(struct dsfit_shell *shell, struct dsfit_span name,
			     struct looked_up *out)
{
	const struct dsfit_words *arguments = &shell->arguments;
	int64_t number;

	if (is_one(name, '@') || is_one(name, '*')) {
		out->is_list = true;
		for (size_t i = 1; i < arguments->count; i++)
			dsfit_words_add(shell->arena, &out->values, arguments->at[i]);
		out->is_set = out->values.count > 0;
		out->unset = !out->is_set;
		return true;
	}
	if (is_one(name, '#')) {
		add_number(shell, &out->values,
			   arguments->count ? (long long)arguments->count - 1 : 0,
			   name.begin->from,
			   shell->arguments_given ? 0 : DSFIT_CELL_UNSURE);
		out->is_set = true;
		return true;
	}
	if (is_one(name, '?'))
		return look_up_status(shell, name, out);
	if (!dsfit_span_number(name, &number))
		return false;
	if ((uint64_t)number < arguments->count) {
		dsfit_words_add(shell->arena, &out->values, arguments->at[number]);
		out->is_set = true;
	} else {
		out->unset = true;
	}
	return true;
}

/* The index of ${a[index]}: its number from the end if it is negative. -1: not known. */
static int64_t index_of(struct dsfit_expander *e, struct dsfit_span index, size_t count)
{
	struct dsfit_expander sub = { .shell = e->shell, .expand = e->expand };
	int64_t number;
	uint32_t from;

	sub.expand(&sub, index, false);
	if (!dsfit_arithmetic(e->shell, dsfit_span_of(&sub.text), &number, &from))
		return -1;
	return number < 0 ? number + (int64_t)count : number;
}

/* An associative array's members are variables with the key in their names. */
static const struct dsfit_value *member(struct dsfit_expander *e, const char *name,
					struct dsfit_span index)
{
	struct dsfit_expander sub = { .shell = e->shell, .expand = e->expand };
	char full[256];

	sub.expand(&sub, index, false);
	snprintf(full, sizeof(full), "%.120s[%.120s]", name,
		 dsfit_span_text(e->shell->arena, dsfit_span_of(&sub.text)));
	return dsfit_variables_get(&e->shell->variables, DSFIT_VARIABLE, full);
}

static void look_up_index(struct dsfit_expander *e, const struct dsfit_value *value,
			  const char *name, const struct parameter *p, struct looked_up *out)
{
	const struct dsfit_value *of = member(e, name, p->index);
	int64_t index;

	if (of) {
		out->values = of->items;
		out->is_set = true;
		return;
	}
	if (!value) {
		out->unset = true;
		return;
	}
	index = index_of(e, p->index, value->items.count);
	if (index >= 0 && (uint64_t)index < value->items.count) {
		dsfit_words_add(e->shell->arena, &out->values, value->items.at[index]);
		out->is_set = true;
	}
}

static void look_up(struct dsfit_expander *e, const struct parameter *p, struct looked_up *out)
{
	struct dsfit_shell *shell = e->shell;
	const char *name = dsfit_span_text(shell->arena, p->name);
	const struct dsfit_value *value;

	if (look_up_argument(shell, p->name, out))
		return;
	value = dsfit_variables_get(&shell->variables, DSFIT_VARIABLE, name);
	if (p->has_index && (is_one(p->index, '@') || is_one(p->index, '*'))) {
		out->is_list = true;
		if (value)
			out->values = value->items;
		out->is_set = value;
		out->unset = !value;
	} else if (p->has_index) {
		look_up_index(e, value, name, p, out);
	} else if (value && value->items.count) {
		dsfit_words_add(shell->arena, &out->values, value->items.at[0]);
		out->is_set = true;
	} else if (value) {
		out->is_set = true;
	} else {
		/* $$, $!: known to nobody. What is no name is neither. */
		out->unset = is_name(p->name.begin < p->name.end ? p->name.begin->c : '\0', true);
	}
}

/* ---- operators ------------------------------------------------------------------------------ */

static bool is_empty(const struct looked_up *found)
{
	if (!found->values.count)
		return true;
	return found->values.count == 1 && (!found->values.at[0].count ||
		dsfit_span_unset(dsfit_span_of(&found->values.at[0])));
}

/* Assign in ${name:=word}. */
static void assign_default(struct dsfit_expander *e, const struct parameter *p,
			   struct dsfit_span word)
{
	struct dsfit_expander sub = { .shell = e->shell, .expand = e->expand };

	sub.expand(&sub, word, false);
	dsfit_variables_set_text(&e->shell->variables, DSFIT_VARIABLE,
				 dsfit_span_text(e->shell->arena, p->name), sub.text);
}

/* :- - := = :+ + :? ?  Returns whether that is the operator, and all is done. */
static bool replace_unset(struct dsfit_expander *e, const struct parameter *p,
			  const struct looked_up *found, bool quoted)
{
	struct dsfit_span op = p->op;
	bool colon = op.begin < op.end && op.begin->c == ':';
	bool missing = !found->is_set || (colon && is_empty(found));
	char what;

	op.begin += colon;
	what = op.begin < op.end ? op.begin->c : '\0';
	if (!what || !strchr("-=+?", what))
		return false;
	op.begin++;
	if (what == '+') {
		if (!missing)
			e->expand(e, op, quoted);
		return true;
	}
	if (!missing || what == '?')
		return false;
	if (!found->unset && !found->is_set)
		return false;	/* something that nobody knows */
	if (what == '=')
		assign_default(e, p, op);
	e->expand(e, op, quoted);
	return true;
}

static void pattern_of(struct dsfit_expander *e, struct dsfit_span part, struct dsfit_cells *out)
{
	struct dsfit_expander sub = { .shell = e->shell, .expand = e->expand };

	sub.expand(&sub, part, false);
	*out = sub.text;
}

/* ${x#pattern} and the like: what is left of the text. */
static struct dsfit_span trim(struct dsfit_expander *e, struct dsfit_span op,
			      struct dsfit_span text)
{
	bool at_end = op.begin->c == '%';
	bool longest = op.end - op.begin > 1 && op.begin[1].c == op.begin->c;
	struct dsfit_cells pattern;
	ptrdiff_t part;

	op.begin += longest ? 2 : 1;
	pattern_of(e, op, &pattern);
	part = dsfit_pattern_part(e->shell->arena, dsfit_span_of(&pattern), text, at_end, longest);
	if (part > 0 && at_end)
		text.end -= part;
	else if (part > 0)
		text.begin += part;
	return text;
}

/* ${x/pattern/text}: every place, or the first, of a text without *. */
static void substitute(struct dsfit_expander *e, struct dsfit_span op, struct dsfit_span text,
		       bool quoted)
{
	bool all = op.end - op.begin > 1 && op.begin[1].c == '/', done = false;
	struct dsfit_span part = { op.begin + (all ? 2 : 1), op.end };
	const struct dsfit_cell *slash = part.begin;
	struct dsfit_cells pattern, by = { 0 };

	while (slash < part.end && slash->c != '/')
		slash += slash->c == '\\' && part.end - slash > 1 ? 2 : 1;
	pattern_of(e, (struct dsfit_span){ part.begin, slash }, &pattern);
	if (slash < part.end)
		pattern_of(e, (struct dsfit_span){ slash + 1, part.end }, &by);
	while (text.begin < text.end && dsfit_arena_work(e->shell->arena, 1)) {
		ptrdiff_t length = done && !all ? -1 :
			dsfit_pattern_part(e->shell->arena, dsfit_span_of(&pattern), text, false,
					   true);

		if (length > 0) {
			dsfit_expander_add(e, dsfit_span_of(&by), quoted);
			text.begin += length;
			done = true;
			continue;
		}
		dsfit_expander_add(e, (struct dsfit_span){ text.begin, text.begin + 1 }, quoted);
		text.begin++;
	}
}

/* ${x:from:length}, of a text or of a list. */
static bool slice(struct dsfit_expander *e, struct dsfit_span op, int64_t count, int64_t *begin,
		  int64_t *end)
{
	const struct dsfit_cell *colon = op.begin + 1;
	struct dsfit_cells sum;
	uint32_t from;

	while (colon < op.end && colon->c != ':')
		colon++;
	pattern_of(e, (struct dsfit_span){ op.begin + 1, colon }, &sum);
	if (!dsfit_arithmetic(e->shell, dsfit_span_of(&sum), begin, &from))
		return false;
	*end = count;
	if (colon < op.end) {
		pattern_of(e, (struct dsfit_span){ colon + 1, op.end }, &sum);
		if (!dsfit_arithmetic(e->shell, dsfit_span_of(&sum), end, &from))
			return false;
		if (*begin > count || *end > count)
			*end = *end < 0 ? *end : count;
		*end += *end < 0 ? count : *begin < 0 ? *begin + count : *begin;
	}
	*begin += *begin < 0 ? count : 0;
	*end = *end > count ? count : *end;
	return *begin >= 0 && *begin <= *end;
}

static void add_slice(struct dsfit_expander *e, const struct parameter *p,
		      const struct looked_up *found, struct dsfit_span written, bool quoted)
{
	struct dsfit_words part = found->values;
	struct dsfit_span text = { NULL, NULL };
	/* $@ begins at 1. */
	int64_t offset = found->is_list && is_one(p->name, '@') ? 1 : 0, begin, end;

	if (found->values.count && !found->is_list)
		text = dsfit_span_of(&found->values.at[0]);
	if (!slice(e, p->op, found->is_list ? (int64_t)part.count + offset :
		   (int64_t)dsfit_span_length(text), &begin, &end)) {
		dsfit_expander_add_unknown(e, written, 0);
		return;
	}
	if (!found->is_list) {
		/* A value without a character has no cells at all. */
		if (text.begin)
			text = (struct dsfit_span){ text.begin + begin, text.begin + end };
		dsfit_expander_add(e, text, quoted);
		return;
	}
	begin -= begin < offset ? 0 : offset;
	end -= offset;
	if (part.at)
		part.at += begin;
	part.count = end > begin ? (size_t)(end - begin) : 0;
	dsfit_expander_add_list(e, &part, quoted);
}

static void add_cased(struct dsfit_expander *e, struct dsfit_span text, bool upper, bool quoted)
{
	for (; text.begin < text.end; text.begin++) {
		struct dsfit_cell c = *text.begin;

		if (upper && c.c >= 'a' && c.c <= 'z')
			c.c = (char)(c.c - 32);
		else if (!upper && c.c >= 'A' && c.c <= 'Z')
			c.c = (char)(c.c + 32);
		dsfit_expander_add(e, (struct dsfit_span){ &c, &c + 1 }, quoted);
	}
}

static void operate(struct dsfit_expander *e, const struct parameter *p,
		    const struct looked_up *found, struct dsfit_span written, bool quoted)
{
	struct dsfit_span text = { NULL, NULL };
	char op = p->op.begin->c;

	if (op == ':') {
		add_slice(e, p, found, written, quoted);
		return;
	}
	for (size_t i = 0; i < found->values.count && !e->shell->arena->stopped; i++) {
		text = dsfit_span_of(&found->values.at[i]);
		if (i)
			dsfit_expander_end_word(e);
		if (op == '#' || op == '%')
			dsfit_expander_add(e, trim(e, p->op, text), quoted);
		else if (op == '/')
			substitute(e, p->op, text, quoted);
		else if (op == '^' || op == ',')
			add_cased(e, text, op == '^', quoted);
		else
			dsfit_expander_add(e, text, quoted);
		e->begun |= quoted;
	}
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void take_index(struct parameter *p, const struct dsfit_cell **at,
		       const struct dsfit_cell *end)
{
	unsigned depth = 0;

	p->has_index = true;
	p->index.begin = ++*at;
	while (*at < end && (depth || (*at)->c != ']')) {
		depth += (*at)->c == '[';
		depth -= (*at)->c == ']';
		++*at;
	}
	p->index.end = *at;
	*at += *at < end;
}

static void take_apart(struct dsfit_span written, struct parameter *p)
{
	const struct dsfit_cell *at = written.begin + 1, *end = written.end;

	*p = (struct parameter){ 0 };
	if (at < end && at->c == '{') {
		at++;
		end -= end > at && end[-1].c == '}';
		if (end - at > 1 && at->c == '#') {
			p->length = true;
			at++;
		} else if (end - at > 1 && at->c == '!') {
			p->indirect = true;
			at++;
		}
	}
	p->name.begin = at;
	p->name.end = at = dsfit_parameter_end(at, end);
	while (at < end && p->name.begin->c >= '0' && p->name.begin->c <= '9' && at->c >= '0' &&
	       at->c <= '9')
		p->name.end = ++at;
	if (at < end && at->c == '[' && written.begin[1].c == '{')
		take_index(p, &at, end);
	p->op = (struct dsfit_span){ at, end };
}

static void add_length(struct dsfit_expander *e, const struct looked_up *found,
		       struct dsfit_span written, bool quoted)
{
	struct dsfit_words number = { 0 };
	size_t length = found->values.count;

	if (!found->is_list)
		length = length ? found->values.at[0].count : 0;
	if (!found->is_set || (!found->is_list && found->values.count &&
			       dsfit_span_has(dsfit_span_of(&found->values.at[0]),
					      DSFIT_CELL_UNKNOWN))) {
		dsfit_expander_add_unknown(e, written, 0);
		return;
	}
	add_number(e->shell, &number, (long long)length, written.begin->from, 0);
	dsfit_expander_add_list(e, &number, quoted);
}

void dsfit_parameter_expand(struct dsfit_expander *e, struct dsfit_span written, bool quoted)
{
	struct looked_up found = { 0 };
	struct parameter p;

	take_apart(written, &p);
	look_up(e, &p, &found);
	if (p.indirect && found.values.count) {
		struct dsfit_span name = dsfit_span_of(&found.values.at[0]);

		found = (struct looked_up){ 0 };
		p.name = name;
		p.has_index = false;
		look_up(e, &p, &found);
	}
	if (p.length) {
		add_length(e, &found, written, quoted);
		return;
	}
	if (p.op.begin < p.op.end && replace_unset(e, &p, &found, quoted))
		return;
	if (!found.is_set) {
		if (!found.is_list)
			dsfit_expander_add_unknown(e, written,
						   found.unset ? DSFIT_CELL_UNSET : 0);
		return;
	}
	if (p.op.begin < p.op.end && !strchr("-=?", p.op.begin->c) &&
	    !(p.op.begin->c == ':' && p.op.end - p.op.begin > 1 &&
	      strchr("-=?+", p.op.begin[1].c)))
		operate(e, &p, &found, written, quoted);
	else
		dsfit_expander_add_list(e, &found.values, quoted);
}
