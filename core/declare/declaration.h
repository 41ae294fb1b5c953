/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECLARATION_H
#define DSFIT_DECLARATION_H

#include "core/base/error.h"
#include "core/declare/options.h"
#include "core/declare/workload.h"
#include "core/model/family.h"
#include "core/model/known_models.h"

/*
 * Read a declaration into *out. Later sources win over earlier ones: `defaults`, then the
 * DeepSpeed file, then the options. If the model is a line that another gate passed on
 * (core/declare/passed_on.h), that line replaces the defaults. Files are opened here with the
 * caller's rights, relative to the working directory, unless no_files is set. Returns 0, or -1
 * with a line in err such as "--ds-zero=7: must be ...".
 *
 * A declaration that fails is wrong (a typing error, a contradiction, a missing file), unless
 * out->model.not_understood is set: then it may be right, and dsfit cannot size the model. What
 * follows from it is in core/decide/rules.h. In both cases *out has fit and fit_given, as far as
 * they can be read. If the model is not understood, *out can be passed on, and says so there.
 */
int dsfit_declaration_resolve(const struct dsfit_declaration *declaration,
			      const struct dsfit_models *models,
			      const struct dsfit_training *defaults,
			      struct dsfit_workload *out, struct dsfit_error *err);

/* Write the line about keys of the declared DeepSpeed file that no release of DeepSpeed has, at
 * which it stops. Works also if dsfit_declaration_resolve() has failed. Returns false, and an empty
 * line, if there is none. */
bool dsfit_declaration_unknown(const struct dsfit_declaration *declaration,
			       const struct dsfit_workload *workload, struct dsfit_error *line);

/*
 * Write the next warning about a declaration that was read. *next is 0 before the first. Returns
 * false, and an empty line, after the last. It warns of
 *
 *     keys of the DeepSpeed file at which DeepSpeed stops, unknown or removed
 *     adapters at which PEFT stops (dsfit_lora_refused())
 *     declared pictures that no estimate has: the model has no vision tower, or one that nobody has
 *     traced (dsfit_families_tower())
 *
 * If dsfit_declaration_resolve() has failed, `families` is NULL, and nothing is said of pictures.
 * Where a job was passed on, its file is not read again, and the submit host has printed these.
 */
bool dsfit_declaration_warning(const struct dsfit_declaration *declaration,
			       const struct dsfit_workload *workload,
			       const struct dsfit_families *families, unsigned *next,
			       struct dsfit_error *line);

#endif
