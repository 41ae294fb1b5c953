/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HUB_NAMES_H
#define DSFIT_HUB_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/names.h"

/*
 * Names of the Hub say more than which model it is: how it was tuned, when, in which format its
 * weights are. That does not change the shape.
 */
#define DSFIT_STEMS_MAX 32

struct dsfit_stem {
	char text[DSFIT_NAME_MAX];
	unsigned bits;		/* per parameter, if what was left out says so; otherwise 0 */
};

struct dsfit_stems {
	struct dsfit_stem stem[DSFIT_STEMS_MAX];
	size_t count;
};

/*
 * Write a name in the one form in which names are compared. Upper and lower case, dashes and
 * underscores, and a dash between a letter and a number make no difference: "Llama-3_1" is
 * "llama3.1". A dash between two numbers does. Returns false if the name is too long.
 */
bool dsfit_name_fold(const char *name, char out[DSFIT_NAME_MAX]);

/*
 * The names that this one may stand for, the most likely first, each in the form above: itself, and
 * then without the words that do not change the shape. Left out are, beginning at the end, words
 * for how a model was tuned ("instruct"), dates ("2507"), formats ("awq", "4bit"), lengths ("128k")
 * and an owner at the start ("meta"); and finally, from the whole name again, a version below 1.1
 * ("v0.3"), which is the same model as a rule.
 */
void dsfit_name_stems(const char *name, struct dsfit_stems *out);

/* The size that a name says, as --ds-model takes it ("4B", "8x7B", "350m" as "350M"), or "". The
 * parameters that a token uses ("A3B") and the length of a context ("1M" beside "7B") are none. */
#define DSFIT_SAID_SIZE 24
const char *dsfit_name_size(const char *name, char out[DSFIT_SAID_SIZE]);

/* Whether two names have the same numbers with the same units, so that one may be a slip for the
 * other, and not another size or generation. */
bool dsfit_names_agree(const char *a, const char *b);

#endif
