/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PICTURE_SVG_H
#define DSFIT_PICTURE_SVG_H

#include "core/say/picture.h"

/*
 * As a document of SVG 1.1, a column a value; and one job's memory, on a GPU and on a node, each
 * with a heading. Texts may hold anything; what is no XML becomes "?". Light or dark as the
 * reader's own page. The caller frees it; NULL where memory is out.
 */
char *dsfit_chart_svg(const struct dsfit_chart *chart);

struct dsfit_svg_bar {
	const char *heading;
	struct dsfit_bar bar;
};
char *dsfit_bars_svg(const char *title, const struct dsfit_svg_bar *bars, size_t count);

#endif
