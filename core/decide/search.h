/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SEARCH_H
#define DSFIT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/landing.h"
#include "core/decide/plan_inputs.h"
#include "core/decide/ranking.h"

/* The search for a correction: the smallest change of a request after which the job fits. */

/* What all searches of a decision may cost together. If one of them becomes 0, something that fits
 * may be missed. */
struct dsfit_budget {
	uint64_t classes;		/* node classes that may be assessed */
	uint64_t layouts;		/* layouts that plans may look at: DSFIT_PLAN_BUDGET */
};

/* What to search for. Begin with dsfit_search_begin(), then set what is different. Pointers are
 * borrowed. */
struct dsfit_search {
	struct dsfit_accounts *accounts;	/* of the training, at the site */
	const struct dsfit_site *site;	/* theirs */
	const struct dsfit_request *asked;
	unsigned may_change;		/* bits of enum dsfit_change */
	bool bound;			/* asked->bound limits the number of nodes */
	bool any_type;			/* a GPU type that the user named may be replaced */
	uint64_t max_gpus, max_nodes;	/* the policy's, wherever a change moves the job */
	struct dsfit_standing standing;	/* whose limits it keeps to */
	const struct dsfit_limits *limits;	/* his in the partitions asked for */
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	struct dsfit_assessment *closest;	/* gets the closest misfit; NULL: not wanted */
	struct dsfit_budget *budget;	/* counted down */
	bool gpus_fit;			/* set to whether GPUs were large enough anywhere, by
					 * dsfit_search_as_asked() and dsfit_search_plan() */
};

/* A search within a policy: it keeps to what limits the number of nodes, and a job may be tight
 * unless the policy refuses that. `limits` are the job's limits in the partitions asked for. */
struct dsfit_search dsfit_search_begin(struct dsfit_accounts *accounts,
				       const struct dsfit_request *asked,
				       const struct dsfit_policy *policy,
				       const struct dsfit_standing *standing,
				       const struct dsfit_limits *limits,
				       struct dsfit_budget *budget);

/*
 * The smallest change of the request that fits, or if it asks for no GPU the best row of a plan. It
 * is in the partition asked for or the default one, and in another only if the user named none and
 * nothing fits there. Returns false if nothing was found. GPUs of what is found fit; only host
 * memory and the rest may be tight.
 */
bool dsfit_search_run(struct dsfit_search *search, struct dsfit_alternative *out);

/* The request itself, with more memory or scratch or a constraint for a faster network at most.
 * `landing` is the request's, and learns for the next training. Returns false if that does not
 * fit. */
bool dsfit_search_as_asked(struct dsfit_search *search, struct dsfit_landing *landing,
			   struct dsfit_alternative *out);

/*
 * The best rows of a plan within the same limits, whatever GPUs were asked for. Returns how many.
 * They are in the partition asked for or the default one, and in others if nothing fits there; for
 * an experiment, in preemptible ones first. search->asked must not lie within `rows`.
 */
size_t dsfit_search_plan(struct dsfit_search *search, struct dsfit_alternative *rows,
			 size_t capacity);

#endif
