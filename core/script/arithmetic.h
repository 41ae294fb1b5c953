/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_ARITHMETIC_H
#define DSFIT_SCRIPT_ARITHMETIC_H

#include "core/script/shell.h"

/*
 * Compute what stands in $(( )), after its expansions, and set the variables that it sets. Returns
 * whether the result is known; `from` gets where the first of its values was written.
 */
bool dsfit_arithmetic(struct dsfit_shell *shell, struct dsfit_span text, int64_t *result,
		      uint32_t *from);

#endif
