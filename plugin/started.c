/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/started.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/script/glance.h"
#include "core/script/read.h"

extern char **environ;

/* ---- this process's command line ------------------------------------------------------------ */

#define COMMAND_LINE_MAX (2u << 20)

/* What most command lines are shorter than. */
#define COMMAND_LINE 4096

/*
 * A file of /proc has no size: it is read anew with more room until it ends. To ask for the most at
 * once would cost more, because malloc(3) then gives Slurm its large buffers from memory that has
 * to be cleared.
 */
static char *read_process(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	*length = 0;
	for (size_t room = COMMAND_LINE; fd >= 0 && room <= COMMAND_LINE_MAX; room *= 8) {
		free(text);
		text = dsfit_file_read_open(path, fd, room, length, NULL);
		if (!text || *length < room || lseek(fd, 0, SEEK_SET))
			break;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* The words but for those that are ":", which part the components of a het job, as sbatch does. */
static int read_line(struct dsfit_command_line *line, bool *has_components)
{
	size_t length, words = 0;

	*line = (struct dsfit_command_line){ .text = read_process("/proc/self/cmdline", &length) };
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

/* The words of a command, quoted for a shell. */
static char *quote(char **word, int count, const char *before)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	fprintf(out, "%s", before);
	for (int i = 0; i < count; i++) {
		if (i)
			fputc(' ', out);
		dsfit_text_quote(out, word[i]);
	}
	return dsfit_text_end(&text);
}

static int take_wrap(const struct dsfit_accessors *accessors, struct dsfit_started *s)
{
	char *wrap = accessors->get(accessors->opt, "wrap");

	s->name = "--wrap";
	s->text = wrap ? strdup(wrap) : NULL;
	dsfit_accessors_free(accessors, &wrap);
	s->length = s->text ? strlen(s->text) : 0;
	return s->text ? 0 : -1;
}

static int take_script(const struct dsfit_accessors *accessors, int at, struct dsfit_started *s)
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

static int find(const struct dsfit_accessors *accessors, bool is_srun, struct dsfit_started *s)
{
	bool has_components, in_sbatch = dsfit_accessors_in_sbatch();
	int at;

	if (in_sbatch && accessors->isset(accessors->opt, "wrap"))
		return take_wrap(accessors, s);
	if (read_line(&s->line, &has_components))
		return -1;
	at = in_sbatch && !has_components ?
		     dsfit_accessors_told(s->line.count, s->line.word) : -1;
	if (at < 0)
		at = dsfit_accessors_command(accessors, s->line.count, s->line.word);
	if (!at)
		return -1;
	if (in_sbatch)
		return take_script(accessors, at, s);
	/* Each component has a command of its own. */
	if (has_components)
		return -1;
	s->is_command = true;
	s->name = is_srun ? "srun" : "salloc";
	s->text = quote(s->line.word + at, s->line.count - at, is_srun ? "srun " : "");
	s->length = s->text ? strlen(s->text) : 0;
	return s->text ? 0 : -1;
}

int dsfit_started_find(const struct dsfit_accessors *accessors, bool is_srun,
		       struct dsfit_started *s)
{
	*s = (struct dsfit_started){ .text = NULL };
	if (find(accessors, is_srun, s))
		return -1;
	s->chdir = dsfit_accessors_value(accessors, "chdir");
	if (!getcwd(s->here, sizeof(s->here)))
		strcpy(s->here, "/");
	s->folder = s->chdir ? s->chdir : s->here;
	return 0;
}

void dsfit_started_forget(const struct dsfit_accessors *accessors, struct dsfit_started *s)
{
	free(s->line.text);
	free(s->line.word);
	free(s->text);
	dsfit_accessors_free(accessors, &s->path);
	dsfit_accessors_free(accessors, &s->chdir);
}

/* ---- as a script ---------------------------------------------------------------------------- */

void dsfit_started_script(const struct dsfit_accessors *accessors, const struct dsfit_started *s,
			  struct dsfit_started_script *out)
{
	*out = (struct dsfit_started_script){
		.array = dsfit_accessors_value(accessors, "array"),
		.job_name = dsfit_accessors_value(accessors, "job-name"),
	};
	out->script = (struct dsfit_job_script){
		.name = s->name, .text = s->text, .length = s->length,
		.arguments = (const char *const *)s->arguments,
		.argument_count = s->argument_count, .folder = s->folder,
		.environment = (const char *const *)environ, .options = &out->options,
		.array = out->array, .job_name = out->job_name, .read = dsfit_job_script_file,
	};
	while (environ && environ[out->script.environment_count])
		out->script.environment_count++;
	dsfit_accessors_read(accessors, &out->options);
}

void dsfit_started_script_forget(const struct dsfit_accessors *accessors,
				 struct dsfit_started_script *script)
{
	dsfit_accessors_release(accessors, &script->options);
	dsfit_accessors_free(accessors, &script->array);
	dsfit_accessors_free(accessors, &script->job_name);
}

/* ---- a glance ------------------------------------------------------------------------------- */

/* Scripts that the first one may run, at most. */
#define SCRIPTS_MAX 8

/* Whether one of the scripts that it names has a word of a training. */
static bool names_training(const struct dsfit_started *s, const char *more)
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
		snprintf(path, sizeof(path), "%s%s%.*s", *at == '/' ? "" : s->folder,
			 *at == '/' ? "" : "/", (int)(length < PATH_MAX ? length : 0), at);
		text = dsfit_file_read_at_most(path, DSFIT_FILE_BYTES_MAX, &size, NULL);
		may = text && dsfit_script_may_train(text, size, more);
		free(text);
		if (may)
			return true;
	}
	return false;
}

bool dsfit_started_may_train(const struct dsfit_started *s, const char *more)
{
	return dsfit_script_may_train(s->text, s->length, more) || names_training(s, more);
}
