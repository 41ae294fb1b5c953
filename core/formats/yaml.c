/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libyaml says what comes next: a scalar, the start of a list, its end. This file puts that
 * together, value by value:
 *
 *     read_document() --> read_value() -+-> read_scalar()
 *                            ^          +-> read_list() -----+
 *                            |          +-> read_mapping() --+
 *                            +-------------------------------+
 *
 * A value remembers its line as json-c's user data.
 *
 * An alias is a copy of what its anchor names. Copies count as values, and what is in them as
 * nested, so that ten lines of aliases of aliases are refused as a file of that size would be.
 */
#include "core/formats/yaml.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "core/formats/hjson.h"

#define ANCHORS_MAX 64

struct anchor {
	char *name;
	struct json_object *value;	/* a copy; NULL is null */
};

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;		/* what comes next */
	unsigned depth, values, anchors;
	struct anchor anchor[ANCHORS_MAX];
	struct dsfit_error *err;
};

static int fail_at(const struct reader *r, const char *why)
{
	return dsfit_fail(r->err, "line %zu: %s", r->event.start_mark.line + 1, why);
}

/* Go on to the next event. */
static int advance(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return 0;
	memset(&r->event, 0, sizeof(r->event));
	return dsfit_fail(r->err, "line %zu: not YAML: %s",
			  (r->parser.problem_mark.line ? r->parser.problem_mark.line :
							 r->parser.mark.line) + 1,
			  r->parser.problem ? r->parser.problem : "out of memory");
}

/* ---- scalars -------------------------------------------------------------------------------- */

static bool is_one_of(const char *const *words, const char *text)
{
	for (; *words; words++)
		if (!strcmp(*words, text))
			return true;
	return false;
}

/* Digits, perhaps with a sign and with "_" between them. A number that begins with 0 is octal, and
 * not meant so: it stays a text. */
static bool is_whole(const char *text, int64_t *out)
{
	const bool negative = *text == '-';
	int64_t value = 0;

	text += negative || *text == '+';
	if (!(*text >= '0' && *text <= '9') || (*text == '0' && text[1]))
		return false;
	for (; (*text >= '0' && *text <= '9') || *text == '_'; text++)
		if (*text != '_')
			value = value > (INT64_MAX - 9) / 10 ? INT64_MAX :
				value * 10 + (*text - '0');
	*out = negative ? -value : value;
	return !*text;
}

/* What a plain scalar means. Returns NULL for null and if there is no memory; *is_null tells. */
static struct json_object *plain(const char *text, bool *is_null)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const yes[] = { "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On",
					   "ON", NULL };
	static const char *const no[] = { "false", "False", "FALSE", "no", "No", "NO", "off",
					  "Off", "OFF", NULL };
	int64_t number;

	*is_null = is_one_of(nulls, text);
	if (*is_null)
		return NULL;
	if (is_one_of(yes, text) || is_one_of(no, text))
		return json_object_new_boolean(is_one_of(yes, text));
	return is_whole(text, &number) ? json_object_new_int64(number) :
					 json_object_new_string(text);
}

/* Tags that say of a scalar or a collection what it is anyway. */
static bool is_harmless(const yaml_char_t *tag)
{
	static const char *const tags[] = { YAML_NULL_TAG, YAML_BOOL_TAG, YAML_STR_TAG,
					    YAML_INT_TAG, YAML_FLOAT_TAG, YAML_SEQ_TAG,
					    YAML_MAP_TAG, NULL };

	return !tag || is_one_of(tags, (const char *)tag);
}

static int read_scalar(struct reader *r, struct json_object **out)
{
	const char *text = (const char *)r->event.data.scalar.value;
	const char *tag = (const char *)r->event.data.scalar.tag;
	bool is_null = false;

	if (strlen(text) != r->event.data.scalar.length)
		return fail_at(r, "a character of code 0");
	if (r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !(tag && !strcmp(tag, YAML_STR_TAG)))
		*out = plain(text, &is_null);
	else
		*out = json_object_new_string(text);
	return *out || is_null ? 0 : fail_at(r, "out of memory");
}

/* ---- what is released ----------------------------------------------------------------------- */

static int read_value(struct reader *r, struct json_object **out);

/*
 * Take the line off a value that will be released by itself. json_object_put() of json-c 0.19 takes
 * the user data of what it is called for, if that has elements, for the parent to go on with (its
 * issue 934), and crashes.
 */
static void forget_line(struct json_object *value)
{
	if (value)
		json_object_set_userdata(value, NULL, NULL);
}

static void release(struct json_object *value)
{
	forget_line(value);
	json_object_put(value);
}

/* ---- anchors and aliases -------------------------------------------------------------------- */

static int copy_value(struct reader *r, struct json_object *from, struct json_object **out);

static int copy_members(struct reader *r, struct json_object *from, struct json_object *to)
{
	struct json_object *value;

	if (json_object_is_type(from, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(from); i++) {
			if (copy_value(r, json_object_array_get_idx(from, i), &value))
				return -1;
			if (json_object_array_add(to, value)) {
				release(value);
				return fail_at(r, "out of memory");
			}
		}
		return 0;
	}
	json_object_object_foreach(from, key, member) {
		if (copy_value(r, member, &value))
			return -1;
		if (json_object_object_add(to, key, value)) {
			release(value);
			return fail_at(r, "out of memory");
		}
	}
	return 0;
}

/* An empty one of the same kind, or the same scalar. */
static struct json_object *like(struct json_object *from)
{
	switch (json_object_get_type(from)) {
	case json_type_object:
		return json_object_new_object();
	case json_type_array:
		return json_object_new_array();
	case json_type_boolean:
		return json_object_new_boolean(json_object_get_boolean(from));
	case json_type_int:
		return json_object_new_int64(json_object_get_int64(from));
	default:
		return json_object_new_string(json_object_get_string(from));
	}
}

/* A copy that is counted, with the lines of what it copies. */
static int copy_value(struct reader *r, struct json_object *from, struct json_object **out)
{
	int rc;

	*out = NULL;
	if (++r->values > DSFIT_JSON_VALUES)
		return fail_at(r, "too many values");
	if (!from)
		return 0;
	if (r->depth >= DSFIT_JSON_DEPTH)
		return fail_at(r, "nested too deeply");
	*out = like(from);
	if (!*out)
		return fail_at(r, "out of memory");
	r->depth++;
	rc = json_object_is_type(from, json_type_object) ||
	     json_object_is_type(from, json_type_array) ? copy_members(r, from, *out) : 0;
	r->depth--;
	if (rc) {
		json_object_put(*out);
		*out = NULL;
		return -1;
	}
	json_object_set_userdata(*out, json_object_get_userdata(from), NULL);
	return 0;
}

/* Keep a value under its anchor's name, which is released with the reader. */
static int keep_anchor(struct reader *r, char *name, struct json_object *value)
{
	struct anchor *a = &r->anchor[r->anchors];

	if (r->anchors == ANCHORS_MAX) {
		free(name);
		return fail_at(r, "too many anchors");
	}
	*a = (struct anchor){ .name = name };
	r->anchors++;
	return copy_value(r, value, &a->value);
}

/* What the last anchor of that name stands for. */
static int read_alias(struct reader *r, struct json_object **out)
{
	const char *name = (const char *)r->event.data.alias.anchor;
	unsigned i = r->anchors;

	while (i && strcmp(r->anchor[i - 1].name, name))
		i--;
	if (!i)
		return fail_at(r, "an alias without its anchor");
	if (copy_value(r, r->anchor[i - 1].value, out))
		return -1;
	if (!advance(r))
		return 0;
	release(*out);
	*out = NULL;
	return -1;
}

static void release_anchors(struct reader *r)
{
	for (unsigned i = 0; i < r->anchors; i++) {
		free(r->anchor[i].name);
		release(r->anchor[i].value);
	}
}

/* ---- merges --------------------------------------------------------------------------------- */

/* "<<: *defaults": *into gets the members of the other mapping. It is made where it is NULL. */
static int merge(struct reader *r, struct json_object *from, struct json_object **into)
{
	struct json_object *merged = *into ? *into : json_object_new_object();
	int rc = 0;

	*into = merged;
	if (!merged)
		return fail_at(r, "out of memory");
	if (json_object_is_type(from, json_type_object))
		return copy_members(r, from, merged);
	if (!json_object_is_type(from, json_type_array))
		return fail_at(r, "<< takes mappings");
	/* Of several the first wins. */
	for (size_t i = json_object_array_length(from); i && !rc; i--) {
		struct json_object *one = json_object_array_get_idx(from, i - 1);

		rc = json_object_is_type(one, json_type_object) ?
		     copy_members(r, one, merged) : fail_at(r, "<< takes mappings");
	}
	return rc;
}

/* What a mapping says itself wins over what is merged into it. */
static int add_merged(struct reader *r, struct json_object *merged, struct json_object *mapping)
{
	json_object_object_foreach(merged, key, member) {
		struct json_object *value;

		if (json_object_object_get_ex(mapping, key, NULL))
			continue;
		if (copy_value(r, member, &value))
			return -1;
		if (json_object_object_add(mapping, key, value)) {
			release(value);
			return fail_at(r, "out of memory");
		}
	}
	return 0;
}

/* ---- lists and mappings --------------------------------------------------------------------- */

static int read_list(struct reader *r, struct json_object *list)
{
	struct json_object *value;

	while (r->event.type != YAML_SEQUENCE_END_EVENT) {
		if (read_value(r, &value))
			return -1;
		if (json_object_array_add(list, value)) {
			release(value);
			return fail_at(r, "out of memory");
		}
	}
	return 0;
}

static int read_member(struct reader *r, struct json_object *mapping, struct json_object **merged)
{
	struct json_object *value;
	bool merges;
	char *key;
	int rc;

	if (r->event.type != YAML_SCALAR_EVENT)
		return fail_at(r, "a key must be a word");
	key = strdup((const char *)r->event.data.scalar.value);
	if (!key)
		return fail_at(r, "out of memory");
	merges = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !strcmp(key, "<<");
	rc = advance(r) || read_value(r, &value) ? -1 : 0;
	if (!rc && merges) {
		rc = merge(r, value, merged);
		release(value);
	} else if (!rc && json_object_object_add(mapping, key, value)) {
		release(value);
		rc = fail_at(r, "out of memory");
	}
	free(key);
	return rc;
}

static int read_mapping(struct reader *r, struct json_object *mapping)
{
	struct json_object *merged = NULL;	/* few mappings have any */
	int rc = 0;

	while (!rc && r->event.type != YAML_MAPPING_END_EVENT)
		rc = read_member(r, mapping, &merged);
	if (!rc && merged)
		rc = add_merged(r, merged, mapping);
	json_object_put(merged);
	return rc;
}

/* The members up to the end of a list or a mapping, whose start is behind us. */
static int read_members(struct reader *r, bool is_list, struct json_object *out)
{
	if (!out)
		return fail_at(r, "out of memory");
	if (++r->depth > DSFIT_JSON_DEPTH)
		return fail_at(r, "nested too deeply");
	if (is_list ? read_list(r, out) : read_mapping(r, out))
		return -1;
	r->depth--;
	return advance(r);
}

/* The tag and the anchor of a value; NULL where it has none. */
static const char *tag_of(const yaml_event_t *e, const char **anchor)
{
	const yaml_char_t *tag = NULL, *name = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		tag = e->data.scalar.tag;
		name = e->data.scalar.anchor;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		tag = e->data.sequence_start.tag;
		name = e->data.sequence_start.anchor;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		tag = e->data.mapping_start.tag;
		name = e->data.mapping_start.anchor;
	}
	*anchor = (const char *)name;
	return (const char *)tag;
}

static int read_untagged(struct reader *r, struct json_object **out)
{
	const uintptr_t line = r->event.start_mark.line + 1;
	const yaml_event_type_t type = r->event.type;
	int rc;

	if (type == YAML_SCALAR_EVENT) {
		rc = read_scalar(r, out) || advance(r) ? -1 : 0;
	} else {
		*out = type == YAML_SEQUENCE_START_EVENT ? json_object_new_array() :
							   json_object_new_object();
		rc = advance(r) || read_members(r, type == YAML_SEQUENCE_START_EVENT, *out) ? -1 :
											       0;
	}
	if (!rc && *out)
		json_object_set_userdata(*out, (void *)line, NULL);
	return rc;
}

static int read_value(struct reader *r, struct json_object **out)
{
	const char *anchor, *tag = tag_of(&r->event, &anchor);
	char *name = NULL;
	int rc;

	*out = NULL;
	if (r->event.type == YAML_ALIAS_EVENT)
		return read_alias(r, out);
	if (!is_harmless((const yaml_char_t *)tag))
		return fail_at(r, "a tag that is not read");
	if (++r->values > DSFIT_JSON_VALUES)
		return fail_at(r, "too many values");
	if (anchor) {
		name = strdup(anchor);
		if (!name)
			return fail_at(r, "out of memory");
	}
	rc = read_untagged(r, out);
	if (!rc && name)
		rc = keep_anchor(r, name, *out);
	else
		free(name);
	if (rc) {
		release(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* The mapping that is the only document; *out is NULL if the text has no value. */
static int read_document(struct reader *r, struct json_object **out)
{
	if (advance(r) || advance(r))	/* the start of the stream, and what follows it */
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return fail_at(r, "there is nothing in it");
	if (advance(r))			/* the start of the document */
		return -1;
	if (r->event.type != YAML_MAPPING_START_EVENT)
		return fail_at(r, "must be keys with values, such as lora_rank: 8");
	if (read_value(r, out))
		return -1;
	forget_line(*out);
	if (advance(r))
		return -1;
	return r->event.type == YAML_STREAM_END_EVENT ? 0 : fail_at(r, "a second document");
}

struct json_object *dsfit_yaml_parse(const char *text, size_t length, struct dsfit_error *err)
{
	struct json_object *out = NULL;
	struct reader r = { .err = err };
	int rc;

	if (length > DSFIT_YAML_MAX) {
		dsfit_fail(err, "larger than %u MiB", DSFIT_YAML_MAX >> 20);
		return NULL;
	}
	if (!yaml_parser_initialize(&r.parser)) {
		dsfit_fail(err, "out of memory");
		return NULL;
	}
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
	rc = read_document(&r, &out);
	release_anchors(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (!rc)
		return out;
	json_object_put(out);
	return NULL;
}

unsigned dsfit_yaml_line(struct json_object *value)
{
	return value ? (unsigned)(uintptr_t)json_object_get_userdata(value) : 0;
}
