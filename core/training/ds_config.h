/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DS_CONFIG_H
#define DSFIT_DS_CONFIG_H

#include <json-c/json.h>

#include "core/base/error.h"
#include "core/training/ds_strict.h"
#include "core/training/training.h"

/*
 * Read a DeepSpeed JSON file into *training. What the file says replaces what is there; "auto" and
 * absent keys leave it. As in DeepSpeed itself, a few absent keys mean something: without
 * zero_optimization the stage is 0, without a device nothing is offloaded, without bf16 and fp16
 * the precision is fp32, and an optimizer of unknown type keeps Adam's states. Batch sizes that no
 * number of ranks can satisfy are an error. *stops is filled in with what DeepSpeed stops at though
 * dsfit can size it; it may be NULL. Returns 0, or -1 with the file's name and the key's path in
 * err; *training is unchanged then.
 */
int dsfit_training_read(const char *path, struct dsfit_training *training,
			struct dsfit_ds_stops *stops, struct dsfit_error *err);

/* The same for a file that has been parsed. err begins with the key's path. */
int dsfit_training_read_object(struct json_object *object, struct dsfit_training *training,
			       struct dsfit_ds_stops *stops, struct dsfit_error *err);

#endif
