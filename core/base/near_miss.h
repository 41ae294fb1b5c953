/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NEAR_MISS_H
#define DSFIT_NEAR_MISS_H

#include <stdbool.h>

/*
 * "did you mean adamw?": finds the known name that a misspelt word is closest to. Call
 * dsfit_near_start() with the word, dsfit_near_try() with every known name, then ask for the
 * result. Names are borrowed.
 *
 * The distance counts slips (optimal string alignment, Damerau 1964): an extra character, a missing
 * one, a wrong one, or two that are swapped. Upper and lower case are the same. A name is close
 * enough with one slip in a word of 4 or 5 characters, two slips up to 10 characters, three above.
 * Words with fewer than 4 or more than DSFIT_NEAR_MAX characters have no near miss. If two things
 * are equally close, the result is none.
 */
#define DSFIT_NEAR_MAX 63
#define DSFIT_NEAR_TEXT (DSFIT_NEAR_MAX + 32)

struct dsfit_near {
	const char *word;
	const char *best;	/* NULL: none yet */
	const void *thing;	/* that has the name `best` */
	unsigned slips;		/* of `best`; before that, the most allowed */
	bool tie;
};

void dsfit_near_start(struct dsfit_near *near, const char *word);

/* Try one name. `thing` identifies what has the name: two names of one thing do not tie. */
void dsfit_near_try(struct dsfit_near *near, const char *name, const void *thing);

/* The closest name, or NULL. */
const char *dsfit_near_best(const struct dsfit_near *near);

/* "did you mean NAME? ", to be followed by the list of what is accepted, or "". Fills text and
 * returns it. */
const char *dsfit_near_text(const struct dsfit_near *near, char text[DSFIT_NEAR_TEXT]);

/* All steps at once, for a NULL-ended array of names. */
const char *dsfit_near_word(const char *const *names, const char *word,
			    char text[DSFIT_NEAR_TEXT]);

#endif
