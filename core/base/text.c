/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/text.h"

#include <stdlib.h>

FILE *dsfit_text_begin(struct dsfit_text *text)
{
	*text = (struct dsfit_text){ 0 };
	text->out = open_memstream(&text->written, &text->size);
	return text->out;
}

char *dsfit_text_end(struct dsfit_text *text)
{
	if (!text->out)
		return NULL;
	if (!fclose(text->out))
		return text->written;
	free(text->written);
	return NULL;
}
