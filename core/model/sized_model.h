/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SIZED_MODEL_H
#define DSFIT_SIZED_MODEL_H

#include "core/model/known_models.h"

/*
 * A model of which only the number of parameters is known. The shape is interpolated between the
 * site's reference models on a logarithmic scale, and marked as assumed (exact = false). The
 * parameter count stays as given. Returns -1 if the site has no reference model.
 */
int dsfit_model_from_size(const struct dsfit_models *models, uint64_t parameters,
			  struct dsfit_model *out, struct dsfit_error *err);

/*
 * A mixture of experts of which two numbers are known, such as 8x7B: `experts`, of which a token
 * reaches two, in a model that would have `parameters` with one expert per block. `name` is in
 * messages, and becomes the model's name. Returns -1 if the site has no reference model or the
 * result has more than DSFIT_PARAMETERS_MAX parameters.
 */
int dsfit_model_from_experts(const struct dsfit_models *models, const char *name, uint64_t experts,
			     uint64_t parameters, struct dsfit_model *out,
			     struct dsfit_error *err);

#endif
