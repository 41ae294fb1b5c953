/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose files a configuration may be made of. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/trust.h"
#include "core/script/launchers_conf.h"
#include "core/site/load.h"

#define STRANGER 54321

static struct dsfit_trusted trusted;
static struct dsfit_error err;
static char at_fault[PATH_MAX];

/* Below the folder: a folder with a file in it, all of it the caller's alone. */
static void setup(void)
{
	umask(022);
	trusted = (struct dsfit_trusted){ .user = { 0, geteuid() }, .count = 2 };
	ck_assert_int_eq(mkdir(unit_path("etc"), 0755) && errno != EEXIST, 0);
	ck_assert_int_eq(chmod(unit_path("etc"), 0755), 0);
	unit_write("etc/a.conf", "mode = off\n");
	ck_assert_int_eq(chmod(unit_path("etc/a.conf"), 0644), 0);
	unlink(unit_path("link.conf"));
	unlink(unit_path("etc/link.conf"));
}

static int check(const char *name)
{
	return dsfit_trust_check(unit_path(name), &trusted, at_fault, &err);
}

static void assert_refused(const char *name, const char *at, const char *what)
{
	size_t length;

	ck_assert_int_eq(check(name), -1);
	unit_assert_begins(err.text, unit_path(name));
	unit_assert_has(err.text, what);
	ck_assert_str_eq(at_fault, unit_path(at));
	/* Behind the mend stands what to mend. */
	unit_assert_has(strrchr(err.text, ':'), unit_path(at));
	ck_assert_ptr_null(dsfit_trust_read(unit_path(name), &trusted, &length, at_fault, &err));
	unit_assert_has(err.text, what);
}

static void assert_read(const char *path)
{
	size_t length;
	char *text = dsfit_trust_read(path, &trusted, &length, at_fault, &err);

	ck_assert_msg(text != NULL, "%s", err.text);
	ck_assert_str_eq(text, "mode = off\n");
	ck_assert_uint_eq(length, strlen(text));
	free(text);
}

START_TEST(own_files)
{
	char folder[PATH_MAX];

	assert_read(unit_path("etc/a.conf"));
	assert_read(unit_path("etc//./a.conf"));
	assert_read(unit_path("etc/../etc/a.conf"));
	ck_assert_ptr_nonnull(getcwd(folder, sizeof(folder)));
	ck_assert_int_eq(chdir(unit_path("etc")), 0);
	assert_read("a.conf");
	assert_read("./../etc/a.conf");
	assert_read("/../../proc/self/cwd/../etc/a.conf");
	ck_assert_int_eq(chdir(folder), 0);
}
END_TEST

#define WRITABLE "can be written by others than its owner: chmod go-w /"

START_TEST(writable)
{
	static const mode_t modes[] = { 0664, 0646, 0622 };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(modes); i++) {
		chmod(unit_path("etc/a.conf"), modes[i]);
		assert_refused("etc/a.conf", "etc/a.conf", "a.conf: " WRITABLE);
	}
	chmod(unit_path("etc/a.conf"), 0644);
	chmod(unit_path("etc"), 0775);
	assert_refused("etc/a.conf", "etc", "/etc " WRITABLE);
	/* Below it, whatever it is called. */
	assert_refused("etc/../etc/a.conf", "etc", "/etc " WRITABLE);
	/* Nobody can replace there what is the caller's. */
	chmod(unit_path("etc"), 01777);
	assert_read(unit_path("etc/a.conf"));
}
END_TEST

START_TEST(links)
{
	char text[80];

	ck_assert_int_eq(symlink("etc/a.conf", unit_path("link.conf")), 0);
	ck_assert_int_eq(symlink(unit_path("link.conf"), unit_path("etc/link.conf")), 0);
	assert_read(unit_path("link.conf"));
	assert_read(unit_path("etc/link.conf"));
	/* What is above the target counts, and the target. */
	chmod(unit_path("etc"), 0777);
	assert_refused("link.conf", "etc", WRITABLE);
	chmod(unit_path("etc"), 0755);
	chmod(unit_path("etc/a.conf"), 0666);
	assert_refused("etc/link.conf", "etc/a.conf", WRITABLE);
	/* No end, and nowhere. */
	unlink(unit_path("link.conf"));
	ck_assert_int_eq(symlink("etc/link.conf", unit_path("link.conf")), 0);
	ck_assert_int_eq(check("link.conf"), 0);
	ck_assert_ptr_null(dsfit_trust_read(unit_path("link.conf"), &trusted, &(size_t){ 0 },
					    at_fault, &err));
	snprintf(text, sizeof(text), "link.conf: %s", strerror(ELOOP));
	unit_assert_has(err.text, text);
	ck_assert_str_eq(at_fault, "");
	ck_assert_ptr_null(dsfit_trust_read(unit_path("nosuch.conf"), &trusted, &(size_t){ 0 },
					    at_fault, &err));
	unit_assert_has(err.text, "nosuch.conf: No such file or directory");
}
END_TEST

START_TEST(too_long)
{
	char path[PATH_MAX + 8];

	memset(path, '/', sizeof(path));
	memcpy(path + PATH_MAX - 8, "/nosuch", sizeof("/nosuch"));
	ck_assert_ptr_null(dsfit_trust_read(path, &trusted, &(size_t){ 0 }, at_fault, &err));
	unit_assert_begins(err.text, "//");
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_ptr_null(dsfit_trust_read(path, &trusted, &(size_t){ 0 }, at_fault, &err));
	ck_assert_int_eq(dsfit_trust_check(path, &trusted, at_fault, &err), 0);
	unit_assert_begins(err.text, "aaaa");
	ck_assert_str_eq(at_fault, "");
}
END_TEST

/* Only root can give a file away. */
START_TEST(strangers)
{
	if (geteuid())
		return;
	ck_assert_int_eq(chown(unit_path("etc/a.conf"), STRANGER, 0), 0);
	assert_refused("etc/a.conf", "etc/a.conf", "a.conf: belongs to user 54321, not to "
		       "root or SlurmUser: chown -h root /");
	/* Also where it stands in a folder like /tmp. */
	chmod(unit_path("etc"), 01777);
	assert_refused("etc/a.conf", "etc/a.conf", "belongs to user 54321");
	trusted.user[trusted.count++] = STRANGER;
	assert_read(unit_path("etc/a.conf"));
	trusted.count--;
	ck_assert_int_eq(chown(unit_path("etc/a.conf"), 0, 0), 0);
	ck_assert_int_eq(chown(unit_path("etc"), STRANGER, 0), 0);
	assert_refused("etc/a.conf", "etc", "/etc belongs to user 54321");
	ck_assert_int_eq(chown(unit_path("etc"), 0, 0), 0);
	ck_assert_int_eq(symlink("etc/a.conf", unit_path("link.conf")), 0);
	ck_assert_int_eq(lchown(unit_path("link.conf"), STRANGER, 0), 0);
	assert_refused("link.conf", "link.conf", "link.conf: belongs to user 54321");
}
END_TEST

/* What was looked at is what is read. */
START_TEST(replaced)
{
	struct stat status;
	size_t length;
	char *text;

	ck_assert_int_eq(stat(unit_path("etc/a.conf"), &status), 0);
	text = dsfit_file_read_same(unit_path("etc/a.conf"), &status, &length, &err);
	ck_assert_ptr_nonnull(text);
	free(text);
	unit_write("etc/b.conf", "mode = off\n");
	ck_assert_int_eq(rename(unit_path("etc/b.conf"), unit_path("etc/a.conf")), 0);
	ck_assert_ptr_null(dsfit_file_read_same(unit_path("etc/a.conf"), &status, &length, &err));
	unit_assert_has(err.text, "a.conf: was replaced while it was opened");
}
END_TEST

/* --- a configuration ---------------------------------------------------------------------- */

static void write_site(const char *text)
{
	unit_write("etc/dsfit.conf", text);
	chmod(unit_path("etc/dsfit.conf"), 0644);
}

/* It is refused however it is loaded, and *files has what is to be watched. */
static void assert_no_site(const char *what, const char *watched)
{
	struct dsfit_names files = { 0 };
	struct dsfit_site *site;

	ck_assert_ptr_null(dsfit_site_load_on_demand(unit_path("etc/dsfit.conf"), &trusted, &err));
	unit_assert_has(err.text, what);
	ck_assert_ptr_null(dsfit_site_load_keeping(unit_path("etc/dsfit.conf"), &trusted, &files,
						   NULL, &err));
	unit_assert_has(err.text, what);
	ck_assert_msg(dsfit_names_have(&files, watched), "%s", watched);
	dsfit_names_free(&files);
	/* The command reads it all the same, and "dsfit check" warns. */
	site = dsfit_site_load(unit_path("etc/dsfit.conf"), &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	dsfit_site_free(site);
	site = dsfit_site_load_warning(unit_path("etc/dsfit.conf"), &trusted, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_uint_eq(site->warnings.count, 1);
	unit_assert_has(site->warnings.name[0], "can be written by others");
	dsfit_site_free(site);
}

START_TEST(configuration)
{
	struct dsfit_site *site;

	write_site("# A comment.\ninclude(\"a.conf\")\n");
	site = dsfit_site_load_on_demand(unit_path("etc/dsfit.conf"), &trusted, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	dsfit_site_free(site);
	chmod(unit_path("etc/a.conf"), 0666);
	assert_no_site("dsfit.conf:2: ", unit_path("etc/a.conf"));
	chmod(unit_path("etc/a.conf"), 0644);
	chmod(unit_path("etc"), 0777);
	assert_no_site(WRITABLE, unit_path("etc"));
	chmod(unit_path("etc"), 0755);
	/* Files that are read as they are, or later. */
	unit_write("etc/c.conf", "");
	chmod(unit_path("etc/c.conf"), 0666);
	write_site("hub(\"c.conf\")\n");
	assert_no_site("dsfit.conf:1: ", unit_path("etc/c.conf"));
	write_site("architectures(\"c.conf\")\n");
	assert_no_site("dsfit.conf:1: ", unit_path("etc/c.conf"));
}
END_TEST

START_TEST(launchers)
{
	struct dsfit_launchers *l;

	unit_write("etc/launchers.conf", "");
	l = dsfit_launchers_load(unit_path("etc/launchers.conf"), &trusted, &err);
	ck_assert_msg(l != NULL, "%s", err.text);
	dsfit_launchers_free(l);
	chmod(unit_path("etc/launchers.conf"), 0666);
	ck_assert_ptr_null(dsfit_launchers_load(unit_path("etc/launchers.conf"), &trusted, &err));
	unit_assert_has(err.text, WRITABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust");
	TCase *tcase = unit_folder_case(suite, "trust");

	const TTest *const tests[] = {
		own_files, writable, links, too_long, strangers, replaced, configuration,
		launchers,
	};

	tcase_add_checked_fixture(tcase, setup, NULL);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
