/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WATCH_H
#define DSFIT_WATCH_H

#include "core/script/launchers.h"
#include "core/site/site.h"
#include "plugin/people.h"

/*
 * The configuration in force in slurmctld. It is loaded at the start, and a thread loads it again
 * whenever one of its files changes. If there is an error in it, slurmctld's log says so, and the
 * last good configuration stays in force. It is also kept on disk (plugin/last_good.h), for a
 * slurmctld that starts while there is an error in the files.
 */
struct dsfit_held {
	struct dsfit_site *site;
	struct dsfit_people people;	/* names of groups are borrowed from the site */
	struct dsfit_launchers *launchers;	/* NULL: scripts are not read */
	char *words;			/* of its programs: core/script/launchers_words.h */
	struct dsfit_error why;		/* what is wrong with launchers.conf; "": nothing */
	unsigned users;			/* a count of references, for watch.c only */
};

/* Load `path`, which is copied, and begin to watch. If neither the file nor the copy of it that was
 * kept is good, dsfit_watch_take() returns NULL until there is a good configuration. */
void dsfit_watch_start(const char *path);

/* Stop watching and leave no configuration in force. No job may hold one. */
void dsfit_watch_stop(void);

/*
 * Borrow the configuration in force; NULL if there has been no good one yet. It does not change
 * until it is given back, even if another one comes into force. Neither function waits for a load,
 * only for a lock that is held for a few instructions. NULL may be given back.
 */
struct dsfit_held *dsfit_watch_take(void);
void dsfit_watch_give_back(struct dsfit_held *held);

#endif
