/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LAYERS_H
#define DSFIT_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/model/footprint.h"
#include "core/model/model.h"

/*
 * Families whose layers are of several kinds: attention beside mamba, experts in every second
 * layer. families.conf says how transformers tells them apart:
 *
 *     family "jamba" {
 *         values = {"b = attn_layer_period else 8", "t = mamba_dt_rank or (h + 15) / 16", ...}
 *         kept = ...                     the footprint of the layers that no section below has
 *         layer "mamba" {
 *             when = "m"                 a product of values: not 0 in such a layer
 *             kept = ...                 in place of the family's
 *         }
 *     }
 *
 * The values are those of core/model/key_values.h, defined for each layer anew. Before them are i,
 * the layer, counted from 0, L, the number of layers, h, their width, and D, the layers without
 * experts. A value that is named like a dimension of core/model/expression.h is this dimension.
 */
struct dsfit_layer_kind {
	char name[DSFIT_NAME_MAX];
	char when[DSFIT_NAME_MAX];
	struct dsfit_footprint footprint;
};

#define DSFIT_VALUE_TEXT 128

struct dsfit_layer_kinds {
	struct dsfit_layer_kind kind[DSFIT_KINDS_MAX];
	size_t count;
	char (*value)[DSFIT_VALUE_TEXT];
	size_t values;
};

/*
 * Find the kind of each of the model's layers, and its dimensions: into model->layers. The shape is
 * complete. config may be NULL: then no key is there. A model with more than DSFIT_LAYERS_MAX
 * layers has none. Returns 0, or -1 with the definition that is wrong in err.
 */
int dsfit_layers_find(const struct dsfit_layer_kinds *kinds, struct json_object *config,
		      struct dsfit_model *model, struct dsfit_error *err);

/* Free what a family has read. NULL is accepted. */
void dsfit_layer_kinds_free(struct dsfit_layer_kinds *kinds);

#endif
