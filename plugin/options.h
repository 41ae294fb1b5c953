/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_OPTIONS_H
#define DSFIT_OPTIONS_H

#include <slurm/spank.h>

/*
 * Register the --ds- options; val in the callback is the enum dsfit_option. A NULL callback
 * takes any value. 0, or -1 where Slurm does not take one.
 */
int dsfit_options_register(spank_t spank, spank_opt_cb_f callback);

#endif
