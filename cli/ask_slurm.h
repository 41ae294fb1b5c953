/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_ASK_SLURM_H
#define DSFIT_CLI_ASK_SLURM_H

/*
 * Run a function that calls libslurm, in a process of its own: on some errors libslurm ends the
 * process. Returns what the function returned, an exit status of the command. If Slurm cannot be
 * asked, the command ends with a message and CLI_USAGE.
 */
int cli_ask_slurm(int (*ask)(void *context), void *context);

#endif
