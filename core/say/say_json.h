/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SAY_JSON_H
#define DSFIT_SAY_JSON_H

#include "core/say/subject.h"

/*
 * A decision and its account as one JSON object; dsfit(1) lists the keys. Bytes are integers, and
 * what is not known is null. Returns a string that the caller frees, or NULL if there is no memory.
 */
char *dsfit_say_json(const struct dsfit_say *say);

#endif
