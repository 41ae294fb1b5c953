/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PASSED_ON_H
#define DSFIT_PASSED_ON_H

#include <stdbool.h>
#include <stddef.h>

#include "core/declare/workload.h"

/*
 * A declaration that has been read, as one line: numbers and words, no path and no file of the
 * user's. One gate passes it on to the next, and a job to those submitted from within it, so that
 * neither reads the user's files again.
 *
 *     dsfit1,name=llama-2-7b,parameters=6738415616,layers=32,...,zero=3,micro-batch=4
 *
 * Keys that are not there have dsfit_training_defaults()' values, 0 or the first of their words.
 * The number after "dsfit" changes when a reader of the old would misread the new.
 */
#define DSFIT_WIRE_MAX 4096

/* Whether a text of --ds-model is such a line, sound or not. */
bool dsfit_wire_is(const char *text);

/* Write the line; 0, or -1 where `size` is too small for it (DSFIT_WIRE_MAX is enough). */
int dsfit_wire_write(const struct dsfit_workload *workload, char *text, size_t size);

/*
 * Read a line, which anyone may have forged: every key is known and every value in its range, or
 * it is -1, with the key in err and *out untouched. The training is as dsfit_training_settle()
 * left it; settling it again changes nothing.
 */
int dsfit_wire_read(const char *text, struct dsfit_workload *out, struct dsfit_error *err);

#endif
