/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same pictures as picture.c draws, for a web page or a report: one job's bars, or a chart with
 * a column per value.
 *
 *	title				title
 *	heading				axis |    _
 *	[www|ggg|oooo|a|s]  :  limit	     |   |s|  ----- limit
 *	0    10    20    30 GiB		     |_  |o|
 *	legend				     |o| |g|
 *					     verdict, legend
 *
 * The height of a document is known only at its end, so the body is written first and the document
 * around it afterwards (make_document()). Colours are CSS custom properties, with a second set for
 * dark pages. Viewers that know no such properties use the fill attributes next to them.
 */
#include "core/say/picture_svg.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/markup.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "core/base/wrap.h"
#include "core/say/drawing.h"

/* Pixels. */
#define WIDTH 760
#define MARGIN 16
#define FONT 12
#define TITLE_LINE 28
#define TITLE_COLUMNS 78
#define LEGEND_LINE 20
#define PLOT_HEIGHT 300
#define PLOT_LEFT 72
#define PLOT_WIDTH (WIDTH - PLOT_LEFT - MARGIN)
#define BAR_HEIGHT 34

static void put_style(FILE *out)
{
	fprintf(out, "<style>\n.dsfit {");
	for (int i = 0; i < DSFIT_INKS; i++)
		fprintf(out, " --%s: %s;", dsfit_inks[i].name, dsfit_inks[i].light);
	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		fprintf(out, " --%s: %s;", dsfit_fills[i].name, dsfit_fills[i].light);
	fprintf(out, " }\n@media (prefers-color-scheme: dark) { .dsfit {");
	for (int i = 0; i < DSFIT_INKS; i++)
		fprintf(out, " --%s: %s;", dsfit_inks[i].name, dsfit_inks[i].dark);
	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		fprintf(out, " --%s: %s;", dsfit_fills[i].name, dsfit_fills[i].dark);
	fprintf(out, " } }\n");
	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		fprintf(out, ".dsfit .%s { fill: var(--%s); }\n", dsfit_fills[i].name,
			dsfit_fills[i].name);
	fprintf(out, ".dsfit text { fill: var(--ink); font-family: sans-serif; font-size: %dpx; }\n"
		".dsfit .title { font-size: 15px; font-weight: bold; }\n"
		".dsfit .small { font-size: 10px; }\n"
		".dsfit .clear { stroke: var(--paper); stroke-width: 3px; paint-order: stroke; }\n"
		".dsfit .faint { fill: var(--faint); }\n"
		".dsfit .declared { font-weight: bold; }\n"
		".dsfit .over { fill: var(--limit); }\n"
		".dsfit .paper { fill: var(--paper); }\n"
		".dsfit .grid { stroke: var(--grid); }\n"
		".dsfit .halo { stroke: var(--paper); stroke-width: 4; }\n"
		".dsfit .band { stroke: var(--ink); stroke-width: 1.5; }\n"
		".dsfit .limit { stroke: var(--limit); stroke-width: 2; stroke-dasharray: 6 4; }\n"
		"</style>\n", FONT);
}

/* The document around a body that is `height` pixels high. Finishes and frees the body. */
static char *make_document(const char *title, struct dsfit_text *body, double height)
{
	struct dsfit_text document;
	char *drawn = dsfit_text_end(body);
	FILE *out = drawn ? dsfit_text_begin(&document) : NULL;

	if (!out) {
		free(drawn);
		return NULL;
	}
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dsfit\" role=\"img\" "
		"width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" fill=\"#1d2126\" "
		"font-family=\"sans-serif\" font-size=\"%d\">\n<title>", WIDTH, height, WIDTH,
		height, FONT);
	dsfit_put_escaped(out, title);
	fprintf(out, "</title>\n");
	put_style(out);
	fprintf(out, "<rect class=\"paper\" width=\"%d\" height=\"%.0f\" fill=\"#ffffff\"/>\n"
		"%s</svg>\n", WIDTH, height, drawn);
	free(drawn);
	return dsfit_text_end(&document);
}

/* anchor: "start", "middle" or "end"; class: of put_style(), or "". */
static void put_text(FILE *out, double x, double y, const char *anchor, const char *class,
		     const char *words)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
		class);
	dsfit_put_escaped(out, words);
	fprintf(out, "</text>\n");
}

static void put_line(FILE *out, double x1, double y1, double x2, double y2, const char *class,
		     const char *stroke)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\" "
		"stroke=\"%s\"/>\n", x1, y1, x2, y2, class, stroke);
}

/* One part's rectangle. Its tooltip has the part's name and size. */
static void put_piece(FILE *out, double x, double y, double width, double height, int part,
		      uint64_t bytes)
{
	char size[DSFIT_SIZE_TEXT];

	fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" class=\"%s\" "
		"fill=\"%s\"><title>%s %s</title></rect>\n", x, y, width, height,
		dsfit_fills[part].name, dsfit_fills[part].light, dsfit_bar_part_names[part],
		dsfit_format_bytes(bytes, size));
}

/* The title, in several lines if it is long. Returns the height it takes. */
static double put_title(FILE *out, const char *title)
{
	struct dsfit_text text;
	FILE *lines = dsfit_text_begin(&text);
	char *wrapped, *rest, *line;
	double y = MARGIN + FONT;

	if (!lines)
		return y;
	dsfit_wrap(lines, title, TITLE_COLUMNS);
	wrapped = dsfit_text_end(&text);
	/* NOLINTNEXTLINE(cert-flp30-c): in whole pixels */
	for (rest = wrapped; (line = strsep(&rest, "\n")) && *line; y += 20)
		put_text(out, MARGIN, y, "start", "title", line + strspn(line, " "));
	free(wrapped);
	return y - 20 + TITLE_LINE - FONT;
}

/* The width of a text in the usual size, in pixels; an upper bound. */
static double text_width(const char *words)
{
	return 6.8 * (double)strlen(words);
}

/* A legend's entry at *x, or on a new line if the last one is full. */
static void put_swatch(FILE *out, int part, const char *words, double *x, double *y)
{
	double width = 16 + text_width(words) + 14;

	if (*x > MARGIN && *x + width > WIDTH) {
		*x = MARGIN;
		*y += LEGEND_LINE;
	}
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\" class=\"%s\" "
		"fill=\"%s\"/>\n", *x, *y - 10, dsfit_fills[part].name, dsfit_fills[part].light);
	put_text(out, *x + 16, *y, "start", "", words);
	*x += width;
}

/* --- a chart ------------------------------------------------------------------------------- */

/* Where the plot of a chart is. */
struct plot {
	FILE *out;
	const struct dsfit_chart *chart;
	uint64_t scale;
	double top, slot;	/* a column's share of the width */
};

static double height_of(const struct plot *plot, uint64_t bytes)
{
	double share = (double)bytes / (double)plot->scale;

	return PLOT_HEIGHT * (share > 1 ? 1 : share);
}

static void put_axis(const struct plot *plot)
{
	struct dsfit_ticks ticks = dsfit_ticks(plot->scale);
	char words[64];

	for (int i = 0; i * ticks.step * ticks.bytes <= (double)plot->scale; i++) {
		double y = plot->top + PLOT_HEIGHT -
			   height_of(plot, dsfit_scale((uint64_t)ticks.bytes, i * ticks.step));

		put_line(plot->out, PLOT_LEFT, y, WIDTH - MARGIN, y, "grid", "#dfe3e8");
		snprintf(words, sizeof(words), "%.6g %s", i * ticks.step, ticks.unit);
		put_text(plot->out, PLOT_LEFT - 8, y + 4, "end", "small faint", words);
	}
}

/* The range of the estimate: a line with a bar at each end, readable on any fill. */
static void put_band(const struct plot *plot, double x, const struct dsfit_bar *bar)
{
	double bottom = plot->top + PLOT_HEIGHT;
	double high = bottom - height_of(plot, bar->high);
	double low = bottom - height_of(plot, bar->low);

	if (low - high < 1)
		return;
	put_line(plot->out, x, low, x, high, "halo", "#ffffff");
	put_line(plot->out, x, low, x, high, "band", "#1d2126");
	put_line(plot->out, x - 4, low, x + 4, low, "band", "#1d2126");
	if (bar->high <= plot->scale) {
		put_line(plot->out, x - 4, high, x + 4, high, "band", "#1d2126");
		return;
	}
	/* It goes on beyond the plot: an arrow. */
	put_line(plot->out, x - 4, high + 7, x, high, "band", "#1d2126");
	put_line(plot->out, x + 4, high + 7, x, high, "band", "#1d2126");
}

/* "exceeds, host" takes two lines, because columns may be narrow. Returns the last line's y. */
static double put_verdict(FILE *out, double x, double y, const char *verdict, bool over)
{
	const char *class = over ? "small over" : "small faint", *comma = strchr(verdict, ',');
	char first[64];

	if (!comma) {
		put_text(out, x, y, "middle", class, verdict);
		return y;
	}
	snprintf(first, sizeof(first), "%.*s", (int)(comma - verdict), verdict);
	put_text(out, x, y, "middle", class, first);
	put_text(out, x, y + 13, "middle", class, comma + 1 + strspn(comma + 1, " "));
	return y + 13;
}

/* The parts as a stack. A stack that is higher than the plot has a break near its top. */
static void put_stack(const struct plot *plot, double x, double width, const struct dsfit_bar *bar)
{
	double bottom = plot->top + PLOT_HEIGHT, below = 0;
	uint64_t sum = 0;

	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		double height;

		sum = dsfit_add(sum, bar->part[part]);
		height = height_of(plot, sum);
		if (height > below)
			put_piece(plot->out, x, bottom - height, width, height - below, part,
				  bar->part[part]);
		below = height;
	}
	if (sum > plot->scale)
		put_line(plot->out, x - 4, plot->top + 16, x + width + 4, plot->top + 8, "halo",
			 "#ffffff");
}

/* The middle of a column. */
static double column_x(const struct plot *plot, size_t index)
{
	return PLOT_LEFT + plot->slot * ((double)index + 0.5);
}

static void put_column(const struct plot *plot, size_t index)
{
	double width = plot->slot * 0.62 > 64 ? 64 : plot->slot * 0.62;
	double x = column_x(plot, index);

	put_stack(plot, x - width / 2, width, &plot->chart->row[index].bar);
	put_band(plot, x, &plot->chart->row[index].bar);
}

/* The texts above and below a column. They are drawn after the limit, which they may cross. */
static void put_labels(const struct plot *plot, size_t index)
{
	const struct dsfit_chart_row *row = &plot->chart->row[index];
	double bottom = plot->top + PLOT_HEIGHT, x = column_x(plot, index), y;
	uint64_t total = dsfit_bar_total(&row->bar);
	bool over = row->bar.capacity && row->bar.low > row->bar.capacity;
	char words[DSFIT_SIZE_TEXT];

	y = bottom - height_of(plot, row->bar.high > total ? row->bar.high : total);
	put_text(plot->out, x, y - 6, "middle", "small clear", dsfit_format_bytes(total, words));
	snprintf(words, sizeof(words), "%llu", (unsigned long long)row->value);
	put_text(plot->out, x, bottom + 18, "middle", row->declared ? "declared" : "", words);
	y = put_verdict(plot->out, x, bottom + 33, row->verdict, over);
	if (row->declared)
		put_text(plot->out, x, y + 13, "middle", "small declared", "declared");
}

static void put_limit(const struct plot *plot)
{
	uint64_t capacity = plot->chart->count ? plot->chart->row[0].bar.capacity : 0;
	double y = plot->top + PLOT_HEIGHT - height_of(plot, capacity);

	if (!capacity)
		return;
	put_line(plot->out, PLOT_LEFT, y, WIDTH - MARGIN, y, "halo", "#ffffff");
	put_line(plot->out, PLOT_LEFT, y, WIDTH - MARGIN, y, "limit", "#c22b2b");
}

/* The last line of a legend: the range and, if `limit` says how much there is, the limit. */
static void put_marks(FILE *out, double y, const char *limit)
{
	double x = MARGIN + 16 + text_width("range of the estimate") + 14;

	put_line(out, MARGIN + 5.5, y - 11, MARGIN + 5.5, y + 1, "band", "#1d2126");
	put_line(out, MARGIN + 1, y - 11, MARGIN + 10, y - 11, "band", "#1d2126");
	put_line(out, MARGIN + 1, y + 1, MARGIN + 10, y + 1, "band", "#1d2126");
	put_text(out, MARGIN + 16, y, "start", "", "range of the estimate");
	if (!*limit)
		return;
	put_line(out, x, y - 4, x + 26, y - 4, "limit", "#c22b2b");
	put_text(out, x + 32, y, "start", "", limit);
}

/* The legend: the parts of all columns, the range and the limit. Returns where it ends. */
static double put_chart_legend(const struct plot *plot, double y)
{
	const struct dsfit_chart *chart = plot->chart;
	char words[192] = "", size[DSFIT_SIZE_TEXT];
	double x = MARGIN;

	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		bool there = false;

		for (size_t i = 0; i < chart->count; i++)
			there |= chart->row[i].bar.part[part] > 0;
		if (there)
			put_swatch(plot->out, part, dsfit_bar_part_names[part], &x, &y);
	}
	y += LEGEND_LINE;
	if (chart->count && chart->row[0].bar.capacity)
		snprintf(words, sizeof(words), "%s, %s",
			 dsfit_format_bytes(chart->row[0].bar.capacity, size), chart->card);
	put_marks(plot->out, y, words);
	return y;
}

char *dsfit_chart_svg(const struct dsfit_chart *chart)
{
	struct plot plot = { .chart = chart, .scale = dsfit_chart_scale(chart) };
	struct dsfit_text body;
	double bottom;

	plot.out = dsfit_text_begin(&body);
	if (!plot.out)
		return NULL;
	plot.slot = PLOT_WIDTH / (double)(chart->count ? chart->count : 1);
	plot.top = put_title(plot.out, chart->title) + 24;
	bottom = plot.top + PLOT_HEIGHT;
	put_axis(&plot);
	for (size_t i = 0; i < chart->count; i++)
		put_column(&plot, i);
	put_limit(&plot);
	for (size_t i = 0; i < chart->count; i++)
		put_labels(&plot, i);
	put_line(plot.out, PLOT_LEFT, bottom, WIDTH - MARGIN, bottom, "band", "#1d2126");
	put_text(plot.out, PLOT_LEFT - 8, bottom + 18, "end", "faint", chart->axis);
	bottom = put_chart_legend(&plot, bottom + 82);
	return make_document(chart->title, &body, bottom + MARGIN);
}

/* --- one job's bars ------------------------------------------------------------------------ */

/* A length in pixels on a bar, which has a scale of its own. */
static double length_of(const struct dsfit_bar *bar, uint64_t bytes)
{
	return (WIDTH - 2 * MARGIN) * ((double)bytes / (double)dsfit_bar_extent(bar));
}

static void put_bar_axis(FILE *out, const struct dsfit_bar *bar, double y)
{
	struct dsfit_ticks ticks = dsfit_ticks(dsfit_bar_extent(bar));
	char words[64];

	for (int i = 0; i * ticks.step * ticks.bytes <= (double)dsfit_bar_extent(bar); i++) {
		double x = MARGIN + length_of(bar, dsfit_scale((uint64_t)ticks.bytes,
							       i * ticks.step));

		put_line(out, x, y, x, y + 4, "band", "#1d2126");
		snprintf(words, sizeof(words), "%.6g %s", i * ticks.step, ticks.unit);
		put_text(out, x, y + 16, !i ? "start" : x > WIDTH - 40 ? "end" : "middle",
			 "small faint", words);
	}
}

static void put_bar_band(FILE *out, const struct dsfit_bar *bar, double y)
{
	double low = MARGIN + length_of(bar, bar->low), high = MARGIN + length_of(bar, bar->high);

	put_line(out, low, y, high, y, "halo", "#ffffff");
	put_line(out, low, y, high, y, "band", "#1d2126");
	put_line(out, low, y - 4, low, y + 4, "band", "#1d2126");
	put_line(out, high, y - 4, high, y + 4, "band", "#1d2126");
}

/* The heading, the bar, its axis and its legend. Returns where the next bar begins. */
static double put_one_bar(FILE *out, const struct dsfit_svg_bar *one, double y)
{
	const struct dsfit_bar *bar = &one->bar;
	double x = MARGIN, limit = MARGIN + length_of(bar, bar->capacity);
	char words[96], size[DSFIT_SIZE_TEXT];
	uint64_t sum = 0;

	put_text(out, MARGIN, y, "start", "", one->heading);
	y += 14;
	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		double end;

		sum = dsfit_add(sum, bar->part[part]);
		end = MARGIN + length_of(bar, sum);
		if (end > x)
			put_piece(out, x, y, end - x, BAR_HEIGHT, part, bar->part[part]);
		x = end;
	}
	put_bar_band(out, bar, y + BAR_HEIGHT / 2.0);
	if (bar->capacity) {
		put_line(out, limit, y - 5, limit, y + BAR_HEIGHT, "halo", "#ffffff");
		put_line(out, limit, y - 5, limit, y + BAR_HEIGHT, "limit", "#c22b2b");
	}
	put_line(out, MARGIN, y + BAR_HEIGHT, WIDTH - MARGIN, y + BAR_HEIGHT, "band", "#1d2126");
	put_bar_axis(out, bar, y + BAR_HEIGHT);
	y += BAR_HEIGHT + 42;
	x = MARGIN;
	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		if (!bar->part[part])
			continue;
		snprintf(words, sizeof(words), "%s %s", dsfit_bar_part_names[part],
			 dsfit_format_bytes(bar->part[part], size));
		put_swatch(out, part, words, &x, &y);
	}
	*words = '\0';
	if (bar->capacity)
		snprintf(words, sizeof(words), "available: %s",
			 dsfit_format_bytes(bar->capacity, size));
	put_marks(out, y + LEGEND_LINE, words);
	return y + LEGEND_LINE + 40;
}

char *dsfit_bars_svg(const char *title, const struct dsfit_svg_bar *bars, size_t count)
{
	struct dsfit_text body;
	FILE *out = dsfit_text_begin(&body);
	double y;

	if (!out)
		return NULL;
	y = put_title(out, title) + 14;
	for (size_t i = 0; i < count; i++)
		y = put_one_bar(out, &bars[i], y);
	return make_document(title, &body, y - 24);
}
