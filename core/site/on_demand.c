/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/on_demand.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/error.h"
#include "core/formats/conf.h"
#include "core/site/catalogue.h"
#include "core/site/catalogue_gpus.h"

enum { GPU, FAMILY, MODEL, KINDS };
static const char *const kinds[] = { "gpu", "family", "model", NULL };
enum { ALIASES, LABEL, REFERENCE };
static const char *const keys[] = { "aliases", "label", "reference", NULL };

_Static_assert(sizeof(keys) / sizeof(*keys) - 1 == DSFIT_SECTION_VALUES, "each key has a value");

struct dsfit_on_demand {
	struct dsfit_sections sections;
	cfg_t *cfg;
	struct dsfit_site *site;
	/* Of each kind: its entries, and the section of each. */
	struct dsfit_unread unread[KINDS];
	const struct dsfit_section **of[KINDS];
	size_t count[KINDS];
	struct dsfit_error trouble;
};

struct dsfit_on_demand *dsfit_on_demand_new(void)
{
	struct dsfit_on_demand *demand = calloc(1, sizeof(*demand));

	if (demand) {
		demand->sections.kinds = kinds;
		demand->sections.keys = keys;
	}
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
	for (int i = 0; i < KINDS; i++) {
		free(demand->unread[i].pending);
		free(demand->of[i]);
	}
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
	cfg_t *section = parse(demand, FAMILY, i, &why);

	return is_done(demand, section ? dsfit_family_take_one(section, &demand->site->families, i,
							       &why) : -1, &why);
}

static bool read_model(void *context, size_t i)
{
	struct dsfit_on_demand *demand = context;
	struct dsfit_site *site = demand->site;
	struct dsfit_error why;
	cfg_t *section = parse(demand, MODEL, i, &why);

	return is_done(demand, section ? dsfit_model_take_one(section, &site->families,
							      &site->models.entries[i], &why) : -1,
		       &why);
}

/* All cards, and then their slices. */
static bool read_gpus(struct dsfit_on_demand *demand)
{
	struct dsfit_error why = { "" };

	for (size_t i = 0; i < demand->count[GPU]; i++)
		if (!dsfit_unread_need(&demand->unread[GPU], i))
			return false;
	return is_done(demand, dsfit_slices_take(demand->cfg, demand->site, &why), &why);
}

static bool read_gpu(void *context, size_t i)
{
	struct dsfit_on_demand *demand = context;
	struct dsfit_error why;
	cfg_t *section;

	if (i == demand->count[GPU])
		return read_gpus(demand);
	section = parse(demand, GPU, i, &why);
	return is_done(demand, section ? dsfit_gpu_take_one(section, &demand->site->gpus[i], &why) :
					 -1, &why);
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

		while (at < *count && strcmp(demand->of[kind][at]->title, section->title))
			at++;
		if (at < *count && kind == MODEL)
			return -1;
		demand->of[kind][at] = section;
		*count += at == *count;
	}
	return 0;
}

/* Whether the value is one that says yes or no; *yes is what it says. */
static int read_answer(const char *value, bool *yes)
{
	char (*word)[DSFIT_NAME_MAX] = NULL;
	size_t count;
	int rc = -1;

	*yes = false;
	if (dsfit_section_names(value, &word, &count))
		return -1;
	if (!count || !strcasecmp(word[0], "false") || !strcasecmp(word[0], "true"))
		rc = 0;
	*yes = count && !strcasecmp(word[0], "true");
	free(word);
	return rc;
}

static int name_gpu(const struct dsfit_section *section, struct dsfit_gpu *gpu)
{
	char (*names)[DSFIT_NAME_MAX];
	size_t count;
	int rc = 0;

	strcpy(gpu->name, section->title);
	strcpy(gpu->label, section->title);
	if (dsfit_section_names(section->value[LABEL], &names, &count))
		return -1;
	if (count)
		strcpy(gpu->label, names[0]);
	free(names);
	if (dsfit_section_names(section->value[ALIASES], &names, &count))
		return -1;
	for (size_t i = 0; i < count && !rc; i++)
		rc = dsfit_names_add(&gpu->aliases, names[i]);
	free(names);
	return rc;
}

static int name_entry(struct dsfit_site *site, const struct dsfit_section *section)
{
	struct dsfit_family *family = &site->families.entries[site->families.count];
	struct dsfit_known_model *known = &site->models.entries[site->models.count];

	switch (section->kind) {
	case GPU:
		return name_gpu(section, &site->gpus[site->gpu_count++]);
	case FAMILY:
		site->families.count++;
		strcpy(family->name, section->title);
		return dsfit_section_names(section->value[ALIASES], &family->aliases,
					   &family->alias_count);
	default:
		site->models.count++;
		strcpy(known->model.name, section->title);
		return read_answer(section->value[REFERENCE], &known->reference) ||
		       dsfit_section_names(section->value[ALIASES], &known->aliases,
					   &known->alias_count) ? -1 : 0;
	}
}

static int make_room(struct dsfit_on_demand *demand, cfg_t *cfg, struct dsfit_site *site)
{
	bool (*const read[KINDS])(void *, size_t) = { read_gpu, read_family, read_model };

	for (int i = 0; i < KINDS; i++) {
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
	site->gpus = calloc(demand->count[GPU] + dsfit_slices_count(cfg) + 1,
			    sizeof(*site->gpus));
	site->families.entries = calloc(demand->count[FAMILY] + 1,
					sizeof(*site->families.entries));
	site->models.entries = calloc(demand->count[MODEL] + 1, sizeof(*site->models.entries));
	return site->gpus && site->families.entries && site->models.entries ? 0 : -1;
}

int dsfit_on_demand_begin(struct dsfit_on_demand *demand, cfg_t *cfg, struct dsfit_site *site)
{
	if (demand->sections.odd || make_room(demand, cfg, site))
		return -1;
	for (int kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < demand->count[kind]; i++)
			if (name_entry(site, demand->of[kind][i]))
				return -1;
	site->models.families = &site->families;
	site->families.unread = &demand->unread[FAMILY];
	site->models.unread = &demand->unread[MODEL];
	site->unread_gpus = &demand->unread[GPU];
	site->card_count = demand->count[GPU];
	site->trouble = &demand->trouble;
	site->on_demand = demand;
	site->free_on_demand = dsfit_on_demand_free;
	demand->site = site;
	demand->cfg = cfg;
	return 0;
}
