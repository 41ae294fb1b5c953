/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/said.h"

#include <stdio.h>
#include <string.h>

#include "core/base/array.h"

static const char *const names[] = {
	"fits", "unknown", "tight", "exceeds", "unsized", "inherited", "no-gpus",
};

#define NAMES DSFIT_ARRAY_SIZE(names)

_Static_assert(NAMES == DSFIT_SAID_NOTHING, "a name for each");

bool dsfit_said_unsized(const struct dsfit_said *said)
{
	return said->what == DSFIT_SAID_UNSIZED || said->what == DSFIT_SAID_NO_GPUS;
}

void dsfit_said_write(const struct dsfit_said *said, char text[DSFIT_SAID_MAX])
{
	size_t length;
	char separator = ' ';

	text[0] = '\0';
	if (said->what >= DSFIT_SAID_NOTHING)
		return;
	length = (size_t)snprintf(text, DSFIT_SAID_MAX, "%s", names[said->what]);
	for (int i = 0; dsfit_change_names[i]; i++) {
		if (!(said->changed & 1u << i) || length >= DSFIT_SAID_MAX)
			continue;
		length += (size_t)snprintf(text + length, DSFIT_SAID_MAX - length, "%c%s",
					   separator, dsfit_change_names[i]);
		separator = ',';
	}
}

/* The bit of the change with this name, which has no terminator; 0 if there is no such change. */
static unsigned change_of(const char *name, size_t length)
{
	for (int i = 0; dsfit_change_names[i]; i++)
		if (strlen(dsfit_change_names[i]) == length &&
		    !strncmp(dsfit_change_names[i], name, length))
			return 1u << i;
	return 0;
}

void dsfit_said_read(const char *text, struct dsfit_said *out)
{
	size_t length = strcspn(text, " ");

	*out = (struct dsfit_said){ .what = DSFIT_SAID_NOTHING };
	if (strnlen(text, DSFIT_SAID_MAX) == DSFIT_SAID_MAX)
		return;
	for (size_t i = 0; i < NAMES; i++)
		if (strlen(names[i]) == length && !strncmp(names[i], text, length))
			out->what = (enum dsfit_said_what)i;
	if (out->what == DSFIT_SAID_NOTHING)
		return;
	for (text += length; *text; text += length) {
		text++;
		length = strcspn(text, ",");
		out->changed |= change_of(text, length);
	}
}
