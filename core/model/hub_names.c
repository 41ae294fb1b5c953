/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/hub_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"

#define WORDS_MAX 24

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- one form ------------------------------------------------------------------------------- */

/* Small letters, and "_" as what it stands for: a point between two numbers, or else a dash. */
static bool level(const char *name, char out[DSFIT_NAME_MAX])
{
	size_t length = strlen(name);

	if (length >= DSFIT_NAME_MAX)
		return false;
	for (size_t i = 0; i <= length; i++) {
		out[i] = (char)tolower((unsigned char)name[i]);
		if (name[i] == '_')
			out[i] = i && is_digit(name[i - 1]) && is_digit(name[i + 1]) ? '.' : '-';
	}
	return true;
}

/* Leave out the dashes between a letter and a number. */
static void join(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '-' || to == text || !islower((unsigned char)to[-1]) ||
		    !is_digit(from[1]))
			*to++ = *from;
	*to = '\0';
}

bool dsfit_name_fold(const char *name, char out[DSFIT_NAME_MAX])
{
	if (!level(name, out))
		return false;
	join(out);
	return true;
}

/* ---- words that can be left out ------------------------------------------------------------- */

enum kind { KEPT, LEFT_OUT, VERSION };

static const struct {
	const char *word;
	unsigned bits;
} left_out[] = {
	/* How it was tuned. */
	{ "instruct", 0 }, { "chat", 0 }, { "hf", 0 }, { "base", 0 }, { "it", 0 }, { "pt", 0 },
	{ "inst", 0 }, { "sft", 0 }, { "dpo", 0 }, { "rlhf", 0 }, { "rlvr", 0 }, { "thinking", 0 },
	{ "think", 0 }, { "reasoning", 0 }, { "preview", 0 }, { "latest", 0 }, { "deduped", 0 },
	{ "abliterated", 0 }, { "uncensored", 0 }, { "unsloth", 0 }, { "final", 0 },
	{ "exp", 0 }, { "original", 0 }, { "dedup", 0 }, { "llamafied", 0 },
	/* In which format its weights are. */
	{ "bnb", 0 }, { "4bit", 4 }, { "4bits", 4 }, { "8bit", 8 }, { "8bits", 8 }, { "awq", 4 },
	{ "gptq", 4 }, { "int4", 4 }, { "int8", 8 }, { "nf4", 4 }, { "nvfp4", 4 }, { "mxfp4", 4 },
	{ "fp4", 4 }, { "fp8", 8 }, { "w4a16", 4 }, { "w8a8", 8 }, { "w8a16", 8 }, { "bf16", 0 },
	{ "fp16", 0 }, { "fp32", 0 }, { "gguf", 0 }, { "mlx", 0 }, { "exl2", 0 }, { "hqq", 4 },
	{ "quantized.w4a16", 4 }, { "quantized.w8a8", 8 }, { "quantized", 0 },
	{ "quantised", 0 }, { "unquantized", 0 }, { "qat", 0 }, { "q4.0", 0 },
	{ "dynamic", 0 }, { "block", 0 }, { "g128", 0 },
};

static const char *const owners[] = { "meta", "nvidia", "c4ai", "ibm", "google" };

static unsigned number(const char *digits, size_t length)
{
	unsigned value = 0;

	for (size_t i = 0; i < length; i++)
		value = 10 * value + (unsigned)(digits[i] - '0');
	return value;
}

/* "2507", "0528", "20240229": a year and a month, a month and a day, or all three. A model of the
 * Hub is from 2018 or later. */
static bool is_date(const char *word)
{
	size_t length = strlen(word);
	unsigned first, second;

	if (strspn(word, "0123456789") != length)
		return false;
	if (length == 8)
		return !strncmp(word, "20", 2) && is_date(word + 4);
	if (length == 6)
		return is_date(word + 2) && number(word, 2) >= 18 && number(word, 2) <= 39;
	if (length != 4)
		return false;
	first = number(word, 2);
	second = number(word + 2, 2);
	return (first >= 18 && first <= 39 && second >= 1 && second <= 12) ||
	       (first >= 1 && first <= 12 && second >= 1 && second <= 31);
}

/* "128k", "1m": how long a context is. */
static bool is_length(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits && digits <= 4 && word[digits] && !word[digits + 1] &&
	       (word[digits] == 'k' || (word[digits] == 'm' && digits == 1));
}

/* "v0.3", "v1", "v1.0". */
static bool is_version(const char *word)
{
	if (*word != 'v')
		return false;
	if (!strncmp(word, "v0.", 3))
		return word[3] && !word[3 + strspn(word + 3, "0123456789")];
	return !strcmp(word, "v1") || !strcmp(word, "v1.0");
}

static enum kind kind_of(const char *word, bool first, unsigned *bits)
{
	*bits = 0;
	for (size_t i = 0; first && i < DSFIT_ARRAY_SIZE(owners); i++)
		if (!strcmp(owners[i], word))
			return LEFT_OUT;
	if (first)
		return KEPT;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(left_out); i++) {
		if (strcmp(left_out[i].word, word))
			continue;
		*bits = left_out[i].bits;
		return LEFT_OUT;
	}
	if (is_version(word))
		return VERSION;
	return is_date(word) || is_length(word) ? LEFT_OUT : KEPT;
}

struct words {
	const char *word[WORDS_MAX];
	enum kind kind[WORDS_MAX];
	unsigned bits[WORDS_MAX];
	size_t count;
};

/* Split at dashes, which become ends of texts. */
static void split(char *text, struct words *out)
{
	char *next;

	out->count = 0;
	for (char *at = text; at && out->count < WORDS_MAX; at = next) {
		next = strchr(at, '-');
		if (next)
			*next++ = '\0';
		out->kind[out->count] = kind_of(at, !out->count, &out->bits[out->count]);
		out->word[out->count++] = at;
	}
}

/* Add the name without those of its words that can be left out from word `from` on. "GPTQ-Int8" has
 * 8 bits: the last word that says it is right. */
static void add_stem(const struct words *words, size_t from, bool versions, struct dsfit_stems *out)
{
	struct dsfit_stem *stem = &out->stem[out->count];
	size_t end = 0;

	if (out->count == DSFIT_STEMS_MAX)
		return;
	stem->bits = 0;
	*stem->text = '\0';
	for (size_t i = 0; i < words->count; i++) {
		bool leave = (words->kind[i] == LEFT_OUT && (i >= from)) ||
			     (words->kind[i] == VERSION && !versions);

		if (leave && words->bits[i])
			stem->bits = words->bits[i];
		if (!leave)
			end += (size_t)snprintf(stem->text + end, sizeof(stem->text) - end, "%s%s",
						end ? "-" : "", words->word[i]);
	}
	join(stem->text);
	out->count++;
}

void dsfit_name_stems(const char *name, struct dsfit_stems *out)
{
	char text[DSFIT_NAME_MAX];
	struct words words;

	out->count = 0;
	if (!level(name, text))
		return;
	split(text, &words);
	for (int versions = 1; versions >= 0; versions--) {
		add_stem(&words, words.count, versions, out);
		for (size_t i = words.count; i > 0; i--)
			if (words.kind[i - 1] == LEFT_OUT)
				add_stem(&words, i - 1, versions, out);
	}
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* A size at the end of a word, as text; its parameters, or 0. `experts` is set for 8x7B. */
static double size_of(const char *word, size_t length, char out[DSFIT_SAID_SIZE], bool *experts)
{
	size_t letters = 0, digits;
	char unit, *end;
	double value;
	char text[DSFIT_SAID_SIZE];

	*experts = false;
	while (letters < length && isalpha((unsigned char)word[letters]))
		letters++;
	/* "a3b" are active parameters, "e4b" effective ones. */
	if (letters == 1 || letters == length || length - letters >= sizeof(text) - 2)
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)(length - letters), word + letters);
	digits = strspn(text, "0123456789.");
	unit = (char)toupper((unsigned char)text[digits]);
	if (!digits || !unit)
		return 0;
	if (unit == 'X' && is_digit(text[digits + 1])) {
		value = strtod(text + digits + 1, &end);
		*experts = toupper((unsigned char)*end) == 'B' && !end[1];
		text[digits] = 'x';
		if (*experts)
			*end = 'B';
		snprintf(out, DSFIT_SAID_SIZE, "%s", text);
		return *experts ? value * 1e9 : 0;
	}
	/* "7b1" is 7.1B. */
	if (unit == 'B' && is_digit(text[digits + 1]) && !text[digits + 2]) {
		text[digits] = '.';
		text[digits + 2] = 'B';
		text[digits + 3] = '\0';
	} else if (text[digits + 1] || !strchr("BMT", unit)) {
		return 0;
	} else {
		text[digits] = unit;
	}
	snprintf(out, DSFIT_SAID_SIZE, "%s", text);
	return strtod(text, NULL) * (unit == 'B' ? 1e9 : unit == 'M' ? 1e6 : 1);
}

const char *dsfit_name_size(const char *name, char out[DSFIT_SAID_SIZE])
{
	static const char ends[] = "-_/ :";
	double largest = 0, size;
	char text[DSFIT_SAID_SIZE];
	bool experts = false, whole;

	*out = '\0';
	for (const char *at = name; *at && !experts;) {
		size_t length = strcspn(at, ends);

		size = size_of(at, length, text, &experts);
		/* 1T may be how many words it has read, so it is the last choice. */
		whole = size > largest;
		if (whole || experts) {
			largest = size;
			memcpy(out, text, sizeof(text));
		}
		at += length;
		at += strspn(at, ends);
	}
	return out;
}

/* The next number of a name, with its unit. */
static size_t next_number(const char **at, const char **number_at, char *unit)
{
	size_t length;

	*at += strcspn(*at, "0123456789");
	*number_at = *at;
	length = strspn(*at, "0123456789");
	*at += length;
	*unit = (char)tolower((unsigned char)**at);
	if (!*unit || !strchr("bmk", *unit))
		*unit = '\0';
	return length;
}

bool dsfit_names_agree(const char *a, const char *b)
{
	const char *in_a, *in_b;
	size_t length;
	char unit_a, unit_b;

	for (;;) {
		length = next_number(&a, &in_a, &unit_a);
		if (length != next_number(&b, &in_b, &unit_b) || strncmp(in_a, in_b, length) ||
		    (unit_a && unit_b && unit_a != unit_b))
			return false;
		if (!length)
			return true;
	}
}
