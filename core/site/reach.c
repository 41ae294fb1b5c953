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
 */
#include "core/site/reach.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hosts.h"
#include "core/base/size.h"

/* How many nodes of a class are in a list. */
static uint64_t count_in(const struct dsfit_node_class *class, const char *list)
{
	char name[DSFIT_NAME_MAX];
	uint64_t count = 0;

	for (size_t i = 0; i < class->hosts.count; i++)
		for (uint64_t n = 0; dsfit_hosts_name(class->hosts.name[i], n, name); n++)
			count += dsfit_hosts_have(list, name);
	return count;
}

static void leave_out(struct dsfit_site *site, struct dsfit_node_class *classes, const char *list)
{
	uint64_t unknown = UINT64_MAX;
	bool known = dsfit_hosts_count(list, &unknown);

	if (!known)
		unknown = UINT64_MAX;
	for (size_t i = 0; known && i < site->class_count; i++) {
		uint64_t out = count_in(&classes[i], list);

		classes[i].count -= dsfit_min(out, classes[i].count);
		unknown = dsfit_sub(unknown, out);
	}
	for (size_t i = 0; i < site->class_count; i++)
		if (!known || !classes[i].hosts.count)
			classes[i].doubtful = dsfit_min(unknown, classes[i].count);
	site->doubtful = unknown > 0;
}

static void name_nodes(struct dsfit_site *site, struct dsfit_node_class *classes, const char *list)
{
	uint64_t count, found = 0;

	if (!dsfit_hosts_count(list, &count))
		return;
	for (size_t i = 0; i < site->class_count; i++)
		found = dsfit_add(found, count_in(&classes[i], list));
	if (found < count)
		return;
	site->listed = true;
	for (size_t i = 0; i < site->class_count; i++)
		classes[i].listed = count_in(&classes[i], list);
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
