/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JSON_WRITE_H
#define DSFIT_JSON_WRITE_H

#include <stdint.h>

#include <json-c/json.h>

/*
 * JSON that is written. json-c leaves out what it has no memory for, or ends the process over an
 * object that is not there. So begin, build with these two instead of json-c's own, and end: that
 * gives the whole text or none. NULL is null, and any object may be NULL because memory is out.
 *
 * That it was out is known by errno, which nothing in between may set for another reason.
 */
void dsfit_json_begin(void);
void dsfit_json_add(struct json_object *object, const char *key, struct json_object *value);
void dsfit_json_append(struct json_object *array, struct json_object *value);

/* A whole number. Readers of JSON have signed 64-bit integers at most, so a larger one, as a
 * saturated sum is, becomes the largest of these. dsfit_json_known(): 0 is not known, and null. */
struct json_object *dsfit_json_whole(uint64_t value);
struct json_object *dsfit_json_known(uint64_t value);

/* Release the root. Returns its text, for the caller to free, in json-c's JSON_C_TO_STRING_
 * `style`; or NULL without memory. */
char *dsfit_json_end(struct json_object *root, int style);

#endif
