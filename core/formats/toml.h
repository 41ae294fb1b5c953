/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TOML_H
#define DSFIT_TOML_H

#include <stddef.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * TOML into json-c's objects, so that what reads JSON reads TOML too. Dates are texts. The
 * tables of an array are merged into one, in which a later value wins: settings are looked for, and
 * these stand in one table.
 */

/* The longest text, in bytes; tables are as deep as DSFIT_TOML_DEPTH. */
#define DSFIT_TOML_MAX (1u << 20)
#define DSFIT_TOML_DEPTH 16

/*
 * Parse text[0, length). Returns NULL with "line N: reason" in err, or an object that the caller
 * releases with json_object_put().
 */
struct json_object *dsfit_toml_parse(const char *text, size_t length, struct dsfit_error *err);

#endif
