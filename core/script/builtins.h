/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_BUILTINS_H
#define DSFIT_SCRIPT_BUILTINS_H

#include "core/script/shell.h"

/* The commands that change the shell: cd, export, read, set, source, exit, ... Returns whether the
 * first word is one of them; *outcome is then how it ended. */
bool dsfit_builtin(struct dsfit_shell *shell, const struct dsfit_words *words,
		   const struct dsfit_streams *io, struct dsfit_outcome *outcome);

/* Those whose words are assignments: export, declare, ... `raw` are the words as they stand. */
bool dsfit_builtin_declares(struct dsfit_shell *shell, const struct dsfit_span *raw, size_t count);

/* Run a script's text with the arguments that it gets, words[0] being its name. */
struct dsfit_outcome dsfit_builtin_script(struct dsfit_shell *shell, struct dsfit_span text,
					  const struct dsfit_words *words,
					  const struct dsfit_streams *io);

#endif
