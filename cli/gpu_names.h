/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GPU_NAMES_H
#define DSFIT_CLI_GPU_NAMES_H

#include "core/site/site.h"

/* End the command: no list has a GPU of that name. The message names it as it was typed, with what
 * stands before it ("--gpu=" or ""), the name that may have been meant, and what is accepted. */
void cli_reject_gpu(const struct dsfit_site *site, const char *before, const char *name,
		    const char *accepted);

/* Whether the gres type is that of nodes which only --gpu-memory describes. Their card has no name,
 * so no request can ask for it. */
bool cli_type_is_unnamed(const struct dsfit_site *site, const char *type);

#endif
