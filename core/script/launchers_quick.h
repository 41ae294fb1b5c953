/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_LAUNCHERS_QUICK_H
#define DSFIT_SCRIPT_LAUNCHERS_QUICK_H

#include "core/base/trust.h"
#include "core/script/launchers.h"

/*
 * Read launchers.conf, and what it includes, if all of it is lists and sections as they are usually
 * written. That takes a tenth of libconfuse's time, and no library: sbatch waits for it whenever a
 * script has a word of a training. Returns NULL for whatever else is in a file, or wrong in it,
 * and if others than `trusted` can change it (NULL: anybody may): core/script/launchers_conf.h
 * reads that too, and says what is wrong.
 */
struct dsfit_launchers *dsfit_launchers_quick(const char *path,
					      const struct dsfit_trusted *trusted);

#endif
