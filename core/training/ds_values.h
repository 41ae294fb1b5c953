/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_VALUES_H
#define DSFIT_DS_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/formats/json.h"

/*
 * Values of a DeepSpeed file, for the readers of core/training/ds_*.c. They accept what DeepSpeed
 * accepts: most of its sections are pydantic models in lax mode, which take "8", 8.0 and true as
 * numbers and "yes" and 1 as true, and treat "auto" as if the key were absent.
 */

/* A section of the file. A section that the file does not have has no object, and no keys. */
struct dsfit_ds_section {
	struct json_object *object;
	char path[96];			/* of its keys, in messages: "zero_optimization." */
	struct dsfit_error *err;	/* where the readers write their line */
};

/*
 * The readers return 1 and set *out if there is a value. They return 0 and leave *out unchanged if
 * the key is absent or "auto", and -1 with a line in s->err if the value is wrong.
 */

/* A whole number from `min`. Numbers above 10^15, which is beyond any model, are read as 10^15. */
int dsfit_ds_count(const struct dsfit_ds_section *s, const char *key, uint64_t min,
		   uint64_t *out);
/* A whole number from `min` to `max`. */
int dsfit_ds_whole(const struct dsfit_ds_section *s, const char *key, uint64_t min, uint64_t max,
		   uint64_t *out);
/* true or false. */
int dsfit_ds_flag(const struct dsfit_ds_section *s, const char *key, bool *out);
/* The same, but null counts as absent. */
int dsfit_ds_flag_or_null(const struct dsfit_ds_section *s, const char *key, bool *out);
/* A number from 0 to 1. */
int dsfit_ds_share(const struct dsfit_ds_section *s, const char *key, double *out);
/* Text, which belongs to the object. null counts as absent. */
int dsfit_ds_string(const struct dsfit_ds_section *s, const char *key, const char **out);
/*
 * A section inside a section. With null_ok, null counts as absent. "auto" counts as absent only in
 * a section, not at the top of the file, where DeepSpeed has no pydantic model. *out can be read
 * in any case: without an object it has no keys.
 */
int dsfit_ds_open(const struct dsfit_ds_section *s, const char *key, bool null_ok,
		  struct dsfit_ds_section *out);

/* Checks of values that dsfit does not use. Each returns like a reader; lists end with NULL. */
int dsfit_ds_check_flags(const struct dsfit_ds_section *s, const char *const *keys);
int dsfit_ds_check_counts(const struct dsfit_ds_section *s, const char *const *keys);
/* A whole number of either sign; true and false count if flag_ok is set. */
int dsfit_ds_check_integer(const struct dsfit_ds_section *s, const char *key, bool flag_ok);
/* Report a misspelt key: one that is like a known one. Others are ignored. */
int dsfit_ds_check_keys(const struct dsfit_ds_section *s, const char *const *known);

/* Whether the key has a value to read. *value is NULL if the key is absent, and also for null. */
bool dsfit_ds_find(const struct dsfit_ds_section *s, const char *key, struct json_object **value);
/* Whether the key is "auto": left to Hugging Face. */
bool dsfit_ds_is_auto(const struct dsfit_ds_section *s, const char *key);
/* Whether the value is a whole number from 0, as pydantic takes it. */
bool dsfit_ds_is_whole(struct json_object *value, uint64_t *out);
/* The position of `text` in `names`, in exactly this spelling, or -1. */
int dsfit_ds_exact_word(const char *const *names, const char *text);
/* Write `"section.key": value: accepted ...` to s->err and return -1. */
int dsfit_ds_refuse(const struct dsfit_ds_section *s, const char *key, struct json_object *value,
		    const char *accepted);

#endif
