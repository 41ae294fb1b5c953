/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SIZE_NODES_H
#define DSFIT_CLI_SIZE_NODES_H

#include "cli/size_arguments.h"
#include "core/site/reach.h"

/* The nodes that the request of "dsfit size" is compared with. */

struct size_nodes {
	struct dsfit_site site;			/* the site's own nodes, or those described */
	bool described;				/* nodes or a network that the site does not have */
	/* Storage that `site` may point to. */
	struct dsfit_node_class described_class, *replaced;
	struct dsfit_gpu card;
	struct dsfit_reach reach;
};

/* Return the GPU that the options name. NULL: they name none, or the request has the site's own
 * type, or an unknown one with --gpu-memory. An unknown GPU without --gpu-memory ends the command.
 */
const struct dsfit_gpu *size_find_gpu(const struct size_arguments *a,
				      const struct dsfit_site *site);

/*
 * Choose the nodes. Sets the gres type of *request, and clears its constraint if the nodes are
 * described. *out borrows from the site and points into itself, so it must not be copied.
 */
void size_nodes_choose(const struct size_arguments *a, const struct dsfit_site *site,
		       const struct dsfit_gpu *gpu, struct dsfit_request *request,
		       struct size_nodes *out);
void size_nodes_free(struct size_nodes *nodes);

#endif
