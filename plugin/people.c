/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * may-override and exempt name users and groups, but a job in slurmctld has only numbers, and a
 * directory service that translates them may be slow. So slurmctld translates once, when it reads
 * the configuration, and compares numbers for each job:
 *
 *     configuration read    names of all policies -> uids, gids, members     dsfit_people_find()
 *     a job in slurmctld    uid, gid -> the names that apply to it           dsfit_people_who()
 *     on the submit host    the process's own user and groups -> names       dsfit_people_caller()
 *
 * A member list from getgrnam() lacks the users whose primary group it is. These are found by
 * their gid.
 *
 * Thousands of associations may name the same users, so a tree keeps the answers about users. A
 * user that was found is never looked up again. slurmctld does the same: it looks up the users of
 * all associations when it starts, and later retries only the users that it did not find. Groups
 * are looked up again. While the system does not answer, they keep the members that they had.
 */
#include "plugin/people.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first and the largest buffer for what the system has of a user or a group, in bytes: a group
 * may have many members. */
#define ENTRY 16384
#define ENTRY_MAX (16u << 20)

/* What the system said about a user. */
struct answer {
	uid_t uid;
	bool found, listed;	/* listed: he is among the users */
	char name[];
};

/* Where the answers are looked for and kept. */
struct lookup {
	struct dsfit_people *people;
	const struct dsfit_people *known;	/* by an earlier look-up; NULL: nobody */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct answer *)a)->name, ((const struct answer *)b)->name);
}

/* Make *buffer, at first NULL of size 0, larger. Returns 1, 0 if it is as large as it may be, or -1
 * without memory. The caller frees it in any case. */
static int enlarge(char **buffer, size_t *size)
{
	size_t wanted = *size ? *size * 4 : ENTRY;
	char *more;

	if (wanted > ENTRY_MAX)
		return 0;
	more = realloc(*buffer, wanted);
	if (!more)
		return -1;
	*buffer = more;
	*size = wanted;
	return 1;
}

/* Returns -1 if there is no memory. */
static int ask_for(struct answer *user)
{
	struct passwd entry, *found = NULL;
	char *buffer = NULL;
	size_t size = 0;
	int rc = ERANGE, room = 0;

	while (rc == ERANGE && (room = enlarge(&buffer, &size)) > 0)
		rc = getpwnam_r(user->name, &entry, buffer, size, &found);
	if (!rc && found) {
		user->uid = entry.pw_uid;
		user->found = true;
	}
	free(buffer);
	return room < 0 ? -1 : 0;
}

/* The answer about a user; NULL if memory is out. The system is asked at most once. */
static struct answer *find_user(const struct lookup *lookup, const char *name)
{
	size_t size = strlen(name) + 1;
	struct answer *user = calloc(1, sizeof(*user) + size), *const *at, *const *before;

	if (!user)
		return NULL;
	memcpy(user->name, name, size);
	at = tsearch(user, &lookup->people->answers, compare_names);
	if (!at || *at != user) {
		free(user);
		return at ? *at : NULL;
	}
	before = lookup->known ? tfind(user, &lookup->known->answers, compare_names) : NULL;
	if (before && (*before)->found) {
		user->uid = (*before)->uid;
		user->found = true;
	} else if (ask_for(user)) {
		return NULL;
	}
	return user;
}

static int add_user(const struct lookup *lookup, const char *name)
{
	struct dsfit_people *people = lookup->people;
	struct answer *user = find_user(lookup, name);
	struct dsfit_known_user *more;

	if (!user)
		return -1;
	if (!user->found)
		people->lacks_some = true;
	if (!user->found || user->listed)
		return 0;
	more = realloc(people->users, (people->user_count + 1) * sizeof(*more));
	if (!more)
		return -1;
	people->users = more;
	more[people->user_count++] = (struct dsfit_known_user){ user->name, user->uid };
	user->listed = true;
	return 0;
}

static int compare_uids(const void *a, const void *b)
{
	uid_t left = *(const uid_t *)a, right = *(const uid_t *)b;

	return (left > right) - (left < right);
}

static int take_members(const struct lookup *lookup, const struct group *entry,
			struct dsfit_known_group *group)
{
	size_t count = 0;

	while (entry->gr_mem[count])
		count++;
	group->gid = entry->gr_gid;
	group->members = calloc(count + 1, sizeof(*group->members));
	if (!group->members)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct answer *user = find_user(lookup, entry->gr_mem[i]);

		if (!user) {
			free(group->members);
			return -1;
		}
		if (user->found)
			group->members[group->member_count++] = user->uid;
	}
	qsort(group->members, group->member_count, sizeof(*group->members), compare_uids);
	return 0;
}

/* What look_up_group() returns if the system does not answer. */
#define UNANSWERED (-2)

/* Look up the system's entry for a group. It points into *buffer, which the caller frees in any
 * case. Returns 1 if there is such a group, 0 if not, -1 if there is no memory, or UNANSWERED. */
static int look_up_group(const char *name, struct group *entry, char **buffer)
{
	struct group *found = NULL;
	size_t size = 0;
	int rc = ERANGE, room = 0;

	*buffer = NULL;
	while (rc == ERANGE && (room = enlarge(buffer, &size)) > 0)
		rc = getgrnam_r(name, entry, *buffer, size, &found);
	if (room < 0)
		return -1;
	/* An entry that is too large for any buffer is none. */
	return rc && rc != ERANGE ? UNANSWERED : found != NULL;
}

/* The group as it was known before. Returns 1 if it was, 0 if not, -1 if there is no memory. */
static int keep_group(const struct dsfit_people *known, struct dsfit_known_group *group)
{
	for (size_t i = 0; known && i < known->group_count; i++) {
		const struct dsfit_known_group *before = &known->groups[i];

		if (strcmp(before->name, group->name))
			continue;
		group->members = calloc(before->member_count + 1, sizeof(*group->members));
		if (!group->members)
			return -1;
		memcpy(group->members, before->members,
		       before->member_count * sizeof(*group->members));
		group->member_count = before->member_count;
		group->gid = before->gid;
		return 1;
	}
	return 0;
}

/* Returns 1 if there is such a group, 0 if not, -1 if there is no memory. */
static int find_group(const struct lookup *lookup, struct dsfit_known_group *group)
{
	struct group entry;
	char *buffer;
	int found = look_up_group(group->name, &entry, &buffer);

	if (found > 0 && take_members(lookup, &entry, group))
		found = -1;
	free(buffer);
	return found == UNANSWERED ? keep_group(lookup->known, group) : found;
}

static int add_group(const struct lookup *lookup, const char *name)
{
	struct dsfit_people *people = lookup->people;
	struct dsfit_known_group group = { .name = name }, *more;
	int found;

	for (size_t i = 0; i < people->group_count; i++)
		if (!strcmp(people->groups[i].name, name))
			return 0;
	found = find_group(lookup, &group);
	if (found <= 0) {
		people->lacks_some = true;
		return found;
	}
	more = realloc(people->groups, (people->group_count + 1) * sizeof(*more));
	if (!more) {
		free(group.members);
		return -1;
	}
	people->groups = more;
	more[people->group_count++] = group;
	return 0;
}

static int add_list(const struct lookup *lookup, const struct dsfit_names *list)
{
	for (size_t i = 0; i < list->count; i++) {
		enum dsfit_whose whose;
		const char *name;

		if (dsfit_policy_entry(list->name[i], &whose, &name, NULL))
			continue;
		if ((whose == DSFIT_WHOSE_USER && add_user(lookup, name)) ||
		    (whose == DSFIT_WHOSE_GROUP && add_group(lookup, name)))
			return -1;
	}
	return 0;
}

static int add_policy(const struct lookup *lookup, const struct dsfit_policy *policy)
{
	if (add_list(lookup, &policy->may_override) || add_list(lookup, &policy->exempt))
		return -1;
	return 0;
}

static int add_association(const struct lookup *lookup, const struct dsfit_association *one)
{
	if (one->user[0] && add_user(lookup, one->user))
		return -1;
	for (size_t i = 0; i < one->users.count; i++)
		if (add_user(lookup, one->users.name[i]))
			return -1;
	return 0;
}

int dsfit_people_find(const struct dsfit_site *site, const struct dsfit_people *known,
		      struct dsfit_people *out)
{
	const struct lookup lookup = { out, known };

	memset(out, 0, sizeof(*out));
	if (add_policy(&lookup, &site->policy))
		return -1;
	for (size_t i = 0; i < site->partition_count; i++)
		if (add_policy(&lookup, &site->partitions[i].policy))
			return -1;
	for (size_t i = 0; i < site->association_count; i++)
		if (add_association(&lookup, &site->associations[i]))
			return -1;
	return 0;
}

bool dsfit_people_may_change(const struct dsfit_people *people)
{
	return people->group_count || people->lacks_some;
}

void dsfit_people_free(struct dsfit_people *people)
{
	for (size_t i = 0; i < people->group_count; i++)
		free(people->groups[i].members);
	free(people->groups);
	free(people->users);
	tdestroy(people->answers, free);
	memset(people, 0, sizeof(*people));
}

struct dsfit_who dsfit_people_who(const struct dsfit_people *people, uid_t uid, gid_t gid,
				  const char *account, const char *groups[DSFIT_GROUPS_MAX])
{
	struct dsfit_who who = { .groups = groups, .account = account };

	for (size_t i = 0; i < people->user_count && !who.user; i++)
		if (people->users[i].uid == uid)
			who.user = people->users[i].name;
	for (size_t i = 0; i < people->group_count && who.group_count < DSFIT_GROUPS_MAX; i++) {
		const struct dsfit_known_group *group = &people->groups[i];

		if (group->gid == gid || bsearch(&uid, group->members, group->member_count,
						 sizeof(uid), compare_uids))
			groups[who.group_count++] = group->name;
	}
	return who;
}

/* Whether this process is in the group with this name. */
static bool is_in(const char *name)
{
	gid_t own[NGROUPS_MAX + 1];
	int count = getgroups(NGROUPS_MAX, own);
	struct group entry;
	char *buffer;
	bool found = look_up_group(name, &entry, &buffer) > 0;

	if (found) {
		own[count > 0 ? count : 0] = getgid();
		found = false;
		for (int i = 0; i <= (count > 0 ? count : 0); i++)
			found = found || own[i] == entry.gr_gid;
	}
	free(buffer);
	return found;
}

static void ask_user(struct dsfit_who *who, char user[DSFIT_USER_MAX])
{
	struct passwd entry, *found = NULL;
	char *buffer = NULL;
	size_t size = 0;
	int rc = who->user ? 0 : ERANGE;

	while (rc == ERANGE && enlarge(&buffer, &size) > 0)
		rc = getpwuid_r(getuid(), &entry, buffer, size, &found);
	if (!rc && found) {
		snprintf(user, DSFIT_USER_MAX, "%s", entry.pw_name);
		who->user = user;
	}
	free(buffer);
}

static void ask_who(const struct dsfit_names *list, struct dsfit_who *who,
		    char user[DSFIT_USER_MAX], const char *groups[DSFIT_GROUPS_MAX])
{
	for (size_t i = 0; i < list->count; i++) {
		enum dsfit_whose whose;
		const char *name;

		if (dsfit_policy_entry(list->name[i], &whose, &name, NULL))
			continue;
		if (whose == DSFIT_WHOSE_GROUP && who->group_count < DSFIT_GROUPS_MAX &&
		    is_in(name))
			groups[who->group_count++] = name;
		if (whose == DSFIT_WHOSE_USER)
			ask_user(who, user);
	}
}

struct dsfit_who dsfit_people_caller(const struct dsfit_site *site, const char *partitions,
				     const char *account, char user[DSFIT_USER_MAX],
				     const char *groups[DSFIT_GROUPS_MAX])
{
	struct dsfit_who who = { .groups = groups, .account = account };

	do {
		const struct dsfit_policy *policy = dsfit_site_next_policy(site, &partitions);

		ask_who(&policy->may_override, &who, user, groups);
		ask_who(&policy->exempt, &who, user, groups);
	} while (*partitions);
	if (site->association_count)
		ask_user(&who, user);
	return who;
}
