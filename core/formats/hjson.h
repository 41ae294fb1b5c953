/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HJSON_H
#define DSFIT_HJSON_H

#include <stddef.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * The text of a JSON file as json-c's objects. json-c has a parser of its own, but it keeps the
 * last of two equal keys without a word, takes NaN for a number, and knows nothing of Hjson,
 * which is what DeepSpeed reads its file as.
 */
enum dsfit_json_dialect {
	DSFIT_JSON_PLAIN,	/* RFC 8259, and Infinity, which Python writes */
	/* https://hjson.github.io, as Python's hjson reads it: comments (#, slashes and C's),
	 * commas that are missing or left at the end, keys and strings without quotes. */
	DSFIT_JSON_HJSON,
};

/* Bounds of what is read: deeper or more than any configuration is, and soon told. */
#define DSFIT_JSON_DEPTH 64
#define DSFIT_JSON_VALUES (1u << 18)

/*
 * One object from text[0, length), which is UTF-8, with or without a byte-order mark, and has a
 * terminator behind it. Integers beyond 63 bits saturate. Refused, with the line or the key's
 * path in err: what is not of the dialect, a key that its object has already, NaN, a number
 * beyond a double (1e400), more nesting or values than the bounds above. NULL then; else the
 * caller releases the object with json_object_put().
 */
struct json_object *dsfit_json_parse(const char *text, size_t length,
				     enum dsfit_json_dialect dialect, struct dsfit_error *err);

#endif
