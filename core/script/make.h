/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_MAKE_H
#define DSFIT_SCRIPT_MAKE_H

#include "core/script/shell.h"

/*
 * What make would run: the recipes of the goals in `words` and of what they need, as the text of a
 * shell script, with the variables of the Makefile in it. Functions, and conditions that are not
 * known, leave what is not known. Returns false if there is no Makefile.
 */
bool dsfit_make(struct dsfit_shell *shell, const struct dsfit_words *words,
		struct dsfit_cells *script);

#endif
