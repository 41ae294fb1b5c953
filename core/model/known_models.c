/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models by name. */
#include "core/model/known_models.h"

#include <stdlib.h>
#include <strings.h>

const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name)
{
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_entry *known = &models->names[i];
		bool named = !strcasecmp(known->name, name);

		for (size_t j = 0; j < known->alias_count && !named; j++)
			named = !strcasecmp(known->aliases[j], name);
		if (named)
			return dsfit_unread_need(models->unread, i) ? &models->entries[i] :
								      NULL;
	}
	return NULL;
}

void dsfit_models_free(struct dsfit_models *models)
{
	dsfit_entries_free(models->names, models->count);
	free(models->architectures);
	free(models->hub_index);
	free(models->hub);
	free(models->entries);
}
