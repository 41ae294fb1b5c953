/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells a model's layers apart, by its config.json and its family's section in families.conf. */
#include "core/model/layers.h"

#include <stdlib.h>
#include <string.h>

#include "core/model/key_values.h"

/* What is known of a layer before the family's values are defined. */
static void begin(struct dsfit_values *values, const struct dsfit_model *model, uint64_t layer)
{
	values->count = 0;
	values->guessed = values->null = false;
	dsfit_values_add(values, "i", (double)layer);
	dsfit_values_add(values, "L", (double)model->shape.layers);
	dsfit_values_add(values, "h", (double)model->shape.hidden);
	dsfit_values_add(values, "D", (double)model->shape.dense_layers);
}

/* The kind of the layer that the values are of. */
static int find_kind(const struct dsfit_layer_kinds *kinds, const struct dsfit_values *values,
		     uint8_t *out, struct dsfit_error *err)
{
	*out = 0;
	for (size_t i = 0; i < kinds->count && !*out; i++) {
		const char *text = kinds->kind[i].when;
		uint64_t is;

		if (dsfit_values_product(values, &text, &is, err))
			return -1;
		if (*text)
			return dsfit_fail(err, "when = %.60s: must be a product of values",
					  kinds->kind[i].when);
		*out = is ? (uint8_t)(i + 1) : 0;
	}
	return 0;
}

static void take_dimensions(const struct dsfit_values *values, struct dsfit_layers *out)
{
	for (size_t i = 0; i < values->count; i++) {
		int at = values->entry[i].name[1] ? -1 :
						   dsfit_dimension_of(values->entry[i].name[0]);

		if (at >= 0 && values->entry[i].value > 0 &&
		    values->entry[i].value <= DSFIT_DIMENSION_MAX)
			out->dimension[at] = (uint64_t)values->entry[i].value;
	}
}

int dsfit_layers_find(const struct dsfit_layer_kinds *kinds, struct json_object *config,
		      struct dsfit_model *model, struct dsfit_error *err)
{
	struct dsfit_layers found = { .count = 0 };
	struct dsfit_values values;

	memset(&model->layers, 0, sizeof(model->layers));
	if (!kinds || model->shape.layers > DSFIT_LAYERS_MAX)
		return 0;
	for (; found.count < model->shape.layers; found.count++) {
		begin(&values, model, found.count);
		for (size_t i = 0; i < kinds->values; i++)
			if (dsfit_values_define(&values, kinds->value[i], config, err))
				return -1;
		if (find_kind(kinds, &values, &found.kind[found.count], err))
			return -1;
		take_dimensions(&values, &found);
	}
	model->layers = found;
	return 0;
}

void dsfit_layer_kinds_free(struct dsfit_layer_kinds *kinds)
{
	if (kinds)
		free(kinds->value);
	free(kinds);
}
