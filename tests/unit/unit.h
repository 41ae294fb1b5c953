/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_UNIT_H
#define DSFIT_TESTS_UNIT_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/site/load.h"
#include "core/site/site.h"

/*
 * What the unit tests share. The build says where things are: TEST_DATA is tests/data and
 * TEST_CONF is conf, the demo site's configuration.
 */

static inline int unit_remove_one(const char *path, const struct stat *status, int type,
				  struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* The folder of unit_conf(); "" if there is none. */
static char unit_conf_folder[256];

/*
 * Copy the demo site's configuration into a folder of its own. The plugins read none that others
 * can write, and the checkout may be a group's. For main(), before unit_run(), which removes the
 * folder.
 */
static inline void unit_conf_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char command[1024];

	umask(022);
	snprintf(unit_conf_folder, sizeof(unit_conf_folder), "%s/dsfit-conf-XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(unit_conf_folder))
		abort();
	snprintf(command, sizeof(command), "cp '%s'/*.conf '%s' && chmod 644 '%s'/*", TEST_CONF,
		 unit_conf_folder, unit_conf_folder);
	if (system(command))
		abort();
}

/* The path of a file there. It stays valid until the next call. */
static inline const char *unit_conf(const char *name)
{
	static char path[320];

	snprintf(path, sizeof(path), "%s/%s", unit_conf_folder, name);
	return path;
}

/* Run a suite and free it, each test in a process of its own if `fork` says so. */
static inline int unit_run_suite(Suite *suite, enum fork_status fork)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_fork_status(runner, fork);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (unit_conf_folder[0])
		nftw(unit_conf_folder, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Run a suite and free it. Returns main()'s status. Check's variables such as CK_FORK apply. */
static inline int unit_run(Suite *suite)
{
	return unit_run_suite(suite, CK_FORK_GETENV);
}

/* The same for tests that each play a process, and so must have one: CK_FORK=no does not apply. */
static inline int unit_run_apart(Suite *suite)
{
	return unit_run_suite(suite, CK_FORK);
}

/* A new case in a suite. Its time limit is so long that it only stops tests that hang. */
static inline TCase *unit_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* A case of several tests, a list that ends in NULL. */
static inline void unit_add(Suite *suite, const char *name, const TTest *const *tests)
{
	TCase *tcase = unit_case(suite, name);

	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
}

/* The demo site. The test fails if it cannot be read. The caller frees it. */
static inline struct dsfit_site *unit_site(void)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(TEST_CONF "/dsfit.conf", &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

/*
 * A folder for the files of a test. The fixtures are unchecked: they run in the parent, so that
 * the folder is removed even if the test crashes.
 */
static char unit_folder[256];

static inline void unit_folder_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(unit_folder, sizeof(unit_folder), "%s/dsfit-unit-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(unit_folder))
		abort();
}

static inline void unit_folder_remove(void)
{
	nftw(unit_folder, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder. It stays valid during the next three calls. */
static inline const char *unit_path(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % DSFIT_ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", unit_folder, name);
	return path;
}

/* Write a file into the folder. Returns its path. */
static inline const char *unit_write(const char *name, const char *text)
{
	const char *path = unit_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

/* A new case whose tests have the folder. */
static inline TCase *unit_folder_case(Suite *suite, const char *name)
{
	TCase *tcase = unit_case(suite, name);

	tcase_add_unchecked_fixture(tcase, unit_folder_make, unit_folder_remove);
	return tcase;
}

/* Assert that `text` begins with `prefix`; that `text` contains `part`. */
#define unit_assert_begins(text, prefix)                                              \
	ck_assert_msg(!strncmp(text, prefix, strlen(prefix)), "\"%s\" begins not with \"%s\"", \
		      text, prefix)
#define unit_assert_has(text, part) \
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" has no \"%s\"", text, part)

#endif
