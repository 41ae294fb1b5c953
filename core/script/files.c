/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_HERE 1024
#define WORK_PER_BYTE 6

/* "./" and what ".." takes back go away. */
static const char *normalised(struct dsfit_shell *shell, struct dsfit_span full)
{
	const char *path = dsfit_span_text(shell->arena, full);
	char *out = dsfit_arena_copy(shell->arena, path, strlen(path));
	size_t length = 0;

	if (!out)
		return path;
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && !memcmp(path, "..", 2) && length > 1) {
			while (length > 1 && out[length - 2] != '/')
				length--;
			length -= length > 0;
			length += length == 0 && *out == '/';
		} else if (part && !(part == 1 && *path == '.')) {
			memmove(out + length, path, part);
			length += part;
			out[length++] = '/';
		} else if (!part && !length) {
			out[length++] = '/';
		}
		path += part + (path[part] == '/');
	}
	length -= length > 1;
	out[length] = '\0';
	return out;
}

const char *dsfit_files_name(struct dsfit_shell *shell, struct dsfit_span name)
{
	struct dsfit_cells full = { 0 };

	if (name.begin < name.end && name.begin->c != '/') {
		dsfit_cells_add_span(shell->arena, &full, dsfit_span_of(&shell->folder));
		dsfit_cells_add_text(shell->arena, &full, "/", 0, 0);
	}
	dsfit_cells_add_span(shell->arena, &full, name);
	return normalised(shell, dsfit_span_of(&full));
}

const char *dsfit_files_path(const struct dsfit_files *files, unsigned number)
{
	return number < files->count ? files->entry[number].path : "?";
}

/* ---- files that are there ------------------------------------------------------------------- */

#define LOOKED_AT 512

static bool is_binary(const char *text, size_t length)
{
	return memchr(text, '\0', length < LOOKED_AT ? length : LOOKED_AT);
}

static bool try_path(struct dsfit_shell *shell, struct dsfit_file_entry *entry, const char *path,
		     const char *shown)
{
	struct dsfit_files *files = shell->files;
	struct dsfit_cells *text = dsfit_arena_take(shell->arena, sizeof(*text));
	size_t length = 0;
	char *read;

	errno = 0;
	read = text ? files->read(files->context, path, &length) : NULL;
	/* A file that there is no memory for is not one that is not there. */
	if (!read && errno == ENOMEM)
		shell->arena->stopped = shell->arena->no_memory = true;
	/* A program is no script, even if its path is in one: `/bin/hostname`. */
	if (!read || is_binary(read, length)) {
		free(read);
		return false;
	}
	/* A file brings the work that it takes. */
	shell->arena->work += length * WORK_PER_BYTE;
	dsfit_cells_add_file(shell->arena, text, read, length, files->count);
	free(read);
	entry->text = text;
	entry->path = dsfit_arena_copy(shell->arena, shown, strlen(shown));
	if (!entry->path)
		entry->path = "?";
	return true;
}

static bool try_from_start(struct dsfit_shell *shell, struct dsfit_file_entry *entry,
			   const char *name)
{
	char path[PATH_MAX_HERE];
	int length = snprintf(path, sizeof(path), "%s/%s", shell->files->start, name);

	return *name && length > 0 && length < (int)sizeof(path) &&
	       try_path(shell, entry, path, name);
}

/* Without its first folder, then without its first two, ... */
static bool try_ends(struct dsfit_shell *shell, struct dsfit_file_entry *entry, const char *name)
{
	for (unsigned i = 0; i < 12; i++) {
		while (*name == '/' || !strncmp(name, "./", 2) || !strncmp(name, "../", 3))
			name += *name == '/' ? 1 : name[1] == '/' ? 2 : 3;
		if (try_from_start(shell, entry, name))
			return true;
		name = strchr(name, '/');
		if (!name)
			return false;
	}
	return false;
}

/* The part of a name whose folders are all known. */
static struct dsfit_span known_end(struct dsfit_span name)
{
	const struct dsfit_cell *c = name.end;

	while (c > name.begin && !(c[-1].flags & DSFIT_CELL_UNKNOWN))
		c--;
	if (c == name.begin)
		return name;
	if (c < name.end && c->c != '/')
		c = name.end;
	name.begin = c;
	return name;
}

static void look(struct dsfit_shell *shell, struct dsfit_file_entry *entry,
		 struct dsfit_span name, const char *full)
{
	size_t start = strlen(shell->files->start);
	struct dsfit_span end = known_end(name);

	/* /etc/profile and its kin set the system up, which takes long and trains nothing. */
	if (!strncmp(full, "/etc/", strlen("/etc/")))
		return;
	if (end.begin == name.begin && !dsfit_span_has(dsfit_span_of(&shell->folder),
						       DSFIT_CELL_UNKNOWN) &&
	    try_path(shell, entry, full, !strncmp(full, shell->files->start, start) &&
		     full[start] == '/' ? full + start + 1 : full))
		return;
	if (end.begin < end.end)
		try_ends(shell, entry, dsfit_span_text(shell->arena, end));
}

static const struct dsfit_cells *read_there(struct dsfit_shell *shell, struct dsfit_span name,
					    const char *full)
{
	struct dsfit_files *files = shell->files;
	struct dsfit_file_entry *entry;

	for (unsigned i = 1; i < files->count && dsfit_arena_work(shell->arena, 4); i++)
		if (!strcmp(files->entry[i].asked, full))
			return files->entry[i].text;
	if (files->count == DSFIT_FILES_MAX)
		return NULL;
	entry = &files->entry[files->count];
	*entry = (struct dsfit_file_entry){ .asked = full, .path = full };
	look(shell, entry, name, full);
	files->count++;
	return entry->text;
}

const struct dsfit_cells *dsfit_files_read(struct dsfit_shell *shell, struct dsfit_span name)
{
	const char *full = dsfit_files_name(shell, name);
	const struct dsfit_value *written = dsfit_variables_get(&shell->variables,
								DSFIT_WRITTEN_FILE, full);

	if (name.begin >= name.end)
		return NULL;
	if (written && written->items.count)
		return &written->items.at[0];
	if (!shell->files->read || strlen(full) >= PATH_MAX_HERE)
		return NULL;
	return read_there(shell, name, full);
}

void dsfit_files_write(struct dsfit_shell *shell, struct dsfit_span name, bool appends,
		       const struct dsfit_cells *text)
{
	struct dsfit_cells all = { 0 };
	const struct dsfit_cells *before = appends ? dsfit_files_read(shell, name) : NULL;

	if (before)
		dsfit_cells_add_span(shell->arena, &all, dsfit_span_of(before));
	dsfit_cells_add_span(shell->arena, &all, dsfit_span_of(text));
	dsfit_variables_set_text(&shell->variables, DSFIT_WRITTEN_FILE,
				 dsfit_files_name(shell, name), all);
}
