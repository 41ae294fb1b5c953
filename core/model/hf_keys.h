/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_KEYS_H
#define DSFIT_HF_KEYS_H

#include "core/formats/json.h"
#include "core/model/shape.h"

/* Values of a Hugging Face config.json, for the readers of core/model/hf_*.c. */

/*
 * Read a whole number from `min` to DSFIT_DIMENSION_MAX under the first of `keys` (ended by NULL)
 * that the object has. Returns 1 if there was one, 0 if not, -1 with the key in err if the value is
 * wrong. null sets *out to 0: the number follows from others and not from the family's default. Of
 * a list with a number for each layer it is the mean.
 */
int dsfit_hf_number(struct json_object *config, const char *const *keys, uint64_t min,
		    uint64_t *out, struct dsfit_error *err);

/* The same for a member of a shape, by its offset; its row of dsfit_shape_fields has the keys. */
int dsfit_hf_member(struct json_object *config, size_t at, struct dsfit_shape *shape,
		    struct dsfit_error *err);

/* Whether a list whose numbers differ stands where dsfit_hf_number() reads one for all layers. */
bool dsfit_hf_uneven(struct json_object *config);

/* Read a flag whose key depends on the family. "" means that the family has no such key. */
int dsfit_hf_flag(struct json_object *config, const char *key, bool *out,
		  struct dsfit_error *err);

#endif
