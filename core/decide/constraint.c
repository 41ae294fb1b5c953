/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm has no option for a fast network or a large node. Administrators give nodes features that
 * say such things, and users choose nodes by --constraint. So a request is kept off nodes where its
 * job does not fit by a feature that these nodes lack:
 *
 *     class     features         judged     usable features
 *     ws        net25            rejected
 *     a100      net200, big      accepted   net200
 *     h100      net400           accepted   net400
 *     a100old   net25, big       rejected                      constraint: net200|net400
 *
 * All classes that the request may land on are judged first. A feature that a rejected class has is
 * unusable. Then the accepted classes are visited in the configuration's order, and each that none
 * of the listed features covers adds its first usable feature. An accepted class without a usable
 * feature is lost.
 *
 * A site may have a thousand classes, and plans come here often: the features are kept in a hash
 * table, so the work grows with the number of features.
 */
#include "core/decide/constraint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct feature {
	const char *name;
	bool bad;			/* a rejected class has it */
	bool listed;			/* it is in the new constraint */
};

/* A class that the request may land on. */
struct judged {
	const struct dsfit_node_class *class;
	bool good;
	struct feature **features;	/* as many as the class has */
};

struct judging {
	dsfit_class_judge judge;
	const void *context;
	struct judged *classes;
	size_t count;
	struct feature *features;	/* a hash table, at least half empty */
	size_t slots;			/* a power of two */
	struct feature **own;		/* the features of all classes, one class after the other */
};

static void judge_class(void *context, const struct dsfit_assessment *there)
{
	struct judging *all = context;

	all->classes[all->count++] = (struct judged){
		.class = there->class,
		.good = all->judge(all->context, there),
	};
}

/* The feature's slot in the table. Upper and lower case are the same. */
static struct feature *find_feature(const struct judging *all, const char *name)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (const char *c = name; *c; c++)
		hash = (hash ^ (uint32_t)(*c | 0x20)) * 16777619u;
	for (;; hash++) {
		struct feature *feature = &all->features[hash & (all->slots - 1)];

		if (!feature->name || !strcasecmp(feature->name, name))
			return feature;
	}
}

/* Fill the table of features. Returns false if memory is out. */
static bool list_features(struct judging *all)
{
	size_t total = 0;

	for (size_t i = 0; i < all->count; i++)
		total += all->classes[i].class->features.count;
	for (all->slots = 2; all->slots <= 2 * total; all->slots *= 2)
		;
	all->features = calloc(all->slots, sizeof(*all->features));
	all->own = calloc(total + 1, sizeof(struct feature *));
	if (!all->features || !all->own)
		return false;
	for (size_t i = 0, next = 0; i < all->count; i++) {
		const struct dsfit_names *names = &all->classes[i].class->features;

		all->classes[i].features = all->own + next;
		for (size_t j = 0; j < names->count; j++) {
			struct feature *feature = find_feature(all, names->name[j]);

			feature->name = names->name[j];
			feature->bad |= !all->classes[i].good;
			all->own[next++] = feature;
		}
	}
	return true;
}

static bool is_listed(const struct judged *class)
{
	for (size_t i = 0; i < class->class->features.count; i++)
		if (class->features[i]->listed)
			return true;
	return false;
}

/* Add a usable feature of an accepted class to the list, unless one of its features is there. */
static void list_class(const struct judged *class, char list[DSFIT_EXPRESSION_MAX])
{
	struct feature *feature = NULL;
	size_t length = strlen(list);

	if (is_listed(class))
		return;
	for (size_t i = 0; i < class->class->features.count && !feature; i++)
		if (!class->features[i]->bad)
			feature = class->features[i];
	if (!feature || length + strlen(feature->name) + 2 > DSFIT_EXPRESSION_MAX)
		return;
	snprintf(list + length, DSFIT_EXPRESSION_MAX - length, "%s%s", length ? "|" : "",
		 feature->name);
	feature->listed = true;
}

/* Require the list beside the user's constraint. Returns false if that is too long. */
static bool require(struct dsfit_request *r, const char *list)
{
	char all[DSFIT_EXPRESSION_MAX];
	int length;

	if (!r->features[0])
		length = snprintf(all, sizeof(all), "%s", list);
	else
		length = snprintf(all, sizeof(all), "(%s)&(%s)", r->features, list);
	if (length < 0 || (size_t)length >= sizeof(all))
		return false;
	strcpy(r->features, all);
	return true;
}

/* The classes that have a listed feature. Returns how many. */
static size_t leave(const struct judging *all, const struct dsfit_node_class **left)
{
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (!is_listed(&all->classes[i]))
			continue;
		if (left)
			left[count] = all->classes[i].class;
		count++;
	}
	return count;
}

size_t dsfit_constrain(struct dsfit_accounts *accounts, struct dsfit_request *r,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_class_judge judge, const void *context,
		       const struct dsfit_node_class **left)
{
	struct judging all = { .judge = judge, .context = context };
	char list[DSFIT_EXPRESSION_MAX] = "";
	size_t kept = 0;

	/* Slurm takes neither counts nor brackets within parentheses. */
	if (strpbrk(r->features, "[]*"))
		return 0;
	if (!classes)
		count = accounts->site->class_count;
	all.classes = calloc(count + 1, sizeof(*all.classes));
	if (!all.classes) {
		accounts->no_memory = true;
		return 0;
	}
	dsfit_assess_each(accounts, r, classes, count, judge_class, &all);
	if (list_features(&all)) {
		for (size_t i = 0; i < all.count; i++)
			if (all.classes[i].good)
				list_class(&all.classes[i], list);
		if (list[0] && require(r, list))
			kept = leave(&all, left);
	} else {
		accounts->no_memory = true;
	}
	free(all.own);
	free(all.features);
	free(all.classes);
	return kept;
}
