/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HUB_MODELS_H
#define DSFIT_HUB_MODELS_H

#include <stdbool.h>

#include "core/base/near_miss.h"
#include "core/model/known_models.h"

/*
 * Find a model by what people call it: by its name in models.conf or hub.conf, or by a name that
 * stands for one of these (core/model/hub_names.h). Returns 1 and fills *out; 0 if no list has it;
 * or -1 with a line in err if dsfit does not size such models, or if the entry is broken. Reads a
 * section of architectures.conf, unless no_files is set.
 */
int dsfit_models_named(const struct dsfit_models *models, const char *name, bool no_files,
		       struct dsfit_model *out, struct dsfit_error *err);

/*
 * The next model of hub.conf that has a shape of its own. *at is NULL at the start. Returns 1, 0 at
 * the end, or -1 with a line in err if the entry is broken. A `filter` skips names that do not
 * contain it; NULL skips none.
 */
int dsfit_hub_next(const struct dsfit_models *models, const char **at, const char *filter,
		   struct dsfit_model *out, struct dsfit_error *err);

/* Read the whole of hub.conf. Returns 0, or -1 with the first error. */
int dsfit_hub_check(const struct dsfit_models *models, struct dsfit_error *err);

/* "did you mean NAME? " with the name of either list that is closest to `text` and says the same
 * numbers, or "". Fills near_text and returns it. */
const char *dsfit_models_near(const struct dsfit_models *models, const char *text,
			      char near_text[DSFIT_NEAR_TEXT]);

#endif
