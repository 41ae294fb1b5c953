/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/hf_keys.h"

/* Whether the key is there with the value null. */
static bool is_null(struct json_object *config, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(config, key, &value) && !value;
}

int dsfit_hf_number(struct json_object *config, const char *const *keys, uint64_t min,
		    uint64_t *out, struct dsfit_error *err)
{
	int got = 0;

	for (; *keys && !got; keys++) {
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
