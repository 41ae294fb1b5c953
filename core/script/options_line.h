/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_OPTIONS_LINE_H
#define DSFIT_SCRIPT_OPTIONS_LINE_H

#include <stddef.h>

#include "core/script/found.h"

/*
 * Write the options of sbatch that declare what was found: "--ds-model=... --ds-zero=3". Values
 * are quoted for a shell where they need it. Returns the text's length, and 0 if nothing that was
 * found can be declared.
 */
size_t dsfit_script_options(const struct dsfit_script_found *found, char *text, size_t size);

#endif
