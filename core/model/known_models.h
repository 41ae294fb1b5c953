/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_KNOWN_MODELS_H
#define DSFIT_KNOWN_MODELS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/near_miss.h"
#include "core/model/model.h"

struct dsfit_families;

/* The models that a site knows by name: models.conf. */
struct dsfit_known_model {
	struct dsfit_model model;
	char (*aliases)[DSFIT_NAME_MAX];
	size_t alias_count;
	bool reference;			/* bare sizes take their shape from these */
};

struct dsfit_models {
	struct dsfit_known_model *entries;
	size_t count;
	const struct dsfit_families *families; /* the site's; NULL: no family is known */
	char *architectures;		/* the path of architectures.conf; NULL: there is none */
};

/* Find a model by name or alias; upper and lower case are the same. NULL if there is none. */
const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name);

/*
 * Find a model by the name of something derived from it. If the whole name is unknown, these parts
 * are left out, one after the other, because they do not change the shape: "meta-" at the start;
 * "-instruct", "-chat", "-hf", "-base", "-it" and "-pt" at the end or before a version ("-v0.2");
 * and finally the version. Returns the first match, or NULL.
 */
const struct dsfit_model *dsfit_models_find_like(const struct dsfit_models *models,
						 const char *name);

/* "did you mean NAME? " with the name or alias closest to `text`, or "". Fills near_text and
 * returns it. */
const char *dsfit_models_near(const struct dsfit_models *models, const char *text,
			      char near_text[DSFIT_NEAR_TEXT]);

/* Free the entries. The struct itself is the caller's. */
void dsfit_models_free(struct dsfit_models *models);

#endif
