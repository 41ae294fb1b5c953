/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launchers_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/script/glance.h"

/* A shorter one is part of too many others: the "ds" of DeepSpeed has flags that tell it. */
#define WORD_MIN 3

struct list {
	FILE *out;
	size_t count;
};

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* The first word of the program's own name. */
static void add_program(struct list *list, const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *word = slash ? slash + 1 : program;
	size_t length;

	if (dsfit_script_may_train(program, strlen(program), NULL))
		return;
	while (*word && !isalpha((unsigned char)*word))
		word++;
	for (length = 0; is_of_name(word[length]); length++)
		;
	if (length < WORD_MIN)
		return;
	if (list->count++)
		fputc(',', list->out);
	for (size_t i = 0; i < length; i++)
		fputc(tolower((unsigned char)word[i]), list->out);
}

static void add_programs(struct list *list, const struct dsfit_names *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		add_program(list, programs->name[i]);
}

char *dsfit_launchers_words(const struct dsfit_launchers *l)
{
	struct dsfit_text text;
	struct list list = { dsfit_text_begin(&text), 0 };

	if (!list.out)
		return NULL;
	for (size_t i = 0; i < l->launchers; i++)
		add_programs(&list, &l->launcher[i].programs);
	for (size_t i = 0; i < l->trainers; i++)
		add_programs(&list, &l->trainer[i].programs);
	add_programs(&list, &l->training.names);
	return dsfit_text_end(&text);
}
