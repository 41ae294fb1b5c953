/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NEAR_MISS_H
#define DSFIT_NEAR_MISS_H

#include <stdbool.h>

/*
 * A near miss: what somebody probably meant by a word that nothing has for its name. Start with
 * the word, try every name, and ask for the text. Names are borrowed.
 *
 * How near is counted in slips (optimal string alignment, Damerau 1964): a character too many,
 * one too few, another one, or two in each other's place; upper and lower case are the same.
 * One slip in 4 or 5 characters, two up to 10, three above are near; in less than 4 characters
 * or more than DSFIT_NEAR_MAX nothing is. Where two things are equally near, neither was meant.
 */
#define DSFIT_NEAR_MAX 63
#define DSFIT_NEAR_TEXT (DSFIT_NEAR_MAX + 32)

struct dsfit_near {
	const char *word;
	const char *best;	/* NULL: none so far */
	const void *thing;	/* whose name that is */
	unsigned slips;		/* as many at most as are still of interest */
	bool tie;
};

void dsfit_near_start(struct dsfit_near *near, const char *word);

/* One name; `thing` is what it names, for a thing with several names ties with itself. */
void dsfit_near_try(struct dsfit_near *near, const char *name, const void *thing);

/* The name that was probably meant; NULL where there is none. */
const char *dsfit_near_best(const struct dsfit_near *near);

/* "did you mean NAME? ", to stand before what is accepted, or "". Fills text and returns it. */
const char *dsfit_near_text(const struct dsfit_near *near, char text[DSFIT_NEAR_TEXT]);

/* The same for a NULL-ended array of names. */
const char *dsfit_near_word(const char *const *names, const char *word,
			    char text[DSFIT_NEAR_TEXT]);

#endif
