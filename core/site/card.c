/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit discover" has to know how much memory each GPU of a cluster has, and Slurm does not say
 * it. The names that sites use often do. They are tried from the most to the least specific:
 *
 *     gres type with memory     a100_80gb, a100_3g.20gb (a MIG slice)   nothing overrules it
 *     feature with memory       GPU_MEM:80GB                            the card of that size
 *     feature with a card       a100_80g                                that card
 *     gres type alone           a100                                    40 or 80 GB: `other` is set
 *                               1g.10gb                                 A100 or H100, likewise
 *
 * Sources: the configurations of public clusters; NVIDIA's names of MIG profiles.
 */
#include "core/site/card.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/site/card_name.h"

#define GIGABYTE UINT64_C(1000000000)

/* The number in a text like "80", "80G", "80GB" or "80GiB"; 0 if the text has another form. */
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

/* The gigabytes that a feature like GPU_MEM:80GB names; 0 for any other feature. */
static uint64_t feature_memory(const char *feature)
{
	static const char *const keys[] = { "gpu_memory", "gpu_mem", "gpumem", "gpu-mem", "vram" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++) {
		size_t length = strlen(keys[i]);

		if (!strncasecmp(feature, keys[i], length) && feature[length] &&
		    strchr(":=_-", feature[length]))
			return gigabytes(feature + length + 1);
	}
	return 0;
}

/* The gigabytes of a MIG slice such as 3g.20gb, a100_3g.20gb or 1g.10gb+me; 0 for other types. */
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

/* The length of a label without its memory: that of "A100" for "A100 80GB". */
static size_t model_length(const char *label)
{
	const char *last = strrchr(label, ' ');
	size_t length = strlen(label);

	/* The number at the end of "RTX 4090" is not a size. */
	if (last && gigabytes(last + 1) && !isdigit((unsigned char)label[length - 1]))
		return (size_t)(last - label);
	return length;
}

static bool same_model(const struct dsfit_gpu *a, const struct dsfit_gpu *b)
{
	size_t length = model_length(a->label);

	return length == model_length(b->label) && !strncasecmp(a->label, b->label, length);
}

/* A card of the same model with other memory: with `memory` gigabytes, or any if that is 0. Returns
 * NULL if there is none. */
static const struct dsfit_gpu *sibling(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
				       uint64_t memory)
{
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *other = &site->gpus[i];
		uint64_t others = label_gigabytes(other);

		if (other != gpu && !other->whole && same_model(other, gpu) &&
		    others != label_gigabytes(gpu) && (!memory || others == memory))
			return other;
	}
	return NULL;
}

/* Whether the type contains the size of its card, such as 80g, or 80 alone (a100-80). */
static bool names_memory(const char *type, uint64_t memory)
{
	for (const char *at = type; *at; at++) {
		char *end;

		if (!isdigit((unsigned char)*at) || (at > type && isdigit((unsigned char)at[-1])))
			continue;
		if (strtoul(at, &end, 10) == memory &&
		    (!isalnum((unsigned char)*end) || tolower((unsigned char)*end) == 'g'))
			return true;
	}
	return false;
}

/* Look for a feature that names a card of the catalogue. If the type named a card, it must be of
 * the same model. */
static void decide_by_name(const struct dsfit_site *site, const struct dsfit_names *features,
			   struct dsfit_card *card)
{
	for (size_t i = 0; i < features->count; i++) {
		const struct dsfit_gpu *named = dsfit_site_gpu(site, features->name[i]);

		if (!named || (card->gpu && !same_model(named, card->gpu)))
			continue;
		/* A feature like "a100" adds nothing to the type. */
		if (card->gpu && !names_memory(features->name[i], label_gigabytes(named)))
			continue;
		card->gpu = named;
		card->feature = features->name[i];
		return;
	}
}

/* Look for a feature that names the memory. The card is then the one of that size, or NULL if the
 * catalogue has none. */
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

/* A slice of the same profile of a faster or slower card, if the type does not name the card. */
static const struct dsfit_gpu *other_slice(const struct dsfit_site *site, const char *type,
					   const struct dsfit_gpu *gpu)
{
	struct dsfit_card_name name;

	if (!gpu->whole || !dsfit_card_name_read(type, &name) || name.model[0])
		return NULL;
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *other = &site->gpus[i];

		if (!strcmp(other->profile, gpu->profile) &&
		    (other->tflops > gpu->tflops || other->tflops < gpu->tflops))
			return other;
	}
	return NULL;
}

void dsfit_card_find(const struct dsfit_site *site, const char *type,
		     const struct dsfit_names *features, struct dsfit_card *out)
{
	*out = (struct dsfit_card){ .gpu = *type ? dsfit_site_gpu(site, type) : NULL };
	out->memory = slice_memory(type) * GIGABYTE;
	out->slice = out->memory > 0;
	if (out->slice && out->gpu)
		out->other = other_slice(site, type, out->gpu);
	/* If the type names the memory, no feature overrules it. */
	if (out->slice || (out->gpu && names_memory(type, label_gigabytes(out->gpu))))
		return;
	decide_by_memory(site, features, out);
	if (!out->feature)
		decide_by_name(site, features, out);
	if (out->gpu && !out->feature)
		out->other = sibling(site, out->gpu, 0);
}
