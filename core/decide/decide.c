/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done about a verdict: the mode in force, the correction where one is open, and, where
 * none is, why not and what would fit instead.
 */
#include "core/decide/decide.h"

#include <string.h>

#include "core/decide/rules.h"
#include "core/decide/search.h"
#include "core/training/settings.h"

static bool same_request(const struct dsfit_request *a, const struct dsfit_request *b)
{
	return !dsfit_request_difference(a, b) && a->tasks == b->tasks;
}

static void add_alternative(struct dsfit_decision *d, const struct dsfit_alternative *one)
{
	for (size_t i = 0; i < d->alternative_count; i++)
		if (same_request(&d->alternatives[i].request, &one->request))
			return;
	if (d->alternative_count < DSFIT_ALTERNATIVES)
		d->alternatives[d->alternative_count++] = *one;
}

/* A search within what is left of the decision's budget. */
static bool search_within(struct dsfit_search *s, bool (*run)(struct dsfit_search *,
			  struct dsfit_alternative *), struct dsfit_decision *d,
			  struct dsfit_alternative *out)
{
	uint64_t begun;
	bool found;

	if (s->budget > d->budget)
		s->budget = d->budget;
	begun = s->budget;
	found = run(s, out);
	d->budget -= begun - s->budget;
	return found;
}

/* A plan, whatever is left: it has a budget of its own, and leaves none where it needed more. */
static size_t plan_within(struct dsfit_search *s, struct dsfit_decision *d,
			  struct dsfit_alternative *rows, size_t capacity)
{
	size_t count = dsfit_search_plan(s, rows, capacity);

	if (!s->budget)
		d->budget = 0;
	return count;
}

/* Another way to train, in options as they would be typed. */
struct way {
	const char *options, *options_at_stage_3;
	enum dsfit_offload offload;
	const char *offload_option;
};

static const struct way ways[] = {
	{ "zero=3", NULL, DSFIT_OFFLOAD_NONE, NULL },
	{ "zero=3 offload=optimizer:cpu", "offload=optimizer:cpu", DSFIT_OFFLOAD_CPU,
	  "optimizer:cpu" },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* The workload trained so, and the options that say it; NULL where that is no way to train it. */
static const char *retrain(const struct dsfit_workload *workload, const struct way *way,
			   struct dsfit_workload *out)
{
	struct dsfit_training *t = &out->training;
	bool stage_3 = workload->training.zero == 3;

	/* DeepSpeed's pipeline engine knows no stage 3, and stage 3 no 4-bit weights. */
	if (workload->training.engine == DSFIT_ENGINE_NONE || workload->training.pipeline > 1 ||
	    workload->training.method == DSFIT_METHOD_QLORA)
		return NULL;
	if (stage_3 && workload->training.offload_optimizer >= way->offload)
		return NULL;
	*out = *workload;
	/* Read as they will be when they are typed. */
	if (dsfit_training_set(t, "zero", "3", NULL) ||
	    (way->offload_option &&
	     dsfit_training_set(t, "offload", way->offload_option, NULL)) ||
	    dsfit_training_settle(t, out->model.parameters, NULL))
		return NULL;
	return stage_3 ? way->options_at_stage_3 : way->options;
}

/* The request without the nodes that were named: no other that is told names them, and of those
 * that it may land on the worst counts. */
static struct dsfit_request without_names(const struct dsfit_request *asked)
{
	struct dsfit_request r = *asked;

	if (r.bound == DSFIT_NODES_BOUND_BY_LIST)
		r.bound = DSFIT_NODES_FREE;
	return r;
}

/* The request as it is, with the training changed: for the user to choose, never done here. */
static void suggest_training(const struct dsfit_site *site, const struct dsfit_workload *workload,
			     const struct dsfit_policy *policy, struct dsfit_decision *d)
{
	const struct dsfit_request asked = without_names(&d->asked);
	struct dsfit_alternative one;
	struct dsfit_workload other;

	if (d->asked.scope == DSFIT_GPUS_UNSET)
		return;
	for (size_t i = 0; i < WAYS; i++) {
		struct dsfit_search s = dsfit_search_begin(site, &other, &asked, policy);
		const char *options = retrain(workload, &ways[i], &other);

		s.aim = DSFIT_FITS;
		s.may_change = DSFIT_CHANGE_MEMORY;
		if (!options || !search_within(&s, dsfit_search_as_asked, d, &one))
			continue;
		one.training = options;
		add_alternative(d, &one);
		return;
	}
}

/* Where nothing fits as it is trained: the plan's first row for another way. */
static void plan_training(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_policy *policy, const struct dsfit_request *asked,
			  struct dsfit_decision *d)
{
	struct dsfit_alternative one;
	struct dsfit_workload other;

	for (size_t i = 0; i < WAYS; i++) {
		struct dsfit_search s = dsfit_search_begin(site, &other, asked, policy);
		const char *options = retrain(workload, &ways[i], &other);

		s.aim = DSFIT_FITS;
		s.may_change = DSFIT_CHANGE_ALL;
		s.bound = false;
		if (!options || !plan_within(&s, d, &one, 1))
			continue;
		one.changes = dsfit_request_difference(&d->asked, &one.request);
		one.training = options;
		add_alternative(d, &one);
		return;
	}
}

/* What would fit, if only it were typed: the nearest request, another GPU type, another way to
 * train. */
static void find_alternatives(const struct dsfit_site *site,
			      const struct dsfit_workload *workload,
			      const struct dsfit_policy *policy, const struct dsfit_gate *gate,
			      struct dsfit_decision *d)
{
	const struct dsfit_request asked = without_names(&d->asked);
	struct dsfit_request anything = { .nodes_min = 1, .form = gate->own_form };
	struct dsfit_alternative one;
	struct dsfit_search s = dsfit_search_begin(site, workload, &asked, policy);

	s.may_change = DSFIT_CHANGE_ALL;
	s.bound = false;
	if (d->nothing_asked)
		d->alternative_count = plan_within(&s, d, d->alternatives, DSFIT_ALTERNATIVES);
	else if (search_within(&s, dsfit_search_run, d, &one))
		add_alternative(d, &one);
	if (d->asked.gpu_type[0]) {
		s = dsfit_search_begin(site, workload, &asked, policy);
		s.may_change = DSFIT_CHANGE_ALL;
		s.bound = false;
		s.any_type = true;
		s.closest = &d->closest;
		if (search_within(&s, dsfit_search_run, d, &one))
			add_alternative(d, &one);
	}
	suggest_training(site, workload, policy, d);
	if (d->alternative_count)
		return;
	/* The site's best, whatever was asked, to say how far off it is: a request of dsfit's
	 * own, in the partition and under the constraint of the user's. */
	strcpy(anything.partition, d->asked.partition);
	strcpy(anything.features, d->asked.features);
	s = dsfit_search_begin(site, workload, &anything, policy);
	s.may_change = DSFIT_CHANGE_ALL;
	s.bound = false;
	s.closest = &d->closest;
	if (plan_within(&s, d, &one, 1)) {
		one.changes = dsfit_request_difference(&d->asked, &one.request);
		add_alternative(d, &one);
	} else {
		plan_training(site, workload, policy, &anything, d);
	}
}

/* Why the correction that would fit is not made. */
static void find_obstacle(const struct dsfit_site *site, const struct dsfit_request *asked,
			  struct dsfit_decision *d, unsigned may_change, unsigned fixed)
{
	static const enum dsfit_obstacle bounds[] = {
		[DSFIT_NODES_BOUND_BY_TASKS] = DSFIT_OBSTACLE_TASKS,
		[DSFIT_NODES_BOUND_BY_LAUNCH] = DSFIT_OBSTACLE_LAUNCH,
		[DSFIT_NODES_BOUND_BY_LIST] = DSFIT_OBSTACLE_LIST,
	};
	const struct dsfit_alternative *first = &d->alternatives[0];

	/* The plan may have found a way, but not the nearest. */
	if (d->budget < site->class_count) {
		d->obstacle = DSFIT_OBSTACLE_TIME;
		return;
	}
	if (!d->alternative_count || first->training) {
		d->obstacle = DSFIT_OBSTACLE_NOTHING_FITS;
		return;
	}
	d->forbidden = first->changes & ~may_change;
	if (asked->gpu_type[0] && (first->changes & DSFIT_CHANGE_GPU_TYPE))
		d->forbidden |= DSFIT_CHANGE_GPU_TYPE;
	if (d->forbidden)
		d->obstacle = DSFIT_OBSTACLE_MAY_CHANGE;
	else if (first->changes & asked->kept)
		d->obstacle = DSFIT_OBSTACLE_LIST;
	else if (first->changes & fixed)
		d->obstacle = DSFIT_OBSTACLE_FIXED;
	else if (asked->bound != DSFIT_NODES_FREE)
		d->obstacle = bounds[asked->bound];
	else
		d->obstacle = DSFIT_OBSTACLE_OTHER;
}

static bool unknown_type(const struct dsfit_site *site, const struct dsfit_request *request)
{
	if (!request->gpu_type[0])
		return false;
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, request->gpu_type))
			return false;
	return true;
}

/* A misfit: correct it if that is the rule and a way is open, else let pass or refuse. */
static void act(const struct dsfit_site *site, const struct dsfit_workload *workload,
		const struct dsfit_policy *policy, const struct dsfit_gate *gate,
		enum dsfit_rule rule, struct dsfit_decision *d)
{
	struct dsfit_search s = dsfit_search_begin(site, workload, &d->asked, policy);

	s.may_change &= ~(gate->fixed | d->asked.kept);
	if (rule == DSFIT_RULE_CORRECT && gate->can_rewrite &&
	    !(d->nothing_asked && (d->asked.kept & DSFIT_CHANGE_GPUS))) {
		if (search_within(&s, dsfit_search_run, d, &d->corrected)) {
			d->action = DSFIT_CORRECT;
			return;
		}
	}
	find_alternatives(site, workload, policy, gate, d);
	find_obstacle(site, &d->asked, d, policy->may_change, gate->fixed);
	if (rule == DSFIT_RULE_REFUSE && d->obstacle != DSFIT_OBSTACLE_NOTHING_FITS &&
	    d->obstacle != DSFIT_OBSTACLE_TIME)
		d->obstacle = policy->mode == DSFIT_MODE_REJECT && !gate->exempt ?
				      DSFIT_OBSTACLE_MODE : DSFIT_OBSTACLE_WISH;
	d->action = rule == DSFIT_RULE_SAY || !gate->can_rewrite ? DSFIT_PASS : DSFIT_REFUSE;
}

bool dsfit_something_fits(const struct dsfit_decision *d)
{
	return d->action == DSFIT_CORRECT || (d->alternative_count && !d->alternatives[0].training);
}

void dsfit_decide(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, const struct dsfit_gate *gate,
		  struct dsfit_decision *out)
{
	struct dsfit_policy policy;
	struct dsfit_finding found = { .declared = true };
	enum dsfit_rule rule;

	memset(out, 0, sizeof(*out));
	dsfit_policy_of(site, request->partition, &policy);
	out->budget = gate->budget ? gate->budget : DSFIT_SEARCH_BUDGET;
	out->asked = *request;
	out->nothing_asked = dsfit_asks_nothing(request);
	out->request_unknown = !gate->can_read;
	out->mode = dsfit_policy_mode(&policy, gate->exempt, gate->may_override,
				      workload->fit_given, workload->fit, &out->fit_denied);
	dsfit_assess(site, workload, request, &out->assessment);
	found.asks_nothing = out->nothing_asked;
	found.unknown_gpu = unknown_type(site, request);
	found.verdict = out->assessment.overall;
	rule = dsfit_policy_rule(&policy, out->mode, &found);
	if (rule == DSFIT_RULE_SILENT) {
		out->mode = DSFIT_MODE_OFF;
	} else if (found.unknown_gpu) {
		if (rule == DSFIT_RULE_REFUSE) {
			out->action = DSFIT_REFUSE;
			out->obstacle = DSFIT_OBSTACLE_UNKNOWN_GPU;
		}
	} else if (found.asks_nothing || dsfit_policy_is_misfit(&policy, found.verdict)) {
		act(site, workload, &policy, gate, rule, out);
	}
}
