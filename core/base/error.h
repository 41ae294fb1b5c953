/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ERROR_H
#define DSFIT_ERROR_H

#include <stdbool.h>

/*
 * How the core reports a failure: the function returns -1 and leaves one line in the caller's
 * struct dsfit_error. The line says what is wrong, where, and what is accepted; it has no
 * newline and no control characters, whatever text of a user's it quotes.
 */
struct dsfit_error {
	char text[512];
};

/* Write the line (cut where it is too long) and return -1. err may be NULL. */
int dsfit_fail(struct dsfit_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All but printable ASCII becomes '?', in place: for any text of a user's that will be shown.
 * UTF-8 has control characters of its own. */
void dsfit_printable(char *text);

/* Whether there is nothing in it to change. */
bool dsfit_is_printable(const char *text);

#endif
