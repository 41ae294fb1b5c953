/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_INDEX_H
#define DSFIT_HF_INDEX_H

#include "core/formats/json.h"
#include "core/model/model.h"

/*
 * Set a model's parameter count from the files beside its config.json, if what they say is
 * plausible. `path` is the config.json. `config` is its content, and `text` its text_config, or
 * `config` itself if there is none.
 */
void dsfit_hf_index(const char *path, struct json_object *config, struct json_object *text,
		    struct dsfit_model *model);

#endif
