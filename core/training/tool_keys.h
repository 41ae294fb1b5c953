/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TOOL_KEYS_H
#define DSFIT_TOOL_KEYS_H

#include <stdbool.h>

/*
 * The keys of the files by which people start a training, and what they mean here. A row says: the
 * tool's key, the setting of core/training/settings.h that it stands for, which of the tool's words
 * is which of ours, and what the tool takes if the key is absent.
 */
struct dsfit_tool_key {
	const char *key;		/* "section.key" is inside a section */
	/* A setting's name, or "@FACT": what takes more than one key to know; see
	 * core/training/training_files.c. */
	const char *setting;
	/*
	 * "THEIRS=OURS,..."; NULL: the value as it is. "*" is every other word, "section" a
	 * mapping. "%" in ours is the value. Ours may be empty: says nothing; or "?": dsfit cannot
	 * size such a training.
	 */
	const char *words;
	const char *otherwise;		/* the tool's default, as a file would say it; NULL: none */
};

struct dsfit_tool {
	const char *name;
	const char *const *marks;	/* a file with one of these keys is this tool's */
	/* The second table's rows win. Each ends with a row of NULLs. */
	const struct dsfit_tool_key *keys[2];
	bool plain;			/* it trains without an engine unless its file names one */
	/* Its fused loss is of plain training only; other objectives have their logits. */
	bool plain_loss;
};

/* In the order in which a file is tried. DeepSpeed, which has readers of its own, has no keys here;
 * a row without a name ends the list. */
extern const struct dsfit_tool dsfit_tools[];

#endif
