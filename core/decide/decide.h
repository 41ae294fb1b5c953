/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECIDE_H
#define DSFIT_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/search.h"

/*
 * The one decision: declaration, request and site in; verdict, corrected request and
 * alternatives out. Every gate acts on it, and every word is made from it.
 */

enum dsfit_action {
	DSFIT_PASS,		/* as asked */
	DSFIT_CORRECT,		/* as `corrected` */
	DSFIT_REFUSE,
};

/* Why a misfit is not corrected. */
enum dsfit_obstacle {
	DSFIT_NO_OBSTACLE,
	DSFIT_OBSTACLE_MODE,		/* the policy says reject */
	DSFIT_OBSTACLE_WISH,		/* the user does, with --ds-fit */
	DSFIT_OBSTACLE_OTHER,		/* what fits is no enlargement of what was asked */
	DSFIT_OBSTACLE_MAY_CHANGE,	/* `forbidden` would have to change */
	DSFIT_OBSTACLE_TASKS,		/* more nodes, but a task count was typed */
	DSFIT_OBSTACLE_LAUNCH,		/* more nodes, but srun's task count is fixed */
	DSFIT_OBSTACLE_LIST,		/* other nodes, but the user chose which */
	DSFIT_OBSTACLE_NOTHING_FITS,	/* no request of this site's does */
	DSFIT_OBSTACLE_UNKNOWN_GPU,	/* the policy refuses GPU types it does not know */
	DSFIT_OBSTACLE_FIXED,		/* the client has gone by what was typed already */
	DSFIT_OBSTACLE_TIME,		/* none was found in what the decision may cost */
};

#define DSFIT_ALTERNATIVES 3

struct dsfit_decision {
	enum dsfit_action action;
	enum dsfit_mode mode;		/* in force, after --ds-fit */
	bool fit_denied;		/* --ds-fit asked for less than the policy allows */
	enum dsfit_obstacle obstacle;
	unsigned forbidden;		/* bits of enum dsfit_change */
	bool request_unknown;		/* the gate could not read it */
	bool nothing_asked;		/* no GPU was asked for: the request is dsfit's own */
	struct dsfit_request asked;
	struct dsfit_assessment assessment;	/* of what was asked */
	struct dsfit_alternative corrected;	/* where action is DSFIT_CORRECT */
	struct dsfit_assessment closest;	/* where nothing fits: the roomiest tried */
	struct dsfit_alternative alternatives[DSFIT_ALTERNATIVES];
	size_t alternative_count;
	uint64_t budget;		/* what is left of the gate's */
};

/* What the gate can do with a decision, besides reading it. */
struct dsfit_gate {
	bool can_read;		/* the request is known; otherwise all there is is advice */
	bool may_override;	/* the user may choose a milder mode than the site's */
	bool exempt;		/* the policy neither corrects nor refuses the user's jobs */
	bool can_rewrite;	/* the request can be changed here at all */
	unsigned fixed;		/* bits of enum dsfit_change that are too late to make here */
	uint64_t budget;	/* what it may cost, as dsfit_search has it; 0: one search's */
	unsigned own_form;	/* the `form` of a request that dsfit makes itself */
};

/* Whether there is a request that fits with the training as it is declared, besides what was asked:
 * those for another training come last. */
bool dsfit_something_fits(const struct dsfit_decision *decision);

/*
 * Decide. Neither fails nor keeps anything; `out` borrows node classes and cards from the site.
 * Correcting a corrected request changes nothing, for it fits.
 */
void dsfit_decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, const struct dsfit_gate *gate,
		  struct dsfit_decision *out);

#endif
