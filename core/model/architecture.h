/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ARCHITECTURE_H
#define DSFIT_ARCHITECTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <confuse.h>
#include <json-c/json.h>

#include "core/base/error.h"
#include "core/model/shape.h"
#include "core/model/tensors.h"

/*
 * The parameters of a model from its config.json and architectures.conf, which has a section for
 * each model_type of transformers. scripts/architectures writes the sections.
 */
#define DSFIT_ARCHITECTURE_TENSORS 512
#define DSFIT_ARCHITECTURE_MEMBERS 16

struct dsfit_sized {
	struct dsfit_tensor tensor[DSFIT_ARCHITECTURE_TENSORS];
	size_t count;
	/* What the section knows of the shape: rows of dsfit_shape_fields and their values. */
	struct {
		const struct dsfit_shape_field *field;
		uint64_t value;
	} member[DSFIT_ARCHITECTURE_MEMBERS];
	size_t members;
	uint64_t labels;		/* of a class that classifies; else 0 */
	bool named;			/* config.json names a class */
	bool listed;			/* the section has that class */
	bool foreign;			/* that class is neither listed nor a bare model's */
	bool proven;			/* all that the count was proven with is as it was then */
};

/*
 * Size a model of this model_type. Returns 1 and fills *out; 0 if the file has no such section, or
 * if file is NULL; or -1 with "FILE:LINE: what" in err if the section or the file is broken, or a
 * value in the config.json is impossible. libconfuse's scanner is not re-entrant: only one thread
 * at a time may call this.
 */
int dsfit_architecture_size(const char *file, const char *model_type, struct json_object *config,
			    struct dsfit_sized *out, struct dsfit_error *err);

/* The sections and keys of the file, for libconfuse. NULL without memory. */
cfg_t *dsfit_architectures_describe(void);

/* Read the whole file and size each section with its class's defaults. Returns 0, or -1 with the
 * first error. */
int dsfit_architectures_check(const char *file, struct dsfit_error *err);

#endif
