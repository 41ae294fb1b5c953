/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PEOPLE_H
#define DSFIT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/decide/rules.h"

/*
 * The users and groups that a site's policies and associations name, as numbers. A directory
 * service may take long to list a group, so it is asked when the configuration is read and not for
 * each job.
 */
struct dsfit_people {
	void *answers;				/* of the system, by name: see people.c */
	struct dsfit_known_user {
		const char *name;		/* borrowed from the answers */
		uid_t uid;
	} *users;
	size_t user_count;
	struct dsfit_known_group {
		const char *name;		/* borrowed from the policy */
		gid_t gid;
		uid_t *members;			/* sorted; lacks some whose primary group it is */
		size_t member_count;
	} *groups;
	size_t group_count;
	bool lacks_some;			/* the system did not know a user or a group */
};

/*
 * Look up all users and groups that the site's policies and associations name, each user once.
 * Users that are already in `known`, which may be NULL, are copied from there, and so are groups
 * while the system does not answer. Names of groups are borrowed from the site. A name that is not
 * found is left out. Returns 0, or -1 if there is no memory. In either case the caller frees *out
 * with dsfit_people_free().
 */
int dsfit_people_find(const struct dsfit_site *site, const struct dsfit_people *known,
		      struct dsfit_people *out);
void dsfit_people_free(struct dsfit_people *people);

/* Whether another look-up may find something else: members of groups change, and users are added. A
 * user's number stays. */
bool dsfit_people_may_change(const struct dsfit_people *people);

/* Room for the groups of one user. If more groups of a policy apply, the rest have no effect. */
#define DSFIT_GROUPS_MAX 64

/* The names in `people` that apply to a user, and the account. `groups` is filled in and must
 * outlive the result. */
struct dsfit_who dsfit_people_who(const struct dsfit_people *people, uid_t uid, gid_t gid,
				  const char *account, const char *groups[DSFIT_GROUPS_MAX]);

#define DSFIT_USER_MAX 256

/*
 * The user who runs this process, and those groups of the process that the policies of a comma list
 * of partitions name. A directory service is asked only if they name users or groups, or if the
 * site has associations. `user` and `groups` are filled in and must outlive the result.
 */
struct dsfit_who dsfit_people_caller(const struct dsfit_site *site, const char *partitions,
				     const char *account, char user[DSFIT_USER_MAX],
				     const char *groups[DSFIT_GROUPS_MAX]);

#endif
