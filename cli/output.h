/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_OUTPUT_H
#define DSFIT_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/say/picture.h"

/* Where output goes: the reader's terminal, or a file. */

/*
 * What stdout can show. Its width is the terminal's or, where COLUMNS is set, that; else 80. Lines
 * and shades where the locale is UTF-8; colours on a terminal, unless NO_COLOR is set.
 */
struct dsfit_style cli_style(void);

/* The columns of the terminal that stdout is, by the same; 0 where it is none. */
size_t cli_columns(void);

/* Whether a path, or NULL, is "-", which is stdout: nothing else is printed there then. */
bool cli_is_stdout(const char *path);

/*
 * Write a text to the file of an option's value, whole or not at all: what was there stays until
 * the new is complete. Where that fails the command ends with a line and CLI_USAGE.
 */
void cli_write_file(const char *option, const char *path, const char *text);

/* Print a text: on a terminal broken at its width between words, elsewhere as it is. */
void cli_print(const char *text);

/* From now on, where stdout took not everything, the command ends with a line and CLI_USAGE,
 * wherever it ends: argp's help exits by itself. */
void cli_watch_output(void);

#endif
