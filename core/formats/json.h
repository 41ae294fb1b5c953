/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JSON_H
#define DSFIT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * Read a file that holds one JSON object. The caller's rights decide what can be read; a pipe
 * or a device is refused rather than waited for. NULL with "FILE: reason" in err; else the
 * caller releases the object with json_object_put().
 */
struct json_object *dsfit_json_read(const char *path, struct dsfit_error *err);
/* The same in Hjson, of which JSON is a part: core/formats/hjson.h. */
struct json_object *dsfit_hjson_read(const char *path, struct dsfit_error *err);

/*
 * Members of an object, by key. Absent, null and "auto" (as Hugging Face writes where it fills
 * a value in later) leave *out as it is and return 0; a value returns 1; a wrong type or a value
 * outside [min, max] returns -1 with the key in err.
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
