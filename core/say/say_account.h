/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAY_ACCOUNT_H
#define DSFIT_SAY_ACCOUNT_H

#include <stdio.h>

#include "core/say/subject.h"

/*
 * The whole account as text and as a picture: what the job needs of each kind of memory, of storage
 * and of the network, next to what is available. It is shown for the request as corrected, or as
 * asked, or, if nothing was asked, for the smallest request that fits.
 */

/* Write it as text. */
void dsfit_put_account(FILE *out, const struct dsfit_say *say);

/* Draw its GPU and host memory as an SVG document. The caller frees it; NULL if there is no
 * memory. */
char *dsfit_say_svg(const struct dsfit_say *say);

#endif
