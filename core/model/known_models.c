/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models by name, and by names that are like a known one. */
#include "core/model/known_models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"

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

/* Where "-v0.2" at the end begins, or the end of the name. */
static char *find_version(char *name)
{
	char *dash = strrchr(name, '-');

	if (dash && !strncasecmp(dash, "-v0.", 4) && dash[4] &&
	    !dash[4 + strspn(dash + 4, "0123456789")])
		return dash;
	return name + strlen(name);
}

static bool drop_role(char *name)
{
	static const char *const roles[] = { "-instruct", "-chat", "-hf", "-base", "-it", "-pt" };
	size_t length = strlen(name);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(roles); i++) {
		size_t end = strlen(roles[i]);

		if (length <= end || strcasecmp(name + length - end, roles[i]))
			continue;
		name[length - end] = '\0';
		return true;
	}
	return false;
}

const struct dsfit_model *dsfit_models_find_like(const struct dsfit_models *models,
						 const char *name)
{
	const struct dsfit_model *found = dsfit_models_find(models, name);
	char stem[DSFIT_NAME_MAX], version[DSFIT_NAME_MAX], whole[2 * DSFIT_NAME_MAX];

	if (strlen(name) >= sizeof(stem))
		return found;
	for (int with_version = 1; with_version >= 0 && !found; with_version--) {
		strcpy(stem, strncasecmp(name, "meta-", 5) ? name : name + 5);
		strcpy(version, find_version(stem));
		*find_version(stem) = '\0';
		do {
			snprintf(whole, sizeof(whole), "%s%s", stem, with_version ? version : "");
			found = dsfit_models_find(models, whole);
		} while (!found && drop_role(stem));
	}
	return found;
}

const char *dsfit_models_near(const struct dsfit_models *models, const char *text,
			      char near_text[DSFIT_NEAR_TEXT])
{
	struct dsfit_near near;

	dsfit_near_start(&near, text);
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_known_model *known = &models->entries[i];

		dsfit_near_try(&near, known->model.name, known);
		for (size_t j = 0; j < known->alias_count; j++)
			dsfit_near_try(&near, known->aliases[j], known);
	}
	return dsfit_near_text(&near, near_text);
}

void dsfit_models_free(struct dsfit_models *models)
{
	for (size_t i = 0; i < models->count; i++)
		free(models->entries[i].aliases);
	free(models->architectures);
	free(models->entries);
}
