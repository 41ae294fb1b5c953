/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECIDE_H
#define DSFIT_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/search.h"

/*
 * The decision: what happens to a job, given what it trains, what it asks for, and the site. All
 * gates act on it (sbatch's plugin, slurmctld's plugin, the command), and all output is made from
 * it.
 */

enum dsfit_action {
	DSFIT_PASS,		/* let the job run as it is */
	DSFIT_CORRECT,		/* change its request to `corrected` */
	DSFIT_REFUSE,
};

/* Why a request that does not fit is not corrected. */
enum dsfit_obstacle {
	DSFIT_NO_OBSTACLE,
	DSFIT_OBSTACLE_MODE,		/* the policy's mode is reject */
	DSFIT_OBSTACLE_WISH,		/* the user's --ds-fit is reject */
	DSFIT_OBSTACLE_OTHER,		/* what fits is not a larger request of the same kind */
	DSFIT_OBSTACLE_MAY_CHANGE,	/* `forbidden` would have to change */
	DSFIT_OBSTACLE_TASKS,		/* it needs more nodes, but the user typed the tasks */
	DSFIT_OBSTACLE_PROCESSES,	/* it needs more tasks, one for each GPU */
	DSFIT_OBSTACLE_LAUNCH,		/* it needs more nodes, but srun has fixed its tasks */
	DSFIT_OBSTACLE_LIST,		/* it needs other nodes, but the user chose them */
	DSFIT_OBSTACLE_NOTHING_FITS,	/* no request at this site fits */
	DSFIT_OBSTACLE_UNKNOWN_GPU,	/* the policy refuses types that the site lacks */
	DSFIT_OBSTACLE_FIXED,		/* the client has already used what would have to change */
	DSFIT_OBSTACLE_TIME,		/* the search used up its budget before it found one */
};

#define DSFIT_ALTERNATIVES 3

/* Node classes and cards are borrowed from the site. */
struct dsfit_decision {
	enum dsfit_action action;
	enum dsfit_mode mode;		/* what applies, the policy and --ds-fit considered */
	bool fit_denied;		/* --ds-fit is milder than the user may choose */
	enum dsfit_obstacle obstacle;
	unsigned forbidden;		/* bits of enum dsfit_change */
	bool request_unknown;		/* the gate could not read the request */
	bool nothing_asked;		/* no GPU was asked for, so dsfit makes the request */
	bool no_memory;			/* it was out: what was not found may be there, and a
					 * gate neither corrects nor refuses a job then */
	struct dsfit_request asked;
	struct dsfit_limits limits;	/* the most that a correction or an alternative may have */
	struct dsfit_assessment assessment;	/* of what was asked */
	/* If nothing fits, the request that comes closest; not `placed` if there is none. */
	struct dsfit_assessment closest;
	size_t alternative_count;
	/* The largest micro-batch with which the request fits as it was asked, if the GPUs have no
	 * room for the declared one; 0: none, or it was not looked for. */
	uint64_t largest_batch;
	struct dsfit_budget budget;	/* what is left of it */
	/* Most of the bytes, which are set only where there is something to say. */
	struct dsfit_alternative corrected;	/* if the action is DSFIT_CORRECT */
	struct dsfit_alternative alternatives[DSFIT_ALTERNATIVES];
};

/* What is special about the place where the decision is made. */
struct dsfit_gate {
	bool can_read;		/* the request is known; if not, the decision is advice only */
	bool may_override;	/* the user may choose a milder mode than the site's */
	bool exempt;		/* the policy neither corrects nor refuses this user's jobs */
	bool can_rewrite;	/* the request can be changed here */
	unsigned fixed;		/* bits of enum dsfit_change that are too late to make here */
	uint64_t budget;	/* for the searches; 0: the site's controller-budget */
	unsigned own_form;	/* the `form` of a request that dsfit makes itself */
	const struct dsfit_who *who;	/* whose job it is, for his limits; NULL: not known */
	/* Whether the user has been told this assessment of the request. If a misfit is only to be
	 * said, nothing else is looked for then. NULL: he has been told nothing. */
	bool (*is_told)(const void *context, const struct dsfit_decision *decision);
	const void *context;		/* of is_told() */
};

/* Whether a request was found that fits the training as it is declared. Alternatives for another
 * training come last, so the first one tells. */
bool dsfit_something_fits(const struct dsfit_decision *decision);

/*
 * Decide about a job. Cannot fail. A corrected request fits, so a second decision about it passes
 * it unchanged.
 */
void dsfit_decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, const struct dsfit_gate *gate,
		  struct dsfit_decision *out);

#endif
