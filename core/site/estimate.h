/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ESTIMATE_H
#define DSFIT_ESTIMATE_H

#include <confuse.h>

#include "core/account/estimate_settings.h"
#include "core/formats/conf_values.h"

/* The section `estimate` of dsfit.conf: the numbers of the estimate that a site decides. */

#define DSFIT_ESTIMATE_KEYS 24

/* Write the section's keys, for libconfuse, into keys[DSFIT_ESTIMATE_KEYS]. */
void dsfit_estimate_describe(cfg_opt_t *keys);

/*
 * Check a section that has been read: for cfg_set_validate_func(). Values that contradict each
 * other, such as process-low above process, are an error with file and line. Returns 0 or -1.
 */
int dsfit_estimate_check(cfg_t *cfg, cfg_opt_t *opt);

/* Set what the section says; a key that is not in it leaves the setting as it is. */
void dsfit_estimate_take(cfg_t *section, struct dsfit_estimate_settings *settings);

#endif
