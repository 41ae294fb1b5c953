/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld knows its StateSaveLocation, but asking for it with libslurm is an RPC, which slurmctld
 * would send to itself. Parsing slurm.conf again would have to follow includes and defaults as
 * Slurm does. So the folder is taken from slurmctld's own variable slurm_conf. Its type is in
 * Slurm's public header, and slurmctld loads only a plugin that was built with the header of just
 * its release, so both agree on where the member is. The reference is weak: without the variable,
 * nothing is kept.
 */
#include "plugin/last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <slurm/slurm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"

#define NAME "dsfit.last_good"

extern slurm_conf_t slurm_conf __attribute__((weak));

char *dsfit_last_good_path(void)
{
	const char *folder = &slurm_conf ? slurm_conf.state_save_location : NULL;
	char *path;

	if (!folder || *folder != '/' || asprintf(&path, "%s/" NAME, folder) < 0)
		return NULL;
	return path;
}

/* --- writing ------------------------------------------------------------------------------ */

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return fsync(fd);
}

/* The new name is on the disk only when its folder is. Some file systems have no such operation for
 * folders, which is no failure: the file itself was synced. */
static int sync_folder(const char *path)
{
	int fd, rc;
	char *folder = strdup(path);

	if (!folder)
		return -1;
	*strrchr(folder, '/') = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -1;
	rc = fsync(fd) && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS ? -1 : 0;
	close(fd);
	return rc;
}

/*
 * The name under which this host writes a file before it takes its place, for the caller to free;
 * NULL if memory is out. Each host has its own, because a backup controller may be writing at the
 * same time, and always the same, so that what a crash has left is found.
 */
static char *unfinished_name(const char *path)
{
	char host[256] = "", *name;

	if (gethostname(host, sizeof(host) - 1) || !host[0])
		strcpy(host, "localhost");
	return asprintf(&name, "%s.%s", path, host) < 0 ? NULL : name;
}

/* Begin a file of this name that nobody else has open, whatever a crash or a stranger has left
 * there. Mode 0600. */
static int begin_file(const char *name)
{
	if (unlink(name) && errno != ENOENT)
		return -1;
	return open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int dsfit_last_good_write(const char *path, const char *text, size_t length,
			  struct dsfit_error *err)
{
	char *made;
	int fd, rc;

	if (length > DSFIT_FILE_MAX)
		return dsfit_fail(err, "%s: larger than %u MiB", path, DSFIT_FILE_MAX >> 20);
	made = unfinished_name(path);
	if (!made)
		return dsfit_fail(err, "%s: out of memory", path);
	fd = begin_file(made);
	rc = fd < 0 ? -1 : write_all(fd, text, length);
	if (fd >= 0 && close(fd))
		rc = -1;
	if (!rc)
		rc = rename(made, path);
	if (rc) {
		dsfit_fail(err, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(made);
	} else if (sync_folder(path)) {
		rc = dsfit_fail(err, "%s: %s", path, strerror(errno));
	}
	free(made);
	return rc;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Whether nobody but root and this process's user can have written the file. */
static int check_trust(const char *path, const struct stat *status, struct dsfit_error *err)
{
	if (!S_ISREG(status->st_mode))
		return dsfit_fail(err, "%s: not a regular file", path);
	if (status->st_uid && status->st_uid != geteuid())
		return dsfit_fail(err, "%s: must belong to root or to the user of slurmctld",
				  path);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return dsfit_fail(err, "%s: must be writable by its owner alone", path);
	return status->st_size <= (off_t)DSFIT_FILE_MAX ? 0 :
	       dsfit_fail(err, "%s: larger than %u MiB", path, DSFIT_FILE_MAX >> 20);
}

char *dsfit_last_good_read(const char *path, size_t *length, struct dsfit_error *err)
{
	/* O_NONBLOCK: a pipe must not hang slurmctld. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *text = NULL;

	err->text[0] = '\0';
	if (fd < 0) {
		if (errno != ENOENT)
			dsfit_fail(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &status))
		dsfit_fail(err, "%s: %s", path, strerror(errno));
	else if (!check_trust(path, &status, err))
		text = dsfit_file_read_open(path, fd, (size_t)status.st_size, length, err);
	close(fd);
	return text;
}
