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
 */
#include "core/formats/yaml.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "core/formats/hjson.h"

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;		/* what comes next */
	unsigned depth, values;
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

/* ---- lists and mappings --------------------------------------------------------------------- */

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

static int read_list(struct reader *r, struct json_object *list)
{
	struct json_object *value;

	while (r->event.type != YAML_SEQUENCE_END_EVENT) {
		if (read_value(r, &value))
			return -1;
		if (json_object_array_add(list, value)) {
			forget_line(value);
			json_object_put(value);
			return fail_at(r, "out of memory");
		}
	}
	return 0;
}

static int read_member(struct reader *r, struct json_object *mapping)
{
	struct json_object *value;
	char *key;
	int rc;

	if (r->event.type == YAML_ALIAS_EVENT)
		return fail_at(r, "anchors and aliases are not read");
	if (r->event.type != YAML_SCALAR_EVENT)
		return fail_at(r, "a key must be a word");
	key = strdup((const char *)r->event.data.scalar.value);
	if (!key)
		return fail_at(r, "out of memory");
	rc = advance(r) || read_value(r, &value) ? -1 : 0;
	if (!rc && json_object_object_add(mapping, key, value)) {
		forget_line(value);
		json_object_put(value);
		rc = fail_at(r, "out of memory");
	}
	free(key);
	return rc;
}

/* The members up to the end of a list or a mapping, whose start is behind us. */
static int read_members(struct reader *r, bool is_list, struct json_object *out)
{
	if (!out)
		return fail_at(r, "out of memory");
	if (++r->depth > DSFIT_JSON_DEPTH)
		return fail_at(r, "nested too deeply");
	if (is_list) {
		if (read_list(r, out))
			return -1;
	} else {
		while (r->event.type != YAML_MAPPING_END_EVENT)
			if (read_member(r, out))
				return -1;
	}
	r->depth--;
	return advance(r);
}

/* Why a value is refused, whatever is in it. */
static const char *refusal(const struct reader *r)
{
	const yaml_event_t *e = &r->event;
	const yaml_char_t *tag = NULL, *anchor = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		tag = e->data.scalar.tag;
		anchor = e->data.scalar.anchor;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		tag = e->data.sequence_start.tag;
		anchor = e->data.sequence_start.anchor;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		tag = e->data.mapping_start.tag;
		anchor = e->data.mapping_start.anchor;
	}
	if (anchor || e->type == YAML_ALIAS_EVENT)
		return "anchors and aliases are not read";
	return is_harmless(tag) ? NULL : "a tag that is not read";
}

static int read_value(struct reader *r, struct json_object **out)
{
	const char *why = refusal(r);
	const uintptr_t line = r->event.start_mark.line + 1;
	const yaml_event_type_t type = r->event.type;
	int rc;

	*out = NULL;
	if (!why && ++r->values > DSFIT_JSON_VALUES)
		why = "too many values";
	if (why)
		return fail_at(r, why);
	if (type == YAML_SCALAR_EVENT) {
		rc = read_scalar(r, out) || advance(r) ? -1 : 0;
	} else {
		*out = type == YAML_SEQUENCE_START_EVENT ? json_object_new_array() :
							   json_object_new_object();
		rc = advance(r) || read_members(r, type == YAML_SEQUENCE_START_EVENT, *out) ? -1 :
											       0;
	}
	if (rc) {
		json_object_put(*out);
		*out = NULL;
	} else if (*out) {
		json_object_set_userdata(*out, (void *)line, NULL);
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
