/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_PLAIN_STDERR_H
#define DSFIT_CLI_PLAIN_STDERR_H

/* From here on nothing but newlines and printable ASCII gets to the terminal by stderr: '?' takes
 * the place of anything else. argp and error() quote words as they were typed, and a word may be
 * the name of somebody else's file. */
void cli_plain_stderr(void);

#endif
