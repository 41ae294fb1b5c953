/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/flags.h"

#include <string.h>

static struct dsfit_span word(const struct dsfit_words *words, size_t i)
{
	return dsfit_words_at(words, i);
}

const char *dsfit_flag_name(struct dsfit_arena *arena, struct dsfit_span written)
{
	size_t length = dsfit_span_length(written);
	char *name = length < 256 ? dsfit_arena_take(arena, length + 1) : NULL;

	if (!name)
		return "";
	for (size_t i = 0; i < length; i++) {
		char c = written.begin[i].c;

		name[i] = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return name;
}

static void add(struct dsfit_arena *arena, struct dsfit_flags *flags, struct dsfit_flag flag)
{
	if (flags->count == flags->room) {
		size_t room = flags->room ? flags->room * 2 : 32;
		struct dsfit_flag *at = dsfit_arena_take(arena, room * sizeof(*at));

		if (!at)
			return;
		if (flags->count)
			memcpy(at, flags->at, flags->count * sizeof(*at));
		flags->at = at;
		flags->room = room;
	}
	flags->at[flags->count++] = flag;
}

static bool is_flag(struct dsfit_span text)
{
	return dsfit_span_length(text) > 1 && text.begin->c == '-' &&
	       !(text.begin[1].c >= '0' && text.begin[1].c <= '9') && text.begin[1].c != '.';
}

static bool ends_with(struct dsfit_span text, const char *end)
{
	size_t length = strlen(end);

	if (dsfit_span_length(text) < length)
		return false;
	text.begin = text.end - length;
	return dsfit_span_is(text, end);
}

/* Take apart --name=value, +name=value and name=value. Returns false if there is no "=". */
static bool split(struct dsfit_span text, struct dsfit_span *name, struct dsfit_span *value)
{
	const struct dsfit_cell *c = text.begin;

	while (c < text.end && (c->c == '-' || c->c == '+'))
		c++;
	name->begin = c;
	while (c < text.end && c->c != '=')
		c++;
	name->end = c;
	value->begin = c < text.end ? c + 1 : c;
	value->end = text.end;
	return c < text.end;
}

/* Whether name=value is a setting, and not a path or a text that has an "=" in it. */
static bool is_setting(struct dsfit_span name)
{
	if (name.begin >= name.end)
		return false;
	for (const struct dsfit_cell *c = name.begin; c < name.end; c++)
		if (!((c->c | 32) >= 'a' && (c->c | 32) <= 'z') && !(c->c >= '0' && c->c <= '9') &&
		    c->c != '_' && c->c != '.' && c->c != '-')
			return false;
	return true;
}

/* ---- launchers ------------------------------------------------------------------------------ */

size_t dsfit_flags_of_launcher(struct dsfit_reading *r, const struct dsfit_words *words, size_t at,
			       const struct dsfit_names *switches, struct dsfit_flags *flags)
{
	struct dsfit_arena *arena = r->shell.arena;

	for (; at < words->count && !arena->stopped; at++) {
		struct dsfit_span text = word(words, at), name, value;
		struct dsfit_flag flag = { .from = dsfit_span_from(text) };

		if (dsfit_span_unset(text))
			continue;	/* options that nothing sets */
		if (!is_flag(text))
			break;
		flag.has_value = split(text, &name, &value);
		flag.value = value;
		flag.name = dsfit_flag_name(arena, name);
		/* What stands after -m and --module is the program. */
		if (!strcmp(flag.name, "m") || !strcmp(flag.name, "module"))
			continue;
		if (!flag.has_value && !dsfit_names_have(switches, flag.name) &&
		    !is_flag(word(words, at + 1)) && !ends_with(word(words, at + 1), ".py")) {
			flag.value = word(words, ++at);
			flag.has_value = true;
		}
		add(arena, flags, flag);
	}
	return at;
}

/* ---- programs ------------------------------------------------------------------------------- */

/* The words of a text, between blanks. */
static struct dsfit_words words_in(struct dsfit_arena *arena, struct dsfit_span text)
{
	struct dsfit_words words = { 0 };

	while (text.begin < text.end && !arena->stopped) {
		struct dsfit_cells one = { 0 };

		for (; text.begin < text.end && !strchr(" \t\n", text.begin->c); text.begin++)
			dsfit_cells_add(arena, &one, *text.begin);
		if (one.count)
			dsfit_words_add(arena, &words, one);
		else
			text.begin++;
	}
	return words;
}

/* "@args.txt": arguments that stand in a file, as argparse has them. */
static bool take_file(struct dsfit_reading *r, struct dsfit_span text, struct dsfit_flags *flags,
		      struct dsfit_words *arguments)
{
	const struct dsfit_cells *file;
	struct dsfit_words words;

	if (dsfit_span_length(text) < 2 || text.begin->c != '@' || text.begin[1].c == '@')
		return false;
	text.begin++;
	file = dsfit_files_read(&r->shell, text);
	if (!file)
		return false;
	words = words_in(r->shell.arena, dsfit_span_of(file));
	/* Of a file that names files no more is taken. */
	for (size_t i = 0; i < words.count; i++)
		if (dsfit_span_begins(dsfit_span_of(&words.at[i]), "@"))
			return false;
	dsfit_flags_of_program(r, &words, 0, flags, arguments);
	return true;
}

void dsfit_flags_of_program(struct dsfit_reading *r, const struct dsfit_words *words, size_t at,
			    struct dsfit_flags *flags, struct dsfit_words *arguments)
{
	struct dsfit_arena *arena = r->shell.arena;

	for (; at < words->count && !arena->stopped; at++) {
		struct dsfit_span text = word(words, at), name, value;
		struct dsfit_flag flag = { .from = dsfit_span_from(text) };
		bool dashes = is_flag(text);

		if (take_file(r, text, flags, arguments))
			continue;
		flag.has_value = split(text, &name, &value);
		flag.value = value;
		if (!dashes && (!flag.has_value || !is_setting(name))) {
			if (!dsfit_span_unset(text))
				dsfit_words_add(arena, arguments, words->at[at]);
			continue;
		}
		flag.is_key = !dashes;
		flag.name = dsfit_flag_name(arena, name);
		if (!flag.has_value && at + 1 < words->count && !is_flag(word(words, at + 1))) {
			flag.value = word(words, ++at);
			flag.has_value = true;
		}
		add(arena, flags, flag);
	}
}

const struct dsfit_flag *dsfit_flag_find(const struct dsfit_flags *flags,
					 const struct dsfit_names *names)
{
	for (size_t i = flags->count; i-- > 0;)
		if (dsfit_names_have(names, flags->at[i].name))
			return &flags->at[i];
	return NULL;
}
