/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_COMMON_H
#define DSFIT_CLI_COMMON_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>

#include "core/site/site.h"

/* Exit statuses of the command. */
enum { CLI_FITS = 0, CLI_MISFIT = 1, CLI_USAGE = 2 };

/* What every subcommand takes. */
struct cli_common {
	const char *conf;	/* --conf, else DSFIT_CONF, else where it was installed */
	int json;
};

extern const struct argp cli_common_argp;

/* Whether it is what ends a list of them. */
bool cli_is_end(const struct argp_option *option);

/*
 * argp_parse(), which ends the command where it is wrong, but options are written in full: argp
 * takes a beginning for the whole, and what begins one of ours may be another of Slurm's.
 */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The configuration's path: common->conf, else where it is found; may be put into `path`. */
const char *cli_conf(const struct cli_common *common, char path[PATH_MAX]);

/* Read the configuration, or say what is wrong with it and exit with CLI_USAGE. */
struct dsfit_site *cli_load(const struct cli_common *common);

/* The same after reading the arguments of a subcommand that takes nothing but the common ones. */
struct dsfit_site *cli_open(int argc, char **argv, const char *doc, struct cli_common *common);

/* End the command where something failed that fails only for want of memory. */
void cli_need(int failed);

#endif
