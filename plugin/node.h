/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NODE_H
#define DSFIT_NODE_H

#include <slurm/spank.h>

/* On the node, in slurmstepd. */
int dsfit_node_init(spank_t spank);

#endif
