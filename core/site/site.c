/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/site.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void dsfit_site_free(struct dsfit_site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->gpu_count; i++)
		dsfit_names_free(&site->gpus[i].aliases);
	for (size_t i = 0; i < site->class_count; i++) {
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
	free(site->partitions);
	free(site);
}

const char *dsfit_site_lacks(const struct dsfit_site *site)
{
	if (!site->class_count)
		return "this configuration has no nodes yet: \"dsfit discover\" writes them";
	for (size_t i = 0; i < site->models.count; i++)
		if (site->models.entries[i].reference)
			return NULL;
	return "no model has reference = true, so dsfit cannot estimate a size such as 13B";
}

const struct dsfit_gpu *dsfit_site_gpu(const struct dsfit_site *site, const char *name)
{
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];

		if (!strcasecmp(gpu->name, name) || !strcasecmp(gpu->label, name) ||
		    dsfit_names_have(&gpu->aliases, name))
			return gpu;
	}
	return NULL;
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
 * that is too long is cut; it equals none, because names of the configuration are shorter. */
static const char *next_name(const char *list, char name[DSFIT_NAME_MAX])
{
	size_t length, kept;

	if (!list || !*list)
		return NULL;
	length = strcspn(list, ",");
	kept = length < DSFIT_NAME_MAX ? length : DSFIT_NAME_MAX - 1;
	memcpy(name, list, kept);
	name[kept] = '\0';
	return list + length + (list[length] == ',');
}

const struct dsfit_policy *dsfit_site_next_policy(const struct dsfit_site *site,
						  const char **partitions)
{
	const char *list = *partitions ? *partitions : "";
	const struct dsfit_partition *partition;
	char name[DSFIT_NAME_MAX] = "";

	list += strspn(list, ",");
	if (*list)
		list = next_name(list, name);
	*partitions = list + strspn(list, ",");
	partition = dsfit_site_partition(site, name);
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
	const struct dsfit_partition *partition = dsfit_site_partition(site, NULL);
	char name[DSFIT_NAME_MAX];

	if (!class->partitions.count)
		return true;
	if (!partitions || !*partitions)
		return !partition || dsfit_names_have(&class->partitions, partition->name);
	while ((partitions = next_name(partitions, name)))
		if (dsfit_names_have(&class->partitions, name))
			return true;
	return false;
}
