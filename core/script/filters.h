/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_FILTERS_H
#define DSFIT_SCRIPT_FILTERS_H

#include "core/script/shell.h"

/*
 * The few programs whose output is known without running them: echo, seq, dirname, head, the host
 * list, ... Returns whether the first word is one of them; what it prints is then added to io->out,
 * unknown where its input or its options are.
 */
bool dsfit_filter(struct dsfit_shell *shell, const struct dsfit_words *words,
		  const struct dsfit_streams *io);

/* Add what stands for output that nobody knows. */
void dsfit_filter_unknown(struct dsfit_shell *shell, const struct dsfit_streams *io);

#endif
