/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONF_H
#define DSFIT_CONF_H

#include <confuse.h>

#include "core/base/error.h"
#include "core/base/names.h"

/*
 * Read a file, and what it includes, into cfg; *files gets their paths, also of those that cannot
 * be read; *doubts what is legal and hardly meant: "FILE:LINE: what". Both may be NULL. 0, or -1
 * with the first thing that is wrong in err (not NULL): "FILE:LINE: what", or "FILE: reason" where
 * it cannot be read. libconfuse's scanner is not re-entrant: one thread at a time reads.
 */
int dsfit_conf_read(cfg_t *cfg, const char *path, struct dsfit_names *files,
		    struct dsfit_names *doubts, struct dsfit_error *err);

/*
 * For CFG_FUNC("include", ...): include("gpus.conf") is looked for beside the file that says
 * it. libconfuse's own keeps a stack of files that an error leaves behind: after ten of them it
 * includes nothing more.
 */
int dsfit_conf_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

#endif
