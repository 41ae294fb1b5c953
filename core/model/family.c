/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Families by name. core/site/catalogue.c reads them from families.conf. */
#include "core/model/family.h"

#include <stdlib.h>
#include <strings.h>

/* Compares the first letters before the whole names, because every account looks its family up. */
static bool same_name(const char *a, const char *b)
{
	return !((*a ^ *b) & ~('a' ^ 'A')) && !strcasecmp(a, b);
}

static bool has_name(const struct dsfit_entry *family, const char *name)
{
	if (same_name(family->name, name))
		return true;
	for (size_t i = 0; i < family->alias_count; i++)
		if (same_name(family->aliases[i], name))
			return true;
	return false;
}

const struct dsfit_family *dsfit_families_find(const struct dsfit_families *families,
					       const char *name)
{
	for (size_t i = 0; i < families->count; i++)
		if (has_name(&families->names[i], name))
			return dsfit_unread_need(families->unread, i) ? &families->entries[i] :
									NULL;
	return NULL;
}

void dsfit_family_begin(const struct dsfit_families *families, const char *name,
			struct dsfit_model *model)
{
	const struct dsfit_family *family = dsfit_families_find(families, name);
	struct dsfit_shape *shape = &model->shape;

	*shape = (struct dsfit_shape){ .gated = true };
	model->known_family = family;
	if (!family)
		return;
	shape->tied = family->shape.tied;
	/* A vision-language model has the traits of its text family. */
	if (family->text[0])
		family = dsfit_families_find(families, family->text);
	if (!family)
		return;
	shape->gated = family->shape.gated;
	shape->traits = family->shape.traits;
	if (shape->traits.parallel && *family->parallel_key)
		shape->traits.norms = family->parallel_norms;
	/* These are the same in all models of a family. */
	shape->segments = family->shape.segments;
	shape->relative_buckets = family->shape.relative_buckets;
}

/* How similar two blocks are, by the traits that matter most for activations: latent attention,
 * experts, a gated network. */
static int likeness(const struct dsfit_shape *a, const struct dsfit_shape *b)
{
	return 4 * (!a->kv_rank == !b->kv_rank) + 2 * (!a->experts == !b->experts) +
	       (a->gated == b->gated);
}

const struct dsfit_footprint *dsfit_families_footprint(const struct dsfit_families *families,
						       const struct dsfit_model *model,
						       bool *nearest)
{
	const struct dsfit_family *family = dsfit_families_find(families, model->family);
	const struct dsfit_footprint *best = &dsfit_footprint_paper;
	int most = -1;

	if (family && family->text[0])
		family = dsfit_families_find(families, family->text);
	if (family && family->gated[0] && model->shape.gated)
		family = dsfit_families_find(families, family->gated);
	/* What a tower keeps is no text's. */
	*nearest = !family || !family->footprint.traced || family->shape.patch;
	if (!*nearest)
		return &family->footprint;
	if (!model->family[0] && !model->shape.gated)
		return best;
	for (size_t i = 0; i < families->count; i++) {
		const struct dsfit_family *other = &families->entries[i];
		bool there = dsfit_unread_need(families->unread, i);
		int like = likeness(&model->shape, &other->shape);

		if (there && other->footprint.traced && !other->shape.patch && like > most) {
			best = &other->footprint;
			most = like;
		}
	}
	return best;
}

const struct dsfit_footprint *dsfit_families_tower(const struct dsfit_families *families,
						   const struct dsfit_model *model)
{
	const struct dsfit_family *family;

	if (!model->tower.family[0])
		return NULL;
	family = dsfit_families_find(families, model->tower.family);
	return family && family->footprint.traced ? &family->footprint : NULL;
}

void dsfit_families_free(struct dsfit_families *families)
{
	dsfit_entries_free(families->names, families->count);
	for (size_t i = 0; i < families->count; i++)
		if (!families->unread || !families->unread->pending[i])
			dsfit_layer_kinds_free(families->entries[i].kinds);
	free(families->entries);
}
