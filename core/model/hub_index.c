/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/hub_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/hub_names.h"

/* A name of an entry. Both are where they begin in the text. */
struct row {
	uint32_t hash;			/* of the folded name; 0: it ends in "*" */
	uint32_t name, length;
	uint32_t entry;
};

/* Names with "*" come first, in the order of the text; then the others by hash, and those with one
 * hash in the order of the text. */
struct dsfit_hub_index {
	const char *text;
	size_t open, count;		/* rows with "*", rows in all */
	struct row rows[];
};

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash ? hash : 1;
}

/* The folded name of a row, and its length. */
static size_t fold(const char *text, const struct row *row, char folded[DSFIT_NAME_MAX])
{
	char name[DSFIT_NAME_MAX];

	dsfit_hub_copy_name(text + row->name, row->length, name);
	dsfit_name_fold(name, folded);
	return strlen(folded);
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* Go through the names of a text, and put them into `rows` unless it is NULL. Returns how many. */
static size_t list(const char *text, struct row *rows)
{
	struct dsfit_hub_entry entry;
	char folded[DSFIT_NAME_MAX];
	const char *at = text;
	size_t count = 0;

	while (dsfit_hub_next_entry(&at, &entry)) {
		const char *name = entry.names;

		for (size_t length; (length = dsfit_hub_next_name(&entry, &name));
		     name += length, count++) {
			struct row row = { .name = (uint32_t)(name - text),
					   .length = (uint32_t)length,
					   .entry = (uint32_t)(entry.names - text) };
			size_t end;

			if (!rows)
				continue;
			end = fold(text, &row, folded);
			row.hash = end && folded[end - 1] == '*' ? 0 : hash_of(folded);
			rows[count] = row;
		}
	}
	return count;
}

struct dsfit_hub_index *dsfit_hub_index_make(const char *text)
{
	struct dsfit_hub_index *index;
	size_t count;

	if (strlen(text) > UINT32_MAX)
		return NULL;
	count = list(text, NULL);
	index = malloc(sizeof(*index) + count * sizeof(index->rows[0]));
	if (!index)
		return NULL;
	*index = (struct dsfit_hub_index){ .text = text, .count = count };
	list(text, index->rows);
	qsort(index->rows, count, sizeof(index->rows[0]), compare);
	while (index->open < count && !index->rows[index->open].hash)
		index->open++;
	return index;
}

/* The first of the rows with a hash, or behind where it would be. */
static size_t first_with(const struct dsfit_hub_index *index, uint32_t hash)
{
	size_t low = index->open, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->rows[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct row *find_whole(const struct dsfit_hub_index *index, const char *name)
{
	uint32_t hash = hash_of(name);
	char folded[DSFIT_NAME_MAX];

	for (size_t i = first_with(index, hash);
	     i < index->count && index->rows[i].hash == hash; i++) {
		fold(index->text, &index->rows[i], folded);
		if (!strcmp(folded, name))
			return &index->rows[i];
	}
	return NULL;
}

static const struct row *find_open(const struct dsfit_hub_index *index, const char *name)
{
	char folded[DSFIT_NAME_MAX];

	for (size_t i = 0; i < index->open; i++) {
		size_t length = fold(index->text, &index->rows[i], folded);

		if (!strncmp(folded, name, length - 1))
			return &index->rows[i];
	}
	return NULL;
}

const char *dsfit_hub_index_find(const struct dsfit_hub_index *index, const char *name)
{
	const struct row *whole = find_whole(index, name), *open = find_open(index, name);

	if (!whole || (open && open->entry < whole->entry))
		whole = open;
	return whole ? index->text + whole->entry : NULL;
}
