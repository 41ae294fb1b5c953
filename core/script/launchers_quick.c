/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launchers_quick.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/file.h"

#define INCLUDES_MAX 8

/* A file that is read. Each function returns -1 at what it does not expect. */
struct text {
	struct dsfit_launchers *l;
	struct dsfit_names *titles;	/* of the meanings so far */
	const struct dsfit_trusted *trusted;
	const char *path;
	char *at;
	unsigned depth;
};

/* ---- words ---------------------------------------------------------------------------------- */

static void skip_blanks(struct text *t)
{
	char *at = t->at;

	/* What is greater than "#" is most of a file. */
	for (; *at <= '#' && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' ||
			      *at == '#'); at++)
		if (*at == '#')
			at = strchrnul(at, '\n') - 1;
	t->at = at;
}

/* Mostly it is there without a blank before it. */
static bool take(struct text *t, char c)
{
	if (*t->at != c)
		skip_blanks(t);
	if (*t->at != c)
		return false;
	t->at++;
	return true;
}

/* A word of letters. Its end is what stood behind it, as it may be a "=". */
static const char *take_word(struct text *t, size_t *length)
{
	const char *begin;

	skip_blanks(t);
	begin = t->at;
	while ((*t->at >= 'a' && *t->at <= 'z') || *t->at == '-')
		t->at++;
	*length = (size_t)(t->at - begin);
	return begin;
}

/* A string, which gets its terminator where it stands. */
static const char *take_string(struct text *t)
{
	char *begin, *end;

	if (!take(t, '"'))
		return NULL;
	begin = t->at;
	end = strchr(begin, '"');
	if (!end || memchr(begin, '\n', (size_t)(end - begin)))
		return NULL;
	*end = '\0';
	t->at = end + 1;
	return begin;
}

static bool is_word(const char *word, size_t length, const char *what)
{
	return strlen(what) == length && !memcmp(word, what, length);
}

static bool is_called(const char *name, const char *title)
{
	return *name == *title && !strcmp(name, title);
}

/* ---- values --------------------------------------------------------------------------------- */

/* = {"one", "two"}, or += of what is added. A list that is set twice has its last value: that is
 * rare enough to be left to libconfuse. */
static int take_list(struct text *t, struct dsfit_names *names)
{
	bool adds = take(t, '+');

	if ((adds && *t->at != '=') || !take(t, '=') || !take(t, '{') ||
	    (names->count && !adds))
		return -1;
	while (!take(t, '}')) {
		const char *name = take_string(t);

		if (!name || dsfit_launchers_add(t->l, names, name))
			return -1;
		/* The last may have a comma behind it too. */
		if (!take(t, ','))
			return take(t, '}') ? 0 : -1;
	}
	return 0;
}

static int take_switch(struct text *t, bool *to)
{
	const char *word;
	size_t length;

	if (!take(t, '='))
		return -1;
	word = take_word(t, &length);
	*to = is_word(word, length, "true");
	return *to || is_word(word, length, "false") ? 0 : -1;
}

/* A key of a section, and where its value goes. */
struct key {
	const char *name;
	struct dsfit_names *names;
	bool *on;			/* instead of names */
};

/* The rest of a section, behind its title. */
static int take_section(struct text *t, const struct key *keys, size_t count)
{
	if (!take(t, '{'))
		return -1;
	while (!take(t, '}')) {
		size_t length, i = 0;
		const char *word = take_word(t, &length);

		while (i < count && !is_word(word, length, keys[i].name))
			i++;
		if (i == count || (keys[i].on ? take_switch(t, keys[i].on) :
						take_list(t, keys[i].names)))
			return -1;
	}
	return 0;
}

/* ---- sections ------------------------------------------------------------------------------- */

static int take_launcher(struct text *t, const char *title)
{
	struct dsfit_launcher *l;

	for (size_t i = 0; i < t->l->launchers; i++)
		if (is_called(t->l->launcher[i].name, title))
			return -1;
	l = dsfit_launchers_add_launcher(t->l, title);
	if (!l)
		return -1;

	const struct key keys[] = {
		{ "programs", &l->programs, NULL }, { "switches", &l->switches, NULL },
		{ "per-node", &l->per_node, NULL }, { "total", &l->total, NULL },
		{ "nodes", &l->nodes, NULL }, { "hosts", &l->hosts, NULL },
		{ "files", &l->files, NULL }, { "packaged", NULL, &l->packaged },
	};

	return take_section(t, keys, DSFIT_ARRAY_SIZE(keys));
}

static int take_trainer(struct text *t, const char *title)
{
	struct dsfit_trainer *trainer;

	for (size_t i = 0; i < t->l->trainers; i++)
		if (is_called(t->l->trainer[i].name, title))
			return -1;
	trainer = dsfit_launchers_add_trainer(t->l, title);
	if (!trainer)
		return -1;

	const struct key keys[] = {
		{ "programs", &trainer->programs, NULL }, { "marks", &trainer->marks, NULL },
		{ "defaults", &trainer->defaults, NULL },
		{ "starts-all", NULL, &trainer->starts_all },
		{ "spans-nodes", NULL, &trainer->spans_nodes },
	};

	return take_section(t, keys, DSFIT_ARRAY_SIZE(keys));
}

static int take_meaning(struct text *t, const char *title)
{
	enum dsfit_meaning meaning = dsfit_launchers_titled(title);
	struct dsfit_names names = { 0 };
	const struct key key = { "names", &names, NULL };

	for (size_t i = 0; i < t->titles->count; i++)
		if (is_called(t->titles->name[i], title))
			return -1;
	return meaning == DSFIT_MEANINGS || dsfit_launchers_add(t->l, t->titles, title) ||
	       take_section(t, &key, 1) || dsfit_launchers_mean(t->l, &names, meaning) ? -1 : 0;
}

static int take_titled(struct text *t, const char *kind, size_t length)
{
	const char *title = take_string(t);

	if (!title)
		return -1;
	if (is_word(kind, length, "launcher"))
		return take_launcher(t, title);
	return is_word(kind, length, "trainer") ? take_trainer(t, title) : take_meaning(t, title);
}

/* ---- files ---------------------------------------------------------------------------------- */

static int take_file(const struct text *above, const char *path);

/* ("file"), from the folder of the file that includes it. */
static int take_include(struct text *t)
{
	const char *slash = strrchr(t->path, '/'), *name;
	char path[PATH_MAX];
	int length;

	if (!take(t, '('))
		return -1;
	name = take_string(t);
	if (!name || !take(t, ')') || t->depth == INCLUDES_MAX)
		return -1;
	length = snprintf(path, sizeof(path), "%.*s%s",
			  *name != '/' && slash ? (int)(slash - t->path) + 1 : 0, t->path, name);
	return length < (int)sizeof(path) ? take_file(t, path) : -1;
}

static struct dsfit_names *list_called(struct dsfit_launchers *l, const char *word, size_t length)
{
	const struct key keys[] = {
		{ "prefixes", &l->prefixes, NULL }, { "nothing", &l->nothing.names, NULL },
		{ "nothing-anywhere", &l->nothing_anywhere.names, NULL },
		{ "nothing-scripts", &l->nothing_scripts.names, NULL },
		{ "training", &l->training.names, NULL }, { "methods", &l->methods.names, NULL },
		{ "models", &l->models.names, NULL },
		{ "other-models", &l->other_models.names, NULL },
		{ "sections-aside", &l->sections_aside, NULL },
		{ "variables", &l->variables, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++)
		if (is_word(word, length, keys[i].name))
			return keys[i].names;
	return NULL;
}

/* Most of a file are sections with a title. */
static int take_key(struct text *t, const char *word, size_t length)
{
	struct dsfit_names *names;

	if (is_word(word, length, "meaning") || is_word(word, length, "trainer") ||
	    is_word(word, length, "launcher"))
		return take_titled(t, word, length);
	if (is_word(word, length, "include"))
		return take_include(t);
	names = list_called(t->l, word, length);
	return names ? take_list(t, names) : -1;
}

static int take_text(struct text *t)
{
	for (skip_blanks(t); *t->at; skip_blanks(t)) {
		size_t length;
		const char *word = take_word(t, &length);

		if (take_key(t, word, length))
			return -1;
	}
	return 0;
}

static int take_file(const struct text *above, const char *path)
{
	struct text t = *above;
	char at_fault[PATH_MAX], *text;
	struct dsfit_error err;
	size_t length;

	t.path = path;
	t.at = NULL;
	t.depth++;
	text = t.trusted ? dsfit_trust_read(path, t.trusted, &length, at_fault, &err) :
			   dsfit_file_read(path, &length, NULL);

	/* libconfuse knows escapes and variables. */
	if (text && strlen(text) == length && !strchr(text, '\\') && !strchr(text, '$'))
		t.at = dsfit_arena_copy(&t.l->arena, text, length);
	free(text);
	return t.at ? take_text(&t) : -1;
}

struct dsfit_launchers *dsfit_launchers_quick(const char *path,
					      const struct dsfit_trusted *trusted)
{
	struct dsfit_launchers *l = dsfit_launchers_begin();
	struct dsfit_names titles = { 0 };
	const struct text nothing = { .l = l, .titles = &titles, .trusted = trusted };

	if (l && !take_file(&nothing, path) && !dsfit_launchers_end(l))
		return l;
	dsfit_launchers_free(l);
	return NULL;
}
