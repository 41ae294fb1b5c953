/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HUB_ENTRIES_H
#define DSFIT_HUB_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/names.h"

/* The entries of hub.conf, one after the other; see core/model/hub_models.c. All point into the
 * text. */
struct dsfit_hub_entry {
	const char *names;	/* "a, b" */
	size_t names_length;
	const char *what;	/* behind the names */
	const char *end;	/* of the entry */
};

/* The next entry at *at, which is then behind it. Returns false at the end of the text. */
bool dsfit_hub_next_entry(const char **at, struct dsfit_hub_entry *out);

/* The next of the entry's names: its length, or 0 if there is none. *at begins at entry->names, and
 * is then at the name; add its length for the next one. */
size_t dsfit_hub_next_name(const struct dsfit_hub_entry *entry, const char **at);

/* Copy a name of so many bytes. One that is too long is cut. */
void dsfit_hub_copy_name(const char *name, size_t length, char text[DSFIT_NAME_MAX]);

#endif
