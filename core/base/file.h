/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FILE_H
#define DSFIT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "core/base/error.h"

#define DSFIT_FILE_MAX (16u << 20)

/*
 * Read a whole regular file of at most DSFIT_FILE_MAX bytes. Returns its *length bytes, followed by
 * a terminator, for the caller to free; or NULL with "FILE: reason" in err. A pipe or a device is
 * refused, because reading it could wait for ever.
 */
char *dsfit_file_read(const char *path, size_t *length, struct dsfit_error *err);

/* The same of what is open already, whatever it is: up to its end, or `size` bytes of it. The
 * caller closes it. */
char *dsfit_file_read_open(const char *path, int fd, size_t size, size_t *length,
			   struct dsfit_error *err);

/* The same of a file of at most `max` bytes. */
char *dsfit_file_read_at_most(const char *path, size_t max, size_t *length,
			      struct dsfit_error *err);

/* The same, if the path still leads to the file whose status this is. */
char *dsfit_file_read_same(const char *path, const struct stat *same, size_t *length,
			   struct dsfit_error *err);

/* Whether the path names a folder. */
bool dsfit_is_folder(const char *path);

/* Whether nothing has that name. A file that the caller may not look at exists. */
bool dsfit_is_nowhere(const char *path);

#endif
