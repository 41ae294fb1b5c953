/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

const char *const dsfit_inability_names[] = { "bf16", "flash-attention", "4-bit", NULL };

static int compare_types(const void *a, const void *b)
{
	const struct dsfit_node_class *const *class_a = a, *const *class_b = b;
	int order = strcmp((*class_a)->gres_type, (*class_b)->gres_type);

	/* Classes of one type stay in the order of the configuration. */
	return order ? order : (*class_a > *class_b) - (*class_a < *class_b);
}

/* Count a class to a kind of its type, whose kinds begin at `own`. */
static void add_to_kind(struct dsfit_site *site, struct dsfit_kind *own,
			const struct dsfit_node_class *class)
{
	struct dsfit_kind *end = site->kinds + site->kind_count, *kind = own;

	while (kind < end && kind->class->gpus != class->gpus)
		kind++;
	if (kind == end)
		site->kind_count++;
	if (kind == end || class->count > kind->class->count)
		kind->class = class;
}

int dsfit_site_sort(struct dsfit_site *site)
{
	size_t end;

	site->kind_count = 0;
	site->by_type = calloc(site->class_count + 1, sizeof(*site->by_type));
	site->kinds = calloc(site->class_count + 1, sizeof(*site->kinds));
	if (!site->by_type || !site->kinds)
		return -1;
	for (size_t i = 0; i < site->class_count; i++)
		site->by_type[i] = &site->classes[i];
	qsort(site->by_type, site->class_count, sizeof(*site->by_type), compare_types);
	for (size_t first = 0; first < site->class_count; first = end) {
		struct dsfit_kind *own = site->kinds + site->kind_count;

		for (end = first; end < site->class_count &&
		     !strcmp(site->by_type[first]->gres_type, site->by_type[end]->gres_type); end++)
			add_to_kind(site, own, site->by_type[end]);
		for (; own < site->kinds + site->kind_count; own++) {
			own->first = first;
			own->count = end - first;
		}
	}
	return 0;
}

const struct dsfit_node_class *const *dsfit_site_of_type(const struct dsfit_site *site,
							 const char *type, size_t *count)
{
	size_t low = 0, high = site->kind_count;

	*count = 0;
	while (low < high) {
		const struct dsfit_kind *kind = &site->kinds[low + (high - low) / 2];
		int order = strcmp(kind->class->gres_type, type);

		if (!order) {
			*count = kind->count;
			return site->by_type + kind->first;
		}
		if (order < 0)
			low += (high - low) / 2 + 1;
		else
			high = low + (high - low) / 2;
	}
	return site->by_type;
}

uint64_t dsfit_site_most_gpus(const struct dsfit_site *site)
{
	uint64_t most = 0;

	for (size_t i = 0; i < site->class_count; i++)
		most = dsfit_max(most, dsfit_mul(site->classes[i].count, site->classes[i].gpus));
	return most;
}

void dsfit_site_free(struct dsfit_site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->gpu_count; i++)
		dsfit_names_free(&site->gpus[i].aliases);
	for (size_t i = 0; i < site->class_count; i++) {
		dsfit_names_free(&site->classes[i].hosts);
		dsfit_names_free(&site->classes[i].features);
		dsfit_names_free(&site->classes[i].partitions);
	}
	for (size_t i = 0; i < site->partition_count; i++) {
		dsfit_names_free(&site->partitions[i].policy.may_override);
		dsfit_names_free(&site->partitions[i].policy.exempt);
	}
	dsfit_names_free(&site->policy.may_override);
	dsfit_names_free(&site->policy.exempt);
	dsfit_names_free(&site->warnings);
	free(site->gpus);
	dsfit_models_free(&site->models);
	dsfit_families_free(&site->families);
	free(site->classes);
	free(site->by_type);
	free(site->kinds);
	free(site->partitions);
	for (size_t i = 0; i < site->association_count; i++)
		dsfit_names_free(&site->associations[i].users);
	free(site->associations);
	free(site->qos);
	if (site->on_demand)
		site->free_on_demand(site->on_demand);
	free(site);
}

const char *dsfit_site_lacks(const struct dsfit_site *site)
{
	if (!site->class_count)
		return "this configuration has no nodes yet: \"dsfit discover\" writes them";
	for (size_t i = 0; i < site->models.count; i++)
		if (site->models.names[i].reference)
			return NULL;
	return "no model has reference = true, so dsfit cannot estimate a size such as 13B";
}

const char *dsfit_site_trouble(const struct dsfit_site *site, const struct dsfit_model *model)
{
	bool nearest;

	/* The account looks the families up, which may be read only then. */
	if (model) {
		dsfit_families_footprint(&site->families, model, &nearest);
		dsfit_families_tower(&site->families, model);
	}
	return site->trouble && site->trouble->text[0] ? site->trouble->text : NULL;
}

const struct dsfit_partition *dsfit_site_partition(const struct dsfit_site *site,
						   const char *name)
{
	for (size_t i = 0; i < site->partition_count; i++) {
		const struct dsfit_partition *partition = &site->partitions[i];

		if (name && *name ? !strcmp(partition->name, name) : partition->is_default)
			return partition;
	}
	return NULL;
}

/* Copy the first name of a comma list. Returns the rest of the list, or NULL at its end. A name
 * that is longer than any of a configuration becomes ",", which none of them is: cut to the
 * longest length it could be one of them. */
static const char *next_name(const char *list, char name[DSFIT_NAME_MAX])
{
	size_t length;

	if (!list || !*list)
		return NULL;
	length = strcspn(list, ",");
	if (length < DSFIT_NAME_MAX)
		snprintf(name, DSFIT_NAME_MAX, "%.*s", (int)length, list);
	else
		strcpy(name, ",");
	return list + length + (list[length] == ',');
}

const struct dsfit_partition *dsfit_site_next_partition(const struct dsfit_site *site,
							const char **partitions)
{
	const char *list = *partitions ? *partitions : "";
	char name[DSFIT_NAME_MAX] = "";

	list += strspn(list, ",");
	if (*list)
		list = next_name(list, name);
	*partitions = list + strspn(list, ",");
	return dsfit_site_partition(site, name);
}

const struct dsfit_policy *dsfit_site_next_policy(const struct dsfit_site *site,
						  const char **partitions)
{
	const struct dsfit_partition *partition = dsfit_site_next_partition(site, partitions);

	return partition ? &partition->policy : &site->policy;
}

enum dsfit_network_rule dsfit_site_network_rule(const struct dsfit_site *site,
						const char *partitions)
{
	enum dsfit_network_rule rule = DSFIT_NETWORK_FLOOR;

	do {
		const struct dsfit_policy *policy = dsfit_site_next_policy(site, &partitions);

		rule = policy->network > rule ? policy->network : rule;
	} while (*partitions);
	return rule;
}

bool dsfit_may_choose(const struct dsfit_partition *partition)
{
	return !partition->is_default && !partition->only_named;
}

bool dsfit_is_preemptible(const struct dsfit_site *site, const char *partitions)
{
	const struct dsfit_partition *partition = dsfit_site_partition(site, NULL);
	char name[DSFIT_NAME_MAX];

	if (!partitions || !*partitions)
		return partition && partition->preemptible;
	while ((partitions = next_name(partitions, name))) {
		partition = dsfit_site_partition(site, name);
		if (partition && partition->preemptible)
			return true;
	}
	return false;
}

bool dsfit_class_in_partition(const struct dsfit_site *site,
			      const struct dsfit_node_class *class, const char *partitions)
{
	const struct dsfit_partition *partition;
	char name[DSFIT_NAME_MAX];

	if (!class->partitions.count)
		return true;
	if (!partitions || !*partitions) {
		partition = dsfit_site_partition(site, NULL);
		return !partition || dsfit_names_have(&class->partitions, partition->name);
	}
	while ((partitions = next_name(partitions, name)))
		if (dsfit_names_have(&class->partitions, name))
			return true;
	return false;
}
