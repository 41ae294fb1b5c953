/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/builtins.h"

#include <string.h>

#include "core/base/array.h"
#include "core/script/arithmetic.h"
#include "core/script/assign.h"
#include "core/script/conditions.h"
#include "core/script/expand.h"
#include "core/script/files.h"
#include "core/script/filters.h"

struct builtin {
	struct dsfit_shell *shell;
	const struct dsfit_words *words;
	const struct dsfit_streams *io;
	struct dsfit_outcome outcome;
};

static const struct dsfit_outcome yes = { DSFIT_TRUTH_YES, false };
static const struct dsfit_outcome no = { DSFIT_TRUTH_NO, false };

static struct dsfit_span word(const struct builtin *b, size_t i)
{
	return dsfit_words_at(b->words, i);
}

static const char *text_of(const struct builtin *b, struct dsfit_span span)
{
	return dsfit_span_text(b->shell->arena, span);
}

/* The words from the first on. */
static struct dsfit_words rest(const struct builtin *b, size_t first)
{
	struct dsfit_words words = *b->words;

	first = first < words.count ? first : words.count;
	words.at += first;
	words.count -= first;
	words.room = words.count;
	return words;
}

/* ---- folders -------------------------------------------------------------------------------- */

static bool run_cd(struct builtin *b)
{
	struct dsfit_shell *shell = b->shell;
	struct dsfit_span to = word(b, b->words->count > 1 ? b->words->count - 1 : 1);
	struct dsfit_cells folder = { 0 };

	if (b->words->count < 2)
		return true;
	if (to.begin < to.end && to.begin->c != '/' && to.begin->c != '~' &&
	    !dsfit_span_has((struct dsfit_span){ to.begin, to.begin + 1 }, DSFIT_CELL_UNKNOWN)) {
		dsfit_cells_add_span(shell->arena, &folder, dsfit_span_of(&shell->folder));
		dsfit_cells_add_text(shell->arena, &folder, "/", 0, 0);
	}
	dsfit_cells_add_span(shell->arena, &folder, to);
	shell->folder = folder;
	dsfit_variables_set_text(&shell->variables, DSFIT_VARIABLE, "PWD", folder);
	return true;
}

/* ---- variables ------------------------------------------------------------------------------ */

bool dsfit_builtin_declares(struct dsfit_shell *shell, const struct dsfit_span *raw, size_t count)
{
	static const char *const names[] = { "export", "declare", "local", "readonly", "typeset",
					     NULL };
	bool is = false;

	for (size_t i = 0; names[i]; i++)
		is |= count && dsfit_span_is(raw[0], names[i]);
	for (size_t i = 1; is && i < count; i++) {
		struct dsfit_words words = { 0 };

		if (dsfit_assign(shell, raw[i]))
			continue;
		/* export "X=1", export $SETTINGS */
		dsfit_expand_words(shell, raw[i], &words);
		for (size_t w = 0; w < words.count; w++)
			dsfit_assign(shell, dsfit_span_of(&words.at[w]));
	}
	return is;
}

static bool run_unset(struct builtin *b)
{
	for (size_t i = 1; i < b->words->count; i++)
		dsfit_variables_set(&b->shell->variables, DSFIT_VARIABLE,
				    text_of(b, word(b, i)), NULL);
	return true;
}

/* ${X:=y} does what : is for. */
static bool run_nothing(struct builtin *b)
{
	(void)b;
	return true;
}

static bool run_let(struct builtin *b)
{
	int64_t result = 0;
	uint32_t from;

	for (size_t i = 1; i < b->words->count; i++)
		dsfit_arithmetic(b->shell, word(b, i), &result, &from);
	return true;
}

/* set -- words; options do not matter. */
static bool run_set(struct builtin *b)
{
	struct dsfit_words arguments = { 0 };

	for (size_t i = 1; i < b->words->count; i++) {
		if (!dsfit_span_is(word(b, i), "--"))
			continue;
		if (b->shell->arguments.count)
			dsfit_words_add(b->shell->arena, &arguments, b->shell->arguments.at[0]);
		for (i++; i < b->words->count; i++)
			dsfit_words_add(b->shell->arena, &arguments, b->words->at[i]);
		b->shell->arguments = arguments;
	}
	return true;
}

static bool run_shift(struct builtin *b)
{
	struct dsfit_words *arguments = &b->shell->arguments, shifted = { 0 };
	int64_t count = 1;

	dsfit_span_number(word(b, 1), &count);
	if (count < 0 || (uint64_t)count >= arguments->count) {
		b->outcome = no;
		arguments->count = arguments->count ? 1 : 0;
		return true;
	}
	dsfit_words_add(b->shell->arena, &shifted, arguments->at[0]);
	for (size_t i = (size_t)count + 1; i < arguments->count; i++)
		dsfit_words_add(b->shell->arena, &shifted, arguments->at[i]);
	*arguments = shifted;
	return true;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The next line of the input. Returns false at its end. */
static bool next_line(struct builtin *b, struct dsfit_span *line)
{
	struct dsfit_span *in = b->io->in;

	if (!in || in->begin >= in->end)
		return false;
	line->begin = line->end = in->begin;
	while (line->end < in->end &&
	       (line->end->c != '\n' || (line->end->flags & DSFIT_CELL_UNKNOWN)))
		line->end++;
	in->begin = line->end + (line->end < in->end);
	return true;
}

static bool is_unknown(struct dsfit_span text)
{
	return text.end - text.begin == 1 && (text.begin->flags & DSFIT_CELL_UNKNOWN);
}

static void set_part(struct builtin *b, struct dsfit_span name, struct dsfit_span part)
{
	struct dsfit_cells text = { 0 };

	dsfit_cells_add_span(b->shell->arena, &text, part);
	dsfit_variables_set_text(&b->shell->variables, DSFIT_VARIABLE, text_of(b, name), text);
}

static bool separates(char c, char separator)
{
	return separator ? c == separator : c == ' ' || c == '\t' || c == '\n';
}

/* The one character of IFS; 0: blanks. */
static char separator_of(const struct builtin *b)
{
	const struct dsfit_value *ifs = dsfit_variables_get(&b->shell->variables, DSFIT_VARIABLE,
							    "IFS");

	return ifs && ifs->items.count && ifs->items.at[0].count == 1 ?
	       ifs->items.at[0].at[0].c : '\0';
}

/* The parts of a line, as IFS separates them. The last name gets all that is left. */
static void set_parts(struct builtin *b, size_t first, struct dsfit_span line)
{
	char separator = separator_of(b);
	bool unknown = is_unknown(line);

	for (size_t i = first; i < b->words->count; i++) {
		struct dsfit_span part = line;

		while (!unknown && !separator && part.begin < part.end &&
		       separates(part.begin->c, '\0'))
			part.begin++;
		line.begin = part.begin;
		while (!unknown && i + 1 < b->words->count && line.begin < line.end &&
		       !separates(line.begin->c, separator))
			line.begin++;
		if (i + 1 < b->words->count && !unknown) {
			part.end = line.begin;
			line.begin += line.begin < line.end;
		}
		set_part(b, word(b, i), part);
	}
}

/* All parts of a line, for an array. */
static struct dsfit_words split_line(struct builtin *b, struct dsfit_span line)
{
	char separator = separator_of(b);
	struct dsfit_words parts = { 0 };
	bool unknown = dsfit_span_has(line, DSFIT_CELL_UNKNOWN);

	while (line.begin < line.end && !b->shell->arena->stopped) {
		struct dsfit_cells text = { 0 };
		struct dsfit_span part = line;

		while (!unknown && line.begin < line.end && !separates(line.begin->c, separator))
			line.begin++;
		part.end = unknown ? line.end : line.begin;
		line.begin = unknown ? line.end : line.begin + (line.begin < line.end);
		dsfit_cells_add_span(b->shell->arena, &text, part);
		/* Blanks beside each other are one separator. */
		if (separator || part.begin < part.end)
			dsfit_words_add(b->shell->arena, &parts, text);
	}
	return parts;
}

/* The options of `read`. Returns where the names begin. */
static size_t read_options(const struct builtin *b, bool *array, bool *all)
{
	size_t i = 1;

	*array = *all = false;
	for (; i < b->words->count && word(b, i).begin < word(b, i).end &&
	       word(b, i).begin->c == '-'; i++) {
		char last = word(b, i).end[-1].c;

		*array |= last == 'a';
		/* Their value is the next word. */
		if (last && strchr("dnNptu", last)) {
			i++;
			*all |= last == 'd' && !dsfit_span_length(word(b, i));
		}
	}
	return i;
}

static bool run_read(struct builtin *b)
{
	const struct dsfit_cell unknown = { .c = '?', .flags = DSFIT_CELL_UNKNOWN };
	struct dsfit_span line = { &unknown, &unknown + 1 };
	bool array, all;
	size_t first = read_options(b, &array, &all);

	/* -d '' takes all lines; there is no character 0 at which it would end. */
	if (all && b->io->in) {
		line = *b->io->in;
		b->io->in->begin = b->io->in->end;
	} else {
		b->outcome = !b->io->in || next_line(b, &line) ? yes : no;
	}
	if (is_unknown(line))
		b->outcome.truth = DSFIT_TRUTH_PERHAPS;
	if (b->outcome.truth == DSFIT_TRUTH_NO)
		return true;
	if (array && first < b->words->count) {
		struct dsfit_value *value = dsfit_arena_take(b->shell->arena, sizeof(*value));

		if (!value)
			return true;
		value->is_array = true;
		value->items = split_line(b, line);
		dsfit_variables_set(&b->shell->variables, DSFIT_VARIABLE,
				    text_of(b, word(b, first)), value);
		return true;
	}
	set_parts(b, first, line);
	return true;
}

/* mapfile, readarray: the lines into an array. */
static bool run_mapfile(struct builtin *b)
{
	struct dsfit_value *value = dsfit_arena_take(b->shell->arena, sizeof(*value));
	struct dsfit_span line;

	if (!value || b->words->count < 2)
		return true;
	value->is_array = true;
	while (next_line(b, &line) && !b->shell->arena->stopped) {
		struct dsfit_cells text = { 0 };

		dsfit_cells_add_span(b->shell->arena, &text, line);
		dsfit_words_add(b->shell->arena, &value->items, text);
	}
	dsfit_variables_set(&b->shell->variables, DSFIT_VARIABLE,
			    text_of(b, word(b, b->words->count - 1)), value);
	return true;
}

/* printf -v NAME FORMAT ...; without -v it prints, as the program does. */
static bool run_printf(struct builtin *b)
{
	struct dsfit_words words = { 0 };
	struct dsfit_cells text = { 0 };
	const struct dsfit_streams io = { .in = b->io->in, .out = &text };

	if (!dsfit_span_is(word(b, 1), "-v") || b->words->count < 4) {
		dsfit_filter(b->shell, b->words, b->io);
		return true;
	}
	for (size_t i = 0; i < b->words->count; i++)
		if (i != 1 && i != 2)
			dsfit_words_add(b->shell->arena, &words, b->words->at[i]);
	dsfit_filter(b->shell, &words, &io);
	dsfit_variables_set_text(&b->shell->variables, DSFIT_VARIABLE, text_of(b, word(b, 2)),
				 text);
	return true;
}

/* ---- control -------------------------------------------------------------------------------- */

static bool leave(struct builtin *b, enum dsfit_leaving how)
{
	int64_t status;

	b->shell->leave = how;
	if (dsfit_span_number(word(b, 1), &status) && how >= DSFIT_RETURN)
		b->outcome = status ? no : yes;
	return true;
}

static bool run_exit(struct builtin *b)
{
	return leave(b, DSFIT_EXIT);
}

static bool run_return(struct builtin *b)
{
	return leave(b, DSFIT_RETURN);
}

static bool run_break(struct builtin *b)
{
	return leave(b, DSFIT_BREAK);
}

static bool run_continue(struct builtin *b)
{
	return leave(b, DSFIT_CONTINUE);
}

static bool run_false(struct builtin *b)
{
	b->outcome = no;
	return true;
}

static bool run_test(struct builtin *b)
{
	struct dsfit_words words = rest(b, 1);

	if (dsfit_span_is(word(b, 0), "[") && words.count)
		words.count--;
	b->outcome = dsfit_condition(b->shell, &words, false);
	return true;
}

/* ---- other texts ---------------------------------------------------------------------------- */

static bool run_eval(struct builtin *b)
{
	static const struct dsfit_cell blank = { .c = ' ' };
	struct dsfit_cells text = { 0 };

	for (size_t i = 1; i < b->words->count; i++) {
		if (i > 1)
			dsfit_cells_add(b->shell->arena, &text, blank);
		dsfit_cells_add_span(b->shell->arena, &text, word(b, i));
	}
	b->outcome = b->shell->run(b->shell, dsfit_span_of(&text), b->io);
	return true;
}

struct dsfit_outcome dsfit_builtin_script(struct dsfit_shell *shell, struct dsfit_span text,
					  const struct dsfit_words *words,
					  const struct dsfit_streams *io)
{
	struct dsfit_words arguments = shell->arguments;
	bool given = shell->arguments_given;
	struct dsfit_outcome outcome;

	if (words->count > 1) {
		shell->arguments = *words;
		shell->arguments_given = true;
	}
	outcome = shell->run(shell, text, io);
	if (words->count > 1)
		shell->arguments = arguments;
	shell->arguments_given = given;
	if (shell->leave == DSFIT_RETURN)
		shell->leave = DSFIT_STAY;
	return outcome;
}

static bool run_source(struct builtin *b)
{
	struct dsfit_words words = rest(b, 1);
	const struct dsfit_cells *text;

	if (!words.count)
		return true;
	b->outcome.truth = DSFIT_TRUTH_YES;
	text = dsfit_files_read(b->shell, word(b, 1));
	if (text)
		b->outcome = dsfit_builtin_script(b->shell, dsfit_span_of(text), &words, b->io);
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct builtin *b);
} builtins[] = {
	{ ":", run_nothing }, { "true", run_nothing }, { "false", run_false }, { "cd", run_cd },
	{ "pushd", run_cd }, { "unset", run_unset }, { "let", run_let }, { "set", run_set },
	{ "shift", run_shift }, { "read", run_read }, { "mapfile", run_mapfile },
	{ "readarray", run_mapfile }, { "exit", run_exit }, { "return", run_return },
	{ "break", run_break }, { "continue", run_continue }, { "test", run_test },
	{ "[", run_test }, { "eval", run_eval }, { "source", run_source }, { ".", run_source },
	{ "printf", run_printf },
	{ "trap", run_nothing }, { "wait", run_nothing }, { "shopt", run_nothing },
};

bool dsfit_builtin(struct dsfit_shell *shell, const struct dsfit_words *words,
		   const struct dsfit_streams *io, struct dsfit_outcome *outcome)
{
	struct builtin b = { .shell = shell, .words = words, .io = io, .outcome = yes };
	struct dsfit_span name = word(&b, 0);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(builtins); i++) {
		if (!dsfit_span_is(name, builtins[i].name))
			continue;
		builtins[i].run(&b);
		*outcome = b.outcome;
		return true;
	}
	return false;
}
