/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PICTURE_SVG_H
#define DSFIT_PICTURE_SVG_H

#include "core/say/picture.h"

/*
 * The pictures of picture.h as SVG 1.1 documents. Texts may hold anything; what XML does not allow
 * becomes "?". The colours follow the reader's light or dark page. The caller frees the document;
 * NULL if there is no memory.
 */

/* A chart, one column per value. */
char *dsfit_chart_svg(const struct dsfit_chart *chart);

/* The memory of one job: one bar per kind of memory, each under its heading. */
struct dsfit_svg_bar {
	const char *heading;
	struct dsfit_bar bar;
};
char *dsfit_bars_svg(const char *title, const struct dsfit_svg_bar *bars, size_t count);

#endif
