/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FILE_H
#define DSFIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

#define DSFIT_FILE_MAX (16u << 20)

/*
 * The whole of a regular file of at most DSFIT_FILE_MAX bytes, with a terminator behind its
 * *length bytes. A pipe or a device is refused rather than waited for. NULL with "FILE: reason"
 * in err; else the caller frees it.
 */
char *dsfit_file_read(const char *path, size_t *length, struct dsfit_error *err);

bool dsfit_is_folder(const char *path);

/* Whether there is nothing of that name, not even something that may not be looked at. */
bool dsfit_is_nowhere(const char *path);

#endif
