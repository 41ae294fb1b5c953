/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_DECLARATION_H
#define DSFIT_CLI_DECLARATION_H

#include <argp.h>

#include "core/declare/declaration.h"
#include "core/site/site.h"

/* The declaration's options, from the core's one table, for the commands that take one. */

/* Keys of a command's own options begin here. */
enum { CLI_KEY_DECLARATION = 0x200, CLI_KEY_OWN = CLI_KEY_DECLARATION + DSFIT_OPTION_END };

/* The help has groups: the declaration's, a command's own from this one on, and at last a shape by
 * hand. */
enum { CLI_GROUP_OWN = 4, CLI_GROUP_LAST = 9 };

/*
 * The declaration's options, and after them a command's own, which end in one that is all 0. The
 * caller frees them; without memory the command ends.
 */
struct argp_option *cli_declaration_options(const struct argp_option *own);

/* Take an option's value, which must outlive the declaration; ARGP_ERR_UNKNOWN where the key is
 * none of the declaration's. */
error_t cli_declaration_take(struct dsfit_declaration *declaration, int key, const char *value);

/* The declaration in numbers. The command ends with a line where it is wrong, or is
 * --model=none. */
void cli_declaration_resolve(const struct dsfit_declaration *declaration,
			     const struct dsfit_site *site, struct dsfit_workload *out);

/* End the command with a line that says what is wrong with an option's value. */
void cli_reject(const char *option, const struct dsfit_error *why);

/* A value of a command's own option: a whole number from 1 to a million; bytes with their unit,
 * more than none; bytes where a number alone is MiB. */
void cli_take_number(const char *option, const char *value, uint64_t *out);
void cli_take_size(const char *option, const char *value, uint64_t *out);
void cli_take_mebibytes(const char *option, const char *value, uint64_t *out);

#endif
