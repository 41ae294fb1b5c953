/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/error.h"

#include <stdarg.h>
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

bool dsfit_is_printable(const char *text)
{
	while (*text && is_printable(*text))
		text++;
	return !*text;
}
