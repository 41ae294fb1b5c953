/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

struct json_object *dsfit_json_read(const char *path, struct dsfit_error *err)
{
	struct json_tokener *tokener = NULL;
	struct json_object *object = NULL;
	size_t length = 0, end = 0;
	char *text = dsfit_file_read(path, &length, err);

	if (!text)
		return NULL;
	tokener = json_tokener_new();
	if (tokener) {
		/* The terminator is given too: it ends a number at the very end of the file. */
		object = json_tokener_parse_ex(tokener, text, (int)length + 1);
		end = json_tokener_get_parse_end(tokener);
	}
	while (end < length && strchr(" \t\r\n", text[end]))
		end++;
	if (!tokener || json_tokener_get_error(tokener) != json_tokener_success)
		dsfit_fail(err, "%s: not JSON: %s at byte %zu", path,
			   tokener ? json_tokener_error_desc(json_tokener_get_error(tokener))
				   : "out of memory", end);
	else if (!json_object_is_type(object, json_type_object))
		dsfit_fail(err, "%s: not a JSON object", path);
	else if (end < length)
		dsfit_fail(err, "%s: not JSON: more after the object at byte %zu", path, end);
	else
		goto out;
	json_object_put(object);
	object = NULL;
out:
	if (tokener)
		json_tokener_free(tokener);
	free(text);
	return object;
}

/* The member, or NULL where it is absent, null or "auto". */
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
	/* Configurations have 5e8 for 500000000: a double that is whole counts as a number. */
	number = json_object_get_double(value);
	if (!(json_object_is_type(value, json_type_int) ||
	      json_object_is_type(value, json_type_double)) ||
	    number != floor(number) || number < (double)min || number > (double)max)
		return dsfit_fail(err, "\"%s\": %s: accepted are whole numbers from %llu to %llu",
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
		return dsfit_fail(err, "\"%s\": %s: accepted are true and false", key,
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
		return dsfit_fail(err, "\"%s\": %s: a string is expected", key,
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
		return dsfit_fail(err, "\"%s\": an object is expected", key);
	*out = value;
	return 1;
}
