/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/wrap.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Columns by which a continuation row is indented further than its line. */
#define HANG 2

/* "27.8", "(3", "$4.10": has digits, and neither a unit nor a comma that ends a phrase. */
static bool is_number(const char *word, size_t length)
{
	bool digits = false;

	for (size_t i = 0; i < length; i++) {
		if (isalpha((unsigned char)word[i]) || strchr(",;:)", word[i]))
			return false;
		digits = digits || isdigit((unsigned char)word[i]);
	}
	return digits;
}

/* "-N": its value is the next word. */
static bool is_short_option(const char *word, size_t length)
{
	return length == 2 && word[0] == '-' && isalpha((unsigned char)word[1]);
}

/* "x", as in "3 x 4 A100". */
static bool is_times(const char *word, size_t length)
{
	return length == 1 && *word == 'x';
}

/* Columns that these bytes take: one for a character of UTF-8, none for a colour sequence. */
static size_t columns_of(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t at = 0; at < length; at++) {
		if (text[at] == '\033')
			at += strcspn(text + at, "m");
		else if (((unsigned char)text[at] & 0xc0) != 0x80)
			columns++;
	}
	return columns;
}

/* Bytes from this word to the next space at which a row may end. */
static size_t piece_length(const char *text, size_t end)
{
	size_t length = 0;

	for (;;) {
		const char *word = text + length;
		size_t letters = strcspn(word, " \n");

		length += letters;
		if (length >= end || text[length] != ' ')
			return length < end ? length : end;
		if (text[length + 1] != '-' && !is_number(word, letters) &&
		    !is_short_option(word, letters) && !is_times(word, letters))
			return length;
		length++;
	}
}

/* Write one line, given without its newline, wrapped; `out` may be NULL. Returns its rows. */
static size_t wrap_line(FILE *out, const char *line, size_t length, size_t columns)
{
	size_t indent = strspn(line, " "), used = 0, rows = 1, gap = 1;

	if (!columns || columns_of(line, length) <= columns) {
		if (out)
			fprintf(out, "%.*s\n", (int)length, line);
		return 1;
	}
	if (indent > length)
		indent = length;
	for (size_t at = indent; at < length;) {
		size_t piece = piece_length(line + at, length - at);
		size_t width = columns_of(line + at, piece), space = used ? gap : indent;

		if (used && used + gap + width > columns && indent + HANG + width <= columns) {
			if (out)
				fprintf(out, "\n");
			rows++;
			used = 0;
			space = indent + HANG;
		}
		if (out)
			fprintf(out, "%*s%.*s", (int)space, "", (int)piece, line + at);
		used += space + width;
		/* A piece that is longer than a row: the terminal breaks it. */
		while (used > columns) {
			used -= columns;
			rows++;
		}
		at += piece;
		/* Columns of a table stay apart. */
		gap = strspn(line + at, " ");
		at += gap;
	}
	if (out)
		fprintf(out, "\n");
	return rows;
}

static size_t wrap(FILE *out, const char *text, size_t columns)
{
	size_t rows = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		rows += wrap_line(out, text, length, columns);
		text += length + (text[length] == '\n');
	}
	return rows;
}

void dsfit_wrap(FILE *out, const char *text, size_t columns)
{
	wrap(out, text, columns);
}

size_t dsfit_wrap_rows(const char *text, size_t columns)
{
	return wrap(NULL, text, columns);
}
