/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_YAML_H
#define DSFIT_YAML_H

#include <stddef.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * YAML into json-c's objects, so that what reads JSON reads YAML too. Plain scalars mean what they
 * mean to PyYAML (YAML 1.1): yes and off are booleans, ~ and nothing are null, digits are a number.
 * All else is text, decimal fractions too, because who reads them reads texts as well. Of two equal
 * keys the last one counts, as for PyYAML.
 *
 * An alias is what its anchor names, and "<<" merges mappings, over which the mapping's own members
 * win. What aliases repeat counts towards the limits as if it were written out, because a few of
 * them can stand for a text without end.
 *
 * Not accepted, although it is YAML: tags but those of plain values, keys that are not scalars, a
 * second document, an alias inside what its own anchor names, more than 64 anchors.
 */

/* The longest text; the depth and the number of values are limited as those of JSON are. */
#define DSFIT_YAML_MAX (1u << 20)

/*
 * Parse one mapping from text[0, length). Returns NULL with "line N: reason" in err, or an object
 * that the caller releases with json_object_put().
 */
struct json_object *dsfit_yaml_parse(const char *text, size_t length, struct dsfit_error *err);

/* The line of a value that dsfit_yaml_parse() made; 0 for null, for the whole mapping, and for a
 * value of JSON. */
unsigned dsfit_yaml_line(struct json_object *value);

#endif
