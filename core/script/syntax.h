/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SYNTAX_H
#define DSFIT_SCRIPT_SYNTAX_H

#include "core/script/cells.h"

/* A script as a tree. Words stay as they are written; expanding them is for who runs the tree. */

enum dsfit_node_kind {
	DSFIT_NODE_SIMPLE,	/* words, with the assignments before them */
	DSFIT_NODE_PIPE,	/* body | next in list ... */
	DSFIT_NODE_AND_OR,	/* body && ... || ..., `op` of each is what stands before it */
	DSFIT_NODE_LIST,	/* body; next ... */
	DSFIT_NODE_SUBSHELL,	/* ( body ) */
	DSFIT_NODE_IF,		/* condition, body, otherwise */
	DSFIT_NODE_FOR,		/* for words[0] in the other words; do body */
	DSFIT_NODE_COUNT,	/* for ((words[0]; words[1]; words[2])); do body */
	DSFIT_NODE_WHILE,	/* condition, body; `negated` for until */
	DSFIT_NODE_CASE,	/* words[0], items in body */
	DSFIT_NODE_ITEM,	/* of a case: patterns in words, body */
	DSFIT_NODE_FUNCTION,	/* words[0], body */
	DSFIT_NODE_TEST,	/* [[ words ]] */
	DSFIT_NODE_ARITHMETIC,	/* (( words[0] )) */
};

struct dsfit_redirect {
	char op[4];			/* "<", ">", ">>", "<<", "<<<", "&>" */
	struct dsfit_span target;	/* of "<<": the text */
	bool quoted;			/* of "<<": nothing is expanded in the text */
	struct dsfit_redirect *next;
};

struct dsfit_node {
	enum dsfit_node_kind kind;
	char op;			/* '&' or '|' for && and || */
	bool negated;
	bool in_background;
	bool over_arguments;		/* a "for" without "in" */
	struct dsfit_span *words;
	size_t count, room;
	struct dsfit_redirect *redirects;
	struct dsfit_node *condition, *body, *otherwise;
	struct dsfit_node *next;
};

/* Parse a text. What is no shell is skipped. Returns a list, or NULL when it is empty. */
struct dsfit_node *dsfit_syntax_parse(struct dsfit_arena *arena, struct dsfit_span text);

#endif
