/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two things are counted in each class of a copy of the site:
 *
 *     excluded    nodes whose names the class has are no longer of the class (`count`). The names
 *                 that no class has may be nodes of any class without names: so many of its nodes
 *                 may be out of reach (`doubtful`). No correction counts on these, but a request
 *                 that was typed may: it would be wrong to hold against a job what is not known.
 *     named       `listed` nodes of the class, if each name in the list is one of some class. Else
 *                 nothing is known of the list.
 *
 * slurmctld holds its locks meanwhile. Of a list that takes too long nothing is known either.
 */
#include "core/site/reach.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hosts.h"
#include "core/base/size.h"

/* Characters of a list that are looked at: enough for 5000 nodes and a list of 100 characters, in a
 * few milliseconds. */
#define WORK UINT64_C(1000000)

/* How many nodes of a class are in a list. */
static uint64_t count_in(const struct dsfit_node_class *class, const char *list, uint64_t *work)
{
	char name[DSFIT_NAME_MAX];
	uint64_t count = 0;

	for (size_t i = 0; i < class->hosts.count; i++)
		for (uint64_t n = 0; *work && dsfit_hosts_name(class->hosts.name[i], n, name); n++)
			count += dsfit_hosts_have(list, name, work);
	return count;
}

/* Count the nodes of each class that are in a list, into `listed`, and all of them in *found, and
 * the list's names in *count. Returns false if that cannot be known. */
static bool count_listed(const struct dsfit_site *site, struct dsfit_node_class *classes,
			 const char *list, uint64_t *count, uint64_t *found)
{
	uint64_t work = WORK;

	*found = 0;
	if (!dsfit_hosts_count(list, count))
		return false;
	for (size_t i = 0; i < site->class_count; i++) {
		classes[i].listed = count_in(&classes[i], list, &work);
		*found = dsfit_add(*found, classes[i].listed);
	}
	return work;
}

static void leave_out(struct dsfit_site *site, struct dsfit_node_class *classes, const char *list)
{
	uint64_t count, found, unknown = UINT64_MAX;
	bool known = count_listed(site, classes, list, &count, &found);

	if (known)
		unknown = dsfit_sub(count, found);
	for (size_t i = 0; i < site->class_count; i++) {
		struct dsfit_node_class *class = &classes[i];

		if (known)
			class->count -= dsfit_min(class->listed, class->count);
		if (!known || !class->hosts.count)
			class->doubtful = dsfit_min(unknown, class->count);
		class->listed = 0;
	}
	site->doubtful = unknown > 0;
}

static void name_nodes(struct dsfit_site *site, struct dsfit_node_class *classes, const char *list)
{
	uint64_t count, found;

	site->listed = count_listed(site, classes, list, &count, &found) && found >= count;
	for (size_t i = 0; !site->listed && i < site->class_count; i++)
		classes[i].listed = 0;
}

int dsfit_reach_begin(struct dsfit_reach *reach, const struct dsfit_site *site, const char *named,
		      const char *excluded)
{
	struct dsfit_node_class *classes;

	*reach = (struct dsfit_reach){ .site = site };
	if (!site->class_count || (!named && !excluded))
		return 0;
	classes = malloc(site->class_count * sizeof(*classes));
	if (!classes)
		return -1;
	memcpy(classes, site->classes, site->class_count * sizeof(*classes));
	reach->classes = classes;
	reach->own = *site;
	reach->own.classes = classes;
	/* Slurm lets no job have a node that it both names and excludes. */
	if (excluded)
		leave_out(&reach->own, classes, excluded);
	if (named)
		name_nodes(&reach->own, classes, named);
	if (dsfit_site_sort(&reach->own))
		return -1;
	reach->site = &reach->own;
	return 0;
}

void dsfit_reach_end(struct dsfit_reach *reach)
{
	if (!reach->classes)
		return;
	free(reach->own.by_type);
	free(reach->own.kinds);
	free(reach->classes);
	*reach = (struct dsfit_reach){ .site = NULL };
}
