/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/sed.h"

#include <string.h>

#define LINES_MAX 4096

/* ---- commands ------------------------------------------------------------------------------- */

struct reader {
	struct dsfit_arena *arena;
	struct dsfit_sed *sed;
	const struct dsfit_cell *c, *end;
};

static void skip(struct reader *r, const char *what)
{
	while (r->c < r->end && r->c->c && strchr(what, r->c->c))
		r->c++;
}

/* Up to the next such character that no backslash is before. */
static bool take_until(struct reader *r, char separator, struct dsfit_span *part)
{
	part->begin = r->c;
	for (; r->c < r->end; r->c++) {
		if (r->c->c == separator && !(r->c->flags & DSFIT_CELL_UNKNOWN)) {
			part->end = r->c++;
			return true;
		}
		if (r->c->c == '\\' && r->end - r->c > 1)
			r->c++;
	}
	return false;
}

/* A line's number, or an expression. */
static bool take_address(struct reader *r, struct dsfit_sed_command *command)
{
	struct dsfit_span part = { r->c, r->c };

	if (r->c < r->end && r->c->c == '/') {
		r->c++;
		command->address = take_until(r, '/', &part) ?
			dsfit_expression_parse(r->arena, part, r->sed->dialect) : NULL;
		if (!command->address)
			return false;
	} else {
		while (r->c < r->end && r->c->c >= '0' && r->c->c <= '9')
			r->c++;
		part.end = r->c;
		if (part.begin < part.end && (!dsfit_span_number(part, &command->line) ||
					      command->line < 1))
			return false;
	}
	skip(r, " ");
	command->negated = r->c < r->end && r->c->c == '!';
	r->c += command->negated;
	skip(r, " ");
	return true;
}

static bool take_s(struct reader *r, struct dsfit_sed_command *command)
{
	struct dsfit_span text;
	char separator;

	if (r->c >= r->end || r->c->c == '\n' || r->c->c == '\\' ||
	    (r->c->flags & DSFIT_CELL_UNKNOWN))
		return false;
	separator = r->c++->c;
	/* s{a}{b} has two pairs. */
	if (strchr("{([<", separator))
		return false;
	if (!take_until(r, separator, &text) || !take_until(r, separator, &command->by))
		return false;
	command->expression = dsfit_expression_parse(r->arena, text, r->sed->dialect);
	if (!command->expression)
		return false;
	for (; r->c < r->end && r->c->c && strchr("gIi", r->c->c); r->c++) {
		command->all |= r->c->c == 'g';
		command->expression->ignores_case |= r->c->c != 'g';
	}
	return true;
}

/* One command, with the address of the block that it is in. */
static bool take_command(struct reader *r, const struct dsfit_sed_command *address)
{
	struct dsfit_sed *sed = r->sed;
	struct dsfit_sed_command *command = &sed->command[sed->count];

	if (sed->count == DSFIT_SED_COMMANDS)
		return false;
	*command = *address;
	command->name = r->c < r->end ? r->c++->c : '\0';
	if (command->name == 's' ? !take_s(r, command) :
				   !command->name || !strchr("dpq", command->name))
		return false;
	sed->count++;
	skip(r, " ");
	return r->c == r->end || r->c->c == ';' || r->c->c == '\n' || r->c->c == '}';
}

static bool take_commands(struct dsfit_arena *arena, struct dsfit_sed *sed, struct dsfit_span text)
{
	struct reader r = { arena, sed, text.begin, text.end };

	while (skip(&r, " \t\n;"), r.c < r.end) {
		struct dsfit_sed_command address = { 0 };

		if (!take_address(&r, &address) || r.c == r.end)
			return false;
		if (r.c->c != '{') {
			if (!take_command(&r, &address))
				return false;
			continue;
		}
		for (r.c++; skip(&r, " \t\n;"), r.c < r.end && r.c->c != '}';)
			if (!take_command(&r, &address))
				return false;
		if (r.c++ == r.end)
			return false;
	}
	return sed->count;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Letters behind one hyphen. Returns whether the script is in the next word. */
static bool take_letters(struct dsfit_sed *sed, struct dsfit_span text)
{
	for (text.begin++; text.begin < text.end; text.begin++) {
		char c = text.begin->c;

		if (c == 'e')
			return text.begin + 1 == text.end;
		if (c == 'i') {
			/* What follows is the end of a copy's name, but in perl -ie. */
			sed->in_place = true;
			if (text.end - text.begin == 2 && text.begin[1].c == 'e')
				continue;
			if (text.end - text.begin > 1 && text.begin[1].c == '.')
				return false;
		} else if (c == 'n') {
			sed->quiet = true;
		} else if ((c == 'E' || c == 'r') && sed->dialect != DSFIT_PERL) {
			sed->dialect = DSFIT_EXTENDED;
		} else if (c != 'p' && c != 'w' && c != 's' && c != 'u' && c != 'l') {
			sed->understood = false;
		}
	}
	return false;
}

/* Dialects first: an option may stand behind the script. */
static void take_options(struct dsfit_sed *sed, const struct dsfit_words *words)
{
	for (size_t i = 1; i < words->count; i++) {
		struct dsfit_span text = dsfit_span_of(&words->at[i]);

		if (dsfit_span_begins(text, "--regexp-extended"))
			sed->dialect = DSFIT_EXTENDED;
		else if (dsfit_span_begins(text, "--in-place"))
			sed->in_place = true;
		else if (dsfit_span_begins(text, "--quiet") || dsfit_span_begins(text, "--silent"))
			sed->quiet = true;
		else if (dsfit_span_begins(text, "--"))
			sed->understood &= dsfit_span_begins(text, "--expression");
		else if (dsfit_span_begins(text, "-") && take_letters(sed, text))
			i++;
	}
}

struct dsfit_sed *dsfit_sed_parse(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	struct dsfit_sed *sed = dsfit_arena_take(shell->arena, sizeof(*sed));
	bool perl = words->count && dsfit_span_is(dsfit_span_of(&words->at[0]), "perl");
	bool given = false;

	if (!sed)
		return NULL;
	sed->understood = true;
	sed->dialect = perl ? DSFIT_PERL : DSFIT_BASIC;
	sed->first_file = words->count;
	take_options(sed, words);
	for (size_t i = 1; i < words->count; i++) {
		struct dsfit_span text = dsfit_span_of(&words->at[i]);
		bool next = dsfit_span_begins(text, "-") && !dsfit_span_begins(text, "--") &&
			    text.end[-1].c == 'e';

		if (next) {
			text = dsfit_words_at(words, ++i);
		} else if (dsfit_span_begins(text, "--expression=")) {
			text.begin += strlen("--expression=");
		} else if (dsfit_span_begins(text, "-") && dsfit_span_length(text) > 1) {
			continue;
		} else if (given) {
			sed->first_file = i;
			break;
		}
		given = true;
		if (i < words->count)
			sed->understood &= take_commands(shell->arena, sed, text);
	}
	sed->understood &= given;
	return sed;
}

/* ---- lines ---------------------------------------------------------------------------------- */

struct run {
	struct dsfit_shell *shell;
	const struct dsfit_sed *sed;
	struct dsfit_cells *out;
	int64_t number;			/* of the line, from 1 */
	bool quits, fails;
};

static void put_line(struct run *r, struct dsfit_span line)
{
	dsfit_cells_add_span(r->shell->arena, r->out, line);
	dsfit_cells_add_text(r->shell->arena, r->out, "\n",
			     line.begin < line.end ? line.begin->from : 0, 0);
}

static bool applies(struct run *r, const struct dsfit_sed_command *c, struct dsfit_span line)
{
	bool here = true;

	if (c->line)
		here = r->number == c->line;
	else if (c->address)
		here = dsfit_expression_found(r->shell->arena, c->address, line);
	return here != c->negated;
}

static void run_line(struct run *r, struct dsfit_span line)
{
	for (size_t i = 0; i < r->sed->count && !r->fails; i++) {
		const struct dsfit_sed_command *c = &r->sed->command[i];
		struct dsfit_cells changed = { 0 };

		if (!applies(r, c, line))
			continue;
		if (c->name == 'd')
			return;
		if (c->name == 'p')
			put_line(r, line);
		if (c->name == 'q') {
			r->quits = true;
			break;
		}
		if (c->name != 's')
			continue;
		r->fails = !dsfit_substitute(r->shell->arena, c->expression, c->by,
					     r->sed->dialect, c->all, line, &changed);
		line = dsfit_span_of(&changed);
	}
	if (!r->sed->quiet)
		put_line(r, line);
}

bool dsfit_sed_run(struct dsfit_shell *shell, const struct dsfit_sed *sed, struct dsfit_span text,
		   struct dsfit_cells *out)
{
	struct run r = { .shell = shell, .sed = sed, .out = out };

	if (!sed->understood)
		return false;
	while (text.begin < text.end && !r.quits && !r.fails && r.number < LINES_MAX) {
		struct dsfit_span line = { text.begin, text.begin };

		while (line.end < text.end && (line.end->c != '\n' ||
					       (line.end->flags & DSFIT_CELL_UNKNOWN)))
			line.end++;
		text.begin = line.end + (line.end < text.end);
		r.number++;
		run_line(&r, line);
	}
	return !r.fails;
}
