/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_KNOWN_MODELS_H
#define DSFIT_KNOWN_MODELS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/unread.h"
#include "core/model/model.h"

struct dsfit_families;
struct dsfit_hub_index;

/* The models that a site knows by name: models.conf. */
struct dsfit_models {
	struct dsfit_model *entries;
	struct dsfit_entry *names;	/* of each entry */
	size_t count;
	const struct dsfit_unread *unread;	/* NULL: all is read; names are */
	const struct dsfit_families *families; /* the site's; NULL: no family is known */
	char *architectures;		/* the path of architectures.conf; NULL: there is none */
	char *hub;			/* the text of hub.conf; NULL: there is none */
	struct dsfit_hub_index *hub_index;	/* of its names; NULL: the text is searched */
	const struct dsfit_unread_text *unread_hub;	/* the same, not read yet; or NULL */
};

/* Find a model by name or alias; upper and lower case are the same. NULL if there is none. */
const struct dsfit_model *dsfit_models_find(const struct dsfit_models *models, const char *name);

/* Free the entries. The struct itself is the caller's. */
void dsfit_models_free(struct dsfit_models *models);

#endif
