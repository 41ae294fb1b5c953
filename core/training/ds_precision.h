/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_PRECISION_H
#define DSFIT_DS_PRECISION_H

#include "core/training/ds_values.h"
#include "core/training/training.h"

/*
 * Read what a DeepSpeed file says about number types: the sections fp16, bf16, torch_autocast and
 * data_types, and communication_data_type. Returns 0, or -1 with a line in root->err.
 */
int dsfit_ds_precision(const struct dsfit_ds_section *root, struct dsfit_training *t);

#endif
