/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_PLAN_JSON_H
#define DSFIT_CLI_PLAN_JSON_H

#include "core/decide/plan.h"

/* Print the rows of a plan as one JSON array. Bytes are integers; what is not known is null. */
void plan_json(const struct dsfit_site *site, const struct dsfit_alternative *rows, size_t count);

#endif
