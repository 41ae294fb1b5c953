/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HOST_H
#define DSFIT_HOST_H

#include <stdint.h>

struct dsfit_rank;

/* A node's memory and its scratch, in bytes per node. */

struct dsfit_host_account {
	uint64_t offload;		/* offloaded states of all ranks of a node, unrounded */
	uint64_t loading;		/* while the model is loaded, before it is partitioned */
	uint64_t saving;		/* what a checkpoint adds to training; 0: none is saved */
	uint64_t own;			/* the estimate of this account alone */
	uint64_t per_node;		/* the same, or the hardware guide's minimum if larger */
	uint64_t low, high;		/* `low` is without a checkpoint */
	uint64_t guide_minimum;		/* the hardware guide's; per_node and high are not below */
};

struct dsfit_nvme_account {
	uint64_t per_node;
	uint64_t low, high;
};

/* Fill *out with a node's memory. */
void dsfit_host_account(const struct dsfit_rank *rank, struct dsfit_host_account *out);

/* Fill *out with what NVMe offload writes to a node's scratch; all 0 without it. */
void dsfit_nvme_account(const struct dsfit_rank *rank, struct dsfit_nvme_account *out);

#endif
