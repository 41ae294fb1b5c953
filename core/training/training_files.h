/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRAINING_FILES_H
#define DSFIT_TRAINING_FILES_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/training/ds_strict.h"
#include "core/training/training.h"

/* The longest path or model that a file can name. */
#define DSFIT_FILE_WORD_MAX 1023

/* What files say beside how a model is trained. */
struct dsfit_training_files {
	char model[DSFIT_FILE_WORD_MAX + 1];	/* "" if none is named */
	/* No file names an engine, and the tool that reads it has none of its own: that is
	 * training.engine. An option that asks for one is right. */
	bool engine_assumed;
	/* What dsfit cannot size, such as "use_galore: true"; "" if there is nothing. If this is
	 * set, do not use the training. The files need not be wrong. */
	char unsized[128];
	struct dsfit_ds_stops stops;	/* of the last DeepSpeed file */
};

/*
 * Read a file that says how a model is trained: of DeepSpeed, accelerate, LLaMA-Factory, axolotl,
 * PEFT (adapter_config.json), TRL or the Trainer, as JSON or, if its name ends in .yaml or .yml, as
 * YAML. Its keys tell which. If it names a DeepSpeed file, that one is read too, relative to the
 * working directory or else to the file's own folder. `path` may be several files, separated by
 * commas; where two say the same, the later one counts. Beside what they say, their tools' defaults
 * are set (core/training/tool_keys.c). Returns 0, or -1 with "FILE: line N: reason" in err, and
 * *training unchanged.
 */
int dsfit_training_files_read(const char *path, struct dsfit_training *training,
			      struct dsfit_training_files *out, struct dsfit_error *err);

#endif
