/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TEXT_H
#define DSFIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * A text that is written piece by piece with fprintf() and is as long as it turns out to be.
 *
 *	struct dsfit_text text;
 *	FILE *out = dsfit_text_begin(&text);
 *
 *	if (out)
 *		fprintf(out, "%u nodes", nodes);
 *	return dsfit_text_end(&text);
 */
struct dsfit_text {
	FILE *out;
	char *written;		/* valid after fflush(out), until more is written */
	size_t size;		/* its length in bytes, likewise; it stays after the end */
	size_t room;		/* bytes at `written` */
	bool failed;		/* for the caller to set where it has no memory for a piece */
};

/* Start an empty text, which must stay where it is until its end. Returns the stream to write to,
 * or NULL if there is no memory. */
FILE *dsfit_text_begin(struct dsfit_text *text);

/*
 * Finish the text. Returns what was written, which the caller frees, or NULL if there was no memory
 * at some point, even at the start.
 */
char *dsfit_text_end(struct dsfit_text *text);

/* Write a word in quotes, which a shell takes off again. */
void dsfit_text_quote(FILE *out, const char *word);

/* Whether a shell takes the word as it stands. */
bool dsfit_is_plain_word(const char *word);

/* Write the word as a shell takes it: as it stands, or in double quotes. `size` is 3 at least.
 * Returns false if there is no room for all of it: `out` is then its beginning, also a word. */
bool dsfit_shell_word(const char *word, char *out, size_t size);

#endif
