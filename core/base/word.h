/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WORD_H
#define DSFIT_WORD_H

#include "core/base/error.h"

/*
 * Words that stand for the values of an enum: a NULL-ended array has one name for each value, in
 * the order of the values. Upper and lower case are the same.
 */

/* The position of `word` in the array, or -1. */
int dsfit_word(const char *const *names, const char *word);

/* The same. Where it is -1, the line in err quotes the word and lists the names. */
int dsfit_parse_word(const char *const *names, const char *word, struct dsfit_error *err);

/*
 * Set an enum to the word's position: `value` points to an enum of any type, which is as wide as
 * unsigned. Returns 0, or -1 with a line in err and *value unchanged.
 */
int dsfit_parse_enum(const char *const *names, const char *word, void *value,
		     struct dsfit_error *err);

#endif
