/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_STRICT_H
#define DSFIT_DS_STRICT_H

#include "core/base/error.h"
#include "core/training/ds_values.h"

/* The release of DeepSpeed whose sections and keys dsfit knows. */
#define DSFIT_DEEPSPEED "0.19.8"

/* Keys of one kind: how many, and the path of the first. No path is longer than a section's. */
struct dsfit_ds_keys {
	unsigned count;
	char first[160];
};

/*
 * What DeepSpeed 0.19.8 stops at, in a file that can be sized all the same. A job with such a file
 * runs out of luck and not of memory: it passes, with a warning.
 */
struct dsfit_ds_stops {
	struct dsfit_ds_keys unknown;		/* no release has them */
	struct dsfit_ds_keys removed;		/* earlier releases accept them */
};

/*
 * Find the keys at which DeepSpeed stops because a section accepts its own keys only. Fills in
 * *out. Returns 0, or -1 with a line in root->err if a key is misspelt: it is like one that its
 * section has. A key that begins with another character than a letter or a digit is a note, and
 * never misspelt.
 */
int dsfit_ds_strict(const struct dsfit_ds_section *root, struct dsfit_ds_stops *out);

/* Write the line about keys that no release has, or about those that earlier releases accept. It
 * has no file's name. Returns false, and an empty line, if there is no such key. */
bool dsfit_ds_unknown_text(const struct dsfit_ds_stops *stops, struct dsfit_error *line);
bool dsfit_ds_removed_text(const struct dsfit_ds_stops *stops, struct dsfit_error *line);

#endif
