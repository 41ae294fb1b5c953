/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/kept_files.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/size.h"

#define FIRST_LINE "dsfit kept files 1\n"
#define LAST_LINE "end\n"
#define PATH_LENGTH_MAX ((size_t)PATH_MAX)

static char *copy_of(const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	if (copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}

int dsfit_kept_files_add(struct dsfit_kept_files *files, const char *path, const char *text,
			 size_t length)
{
	struct dsfit_kept_file one = { .length = length }, *more;

	if (dsfit_kept_files_find(files, path))
		return 0;
	more = realloc(files->file, (files->count + 1) * sizeof(*more));
	if (!more)
		return -1;
	files->file = more;
	one.path = strdup(path);
	one.text = copy_of(text, length);
	if (!one.path || !one.text) {
		free(one.path);
		free(one.text);
		return -1;
	}
	files->file[files->count++] = one;
	return 0;
}

const struct dsfit_kept_file *dsfit_kept_files_find(const struct dsfit_kept_files *files,
						    const char *path)
{
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->file[i].path, path))
			return &files->file[i];
	return NULL;
}

void dsfit_kept_files_free(struct dsfit_kept_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->file[i].path);
		free(files->file[i].text);
	}
	free(files->file);
	*files = (struct dsfit_kept_files){ 0 };
}

char *dsfit_kept_files_write(const struct dsfit_kept_files *files, size_t *length)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *all;

	if (!out)
		return NULL;
	fputs(FIRST_LINE, out);
	for (size_t i = 0; i < files->count; i++) {
		fprintf(out, "%zu %s\n", files->file[i].length, files->file[i].path);
		fwrite(files->file[i].text, 1, files->file[i].length, out);
		fputc('\n', out);
	}
	fputs(LAST_LINE, out);
	all = dsfit_text_end(&text);
	*length = text.size;
	return all;
}

/* What is left of a text that is being read. */
struct rest {
	const char *at;
	size_t length;
};

static bool take(struct rest *rest, const char *line)
{
	size_t length = strlen(line);

	if (rest->length < length || memcmp(rest->at, line, length))
		return false;
	rest->at += length;
	rest->length -= length;
	return true;
}

/* Take a file: its length and path in a line, then its text. Returns 0, or -1 if that is not what
 * comes next. */
static int take_file(struct rest *rest, struct dsfit_kept_files *out)
{
	const char *newline = memchr(rest->at, '\n', rest->length), *blank;
	char number[24], path[PATH_LENGTH_MAX];
	uint64_t length;

	blank = newline ? memchr(rest->at, ' ', (size_t)(newline - rest->at)) : NULL;
	if (!blank || (size_t)(blank - rest->at) >= sizeof(number) ||
	    (size_t)(newline - blank) > sizeof(path))
		return -1;
	snprintf(number, sizeof(number), "%.*s", (int)(blank - rest->at), rest->at);
	snprintf(path, sizeof(path), "%.*s", (int)(newline - blank - 1), blank + 1);
	rest->length -= (size_t)(newline + 1 - rest->at);
	rest->at = newline + 1;
	if (dsfit_parse_number(number, 0, DSFIT_FILE_MAX, &length, NULL) ||
	    length >= rest->length || rest->at[length] != '\n' ||
	    dsfit_kept_files_add(out, path, rest->at, (size_t)length))
		return -1;
	rest->at += length + 1;
	rest->length -= (size_t)length + 1;
	return 0;
}

int dsfit_kept_files_read(const char *text, size_t length, struct dsfit_kept_files *out,
			  struct dsfit_error *err)
{
	struct rest rest = { text, length };

	if (!take(&rest, FIRST_LINE))
		return dsfit_fail(err, "no files are kept in it");
	while (!take(&rest, LAST_LINE)) {
		if (take_file(&rest, out)) {
			dsfit_kept_files_free(out);
			return dsfit_fail(err, "its end is missing");
		}
	}
	return 0;
}
