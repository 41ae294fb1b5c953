/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/conditions.h"

#include <string.h>

#include "core/script/pattern.h"

#define DEPTH_MAX 16

struct condition {
	struct dsfit_shell *shell;
	const struct dsfit_words *words;
	size_t at;
	unsigned depth;
	bool patterns;
};

static const struct dsfit_outcome perhaps = { DSFIT_TRUTH_PERHAPS, false };

static struct dsfit_outcome either(struct condition *c);

struct dsfit_outcome dsfit_outcome_not(struct dsfit_outcome outcome)
{
	if (outcome.truth != DSFIT_TRUTH_PERHAPS)
		outcome.truth = outcome.truth == DSFIT_TRUTH_YES ? DSFIT_TRUTH_NO : DSFIT_TRUTH_YES;
	return outcome;
}

struct dsfit_outcome dsfit_outcome_both(struct dsfit_outcome a, struct dsfit_outcome b)
{
	if (a.truth == DSFIT_TRUTH_NO)
		return a;
	if (b.truth == DSFIT_TRUTH_NO)
		return b;
	return (struct dsfit_outcome){
		a.truth == DSFIT_TRUTH_YES ? b.truth : DSFIT_TRUTH_PERHAPS,
		a.soft || b.soft };
}

static struct dsfit_span word(const struct condition *c, size_t ahead)
{
	return dsfit_words_at(c->words, c->at + ahead);
}

static struct dsfit_outcome known(bool truth, bool soft)
{
	return (struct dsfit_outcome){ truth ? DSFIT_TRUTH_YES : DSFIT_TRUTH_NO, soft };
}

/* Whether it is empty. What nothing sets counts as empty. */
static struct dsfit_outcome is_empty(struct dsfit_span text)
{
	if (text.begin == text.end)
		return known(true, false);
	if (dsfit_span_unset(text))
		return known(true, true);
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++)
		if (!(c->flags & DSFIT_CELL_UNKNOWN))
			return known(false, c->flags & DSFIT_CELL_UNSURE);
	return perhaps;
}

static bool is_number_test(struct dsfit_span op)
{
	static const char *const names[] = { "-eq", "-ne", "-lt", "-le", "-gt", "-ge", NULL };

	for (size_t i = 0; names[i]; i++)
		if (dsfit_span_is(op, names[i]))
			return true;
	return false;
}

static struct dsfit_outcome compare_numbers(struct dsfit_span a, struct dsfit_span op,
					    struct dsfit_span b)
{
	bool soft = dsfit_span_unset(a) || dsfit_span_unset(b);
	int64_t x = 0, y = 0;
	char first = op.begin[1].c, second = op.begin[2].c;

	if (soft || !dsfit_span_number(a, &x) || !dsfit_span_number(b, &y))
		return perhaps;
	/* The number of arguments, when nobody knows them. */
	soft = dsfit_span_has(a, DSFIT_CELL_UNSURE) || dsfit_span_has(b, DSFIT_CELL_UNSURE);
	if (first == 'e')
		return known(x == y, soft);
	if (first == 'n')
		return known(x != y, soft);
	if (first == 'l')
		return known(second == 't' ? x < y : x <= y, soft);
	return known(second == 't' ? x > y : x >= y, soft);
}

static struct dsfit_outcome compare_texts(struct condition *c, struct dsfit_span a,
					  struct dsfit_span b)
{
	bool soft = dsfit_span_unset(a) || dsfit_span_unset(b) ||
		    dsfit_span_has(a, DSFIT_CELL_UNSURE) || dsfit_span_has(b, DSFIT_CELL_UNSURE);

	if (dsfit_span_unset(a))
		a.end = a.begin;
	if (dsfit_span_unset(b))
		b.end = b.begin;
	if (dsfit_span_has(a, DSFIT_CELL_UNKNOWN) || dsfit_span_has(b, DSFIT_CELL_UNKNOWN))
		return perhaps;
	if (c->patterns)
		return known(dsfit_pattern_matches(c->shell->arena, b, a), soft);
	if (dsfit_span_length(a) != dsfit_span_length(b))
		return known(false, soft);
	for (; a.begin < a.end; a.begin++, b.begin++)
		if (a.begin->c != b.begin->c)
			return known(false, soft);
	return known(true, soft);
}

static bool is_operator(struct dsfit_span op)
{
	return dsfit_span_is(op, "=") || dsfit_span_is(op, "==") || dsfit_span_is(op, "!=") ||
	       dsfit_span_is(op, "=~") || dsfit_span_is(op, "<") || dsfit_span_is(op, ">") ||
	       is_number_test(op) || dsfit_span_is(op, "-nt") || dsfit_span_is(op, "-ot");
}

static struct dsfit_outcome binary(struct condition *c)
{
	struct dsfit_span a = word(c, 0), op = word(c, 1), b = word(c, 2);

	c->at += 3;
	if (is_number_test(op))
		return compare_numbers(a, op, b);
	if (dsfit_span_is(op, "=") || dsfit_span_is(op, "=="))
		return compare_texts(c, a, b);
	if (dsfit_span_is(op, "!="))
		return dsfit_outcome_not(compare_texts(c, a, b));
	return perhaps;
}

/* -z -n -v; what stands in the file system is not looked at. */
static struct dsfit_outcome unary(struct condition *c)
{
	struct dsfit_span op = word(c, 0), of = word(c, 1);

	c->at += 2;
	if (dsfit_span_is(op, "-z"))
		return is_empty(of);
	if (dsfit_span_is(op, "-n"))
		return dsfit_outcome_not(is_empty(of));
	if (dsfit_span_is(op, "-v"))
		return known(dsfit_variables_get(&c->shell->variables, DSFIT_VARIABLE,
						 dsfit_span_text(c->shell->arena, of)), true);
	return perhaps;
}

static struct dsfit_outcome single(struct condition *c)
{
	struct dsfit_outcome outcome;
	struct dsfit_span first = word(c, 0);

	if (++c->depth > DEPTH_MAX)
		return perhaps;
	if (dsfit_span_is(first, "!") && c->at + 1 < c->words->count) {
		c->at++;
		outcome = dsfit_outcome_not(single(c));
	} else if (dsfit_span_is(first, "(")) {
		c->at++;
		outcome = either(c);
		c->at++;
	} else if (c->at + 2 < c->words->count && is_operator(word(c, 1))) {
		outcome = binary(c);
	} else if (dsfit_span_length(first) == 2 && first.begin->c == '-' &&
		   c->at + 1 < c->words->count) {
		outcome = unary(c);
	} else {
		c->at++;
		outcome = dsfit_outcome_not(is_empty(first));
	}
	c->depth--;
	return outcome;
}

static struct dsfit_outcome all(struct condition *c)
{
	struct dsfit_outcome outcome = single(c);

	while (c->at < c->words->count &&
	       (dsfit_span_is(word(c, 0), "-a") || dsfit_span_is(word(c, 0), "&&"))) {
		c->at++;
		outcome = dsfit_outcome_both(outcome, single(c));
	}
	return outcome;
}

static struct dsfit_outcome either(struct condition *c)
{
	struct dsfit_outcome outcome = all(c);

	while (c->at < c->words->count &&
	       (dsfit_span_is(word(c, 0), "-o") || dsfit_span_is(word(c, 0), "||"))) {
		c->at++;
		outcome = dsfit_outcome_not(dsfit_outcome_both(dsfit_outcome_not(outcome),
							       dsfit_outcome_not(all(c))));
	}
	return outcome;
}

struct dsfit_outcome dsfit_condition(struct dsfit_shell *shell, const struct dsfit_words *words,
				     bool patterns)
{
	struct condition c = { .shell = shell, .words = words, .patterns = patterns };

	if (!words->count)
		return known(false, false);
	return either(&c);
}
