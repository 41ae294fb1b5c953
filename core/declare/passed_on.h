/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PASSED_ON_H
#define DSFIT_PASSED_ON_H

#include <stdbool.h>
#include <stddef.h>

#include "core/declare/workload.h"

/*
 * A declaration that has been read, as one line of text. The submit host passes it on to slurmctld,
 * and a job passes it on to jobs submitted from within it, so that nobody reads the user's files
 * again. The line contains numbers and words, but no path.
 *
 *     dsfit1,name=llama-2-7b,parameters=6738415616,layers=32,...,zero=3,micro-batch=4
 *
 * A key that is absent means the value of dsfit_training_defaults(), or 0, or the first of its
 * words. The number after "dsfit" changes if an older reader would misread a newer line.
 */
#define DSFIT_PASSED_ON_MAX 8192

/* Whether a text of --ds-model is such a line. The line may still be wrong. */
bool dsfit_passed_on_is(const char *text);

/* Whether such a line was read from a script, and nobody declared it. */
bool dsfit_passed_on_is_inferred(const char *text);

/* Write the line. Returns 0, or -1 if `size` is too small. Every line of a real model fits into
 * DSFIT_PASSED_ON_MAX. */
int dsfit_passed_on_write(const struct dsfit_workload *workload, char *text, size_t size);

/*
 * Read a line, which anybody may have forged: every key must be known and every value in its range.
 * Returns 0, or -1 with the key in err; *out is unchanged then. The training is as
 * dsfit_training_settle() left it. Settling it again changes nothing.
 *
 * A line may say that the submit host has not understood the model. Then -1 is returned, and *out
 * has model.not_understood set and what the line says beside the model's size.
 */
int dsfit_passed_on_read(const char *text, struct dsfit_workload *out, struct dsfit_error *err);

#endif
