/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ARRAY_H
#define DSFIT_ARRAY_H

/* The number of elements of an array; not for a pointer. */
#define DSFIT_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
