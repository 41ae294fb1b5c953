/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_UNREAD_H
#define DSFIT_UNREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * What an entry of a catalogue is looked up by. These stand side by side, apart from the entries,
 * which have kilobytes each: looking through them touches few pages, and those of entries that are
 * never read stay untouched.
 */
struct dsfit_entry {
	char name[DSFIT_NAME_MAX];
	char (*aliases)[DSFIT_NAME_MAX];
	size_t alias_count;
	bool reference;			/* of a model: bare sizes take their shape from these */
	bool dense, mixture;		/* of a model: its section has no experts, or some; neither
					 * if that is not known before it is read */
	uint64_t counted;		/* of a model: its parameters, if its section says so */
};

/* Free what the names of `count` entries own, and the names. NULL is allowed. */
void dsfit_entries_free(struct dsfit_entry *names, size_t count);

/*
 * The entries of a catalogue whose names are known, and whose other members are read when one is
 * wanted. Reading changes the catalogue, so one thread alone may use it.
 */
struct dsfit_unread {
	bool *pending;			/* for each entry */
	/* Read entry i. Returns whether it could be read. */
	bool (*read)(void *context, size_t i);
	void *context;
};

/* A text that is read when it is wanted. It stays the context's, so that all copies of what has
 * this see it. */
struct dsfit_unread_text {
	/* The text; NULL if there is none, or it could not be read. */
	const char *(*read)(void *context);
	void *context;
};

/* Read entry i, unless it has been read, or unread is NULL. Returns whether it is there. */
bool dsfit_unread_need(const struct dsfit_unread *unread, size_t i);

#endif
