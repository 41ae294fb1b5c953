/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_OUTPUT_H
#define DSFIT_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/say/picture.h"

struct json_object;

/* Output to a terminal or to a file. */

/*
 * Return what stdout can show. The width is COLUMNS if that is set, else the terminal's, else 80,
 * and at most 200. UTF-8 is used if the locale has it; colours are used on a terminal, unless
 * NO_COLOR is set or TERM is dumb.
 */
struct dsfit_style cli_style(void);

/* Return the width of the terminal, by the same rules; 0 if stdout is not a terminal. */
size_t cli_columns(void);

/* Return whether the path is "-", which means stdout. The caller prints nothing else there then.
 * The path may be NULL. */
bool cli_is_stdout(const char *path);

/* End the command with a message and CLI_USAGE if more than one output is for stdout: of --json,
 * --svg and --html, whose paths may be NULL. */
void cli_one_stdout(bool json, const char *svg, const char *html);

/*
 * Write a text to the file that an option names. The old file stays until the new one is complete.
 * A failure ends the command with a message and CLI_USAGE.
 */
void cli_write_file(const char *option, const char *path, const char *text);

/* Print a text. On a terminal, lines are wrapped at its width. */
void cli_print(const char *text);

/* Print JSON as dsfit_json_end() writes it, and release it. Without memory the command ends. */
void cli_print_json(struct json_object *root, int style);

/* From now on the command ends with a message and CLI_USAGE if writing to stdout failed. This is an
 * exit handler, because argp's --help calls exit() itself. */
void cli_watch_output(void);

#endif
