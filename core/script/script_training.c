/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/script_training.h"

#include <stdarg.h>
#include <string.h>

#include "core/base/size.h"

void dsfit_script_unsay(struct dsfit_script_training *t, enum dsfit_script_field field)
{
	t->fact[field] = (struct dsfit_said){ "", "", DSFIT_SURE_NOT };
}

void dsfit_script_note(struct dsfit_script_training *t, enum dsfit_script_field field,
			 const char *text, const char *source, int sure)
{
	const size_t length = strnlen(text, sizeof(t->r->best->fact[field].text) - 1);

	if (sure < t->fact[field].sure || !length)
		return;
	text = dsfit_arena_copy(t->r->shell.arena, text, length);
	t->fact[field] = (struct dsfit_said){ text ? text : "", source ? source : "", sure };
}

const char *dsfit_script_source(struct dsfit_reading *r, uint32_t from)
{
	const unsigned file = DSFIT_FROM_FILE(from), line = DSFIT_FROM_LINE(from);
	char text[256], digits[DSFIT_DIGITS];
	const char *source;
	size_t length = 0;

	if (!line)
		return "";
	if (file)
		length = (size_t)snprintf(text, sizeof(text), "%.180s: ",
					  dsfit_files_path(r->shell.files, file));
	stpcpy(stpcpy(text + length, "line "), dsfit_digits(line, digits));
	source = dsfit_arena_copy(r->shell.arena, text, strlen(text));
	return source ? source : "";
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
