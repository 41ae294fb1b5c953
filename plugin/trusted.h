/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLUGIN_TRUSTED_H
#define DSFIT_PLUGIN_TRUSTED_H

#include "core/base/trust.h"

/* Whose configuration the plugins accept: that of root, of SlurmUser, and of the user that this
 * process is of. */
struct dsfit_trusted dsfit_plugin_trusted(void);

#endif
