/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ERROR_H
#define DSFIT_ERROR_H

#include <stdbool.h>

/*
 * How the core reports a failure: the function returns -1 and writes one line into the caller's
 * struct dsfit_error. The line says what is wrong, where, and what is accepted. It contains only
 * printable ASCII, even when it quotes a user's text.
 */
struct dsfit_error {
	char text[512];
};

/* Write the line, cut to fit, and return -1. err may be NULL. */
int dsfit_fail(struct dsfit_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Replace everything but printable ASCII by '?', in place. Every text of a user's passes through
 * here before it is shown: terminals act on control characters, and UTF-8 has some of its own. */
void dsfit_printable(char *text);

/* The same for a text that may have the UTF-8 of dsfit's own pictures or of the site's words: that
 * stays, unless it is one of UTF-8's control characters. Newlines do not. */
void dsfit_harmless(char *text);

/* Whether dsfit_printable() would leave the text unchanged. */
bool dsfit_is_printable(const char *text);

#endif
