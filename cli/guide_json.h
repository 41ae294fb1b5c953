/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GUIDE_JSON_H
#define DSFIT_CLI_GUIDE_JSON_H

#include "core/site/site.h"

/* Print the whole guide as one JSON object. */
void guide_json(const struct dsfit_site *site);

#endif
