/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/on_demand.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/size.h"
#include "core/formats/conf.h"
#include "core/site/catalogue.h"
#include "core/site/catalogue_gpus.h"
#include "core/site/catalogue_sections.h"

struct dsfit_on_demand {
	struct dsfit_sections sections;
	cfg_t *cfg;
	struct dsfit_site *site;
	/* Of each kind: its entries, and the section of each. */
	struct dsfit_unread unread[DSFIT_SECTION_KINDS];
	const struct dsfit_section **of[DSFIT_SECTION_KINDS];
	size_t count[DSFIT_SECTION_KINDS];
	/* The text of hub.conf, which only names need that models.conf does not have. */
	struct dsfit_unread_text hub;
	bool hub_pending;
	char *hub_text;
	struct dsfit_trusted trusted;
	bool is_trusted;		/* whether there is such a list */
	struct dsfit_error trouble;
};

struct dsfit_on_demand *dsfit_on_demand_new(void)
{
	struct dsfit_on_demand *demand = calloc(1, sizeof(*demand));

	if (demand)
		demand->sections.of = &dsfit_catalogue_sections;
	return demand;
}

struct dsfit_sections *dsfit_on_demand_sections(struct dsfit_on_demand *demand)
{
	return &demand->sections;
}

void dsfit_on_demand_free(struct dsfit_on_demand *demand)
{
	if (!demand)
		return;
	for (int i = 0; i < DSFIT_SECTION_KINDS; i++) {
		free(demand->unread[i].pending);
		free(demand->of[i]);
	}
	free(demand->hub_text);
	dsfit_sections_free(&demand->sections);
	dsfit_conf_free(demand->cfg);
	free(demand);
}

/* ---- reading one entry ----------------------------------------------------------------------- */

/* The first thing that is wrong is what the user is told. */
static bool is_done(struct dsfit_on_demand *demand, int rc, const struct dsfit_error *why)
{
	if (rc && !demand->trouble.text[0])
		dsfit_fail(&demand->trouble, "%s", why->text[0] ? why->text : "out of memory");
	return !rc;
}

static cfg_t *parse(struct dsfit_on_demand *demand, int kind, size_t i, struct dsfit_error *why)
{
	return dsfit_conf_read_section(demand->cfg, demand->of[kind][i], why);
}

static bool read_family(void *context, size_t i)
{
	struct dsfit_on_demand *demand = context;
	struct dsfit_error why;
	cfg_t *section = parse(demand, DSFIT_SECTION_FAMILY, i, &why);

	return is_done(demand, section ? dsfit_family_take_one(section, &demand->site->families, i,
							       &why) : -1, &why);
}

static bool read_model(void *context, size_t i)
{
	struct dsfit_on_demand *demand = context;
	struct dsfit_site *site = demand->site;
	struct dsfit_error why;
	cfg_t *section = parse(demand, DSFIT_SECTION_MODEL, i, &why);

	return is_done(demand, section ? dsfit_model_take_one(section, &site->families,
							      &site->models.entries[i], &why) : -1,
		       &why);
}

/* All cards, and then their slices. */
static bool read_gpus(struct dsfit_on_demand *demand)
{
	struct dsfit_error why = { "" };

	for (size_t i = 0; i < demand->count[DSFIT_SECTION_GPU]; i++)
		if (!dsfit_unread_need(&demand->unread[DSFIT_SECTION_GPU], i))
			return false;
	return is_done(demand, dsfit_slices_take(demand->cfg, demand->site, &why), &why);
}

static bool read_gpu(void *context, size_t i)
{
	struct dsfit_on_demand *demand = context;
	struct dsfit_error why;
	cfg_t *section;

	if (i == demand->count[DSFIT_SECTION_GPU])
		return read_gpus(demand);
	section = parse(demand, DSFIT_SECTION_GPU, i, &why);
	return is_done(demand, section ? dsfit_gpu_take_one(section, &demand->site->gpus[i], &why) :
					 -1, &why);
}

/* The text of hub.conf. */
static const char *read_hub(void *context)
{
	struct dsfit_on_demand *demand = context;
	const char *path = cfg_getstr(demand->cfg, "hub-file");
	struct dsfit_error why = { "" };
	char at_fault[PATH_MAX];
	size_t length;

	if (!demand->hub_pending)
		return demand->hub_text;
	demand->hub_pending = false;
	demand->hub_text = demand->is_trusted ?
				   dsfit_trust_read(path, &demand->trusted, &length, at_fault,
						    &why) :
				   dsfit_file_read(path, &length, &why);
	is_done(demand, demand->hub_text ? 0 : -1, &why);
	return demand->hub_text;
}

/* ---- the names ------------------------------------------------------------------------------- */

/* A later section of the same title takes the place of the first one, as libconfuse has it. Two
 * models of one title are wrong, which only a site that is read whole says. */
static int sort(struct dsfit_on_demand *demand)
{
	const struct dsfit_sections *all = &demand->sections;

	for (size_t i = 0; i < all->count; i++) {
		const struct dsfit_section *section = &all->section[i];
		size_t kind = section->kind, at = 0, *count = &demand->count[kind];

		/* There are hundreds, and most differ in the first letter. */
		while (at < *count && (demand->of[kind][at]->title[0] != section->title[0] ||
				       strcmp(demand->of[kind][at]->title, section->title)))
			at++;
		if (at < *count && kind == DSFIT_SECTION_MODEL)
			return -1;
		demand->of[kind][at] = section;
		*count += at == *count;
	}
	return 0;
}

/* The value, or the first of a list. Returns 1; 0 if there is none; or -1 if it is odd or there is
 * no memory. */
static int read_first(const char *value, char first[DSFIT_NAME_MAX])
{
	char (*names)[DSFIT_NAME_MAX];
	size_t count;

	if (dsfit_section_names(value, &names, &count))
		return -1;
	if (count)
		strcpy(first, names[0]);
	free(names);
	return count > 0;
}

/* Whether the value is one that says yes or no; *yes is what it says. */
static int read_answer(const char *value, bool *yes)
{
	char word[DSFIT_NAME_MAX];
	int rc = read_first(value, word);

	*yes = rc > 0 && !strcasecmp(word, "true");
	if (rc <= 0)
		return rc;
	return *yes || !strcasecmp(word, "false") ? 0 : -1;
}

static int name_gpu(const struct dsfit_section *section, struct dsfit_gpu *gpu)
{
	char (*names)[DSFIT_NAME_MAX];
	size_t count;
	int rc = 0;

	strcpy(gpu->name, section->title);
	strcpy(gpu->label, section->title);
	if (read_first(section->value[DSFIT_NOTED_LABEL], gpu->label) < 0)
		return -1;
	if (dsfit_section_names(section->value[DSFIT_NOTED_ALIASES], &names, &count))
		return -1;
	for (size_t i = 0; i < count && !rc; i++)
		rc = dsfit_names_add(&gpu->aliases, names[i]);
	free(names);
	return rc;
}

/* A number of parameters. */
static int read_count(const char *value, uint64_t *out)
{
	char word[DSFIT_NAME_MAX];
	struct dsfit_error ignored;
	int rc = read_first(value, word);

	*out = 0;
	return rc > 0 ? dsfit_parse_count(word, out, &ignored) : rc;
}

/* Whether a model has experts, if its section says so plainly. */
static void name_sort(const char *experts, struct dsfit_entry *names)
{
	names->dense = !experts;
	while (experts && (*experts == ' ' || *experts == '\t'))
		experts++;
	names->mixture = experts && *experts >= '1' && *experts <= '9';
}

static int name_entry(struct dsfit_site *site, const struct dsfit_section *section)
{
	struct dsfit_entry *names;

	switch (section->kind) {
	case DSFIT_SECTION_GPU:
		return name_gpu(section, &site->gpus[site->gpu_count++]);
	case DSFIT_SECTION_FAMILY:
		names = &site->families.names[site->families.count++];
		break;
	default:
		names = &site->models.names[site->models.count++];
		if (read_answer(section->value[DSFIT_NOTED_REFERENCE], &names->reference) ||
		    read_count(section->value[DSFIT_NOTED_COUNTED], &names->counted))
			return -1;
		name_sort(section->value[DSFIT_NOTED_EXPERTS], names);
	}
	strcpy(names->name, section->title);
	return dsfit_section_names(section->value[DSFIT_NOTED_ALIASES], &names->aliases,
				   &names->alias_count);
}

static int make_room(struct dsfit_on_demand *demand, cfg_t *cfg, struct dsfit_site *site)
{
	bool (*const read[])(void *, size_t) = { read_gpu, read_family, read_model };
	struct dsfit_families *families = &site->families;
	struct dsfit_models *models = &site->models;

	for (int i = 0; i < DSFIT_SECTION_KINDS; i++) {
		demand->of[i] = calloc(demand->sections.count + 1, sizeof(*demand->of[i]));
		demand->unread[i].pending = calloc(demand->sections.count + 1, sizeof(bool));
		if (!demand->of[i] || !demand->unread[i].pending)
			return -1;
		demand->unread[i].read = read[i];
		demand->unread[i].context = demand;
		memset(demand->unread[i].pending, true, demand->sections.count + 1);
	}
	if (sort(demand))
		return -1;
	site->gpus = calloc(demand->count[DSFIT_SECTION_GPU] + dsfit_slices_count(cfg) + 1,
			    sizeof(*site->gpus));
	families->entries = calloc(demand->count[DSFIT_SECTION_FAMILY] + 1,
				   sizeof(*families->entries));
	families->names = calloc(demand->count[DSFIT_SECTION_FAMILY] + 1,
				 sizeof(*families->names));
	models->entries = calloc(demand->count[DSFIT_SECTION_MODEL] + 1, sizeof(*models->entries));
	models->names = calloc(demand->count[DSFIT_SECTION_MODEL] + 1, sizeof(*models->names));
	return site->gpus && families->entries && families->names && models->entries &&
	       models->names ? 0 : -1;
}

/* Without the file, or the right to read it, the site is read whole, to say what is wrong. */
static int plan_hub(struct dsfit_on_demand *demand, cfg_t *cfg)
{
	const char *path = cfg_getstr(cfg, "hub-file");

	demand->hub_pending = path;
	demand->hub = (struct dsfit_unread_text){ read_hub, demand };
	return path && access(path, R_OK) ? -1 : 0;
}

int dsfit_on_demand_begin(struct dsfit_on_demand *demand, cfg_t *cfg,
			  const struct dsfit_trusted *trusted, struct dsfit_site *site)
{
	if (demand->sections.odd || make_room(demand, cfg, site) || plan_hub(demand, cfg))
		return -1;
	demand->is_trusted = trusted;
	if (trusted)
		demand->trusted = *trusted;
	for (int kind = 0; kind < DSFIT_SECTION_KINDS; kind++)
		for (size_t i = 0; i < demand->count[kind]; i++)
			if (name_entry(site, demand->of[kind][i]))
				return -1;
	site->models.families = &site->families;
	site->families.unread = &demand->unread[DSFIT_SECTION_FAMILY];
	site->models.unread = &demand->unread[DSFIT_SECTION_MODEL];
	site->models.unread_hub = &demand->hub;
	site->unread_gpus = &demand->unread[DSFIT_SECTION_GPU];
	site->card_count = demand->count[DSFIT_SECTION_GPU];
	site->trouble = &demand->trouble;
	site->on_demand = demand;
	site->free_on_demand = dsfit_on_demand_free;
	demand->site = site;
	demand->cfg = cfg;
	return 0;
}
