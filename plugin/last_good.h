/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LAST_GOOD_H
#define DSFIT_LAST_GOOD_H

#include <stddef.h>

#include "core/base/error.h"

/*
 * The last good configuration on disk, for a slurmctld that starts while dsfit.conf is wrong. It is
 * a file in StateSaveLocation, which only the user of slurmctld can write and which a backup
 * controller shares.
 */

/* The path of that file, for the caller to free. NULL if Slurm does not tell the folder, or if
 * memory is out. */
char *dsfit_last_good_path(void);

/* Put a text in place of the file, whole or not at all, with mode 0600. Returns 0, or -1 with a
 * line in err. Waits until the text is on the disk. */
int dsfit_last_good_write(const char *path, const char *text, size_t length,
			  struct dsfit_error *err);

/*
 * The file's text of *length bytes, for the caller to free. NULL with a line in err if it cannot be
 * read or trusted: it must be a regular file of root or of this process's user that nobody else may
 * write. NULL with err "" if there is no such file.
 */
char *dsfit_last_good_read(const char *path, size_t *length, struct dsfit_error *err);

#endif
