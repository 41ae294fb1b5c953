/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_WORDS_H
#define DSFIT_TESTS_WORDS_H

#include "tests/unit/unit.h"

#include "core/declare/declaration.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"

/*
 * Reads a table's row as a user would type it: "gpus=a100:4 nodes=2" for a request, "model=13B
 * zero=3" for a declaration. The values point into `line`, which must outlive them.
 */
#define WORDS_MAX 512

static inline const char *words_slurm_name(int i)
{
	return dsfit_slurm_option_names[i];
}

static inline const char *words_option_name(int i)
{
	return dsfit_options[i].name;
}

static inline void words_read(const char *words, char line[WORDS_MAX],
			      const char *(*name_of)(int), int count, const char **values)
{
	char *rest = line, *word;

	ck_assert_uint_lt(strlen(words), WORDS_MAX);
	strcpy(line, words);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');
		int i = 0;

		if (!*word)
			continue;
		ck_assert_msg(value != NULL, "%s: no value", word);
		*value++ = '\0';
		while (i < count && strcmp(word, name_of(i)))
			i++;
		ck_assert_msg(i < count, "%s: no such option", word);
		values[i] = value;
	}
}

static inline struct dsfit_slurm_options words_options(const char *words, char line[WORDS_MAX])
{
	struct dsfit_slurm_options options = { { NULL } };

	words_read(words, line, words_slurm_name, SLURM_OPTIONS, options.text);
	return options;
}

static inline struct dsfit_declaration words_declaration(const char *words, char line[WORDS_MAX])
{
	struct dsfit_declaration declaration = { .prefix = "--ds-" };

	words_read(words, line, words_option_name, DSFIT_OPTION_END, declaration.value);
	return declaration;
}

/* Change Slurm's options as a correction does. They borrow the values from `changes`. */
static inline void words_apply(const struct dsfit_slurm_change *changes, int count,
			       struct dsfit_slurm_options *options)
{
	for (int i = 0; i < count; i++)
		options->text[changes[i].option] = changes[i].reset ? NULL : changes[i].value;
}

/* The next pseudo-random number below `below`: the same numbers in every run. */
static inline uint64_t words_random(uint64_t *state, uint64_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) % below;
}

#endif
