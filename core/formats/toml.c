/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/toml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct toml {
	const char *at, *end;
	unsigned line;
	const char *wrong;		/* what is wrong here; NULL: nothing */
	struct json_object *root;
};

/* ---- characters ----------------------------------------------------------------------------- */

static char look(const struct toml *t)
{
	return t->at < t->end ? *t->at : '\0';
}

static bool fail(struct toml *t, const char *why)
{
	if (!t->wrong)
		t->wrong = why;
	return false;
}

static void skip_blanks(struct toml *t)
{
	while (look(t) == ' ' || look(t) == '\t' || look(t) == '\r')
		t->at++;
}

static void skip_comment(struct toml *t)
{
	skip_blanks(t);
	if (look(t) == '#')
		while (t->at < t->end && *t->at != '\n')
			t->at++;
}

/* Blanks, comments and line ends. */
static void skip_lines(struct toml *t)
{
	for (skip_comment(t); look(t) == '\n'; skip_comment(t)) {
		t->at++;
		t->line++;
	}
}

static bool begins(const struct toml *t, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(t->end - t->at) >= length && !memcmp(t->at, with, length);
}

/* ---- values --------------------------------------------------------------------------------- */

static char escaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' :
	       c == 'f' ? '\f' : c;
}

/* Where a string ends that begins here; NULL: nowhere. */
static const char *string_end(const struct toml *t, char quote, bool three)
{
	for (const char *c = t->at; c < t->end && (three || *c != '\n'); c++) {
		if (quote == '"' && *c == '\\')
			c++;
		else if (*c == quote && (!three || (t->end - c > 2 && c[1] == quote &&
						    c[2] == quote)))
			return c;
	}
	return NULL;
}

/* A string in quotes of either kind, one or three of them. The caller frees it; NULL: none. */
static char *take_string(struct toml *t)
{
	char quote = look(t), *text, *to;
	bool three = begins(t, quote == '"' ? "\"\"\"" : "'''");
	const char *end;

	t->at += three ? 3 : 1;
	end = string_end(t, quote, three);
	text = to = end ? malloc((size_t)(end - t->at) + 1) : NULL;
	if (!text) {
		fail(t, end ? "out of memory" : "a string has no end");
		return NULL;
	}
	/* A line end right after three quotes is none of it. */
	if (three && *t->at == '\n') {
		t->at++;
		t->line++;
	}
	while (t->at < end) {
		bool escape = quote == '"' && *t->at == '\\';

		t->line += *t->at == '\n';
		t->at += escape;
		*to++ = escape ? escaped(*t->at) : *t->at;
		t->at++;
	}
	*to = '\0';
	t->at = end + (three ? 3 : 1);
	return text;
}

/* true, 1_000, 2.5e-4, 1979-05-27: up to what ends it. */
static struct json_object *take_plain(struct toml *t)
{
	char text[64];
	size_t length = 0;
	char *rest;
	long long number;

	for (; t->at < t->end && !strchr(", \t\r\n]}#", *t->at); t->at++)
		if (*t->at != '_' && length + 1 < sizeof(text))
			text[length++] = *t->at;
	text[length] = '\0';
	if (!length) {
		fail(t, "a value is missing");
		return NULL;
	}
	if (!strcmp(text, "true") || !strcmp(text, "false"))
		return json_object_new_boolean(*text == 't');
	number = strtoll(text, &rest, 10);
	return *rest ? json_object_new_string(text) : json_object_new_int64(number);
}

static struct json_object *take_value(struct toml *t, unsigned depth);

/* Behind an item of an array or a table: past the comma, or at what ends it. */
static bool skip_comma(struct toml *t, char end, const char *no_end)
{
	skip_lines(t);
	if (look(t) == ',')
		t->at++;
	else if (look(t) != end)
		fail(t, no_end);
	return !t->wrong;
}

static struct json_object *take_array(struct toml *t, unsigned depth)
{
	struct json_object *array = json_object_new_array(), *value;

	for (t->at++, skip_lines(t); array && look(t) != ']'; skip_lines(t)) {
		value = take_value(t, depth + 1);
		if (!value || json_object_array_add(array, value)) {
			json_object_put(value);
			json_object_put(array);
			return NULL;
		}
		if (!skip_comma(t, ']', "an array has no end"))
			break;
	}
	t->at += look(t) == ']';
	return array;
}

static bool take_pair(struct toml *t, struct json_object *table, unsigned depth);

/* { a = 1, b.c = 2 } */
static struct json_object *take_inline(struct toml *t, unsigned depth)
{
	struct json_object *table = json_object_new_object();

	for (t->at++, skip_lines(t); table && look(t) != '}'; skip_lines(t)) {
		if (!take_pair(t, table, depth + 1) ||
		    !skip_comma(t, '}', "a table has no end"))
			break;
	}
	t->at += look(t) == '}';
	return table;
}

static struct json_object *take_value(struct toml *t, unsigned depth)
{
	struct json_object *value = NULL;
	char *text;

	if (depth > DSFIT_TOML_DEPTH) {
		fail(t, "too deep");
		return NULL;
	}
	if (look(t) == '[')
		return take_array(t, depth);
	if (look(t) == '{')
		return take_inline(t, depth);
	if (look(t) != '"' && look(t) != '\'')
		return take_plain(t);
	text = take_string(t);
	if (text)
		value = json_object_new_string(text);
	free(text);
	return value;
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* One part of a.b."c". The caller frees it. */
static char *take_key(struct toml *t)
{
	const char *begin;

	skip_blanks(t);
	if (look(t) == '"' || look(t) == '\'')
		return take_string(t);
	for (begin = t->at; t->at < t->end && !strchr(".=] \t\r\n", *t->at); t->at++)
		;
	if (t->at == begin) {
		fail(t, "a key is missing");
		return NULL;
	}
	return strndup(begin, (size_t)(t->at - begin));
}

/* The table of that key in a table, which is made where there is none. */
static struct json_object *table_in(struct toml *t, struct json_object *table, const char *key)
{
	struct json_object *inner;

	if (json_object_object_get_ex(table, key, &inner) &&
	    json_object_is_type(inner, json_type_object))
		return inner;
	inner = json_object_new_object();
	if (!inner || json_object_object_add(table, key, inner)) {
		json_object_put(inner);
		fail(t, "out of memory");
		return NULL;
	}
	return inner;
}

/* a.b.c: the table a.b, and c, which the caller frees. */
static struct json_object *take_path(struct toml *t, struct json_object *table, char **last)
{
	unsigned depth = 0;

	*last = take_key(t);
	for (skip_blanks(t); *last && look(t) == '.'; skip_blanks(t)) {
		t->at++;
		table = ++depth < DSFIT_TOML_DEPTH ? table_in(t, table, *last) : NULL;
		free(*last);
		*last = table ? take_key(t) : NULL;
	}
	if (!*last)
		fail(t, "a key is too deep or missing");
	return *last ? table : NULL;
}

static bool take_pair(struct toml *t, struct json_object *table, unsigned depth)
{
	struct json_object *value = NULL;
	char *key;

	table = take_path(t, table, &key);
	if (table && look(t) == '=') {
		t->at++;
		skip_blanks(t);
		value = take_value(t, depth);
	}
	if (!value || json_object_object_add(table, key, value)) {
		json_object_put(value);
		free(key);
		return fail(t, "no \"key = value\"");
	}
	free(key);
	return !t->wrong;
}

/* [a.b] and [[a.b]] */
static struct json_object *take_table(struct toml *t)
{
	bool of_array = begins(t, "[[");
	struct json_object *table;
	char *key;

	t->at += of_array ? 2 : 1;
	table = take_path(t, t->root, &key);
	if (table)
		table = table_in(t, table, key);
	free(key);
	if (!begins(t, of_array ? "]]" : "]"))
		fail(t, "a table's name has no end");
	else
		t->at += of_array ? 2 : 1;
	return table;
}

struct json_object *dsfit_toml_parse(const char *text, size_t length, struct dsfit_error *err)
{
	struct toml t = { .at = text, .end = text + length, .line = 1,
			  .root = json_object_new_object() };
	struct json_object *table = t.root;

	if (length > DSFIT_TOML_MAX)
		fail(&t, "a text of more than 1 MiB");
	while (table && !t.wrong) {
		skip_lines(&t);
		if (t.at == t.end)
			break;
		if (look(&t) == '[')
			table = take_table(&t);
		else
			take_pair(&t, table, 0);
		skip_comment(&t);
		if (!t.wrong && t.at < t.end && *t.at != '\n')
			fail(&t, "more than one thing on a line");
	}
	if (table && !t.wrong)
		return t.root;
	json_object_put(t.root);
	dsfit_fail(err, "line %u: %s", t.line, t.wrong ? t.wrong : "out of memory");
	return NULL;
}
