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

/* What is looked for, and the text; what is found goes to `places`. */
struct finding {
	const struct dsfit_section_kinds *of;
	const char *text;
	struct dsfit_section_places *places;
};

/* The text is at the "=" of a key. Note its value if the key is one of the list's. */
static void note_value(struct finding *finding, struct dsfit_section_place *place,
		       const char *equals)
{
	bool *odd = &finding->places->odd;
	const char *end = equals;
	bool adds = end[-1] == '+';

	end -= adds;
	while (KIND(end[-1]) == SPACE)
		/* What is on the line before may be a comment. */
		*odd |= *--end == '\n';
	*odd |= KIND(end[-1]) != WORD;
	for (size_t i = 0; i < DSFIT_SECTION_VALUES; i++) {
		if (!ends_in(finding->text + place->begin, end, &finding->of->keys[i]))
			continue;
		*odd |= adds || place->value[i];
		place->value[i] = (uint32_t)(equals + 1 - finding->text);
	}
}

/* Find the end of a section whose text begins before `c`, which is behind its brace. Returns NULL
 * if the text ends before. */
static const char *find_end(struct finding *finding, struct dsfit_section_place *place,
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
			note_value(finding, place, c);
		c = skip(finding->text + place->begin, c);
	}
	return c;
}

/* ---- at the top of a file -------------------------------------------------------------------- */

/* Find one word, or a string that is as it is written. Returns what follows it, or NULL if there is
 * none, or a longer or an odd one. */
static const char *find_name(const char *c, const char **name, size_t *length)
{
	bool quoted = *c == '"';

	*name = c += quoted;
	if (quoted) {
		c += strcspn(c, "\"\\$\n");
		if (*c != '"')
			return NULL;
	} else {
		while (is_word(*c) && *c != '$' && *c != '\\')
			c++;
		if (c == *name || **name == '/' || *c == '$' || *c == '\\')
			return NULL;
	}
	*length = (size_t)(c - *name);
	return *length < DSFIT_NAME_MAX ? c + quoted : NULL;
}

static void copy_name(char out[DSFIT_NAME_MAX], const char *name, size_t length)
{
	memcpy(out, name, length);
	out[length] = '\0';
}

static const char *skip_space(const char *c)
{
	while (KIND(*c) == SPACE)
		c++;
	return c;
}

/* If a section of one of the kinds begins with this word, fill in *out. Returns its end; NULL if
 * there is none. */
static const char *find_section(struct finding *finding, const char *word, size_t length,
				struct dsfit_section_place *out)
{
	const char *const *kinds = finding->of->kinds;
	const char *c, *title;
	size_t kind = 0, title_length;

	while (kinds[kind] && (*kinds[kind] != *word || strlen(kinds[kind]) != length ||
			       memcmp(word, kinds[kind], length)))
		kind++;
	if (!kinds[kind])
		return NULL;
	*out = (struct dsfit_section_place){ .begin = (uint32_t)(word - finding->text) };
	c = find_name(skip_space(word + length), &title, &title_length);
	c = c ? skip_space(c) : NULL;
	if (!c || *c != '{') {
		finding->places->odd = true;
		return NULL;
	}
	out->kind = (uint16_t)kind;
	out->title = (uint32_t)(title - finding->text);
	out->title_length = (uint16_t)title_length;
	return find_end(finding, out, c + 1);
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

/* Add the place, which goes up to `end`. Returns 0, or -1 without memory. */
static int add_place(struct finding *finding, struct dsfit_section_place *place, const char *end)
{
	struct dsfit_section_places *places = finding->places;
	const char *begin = finding->text + place->begin;
	struct dsfit_section_place *more;

	if (places->count == places->room) {
		more = reallocarray(places->place, places->room + 128, sizeof(*more));
		if (!more)
			return -1;
		places->place = more;
		places->room += 128;
	}
	place->length = (uint32_t)(end - begin);
	place->lines = (uint32_t)count_lines(begin, end);
	places->place[places->count++] = *place;
	return 0;
}

/* Skip what begins with a character of the kind STOP that is no brace. A comment is a place too,
 * because libconfuse would step through it. Returns NULL without memory. */
static const char *find_comment(struct finding *finding, const char *c)
{
	struct dsfit_section_place comment = {
		.begin = (uint32_t)(c - finding->text), .kind = DSFIT_SECTION_COMMENT,
	};
	const char *end = skip(finding->text, c);

	/* Only if it is whole. */
	if (*end && (*c == '#' || (*c == '/' && end > c + 1)) && add_place(finding, &comment, end))
		return NULL;
	return end;
}

int dsfit_sections_find(const struct dsfit_section_kinds *kinds, const char *text,
			struct dsfit_section_places *places)
{
	struct finding finding = { kinds, text, places };
	const char *c = text;
	size_t depth = 0;

	while (*c) {
		struct dsfit_section_place place;
		const char *end, *word = c;

		if (KIND(*c) == WORD) {
			while (is_word(*c))
				c++;
			end = depth ? NULL : find_section(&finding, word, (size_t)(c - word),
							  &place);
			if (end && add_place(&finding, &place, end))
				return -1;
			c = end ? end : c;
		} else if (KIND(*c) == STOP && *c != '{' && *c != '}') {
			c = find_comment(&finding, c);
			if (!c)
				return -1;
		} else {
			depth += *c == '{';
			depth -= *c == '}' && depth;
			c++;
		}
	}
	return 0;
}

/* ---- texts that are known -------------------------------------------------------------------- */

uint64_t dsfit_sections_hash(const char *text, size_t length)
{
	uint64_t hash = length, word;

	for (; length >= sizeof(word); text += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, text, length);
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static const struct dsfit_known_text *find_known(const struct dsfit_section_kinds *kinds,
						 const char *text, size_t length)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < kinds->known_count; i++) {
		if (kinds->known[i].length != length)
			continue;
		hash = hash ? hash : dsfit_sections_hash(text, length);
		if (kinds->known[i].hash == hash)
			return &kinds->known[i];
	}
	return NULL;
}

/* ---- cutting --------------------------------------------------------------------------------- */

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

/* Leave out a section or a comment, except for its newlines. */
static void leave_out(struct cutting *at, const struct dsfit_section_place *place)
{
	memset(at->out, '\n', place->lines);
	at->out += place->lines;
	at->lines += (int)place->lines;
	at->done = at->begin + place->begin + place->length;
}

static int add_section(struct dsfit_sections *sections, const char *path, const struct cutting *at,
		       const struct dsfit_section_place *place)
{
	struct dsfit_section *section;

	if (sections->count == sections->room) {
		section = reallocarray(sections->section, sections->room + 128, sizeof(*section));
		if (!section)
			return -1;
		sections->section = section;
		sections->room += 128;
	}
	section = &sections->section[sections->count++];
	*section = (struct dsfit_section){
		.kind = place->kind, .path = path, .lines = at->lines,
		.text = at->begin + place->begin, .length = place->length,
	};
	copy_name(section->title, at->begin + place->title, place->title_length);
	for (size_t i = 0; i < DSFIT_SECTION_VALUES; i++)
		if (place->value[i])
			section->value[i] = at->begin + place->value[i];
	return 0;
}

/* The text is copied to at->out, without its sections and comments. */
static int cut_all(struct dsfit_sections *sections, const char *path, struct cutting *at,
		   const struct dsfit_section_place *place, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		copy(at, at->begin + place[i].begin);
		if (place[i].kind != DSFIT_SECTION_COMMENT &&
		    add_section(sections, path, at, &place[i]))
			return -1;
		leave_out(at, &place[i]);
	}
	copy(at, at->done + strlen(at->done));
	*at->out = '\0';
	return 0;
}

static int find_and_cut(struct dsfit_sections *sections, const char *path, struct cutting *at,
			size_t length)
{
	const struct dsfit_known_text *known = find_known(sections->of, at->begin, length);
	struct dsfit_section_places places = { NULL };
	int rc;

	if (known)
		return cut_all(sections, path, at, known->place, known->count);
	rc = dsfit_sections_find(sections->of, at->begin, &places) ||
	     cut_all(sections, path, at, places.place, places.count) ? -1 : 0;
	sections->odd |= places.odd;
	free(places.place);
	return rc;
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
	    find_and_cut(sections, sections->paths.name[sections->paths.count - 1], &at, length)) {
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
	const char *c = value ? skip_space(value) : "{}", *name;
	bool list = *c == '{';
	size_t length;
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
		c = find_name(c, &name, &length);
		if (!c)
			break;
		copy_name((*names)[(*count)++], name, length);
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
