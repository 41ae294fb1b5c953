/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

int dsfit_fail(struct dsfit_error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	/* The line may quote a user's text, and it may end up in a log. */
	dsfit_printable(err->text);
	return -1;
}

static bool is_printable(char c)
{
	return (unsigned char)c >= ' ' && (unsigned char)c < 0x7f;
}

void dsfit_printable(char *text)
{
	for (; *text; text++)
		if (!is_printable(*text))
			*text = '?';
}

/* The bytes of the character of UTF-8 that begins here; 0: it is none, or a control character. */
static size_t utf8_length(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length = c[0] >= 0xc2 && c[0] < 0xe0 ? 2 : c[0] >= 0xe0 && c[0] < 0xf0 ? 3 :
			c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return c[0] == 0xc2 && c[1] < 0xa0 ? 0 : length;
}

void dsfit_harmless(char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = is_printable(*text) ? 1 : utf8_length(text);
		if (length)
			continue;
		*text = '?';
		length = 1;
	}
}

bool dsfit_is_printable(const char *text)
{
	while (*text && is_printable(*text))
		text++;
	return !*text;
}
