/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_DECLARATION_H
#define DSFIT_CLI_DECLARATION_H

#include <argp.h>

#include "core/declare/declaration.h"
#include "core/site/site.h"

/* The options that declare a training job, for "dsfit size" and "dsfit plan". They come from the
 * core's table of options, dsfit_options. */

/* argp's keys: of the declaration's options, and from CLI_KEY_OWN those of a command. */
enum { CLI_KEY_DECLARATION = 0x200, CLI_KEY_OWN = CLI_KEY_DECLARATION + DSFIT_OPTION_END };

/* The groups of --help: the declaration's come before CLI_GROUP_OWN, a command's own from there on,
 * and the model's shape is last. */
enum { CLI_GROUP_OWN = 4, CLI_GROUP_LAST = 9 };

/*
 * Return the declaration's options followed by a command's own. Both lists end in an option that is
 * all 0. The caller frees the result. Without memory the command ends.
 */
struct argp_option *cli_declaration_options(const struct argp_option *own);

/* Store an option's value, which must outlive the declaration. Returns ARGP_ERR_UNKNOWN if the key
 * does not belong to the declaration. */
error_t cli_declaration_take(struct dsfit_declaration *declaration, int key, const char *value);

/* Take an argument without an option: the model. The name of a command of Slurm counts as nothing,
 * because a line for it may be given to dsfit whole. A second model ends the command. */
error_t cli_declaration_take_argument(struct dsfit_declaration *declaration, const char *value);

/* Turn the declaration's words into a workload. A mistake in the declaration, or --model=none, ends
 * the command with a message. */
void cli_declaration_resolve(const struct dsfit_declaration *declaration,
			     const struct dsfit_site *site, struct dsfit_workload *out);

/* End the command with a message about an option's value. */
void cli_reject(const char *option, const struct dsfit_error *why);

/* Read the value of a command's own option: a number from 1 to 1,000,000; a size in bytes above 0,
 * typed with its unit. A wrong value ends the command. */
void cli_take_number(const char *option, const char *value, uint64_t *out);
void cli_take_size(const char *option, const char *value, uint64_t *out);

#endif
