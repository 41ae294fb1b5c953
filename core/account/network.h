/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_NETWORK_H
#define DSFIT_NETWORK_H

#include <stdint.h>

struct dsfit_rank;

/* What a training sends, and the network that it requires. */
struct dsfit_network_account {
	uint64_t bytes_per_step;	/* that a GPU sends in an optimizer step */
	uint64_t between;		/* of them, bytes that a node's link carries */
	uint64_t required;		/* bits per second and node; 0 on one node */
	uint64_t low;			/* a network slower than this is a misfit */
	double step_seconds;		/* of computing alone; 0 where tflops is not known */
};

/* Fill *out. The required network is so fast that a step spends no more than the settings'
 * network_wait waiting for it. */
void dsfit_network_account(const struct dsfit_rank *rank, struct dsfit_network_account *out);

#endif
