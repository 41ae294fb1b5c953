/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/catalogue_sections.h"

#include "core/base/array.h"

/* The build defines it. Tools that check the sources need no index. */
#ifdef DSFIT_INDEX
#include DSFIT_INDEX
#define KNOWN .known = known_texts, .known_count = DSFIT_ARRAY_SIZE(known_texts),
#else
#define KNOWN
#endif

static const char *const kinds[] = {
	[DSFIT_SECTION_GPU] = "gpu",
	[DSFIT_SECTION_FAMILY] = "family",
	[DSFIT_SECTION_MODEL] = "model",
	[DSFIT_SECTION_KINDS] = NULL,
};

static const struct dsfit_section_key keys[] = {
	[DSFIT_NOTED_ALIASES] = DSFIT_SECTION_KEY("aliases"),
	[DSFIT_NOTED_LABEL] = DSFIT_SECTION_KEY("label"),
	[DSFIT_NOTED_REFERENCE] = DSFIT_SECTION_KEY("reference"),
	[DSFIT_NOTED_EXPERTS] = DSFIT_SECTION_KEY("experts"),
	[DSFIT_NOTED_COUNTED] = DSFIT_SECTION_KEY("counted"),
};

_Static_assert(DSFIT_ARRAY_SIZE(keys) == DSFIT_SECTION_VALUES, "each key has a value");

const struct dsfit_section_kinds dsfit_catalogue_sections = {
	.kinds = kinds, .keys = keys, KNOWN
};
