/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SCRIPT_H
#define DSFIT_CLI_SCRIPT_H

#include "cli/common.h"
#include "core/script/found.h"

/* A job script, as it would be submitted from here. */
struct script_source {
	const char *path;
	const char *const *arguments;	/* of the script */
	size_t argument_count;
	bool no_files;			/* its text alone */
	bool wants_commands;		/* for found->commands */
};

/* Read what a job script trains, which the caller frees with dsfit_script_found_free(). A script
 * that cannot be read ends the command. */
void script_read(const struct cli_common *common, const struct script_source *from,
		 struct dsfit_script_found *found);

#endif
