/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WRAP_H
#define DSFIT_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * Lines for a terminal of so many columns, UTF-8 and colours in them too. A line that is too long
 * goes on in the next row, indented. It is never broken between a number and its unit ("27.8 GiB")
 * or what it counts ("3 nodes", "3 x 4"), nor inside of what is to be typed: words that begin with
 * "-", and what follows a short option ("-N 3"), stay in one piece, longer than the row where they
 * must be. 0 columns: no terminal, so lines stay as they are.
 */

/* Write the text, wrapped. */
void dsfit_wrap(FILE *out, const char *text, size_t columns);

/* The rows that the text takes, pieces too long for one counted as the terminal breaks them. */
size_t dsfit_wrap_rows(const char *text, size_t columns);

#endif
