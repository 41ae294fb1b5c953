/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WRAP_H
#define DSFIT_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * Wraps lines to the width of a terminal. Lines may contain UTF-8 and colours. A line that is too
 * long continues in the next row, indented. No row ends between a number and its unit ("27.8 GiB")
 * or the thing it counts ("3 nodes", "3 x 4"), nor inside something to type: options ("--mem=8G")
 * and a short option with its value ("-N 3") stay together, even if they are longer than a row.
 * 0 columns mean that the output is no terminal: lines stay as they are.
 */

/* Write the text to `out`, wrapped. */
void dsfit_wrap(FILE *out, const char *text, size_t columns);

/* The number of rows that the wrapped text takes. A piece longer than a row counts as the rows that
 * the terminal breaks it into. */
size_t dsfit_wrap_rows(const char *text, size_t columns);

#endif
