/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read back what dsfit_say_record() has written. A user chooses the text of the model's name, so
 * the figures are searched from the end: behind "per GPU" the user has only a request.
 */
#include "core/say/record.h"

#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/say/phrases.h"

#define START "dsfit: "
#define CHANGED "; changed: "
#define CHANGED_BEFORE "; changed on the submit host: "
#define ARROW " -> "
#define REQUEST ", for "

static void keep(char to[DSFIT_RECORD_TEXT], const char *text, size_t length)
{
	length = strnlen(text, dsfit_min(length, DSFIT_RECORD_TEXT - 1));
	memcpy(to, text, length);
	to[length] = '\0';
}

/* The last place of a word in the first bytes of a text. */
static const char *last_of(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t at = length; at >= size; at--)
		if (!strncmp(text + at - size, word, size))
			return text + at - size;
	return NULL;
}

/* Where the record begins: at the start, or behind what others wrote. */
static const char *find_start(const char *comment)
{
	const char *at = last_of(comment, strlen(comment), "; " START);

	if (at)
		return at + 2 + strlen(START);
	return strncmp(comment, START, strlen(START)) ? NULL : comment + strlen(START);
}

/* "27.8 GiB of 39.4 GiB" or "27.8 GiB". Returns whether it is that. */
static bool take_figures(const char *text, size_t length, uint64_t *needed, uint64_t *available)
{
	char line[2 * DSFIT_SIZE_TEXT + 8], *of;

	if (length >= sizeof(line))
		return false;
	snprintf(line, sizeof(line), "%.*s", (int)length, text);
	of = strstr(line, " of ");
	*available = 0;
	if (of)
		*of = '\0';
	return !dsfit_parse_bytes_with_unit(line, needed, NULL) &&
	       (!of || !dsfit_parse_bytes_with_unit(of + 4, available, NULL));
}

static bool take_verdict(const char *text, size_t length, enum dsfit_verdict *out)
{
	for (int i = DSFIT_FITS; i <= DSFIT_EXCEEDS; i++) {
		const char *word = dsfit_phrase_verdict((enum dsfit_verdict)i);

		if (strlen(word) == length && !strncmp(word, text, length)) {
			*out = (enum dsfit_verdict)i;
			return true;
		}
	}
	return false;
}

/* The last place of a word, unless the figures stand behind it: then a name has that word. */
static const char *find_change(const char *text, const char *word)
{
	const char *at = last_of(text, strlen(text), word);

	return at && !strstr(at, " per GPU") ? at : NULL;
}

/* What was changed. Returns the length of the text in front of it. */
static size_t take_change(const char *text, struct dsfit_record *out)
{
	const char *at = find_change(text, CHANGED_BEFORE);

	out->on_submit_host = at;
	if (!at)
		at = find_change(text, CHANGED);
	if (!at)
		return strlen(text);
	keep(out->changed, at + strlen(out->on_submit_host ? CHANGED_BEFORE : CHANGED),
	     DSFIT_RECORD_TEXT);
	return (size_t)(at - text);
}

/* "TRAINING, for REQUEST", or, after a correction, "TRAINING". */
static void take_training(const char *text, size_t length, struct dsfit_record *out)
{
	const char *request = last_of(text, length, REQUEST "-");
	const char *arrow = strstr(out->changed, ARROW);

	if (request) {
		const char *at = request + strlen(REQUEST);

		keep(out->request, at, length - (size_t)(at - text));
		length = (size_t)(request - text);
	} else if (arrow) {
		strcpy(out->request, arrow + strlen(ARROW));
	}
	keep(out->training, text, length);
}

/* The figures per node, which stand between those per GPU and the verdict. Returns false if they
 * cannot be read. Older releases have none. */
static bool take_node(const char *gpu, const char *verdict, struct dsfit_record *out)
{
	const char *node = last_of(gpu, (size_t)(verdict - gpu), " per node");

	if (!node || strncmp(gpu, " per GPU, ", 10))
		return true;
	return take_figures(gpu + 10, (size_t)(node - gpu) - 10, &out->per_node,
			    &out->node_available);
}

/* "TRAINING: 27.8 GiB of 39.4 GiB per GPU, 61 GiB of 500 GiB per node: fits". If a part of it is
 * not that, none is taken. */
static void take_sizing(const char *text, size_t length, struct dsfit_record *out)
{
	const char *gpu = last_of(text, length, " per GPU"), *start, *verdict;
	struct dsfit_record read = *out;

	start = gpu ? last_of(text, (size_t)(gpu - text), ": ") : NULL;
	verdict = last_of(text, length, ": ");
	if (!start || !verdict || verdict < gpu ||
	    !take_figures(start + 2, (size_t)(gpu - start) - 2, &read.per_gpu,
			  &read.gpu_available) ||
	    !take_verdict(verdict + 2, length - (size_t)(verdict - text) - 2, &read.verdict) ||
	    !take_node(gpu, verdict, &read))
		return;
	take_training(text, (size_t)(start - text), &read);
	*out = read;
}

bool dsfit_record_read(const char *comment, struct dsfit_record *out)
{
	const char *text = comment ? find_start(comment) : NULL;
	size_t length;

	*out = (struct dsfit_record){ .verdict = DSFIT_UNKNOWN };
	if (!text)
		return false;
	keep(out->text, text, DSFIT_RECORD_TEXT);
	length = strlen(text);
	if (!strncmp(text, "not sized: ", 11))
		keep(out->not_sized, text + 11, DSFIT_RECORD_TEXT);
	else
		length = take_change(text, out);
	out->decided = dsfit_min(length, strlen(out->text));
	if (!out->not_sized[0])
		take_sizing(text, length, out);
	return true;
}
