/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_REQUEST_H
#define DSFIT_CLI_REQUEST_H

#include "core/request/request.h"
#include "core/site/site.h"

/* The options of a request that several commands accept. A mistake ends the command with a
 * message. */

void cli_take_partition(const char *value, struct dsfit_request *request);
void cli_take_constraint(const char *value, struct dsfit_request *request);
void cli_take_qos(const char *value, struct dsfit_request *request);

/* Check that the configuration has each partition, unless it has no partition at all. */
void cli_check_partition(const struct dsfit_site *site, const struct dsfit_request *request);

/* Check that some nodes match the constraint. If `gpu` is not NULL, they must have that GPU. */
void cli_check_constraint(const struct dsfit_site *site, const struct dsfit_request *request,
			  const struct dsfit_gpu *gpu);

/* Find a GPU by its name or by the gres type that some nodes have for it. NULL: unknown. */
const struct dsfit_gpu *cli_find_gpu(const struct dsfit_site *site, const char *name);

#endif
