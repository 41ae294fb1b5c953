/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hub.conf has the models of the Hub that people train, and what their config.json says:
 *
 *     qwen3-4b 4022468096 {"model_type": "qwen3", "hidden_size": 2560, ...}
 *     hermes-3-llama-3.1-8b = llama-3.1-8b            another name for the same shape
 *     stable-diffusion* not "diffusion models"        what dsfit does not size
 *
 * There are hundreds, and every sbatch loads the site. So the file stays one text until a name is
 * looked up, and then one entry is read, as a config.json is. slurmctld, which looks up a name for
 * many jobs, has an index of them (core/model/hub_index.c).
 */
#include "core/model/hub_models.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "core/base/size.h"
#include "core/model/hf_config.h"
#include "core/model/hub_index.h"
#include "core/model/hub_names.h"
#include "core/model/sized_model.h"

/* ---- entries -------------------------------------------------------------------------------- */

/* NULL if there is none, or if it cannot be read. */
static const char *hub_text(const struct dsfit_models *models)
{
	return models->unread_hub ? models->unread_hub->read(models->unread_hub->context) :
				    models->hub;
}

static int fail(const struct dsfit_hub_entry *entry, const char *why, struct dsfit_error *err)
{
	return dsfit_fail(err, "hub.conf: %.*s: %.300s",
			  (int)strcspn(entry->names, ", \n"), entry->names, why);
}

/* A model that cannot be sized as its config.json is: of a type that is not known. Its count is
 * known, and its shape is assumed from that. */
static int from_count(const struct dsfit_models *models, struct json_object *config,
		      uint64_t parameters, struct dsfit_model *out, struct dsfit_error *err)
{
	struct json_object *type = NULL;

	if (dsfit_model_from_size(models, parameters, out, err))
		return -1;
	json_object_object_get_ex(config, "model_type", &type);
	snprintf(out->family, sizeof(out->family), "%.63s",
		 type ? json_object_get_string(type) : "unknown");
	out->known_family = false;
	return 0;
}

/* Whether what was read has about so many parameters. Where it was read as a llama for want of
 * something better, its dimensions are still those of the model. */
static bool plausible(const struct dsfit_model *model, uint64_t parameters)
{
	return model->parameters / 2 <= parameters && parameters / 2 <= model->parameters;
}

/* Make the model of an entry "COUNT {...}". */
static int make(const struct dsfit_models *models, const struct dsfit_hub_entry *entry,
		bool no_files, struct dsfit_model *out, struct dsfit_error *err)
{
	struct dsfit_models known = *models;
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *config = NULL;
	struct dsfit_error why;
	char *end = NULL;
	uint64_t parameters = strtoull(entry->what, &end, 10);
	int rc;

	end += strspn(end, " \t\n");
	if (tokener && parameters && end < entry->end)
		config = json_tokener_parse_ex(tokener, end, (int)(entry->end - end));
	if (tokener)
		json_tokener_free(tokener);
	if (!json_object_is_type(config, json_type_object)) {
		json_object_put(config);
		return fail(entry, "must be NAME COUNT {what config.json says}, NAME = NAME, or "
			    "NAME not \"what they are\"", err);
	}
	if (no_files)
		known.architectures = NULL;
	rc = dsfit_model_from_json(&known, config, out, &why);
	if (rc || !plausible(out, parameters)) {
		rc = from_count(models, config, parameters, out, &why);
	} else if (out->parameters != parameters) {
		dsfit_model_resize(out, parameters, DSFIT_COUNT_PUBLISHED);
	}
	json_object_put(config);
	snprintf(out->name, sizeof(out->name), "%.*s",
		 (int)dsfit_min(strcspn(entry->names, ", \n"), DSFIT_NAME_MAX - 1), entry->names);
	return rc ? fail(entry, why.text, err) : 0;
}

/* ---- looking up ----------------------------------------------------------------------------- */

/* Whether a name, which may end in "*", is this stem. */
static bool is_stem(const char *name, const char *stem)
{
	size_t length = strlen(name);

	if (length && name[length - 1] == '*')
		return !strncmp(name, stem, length - 1);
	return !strcmp(name, stem);
}

/* Whether one of the stems before `limit` begins as the name does. Folding keeps a letter or a
 * digit at the begin, but for its case, and most of the many names end here. */
static bool may_be_stem(const struct dsfit_stems *stems, size_t limit, char letter)
{
	char first = (char)tolower((unsigned char)letter);

	for (size_t i = 0; i < limit; i++)
		if (stems->stem[i].text[0] == first)
			return true;
	return !isalnum((unsigned char)first);
}

/* The first of the stems, before `limit`, that is this name; or limit. */
static size_t find_stem(const struct dsfit_stems *stems, size_t limit, const char *name)
{
	char folded[DSFIT_NAME_MAX];

	if (!may_be_stem(stems, limit, *name) || !dsfit_name_fold(name, folded))
		return limit;
	for (size_t i = 0; i < limit; i++)
		if (is_stem(folded, stems->stem[i].text))
			return i;
	return limit;
}

/* The model of models.conf for one of these stems, the first ones first. */
static const struct dsfit_model *find_listed(const struct dsfit_models *models,
					     const struct dsfit_stems *stems, size_t *best)
{
	size_t found = models->count;

	for (size_t i = 0; i < models->count && *best; i++) {
		const struct dsfit_entry *known = &models->names[i];
		size_t at = find_stem(stems, *best, known->name);

		for (size_t j = 0; j < known->alias_count; j++)
			at = find_stem(stems, at, known->aliases[j]);
		if (at < *best)
			found = i;
		*best = at;
	}
	return found < models->count && dsfit_unread_need(models->unread, found) ?
		       &models->entries[found] : NULL;
}

/* The first of the stems, before `limit`, that is one of the entry's names; or limit. There are
 * some thousand names: one is copied only if a stem begins as it does. */
static size_t find_in_entry(const struct dsfit_stems *stems, size_t limit,
			    const struct dsfit_hub_entry *entry)
{
	char name[DSFIT_NAME_MAX];
	const char *at = entry->names;

	for (size_t length; limit && (length = dsfit_hub_next_name(entry, &at)); at += length) {
		if (!may_be_stem(stems, limit, *at))
			continue;
		dsfit_hub_copy_name(at, length, name);
		limit = find_stem(stems, limit, name);
	}
	return limit;
}

/* The same by the index of the names. */
static bool find_indexed(const struct dsfit_models *models, const struct dsfit_stems *stems,
			 size_t *best, struct dsfit_hub_entry *out)
{
	for (size_t i = 0; i < *best; i++) {
		const char *at = dsfit_hub_index_find(models->hub_index, stems->stem[i].text);

		if (!at || !dsfit_hub_next_entry(&at, out))
			continue;
		*best = i;
		return true;
	}
	return false;
}

/* The entry of hub.conf for one of the stems before *best. The first stem is the name itself: its
 * entry ends the search. */
static bool find_entry(const struct dsfit_models *models, const struct dsfit_stems *stems,
		       size_t *best, struct dsfit_hub_entry *out)
{
	const char *at = models->hub_index ? NULL : hub_text(models);
	struct dsfit_hub_entry entry;
	bool found = false;

	if (models->hub_index)
		return find_indexed(models, stems, best, out);
	while (at && *best && dsfit_hub_next_entry(&at, &entry)) {
		size_t now = find_in_entry(stems, *best, &entry);

		if (now < *best) {
			*out = entry;
			found = true;
		}
		*best = now;
	}
	return found;
}

static int named(const struct dsfit_models *models, const char *name, bool no_files, int depth,
		 struct dsfit_model *out, struct dsfit_error *err);

/* Whether this is what dsfit does not size. */
static bool is_other(const struct dsfit_hub_entry *entry)
{
	return !strncmp(entry->what, "not \"", 5);
}

/* "NAME = OTHER", "NAME not "..."", or the model itself. */
static int take(const struct dsfit_models *models, const struct dsfit_hub_entry *entry,
		bool no_files, int depth, struct dsfit_model *out, struct dsfit_error *err)
{
	char other[DSFIT_NAME_MAX];
	const char *what = entry->what;
	size_t length;

	if (is_other(entry)) {
		memset(out, 0, sizeof(*out));
		snprintf(out->family, sizeof(out->family), "%.*s",
			 (int)strcspn(what + 5, "\"\n"), what + 5);
		out->not_understood = true;
		return dsfit_fail(err, "dsfit does not size %s", out->family);
	}
	if (*what != '=')
		return make(models, entry, no_files, out, err) ? -1 : 1;
	what += 1 + strspn(what + 1, " ");
	length = strcspn(what, " \n");
	snprintf(other, sizeof(other), "%.*s", (int)length, what);
	if (depth < 2 && named(models, other, no_files, depth + 1, out, err) == 1)
		return 1;
	return fail(entry, "no model has the name behind \"=\"", err);
}

static int named(const struct dsfit_models *models, const char *name, bool no_files, int depth,
		 struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *listed;
	struct dsfit_stems stems;
	struct dsfit_hub_entry entry;
	size_t best;
	int rc = 0;

	dsfit_name_stems(name, &stems);
	best = stems.count;
	listed = find_listed(models, &stems, &best);
	if (find_entry(models, &stems, &best, &entry)) {
		rc = take(models, &entry, no_files, depth, out, err);
	} else if (listed) {
		*out = *listed;
		rc = 1;
	}
	if (rc == 1 && stems.stem[best].bits)
		out->stored_bits = stems.stem[best].bits;
	return rc;
}

int dsfit_models_named(const struct dsfit_models *models, const char *name, bool no_files,
		       struct dsfit_model *out, struct dsfit_error *err)
{
	return named(models, name, no_files, 0, out, err);
}

/* ---- the whole list ------------------------------------------------------------------------- */

static bool contains(const struct dsfit_hub_entry *entry, const char *filter)
{
	for (const char *at = entry->names; at < entry->names + entry->names_length; at++)
		if (!strncasecmp(at, filter, strlen(filter)))
			return true;
	return false;
}

int dsfit_hub_next(const struct dsfit_models *models, const char **at, const char *filter,
		   struct dsfit_model *out, struct dsfit_error *err)
{
	struct dsfit_hub_entry entry;

	if (!*at)
		*at = hub_text(models);
	while (*at && dsfit_hub_next_entry(at, &entry)) {
		if (*entry.what == '=' || is_other(&entry) ||
		    (filter && !contains(&entry, filter)))
			continue;
		return make(models, &entry, false, out, err) ? -1 : 1;
	}
	return 0;
}

int dsfit_hub_check(const struct dsfit_models *models, struct dsfit_error *err)
{
	const char *at = hub_text(models);
	struct dsfit_model model;
	struct dsfit_hub_entry entry;

	while (at && dsfit_hub_next_entry(&at, &entry))
		if (!is_other(&entry) &&
		    take(models, &entry, true, 0, &model, err) < 0)
			return -1;
	return 0;
}

static void try_near(struct dsfit_near *near, const char *text, const char *name,
		     const void *thing)
{
	if (dsfit_names_agree(text, name))
		dsfit_near_try(near, name, thing);
}

const char *dsfit_models_near(const struct dsfit_models *models, const char *text,
			      char near_text[DSFIT_NEAR_TEXT])
{
	const char *at = hub_text(models), *in;
	char name[DSFIT_NAME_MAX], best[DSFIT_NAME_MAX] = "";
	struct dsfit_near near;
	struct dsfit_hub_entry entry;

	dsfit_near_start(&near, text);
	for (size_t i = 0; i < models->count; i++) {
		const struct dsfit_entry *known = &models->names[i];

		try_near(&near, text, known->name, known);
		for (size_t j = 0; j < known->alias_count; j++)
			try_near(&near, text, known->aliases[j], known);
	}
	while (at && dsfit_hub_next_entry(&at, &entry)) {
		in = entry.names;
		for (size_t length; (length = dsfit_hub_next_name(&entry, &in)); in += length) {
			dsfit_hub_copy_name(in, length, name);
			try_near(&near, text, name, entry.names);
			/* The name is in a variable, which the next one takes over. */
			if (near.best == name)
				near.best = strcpy(best, name);
		}
	}
	return dsfit_near_text(&near, near_text);
}
