/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/sections.h"

#include <stdlib.h>
#include <string.h>

/* Kinds of characters, as libconfuse has them. */
enum { WORD, SPACE, STOP, OTHER };

/* What is not listed is part of a word. A slash is one, too, unless a word would begin with it. */
static const unsigned char kind_of[256] = {
	[' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE,
	['\0'] = STOP, ['"'] = STOP, ['\''] = STOP, ['#'] = STOP, ['/'] = STOP, ['{'] = STOP,
	['}'] = STOP, ['='] = STOP,
	['('] = OTHER, [')'] = OTHER, ['+'] = OTHER, [','] = OTHER, ['*'] = OTHER,
};

#define KIND(c) kind_of[(unsigned char)(c)]

static bool is_word(char c)
{
	return KIND(c) == WORD || c == '/';
}

static const char *skip_string(const char *c)
{
	const char quote = *c++;

	/* Most characters are in names, which have no other quotes and no backslash. */
	for (;; c++) {
		while (KIND(*c) != STOP && *c != '\\')
			c++;
		if (!*c || *c == quote)
			return *c ? c + 1 : c;
		if (*c == '\\' && c[1])
			c++;
	}
}

/* Skip what begins with a character of the kind STOP that is no brace: a string, a comment, or this
 * character alone. Returns where the text ends if the string or the comment does not. */
static const char *skip(const char *begin, const char *c)
{
	const char *end;

	if (*c == '"' || *c == '\'')
		return skip_string(c);
	if (*c == '#')
		return strchrnul(c, '\n');
	if (*c != '/' || (c > begin && is_word(c[-1])))
		return c + 1;
	if (c[1] == '/')
		return strchrnul(c, '\n');
	if (c[1] != '*')
		return c + 1;
	end = strstr(c + 2, "*/");
	return end ? end + 2 : c + strlen(c);
}

/* ---- inside of a section --------------------------------------------------------------------- */

/* Whether the word that ends there is this key. Most differ in the last letter. */
static inline bool ends_in(const char *begin, const char *end, const struct dsfit_section_key *key)
{
	return end[-1] == key->last && (size_t)(end - begin) > key->length &&
	       !memcmp(end - key->length, key->word, key->length) &&
	       !is_word(end[-(ptrdiff_t)key->length - 1]);
}

/* The text is at the "=" of a key. Note its value if the key is one of the list's. */
static void note_value(struct dsfit_sections *sections, struct dsfit_section *section,
		       const char *equals)
{
	const char *end = equals;
	bool adds = end[-1] == '+';

	end -= adds;
	while (KIND(end[-1]) == SPACE)
		/* What is on the line before may be a comment. */
		sections->odd |= *--end == '\n';
	sections->odd |= KIND(end[-1]) != WORD;
	for (size_t i = 0; i < DSFIT_SECTION_VALUES; i++) {
		if (!ends_in(section->text, end, &sections->keys[i]))
			continue;
		sections->odd |= adds || section->value[i];
		section->value[i] = equals + 1;
	}
}

/* Find the end of a section whose text begins before `c`, which is behind its brace. Returns NULL
 * if the text ends before. */
static const char *find_end(struct dsfit_sections *sections, struct dsfit_section *section,
			    const char *c)
{
	size_t depth = 1;

	while (depth) {
		while (KIND(*c) != STOP)
			c++;
		if (!*c)
			return NULL;
		if (*c == '{' || *c == '}') {
			depth = *c++ == '{' ? depth + 1 : depth - 1;
			continue;
		}
		if (*c == '=' && depth == 1)
			note_value(sections, section, c);
		c = skip(section->text, c);
	}
	return c;
}

/* ---- at the top of a file -------------------------------------------------------------------- */

/* Read one word, or a string that is as it is written. Returns what follows it, or NULL if there
 * is none, or a longer or an odd one. */
static const char *read_name(const char *c, char name[DSFIT_NAME_MAX])
{
	const char *begin = c;
	size_t length;

	if (*c == '"') {
		begin = ++c;
		c += strcspn(c, "\"\\$\n");
		if (*c != '"')
			return NULL;
	} else {
		while (is_word(*c) && *c != '$' && *c != '\\')
			c++;
		if (c == begin || *begin == '/' || *c == '$' || *c == '\\')
			return NULL;
	}
	length = (size_t)(c - begin);
	if (length >= DSFIT_NAME_MAX)
		return NULL;
	memcpy(name, begin, length);
	name[length] = '\0';
	return c + (*c == '"');
}

static const char *skip_space(const char *c)
{
	while (KIND(*c) == SPACE)
		c++;
	return c;
}

/* If a section of one of the kinds begins with this word, fill in *out. Returns its end; NULL if
 * there is none. */
static const char *read_section(struct dsfit_sections *sections, const char *word, size_t length,
				struct dsfit_section *out)
{
	const char *c;
	size_t kind = 0;

	while (sections->kinds[kind] && (*sections->kinds[kind] != *word ||
					 strlen(sections->kinds[kind]) != length ||
					 memcmp(word, sections->kinds[kind], length)))
		kind++;
	if (!sections->kinds[kind])
		return NULL;
	*out = (struct dsfit_section){ .kind = kind, .text = word };
	c = read_name(skip_space(word + length), out->title);
	c = c ? skip_space(c) : NULL;
	if (!c || *c != '{') {
		sections->odd = true;
		return NULL;
	}
	c = find_end(sections, out, c + 1);
	if (c)
		out->length = (size_t)(c - word);
	return c;
}

static int add(struct dsfit_sections *sections, const struct dsfit_section *section)
{
	struct dsfit_section *more;

	if (sections->count == sections->room) {
		more = reallocarray(sections->section, sections->room + 128, sizeof(*more));
		if (!more)
			return -1;
		sections->section = more;
		sections->room += 128;
	}
	sections->section[sections->count++] = *section;
	return 0;
}

/* How many lines end in [from, to). */
static int count_lines(const char *from, const char *to)
{
	int lines = 0;

	while ((from = memchr(from, '\n', (size_t)(to - from)))) {
		from++;
		lines++;
	}
	return lines;
}

/* Where the text is: what has been copied, and to where. */
struct cutting {
	const char *begin, *done;
	char *out;
	int lines;
};

static void copy(struct cutting *at, const char *to)
{
	size_t length = (size_t)(to - at->done);

	memcpy(at->out, at->done, length);
	at->lines += count_lines(at->done, to);
	at->out += length;
	at->done = to;
}

/* Leave out what is up to `to`, except for its newlines. */
static void leave_out(struct cutting *at, const char *to)
{
	int lines = count_lines(at->done, to);

	memset(at->out, '\n', (size_t)lines);
	at->out += lines;
	at->lines += lines;
	at->done = to;
}

static int cut(struct dsfit_sections *sections, const char *path, struct cutting *at,
	       struct dsfit_section *section)
{
	copy(at, section->text);
	section->path = path;
	section->lines = at->lines;
	leave_out(at, section->text + section->length);
	return add(sections, section);
}

/* The text is copied to at->out, without its sections. */
static int cut_all(struct dsfit_sections *sections, const char *path, struct cutting *at)
{
	const char *c = at->begin;
	size_t depth = 0;

	while (*c) {
		struct dsfit_section section;
		const char *end, *word = c;

		if (KIND(*c) == WORD) {
			while (is_word(*c))
				c++;
			end = depth ? NULL : read_section(sections, word, (size_t)(c - word),
							  &section);
			if (end && cut(sections, path, at, &section))
				return -1;
			c = end ? end : c;
		} else if (KIND(*c) == STOP && *c != '{' && *c != '}') {
			end = skip(at->begin, c);
			/* A comment, which is whole: libconfuse would step through it. */
			if (*end && (*c == '#' || (*c == '/' && end > c + 1))) {
				copy(at, c);
				leave_out(at, end);
			}
			c = end;
		} else {
			depth += *c == '{';
			depth -= *c == '}' && depth;
			c++;
		}
	}
	copy(at, c);
	*at->out = '\0';
	return 0;
}

/* Leave the last newline only, or nothing where there is nothing else. */
static void strip(char *begin, char *end)
{
	char *last = end;

	while (last > begin && KIND(last[-1]) == SPACE)
		last--;
	if (last == begin)
		*begin = '\0';
	else if (last < end)
		strcpy(last, "\n");
}

int dsfit_sections_cut(struct dsfit_sections *sections, const char *path, char *text,
		       size_t length, char **rest)
{
	struct cutting at = { .begin = text, .done = text };

	*rest = NULL;
	if (dsfit_names_take(&sections->texts, text)) {
		free(text);
		return -1;
	}
	/* Of a catalogue, little of this room is ever touched. */
	*rest = at.out = malloc(length + 1);
	if (!at.out || dsfit_names_add(&sections->paths, path) ||
	    cut_all(sections, sections->paths.name[sections->paths.count - 1], &at)) {
		free(*rest);
		*rest = NULL;
		return -1;
	}
	strip(*rest, at.out);
	return 0;
}

size_t dsfit_sections_before(struct dsfit_sections *sections, size_t first, int line)
{
	size_t at = sections->count;

	while (at > first && sections->section[at - 1].lines + 1 >= line)
		/* Of one in the same line nobody knows whether it stands behind. */
		sections->odd |= sections->section[--at].lines + 1 == line;
	return at;
}

int dsfit_sections_move(struct dsfit_sections *sections, size_t begin, size_t end)
{
	struct dsfit_section *list = sections->section, *kept;
	size_t size = (end - begin) * sizeof(*list);

	if (begin == end || end == sections->count)
		return 0;
	kept = malloc(size);
	if (!kept)
		return -1;
	memcpy(kept, list + begin, size);
	memmove(list + begin, list + end, (sections->count - end) * sizeof(*list));
	memcpy(list + sections->count - (end - begin), kept, size);
	free(kept);
	return 0;
}

int dsfit_section_names(const char *value, char (**names)[DSFIT_NAME_MAX], size_t *count)
{
	const char *c = value ? skip_space(value) : "{}";
	bool list = *c == '{';
	void *more;

	*names = NULL;
	*count = 0;
	for (c += list;; c += *c == ',') {
		c = skip_space(c);
		if (list && *c == '}')
			return 0;
		more = reallocarray(*names, *count + 1, sizeof(**names));
		if (!more)
			break;
		*names = more;
		c = read_name(c, (*names)[*count]);
		if (!c)
			break;
		++*count;
		if (!list)
			return 0;
		c = skip_space(c);
		if (*c != ',' && *c != '}')
			break;
	}
	free(*names);
	*names = NULL;
	*count = 0;
	return -1;
}

void dsfit_sections_free(struct dsfit_sections *sections)
{
	dsfit_names_free(&sections->texts);
	dsfit_names_free(&sections->paths);
	free(sections->section);
	sections->section = NULL;
	sections->count = sections->room = 0;
}
