/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision about one job. The policy's rule for the verdict (core/decide/rules.c) says which
 * way it goes:
 *
 *     assess the request --> rule --+--> silent, say    pass
 *                                   |
 *                                   +--> correct        correct it, if a search finds a correction
 *                                   |                   that the policy and the gate allow
 *                                   |       | none
 *                                   |       v
 *                                   +--> refuse         refuse it with alternatives, and say why
 *
 * An alternative is a request that would fit if the user typed it. Alternatives are looked for
 * beyond what the policy and the gate allow: the nearest request, one with another GPU type, and if
 * there is none of these, the best that the site has; then the same request with another way to
 * train, and if nothing else fits, the best of the site with one (core/decide/ways.c).
 * Comparing the first of them with the policy tells why the job was not corrected: the obstacle.
 *
 * Searches cost time and slurmctld waits for them, so all searches of a decision share a budget.
 */
#include "core/decide/decide.h"

#include <string.h>

#include "core/base/size.h"
#include "core/decide/landing.h"
#include "core/decide/rules.h"
#include "core/decide/solve.h"
#include "core/decide/ways.h"
#include "core/request/processes.h"
#include "core/site/limits.h"

/* What a decision is made about: constant while it is made. */
struct job {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	const struct dsfit_gate *gate;
	struct dsfit_policy policy;	/* of the partitions that were asked for */
	struct dsfit_standing standing;	/* of the job in accounting */
	const struct dsfit_limits *limits;	/* of the job in these partitions */
	struct dsfit_accounts *accounts;	/* of the workload */
};

static struct dsfit_search begin_search(const struct job *job, struct dsfit_accounts *accounts,
					const struct dsfit_request *asked,
					struct dsfit_decision *d)
{
	return dsfit_search_begin(accounts, asked, &job->policy, &job->standing, job->limits,
				  &d->budget);
}

/* A search for what the user may type: the policy's limits on changes do not apply. */
static struct dsfit_search begin_free(const struct job *job, const struct dsfit_request *asked,
				      struct dsfit_decision *d)
{
	struct dsfit_search s = begin_search(job, job->accounts, asked, d);

	s.may_change = DSFIT_CHANGE_ALL;
	s.bound = false;
	return s;
}

/* --- alternatives ------------------------------------------------------------------------- */

static bool same_request(const struct dsfit_request *a, const struct dsfit_request *b)
{
	return !dsfit_request_difference(a, b) && a->tasks == b->tasks &&
	       a->tasks_per_node == b->tasks_per_node;
}

static bool is_tight(const struct dsfit_alternative *one)
{
	return one->assessment.overall == DSFIT_TIGHT;
}

/* Whether an alternative is more than a hope. */
static bool is_any_sure(const struct dsfit_decision *d)
{
	for (size_t i = 0; i < d->alternative_count; i++)
		if (!is_tight(&d->alternatives[i]))
			return true;
	return false;
}

/* Whether other nodes may be needed than the user chose: then the request must not name his. It was
 * assessed as if he had named none, so it may also be spread over more nodes than these, or need
 * larger ones. */
static bool needs_others(const struct dsfit_site *site, const struct dsfit_decision *d,
			 const struct dsfit_alternative *one)
{
	const struct dsfit_request *asked = &d->asked;
	struct dsfit_request there = one->request;
	uint64_t nodes = d->assessment.layout.nodes;

	if (!asked->chosen_nodes[0])
		return false;
	if (asked->bound == DSFIT_NODES_BOUND_BY_LIST)
		nodes = asked->nodes_limit;
	if (one->changes & asked->kept || one->assessment.layout.nodes > nodes)
		return true;
	there.bound = asked->bound;
	return !dsfit_stays_on(site, asked, &there);
}

/* What is tight comes after the requests that fit, and before other ways to train. */
static void add_alternative(const struct dsfit_site *site, struct dsfit_decision *d,
			    const struct dsfit_alternative *one)
{
	size_t at = d->alternative_count;

	for (size_t i = 0; i < d->alternative_count; i++)
		if (same_request(&d->alternatives[i].request, &one->request))
			return;
	if (at == DSFIT_ALTERNATIVES && is_tight(&d->alternatives[at - 1]) && !is_tight(one))
		d->alternative_count = --at;
	if (at == DSFIT_ALTERNATIVES)
		return;
	for (; at && !one->retrained && !is_tight(one) && is_tight(&d->alternatives[at - 1]); at--)
		d->alternatives[at] = d->alternatives[at - 1];
	d->alternatives[at] = *one;
	if (needs_others(site, d, one))
		d->alternatives[at].request.chosen_nodes[0] = '\0';
	d->alternative_count++;
}

/* The request as if the user had not named the nodes. No alternative names any, so the worst class
 * counts, where it may land. */
static struct dsfit_request without_names(const struct dsfit_request *asked)
{
	struct dsfit_request r = *asked;

	if (r.bound == DSFIT_NODES_BOUND_BY_LIST)
		r.bound = DSFIT_NODES_FREE;
	return r;
}

/* Where ways to train are looked for. */
struct place {
	const struct job *job;
	const struct dsfit_request *asked;
	bool planned;			/* the site's best request, not this with more memory */
	struct dsfit_decision *decision;
	struct dsfit_landing landing;	/* of `asked`, if it is not planned */
	struct dsfit_alternative found;	/* with the way that was judged last, if that has room */
};

/* A dsfit_way_judge. */
static enum dsfit_room judge_way(void *context, const struct dsfit_workload *other)
{
	struct place *place = context;
	const struct job *job = place->job;
	struct dsfit_accounts accounts;
	struct dsfit_search s;
	bool found;

	/* Nothing is found any more: end the chain. */
	if (!place->decision->budget.classes || !place->decision->budget.layouts)
		return DSFIT_NO_ROOM_ON_GPU;
	dsfit_accounts_begin(&accounts, job->site, other);
	s = begin_search(job, &accounts, place->asked, place->decision);
	s.aim = DSFIT_FITS;
	s.may_change = place->planned ? DSFIT_CHANGE_ALL : DSFIT_CHANGE_MEMORY;
	s.bound = !place->planned;
	found = place->planned ? dsfit_search_plan(&s, &place->found, 1) :
			 dsfit_search_as_asked(&s, &place->landing, &place->found);
	place->decision->no_memory |= accounts.no_memory;
	dsfit_accounts_end(&accounts);
	return found ? DSFIT_ROOM : s.gpus_fit ? DSFIT_NO_ROOM : DSFIT_NO_ROOM_ON_GPU;
}

/* The most GPUs that a request can get: of the request as it is, or of any. */
static uint64_t most_gpus(const struct job *job, const struct dsfit_decision *d, bool any)
{
	const struct dsfit_request *asked = &d->asked;

	if (!any && d->assessment.placed && asked->nodes_max <= asked->nodes_min)
		return d->assessment.layout.gpus;
	return dsfit_site_most_gpus(job->site);
}

/* Add a way to train with which a request fits. The user may choose it; dsfit never changes a
 * training. No way changes its parallelism, so that there is none where that needs more GPUs. */
static void add_way(const struct job *job, const struct dsfit_request *asked, bool planned,
		    struct dsfit_decision *d)
{
	struct place place = { .job = job, .asked = asked, .planned = planned, .decision = d };
	const struct dsfit_account *account = &d->assessment.account;
	struct dsfit_way way;

	if (dsfit_layout_multiple(&job->workload->training) > most_gpus(job, d, planned))
		return;
	if (!planned && !dsfit_landing_begin(&place.landing, job->site, asked)) {
		d->no_memory = true;
		return;
	}
	if (dsfit_find_way(job->workload, account->micro_batch, judge_way, &place, &way)) {
		place.found.changes = dsfit_request_difference(&d->asked, &place.found.request);
		place.found.retrained = true;
		place.found.way = way;
		add_alternative(job->site, d, &place.found);
	}
	dsfit_landing_end(&place.landing);
}

/* A request for anything, on the same account. With `own` it keeps the user's partition and
 * constraint. */
static struct dsfit_request anything(const struct job *job, const struct dsfit_request *asked,
				     bool own)
{
	struct dsfit_request r = { .nodes_min = 1, .form = job->gate->own_form };

	strcpy(r.other_gres, asked->other_gres);
	strcpy(r.excluded_nodes, asked->excluded_nodes);
	strcpy(r.account, asked->account);
	strcpy(r.qos, asked->qos);
	if (own) {
		strcpy(r.partition, asked->partition);
		strcpy(r.features, asked->features);
	}
	return r;
}

/* Add the best request of the site, whatever was asked for, or note how far off it is: in the
 * user's partition and under the user's constraint if it is `own`. */
static void add_best(const struct job *job, bool own, struct dsfit_decision *d)
{
	const struct dsfit_request any = anything(job, &d->asked, own);
	struct dsfit_search s = begin_free(job, &any, d);
	struct dsfit_alternative one;

	if (own || !d->closest.placed)
		s.closest = &d->closest;
	if (d->alternative_count)
		s.aim = DSFIT_FITS;
	if (!dsfit_search_plan(&s, &one, 1))
		return;
	one.changes = dsfit_request_difference(&d->asked, &one.request);
	one.planned = true;
	add_alternative(job->site, d, &one);
}

/* Add what fits if nothing else was found that is sure to: the best request as the job is trained,
 * then the request as it was asked with another way to train, then the best request with such a
 * way. */
static void add_last_resorts(const struct job *job, const struct dsfit_request *asked,
			     struct dsfit_decision *d)
{
	bool chose = d->asked.partition[0] || d->asked.features[0];
	struct dsfit_request any;

	if (!is_any_sure(d))
		add_best(job, true, d);
	if (d->asked.scope != DSFIT_GPUS_UNSET)
		add_way(job, asked, false, d);
	for (int own = 1; !is_any_sure(d) && own >= !chose; own--) {
		if (!own)
			add_best(job, false, d);
		any = anything(job, &d->asked, own);
		if (!is_any_sure(d))
			add_way(job, &any, true, d);
	}
}

/* A dsfit_solve_judge of the micro-batch. */
static bool judge_batch(void *context, uint64_t micro_batch)
{
	struct place *place = context;
	struct dsfit_budget *budget = &place->decision->budget;
	struct dsfit_workload other = *place->job->workload;
	struct dsfit_accounts accounts;
	struct dsfit_assessment a;

	if (!budget->classes)
		return false;
	other.training.micro_batch = micro_batch;
	other.training.micro_batch_given = true;
	dsfit_accounts_begin(&accounts, place->job->site, &other);
	dsfit_assess_among(&accounts, place->asked, NULL, 0, &a);
	dsfit_accounts_end(&accounts);
	budget->classes -= dsfit_min(budget->classes, accounts.assessed);
	return dsfit_solve_fits(&a);
}

/* Note the largest micro-batch that fits the request as it was asked, unless the file fixes the
 * batch of all ranks. It is not known if the time is up. */
static void add_largest_batch(const struct job *job, struct dsfit_decision *d)
{
	struct place place = { .job = job, .asked = &d->asked, .decision = d };
	uint64_t micro_batch = d->assessment.account.micro_batch;

	if (d->nothing_asked || !d->assessment.placed || d->assessment.gpu < DSFIT_TIGHT ||
	    micro_batch < 2 || job->workload->training.train_batch)
		return;
	d->largest_batch = dsfit_solve(micro_batch - 1, judge_batch, &place);
	if (!d->budget.classes)
		d->largest_batch = 0;
}

/* Plan for a job that asked for no GPUs: on the nodes that it names, if they are known, else on any
 * without naming some. */
static void plan_alternatives(const struct job *job, const struct dsfit_request *asked,
			      struct dsfit_decision *d)
{
	struct dsfit_search s = begin_free(job, &d->asked, d);

	if (job->site->listed)
		d->alternative_count = dsfit_search_plan(&s, d->alternatives, DSFIT_ALTERNATIVES);
	if (d->alternative_count)
		return;
	s = begin_free(job, asked, d);
	d->alternative_count = dsfit_search_plan(&s, d->alternatives, DSFIT_ALTERNATIVES);
	for (size_t i = 0; i < d->alternative_count; i++)
		d->alternatives[i].request.chosen_nodes[0] = '\0';
}

static void find_alternatives(const struct job *job, struct dsfit_decision *d)
{
	const struct dsfit_request asked = without_names(&d->asked);
	struct dsfit_search s = begin_free(job, &asked, d);
	struct dsfit_alternative one;

	if (d->nothing_asked)
		plan_alternatives(job, &asked, d);
	else if (dsfit_search_run(&s, &one))
		add_alternative(job->site, d, &one);
	if (d->asked.gpu_type[0]) {
		s = begin_free(job, &asked, d);
		s.any_type = true;
		s.closest = &d->closest;
		if (dsfit_search_run(&s, &one))
			add_alternative(job->site, d, &one);
	}
	add_last_resorts(job, &asked, d);
}

/* --- what is done ------------------------------------------------------------------------- */

static bool needs_tasks(const struct dsfit_request *asked, const struct dsfit_request *to)
{
	return asked->tasks_per_node != to->tasks_per_node ||
	       (asked->tasks != to->tasks && !asked->tasks_follow);
}

/* Why a correction to the first alternative is not made. */
static enum dsfit_obstacle find_obstacle(const struct job *job, struct dsfit_decision *d)
{
	static const enum dsfit_obstacle bounds[] = {
		[DSFIT_NODES_FREE] = DSFIT_OBSTACLE_OTHER,
		[DSFIT_NODES_BOUND_BY_TASKS] = DSFIT_OBSTACLE_TASKS,
		[DSFIT_NODES_BOUND_BY_LAUNCH] = DSFIT_OBSTACLE_LAUNCH,
		[DSFIT_NODES_BOUND_BY_LIST] = DSFIT_OBSTACLE_LIST,
	};
	const struct dsfit_alternative *first = &d->alternatives[0];

	/* The plan may have found something even so, but the search did not end. */
	if (!d->budget.classes || !d->budget.layouts)
		return DSFIT_OBSTACLE_TIME;
	if (!d->alternative_count || first->retrained)
		return DSFIT_OBSTACLE_NOTHING_FITS;
	/* No change of what was asked for leads there, whatever the policy says. */
	if (first->planned && !d->nothing_asked)
		return DSFIT_OBSTACLE_OTHER;
	d->forbidden = first->changes & ~job->policy.may_change;
	/* A type that the user named is never replaced, whatever the policy says. */
	if (d->asked.gpu_type[0])
		d->forbidden |= first->changes & DSFIT_CHANGE_GPU_TYPE;
	if (d->forbidden)
		return DSFIT_OBSTACLE_MAY_CHANGE;
	if (first->changes & d->asked.kept)
		return DSFIT_OBSTACLE_LIST;
	if (first->changes & job->gate->fixed)
		return DSFIT_OBSTACLE_FIXED;
	if (dsfit_one_task_per_gpu(&d->asked) && needs_tasks(&d->asked, &first->request))
		return DSFIT_OBSTACLE_PROCESSES;
	return bounds[d->asked.bound];
}

static bool is_unknown_type(const struct dsfit_site *site, const struct dsfit_request *request)
{
	if (!request->gpu_type[0])
		return false;
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, request->gpu_type))
			return false;
	return true;
}

/* Correct a misfit, if the rule says so and a correction is found. */
static bool correct(const struct job *job, enum dsfit_rule rule, struct dsfit_decision *d)
{
	struct dsfit_search s = begin_search(job, job->accounts, &d->asked, d);

	if (rule != DSFIT_RULE_CORRECT || !job->gate->can_rewrite ||
	    (d->nothing_asked && (d->asked.kept & DSFIT_CHANGE_GPUS)))
		return false;
	s.may_change &= ~(job->gate->fixed | d->asked.kept);
	if (!dsfit_search_run(&s, &d->corrected))
		return false;
	d->action = DSFIT_CORRECT;
	return true;
}

/* What is done about a misfit. */
static void act(const struct job *job, enum dsfit_rule rule, struct dsfit_decision *d)
{
	if (rule == DSFIT_RULE_SAY && job->gate->is_told &&
	    job->gate->is_told(job->gate->context, d))
		return;
	if (correct(job, rule, d))
		return;
	find_alternatives(job, d);
	d->obstacle = find_obstacle(job, d);
	add_largest_batch(job, d);
	if (rule == DSFIT_RULE_REFUSE && d->obstacle != DSFIT_OBSTACLE_NOTHING_FITS &&
	    d->obstacle != DSFIT_OBSTACLE_TIME)
		d->obstacle = job->policy.mode == DSFIT_MODE_REJECT && !job->gate->exempt ?
				      DSFIT_OBSTACLE_MODE : DSFIT_OBSTACLE_WISH;
	d->action = rule == DSFIT_RULE_SAY || !job->gate->can_rewrite ? DSFIT_PASS : DSFIT_REFUSE;
}

/* What a decision may cost. Each class is looked at for each partition of the request, and a user
 * may name any number of them. */
static struct dsfit_budget begin_budget(const struct dsfit_site *site,
					const struct dsfit_request *request,
					const struct dsfit_gate *gate)
{
	uint64_t partitions = 1;

	for (const char *c = request->partition; *c; c++)
		partitions += *c == ',';
	return (struct dsfit_budget){
		.classes = (gate->budget ? gate->budget : site->controller_budget) / partitions,
		.layouts = DSFIT_PLAN_BUDGET / partitions,
	};
}

bool dsfit_something_fits(const struct dsfit_decision *d)
{
	return d->action == DSFIT_CORRECT ||
	       (d->alternative_count && !d->alternatives[0].retrained);
}

void dsfit_decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, const struct dsfit_gate *gate,
		  struct dsfit_decision *out)
{
	struct dsfit_accounts accounts;
	struct job job = { .site = site, .workload = workload, .gate = gate,
			   .accounts = &accounts };
	struct dsfit_finding found = { .declared = true };
	enum dsfit_rule rule;

	memset(out, 0, offsetof(struct dsfit_decision, corrected));
	job.standing = dsfit_site_standing(site, request->qos, gate->who);
	job.limits = &out->limits;
	dsfit_policy_bound(site, request, request->partition, &job.standing, &job.policy,
			   &out->limits);
	if (workload->inferred)
		job.policy.mode = dsfit_policy_inferred(&job.policy);
	out->budget = begin_budget(site, request, gate);
	out->asked = *request;
	out->nothing_asked = dsfit_asks_nothing(request);
	out->request_unknown = !gate->can_read;
	out->mode = dsfit_policy_mode(&job.policy, gate->exempt, gate->may_override,
				      workload->fit_given, workload->fit, &out->fit_denied);
	dsfit_accounts_begin(&accounts, site, workload);
	dsfit_assess_among(&accounts, request, NULL, 0, &out->assessment);
	found.asks_nothing = out->nothing_asked;
	found.unknown_gpu = is_unknown_type(site, request);
	found.verdict = out->assessment.overall;
	rule = dsfit_policy_rule(&job.policy, out->mode, &found);
	if (rule == DSFIT_RULE_SILENT) {
		out->mode = DSFIT_MODE_OFF;
	} else if (found.unknown_gpu) {
		if (rule == DSFIT_RULE_REFUSE) {
			out->action = DSFIT_REFUSE;
			out->obstacle = DSFIT_OBSTACLE_UNKNOWN_GPU;
		}
	} else if (found.asks_nothing || dsfit_policy_is_misfit(&job.policy, found.verdict)) {
		act(&job, rule, out);
	}
	out->no_memory |= accounts.no_memory;
	dsfit_accounts_end(&accounts);
	dsfit_count_evaluation(&out->assessment);
	if (out->action == DSFIT_CORRECT)
		dsfit_count_evaluation(&out->corrected.assessment);
}
