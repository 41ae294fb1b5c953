/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SOLVE_H
#define DSFIT_CLI_SOLVE_H

#include <stdbool.h>

#include "core/declare/declaration.h"
#include "core/request/request.h"
#include "core/site/site.h"

/* "dsfit size --solve" says the largest batch, sequence or model that fits. */

enum cli_solve { CLI_SOLVE_NONE, CLI_SOLVE_BATCH, CLI_SOLVE_SEQ, CLI_SOLVE_MODEL };

/* Return what the word after --solve names. An unknown word ends the command. */
enum cli_solve cli_solve_take(const char *word);

/* All pointers are borrowed. */
struct cli_solve_job {
	enum cli_solve what;
	const struct dsfit_site *site;
	const struct dsfit_declaration *declaration;
	const struct dsfit_request *request;
	bool json;
};

/* Print a table or JSON with a row for the request. If it asks for no GPUs: for each card of the
 * site, one of it and all of a node. Returns the command's exit status: whether anything fits. */
int cli_solve(const struct cli_solve_job *job);

#endif
