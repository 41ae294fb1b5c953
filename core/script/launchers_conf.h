/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_LAUNCHERS_CONF_H
#define DSFIT_SCRIPT_LAUNCHERS_CONF_H

#include <confuse.h>

#include "core/base/error.h"
#include "core/base/trust.h"
#include "core/script/launchers.h"

/* The keys of launchers.conf, for libconfuse. The caller frees them with cfg_free(). */
cfg_t *dsfit_launchers_describe(void);

/* Read launchers.conf. Returns NULL with a line in err, also if others than `trusted` can change
 * it; if that is NULL, anybody may. Only one thread at a time may call this. */
struct dsfit_launchers *dsfit_launchers_load(const char *path,
					     const struct dsfit_trusted *trusted,
					     struct dsfit_error *err);

/* The same by libconfuse alone, for the test that holds core/script/launchers_quick.h to it. */
struct dsfit_launchers *dsfit_launchers_load_whole(const char *path,
						   const struct dsfit_trusted *trusted,
						   struct dsfit_error *err);

#endif
