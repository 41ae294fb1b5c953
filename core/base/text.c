/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glibc's open_memstream() does not tell when its memory cannot grow: neither ferror() nor fclose()
 * fails, and the text ends early. So the memory is this file's own.
 */
#include "core/base/text.h"

#include <stdlib.h>
#include <string.h>

/* A cookie_write_function_t. Returns 0 if there is no memory, which the stream remembers. */
static ssize_t append(void *cookie, const char *piece, size_t length)
{
	struct dsfit_text *text = cookie;
	size_t room = text->room;
	char *larger;

	while (room - text->size <= length)
		room *= 2;
	if (room > text->room) {
		larger = realloc(text->written, room);
		if (!larger)
			return 0;
		text->written = larger;
		text->room = room;
	}
	memcpy(text->written + text->size, piece, length);
	text->size += length;
	text->written[text->size] = '\0';
	return (ssize_t)length;
}

FILE *dsfit_text_begin(struct dsfit_text *text)
{
	const cookie_io_functions_t functions = { .write = append };

	*text = (struct dsfit_text){ .room = 256 };
	text->written = malloc(text->room);
	if (!text->written)
		return NULL;
	text->written[0] = '\0';
	text->out = fopencookie(text, "w", functions);
	if (!text->out) {
		free(text->written);
		text->written = NULL;
	}
	return text->out;
}

char *dsfit_text_end(struct dsfit_text *text)
{
	bool failed;

	if (!text->out)
		return NULL;
	failed = text->failed || ferror(text->out);
	/* It also writes what the stream has buffered. */
	failed |= fclose(text->out) != 0;
	text->out = NULL;
	if (!failed)
		return text->written;
	free(text->written);
	return NULL;
}

bool dsfit_is_plain_word(const char *word)
{
	return !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.,:=@%/+-")];
}

bool dsfit_shell_word(const char *word, char *out, size_t size)
{
	bool quoted = !dsfit_is_plain_word(word);
	char *end = out, *last = out + size - 1 - quoted;

	if (quoted)
		*end++ = '"';
	for (; *word; word++) {
		bool escaped = quoted && strchr("\"\\$`", *word);

		if (end + escaped >= last)
			break;
		if (escaped)
			*end++ = '\\';
		*end++ = *word;
	}
	if (quoted)
		*end++ = '"';
	*end = '\0';
	return !*word;
}

void dsfit_text_quote(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (const char[]){ *word, '\0' }, out);
	fputc('\'', out);
}
