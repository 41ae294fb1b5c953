/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLUGSTACK_H
#define DSFIT_PLUGSTACK_H

/*
 * Whether this host's plugstack.conf names dsfit's plugin while its file is missing. Slurm then
 * stops all submissions on a submit host, and drains a node that a job reaches. Prints a warning
 * with file and line to stderr for each such line. Silent on a host without Slurm's configuration,
 * and about anything that cannot be read.
 */
void cli_warn_plugstack(void);

#endif
