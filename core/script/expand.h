/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_EXPAND_H
#define DSFIT_SCRIPT_EXPAND_H

#include "core/script/shell.h"

/* A word into the words that a command gets: variables, substitutions, sums, braces, and no quotes
 * any more. File names (*) stay as they are. */
void dsfit_expand_words(struct dsfit_shell *shell, struct dsfit_span word,
			struct dsfit_words *out);

/* The same where nothing is split: the value of an assignment, what is compared. */
void dsfit_expand_text(struct dsfit_shell *shell, struct dsfit_span word,
		       struct dsfit_cells *out);

/* The text of a heredoc or of $(( )), in which quotes mean themselves. */
void dsfit_expand_quoted(struct dsfit_shell *shell, struct dsfit_span text,
			 struct dsfit_cells *out);

#endif
