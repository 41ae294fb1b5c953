/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRUST_H
#define DSFIT_TRUST_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/error.h"

#define DSFIT_TRUSTED_MAX 4

/* The users who may change a file. */
struct dsfit_trusted {
	uid_t user[DSFIT_TRUSTED_MAX];
	size_t count;
};

/*
 * Whether only these users can change what a path leads to. That is so if each folder above it,
 * each link on the way with all that is above its target, and the file itself belong to one of
 * them, and nobody else can write them. A folder that all can write, as /tmp, passes if it is
 * sticky: nobody can replace there what is another's.
 *
 * Returns 0, also if nothing has that name; or -1 with "FILE: what" in err. The path at fault,
 * which the caller may want to watch, is then in at_fault.
 */
int dsfit_trust_check(const char *path, const struct dsfit_trusted *trusted,
		      char at_fault[PATH_MAX], struct dsfit_error *err);

/*
 * dsfit_file_read() of a file that only these users can change. What is read is the file that was
 * looked at. at_fault is "" if it is not for want of trust that NULL is returned.
 */
char *dsfit_trust_read(const char *path, const struct dsfit_trusted *trusted, size_t *length,
		       char at_fault[PATH_MAX], struct dsfit_error *err);

#endif
