/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Makefile is read line by line into variables and rules. Then the goals are taken in turn: what
 * a goal needs comes before it, each once, and of each its recipe with $( ) replaced. Whether a
 * target is up to date is not asked: a training is meant to run.
 */
#include "core/script/make.h"

#include <ctype.h>
#include <string.h>

#include "core/script/files.h"

#define RULES_MAX 256
#define VARIABLES_MAX 256
#define INCLUDES_MAX 8
#define CONDITIONS_MAX 16
#define EXPANSIONS_MAX 16
#define GOALS_DEEP 16

struct variable {
	struct dsfit_span name;
	struct dsfit_cells value;
	bool typed;			/* with the goals, which wins */
};

struct rule {
	struct dsfit_span targets, needs;
	struct dsfit_span recipe;	/* lines that begin with a tab */
	bool done;
};

struct make {
	struct dsfit_shell *shell;
	struct dsfit_span folder;	/* of -C */
	struct variable *variable;
	size_t variables;
	struct rule *rule;
	size_t rules;
	struct rule *open;		/* the rule whose recipe comes */
	enum { TAKEN, SKIPPED, UNSURE } condition[CONDITIONS_MAX];
	size_t conditions;
	unsigned includes;
	const struct rule *now;		/* whose recipe is expanded */
	struct dsfit_cells *script;
};

static bool same(struct dsfit_span a, struct dsfit_span b)
{
	if (dsfit_span_length(a) != dsfit_span_length(b))
		return false;
	for (size_t i = 0; i < dsfit_span_length(a); i++)
		if (a.begin[i].c != b.begin[i].c)
			return false;
	return true;
}

/* The next word between blanks. */
static bool next_word(struct dsfit_span *rest, struct dsfit_span *one)
{
	*rest = dsfit_span_trimmed(*rest);
	*one = (struct dsfit_span){ rest->begin, rest->begin };
	while (one->end < rest->end && !isspace((unsigned char)one->end->c))
		one->end++;
	rest->begin = one->end;
	return one->begin < one->end;
}

/* ---- variables ------------------------------------------------------------------------------ */

static struct variable *find_variable(struct make *m, struct dsfit_span name)
{
	for (size_t i = 0; i < m->variables && dsfit_arena_work(m->shell->arena, 1); i++)
		if (same(m->variable[i].name, name))
			return &m->variable[i];
	return NULL;
}

static void unknown(struct make *m, struct dsfit_cells *out)
{
	dsfit_cells_add_text(m->shell->arena, out, "?", 0, DSFIT_CELL_UNKNOWN);
}

static void expand(struct make *m, struct dsfit_span text, unsigned depth,
		   struct dsfit_cells *out);

/* $@, $<, $^ */
static void put_automatic(struct make *m, char c, struct dsfit_cells *out)
{
	struct dsfit_span rest = m->now ? (c == '@' ? m->now->targets : m->now->needs) :
			  (struct dsfit_span){ NULL, NULL };
	struct dsfit_span one = rest;

	if (c != '^')
		next_word(&rest, &one);
	dsfit_cells_add_span(m->shell->arena, out, one);
}

/* $(shell ...): as much of it as a command substitution knows. */
static void put_output(struct make *m, struct dsfit_span command, unsigned depth,
		       struct dsfit_cells *out)
{
	struct dsfit_cells code = { 0 };
	size_t before = out->count;

	expand(m, command, depth + 1, &code);
	m->shell->substitute(m->shell, dsfit_span_of(&code), out);
	while (out->count > before && out->at[out->count - 1].c == '\n')
		out->count--;
	for (size_t i = before; i < out->count; i++)
		if (out->at[i].c == '\n')
			out->at[i].c = ' ';
}

static void put_named(struct make *m, struct dsfit_span name, unsigned depth,
		      struct dsfit_cells *out)
{
	struct variable *variable = find_variable(m, name);
	const char *text = dsfit_span_text(m->shell->arena, name);
	const struct dsfit_value *value;

	if (variable && depth < EXPANSIONS_MAX) {
		expand(m, dsfit_span_of(&variable->value), depth + 1, out);
		return;
	}
	if (!strcmp(text, "MAKE") || !strcmp(text, "CURDIR")) {
		dsfit_cells_add_text(m->shell->arena, out, *text == 'M' ? "make" : ".",
				     dsfit_span_from(name), 0);
		return;
	}
	if (dsfit_span_begins(name, "shell ") && depth < EXPANSIONS_MAX) {
		put_output(m, (struct dsfit_span){ name.begin + strlen("shell "), name.end },
			   depth, out);
		return;
	}
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && *c != '.') {
			unknown(m, out);	/* a function */
			return;
		}
	value = dsfit_variables_get(&m->shell->variables, DSFIT_VARIABLE, text);
	if (value && value->items.count)
		dsfit_cells_add_span(m->shell->arena, out, dsfit_span_of(&value->items.at[0]));
}

/* The bracket that closes the one before `c`. */
static const struct dsfit_cell *closing(const struct dsfit_cell *c, const struct dsfit_cell *end)
{
	int depth = 1;

	for (; c < end; c++) {
		depth += c->c == '(' || c->c == '{';
		depth -= c->c == ')' || c->c == '}';
		if (!depth)
			break;
	}
	return c;
}

static void expand(struct make *m, struct dsfit_span text, unsigned depth,
		   struct dsfit_cells *out)
{
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++) {
		struct dsfit_span name;

		if (!dsfit_arena_work(m->shell->arena, 1))
			return;
		if (c->c != '$' || text.end - c < 2 || (c->flags & DSFIT_CELL_UNKNOWN)) {
			dsfit_cells_add(m->shell->arena, out, *c);
			continue;
		}
		c++;
		if (c->c == '$') {
			dsfit_cells_add(m->shell->arena, out, *c);
		} else if (strchr("@<^", c->c)) {
			put_automatic(m, c->c, out);
		} else if (c->c == '(' || c->c == '{') {
			name = (struct dsfit_span){ c + 1, closing(c + 1, text.end) };
			put_named(m, name, depth, out);
			if (name.end == text.end)
				return;
			c = name.end;
		} else {
			put_named(m, (struct dsfit_span){ c, c + 1 }, depth, out);
		}
	}
}

/* NAME = value, and its kin: op is what stands before the "=". */
static void assign(struct make *m, struct dsfit_span name, char op, struct dsfit_span value,
		   bool typed)
{
	struct variable *variable = find_variable(m, name);
	struct dsfit_cells now = { 0 };
	const char *text = dsfit_span_text(m->shell->arena, name);
	bool unsure = m->conditions && m->condition[m->conditions - 1] == UNSURE;

	if (variable ? variable->typed || op == '?' : m->variables == VARIABLES_MAX)
		return;
	if (op == '?' && dsfit_variables_get(&m->shell->variables, DSFIT_VARIABLE, text))
		return;
	if (!variable) {
		variable = &m->variable[m->variables++];
		*variable = (struct variable){ .name = name, .typed = typed };
	}
	if (op == '+') {
		dsfit_cells_add_span(m->shell->arena, &now, dsfit_span_of(&variable->value));
		dsfit_cells_add_text(m->shell->arena, &now, " ", dsfit_span_from(value), 0);
	}
	if (unsure || op == '!')
		unknown(m, &now);
	else if (op == ':')
		expand(m, value, 0, &now);
	else
		dsfit_cells_add_span(m->shell->arena, &now, value);
	variable->value = now;
}

/* A line that sets a variable. Returns false if it is none. */
static bool take_assignment(struct make *m, struct dsfit_span line, bool typed)
{
	const struct dsfit_cell *c = line.begin;
	struct dsfit_span name;
	char op = '=';

	while (c < line.end && (isalnum((unsigned char)c->c) || strchr("_-.", c->c)) && c->c)
		c++;
	name = (struct dsfit_span){ line.begin, c };
	while (c < line.end && c->c == ' ')
		c++;
	for (; c < line.end && c->c && strchr(":?+!", c->c); c++)
		op = c->c;
	if (c >= line.end || c->c != '=' || name.begin == name.end)
		return false;
	assign(m, name, op, dsfit_span_trimmed((struct dsfit_span){ c + 1, line.end }), typed);
	return true;
}

/* ---- conditions ----------------------------------------------------------------------------- */

static bool is_skipped(const struct make *m)
{
	for (size_t i = 0; i < m->conditions; i++)
		if (m->condition[i] == SKIPPED)
			return true;
	return false;
}

/* (a,b), of ifeq and ifneq. */
static int compare(struct make *m, struct dsfit_span text, bool equal)
{
	struct dsfit_cells one = { 0 }, other = { 0 };
	const struct dsfit_cell *comma = text.begin;

	text = dsfit_span_trimmed(text);
	if (!dsfit_span_begins(text, "(") || text.end[-1].c != ')')
		return UNSURE;
	text.begin++;
	text.end--;
	for (comma = text.begin; comma < text.end && comma->c != ','; comma++)
		if (comma->c == '(' || comma->c == '{')
			comma = closing(comma + 1, text.end) - 1;
	if (comma >= text.end)
		return UNSURE;
	expand(m, dsfit_span_trimmed((struct dsfit_span){ text.begin, comma }), 0, &one);
	expand(m, dsfit_span_trimmed((struct dsfit_span){ comma + 1, text.end }), 0, &other);
	if (dsfit_span_has(dsfit_span_of(&one), DSFIT_CELL_UNKNOWN) ||
	    dsfit_span_has(dsfit_span_of(&other), DSFIT_CELL_UNKNOWN))
		return UNSURE;
	return same(dsfit_span_of(&one), dsfit_span_of(&other)) == equal ? TAKEN : SKIPPED;
}

static int is_defined(struct make *m, struct dsfit_span name, bool defined)
{
	const char *text = dsfit_span_text(m->shell->arena, dsfit_span_trimmed(name));
	bool is = find_variable(m, dsfit_span_trimmed(name)) ||
		  dsfit_variables_get(&m->shell->variables, DSFIT_VARIABLE, text);

	return is == defined ? TAKEN : SKIPPED;
}

/* Returns false if the line is no condition. */
static bool take_condition(struct make *m, struct dsfit_span line)
{
	struct dsfit_span word, rest = line;
	bool negated;

	next_word(&rest, &word);
	negated = dsfit_span_begins(word, "ifn");
	if (dsfit_span_is(word, "endif")) {
		m->conditions -= m->conditions > 0;
	} else if (dsfit_span_is(word, "else")) {
		if (m->conditions && m->condition[m->conditions - 1] != UNSURE)
			m->condition[m->conditions - 1] =
				m->condition[m->conditions - 1] == TAKEN ? SKIPPED : TAKEN;
	} else if (dsfit_span_begins(word, "ifeq") || dsfit_span_begins(word, "ifneq") ||
		   dsfit_span_begins(word, "ifdef") || dsfit_span_begins(word, "ifndef")) {
		word.begin += negated ? 3 : 2;
		if (m->conditions < CONDITIONS_MAX)
			m->condition[m->conditions++] = dsfit_span_begins(word, "eq") ?
				compare(m, (struct dsfit_span){ word.begin + 2, line.end },
					!negated) : is_defined(m, rest, !negated);
	} else {
		return false;
	}
	return true;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void read_makefile(struct make *m, struct dsfit_span name);

/* targets : needs ; recipe */
static void take_rule(struct make *m, struct dsfit_span line)
{
	const struct dsfit_cell *colon = line.begin, *end;
	struct dsfit_cells needs = { 0 }, targets = { 0 };

	while (colon < line.end && colon->c != ':')
		colon++;
	if (colon == line.end || m->rules == RULES_MAX)
		return;
	end = colon + 1;
	end += end < line.end && end->c == ':';
	/* A variable of one target is taken for one of all. */
	if (take_assignment(m, dsfit_span_trimmed((struct dsfit_span){ end, line.end }), false))
		return;
	expand(m, (struct dsfit_span){ line.begin, colon }, 0, &targets);
	expand(m, (struct dsfit_span){ end, line.end }, 0, &needs);
	m->open = &m->rule[m->rules++];
	*m->open = (struct rule){ .targets = dsfit_span_trimmed(dsfit_span_of(&targets)),
				  .needs = dsfit_span_trimmed(dsfit_span_of(&needs)) };
}

static void take_line(struct make *m, struct dsfit_span line)
{
	struct dsfit_span rest = line, word;

	next_word(&rest, &word);
	if (dsfit_span_is(word, "export") || dsfit_span_is(word, "override")) {
		take_assignment(m, dsfit_span_trimmed(rest), false);
	} else if (dsfit_span_is(word, "include") || dsfit_span_is(word, "-include")) {
		while (next_word(&rest, &word))
			read_makefile(m, word);
	} else if (!take_assignment(m, line, false)) {
		take_rule(m, line);
	}
}

/* Lines that end in a backslash are one. */
static struct dsfit_span join(struct make *m, struct dsfit_span *rest)
{
	struct dsfit_cells line = { 0 };
	const struct dsfit_cell *c = rest->begin;
	bool comment = false;

	for (; c < rest->end && c->c != '\n'; c++) {
		comment |= c->c == '#' && (c == rest->begin || c[-1].c != '\\');
		if (c->c == '\\' && rest->end - c > 1 && c[1].c == '\n') {
			dsfit_cells_add_text(m->shell->arena, &line, " ", c->from, 0);
			c++;
		} else if (!comment) {
			dsfit_cells_add(m->shell->arena, &line, *c);
		}
	}
	rest->begin = c + (c < rest->end);
	return dsfit_span_trimmed(dsfit_span_of(&line));
}

/* The lines of a recipe, which begin with a tab, and what a backslash joins to them. */
static void take_recipe(struct make *m, struct dsfit_span *rest)
{
	struct dsfit_span recipe = { rest->begin, rest->begin };

	while (recipe.end < rest->end && recipe.end->c == '\t') {
		while (recipe.end < rest->end && (recipe.end->c != '\n' ||
						  recipe.end[-1].c == '\\'))
			recipe.end++;
		recipe.end += recipe.end < rest->end;
	}
	if (m->open && !is_skipped(m))
		m->open->recipe = recipe;
	m->open = NULL;
	rest->begin = recipe.end;
}

static void take_lines(struct make *m, struct dsfit_span text)
{
	while (text.begin < text.end && dsfit_arena_work(m->shell->arena, 4)) {
		struct dsfit_span line;

		if (text.begin->c == '\t') {
			take_recipe(m, &text);
			continue;
		}
		line = join(m, &text);
		if (line.begin == line.end)
			continue;
		m->open = NULL;
		if (!take_condition(m, line) && !is_skipped(m))
			take_line(m, line);
	}
}

static const struct dsfit_cells *file_in(struct make *m, struct dsfit_span name)
{
	struct dsfit_cells full = { 0 };

	if (m->folder.begin < m->folder.end && name.begin < name.end && name.begin->c != '/') {
		dsfit_cells_add_span(m->shell->arena, &full, m->folder);
		dsfit_cells_add_text(m->shell->arena, &full, "/", 0, 0);
	}
	dsfit_cells_add_span(m->shell->arena, &full, name);
	return dsfit_files_read(m->shell, dsfit_span_of(&full));
}

static void read_makefile(struct make *m, struct dsfit_span name)
{
	const struct dsfit_cells *text = file_in(m, name);

	if (text && m->includes++ < INCLUDES_MAX)
		take_lines(m, dsfit_span_of(text));
}

/* ---- goals ---------------------------------------------------------------------------------- */

static struct rule *find_rule(struct make *m, struct dsfit_span target)
{
	struct rule *found = NULL;

	for (size_t i = 0; i < m->rules && dsfit_arena_work(m->shell->arena, 4); i++) {
		struct dsfit_span rest = m->rule[i].targets, one;

		while (next_word(&rest, &one))
			if (same(one, target) && (!found || m->rule[i].recipe.begin))
				found = &m->rule[i];
	}
	return found;
}

/* A line of a recipe is a shell of its own. */
static void put_recipe(struct make *m, struct rule *rule)
{
	struct dsfit_span rest = rule->recipe;

	m->now = rule;
	while (rest.begin < rest.end && dsfit_arena_work(m->shell->arena, 4)) {
		struct dsfit_span line = { rest.begin, rest.begin };

		while (line.end < rest.end && (line.end->c != '\n' || line.end[-1].c == '\\'))
			line.end++;
		rest.begin = line.end + (line.end < rest.end);
		while (line.begin < line.end && line.begin->c && strchr("\t @-+", line.begin->c))
			line.begin++;
		dsfit_cells_add_text(m->shell->arena, m->script, "(", dsfit_span_from(line), 0);
		expand(m, line, 0, m->script);
		dsfit_cells_add_text(m->shell->arena, m->script, "\n)\n", 0, 0);
	}
	m->now = NULL;
}

static void run_goal(struct make *m, struct dsfit_span target, unsigned depth);

static void run_needs(struct make *m, struct dsfit_span needs, unsigned depth)
{
	struct dsfit_span one;

	while (next_word(&needs, &one))
		run_goal(m, one, depth);
}

/* Several rules may say what a target needs. */
static void run_goal(struct make *m, struct dsfit_span target, unsigned depth)
{
	struct rule *rule = find_rule(m, target);

	if (!rule || rule->done || depth == GOALS_DEEP)
		return;
	rule->done = true;
	for (size_t i = 0; i < m->rules; i++) {
		struct dsfit_span targets = m->rule[i].targets, one;

		while (next_word(&targets, &one))
			if (same(one, target))
				run_needs(m, m->rule[i].needs, depth + 1);
	}
	put_recipe(m, rule);
}

static void run_goals(struct make *m, const struct dsfit_span *goal, size_t goals)
{
	for (size_t i = 0; i < goals; i++)
		run_goal(m, goal[i], 0);
	for (size_t i = 0; !goals && i < m->rules; i++) {
		struct dsfit_span rest = m->rule[i].targets, one;

		if (!next_word(&rest, &one) || one.begin->c == '.')
			continue;
		run_goal(m, one, 0);
		return;
	}
}

/* ---- words ---------------------------------------------------------------------------------- */

/* An option. Returns whether it takes the next word too. */
static bool take_option(struct make *m, struct dsfit_span text, struct dsfit_span next,
			struct dsfit_span *file)
{
	struct dsfit_span *to = dsfit_span_begins(text, "-C") ||
				dsfit_span_begins(text, "--directory") ? &m->folder :
				dsfit_span_begins(text, "-f") ||
				dsfit_span_begins(text, "--file") ||
				dsfit_span_begins(text, "--makefile") ? file : NULL;
	const struct dsfit_cell *equals = text.begin;

	if (!to)
		return dsfit_span_is(text, "-j") && next.begin < next.end &&
		       isdigit((unsigned char)next.begin->c);
	while (equals < text.end && equals->c != '=')
		equals++;
	if (dsfit_span_begins(text, "--") && equals < text.end)
		*to = (struct dsfit_span){ equals + 1, text.end };
	else if (!dsfit_span_begins(text, "--") && dsfit_span_length(text) > 2)
		*to = (struct dsfit_span){ text.begin + 2, text.end };
	else
		*to = next;
	return to->begin == next.begin;
}

static bool read_all(struct make *m, struct dsfit_span file)
{
	static const char *const names[] = { "GNUmakefile", "makefile", "Makefile", NULL };

	for (size_t i = 0; !file.begin && names[i]; i++) {
		struct dsfit_cells name = { 0 };

		dsfit_cells_add_text(m->shell->arena, &name, names[i], 0, 0);
		if (file_in(m, dsfit_span_of(&name)))
			file = dsfit_span_of(&name);
	}
	if (!file.begin || !file_in(m, file))
		return false;
	read_makefile(m, file);
	return true;
}

bool dsfit_make(struct dsfit_shell *shell, const struct dsfit_words *words,
		struct dsfit_cells *script)
{
	struct make m = { .shell = shell, .script = script };
	struct dsfit_span file = { NULL, NULL }, goal[16], none = { NULL, NULL };
	size_t goals = 0;

	m.variable = dsfit_arena_take(shell->arena, VARIABLES_MAX * sizeof(*m.variable));
	m.rule = dsfit_arena_take(shell->arena, RULES_MAX * sizeof(*m.rule));
	if (!m.variable || !m.rule)
		return false;
	for (size_t i = 1; i < words->count; i++) {
		struct dsfit_span text = dsfit_span_of(&words->at[i]);

		if (dsfit_span_length(text) > 1 && text.begin->c == '-')
			i += take_option(&m, text, i + 1 < words->count ?
					 dsfit_span_of(&words->at[i + 1]) : none, &file);
		else if (!take_assignment(&m, text, true) && goals < 16)
			goal[goals++] = text;
	}
	if (!read_all(&m, file))
		return false;
	if (m.folder.begin < m.folder.end) {
		dsfit_cells_add_text(shell->arena, script, "cd ", 0, 0);
		dsfit_cells_add_span(shell->arena, script, m.folder);
		dsfit_cells_add_text(shell->arena, script, "\n", 0, 0);
	}
	run_goals(&m, goal, goals);
	return true;
}
