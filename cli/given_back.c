/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *     file or argument --> one line of options --> words
 *        JSON: from_json()      from_text()       split()
 *
 * A line may have words before its first option and remarks in parentheses behind its last.
 */
#include "cli/given_back.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "core/base/array.h"
#include "core/base/file.h"
#include "core/base/text.h"

/* A command line that is being made. */
struct words {
	char **word;
	size_t count, room;
};

static void add(struct words *words, char *word)
{
	if (words->count + 1 >= words->room) {
		words->room = 2 * words->room + 16;
		words->word = realloc(words->word, words->room * sizeof(*words->word));
		cli_need(!words->word);
	}
	words->word[words->count++] = word;
	words->word[words->count] = NULL;
}

/* The texts that words point into, and the last command line: they stay until the command ends. */
static struct words kept;

/* --- a line into words --------------------------------------------------------------------- */

/* Read one word in place, without the quotes that a shell would remove. Returns what is behind. */
static char *read_word(char *from)
{
	char *to = from, quote = '\0', c;

	for (; *from && (quote || !strchr(" \t", *from)); from++) {
		c = *from;
		if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? '\0' : c;
		else
			*to++ = c == '\\' && quote != '\'' && from[1] ? *++from : c;
	}
	from += *from != '\0';
	*to = '\0';
	return from;
}

/* Add the words of a line, from its first option on, until a parenthesis opens. */
static void split(char *line, struct words *words)
{
	bool begun = false;

	for (;;) {
		char *word = line + strspn(line, " \t");

		if (!*word || (begun && *word == '('))
			return;
		line = read_word(word);
		begun |= *word == '-';
		/* "corrected: OLD -> NEW" */
		if (!strcmp(word, "->"))
			words->count = 0;
		else if (begun)
			add(words, word);
	}
}

/* --- a text into a line -------------------------------------------------------------------- */

/* The line of a text that has the options: the first with one of dsfit's leads, else the first that
 * begins with an option. NULL if there is none. */
static char *find_line(char *text)
{
	static const char *const leads[] = {
		"submit with: ", "instead: ", "fits: -", "might fit: ", "or change the training: ",
		"corrected: ", "sbatch -", "#SBATCH --ds-",
	};
	char *line, *rest = text;

	/* A whole script: its other lines would be lost. */
	if (!strncmp(text, "#!", 2))
		return NULL;
	while ((line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		if (*line == '-' && line[1] != ' ')
			return line;
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(leads); i++)
			if (strstr(line, leads[i]))
				return line;
	}
	return NULL;
}

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) &&
	       json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* The options in JSON as a line that the caller frees: those of "dsfit size"; or those of a row of
 * a plan or of an alternative, whose changes of the training have no prefix. NULL: it has none. */
static char *from_json(struct json_object *root)
{
	const char *asked, *request, *training;
	struct dsfit_text text;

	if (json_object_is_type(root, json_type_array) && json_object_array_length(root))
		root = json_object_array_get_idx(root, 0);
	if (!json_object_is_type(root, json_type_object))
		return NULL;
	asked = member(root, "options");
	request = member(root, "request");
	training = member(root, "training");
	if (!asked && !request)
		return NULL;
	cli_need(!dsfit_text_begin(&text));
	fputs(asked ? asked : request, text.out);
	while (!asked && training && *training) {
		size_t length = strcspn(training, " ");

		fprintf(text.out, " --%.*s", (int)length, training);
		training += length + (training[length] == ' ');
	}
	return dsfit_text_end(&text);
}

/* Add the options in a text, which is changed. `whose` is for the message; NULL: the text itself,
 * which is a line. */
static void add_text(char *text, const char *whose, struct words *words)
{
	struct words found = { NULL, 0, 0 };
	struct json_object *root = NULL;
	char *line;

	text += strspn(text, " \t\n");
	if (*text == '{' || *text == '[') {
		root = json_tokener_parse(text);
		line = root ? from_json(root) : NULL;
		json_object_put(root);
		if (line)
			add(&kept, line);
	} else {
		line = whose ? find_line(text) : text;
	}
	if (line)
		split(line, &found);
	if (!found.count)
		error(CLI_USAGE, 0, "%s: no request of dsfit is in it: must be one of its lines, "
		      "or JSON of \"dsfit size\" or \"dsfit plan\"", whose ? whose : text);
	for (size_t i = 0; i < found.count; i++)
		add(words, found.word[i]);
	free(found.word);
}

/* --- the command line ---------------------------------------------------------------------- */

/* More than dsfit prints about a job. */
#define TEXT_MAX (1024 * 1024)

static void add_file(const char *path, struct words *words)
{
	char *text = malloc(TEXT_MAX + 1);
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t length;

	cli_need(!text);
	if (!in)
		error(CLI_USAGE, 0, "--from=%s: %m", path);
	length = fread(text, 1, TEXT_MAX, in);
	if (ferror(in))
		error(CLI_USAGE, 0, "--from=%s: %m", path);
	text[length] = '\0';
	if (in != stdin)
		fclose(in);
	add(&kept, text);
	add_text(text, path, words);
}

void cli_keep(void *block)
{
	add(&kept, block);
}

void cli_expand(int *argc, char ***argv)
{
	struct words words = { NULL, 0, 0 };
	const char *from = "--from";
	size_t length = strlen(from);

	for (int i = 0; i < *argc; i++) {
		char *word = (*argv)[i];

		if (!strncmp(word, from, length) && word[length] == '=')
			add_file(word + length + 1, &words);
		else if (!strcmp(word, from) && i + 1 < *argc)
			add_file((*argv)[++i], &words);
		else if (i && *word != '-' && strstr(word, " -"))
			add_text(word, NULL, &words);
		else
			add(&words, word);
	}
	*argc = (int)words.count;
	*argv = words.word;
	add(&kept, (char *)words.word);
}
