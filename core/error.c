/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/error.h"

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
	/* The line may quote a user's text, and it may end in a log. */
	for (char *c = err->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}
