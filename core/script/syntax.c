/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shell's grammar, by recursive descent. It is forgiving: a script that bash would reject is read
 * as far as it makes sense, because people submit such scripts too.
 */
#include "core/script/syntax.h"

#include <limits.h>
#include <string.h>

#include "core/script/skip.h"

#define DEPTH_MAX 48
#define HEREDOCS_MAX 16
#define REDIRECTS_MAX 16
#define NODE_WORK 12

struct parser {
	struct dsfit_arena *arena;
	const struct dsfit_cell *at, *end;
	unsigned depth;
	struct dsfit_redirect *heredoc[HEREDOCS_MAX];	/* whose text is still to come */
	unsigned heredocs;
};

static struct dsfit_node *parse_list(struct parser *p);

/* ---- characters ----------------------------------------------------------------------------- */

static char look(const struct parser *p, ptrdiff_t ahead)
{
	return p->end - p->at > ahead ? p->at[ahead].c : '\0';
}

static bool is_in(char c, const char *set)
{
	return c && strchr(set, c);
}

/* What each character of a script is asked for. */
enum {
	ENDS_WORD = 1,
	SKIPS = 2,		/* quotes and substitutions */
	REDIRECTS = 4,		/* it may begin a redirection */
	KEYWORD = 8,		/* it may begin a compound command */
	CLOSER = 16,		/* it may begin what closes one */
};

static const uint8_t kinds[UCHAR_MAX + 1] = {
	[' '] = ENDS_WORD, ['\t'] = ENDS_WORD, ['\n'] = ENDS_WORD, [';'] = ENDS_WORD | CLOSER,
	['&'] = ENDS_WORD | REDIRECTS, ['|'] = ENDS_WORD, ['<'] = ENDS_WORD | REDIRECTS,
	['>'] = ENDS_WORD | REDIRECTS, ['('] = ENDS_WORD | KEYWORD, [')'] = ENDS_WORD | CLOSER,
	['\''] = SKIPS, ['"'] = SKIPS, ['`'] = SKIPS, ['\\'] = SKIPS, ['$'] = SKIPS,
	['0'] = REDIRECTS, ['1'] = REDIRECTS, ['2'] = REDIRECTS, ['3'] = REDIRECTS,
	['4'] = REDIRECTS, ['5'] = REDIRECTS, ['6'] = REDIRECTS, ['7'] = REDIRECTS,
	['8'] = REDIRECTS, ['9'] = REDIRECTS,
	['{'] = KEYWORD, ['['] = KEYWORD, ['i'] = KEYWORD, ['s'] = KEYWORD, ['w'] = KEYWORD,
	['u'] = KEYWORD, ['c'] = KEYWORD, ['f'] = KEYWORD | CLOSER,
	['t'] = CLOSER, ['e'] = CLOSER, ['d'] = CLOSER, ['}'] = CLOSER,
};

static bool is(char c, unsigned kind)
{
	return kinds[(unsigned char)c] & kind;
}

/* Blanks, continuations and comments. */
static void skip_blanks(struct parser *p)
{
	for (;;) {
		if (look(p, 0) == ' ' || look(p, 0) == '\t')
			p->at++;
		else if (look(p, 0) == '\\' && look(p, 1) == '\n')
			p->at += 2;
		else if (look(p, 0) == '#')
			while (p->at < p->end && p->at->c != '\n')
				p->at++;
		else
			return;
	}
}

/* ---- heredocs ------------------------------------------------------------------------------- */

static const struct dsfit_cell *line_end(const struct parser *p)
{
	const struct dsfit_cell *at = p->at;

	while (at < p->end && at->c != '\n')
		at++;
	return at;
}

static bool is_delimiter(const struct dsfit_cell *line, const struct dsfit_cell *end,
			 struct dsfit_span word, bool tabs)
{
	while (tabs && line < end && line->c == '\t')
		line++;
	if (end - line != word.end - word.begin)
		return false;
	for (; line < end; line++, word.begin++)
		if (line->c != word.begin->c)
			return false;
	return true;
}

/* <<- takes the tabs at the beginning of each line away. */
static struct dsfit_span without_tabs(struct parser *p, struct dsfit_span text)
{
	struct dsfit_cells kept = { 0 };
	bool begins = true;

	for (const struct dsfit_cell *c = text.begin; c < text.end; c++) {
		begins &= c->c == '\t';
		if (!begins)
			dsfit_cells_add(p->arena, &kept, *c);
		begins |= c->c == '\n';
	}
	return dsfit_span_of(&kept);
}

/* Its target, so far the delimiter, becomes its text. */
static void take_heredoc(struct parser *p, struct dsfit_redirect *r)
{
	struct dsfit_span word = r->target;
	bool tabs = r->op[2] == '-';

	r->target = (struct dsfit_span){ p->at, p->at };
	while (p->at < p->end) {
		const struct dsfit_cell *end = line_end(p);

		r->target.end = p->at;
		if (is_delimiter(p->at, end, word, tabs)) {
			p->at = end;
			break;
		}
		p->at = end < p->end ? end + 1 : end;
		r->target.end = p->at;
	}
	if (tabs)
		r->target = without_tabs(p, r->target);
	r->op[2] = '\0';
}

static void skip_newline(struct parser *p)
{
	p->at++;
	for (unsigned i = 0; i < p->heredocs; i++) {
		take_heredoc(p, p->heredoc[i]);
		if (look(p, 0) == '\n')
			p->at++;
	}
	p->heredocs = 0;
}

static void skip_lines(struct parser *p)
{
	for (skip_blanks(p); is_in(look(p, 0), "\n;"); skip_blanks(p)) {
		if (look(p, 0) == ';') {
			if (look(p, 1) == ';')
				return;
			p->at++;
		} else {
			skip_newline(p);
		}
	}
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Whether the word so far is NAME= or NAME+=, so that ( begins an array. */
static bool is_assignment(struct dsfit_span word)
{
	if (word.end - word.begin < 2 || word.end[-1].c != '=')
		return false;
	for (const struct dsfit_cell *c = word.begin; c < word.end - 1; c++)
		if (!is_in(c->c | 32, "abcdefghijklmnopqrstuvwxyz_\x7f") &&
		    !(c->c >= '0' && c->c <= '9') && !is_in(c->c, "_+[]"))
			return false;
	return true;
}

static struct dsfit_span take_word(struct parser *p)
{
	struct dsfit_span word = { p->at, p->at };

	for (;;) {
		char c;

		while (p->at < p->end && !is(p->at->c, ENDS_WORD | SKIPS))
			p->at++;
		word.end = p->at;
		if (p->at == p->end)
			break;
		c = p->at->c;
		if ((c == '<' || c == '>') && look(p, 1) == '(')
			p->at = dsfit_script_skip(p->at, p->end);
		else if (c == '(' && is_assignment(word))
			p->at = dsfit_script_skip(p->at, p->end);
		else if (c == '(' && p->at > word.begin && is_in(p->at[-1].c, "@?*+!"))
			p->at = dsfit_script_skip(p->at, p->end);
		else if (is(c, ENDS_WORD))
			break;
		else if (c == '\\' && look(p, 1) == '\n')
			p->at += 2;
		else
			p->at = dsfit_script_skip(p->at, p->end);
	}
	dsfit_arena_work(p->arena, dsfit_span_length(word));
	return word;
}

/* The word that comes, which stays where it is. */
static bool comes(const struct parser *p, const char *word)
{
	ptrdiff_t length = 0;

	for (; word[length]; length++)
		if (look(p, length) != word[length])
			return false;
	return !look(p, length) || is(look(p, length), ENDS_WORD) || look(p, length) == '\\';
}

static bool take(struct parser *p, const char *word)
{
	skip_blanks(p);
	if (!comes(p, word))
		return false;
	p->at += strlen(word);
	return true;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static struct dsfit_node *node(struct parser *p, enum dsfit_node_kind kind)
{
	struct dsfit_node *n = dsfit_arena_work(p->arena, NODE_WORK) ?
			       dsfit_arena_take(p->arena, sizeof(*n)) : NULL;

	if (n)
		n->kind = kind;
	return n;
}

static void add_word(struct parser *p, struct dsfit_node *n, struct dsfit_span word)
{
	if (n->count == n->room) {
		size_t room = n->room ? n->room * 2 : 4;
		struct dsfit_span *words = dsfit_arena_take(p->arena, room * sizeof(*words));

		if (!words)
			return;
		if (n->count)
			memcpy(words, n->words, n->count * sizeof(*words));
		n->words = words;
		n->room = room;
	}
	n->words[n->count++] = word;
}

/* ---- redirections --------------------------------------------------------------------------- */

/* The operator that comes: its length, or 0. Digits before it are part of it. */
static unsigned redirection(const struct parser *p, char op[4])
{
	static const char *const operators[] = { "<<<", "<<-", "&>>", "<<", ">>", "&>", ">&", "<&",
						 ">|", "<>", "<", ">" };
	ptrdiff_t digits = 0;

	if (!is(look(p, 0), REDIRECTS))
		return 0;
	while (look(p, digits) >= '0' && look(p, digits) <= '9')
		digits++;
	if (is_in(look(p, digits), "<>") && look(p, digits + 1) == '(')
		return 0;
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t length = strlen(operators[i]), j = 0;

		while (j < length && look(p, digits + (ptrdiff_t)j) == operators[i][j])
			j++;
		if (j < length)
			continue;
		memcpy(op, operators[i], length + 1);
		/* What goes to another descriptor is not in the file. */
		if (digits && (look(p, 0) == '2' || digits > 1))
			op[0] = '2';
		return (unsigned)digits + (unsigned)length;
	}
	return 0;
}

static struct dsfit_span without_quotes(struct parser *p, struct dsfit_span word, bool *quoted)
{
	struct dsfit_cells plain = { 0 };

	for (const struct dsfit_cell *c = word.begin; c < word.end; c++) {
		if (is_in(c->c, "'\"\\"))
			*quoted = true;
		else
			dsfit_cells_add(p->arena, &plain, *c);
	}
	return *quoted ? dsfit_span_of(&plain) : word;
}

static bool take_redirection(struct parser *p, struct dsfit_node *n)
{
	char op[4] = "";
	unsigned length = redirection(p, op);
	struct dsfit_redirect *r, **last = &n->redirects;
	unsigned count = 0;

	if (!length)
		return false;
	p->at += length;
	skip_blanks(p);
	r = dsfit_arena_take(p->arena, sizeof(*r));
	if (!r)
		return true;
	memcpy(r->op, op, sizeof(op));
	r->target = take_word(p);
	if (op[0] == '<' && op[1] == '<' && op[2] != '<') {
		r->target = without_quotes(p, r->target, &r->quoted);
		if (p->heredocs < HEREDOCS_MAX)
			p->heredoc[p->heredocs++] = r;
	}
	for (; *last; last = &(*last)->next)
		if (++count == REDIRECTS_MAX)
			return true;
	*last = r;
	return true;
}

/* ---- commands ------------------------------------------------------------------------------- */

static bool at_closer(const struct parser *p)
{
	static const char *const closers[] = { "then", "else", "elif", "fi", "do", "done", "esac",
					       "}", NULL };

	if (!is(look(p, 0), CLOSER))
		return false;
	for (size_t i = 0; closers[i]; i++)
		if (comes(p, closers[i]))
			return true;
	return look(p, 0) == ')' || (look(p, 0) == ';' && look(p, 1) == ';');
}

static struct dsfit_node *parse_if(struct parser *p)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_IF);

	if (!n || ++p->depth > DEPTH_MAX) {
		p->arena->stopped = true;
		return n;
	}
	n->condition = parse_list(p);
	if (take(p, "then"))
		n->body = parse_list(p);
	if (take(p, "elif"))
		n->otherwise = parse_if(p);
	else if (take(p, "else"))
		n->otherwise = parse_list(p);
	take(p, "fi");
	p->depth--;
	return n;
}

static struct dsfit_node *parse_loop(struct parser *p, struct dsfit_node *n)
{
	skip_lines(p);
	if (take(p, "do"))
		n->body = parse_list(p);
	else if (take(p, "{"))
		n->body = parse_list(p);
	if (!take(p, "done"))
		take(p, "}");
	return n;
}

/* The inside of (( )), at the first of them. */
static struct dsfit_span take_arithmetic(struct parser *p)
{
	struct dsfit_span inside = { p->at + 2, p->at + 2 };
	unsigned depth = 0;

	for (p->at += 2; p->at < p->end; p->at++) {
		inside.end = p->at;
		if (p->at->c == '(')
			depth++;
		else if (p->at->c == ')' && !depth && look(p, 1) == ')')
			break;
		else if (p->at->c == ')' && depth)
			depth--;
	}
	p->at += p->end - p->at > 1 ? 2 : p->end - p->at;
	return inside;
}

static void split_count(struct parser *p, struct dsfit_node *n, struct dsfit_span inside)
{
	const struct dsfit_cell *begin = inside.begin;

	for (const struct dsfit_cell *c = begin; c <= inside.end; c++) {
		if (c < inside.end && c->c != ';')
			continue;
		add_word(p, n, (struct dsfit_span){ begin, c });
		begin = c + 1;
	}
	while (n->count && n->count < 3)
		add_word(p, n, (struct dsfit_span){ inside.end, inside.end });
}

static struct dsfit_node *parse_for(struct parser *p)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_FOR);

	skip_blanks(p);
	if (!n)
		return NULL;
	if (look(p, 0) == '(' && look(p, 1) == '(') {
		n->kind = DSFIT_NODE_COUNT;
		split_count(p, n, take_arithmetic(p));
		return n->count >= 3 ? parse_loop(p, n) : NULL;
	}
	add_word(p, n, take_word(p));
	skip_lines(p);
	n->over_arguments = !take(p, "in");
	for (skip_blanks(p); !n->over_arguments && p->at < p->end && !is_in(look(p, 0), "\n;");
	     skip_blanks(p)) {
		const struct dsfit_cell *before = p->at;

		add_word(p, n, take_word(p));
		if (p->at == before)
			p->at++;
	}
	return parse_loop(p, n);
}

static struct dsfit_node *parse_while(struct parser *p, bool until)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_WHILE);

	if (!n)
		return NULL;
	n->negated = until;
	n->condition = parse_list(p);
	return parse_loop(p, n);
}

static struct dsfit_node *parse_item(struct parser *p)
{
	struct dsfit_node *item = node(p, DSFIT_NODE_ITEM);

	if (!item)
		return NULL;
	skip_blanks(p);
	if (look(p, 0) == '(')
		p->at++;
	for (skip_blanks(p); p->at < p->end && look(p, 0) != ')'; skip_blanks(p)) {
		const struct dsfit_cell *before = p->at;

		add_word(p, item, take_word(p));
		skip_blanks(p);
		if (look(p, 0) == '|' || p->at == before)
			p->at++;
	}
	p->at += p->at < p->end;
	item->body = parse_list(p);
	while (is_in(look(p, 0), ";&"))
		p->at++;
	return item;
}

static struct dsfit_node *parse_case(struct parser *p)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_CASE), **last;

	if (!n)
		return NULL;
	skip_blanks(p);
	add_word(p, n, take_word(p));
	skip_lines(p);
	take(p, "in");
	last = &n->body;
	for (skip_lines(p); p->at < p->end && !comes(p, "esac"); skip_lines(p)) {
		const struct dsfit_cell *before = p->at;

		*last = parse_item(p);
		if (!*last || p->at == before)
			break;
		last = &(*last)->next;
	}
	take(p, "esac");
	return n;
}

static struct dsfit_node *parse_test(struct parser *p)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_TEST);

	for (skip_blanks(p); n && p->at < p->end && !comes(p, "]]"); skip_blanks(p)) {
		const struct dsfit_cell *begin = p->at;

		if (look(p, 0) == '\n') {
			p->at++;
			continue;
		}
		add_word(p, n, take_word(p));
		if (p->at > begin)
			continue;
		/* An operator: && || ( ) < > */
		p->at += is_in(look(p, 0), "&|") && look(p, 1) == look(p, 0) ? 2 : 1;
		n->words[n->count - 1].end = p->at;
	}
	take(p, "]]");
	return n;
}

static struct dsfit_node *parse_function(struct parser *p, struct dsfit_span name);
static struct dsfit_node *parse_command(struct parser *p);

static struct dsfit_node *parse_group(struct parser *p, bool subshell)
{
	struct dsfit_node *n = node(p, subshell ? DSFIT_NODE_SUBSHELL : DSFIT_NODE_LIST);

	if (!n)
		return NULL;
	n->body = parse_list(p);
	if (subshell && look(p, 0) == ')')
		p->at++;
	else if (!subshell)
		take(p, "}");
	return n;
}

static struct dsfit_node *parse_simple(struct parser *p)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_SIMPLE);

	if (!n)
		return NULL;
	for (skip_blanks(p); p->at < p->end; skip_blanks(p)) {
		const struct dsfit_cell *before = p->at;

		if (take_redirection(p, n))
			continue;
		if (is_in(look(p, 0), "\n;&|)"))
			break;
		if (look(p, 0) == '(') {
			if (n->count == 1 && look(p, 1) == ')') {
				p->at += 2;
				return parse_function(p, n->words[0]);
			}
			p->at++;
			continue;
		}
		add_word(p, n, take_word(p));
		if (p->at == before)
			p->at++;
	}
	return n;
}

static struct dsfit_node *parse_function(struct parser *p, struct dsfit_span name)
{
	struct dsfit_node *n = node(p, DSFIT_NODE_FUNCTION);

	if (!n)
		return NULL;
	add_word(p, n, name);
	skip_lines(p);
	n->body = parse_command(p);
	return n;
}

static struct dsfit_node *parse_compound(struct parser *p)
{
	struct dsfit_node *n;

	if (!is(look(p, 0), KEYWORD))
		return parse_simple(p);
	if (look(p, 0) == '(' && look(p, 1) == '(') {
		n = node(p, DSFIT_NODE_ARITHMETIC);
		if (n)
			add_word(p, n, take_arithmetic(p));
		return n;
	}
	if (look(p, 0) == '(') {
		p->at++;
		return parse_group(p, true);
	}
	if (take(p, "{"))
		return parse_group(p, false);
	if (take(p, "if"))
		return parse_if(p);
	if (take(p, "for") || take(p, "select"))
		return parse_for(p);
	if (take(p, "while"))
		return parse_while(p, false);
	if (take(p, "until"))
		return parse_while(p, true);
	if (take(p, "case"))
		return parse_case(p);
	if (take(p, "[["))
		return parse_test(p);
	if (take(p, "function")) {
		struct dsfit_span name;

		skip_blanks(p);
		name = take_word(p);
		skip_blanks(p);
		if (look(p, 0) == '(' && look(p, 1) == ')')
			p->at += 2;
		return parse_function(p, name);
	}
	return parse_simple(p);
}

static struct dsfit_node *parse_command(struct parser *p)
{
	struct dsfit_node *n;

	if (++p->depth > DEPTH_MAX) {
		p->arena->stopped = true;
		p->depth--;
		return NULL;
	}
	skip_blanks(p);
	n = parse_compound(p);
	if (n && n->kind != DSFIT_NODE_SIMPLE)
		for (skip_blanks(p); take_redirection(p, n); skip_blanks(p))
			;
	p->depth--;
	return n;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static struct dsfit_node *parse_pipe(struct parser *p)
{
	bool negated = take(p, "!");
	struct dsfit_node *n = parse_command(p), *pipe, **last;

	skip_blanks(p);
	if (!n || (!negated && (look(p, 0) != '|' || look(p, 1) == '|')))
		return n;
	pipe = node(p, DSFIT_NODE_PIPE);
	if (!pipe)
		return n;
	pipe->negated = negated;
	pipe->body = n;
	for (last = &n->next; look(p, 0) == '|' && look(p, 1) != '|'; skip_blanks(p)) {
		p->at += look(p, 1) == '&' ? 2 : 1;
		skip_lines(p);
		*last = parse_command(p);
		if (!*last)
			break;
		last = &(*last)->next;
	}
	return pipe;
}

static struct dsfit_node *parse_and_or(struct parser *p)
{
	struct dsfit_node *n = parse_pipe(p), *list, **last;

	skip_blanks(p);
	if (!n || !((look(p, 0) == '&' || look(p, 0) == '|') && look(p, 1) == look(p, 0)))
		return n;
	list = node(p, DSFIT_NODE_AND_OR);
	if (!list)
		return n;
	list->body = n;
	last = &n->next;
	while ((look(p, 0) == '&' || look(p, 0) == '|') && look(p, 1) == look(p, 0)) {
		char op = look(p, 0);

		p->at += 2;
		skip_lines(p);
		*last = parse_pipe(p);
		if (!*last)
			break;
		(*last)->op = op;
		last = &(*last)->next;
		skip_blanks(p);
	}
	return list;
}

/* Until a word that closes what contains the list, or the end. */
static struct dsfit_node *parse_list(struct parser *p)
{
	struct dsfit_node *list = node(p, DSFIT_NODE_LIST), **last;

	if (!list)
		return NULL;
	last = &list->body;
	for (skip_lines(p); p->at < p->end && !at_closer(p) && !p->arena->stopped;
	     skip_lines(p)) {
		const struct dsfit_cell *before = p->at;

		*last = parse_and_or(p);
		if (look(p, 0) == '&') {
			if (*last)
				(*last)->in_background = true;
			p->at++;
		}
		if (p->at == before)
			p->at++;
		while (*last)
			last = &(*last)->next;
	}
	return list;
}

struct dsfit_node *dsfit_syntax_parse(struct dsfit_arena *arena, struct dsfit_span text)
{
	struct parser p = { .arena = arena, .at = text.begin, .end = text.end };
	struct dsfit_node *all = node(&p, DSFIT_NODE_LIST);

	if (!all)
		return NULL;
	all->body = parse_list(&p);
	for (struct dsfit_node *last = all->body; last && p.at < p.end && !arena->stopped;
	     last = last->next) {
		/* A closer that closes nothing. */
		for (p.at++; look(&p, 0) >= 'a' && look(&p, 0) <= 'z'; p.at++)
			;
		last->next = parse_list(&p);
	}
	return all;
}
