/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/accuracy/asked.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 64
#define ANSWER (256 * 1024)

void ask_word(struct asking *asking, const char *format, ...)
{
	size_t length = strlen(asking->words);
	va_list values;

	va_start(values, format);
	vsnprintf(asking->words + length, sizeof(asking->words) - 1 - length, format, values);
	va_end(values);
	strcat(asking->words, "\n");
}

void ask_set(struct asking *asking, const char *format, ...)
{
	size_t length = strlen(asking->set);
	va_list values;

	if (length)
		asking->set[length++] = ',';
	va_start(values, format);
	vsnprintf(asking->set + length, sizeof(asking->set) - length, format, values);
	va_end(values);
}

/* Become the program. */
static void start(const struct asking *asking, const char *set)
{
	char words[2048], option[600], *rest = words, *word;
	char *argv[WORDS] = { strdup(asking->command), strdup("size"), strdup("--json"),
			      strdup("--conf"), strdup(asking->conf) };
	int argc = 5;

	snprintf(words, sizeof(words), "%s", asking->words);
	while ((word = strsep(&rest, "\n")) && argc + 2 < WORDS)
		if (*word)
			argv[argc++] = word;
	snprintf(option, sizeof(option), "--set=%s", set);
	if (*set)
		argv[argc++] = option;
	if (asking->folder && chdir(asking->folder))
		_exit(127);
	execv(asking->command, argv);
	_exit(127);
}

static void read_all(FILE *from, char *text, size_t size)
{
	size_t length;

	rewind(from);
	length = fread(text, 1, size - 1, from);
	text[length] = '\0';
}

/* The first line of stderr, without the program's name. */
static void read_why(const struct asking *asking, FILE *err, struct answer *answer)
{
	size_t name = strlen(asking->command);
	char text[sizeof(answer->why) + 4096], *from = text;

	read_all(err, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(text, asking->command, name))
		from += name + strspn(text + name, " :");
	snprintf(answer->why, sizeof(answer->why), "%.500s", from);
}

static void run(const struct asking *asking, const char *set, struct answer *answer)
{
	FILE *out = tmpfile(), *err = tmpfile();
	char *text = malloc(ANSWER);
	int status = 0;
	pid_t child;

	memset(answer, 0, sizeof(*answer));
	answer->status = -1;
	fflush(NULL);
	child = out && err && text ? fork() : -1;
	if (!child) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		start(asking, set);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror(asking->command);
		exit(EXIT_FAILURE);
	}
	answer->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_why(asking, err, answer);
	read_all(out, text, ANSWER);
	if (answer->status == 0 || answer->status == 1)
		answer->all = json_tokener_parse(text);
	free(text);
	fclose(out);
	fclose(err);
}

void ask(const struct asking *asking, struct answer *answer)
{
	run(asking, asking->set, answer);
	if (answer->all || !*asking->set || !strstr(answer->why, "--set"))
		return;
	run(asking, "", answer);
	answer->unsaid = true;
}

void answer_free(struct answer *answer)
{
	json_object_put(answer->all);
	answer->all = NULL;
}

static struct json_object *find(const struct answer *answer, const char *object, const char *key)
{
	struct json_object *in = NULL, *value = NULL;

	if (json_object_object_get_ex(answer->all, object, &in))
		json_object_object_get_ex(in, key, &value);
	return value;
}

double answer_number(const struct answer *answer, const char *object, const char *key)
{
	struct json_object *value = find(answer, object, key);

	return value ? json_object_get_double(value) : NAN;
}

const char *answer_text(const struct answer *answer, const char *object, const char *key)
{
	struct json_object *value = find(answer, object, key);

	return value ? json_object_get_string(value) : "";
}

double answer_phase(const struct answer *answer, const char *phase)
{
	struct json_object *phases = find(answer, "gpu", "phases"), *value;

	return json_object_object_get_ex(phases, phase, &value) ? json_object_get_double(value) :
								  NAN;
}

double answer_reserved(const struct answer *answer)
{
	return answer_number(answer, "gpu", "peak") - answer_number(answer, "gpu", "framework");
}

double answer_allocated(const struct answer *answer)
{
	return answer_reserved(answer) - answer_number(answer, "gpu", "slack");
}
