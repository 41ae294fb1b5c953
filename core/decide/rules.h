/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RULES_H
#define DSFIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/assess.h"
#include "core/site/site.h"

/*
 * A site's policy as rules: what follows from what was found of a job. Every gate goes by the same
 * table; struct dsfit_policy, what the table is applied with, is in core/site/policy.h.
 */

/*
 * The policy of a request's partition list (NULL or "" for the default one): the job may end up in
 * any of them, so the strictest of each rule. Whom it names is of each partition by itself, and
 * dsfit_policy_leave()'s to say: the lists here are empty.
 */
void dsfit_policy_of(const struct dsfit_site *site, const char *partitions,
		     struct dsfit_policy *out);

/* What the policy lets somebody have of its rules: what each of the partitions does. */
struct dsfit_leave {
	bool may_override, exempt;
};

struct dsfit_leave dsfit_policy_leave(const struct dsfit_site *site, const char *partitions,
				      const struct dsfit_who *who);

/*
 * The mode in force for a job. Who is exempt has at most advice from a policy. --ds-fit (`fit`,
 * where fit_given) may be stricter than that, and milder only where the job is exempt or its
 * user may override; *denied says that it was not heeded.
 */
enum dsfit_mode dsfit_policy_mode(const struct dsfit_policy *policy, bool exempt,
				  bool may_override, bool fit_given, enum dsfit_mode fit,
				  bool *denied);

/* Whether a policy takes the verdict for one that should not be. */
bool dsfit_policy_is_misfit(const struct dsfit_policy *policy, enum dsfit_verdict verdict);

/* What was found of a job. */
struct dsfit_finding {
	bool declared;			/* what follows is read only of a declared job */
	bool asks_nothing;		/* no GPU is asked for */
	bool unknown_gpu;		/* of a type that the configuration does not have */
	enum dsfit_verdict verdict;	/* overall */
	uint64_t gpus;			/* in all, of an undeclared one; UINT64_MAX: unknown */
};

enum dsfit_rule {
	DSFIT_RULE_SILENT,		/* let pass without a word */
	DSFIT_RULE_SAY,			/* let pass, and say what was found */
	DSFIT_RULE_CORRECT,		/* correct it where a way is open, or else refuse it */
	DSFIT_RULE_REFUSE,
};

/* The rule for a finding in a mode, as dsfit_policy_mode() has it. */
enum dsfit_rule dsfit_policy_rule(const struct dsfit_policy *policy, enum dsfit_mode mode,
				  const struct dsfit_finding *finding);

#endif
