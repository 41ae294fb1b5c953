/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/hf_keys.h"

#include <math.h>

/* Whether the key is there with the value null. */
static bool is_null(struct json_object *config, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(config, key, &value) && !value;
}

/* The mean of a list that has a number for each layer, rounded to the nearest; 0 if there is none.
 * *uneven is set if they differ. */
static int read_list(struct json_object *list, const char *key, uint64_t min, uint64_t *out,
		     bool *uneven, struct dsfit_error *err)
{
	size_t n = json_object_array_length(list);
	double sum = 0, first = 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *element = json_object_array_get_idx(list, i);
		double number = json_object_get_double(element);

		if (!(json_object_is_type(element, json_type_int) ||
		      json_object_is_type(element, json_type_double)) ||
		    number < (double)min || number > (double)DSFIT_DIMENSION_MAX)
			return dsfit_fail(err,
					  "\"%s\": %s: must be whole numbers from %llu to %llu",
					  key, json_object_to_json_string(list),
					  (unsigned long long)min,
					  (unsigned long long)DSFIT_DIMENSION_MAX);
		first = i ? first : number;
		*uneven |= number != first;
		sum += number;
	}
	*out = n ? (uint64_t)llround(sum / (double)n) : 0;
	return 1;
}

/* A list of more than one number: of one it is a slip. */
static struct json_object *list_at(struct json_object *config, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(config, key, &value);
	return json_object_is_type(value, json_type_array) &&
	       json_object_array_length(value) > 1 ? value : NULL;
}

bool dsfit_hf_uneven(struct json_object *config)
{
	bool uneven = false;

	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++) {
		const char *const *keys = dsfit_shape_fields[i].config;

		for (; keys && *keys; keys++) {
			struct json_object *list = list_at(config, *keys);
			uint64_t mean;

			if (list && read_list(list, *keys, 0, &mean, &uneven, NULL) < 0)
				return true;
		}
	}
	return uneven;
}

int dsfit_hf_number(struct json_object *config, const char *const *keys, uint64_t min,
		    uint64_t *out, struct dsfit_error *err)
{
	bool uneven = false;
	int got = 0;

	for (; *keys && !got; keys++) {
		struct json_object *list = list_at(config, *keys);

		if (list)
			return read_list(list, *keys, min, out, &uneven, err);
		got = dsfit_json_number(config, *keys, min, DSFIT_DIMENSION_MAX, out, err);
		if (!got && is_null(config, *keys)) {
			*out = 0;
			return 1;
		}
	}
	return got;
}

int dsfit_hf_member(struct json_object *config, size_t at, struct dsfit_shape *shape,
		    struct dsfit_error *err)
{
	const struct dsfit_shape_field *field = dsfit_shape_fields;

	while (field->at != at)
		field++;
	return dsfit_hf_number(config, field->config, field->config_min,
			       (uint64_t *)(void *)((char *)shape + at), err);
}

int dsfit_hf_flag(struct json_object *config, const char *key, bool *out,
		  struct dsfit_error *err)
{
	return *key ? dsfit_json_bool(config, key, out, err) : 0;
}
