/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/script_training.h"

#include <stdarg.h>
#include <string.h>

void dsfit_script_note(struct dsfit_script_training *t, enum dsfit_script_field field,
			 const char *text, const char *source, int sure)
{
	struct dsfit_script_fact *f = &t->fact[field];

	if (sure < f->sure || !*text)
		return;
	snprintf(f->text, sizeof(f->text), "%s", text);
	snprintf(f->source, sizeof(f->source), "%s", source ? source : "");
	f->sure = sure;
}

void dsfit_script_warn(struct dsfit_script_training *t, const char *format, ...)
{
	struct dsfit_script_found *found = t->r->best;
	va_list args;
	char *text;

	if (found->warnings == DSFIT_SCRIPT_WARNINGS)
		return;
	text = found->warning[found->warnings];
	va_start(args, format);
	vsnprintf(text, sizeof(found->warning[0]), format, args);
	va_end(args);
	for (size_t i = 0; i < found->warnings; i++)
		if (!strcmp(found->warning[i], text))
			return;
	found->warnings++;
}
