/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SKIP_H
#define DSFIT_SCRIPT_SKIP_H

#include "core/script/cells.h"

/*
 * The end of what begins at `at`: a backslash, ' " ` ( $( ${ $(( <( or >(. Returns `end` if it does
 * not end there, and at + 1 if nothing begins. The time is linear in the distance.
 */
const struct dsfit_cell *dsfit_script_skip(const struct dsfit_cell *at,
					   const struct dsfit_cell *end);

#endif
