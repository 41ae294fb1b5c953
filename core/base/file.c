/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Accept regular files only: opening a device may already change something. */
static int check_type(const char *path, const struct stat *status, struct dsfit_error *err)
{
	const char *what = S_ISDIR(status->st_mode) ? "a directory, " :
			   S_ISFIFO(status->st_mode) ? "a pipe, " :
			   S_ISSOCK(status->st_mode) ? "a socket, " :
			   S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? "a device, " :
			   "";

	if (S_ISREG(status->st_mode))
		return 0;
	return dsfit_fail(err, "%s: %snot a regular file", path, what);
}

/* Open a file, the one of status `same` unless that is NULL. Returns what to read from, and its
 * status; or -1 with a line in err. */
static int open_file(const char *path, const struct stat *same, struct stat *status,
		     struct dsfit_error *err)
{
	int fd = -1;

	if (!stat(path, status)) {
		if (check_type(path, status, err))
			return -1;
		/* O_NONBLOCK: a pipe may have replaced the file since stat(). Opening a pipe that
		 * nobody writes to would hang the submission. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	if (fd < 0 || fstat(fd, status))
		dsfit_fail(err, "%s: %s", path, strerror(errno));
	else if (same && (same->st_dev != status->st_dev || same->st_ino != status->st_ino))
		dsfit_fail(err, "%s: was replaced while it was opened", path);
	else if (!check_type(path, status, err))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

char *dsfit_file_read_open(const char *path, int fd, size_t size, size_t *length,
			   struct dsfit_error *err)
{
	char *text = malloc(size + 1);
	size_t have = 0;

	if (!text) {
		dsfit_fail(err, "%s: out of memory", path);
		return NULL;
	}
	while (have < size) {
		ssize_t got = read(fd, text + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			dsfit_fail(err, "%s: %s", path, strerror(errno));
			free(text);
			return NULL;
		}
		if (!got)
			break;
		have += (size_t)got;
	}
	text[have] = '\0';
	*length = have;
	return text;
}

static char *read_file(const char *path, const struct stat *same, size_t max, size_t *length,
		       struct dsfit_error *err)
{
	struct stat status;
	char *text = NULL;
	int fd = open_file(path, same, &status, err);

	if (fd < 0)
		return NULL;
	if (status.st_size > (off_t)max)
		dsfit_fail(err, "%s: larger than %zu MiB", path, max >> 20);
	else
		text = dsfit_file_read_open(path, fd, (size_t)status.st_size, length, err);
	close(fd);
	return text;
}

char *dsfit_file_read(const char *path, size_t *length, struct dsfit_error *err)
{
	return read_file(path, NULL, DSFIT_FILE_MAX, length, err);
}

char *dsfit_file_read_at_most(const char *path, size_t max, size_t *length,
			      struct dsfit_error *err)
{
	return read_file(path, NULL, max, length, err);
}

char *dsfit_file_read_same(const char *path, const struct stat *same, size_t *length,
			   struct dsfit_error *err)
{
	return read_file(path, same, DSFIT_FILE_MAX, length, err);
}

bool dsfit_is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

bool dsfit_is_nowhere(const char *path)
{
	struct stat status;

	return stat(path, &status) && (errno == ENOENT || errno == ENOTDIR);
}
