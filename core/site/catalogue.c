/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit estimates a model by its shape: its dimensions (layers, hidden, ...) and its traits, which
 * say how its code is written (biases, norms, ...). models.conf lists known models. families.conf
 * lists what all models of an architecture have in common; a model's section changes what differs.
 *
 *     family "llama" { traits ... }      llama's traits are the defaults of every family
 *            |  dsfit_family_begin()
 *     model "llama-2-7b" { family = llama  layers = 32  hidden = 4096 ... }
 *            |  dsfit_shape_complete(), dsfit_model_count()
 *     parameters; if the section gives the published number, the count is scaled to it
 *
 * A model with a vision tower names the tower's family with `vision` and its dimensions with
 * `vision-...`. The table of core/model/shape.c has the keys that describe a shape; this file walks
 * it twice: to tell libconfuse which keys exist, and to take what libconfuse has read.
 *
 * Sources: the models' config.json files and model cards; Hugging Face's code of each family.
 */
#include "core/site/catalogue.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/formats/conf_values.h"
#include "core/site/catalogue_footprint.h"
#include "core/site/catalogue_kinds.h"

/* A word of the shape; its row in the table has the accepted ones. */
static int read_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_shape_field(opt->name)->words);
}

static int read_qk_norm(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_qk_norm_names);
}

/* A key with a name, and the offset of the text in struct dsfit_family. */
struct name_key {
	const char *name;
	size_t at;
};

#define IN_FAMILY(member) offsetof(struct dsfit_family, member)

/* Keys that only families have: the names of flags in config.json, and of other families. */
static const struct name_key family_names[] = {
	{ "qkv-bias-key", IN_FAMILY(qkv_bias_key) },
	{ "o-bias-key", IN_FAMILY(o_bias_key) },
	{ "mlp-bias-key", IN_FAMILY(mlp_bias_key) },
	{ "head-bias-key", IN_FAMILY(head_bias_key) },
	{ "qk-norm-key", IN_FAMILY(qk_norm_key) },
	{ "parallel-key", IN_FAMILY(parallel_key) },
	{ "final-norm-key", IN_FAMILY(final_norm_key) },
	{ "hidden-key", IN_FAMILY(hidden_key) },
	{ "output-key", IN_FAMILY(output_key) },
	{ "text", IN_FAMILY(text) },
	{ "vision", IN_FAMILY(vision) },
	{ "gated-footprint", IN_FAMILY(gated) },
};

/* The keys that no table has: as many as the larger of the two sections needs. */
#define OTHER_KEYS 12

/* A model's section has keys of the shape twice: for the text and for the tower. */
_Static_assert(DSFIT_SHAPE_FIELDS + DSFIT_ARRAY_SIZE(family_names) + DSFIT_FOOTPRINT_KEYS +
			       OTHER_KEYS < DSFIT_SECTION_KEYS &&
	       2 * DSFIT_SHAPE_FIELDS + OTHER_KEYS < DSFIT_SECTION_KEYS,
	       "a section has room for all keys");

/* ---- the keys of the sections --------------------------------------------------------------- */

static cfg_opt_t number_option(const char *name, cfg_callback_t read)
{
	return (cfg_opt_t)CFG_INT_CB(name, 0, CFGF_NODEFAULT, read ? read : dsfit_read_number);
}

static cfg_opt_t shape_option(const struct dsfit_shape_field *field)
{
	switch (field->kind) {
	case DSFIT_SHAPE_FLAG:
		return (cfg_opt_t)CFG_BOOL(field->name, cfg_false, CFGF_NODEFAULT);
	case DSFIT_SHAPE_WORD:
		return number_option(field->name, read_word);
	default:
		return number_option(field->name, NULL);
	}
}

static size_t describe_shape(cfg_opt_t *keys)
{
	size_t n = 0;

	keys[n++] = (cfg_opt_t)CFG_STR_LIST("aliases", NULL, CFGF_NONE);
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++)
		if (!dsfit_shape_fields[i].derived)
			keys[n++] = shape_option(&dsfit_shape_fields[i]);
	return n;
}

void dsfit_families_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS],
			     cfg_opt_t layer[DSFIT_SECTION_KEYS])
{
	/* libconfuse looks a key up from the first on, and most keys are a footprint's. */
	size_t n = dsfit_footprint_describe(keys);

	n += describe_shape(&keys[n]);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(family_names); i++)
		keys[n++] = (cfg_opt_t)CFG_STR(family_names[i].name, NULL, CFGF_NONE);
	keys[n++] = number_option("qk-norm-kind", read_qk_norm);
	keys[n++] = number_option("parallel-norms", NULL);
	keys[n++] = (cfg_opt_t)CFG_BOOL("always-tied", cfg_false, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_BOOL("text-ties", cfg_false, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_BOOL("multi-query", cfg_false, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_STR("footprint", NULL, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_BOOL("by-architecture", cfg_false, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_BOOL("input-gradient", cfg_true, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_STR_LIST("values", NULL, CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_SEC("layer", layer,
				       CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	dsfit_kinds_describe(layer);
	keys[n] = (cfg_opt_t)CFG_END();
}

void dsfit_models_describe(cfg_opt_t keys[DSFIT_SECTION_KEYS])
{
	size_t n = describe_shape(keys);

	keys[n++] = (cfg_opt_t)CFG_STR("family", "unknown", CFGF_NONE);
	keys[n++] = (cfg_opt_t)CFG_STR("vision", NULL, CFGF_NONE);
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++)
		if (dsfit_shape_fields[i].tower_name)
			keys[n++] = number_option(dsfit_shape_fields[i].tower_name, NULL);
	keys[n++] = (cfg_opt_t)CFG_BOOL("vision-pooling", cfg_false, CFGF_NODEFAULT);
	keys[n++] = (cfg_opt_t)CFG_INT_CB("parameters", 0, CFGF_NONE, dsfit_read_count);
	keys[n++] = (cfg_opt_t)CFG_INT_CB("active", 0, CFGF_NONE, dsfit_read_count);
	keys[n++] = (cfg_opt_t)CFG_INT_CB("counted", 0, CFGF_NONE, dsfit_read_count);
	keys[n++] = (cfg_opt_t)CFG_BOOL("reference", cfg_false, CFGF_NONE);
	keys[n] = (cfg_opt_t)CFG_END();
}

/* ---- taking the values ---------------------------------------------------------------------- */

/* Take a member from its option. If the section lacks the key, the member stays as it is. */
static void take_member(cfg_opt_t *option, const struct dsfit_shape_field *field,
			struct dsfit_shape *shape)
{
	void *member = (char *)shape + field->at;

	if (!cfg_opt_size(option))
		return;
	switch (field->kind) {
	case DSFIT_SHAPE_FLAG:
		*(bool *)member = cfg_opt_getnbool(option, 0);
		break;
	case DSFIT_SHAPE_WORD:
		*(unsigned *)member = (unsigned)cfg_opt_getnint(option, 0);
		break;
	default:
		*(uint64_t *)member = (uint64_t)cfg_opt_getnint(option, 0);
		break;
	}
}

static void take_shape(cfg_t *section, struct dsfit_shape *shape)
{
	size_t at = 0;

	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++)
		if (!dsfit_shape_fields[i].derived)
			take_member(dsfit_next_option(section, dsfit_shape_fields[i].name, &at),
				    &dsfit_shape_fields[i], shape);
}

/* The title and the aliases of a section. */
static int take_names(cfg_t *section, struct dsfit_entry *out, struct dsfit_error *err)
{
	unsigned count = cfg_size(section, "aliases");

	out->aliases = calloc(count ? count : 1, sizeof(*out->aliases));
	if (!out->aliases || dsfit_copy_name(section, out->name, cfg_title(section), err))
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (dsfit_copy_name(section, out->aliases[out->alias_count++],
				    cfg_getnstr(section, "aliases", i), err))
			return -1;
	return 0;
}

static int take_family(cfg_t *section, struct dsfit_family *family, struct dsfit_error *err)
{
	struct dsfit_shape *shape = &family->shape;
	size_t at = 0;

	if (dsfit_copy_name(section, family->name, cfg_title(section), err))
		return -1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(family_names); i++) {
		cfg_opt_t *name = dsfit_next_option(section, family_names[i].name, &at);

		if (dsfit_copy_name(section, (char *)family + family_names[i].at,
				    cfg_opt_getnstr(name, 0), err))
			return -1;
	}
	/* The defaults are those of llama, which most families resemble. */
	shape->gated = true;
	shape->traits.norm = DSFIT_NORM_RMS;
	shape->traits.norms = 2;
	shape->traits.sublayers = 1;
	shape->traits.final_norm = true;
	take_shape(section, shape);
	family->qk_norm_kind = cfg_size(section, "qk-norm-kind") ?
				       (enum dsfit_qk_norm)cfg_getint(section, "qk-norm-kind") :
				       DSFIT_QK_NORM_HEAD;
	family->parallel_norms = shape->traits.norms;
	if (cfg_size(section, "parallel-norms"))
		family->parallel_norms = dsfit_quantity(section, "parallel-norms");
	family->always_tied = cfg_getbool(section, "always-tied");
	family->text_ties = cfg_getbool(section, "text-ties");
	family->multi_query = cfg_getbool(section, "multi-query");
	family->by_architecture = cfg_getbool(section, "by-architecture");
	family->input_gradient = cfg_getbool(section, "input-gradient");
	if (cfg_getstr(section, "footprint"))
		return 0;
	return dsfit_footprint_take(section, &family->footprint, err) ||
	       dsfit_kinds_take(section, family, err) ? -1 : 0;
}

/* Take the footprint of a family that has another one's, except for the keys of its own. */
static int take_other_footprint(cfg_t *section, const struct dsfit_families *families,
				struct dsfit_family *family, struct dsfit_error *err)
{
	const char *name = cfg_getstr(section, "footprint");
	const struct dsfit_family *other;
	char text[DSFIT_NAME_MAX + 96];

	if (!name)
		return 0;
	other = dsfit_families_find(families, name);
	if (!other) {
		snprintf(text, sizeof(text), "footprint = %.63s: no family has this name", name);
		return dsfit_fail_section(section, err, text);
	}
	/* A site may have replaced the other one's section by one without a footprint. */
	if (!other->footprint.traced)
		return 0;
	family->footprint = other->footprint;
	return dsfit_footprint_take(section, &family->footprint, err) ||
	       dsfit_kinds_take(section, family, err) ? -1 : 0;
}

int dsfit_family_take_one(cfg_t *section, const struct dsfit_families *families, size_t i,
			  struct dsfit_error *err)
{
	struct dsfit_family *family = &families->entries[i];

	return take_family(section, family, err) ||
	       take_other_footprint(section, families, family, err) ? -1 : 0;
}

int dsfit_families_take(cfg_t *cfg, struct dsfit_families *families, struct dsfit_error *err)
{
	unsigned count = cfg_size(cfg, "family");

	families->entries = calloc(count + 1, sizeof(*families->entries));
	families->names = calloc(count + 1, sizeof(*families->names));
	if (!families->entries || !families->names)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		cfg_t *section = cfg_getnsec(cfg, "family", i);

		families->count++;
		if (take_names(section, &families->names[i], err) ||
		    take_family(section, &families->entries[i], err))
			return -1;
	}
	for (unsigned i = 0; i < count; i++)
		if (take_other_footprint(cfg_getnsec(cfg, "family", i), families,
					 &families->entries[i], err))
			return -1;
	return 0;
}

/* Take the vision tower of a model that has one: the shape of the family that `vision` names, with
 * the model's own dimensions. */
static int take_tower(cfg_t *section, const struct dsfit_families *families,
		      struct dsfit_shape *tower, struct dsfit_error *err)
{
	const char *name = cfg_getstr(section, "vision");
	const struct dsfit_family *family, *whole;
	size_t at = 0;

	if (!name)
		return 0;
	family = dsfit_families_find(families, name);
	whole = dsfit_families_find(families, cfg_getstr(section, "family"));
	if (!family || !family->shape.patch)
		return dsfit_fail(err, "vision = %.63s: no family section describes such a tower",
				  name);
	*tower = family->shape;
	for (size_t i = 0; i < DSFIT_SHAPE_FIELDS; i++)
		if (dsfit_shape_fields[i].tower_name)
			take_member(dsfit_next_option(section, dsfit_shape_fields[i].tower_name,
						      &at), &dsfit_shape_fields[i], tower);
	if (cfg_size(section, "vision-pooling"))
		tower->traits.pooling_head = cfg_getbool(section, "vision-pooling");
	tower->traits.projector = whole ? whole->shape.traits.projector : DSFIT_PROJECTOR_MLP;
	tower->traits.head_bias = !whole || whole->shape.traits.head_bias;
	if (whole && whole->shape.merge)
		tower->merge = whole->shape.merge;
	return dsfit_shape_complete(tower, err);
}

static void describe_tower(const struct dsfit_families *families, const char *name,
			   const struct dsfit_shape *shape, struct dsfit_tower *out)
{
	const struct dsfit_family *family = dsfit_families_find(families, name);

	dsfit_tower_describe(name, shape, 0, out);
	out->input_gradient = family && family->input_gradient;
}

/* The kinds of the model's layers, as its class has them without a config.json. */
static int find_layers(const struct dsfit_families *families, struct dsfit_model *model,
		       struct dsfit_error *err)
{
	const struct dsfit_family *family = dsfit_families_find(families, model->family);

	if (family && *family->text)
		family = dsfit_families_find(families, family->text);
	return family ? dsfit_layers_find(family->footprint.kinds, NULL, model, err) : 0;
}

static int take_model(cfg_t *section, const struct dsfit_families *families,
		      struct dsfit_model *model, struct dsfit_error *err)
{
	struct dsfit_shape tower = { 0 };
	struct dsfit_error why;
	uint64_t published;

	if (dsfit_copy_name(section, model->name, cfg_title(section), err) ||
	    dsfit_copy_name(section, model->family, cfg_getstr(section, "family"), err))
		return -1;
	dsfit_family_begin(families, model->family, model);
	take_shape(section, &model->shape);
	if (dsfit_shape_complete(&model->shape, &why) ||
	    take_tower(section, families, &tower, &why) ||
	    dsfit_model_count(model, tower.patch ? &tower : NULL, &why))
		return dsfit_fail_section(section, err, why.text);
	published = dsfit_quantity(section, "parameters");
	if (published)
		dsfit_model_resize(model, published, DSFIT_COUNT_PUBLISHED);
	if (dsfit_quantity(section, "active"))
		model->active = model->counts.active = dsfit_quantity(section, "active");
	if (find_layers(families, model, &why))
		return dsfit_fail_section(section, err, why.text);
	if (tower.patch)
		describe_tower(families, cfg_getstr(section, "vision"), &tower, &model->tower);
	model->exact = true;
	return 0;
}

int dsfit_model_take_one(cfg_t *section, const struct dsfit_families *families,
			 struct dsfit_model *model, struct dsfit_error *err)
{
	return take_model(section, families, model, err);
}

int dsfit_models_take(cfg_t *cfg, const struct dsfit_families *families,
		      struct dsfit_models *models, struct dsfit_error *err)
{
	unsigned count = cfg_size(cfg, "model");

	models->families = families;
	models->entries = calloc(count + 1, sizeof(*models->entries));
	models->names = calloc(count + 1, sizeof(*models->names));
	if (!models->entries || !models->names)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		cfg_t *section = cfg_getnsec(cfg, "model", i);
		struct dsfit_entry *names = &models->names[i];

		models->count++;
		if (take_names(section, names, err) ||
		    take_model(section, families, &models->entries[i], err))
			return -1;
		names->reference = cfg_getbool(section, "reference");
		names->counted = dsfit_quantity(section, "counted");
		names->mixture = models->entries[i].shape.experts;
		names->dense = !names->mixture;
	}
	return 0;
}
