/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/edits.h"

#include <string.h>

#include "core/script/files.h"
#include "core/script/query.h"
#include "core/script/sed.h"

static bool is_settings_file(struct dsfit_span name)
{
	static const char *const endings[] = { ".yaml", ".yml", ".json", NULL };

	return dsfit_span_ends_any(name, endings);
}

/* ---- whole files ---------------------------------------------------------------------------- */

/* tee FILE and sponge FILE write what they read. */
static void tee(struct dsfit_shell *shell, const struct dsfit_words *words,
		const struct dsfit_streams *io)
{
	struct dsfit_cells text = { 0 };

	if (!io->in || words->count < 2)
		return;
	dsfit_cells_add_span(shell->arena, &text, *io->in);
	dsfit_files_write(shell, dsfit_words_at(words, words->count - 1),
			  dsfit_span_is(dsfit_words_at(words, 1), "-a"), &text);
}

/* cp and mv, of one file. */
static void copy(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	const struct dsfit_cells *text;

	if (words->count < 3)
		return;
	text = dsfit_files_read(shell, dsfit_words_at(words, words->count - 2));
	if (text)
		dsfit_files_write(shell, dsfit_words_at(words, words->count - 1), false, text);
}

/* The file is there, and what it says is not known; it may be one that is not there yet. */
static void forget(struct dsfit_shell *shell, struct dsfit_span name)
{
	const struct dsfit_cells *before = dsfit_files_read(shell, name);
	struct dsfit_cells after = { 0 };

	if (before)
		dsfit_cells_add_span(shell->arena, &after, dsfit_span_of(before));
	else
		dsfit_cells_add_text(shell->arena, &after, "?", 0, 0);
	for (size_t i = 0; i < after.count; i++)
		after.at[i].flags |= DSFIT_CELL_UNKNOWN;
	dsfit_files_write(shell, name, false, &after);
}

/* ---- sed and perl --------------------------------------------------------------------------- */

/* What jq has changed before: a sed behind it may have changed that too. */
static void add_changes(struct dsfit_shell *shell, struct dsfit_span before,
			struct dsfit_cells *after)
{
	bool in_value = false;

	before.begin = dsfit_query_text(before).end;
	for (; before.begin < before.end; before.begin++) {
		struct dsfit_cell cell = *before.begin;

		cell.flags |= in_value ? DSFIT_CELL_UNKNOWN : 0;
		in_value = cell.c != '\n' && (in_value || cell.c == '=');
		dsfit_cells_add(shell->arena, after, cell);
	}
}

static void edit_lines(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	const struct dsfit_sed *sed = dsfit_sed_parse(shell, words);

	for (size_t i = sed ? sed->first_file : 0; sed && sed->in_place && i < words->count; i++) {
		struct dsfit_span name = dsfit_words_at(words, i);
		const struct dsfit_cells *before = dsfit_files_read(shell, name);
		struct dsfit_cells after = { 0 };

		if (!before)
			continue;
		if (!dsfit_sed_run(shell, sed, dsfit_query_text(dsfit_span_of(before)), &after)) {
			forget(shell, name);
			continue;
		}
		add_changes(shell, dsfit_span_of(before), &after);
		dsfit_files_write(shell, name, false, &after);
	}
}

/* ---- jq and yq ------------------------------------------------------------------------------ */

static void edit_values(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	struct dsfit_query query;
	const struct dsfit_cells *before;
	struct dsfit_cells after = { 0 };
	bool understood = dsfit_query_parse(words, &query);
	struct dsfit_span name = dsfit_words_at(words, understood ? query.file : words->count - 1);

	if (!query.in_place || (understood && !query.file))
		return;
	before = dsfit_files_read(shell, name);
	if (!before)
		return;
	dsfit_cells_add_span(shell->arena, &after, dsfit_span_of(before));
	if (understood && dsfit_query_change(shell, &query, &after))
		dsfit_files_write(shell, name, false, &after);
	else
		forget(shell, name);
}

/* ---- all other programs --------------------------------------------------------------------- */

static bool has(struct dsfit_span text, const char *part)
{
	size_t length = strlen(part);

	for (; dsfit_span_length(text) >= length; text.begin++)
		if (dsfit_span_is((struct dsfit_span){ text.begin, text.begin + length }, part))
			return true;
	return false;
}

/* Code that writes files: what it names between quotes and could be settings. */
static void edit_by_code(struct dsfit_shell *shell, struct dsfit_span code)
{
	const struct dsfit_cell *quote = NULL;

	if (!dsfit_arena_work(shell->arena, 8 * dsfit_span_length(code)) ||
	    (!has(code, "dump(") && !has(code, "write(") && !has(code, "write_text(")))
		return;
	for (const struct dsfit_cell *c = code.begin; c < code.end; c++) {
		if (c->c == '\n')
			quote = NULL;
		if (c->c != '"' && c->c != '\'')
			continue;
		if (quote && is_settings_file((struct dsfit_span){ quote, c }))
			forget(shell, (struct dsfit_span){ quote, c });
		quote = c + 1;
	}
}

/* python - and python -c CODE. */
static void edit_by_python(struct dsfit_shell *shell, const struct dsfit_words *words,
			   const struct dsfit_streams *io)
{
	if (words->count > 2 && dsfit_span_is(dsfit_words_at(words, 1), "-c"))
		edit_by_code(shell, dsfit_words_at(words, 2));
	else if (io->in && (words->count == 1 || dsfit_span_is(dsfit_words_at(words, 1), "-")))
		edit_by_code(shell, *io->in);
}

/* A program that says that it changes the settings in a file, or that it writes them. */
static void edit_somehow(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	static const char *const editors[] = { "ed", "ex", "vim", "crudini", "dasel", "patch",
					       NULL };
	static const char *const changes[] = { "--in-place", "--inplace", NULL };
	static const char *const writes[] = { "-o", "--out", "--output", "--outfile",
					      "--output-file", "--output_file", "--output-path",
					      "--output_path", "--write-to", "--write_to",
					      "--save-to", "--save_to", NULL };
	bool edits = dsfit_span_is_any(dsfit_words_at(words, 0), editors);

	for (size_t i = 1; i < words->count; i++)
		edits |= dsfit_span_is_any(dsfit_words_at(words, i), changes);
	for (size_t i = 1; i < words->count; i++) {
		struct dsfit_span text = dsfit_words_at(words, i);

		if (is_settings_file(text) &&
		    (dsfit_span_is_any(dsfit_words_at(words, i - 1), writes) ||
		     (edits && dsfit_files_read(shell, text))))
			forget(shell, text);
	}
}

void dsfit_edit(struct dsfit_shell *shell, const struct dsfit_words *words,
		const struct dsfit_streams *io)
{
	static const char *const tees[] = { "tee", "sponge", NULL };
	static const char *const copies[] = { "cp", "mv", NULL };
	static const char *const by_lines[] = { "sed", "perl", NULL };
	static const char *const by_values[] = { "jq", "yq", NULL };
	static const char *const pythons[] = { "python", "python3", NULL };
	struct dsfit_span name = dsfit_words_at(words, 0);

	if (dsfit_span_is_any(name, tees))
		tee(shell, words, io);
	else if (dsfit_span_is_any(name, copies))
		copy(shell, words);
	else if (dsfit_span_is_any(name, by_lines))
		edit_lines(shell, words);
	else if (dsfit_span_is_any(name, by_values))
		edit_values(shell, words);
	else
		edit_somehow(shell, words);
	if (dsfit_span_is_any(name, pythons))
		edit_by_python(shell, words, io);
}
