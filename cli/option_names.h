/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_OPTION_NAMES_H
#define DSFIT_CLI_OPTION_NAMES_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

/* Return whether the option is the empty one that ends a list of options. */
bool cli_is_end(const struct argp_option *option);

/*
 * What a subcommand calls an option that it does not have. Returns NULL if it has none like it.
 * The result is constant text, or of `argp`.
 */

/* By what training programs call it (the meanings of launchers.conf beside the configuration
 * `conf`): "seq" for "max-seq-length", "checkpointing=full" for "gradient-checkpointing". */
const char *cli_option_meant(const struct argp *argp, const char *conf, const char *name,
			     size_t length);

/* By a name that is a few letters away, or that `name` begins with: "seq" for "sequence". */
const char *cli_option_near(const struct argp *argp, const char *name, size_t length);

#endif
