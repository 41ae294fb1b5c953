/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_NODES_H
#define DSFIT_CLI_SIZE_NODES_H

#include "cli/size_arguments.h"
#include "core/site/site.h"

/* The nodes that the request of "dsfit size" is compared with. */

struct size_nodes {
	struct dsfit_site site;			/* the site's own nodes, or those described */
	const struct dsfit_node_class *beyond;	/* nodes of the site that are too few or small */
	bool described;				/* nodes or a network that the site does not have */
	/* What `site` may point to. */
	struct dsfit_node_class described_class, *replaced;
	struct dsfit_gpu card;
};

/* The card that the options name; NULL where they name none, or one whose memory alone they give.
 * The command ends where nothing is known of it. */
const struct dsfit_gpu *size_find_gpu(const struct size_arguments *a,
				      const struct dsfit_site *site);

/*
 * Choose the nodes, and write the card's gres type and the constraint that holds on them into
 * *request. *out borrows from the site and points into itself: it cannot be copied.
 */
void size_nodes_choose(const struct size_arguments *a, const struct dsfit_site *site,
		       const struct dsfit_gpu *gpu, struct dsfit_request *request,
		       struct size_nodes *out);
void size_nodes_free(struct size_nodes *nodes);

#endif
