/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_FILES_H
#define DSFIT_SCRIPT_FILES_H

#include "core/script/shell.h"

/*
 * The files that a script names: those that it has written itself by then, and those that are
 * there, if the caller lets them be read.
 */

#define DSFIT_FILES_MAX 200
#define DSFIT_FILE_BYTES_MAX (1u << 20)

/* Returns a file's text, which is freed with free(), or NULL. It must refuse what is no regular
 * file and what is longer than DSFIT_FILE_BYTES_MAX. */
typedef char *(*dsfit_file_reader)(void *context, const char *path, size_t *length);

/* Reads a file of settings, as dsfit_document_read() does (core/script/documents.h). */
struct dsfit_reading;
struct dsfit_document_value;
typedef bool (*dsfit_document_reader)(struct dsfit_reading *r, struct dsfit_span name,
				      void (*tell)(void *context,
						   const struct dsfit_document_value *value),
				      void *context);

struct dsfit_file_entry {
	const char *asked, *path;	/* path: as it was found */
	const struct dsfit_cells *text;	/* NULL: not there */
};

struct dsfit_files {
	dsfit_file_reader read;		/* NULL: none may be read */
	void *context;
	const char *start;		/* the folder from which the job is submitted */
	struct dsfit_file_entry entry[DSFIT_FILES_MAX];	/* [0] is the script */
	unsigned count;
};

/* The name under which a file is kept: with its folder. */
const char *dsfit_files_name(struct dsfit_shell *shell, struct dsfit_span name);

/*
 * A file's text; NULL if nobody can tell it. A name that is nowhere is looked for from the folder
 * of submission, without the folders before it, one after the other: paths of a container and of
 * folders that only the job can see end like those that are here.
 */
const struct dsfit_cells *dsfit_files_read(struct dsfit_shell *shell, struct dsfit_span name);

/* The script writes a file, or more of it. */
void dsfit_files_write(struct dsfit_shell *shell, struct dsfit_span name, bool appends,
		       const struct dsfit_cells *text);

/* How a file of that number is called in messages. */
const char *dsfit_files_path(const struct dsfit_files *files, unsigned number);

#endif
