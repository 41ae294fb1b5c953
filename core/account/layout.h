/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LAYOUT_H
#define DSFIT_LAYOUT_H

#include <stdint.h>

/* Where a job runs: the part of a request and of a site that the account depends on. */
struct dsfit_layout {
	uint64_t nodes;
	uint64_t gpus_per_node;		/* on the node that has most of them */
	uint64_t gpus;			/* in all */
	double tflops;			/* one GPU's dense 16-bit peak; 0: not known */
	uint64_t context;		/* bytes of CUDA's context on this card; 0: the settings' */
};

#endif
