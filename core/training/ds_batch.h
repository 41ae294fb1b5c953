/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_BATCH_H
#define DSFIT_DS_BATCH_H

#include "core/training/ds_values.h"
#include "core/training/training.h"

/*
 * Read a DeepSpeed file's batch: train_batch_size, train_micro_batch_size_per_gpu,
 * gradient_accumulation_steps and elasticity. Returns 0, or -1 with a line in root->err, also if no
 * number of ranks makes the batch.
 */
int dsfit_ds_batch(const struct dsfit_ds_section *root, struct dsfit_training *t);

#endif
