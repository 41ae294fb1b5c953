/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_EXPANDER_H
#define DSFIT_SCRIPT_EXPANDER_H

#include "core/script/shell.h"

/* One expansion under way. The parts of the expander write to it. */
struct dsfit_expander {
	struct dsfit_shell *shell;
	struct dsfit_words *words;	/* NULL: one text, which nothing splits */
	struct dsfit_cells text;	/* of the word so far */
	bool begun;			/* the word is one even if it stays empty */
	bool literal_quotes;		/* as in a heredoc */
	/* Expand a part of the word: of an operator in ${ }. */
	void (*expand)(struct dsfit_expander *e, struct dsfit_span part, bool quoted);
};

void dsfit_expander_end_word(struct dsfit_expander *e);
/* Add a part as it is. */
void dsfit_expander_add_plain(struct dsfit_expander *e, struct dsfit_span part, bool quoted);
/* Add what an expansion gave: split at blanks, unless it is in quotes. */
void dsfit_expander_add(struct dsfit_expander *e, struct dsfit_span value, bool quoted);
/* Several values, as of "$@" or "${array[@]}". */
void dsfit_expander_add_list(struct dsfit_expander *e, const struct dsfit_words *values,
			     bool quoted);
/* Add what is not known, as it is written. */
void dsfit_expander_add_unknown(struct dsfit_expander *e, struct dsfit_span written,
				unsigned flags);

#endif
