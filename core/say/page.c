/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page is written from its top to its bottom. Bars are boxes whose left edge and width are per
 * cent of the scale, so they have any width that the reader's screen has; all text stays text.
 *
 *	<header>	verdict, job, place
 *	<section>	a heading, and what belongs to it: lists, bars, a chart, commands
 *	<details>	what few want to see
 *
 * Colours are those of the SVG pictures (drawing.h), as CSS custom properties.
 */
#include "core/say/page.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/markup.h"
#include "core/base/size.h"
#include "core/say/drawing.h"

/* --- the page ------------------------------------------------------------------------------ */

static void put_colours(FILE *out, bool dark)
{
	for (int i = 0; i < DSFIT_INKS; i++)
		fprintf(out, " --%s: %s;", dsfit_inks[i].name,
			dark ? dsfit_inks[i].dark : dsfit_inks[i].light);
	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		fprintf(out, " --%s: %s;", dsfit_fills[i].name,
			dark ? dsfit_fills[i].dark : dsfit_fills[i].light);
}

/* What bars are made of. */
static void put_bar_style(FILE *out)
{
	fputs("figure { margin: 1rem 0; break-inside: avoid; }\n"
	      ".track { position: relative; height: 2rem; background: var(--grid); }\n"
	      "td .track { height: 1.2rem; min-width: 4rem; }\n"
	      ".track span { position: absolute; top: 0; bottom: 0; }\n"
	      ".track .range { top: 45%; bottom: 45%; background: var(--ink);"
	      " outline: 2px solid var(--paper); }\n"
	      ".track .limit { top: -4px; bottom: -4px; width: 0;"
	      " border-left: 3px dashed var(--limit); margin-left: -1px; }\n"
	      ".track .cut { right: 0; width: 1.2em; text-align: center; font-weight: bold;"
	      " overflow: hidden; line-height: 1.2; background: var(--paper);"
	      " color: var(--limit); }\n"
	      ".axis { position: relative; height: 1.5rem; font-size: .8rem; }\n"
	      ".axis span { position: absolute; border-left: 1px solid var(--faint);"
	      " padding-left: .2rem; white-space: nowrap; }\n"
	      ".legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem;"
	      " margin: .5rem 0; padding: 0; }\n"
	      ".swatch { display: inline-block; width: .8rem; height: .8rem;"
	      " margin-right: .4rem; }\n"
	      ".swatch.range { height: .2rem; background: var(--ink); vertical-align: .25rem; }\n"
	      ".swatch.limit { width: 0; border-left: 3px dashed var(--limit); }\n", out);
}

/* Paper is light, whatever the screen is. */
static void put_style(FILE *out)
{
	fputs("<style>\n:root { color-scheme: light dark;", out);
	put_colours(out, false);
	fputs(" }\n@media screen and (prefers-color-scheme: dark) { :root {", out);
	put_colours(out, true);
	fputs(" } }\n", out);
	for (int i = 0; i < DSFIT_BAR_PARTS; i++)
		fprintf(out, ".%s { background: var(--%s); }\n", dsfit_fills[i].name,
			dsfit_fills[i].name);
	put_bar_style(out);
	fputs("* { box-sizing: border-box; }\n"
	      "body { margin: 0; background: var(--paper); color: var(--ink);"
	      " font: 16px/1.5 system-ui, sans-serif; }\n"
	      "main { max-width: 60rem; margin: 0 auto; padding: 1rem; }\n"
	      "h1 { font-size: 1.4rem; margin: .5rem 0; overflow-wrap: anywhere; }\n"
	      "h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }\n"
	      "h3 { font-size: 1rem; margin: 1rem 0 .25rem; }\n"
	      "p { margin: .25rem 0; }\n"
	      ".verdict { display: inline-block; padding: .1rem .7rem; font-weight: bold;"
	      " border: 2px solid currentColor; border-radius: 1rem; }\n"
	      ".faint { color: var(--faint); }\n"
	      ".over { color: var(--limit); font-weight: bold; }\n"
	      "table { border-collapse: collapse; width: 100%; }\n"
	      "caption { text-align: left; padding: .5rem 0; }\n"
	      "th, td { text-align: left; padding: .3rem .5rem .3rem 0; vertical-align: top; }\n"
	      "tr { break-inside: avoid; }\n"
	      "thead th { border-bottom: 2px solid var(--ink); }\n"
	      "tbody tr { border-bottom: 1px solid var(--grid); }\n"
	      ".bar { width: 45%; }\n"
	      ".number { text-align: right; white-space: nowrap; }\n"
	      ".command { display: flex; gap: .5rem; align-items: start; margin: .25rem 0 1rem; }\n"
	      "code, pre { font: .9rem/1.4 ui-monospace, monospace; white-space: pre-wrap;"
	      " overflow-wrap: anywhere; }\n"
	      ".command code { flex: 1; background: var(--grid); padding: .3rem .5rem; }\n"
	      "button { font: inherit; padding: .2rem .8rem; min-height: 2rem; }\n"
	      "summary { cursor: pointer; padding: .25rem 0; }\n"
	      ":focus-visible { outline: 3px solid var(--weights); outline-offset: 2px; }\n"
	      "@media (max-width: 40rem) { .bar { width: 30%; } .command { flex-wrap: wrap; }"
	      " .command code { flex-basis: 100%; } }\n"
	      "@media print { button { display: none; } main { max-width: none; padding: 0; }"
	      " * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }\n"
	      "</style>\n", out);
}

/* The buttons copy, and what is folded away is printed. */
static void put_script(FILE *out)
{
	fputs("<script>\n"
	      "'use strict';\n"
	      "const said = document.getElementById('said');\n"
	      "function select(node) {\n"
	      "  const range = document.createRange();\n"
	      "  range.selectNodeContents(node);\n"
	      "  getSelection().removeAllRanges();\n"
	      "  getSelection().addRange(range);\n"
	      "}\n"
	      "async function copy(node) {\n"
	      "  try {\n"
	      "    await navigator.clipboard.writeText(node.textContent);\n"
	      "  } catch {\n"
	      "    select(node);\n"
	      "    if (!document.execCommand('copy')) return 'selected: press Ctrl+C';\n"
	      "  }\n"
	      "  return 'copied';\n"
	      "}\n"
	      "for (const button of document.querySelectorAll('.command button')) {\n"
	      "  button.hidden = false;\n"
	      "  button.addEventListener('click', async () => {\n"
	      "    said.textContent = await copy(button.previousElementSibling);\n"
	      "    button.textContent = said.textContent;\n"
	      "    setTimeout(() => { button.textContent = 'copy'; }, 2000);\n"
	      "  });\n"
	      "}\n"
	      "addEventListener('beforeprint', () => {\n"
	      "  for (const folded of document.querySelectorAll('details')) folded.open = true;\n"
	      "});\n"
	      "</script>\n", out);
}

FILE *dsfit_page_begin(struct dsfit_text *text, const char *title)
{
	FILE *out = dsfit_text_begin(text);

	if (!out)
		return NULL;
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>", out);
	dsfit_put_escaped(out, title);
	fputs("</title>\n", out);
	put_style(out);
	fputs("</head>\n<body>\n<main>\n", out);
	return out;
}

char *dsfit_page_end(struct dsfit_text *text)
{
	if (text->out) {
		fputs("<p class=\"faint\" id=\"said\" role=\"status\"></p>\n</main>\n", text->out);
		put_script(text->out);
		fputs("</body>\n</html>\n", text->out);
	}
	return dsfit_text_end(text);
}

/* --- words --------------------------------------------------------------------------------- */

/* A text in an element: <p class="faint">text</p>. class may be NULL. */
static void put_element(FILE *out, const char *name, const char *class, const char *text)
{
	if (class)
		fprintf(out, "<%s class=\"%s\">", name, class);
	else
		fprintf(out, "<%s>", name);
	dsfit_put_escaped(out, text);
	fprintf(out, "</%s>\n", name);
}

static bool is_over(const char *verdict)
{
	return !strncmp(verdict, "exceeds", 7) || !strcmp(verdict, "does not fit") ||
	       !strcmp(verdict, "refused");
}

void dsfit_page_heading(FILE *out, const char *verdict, const char *job, const char *place)
{
	fputs("<header>\n", out);
	if (verdict)
		put_element(out, "p", is_over(verdict) ? "verdict over" : "verdict", verdict);
	put_element(out, "h1", NULL, job);
	if (*place)
		put_element(out, "p", NULL, place);
	fputs("</header>\n", out);
}

void dsfit_page_section(FILE *out, const char *heading)
{
	put_element(out, "h2", NULL, heading);
}

void dsfit_page_text(FILE *out, const char *text)
{
	put_element(out, "p", NULL, text);
}

void dsfit_page_list(FILE *out, const char *lines)
{
	if (!*lines)
		return;
	fputs("<ul>\n", out);
	while (*lines) {
		size_t length;
		char *line;

		lines += strspn(lines, " \t");
		length = strcspn(lines, "\n");
		line = strndup(lines, length);
		if (line && length)
			put_element(out, "li", NULL, line);
		free(line);
		lines += length + (lines[length] == '\n');
	}
	fputs("</ul>\n", out);
}

void dsfit_page_command(FILE *out, const char *command)
{
	fputs("<div class=\"command\"><code>", out);
	dsfit_put_escaped(out, command);
	fputs("</code><button type=\"button\" hidden>copy</button></div>\n", out);
}

void dsfit_page_folded(FILE *out, const char *summary, const char *lines)
{
	fputs("<details>\n<summary>", out);
	dsfit_put_escaped(out, summary);
	fputs("</summary>\n<pre>", out);
	dsfit_put_escaped(out, lines);
	fputs("</pre>\n</details>\n", out);
}

/* --- bars ---------------------------------------------------------------------------------- */

/* Per cent of a scale, at most 100. */
static double share(uint64_t bytes, uint64_t scale)
{
	return bytes >= scale ? 100 : 100 * ((double)bytes / (double)scale);
}

/* The boxes of a bar: its parts, the range of the estimate, the limit. */
static void put_boxes(FILE *out, const struct dsfit_bar *bar, uint64_t scale)
{
	double left = 0, low = share(bar->low, scale), high = share(bar->high, scale);
	uint64_t sum = 0;

	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		double right;

		sum = dsfit_add(sum, bar->part[part]);
		right = share(sum, scale);
		if (right > left)
			fprintf(out, "<span class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\">"
				"</span>", dsfit_fills[part].name, left, right - left);
		left = right;
	}
	if (high > low)
		fprintf(out, "<span class=\"range\" style=\"left:%.2f%%;width:%.2f%%\"></span>",
			low, high - low);
	/* It goes on beyond the scale. */
	if (dsfit_bar_total(bar) > scale)
		fputs("<span class=\"cut\">&rsaquo;</span>", out);
	if (bar->capacity && bar->capacity <= scale)
		fprintf(out, "<span class=\"limit\" style=\"left:%.2f%%\"></span>",
			share(bar->capacity, scale));
}

void dsfit_page_cell_bar(FILE *out, const struct dsfit_bar *bar, uint64_t scale)
{
	fputs("<div class=\"track\" aria-hidden=\"true\">", out);
	put_boxes(out, bar, scale);
	fputs("</div>", out);
}

static void put_axis(FILE *out, uint64_t scale)
{
	struct dsfit_ticks ticks = dsfit_ticks(scale);

	fputs("<div class=\"axis\" aria-hidden=\"true\">", out);
	/* The last one would stand beyond the edge. */
	for (int i = 0; i * ticks.step * ticks.bytes < 0.85 * (double)scale; i++)
		fprintf(out, "<span style=\"left:%.2f%%\">%.6g%s%s</span>",
			share(dsfit_scale((uint64_t)ticks.bytes, i * ticks.step), scale),
			i * ticks.step, i ? "" : " ", i ? "" : ticks.unit);
	fputs("</div>\n", out);
}

/* An entry of a legend. The texts are dsfit's own. */
static void put_entry(FILE *out, const char *swatch, const char *words)
{
	fprintf(out, "<li><span class=\"swatch %s\"></span>%s</li>\n", swatch, words);
}

/* The entries that are no parts. */
static void put_marks(FILE *out, const struct dsfit_bar *bar, const char *card)
{
	char words[256], low[DSFIT_SIZE_TEXT], high[DSFIT_SIZE_TEXT];

	if (bar->low < bar->high) {
		snprintf(words, sizeof(words), "range of the estimate%s%s%s%s",
			 card ? "" : ": ", card ? "" : dsfit_format_bytes(bar->low, low),
			 card ? "" : " to ", card ? "" : dsfit_format_bytes(bar->high, high));
		put_entry(out, "range", words);
	}
	if (!bar->capacity)
		return;
	fprintf(out, "<li><span class=\"swatch limit\"></span>available: %s",
		dsfit_format_bytes(bar->capacity, low));
	if (card) {
		fputs(" on a ", out);
		dsfit_put_escaped(out, card);
	}
	fputs("</li>\n", out);
}

void dsfit_page_bar(FILE *out, const char *heading, const struct dsfit_bar *bar,
		    const char *verdict)
{
	char words[128], size[DSFIT_SIZE_TEXT];
	uint64_t scale = dsfit_bar_extent(bar);

	fputs("<figure>\n<figcaption><h3>", out);
	dsfit_put_escaped(out, heading);
	fprintf(out, ": %s", dsfit_format_bytes(dsfit_bar_total(bar), size));
	if (bar->capacity)
		fprintf(out, " of %s", dsfit_format_bytes(bar->capacity, size));
	if (bar->capacity && verdict)
		fprintf(out, ": <span class=\"%s\">%s</span>",
			is_over(verdict) ? "over" : "said", verdict);
	fputs("</h3></figcaption>\n<div class=\"track\" aria-hidden=\"true\">", out);
	put_boxes(out, bar, scale);
	fputs("</div>\n", out);
	put_axis(out, scale);
	fputs("<ul class=\"legend\">\n", out);
	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		if (!bar->part[part])
			continue;
		snprintf(words, sizeof(words), "%s %s", dsfit_bar_part_names[part],
			 dsfit_format_bytes(bar->part[part], size));
		put_entry(out, dsfit_fills[part].name, words);
	}
	put_marks(out, bar, NULL);
	fputs("</ul>\n</figure>\n", out);
}

void dsfit_page_legend(FILE *out, const struct dsfit_bar *bar)
{
	const struct dsfit_bar other = { .low = bar->low, .high = bar->high };

	fputs("<ul class=\"legend\">\n", out);
	for (int part = 0; part < DSFIT_BAR_PARTS; part++)
		if (bar->part[part])
			put_entry(out, dsfit_fills[part].name, dsfit_bar_part_names[part]);
	put_marks(out, &other, "");
	if (bar->capacity)
		put_entry(out, "limit", "available");
	fputs("</ul>\n", out);
}

/* --- a chart ------------------------------------------------------------------------------- */

static void put_chart_row(FILE *out, const struct dsfit_chart_row *row, uint64_t scale)
{
	uint64_t total = dsfit_bar_total(&row->bar);
	char size[DSFIT_SIZE_TEXT];

	fprintf(out, "<tr><th scope=\"row\">%llu%s</th><td class=\"bar\">",
		(unsigned long long)row->value, row->declared ? " (declared)" : "");
	dsfit_page_cell_bar(out, &row->bar, scale);
	fprintf(out, "</td><td class=\"number\">%s</td>", dsfit_format_bytes(total, size));
	put_element(out, "td", is_over(row->verdict) ? "over" : NULL, row->verdict);
	fputs("</tr>\n", out);
}

void dsfit_page_chart(FILE *out, const struct dsfit_chart *chart)
{
	uint64_t scale = dsfit_chart_scale(chart);
	bool cut = false;

	fputs("<figure>\n<table>\n", out);
	put_element(out, "caption", NULL, chart->title);
	fputs("<thead><tr><th scope=\"col\">", out);
	dsfit_put_escaped(out, chart->axis);
	fputs("</th><th scope=\"col\" class=\"bar\">memory per GPU</th>"
	      "<th scope=\"col\" class=\"number\">peak</th><th scope=\"col\">verdict</th></tr>"
	      "</thead>\n<tbody>\n", out);
	for (size_t i = 0; i < chart->count; i++) {
		put_chart_row(out, &chart->row[i], scale);
		cut |= dsfit_bar_total(&chart->row[i].bar) > scale;
	}
	fputs("</tbody>\n</table>\n<ul class=\"legend\">\n", out);
	for (int part = 0; part < DSFIT_BAR_PARTS; part++) {
		bool there = false;

		for (size_t i = 0; i < chart->count; i++)
			there |= chart->row[i].bar.part[part] > 0;
		if (there)
			put_entry(out, dsfit_fills[part].name, dsfit_bar_part_names[part]);
	}
	if (chart->count)
		put_marks(out, &chart->row[0].bar, chart->card);
	if (cut)
		fputs("<li><span class=\"over\">&rsaquo;</span> goes on beyond the scale</li>\n",
		      out);
	fputs("</ul>\n</figure>\n", out);
}
