/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_LAUNCH_H
#define DSFIT_SCRIPT_LAUNCH_H

#include "core/script/shell.h"

/* For shell->started: find what a program starts, by srun, containers, shells and launchers. */
void dsfit_launch(struct dsfit_shell *shell, const struct dsfit_words *words);

#endif
