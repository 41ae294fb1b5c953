/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/card.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GIGABYTE UINT64_C(1000000000)

/* A number of gigabytes with any of the units that people write, and nothing after it; 0 for what
 * is none. */
static uint64_t gigabytes(const char *text)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	number = strtoul(text, &end, 10);
	if (number > 100000)
		return 0;
	if (!*end || !strcasecmp(end, "g") || !strcasecmp(end, "gb") || !strcasecmp(end, "gib"))
		return number;
	return 0;
}

/* The memory that a feature names, as in GPU_MEM:80GB; 0 where it is about something else. */
static uint64_t feature_memory(const char *feature)
{
	static const char *const keys[] = { "gpu_memory", "gpu_mem", "gpumem", "gpu-mem", "vram" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t length = strlen(keys[i]);

		if (!strncasecmp(feature, keys[i], length) && feature[length] &&
		    strchr(":=_-", feature[length]))
			return gigabytes(feature + length + 1);
	}
	return 0;
}

/* The memory of a MIG slice, as in 3g.20gb, a100_3g.20gb and 1g.10gb+me; 0 for what is none. */
static uint64_t slice_memory(const char *type)
{
	for (const char *dot = type; (dot = strchr(dot, '.')); dot++) {
		const char *digits = dot - 1;
		unsigned long memory;
		char *end;

		if (dot < type + 2 || tolower((unsigned char)*digits) != 'g' ||
		    !isdigit((unsigned char)digits[-1]) || !isdigit((unsigned char)dot[1]))
			continue;
		memory = strtoul(dot + 1, &end, 10);
		if (!strncasecmp(end, "gb", 2) && memory <= 100000)
			return memory;
	}
	return 0;
}

static uint64_t label_gigabytes(const struct dsfit_gpu *gpu)
{
	return (gpu->label_memory + GIGABYTE / 2) / GIGABYTE;
}

/* The part of a label before its memory: "A100" of "A100 80GB". */
static size_t model_length(const char *label)
{
	const char *last = strrchr(label, ' ');
	size_t length = strlen(label);

	/* "RTX 4090" ends in a number that is none of gigabytes. */
	if (last && gigabytes(last + 1) && !isdigit((unsigned char)label[length - 1]))
		return (size_t)(last - label);
	return length;
}

static bool same_model(const struct dsfit_gpu *a, const struct dsfit_gpu *b)
{
	size_t length = model_length(a->label);

	return length == model_length(b->label) && !strncasecmp(a->label, b->label, length);
}

/* The card of the same model with other memory: so much of it, or any for 0. */
static const struct dsfit_gpu *sibling(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
				       uint64_t memory)
{
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *other = &site->gpus[i];
		uint64_t others = label_gigabytes(other);

		if (other != gpu && same_model(other, gpu) && others != label_gigabytes(gpu) &&
		    (!memory || others == memory))
			return other;
	}
	return NULL;
}

/* Whether the type says how much memory its card has: 80g somewhere in it. */
static bool names_memory(const char *type, uint64_t memory)
{
	for (const char *at = type; *at; at++) {
		char *end;

		if (!isdigit((unsigned char)*at) || (at > type && isdigit((unsigned char)at[-1])))
			continue;
		if (strtoul(at, &end, 10) == memory && tolower((unsigned char)*end) == 'g')
			return true;
	}
	return false;
}

/* A feature that names a card of the catalogue, of the type's model where the type has one. */
static void decide_by_name(const struct dsfit_site *site, const struct dsfit_names *features,
			   struct dsfit_card *card)
{
	for (size_t i = 0; i < features->count; i++) {
		const struct dsfit_gpu *named = dsfit_site_gpu(site, features->name[i]);

		if (!named || (card->gpu && !same_model(named, card->gpu)))
			continue;
		/* "a100" says no more than the type did. */
		if (card->gpu && !names_memory(features->name[i], label_gigabytes(named)))
			continue;
		card->gpu = named;
		card->feature = features->name[i];
		return;
	}
}

/* A feature that names the memory. Where the catalogue has no such card there is none. */
static void decide_by_memory(const struct dsfit_site *site, const struct dsfit_names *features,
			     struct dsfit_card *card)
{
	for (size_t i = 0; i < features->count; i++) {
		uint64_t memory = feature_memory(features->name[i]);

		if (!memory)
			continue;
		card->memory = memory * GIGABYTE;
		card->feature = features->name[i];
		if (card->gpu && label_gigabytes(card->gpu) != memory)
			card->gpu = sibling(site, card->gpu, memory);
		return;
	}
}

void dsfit_card_find(const struct dsfit_site *site, const char *type,
		     const struct dsfit_names *features, struct dsfit_card *out)
{
	*out = (struct dsfit_card){ .gpu = *type ? dsfit_site_gpu(site, type) : NULL };
	out->memory = slice_memory(type) * GIGABYTE;
	out->slice = out->memory > 0;
	/* What the type says, no feature takes back. */
	if (out->slice || (out->gpu && names_memory(type, label_gigabytes(out->gpu))))
		return;
	decide_by_memory(site, features, out);
	if (!out->feature)
		decide_by_name(site, features, out);
	if (out->gpu && !out->feature)
		out->other = sibling(site, out->gpu, 0);
}
