/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_LAUNCHERS_WORDS_H
#define DSFIT_SCRIPT_LAUNCHERS_WORDS_H

#include "core/script/launchers.h"

/*
 * By which words a glance at a script (core/script/glance.h) finds the programs of launchers.conf
 * that it does not know by itself: those that a site has added. Separated by commas, "" if there
 * are none; the caller frees it. NULL: there is no memory.
 */
char *dsfit_launchers_words(const struct dsfit_launchers *launchers);

#endif
