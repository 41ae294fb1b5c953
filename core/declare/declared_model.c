/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Find the model that a declaration means. The value of --ds-model can be many things, and a shape
 * that is given by hand wins over it. The first that applies:
 *
 *     --layers=..., --hidden=...      a shape by hand: complete it and count it
 *     dsfit1,name=...                 passed on: the model is there already
 *     (no --ds-model) --params=13B    a size alone
 *     ./llama/config.json             a path: Hugging Face's config.json
 *     meta-llama/Llama-3-8B           an id of the Hub, if nothing has that path: what the user
 *                                     has downloaded, or else a known name
 *     13B, 8x7B, llama-3-8b           a size, experts times a size, a name
 *     llama                           a folder of that name, or a name like a known one
 *
 * Counts by hand (--params, --largest-layer) replace the model's own at the end.
 */
#include "core/declare/declared_model.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/size.h"
#include "core/declare/hub_cache.h"
#include "core/model/hf_config.h"
#include "core/model/hub_models.h"
#include "core/model/hub_names.h"
#include "core/model/model_text.h"
#include "core/model/shape.h"
#include "core/model/sized_model.h"

/* ---- a shape by hand ------------------------------------------------------------------------ */

static bool has_shape(const struct dsfit_declaration *declaration)
{
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] && dsfit_options[i].kind == DSFIT_ABOUT_SHAPE)
			return true;
	return false;
}

/* One member, from the option of the same name. */
static int read_member(const char *value, const struct dsfit_shape_field *field,
		       struct dsfit_shape *shape, struct dsfit_error *err)
{
	void *member = (char *)shape + field->at;

	if (field->kind == DSFIT_SHAPE_NUMBER)
		return dsfit_parse_number(value, 1, DSFIT_DIMENSION_MAX, member, err);
	*(bool *)member = true;
	return 0;
}

static int read_shape(const struct dsfit_declaration *declaration, struct dsfit_shape *shape,
		      struct dsfit_error *err)
{
	struct dsfit_error why;

	for (int i = 0; i < DSFIT_OPTION_END; i++) {
		const char *value = declaration->value[i];

		if (value && dsfit_options[i].kind == DSFIT_ABOUT_SHAPE &&
		    read_member(value, dsfit_shape_field(dsfit_options[i].name), shape, &why))
			return dsfit_option_fail(declaration, (enum dsfit_option)i, &why, err);
	}
	return dsfit_shape_complete(shape, err);
}

static int from_shape(const struct dsfit_declaration *declaration, struct dsfit_model *out,
		      struct dsfit_error *err)
{
	const char *name = declaration->value[DSFIT_OPTION_MODEL];

	memset(out, 0, sizeof(*out));
	if (read_shape(declaration, &out->shape, err) || dsfit_model_count(out, NULL, err))
		return -1;
	out->exact = true;
	snprintf(out->name, sizeof(out->name), "%.*s", DSFIT_NAME_MAX - 1,
		 name && *name ? name : "by hand");
	dsfit_printable(out->name);
	return 0;
}

/* ---- a text --------------------------------------------------------------------------------- */

/* --params alone. Digits without a unit count too, because no model has such a name. */
static int from_params(const struct dsfit_declaration *declaration,
		       const struct dsfit_models *models, struct dsfit_model *out,
		       struct dsfit_error *err)
{
	struct dsfit_error why;
	uint64_t parameters;

	if (!dsfit_parse_count(declaration->value[DSFIT_OPTION_PARAMS], &parameters, &why) &&
	    !dsfit_model_from_size(models, parameters, out, &why))
		return 0;
	return dsfit_option_fail(declaration, DSFIT_OPTION_PARAMS, &why, err);
}

/* A known model, or one that its name stands for: "Meta-Llama-3-8B-Instruct". Returns 1; 0 if none
 * is known; or -1 with a line in err. */
static int from_known(const struct dsfit_declaration *declaration,
		      const struct dsfit_models *models, const char *name, struct dsfit_model *out,
		      struct dsfit_error *err)
{
	struct dsfit_error why;
	int rc = dsfit_models_named(models, name, declaration->no_files, out, &why);

	if (rc >= 0)
		return rc;
	return dsfit_fail(err, "%smodel=%.200s: %.300s", declaration->prefix,
			  declaration->value[DSFIT_OPTION_MODEL], why.text);
}

/* What the user has downloaded from the Hub. Returns 1, or 0 if there is nothing to read. */
static int from_cache(const struct dsfit_declaration *declaration,
		      const struct dsfit_models *models, struct dsfit_model *out)
{
	char folder[DSFIT_SNAPSHOT_MAX];
	struct dsfit_error why;

	if (declaration->no_files ||
	    !dsfit_hub_cache_find(declaration->hub_cache, declaration->value[DSFIT_OPTION_MODEL],
				  folder))
		return 0;
	return !dsfit_model_read(models, folder, out, &why);
}

/* Nothing has this name. If it says a size, that is what to write. */
static int fail_unknown(const struct dsfit_declaration *declaration,
			const struct dsfit_models *models, const char *name,
			struct dsfit_error *err)
{
	const char *text = declaration->value[DSFIT_OPTION_MODEL];
	char size[DSFIT_SAID_SIZE], near[DSFIT_NEAR_TEXT];

	if (!err)
		return -1;
	dsfit_models_near(models, name, near);
	if (*dsfit_name_size(name, size))
		return dsfit_fail(err, "%smodel=%.200s: %sno such file, folder or known model: "
				  "write the size that its name says, %smodel=%s, or the folder "
				  "with its config.json, or a name from \"dsfit models\"",
				  declaration->prefix, text, near, declaration->prefix, size);
	return dsfit_fail(err, "%smodel=%.200s: %sno such file, folder or known model: write a "
			  "size such as 8B, the folder with its config.json, or a name from "
			  "\"dsfit models\"", declaration->prefix, text, near);
}

static int from_file(const struct dsfit_declaration *declaration,
		     const struct dsfit_models *models, struct dsfit_model *out,
		     struct dsfit_error *err)
{
	struct dsfit_error why;

	if (declaration->no_files)
		return dsfit_option_fail_no_files(declaration, DSFIT_OPTION_MODEL, err);
	if (!dsfit_model_read(models, declaration->value[DSFIT_OPTION_MODEL], out, &why))
		return 0;
	return dsfit_option_fail_in_file(declaration, DSFIT_OPTION_MODEL, &why, err);
}

/* Read a text that looks like a path. It may also be an id of the Hub, which is looked up by its
 * name if there is no such path, or if no file may be opened. */
static int from_path(const struct dsfit_declaration *declaration,
		     const struct dsfit_models *models, struct dsfit_model *out,
		     struct dsfit_error *err)
{
	const char *text = declaration->value[DSFIT_OPTION_MODEL];
	const char *hub = dsfit_model_hub_name(text);
	int rc;

	if (!hub || (!declaration->no_files && !dsfit_is_nowhere(text)))
		return from_file(declaration, models, out, err);
	if (from_cache(declaration, models, out))
		return 0;
	rc = from_known(declaration, models, hub, out, err);
	if (rc)
		return rc > 0 ? 0 : -1;
	if (declaration->no_files)
		return from_file(declaration, models, out, err);
	return fail_unknown(declaration, models, hub, err);
}

/* Read a text that does not look like a path: a size or a known name, or else a folder of that name
 * in the working directory. */
static int from_name(const struct dsfit_declaration *declaration,
		     const struct dsfit_models *models, struct dsfit_model *out,
		     struct dsfit_error *err)
{
	const char *text = declaration->value[DSFIT_OPTION_MODEL];
	char size[DSFIT_SAID_SIZE];
	struct dsfit_error why = { "" };
	int rc;

	if (!dsfit_model_parse(models, text, out, err ? &why : NULL))
		return 0;
	if (!declaration->no_files && dsfit_is_folder(text))
		return from_file(declaration, models, out, err);
	if (from_cache(declaration, models, out))
		return 0;
	rc = from_known(declaration, models, text, out, err);
	if (rc)
		return rc > 0 ? 0 : -1;
	if (isalpha((unsigned char)*text) && *dsfit_name_size(text, size))
		return fail_unknown(declaration, models, text, err);
	return dsfit_option_fail(declaration, DSFIT_OPTION_MODEL, &why, err);
}

static int from_text(const struct dsfit_declaration *declaration,
		     const struct dsfit_models *models, struct dsfit_model *out,
		     struct dsfit_error *err)
{
	const char *text = declaration->value[DSFIT_OPTION_MODEL];

	if (!text && !declaration->value[DSFIT_OPTION_PARAMS])
		return dsfit_fail(err, "no model: add %smodel with a size such as 13B, a name, or "
				  "a config.json", declaration->prefix);
	memset(out, 0, sizeof(*out));
	if (!text)
		return from_params(declaration, models, out, err);
	return dsfit_model_is_path(text) ? from_path(declaration, models, out, err) :
					   from_name(declaration, models, out, err);
}

/* ---- counts by hand ------------------------------------------------------------------------- */

static int read_counts(const struct dsfit_declaration *declaration, struct dsfit_model *model,
		       struct dsfit_error *err)
{
	const char *params = declaration->value[DSFIT_OPTION_PARAMS];
	const char *largest = declaration->value[DSFIT_OPTION_LARGEST_LAYER];
	struct dsfit_error why;
	uint64_t parameters;

	if (params) {
		if (dsfit_parse_count(params, &parameters, &why))
			return dsfit_option_fail(declaration, DSFIT_OPTION_PARAMS, &why, err);
		dsfit_model_resize(model, parameters, DSFIT_COUNT_GIVEN);
	}
	/* DeepSpeed's estimator also takes 0, for a model without a largest layer. */
	if (largest && !strcmp(largest, "0"))
		model->largest_layer = 0;
	else if (largest && dsfit_parse_count(largest, &model->largest_layer, &why))
		return dsfit_option_fail(declaration, DSFIT_OPTION_LARGEST_LAYER, &why, err);
	model->counts.largest_module = model->largest_layer;
	return 0;
}

int dsfit_declared_model(const struct dsfit_declaration *declaration, bool passed_on,
			 const struct dsfit_models *models, struct dsfit_model *out,
			 struct dsfit_error *err)
{
	int rc = 0;

	if (has_shape(declaration))
		rc = from_shape(declaration, out, err);
	else if (!passed_on)
		rc = from_text(declaration, models, out, err);
	if (rc || read_counts(declaration, out, err))
		return -1;
	if (out->parameters > DSFIT_PARAMETERS_MAX)
		return dsfit_fail(err, "%smodel: %s has more parameters than the limit of 1000T",
				  declaration->prefix, out->name);
	return 0;
}
