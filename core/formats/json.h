/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JSON_H
#define DSFIT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * Read a file that contains one JSON object, with the caller's rights. A pipe or a device is
 * refused, because reading it could wait for ever. Returns NULL with "FILE: reason" in err, or an
 * object that the caller releases with json_object_put().
 */
struct json_object *dsfit_json_read(const char *path, struct dsfit_error *err);
/* The same for Hjson, which includes JSON: see core/formats/hjson.h. */
struct json_object *dsfit_hjson_read(const char *path, struct dsfit_error *err);

/*
 * Read a member of an object by its key. Returns 1 and sets *out if there is a value. Returns 0 and
 * leaves *out unchanged if the member is absent, null or "auto" (Hugging Face fills in "auto"
 * later). Returns -1 with the key in err if the type is wrong or the value is outside [min, max].
 */
int dsfit_json_number(struct json_object *object, const char *key, uint64_t min, uint64_t max,
		      uint64_t *out, struct dsfit_error *err);
int dsfit_json_bool(struct json_object *object, const char *key, bool *out,
		    struct dsfit_error *err);
/* *out points into the object. */
int dsfit_json_string(struct json_object *object, const char *key, const char **out,
		      struct dsfit_error *err);
/* *out is borrowed from the object. */
int dsfit_json_object(struct json_object *object, const char *key, struct json_object **out,
		      struct dsfit_error *err);

#endif
