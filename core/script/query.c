/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/query.h"

#include <ctype.h>
#include <string.h>

/* ---- words ---------------------------------------------------------------------------------- */

/* An option. Returns how many words it takes; 0: it is not understood. */
static size_t take_option(const struct dsfit_words *words, size_t at, struct dsfit_query *query)
{
	static const char *const args[] = { "--arg", "--argjson", NULL };
	static const char *const alone[] = { "--inplace", "--in-place", NULL };
	static const char *const valued[] = { "--indent", "-o", "-p", "--output-format",
					      "--input-format", NULL };
	static const char *const unknown[] = { "-f", "--from-file", "-s", "--slurp", "--slurpfile",
					       "--args", "--jsonargs", "-R", "--raw-input", NULL };
	struct dsfit_span text = dsfit_words_at(words, at);

	if (dsfit_span_is_any(text, unknown))
		return 0;
	if (dsfit_span_is_any(text, args)) {
		if (query->names == DSFIT_QUERY_NAMES || at + 2 >= words->count)
			return 0;
		query->name[query->names] = dsfit_words_at(words, at + 1);
		query->value[query->names++] = dsfit_words_at(words, at + 2);
		return 3;
	}
	if (dsfit_span_is_any(text, valued))
		return 2;
	query->in_place |= dsfit_span_is_any(text, alone);
	query->builds |= dsfit_span_is(text, "--null-input");
	if (dsfit_span_length(text) > 1 && text.begin[1].c != '-' && text.begin[1].c != 'o') {
		for (const struct dsfit_cell *c = text.begin + 1; c < text.end; c++) {
			query->in_place |= c->c == 'i';
			query->builds |= c->c == 'n';
		}
	}
	return 1;
}

bool dsfit_query_parse(const struct dsfit_words *words, struct dsfit_query *query)
{
	static const char *const verbs[] = { "eval", "e", "eval-all", "ea", NULL };
	bool given = false;
	size_t at = 1;

	*query = (struct dsfit_query){ .file = 0 };
	at += dsfit_span_is_any(dsfit_words_at(words, at), verbs);
	while (at < words->count) {
		struct dsfit_span text = dsfit_words_at(words, at);
		size_t taken = 1;

		if (dsfit_span_length(text) > 1 && text.begin->c == '-')
			taken = take_option(words, at, query);
		else if (!given)
			query->program = text;
		else if (query->file)
			return false;
		else
			query->file = at;
		given |= query->program.begin != NULL;
		if (!taken)
			return false;
		at += taken;
	}
	return given;
}

/* ---- the program ---------------------------------------------------------------------------- */

struct program {
	struct dsfit_shell *shell;
	const struct dsfit_query *query;
	struct dsfit_cells *out;
};

/* Up to the next such character outside of quotes and brackets. */
static const struct dsfit_cell *next_of(struct dsfit_span text, char stop)
{
	int depth = 0;
	bool quoted = false;

	for (const struct dsfit_cell *c = text.begin; c < text.end; c++) {
		if (quoted && c->c == '\\')
			c++;
		else if (c->c == '"')
			quoted = !quoted;
		else if (!quoted && (c->c == '(' || c->c == '[' || c->c == '{'))
			depth++;
		else if (!quoted && (c->c == ')' || c->c == ']' || c->c == '}'))
			depth--;
		else if (!quoted && !depth && c->c == stop &&
			 !(stop == '|' && text.end - c > 1 && c[1].c == '='))
			return c;
	}
	return text.end;
}

/* Without the brackets around all of it. */
static struct dsfit_span unwrapped(struct dsfit_span text)
{
	text = dsfit_span_trimmed(text);
	while (dsfit_span_length(text) > 1 && text.begin->c == '(' &&
	       next_of((struct dsfit_span){ text.begin + 1, text.end }, ')') == text.end &&
	       text.end[-1].c == ')') {
		text.begin++;
		text.end--;
		text = dsfit_span_trimmed(text);
	}
	return text;
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* .a."b-c"["d"]: as "a.b_c.d". Leaves in *text what follows. An index ends what is known of it. */
static bool take_path(struct dsfit_span *text, char path[128])
{
	const struct dsfit_cell *c = text->begin;
	size_t length = 0;

	if (c >= text->end || c->c != '.')
		return false;
	while (c < text->end && length < 120) {
		bool quoted, bracket = c->c == '[' || (c->c == '.' && text->end - c > 1 &&
						       c[1].c == '[');

		if (c->c != '.' && c->c != '[')
			break;
		c += c->c == '.';
		c += bracket;
		quoted = c < text->end && c->c == '"';
		c += quoted;
		if (bracket && !quoted)
			return false;
		if (length)
			path[length++] = '.';
		for (; c < text->end && length < 120 && !(c->flags & DSFIT_CELL_UNKNOWN) &&
		       (quoted ? c->c != '"' : is_of_name(c->c)); c++)
			path[length++] = c->c == '-' ? '_' : (char)tolower((unsigned char)c->c);
		c += quoted;
		c += bracket;
	}
	path[length] = '\0';
	text->begin = c;
	return length && length < 120 && c <= text->end;
}

bool dsfit_query_path(struct dsfit_span program, char path[128])
{
	program = dsfit_span_trimmed(program);
	return take_path(&program, path) && program.begin == program.end;
}

/* ---- values --------------------------------------------------------------------------------- */

/* What --arg or the environment gives a name; NULL: nothing does. */
static bool find_name(const struct program *p, struct dsfit_span name, struct dsfit_span *value)
{
	const char *text = dsfit_span_text(p->shell->arena, name);
	const struct dsfit_value *variable;

	for (size_t i = 0; i < p->query->names; i++) {
		if (!dsfit_span_is(p->query->name[i], text))
			continue;
		*value = p->query->value[i];
		return true;
	}
	variable = dsfit_variables_get(&p->shell->variables, DSFIT_VARIABLE, text);
	if (!variable || !variable->items.count)
		return false;
	*value = dsfit_span_of(&variable->items.at[0]);
	return true;
}

/* A text, a number, a name. Returns false for what nobody can tell. */
static bool take_value(const struct program *p, struct dsfit_span text, struct dsfit_span *value)
{
	static const char *const names[] = { "$ENV.", "env.", "strenv(", "env(", "$", NULL };
	const struct dsfit_cell *bar;
	struct dsfit_span after;

	text = unwrapped(text);
	bar = next_of(text, '|');
	after = (struct dsfit_span){ bar + (bar < text.end), text.end };
	if (bar < text.end && !dsfit_span_begins(dsfit_span_trimmed(after), "to"))
		return false;
	text.end = bar;
	text = unwrapped(text);
	for (size_t i = 0; names[i]; i++) {
		if (!dsfit_span_begins(text, names[i]))
			continue;
		text.begin += strlen(names[i]);
		text.end -= text.end > text.begin && text.end[-1].c == ')';
		return find_name(p, text, value);
	}
	*value = text;
	if (dsfit_span_length(text) > 1 && text.begin->c == '"') {
		*value = (struct dsfit_span){ text.begin + 1, text.end - 1 };
		for (const struct dsfit_cell *c = value->begin; c < value->end; c++)
			if (c->c == '\\' || c->c == '"' || c->c == '\n')
				return false;
		return text.end[-1].c == '"';
	}
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++)
		if (!isalnum((unsigned char)c->c) && !strchr(".+-", c->c) &&
		    !(c->flags & DSFIT_CELL_UNKNOWN))
			return false;
	return dsfit_span_length(text) && !dsfit_span_begins(text, ".");
}

/* ---- changes -------------------------------------------------------------------------------- */

static void put(const struct program *p, struct dsfit_span text)
{
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++) {
		struct dsfit_cell cell = *c;

		cell.flags |= DSFIT_CELL_EDIT;
		dsfit_cells_add(p->shell->arena, p->out, cell);
	}
}

static void put_change(const struct program *p, const char *path, const struct dsfit_span *value)
{
	struct dsfit_cells *out = p->out;
	uint32_t from = dsfit_span_from(p->query->program);

	dsfit_cells_add_text(p->shell->arena, out, path, from, DSFIT_CELL_EDIT);
	if (value && !dsfit_span_is(*value, "null")) {
		dsfit_cells_add_text(p->shell->arena, out, "=", from, DSFIT_CELL_EDIT);
		put(p, *value);
	}
	dsfit_cells_add_text(p->shell->arena, out, "\n", from, DSFIT_CELL_EDIT);
}

static bool take_deletions(const struct program *p, struct dsfit_span text)
{
	char path[128];

	while (text.begin < text.end) {
		struct dsfit_span one = { text.begin, next_of(text, ',') };

		text.begin = one.end + (one.end < text.end);
		if (!dsfit_query_path(one, path))
			return false;
		put_change(p, path, NULL);
	}
	return true;
}

/* .a.b = value, del(.a) */
static bool take_change(const struct program *p, struct dsfit_span text)
{
	struct dsfit_span value;
	bool known, adds;
	char path[128];

	text = unwrapped(text);
	if (dsfit_span_begins(text, "del(") && text.end[-1].c == ')')
		return take_deletions(p, (struct dsfit_span){ text.begin + 4, text.end - 1 });
	if (!take_path(&text, path))
		return false;
	text = dsfit_span_trimmed(text);
	adds = text.begin < text.end && text.begin->c && strchr("+-*/", text.begin->c);
	text.begin += text.begin < text.end && (adds || text.begin->c == '|');
	if (text.begin >= text.end || text.begin->c != '=' || dsfit_span_begins(text, "=="))
		return false;
	text.begin++;
	known = take_value(p, text, &value) && !adds;
	put_change(p, path, known ? &value : NULL);
	return true;
}

bool dsfit_query_change(struct dsfit_shell *shell, const struct dsfit_query *query,
			struct dsfit_cells *out)
{
	const struct program p = { shell, query, out };
	struct dsfit_span text = unwrapped(query->program);
	size_t before = out->count;

	/* The last line of the text may have no end. */
	if (before && out->at[before - 1].c != '\n')
		dsfit_cells_add_text(shell->arena, out, "\n", out->at[before - 1].from, 0);
	while (text.begin < text.end) {
		struct dsfit_span one = { text.begin, next_of(text, '|') };

		text.begin = one.end + (one.end < text.end);
		if (dsfit_span_is(dsfit_span_trimmed(one), "."))
			continue;
		if (!take_change(&p, one)) {
			out->count = before;
			return false;
		}
	}
	return out->count > before;
}

struct dsfit_span dsfit_query_text(struct dsfit_span text)
{
	const struct dsfit_cell *c = text.begin;

	while (c < text.end && !(c->flags & DSFIT_CELL_EDIT))
		c++;
	text.end = c;
	return text;
}

/* ---- what is built -------------------------------------------------------------------------- */

/* A name's value in quotes, which all formats read as they read a number. */
static void put_quoted(const struct program *p, struct dsfit_span value, uint32_t from)
{
	dsfit_cells_add_text(p->shell->arena, p->out, "\"", from, 0);
	dsfit_cells_add_span(p->shell->arena, p->out, value);
	dsfit_cells_add_text(p->shell->arena, p->out, "\"", from, 0);
}

static bool put_name(const struct program *p, const struct dsfit_cell **c, struct dsfit_span text)
{
	struct dsfit_span name = { *c + 1, *c + 1 }, value;

	if (dsfit_span_begins((struct dsfit_span){ *c, text.end }, "$ENV."))
		name.begin = name.end = *c + strlen("$ENV.");
	while (name.end < text.end && is_of_name(name.end->c) && name.end->c != '-')
		name.end++;
	if (!find_name(p, name, &value))
		return false;
	put_quoted(p, value, name.begin[-1].from);
	*c = name.end;
	return true;
}

bool dsfit_query_build(struct dsfit_shell *shell, const struct dsfit_query *query,
		       struct dsfit_cells *out)
{
	const struct program p = { shell, query, out };
	struct dsfit_span text = dsfit_span_trimmed(query->program);
	const struct dsfit_cell *c = text.begin;
	bool quoted = false;

	if (!query->builds || !dsfit_span_begins(text, "{") || next_of(text, '|') < text.end)
		return false;
	while (c < text.end) {
		struct dsfit_span rest = { c, text.end };

		quoted ^= c->c == '"' && (c == text.begin || c[-1].c != '\\');
		if (!quoted && c->c == '$') {
			if (!put_name(&p, &c, text))
				return false;
			continue;
		}
		/* ($x | tonumber) */
		if (!quoted && (c->c == '(' || c->c == ')' || c->c == '|' ||
				dsfit_span_begins(rest, "tonumber"))) {
			c += dsfit_span_begins(rest, "tonumber") ? strlen("tonumber") : 1;
			continue;
		}
		dsfit_cells_add(shell->arena, out, *c++);
	}
	return true;
}
