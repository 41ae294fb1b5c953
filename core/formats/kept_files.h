/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_KEPT_FILES_H
#define DSFIT_KEPT_FILES_H

#include <stddef.h>

#include "core/base/error.h"

/*
 * The texts of a configuration's files under their paths, so that the configuration can be read
 * again when the files themselves have changed. They can be written as one text:
 *
 *     dsfit kept files 1
 *     1834 /etc/dsfit/dsfit.conf
 *     ...1834 bytes...
 *     9120 /etc/dsfit/gpus.conf
 *     ...
 *     end
 */
struct dsfit_kept_file {
	char *path, *text;		/* both end in '\0' */
	size_t length;			/* of the text */
};

/* The list owns its strings. The first file is the one that includes the others. */
struct dsfit_kept_files {
	struct dsfit_kept_file *file;
	size_t count;
};

/* Append a copy of a file, unless its path is there already. Returns 0, or -1 if memory is out; the
 * list is then unchanged. */
int dsfit_kept_files_add(struct dsfit_kept_files *files, const char *path, const char *text,
			 size_t length);

/* The file of this path; NULL if there is none. */
const struct dsfit_kept_file *dsfit_kept_files_find(const struct dsfit_kept_files *files,
						    const char *path);

/* All files as one text of *length bytes, for the caller to free; NULL if memory is out. */
char *dsfit_kept_files_write(const struct dsfit_kept_files *files, size_t *length);

/* Read such a text into an empty list. Returns 0, or -1 with a line in err; the list is then empty
 * again. */
int dsfit_kept_files_read(const char *text, size_t length, struct dsfit_kept_files *out,
			  struct dsfit_error *err);

/* Free the strings and leave an empty list. */
void dsfit_kept_files_free(struct dsfit_kept_files *files);

#endif
