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

/* Nodes with the same number of GPUs of one type, and with all other properties equal. */
struct found_class {
	char name[DSFIT_NAME_MAX];
	char *type;			/* of the gres; "": the GPUs have no type */
	char *features, *partitions;	/* comma lists */
	uint64_t gpus, cpus;		/* per node */
	uint64_t memory, scratch;	/* MiB per node; 0: not configured */
	uint64_t count;			/* nodes */
	size_t types;			/* GPU types per node: the node is in as many classes */
	bool everywhere;		/* in all partitions */
	struct dsfit_card card;
	struct dsfit_names words;	/* the features as a list */
	struct dsfit_names nodes;	/* the nodes' names */
};

struct discovery {
	const struct dsfit_site *site;		/* its catalogue has the GPUs */
	const struct cluster *cluster;
	struct found_class *classes;
	size_t count;
	size_t parts;			/* nodes with shards or mps (parts of a GPU) */
	size_t others;			/* nodes without a GPU */
};

/* Group the cluster's nodes. The site and the cluster must outlive *out. Without memory the command
 * ends. */
void discovery_make(const struct dsfit_site *site, const struct cluster *cluster,
		    struct discovery *out);
void discovery_free(struct discovery *discovery);

/* Return whether dsfit can compare a job's request with the class: the GPU is known, and it has a
 * type that a job can request. */
bool found_class_is_known(const struct found_class *class);

/* The nodes' names as the key `names` of dsfit.conf has them: "a100-[0-3]" for four. The caller
 * frees the list, which is empty if a name has characters that dsfit does not take. */
struct dsfit_names found_class_hosts(const struct found_class *class);

/* Write the name of the class's GPU. A GPU that the catalogue does not have is named after its type
 * and, if a feature tells it, its memory. */
void found_class_card_name(const struct found_class *class, char name[2 * DSFIT_NAME_MAX]);

/* Add the words of a comma list to `out`. Without memory the command ends. */
void found_split(const char *list, struct dsfit_names *out);

#endif
