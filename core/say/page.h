/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PAGE_H
#define DSFIT_PAGE_H

#include "core/base/text.h"
#include "core/say/picture.h"

/*
 * What the HTML pages of dsfit are made of. A page is one file: its style and its script are in it,
 * and its own policy keeps it from loading anything. It is readable on a phone and on paper, on a
 * light and on a dark screen, by keyboard and by screen reader; without scripts only the buttons
 * that copy are missing. Texts are escaped here; sums saturate.
 */

/* Begin a page; `title` is what the browser shows for it. Returns the stream to write to, or NULL
 * if there is no memory. */
FILE *dsfit_page_begin(struct dsfit_text *text, const char *title);

/* The heading of the page: the verdict if there is one (else NULL), the job, and where it runs. */
void dsfit_page_heading(FILE *out, const char *verdict, const char *job, const char *place);

/* The heading of a part of the page. */
void dsfit_page_section(FILE *out, const char *heading);

/* A paragraph. */
void dsfit_page_text(FILE *out, const char *text);

/* Lines of a text, the first indent of each left out, as a list. Writes nothing if there are
 * none. */
void dsfit_page_list(FILE *out, const char *lines);

/* A bar to scale with its axis and its legend, under a heading: "Memory per GPU". `verdict` is
 * about its capacity, or NULL. */
void dsfit_page_bar(FILE *out, const char *heading, const struct dsfit_bar *bar,
		    const char *verdict);

/* A chart: a table with a row for each value. */
void dsfit_page_chart(FILE *out, const struct dsfit_chart *chart);

/* Only the bar, for a cell of another table, on a scale of so many bytes, at least 1. */
void dsfit_page_cell_bar(FILE *out, const struct dsfit_bar *bar, uint64_t scale);

/* What the colours of such a bar mean. */
void dsfit_page_legend(FILE *out, const struct dsfit_bar *bar);

/* A command, with a button that copies it. */
void dsfit_page_command(FILE *out, const char *command);

/* A text with its own lines, folded away under a summary. */
void dsfit_page_folded(FILE *out, const char *summary, const char *lines);

/* Finish the page. The caller frees it; NULL if there was no memory at some point. */
char *dsfit_page_end(struct dsfit_text *text);

#endif
