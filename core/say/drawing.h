/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DRAWING_H
#define DSFIT_DRAWING_H

#include "core/say/picture.h"

/* What the pictures in SVG and in HTML have in common: their colours and their axes. */

/* A colour, on a light and on a dark page. */
struct dsfit_colour {
	const char *name, *light, *dark;
};

/* The fill of each part of a bar. */
extern const struct dsfit_colour dsfit_fills[DSFIT_BAR_PARTS];

/* The other colours: of the page and of what is written and drawn on it. */
enum { DSFIT_INK_PAPER, DSFIT_INK_INK, DSFIT_INK_FAINT, DSFIT_INK_GRID, DSFIT_INK_LIMIT,
       DSFIT_INKS };
extern const struct dsfit_colour dsfit_inks[DSFIT_INKS];

/* Ticks of an axis: round numbers of a binary unit. */
struct dsfit_ticks {
	const char *unit;
	double bytes;		/* of one unit */
	double step;		/* in units */
};

/* Those of an axis from 0 to `scale` bytes: about five. */
struct dsfit_ticks dsfit_ticks(uint64_t scale);

#endif
