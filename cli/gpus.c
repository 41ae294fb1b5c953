/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit gpus" prints the cards and slices of the catalogue. A word after it chooses some: those
 * that have it in their name, label or aliases; if none has, the card that the word stands for, as
 * in gres.conf. In JSON every quantity is a number, bytes as elsewhere.
 */
#include "cli/commands.h"

#include <error.h>
#include <stdio.h>
#include <string.h>

#include "cli/common.h"
#include "cli/gpu_names.h"
#include "cli/table.h"
#include "core/base/array.h"
#include "core/base/size.h"
#include "core/site/card_name.h"

enum {
	NAME, LABEL, MEMORY, USABLE, TFLOPS, PRICE, CANNOT, GUIDE_TFLOPS, BEST_FOR, SLICE_OF,
};

static const struct cli_column columns[] = {
	[NAME] = { "name", 0, SCOLS_JSON_STRING },
	[LABEL] = { "label", 0, SCOLS_JSON_STRING },
	[MEMORY] = { "memory", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[USABLE] = { "usable", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[TFLOPS] = { "tflops", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[PRICE] = { "price", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[CANNOT] = { "cannot", 0, SCOLS_JSON_STRING },
	[GUIDE_TFLOPS] = { "guide-tflops", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER },
	[BEST_FOR] = { "best-for", 0, SCOLS_JSON_STRING },
	[SLICE_OF] = { "slice-of", 0, SCOLS_JSON_STRING },
	{ NULL, 0, 0 },
};

/* Whether the GPU has the word in one of its names. */
static bool has_word(const struct dsfit_gpu *gpu, const char *word)
{
	const struct dsfit_names *aliases = &gpu->aliases;
	bool found = strcasestr(gpu->name, word) || strcasestr(gpu->label, word);

	for (size_t i = 0; i < aliases->count && !found; i++)
		found = strcasestr(aliases->name[i], word);
	return found;
}

/* What the card cannot do, as a comma list. */
static const char *inabilities(unsigned cannot, char text[64])
{
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < DSFIT_INABILITIES; i++)
		if (cannot & 1u << i)
			length += (size_t)snprintf(text + length, 64 - length, "%s%s",
						   length ? "," : "", dsfit_inability_names[i]);
	return text;
}

/* Set a speed; 0: not known. JSON has all its digits. */
static void set_speed(struct libscols_line *line, size_t column, double tflops, bool json)
{
	char text[64];

	if (json)
		snprintf(text, sizeof(text), "%.1f", tflops);
	else
		snprintf(text, sizeof(text), "%.4g", tflops);
	if (tflops > 0)
		cli_table_set(line, column, text);
}

static void add_gpu(struct libscols_table *table, const struct dsfit_gpu *gpu, bool json)
{
	struct libscols_line *line = cli_table_line(table, NULL);
	char text[64];

	cli_table_set(line, NAME, gpu->name);
	cli_table_set(line, LABEL, gpu->label);
	snprintf(text, sizeof(text), "%.0f%s", (double)gpu->label_memory / (json ? 1 : 1e9),
		 json ? "" : " GB");
	cli_table_set(line, MEMORY, text);
	if (json)
		cli_table_number(line, USABLE, (double)gpu->memory, 0);
	else
		cli_table_set(line, USABLE, dsfit_format_bytes(gpu->memory, text));
	set_speed(line, TFLOPS, gpu->tflops, json);
	set_speed(line, GUIDE_TFLOPS, gpu->guide_tflops, json);
	cli_table_number(line, PRICE, gpu->price, 2);
	if (gpu->cannot)
		cli_table_set(line, CANNOT, inabilities(gpu->cannot, text));
	cli_table_set(line, BEST_FOR, gpu->best_for);
	if (gpu->whole)
		cli_table_set(line, SLICE_OF, gpu->whole->name);
}

/* Hide the columns that have no room. Otherwise libsmartcols breaks numbers at the edge. */
static void hide_narrow(struct libscols_table *table)
{
	static const struct {
		size_t column, from;	/* shown from so many characters of the terminal */
	} widths[] = {
		{ LABEL, 104 }, { GUIDE_TFLOPS, 144 }, { BEST_FOR, 144 }, { SLICE_OF, SIZE_MAX },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(widths); i++) {
		struct libscols_column *column = scols_table_get_column(table, widths[i].column);

		if (scols_table_get_termwidth(table) < widths[i].from)
			cli_need(scols_column_set_flags(column, columns[widths[i].column].flags |
							SCOLS_FL_HIDDEN));
	}
}

/* Add the GPUs that are asked for. Returns how many. */
static size_t fill(struct libscols_table *table, const struct dsfit_site *site,
		   const struct cli_list *a)
{
	const struct dsfit_gpu *meant;
	size_t count = 0;

	for (size_t i = 0; i < site->gpu_count; i++) {
		if (a->word && !has_word(&site->gpus[i], a->word))
			continue;
		add_gpu(table, &site->gpus[i], a->common.json);
		count++;
	}
	meant = count || !a->word ? NULL : dsfit_site_gpu(site, a->word);
	if (meant)
		add_gpu(table, meant, a->common.json);
	return count + (meant != NULL);
}

int cli_gpus(int argc, char **argv)
{
	static const char doc[] =
		"List the known GPUs, or those with WORD in a name: memory on the label, usable "
		"memory, dense 16-bit tensor TFLOPS, $ per hour, and what the card cannot do. A "
		"wide terminal, and JSON, have more.";
	struct cli_list a;
	struct dsfit_site *site = cli_open_list(argc, argv, doc, &a);
	struct libscols_table *table;

	table = cli_table_new("gpus", columns, a.common.json);
	if (!a.common.json)
		hide_narrow(table);
	if (!fill(table, site, &a) && a.word)
		cli_reject_gpu(site, "", a.word, "\"dsfit gpus\" lists all");
	cli_table_print(table);
	dsfit_site_free(site);
	return 0;
}
