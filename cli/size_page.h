/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_PAGE_H
#define DSFIT_CLI_SIZE_PAGE_H

#include "cli/size_arguments.h"
#include "cli/size_nodes.h"
#include "core/decide/decide.h"

/* Write the page that --html asks for: what was decided, and how the memory changes with what
 * --sweep names, or with the GPUs, the batch and the sequence. */
void size_page(const struct size_arguments *a, const struct size_nodes *nodes,
	       const struct dsfit_workload *workload, const struct dsfit_decision *decision);

#endif
