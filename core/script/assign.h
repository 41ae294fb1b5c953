/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_ASSIGN_H
#define DSFIT_SCRIPT_ASSIGN_H

#include "core/script/shell.h"

/* Do NAME=value, NAME+=value, NAME[index]=value or NAME=(list), as it is written. Returns false if
 * the word is no assignment. */
bool dsfit_assign(struct dsfit_shell *shell, struct dsfit_span word);

#endif
