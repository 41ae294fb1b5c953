/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/rules.h"

#include <string.h>

#include "core/base/size.h"

/* For undeclared jobs, the stricter rule with its number of GPUs; if both are the same rule, the
 * smaller number. */
static void add_undeclared(struct dsfit_policy *p, const struct dsfit_policy *other)
{
	if (other->undeclared > p->undeclared)
		p->undeclared_from_gpus = other->undeclared_from_gpus;
	else if (other->undeclared == p->undeclared)
		p->undeclared_from_gpus = dsfit_min(p->undeclared_from_gpus,
						    other->undeclared_from_gpus);
	p->undeclared = other->undeclared > p->undeclared ? other->undeclared : p->undeclared;
}

void dsfit_policy_of(const struct dsfit_site *site, const char *partitions,
		     struct dsfit_policy *out)
{
	enum dsfit_network_rule network = dsfit_site_network_rule(site, partitions);

	*out = *dsfit_site_next_policy(site, &partitions);
	out->network = network;
	while (*partitions) {
		const struct dsfit_policy *other = dsfit_site_next_policy(site, &partitions);

		out->mode = other->mode > out->mode ? other->mode : out->mode;
		out->may_change &= other->may_change;
		out->refuse_tight |= other->refuse_tight;
		out->max_gpus = dsfit_min(out->max_gpus, other->max_gpus);
		out->max_nodes = dsfit_min(out->max_nodes, other->max_nodes);
		add_undeclared(out, other);
		out->inferred = other->inferred > out->inferred ? other->inferred : out->inferred;
		out->inferred_declares &= other->inferred_declares;
		if (other->unknown_gpu > out->unknown_gpu)
			out->unknown_gpu = other->unknown_gpu;
		/* The first partition that has one. */
		if (!out->help_url[0])
			strcpy(out->help_url, other->help_url);
	}
	out->may_override = out->exempt = (struct dsfit_names){ 0 };
}

/* Whether a correction of the request says on how many nodes. Slurm ignores a partition's MaxNodes
 * only for such jobs. */
static bool states_nodes(const struct dsfit_request *request)
{
	return request->nodes_given || request->scope == DSFIT_GPUS_UNSET ||
	       request->scope == DSFIT_GPUS_PER_NODE;
}

void dsfit_policy_bound(const struct dsfit_site *site, const struct dsfit_request *request,
			const char *partitions, const struct dsfit_standing *standing,
			struct dsfit_policy *out, struct dsfit_limits *limits)
{
	dsfit_policy_of(site, partitions, out);
	*limits = dsfit_site_limits(site, partitions, standing);
	if (states_nodes(request) && dsfit_ignores_max_nodes(site, standing))
		out->max_nodes = site->policy.max_nodes;
	limits->gpus = dsfit_min(out->max_gpus, limits->gpus);
	limits->nodes = dsfit_min(out->max_nodes, limits->nodes);
}

struct dsfit_leave dsfit_policy_leave(const struct dsfit_site *site, const char *partitions,
				      const struct dsfit_who *who)
{
	struct dsfit_leave leave = { true, true };

	do {
		const struct dsfit_policy *policy = dsfit_site_next_policy(site, &partitions);

		leave.may_override = leave.may_override &&
				     dsfit_policy_names(&policy->may_override, who);
		leave.exempt = leave.exempt && dsfit_policy_names(&policy->exempt, who);
	} while (*partitions);
	return leave;
}

enum dsfit_mode dsfit_policy_inferred(const struct dsfit_policy *policy)
{
	return policy->mode > DSFIT_MODE_ADVISE || policy->inferred < policy->mode ?
		       policy->inferred : policy->mode;
}

enum dsfit_mode dsfit_policy_mode(const struct dsfit_policy *policy, bool exempt,
				  bool may_override, bool fit_given, enum dsfit_mode fit,
				  bool *denied)
{
	enum dsfit_mode mode = policy->mode;

	if (exempt && mode > DSFIT_MODE_ADVISE)
		mode = DSFIT_MODE_ADVISE;
	*denied = false;
	if (!fit_given || fit == mode)
		return mode;
	if (fit > mode || exempt || may_override)
		return fit;
	*denied = true;
	return mode;
}

/* How serious a finding is to the policy, whatever the mode. */
enum weight {
	WEIGHT_NONE,		/* nothing to tell */
	WEIGHT_WORD,		/* to be told, but never a reason to stop the job */
	WEIGHT_MISFIT,		/* the request does not fit; a correction may exist */
	WEIGHT_BARRED,		/* the policy refuses such jobs; no correction helps */
	WEIGHT_WRONG,		/* the declaration is wrong: its user wants to know in any mode */
	WEIGHT_NOT_UNDERSTOOD,	/* dsfit cannot use the declaration, which may be right */
	WEIGHTS
};

/* The rules. The columns are the modes off, advise, correct and reject. */
static const enum dsfit_rule rules[WEIGHTS][DSFIT_MODE_REJECT + 1] = {
	[WEIGHT_NONE] = {
		DSFIT_RULE_SILENT, DSFIT_RULE_SILENT, DSFIT_RULE_SILENT, DSFIT_RULE_SILENT },
	[WEIGHT_WORD] = {
		DSFIT_RULE_SILENT, DSFIT_RULE_SAY, DSFIT_RULE_SAY, DSFIT_RULE_SAY },
	[WEIGHT_MISFIT] = {
		DSFIT_RULE_SILENT, DSFIT_RULE_SAY, DSFIT_RULE_CORRECT, DSFIT_RULE_REFUSE },
	[WEIGHT_BARRED] = {
		DSFIT_RULE_SILENT, DSFIT_RULE_SAY, DSFIT_RULE_REFUSE, DSFIT_RULE_REFUSE },
	[WEIGHT_WRONG] = {
		DSFIT_RULE_SAY, DSFIT_RULE_SAY, DSFIT_RULE_REFUSE, DSFIT_RULE_REFUSE },
	[WEIGHT_NOT_UNDERSTOOD] = {
		DSFIT_RULE_SAY, DSFIT_RULE_SAY, DSFIT_RULE_SAY, DSFIT_RULE_SAY },
};

static enum weight weigh_unheeded(enum dsfit_unheeded unheeded)
{
	static const enum weight weights[] = {
		[DSFIT_ACCEPT] = WEIGHT_NONE,
		[DSFIT_WARN] = WEIGHT_WORD,
		[DSFIT_REJECT] = WEIGHT_BARRED,
	};

	return weights[unheeded];
}

bool dsfit_policy_is_misfit(const struct dsfit_policy *policy, enum dsfit_verdict verdict)
{
	return verdict == DSFIT_EXCEEDS || (verdict == DSFIT_TIGHT && policy->refuse_tight);
}

static enum weight weigh(const struct dsfit_policy *policy, const struct dsfit_finding *f)
{
	if (f->wrong)
		return WEIGHT_WRONG;
	if (f->not_understood)
		return WEIGHT_NOT_UNDERSTOOD;
	if (!f->declared)
		return f->gpus < policy->undeclared_from_gpus ? WEIGHT_NONE :
				weigh_unheeded(policy->undeclared);
	if (f->unknown_gpu)
		return weigh_unheeded(policy->unknown_gpu);
	return f->asks_nothing || dsfit_policy_is_misfit(policy, f->verdict) ? WEIGHT_MISFIT :
									       WEIGHT_WORD;
}

enum dsfit_rule dsfit_policy_rule(const struct dsfit_policy *policy, enum dsfit_mode mode,
				  const struct dsfit_finding *finding)
{
	return rules[weigh(policy, finding)][mode];
}
