/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_QUERY_H
#define DSFIT_SCRIPT_QUERY_H

#include "core/script/shell.h"

/*
 * jq and yq: a value of a file, and changes of a file.
 *
 * What is changed stays beside the text: cells with DSFIT_CELL_EDIT behind it, a line for each
 * change, "a.b=value", or "a.b" for what is there no longer or not known. So the values that are
 * not changed still say where they come from. core/script/documents.c reads them.
 */

#define DSFIT_QUERY_NAMES 12

struct dsfit_query {
	struct dsfit_span program;
	size_t file;			/* its word; 0: there is none */
	bool in_place, builds;		/* builds: jq -n, without an input */
	struct dsfit_span name[DSFIT_QUERY_NAMES], value[DSFIT_QUERY_NAMES];	/* --arg */
	size_t names;
};

/* Returns false if the words are not understood. */
bool dsfit_query_parse(const struct dsfit_words *words, struct dsfit_query *query);

/* Add the changes that the program makes. Returns false if it makes none, or what is no change. */
bool dsfit_query_change(struct dsfit_shell *shell, const struct dsfit_query *query,
			struct dsfit_cells *out);

/* The object that jq -n builds. Returns false if it builds none. */
bool dsfit_query_build(struct dsfit_shell *shell, const struct dsfit_query *query,
		       struct dsfit_cells *out);

/* ".a.b" as a name of launchers.conf, "a.b". Returns false if the program is more than that. */
bool dsfit_query_path(struct dsfit_span program, char path[128]);

/* The part of a text that is no change. */
struct dsfit_span dsfit_query_text(struct dsfit_span text);

#endif
