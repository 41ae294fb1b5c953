/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/warnings.h"

#include <stdio.h>
#include <string.h>

#include "core/formats/conf_values.h"

static void add_warning(struct dsfit_site *site, cfg_t *section, const char *what)
{
	struct dsfit_error line;

	dsfit_fail_section(section, &line, what);
	/* If there is no memory, only this line is lost. */
	(void)dsfit_names_add(&site->warnings, line.text);
}

static void warn_defaults(cfg_t *cfg, struct dsfit_site *site)
{
	const struct dsfit_partition *first = dsfit_site_partition(site, NULL);
	char what[160];

	for (size_t i = 0; i < site->partition_count; i++) {
		if (!site->partitions[i].is_default || &site->partitions[i] == first)
			continue;
		snprintf(what, sizeof(what), "default = true, but partition \"%s\" is already the "
			 "default", first->name);
		add_warning(site, cfg_getnsec(cfg, "partition", (unsigned)i), what);
	}
}

/* A partition needs no section. But if other partitions have one, a name without a section is
 * probably misspelt. */
static void warn_partitions(cfg_t *cfg, struct dsfit_site *site)
{
	char what[160];

	for (size_t i = 0; i < site->class_count && site->partition_count; i++) {
		const struct dsfit_names *names = &site->classes[i].partitions;

		for (size_t j = 0; j < names->count; j++) {
			if (dsfit_site_partition(site, names->name[j]))
				continue;
			snprintf(what, sizeof(what), "partitions = %.63s: no partition section has "
				 "that name", names->name[j]);
			add_warning(site, cfg_getnsec(cfg, "nodes", (unsigned)i), what);
		}
	}
}

/* Whether all names of a are in b. */
static bool within(const struct dsfit_names *a, const struct dsfit_names *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!dsfit_names_have(b, a->name[i]))
			return false;
	return true;
}

static bool same_names(const struct dsfit_names *a, const struct dsfit_names *b)
{
	return within(a, b) && within(b, a);
}

static bool alike(const struct dsfit_node_class *a, const struct dsfit_node_class *b)
{
	return a->gpu == b->gpu && a->gpus == b->gpus && a->cpus == b->cpus &&
	       a->memory == b->memory && a->scratch == b->scratch && a->network == b->network &&
	       !(a->price < b->price) && !(a->price > b->price) &&
	       same_names(&a->features, &b->features) && same_names(&a->partitions, &b->partitions);
}

/* Whether each job that can run on `class` may also get a node of `other`, which has a smaller
 * card: both have the same type, and no partition or feature of `class` excludes `other`. */
static bool is_hidden_by(const struct dsfit_node_class *class, const struct dsfit_node_class *other)
{
	bool shared = !other->partitions.count ||
		      (class->partitions.count && within(&class->partitions, &other->partitions));

	return other->gpu->memory < class->gpu->memory && other->gpus >= class->gpus && shared &&
	       within(&class->features, &other->features);
}

static void warn_classes(cfg_t *cfg, struct dsfit_site *site)
{
	char what[320];

	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		for (size_t j = 0; j < site->class_count; j++) {
			const struct dsfit_node_class *other = &site->classes[j];

			if (strcmp(class->gres_type, other->gres_type))
				continue;
			if (j < i && alike(class, other))
				snprintf(what, sizeof(what), "same as nodes \"%s\" except for "
					 "count: join the two sections, because dsfit sizes a job "
					 "for one section", other->name);
			else if (is_hidden_by(class, other))
				snprintf(what, sizeof(what), "nodes \"%s\" have a smaller GPU with "
					 "the same gres-type, and no feature or partition of this "
					 "section excludes them: dsfit sizes jobs for the smaller "
					 "GPU", other->name);
			else
				continue;
			add_warning(site, cfg_getnsec(cfg, "nodes", (unsigned)i), what);
		}
	}
}

/* What is done about jobs whose script tells is bound by the mode, where the two stand together. */
static void warn_inferred(cfg_t *section, const struct dsfit_policy *policy,
			  struct dsfit_site *site)
{
	char what[160];

	if (!cfg_size(section, "inferred") || policy->mode > DSFIT_MODE_ADVISE ||
	    policy->inferred <= policy->mode)
		return;
	snprintf(what, sizeof(what), "inferred = %s has no effect, because mode = %s does less",
		 dsfit_mode_names[policy->inferred], dsfit_mode_names[policy->mode]);
	add_warning(site, section, what);
}

void dsfit_site_warn(cfg_t *cfg, struct dsfit_site *site)
{
	warn_defaults(cfg, site);
	warn_partitions(cfg, site);
	warn_classes(cfg, site);
	warn_inferred(cfg, &site->policy, site);
	for (size_t i = 0; i < site->partition_count; i++)
		warn_inferred(cfg_getnsec(cfg, "partition", (unsigned)i),
			      &site->partitions[i].policy, site);
}
