/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_COMMON_H
#define DSFIT_CLI_COMMON_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>

#include "core/site/site.h"

/* Exit statuses of the command. */
enum { CLI_FITS = 0, CLI_MISFIT = 1, CLI_USAGE = 2 };

/* The options that every subcommand accepts. */
struct cli_common {
	const char *conf;	/* --conf; NULL: see cli_conf() */
	int json;
};

extern const struct argp cli_common_argp;

/*
 * Call argp_parse(). A mistake in the command line ends the command. Unlike argp, this rejects
 * abbreviated options: an abbreviation of an option here may be a different option of sbatch.
 */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Return the path of the configuration: common->conf, $DSFIT_CONF, or the default place. The result
 * may point into `path`. */
const char *cli_conf(const struct cli_common *common, char path[PATH_MAX]);

/* Load the configuration. A mistake in it ends the command with a message and CLI_USAGE. */
struct dsfit_site *cli_load(const struct cli_common *common);

/*
 * The same, but of the catalogues only what is looked up is read (dsfit_site_load_on_demand()),
 * which takes a tenth of the time. After what was looked up, cli_check_sections() ends the command
 * if a section that was needed is wrong, or one that sizing the model needs (dsfit_site_trouble()).
 */
struct dsfit_site *cli_load_on_demand(const struct cli_common *common);
void cli_check_sections(const struct dsfit_site *site, const struct dsfit_model *model);

/* Read the options of a subcommand that has only the common ones, then load the configuration. */
struct dsfit_site *cli_open(int argc, char **argv, const char *doc, struct cli_common *common);

/* The options of a subcommand that prints a list, and the word that chooses from it. */
struct cli_list {
	struct cli_common common;
	const char *word;		/* NULL: all */
};

/* The same for a subcommand that prints a list. A second word ends the command. */
struct dsfit_site *cli_open_list(int argc, char **argv, const char *doc, struct cli_list *list);

/* End the command with "out of memory". */
_Noreturn void cli_no_memory(void);

/* The same if `failed` is not 0. For calls that fail for no other reason. */
static inline void cli_need(int failed)
{
	if (failed)
		cli_no_memory();
}

#endif
