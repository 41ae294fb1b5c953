/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_EDITS_H
#define DSFIT_SCRIPT_EDITS_H

#include "core/script/shell.h"

/*
 * What a command makes of the files that it names: tee, cp, mv, sed -i, perl -pi, yq -i. What
 * changes a file in a way that cannot be followed leaves it with values that nobody knows.
 */
void dsfit_edit(struct dsfit_shell *shell, const struct dsfit_words *words,
		const struct dsfit_streams *io);

#endif
