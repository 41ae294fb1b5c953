/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int dsfit_names_take(struct dsfit_names *names, char *name)
{
	char **more = realloc(names->name, (names->count + 1) * sizeof(*more));

	if (!more)
		return -1;
	names->name = more;
	more[names->count++] = name;
	return 0;
}

int dsfit_names_add(struct dsfit_names *names, const char *name)
{
	char *copy = strdup(name);

	if (copy && !dsfit_names_take(names, copy))
		return 0;
	free(copy);
	return -1;
}

void dsfit_names_free(struct dsfit_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct dsfit_names){ 0 };
}

bool dsfit_names_have(const struct dsfit_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcasecmp(names->name[i], name))
			return true;
	return false;
}

bool dsfit_ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}
