/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SEARCH_H
#define DSFIT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/plan.h"

/* The smallest change of a request, or, where nothing was asked, the best request, that fits. */

/* What a search may cost, and, in all, those of a decision that is in no greater hurry: so many
 * node classes assessed are some tenths of a second's worth. */
#define DSFIT_SEARCH_BUDGET UINT64_C(400000)

/*
 * What may be searched: begin with a policy's, then set what is to be different. Pointers are
 * borrowed and must outlive the search.
 */
struct dsfit_search {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	const struct dsfit_request *asked;
	unsigned may_change;		/* bits of enum dsfit_change */
	bool bound;			/* heed asked->bound */
	bool any_type;			/* a named GPU type may be replaced */
	uint64_t max_gpus, max_nodes;	/* that a change may reach */
	enum dsfit_verdict aim;		/* the worst verdict that is good enough */
	struct dsfit_assessment *closest;	/* gets the roomiest misfit; may be NULL */

	/* The search's own. */
	uint64_t budget;		/* classes that may still be assessed */
	const struct dsfit_request *typed;	/* `asked` in the user's own partition */
	enum dsfit_verdict gpu_aim;	/* of the GPUs alone */
	uint64_t n0, g0;		/* nodes and GPUs a node to start from */
	bool found;
	size_t fitted;			/* candidates that were good enough */
	struct dsfit_alternative best;
};

/* A search within a policy, which heeds what binds the nodes and settles for tight. */
struct dsfit_search dsfit_search_begin(const struct dsfit_site *site,
				       const struct dsfit_workload *workload,
				       const struct dsfit_request *asked,
				       const struct dsfit_policy *policy);

/*
 * The smallest change, or the plan's first row where nothing was asked: in the partition asked for
 * or the default one; in another only where the user named none. False where nothing fits; the
 * GPUs of what is found fit, never merely may.
 */
bool dsfit_search_run(struct dsfit_search *search, struct dsfit_alternative *out);

/*
 * The first rows of the plan within these bounds, whatever was asked: how many. They are in the
 * partition asked for or the default one, in others where nothing fits there; an experiment that
 * names none goes to a preemptible one first. What was asked is no part of `rows`. It has a budget
 * of the plan's; where that was not enough, none is left of the search's.
 */
size_t dsfit_search_plan(struct dsfit_search *search, struct dsfit_alternative *rows,
			 size_t capacity);

/* The request as asked, with no more than memory, scratch and network mended. */
bool dsfit_search_as_asked(struct dsfit_search *search, struct dsfit_alternative *out);

#endif
