/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes where the sections are in each FILE, for core/site/catalogue_sections.c:
 *
 *     index_catalogues FILE... >catalogue_index.inc
 *
 * A file that is written in a way that only libconfuse understands is left out. The exit status is
 * 1 if a file cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/site/catalogue_sections.h"

static void print_place(const struct dsfit_section_place *place)
{
	printf("\t{ %u, %u, %u, %u, {", place->begin, place->length, place->lines, place->title);
	for (int i = 0; i < DSFIT_SECTION_VALUES; i++)
		printf(" %u,", place->value[i]);
	printf(" }, %u, %u },\n", place->title_length, place->kind);
}

/* Returns 0 with the text's row of the table in *row, NULL for a file that is left out; or -1. */
static int print_places(const char *path, int number, char **row)
{
	struct dsfit_section_places places = { NULL };
	struct dsfit_error err = { "" };
	size_t length;
	char *text = dsfit_file_read(path, &length, &err);
	int rc = -1;

	*row = NULL;
	if (!text || dsfit_sections_find(&dsfit_catalogue_sections, text, &places)) {
		fprintf(stderr, "index_catalogues: %s\n", text ? "out of memory" : err.text);
	} else if (places.odd || strlen(text) != length) {
		rc = 0;
	} else {
		printf("static const struct dsfit_section_place places_%d[] = {\n", number);
		for (size_t i = 0; i < places.count; i++)
			print_place(&places.place[i]);
		printf("};\n\n");
		rc = asprintf(row, "\t{ UINT64_C(%llu), %zu, %zu, places_%d },\n",
			      (unsigned long long)dsfit_sections_hash(text, length), length,
			      places.count, number) < 0 ? -1 : 0;
	}
	free(places.place);
	free(text);
	return rc;
}

int main(int argc, char **argv)
{
	char **rows = calloc((size_t)argc, sizeof(*rows));

	if (!rows)
		return 1;
	printf("/* Written by scripts/index_catalogues.c. */\n");
	for (int i = 1; i < argc; i++)
		if (print_places(argv[i], i, &rows[i]))
			return 1;
	printf("static const struct dsfit_known_text known_texts[] = {\n");
	for (int i = 1; i < argc; i++)
		if (rows[i])
			printf("%s", rows[i]);
	printf("};\n");
	for (int i = 1; i < argc; i++)
		free(rows[i]);
	free(rows);
	return fflush(stdout) ? 1 : 0;
}
