/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MODULE_NAMES_H
#define DSFIT_MODULE_NAMES_H

#include <stdint.h>

#include "core/base/error.h"

/*
 * Read names of a model's modules, as PEFT's target_modules and modules_to_save have them, joined
 * by "+": "q_proj+v_proj". Of a path such as "model.layers.0.mlp.up_proj" the last part counts.
 * *parts gets their bits, of enum dsfit_module_part in core/training/training.h. Returns 0, or -1
 * with a line in err that quotes the unknown name, and *parts unchanged.
 */
int dsfit_module_names(const char *text, uint64_t *parts, struct dsfit_error *err);

#endif
