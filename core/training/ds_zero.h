/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_ZERO_H
#define DSFIT_DS_ZERO_H

#include "core/training/ds_values.h"
#include "core/training/training.h"

/* Read the section zero_optimization of a DeepSpeed file. Returns 0, or -1 with a line in
 * root->err. */
int dsfit_ds_zero(const struct dsfit_ds_section *root, struct dsfit_training *t);

#endif
