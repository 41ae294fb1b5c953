/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NODE_H
#define DSFIT_NODE_H

#include <slurm/spank.h>

/* Slurm's call on the node, in slurmstepd. Returns 0. */
int dsfit_node_init(spank_t spank);

#endif
