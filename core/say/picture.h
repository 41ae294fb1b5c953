/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PICTURE_H
#define DSFIT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/decide/assess.h"

/*
 * Memory drawn to scale, as text and as SVG: bars of parts, with the capacity as a line across.
 * Made of numbers alone; what the reader's terminal is like is said by the caller. Bytes
 * throughout; sums saturate.
 */

/* Where a picture is read. */
struct dsfit_style {
	unsigned width;		/* columns; below DSFIT_WIDTH_MIN counts as that */
	bool utf8;		/* lines and shades; else ASCII and nothing but */
	bool colour;		/* ANSI sequences; else none */
};
#define DSFIT_WIDTH_MIN 40

/* What a bar is made of, in the order in which it is drawn. */
enum dsfit_bar_part {
	DSFIT_BAR_WEIGHTS,
	DSFIT_BAR_GRADIENTS,
	DSFIT_BAR_OPTIMIZER,
	DSFIT_BAR_COMMUNICATION,
	DSFIT_BAR_ACTIVATIONS,
	DSFIT_BAR_LOSS,
	DSFIT_BAR_FRAMEWORK,
	DSFIT_BAR_SLACK,
	DSFIT_BAR_OFFLOADED,	/* a node's: states kept there for its GPUs */
	DSFIT_BAR_REST,		/* a node's: processes, loading, the guide's least */
	DSFIT_BAR_PARTS,
};
extern const char *const dsfit_bar_part_names[];

struct dsfit_bar {
	uint64_t part[DSFIT_BAR_PARTS];	/* together what is expected */
	uint64_t low, high;		/* the account's band around that */
	uint64_t capacity;		/* 0: not known */
};

/* A GPU's memory at its peak, and a node's. */
void dsfit_bar_gpu(const struct dsfit_assessment *a, struct dsfit_bar *bar);
void dsfit_bar_host(const struct dsfit_assessment *a, struct dsfit_bar *bar);

/* The parts' sum, and the least scale on which nothing of the bar is cut off; at least 1. */
uint64_t dsfit_bar_total(const struct dsfit_bar *bar);
uint64_t dsfit_bar_extent(const struct dsfit_bar *bar);

/*
 * One bar of exactly `cells` + 1 columns and no newline, `cells` of them standing for `scale`
 * bytes: each part its letter, "~" from there to the band's high end, and the capacity's "|" put
 * in between, so that it hides nothing. A part is right to within a column, and so is the
 * sum of any. What is larger than the scale ends in ">". cells and scale are at least 1.
 */
void dsfit_put_bar(FILE *out, const struct dsfit_bar *bar, unsigned cells, uint64_t scale,
		   const struct dsfit_style *style);

/* A bar as wide as the style, indented by two; the band under it, and what the letters mean. */
void dsfit_put_picture(FILE *out, const struct dsfit_bar *bar, const struct dsfit_style *style);

/* How the need moves with one number of the declaration: a bar for each. Texts are borrowed. */
struct dsfit_chart_row {
	uint64_t value;
	struct dsfit_bar bar;
	const char *verdict;
	bool declared;			/* the job as it was declared */
};

struct dsfit_chart {
	const char *title;
	const char *axis;		/* what the values count: "GPUs" */
	const char *card;		/* whose capacity the line is */
	const struct dsfit_chart_row *row;
	size_t count;
};

/*
 * What the chart's bars are drawn to: the largest, but no more than thrice the capacity, that the
 * small ones can be told apart beside it. At least 1.
 */
uint64_t dsfit_chart_scale(const struct dsfit_chart *chart);

/* As text, a row a value, as wide as the style. The caller frees it; NULL where memory is out. */
char *dsfit_chart_text(const struct dsfit_chart *chart, const struct dsfit_style *style);

#endif
