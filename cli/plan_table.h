/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_PLAN_TABLE_H
#define DSFIT_CLI_PLAN_TABLE_H

#include "core/decide/plan.h"

/* Print the first `shown` of the plan's `count` rows as a table. There must be one at least. */
void plan_table(const struct dsfit_workload *workload, const struct dsfit_alternative *rows,
		size_t count, size_t shown);

#endif
