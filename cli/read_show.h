/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_READ_SHOW_H
#define DSFIT_CLI_READ_SHOW_H

#include <stdbool.h>

#include "core/script/found.h"

/* What "dsfit read" prints of a script. */
void read_show_json(const struct dsfit_script_found *found);
void read_show_text(const char *script, const struct dsfit_script_found *found);
/* The commands as they are resolved, in the order in which they run. */
void read_show_commands(const struct dsfit_script_found *found);

/* Whether the script tells anything of a training. */
bool read_show_told(const struct dsfit_script_found *found);

#endif
