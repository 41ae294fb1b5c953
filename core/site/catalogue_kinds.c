/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections `layer` within a section `family`. */
#include "core/site/catalogue_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/formats/conf_values.h"
#include "core/model/layers.h"
#include "core/site/catalogue_footprint.h"

void dsfit_kinds_describe(cfg_opt_t *keys)
{
	size_t n = dsfit_footprint_describe(keys);

	keys[n++] = (cfg_opt_t)CFG_STR("when", NULL, CFGF_NONE);
	keys[n] = (cfg_opt_t)CFG_END();
}

static int take_values(cfg_t *section, struct dsfit_layer_kinds *kinds, struct dsfit_error *err)
{
	unsigned count = cfg_size(section, "values");

	kinds->value = calloc(count ? count : 1, sizeof(*kinds->value));
	if (!kinds->value)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		const char *text = cfg_getnstr(section, "values", i);

		if (strlen(text) >= sizeof(*kinds->value))
			return dsfit_fail_section(section, err,
						  "a value has at most 127 characters");
		snprintf(kinds->value[kinds->values++], sizeof(*kinds->value), "%s", text);
	}
	return 0;
}

static int take_kind(cfg_t *layer, struct dsfit_layer_kind *kind, struct dsfit_error *err)
{
	if (dsfit_copy_name(layer, kind->name, cfg_title(layer), err) ||
	    dsfit_copy_name(layer, kind->when, cfg_getstr(layer, "when"), err))
		return -1;
	if (!kind->when[0])
		return dsfit_fail_section(layer, err, "when is missing");
	return dsfit_footprint_take_layer(layer, &kind->footprint, err);
}

/* Define the values once, without a config.json, so that a wrong one is found here. */
static int try_values(cfg_t *section, const struct dsfit_layer_kinds *kinds,
		      struct dsfit_error *err)
{
	struct dsfit_model model = { .shape = { .layers = 2, .hidden = 64 } };
	struct dsfit_error why;

	if (!dsfit_layers_find(kinds, NULL, &model, &why))
		return 0;
	return dsfit_fail_section(section, err, why.text);
}

int dsfit_kinds_take(cfg_t *section, struct dsfit_family *family, struct dsfit_error *err)
{
	unsigned count = cfg_size(section, "layer");
	struct dsfit_layer_kinds *kinds;

	if (!count && !cfg_size(section, "values"))
		return 0;
	if (count > DSFIT_KINDS_MAX)
		return dsfit_fail_section(section, err, "at most 8 kinds of layers");
	kinds = calloc(1, sizeof(*kinds));
	if (!kinds)
		return -1;
	family->kinds = kinds;
	family->footprint.kinds = kinds;
	if (take_values(section, kinds, err))
		return -1;
	for (; kinds->count < count; kinds->count++)
		if (take_kind(cfg_getnsec(section, "layer", (unsigned)kinds->count),
			      &kinds->kind[kinds->count], err))
			return -1;
	return try_values(section, kinds, err);
}
