/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_TABLE_H
#define DSFIT_TESTS_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A file of comma-separated values whose first line has the names of its columns. */
#define TABLE_FIELDS 64

struct table {
	FILE *file;
	char *head, *line;		/* which the fields point into */
	char *names[TABLE_FIELDS], *values[TABLE_FIELDS];
	int columns;
};

/* Open data/name. False, with a line on stderr, where that cannot be done. */
bool table_open(struct table *table, const char *data, const char *name);
void table_close(struct table *table);

/* Read the next row. False at the end, or, with a line on stderr, where a row has not as many
 * fields as there are columns. */
bool table_next(struct table *table);

/*
 * Read all rows of data/name into an array for the caller to free, and its length. read() makes the
 * element of `size` bytes at `out`, from the row and `context`; if it returns not 0, or the file
 * cannot be opened, the result is NULL.
 */
void *table_read_all(const char *data, const char *name, size_t size,
		     int (*read)(const void *context, const struct table *row, void *out),
		     const void *context, size_t *count);

/* A field by its column's name: "" where there is no such column; `otherwise` where it is empty. */
const char *table_text(const struct table *table, const char *name);
uint64_t table_number(const struct table *table, const char *name, uint64_t otherwise);

#endif
