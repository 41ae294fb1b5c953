/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/declare/workload.h"

#include <stddef.h>

const char *const dsfit_goal_names[] = { "development", "experiment", "production", NULL };
const char *const dsfit_explain_names[] = { "short", "full", NULL };
