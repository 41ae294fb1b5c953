/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_CLASSES_H
#define DSFIT_TESTS_CLASSES_H

#include <stddef.h>

#include "core/site/site.h"

/* How a count is beside transformers' own, the worst first. */
enum class_verdict { CLASS_EXACT_AND_WRONG, CLASS_REFUSED, CLASS_ESTIMATED, CLASS_RIGHT_ESTIMATED,
		     CLASS_EXACT, CLASS_VERDICTS };

/* A class of transformers at its sizes in tests/data/classes.tsv. */
struct class_row {
	char kind[32], model_type[64], name[96];
	unsigned sizes;
	enum class_verdict worst;	/* over its sizes */
	double error;			/* count / transformers' - 1, the furthest off */
};

/* Count each row of the file. The array is the caller's to free; NULL, with a line on stderr,
 * where a row cannot be read. */
struct class_row *classes_read(const struct dsfit_site *site, const char *data, size_t *count);

/* Write the table of doc/accuracy.md. */
void write_classes(const struct class_row *rows, size_t count);

#endif
