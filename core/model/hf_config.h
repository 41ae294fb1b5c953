/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_CONFIG_H
#define DSFIT_HF_CONFIG_H

#include <json-c/json.h>

#include "core/model/known_models.h"

/*
 * Read a Hugging Face config.json; `path` may be the folder that contains it. What is not written
 * has the default of the model's family. A family that models->families does not have is treated as
 * llama. If a model.safetensors.index.json is beside it, that has the exact size. Returns 0, or -1
 * with the file's name and the key of a bad value in err. Opens files with the caller's rights.
 *
 * If the file describes a model of a family that dsfit does not know, and dsfit cannot size it as a
 * llama, *out has not_understood set beside its name and its family, and the file is not wrong.
 */
int dsfit_model_read(const struct dsfit_models *models, const char *path,
		     struct dsfit_model *out, struct dsfit_error *err);

/* The same for what a config.json says, without a file and without a name. */
int dsfit_model_from_json(const struct dsfit_models *models, struct json_object *config,
			  struct dsfit_model *out, struct dsfit_error *err);

#endif
