/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_STORAGE_H
#define DSFIT_STORAGE_H

#include <stdint.h>

struct dsfit_rank;

/* What a training takes on shared storage, in bytes. */
struct dsfit_storage_account {
	uint64_t checkpoint;		/* one, with the optimizer's states */
	uint64_t total;			/* model, checkpoints that are kept and the dataset, or the
					 * hardware guide's figure if larger */
	uint64_t low, high;		/* with one checkpoint alone; with one more than are kept */
};

/* Fill *out. `trainable` are the trained parameters of the whole model. */
void dsfit_storage_account(const struct dsfit_rank *rank, uint64_t trainable,
			   struct dsfit_storage_account *out);

#endif
