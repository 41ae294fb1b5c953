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

char *dsfit_file_read(const char *path, size_t *length, struct dsfit_error *err)
{
	return dsfit_file_read_at_most(path, DSFIT_FILE_MAX, length, err);
}

char *dsfit_file_read_at_most(const char *path, size_t max, size_t *length,
			      struct dsfit_error *err)
{
	char *text = NULL;
	struct stat status;
	size_t have = 0;
	int fd = -1;

	if (!stat(path, &status)) {
		if (check_type(path, &status, err))
			return NULL;
		/* O_NONBLOCK: a pipe may have replaced the file since stat(). Opening a pipe that
		 * nobody writes to would hang the submission. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	if (fd < 0 || fstat(fd, &status)) {
		dsfit_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (check_type(path, &status, err))
		goto out;
	if (status.st_size > (off_t)max) {
		dsfit_fail(err, "%s: larger than %zu MiB", path, max >> 20);
		goto out;
	}
	text = malloc((size_t)status.st_size + 1);
	if (!text) {
		dsfit_fail(err, "%s: out of memory", path);
		goto out;
	}
	while (have < (size_t)status.st_size) {
		ssize_t got = read(fd, text + have, (size_t)status.st_size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			dsfit_fail(err, "%s: %s", path, strerror(errno));
			free(text);
			text = NULL;
			goto out;
		}
		if (!got)
			break;
		have += (size_t)got;
	}
	text[have] = '\0';
	*length = have;
out:
	if (fd >= 0)
		close(fd);
	return text;
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
