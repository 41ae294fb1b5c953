/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRAINING_SETTINGS_H
#define DSFIT_TRAINING_SETTINGS_H

#include "core/base/error.h"
#include "core/training/training.h"

/*
 * The settings of a training that a person types: "zero", "offload", "batch" and so on. sbatch's
 * --ds-X, the command's --X and the section `defaults` of dsfit.conf have the same names and the
 * same values; settings.c has the table.
 */

/*
 * Read `value` as a person types it and set it in *training. Returns 0, or -1 with a line in err
 * that quotes the value and says what is accepted, without the name of the setting; *training may
 * be half changed then. Also -1 if no setting has that name.
 */
int dsfit_training_set(struct dsfit_training *training, const char *name, const char *value,
		       struct dsfit_error *err);

/* The longest text of several settings. */
#define DSFIT_SETTINGS_MAX 1023

/*
 * Read "KEY:VALUE,KEY:VALUE", where a key is the name of a setting and a value has no comma.
 * Returns 0, or -1 with a line in err that begins with the pair that is wrong; *training may be
 * half changed then.
 */
int dsfit_training_set_all(struct dsfit_training *training, const char *text,
			   struct dsfit_error *err);

#endif
