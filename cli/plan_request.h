/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_PLAN_REQUEST_H
#define DSFIT_CLI_PLAN_REQUEST_H

#include "core/decide/plan.h"

/* Bytes for the request of a row. */
#define PLAN_REQUEST_MAX 1100

/* Write a row's request as the options of sbatch. */
void plan_request(const struct dsfit_alternative *row, char text[PLAN_REQUEST_MAX]);

#endif
