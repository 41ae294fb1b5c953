/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <slurm/slurm.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "tests/unit/unit.h"

/*
 * Disks and file systems that fail, and other controllers, which a test cannot bring about in time.
 * So last_good.c and file.c are compiled here, with functions of this test in the place of the
 * system's. They do as the system does until a test says otherwise.
 */
static struct {
	const char *host;		/* NULL: it has no name */
	size_t piece;			/* the most that one write or read does; 0: no limit */
	unsigned signals;		/* so many writes and reads are interrupted */
	int write_error, read_error;	/* errno after them; 0: none */
	int sync_error, folder_error;	/* errno of fsync() for a file and for a folder */
	int rename_error;
	bool no_memory;
	void (*before_rename)(void);
} meanwhile;

static int meanwhile_gethostname(char *name, size_t size)
{
	if (!meanwhile.host)
		return -1;
	snprintf(name, size, "%s", meanwhile.host);
	return 0;
}

/* Whether an operation on `size` bytes fails, with errno set; else *size is what it may do. */
static bool fails(int error, size_t *size)
{
	if (meanwhile.signals) {
		meanwhile.signals--;
		errno = EINTR;
		return true;
	}
	if (error) {
		errno = error;
		return true;
	}
	if (meanwhile.piece && *size > meanwhile.piece)
		*size = meanwhile.piece;
	return false;
}

static ssize_t meanwhile_write(int fd, const void *buffer, size_t size)
{
	return fails(meanwhile.write_error, &size) ? -1 : write(fd, buffer, size);
}

static ssize_t meanwhile_read(int fd, void *buffer, size_t size)
{
	return fails(meanwhile.read_error, &size) ? -1 : read(fd, buffer, size);
}

static int meanwhile_fsync(int fd)
{
	struct stat status;
	int error;

	ck_assert_int_eq(fstat(fd, &status), 0);
	error = S_ISDIR(status.st_mode) ? meanwhile.folder_error : meanwhile.sync_error;
	errno = error;
	return error ? -1 : 0;
}

static int meanwhile_rename(const char *from, const char *to)
{
	if (meanwhile.before_rename)
		meanwhile.before_rename();
	errno = meanwhile.rename_error;
	return errno ? -1 : rename(from, to);
}

static void *meanwhile_malloc(size_t size)
{
	return meanwhile.no_memory ? NULL : malloc(size);
}

#define gethostname meanwhile_gethostname
#define write meanwhile_write
#define read meanwhile_read
#define fsync meanwhile_fsync
#define rename meanwhile_rename
#define malloc meanwhile_malloc
#include "core/base/file.c"
#include "plugin/last_good.c"
#undef gethostname
#undef write
#undef read
#undef fsync
#undef rename
#undef malloc

slurm_conf_t slurm_conf;

static struct dsfit_error err;

static void begin(void)
{
	memset(&meanwhile, 0, sizeof(meanwhile));
	meanwhile.host = "ctl1";
	slurm_conf.state_save_location = unit_folder;
	err.text[0] = '\0';
}

static const char *kept_path(void)
{
	return unit_path("dsfit.last_good");
}

static int keep(const char *text)
{
	return dsfit_last_good_write(kept_path(), text, strlen(text), &err);
}

/* Assert that this text is kept. */
static void is_kept(const char *text)
{
	size_t length;
	char *kept = dsfit_last_good_read(kept_path(), &length, &err);

	ck_assert_msg(kept != NULL, "%s", err.text);
	ck_assert_uint_eq(length, strlen(text));
	ck_assert(!memcmp(kept, text, length));
	free(kept);
}

/* Assert that the folder has so many files of ours. */
static void are_files(int count)
{
	char command[64];

	setenv("D", unit_folder, 1);
	snprintf(command, sizeof(command), "test $(ls -A \"$D\" | grep -c last_good) = %d", count);
	ck_assert_int_eq(system(command), 0);
}

/* --- where ---------------------------------------------------------------------------------- */

START_TEST(test_path)
{
	static char relative[] = "state", empty[] = "";
	char *path;

	begin();
	path = dsfit_last_good_path();
	ck_assert_str_eq(path, kept_path());
	free(path);
	slurm_conf.state_save_location = relative;
	ck_assert_ptr_null(dsfit_last_good_path());
	slurm_conf.state_save_location = empty;
	ck_assert_ptr_null(dsfit_last_good_path());
	slurm_conf.state_save_location = NULL;
	ck_assert_ptr_null(dsfit_last_good_path());
}
END_TEST

/* --- writing -------------------------------------------------------------------------------- */

START_TEST(test_write)
{
	struct stat status;

	begin();
	/* Slow disks and signals. */
	meanwhile.piece = 3;
	meanwhile.signals = 2;
	ck_assert_int_eq(keep("mode = reject\n"), 0);
	meanwhile.signals = 2;
	is_kept("mode = reject\n");
	ck_assert_int_eq(keep("mode = off\n"), 0);
	is_kept("mode = off\n");
	ck_assert_int_eq(stat(kept_path(), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	are_files(1);
	/* A host without a name keeps it too. */
	meanwhile.host = NULL;
	ck_assert_int_eq(keep("mode = advise\n"), 0);
	meanwhile.host = "";
	ck_assert_int_eq(keep("mode = reject\n"), 0);
	are_files(1);
	ck_assert_int_eq(dsfit_last_good_write(kept_path(), "", DSFIT_FILE_MAX + 1, &err), -1);
	unit_assert_has(err.text, "larger than");
	is_kept("mode = reject\n");
}
END_TEST

/* What a crash has left does not stay. Nor is it followed, or written to. */
START_TEST(test_crash)
{
	static const char *const left[] = {
		"echo half >$F", "ln -s $D/victim $F", "ln -s $D/nothing $F", "mkfifo $F",
		"echo half >$F; chmod 0 $F", "ln $D/victim $F",
	};

	begin();
	setenv("D", unit_folder, 1);
	setenv("F", unit_path("dsfit.last_good.ctl1"), 1);
	unit_write("victim", "whole\n");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(left); i++) {
		begin();
		ck_assert_int_eq(system(left[i]), 0);
		ck_assert_int_eq(keep("mode = reject\n"), 0);
		is_kept("mode = reject\n");
		are_files(1);
	}
	ck_assert_int_eq(system("test \"$(cat $D/victim)\" = whole && test ! -e $D/nothing"), 0);
}
END_TEST

/* The backup controller writes, too, between our write and our rename. */
static void write_elsewhere(void)
{
	meanwhile.before_rename = NULL;
	meanwhile.host = "ctl2";
	ck_assert_int_eq(keep("mode = off\n"), 0);
	is_kept("mode = off\n");
}

START_TEST(test_backup)
{
	begin();
	meanwhile.before_rename = write_elsewhere;
	ck_assert_int_eq(keep("mode = reject\n"), 0);
	is_kept("mode = reject\n");
	are_files(1);
}
END_TEST

/* A disk that fails leaves what was kept, and no half of a file. */
START_TEST(test_failures)
{
	static const struct {
		int write_error, sync_error, rename_error;
	} rows[] = { { ENOSPC, 0, 0 }, { 0, EIO, 0 }, { 0, 0, EROFS }, { 0, EINVAL, 0 } };

	begin();
	ck_assert_int_eq(keep("mode = reject\n"), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		begin();
		meanwhile.write_error = rows[i].write_error;
		meanwhile.sync_error = rows[i].sync_error;
		meanwhile.rename_error = rows[i].rename_error;
		ck_assert_int_eq(keep("mode = off\n"), -1);
		unit_assert_has(err.text, "dsfit.last_good: ");
		unit_assert_has(err.text, strerror(rows[i].write_error + rows[i].sync_error +
						   rows[i].rename_error));
		are_files(1);
		begin();
		is_kept("mode = reject\n");
	}
	/* The folder is gone. */
	ck_assert_int_eq(dsfit_last_good_write("/nosuch/dsfit.last_good", "x", 1, &err), -1);
	unit_assert_has(err.text, "/nosuch/dsfit.last_good: No such file");
}
END_TEST

/* Some file systems cannot sync a folder. The file is there all the same. */
START_TEST(test_folder)
{
	static const struct {
		int error, rc;
	} rows[] = { { EINVAL, 0 }, { ENOTSUP, 0 }, { ENOSYS, 0 }, { EIO, -1 } };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		begin();
		meanwhile.folder_error = rows[i].error;
		ck_assert_int_eq(keep("mode = reject\n"), rows[i].rc);
		ck_assert_int_eq(err.text[0] != '\0', rows[i].rc != 0);
		is_kept("mode = reject\n");
	}
}
END_TEST

/* --- reading -------------------------------------------------------------------------------- */

START_TEST(test_read)
{
	size_t length;

	begin();
	ck_assert_ptr_null(dsfit_last_good_read(unit_path("nosuch"), &length, &err));
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(keep("mode = reject\n"), 0);
	meanwhile.no_memory = true;
	ck_assert_ptr_null(dsfit_last_good_read(kept_path(), &length, &err));
	unit_assert_has(err.text, "dsfit.last_good: out of memory");
	begin();
	meanwhile.read_error = EIO;
	ck_assert_ptr_null(dsfit_last_good_read(kept_path(), &length, &err));
	unit_assert_has(err.text, strerror(EIO));
	ck_assert_int_eq(truncate(kept_path(), (off_t)DSFIT_FILE_MAX + 1), 0);
	begin();
	ck_assert_ptr_null(dsfit_last_good_read(kept_path(), &length, &err));
	unit_assert_has(err.text, "larger than");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("last_good");
	TCase *tcase = unit_folder_case(suite, "files");

	tcase_add_test(tcase, test_path);
	tcase_add_test(tcase, test_write);
	tcase_add_test(tcase, test_crash);
	tcase_add_test(tcase, test_backup);
	tcase_add_test(tcase, test_failures);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_read);
	return unit_run(suite);
}
