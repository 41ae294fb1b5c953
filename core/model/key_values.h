/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_KEY_VALUES_H
#define DSFIT_KEY_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/error.h"

/*
 * Values that are defined one after the other, over the keys of a config.json:
 *
 *     L = num_hidden_layers else 32          the key; 32 if the file does not have it
 *     d = head_dim or h / a                  the same, and for null and -1 too
 *     M = count(layer_types, mamba) or L     how often a list has a word
 *     K = count(layer_types, full, 0, m) or 0    the same, of its elements 0 to m - 1
 *     n = len(mlp_only_layers) else 0        how long a list is, or how many keys a part has
 *     x = at(no_rope_layers, i) else 1       the number at a place of a list
 *     y = is(layer_types, i, mamba|linear) else 0   whether one of the words stands there
 *     z = has(mlp_only_layers, i) else 0     whether a list has a number
 *     F = sum(intermediate_size, L) else 9   the numbers of its first L elements, or L times one
 *     m = L - min(M, 3)                      from values that are already defined
 *     k = (m > 2) * up(h, 64)                1 or 0, times h rounded up to a multiple of 64
 *
 * A name is a letter, with up to two digits. A key may be in a part of the file
 * (text_config.hidden_size), in a list (depths[0], depths[-1]), or have other names
 * (n_embd|hidden_size). Flags are 1 and 0. A text is as a list of the words between "|", or, for a
 * word of one letter, of letters. A division is of whole numbers, rounded down.
 */
#define DSFIT_VALUES_MAX 192

struct dsfit_values {
	struct {
		char name[4];
		double value;
	} entry[DSFIT_VALUES_MAX];
	size_t count;
	bool guessed;			/* a list with unequal numbers stood where one is wanted */
	bool null;			/* null stood where the class has a number */
};

/* Add a value. Returns 0, or -1 if there is no room. */
int dsfit_values_add(struct dsfit_values *values, const char *name, double value);

/*
 * Add the value that `text` defines. Returns 0, or -1 with a line in err that quotes the text: it
 * is no definition, or its value is no number from -1e15 to 1e15. config may be NULL: then no key
 * is there.
 */
int dsfit_values_define(struct dsfit_values *values, const char *text, struct json_object *config,
			struct dsfit_error *err);

/*
 * Read a product such as "2Lh", a number and names of values, from *text on, which then points
 * behind it. A negative value counts as 0, and a product saturates. Returns 0, or -1 with the
 * reason in err.
 */
int dsfit_values_product(const struct dsfit_values *values, const char **text, uint64_t *out,
			 struct dsfit_error *err);

/* What a config.json has under a path such as text_config.depths[0]. Returns false if nothing. A
 * value of null is there, and *out is NULL. */
bool dsfit_values_at(struct json_object *config, const char *path, size_t length,
		     struct json_object **out);

#endif
