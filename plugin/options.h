/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_OPTIONS_H
#define DSFIT_OPTIONS_H

#include <slurm/spank.h>

/* SPANK puts this before an option's name, without ds-, in the job's control environment. */
#define DSFIT_OPTION_VARIABLE "_SLURM_SPANK_OPTION_dsfit_ds_"

/*
 * Register the --ds- options with Slurm. The callback gets an enum dsfit_option as `val`; if it is
 * NULL, every value is accepted. Returns 0, or -1 if Slurm does not accept an option.
 */
int dsfit_options_register(spank_t spank, spank_opt_cb_f callback);

#endif
