/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PICTURE_H
#define DSFIT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/decide/assess.h"

/*
 * Memory drawn to scale as text: bars of parts, with a mark for the capacity. The caller says what
 * the reader's terminal can show. All quantities are bytes; sums saturate.
 */

/* What the reader's terminal can show. */
struct dsfit_style {
	unsigned width;		/* in columns; less than DSFIT_WIDTH_MIN counts as that */
	bool utf8;		/* UTF-8 lines and shades, or ASCII only */
	bool colour;		/* ANSI colours, or none */
};
#define DSFIT_WIDTH_MIN 40

/* The parts of a bar, in the order in which they are drawn. */
enum dsfit_bar_part {
	DSFIT_BAR_WEIGHTS,
	DSFIT_BAR_GRADIENTS,
	DSFIT_BAR_OPTIMIZER,
	DSFIT_BAR_COMMUNICATION,
	DSFIT_BAR_ACTIVATIONS,
	DSFIT_BAR_LOSS,
	DSFIT_BAR_FRAMEWORK,
	DSFIT_BAR_SLACK,
	DSFIT_BAR_OFFLOADED,	/* host memory: states that the node's GPUs offload */
	DSFIT_BAR_REST,		/* host memory: processes, loading, the guide's minimum */
	DSFIT_BAR_PARTS,
};
extern const char *const dsfit_bar_part_names[];

struct dsfit_bar {
	uint64_t part[DSFIT_BAR_PARTS];	/* their sum is the expected need */
	uint64_t low, high;		/* the range of the estimate */
	uint64_t capacity;		/* 0: not known */
};

/* The peak memory of a GPU, and the host memory of a node. */
void dsfit_bar_gpu(const struct dsfit_assessment *a, struct dsfit_bar *bar);
void dsfit_bar_host(const struct dsfit_assessment *a, struct dsfit_bar *bar);

/* The sum of the parts, and the smallest scale that cuts nothing off; at least 1. */
uint64_t dsfit_bar_total(const struct dsfit_bar *bar);
uint64_t dsfit_bar_extent(const struct dsfit_bar *bar);

/*
 * Write one bar, without a newline. It has exactly `cells` + 1 columns: `cells` stand for `scale`
 * bytes, and one is the "|" of the capacity. Each part is drawn with its letter, and "~" goes from
 * the last part to the high estimate. Every part, and every sum of parts, is right to within one
 * column. A bar that is longer than the scale ends in ">". cells and scale are at least 1.
 */
void dsfit_put_bar(FILE *out, const struct dsfit_bar *bar, unsigned cells, uint64_t scale,
		   const struct dsfit_style *style);

/* A bar as wide as the style, indented by two; below it the range of the estimate and a legend. */
void dsfit_put_picture(FILE *out, const struct dsfit_bar *bar, const struct dsfit_style *style);

/* How the need changes with one value of the declaration: one bar per value. Texts are borrowed. */
struct dsfit_chart_row {
	uint64_t value;
	struct dsfit_bar bar;
	const char *verdict;
	bool declared;			/* the job as it was declared */
};

struct dsfit_chart {
	const char *title;
	const char *axis;		/* what the values are: "GPUs" */
	const char *card;		/* the GPU whose capacity is marked */
	const struct dsfit_chart_row *row;
	size_t count;
};

/*
 * The scale of the chart's bars: the largest bar, but at most three times the capacity, so that
 * small bars can still be told apart. At least 1.
 */
uint64_t dsfit_chart_scale(const struct dsfit_chart *chart);

/* The chart as text, one row per value. The caller frees it; NULL if there is no memory. */
char *dsfit_chart_text(const struct dsfit_chart *chart, const struct dsfit_style *style);

#endif
