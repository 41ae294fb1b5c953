/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/formats/hjson.h"

static struct json_object *read_file(const char *path, enum dsfit_json_dialect dialect,
				     struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	struct json_object *object;
	size_t length = 0;
	char *text = dsfit_file_read(path, &length, err);

	if (!text)
		return NULL;
	object = dsfit_json_parse(text, length, dialect, &why);
	free(text);
	if (!object)
		dsfit_fail(err, "%.200s: %.300s", path, why.text);
	return object;
}

struct json_object *dsfit_json_read(const char *path, struct dsfit_error *err)
{
	return read_file(path, DSFIT_JSON_PLAIN, err);
}

struct json_object *dsfit_hjson_read(const char *path, struct dsfit_error *err)
{
	return read_file(path, DSFIT_JSON_HJSON, err);
}

/* The member, or NULL if it is absent, null or "auto". */
static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, json_type_string) &&
	    !strcmp(json_object_get_string(value), "auto"))
		return NULL;
	return value;
}

int dsfit_json_number(struct json_object *object, const char *key, uint64_t min, uint64_t max,
		      uint64_t *out, struct dsfit_error *err)
{
	struct json_object *value = member(object, key);
	double number;

	if (!value)
		return 0;
	/* Configurations say 5e8 for 500000000, so a double with a whole value is accepted. */
	number = json_object_get_double(value);
	if (!(json_object_is_type(value, json_type_int) ||
	      json_object_is_type(value, json_type_double)) ||
	    number != floor(number) || number < (double)min || number > (double)max)
		return dsfit_fail(err, "\"%s\": %s: must be a whole number from %llu to %llu",
				  key, json_object_to_json_string(value), (unsigned long long)min,
				  (unsigned long long)max);
	*out = (uint64_t)number;
	return 1;
}

int dsfit_json_bool(struct json_object *object, const char *key, bool *out,
		    struct dsfit_error *err)
{
	struct json_object *value = member(object, key);

	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return dsfit_fail(err, "\"%s\": %s: must be true or false", key,
				  json_object_to_json_string(value));
	*out = json_object_get_boolean(value);
	return 1;
}

int dsfit_json_string(struct json_object *object, const char *key, const char **out,
		      struct dsfit_error *err)
{
	struct json_object *value = member(object, key);

	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return dsfit_fail(err, "\"%s\": %s: must be a string", key,
				  json_object_to_json_string(value));
	*out = json_object_get_string(value);
	return 1;
}

int dsfit_json_object(struct json_object *object, const char *key, struct json_object **out,
		      struct dsfit_error *err)
{
	struct json_object *value = member(object, key);

	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_object))
		return dsfit_fail(err, "\"%s\": must be an object", key);
	*out = value;
	return 1;
}
