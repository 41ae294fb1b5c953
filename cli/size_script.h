/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_SCRIPT_H
#define DSFIT_CLI_SIZE_SCRIPT_H

#include "cli/common.h"
#include "core/declare/inferred.h"
#include "core/request/request.h"
#include "core/site/site.h"

/*
 * A job script as the argument of "dsfit size": its #SBATCH lines are the request and what is
 * declared, and what it trains is read out of it where nothing is declared. What is typed beside it
 * wins, as with sbatch.
 */
struct size_script {
	const char *path;			/* NULL: there is none */
	const char *arguments[64];		/* of the script */
	size_t argument_count;
	bool declares;				/* by --ds- options of its own */
	bool inferred;				/* it tells what is trained */
	struct dsfit_script_found found;
	struct dsfit_inferred told;
	char line[DSFIT_INFERRED_LINE];		/* what was read, and taken for granted */
};

/* Put the words of the script's #SBATCH lines before those that were typed, if a script is among
 * them. Later ones win. What it returns stays until the command ends. */
void size_script_expand(struct size_script *script, int *argc, char ***argv);

/* Take an argument: the script, or one of its own. Returns false if it is neither. */
bool size_script_take(struct size_script *script, const char *argument);

/* Read the script, if it declares nothing, and complete the declaration by it. A script that tells
 * nothing ends the command. */
void size_script_read(struct size_script *script, const struct cli_common *common,
		      struct dsfit_declaration *declaration);

/* Settle what the script leaves open on this request: in the declaration, and in the site's
 * defaults. A model that nobody knows ends the command. */
void size_script_settle(struct size_script *script, struct dsfit_site *site,
			const struct dsfit_request *request,
			struct dsfit_declaration *declaration);

#endif
