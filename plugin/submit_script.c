/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/submit_script.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/script/glance.h"

extern char **environ;

/* ---- this process's command line ------------------------------------------------------------ */

#define COMMAND_LINE_MAX (2u << 20)

struct command_line {
	char *text;		/* the words, each with its end */
	char **word;
	int count;
};

static void forget_line(struct command_line *line)
{
	free(line->text);
	free(line->word);
}

/* A file of /proc has no size. */
static char *read_process(const char *path, size_t *length)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(COMMAND_LINE_MAX + 1) : NULL;

	*length = text ? fread(text, 1, COMMAND_LINE_MAX, in) : 0;
	if (in)
		fclose(in);
	if (text)
		text[*length] = '\0';
	return text;
}

/* The words but for those that are ":", which part the components of a het job, as sbatch does. */
static int read_line(struct command_line *line, bool *has_components)
{
	size_t length, words = 0;

	*line = (struct command_line){ .text = read_process("/proc/self/cmdline", &length) };
	*has_components = false;
	if (!line->text || length == COMMAND_LINE_MAX)
		return -1;
	for (size_t i = 0; i < length; i++)
		words += !line->text[i];
	line->word = calloc(words + 1, sizeof(*line->word));
	if (!line->word)
		return -1;
	for (char *at = line->text; at < line->text + length; at += strlen(at) + 1) {
		if (strcmp(at, ":"))
			line->word[line->count++] = at;
		else
			*has_components = true;
	}
	return 0;
}

/* ---- what is started ------------------------------------------------------------------------ */

struct started {
	struct command_line line;
	char *text;		/* of the script, or the command as a script would have it */
	size_t length;
	char **arguments;	/* in `line` */
	size_t argument_count;
	const char *name;
	char *path;		/* Slurm's */
};

static void forget(const struct dsfit_accessors *accessors, struct started *s)
{
	forget_line(&s->line);
	free(s->text);
	if (s->path)
		accessors->xfree((void **)&s->path);
}

/* The words of a command, quoted for a shell. */
static char *quote(char **word, int count, const char *before)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	fprintf(out, "%s", before);
	for (int i = 0; i < count; i++) {
		fputs(i ? " '" : "'", out);
		for (const char *c = word[i]; *c; c++)
			fputs(*c == '\'' ? "'\\''" : (const char[]){ *c, '\0' }, out);
		fputc('\'', out);
	}
	return dsfit_text_end(&text);
}

static int take_wrap(const struct dsfit_accessors *accessors, struct started *s)
{
	char *wrap = accessors->get(accessors->opt, "wrap");

	s->name = "--wrap";
	s->text = wrap ? strdup(wrap) : NULL;
	if (wrap)
		accessors->xfree((void **)&wrap);
	s->length = s->text ? strlen(s->text) : 0;
	return s->text ? 0 : -1;
}

static int take_script(const struct dsfit_accessors *accessors, int at, struct started *s)
{
	const char *path, *slash;

	s->path = dsfit_accessors_script(accessors, s->line.word[at]);
	path = s->path ? s->path : s->line.word[at];
	slash = strrchr(path, '/');
	s->name = slash ? slash + 1 : path;
	s->text = dsfit_file_read_at_most(path, DSFIT_SCRIPT_MAX, &s->length, NULL);
	s->arguments = s->line.word + at + 1;
	s->argument_count = (size_t)(s->line.count - at - 1);
	return s->text ? 0 : -1;
}

static int find_started(const struct dsfit_accessors *accessors, bool is_srun, struct started *s)
{
	bool has_components, in_sbatch = dsfit_accessors_in_sbatch();
	int at;

	*s = (struct started){ .text = NULL };
	if (in_sbatch && accessors->isset(accessors->opt, "wrap"))
		return take_wrap(accessors, s);
	if (read_line(&s->line, &has_components))
		return -1;
	at = dsfit_accessors_command(accessors, s->line.count, s->line.word);
	if (!at)
		return -1;
	if (in_sbatch)
		return take_script(accessors, at, s);
	/* Each component has a command of its own. */
	if (has_components)
		return -1;
	s->name = is_srun ? "srun" : "salloc";
	s->text = quote(s->line.word + at, s->line.count - at, is_srun ? "srun " : "");
	s->length = s->text ? strlen(s->text) : 0;
	return s->text ? 0 : -1;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* For struct dsfit_script_given. */
static char *read_file(void *context, const char *path, size_t *length)
{
	(void)context;
	return dsfit_file_read_at_most(path, DSFIT_FILE_BYTES_MAX, length, NULL);
}

/* Scripts that the first one may run, at most. */
#define SCRIPTS_MAX 8

/* Whether one of the scripts that it names has a word of a training. */
static bool names_training(const struct started *s, const char *folder)
{
	const char *at = s->text, *end = s->text + s->length;
	char path[PATH_MAX];
	size_t length;

	for (unsigned i = 0; i < SCRIPTS_MAX; i++, at += length) {
		char *text;
		size_t size;
		bool may;

		length = dsfit_script_next_script(&at, end);
		if (!length)
			return false;
		snprintf(path, sizeof(path), "%s%s%.*s", *at == '/' ? "" : folder,
			 *at == '/' ? "" : "/", (int)(length < PATH_MAX ? length : 0), at);
		text = dsfit_file_read_at_most(path, DSFIT_FILE_BYTES_MAX, &size, NULL);
		may = text && dsfit_script_may_train(text, size);
		free(text);
		if (may)
			return true;
	}
	return false;
}

static char *get_if_set(const struct dsfit_accessors *accessors, const char *name)
{
	return accessors->isset(accessors->opt, name) ? accessors->get(accessors->opt, name) :
							NULL;
}

static enum dsfit_look read_started(const struct dsfit_accessors *accessors, const char *conf,
				    const struct started *s, const char *folder,
				    struct dsfit_job_found **found)
{
	char path[PATH_MAX], *array = get_if_set(accessors, "array");
	char *job_name = get_if_set(accessors, "job-name");
	struct dsfit_error err;
	struct dsfit_launchers *launchers =
		dsfit_launchers_load(dsfit_launchers_path(conf, path, sizeof(path)), &err);
	struct dsfit_slurm_options options;
	struct dsfit_job_script script = {
		.name = s->name, .text = s->text, .length = s->length,
		.arguments = (const char *const *)s->arguments,
		.argument_count = s->argument_count, .folder = folder,
		.environment = (const char *const *)environ, .options = &options,
		.array = array, .job_name = job_name, .read = read_file,
	};

	while (environ && environ[script.environment_count])
		script.environment_count++;
	dsfit_accessors_read(accessors, &options);
	*found = launchers ? dsfit_job_script_read(launchers, &script) : NULL;
	dsfit_accessors_release(accessors, &options);
	dsfit_launchers_free(launchers);
	if (array)
		accessors->xfree((void **)&array);
	if (job_name)
		accessors->xfree((void **)&job_name);
	return *found ? DSFIT_LOOK_FOUND : launchers ? DSFIT_LOOK_NOTHING : DSFIT_LOOK_AWAY;
}

enum dsfit_look dsfit_submit_look(const struct dsfit_accessors *accessors, const char *conf,
				  bool is_srun, struct dsfit_job_found **found,
				  char name[DSFIT_SCRIPT_NAME])
{
	enum dsfit_look look = DSFIT_LOOK_AWAY;
	char here[PATH_MAX], *folder = get_if_set(accessors, "chdir");
	struct started s;

	*found = NULL;
	if (!getcwd(here, sizeof(here)))
		strcpy(here, "/");
	if (!find_started(accessors, is_srun, &s) &&
	    (dsfit_script_may_train(s.text, s.length) ||
	     names_training(&s, folder ? folder : here))) {
		look = read_started(accessors, conf, &s, folder ? folder : here, found);
		snprintf(name, DSFIT_SCRIPT_NAME, "%s", s.name);
	}
	if (folder)
		accessors->xfree((void **)&folder);
	forget(accessors, &s);
	return look;
}
