/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model from its Hugging Face config.json: what it is called and which family it is, its text
 * (hf_text.c), its vision tower if it has one (hf_tower.c), and what the files beside it say about
 * its size (hf_index.c).
 */
#include "core/model/hf_config.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/file.h"
#include "core/base/size.h"
#include "core/formats/json.h"
#include "core/model/architecture.h"
#include "core/model/family.h"
#include "core/model/hf_index.h"
#include "core/model/hf_keys.h"
#include "core/model/hf_text.h"
#include "core/model/hf_tower.h"
#include "core/model/layers.h"
#include "core/model/tensors.h"

/*
 * Whether the head of a model with vision is tied: as the whole says. Some classes, and those that
 * are not known, take the text's word for it too, where files of older releases have it.
 */
static int read_whole_tied(struct json_object *config, const struct dsfit_family *family,
			   struct dsfit_shape *s, struct dsfit_error *err)
{
	bool tied = family && family->shape.tied;
	int got = dsfit_json_bool(config, "tie_word_embeddings", &tied, err);

	if (got < 0)
		return -1;
	if (family && *family->text && !family->text_ties)
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

/* The name of the model's class; "" if config.json names none. */
static const char *class_name(struct json_object *config)
{
	struct json_object *list = NULL;
	const char *name = NULL;

	if (json_object_object_get_ex(config, "architectures", &list) &&
	    json_object_is_type(list, json_type_array) && json_object_array_length(list))
		name = json_object_get_string(json_object_array_get_idx(list, 0));
	return name ? name : "";
}

/* Heads in place of a language model's. Those that label are one matrix on top of a decoder. */
static const struct head {
	const char *name;
	bool labels, bias;
} heads[] = {
	{ "SequenceClassification", true, false }, { "TokenClassification", true, true },
	{ "QuestionAnswering", true, true }, { "Classification", false, false },
	{ "MultipleChoice", false, false }, { "NextSentence", false, false },
};

/* NULL for a language model. */
static const struct head *other_head(struct json_object *config)
{
	const char *name = class_name(config);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(heads); i++)
		if (strstr(name, heads[i].name))
			return &heads[i];
	return NULL;
}

/* The labels that a head tells apart, as PreTrainedConfig has them. */
static uint64_t count_labels(struct json_object *config)
{
	struct json_object *names = NULL;
	uint64_t labels = 2;

	if (json_object_object_get_ex(config, "id2label", &names) &&
	    json_object_is_type(names, json_type_object))
		return (uint64_t)json_object_object_length(names);
	dsfit_json_number(config, "num_labels", 1, DSFIT_DIMENSION_MAX, &labels, NULL);
	return labels;
}

/* What both ways of sizing read. */
struct sizing {
	const struct dsfit_families *families;
	const struct dsfit_family *whole;
	/* How it computes: the whole, or the text where only that is known. NULL: not known. */
	const struct dsfit_family *computes;
	const char *name;		/* model_type */
	struct json_object *config, *text;
	struct dsfit_sized *section;	/* NULL if architectures.conf has none for it */
};

/* ---- by the tensors of its architecture ----------------------------------------------------- */

/* The shape that the family's traits give, as far as config.json says enough for it. Returns
 * whether that is all of it. */
static bool outline_shape(const struct dsfit_families *families, const char *name,
			  struct json_object *config, struct dsfit_shape *shape)
{
	const struct dsfit_family *family = dsfit_families_find(families, name);
	struct dsfit_model begun = { .known_family = false };
	struct json_object *text = NULL;

	if (family && *family->text)
		family = dsfit_families_find(families, family->text);
	if (dsfit_json_object(config, "text_config", &text, NULL) <= 0)
		text = config;
	if (family && family->by_architecture)
		family = NULL;
	if (!dsfit_hf_text(text, family, shape, NULL))
		return family;
	dsfit_family_begin(families, name, &begun);
	*shape = begun.shape;
	return false;
}

static bool has_head(const struct dsfit_sized *sized)
{
	for (size_t i = 0; i < sized->count; i++)
		if (sized->tensor[i].role == DSFIT_ROLE_HEAD)
			return true;
	return false;
}

/* Numbers that cannot be together in a shape, but in a config.json. */
static void settle_shape(struct dsfit_shape *s)
{
	s->kv_heads = dsfit_min(s->kv_heads, s->heads);
	s->experts_per_token = dsfit_min(s->experts_per_token, s->experts);
	s->dense_layers = dsfit_min(s->dense_layers, s->layers);
	s->decoder_layers = dsfit_min(s->decoder_layers, s->layers);
}

/* Dimensions that the section knows. What it does not say is as if there were one of it. */
static int shape_from_section(const struct dsfit_sized *sized, struct dsfit_shape *s,
			      struct dsfit_error *err)
{
	for (size_t i = 0; i < sized->members; i++)
		*(uint64_t *)(void *)((char *)s + sized->member[i].field->at) =
			sized->member[i].value;
	s->layers = dsfit_max(1, s->layers);
	s->hidden = dsfit_max(1, s->hidden);
	s->heads = dsfit_max(1, s->heads);
	s->vocab = dsfit_max(1, s->vocab);
	settle_shape(s);
	if (!s->head_size)
		s->head_size = dsfit_max(1, s->hidden / s->heads);
	s->tied = !has_head(sized);
	if (s->kv_rank && !s->value_size)
		s->kv_rank = 0;
	return dsfit_shape_complete(s, err);
}

/* Traits of a family whose parameters are counted by its tensors: of how it computes. */
static void take_own_traits(const struct dsfit_families *families, const char *name,
			    struct dsfit_shape *shape)
{
	const struct dsfit_family *family = dsfit_families_find(families, name);

	if (family && family->by_architecture) {
		shape->traits = family->shape.traits;
		shape->gated = family->shape.gated;
	}
}

/* The kinds of the model's layers, if its family, or its text's, has several. */
static int find_layers(const struct dsfit_families *families, const struct dsfit_family *family,
		       struct json_object *text, struct dsfit_model *out, struct dsfit_error *err)
{
	if (family && *family->text)
		family = dsfit_families_find(families, family->text);
	return family ? dsfit_layers_find(family->footprint.kinds, text, out, err) : 0;
}

/* Size the model by what its section lists. */
static int model_from_section(const struct sizing *of, struct dsfit_model *out,
			      struct dsfit_error *err)
{
	const char *name = of->computes ? of->computes->name : of->name;
	bool whole = outline_shape(of->families, name, of->config, &out->shape);
	const struct head *head = other_head(of->config);
	const struct dsfit_sized *sized = of->section;

	settle_shape(&out->shape);
	if ((whole ? dsfit_shape_complete(&out->shape, err) :
		     shape_from_section(sized, &out->shape, err)) ||
	    dsfit_model_count_tensors(out, sized->tensor, sized->count, err))
		return -1;
	out->exact = sized->proven;
	out->labels = sized->labels;
	/* Not every section says what a head puts out that marks an answer's begin and end. */
	if (!out->labels && head && head->labels)
		out->labels = count_labels(of->config);
	take_own_traits(of->families, name, &out->shape);
	dsfit_tensors_tell(&out->shape, &out->tensors);
	return 0;
}

/* ---- by the traits of its family ------------------------------------------------------------ */

/* Put the head that the model's class has on a language model. Returns whether it is known what
 * that head has: encoders have more in front of it. */
static bool put_head(struct json_object *config, struct dsfit_model *out)
{
	const struct dsfit_traits *traits = &out->shape.traits;
	const struct head *head = other_head(config);
	uint64_t labels = count_labels(config);

	if (!head)
		return true;
	if (!head->labels || traits->pooler || traits->encoder_decoder || traits->transform ||
	    out->shape.embedding_size)
		return false;
	dsfit_model_classify(out, labels);
	if (head->bias) {
		out->counts.vectors = dsfit_add(out->counts.vectors, labels);
		out->counts.parameters = dsfit_add(out->counts.parameters, labels);
		out->parameters = out->counts.parameters;
	}
	return true;
}

static int model_from_traits(const struct dsfit_families *families, struct json_object *config,
			     struct json_object *text, const struct dsfit_family *whole,
			     struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_family *family;
	struct dsfit_shape tower;
	const char *text_name = NULL;

	if (find_text_family(families, whole, text, &family, &text_name, err))
		return -1;
	out->known_family = whole && family && !whole->by_architecture;
	if (dsfit_hf_text(text, family, &out->shape, err) ||
	    dsfit_hf_tower(families, whole, config, &tower, err))
		return -1;
	if ((text != config || (whole && *whole->text)) &&
	    read_whole_tied(config, whole, &out->shape, err))
		return -1;
	if (dsfit_shape_complete(&out->shape, err) ||
	    dsfit_model_count(out, tower.patch ? &tower : NULL, err))
		return -1;
	/* Nobody has counted the tensors of a family that is not known. */
	out->exact = out->known_family && !dsfit_hf_uneven(text) && put_head(config, out);
	/* The class has more key-value heads by default than this model has heads. */
	if (family && family->shape.kv_heads > out->shape.heads &&
	    !json_object_object_get_ex(text, "num_key_value_heads", NULL))
		out->exact = false;
	return 0;
}

/* ---- by both -------------------------------------------------------------------------------- */

/* Whether a class is named after the model_type alone, as those of transformers are: Qwen2VLFor...
 * for qwen2_vl, and not LlavaLlamaFor... for llava. */
static bool named_after(const char *class, const char *type)
{
	for (; *type; type++)
		if (*type != '_' && *type != '-' &&
		    tolower((unsigned char)*class++) != tolower((unsigned char)*type))
			return false;
	return !strncmp(class, "For", 3) || !strcmp(class, "Model") ||
	       !strcmp(class, "LMHeadModel");
}

/*
 * Whether a config.json is its class's own where no section tells. One that names no class and has
 * the layers and not the width is another tool's, and so is one of several parts that has the
 * text's alone.
 */
static bool is_own(const struct sizing *of)
{
	const char *class = class_name(of->config);
	struct dsfit_shape read = { .layers = 0 };

	if (*class && !named_after(class, of->name))
		return false;
	if (of->text != of->config)
		return true;
	dsfit_hf_member(of->text, offsetof(struct dsfit_shape, layers), &read, NULL);
	dsfit_hf_member(of->text, offsetof(struct dsfit_shape, hidden), &read, NULL);
	if (of->whole && *of->whole->text)
		return !read.layers ||
		       json_object_object_get_ex(of->config, "vision_config", NULL);
	return *class || read.hidden || !read.layers;
}

/* Whether the section and the traits find the same number of layers, the same width and the same
 * heads in a file: then they differ in its head alone. Of a text that older files have beside its
 * tower, without a part of its own, the section knows nothing. */
static bool read_alike(const struct sizing *of, const struct dsfit_shape *s)
{
	const struct dsfit_sized *section = of->section;
	static const size_t told[] = { offsetof(struct dsfit_shape, layers),
				       offsetof(struct dsfit_shape, hidden),
				       offsetof(struct dsfit_shape, heads) };

	if (*of->whole->text && of->text == of->config)
		return is_own(of);
	for (size_t i = 0; i < section->members; i++)
		for (size_t k = 0; k < DSFIT_ARRAY_SIZE(told); k++)
			if (section->member[i].field->at == told[k] &&
			    section->member[i].value !=
			    *(const uint64_t *)(const void *)((const char *)s + told[k]))
				return false;
	return true;
}

/* Whether a class without a head has what the traits count: it is Bert's, or the whole model, which
 * has `said` parameters, has a head that is its embedding and nothing more. */
static bool is_headless(const struct dsfit_model *model, uint64_t said)
{
	return !model->counts.head && (model->shape.traits.pooler || said == model->parameters);
}

/*
 * The traits say more of each tensor. But a section that is proven for this model knows which
 * there are: it decides where the two differ. Where it is not proven, it tells whether the traits
 * are right for a model of two parts, which are of many classes. A file that names no class may
 * be another tool's, whose keys the class does not have: then the section counts otherwise. The
 * traits give a model without its head one all the same, as training a language model needs.
 */
static int model_of_family(const struct sizing *of, struct dsfit_model *out,
			   struct dsfit_error *err)
{
	uint64_t said;

	if (model_from_traits(of->families, of->config, of->text, of->whole, out, err))
		return -1;
	if (!of->section) {
		out->exact &= is_own(of);
		return 0;
	}
	said = dsfit_tensors_sum(of->section->tensor, of->section->count);
	if (!of->section->listed) {
		out->exact &= !of->section->foreign &&
			      (of->section->named ? is_headless(out, said) :
			       said == out->parameters || read_alike(of, &out->shape));
		return 0;
	}
	if (said == out->parameters)
		out->exact |= of->section->proven;
	else if (of->section->proven)
		return model_from_section(of, out, err);
	else if (of->text != of->config)
		out->exact = false;
	return 0;
}

static int size_model(const struct sizing *of, struct dsfit_model *out, struct dsfit_error *err)
{
	/* The traits of a family are proven for its language models. */
	if (out->known_family && (!other_head(of->config) || !of->section || !of->section->listed))
		return model_of_family(of, out, err);
	if (of->section)
		return model_from_section(of, out, err);
	return model_from_traits(of->families, of->config, of->text, of->whole, out, err);
}

/* The section of a model_type in architectures.conf, over this file; NULL in *out if there is none.
 * A section that cannot be read is none where families.conf knows the model too. */
static int read_section(const char *file, const char *name, struct json_object *config,
			bool known, struct dsfit_sized **out, struct dsfit_error *err)
{
	int rc;

	*out = malloc(sizeof(**out));
	if (!*out)
		return dsfit_fail(err, "out of memory");
	rc = dsfit_architecture_size(file, name, config, *out, err);
	if (rc == 1)
		return 0;
	free(*out);
	*out = NULL;
	return known ? 0 : rc;
}

/* `path` is NULL if there is no file. */
static int model_from_config(const struct dsfit_models *models, const char *path,
			     struct json_object *config, struct dsfit_model *out,
			     struct dsfit_error *err)
{
	static const struct dsfit_families none;
	struct sizing of = { models->families ? models->families : &none, .name = "unknown",
			     .config = config };
	const char *text_name = NULL;
	int rc;

	if (dsfit_json_string(config, "model_type", &of.name, err) < 0)
		return -1;
	of.whole = of.computes = dsfit_families_find(of.families, of.name);
	out->known_family = of.whole && !of.whole->by_architecture;
	if (dsfit_json_object(config, "text_config", &of.text, err) < 0)
		return -1;
	if (!of.text)
		of.text = config;
	else if (!of.whole &&
		 find_text_family(of.families, NULL, of.text, &of.computes, &text_name, err))
		return -1;
	if (read_section(models->architectures, of.name, config, out->known_family,
			 &of.section, err))
		return -1;
	rc = size_model(&of, out, err);
	free(of.section);
	if (rc)
		return -1;
	if (!out->parameters)
		return dsfit_fail(err, "its dimensions leave the model without parameters");
	snprintf(out->family, sizeof(out->family), "%.63s",
		 of.computes ? of.computes->name : of.name);
	dsfit_printable(out->family);
	read_activation(of.text, out->activation);
	if (out->counts.vision)
		dsfit_hf_describe_tower(of.families, of.whole, config, &out->tower);
	if (find_layers(of.families, of.computes, of.text, out, err))
		return -1;
	if (path)
		dsfit_hf_index(path, config, of.text, out);
	return 0;
}

int dsfit_model_from_json(const struct dsfit_models *models, struct json_object *config,
			  struct dsfit_model *out, struct dsfit_error *err)
{
	memset(out, 0, sizeof(*out));
	return model_from_config(models, NULL, config, out, err);
}

/* In the cache of the Hub a folder has the hash of a commit, and the file may be a link to one that
 * has a hash: .../models--Qwen--Qwen3-4B/snapshots/HASH/config.json. NULL if the path is not there;
 * otherwise the model's name, which is cut off behind. */
static char *name_in_cache(char *path)
{
	char *name = NULL, *at;

	for (at = strstr(path, "/models--"); at; at = strstr(name, "/models--"))
		name = at + strlen("/models--");
	if (!name)
		return NULL;
	name[strcspn(name, "/")] = '\0';
	for (; (at = strstr(name, "--")) && at[2]; name = at + 2)
		;
	return name - 1;
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
		name = name_in_cache(whole);
		if (!name)
			name = strrchr(whole, '/');
	}
	snprintf(out->name, sizeof(out->name), "%.63s", name && name[1] ? name + 1 : "model");
	dsfit_printable(out->name);
	free(whole);
}

int dsfit_model_read(const struct dsfit_models *models, const char *path,
		     struct dsfit_model *out, struct dsfit_error *err)
{
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
		rc = model_from_config(models, file, config, out, &why);
		if (rc)
			fail_at_config(config, &why, out, &fault);
	}
	json_object_put(config);
	return rc ? dsfit_fail(err, "%s: %.300s", file, fault.text) : 0;
}
