/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SECTIONS_H
#define DSFIT_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/names.h"

/*
 * The sections of some kinds, cut out of configuration files before libconfuse parses these: the
 * catalogues have hundreds, a job needs a few, and libconfuse takes most of a millisecond for three
 * of them. Nothing is checked here but where a section begins and ends, and a few of its keys are
 * looked for. What is written in a way that only libconfuse understands is `odd`: then let
 * libconfuse read everything.
 */
#define DSFIT_SECTION_VALUES 4

struct dsfit_section {
	size_t kind;			/* of the list's kinds */
	const char *path;
	int lines;			/* of the file, before the section */
	const char *text;
	size_t length;
	char title[DSFIT_NAME_MAX];
	/* Where the values of the list's keys begin; NULL: the section itself has no such key. */
	const char *value[DSFIT_SECTION_VALUES];
};

/* A key whose value is noted. */
struct dsfit_section_key {
	const char *word;
	size_t length;
	char last;			/* its last letter */
};

#define DSFIT_SECTION_KEY(text) { text, sizeof(text) - 1, (text)[sizeof(text) - 2] }

/* Set kinds, ended by NULL, and keys, DSFIT_SECTION_VALUES of them, and leave the rest 0. The list
 * owns its texts. */
struct dsfit_sections {
	const char *const *kinds;
	const struct dsfit_section_key *keys;
	struct dsfit_section *section;	/* in the order of the files */
	size_t count, room;
	struct dsfit_names texts, paths;
	bool odd;
};

/*
 * Cut the sections out of a file's text of `length` bytes. *rest is what remains, for the caller to
 * free, with newlines in the place of the sections, and one of those at its end. The list keeps a
 * copy of the path, and the text itself: it is no longer the caller's. Returns 0; or -1 if there is
 * no memory, and then there is no *rest. A text that ends within a section, a string or a comment
 * keeps what is from there on.
 */
int dsfit_sections_cut(struct dsfit_sections *sections, const char *path, char *text,
		       size_t length, char **rest);

/*
 * A file is cut before what it includes is read. So those of its sections that stand behind an
 * include are moved behind what that has added: dsfit_sections_before() says where they begin, of
 * those from `first` on, if the include is in `line`; with the number of sections before the file
 * was read as `end`, dsfit_sections_move() moves them to the end of the list. Returns 0, or -1 if
 * there is no memory.
 */
size_t dsfit_sections_before(struct dsfit_sections *sections, size_t first, int line);
int dsfit_sections_move(struct dsfit_sections *sections, size_t begin, size_t end);

/*
 * The names that a value is: a list in braces, or one. Sets *names, which the caller frees, and
 * *count. A value that is NULL has none. Returns 0, or -1 if it is odd or there is no memory.
 */
int dsfit_section_names(const char *value, char (**names)[DSFIT_NAME_MAX], size_t *count);

/* Free what the list owns. */
void dsfit_sections_free(struct dsfit_sections *sections);

#endif
