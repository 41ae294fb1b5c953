/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_NODE_CLASSES_H
#define DSFIT_CLI_NODE_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cluster.h"
#include "core/site/card.h"
#include "core/site/site.h"

/* The nodes of a live cluster, grouped into the node classes of a dsfit.conf. */

/* Nodes that have the same number of GPUs of one type and do not differ in anything else. */
struct found_class {
	char name[DSFIT_NAME_MAX];
	char *type;			/* of the gres; "" for GPUs without a type */
	char *features, *partitions;	/* comma lists */
	uint64_t gpus, cpus;		/* per node */
	uint64_t memory, scratch;	/* MiB per node; 0: not configured */
	uint64_t count;			/* nodes */
	size_t types;			/* of GPUs that a node has: it is in as many classes */
	bool everywhere;		/* in all partitions */
	struct dsfit_card card;
	struct dsfit_names words;	/* the features, one by one */
};

struct discovery {
	const struct dsfit_site *site;		/* its catalogue names the cards */
	const struct cluster *cluster;
	struct found_class *classes;
	size_t count;
	size_t parts;			/* nodes with shards or mps, which are parts of a GPU */
	size_t others;			/* nodes without a GPU */
};

/* Group the cluster's nodes. The site and the cluster must outlive *out. Without memory the command
 * ends. */
void discovery_make(const struct dsfit_site *site, const struct cluster *cluster,
		    struct discovery *out);
void discovery_free(struct discovery *discovery);

/* Whether a job's request can be compared with the class: its card is known, and a job can ask for
 * it by its type. */
bool found_class_is_known(const struct found_class *class);

/* The name of the class's card. A card that the catalogue does not have is named by its type, and
 * by its memory where a feature told that. */
void found_class_card_name(const struct found_class *class, char name[2 * DSFIT_NAME_MAX]);

/* Add the words of a comma list to `out`. Without memory the command ends. */
void found_split(const char *list, struct dsfit_names *out);

#endif
