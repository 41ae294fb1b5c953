/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/documents.h"

#include <stdio.h>
#include <string.h>

#include "core/base/names.h"
#include "core/formats/hjson.h"
#include "core/formats/toml.h"
#include "core/formats/yaml.h"
#include "core/script/query.h"

#define PATH_LENGTH 192
#define DEPTH_MAX 12
#define REFERENCES_MAX 8
#define TEXT_MAX 4000

struct walk {
	struct dsfit_reading *r;
	const struct dsfit_cells *text;
	bool written;		/* by the script */
	bool has_own;		/* some of it is */
	bool has_unknown, nothing_known;
	struct json_object *root;
	struct dsfit_span edits;	/* what jq or yq has changed: core/script/query.h */
	const char *file;
	char path[PATH_LENGTH];
	void (*tell)(void *context, const struct dsfit_document_value *value);
	void *context;
};

/* Whether it could not be read for lack of memory, and may be right. */
static bool has_no_memory(const struct dsfit_error *err)
{
	return dsfit_ends_with(err->text, "out of memory");
}

/* By a file's name, or by how it begins: without braces Hjson looks much like YAML. */
static bool is_yaml(const char *file, const char *text)
{
	return dsfit_ends_with(file, ".yaml") || dsfit_ends_with(file, ".yml") ||
	       (!dsfit_ends_with(file, "json") && text[strspn(text, " \t\r\n")] != '{');
}

static struct json_object *parse(struct dsfit_arena *arena, const char *file, const char *text,
				 size_t length)
{
	bool yaml = is_yaml(file, text), toml = dsfit_ends_with(file, ".toml");
	struct dsfit_error err = { "" };
	struct json_object *root = toml ? dsfit_toml_parse(text, length, &err) :
				   yaml ? dsfit_yaml_parse(text, length, &err) : NULL;

	if (!root && !toml && !has_no_memory(&err))
		root = dsfit_json_parse(text, length, DSFIT_JSON_HJSON, &err);
	if (!root && !yaml && !toml && !has_no_memory(&err))
		root = dsfit_yaml_parse(text, length, &err);
	if (!root && has_no_memory(&err))
		arena->stopped = arena->no_memory = true;
	return root;
}

/* ---- where a value is written --------------------------------------------------------------- */

/* The value after "key": in the text; NULL if it is not found. */
static const struct dsfit_cell *find_value(const struct dsfit_cells *text, const char *key)
{
	size_t length = strlen(key);
	const struct dsfit_cell *end = dsfit_span_of(text).end;

	for (const struct dsfit_cell *c = text->at; c && c + length < end; c++) {
		size_t i = 0;

		while (i < length && c[i].c == key[i])
			i++;
		if (i < length || (c > text->at && c[-1].c != '"' && c[-1].c != ' ' &&
				   c[-1].c != '\n' && c[-1].c != '\''))
			continue;
		c += length;
		while (c < end && (c->c == '"' || c->c == '\'' || c->c == ' ' || c->c == ':'))
			c++;
		return c < end ? c : NULL;
	}
	return NULL;
}

static const char *source_of(struct walk *w, const struct dsfit_cell *at)
{
	char source[PATH_LENGTH + 160];

	if (w->has_own && at &&
	    DSFIT_FROM_FILE(at->from) == 0)
		snprintf(source, sizeof(source), "line %u", DSFIT_FROM_LINE(at->from));
	else
		snprintf(source, sizeof(source), "%.150s: %s", w->file, w->path);
	return dsfit_arena_copy(w->r->shell.arena, source, strlen(source));
}

/* Whether a name means anything: finding its place takes time. */
static bool is_known(const struct walk *w, const char *name)
{
	enum dsfit_meaning meaning;

	while (!dsfit_launchers_meaning(w->r->launchers, name, &meaning)) {
		name = strchr(name, '.');
		if (!name)
			return false;
		name++;
	}
	return true;
}

/* ---- what jq and yq have changed ------------------------------------------------------------ */

/* The next change: "a.b=value"; value.begin is NULL where there is none. */
static bool next_edit(struct dsfit_span *rest, struct dsfit_span *path, struct dsfit_span *value)
{
	const struct dsfit_cell *c = rest->begin;

	*value = (struct dsfit_span){ NULL, NULL };
	*path = (struct dsfit_span){ c, c };
	while (c < rest->end && c->c != '\n' && c->c != '=')
		c++;
	path->end = c;
	if (c < rest->end && c->c == '=') {
		value->begin = ++c;
		while (c < rest->end && c->c != '\n')
			c++;
		value->end = c;
	}
	rest->begin = c + (c < rest->end);
	return path->begin < path->end;
}

/* Whether a change decides about a value: it is of that value, or of a section around it. */
static bool is_edited(struct dsfit_span edits, const char *name)
{
	struct dsfit_span path, value;

	while (next_edit(&edits, &path, &value)) {
		size_t length = dsfit_span_length(path), i = 0;

		while (i < length && name[i] == path.begin[i].c)
			i++;
		if (i == length && (!name[i] || name[i] == '.'))
			return true;
	}
	return false;
}

/* ---- references ----------------------------------------------------------------------------- */

/* The value that a path of keys names: "model.hidden_size". NULL: none, or a section. */
static struct json_object *value_at(struct json_object *root, const char *path, size_t length)
{
	char key[PATH_LENGTH];

	for (size_t part; root; path += part + 1, length -= part + 1) {
		part = 0;
		while (part < length && path[part] != '.')
			part++;
		if (!part || part >= sizeof(key) || !json_object_is_type(root, json_type_object))
			return NULL;
		memcpy(key, path, part);
		key[part] = '\0';
		if (!json_object_object_get_ex(root, key, &root))
			return NULL;
		if (part == length)
			break;
	}
	return json_object_is_type(root, json_type_object) ? NULL : root;
}

/*
 * "${model_dir}/x", as OmegaConf has it: what it names is in its place. Returns false, with the
 * text as it is, if one names what is not in the file.
 */
static bool resolve(struct walk *w, const char **text)
{
	struct dsfit_arena *arena = w->r->shell.arena;
	char out[TEXT_MAX + 1];

	for (unsigned i = 0; i < REFERENCES_MAX; i++) {
		const char *begin = strstr(*text, "${");
		const char *end = begin ? strchr(begin, '}') : NULL, *value, *copy;
		struct json_object *named;
		int length;

		if (!begin)
			return true;
		named = end ? value_at(w->root, begin + 2, (size_t)(end - begin - 2)) : NULL;
		value = named ? json_object_get_string(named) : NULL;
		if (!value || !dsfit_arena_work(arena, strlen(*text) + strlen(value)))
			return false;
		length = snprintf(out, sizeof(out), "%.*s%s%s", (int)(begin - *text), *text,
				  value, end + 1);
		copy = length > 0 && length <= TEXT_MAX ?
		       dsfit_arena_copy(arena, out, (size_t)length) : NULL;
		if (!copy)
			return false;
		*text = copy;
	}
	return false;
}

/* ---- values --------------------------------------------------------------------------------- */

static void tell(struct walk *w, const char *key, struct json_object *value)
{
	const char *text = value ? json_object_get_string(value) : "";
	struct dsfit_document_value told = { .text = text, .known = true };
	const struct dsfit_cell *at = NULL;
	char name[PATH_LENGTH];

	/* json-c has no memory to write it. */
	if (!text)
		w->r->shell.arena->stopped = w->r->shell.arena->no_memory = true;
	if (!value || !text || strlen(text) > TEXT_MAX)
		return;
	for (size_t i = 0; ; i++) {
		char c = w->path[i];

		name[i] = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		if (!c)
			break;
	}
	told.path = name;
	if (w->edits.begin < w->edits.end && is_edited(w->edits, name))
		return;
	if ((w->has_own || w->has_unknown) && is_known(w, name) &&
	    dsfit_arena_work(w->r->shell.arena, w->text->count))
		at = find_value(w->text, key);
	told.source = source_of(w, at);
	for (size_t i = 0; at && text[i] && at + i < w->text->at + w->text->count; i++)
		told.known &= !(at[i].flags & DSFIT_CELL_UNKNOWN);
	told.known &= !w->nothing_known && resolve(w, &told.text);
	if (told.source)
		w->tell(w->context, &told);
}

/* The changed values; a later change wins. */
static void tell_edits(struct walk *w)
{
	struct dsfit_arena *arena = w->r->shell.arena;
	struct dsfit_span rest = w->edits, path, value;

	while (next_edit(&rest, &path, &value) &&
	       dsfit_arena_work(arena, dsfit_span_length(rest))) {
		struct dsfit_document_value told = {
			.path = dsfit_span_text(arena, path),
			.known = !dsfit_span_has(value, DSFIT_CELL_UNKNOWN),
		};

		if (!value.begin || is_edited(rest, told.path))
			continue;
		told.text = dsfit_span_text(arena, value);
		snprintf(w->path, sizeof(w->path), "%s", told.path);
		told.source = source_of(w, path.begin);
		if (told.source)
			w->tell(w->context, &told);
	}
}

static void walk(struct walk *w, struct json_object *object, size_t length, unsigned depth)
{
	struct json_object_iterator i = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		struct json_object *value = json_object_iter_peek_value(&i);
		size_t more = strlen(key);

		if (length + more + 2 > PATH_LENGTH || !dsfit_arena_work(w->r->shell.arena, 16))
			continue;
		if (length)
			w->path[length] = '.';
		memcpy(w->path + length + (length > 0), key, more + 1);
		if (json_object_is_type(value, json_type_object) && depth < DEPTH_MAX)
			walk(w, value, length + (length > 0) + more, depth + 1);
		else if (!json_object_is_type(value, json_type_object))
			tell(w, key, value);
		w->path[length] = '\0';
	}
}

/* The text for a parser. What is not known says how it was written, which is none of its signs. */
static char *parsed_text(struct dsfit_arena *arena, struct dsfit_span own)
{
	const char *text = dsfit_span_text(arena, own);
	char *copy = dsfit_arena_copy(arena, text, strlen(text));

	for (size_t i = 0; copy && copy[i]; i++)
		if (own.begin[i].flags & DSFIT_CELL_UNKNOWN &&
		    strchr("`\"'#:?{}[]&*!|>%@,\\\n", copy[i]))
			copy[i] = '_';
	return copy;
}

/* What the file says without the changes, and its first line. */
static void open_walk(struct walk *w, struct dsfit_span all, struct dsfit_span name)
{
	uint32_t from = all.begin < all.end ? all.begin->from : 0;

	w->written = DSFIT_FROM_FILE(from) == 0;
	/* Of a file that is edited some values are the script's own. */
	for (const struct dsfit_cell *c = all.begin; c < all.end; c++)
		w->has_own |= DSFIT_FROM_FILE(c->from) == 0 && c->c != '\n';
	w->nothing_known = all.begin < all.end && all.begin->flags & DSFIT_CELL_UNKNOWN;
	w->has_unknown = dsfit_span_has(dsfit_query_text(all), DSFIT_CELL_UNKNOWN);
	w->edits = (struct dsfit_span){ dsfit_query_text(all).end, all.end };
	w->file = w->written ? dsfit_span_text(w->r->shell.arena, name) :
			       dsfit_files_path(&w->r->shell.files[0], DSFIT_FROM_FILE(from));
}

bool dsfit_document_read(struct dsfit_reading *r, struct dsfit_span name,
			 void (*told)(void *context, const struct dsfit_document_value *value),
			 void *context)
{
	const struct dsfit_cells *text = dsfit_files_read(&r->shell, name);
	struct walk w = { .r = r, .text = text, .tell = told, .context = context };
	struct json_object *root;
	struct dsfit_span own;
	const char *copy;

	if (!text || text->count > DSFIT_FILE_BYTES_MAX)
		return false;
	open_walk(&w, dsfit_span_of(text), name);
	own = dsfit_query_text(dsfit_span_of(text));
	copy = w.has_unknown ? parsed_text(r->shell.arena, own) :
			       dsfit_span_text(r->shell.arena, own);
	/* Without memory it is shorter than it says. */
	if (!copy || r->shell.arena->stopped)
		return false;
	root = parse(r->shell.arena, w.file, copy, dsfit_span_length(own));
	if (!root)
		return false;
	w.root = root;
	if (json_object_is_type(root, json_type_object))
		walk(&w, root, 0, 0);
	json_object_put(root);
	tell_edits(&w);
	return true;
}
