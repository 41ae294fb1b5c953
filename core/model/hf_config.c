/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model from its Hugging Face config.json: what it is called and which family it is, its text
 * (hf_text.c), its vision tower if it has one (hf_tower.c), and what the files beside it say about
 * its size (hf_index.c).
 */
#include "core/model/hf_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/file.h"
#include "core/formats/json.h"
#include "core/model/family.h"
#include "core/model/hf_index.h"
#include "core/model/hf_text.h"
#include "core/model/hf_tower.h"

/*
 * Whether the head of a model with vision is tied: as the whole says, if its class ties heads by
 * default; otherwise if the whole or the text says so.
 */
static int read_whole_tied(struct json_object *config, const struct dsfit_family *family,
			   struct dsfit_shape *s, struct dsfit_error *err)
{
	bool tied = family && family->shape.tied;
	int got = dsfit_json_bool(config, "tie_word_embeddings", &tied, err);

	if (got < 0)
		return -1;
	if (family && family->shape.tied)
		s->tied = tied;
	else
		s->tied |= tied;
	return 0;
}

/* The text's family: by its own model_type or, if that is unknown, by the whole model's. */
static int find_text_family(const struct dsfit_families *families,
			    const struct dsfit_family *whole, struct json_object *text,
			    const struct dsfit_family **family, const char **name,
			    struct dsfit_error *err)
{
	int got = dsfit_json_string(text, "model_type", name, err);

	if (got < 0)
		return -1;
	*family = got ? dsfit_families_find(families, *name) : NULL;
	if ((!*family || *(*family)->text) && whole && *whole->text)
		*family = dsfit_families_find(families, whole->text);
	return 0;
}

/* The name of the network's activation function. A value that is not a text is ignored. */
static void read_activation(struct json_object *text, char out[DSFIT_NAME_MAX])
{
	static const char *const keys[] = { "hidden_activation", "hidden_act",
					    "activation_function" };
	const char *name = "";

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++)
		if (dsfit_json_string(text, keys[i], &name, NULL) == 1)
			break;
	snprintf(out, DSFIT_NAME_MAX, "%.63s", name);
	dsfit_printable(out);
}

/* The kind of model that a file describes, in the words of transformers, of diffusers or of timm.
 * NULL if it names none: then it is no model's config.json. */
static const char *kind_of(struct json_object *config)
{
	static const char *const keys[] = { "model_type", "_class_name", "architecture" };
	struct json_object *list = NULL;
	const char *name = NULL;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++)
		if (dsfit_json_string(config, keys[i], &name, NULL) == 1)
			return name;
	if (json_object_object_get_ex(config, "architectures", &list) &&
	    json_object_is_type(list, json_type_array))
		name = json_object_get_string(json_object_array_get_idx(list, 0));
	return name;
}

/*
 * No model could be made of a file. If dsfit knows the family, it knows what the values mean, and
 * one of them is wrong. Otherwise the file may be right, and dsfit does not understand it.
 */
static int fail_at_config(struct json_object *config, const struct dsfit_error *why,
			  struct dsfit_model *out, struct dsfit_error *err)
{
	const char *kind = kind_of(config);

	if (!kind || out->known_family)
		return dsfit_fail(err, "%s", why->text);
	snprintf(out->family, sizeof(out->family), "%.63s", kind);
	dsfit_printable(out->family);
	out->not_understood = true;
	return dsfit_fail(err, "dsfit cannot size a model of type %s: %.200s", out->family,
			  why->text);
}

static int model_from_config(const struct dsfit_families *families, const char *path,
			     struct json_object *config, struct dsfit_model *out,
			     struct dsfit_error *err)
{
	const struct dsfit_family *whole, *family;
	struct json_object *text = NULL;
	struct dsfit_shape tower;
	const char *name = "unknown", *text_name = NULL;

	if (dsfit_json_string(config, "model_type", &name, err) < 0)
		return -1;
	whole = dsfit_families_find(families, name);
	out->known_family = whole;
	if (dsfit_json_object(config, "text_config", &text, err) < 0)
		return -1;
	if (!text)
		text = config;
	if (find_text_family(families, whole, text, &family, &text_name, err))
		return -1;
	out->known_family = whole && family;
	if (dsfit_hf_text(text, family, &out->shape, err) ||
	    dsfit_hf_tower(families, whole, config, &tower, err))
		return -1;
	if ((text != config || (whole && *whole->text)) &&
	    read_whole_tied(config, whole, &out->shape, err))
		return -1;
	if (dsfit_shape_complete(&out->shape, err) ||
	    dsfit_model_count(out, tower.patch ? &tower : NULL, err))
		return -1;
	snprintf(out->family, sizeof(out->family), "%.63s", whole ? whole->name : name);
	dsfit_printable(out->family);
	read_activation(text, out->activation);
	out->exact = true;
	dsfit_hf_index(path, config, text, out);
	return 0;
}

/* A model is named after its folder (.../llama-3-8b/config.json) or, if the file has another name,
 * after the file. */
static void name_after_path(const char *path, struct dsfit_model *out)
{
	char *whole = realpath(path, NULL), *name = NULL, *end;

	if (whole) {
		end = strrchr(whole, '/');
		if (end > whole && !strcmp(end, "/config.json"))
			*end = '\0';
		name = strrchr(whole, '/');
	}
	snprintf(out->name, sizeof(out->name), "%.63s", name && name[1] ? name + 1 : "model");
	dsfit_printable(out->name);
	free(whole);
}

int dsfit_model_read(const struct dsfit_models *models, const char *path,
		     struct dsfit_model *out, struct dsfit_error *err)
{
	static const struct dsfit_families none;
	struct dsfit_error why, fault;
	struct json_object *config;
	char file[4096];
	int rc;

	if (dsfit_is_folder(path))
		rc = snprintf(file, sizeof(file), "%s/config.json", path);
	else
		rc = snprintf(file, sizeof(file), "%s", path);
	if (rc < 0 || (size_t)rc >= sizeof(file))
		return dsfit_fail(err, "the path is longer than %zu characters", sizeof(file) - 1);
	config = dsfit_json_read(file, err);
	if (!config)
		return -1;
	memset(out, 0, sizeof(*out));
	name_after_path(file, out);
	if (json_object_object_get_ex(config, "zero_optimization", NULL)) {
		rc = dsfit_fail(&fault, "this is a DeepSpeed file, not a model's config.json");
	} else {
		rc = model_from_config(models->families ? models->families : &none, file, config,
				       out, &why);
		if (rc)
			fail_at_config(config, &why, out, &fault);
	}
	json_object_put(config);
	return rc ? dsfit_fail(err, "%s: %.300s", file, fault.text) : 0;
}
