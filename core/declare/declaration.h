/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECLARATION_H
#define DSFIT_DECLARATION_H

#include "core/base/error.h"
#include "core/declare/options.h"
#include "core/declare/workload.h"
#include "core/model/known_models.h"

/*
 * Read a declaration into *out. Later sources win over earlier ones: `defaults`, then the
 * DeepSpeed file, then the options. If the model is a line that another gate passed on
 * (core/declare/passed_on.h), that line replaces the defaults. Files are opened here with the
 * caller's rights, relative to the working directory, unless no_files is set. Returns 0, or -1
 * with a line in err such as "--ds-zero=7: must be ...".
 */
int dsfit_declaration_resolve(const struct dsfit_declaration *declaration,
			      const struct dsfit_models *models,
			      const struct dsfit_training *defaults,
			      struct dsfit_workload *out, struct dsfit_error *err);

#endif
