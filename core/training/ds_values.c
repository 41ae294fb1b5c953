/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DeepSpeed 0.19.8 accepts as a value. A file that DeepSpeed accepts must be read, and a file
 * at which DeepSpeed stops should be reported at submission; so these readers follow pydantic's
 * lax mode to the letter (https://docs.pydantic.dev/latest/concepts/conversion_table/):
 *
 *     count    8, 8.0, true, "8", " +5 ", "1_000", "8.0"       not 8.5, "x", -1
 *     flag     true, 1, 1.0, "yes", "on", "t", ... and no's    not 2, "maybe"
 *     share    0.5, 1, true, "0.5"                             not 1.5
 */
#include "core/training/ds_values.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/base/word.h"

/* Larger counts are read as this, which is beyond any model. */
#define MAX_ELEMENTS UINT64_C(1000000000000000)

int dsfit_ds_refuse(const struct dsfit_ds_section *s, const char *key, struct json_object *value,
		    const char *accepted)
{
	return dsfit_fail(s->err, "\"%s%s\": %.100s: must be %s", s->path, key,
			  json_object_to_json_string(value), accepted);
}

bool dsfit_ds_find(const struct dsfit_ds_section *s, const char *key, struct json_object **value)
{
	*value = NULL;
	if (!s->object || !json_object_object_get_ex(s->object, key, value))
		return false;
	return !json_object_is_type(*value, json_type_string) ||
	       strcmp(json_object_get_string(*value), "auto") != 0;
}

bool dsfit_ds_is_auto(const struct dsfit_ds_section *s, const char *key)
{
	struct json_object *value;

	return s->object && json_object_object_get_ex(s->object, key, NULL) &&
	       !dsfit_ds_find(s, key, &value);
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* An integer in a string: "500", " +5 ", "1_000", "8.0". Not a negative one. */
static bool whole_in_string(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	bool negative;

	while (isspace((unsigned char)*text))
		text++;
	negative = *text == '-';
	text += negative || *text == '+';
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text) ||
	       (*text == '_' && isdigit((unsigned char)text[1])); text++)
		if (*text != '_')
			value = dsfit_add(dsfit_mul(value, 10), (uint64_t)(*text - '0'));
	if (text[0] == '.' && text[1] == '0')
		for (text++; *text == '0';)
			text++;
	while (isspace((unsigned char)*text))
		text++;
	*out = value;
	return !*text && !(negative && value);
}

bool dsfit_ds_is_whole(struct json_object *value, uint64_t *out)
{
	double number;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		*out = json_object_get_boolean(value) ? 1 : 0;
		return true;
	case json_type_int:
		*out = (uint64_t)json_object_get_int64(value);
		return json_object_get_int64(value) >= 0;
	case json_type_double:
		number = json_object_get_double(value);
		if (!(number >= 0 && number < 0x1p63) || number != floor(number))
			return false;
		*out = (uint64_t)number;
		return true;
	case json_type_string:
		return whole_in_string(json_object_get_string(value), out);
	default:
		return false;
	}
}

int dsfit_ds_count(const struct dsfit_ds_section *s, const char *key, uint64_t min, uint64_t *out)
{
	struct json_object *value;
	uint64_t number;

	if (!dsfit_ds_find(s, key, &value))
		return 0;
	if (!dsfit_ds_is_whole(value, &number) || number < min)
		return dsfit_ds_refuse(s, key, value, min ? "a whole number of at least 1" :
							    "a whole number of at least 0");
	*out = number < MAX_ELEMENTS ? number : MAX_ELEMENTS;
	return 1;
}

int dsfit_ds_whole(const struct dsfit_ds_section *s, const char *key, uint64_t min, uint64_t max,
		   uint64_t *out)
{
	struct json_object *value;
	char accepted[64];
	uint64_t number;

	if (!dsfit_ds_find(s, key, &value))
		return 0;
	if (!dsfit_ds_is_whole(value, &number) || number < min || number > max) {
		snprintf(accepted, sizeof(accepted), "a whole number from %llu to %llu",
			 (unsigned long long)min, (unsigned long long)max);
		return dsfit_ds_refuse(s, key, value, accepted);
	}
	*out = number;
	return 1;
}

int dsfit_ds_share(const struct dsfit_ds_section *s, const char *key, double *out)
{
	struct json_object *value;
	double number = -1;

	if (!dsfit_ds_find(s, key, &value))
		return 0;
	if (json_object_is_type(value, json_type_string)) {
		if (dsfit_parse_decimal(json_object_get_string(value), 0, 1, &number, NULL))
			number = -1;
	} else if (json_object_is_type(value, json_type_int) ||
		   json_object_is_type(value, json_type_double) ||
		   json_object_is_type(value, json_type_boolean)) {
		number = json_object_get_double(value);
	}
	if (!(number >= 0 && number <= 1))
		return dsfit_ds_refuse(s, key, value, "a number from 0 to 1");
	*out = number;
	return 1;
}

static bool is_integer(struct json_object *value, bool flag_ok)
{
	uint64_t ignored;
	double number;

	if (json_object_is_type(value, json_type_boolean))
		return flag_ok;
	if (dsfit_ds_is_whole(value, &ignored) || json_object_is_type(value, json_type_int))
		return true;
	number = json_object_get_double(value);
	return json_object_is_type(value, json_type_double) && number == floor(number);
}

int dsfit_ds_check_integer(const struct dsfit_ds_section *s, const char *key, bool flag_ok)
{
	struct json_object *value;

	if (!dsfit_ds_find(s, key, &value))
		return 0;
	return is_integer(value, flag_ok) ? 1 : dsfit_ds_refuse(s, key, value,
								"a whole number");
}

int dsfit_ds_check_counts(const struct dsfit_ds_section *s, const char *const *keys)
{
	uint64_t ignored;

	for (; *keys; keys++)
		if (dsfit_ds_count(s, *keys, 0, &ignored) < 0)
			return -1;
	return 0;
}

/* ---- flags, texts, sections ----------------------------------------------------------------- */

static bool flag_of(struct json_object *value, bool *out)
{
	static const char *const no[] = { "0", "off", "f", "false", "n", "no", NULL };
	static const char *const yes[] = { "1", "on", "t", "true", "y", "yes", NULL };
	double number;
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		*out = json_object_get_boolean(value);
		return true;
	case json_type_int:
	case json_type_double:
		number = json_object_get_double(value);
		*out = number == 1;
		return number == 0 || number == 1;
	case json_type_string:
		text = json_object_get_string(value);
		*out = dsfit_word(yes, text) >= 0;
		return *out || dsfit_word(no, text) >= 0;
	default:
		return false;
	}
}

static int read_flag(const struct dsfit_ds_section *s, const char *key, bool null_ok, bool *out)
{
	struct json_object *value;

	if (!dsfit_ds_find(s, key, &value) || (!value && null_ok))
		return 0;
	if (!flag_of(value, out))
		return dsfit_ds_refuse(s, key, value, "true or false");
	return 1;
}

int dsfit_ds_flag(const struct dsfit_ds_section *s, const char *key, bool *out)
{
	return read_flag(s, key, false, out);
}

int dsfit_ds_flag_or_null(const struct dsfit_ds_section *s, const char *key, bool *out)
{
	return read_flag(s, key, true, out);
}

int dsfit_ds_check_flags(const struct dsfit_ds_section *s, const char *const *keys)
{
	bool ignored;

	for (; *keys; keys++)
		if (dsfit_ds_flag(s, *keys, &ignored) < 0)
			return -1;
	return 0;
}

int dsfit_ds_string(const struct dsfit_ds_section *s, const char *key, const char **out)
{
	struct json_object *value;

	if (!dsfit_ds_find(s, key, &value) || !value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be a string", s->path, key,
				  json_object_to_json_string(value));
	*out = json_object_get_string(value);
	return 1;
}

int dsfit_ds_open(const struct dsfit_ds_section *s, const char *key, bool null_ok,
		  struct dsfit_ds_section *out)
{
	struct json_object *value = NULL;
	bool found = dsfit_ds_find(s, key, &value);

	*out = (struct dsfit_ds_section){ .err = s->err };
	if (!value ? !found || null_ok : !found && *s->path)
		return 0;
	if (!json_object_is_type(value, json_type_object))
		return dsfit_fail(s->err, "\"%s%s\": must be an object", s->path, key);
	out->object = value;
	snprintf(out->path, sizeof(out->path), "%.60s%.32s.", s->path, key);
	return 1;
}

int dsfit_ds_exact_word(const char *const *names, const char *text)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

int dsfit_ds_check_keys(const struct dsfit_ds_section *s, const char *const *known)
{
	if (!s->object)
		return 0;
	json_object_object_foreach(s->object, key, value) {
		char near[DSFIT_NEAR_TEXT];

		(void)value;
		if (dsfit_ds_exact_word(known, key) < 0 && *dsfit_near_word(known, key, near))
			return dsfit_fail(s->err, "\"%s%.60s\": %sDeepSpeed has no such setting",
					  s->path, key, near);
	}
	return 0;
}
