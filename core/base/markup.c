/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/markup.h"

#include <stddef.h>

/* The length of the UTF-8 character at `at`, in bytes; 0 if XML does not allow it. */
static size_t xml_character(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t length = c[0] < 0x80 ? 1 : c[0] >= 0xc2 && c[0] < 0xe0 ? 2 :
			c[0] >= 0xe0 && c[0] < 0xf0 ? 3 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;

	if (!length || (length == 1 && (c[0] == 0x7f || (c[0] < 0x20 && c[0] != '\t'))))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, code points beyond Unicode, U+FFFE and U+FFFF. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f) ||
	    (c[0] == 0xef && c[1] == 0xbf && c[2] > 0xbd))
		return 0;
	return length;
}

void dsfit_put_escaped(FILE *out, const char *text)
{
	while (*text) {
		size_t length = xml_character(text);

		if (!length)
			fputc('?', out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}
