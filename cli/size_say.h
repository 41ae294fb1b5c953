/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_SAY_H
#define DSFIT_CLI_SIZE_SAY_H

#include "cli/size_arguments.h"
#include "cli/size_nodes.h"
#include "core/decide/decide.h"

/* Print what was decided, as text or as JSON, and write the picture that --svg asks for. */
void size_say(const struct size_arguments *a, const struct size_nodes *nodes,
	      const struct dsfit_workload *workload, const struct dsfit_decision *decision);

/* Print what was read out of the script, if there is one. */
void size_say_script(const struct size_script *script);

#endif
