/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GUIDE_TEXT_H
#define DSFIT_CLI_GUIDE_TEXT_H

#include "core/site/site.h"

/* Print the whole guide as tables, 80 columns wide. */
void guide_text(const struct dsfit_site *site);

#endif
