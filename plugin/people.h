/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PEOPLE_H
#define DSFIT_PEOPLE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/decide/rules.h"

/*
 * The users and groups that a site's policies name, as numbers. Asking a directory service who is
 * in a group may take as long as it likes, so it is done once, where the configuration is read.
 */
struct dsfit_people {
	struct dsfit_known_user {
		const char *name;		/* the policy's */
		uid_t uid;
	} *users;
	size_t user_count;
	struct dsfit_known_group {
		const char *name;		/* the policy's */
		gid_t gid;
		uid_t *members;			/* sorted; not all whose primary group it is */
		size_t member_count;
	} *groups;
	size_t group_count;
};

/*
 * Look up all that the site's policies name; names are borrowed from it. Who cannot be found is
 * nobody. -1 where memory is out; to be freed in either case.
 */
int dsfit_people_find(const struct dsfit_site *site, struct dsfit_people *out);
void dsfit_people_free(struct dsfit_people *people);

/* Room for the groups of one user. A policy that names more has the rest of no effect. */
#define DSFIT_GROUPS_MAX 64

/* Who a user is by these lists. `groups` is filled and must outlive what is returned. */
struct dsfit_who dsfit_people_who(const struct dsfit_people *people, uid_t uid, gid_t gid,
				  const char *account, const char *groups[DSFIT_GROUPS_MAX]);

#define DSFIT_USER_MAX 256

/*
 * Who runs this process, by the entries of a partition list's policies. A directory service is
 * asked only where they have users or groups in them. `user` and `groups` are filled and must
 * outlive what is returned.
 */
struct dsfit_who dsfit_people_caller(const struct dsfit_site *site, const char *partitions,
				     const char *account, char user[DSFIT_USER_MAX],
				     const char *groups[DSFIT_GROUPS_MAX]);

#endif
