/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_GPUS_USED_H
#define DSFIT_SCRIPT_GPUS_USED_H

#include "core/script/script_training.h"

/* On how many GPUs of a node the launcher starts the training; 0 if that cannot be told. Notes it
 * as a fact. */
uint32_t dsfit_gpus_used(struct dsfit_script_training *t, const struct dsfit_trainer *trainer);

#endif
