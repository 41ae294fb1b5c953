/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MODEL_TEXT_H
#define DSFIT_MODEL_TEXT_H

#include <stdbool.h>

#include "core/model/known_models.h"

/* What --ds-model=TEXT may be, unless it is a file: a size, experts times a size, or a name. */

/*
 * Read `text`: a size (13B), experts times a size (8x7B), or the name of a known model. Returns 0,
 * or -1 with a line in err that lists what is accepted. Files are read by dsfit_model_read() of
 * hf_config.h.
 */
int dsfit_model_parse(const struct dsfit_models *models, const char *text,
		      struct dsfit_model *out, struct dsfit_error *err);

/* Whether `text` can only be a path: it contains a slash, is "." or "..", or ends with .json. */
bool dsfit_model_is_path(const char *text);

/* The name in an id of the Hugging Face Hub, ORGANISATION/NAME; NULL if `text` has another form.
 * Such an id may be a path as well. */
const char *dsfit_model_hub_name(const char *text);

#endif
