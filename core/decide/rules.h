/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RULES_H
#define DSFIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/assess.h"
#include "core/site/limits.h"
#include "core/site/site.h"

/*
 * From a site's policy to what happens to a job: which policy applies to it, in which mode, and
 * which rule that gives for what was found. All gates use the same rules. struct dsfit_policy is in
 * core/site/policy.h.
 */

/*
 * The policy for a list of partitions (NULL or "": the default one). The job may run in any of
 * them, so it is the strictest of each rule. The lists of names in it are empty, because they apply
 * per partition: see dsfit_policy_leave().
 */
void dsfit_policy_of(const struct dsfit_site *site, const char *partitions,
		     struct dsfit_policy *out);

/*
 * The same, with what binds corrections, plans and alternatives of a job there: *limits are those
 * of the policy and of accounting together. The partitions are named apart from the request, which
 * may yet move to them.
 */
void dsfit_policy_bound(const struct dsfit_site *site, const struct dsfit_request *request,
			const char *partitions, const struct dsfit_standing *standing,
			struct dsfit_policy *out, struct dsfit_limits *limits);

/* Which of the policy's rules do not bind somebody. Both only if they hold in each partition. */
struct dsfit_leave {
	bool may_override, exempt;
};

struct dsfit_leave dsfit_policy_leave(const struct dsfit_site *site, const char *partitions,
				      const struct dsfit_who *who);

/*
 * The policy's mode for a job whose script alone says what it trains: what `inferred` says, but in
 * the modes off and advise never more than these.
 */
enum dsfit_mode dsfit_policy_inferred(const struct dsfit_policy *policy);

/*
 * The mode that applies to a job. For an `exempt` job the policy advises at most. --ds-fit (`fit`,
 * if fit_given) may be stricter than that; it may be milder only if the job is exempt or its user
 * may override. Otherwise it is ignored and *denied is set.
 */
enum dsfit_mode dsfit_policy_mode(const struct dsfit_policy *policy, bool exempt,
				  bool may_override, bool fit_given, enum dsfit_mode fit,
				  bool *denied);

/* Whether the verdict counts as not fitting: "exceeds", and "tight" if the policy refuses that. */
bool dsfit_policy_is_misfit(const struct dsfit_policy *policy, enum dsfit_verdict verdict);

/* What was found out about a job. */
struct dsfit_finding {
	bool declared;			/* the job says what it trains; else only `gpus` is read */
	bool wrong;			/* its declaration is wrong */
	bool not_understood;		/* dsfit cannot size what it declares */
	bool asks_nothing;		/* no GPU is asked for */
	bool unknown_gpu;		/* the GPU type is not in the configuration */
	enum dsfit_verdict verdict;	/* overall */
	uint64_t gpus;			/* of an undeclared job, in all; UINT64_MAX: not known */
};

enum dsfit_rule {
	DSFIT_RULE_SILENT,		/* let it pass without output */
	DSFIT_RULE_SAY,			/* let it pass, and say what was found */
	DSFIT_RULE_CORRECT,		/* correct it; refuse it if no correction is found */
	DSFIT_RULE_REFUSE,
};

/* The rule for what was found, in the mode that dsfit_policy_mode() returned. */
enum dsfit_rule dsfit_policy_rule(const struct dsfit_policy *policy, enum dsfit_mode mode,
				  const struct dsfit_finding *finding);

#endif
