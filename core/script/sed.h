/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SED_H
#define DSFIT_SCRIPT_SED_H

#include "core/script/shell.h"
#include "core/script/substitute.h"

/*
 * What sed, and perl -p, make of a text: s, d, p and q, with addresses. All else is not understood.
 */

#define DSFIT_SED_COMMANDS 16

struct dsfit_sed_command {
	char name;			/* s, d, p, q */
	int64_t line;			/* its address; 0: none */
	bool negated;
	struct dsfit_expression *address;	/* NULL: none */
	struct dsfit_expression *expression;	/* of s */
	struct dsfit_span by;
	bool all;
};

struct dsfit_sed {
	struct dsfit_sed_command command[DSFIT_SED_COMMANDS];
	size_t count;
	enum dsfit_dialect dialect;
	bool in_place, quiet;
	bool understood;		/* false: the commands are not all known */
	size_t first_file;		/* the word of the first file; the words' count: none */
};

/* The words of a sed or a perl. NULL: there is no memory. */
struct dsfit_sed *dsfit_sed_parse(struct dsfit_shell *shell, const struct dsfit_words *words);

/* Returns false if what comes out is not known. */
bool dsfit_sed_run(struct dsfit_shell *shell, const struct dsfit_sed *sed, struct dsfit_span text,
		   struct dsfit_cells *out);

#endif
