/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_REQUEST_H
#define DSFIT_CLI_REQUEST_H

#include "core/request/request.h"
#include "core/site/site.h"

/* What of a request more than one command takes. Where it is wrong, the command ends with a
 * line. */

void cli_take_partition(const char *value, struct dsfit_request *request);
void cli_take_constraint(const char *value, struct dsfit_request *request);

/* Each of the partitions must be one of the configuration's, where that has any. */
void cli_check_partition(const struct dsfit_site *site, const struct dsfit_request *request);

/* The constraint must be that of some nodes, of some with the card where it is not NULL. */
void cli_check_constraint(const struct dsfit_site *site, const struct dsfit_request *request,
			  const struct dsfit_gpu *gpu);

#endif
