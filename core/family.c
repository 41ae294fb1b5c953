/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Families by name. What they hold is read in site_models.c. */
#include "core/family.h"

#include <stdlib.h>
#include <strings.h>

const struct dsfit_family *dsfit_families_find(const struct dsfit_families *families,
					       const char *name)
{
	for (size_t i = 0; i < families->count; i++) {
		const struct dsfit_family *family = &families->entries[i];

		if (!strcasecmp(family->name, name))
			return family;
		for (size_t j = 0; j < family->alias_count; j++)
			if (!strcasecmp(family->aliases[j], name))
				return family;
	}
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
	/* Of a model that sees as well, the text's. */
	if (family->text[0])
		family = dsfit_families_find(families, family->text);
	if (!family)
		return;
	shape->gated = family->shape.gated;
	shape->traits = family->shape.traits;
	if (shape->traits.parallel && *family->parallel_key)
		shape->traits.norms = family->parallel_norms;
	/* The same in all of a family's models. */
	shape->segments = family->shape.segments;
	shape->relative_buckets = family->shape.relative_buckets;
}

void dsfit_families_free(struct dsfit_families *families)
{
	for (size_t i = 0; i < families->count; i++)
		free(families->entries[i].aliases);
	free(families->entries);
}
