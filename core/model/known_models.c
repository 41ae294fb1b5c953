/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models by name. */
#include "core/model/known_models.h"

#include <stdlib.h>
#include <strings.h>

const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name)
{
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_known_model *known = &models->entries[i];

		if (!strcasecmp(known->model.name, name))
			return &known->model;
		for (size_t j = 0; j < known->alias_count; j++)
			if (!strcasecmp(known->aliases[j], name))
				return &known->model;
	}
	return NULL;
}

void dsfit_models_free(struct dsfit_models *models)
{
	for (size_t i = 0; i < models->count; i++)
		free(models->entries[i].aliases);
	free(models->architectures);
	free(models->hub);
	free(models->entries);
}
