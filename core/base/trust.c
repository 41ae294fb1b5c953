/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"

/* As many as the kernel follows. */
#define LINKS_MAX 40

/* A way to a file, of which a part is done. */
struct walk {
	const char *path;		/* as the caller has it */
	const struct dsfit_trusted *trusted;
	char done[PATH_MAX];		/* has no links in it; "" is the root */
	char left[PATH_MAX];
	int links;
	struct stat status;		/* of what is done */
};

static bool is_trusted(uid_t user, const struct dsfit_trusted *trusted)
{
	for (size_t i = 0; i < trusted->count; i++)
		if (trusted->user[i] == user)
			return true;
	return false;
}

/* Whether nobody but those who are trusted can change what was looked at. A link has no mode, and a
 * device, which has one, is not read anyway. */
static int check_one(const struct walk *walk, struct dsfit_error *err)
{
	const char *at = walk->done[0] ? walk->done : "/";
	const struct stat *status = &walk->status;
	bool same = !strcmp(at, walk->path);

	if (!is_trusted(status->st_uid, walk->trusted))
		return dsfit_fail(err, "%.120s: %.120s%sbelongs to user %ju, not to root or "
				  "SlurmUser: chown -h root %.120s", walk->path, same ? "" : at,
				  same ? "" : " ", (uintmax_t)status->st_uid, at);
	if (!(status->st_mode & (S_IWGRP | S_IWOTH)) ||
	    !(S_ISREG(status->st_mode) ||
	      (S_ISDIR(status->st_mode) && !(status->st_mode & S_ISVTX))))
		return 0;
	return dsfit_fail(err, "%.120s: %.120s%scan be written by others than its owner: "
			  "chmod go-w %.120s", walk->path, same ? "" : at, same ? "" : " ", at);
}

/* Go to the next name of what is left. Returns 0; 1 if nothing is left; -1 with errno. */
static int step(struct walk *walk)
{
	size_t have = strlen(walk->done), length;
	char *name = walk->left + strspn(walk->left, "/");

	length = strcspn(name, "/");
	if (!length)
		return 1;
	if (length == 2 && !strncmp(name, "..", 2)) {
		walk->done[have ? strrchr(walk->done, '/') - walk->done : 0] = '\0';
	} else if (length != 1 || name[0] != '.') {
		if (have + 1 + length >= sizeof(walk->done)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		walk->done[have] = '/';
		memcpy(walk->done + have + 1, name, length);
		walk->done[have + 1 + length] = '\0';
	}
	memmove(walk->left, name + length, strlen(name + length) + 1);
	return 0;
}

/* Put the target of the link before what is left. Returns 0, or -1 with errno. */
static int follow(struct walk *walk)
{
	char target[PATH_MAX];
	ssize_t length = readlink(walk->done, target, sizeof(target));
	size_t left = strlen(walk->left);

	if (length < 0)
		return -1;
	if (++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if ((size_t)length + left >= sizeof(walk->left)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(walk->left + length, walk->left, left + 1);
	memcpy(walk->left, target, (size_t)length);
	*strrchr(walk->done, '/') = '\0';
	if (target[0] == '/')
		walk->done[0] = '\0';
	return 0;
}

/* Begin at the root, wherever the path begins. Returns 0, or -1 with errno. */
static int begin(struct walk *walk)
{
	char folder[PATH_MAX] = "";
	int length;

	if (walk->path[0] != '/' && !getcwd(folder, sizeof(folder)))
		return -1;
	length = snprintf(walk->left, sizeof(walk->left), "%s/%s", folder, walk->path);
	if (length < 0 || (size_t)length >= sizeof(walk->left)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* Go all the way. Returns 0 and leaves the status of what is there; 1 with errno if there is none;
 * or -1 with a line in err, and what is wrong in walk->done. */
static int go(struct walk *walk, struct dsfit_error *err)
{
	int rc = begin(walk);

	while (!rc) {
		if (lstat(walk->done[0] ? walk->done : "/", &walk->status))
			return 1;
		if (check_one(walk, err))
			return -1;
		if (S_ISLNK(walk->status.st_mode) && follow(walk))
			return 1;
		rc = step(walk);
	}
	return rc < 0;
}

static int check(struct walk *walk, const char *path, const struct dsfit_trusted *trusted,
		 char at_fault[PATH_MAX], struct dsfit_error *err)
{
	int rc;

	walk->path = path;
	walk->trusted = trusted;
	walk->done[0] = '\0';
	walk->links = 0;
	rc = go(walk, err);
	at_fault[0] = '\0';
	if (rc < 0)
		strcpy(at_fault, walk->done[0] ? walk->done : "/");
	return rc;
}

int dsfit_trust_check(const char *path, const struct dsfit_trusted *trusted,
		      char at_fault[PATH_MAX], struct dsfit_error *err)
{
	struct walk walk;

	return check(&walk, path, trusted, at_fault, err) < 0 ? -1 : 0;
}

char *dsfit_trust_read(const char *path, const struct dsfit_trusted *trusted, size_t *length,
		       char at_fault[PATH_MAX], struct dsfit_error *err)
{
	struct walk walk;
	int rc = check(&walk, path, trusted, at_fault, err);

	if (rc > 0)
		dsfit_fail(err, "%s: %s", path, strerror(errno));
	return rc ? NULL : dsfit_file_read_same(path, &walk.status, length, err);
}
