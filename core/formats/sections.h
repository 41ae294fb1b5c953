/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SECTIONS_H
#define DSFIT_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * The sections of some kinds, cut out of configuration files before libconfuse parses these: the
 * catalogues have hundreds, a job needs a few, and libconfuse takes most of a millisecond for three
 * of them. Nothing is checked here but where a section begins and ends, and a few of its keys are
 * looked for. What is written in a way that only libconfuse understands is `odd`: then let
 * libconfuse read everything.
 */
#define DSFIT_SECTION_VALUES 5

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

/* Where a section or a comment is in a text, in bytes from its begin; a file has at most 16 MiB. */
struct dsfit_section_place {
	uint32_t begin, length;
	uint32_t lines;			/* that end in it */
	uint32_t title;
	uint32_t value[DSFIT_SECTION_VALUES];	/* 0: none */
	uint16_t title_length, kind;
};

#define DSFIT_SECTION_COMMENT UINT16_MAX	/* a kind */

/* A text whose places were found before. */
struct dsfit_known_text {
	uint64_t hash;
	size_t length, count;
	const struct dsfit_section_place *place;
};

struct dsfit_section_kinds {
	const char *const *kinds;	/* ended by NULL */
	const struct dsfit_section_key *keys;	/* DSFIT_SECTION_VALUES of them */
	const struct dsfit_known_text *known;
	size_t known_count;
};

/* Set `of` and leave the rest 0. The list owns its texts. */
struct dsfit_sections {
	const struct dsfit_section_kinds *of;
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

/* What dsfit_sections_find() has found. The caller frees place; begin with all 0. */
struct dsfit_section_places {
	struct dsfit_section_place *place;
	size_t count, room;
	bool odd;
};

/* Find the places in a text, from its begin to its end. Known texts play no part. Returns 0; or -1
 * if there is no memory, and then what was found so far. */
int dsfit_sections_find(const struct dsfit_section_kinds *kinds, const char *text,
			struct dsfit_section_places *places);

/* By what a text is known, beside its length. Who can change a site's files is trusted, so this
 * need not resist anybody. */
uint64_t dsfit_sections_hash(const char *text, size_t length);

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
