/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_RUN_H
#define DSFIT_SCRIPT_RUN_H

#include "core/script/shell.h"

/*
 * Follow a script without running anything: its variables, branches and loops, as far as they are
 * known, and both ways of a branch where they are not. Programs are told to shell->started(), which
 * comes back to dsfit_run_words() for what a program such as srun starts.
 */
struct dsfit_outcome dsfit_run(struct dsfit_shell *shell, struct dsfit_span text,
			       const struct dsfit_streams *io);

/* For shell->substitute. */
void dsfit_run_substitution(struct dsfit_shell *shell, struct dsfit_span code,
			    struct dsfit_cells *out);

/* Run the text in a shell of its own, with the arguments in words: of bash -c and of scripts. */
void dsfit_run_script(struct dsfit_shell *shell, struct dsfit_span text,
		      const struct dsfit_words *words);

#endif
