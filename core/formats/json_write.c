/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/json_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void dsfit_json_begin(void)
{
	errno = 0;
}

void dsfit_json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!object || json_object_object_add(object, key, value))
		json_object_put(value);
}

void dsfit_json_append(struct json_object *array, struct json_object *value)
{
	if (!array || json_object_array_add(array, value))
		json_object_put(value);
}

struct json_object *dsfit_json_whole(uint64_t value)
{
	return json_object_new_int64(value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

struct json_object *dsfit_json_known(uint64_t value)
{
	return value ? dsfit_json_whole(value) : NULL;
}

char *dsfit_json_end(struct json_object *root, int style)
{
	const char *text = root ? json_object_to_json_string_ext(root, style) : NULL;
	char *copy = text ? strdup(text) : NULL;

	json_object_put(root);
	if (errno != ENOMEM)
		return copy;
	free(copy);
	return NULL;
}
