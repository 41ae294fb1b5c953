/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PACE_H
#define DSFIT_PACE_H

#include <stdint.h>

#include "core/account/account.h"
#include "core/site/site.h"

/* How fast a training goes on a layout. */
struct dsfit_pace {
	double step_seconds;	/* an optimizer step, with its waiting; 0: not known */
	double waiting;		/* share of the step spent waiting for the network, 0 to 1;
				 * negative: not known */
	double days_per_billion;	/* days for a billion tokens; negative: not known */
};

/*
 * The pace of a training with this account on so many nodes, each linked by `network` bits per
 * second (0: not known). GPUs send while they compute, so a step takes as long as the slower of the
 * two, and the rest of the sending is waiting. On one node nothing is sent over the network.
 */
struct dsfit_pace dsfit_pace(const struct dsfit_training *training,
			     const struct dsfit_account *account, uint64_t nodes, uint64_t network);

/* $ per hour of so many GPUs of a class, each its share of the node's price; negative: not
 * known. */
double dsfit_price(const struct dsfit_node_class *class, uint64_t gpus);

/* $ for a billion tokens at $ per hour and days for a billion tokens; negative if either is. */
double dsfit_price_per_billion(double price, double days_per_billion);

#endif
