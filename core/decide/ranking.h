/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RANKING_H
#define DSFIT_RANKING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decide/assess.h"
#include "core/decide/ways.h"

/* A request that fits. */
struct dsfit_alternative {
	struct dsfit_request request;
	struct dsfit_assessment assessment;
	unsigned changes;	/* bits of enum dsfit_change: how it differs from what was asked */
	bool preemptible;	/* dsfit chose a preemptible partition: the job wants --requeue */
	bool planned;		/* for anything: what was asked for cannot become this */
	bool retrained;		/* the training has to change as well: `way` */
	struct dsfit_way way;
};

/*
 * Whether a is better than b for a goal. The lower comes first in each step, and what is not known
 * comes last:
 *
 *     each goal                   whether it waits for the network longer than network-wait
 *     development, experiment     $ per hour, GPUs, nodes
 *     production                  whether more than the site's production_wait of a step is spent
 *                                 waiting for the network, $ per token, $ per hour, GPUs, nodes
 *
 * If all are equal and have a price, one where an evaluation that nobody has declared fits as well
 * is better (dsfit_evaluation_is_tight()). Else the class that comes first in the configuration is.
 */
bool dsfit_is_better(const struct dsfit_site *site, enum dsfit_goal goal,
		     const struct dsfit_assessment *a, const struct dsfit_assessment *b);

/* Whether more of a step than the site's production_wait is spent waiting for the network, or
 * nobody knows how much. */
bool dsfit_waits_too_long(const struct dsfit_site *site, const struct dsfit_assessment *a);

/* The best alternatives so far, best first. The caller provides room for `capacity`, at least 1. */
struct dsfit_ranking {
	const struct dsfit_site *site;
	enum dsfit_goal goal;
	struct dsfit_alternative *rows;
	size_t capacity, count;
};

/*
 * Rank an alternative: by its verdict, for an experiment preemptible partitions before others, then
 * by dsfit_is_better(). A row is dropped if another one makes it pointless: one of the same GPU
 * type that is no worse in verdict, number of nodes and price, and that has as many GPUs, or fewer
 * while the row leaves GPUs of its nodes over. One that waits too long for the network makes none
 * pointless that does not.
 */
void dsfit_rank(struct dsfit_ranking *ranking, const struct dsfit_alternative *row);

#endif
