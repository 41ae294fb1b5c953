/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECLARED_MODEL_H
#define DSFIT_DECLARED_MODEL_H

#include "core/declare/options.h"
#include "core/model/known_models.h"

/*
 * Find the model that is declared. If it was passed on as a line, *out already has it, and only
 * options beside that line change it. Otherwise *out is filled in. Returns 0, or -1 with a line in
 * err that names the option. Opens the user's files, unless declaration->no_files is set.
 */
int dsfit_declared_model(const struct dsfit_declaration *declaration, bool passed_on,
			 const struct dsfit_models *models, struct dsfit_model *out,
			 struct dsfit_error *err);

#endif
