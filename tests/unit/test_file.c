/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/base/text.h"
#include "tests/unit/unit.h"

/*
 * What happens to a file while it is read, and a lack of memory, which a test cannot bring about in
 * time. So file.c and text.c are compiled here, with functions of this test in the place of the
 * system's. They do as the system does until a test says otherwise.
 */
static struct {
	bool pipe;			/* a pipe takes the file's place before it is opened */
	size_t piece;			/* the most that one read gives; 0: no limit */
	unsigned signals;		/* so many reads are interrupted */
	int error;			/* errno of the read after them; 0: it succeeds */
	const char *cut;		/* this file becomes empty after the first read */
	bool no_memory;
	bool no_stream;			/* for fopencookie() */
} meanwhile;

static int meanwhile_open(const char *path, int flags)
{
	if (meanwhile.pipe) {
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(mkfifo(path, 0600), 0);
	}
	return open(path, flags);
}

static ssize_t meanwhile_read(int fd, void *buffer, size_t size)
{
	ssize_t got;

	if (meanwhile.signals) {
		meanwhile.signals--;
		errno = EINTR;
		return -1;
	}
	if (meanwhile.error) {
		errno = meanwhile.error;
		return -1;
	}
	got = read(fd, buffer, meanwhile.piece && meanwhile.piece < size ? meanwhile.piece : size);
	if (meanwhile.cut)
		ck_assert_int_eq(truncate(meanwhile.cut, 0), 0);
	return got;
}

static void *meanwhile_malloc(size_t size)
{
	return meanwhile.no_memory ? NULL : malloc(size);
}

static void *meanwhile_realloc(void *memory, size_t size)
{
	return meanwhile.no_memory ? NULL : realloc(memory, size);
}

static FILE *meanwhile_fopencookie(void *cookie, const char *mode, cookie_io_functions_t functions)
{
	return meanwhile.no_stream ? NULL : fopencookie(cookie, mode, functions);
}

#define open(path, flags) meanwhile_open(path, flags)
#define read(fd, buffer, size) meanwhile_read(fd, buffer, size)
#define malloc(size) meanwhile_malloc(size)
#define realloc(memory, size) meanwhile_realloc(memory, size)
#define fopencookie(cookie, mode, functions) meanwhile_fopencookie(cookie, mode, functions)
#include "core/base/file.c"
#include "core/base/text.c"
#undef open
#undef read
#undef malloc
#undef realloc
#undef fopencookie

/* What is read, what is refused and why, and what is there. */

static void assert_refused(const char *path, const char *why)
{
	struct dsfit_error err = { "" };
	size_t length = 7;

	ck_assert_ptr_null(dsfit_file_read(path, &length, &err));
	unit_assert_begins(err.text, path);
	unit_assert_has(err.text, why);
	/* A caller need not ask for the line. */
	ck_assert_ptr_null(dsfit_file_read(path, &length, NULL));
	ck_assert_uint_eq(length, 7);
}

START_TEST(whole_files)
{
	struct dsfit_error err = { "" };
	const char *path = unit_write("file", "two\nlines");
	size_t length;
	char *text = dsfit_file_read(path, &length, &err);

	ck_assert_msg(text != NULL, "%s", err.text);
	ck_assert_uint_eq(length, 9);
	ck_assert_str_eq(text, "two\nlines");
	free(text);
	/* An empty one is a file too. */
	text = dsfit_file_read(unit_write("empty", ""), &length, &err);
	ck_assert_msg(text != NULL, "%s", err.text);
	ck_assert_uint_eq(length, 0);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(no_files)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_refused(unit_path("nowhere"), ": No such file or directory");
	assert_refused(unit_folder, ": a directory, not a regular file");
	assert_refused("/dev/zero", ": a device, not a regular file");
	/* Nobody writes to the pipe, so a reader that opened it would wait for ever. */
	ck_assert_int_eq(mkfifo(unit_path("pipe"), 0600), 0);
	assert_refused(unit_path("pipe"), ": a pipe, not a regular file");
	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", unit_path("socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_refused(unit_path("socket"), ": a socket, not a regular file");
	close(fd);
}
END_TEST

/* The largest file, and one byte more. They are sparse. */
START_TEST(large_files)
{
	const char *path = unit_write("large", "");
	size_t length;
	char *text;

	ck_assert_int_eq(truncate(path, DSFIT_FILE_MAX), 0);
	text = dsfit_file_read(path, &length, NULL);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(length, DSFIT_FILE_MAX);
	free(text);
	ck_assert_int_eq(truncate(path, DSFIT_FILE_MAX + 1), 0);
	assert_refused(path, ": larger than 16 MiB");
}
END_TEST

/* ---- what happens meanwhile ----------------------------------------------------------------- */

/* It is read in pieces, some of which a signal delays. */
START_TEST(in_pieces)
{
	const char *path = unit_write("file", "two\nlines");
	size_t length;
	char *text;

	meanwhile.piece = 4;
	meanwhile.signals = 2;
	text = dsfit_file_read(path, &length, NULL);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(meanwhile.signals, 0);
	ck_assert_uint_eq(length, 9);
	ck_assert_str_eq(text, "two\nlines");
	free(text);
}
END_TEST

/* What was read before the file lost its end is the file. */
START_TEST(cut_short)
{
	const char *path = unit_write("file", "two\nlines");
	size_t length;
	char *text;

	meanwhile.piece = 4;
	meanwhile.cut = path;
	text = dsfit_file_read(path, &length, NULL);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(length, 4);
	ck_assert_str_eq(text, "two\n");
	free(text);
}
END_TEST

/* A failure has a reason, and leaves no file open. */
START_TEST(failures)
{
	const char *path = unit_write("replaced", "two\nlines");
	const int next = dup(STDIN_FILENO);

	ck_assert_int_ge(next, 0);
	close(next);
	meanwhile.error = EIO;
	assert_refused(path, ": Input/output error");
	meanwhile.error = 0;
	meanwhile.no_memory = true;
	assert_refused(path, ": out of memory");
	meanwhile.no_memory = false;
	/* A pipe that was a file when it was looked at: nobody waits for a writer. */
	meanwhile.pipe = true;
	assert_refused(path, ": a pipe, not a regular file");
	ck_assert_int_eq(dup(STDIN_FILENO), next);
	close(next);
}
END_TEST

START_TEST(what_is_there)
{
	const char *file = unit_write("file", "x");

	ck_assert(dsfit_is_folder(unit_folder));
	ck_assert(!dsfit_is_folder(file));
	ck_assert(!dsfit_is_folder(unit_path("nowhere")));
	ck_assert(dsfit_is_nowhere(unit_path("nowhere")));
	ck_assert(dsfit_is_nowhere(unit_path("file/below")));
	ck_assert(!dsfit_is_nowhere(file));
	ck_assert(!dsfit_is_nowhere(unit_folder));
	/* The link exists, but points to itself. */
	ck_assert_int_eq(symlink("loop", unit_path("loop")), 0);
	ck_assert(!dsfit_is_nowhere(unit_path("loop")));
}
END_TEST

/* ---- texts that are written piece by piece -------------------------------------------------- */

START_TEST(texts)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *all;

	ck_assert_ptr_nonnull(out);
	fprintf(out, "%d nodes", 3);
	fprintf(out, " of %d", 4);
	all = dsfit_text_end(&text);
	ck_assert_str_eq(all, "3 nodes of 4");
	free(all);
	ck_assert_ptr_nonnull(dsfit_text_begin(&text));
	all = dsfit_text_end(&text);
	ck_assert_str_eq(all, "");
	free(all);
}
END_TEST

/* Memory that is out for a moment, at any point of a text, leaves no text. */
START_TEST(texts_without_memory)
{
	static char line[1024];
	struct dsfit_text text;
	FILE *out;

	memset(line, 'x', sizeof(line) - 1);
	/* At the start, */
	meanwhile.no_memory = true;
	ck_assert_ptr_null(dsfit_text_begin(&text));
	ck_assert_ptr_null(dsfit_text_end(&text));
	meanwhile.no_memory = false;
	meanwhile.no_stream = true;
	ck_assert_ptr_null(dsfit_text_begin(&text));
	ck_assert_ptr_null(dsfit_text_end(&text));
	meanwhile.no_stream = false;
	/* between two pieces, */
	out = dsfit_text_begin(&text);
	ck_assert_ptr_nonnull(out);
	fputs(line, out);
	ck_assert_int_eq(fflush(out), 0);
	ck_assert_str_eq(text.written, line);
	meanwhile.no_memory = true;
	for (int i = 0; i < 64; i++)
		fputs(line, out);
	meanwhile.no_memory = false;
	fputs(line, out);
	ck_assert_ptr_null(dsfit_text_end(&text));
	/* and for what is still to be written at the end. */
	out = dsfit_text_begin(&text);
	ck_assert_ptr_nonnull(out);
	fputs(line, out);
	meanwhile.no_memory = true;
	ck_assert_ptr_null(dsfit_text_end(&text));
	meanwhile.no_memory = false;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = unit_folder_case(suite, "files");
	const TTest *const tests[] = {
		whole_files, no_files, large_files, in_pieces, cut_short, failures,
		what_is_there, texts, texts_without_memory,
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
