/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CATALOGUE_SECTIONS_H
#define DSFIT_CATALOGUE_SECTIONS_H

#include "core/formats/sections.h"

/*
 * The sections of the catalogues that core/site/on_demand.c reads when they are wanted, and the
 * keys in them that it looks at before. Where these are in the catalogues that come with dsfit is
 * found when dsfit is built, by scripts/index_catalogues.c: to look through 200 KB takes a quarter
 * of the instructions that sbatch spends on an option. A file that was changed since is looked
 * through.
 */
enum { DSFIT_SECTION_GPU, DSFIT_SECTION_FAMILY, DSFIT_SECTION_MODEL, DSFIT_SECTION_KINDS };
enum {
	DSFIT_NOTED_ALIASES, DSFIT_NOTED_LABEL, DSFIT_NOTED_REFERENCE, DSFIT_NOTED_EXPERTS,
	DSFIT_NOTED_COUNTED,
};

extern const struct dsfit_section_kinds dsfit_catalogue_sections;

#endif
