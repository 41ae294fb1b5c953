/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HJSON_H
#define DSFIT_HJSON_H

#include <stddef.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * Parses JSON and Hjson into json-c's objects. json-c's own parser silently keeps the last of two
 * equal keys, accepts NaN as a number, and does not know Hjson. DeepSpeed reads its file as Hjson.
 */
enum dsfit_json_dialect {
	DSFIT_JSON_PLAIN,	/* RFC 8259, and Infinity as Python writes it */
	/* https://hjson.github.io as Python's hjson reads it: comments (#, two slashes, or as in
	 * C), missing and trailing commas, keys and strings without quotes. */
	DSFIT_JSON_HJSON,
};

/* The deepest nesting and the most values that are accepted; no real configuration has as many. */
#define DSFIT_JSON_DEPTH 64
#define DSFIT_JSON_VALUES (1u << 18)

/*
 * Parse one object from text[0, length): UTF-8, with or without a byte-order mark, followed by a
 * terminator. Integers of more than 63 bits saturate. Errors are: a text that is not of the
 * dialect, a key that its object already has, NaN, a number that no double can hold (1e400), and
 * more nesting or values than the bounds above. Returns NULL then, with the line or the key's path
 * in err; otherwise an object that the caller releases with json_object_put().
 */
struct json_object *dsfit_json_parse(const char *text, size_t length,
				     enum dsfit_json_dialect dialect, struct dsfit_error *err);

#endif
