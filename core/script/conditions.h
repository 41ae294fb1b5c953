/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_CONDITIONS_H
#define DSFIT_SCRIPT_CONDITIONS_H

#include "core/script/shell.h"

/* Judge the words of [ ], test or [[ ]], which are expanded. In [[ ]] what stands at the right of
 * == is a pattern. */
struct dsfit_outcome dsfit_condition(struct dsfit_shell *shell, const struct dsfit_words *words,
				     bool patterns);

struct dsfit_outcome dsfit_outcome_not(struct dsfit_outcome outcome);
struct dsfit_outcome dsfit_outcome_both(struct dsfit_outcome a, struct dsfit_outcome b);

#endif
