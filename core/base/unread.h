/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_UNREAD_H
#define DSFIT_UNREAD_H

#include <stdbool.h>
#include <stddef.h>

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

/* Read entry i, unless it has been read, or unread is NULL. Returns whether it is there. */
bool dsfit_unread_need(const struct dsfit_unread *unread, size_t i);

#endif
