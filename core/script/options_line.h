/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_OPTIONS_LINE_H
#define DSFIT_SCRIPT_OPTIONS_LINE_H

#include <stddef.h>

#include "core/script/found.h"

/* An option of sbatch that declares what was found: --ds-NAME=VALUE. */
struct dsfit_script_option {
	const char *name;
	char value[256];
};

#define DSFIT_SCRIPT_OPTIONS 12

/* The options that declare what was found. Returns how many there are. */
size_t dsfit_script_option_list(const struct dsfit_script_found *found,
				struct dsfit_script_option list[DSFIT_SCRIPT_OPTIONS]);

/*
 * Write the options of sbatch that declare what was found: "--ds-model=... --ds-zero=3". Values
 * are quoted for a shell where they need it. Returns the text's length, and 0 if nothing that was
 * found can be declared.
 */
size_t dsfit_script_options(const struct dsfit_script_found *found, char *text, size_t size);

#endif
