/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bar shows faster than a table whether a job fits and what takes the memory. This file draws
 * bars as text, for terminals that may have no UTF-8, no colours, or only 40 columns:
 *
 *	  wwwwwwgggggggggggggoooooooooooooooooooooo|oooooooooooooooocffsssssss~~~~~~~~~~
 *	                             range of the estimate <--------------------->
 *	  w weights 6.05 GiB  g gradients 11.7 GiB  ...  | available: 39.4 GiB
 *
 * A bar is `cells` columns wide and stands for `scale` bytes. Each part ends at the column nearest
 * to the sum of all parts up to it, so rounding errors never add up. The mark of the capacity is
 * put between two columns and hides none.
 *
 * A chart has one bar per value of an option ("--sweep"), all of them on one scale. The same as SVG
 * is in picture_svg.c.
 */
#include "core/say/picture.h"

#include <string.h>

#include "core/base/size.h"
#include "core/base/text.h"
#include "core/base/wrap.h"

const char *const dsfit_bar_part_names[] = {
	[DSFIT_BAR_WEIGHTS] = "weights",
	[DSFIT_BAR_GRADIENTS] = "gradients",
	[DSFIT_BAR_OPTIMIZER] = "optimizer",
	[DSFIT_BAR_COMMUNICATION] = "communication",
	[DSFIT_BAR_ACTIVATIONS] = "activations",
	[DSFIT_BAR_LOSS] = "loss",
	[DSFIT_BAR_FRAMEWORK] = "framework",
	[DSFIT_BAR_SLACK] = "slack",
	[DSFIT_BAR_OFFLOADED] = "offloaded states",
	[DSFIT_BAR_REST] = "other",
	[DSFIT_BAR_PARTS] = NULL,
};

/* How a part looks in a terminal: its letter, and its colour as an ANSI sequence. */
static const struct {
	char letter;
	const char *colour;
} looks[DSFIT_BAR_PARTS] = {
	[DSFIT_BAR_WEIGHTS] = { 'w', "97;44" },
	[DSFIT_BAR_GRADIENTS] = { 'g', "30;42" },
	[DSFIT_BAR_OPTIMIZER] = { 'o', "30;43" },
	[DSFIT_BAR_COMMUNICATION] = { 'c', "30;46" },
	[DSFIT_BAR_ACTIVATIONS] = { 'a', "97;45" },
	[DSFIT_BAR_LOSS] = { 'l', "30;105" },
	[DSFIT_BAR_FRAMEWORK] = { 'f', "30;47" },
	[DSFIT_BAR_SLACK] = { 's', "97;100" },
	[DSFIT_BAR_OFFLOADED] = { 'o', "30;43" },
	[DSFIT_BAR_REST] = { 'r', "30;47" },
};

#define WITHIN "1"	/* the mark of the capacity is bold, */
#define BEYOND "1;31"	/* and also red if the bar goes beyond it */

void dsfit_bar_gpu(const struct dsfit_assessment *a, struct dsfit_bar *bar)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;

	*bar = (struct dsfit_bar){
		.part = {
			[DSFIT_BAR_WEIGHTS] = gpu->weights,
			[DSFIT_BAR_GRADIENTS] = gpu->gradients,
			[DSFIT_BAR_OPTIMIZER] = gpu->optimizer,
			[DSFIT_BAR_COMMUNICATION] = gpu->communication,
			[DSFIT_BAR_ACTIVATIONS] = gpu->activations,
			[DSFIT_BAR_LOSS] = gpu->loss,
			[DSFIT_BAR_FRAMEWORK] = gpu->framework,
			[DSFIT_BAR_SLACK] = gpu->slack,
		},
		.low = gpu->low,
		.high = gpu->high,
		.capacity = a->gpu_capacity,
	};
}

void dsfit_bar_host(const struct dsfit_assessment *a, struct dsfit_bar *bar)
{
	const struct dsfit_host_account *host = &a->account.host;

	*bar = (struct dsfit_bar){
		.part = {
			[DSFIT_BAR_OFFLOADED] = host->offload,
			[DSFIT_BAR_REST] = dsfit_sub(host->per_node, host->offload),
		},
		.low = host->low,
		.high = host->high,
		.capacity = a->host_capacity,
	};
}

uint64_t dsfit_bar_total(const struct dsfit_bar *bar)
{
	uint64_t sum = 0;

	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		sum = dsfit_add(sum, bar->part[i]);
	return sum;
}

uint64_t dsfit_bar_extent(const struct dsfit_bar *bar)
{
	return dsfit_max(dsfit_max(dsfit_bar_total(bar), 1), dsfit_max(bar->high, bar->capacity));
}

/* The number of cells that so many bytes fill, rounded; all cells if they exceed the scale. */
static unsigned column(uint64_t bytes, unsigned cells, uint64_t scale)
{
	if (bytes >= scale)
		return cells;
	return (unsigned)((double)bytes / (double)scale * cells + 0.5);
}

static void begin_colour(FILE *out, const struct dsfit_style *style, const char *colour)
{
	if (style->colour)
		fprintf(out, "\033[%sm", colour);
}

static void end_colour(FILE *out, const struct dsfit_style *style)
{
	if (style->colour)
		fputs("\033[0m", out);
}

static const char *mark_text(const struct dsfit_style *style)
{
	return style->utf8 ? "\u2502" : "|";
}

static const char *band_text(const struct dsfit_style *style)
{
	return style->utf8 ? "\u2591" : "~";
}

static void put_mark(FILE *out, const struct dsfit_bar *bar, const struct dsfit_style *style)
{
	begin_colour(out, style, dsfit_bar_total(bar) > bar->capacity ? BEYOND : WITHIN);
	fputs(mark_text(style), out);
	end_colour(out, style);
}

/* A bar that is being written: the next column, and the column before which the mark comes. */
struct pen {
	FILE *out;
	const struct dsfit_bar *bar;
	const struct dsfit_style *style;
	unsigned at, mark;
};

/* Write the text into every cell up to `end`, and the mark when its column comes. */
static void fill(struct pen *pen, unsigned end, const char *text, const char *colour)
{
	bool begun = false;

	for (; pen->at < end; pen->at++) {
		if (pen->at == pen->mark) {
			if (begun)
				end_colour(pen->out, pen->style);
			put_mark(pen->out, pen->bar, pen->style);
			begun = false;
		}
		if (colour && !begun)
			begin_colour(pen->out, pen->style, colour);
		begun = colour != NULL;
		fputs(text, pen->out);
	}
	if (begun)
		end_colour(pen->out, pen->style);
}

void dsfit_put_bar(FILE *out, const struct dsfit_bar *bar, unsigned cells, uint64_t scale,
		   const struct dsfit_style *style)
{
	bool cut = dsfit_bar_total(bar) > scale;
	unsigned last = cells - (cut ? 1 : 0);
	struct pen pen = {
		.out = out, .bar = bar, .style = style,
		.mark = bar->capacity ? column(bar->capacity, cells, scale) : UINT32_MAX,
	};
	uint64_t sum = 0;

	for (int i = 0; i < DSFIT_BAR_PARTS; i++) {
		const char letter[] = { looks[i].letter, '\0' };
		unsigned end;

		sum = dsfit_add(sum, bar->part[i]);
		end = column(sum, cells, scale);
		fill(&pen, end < last ? end : last, letter, looks[i].colour);
	}
	if (cut)
		fill(&pen, cells, ">", BEYOND);
	fill(&pen, column(bar->high, cells, scale), band_text(style), NULL);
	fill(&pen, cells, " ", NULL);
	if (pen.mark == cells)
		put_mark(out, bar, style);
	else if (!bar->capacity)
		fputc(' ', out);
}

/* --- under a bar --------------------------------------------------------------------------- */

static unsigned width_of(const struct dsfit_style *style)
{
	return style->width < DSFIT_WIDTH_MIN ? DSFIT_WIDTH_MIN : style->width;
}

static void put_spaces(FILE *out, unsigned count)
{
	fprintf(out, "%*s", (int)count, "");
}

/* "<---->" from the low to the high estimate, aligned with the bar above. */
static void put_band(FILE *out, const struct dsfit_bar *bar, unsigned cells, uint64_t scale,
		     const struct dsfit_style *style)
{
	static const char words[] = "range of the estimate";
	unsigned mark = bar->capacity ? column(bar->capacity, cells, scale) : cells;
	unsigned from = column(bar->low, cells, scale), to = column(bar->high, cells, scale);
	unsigned length = sizeof(words) - 1, used;

	from += from > mark;
	to += to > mark;
	if (from > cells - 1)
		from = cells - 1;
	if (to < from + 2)
		to = from + 2;
	used = to - from;
	/* The words stand before the range if they have no room after it. */
	if (to + 1 + length > cells + 1 && from > length) {
		put_spaces(out, 2 + from - length - 1);
		fprintf(out, "%s ", words);
	} else {
		put_spaces(out, 2 + from);
	}
	fputs(style->utf8 ? "\u251c" : "<", out);
	for (unsigned i = 2; i < used; i++)
		fputs(style->utf8 ? "\u2500" : "-", out);
	fputs(style->utf8 ? "\u2524" : ">", out);
	if (to + 1 + length <= cells + 1)
		fprintf(out, " %s", words);
	fputc('\n', out);
}

/* A legend, with as many entries per line as have room. */
struct legend {
	FILE *out;
	const struct dsfit_style *style;
	unsigned at;
};

/* `sign` is one column wide; colour may be NULL. */
static void put_entry(struct legend *legend, const char *sign, const char *colour,
		      const char *words)
{
	unsigned length = (unsigned)strlen(words) + 2;

	if (!legend->at || legend->at + 2 + length > width_of(legend->style)) {
		fputs(legend->at ? "\n  " : "  ", legend->out);
		legend->at = 2;
	} else {
		fputs("  ", legend->out);
		legend->at += 2;
	}
	if (colour)
		begin_colour(legend->out, legend->style, colour);
	fputs(sign, legend->out);
	if (colour)
		end_colour(legend->out, legend->style);
	fprintf(legend->out, " %s", words);
	legend->at += length;
}

static void put_part_entry(struct legend *legend, int part, const char *words)
{
	const char letter[] = { looks[part].letter, '\0' };

	put_entry(legend, letter, looks[part].colour, words);
}

void dsfit_put_picture(FILE *out, const struct dsfit_bar *bar, const struct dsfit_style *style)
{
	struct legend legend = { .out = out, .style = style };
	unsigned cells = width_of(style) - 3;
	uint64_t scale = dsfit_bar_extent(bar);
	char words[64], size[DSFIT_SIZE_TEXT];

	put_spaces(out, 2);
	dsfit_put_bar(out, bar, cells, scale, style);
	fputc('\n', out);
	put_band(out, bar, cells, scale, style);
	for (int i = 0; i < DSFIT_BAR_PARTS; i++) {
		if (!bar->part[i])
			continue;
		snprintf(words, sizeof(words), "%s %s", dsfit_bar_part_names[i],
			 dsfit_format_bytes(bar->part[i], size));
		put_part_entry(&legend, i, words);
	}
	if (bar->high > dsfit_bar_total(bar))
		put_entry(&legend, band_text(style), NULL, "up to the high estimate");
	if (bar->capacity) {
		snprintf(words, sizeof(words), "available: %s",
			 dsfit_format_bytes(bar->capacity, size));
		put_entry(&legend, mark_text(style),
			  dsfit_bar_total(bar) > bar->capacity ? BEYOND : WITHIN, words);
	}
	if (legend.at)
		fputc('\n', out);
}

/* --- a chart ------------------------------------------------------------------------------- */

uint64_t dsfit_chart_scale(const struct dsfit_chart *chart)
{
	uint64_t extent = 1, capacity = 0;

	for (size_t i = 0; i < chart->count; i++) {
		extent = dsfit_max(extent, dsfit_bar_extent(&chart->row[i].bar));
		capacity = dsfit_max(capacity, chart->row[i].bar.capacity);
	}
	capacity = dsfit_mul(capacity, 3);
	return capacity && capacity < extent ? capacity : extent;
}

/* The columns of a row beside its bar: "* 1024 ", and " 39.4 GiB  exceeds". */
#define ROW_LEFT(value_width) ((value_width) + 3)
#define ROW_RIGHT 20

static unsigned digits(uint64_t value)
{
	return (unsigned)snprintf(NULL, 0, "%llu", (unsigned long long)value);
}

static unsigned value_width(const struct dsfit_chart *chart)
{
	unsigned width = (unsigned)strlen(chart->axis);

	for (size_t i = 0; i < chart->count; i++)
		width = (unsigned)dsfit_max(width, digits(chart->row[i].value));
	return width;
}

static unsigned chart_cells(const struct dsfit_chart *chart, const struct dsfit_style *style)
{
	unsigned taken = ROW_LEFT(value_width(chart)) + 1 + ROW_RIGHT, width = width_of(style);

	return width > taken + 8 ? width - taken : 8;
}

static void put_chart_row(FILE *out, const struct dsfit_chart *chart,
			  const struct dsfit_chart_row *row, const struct dsfit_style *style)
{
	uint64_t capacity = row->bar.capacity;
	const char *colour = row->bar.low > capacity ? "31" :
			     row->bar.high > capacity ? "33" : "32";
	char size[DSFIT_SIZE_TEXT];

	fprintf(out, "%c %*llu ", row->declared ? '*' : ' ', (int)value_width(chart),
		(unsigned long long)row->value);
	dsfit_put_bar(out, &row->bar, chart_cells(chart, style), dsfit_chart_scale(chart), style);
	fprintf(out, " %9s  ", dsfit_format_bytes(dsfit_bar_total(&row->bar), size));
	if (capacity)
		begin_colour(out, style, colour);
	fputs(row->verdict, out);
	if (capacity)
		end_colour(out, style);
	fputc('\n', out);
}

/* The capacity and the GPU that has it, under the mark. */
static void put_foot(FILE *out, const struct dsfit_chart *chart, const struct dsfit_style *style)
{
	unsigned cells = chart_cells(chart, style), left = ROW_LEFT(value_width(chart));
	uint64_t capacity = chart->count ? chart->row[0].bar.capacity : 0;
	char words[192], size[DSFIT_SIZE_TEXT];
	unsigned at, length;

	if (!capacity)
		return;
	snprintf(words, sizeof(words), "%s, %s", dsfit_format_bytes(capacity, size), chart->card);
	length = (unsigned)strlen(words);
	at = left + column(capacity, cells, dsfit_chart_scale(chart));
	if (at + 2 + length > width_of(style) && at > length + 1) {
		put_spaces(out, at - length - 1);
		fprintf(out, "%s %s\n", words, mark_text(style));
	} else {
		put_spaces(out, at);
		fprintf(out, "%s %s\n", mark_text(style), words);
	}
}

static void put_chart_legend(FILE *out, const struct dsfit_chart *chart,
			     const struct dsfit_style *style)
{
	struct legend legend = { .out = out, .style = style };
	uint64_t scale = dsfit_chart_scale(chart);
	bool there, declared = false, cut = false, band = false;

	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		there = false;
		for (size_t i = 0; i < chart->count; i++)
			there |= chart->row[i].bar.part[part] > 0;
		if (there)
			put_part_entry(&legend, part, dsfit_bar_part_names[part]);
	}
	for (size_t i = 0; i < chart->count; i++) {
		uint64_t total = dsfit_bar_total(&chart->row[i].bar);

		declared |= chart->row[i].declared;
		cut |= total > scale;
		band |= chart->row[i].bar.high > total;
	}
	if (band)
		put_entry(&legend, band_text(style), NULL, "up to the high estimate");
	if (cut)
		put_entry(&legend, ">", BEYOND, "longer than shown");
	if (declared)
		put_entry(&legend, "*", NULL, "as declared");
	if (legend.at)
		fputc('\n', out);
}

char *dsfit_chart_text(const struct dsfit_chart *chart, const struct dsfit_style *style)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	dsfit_wrap(out, chart->title, width_of(style));
	fprintf(out, "  %*s\n", (int)value_width(chart), chart->axis);
	for (size_t i = 0; i < chart->count; i++)
		put_chart_row(out, chart, &chart->row[i], style);
	put_foot(out, chart, style);
	put_chart_legend(out, chart, style);
	return dsfit_text_end(&text);
}
