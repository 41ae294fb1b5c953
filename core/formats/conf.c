/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libconfuse 3.3 parses the configuration. By itself it reports wrong lines after comments, accepts
 * the end of a file as a closing brace, and carries an unfinished string into the next file. An
 * administrator needs "FILE:LINE: what is wrong".
 *
 *     dsfit_conf_read() -> read_file() -> prepare()      blank comments, check quotes and braces,
 *                              ^                         note keys that are set twice
 *                              |       -> cfg_parse_fp() libconfuse reads the prepared text
 *                              |            |
 *                              +- dsfit_conf_include()   called back for include("...")
 *                                           report()     called back for an error
 *
 * The first error wins: later ones follow from it.
 */
#include "core/formats/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/near_miss.h"

/* The deepest nesting of includes. */
#define INCLUDES_MAX 8

/* The state of one dsfit_conf_read(). */
struct reader {
	const char *file;
	int lines;			/* of the file, before what is read */
	int depth;
	size_t first_section;		/* of the file, among those that were cut out */
	const struct dsfit_conf_files *files;
	struct dsfit_error *err;
};

/*
 * libconfuse passes no context to its callbacks, so they find the reader here. The pointer belongs
 * to the thread and is set only during dsfit_conf_read(): the core keeps no state between calls.
 */
static _Thread_local struct reader *reading;

/* What is accepted, where libconfuse's line does not say so: ": did you mean KEY?" for an unknown
 * key, the words of a boolean. Otherwise "". To be appended. */
static const char *accepted(const cfg_t *cfg, const char *line, char text[DSFIT_NEAR_TEXT])
{
	struct dsfit_near near;
	char key[DSFIT_NEAR_MAX + 1];
	const char *best = NULL;

	if (!strncmp(line, "invalid boolean", strlen("invalid boolean")))
		return ": must be true or false";
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

	/* The first error is the cause. Later ones follow from it. */
	if (!reading || reading->err->text[0])
		return;
	vsnprintf(text, sizeof(text), format, args);
	dsfit_fail(reading->err, "%s:%d: %s%s", reading->file, reading->lines + cfg->line, text,
		   accepted(cfg, text, near));
}

/* The closing quote of the string that begins here, or the end of the text. */
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

/* Overwrite a comment with spaces, up to `end` or the end of the text. Newlines stay. */
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

/* The keys set so far in the open sections, the outermost section first. */
#define KEYS_MAX 256
#define DEPTH_MAX 8

struct keys {
	struct { const char *at; size_t length; } said[KEYS_MAX];
	size_t count;
	size_t begin[DEPTH_MAX + 1];	/* the first key of each open section; [0] is the file's */
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

/* If a key begins here, remember it. A key that its section already has is probably a mistake:
 * libconfuse silently takes the last. */
static void note_key(struct keys *keys, const char *at, size_t length, int line)
{
	struct dsfit_error text;

	if (!reading->files->warnings || !length || keys->depth > DEPTH_MAX ||
	    at[length + strspn(at + length, " \t")] != '=')
		return;
	for (size_t i = keys->begin[keys->depth]; i < keys->count; i++) {
		if (keys->said[i].length != length || strncmp(keys->said[i].at, at, length))
			continue;
		dsfit_fail(&text, "%s:%d: %.*s is set twice: the last value counts", reading->file,
			   line, (int)length, at);
		/* If memory is out, only this warning is lost. */
		(void)dsfit_names_add(reading->files->warnings, text.text);
		return;
	}
	if (keys->count == KEYS_MAX)
		return;
	keys->said[keys->count].at = at;
	keys->said[keys->count++].length = length;
}

/* More than any part of libconfuse's tree takes. */
#define PROBE 65536

/*
 * Prepare a text for libconfuse 3.3, which counts two extra lines for each comment, accepts the end
 * of a file as a closing brace, and carries an unfinished string into the next file. Comments are
 * blanked; quotes and braces must pair. Returns NULL, or what is wrong, with its line in *line.
 */
static const char *prepare(char *c, int *line)
{
	struct keys keys = { .count = 0 };
	int depth = 0, opened = 0, from;
	bool value = false, list = false;	/* behind a "=", inside its braces */

	for (*line = 1; *c; c++) {
		from = *line;
		if (*c == '"' || *c == '\'') {
			c = string_end(c, line);
			if (!*c) {
				*line = from;
				return "a string has no closing quote";
			}
		} else if (*c == '#' || !strncmp(c, "//", 2)) {
			c = blank_comment(c, "\n", line) - 1;
		} else if (!strncmp(c, "/*", 2)) {
			memset(c, ' ', 2);
			c = blank_comment(c, "*/", line);
			if (!*c) {
				*line = from;
				return "a comment has no closing */";
			}
			memset(c, ' ', 2);
		} else if (*c == '{') {
			opened = depth++ ? opened : *line;
			list = value;
			open_section(&keys);
		} else if (*c == '}') {
			depth -= depth > 0;
			list = false;
			close_section(&keys);
		} else if (*c == '(' && list) {
			/* libconfuse loses what it has of the list. */
			return "a list has no functions";
		} else if (*c == '\n') {
			++*line;
		} else {
			/* A slash inside a word does not begin a comment. */
			size_t word = strcspn(c, " #\"'\t\n\r={}()+,*");

			value = *c == '=' || (value && (*c == ' ' || *c == '\t'));
			note_key(&keys, c, word, *line);
			c += word ? word - 1 : 0;
		}
	}
	*line = opened;
	return depth ? "missing closing brace" : NULL;
}

/*
 * What libconfuse takes for a text, and more: 40 bytes for each of its own. It is not to begin
 * without: where its scanner finds no memory for a buffer or a quoted string, it ends the process,
 * by exit() or by an assertion, and nothing can be put in the place of either. What remains is that
 * another thread takes the memory meanwhile.
 */
static bool memory_for(size_t length)
{
	void *probe = malloc(PROBE + 40 * length);
	bool there = probe;

	free(probe);
	return there;
}

/* A flag of cfg that is not libconfuse's: it had no memory for a part of it. */
#define HALF_BUILT (1 << 30)

/* libconfuse does not tell that, but errno may: its scanner clears it where it reads on. */
static void note_memory(cfg_t *cfg)
{
	if (errno == ENOMEM)
		cfg->flags |= HALF_BUILT;
}

static bool is_whole(const cfg_t *cfg);

/* A text without a default has the value NULL until it is set. */
static bool has_value(const cfg_opt_t *opt, const cfg_value_t *value)
{
	if (opt->type == CFGT_SEC)
		return is_whole(value->section);
	return opt->type != CFGT_STR || value->string ||
	       (!opt->def.string && opt->flags & CFGF_RESET);
}

/*
 * Whether each option has its value, written or by default, here and in the sections. Where it
 * fills in defaults, libconfuse leaves out what it has no memory for, and goes on. errno tells that
 * only until the scanner reads on.
 */
static bool is_whole(const cfg_t *cfg)
{
	for (const cfg_opt_t *opt = cfg->opts; opt && opt->name; opt++) {
		bool may_lack = opt->type == CFGT_FUNC || opt->flags & (CFGF_LIST | CFGF_MULTI) ||
				(opt->flags & CFGF_NODEFAULT && !(opt->flags & CFGF_MODIFIED));

		if (!opt->nvalues && !may_lack)
			return false;
		for (unsigned i = 0; i < opt->nvalues; i++)
			if (!has_value(opt, opt->values[i]))
				return false;
	}
	return cfg->opts;
}

/* Parse the text of a file. Errors go through report(). Returns 0 or -1. */
static int parse_text(cfg_t *cfg, char *text, size_t length)
{
	const char *wrong;
	FILE *stream;
	int rc = -1;

	if (strlen(text) != length) {
		cfg->line = 1;
		cfg_error(cfg, "the file contains a NUL byte: it must be plain text");
		return -1;
	}
	wrong = prepare(text, &cfg->line);
	if (wrong) {
		cfg_error(cfg, "%s", wrong);
		return -1;
	}
	if (!length)
		return 0;
	if (!memory_for(length)) {
		cfg_error(cfg, "out of memory");
		return -1;
	}
	errno = 0;
	stream = fmemopen(text, length, "r");
	if (stream) {
		rc = cfg_parse_fp(cfg, stream) == CFG_SUCCESS ? 0 : -1;
		note_memory(cfg);
		if (!rc && reading->depth <= 1 && !is_whole(cfg))
			cfg->flags |= HALF_BUILT;
		fclose(stream);
	}
	if (!(cfg->flags & HALF_BUILT))
		return rc;
	if (!reading->err->text[0])
		cfg_error(cfg, "out of memory");
	return -1;
}

/* Add a warning "FILE: what: mend", unless the mend is that of an earlier one: a folder is above
 * many files. */
static int warn_once(struct dsfit_names *warnings, const char *text)
{
	const char *mend = strrchr(text, ':'), *other;

	for (size_t i = 0; mend && i < warnings->count; i++) {
		other = strrchr(warnings->name[i], ':');
		if (other && !strcmp(other, mend))
			return 0;
	}
	return dsfit_names_add(warnings, text);
}

/* Whether a file may be used that somebody who is not trusted can change: with a warning, where
 * there are such. Returns 0, or -1 with the line in err. */
static int judge(const char *path, const char *at_fault, struct dsfit_error *err)
{
	const struct dsfit_conf_files *files = reading->files;

	if (files->warnings)
		return warn_once(files->warnings, err->text);
	/* It may be a folder, whose change no file shows. */
	if (files->paths && !dsfit_names_have(files->paths, at_fault) &&
	    dsfit_names_add(files->paths, at_fault))
		dsfit_fail(err, "%s: out of memory", path);
	return -1;
}

/* The text of a file on the disk. */
static char *read_text(const char *path, size_t *length, struct dsfit_error *err)
{
	const struct dsfit_trusted *trusted = reading->files->trusted;
	char at_fault[PATH_MAX], *text;

	if (!trusted)
		return dsfit_file_read(path, length, err);
	text = dsfit_trust_read(path, trusted, length, at_fault, err);
	if (text || !at_fault[0] || judge(path, at_fault, err))
		return text;
	return dsfit_file_read(path, length, err);
}

/* The text of a file, for the caller to free; NULL with "FILE: reason" in err. */
static char *text_of(const char *path, size_t *length, struct dsfit_error *err)
{
	const struct dsfit_conf_files *files = reading->files;
	const struct dsfit_kept_file *kept;
	char *text;

	if (files->paths && dsfit_names_add(files->paths, path))
		return NULL;
	if (!files->from) {
		text = read_text(path, length, err);
	} else {
		kept = dsfit_kept_files_find(files->from, path);
		*length = kept ? kept->length : 0;
		text = kept ? malloc(kept->length + 1) : NULL;
		if (text)
			memcpy(text, kept->text, kept->length + 1);
		else if (!kept)
			dsfit_fail(err, "%s: no copy is kept", path);
	}
	/* As it is: the parser blanks comments in it. */
	if (text && files->keep && dsfit_kept_files_add(files->keep, path, text, *length)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Leave the sections that are read later out of the text. Returns the text to be parsed, which
 * takes the place of the other; NULL without memory. */
static char *cut_sections(const char *path, char *text, size_t *length)
{
	struct dsfit_sections *sections = reading->files->sections;
	char *rest;

	/* One with a NUL byte is wrong as a whole. */
	if (!sections || strlen(text) != *length)
		return text;
	reading->first_section = sections->count;
	if (dsfit_sections_cut(sections, path, text, *length, &rest))
		return NULL;
	*length = strlen(rest);
	return rest;
}

/* Read one file into cfg. Returns 0, or -1; if the file cannot be read, err says "FILE: reason". */
static int read_file(cfg_t *cfg, const char *path, struct dsfit_error *err)
{
	const char *outer_file = reading->file;
	char *outer_name = cfg->filename;
	int outer_line = cfg->line, rc = -1;
	size_t length, outer_first = reading->first_section;
	char *text;

	text = text_of(path, &length, err);
	if (!text)
		return -1;
	cfg->filename = strdup(path);
	if (cfg->filename)
		text = cut_sections(path, text, &length);
	if (cfg->filename && text) {
		reading->file = path;
		reading->depth++;
		rc = parse_text(cfg, text, length);
		reading->depth--;
		reading->file = outer_file;
	}
	reading->first_section = outer_first;
	free(cfg->filename);
	cfg->filename = outer_name;
	cfg->line = outer_line;
	free(text);
	return rc;
}

/* The path that a function names, which starts at the folder of the file that names it. */
static char *path_beside(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	const char *slash = strrchr(reading->file, '/');
	char *path = NULL;

	if (argc != 1) {
		cfg_error(cfg, "%s: needs exactly one file name", opt->name);
		return NULL;
	}
	if (*argv[0] == '/' || !slash)
		return strdup(argv[0]);
	if (asprintf(&path, "%.*s/%s", (int)(slash - reading->file), reading->file, argv[0]) < 0)
		return NULL;
	return path;
}

int dsfit_conf_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct dsfit_sections *sections = reading->files->sections;
	struct dsfit_error why = { "" };
	size_t before = 0, end;
	char *path;
	int rc;

	note_memory(cfg);
	if (reading->depth >= INCLUDES_MAX) {
		cfg_error(cfg, "%s: nested more than %d deep; does a file include itself?",
			  opt->name, INCLUDES_MAX);
		return -1;
	}
	path = path_beside(cfg, opt, argc, argv);
	if (!path)
		return -1;
	if (sections)
		before = dsfit_sections_before(sections, reading->first_section, cfg->line);
	end = sections ? sections->count : 0;
	rc = read_file(cfg, path, &why);
	if (sections && dsfit_sections_move(sections, before, end))
		rc = -1;
	if (why.text[0])
		cfg_error(cfg, "%s", why.text);
	free(path);
	return rc;
}

/* Give the key the path that a function names. */
static int name_file(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv, const char *key)
{
	char *path = path_beside(cfg, opt, argc, argv), at_fault[PATH_MAX];
	const struct dsfit_trusted *trusted = reading->files->trusted;
	struct dsfit_error why = { "" };
	int rc = 0;

	note_memory(cfg);
	if (!path)
		return -1;
	/* Nobody else can change it until it is read. */
	if (trusted && dsfit_trust_check(path, trusted, at_fault, &why))
		rc = judge(path, at_fault, &why);
	if (rc)
		cfg_error(cfg, "%s", why.text);
	else
		rc = cfg_setstr(cfg, key, path);
	free(path);
	return rc ? -1 : 0;
}

int dsfit_conf_name_file(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	return name_file(cfg, opt, argc, argv, "architectures-file");
}

int dsfit_conf_take_file(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct dsfit_error why = { "" };
	char *path, *text;
	size_t length;
	int rc;

	if (reading->files->sections)
		return name_file(cfg, opt, argc, argv, "hub-file");
	path = path_beside(cfg, opt, argc, argv);
	note_memory(cfg);
	if (!path)
		return -1;
	text = text_of(path, &length, &why);
	if (!text)
		cfg_error(cfg, "%s", why.text[0] ? why.text : "out of memory");
	rc = text ? cfg_setstr(cfg, "hub-text", text) : -1;
	free(path);
	free(text);
	return rc ? -1 : 0;
}

cfg_t *dsfit_conf_init(cfg_opt_t *keys)
{
	cfg_t *cfg;

	errno = 0;
	cfg = cfg_init(keys, CFGF_NONE);
	return errno == ENOMEM ? NULL : cfg;
}

void dsfit_conf_free(cfg_t *cfg)
{
	void *probe = cfg && !(cfg->flags & HALF_BUILT) ? malloc(PROBE) : NULL;

	if (probe)
		cfg_free(cfg);
	free(probe);
}

int dsfit_conf_read_text(cfg_t *cfg, const char *path, int lines, char *text,
			 struct dsfit_error *err)
{
	const struct dsfit_conf_files none = { NULL };
	struct reader reader = { path, lines, 0, 0, &none, err };
	int rc;

	err->text[0] = '\0';
	cfg_set_error_function(cfg, report);
	reading = &reader;
	rc = parse_text(cfg, text, strlen(text));
	reading = NULL;
	return rc;
}

/* Lines were counted from the beginning of the section. */
static void move_lines(cfg_t *section, int lines)
{
	section->line += lines;
	for (cfg_opt_t *opt = section->opts; opt && opt->name; opt++)
		for (unsigned i = 0; opt->type == CFGT_SEC && i < cfg_opt_size(opt); i++)
			move_lines(cfg_opt_getnsec(opt, i), lines);
}

cfg_t *dsfit_conf_read_section(cfg_t *cfg, const struct dsfit_section *section,
			       struct dsfit_error *err)
{
	char *text = strndup(section->text, section->length);
	char *path = strdup(section->path), *kind = strndup(section->text,
							    strcspn(section->text, " \t\r\n\"{"));
	cfg_t *found = NULL;

	err->text[0] = '\0';
	cfg->filename = path;
	if (text && path && kind &&
	    !dsfit_conf_read_text(cfg, section->path, section->lines, text, err))
		found = cfg_getnsec(cfg, kind, cfg_size(cfg, kind) - 1);
	if (found)
		move_lines(found, section->lines);
	cfg->filename = NULL;
	free(kind);
	free(path);
	free(text);
	return found;
}

int dsfit_conf_read(cfg_t *cfg, const char *path, const struct dsfit_conf_files *files,
		    struct dsfit_error *err)
{
	struct reader reader = { path, 0, 0, 0, files, err };
	int rc;

	err->text[0] = '\0';
	cfg_set_error_function(cfg, report);
	reading = &reader;
	rc = read_file(cfg, path, err);
	reading = NULL;
	return rc;
}
