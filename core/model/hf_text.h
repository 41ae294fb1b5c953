/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_TEXT_H
#define DSFIT_HF_TEXT_H

#include "core/formats/json.h"
#include "core/model/family.h"

/*
 * Read the shape of a text model from its config.json, or from the text_config of a model with
 * vision. What is not written has the family's default; `family` is NULL if it is unknown. Returns
 * 0, or -1 with the key in err.
 */
int dsfit_hf_text(struct json_object *config, const struct dsfit_family *family,
		  struct dsfit_shape *shape, struct dsfit_error *err);

#endif
