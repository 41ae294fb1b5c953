/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/glance.h"

#include <stdint.h>
#include <string.h>

/* Beginnings of words of which every command that launchers.conf takes for a training has one, in
 * its name or its flags. */
static const char *const words[] = {
	"accelerate", "autotrain", "axolotl", "colossalai", "composer", "deepspeed", "deepy",
	"distill", "dpo", "fabric", "finetun", "fsdp", "grpo", "horovod", "kto", "lightning",
	"llamafactory", "lora", "megatron", "nemo", "neox", "openrlhf", "orpo", "posttrain", "ppo",
	"pretrain", "qlora", "reward", "rlhf", "sft", "swift", "torch.distributed", "torch_xla",
	"torchelastic", "torchrun", "torchtune", "torchx", "train", "tune", "tuning", "zero-stage",
	"zero_stage",
};

#define WORDS (sizeof(words) / sizeof(*words))

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static bool begins(const char *text, const char *end, const char *word)
{
	for (; *word; word++, text++)
		if (text == end || lower(*text) != *word)
			return false;
	return true;
}

/* The words that begin with each letter, as bits. */
static void index_words(uint64_t by_letter[26])
{
	memset(by_letter, 0, 26 * sizeof(*by_letter));
	for (size_t i = 0; i < WORDS; i++)
		by_letter[*words[i] - 'a'] |= UINT64_C(1) << i;
}

_Static_assert(WORDS <= 64, "a bit for each");

/* Whether a letter begins a word: not in "constraint", but in "my_train" and in "myTrain". */
static bool is_begin(char before, char c)
{
	return lower(before) < 'a' || lower(before) > 'z' || (before >= 'a' && c <= 'Z');
}

static bool line_may_train(const uint64_t by_letter[26], const char *text, const char *end)
{
	char before = ' ';

	for (; text < end; before = *text++) {
		int c = lower(*text);
		uint64_t candidates = c >= 'a' && c <= 'z' && is_begin(before, *text) ?
				      by_letter[c - 'a'] : 0;

		for (size_t i = 0; candidates; i++, candidates >>= 1)
			if ((candidates & 1) && begins(text, end, words[i]))
				return true;
	}
	return false;
}

bool dsfit_script_may_train(const char *text, size_t length)
{
	const char *end = text + length;
	uint64_t by_letter[26];

	index_words(by_letter);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		while (text < stop && (*text == ' ' || *text == '\t'))
			text++;
		if (text < stop && *text != '#' && line_may_train(by_letter, text, stop))
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
