/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/arithmetic.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 24

struct sum {
	struct dsfit_shell *shell;
	const struct dsfit_cell *at, *end;
	bool known;
	unsigned depth;
	uint32_t from;
};

/* Longer operators first. */
static const struct operator {
	const char *text;
	int binds;
} operators[] = {
	{ "||", 1 }, { "&&", 2 }, { "==", 6 }, { "!=", 6 }, { "<=", 7 }, { ">=", 7 },
	{ "<<", 8 }, { ">>", 8 }, { "**", 11 }, { "|", 3 }, { "^", 4 }, { "&", 5 },
	{ "<", 7 }, { ">", 7 }, { "+", 9 }, { "-", 9 }, { "*", 10 }, { "/", 10 }, { "%", 10 },
};

static int64_t whole(struct sum *s, int binds);

static char look(const struct sum *s, ptrdiff_t ahead)
{
	return s->end - s->at > ahead ? s->at[ahead].c : '\0';
}

/* Quotes too: in (( "$#" > 0 )) they mean nothing. */
static void skip_blanks(struct sum *s)
{
	while (look(s, 0) == ' ' || look(s, 0) == '\t' || look(s, 0) == '\n' ||
	       look(s, 0) == '"')
		s->at++;
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

/* Overflow wraps round, as in a shell. */
static int64_t power(int64_t base, int64_t exponent)
{
	uint64_t result = 1;

	for (int64_t i = 0; i < exponent && i < 64; i++)
		result *= (uint64_t)base;
	return (int64_t)result;
}

static int64_t divide(struct sum *s, int64_t a, int64_t b, bool rest)
{
	if (b == 0 || b == -1) {
		s->known &= b != 0;
		return rest || !b ? 0 : (int64_t)(0 - (uint64_t)a);
	}
	return rest ? a % b : a / b;
}

static int64_t apply(struct sum *s, const char *op, int64_t a, int64_t b)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op[0]) {
	case '+':
		return (int64_t)(x + y);
	case '-':
		return (int64_t)(x - y);
	case '*':
		return op[1] == '*' ? power(a, b) : (int64_t)(x * y);
	case '/':
	case '%':
		return divide(s, a, b, op[0] == '%');
	case '<':
		return op[1] == '<' ? (int64_t)(x << (y & 63)) : op[1] == '=' ? a <= b : a < b;
	case '>':
		return op[1] == '>' ? a >> (y & 63) : op[1] == '=' ? a >= b : a > b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	case '|':
		return op[1] == '|' ? a || b : (int64_t)(x | y);
	case '&':
		return op[1] == '&' ? a && b : (int64_t)(x & y);
	default:
		return (int64_t)(x ^ y);
	}
}

static int64_t digits(struct sum *s)
{
	uint64_t value = 0, base = 10;

	if (!s->from)
		s->from = s->at->from;
	if (look(s, 0) == '0' && (look(s, 1) | 32) == 'x') {
		base = 16;
		s->at += 2;
	}
	for (;; s->at++) {
		char c = look(s, 0);
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') :
				 (c | 32) >= 'a' && (c | 32) <= 'f' ?
				 (unsigned)((c | 32) - 'a' + 10) : 99;

		if (digit >= base)
			break;
		s->known &= !(s->at->flags & DSFIT_CELL_UNKNOWN);
		value = value * base + digit;
	}
	/* What is half a number is none: 1.5, 4G. */
	if (look(s, 0) == '.' || is_name(look(s, 0), true))
		s->known = false;
	return (int64_t)value;
}

/* Also the index after it, as in the variable's name. */
static const char *name(struct sum *s)
{
	struct dsfit_span span = { s->at, s->at };

	while (is_name(look(s, 0), false))
		s->at++;
	if (look(s, 0) == '[') {
		while (s->at < s->end && look(s, 0) != ']')
			s->at++;
		s->at += s->at < s->end;
	}
	span.end = s->at;
	return dsfit_span_text(s->shell->arena, span);
}

static int64_t value_of(struct sum *s, const char *variable)
{
	const struct dsfit_value *value = dsfit_variables_get(&s->shell->variables,
							      DSFIT_VARIABLE, variable);
	struct dsfit_span text;
	int64_t number = 0;

	if (!value || !value->items.count || !value->items.at[0].count) {
		s->known = false;
		return 0;
	}
	text = dsfit_span_of(&value->items.at[0]);
	if (!s->from)
		s->from = dsfit_span_from(text);
	if (!dsfit_span_number(text, &number))
		s->known = false;
	return number;
}

static void assign(struct sum *s, const char *variable, int64_t number)
{
	struct dsfit_cells text = { 0 };
	char written[24];

	snprintf(written, sizeof(written), "%lld", (long long)number);
	dsfit_cells_add_text(s->shell->arena, &text, s->known ? written : "?", s->from,
			     s->known ? 0 : DSFIT_CELL_UNKNOWN);
	dsfit_variables_set_text(&s->shell->variables, DSFIT_VARIABLE, variable, text);
}

/* A name, and what may stand after it: ++ -- = += -= *= /= %= */
static int64_t variable(struct sum *s)
{
	const char *of = name(s);
	char op[2] = { look(s, 0), '\0' };

	skip_blanks(s);
	op[0] = look(s, 0);
	if ((op[0] == '+' || op[0] == '-') && look(s, 1) == op[0]) {
		int64_t before = value_of(s, of);

		s->at += 2;
		assign(s, of, apply(s, op, before, 1));
		return before;
	}
	if (op[0] == '=' && look(s, 1) != '=') {
		int64_t set;

		s->at++;
		set = whole(s, 0);
		assign(s, of, set);
		return set;
	}
	if (op[0] && strchr("+-*/%", op[0]) && look(s, 1) == '=') {
		int64_t before = value_of(s, of), set;

		s->at += 2;
		set = apply(s, op, before, whole(s, 0));
		assign(s, of, set);
		return set;
	}
	return value_of(s, of);
}

static int64_t give_up(struct sum *s)
{
	s->known = false;
	s->at = s->end;
	return 0;
}

static int64_t single(struct sum *s)
{
	char c;
	int64_t value;

	skip_blanks(s);
	c = look(s, 0);
	if ((c == '+' || c == '-') && look(s, 1) == c && is_name(look(s, 2), true)) {
		const char *of;

		s->at += 2;
		of = name(s);
		value = apply(s, c == '+' ? "+" : "-", value_of(s, of), 1);
		assign(s, of, value);
		return value;
	}
	if (c == '-' || c == '+' || c == '!' || c == '~') {
		if (++s->depth > DEPTH_MAX)
			return give_up(s);
		s->at++;
		value = single(s);
		s->depth--;
		return c == '-' ? (int64_t)(0 - (uint64_t)value) : c == '!' ? !value :
		       c == '~' ? ~value : value;
	}
	if (c == '(') {
		s->at++;
		value = whole(s, 0);
		skip_blanks(s);
		s->at += look(s, 0) == ')';
		return value;
	}
	if (c >= '0' && c <= '9')
		return digits(s);
	if (is_name(c, true))
		return variable(s);
	s->known = false;
	if (s->at < s->end)
		s->at++;
	return 0;
}

static const struct operator *next_operator(struct sum *s)
{
	skip_blanks(s);
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		const char *text = operators[i].text;

		if (look(s, 0) == text[0] && (!text[1] || look(s, 1) == text[1]))
			return &operators[i];
	}
	return NULL;
}

static int64_t choose(struct sum *s, int64_t condition)
{
	int64_t yes, no;

	s->at++;
	yes = whole(s, 0);
	skip_blanks(s);
	s->at += look(s, 0) == ':';
	no = whole(s, 0);
	return condition ? yes : no;
}

/* All that binds tighter than `binds`. */
static int64_t whole(struct sum *s, int binds)
{
	const struct operator *op;
	int64_t value = 0;

	if (++s->depth > DEPTH_MAX || !dsfit_arena_work(s->shell->arena, 1))
		return give_up(s);
	value = single(s);
	for (op = next_operator(s); op && op->binds > binds; op = next_operator(s)) {
		s->at += strlen(op->text);
		value = apply(s, op->text, value, whole(s, op->binds));
	}
	if (!binds && look(s, 0) == '?')
		value = choose(s, value);
	s->depth--;
	return value;
}

bool dsfit_arithmetic(struct dsfit_shell *shell, struct dsfit_span text, int64_t *result,
		      uint32_t *from)
{
	struct sum s = { .shell = shell, .at = text.begin, .end = text.end, .known = true };

	*result = whole(&s, 0);
	skip_blanks(&s);
	while (look(&s, 0) == ',' && !shell->arena->stopped) {
		s.at++;
		*result = whole(&s, 0);
		skip_blanks(&s);
	}
	*from = s.from ? s.from : dsfit_span_from(text);
	return s.known && s.at >= s.end && text.begin < text.end;
}
