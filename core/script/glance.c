/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/glance.h"

#include <stdint.h>
#include <string.h>

/* Beginnings of words of which every command that launchers.conf takes for a training has one, in
 * its name or its flags. */
static const char *const words[] = {
	"accelerate", "autoalign", "autotrain", "axolotl", "colossalai", "composer", "deepspeed",
	"deepy", "distill", "dpo", "fabric", "finetun", "fsdp", "grpo", "horovod", "kto",
	"lightning", "llamafactory", "lora", "megatron", "nemo", "neox", "openrlhf", "orpo",
	"posttrain", "ppo", "pretrain", "qat_", "qlora", "reward", "rlhf", "rloo", "sft", "swift",
	"torch.distributed", "torch_xla", "torchelastic", "torchrun", "torchtune", "torchx",
	"train", "tune", "tuning", "xtuner", "zero-stage", "zero_stage",
};

#define WORDS (sizeof(words) / sizeof(*words))
#define WORDS_MAX 128

/* The words by their first letter: a list for each, of numbers + 1, which ends with 0. */
struct look {
	const char *word[WORDS_MAX];	/* ends with a comma, or as a string does */
	uint8_t first[26], next[WORDS_MAX];
	size_t count;
};

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static void add(struct look *look, const char *word)
{
	unsigned letter = (unsigned)(*word - 'a');

	if (letter >= 26 || look->count == WORDS_MAX)
		return;
	look->word[look->count] = word;
	look->next[look->count] = look->first[letter];
	look->first[letter] = (uint8_t)++look->count;
}

static void add_words(struct look *look, const char *more)
{
	for (size_t i = 0; i < WORDS; i++)
		add(look, words[i]);
	while (more && *more) {
		add(look, more);
		more += strcspn(more, ",");
		more += *more == ',';
	}
}

static bool begins(const char *text, const char *end, const char *word)
{
	for (; *word && *word != ','; word++, text++)
		if (text == end || lower(*text) != *word)
			return false;
	return true;
}

/* Whether a letter begins a word: not in "constraint", but in "my_train" and in "myTrain". */
static bool is_begin(char before, char c)
{
	return lower(before) < 'a' || lower(before) > 'z' || (before >= 'a' && c <= 'Z');
}

static bool line_may_train(const struct look *look, const char *text, const char *end)
{
	char before = ' ';

	for (; text < end; before = *text++) {
		unsigned letter = (unsigned)(lower(*text) - 'a');

		if (letter >= 26 || !look->first[letter] || !is_begin(before, *text))
			continue;
		for (unsigned i = look->first[letter]; i; i = look->next[i - 1])
			if (begins(text, end, look->word[i - 1]))
				return true;
	}
	return false;
}

bool dsfit_script_may_train(const char *text, size_t length, const char *more)
{
	const char *end = text + length;
	struct look look = { .count = 0 };

	add_words(&look, more);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		while (text < stop && (*text == ' ' || *text == '\t'))
			text++;
		if (text < stop && *text != '#' && line_may_train(&look, text, stop))
			return true;
		text = newline ? newline + 1 : end;
	}
	return false;
}

static bool is_of_path(char c)
{
	return c > ' ' && c != 127 && !strchr("\"'`;|&()<>=*?", c);
}

size_t dsfit_script_next_script(const char **at, const char *end)
{
	static const char *const ends[] = { ".sh", ".bash", ".slurm" };
	const char *word = *at, *after;

	for (; word < end; word = after + 1) {
		after = word;
		while (after < end && is_of_path(*after))
			after++;
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			size_t length = strlen(ends[i]);

			if ((size_t)(after - word) > length &&
			    !memcmp(after - length, ends[i], length)) {
				*at = word;
				return (size_t)(after - word);
			}
		}
	}
	*at = end;
	return 0;
}
