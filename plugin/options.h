/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_OPTIONS_H
#define DSFIT_OPTIONS_H

#include <slurm/spank.h>

/*
 * Register the --ds- options with Slurm. The callback gets an enum dsfit_option as `val`; if it is
 * NULL, every value is accepted. Returns 0, or -1 if Slurm does not accept an option.
 */
int dsfit_options_register(spank_t spank, spank_opt_cb_f callback);

#endif
