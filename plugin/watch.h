/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WATCH_H
#define DSFIT_WATCH_H

#include "core/site/site.h"
#include "plugin/people.h"

/*
 * The configuration in force in slurmctld. It is read at the start and, by a thread of its own,
 * whenever one of its files changes; one that is wrong is reported in slurmctld's log, and the
 * last good one stays in force.
 */
struct dsfit_held {
	struct dsfit_site *site;
	struct dsfit_people people;	/* names are the site's */
	unsigned users;			/* watch.c's own */
};

/* Read `path` (copied) and begin to watch. Never fails: without a configuration there is none. */
void dsfit_watch_start(const char *path);

/* No job may be under way. */
void dsfit_watch_stop(void);

/*
 * The configuration in force, or NULL where there has been no good one yet. It stays as it is until
 * it is given back, whatever comes in force meanwhile. Neither waits for anything but the other.
 */
struct dsfit_held *dsfit_watch_take(void);
void dsfit_watch_give_back(struct dsfit_held *held);

#endif
