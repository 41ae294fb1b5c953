/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HF_CONFIG_H
#define DSFIT_HF_CONFIG_H

#include "core/formats/json.h"
#include "core/model/model.h"

/*
 * Between core/model/hf_config.c and core/model/hf_index.c alone: let the files beside a
 * config.json say how many parameters there are, where what they say can be. `path` is the
 * config.json, `config` and `text` what is in it (text is config where it holds no other).
 */
void dsfit_hf_index(const char *path, struct json_object *config, struct json_object *text,
		    struct dsfit_model *model);

#endif
