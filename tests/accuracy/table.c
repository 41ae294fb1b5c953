/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/accuracy/table.h"

#include <stdlib.h>
#include <string.h>

/* Cut the field at *rest from what follows it. One that has a comma is in quotes. */
static char *take_field(char **rest)
{
	char *field = *rest, *end;

	if (*field != '"')
		return strsep(rest, ",");
	end = strchr(++field, '"');
	if (!end)
		end = field + strlen(field);
	*rest = *end && end[1] == ',' ? end + 2 : NULL;
	*end = '\0';
	return field;
}

static int cut(char *line, char *fields[TABLE_FIELDS])
{
	int count = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && count < TABLE_FIELDS)
		fields[count++] = take_field(&line);
	return count;
}

bool table_open(struct table *table, const char *data, const char *name)
{
	char path[4096];
	size_t size = 0;

	memset(table, 0, sizeof(*table));
	snprintf(path, sizeof(path), "%s/%s", data, name);
	table->file = fopen(path, "r");
	if (!table->file || getline(&table->head, &size, table->file) <= 0) {
		perror(path);
		table_close(table);
		return false;
	}
	table->columns = cut(table->head, table->names);
	return true;
}

void table_close(struct table *table)
{
	free(table->head);
	free(table->line);
	if (table->file)
		fclose(table->file);
	memset(table, 0, sizeof(*table));
}

bool table_next(struct table *table)
{
	size_t size = 0;

	free(table->line);
	table->line = NULL;
	if (getline(&table->line, &size, table->file) <= 0)
		return false;
	if (cut(table->line, table->values) == table->columns)
		return true;
	fprintf(stderr, "%s: not %d fields\n", table->values[0], table->columns);
	return false;
}

const char *table_text(const struct table *table, const char *name)
{
	for (int i = 0; i < table->columns; i++)
		if (!strcmp(table->names[i], name))
			return table->values[i];
	return "";
}

uint64_t table_number(const struct table *table, const char *name, uint64_t otherwise)
{
	const char *text = table_text(table, name);

	return *text ? strtoull(text, NULL, 10) : otherwise;
}

void *table_read_all(const char *data, const char *name, size_t size,
		     int (*read)(const void *context, const struct table *row, void *out),
		     const void *context, size_t *count)
{
	char *rows = NULL, *grown;
	struct table table;

	*count = 0;
	if (!table_open(&table, data, name))
		return NULL;
	while (table_next(&table)) {
		grown = realloc(rows, (*count + 1) * size);
		if (!grown)
			break;
		rows = grown;
		if (read(context, &table, rows + *count * size)) {
			free(rows);
			rows = NULL;
			break;
		}
		++*count;
	}
	table_close(&table);
	return rows;
}
