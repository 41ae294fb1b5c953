/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin/people.c: which users and groups the lists of a policy name. This file plays the system's
 * users and groups: its functions stand in for those of the C library.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "core/site/load.h"
#include "plugin/people.h"

/* --- the system ------------------------------------------------------------------------------*/

/* Some have a larger entry than the first buffer, by a long name or comment. */
static const struct {
	const char *name;
	uid_t uid;
	size_t needs;
} users[] = {
	{ "carol", 1003, 100 }, { "alice", 1001, 100 }, { "bob", 1002, 100 },
	{ "wordy", 1004, 1u << 20 }, { "boundless", 1005, SIZE_MAX },
};

static char carol[] = "carol", alice[] = "alice", bob[] = "bob", ghost[] = "ghost";

/* The entry of a large group needs a larger buffer than the first one. */
static struct {
	const char *name;
	gid_t gid;
	size_t needs;
	char *members[5];
} groups[] = {
	{ "ml", 500, 100, { carol, ghost, alice, NULL } },
	{ "large", 501, 1u << 20, { bob, NULL } },
	{ "endless", 502, SIZE_MAX, { bob, NULL } },
	{ "empty", 503, 100, { NULL } },
};

static uid_t own_uid = 1001;
static unsigned asked;		/* how often the system was asked */
static int down;		/* the directory service does not answer about groups: errno */

#pragma GCC visibility push(default)
int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
	       struct passwd **found)
{
	(void)buffer;
	asked++;
	*found = NULL;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(users); i++)
		if (!strcmp(users[i].name, name)) {
			if (size < users[i].needs)
				return ERANGE;
			entry->pw_uid = users[i].uid;
			*found = entry;
		}
	/* And any number of others. */
	if (!strncmp(name, "student", 7)) {
		entry->pw_uid = 10000 + (uid_t)strtoul(name + 7, NULL, 10);
		*found = entry;
	}
	return 0;
}

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
	       struct passwd **found)
{
	asked++;
	*found = NULL;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(users); i++)
		if (users[i].uid == uid) {
			if (size < users[i].needs)
				return ERANGE;
			snprintf(buffer, size, "%s", users[i].name);
			entry->pw_name = buffer;
			*found = entry;
		}
	return 0;
}

int getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
	       struct group **found)
{
	(void)buffer;
	asked++;
	*found = NULL;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(groups) && !down; i++) {
		if (strcmp(groups[i].name, name))
			continue;
		if (size < groups[i].needs)
			return ERANGE;
		entry->gr_gid = groups[i].gid;
		entry->gr_mem = groups[i].members;
		*found = entry;
	}
	return down;
}

uid_t getuid(void)
{
	return own_uid;
}

gid_t getgid(void)
{
	return 503;
}

int getgroups(int size, gid_t list[])
{
	ck_assert_int_ge(size, 1);
	list[0] = 500;
	return 1;
}
#pragma GCC visibility pop

/* --- lists -----------------------------------------------------------------------------------*/

static struct dsfit_site *read_site(const char *text)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(unit_write("dsfit.conf", text), &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

static bool is_in(const struct dsfit_who *who, const char *group)
{
	for (size_t i = 0; i < who->group_count; i++)
		if (!strcmp(who->groups[i], group))
			return true;
	return false;
}

#define LISTS                                                                               \
	"may-override = {alice, nobody-here, \"@ml\", \"account:physics\", \"*\"}\n"         \
	"exempt = {\"@ml\", \"@large\", \"@endless\", \"@empty\", \"@no-group\"}\n"          \
	"partition \"own\" {\n\tmay-override = {bob}\n\texempt = {\"@large\"}\n}\n"

START_TEST(test_find)
{
	struct dsfit_site *site = read_site(LISTS);
	const char *names[DSFIT_GROUPS_MAX];
	struct dsfit_people people;
	struct dsfit_who who;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	/* Unknown users and groups are left out, and a group that is named twice is there once. */
	ck_assert_uint_ge(people.user_count, 2);
	ck_assert_uint_eq(people.group_count, 3);

	who = dsfit_people_who(&people, 1001, 12345, "physics", names);
	ck_assert_str_eq(who.user, "alice");
	ck_assert_str_eq(who.account, "physics");
	ck_assert_uint_eq(who.group_count, 1);
	ck_assert(is_in(&who, "ml"));

	/* No list of members has the users whose primary group it is. */
	who = dsfit_people_who(&people, 1002, 503, NULL, names);
	ck_assert_str_eq(who.user, "bob");
	ck_assert_uint_eq(who.group_count, 2);
	ck_assert(is_in(&who, "large") && is_in(&who, "empty"));

	/* No list names carol herself. */
	who = dsfit_people_who(&people, 1003, 12345, NULL, names);
	ck_assert_ptr_null(who.user);
	ck_assert(is_in(&who, "ml"));

	who = dsfit_people_who(&people, 4711, 12345, NULL, names);
	ck_assert(!who.user && !who.group_count);
	dsfit_people_free(&people);
	ck_assert(!people.user_count && !people.users && !people.groups);
	dsfit_site_free(site);
}
END_TEST

/* The users of associations are known too. */
START_TEST(test_associations)
{
	struct dsfit_site *site = read_site("association \"physics\" { users = {bob} }\n"
					    "association \"physics:alice\" { max-gpus = 1 }\n");
	const char *names[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_people people;
	struct dsfit_who who;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	who = dsfit_people_who(&people, 1001, 12345, NULL, names);
	ck_assert_str_eq(who.user, "alice");
	who = dsfit_people_who(&people, 1002, 12345, NULL, names);
	ck_assert_str_eq(who.user, "bob");
	who = dsfit_people_who(&people, 1003, 12345, NULL, names);
	ck_assert_ptr_null(who.user);
	dsfit_people_free(&people);
	who = dsfit_people_caller(site, "", NULL, user, names);
	ck_assert_str_eq(who.user, "alice");
	dsfit_site_free(site);
}
END_TEST

/* An entry of the system's may be large, up to a limit. */
START_TEST(test_large_entries)
{
	struct dsfit_site *site = read_site("exempt = {wordy, boundless}\n");
	const char *names[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_people people;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	ck_assert_str_eq(dsfit_people_who(&people, 1004, 0, NULL, names).user, "wordy");
	ck_assert_ptr_null(dsfit_people_who(&people, 1005, 0, NULL, names).user);
	ck_assert(dsfit_people_may_change(&people));
	dsfit_people_free(&people);
	own_uid = 1004;
	ck_assert_str_eq(dsfit_people_caller(site, "", NULL, user, names).user, "wordy");
	own_uid = 1005;
	ck_assert_ptr_null(dsfit_people_caller(site, "", NULL, user, names).user);
	dsfit_site_free(site);
}
END_TEST

#define ACCOUNTS 5
#define STUDENTS 300

/* Every student is in every account, and in the lists of a policy. */
static struct dsfit_site *read_large_site(void)
{
	struct dsfit_site *site;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("may-override = {student7, ghost, \"@ml\", \"@large\"}\n", out);
	for (unsigned account = 0; account < ACCOUNTS; account++) {
		fprintf(out, "association \"a%u\" { users = {student1, alice} max-gpus = 9 }\n",
			account);
		for (unsigned i = 0; i < STUDENTS; i++)
			fprintf(out, "association \"a%u:student%u\" { max-gpus = 1 }\n", account,
				i);
	}
	fclose(out);
	site = read_site(text);
	free(text);
	return site;
}

/* The system is asked for a user once, however many associations name that user. When the site is
 * read again, the system is asked only for groups and for users that it did not find before. */
START_TEST(test_asked_once)
{
	struct dsfit_site *site = read_large_site();
	const char *names[DSFIT_GROUPS_MAX];
	struct dsfit_people people, again;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	/* The students, alice, carol, bob and ghost, and ml once; large needs more than one try. */
	ck_assert_uint_eq(people.user_count, STUDENTS + 1);
	ck_assert_uint_ge(asked, STUDENTS + 6);
	ck_assert_uint_le(asked, STUDENTS + 12);
	ck_assert_str_eq(dsfit_people_who(&people, 10000 + 123, 0, NULL, names).user,
			 "student123");
	ck_assert(dsfit_people_may_change(&people));
	asked = 0;
	ck_assert_int_eq(dsfit_people_find(site, &people, &again), 0);
	ck_assert_uint_ge(asked, 3);
	ck_assert_uint_le(asked, 8);
	dsfit_people_free(&people);
	ck_assert_uint_eq(again.user_count, STUDENTS + 1);
	ck_assert_str_eq(dsfit_people_who(&again, 1001, 0, NULL, names).user, "alice");
	ck_assert_uint_eq(dsfit_people_who(&again, 1003, 0, NULL, names).group_count, 1);
	dsfit_people_free(&again);
	dsfit_site_free(site);
}
END_TEST

/* While the system does not answer, a group has the members that it had. */
START_TEST(test_down)
{
	struct dsfit_site *site = read_site("exempt = {\"@ml\"}\n");
	const char *names[DSFIT_GROUPS_MAX];
	struct dsfit_people people, again;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	down = EAGAIN;
	ck_assert_int_eq(dsfit_people_find(site, &people, &again), 0);
	dsfit_people_free(&people);
	ck_assert_uint_eq(again.group_count, 1);
	ck_assert_uint_eq(dsfit_people_who(&again, 1003, 0, NULL, names).group_count, 1);
	ck_assert_uint_eq(dsfit_people_who(&again, 4711, 500, NULL, names).group_count, 1);
	ck_assert_uint_eq(dsfit_people_who(&again, 1002, 0, NULL, names).group_count, 0);
	dsfit_people_free(&again);
	/* Nothing is known of it. */
	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	ck_assert_uint_eq(people.group_count, 0);
	ck_assert(dsfit_people_may_change(&people));
	dsfit_people_free(&people);
	dsfit_site_free(site);
}
END_TEST

/* A later look-up can differ only for groups, and for users that were not found. */
START_TEST(test_may_change)
{
	static const struct {
		const char *text;
		bool may_change;
	} rows[] = {
		{ "", false }, { "exempt = {\"account:physics\", \"*\"}\n", false },
		{ "exempt = {alice}\n", false }, { "exempt = {alice, ghost}\n", true },
		{ "exempt = {\"@ml\"}\n", true }, { "exempt = {\"@no-group\"}\n", true },
		{ "association \"a:bob\" { max-gpus = 1 }\n", false },
		{ "association \"a\" { users = {bob, dora} }\n", true },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = read_site(rows[i].text);
		struct dsfit_people people;

		ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
		ck_assert_int_eq(dsfit_people_may_change(&people), rows[i].may_change);
		dsfit_people_free(&people);
		dsfit_site_free(site);
	}
}
END_TEST

/* The user of the process, for the lists of one partition's policy. */
START_TEST(test_caller)
{
	struct dsfit_site *site = read_site(LISTS);
	const char *names[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_who who;

	who = dsfit_people_caller(site, "", "biology", user, names);
	ck_assert_str_eq(who.user, "alice");
	ck_assert_str_eq(who.account, "biology");
	/* By the process's further groups, and by its primary one. */
	ck_assert(is_in(&who, "ml") && is_in(&who, "empty"));
	ck_assert(!is_in(&who, "large") && !is_in(&who, "endless"));

	who = dsfit_people_caller(site, "own", NULL, user, names);
	ck_assert_str_eq(who.user, "alice");
	ck_assert(!is_in(&who, "ml"));

	/* The system does not know this user. */
	own_uid = 4711;
	who = dsfit_people_caller(site, "own", NULL, user, names);
	ck_assert_ptr_null(who.user);
	dsfit_site_free(site);
}
END_TEST

/* If the lists name no user and no group, the system is not asked. */
START_TEST(test_nobody_asked)
{
	struct dsfit_site *site = read_site("exempt = {\"account:physics\", \"*\"}\n");
	const char *names[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_people people;
	struct dsfit_who who;

	who = dsfit_people_caller(site, "", "physics", user, names);
	ck_assert(!who.user && !who.group_count);
	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	ck_assert(!people.user_count && !people.group_count);
	ck_assert_uint_eq(asked, 0);
	dsfit_people_free(&people);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("people");
	TCase *tcase = unit_folder_case(suite, "lists");

	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_associations);
	tcase_add_test(tcase, test_large_entries);
	tcase_add_test(tcase, test_asked_once);
	tcase_add_test(tcase, test_down);
	tcase_add_test(tcase, test_may_change);
	tcase_add_test(tcase, test_caller);
	tcase_add_test(tcase, test_nobody_asked);
	return unit_run(suite);
}
