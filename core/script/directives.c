/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/directives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"

#define WORD_MAX 256

/* A line's options, word by word. */
struct line {
	const char *at, *end;
	unsigned number;
};

/* The next word, without its quotes and cut to its room. Returns false at the end of the line or at
 * a comment. */
static bool next_word(struct line *l, char *word, size_t size)
{
	size_t length = 0;
	char quote = '\0';

	while (l->at < l->end && (*l->at == ' ' || *l->at == '\t'))
		l->at++;
	if (l->at >= l->end || *l->at == '#')
		return false;
	for (; l->at < l->end && (quote || (*l->at != ' ' && *l->at != '\t')); l->at++) {
		if (quote ? *l->at == quote : *l->at == '\'' || *l->at == '"')
			quote = quote ? '\0' : *l->at;
		else if (length + 1 < size)
			word[length++] = *l->at;
	}
	word[length] = '\0';
	return true;
}

/* ---- values --------------------------------------------------------------------------------- */

/* A count; of a range its lower end. 0 if it is none. */
static uint32_t count_of(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || value > 1000000 || (*end && *end != '-' && *end != ',' && *end != ':'))
		return 0;
	return (uint32_t)value;
}

/* "a100:4" and "4". */
static uint32_t gpus_of(const char *text)
{
	const char *colon = strrchr(text, ':');

	return count_of(colon ? colon + 1 : text);
}

/* The GPUs of --gres=gpu:a100:4,tmp:1. Other accelerators count as well. */
static uint32_t gres_of(const char *text)
{
	size_t name = strcspn(text, ":=,("), all = strcspn(text, ",(");
	char item[WORD_MAX];

	if (name == all)
		return name == 3 && !strncmp(text, "gpu", 3);
	snprintf(item, sizeof(item), "%.*s", (int)all, text);
	return gpus_of(item);
}

static void take_memory(const char *text, struct dsfit_script_request *r)
{
	char unit[WORD_MAX];
	struct dsfit_error err;
	uint64_t bytes = 0;
	size_t digits = strspn(text, "0123456789");

	if (!digits)
		return;
	/* Slurm's units are of 1024, its default is M. */
	snprintf(unit, sizeof(unit), "%.*s%ciB", (int)digits, text,
		 text[digits] ? text[digits] & ~32 : 'M');
	if (!dsfit_parse_bytes(unit, &bytes, &err))
		r->memory = bytes;
}

enum option { NODES, TASKS, TASKS_PER_NODE, GRES, GPUS, GPUS_PER_NODE, GPUS_PER_TASK, CPUS, MEMORY,
	      ARRAY, NAME };

static const struct {
	const char *name;	/* "-N" or "--nodes" */
	enum option option;
} options[] = {
	{ "-N", NODES }, { "--nodes", NODES }, { "-n", TASKS }, { "--ntasks", TASKS },
	{ "--ntasks-per-node", TASKS_PER_NODE }, { "--tasks-per-node", TASKS_PER_NODE },
	{ "--gres", GRES }, { "-G", GPUS }, { "--gpus", GPUS },
	{ "--gpus-per-node", GPUS_PER_NODE }, { "--gpus-per-task", GPUS_PER_TASK },
	{ "-c", CPUS }, { "--cpus-per-task", CPUS }, { "--mem", MEMORY }, { "-a", ARRAY },
	{ "--array", ARRAY }, { "-J", NAME }, { "--job-name", NAME },
};

static void take(enum option option, const char *value, unsigned line,
		 struct dsfit_script_request *r)
{
	if (option >= GRES && option <= GPUS_PER_TASK)
		r->gpus_line = line;
	switch (option) {
	case NODES:
		r->nodes = count_of(value);
		r->nodes_line = line;
		break;
	case TASKS:
		r->tasks = count_of(value);
		break;
	case TASKS_PER_NODE:
		r->tasks_per_node = count_of(value);
		break;
	case GRES:
		r->gpus_per_node = gres_of(value);
		break;
	case GPUS:
		r->gpus = gpus_of(value);
		break;
	case GPUS_PER_NODE:
		r->gpus_per_node = gpus_of(value);
		break;
	case GPUS_PER_TASK:
		r->gpus_per_task = gpus_of(value);
		break;
	case CPUS:
		r->cpus_per_task = count_of(value);
		break;
	case MEMORY:
		take_memory(value, r);
		break;
	case ARRAY:
		snprintf(r->array, sizeof(r->array), "%.120s", value);
		break;
	case NAME:
		snprintf(r->name, sizeof(r->name), "%.120s", value);
		break;
	}
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The option that a word begins; *value is what stands in the word itself, or NULL. */
static int find_option(const char *word, const char **value)
{
	for (size_t i = 0; *word == '-' && i < DSFIT_ARRAY_SIZE(options); i++) {
		size_t length = strlen(options[i].name);

		if (word[1] != options[i].name[1] || strncmp(word, options[i].name, length))
			continue;
		*value = NULL;
		if (!word[length])
			return (int)options[i].option;
		if (word[1] != '-' || word[length] == '=') {
			*value = word + length + (word[length] == '=');
			return (int)options[i].option;
		}
	}
	return -1;
}

void dsfit_directives_set(struct dsfit_script_request *request, const char *option,
			  const char *value)
{
	const char *in_word;
	int found = find_option(option, &in_word);

	if (found >= 0 && !in_word)
		take((enum option)found, value, 0, request);
}

static void read_options(struct line *l, struct dsfit_script_request *r)
{
	char word[WORD_MAX], next[WORD_MAX];
	const char *value;

	while (next_word(l, word, sizeof(word))) {
		int option = find_option(word, &value);

		if (!r->declared_line && !strncmp(word, "--ds-", strlen("--ds-")))
			r->declared_line = l->number;
		if (option < 0)
			continue;
		if (!value && next_word(l, next, sizeof(next)))
			value = next;
		if (value)
			take((enum option)option, value, l->number, r);
	}
}

/* What a node has, of what is asked for all nodes or for a task. */
void dsfit_directives_settle(struct dsfit_script_request *r)
{
	uint32_t nodes = r->nodes ? r->nodes : 1;
	uint32_t tasks = r->tasks_per_node ? r->tasks_per_node : r->tasks ? r->tasks / nodes : 1;

	if (!r->gpus_per_node && r->gpus_per_task)
		r->gpus_per_node = r->gpus_per_task * (tasks ? tasks : 1);
	if (!r->gpus_per_node && r->gpus)
		r->gpus_per_node = r->gpus / nodes;
}

/* The next line of options. Returns false if there is none before the first command. */
static bool next_line(const char **text, const char *end, struct line *l)
{
	while (*text < end) {
		const char *begin = *text, *newline = memchr(begin, '\n', (size_t)(end - begin));

		*l = (struct line){ begin, newline ? newline : end, l->number + 1 };
		*text = newline ? newline + 1 : end;
		while (l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\r'))
			l->at++;
		if (l->at < l->end && *l->at != '#')
			return false;
		if (l->end - begin > 7 && !memcmp(begin, "#SBATCH", 7) &&
		    (begin[7] == ' ' || begin[7] == '\t')) {
			l->at = begin + 7;
			l->end -= l->end[-1] == '\r';
			return true;
		}
	}
	return false;
}

void dsfit_directives_read(const char *text, size_t length, struct dsfit_script_request *request)
{
	const char *end = text + length;
	struct line l = { .number = 0 };

	*request = (struct dsfit_script_request){ 0 };
	while (next_line(&text, end, &l))
		read_options(&l, request);
	dsfit_directives_settle(request);
}

size_t dsfit_directives_words(const char *text, size_t length, char *words)
{
	const char *end = text + length;
	struct line l = { .number = 0 };
	size_t count = 0;

	while (next_line(&text, end, &l)) {
		while (next_word(&l, words, (size_t)(l.end - l.at) + 1)) {
			/* What follows is another component's. */
			if (!strcmp(words, "hetjob") || !strcmp(words, "packjob"))
				return count;
			words += strlen(words) + 1;
			count++;
		}
	}
	return count;
}
