/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry goes on in lines that begin with a space or a tab. */
#include "core/model/hub_entries.h"

#include <string.h>

#include "core/base/size.h"

/* The end of the line that begins here; it begins the next one, or ends the text. */
static const char *line_end(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : at + strlen(at);
}

bool dsfit_hub_next_entry(const char **at, struct dsfit_hub_entry *out)
{
	const char *c = *at;

	while (*c == '#' || *c == '\n' || *c == ' ' || *c == '\t')
		c = line_end(c);
	if (!*c)
		return false;
	out->names = c;
	/* Names are words; a comma tells that another one follows. */
	do {
		while (*c == ',' || *c == ' ')
			c++;
		while (*c && *c != ',' && *c != ' ' && *c != '\n')
			c++;
	} while (*c == ',');
	out->names_length = (size_t)(c - out->names);
	out->what = c + strspn(c, " ");
	c = line_end(c);
	while (*c == ' ' || *c == '\t')
		c = line_end(c);
	out->end = *at = c;
	return true;
}

size_t dsfit_hub_next_name(const struct dsfit_hub_entry *entry, const char **at)
{
	const char *end = entry->names + entry->names_length;
	size_t length = 0;

	while (*at < end && (**at == ',' || **at == ' '))
		++*at;
	while (*at + length < end && (*at)[length] != ',' && (*at)[length] != ' ')
		length++;
	return length;
}

void dsfit_hub_copy_name(const char *name, size_t length, char text[DSFIT_NAME_MAX])
{
	length = dsfit_min(length, DSFIT_NAME_MAX - 1);
	memcpy(text, name, length);
	text[length] = '\0';
}
