/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_TOWER_H
#define DSFIT_HF_TOWER_H

#include "core/formats/json.h"
#include "core/model/family.h"

/*
 * Read the vision tower of a model from its config.json. `family` is the model's; NULL if unknown.
 * *tower has patch = 0 if there is no tower to count: the model has none, or one of a kind that no
 * family describes. Returns 0, or -1 with the key in err.
 */
int dsfit_hf_tower(const struct dsfit_families *families, const struct dsfit_family *family,
		   struct json_object *config, struct dsfit_shape *tower,
		   struct dsfit_error *err);

/*
 * Describe the tower of a model's config.json, and the tokens that a picture becomes:
 * mm_tokens_per_image or image_seq_length, which is 1 where pictures differ in size. *out is empty
 * if no family describes the tower, or the file is wrong about it.
 */
void dsfit_hf_describe_tower(const struct dsfit_families *families,
			     const struct dsfit_family *family, struct json_object *config,
			     struct dsfit_tower *out);

#endif
