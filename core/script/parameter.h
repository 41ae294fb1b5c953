/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_PARAMETER_H
#define DSFIT_SCRIPT_PARAMETER_H

#include "core/script/expander.h"

/* Expand $name, $1, $@ or ${...}: `written` is all of it, from the dollar sign. */
void dsfit_parameter_expand(struct dsfit_expander *e, struct dsfit_span written, bool quoted);

/* The end of the name after a dollar sign that has no brace; `at` itself if there is none. */
const struct dsfit_cell *dsfit_parameter_end(const struct dsfit_cell *at,
					     const struct dsfit_cell *end);

#endif
