/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_DECISIONS_H
#define DSFIT_TESTS_DECISIONS_H

#include "tests/unit/jobs.h"

#include "core/decide/decide.h"
#include "core/decide/rules.h"
#include "core/request/mixture.h"
#include "core/request/processes.h"
#include "core/training/settings.h"

/* The account of a GPU on 1 node with 4 GPUs. */
static inline struct dsfit_gpu_account gpu_account(const char *declared)
{
	struct dsfit_site *site = site_of("nodes \"n\" { gpu = h100 gpus = 4 }\n");
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request r = ask("gpus-per-node=4", &sbatch);
	struct dsfit_assessment a;

	assess(site, &workload, &r, &a);
	dsfit_site_free(site);
	return a.account.gpu;
}

/* Decisions, and assertions that must hold for every decision. */

static const struct dsfit_gate open_gate = { .can_read = true, .can_rewrite = true,
					     .own_form = DSFIT_FORM_NONE };

static inline struct dsfit_policy policy_of(const struct dsfit_site *site,
					    const struct dsfit_request *request)
{
	struct dsfit_policy policy;

	dsfit_policy_of(site, request->partition, &policy);
	return policy;
}

/* Whether the verdict is "tight" for an evaluation alone, which nobody has declared: what of the
 * host is not known was no misfit either. */
static inline bool only_evaluates(struct dsfit_assessment a)
{
	a.host = a.host == DSFIT_UNKNOWN ? DSFIT_FITS : a.host;
	return dsfit_evaluation_is_tight(&a) && dsfit_fits_as_declared(&a);
}

static inline bool is_misfit(const struct dsfit_site *site, const struct dsfit_request *request,
			     const struct dsfit_assessment *a)
{
	return a->overall == DSFIT_EXCEEDS ||
	       (a->overall == DSFIT_TIGHT && policy_of(site, request).refuse_tight &&
		!only_evaluates(*a));
}

/* Assert that the request passes unchanged when it is submitted again. */
static inline void assert_passes(const struct dsfit_site *site,
				 const struct dsfit_workload *workload,
				 const struct dsfit_request *request, const struct dsfit_gate *gate,
				 const char *what)
{
	struct dsfit_decision again;

	dsfit_decide(site, workload, request, gate, &again);
	ck_assert_msg(again.action == DSFIT_PASS && again.assessment.placed &&
		      !is_misfit(site, request, &again.assessment),
		      "%s does not pass: %s, action %d, %s, %s", what, say(request),
		      again.action, dsfit_verdict_names[again.assessment.overall],
		      again.assessment.placed ? "placed" : "not placed");
}

/* Assert that a correction keeps everything that the user asked for. */
static inline void assert_keeps(const struct dsfit_request *asked, const struct dsfit_request *to)
{
	const char *text = say(to);

	ck_assert_msg(to->scope == asked->scope || asked->scope == DSFIT_GPUS_UNSET, "%s", text);
	ck_assert_msg(to->gpus >= asked->gpus, "%s: fewer GPUs", text);
	ck_assert_msg(!asked->gpu_type[0] || !strcmp(to->gpu_type, asked->gpu_type), "%s", text);
	ck_assert_msg(to->nodes_min >= asked->nodes_min, "%s: fewer nodes", text);
	ck_assert_msg(to->nodes_max >= asked->nodes_max, "%s: fewer nodes", text);
	ck_assert_msg(asked->nodes_max || !to->nodes_max || to->nodes_max == to->nodes_min,
		      "%s: a maximum", text);
	ck_assert_msg(!to->tasks_per_node || !to->nodes_max ||
		      to->tasks <= to->nodes_max * to->tasks_per_node, "%s: room for tasks", text);
	ck_assert_msg(asked->tasks_follow ? to->tasks >= asked->tasks :
					    to->tasks == asked->tasks, "%s: tasks", text);
	ck_assert_msg(to->tasks_per_node == asked->tasks_per_node &&
		      to->tasks_per_gpu == asked->tasks_per_gpu &&
		      to->cpus_per_task == asked->cpus_per_task &&
		      to->cpus_per_gpu == asked->cpus_per_gpu, "%s: tasks", text);
	ck_assert_msg(!dsfit_one_task_per_gpu(asked) || dsfit_one_task_per_gpu(to),
		      "%s: GPUs without a process", text);
	ck_assert_msg(to->memory >= asked->memory, "%s: less memory", text);
	ck_assert_msg(to->memory_scope == asked->memory_scope ||
		      asked->memory_scope == DSFIT_MEMORY_UNSET, "%s", text);
	ck_assert_msg(to->scratch >= asked->scratch, "%s: less scratch", text);
	ck_assert_msg(strstr(to->features, asked->features) != NULL, "%s: features", text);
	ck_assert_msg(!asked->partition[0] || !strcmp(to->partition, asked->partition), "%s",
		      text);
	ck_assert_msg(to->exclusive == asked->exclusive && to->form == asked->form, "%s", text);
}

/* Assert that no class gives the corrected request more nodes than asked->nodes_limit, unless the
 * request as asked takes as many there. */
static inline void assert_bound(const struct dsfit_site *site, const struct dsfit_request *asked,
				const struct dsfit_request *to)
{
	struct dsfit_layout mixed;
	bool placed = false;

	if (asked->bound == DSFIT_NODES_FREE)
		return;
	for (size_t i = 0; i < site->class_count; i++)
		placed = placed || dsfit_place(site, to, &site->classes[i], &mixed);
	if (!placed && dsfit_lay_out_mixed(site, to, NULL, 0, &mixed))
		ck_assert_msg(mixed.nodes <= asked->nodes_limit, "%s: more nodes than bound",
			      say(to));
	for (size_t i = 0; i < site->class_count; i++) {
		struct dsfit_layout now, was;

		if (dsfit_place(site, to, &site->classes[i], &now) &&
		    now.nodes > asked->nodes_limit &&
		    now.nodes > dsfit_nodes_least(asked, &site->classes[i]))
			ck_assert_msg(dsfit_place(site, asked, &site->classes[i], &was) &&
				      now.nodes <= was.nodes, "%s: more nodes than bound",
				      say(to));
	}
}

static inline void assert_correction(const struct dsfit_site *site,
				     const struct dsfit_workload *workload,
				     const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	const struct dsfit_policy policy = policy_of(site, &d->asked);
	const struct dsfit_alternative *c = &d->corrected;
	uint64_t gpus = d->assessment.placed ? d->assessment.layout.gpus : 0;
	uint64_t nodes = d->assessment.placed ? d->assessment.layout.nodes : 0;

	ck_assert(gate->can_rewrite && d->mode == DSFIT_MODE_CORRECT);
	/* If the user asked for no GPUs, the type is the correction's choice. */
	ck_assert_msg(!(c->changes & ~(policy.may_change |
				       (d->asked.scope == DSFIT_GPUS_UNSET ?
						DSFIT_CHANGE_GPU_TYPE : 0u))),
		      "%s: changes %x", say(&c->request), c->changes);
	ck_assert(!c->retrained);
	ck_assert(c->assessment.layout.gpus <= policy.max_gpus ||
		  c->assessment.layout.gpus <= gpus);
	ck_assert(c->assessment.layout.nodes <= policy.max_nodes ||
		  c->assessment.layout.nodes <= nodes);
	assert_keeps(&d->asked, &c->request);
	assert_bound(site, &d->asked, &c->request);
	assert_passes(site, workload, &c->request, gate, "the correction");
}

/* A way to train, its words read as a user would type them. */
static inline struct dsfit_workload retrain(const struct dsfit_workload *workload,
					    const struct dsfit_way *way)
{
	struct dsfit_workload other = *workload;
	struct dsfit_error err = { "" };
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(way->options, line);

	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration.value[i])
			ck_assert_msg(!(i == DSFIT_OPTION_SET ?
					dsfit_training_set_all(&other.training,
							       declaration.value[i], &err) :
					dsfit_training_set(&other.training, dsfit_options[i].name,
							   declaration.value[i], &err)), "%s",
				      err.text);
	ck_assert_msg(!dsfit_training_settle(&other.training, other.model.parameters, &err), "%s",
		      err.text);
	return other;
}

static inline void assert_alternatives(const struct dsfit_site *site,
				       const struct dsfit_workload *workload,
				       const struct dsfit_gate *gate,
				       const struct dsfit_decision *d)
{
	ck_assert_uint_le(d->alternative_count, DSFIT_ALTERNATIVES);
	for (size_t i = 0; i < d->alternative_count; i++) {
		const struct dsfit_alternative *one = &d->alternatives[i];
		struct dsfit_workload other = *workload;

		ck_assert(one->assessment.placed);
		if (one->retrained) {
			struct dsfit_assessment a;

			/* The figures are those of a job with the options shown. */
			other = retrain(workload, &one->way);
			assess(site, &other, &one->request, &a);
			ck_assert_uint_eq(a.account.gpu.peak, one->assessment.account.gpu.peak);
			ck_assert_uint_eq(a.account.host.high,
					  one->assessment.account.host.high);
		}
		assert_passes(site, &other, &one->request, gate, "an alternative");
	}
}

static inline void assert_sound(const struct dsfit_site *site,
				const struct dsfit_workload *workload,
				const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	const struct dsfit_policy policy = policy_of(site, &d->asked);

	if (d->action == DSFIT_CORRECT)
		assert_correction(site, workload, gate, d);
	if (d->action == DSFIT_REFUSE) {
		ck_assert(d->mode > DSFIT_MODE_ADVISE);
		ck_assert_int_ne(d->obstacle, DSFIT_NO_OBSTACLE);
		/* A refusal shows what fits, or says what the site has too little of. */
		ck_assert_msg(d->alternative_count || d->closest.placed ||
			      d->obstacle == DSFIT_OBSTACLE_UNKNOWN_GPU, "%s, %s: a dead end",
			      workload->model.name, say(&d->asked));
		ck_assert(d->alternative_count || d->obstacle == DSFIT_OBSTACLE_NOTHING_FITS ||
			  d->obstacle == DSFIT_OBSTACLE_UNKNOWN_GPU);
	}
	if (d->action == DSFIT_PASS && d->mode > DSFIT_MODE_ADVISE && gate->can_rewrite)
		ck_assert(!is_misfit(site, &d->asked, &d->assessment) ||
			  policy.unknown_gpu != DSFIT_REJECT);
	if (d->mode <= DSFIT_MODE_ADVISE)
		ck_assert_int_eq(d->action, DSFIT_PASS);
	assert_alternatives(site, workload, gate, d);
}

static inline void decide_with(const struct dsfit_site *site, const char *declared,
			       const char *asked, const struct dsfit_slurm *slurm,
			       const struct dsfit_gate *gate, struct dsfit_decision *out)
{
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request request = ask(asked, slurm);

	dsfit_decide(site, &workload, &request, gate, out);
	assert_sound(site, &workload, gate, out);
}

static inline void decide(const struct dsfit_site *site, const char *declared, const char *asked,
			  const struct dsfit_slurm *slurm, struct dsfit_decision *out)
{
	decide_with(site, declared, asked, slurm, &open_gate, out);
}

#endif
