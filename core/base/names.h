/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NAMES_H
#define DSFIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* A name of a model, a GPU, a node class or a partition, with its terminator. */
#define DSFIT_NAME_MAX 64

/* A list of names. The list owns its strings. */
struct dsfit_names {
	char **name;
	size_t count;
};

/* Whether the list contains the name. Upper and lower case are the same. */
bool dsfit_names_have(const struct dsfit_names *names, const char *name);

/* Append the name itself, which malloc() has made and the list then owns. Returns 0, or -1 when
 * memory is out; the name is then still the caller's. */
int dsfit_names_take(struct dsfit_names *names, char *name);

/* Append a copy of the name. Returns 0, or -1 when memory is out; the list is then unchanged. */
int dsfit_names_add(struct dsfit_names *names, const char *name);

/* Free the strings and leave an empty list. */
void dsfit_names_free(struct dsfit_names *names);

/* Whether a text ends so; upper and lower case are not the same. */
bool dsfit_ends_with(const char *text, const char *end);

#endif
