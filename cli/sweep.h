/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SWEEP_H
#define DSFIT_CLI_SWEEP_H

#include "cli/sweep_job.h"

/* "dsfit size --sweep" shows how the peak memory per GPU changes with one number. */

/* Return what the word after --sweep names. An unknown word ends the command. */
enum cli_sweep cli_sweep_take(const char *word);

/*
 * Print the chart, as text or as JSON. All its values are on one node class: the one that the
 * declared job uses or, without a request, the one of the smallest request that fits. Values that
 * the training cannot run with are left out, and a line names each. Returns the command's exit
 * status, which tells whether the declared job fits.
 */
int cli_sweep(const struct cli_sweep_job *job);

#endif
