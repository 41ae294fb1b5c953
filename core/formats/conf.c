/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files for libconfuse, whose messages are to have the right file and line.
 */
#include "core/formats/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/near_miss.h"

/* How deep files may include each other. */
#define INCLUDES_MAX 8

/* What is being read: the file of the moment, how deep in includes, and the first error. */
struct reader {
	const char *file;
	int depth;
	struct dsfit_names *files;	/* of all that were looked for, or NULL */
	struct dsfit_names *doubts;
	struct dsfit_error *err;
};

/*
 * libconfuse gives its callbacks nothing of the caller's. The pointer is set while files are
 * being read and is the thread's own, so the core keeps no state between calls.
 */
static _Thread_local struct reader *reading;

/* Where libconfuse has found no such key in a section: the one that was probably meant, in
 * what is to follow its line; else "". */
static const char *near_key(const cfg_t *cfg, const char *line, char text[DSFIT_NEAR_TEXT])
{
	struct dsfit_near near;
	char key[DSFIT_NEAR_MAX + 1];
	const char *best = NULL;

	if (sscanf(line, "no such option '%63[^']'", key) == 1) {
		dsfit_near_start(&near, key);
		for (const cfg_opt_t *opt = cfg->opts; opt && opt->name; opt++)
			dsfit_near_try(&near, opt->name, opt);
		best = dsfit_near_best(&near);
	}
	*text = '\0';
	if (best)
		snprintf(text, DSFIT_NEAR_TEXT, ": did you mean %s?", best);
	return text;
}

static void report(cfg_t *cfg, const char *format, va_list args)
{
	char text[400], near[DSFIT_NEAR_TEXT];

	/* The first error is the cause; those after it are its consequences. */
	if (!reading || reading->err->text[0])
		return;
	vsnprintf(text, sizeof(text), format, args);
	dsfit_fail(reading->err, "%s:%d: %s%s", reading->file, cfg->line, text,
		   near_key(cfg, text, near));
}

/* The end of the quoted string that begins here; its last quote, or the end of the text. */
static char *string_end(char *c, int *line)
{
	char quote = *c;

	for (c++; *c && *c != quote; c++) {
		if (*c == '\\' && c[1])
			c++;
		*line += *c == '\n';
	}
	return c;
}

/* Blank a comment, but for its newlines, up to where `end` begins or the text ends. */
static char *blank_comment(char *c, const char *end, int *line)
{
	size_t length = strlen(end);

	for (; *c && strncmp(c, end, length); c++) {
		*line += *c == '\n';
		if (*c != '\n')
			*c = ' ';
	}
	return c;
}

/* The keys that have been said in the sections that are open: the outermost first. */
#define KEYS_MAX 256
#define DEPTH_MAX 8

struct keys {
	struct { const char *at; size_t length; } said[KEYS_MAX];
	size_t count;
	size_t begin[DEPTH_MAX + 1];	/* of each section's; the file's own are the first */
	size_t depth;
};

static void open_section(struct keys *keys)
{
	if (++keys->depth <= DEPTH_MAX)
		keys->begin[keys->depth] = keys->count;
}

static void close_section(struct keys *keys)
{
	if (!keys->depth)
		return;
	if (keys->depth <= DEPTH_MAX)
		keys->count = keys->begin[keys->depth];
	keys->depth--;
}

/* A word that begins a setting: one that the section has already is in doubt, for libconfuse takes
 * the last without a word. */
static void note_key(struct keys *keys, const char *at, size_t length, int line)
{
	struct dsfit_error text;

	if (!reading->doubts || !length || keys->depth > DEPTH_MAX ||
	    at[length + strspn(at + length, " \t")] != '=')
		return;
	for (size_t i = keys->begin[keys->depth]; i < keys->count; i++) {
		if (keys->said[i].length != length || strncmp(keys->said[i].at, at, length))
			continue;
		dsfit_fail(&text, "%s:%d: %.*s is said twice: the last is taken", reading->file,
			   line, (int)length, at);
		/* Where memory is out one line is missing. */
		(void)dsfit_names_add(reading->doubts, text.text);
		return;
	}
	if (keys->count == KEYS_MAX)
		return;
	keys->said[keys->count].at = at;
	keys->said[keys->count++].length = length;
}

/*
 * Make a text fit for libconfuse 3.3: it counts two lines too many for each comment, takes the
 * end of a file for the closing brace, and stays within a string that was not ended, in the
 * next file too. So it gets no comments, and only texts whose quotes and braces pair. Returns
 * NULL, or what is wrong in which line.
 */
static const char *prepare(char *c, int *line)
{
	struct keys keys = { .count = 0 };
	int depth = 0, opened = 0, from;

	for (*line = 1; *c; c++) {
		from = *line;
		if (*c == '"' || *c == '\'') {
			c = string_end(c, line);
			if (!*c) {
				*line = from;
				return "a string without its closing quote";
			}
		} else if (*c == '#' || !strncmp(c, "//", 2)) {
			c = blank_comment(c, "\n", line) - 1;
		} else if (!strncmp(c, "/*", 2)) {
			memset(c, ' ', 2);
			c = blank_comment(c, "*/", line);
			if (!*c) {
				*line = from;
				return "a comment without its closing */";
			}
			memset(c, ' ', 2);
		} else if (*c == '{') {
			opened = depth++ ? opened : *line;
			open_section(&keys);
		} else if (*c == '}') {
			depth -= depth > 0;
			close_section(&keys);
		} else if (*c == '\n') {
			++*line;
		} else {
			/* Within a word no slash begins a comment. */
			size_t word = strcspn(c, " #\"'\t\n\r={}()+,*");

			note_key(&keys, c, word, *line);
			c += word ? word - 1 : 0;
		}
	}
	*line = opened;
	return depth ? "missing closing brace" : NULL;
}

/* Parse what prepare() has left of a file's text; errors go through report(). */
static int parse_text(cfg_t *cfg, char *text, size_t length)
{
	const char *wrong;
	FILE *stream;
	int rc = -1;

	if (strlen(text) != length) {
		cfg->line = 1;
		cfg_error(cfg, "not a text");
		return -1;
	}
	wrong = prepare(text, &cfg->line);
	if (wrong) {
		cfg_error(cfg, "%s", wrong);
		return -1;
	}
	if (!length)
		return 0;
	stream = fmemopen(text, length, "r");
	if (stream) {
		rc = cfg_parse_fp(cfg, stream) == CFG_SUCCESS ? 0 : -1;
		fclose(stream);
	}
	return rc;
}

/* Read one file into cfg. A file that cannot be read is in err, as "FILE: reason". */
static int read_file(cfg_t *cfg, const char *path, struct dsfit_error *err)
{
	const char *outer_file = reading->file;
	char *outer_name = cfg->filename;
	int outer_line = cfg->line, rc = -1;
	size_t length;
	char *text;

	if (reading->files && dsfit_names_add(reading->files, path))
		return -1;
	text = dsfit_file_read(path, &length, err);
	if (!text)
		return -1;
	cfg->filename = strdup(path);
	if (cfg->filename) {
		reading->file = path;
		reading->depth++;
		rc = parse_text(cfg, text, length);
		reading->depth--;
		reading->file = outer_file;
	}
	free(cfg->filename);
	cfg->filename = outer_name;
	cfg->line = outer_line;
	free(text);
	return rc;
}

int dsfit_conf_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	const char *slash = strrchr(reading->file, '/');
	struct dsfit_error why = { "" };
	char *path = NULL;
	int rc;

	if (argc != 1 || reading->depth >= INCLUDES_MAX) {
		cfg_error(cfg, argc != 1 ? "%s: accepted is one file" : "%s: nested too deeply",
			  opt->name);
		return -1;
	}
	if (*argv[0] == '/' || !slash)
		path = strdup(argv[0]);
	else if (asprintf(&path, "%.*s/%s", (int)(slash - reading->file), reading->file,
			  argv[0]) < 0)
		path = NULL;
	if (!path)
		return -1;
	rc = read_file(cfg, path, &why);
	if (why.text[0])
		cfg_error(cfg, "%s", why.text);
	free(path);
	return rc;
}

int dsfit_conf_read(cfg_t *cfg, const char *path, struct dsfit_names *files,
		    struct dsfit_names *doubts, struct dsfit_error *err)
{
	struct reader reader = { path, 0, files, doubts, err };
	int rc;

	err->text[0] = '\0';
	cfg_set_error_function(cfg, report);
	reading = &reader;
	rc = read_file(cfg, path, err);
	reading = NULL;
	return rc;
}
