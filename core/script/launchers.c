/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launchers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"

const char *const dsfit_meaning_names[] = {
	"model", "model-perhaps", "factory", "layers", "hidden", "ffn", "experts", "zero", "fsdp",
	"offload-optimizer", "offload-param", "offload", "micro-batch", "global-batch", "batch",
	"accumulation", "sequence", "sequence-part", "sequence-or", "sequence-limit", "precision",
	"bf16", "fp16", "checkpointing", "no-checkpointing", "optimizer", "adapter", "lora",
	"bits", "four-bit", "prompt-tuning", "projector", "objective", "tensor", "pipeline",
	"context", "copies", "trains", "predicts", "engine-file", "file", "folder", "gpus",
	"world", "serves", "tokens", "overrides", "sign", "other", NULL,
};

_Static_assert(sizeof(dsfit_meaning_names) / sizeof(*dsfit_meaning_names) == DSFIT_MEANINGS + 1,
	       "names");

/* ---- lists ---------------------------------------------------------------------------------- */

/* More than any list of names takes. */
#define MEMORY_MAX ((size_t)64 << 20)
#define LIST_MIN 8

struct dsfit_launchers *dsfit_launchers_begin(void)
{
	struct dsfit_launchers *l = calloc(1, sizeof(*l));

	if (l)
		dsfit_arena_start(&l->arena, MEMORY_MAX, 0);
	return l;
}

/* Room for one more in an array of `count`, which is moved where that is a power of two. */
static void *grow(struct dsfit_launchers *l, void *array, size_t count, size_t size)
{
	void *more;

	if (count && (count < LIST_MIN || (count & (count - 1))))
		return array;
	more = dsfit_arena_take(&l->arena, (count ? 2 * count : LIST_MIN) * size);
	if (more && count)
		memcpy(more, array, count * size);
	return more;
}

int dsfit_launchers_add(struct dsfit_launchers *l, struct dsfit_names *names, const char *name)
{
	char **more = grow(l, names->name, names->count, sizeof(*more));

	if (!more)
		return -1;
	names->name = more;
	more[names->count++] = (char *)(uintptr_t)name;
	return 0;
}

struct dsfit_launcher *dsfit_launchers_add_launcher(struct dsfit_launchers *l, const char *name)
{
	struct dsfit_launcher *more = grow(l, l->launcher, l->launchers, sizeof(*more));

	if (!more)
		return NULL;
	l->launcher = more;
	more[l->launchers].name = name;
	return &more[l->launchers++];
}

struct dsfit_trainer *dsfit_launchers_add_trainer(struct dsfit_launchers *l, const char *name)
{
	struct dsfit_trainer *more = grow(l, l->trainer, l->trainers, sizeof(*more));

	if (!more)
		return NULL;
	l->trainer = more;
	more[l->trainers].name = name;
	return &more[l->trainers++];
}

enum dsfit_meaning dsfit_launchers_titled(const char *title)
{
	size_t length = strcspn(title, " ");
	int i = 0;

	while (i < DSFIT_MEANINGS &&
	       (tolower((unsigned char)*title) != *dsfit_meaning_names[i] ||
		strncasecmp(dsfit_meaning_names[i], title, length) ||
		dsfit_meaning_names[i][length]))
		i++;
	return (enum dsfit_meaning)i;
}

int dsfit_launchers_mean(struct dsfit_launchers *l, const struct dsfit_names *names,
			 enum dsfit_meaning meaning)
{
	for (size_t i = 0; i < names->count; i++) {
		enum dsfit_meaning *more = grow(l, l->meaning, l->known.names.count,
						sizeof(*more));

		if (!more || dsfit_launchers_add(l, &l->known.names, names->name[i]))
			return -1;
		l->meaning = more;
		more[l->known.names.count - 1] = meaning;
	}
	return 0;
}

void dsfit_launchers_free(struct dsfit_launchers *l)
{
	if (!l)
		return;
	dsfit_arena_end(&l->arena);
	free(l);
}

/* ---- looking up ----------------------------------------------------------------------------- */

/* Eight characters at a time, each by 2^64 over the golden ratio (Fibonacci hashing). */
static uint32_t hash(const char *text)
{
	const uint64_t multiplier = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t value = 0, part = 0;
	size_t length = strlen(text);

	for (; length >= sizeof(part); length -= sizeof(part), text += sizeof(part)) {
		memcpy(&part, text, sizeof(part));
		value = (value ^ part) * multiplier;
		value ^= value >> 32;
	}
	part = 0;
	memcpy(&part, text, length);
	value = (value ^ part) * multiplier;
	return (uint32_t)(value >> 32);
}

/* The slot of a name, or the empty one where it would be. */
static uint32_t *slot_of(const struct dsfit_indexed_names *list, const char *name)
{
	size_t mask = list->slots - 1, at = hash(name) & mask;

	while (list->slot[at] && strcmp(list->names.name[list->slot[at] - 1], name) != 0)
		at = (at + 1) & mask;
	return &list->slot[at];
}

static int make_slots(struct dsfit_launchers *l, struct dsfit_indexed_names *list)
{
	size_t slots = 16;

	while (slots < 2 * list->names.count)
		slots *= 2;
	list->slot = dsfit_arena_take(&l->arena, slots * sizeof(*list->slot));
	list->slots = slots;
	return list->slot ? 0 : -1;
}

/* Of equal names the last counts: a site's are at the end. */
static void index_names(struct dsfit_indexed_names *list)
{
	for (size_t i = 0; i < list->names.count; i++)
		*slot_of(list, list->names.name[i]) = (uint32_t)i + 1;
}

/* Of "tune run" the word "tune", of "open_instruct/finetune.py" the file's name. */
static int add_program(struct dsfit_launchers *l, struct dsfit_program program)
{
	const char *slash = strrchr(program.name, '/');
	const char *name = slash ? slash + 1 : program.name;
	size_t length = strcspn(name, " "), count = l->start.names.count;
	const char *word = name[length] ? dsfit_arena_copy(&l->arena, name, length) : name;
	struct dsfit_program *more = grow(l, l->program, count, sizeof(*more));

	if (!word || !more || dsfit_launchers_add(l, &l->start.names, word))
		return -1;
	l->program = more;
	more[count] = program;
	return 0;
}

/* All of a list, which the same launcher or trainer has. */
static int add_programs(struct dsfit_launchers *l, const struct dsfit_names *names,
			struct dsfit_program program)
{
	for (size_t i = 0; i < names->count; i++) {
		program.name = names->name[i];
		if (add_program(l, program))
			return -1;
	}
	return 0;
}

/* From the end, so that each is before those that come after it. */
static void chain_programs(struct dsfit_launchers *l)
{
	for (size_t i = l->start.names.count; i-- > 0;) {
		uint32_t *slot = slot_of(&l->start, l->start.names.name[i]);

		l->program[i].next = *slot ? &l->program[*slot - 1] : NULL;
		*slot = (uint32_t)i + 1;
	}
}

/* The last trainer's first, so that of equal marks the first trainer's counts. */
static int add_marks(struct dsfit_launchers *l)
{
	for (size_t i = l->trainers; i-- > 0;) {
		const struct dsfit_trainer *trainer = &l->trainer[i];

		for (size_t mark = 0; mark < trainer->marks.count; mark++) {
			size_t count = l->marks.names.count;
			const struct dsfit_trainer **more = grow(l, l->marked, count,
								 sizeof(*more));

			if (!more || dsfit_launchers_add(l, &l->marks.names,
							 trainer->marks.name[mark]))
				return -1;
			l->marked = more;
			more[count] = trainer;
		}
	}
	return 0;
}

static int index_parts(struct dsfit_launchers *l, struct dsfit_parts *parts)
{
	parts->next = dsfit_arena_take(&l->arena, (parts->names.count + 1) * sizeof(*parts->next));
	if (!parts->next)
		return -1;
	for (size_t i = 0; i < parts->names.count; i++) {
		uint32_t *first = &parts->first[DSFIT_PARTS_LETTER(*parts->names.name[i])];

		parts->next[i] = *first;
		*first = (uint32_t)i + 1;
	}
	return 0;
}

static int index_all_parts(struct dsfit_launchers *l)
{
	struct dsfit_parts *const parts[] = { &l->nothing, &l->nothing_anywhere,
					      &l->nothing_scripts, &l->training, &l->methods,
					      &l->models, &l->other_models };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(parts); i++)
		if (index_parts(l, parts[i]))
			return -1;
	return 0;
}

int dsfit_launchers_end(struct dsfit_launchers *l)
{
	int rc = add_programs(l, &l->prefixes, (struct dsfit_program){ 0 });

	for (size_t i = 0; i < l->launchers && !rc; i++)
		rc = add_programs(l, &l->launcher[i].programs,
				  (struct dsfit_program){ .launcher = &l->launcher[i] });
	for (size_t i = 0; i < l->trainers && !rc; i++)
		rc = add_programs(l, &l->trainer[i].programs,
				  (struct dsfit_program){ .trainer = &l->trainer[i] });
	if (rc || add_marks(l) || make_slots(l, &l->start) || make_slots(l, &l->marks) ||
	    make_slots(l, &l->known) || index_all_parts(l))
		return -1;
	chain_programs(l);
	index_names(&l->marks);
	index_names(&l->known);
	return 0;
}

const struct dsfit_program *dsfit_launchers_programs(const struct dsfit_launchers *l,
						     const char *word)
{
	uint32_t slot = *slot_of(&l->start, word);

	return slot ? &l->program[slot - 1] : NULL;
}

const struct dsfit_trainer *dsfit_launchers_marked(const struct dsfit_launchers *l,
						   const char *name)
{
	uint32_t slot = *slot_of(&l->marks, name);

	return slot ? l->marked[slot - 1] : NULL;
}

bool dsfit_launchers_meaning(const struct dsfit_launchers *l, const char *name,
			     enum dsfit_meaning *meaning)
{
	uint32_t slot = *slot_of(&l->known, name);

	if (slot)
		*meaning = l->meaning[slot - 1];
	return slot;
}

bool dsfit_launchers_find(const struct dsfit_parts *parts, const char *text,
			  bool (*fits)(const char *text, const char *at, size_t length))
{
	for (const char *c = text; *c; c++)
		for (uint32_t i = parts->first[DSFIT_PARTS_LETTER(*c)]; i; i = parts->next[i - 1]) {
			const char *name = parts->names.name[i - 1];

			size_t length = strlen(name);

			if (!strncasecmp(c, name, length) && fits(text, c, length))
				return true;
		}
	return false;
}

char *dsfit_launchers_path(const char *conf, char *path, size_t size)
{
	const char *slash = strrchr(conf, '/');

	snprintf(path, size, "%.*slaunchers.conf", slash ? (int)(slash - conf) + 1 : 0, conf);
	return path;
}
