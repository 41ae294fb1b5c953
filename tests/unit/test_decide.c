/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a request may land, what is said of it, and what is made of it: on the demo site, on
 * small sites for one rule each, and on random ones for what must hold on any.
 */
#include "core/training/settings.h"
#include "tests/unit/words.h"

#include <stdarg.h>

#include "core/base/size.h"
#include "core/decide/assess.h"
#include "core/decide/decide.h"
#include "core/decide/plan.h"
#include "core/decide/rules.h"
#include "core/request/features.h"
#include "core/site/load.h"

static const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
static const struct dsfit_slurm old_sbatch = { DSFIT_SBATCH, 2205, false };
static const struct dsfit_slurm srun = { DSFIT_SRUN, 2411, false };
static const struct dsfit_slurm ctld_sbatch = { DSFIT_SBATCH, 2411, true };
static const struct dsfit_slurm ctld_srun = { DSFIT_SRUN, 2205, true };
static const struct dsfit_gate open_gate = { .can_read = true, .can_rewrite = true,
					     .own_form = DSFIT_FORM_NONE };

/* --- what the tests are made of ---------------------------------------------------- */

static struct dsfit_workload train(const struct dsfit_site *site, const char *words)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };

	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						 &workload, &err), "%s: %s", words, err.text);
	return workload;
}

static struct dsfit_request ask(const char *words, const struct dsfit_slurm *slurm)
{
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_request request;
	struct dsfit_error err = { "" };

	ck_assert_msg(!dsfit_request_parse(&options, slurm, &request, &err), "%s: %s", words,
		      err.text);
	return request;
}

static const char *say(const struct dsfit_request *request)
{
	static char texts[4][512];
	static unsigned next;
	char *text = texts[next++ % ARRAY_SIZE(texts)];

	return dsfit_request_text(request, text, sizeof(texts[0]));
}

/* A site of these sections, beside the catalogues. */
static struct dsfit_site *site_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

static struct dsfit_site *site_of(const char *format, ...)
{
	char text[8192] = "include(\"" TEST_CONF "/gpus.conf\")\n"
			  "include(\"" TEST_CONF "/models.conf\")\n";
	size_t length = strlen(text);
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	va_list args;

	va_start(args, format);
	length += (size_t)vsnprintf(text + length, sizeof(text) - length, format, args);
	va_end(args);
	ck_assert_uint_lt(length, sizeof(text));
	site = dsfit_site_load(unit_write("site.conf", text), &err);
	ck_assert_msg(site != NULL, "%s\n%s", err.text, text);
	return site;
}

static const struct dsfit_node_class *class_of(const struct dsfit_site *site, const char *name)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].name, name))
			return &site->classes[i];
	ck_abort_msg("no class %s", name);
}

static struct dsfit_policy policy_of(const struct dsfit_site *site,
				     const struct dsfit_request *request)
{
	struct dsfit_policy policy;

	dsfit_policy_of(site, request->partition, &policy);
	return policy;
}

static bool is_misfit(const struct dsfit_site *site, const struct dsfit_request *request,
		      const struct dsfit_assessment *a)
{
	return a->overall == DSFIT_EXCEEDS ||
	       (a->overall == DSFIT_TIGHT && policy_of(site, request).refuse_tight);
}

/* --- what holds for every decision --------------------------------------------------- */

/* Put into a queue again, it is let pass as it is. */
static void assert_passes(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request, const struct dsfit_gate *gate,
			  const char *what)
{
	struct dsfit_decision again;

	dsfit_decide(site, workload, request, gate, &again);
	ck_assert_msg(again.action == DSFIT_PASS && again.assessment.placed &&
		      !is_misfit(site, request, &again.assessment),
		      "%s is not let pass: %s, action %d, %s, %s", what, say(request),
		      again.action, dsfit_verdict_names[again.assessment.overall],
		      again.assessment.placed ? "placed" : "not placed");
}

/* Nothing that the user said is taken back. */
static void assert_keeps(const struct dsfit_request *asked, const struct dsfit_request *to)
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
	ck_assert_msg(to->memory >= asked->memory, "%s: less memory", text);
	ck_assert_msg(to->memory_scope == asked->memory_scope ||
		      asked->memory_scope == DSFIT_MEMORY_UNSET, "%s", text);
	ck_assert_msg(to->scratch >= asked->scratch, "%s: less scratch", text);
	ck_assert_msg(strstr(to->features, asked->features) != NULL, "%s: features", text);
	ck_assert_msg(!asked->partition[0] || !strcmp(to->partition, asked->partition), "%s",
		      text);
	ck_assert_msg(to->exclusive == asked->exclusive && to->form == asked->form, "%s", text);
}

/* Wherever it lands, it takes no more nodes than can be had or than were asked for, by the tasks'
 * number too. */
static void assert_bound(const struct dsfit_site *site, const struct dsfit_request *asked,
			 const struct dsfit_request *to)
{
	if (asked->bound == DSFIT_NODES_FREE)
		return;
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

static void assert_correction(const struct dsfit_site *site,
			      const struct dsfit_workload *workload,
			      const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	const struct dsfit_policy policy = policy_of(site, &d->asked);
	const struct dsfit_alternative *c = &d->corrected;
	uint64_t gpus = d->assessment.placed ? d->assessment.layout.gpus : 0;
	uint64_t nodes = d->assessment.placed ? d->assessment.layout.nodes : 0;

	ck_assert(gate->can_rewrite && d->mode == DSFIT_MODE_CORRECT);
	/* GPUs that nobody asked for are of a type that nobody named. */
	ck_assert_msg(!(c->changes & ~(policy.may_change |
				       (d->asked.scope == DSFIT_GPUS_UNSET ?
						DSFIT_CHANGE_GPU_TYPE : 0u))),
		      "%s: changes %x", say(&c->request), c->changes);
	ck_assert_ptr_null(c->training);
	ck_assert(c->assessment.layout.gpus <= policy.max_gpus ||
		  c->assessment.layout.gpus <= gpus);
	ck_assert(c->assessment.layout.nodes <= policy.max_nodes ||
		  c->assessment.layout.nodes <= nodes);
	assert_keeps(&d->asked, &c->request);
	assert_bound(site, &d->asked, &c->request);
	assert_passes(site, workload, &c->request, gate, "the correction");
}

/* The words of an alternative's training, read as a user would type them. */
static struct dsfit_workload retrain(const struct dsfit_workload *workload, const char *words)
{
	struct dsfit_workload other = *workload;
	struct dsfit_error err = { "" };
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);

	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration.value[i])
			ck_assert_msg(!dsfit_training_set(&other.training, dsfit_options[i].name,
							  declaration.value[i], &err), "%s",
				      err.text);
	ck_assert_msg(!dsfit_training_settle(&other.training, other.model.parameters, &err), "%s",
		      err.text);
	return other;
}

static void assert_alternatives(const struct dsfit_site *site,
				const struct dsfit_workload *workload,
				const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	ck_assert_uint_le(d->alternative_count, DSFIT_ALTERNATIVES);
	for (size_t i = 0; i < d->alternative_count; i++) {
		const struct dsfit_alternative *one = &d->alternatives[i];
		struct dsfit_workload other = *workload;

		ck_assert(one->assessment.placed);
		if (one->training) {
			struct dsfit_assessment a;

			/* The figures shown are those of the words shown. */
			other = retrain(workload, one->training);
			dsfit_assess(site, &other, &one->request, &a);
			ck_assert_uint_eq(a.account.gpu.peak, one->assessment.account.gpu.peak);
			ck_assert_uint_eq(a.account.host.high,
					  one->assessment.account.host.high);
		}
		assert_passes(site, &other, &one->request, gate, "an alternative");
	}
}

static void assert_sound(const struct dsfit_site *site, const struct dsfit_workload *workload,
			 const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	const struct dsfit_policy policy = policy_of(site, &d->asked);

	if (d->action == DSFIT_CORRECT)
		assert_correction(site, workload, gate, d);
	if (d->action == DSFIT_REFUSE) {
		ck_assert(d->mode > DSFIT_MODE_ADVISE);
		ck_assert_int_ne(d->obstacle, DSFIT_NO_OBSTACLE);
		/* Whoever is refused is shown a way, or that there is none. */
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

static void decide_with(const struct dsfit_site *site, const char *declared, const char *asked,
			const struct dsfit_slurm *slurm, const struct dsfit_gate *gate,
			struct dsfit_decision *out)
{
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request request = ask(asked, slurm);

	dsfit_decide(site, &workload, &request, gate, out);
	assert_sound(site, &workload, gate, out);
}

static void decide(const struct dsfit_site *site, const char *declared, const char *asked,
		   const struct dsfit_slurm *slurm, struct dsfit_decision *out)
{
	decide_with(site, declared, asked, slurm, &open_gate, out);
}

/* --- features ------------------------------------------------------------------------ */

static const struct {
	const char *expression;
	bool holds;			/* of a node with the features a, b and net200 */
} feature_rows[] = {
	{ "", true },
	{ "a", true },
	{ "c", false },
	{ "A", true },
	{ "net200", true },
	{ "net20", false },
	{ "net2000", false },
	{ "a&b", true },
	{ "a&c", false },
	{ "a,b", true },
	{ "a,c", false },
	{ "a|c", true },
	{ "c|a", true },
	{ "c|d", false },
	/* & binds tighter than |. */
	{ "a|c&d", true },
	{ "c&d|a", true },
	{ "(a|c)&d", false },
	{ "d&(a|c)", false },
	{ "(a|c)&(b|d)", true },
	{ "((a))", true },
	{ "((c))", false },
	{ "(c|(d&a))|b", true },
	{ "(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|"
	  "(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)|(c)", false },
	/* Of two nodes: all of one kind, each of its own, or so many of one and others beside. */
	{ "[a]", true },
	{ "[c]", false },
	{ "[c|a]", true },
	{ "[c|d]", false },
	{ "[(c|a)&b]", true },
	{ "[(c|d)&b]", false },
	{ "c*2", false },
	{ "a*2", true },
	{ "c*1", true },
	{ "c*1&d", false },
	{ "[a*1&c*1]", true },
	{ "[c*1&a*1]", true },
	{ "[c*1&d*1]", false },
	{ "[c*2&d*4]", false },
	{ "[(a&b)*1&c*1]", true },
	{ "[(a&c)*1&d*1]", false },
	{ "b&[a*1&c*1]", true },
	{ "d&[a*1&c*1]", false },
	/* What is beyond that holds: better a class too many. */
	{ "c*", true },
	{ "c*x", true },
	{ "[c", true },
	{ "[c)", true },
	{ "(c]", true },
	{ "[]", true },
	{ "c&", true },
	{ "|", true },
	{ "(c", true },
	{ "c)", true },
	{ "()", true },
	{ "c d", true },
	{ "((((((((((((((((((((((((((((((((((((c))))))))))))))))))))))))))))))))))))", true },
	{ "a_feature_whose_name_is_far_longer_than_any_of_a_sites_own_could_ever_be", true },
};

START_TEST(test_features)
{
	char *names[] = { (char[]){ "a" }, (char[]){ "b" }, (char[]){ "net200" } };
	const struct dsfit_names features = { names, ARRAY_SIZE(names) };
	const struct dsfit_names none = { NULL, 0 };

	ck_assert_msg(dsfit_features_match(feature_rows[_i].expression, &features, 2) ==
		      feature_rows[_i].holds, "%s", feature_rows[_i].expression);
	ck_assert(!dsfit_features_match("a", &none, 1));
}
END_TEST

/* --- placement ------------------------------------------------------------------------ */

static const struct {
	const char *class, *words;
	bool placed;
	uint64_t nodes, per_node, gpus;
} places[] = {
	/* A node. */
	{ "a100", "gpus-per-node=4", true, 1, 4, 4 },
	{ "a100", "gpus-per-node=5", false, 0, 0, 0 },
	{ "h100", "gpus-per-node=5", true, 1, 5, 5 },
	{ "a100", "gpus-per-node=a100:4 nodes=4", true, 4, 4, 16 },
	{ "a100", "gpus-per-node=a100:4 nodes=5", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=a100:2 nodes=2-9", true, 2, 2, 4 },
	{ "a100", "gpus-per-node=h100:4", false, 0, 0, 0 },
	{ "a100x", "gpus-per-node=a100:4", false, 0, 0, 0 },
	{ "h100", "gpus-per-node=8 nodes=3", false, 0, 0, 0 },
	/* A job: as many nodes as it takes, if they may be had. */
	{ "a100", "gpus=4", true, 1, 4, 4 },
	{ "a100", "gpus=8", true, 2, 4, 8 },
	{ "h100", "gpus=8", true, 1, 8, 8 },
	{ "a100", "gpus=5", true, 2, 3, 5 },
	{ "a100", "gpus=8 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus=8 nodes=1-2", true, 2, 4, 8 },
	{ "a100", "gpus=8 nodes=1-0", true, 2, 4, 8 },
	{ "a100", "gpus=8 nodes=4", true, 4, 2, 8 },
	{ "a100", "gpus=16", true, 4, 4, 16 },
	{ "a100", "gpus=17", false, 0, 0, 0 },
	{ "a100", "gpus=10000000", false, 0, 0, 0 },
	{ "a100", "ntasks=8 ntasks-per-gpu=2", true, 1, 4, 4 },
	/* A task: its GPUs are on one node. */
	{ "a100", "gpus-per-task=1 ntasks=4", true, 1, 4, 4 },
	{ "a100", "gpus-per-task=1 ntasks=8", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=3 ntasks=2", true, 2, 3, 6 },
	{ "a100", "gpus-per-task=8 ntasks=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=2 ntasks=4 nodes=4", true, 4, 2, 8 },
	{ "a100", "gpus-per-task=2 ntasks=4 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=1 ntasks-per-node=4 nodes=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=2 ntasks-per-node=4 nodes=2", false, 0, 0, 0 },
	{ "a100", "gpus-per-task=3 ntasks-per-node=2", false, 0, 0, 0 },
	{ "h100", "gpus-per-task=2 ntasks-per-node=4 nodes=2", true, 2, 8, 16 },
	{ "a100", "gpus-per-task=4 nodes=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-task=4", true, 1, 4, 4 },
	/* The nodes that the tasks take, by their number on a node or by CPUs; no task is on two. */
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=2", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=5 ntasks-per-node=1", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=1-4", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=2", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=3 ntasks-per-node=1 nodes=4", true, 4, 4, 16 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=64", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=40", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=32", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=3 cpus-per-task=65", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=4 ntasks=100", true, 2, 4, 8 },
	{ "a100", "gpus-per-node=4 ntasks=100 cpus-per-gpu=2", true, 1, 4, 4 },
	{ "h100", "gpus-per-node=4 ntasks=3 cpus-per-task=40", true, 2, 4, 8 },
	{ "a100", "gpus=8 ntasks=4 ntasks-per-node=1", true, 4, 2, 8 },
	{ "a100", "gpus-per-task=1 ntasks=4 ntasks-per-node=2", true, 2, 2, 4 },
	{ "a100", "exclusive=exclusive ntasks=4 ntasks-per-node=2", true, 2, 4, 8 },
	/* All that is on the node. */
	{ "a100", "exclusive=exclusive", true, 1, 4, 4 },
	{ "h100", "exclusive=exclusive nodes=2", true, 2, 8, 16 },
	{ "h100", "exclusive=exclusive nodes=3", false, 0, 0, 0 },
	{ "a100", "exclusive=user", false, 0, 0, 0 },
	{ "a100", "", false, 0, 0, 0 },
	/* Features, partitions, memory, scratch. */
	{ "a100", "gpus=1 constraint=net200", true, 1, 1, 1 },
	{ "a100", "gpus=1 constraint=net400", false, 0, 0, 0 },
	{ "a100", "gpus=1 constraint=net25|net200", true, 1, 1, 1 },
	{ "a100", "gpus=1 constraint=[net400]", false, 0, 0, 0 },
	{ "a100", "gpus=1 constraint=net400*1", false, 0, 0, 0 },
	{ "a100", "gpus-per-node=1 constraint=net400*1 nodes=2", true, 2, 1, 2 },
	{ "a100", "gpus-per-node=1 constraint=net400*1 nodes=1-2", true, 1, 1, 1 },
	/* As many nodes as are counted. */
	{ "a100", "gpus-per-node=4 constraint=net200*3", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 constraint=[net200*2&net400*1]", true, 3, 4, 12 },
	{ "a100", "gpus-per-node=4 constraint=net200*3 nodes=1", false, 0, 0, 0 },
	{ "a100", "gpus=1 partition=preempt", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem=512000", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem=512001", false, 0, 0, 0 },
	{ "a100", "gpus=1 mem=0", true, 1, 1, 1 },
	{ "a100", "gpus=4 mem-per-gpu=125G", true, 1, 4, 4 },
	{ "a100", "gpus=4 mem-per-gpu=126G", false, 0, 0, 0 },
	{ "a100", "gpus=1 mem-per-cpu=20G cpus-per-task=25", true, 1, 1, 1 },
	{ "a100", "gpus=1 mem-per-cpu=20G cpus-per-task=26", false, 0, 0, 0 },
	{ "a100", "gpus=4 mem-per-cpu=20G cpus-per-gpu=7", false, 0, 0, 0 },
	{ "a100", "gpus=1 tmp=4000000", true, 1, 1, 1 },
	{ "a100", "gpus=1 tmp=4000001", false, 0, 0, 0 },
};

START_TEST(test_places)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_request r = ask(places[_i].words, &sbatch);
	struct dsfit_layout layout = { 0 };
	bool placed = dsfit_place(site, &r, class_of(site, places[_i].class), &layout);

	ck_assert_msg(placed == places[_i].placed, "%s", places[_i].words);
	if (placed)
		ck_assert_msg(layout.nodes == places[_i].nodes &&
			      layout.gpus_per_node == places[_i].per_node &&
			      layout.gpus == places[_i].gpus, "%s: %llu nodes, %llu, %llu GPUs",
			      places[_i].words, (unsigned long long)layout.nodes,
			      (unsigned long long)layout.gpus_per_node,
			      (unsigned long long)layout.gpus);
	dsfit_site_free(site);
}
END_TEST

/* What a request may be given at the most. */
START_TEST(test_most_gpus)
{
	static const struct {
		const char *words;
		uint64_t gpus;
	} rows[] = {
		{ "", 0 },
		{ "ntasks=8", 0 },
		{ "gpus-per-node=a100:4", 4 },
		{ "gpus-per-node=a100:4 nodes=2", 8 },
		{ "gpus=6", 6 },
		/* As many nodes as it lets Slurm give it, if there are so many. */
		{ "gpus-per-node=a100:4 nodes=1-4", 16 },
		{ "gpus-per-node=a100:4 nodes=1-100", 16 },
		{ "gpus-per-node=4 nodes=1-100 constraint=net400", 12 },
		{ "gpus=6 nodes=1-4", 6 },
		{ "gpus-per-task=2 nodes=1-3", 6 },
		{ "gpus-per-task=a100:2 ntasks=2 nodes=1-3", 4 },
		/* Or as its tasks take, or its constraint counts. */
		{ "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=1", 16 },
		{ "gpus-per-node=a100:4 ntasks=4 cpus-per-task=64", 16 },
		{ "gpus-per-node=a100:4 ntasks=4 mem-per-cpu=200G", 16 },
		{ "gpus-per-node=2 constraint=[net25*2&net200*1]", 6 },
		{ "gpus-per-node=4 constraint=[net200*3&net400*2]", 20 },
		/* All that is on the nodes. */
		{ "exclusive=exclusive", 8 },
		{ "exclusive=exclusive nodes=2", 16 },
		{ "exclusive=exclusive nodes=1-2 constraint=net25", 4 },
		{ "exclusive=exclusive nodes=5", 40 },
		{ "exclusive=exclusive gpus-per-node=h100:1 nodes=1", 8 },
		{ "exclusive=exclusive gpus=h100:1", 8 },
		{ "exclusive=exclusive gpus=0", 8 },
		{ "exclusive=exclusive gpus-per-node=0 nodes=2", 16 },
		{ "exclusive=exclusive gres=none constraint=net200", 4 },
		{ "exclusive=exclusive gpus-per-task=h100:1 ntasks=2", 8 },
		{ "exclusive=exclusive gpus-per-node=1 constraint=net200", 4 },
		/* As it states them, where the site has no such nodes. */
		{ "gpus-per-node=v100:4 nodes=2", 8 },
		{ "gpus-per-node=v100:4 nodes=2-3", 12 },
		{ "exclusive=exclusive gpus-per-node=v100:4", 4 },
		{ "gpus-per-node=16", 16 },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		uint64_t gpus = dsfit_gpus(site, &r);

		ck_assert_msg(gpus == rows[i].gpus, "%s: %llu", rows[i].words,
			      (unsigned long long)gpus);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_partitions_of_classes)
{
	struct dsfit_site *site = site_of(
		"nodes \"small\" { gpu = a100 gpus = 4 partitions = {day, night} }\n"
		"nodes \"large\" { gpu = h100 gpus = 8 partitions = {night} }\n"
		"partition \"day\" { default = true }\npartition \"night\" { }\n");
	static const struct {
		const char *words;
		bool small, large;
	} rows[] = {
		{ "gpus=1", true, false },
		{ "gpus=1 partition=day", true, false },
		{ "gpus=1 partition=night", true, true },
		{ "gpus=1 partition=day,night", true, true },
		{ "gpus=1 partition=dusk", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_layout layout;

		ck_assert_msg(dsfit_place(site, &r, class_of(site, "small"), &layout) ==
			      rows[i].small, "%s", rows[i].words);
		ck_assert_msg(dsfit_place(site, &r, class_of(site, "large"), &layout) ==
			      rows[i].large, "%s", rows[i].words);
	}
	dsfit_site_free(site);
}
END_TEST

/* Memory that was not asked for is the site's default, or the node's. */
START_TEST(test_default_memory)
{
	static const struct {
		const char *defaults, *words;
		uint64_t capacity;
	} rows[] = {
		{ "", "gpus=4", 500 },
		{ "default-mem-per-node = 64GiB", "gpus=4", 64 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4", 80 },
		{ "default-mem-per-cpu = 2GiB", "gpus=4 cpus-per-gpu=8", 64 },
		{ "default-mem-per-cpu = 2GiB", "gpus=4", 2 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4 mem=100G", 100 },
		{ "default-mem-per-gpu = 20GiB", "gpus=4 mem=0", 500 },
		{ "default-mem-per-node = 64GiB", "gpus=4 mem-per-gpu=30G", 120 },
		{ "default-mem-per-node = 64GiB", "gpus=4 mem-per-cpu=3G cpus-per-task=16", 48 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("%s\nnodes \"n\" { gpu = a100 gpus = 4 "
						  "memory = 500GiB }\n", rows[i].defaults);
		struct dsfit_workload workload = train(site, "model=350M");
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_assessment a;

		dsfit_assess(site, &workload, &r, &a);
		ck_assert(a.placed);
		ck_assert_msg(a.host_capacity == rows[i].capacity * DSFIT_GIB, "%s, %s",
			      rows[i].defaults, rows[i].words);
		dsfit_site_free(site);
	}
}
END_TEST

/* --- verdicts -------------------------------------------------------------------------- */

START_TEST(test_judge)
{
	static const struct {
		uint64_t low, high, capacity;
		enum dsfit_verdict verdict;
	} rows[] = {
		{ 10, 20, 21, DSFIT_FITS },
		{ 10, 20, 20, DSFIT_FITS },
		{ 10, 20, 19, DSFIT_TIGHT },
		{ 10, 20, 10, DSFIT_TIGHT },
		{ 10, 20, 9, DSFIT_EXCEEDS },
		{ 10, 20, 0, DSFIT_UNKNOWN },
		{ 0, 0, 0, DSFIT_UNKNOWN },
		{ 0, 0, 1, DSFIT_FITS },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, DSFIT_EXCEEDS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_int_eq(dsfit_judge(rows[i].low, rows[i].high, rows[i].capacity),
				 rows[i].verdict);
}
END_TEST

/* A request is judged by the worst node it may land on. */
START_TEST(test_worst_class)
{
	struct dsfit_site *site = unit_site();
	static const struct {
		const char *declared, *words, *class;
		enum dsfit_verdict overall;
	} rows[] = {
		{ "model=13B zero=3", "gpus-per-node=4", "a100", DSFIT_EXCEEDS },
		{ "model=13B zero=3", "gpus-per-node=a100_80g:4", "a100x", DSFIT_FITS },
		{ "model=13B zero=3", "gpus-per-node=8", NULL, DSFIT_FITS },
		{ "model=350M", "gpus-per-node=1", "ws", DSFIT_FITS },
		{ "model=13B zero=3", "gpus-per-node=4 constraint=net25", NULL, DSFIT_UNKNOWN },
		{ "model=13B zero=3", "gpus-per-node=v100:4", NULL, DSFIT_UNKNOWN },
		/* Degrees of parallelism that do not divide the GPUs. */
		{ "model=350M parallel=tensor:3", "gpus-per-node=a100_80g:4", "a100x",
		  DSFIT_EXCEEDS },
		{ "model=350M parallel=tensor:2", "gpus-per-node=a100_80g:4", "a100x",
		  DSFIT_FITS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_workload workload = train(site, rows[i].declared);
		struct dsfit_request r = ask(rows[i].words, &sbatch);
		struct dsfit_assessment a;

		dsfit_assess(site, &workload, &r, &a);
		ck_assert_msg(a.overall == rows[i].overall, "%s: %s", rows[i].words,
			      dsfit_verdict_names[a.overall]);
		if (rows[i].class)
			ck_assert_str_eq(a.class->name, rows[i].class);
		ck_assert(a.placed == (a.class != NULL));
		ck_assert(a.placed || !a.gpu_capacity);
	}
	dsfit_site_free(site);
}
END_TEST

/* What the account says of a workload on 1 node with 4 GPUs. */
static struct dsfit_gpu_account gpu_account(const char *declared)
{
	struct dsfit_site *site = site_of("nodes \"n\" { gpu = h100 gpus = 4 }\n");
	struct dsfit_workload workload = train(site, declared);
	struct dsfit_request r = ask("gpus-per-node=4", &sbatch);
	struct dsfit_assessment a;

	dsfit_assess(site, &workload, &r, &a);
	dsfit_site_free(site);
	return a.account.gpu;
}

/* 4 nodes of 4 GPUs that have so much memory each, under a policy. */
static struct dsfit_site *site_with_memory(uint64_t bytes, const char *policy)
{
	return site_of("%s\ngpu \"card\" { memory = %lluB tflops = 300 }\n"
		       "nodes \"n\" { count = 4 gpu = card gpus = 4 memory = 2048GiB "
		       "network = 800Gbps }\n", policy, (unsigned long long)bytes);
}

/* At the account's low and high, to the byte. */
START_TEST(test_borders)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	const struct {
		uint64_t memory;
		enum dsfit_verdict verdict;
	} rows[] = {
		{ need.high, DSFIT_FITS }, { need.high - 1, DSFIT_TIGHT },
		{ need.low, DSFIT_TIGHT }, { need.low - 1, DSFIT_EXCEEDS },
	};

	ck_assert_uint_lt(need.low, need.high);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_with_memory(rows[i].memory, "mode = correct");
		struct dsfit_decision d;

		decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
		ck_assert_int_eq(d.assessment.gpu, rows[i].verdict);
		ck_assert_int_eq(d.assessment.overall, rows[i].verdict);
		ck_assert_int_eq(d.action, rows[i].verdict == DSFIT_EXCEEDS ? DSFIT_CORRECT :
									      DSFIT_PASS);
		dsfit_site_free(site);
	}
}
END_TEST

/* Tight is a misfit where the policy says so, and a correction then aims past it. */
START_TEST(test_refuse_tight)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	struct dsfit_site *site = site_with_memory((need.low + need.high) / 2,
						   "mode = correct refuse-tight = true");
	struct dsfit_decision d;

	decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.overall, DSFIT_TIGHT);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_FITS);
	dsfit_site_free(site);
	/* With nowhere better to go: let pass, or refused. */
	for (int refuse = 0; refuse < 2; refuse++) {
		site = site_with_memory((need.low + need.high) / 2, refuse ?
					"mode = correct max-gpus = 4 refuse-tight = true" :
					"mode = correct max-gpus = 4");
		decide(site, "model=13B zero=3", "gpus-per-node=card:4 nodes=1", &sbatch, &d);
		ck_assert_int_eq(d.action, refuse ? DSFIT_REFUSE : DSFIT_PASS);
		dsfit_site_free(site);
	}
}
END_TEST

/* --- the demo site ------------------------------------------------------------------------ */

static const struct {
	const char *declared, *asked;
	const struct dsfit_slurm *slurm;
	enum dsfit_action action;
	enum dsfit_obstacle obstacle;
	const char *corrected;		/* or NULL */
	const char *alternative;	/* the first, or NULL */
} demo_rows[] = {
	/* Fits as asked. */
	{ "model=13B zero=3", "gpus-per-node=a100_80g:4 nodes=1", &sbatch, DSFIT_PASS,
	  DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=350M", "gpus=1", &srun, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	/* More nodes of the named type, in the form that was used. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1-4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3-4 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gres=gpu:a100:4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gres=gpu:a100:4", NULL },
	{ "model=13B zero=3", "gpus=a100:4", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "--gpus=a100:12", NULL },
	{ "model=13B zero=3", "gpus=a100:4 nodes=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 3 --gpus=a100:12", NULL },
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks=4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-n 4 --gpus-per-task=a100:3", NULL },
	{ "model=13B zero=3", "gpus-per-task=a100:1 ntasks-per-node=4", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-task=a100:1", NULL },
	{ "model=13B zero=3", "tres-per-task=gres/gpu=4 constraint=net200 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	/* More GPUs on the node come before more nodes. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	/* Another type before more GPUs, where none was named. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100_80g:4", NULL },
	/* The mode that refuses, and the mode that the partition list leads to. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=gpu,strict", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL, "-p gpu,strict -N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 partition=preempt", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-p preempt -N 3 --gpus-per-node=a100:4", NULL },
	/* Tasks that were typed: up to them, and no further. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=8", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 8 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4 ntasks=1 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-N 3 -n 3 --gpus=a100:12" },
	/* In slurmctld a batch job's count grows with the nodes, and srun has counted none. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &ctld_sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=3", &ctld_sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 -n 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &ctld_srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 ntasks=1", &ctld_srun, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_LAUNCH, NULL, "-N 3 -n 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus-per-task=a100:4 ntasks=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_TASKS, NULL, "-n 3 --gpus-per-task=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4 ntasks=4 ntasks-per-gpu=1 nodes=1", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_TASKS, NULL,
	  "-N 3 -n 12 --ntasks-per-gpu=1 --gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks-per-node=4 nodes=1", &old_sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_TASKS, NULL,
	  "-N 3 --ntasks-per-node=4 --gpus-per-node=a100:4" },
	/* Tasks that take more nodes than were asked for: on these it fits as asked, and what is
	 * written holds them. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 ntasks-per-node=1 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=3 cpus-per-task=64 partition=strict",
	  &sbatch, DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=1", &old_sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:4 ntasks=4 ntasks-per-node=4", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 -n 4 --ntasks-per-node=4 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 ntasks-per-node=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 --ntasks-per-node=1 --gpus-per-node=a100:4",
	  NULL },
	{ "model=13B zero=3", "gpus-per-node=a100:1 ntasks=4 cpus-per-task=64", &ctld_sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-n 4 -c 64 --gpus-per-node=a100:4", NULL },
	{ "model=13B", "ntasks=3 ntasks-per-node=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  NULL, NULL },
	/* A constraint in brackets is one. */
	{ "model=13B zero=3", "gpus-per-node=4 nodes=1 constraint=[net400]", &sbatch,
	  DSFIT_PASS, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B zero=3", "gpus-per-node=2 nodes=1 constraint=net200*1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 -C \"net200*1\"", NULL },
	/* srun, and nodes that are named. */
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", &srun, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_LAUNCH, NULL, "-N 3 --gpus-per-node=a100:4" },
	{ "model=13B zero=3", "gpus=a100:4", &srun, DSFIT_REFUSE, DSFIT_OBSTACLE_LAUNCH, NULL,
	  "--gpus=a100:12" },
	{ "model=13B zero=3", "gpus-per-node=a100:4 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_REFUSE, DSFIT_OBSTACLE_LIST, NULL, "-N 3 --gpus-per-node=a100:4" },
	/* What needs no more nodes is corrected there all the same. */
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1", &srun, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	{ "model=5B zero=3", "gpus-per-node=a100:2 nodes=1 nodelist=a100-0", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 1 --gpus-per-node=a100:4", NULL },
	/* A network too slow: a faster one, or a refusal where the type rules that out. */
	{ "model=3B zero=3", "gpus-per-node=2 nodes=2", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-N 2 --gpus-per-node=2 -C net200", NULL },
	{ "model=3B zero=3", "gpus-per-node=rtx4090:2 nodes=2", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_MAY_CHANGE, NULL, "-N 2 --gpus-per-node=a100_80g:2" },
	/* Another partition only where none was named, and never away from the type. */
	{ "model=30B zero=3", "gpus-per-node=rtx4090:2", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_MAY_CHANGE, NULL, NULL },
	/* Only a model: the smallest that fits, with the memory it needs. */
	{ "model=350M", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B", "nodes=2", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE, NULL, NULL },
	{ "model=13B", "partition=strict", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_MODE, NULL,
	  "-p strict -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G" },
	{ "model=13B", "ntasks=1", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-N 1 -n 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	/* A preemptible partition first for an experiment, unless one was named. */
	{ "model=13B goal=experiment", "", &sbatch, DSFIT_CORRECT, DSFIT_NO_OBSTACLE,
	  "-p preempt -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B goal=experiment", "partition=gpu", &sbatch, DSFIT_CORRECT,
	  DSFIT_NO_OBSTACLE, "-p gpu -N 1 --gpus-per-node=a100_80g:4 --mem-per-gpu=8G", NULL },
	{ "model=13B goal=experiment zero=3", "gpus-per-node=a100:4 nodes=1", &sbatch,
	  DSFIT_CORRECT, DSFIT_NO_OBSTACLE, "-N 3 --gpus-per-node=a100:4", NULL },
	/* Nothing here is large enough. */
	{ "model=560B", "", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS, NULL, NULL },
	{ "model=560B", "gpus-per-node=a100:4 nodes=1", &sbatch, DSFIT_REFUSE,
	  DSFIT_OBSTACLE_NOTHING_FITS, NULL, NULL },
	{ "model=560B", "exclusive=exclusive", &sbatch, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS,
	  NULL, NULL },
	{ "model=1000T", "gpus=16", &srun, DSFIT_REFUSE, DSFIT_OBSTACLE_NOTHING_FITS, NULL,
	  NULL },
};

START_TEST(test_demo)
{
	struct dsfit_site *site = unit_site();
	const char *asked = demo_rows[_i].asked;
	struct dsfit_decision d;

	decide(site, demo_rows[_i].declared, asked, demo_rows[_i].slurm, &d);
	ck_assert_msg(d.action == demo_rows[_i].action, "%s: action %d, obstacle %d", asked,
		      d.action, d.obstacle);
	ck_assert_msg(d.obstacle == demo_rows[_i].obstacle, "%s: obstacle %d", asked, d.obstacle);
	if (demo_rows[_i].corrected)
		ck_assert_str_eq(say(&d.corrected.request), demo_rows[_i].corrected);
	if (demo_rows[_i].alternative) {
		ck_assert_uint_gt(d.alternative_count, 0);
		ck_assert_str_eq(say(&d.alternatives[0].request), demo_rows[_i].alternative);
	}
	ck_assert(d.nothing_asked == (d.asked.scope == DSFIT_GPUS_UNSET && !d.asked.exclusive));
	dsfit_site_free(site);
}
END_TEST

/* Another way to train, in words that replace what was declared. */
START_TEST(test_training)
{
	static const struct {
		const char *declared, *training;
	} rows[] = {
		{ "model=7B zero=2", "zero=3 offload=optimizer:cpu" },
		{ "model=13B zero=3", "offload=optimizer:cpu" },
		{ "model=13B zero=3 offload=param:cpu", "offload=optimizer:cpu" },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_decision d;
		size_t found = 0;

		decide(site, rows[i].declared, "gpus-per-node=a100:4 nodes=1 partition=strict",
		       &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		for (size_t j = 0; j < d.alternative_count; j++) {
			const struct dsfit_alternative *one = &d.alternatives[j];

			if (one->training)
				ck_assert_str_eq(one->training, rows[i].training);
			found += one->training != NULL;
		}
		ck_assert_msg(found == 1, "%s", rows[i].declared);
	}
	dsfit_site_free(site);
}
END_TEST

/* Numbers beyond the site stay numbers: what is missing is said of the roomiest that was tried. */
START_TEST(test_nothing_fits)
{
	static const char *const models[] = { "model=560B", "model=1000T", "model=560B zero=0" };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct dsfit_decision d;

		decide(site, models[i], "", &sbatch, &d);
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_NOTHING_FITS);
		ck_assert_uint_eq(d.alternative_count, 0);
		ck_assert(d.closest.placed);
		ck_assert_ptr_nonnull(d.closest.class);
		ck_assert_int_eq(d.closest.overall, DSFIT_EXCEEDS);
		ck_assert_uint_gt(d.closest.account.gpu.low, d.closest.gpu_capacity);
		ck_assert_uint_ge(d.closest.account.gpu.high, d.closest.account.gpu.low);
		ck_assert_uint_ge(d.assessment.account.gpu.low, d.closest.account.gpu.low);
	}
	dsfit_site_free(site);
}
END_TEST

/* Where all that the site has is tight at the best, that is said of it, and what would fit. */
START_TEST(test_tight_at_best)
{
	static const char *const asked[] = { "", "gpus-per-node=h100:8 nodes=1" };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		struct dsfit_decision d;

		decide(site, "model=70B", asked[i], &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_REFUSE);
		ck_assert_int_eq(d.closest.overall, DSFIT_TIGHT);
		ck_assert_uint_eq(d.alternative_count, 1);
		ck_assert_str_eq(d.alternatives[0].training, "offload=optimizer:cpu");
		ck_assert(!dsfit_something_fits(&d));
	}
	dsfit_site_free(site);
}
END_TEST

/* Where no change of what was asked fits, the plan's own first row is what is said. */
START_TEST(test_plans_own)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=13B zero=3 parallel=tensor:8");
	struct dsfit_request nothing = ask("", &sbatch);
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &nothing);
	struct dsfit_alternative first;
	struct dsfit_decision d;

	ck_assert_uint_eq(dsfit_plan(&plan, &first, 1), 1);
	decide(site, "model=13B zero=3 parallel=tensor:8", "gpus-per-task=1 ntasks-per-node=5",
	       &sbatch, &d);
	ck_assert_uint_eq(d.alternative_count, 1);
	ck_assert_str_eq(say(&d.alternatives[0].request), say(&first.request));
	dsfit_site_free(site);
}
END_TEST

/* Memory is raised to the need in the scope that was used; GPUs and nodes stay. */
static const struct {
	const char *words, *begins, *ends;
	uint64_t per;			/* of that scope, on the node */
} memory_rows[] = {
	{ "gpus-per-node=a100:4 nodes=1 mem=8G", "-N 1 --gpus-per-node=a100:4 --mem=", "G", 1 },
	{ "gpus=a100:4 mem-per-gpu=8G", "--gpus=a100:4 --mem-per-gpu=", "G", 4 },
	{ "gres=gpu:a100:4 mem-per-cpu=1G cpus-per-task=8", "-c 8 --gres=gpu:a100:4 --mem-per-cpu=",
	  "G", 8 },
	{ "gpus=a100:4 mem-per-cpu=100 cpus-per-gpu=12", "--cpus-per-gpu=12 --gpus=a100:4 --mem-per-cpu=", "G",
	  48 },
	{ "gpus=a100:4 mem-per-cpu=100 ntasks=4", "-n 4 --gpus=a100:4 --mem-per-cpu=", "G", 4 },
	{ "gpus-per-task=a100:1 ntasks-per-node=4 mem-per-cpu=1G cpus-per-task=2",
	  "--ntasks-per-node=4 -c 2 --gpus-per-task=a100:1 --mem-per-cpu=", "G", 8 },
	{ "ntasks=4 ntasks-per-gpu=1 constraint=net200 mem=8G", "-n 4 --ntasks-per-gpu=1 --mem=",
	  "", 1 },
};

START_TEST(test_memory)
{
	static const struct dsfit_slurm *const slurms[] = { &sbatch, &srun };
	struct dsfit_site *site = unit_site();
	const char *words = memory_rows[_i].words;

	for (size_t i = 0; i < ARRAY_SIZE(slurms); i++) {
		struct dsfit_decision d;
		const char *text;
		uint64_t memory;

		decide(site, "model=7B zero=3 offload=cpu", words, slurms[i], &d);
		ck_assert_int_eq(d.assessment.host, DSFIT_EXCEEDS);
		ck_assert_msg(d.action == DSFIT_CORRECT, "%s", words);
		ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_MEMORY);
		text = say(&d.corrected.request);
		unit_assert_begins(text, memory_rows[_i].begins);
		unit_assert_has(text, memory_rows[_i].ends);
		memory = dsfit_mul(d.corrected.request.memory, memory_rows[_i].per);
		ck_assert_uint_ge(memory, d.assessment.account.host.high);
		/* The need, rounded up to what can be asked for, and not some larger sum. */
		ck_assert_uint_lt(memory, d.assessment.account.host.high +
					  memory_rows[_i].per * DSFIT_GIB);
	}
	dsfit_site_free(site);
}
END_TEST

/* --mem=0 has all there is: nothing to raise. More than a node has is not asked for. */
START_TEST(test_memory_of_a_node)
{
	struct dsfit_site *site = site_of("mode = correct\nnodes \"n\" { count = 2 gpu = h100 "
					  "gpus = 4 memory = 100GiB network = 400Gbps }\n");
	static const char *const asked[] = {
		"gpus-per-node=h100:4 nodes=1 mem=0", "gpus-per-node=h100:4 nodes=1 mem=90G",
		"gpus-per-node=h100:4 nodes=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		struct dsfit_decision d;

		decide(site, "model=7B zero=3 offload=cpu", asked[i], &sbatch, &d);
		ck_assert_int_eq(d.assessment.host, DSFIT_EXCEEDS);
		ck_assert_msg(!(d.action == DSFIT_CORRECT &&
				d.corrected.changes == DSFIT_CHANGE_MEMORY), "%s", asked[i]);
		if (d.action == DSFIT_CORRECT)
			ck_assert_uint_le(d.corrected.request.memory, 100 * DSFIT_GIB);
	}
	dsfit_site_free(site);
}
END_TEST

/* Where whole GiB are more than the node has, whole MiB still reach the need. */
START_TEST(test_memory_in_mib)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=7B zero=3 offload=cpu");
	struct dsfit_request r = ask("gpus-per-node=h100:4", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t need;

	dsfit_assess(site, &workload, &r, &a);
	need = a.account.host.high;
	dsfit_site_free(site);
	/* 64 CPUs a node: 64 GiB is the step of whole GiB, and the node has 1 GiB to spare. */
	site = site_of("mode = correct\nnodes \"n\" { gpu = h100 gpus = 4 memory = %lluB }\n",
		       (unsigned long long)(need + DSFIT_GIB));
	decide(site, "model=7B zero=3 offload=cpu",
	       "gpus-per-node=h100:4 nodes=1 mem-per-cpu=1M cpus-per-task=64", &sbatch, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_FITS);
	ck_assert_uint_ge(d.corrected.request.memory * 64, need);
	dsfit_site_free(site);
}
END_TEST

/* Scratch for what goes to NVMe, where it was asked for and is too little. */
START_TEST(test_scratch)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_decision d;

	decide(site, "model=13B zero=3 offload=nvme", "gpus-per-node=a100:4 nodes=1 tmp=10G",
	       &sbatch, &d);
	ck_assert_int_eq(d.assessment.nvme, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_SCRATCH);
	ck_assert_uint_ge(d.corrected.request.scratch, d.assessment.account.nvme.per_node);
	dsfit_site_free(site);
}
END_TEST

/* Each class's network is held against what its own GPUs need. */
START_TEST(test_network)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_decision d;

	decide(site, "model=3B zero=3", "gpus-per-node=2 nodes=2 constraint=net25|net200|net400",
	       &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_eq(d.corrected.changes, DSFIT_CHANGE_NETWORK);
	ck_assert_str_eq(d.corrected.request.features, "(net25|net200|net400)&(net200)");
	/* One node needs no network. */
	decide(site, "model=3B zero=3", "gpus-per-node=rtx4090:2 nodes=1", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_FITS);
	dsfit_site_free(site);
	/* A network that the site says nothing of is not held against it. */
	site = site_of("mode = correct\nnodes \"n\" { count = 2 gpu = h100 gpus = 8 "
		       "memory = 2048GiB }\n");
	decide(site, "model=3B zero=3", "gpus-per-node=2 nodes=2", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_UNKNOWN);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

/* Where no network is fast enough for comfort, the one that is not too slow will do. */
START_TEST(test_tight_network)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=3B zero=3");
	struct dsfit_request r = ask("gpus-per-node=a100:2 nodes=2", &sbatch);
	struct dsfit_assessment a;
	struct dsfit_decision d;
	uint64_t between;

	dsfit_assess(site, &workload, &r, &a);
	between = (a.account.network.low + a.account.network.required) / 2;
	dsfit_site_free(site);
	site = site_of("mode = correct may-change = {network}\n"
		       "nodes \"slow\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "network = 1Gbps features = {slow} }\n"
		       "nodes \"fair\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "network = %lluMbps features = {fair} }\n",
		       (unsigned long long)(between / 1000000));
	decide(site, "model=3B zero=3", "gpus-per-node=a100:2 nodes=2", &sbatch, &d);
	ck_assert_int_eq(d.assessment.network, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_str_eq(d.corrected.request.features, "fair");
	ck_assert_int_eq(d.corrected.assessment.overall, DSFIT_TIGHT);
	dsfit_site_free(site);
}
END_TEST

/* --- policy ------------------------------------------------------------------------------- */

/* Two classes: the one asked for is too small, and needs whatever a row denies. */
static struct dsfit_site *strict_site(const char *policy)
{
	return site_of("%s\n"
		       "nodes \"a100\" { count = 4 gpu = a100 gpus = 4 memory = 500GiB "
		       "scratch = 4TB network = 200Gbps features = {net200} }\n"
		       "nodes \"h100\" { count = 2 gpu = h100 gpus = 8 memory = 2000GiB "
		       "scratch = 8TB network = 800Gbps features = {net400} }\n"
		       "partition \"gpu\" { default = true }\n", policy);
}

static const struct {
	const char *may_change, *declared, *asked;
	enum dsfit_action action;
	unsigned forbidden;
} may_change_rows[] = {
	{ "", "model=350M", "gpus-per-node=a100:1", DSFIT_PASS, 0 },
	{ "", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_NODES },
	{ "memory, gpus", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_NODES },
	{ "nodes", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT, 0 },
	{ "nodes", "model=7B zero=3", "gpus-per-node=a100:2 nodes=1", DSFIT_CORRECT, 0 },
	{ "memory", "model=7B zero=3", "gpus-per-node=a100:2 nodes=1", DSFIT_REFUSE,
	  DSFIT_CHANGE_GPUS },
	{ "memory", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G", DSFIT_CORRECT,
	  0 },
	{ "gpus, nodes", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=0", DSFIT_PASS,
	  0 },
	{ "scratch", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G", DSFIT_REFUSE,
	  DSFIT_CHANGE_MEMORY },
	{ "memory", "model=13B zero=3 offload=nvme", "gpus-per-node=a100:4 tmp=1G", DSFIT_REFUSE,
	  DSFIT_CHANGE_SCRATCH },
	/* A total of GPUs is no node count, and still is theirs to change or not. */
	{ "memory", "model=13B zero=3", "gpus=a100:4", DSFIT_REFUSE, DSFIT_CHANGE_GPUS },
	/* A type that was named stays, whatever may change. */
	{ "memory, scratch, network, gpus, nodes, gpu-type, partition", "model=40B zero=3",
	  "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE, DSFIT_CHANGE_GPU_TYPE },
};

START_TEST(test_may_change)
{
	char policy[128];
	struct dsfit_site *site;
	struct dsfit_decision d;

	snprintf(policy, sizeof(policy), "mode = correct may-change = {%s}",
		 may_change_rows[_i].may_change);
	site = strict_site(policy);
	decide(site, may_change_rows[_i].declared, may_change_rows[_i].asked, &sbatch, &d);
	ck_assert_msg(d.action == may_change_rows[_i].action, "{%s} %s: %d, obstacle %d",
		      may_change_rows[_i].may_change, may_change_rows[_i].asked, d.action,
		      d.obstacle);
	if (d.action == DSFIT_REFUSE) {
		ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_MAY_CHANGE);
		ck_assert_uint_eq(d.forbidden & may_change_rows[_i].forbidden,
				  may_change_rows[_i].forbidden);
		ck_assert_uint_gt(d.alternative_count, 0);
	}
	dsfit_site_free(site);
}
END_TEST

static const struct {
	enum dsfit_mode site;
	const char *fit;		/* --ds-fit, or NULL */
	bool may_override;
	enum dsfit_mode mode;
	bool denied;
	enum dsfit_action action;
} mode_rows[] = {
	{ DSFIT_MODE_OFF, NULL, false, DSFIT_MODE_OFF, false, DSFIT_PASS },
	{ DSFIT_MODE_ADVISE, NULL, false, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_CORRECT, NULL, false, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_REJECT, NULL, false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	/* Stricter is for everybody, */
	{ DSFIT_MODE_OFF, "advise", false, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_OFF, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	{ DSFIT_MODE_ADVISE, "correct", false, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_CORRECT, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	/* the same is no wish at all, */
	{ DSFIT_MODE_REJECT, "reject", false, DSFIT_MODE_REJECT, false, DSFIT_REFUSE },
	{ DSFIT_MODE_CORRECT, "correct", true, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	/* milder for those who may. */
	{ DSFIT_MODE_REJECT, "correct", false, DSFIT_MODE_REJECT, true, DSFIT_REFUSE },
	{ DSFIT_MODE_REJECT, "correct", true, DSFIT_MODE_CORRECT, false, DSFIT_CORRECT },
	{ DSFIT_MODE_REJECT, "off", false, DSFIT_MODE_REJECT, true, DSFIT_REFUSE },
	{ DSFIT_MODE_REJECT, "off", true, DSFIT_MODE_OFF, false, DSFIT_PASS },
	{ DSFIT_MODE_CORRECT, "advise", false, DSFIT_MODE_CORRECT, true, DSFIT_CORRECT },
	{ DSFIT_MODE_CORRECT, "advise", true, DSFIT_MODE_ADVISE, false, DSFIT_PASS },
	{ DSFIT_MODE_ADVISE, "off", false, DSFIT_MODE_ADVISE, true, DSFIT_PASS },
};

START_TEST(test_modes)
{
	struct dsfit_gate gate = open_gate;
	char policy[64], declared[64];
	struct dsfit_site *site;
	struct dsfit_decision d;

	gate.may_override = mode_rows[_i].may_override;
	snprintf(policy, sizeof(policy), "mode = %s", dsfit_mode_names[mode_rows[_i].site]);
	snprintf(declared, sizeof(declared), "model=13B zero=3%s%s",
		 mode_rows[_i].fit ? " fit=" : "", mode_rows[_i].fit ? mode_rows[_i].fit : "");
	site = strict_site(policy);
	decide_with(site, declared, "gpus-per-node=a100:4 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.mode, mode_rows[_i].mode);
	ck_assert_int_eq(d.fit_denied, mode_rows[_i].denied);
	ck_assert_int_eq(d.action, mode_rows[_i].action);
	/* Advice is worth as much as a refusal's. */
	if (d.mode == DSFIT_MODE_ADVISE || d.mode == DSFIT_MODE_REJECT)
		ck_assert_uint_gt(d.alternative_count, 0);
	if (d.mode == DSFIT_MODE_REJECT)
		ck_assert_int_eq(d.obstacle, mode_rows[_i].site == DSFIT_MODE_REJECT ?
						     DSFIT_OBSTACLE_MODE : DSFIT_OBSTACLE_WISH);
	/* What fits is let pass in every mode. */
	decide_with(site, declared, "gpus-per-node=h100:8 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	ck_assert_int_eq(d.obstacle, DSFIT_NO_OBSTACLE);
	/* Where nothing can be rewritten there is only advice. */
	gate.can_rewrite = false;
	decide_with(site, declared, "gpus-per-node=a100:4 nodes=1", &sbatch, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_PASS);
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_unknown_gpu)
{
	static const struct {
		const char *policy;
		enum dsfit_action action;
	} rows[] = {
		{ "mode = correct unknown-gpu = accept", DSFIT_PASS },
		{ "mode = correct unknown-gpu = warn", DSFIT_PASS },
		{ "mode = correct unknown-gpu = reject", DSFIT_REFUSE },
		{ "mode = reject unknown-gpu = warn", DSFIT_PASS },
		{ "mode = reject unknown-gpu = reject", DSFIT_REFUSE },
		{ "mode = advise unknown-gpu = reject", DSFIT_PASS },
		{ "mode = off unknown-gpu = reject", DSFIT_PASS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = strict_site(rows[i].policy);
		struct dsfit_decision d;

		/* A MIG slice has the slice's memory, whatever the card's: it is not guessed. */
		decide(site, "model=560B", "gpus-per-node=3g.20gb:2", &sbatch, &d);
		ck_assert_msg(d.action == rows[i].action, "%s", rows[i].policy);
		ck_assert_int_eq(d.assessment.overall, DSFIT_UNKNOWN);
		ck_assert_int_eq(d.obstacle, d.action == DSFIT_REFUSE ? DSFIT_OBSTACLE_UNKNOWN_GPU :
									DSFIT_NO_OBSTACLE);
		dsfit_site_free(site);
	}
}
END_TEST

static const struct {
	const char *policy, *declared, *asked;
	enum dsfit_action action;
} limit_rows[] = {
	{ "max-gpus = 12", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT },
	{ "max-gpus = 11", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE },
	{ "max-nodes = 3", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_CORRECT },
	{ "max-nodes = 2", "model=13B zero=3", "gpus-per-node=a100:4 nodes=1", DSFIT_REFUSE },
	{ "max-gpus = 8", "model=13B", "", DSFIT_CORRECT },
	{ "max-gpus = 1", "model=13B", "", DSFIT_REFUSE },
	/* Who asks for more on his own may, and may have his memory corrected. */
	{ "max-gpus = 2", "model=350M", "gpus-per-node=a100:4", DSFIT_PASS },
	{ "max-gpus = 2", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G",
	  DSFIT_CORRECT },
	{ "max-nodes = 1", "model=7B zero=3 offload=cpu", "gpus-per-node=a100:4 mem=8G nodes=2",
	  DSFIT_CORRECT },
};

START_TEST(test_limits)
{
	char policy[64];
	struct dsfit_site *site;
	struct dsfit_decision d;

	snprintf(policy, sizeof(policy), "mode = correct %s", limit_rows[_i].policy);
	site = strict_site(policy);
	decide(site, limit_rows[_i].declared, limit_rows[_i].asked, &sbatch, &d);
	ck_assert_msg(d.action == limit_rows[_i].action, "%s, %s: %d", limit_rows[_i].policy,
		      limit_rows[_i].asked, d.action);
	dsfit_site_free(site);
}
END_TEST

/* Cheaper first; an unknown price last; then fewer GPUs, fewer nodes, configuration order. */
START_TEST(test_order)
{
	static const struct {
		const char *nodes, *class;
	} rows[] = {
		{ "nodes \"x\" { gpu = h100 gres-type = x gpus = 4 memory = 1TB price = 9 }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 8 }\n",
		  "y" },
		{ "nodes \"x\" { gpu = h200 gres-type = x gpus = 4 memory = 1TB }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 80 }\n",
		  "y" },
		{ "nodes \"x\" { gpu = h100 gres-type = x gpus = 4 memory = 1TB price = 8 }\n"
		  "nodes \"y\" { gpu = h100 gres-type = y gpus = 4 memory = 1TB price = 8 }\n",
		  "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of("mode = correct\n%s", rows[i].nodes);
		struct dsfit_decision d;

		decide(site, "model=350M", "", &sbatch, &d);
		ck_assert_int_eq(d.action, DSFIT_CORRECT);
		ck_assert_str_eq(d.corrected.request.gpu_type, rows[i].class);
		ck_assert_uint_eq(d.corrected.assessment.layout.gpus, 1);
		dsfit_site_free(site);
	}
}
END_TEST

/* Another partition, where none was named; there its policy counts. */
START_TEST(test_other_partition)
{
	struct dsfit_gpu_account need = gpu_account("model=13B zero=3");
	static const struct {
		const char *asked, *large;
		enum dsfit_action action;
	} rows[] = {
		{ "gpus-per-node=4 nodes=1", "", DSFIT_CORRECT },
		{ "gpus-per-node=4 nodes=1", "refuse-tight = true", DSFIT_REFUSE },
		{ "gpus-per-node=4 nodes=1 partition=day", "", DSFIT_REFUSE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dsfit_site *site = site_of(
			"mode = correct may-change = {partition}\n"
			"gpu \"card\" { memory = %lluB }\ngpu \"toy\" { memory = 4GiB }\n"
			"nodes \"small\" { gpu = toy gpus = 4 memory = 1TB partitions = {day} }\n"
			"nodes \"big\" { gpu = card gpus = 4 memory = 1TB partitions = {night} }\n"
			"partition \"day\" { default = true }\npartition \"night\" { %s }\n",
			(unsigned long long)(need.low + need.high) / 2, rows[i].large);
		struct dsfit_decision d;

		decide(site, "model=13B zero=3", rows[i].asked, &sbatch, &d);
		ck_assert_msg(d.action == rows[i].action, "%s %s: %d", rows[i].asked,
			      rows[i].large, d.action);
		if (d.action == DSFIT_CORRECT)
			ck_assert_str_eq(d.corrected.request.partition, "night");
		dsfit_site_free(site);
	}
}
END_TEST

/* GPUs of a whole job must not spread over nodes that srun has no tasks for. */
START_TEST(test_bound_elsewhere)
{
	struct dsfit_site *site = site_of(
		"mode = correct\n"
		"nodes \"big\" { count = 2 gpu = a100 gres-type = big gpus = 8 memory = 1TB "
		"network = 800Gbps }\n"
		"nodes \"two\" { count = 8 gpu = h100 gres-type = two gpus = 2 memory = 1TB "
		"network = 800Gbps }\n");
	struct dsfit_decision d;

	decide(site, "model=10B zero=3", "gpus=2", &srun, &d);
	ck_assert_int_eq(d.assessment.overall, DSFIT_EXCEEDS);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_str_eq(d.corrected.request.gpu_type, "big");
	dsfit_site_free(site);
}
END_TEST

/* --- any site, any request ------------------------------------------------------------------ */

static const char *pick(uint64_t *state, const char *const *words, size_t count)
{
	return words[words_random(state, count)];
}

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

static struct dsfit_site *random_site(uint64_t *state)
{
	static const char *const policies[] = {
		"", "", "refuse-tight = true ", "max-gpus = 8 ", "max-nodes = 2 ",
		"may-change = {memory, gpus} ", "may-change = {nodes, gpu-type} ",
		"may-change = {memory, network, gpus, partition} ", "mode = reject ",
		"unknown-gpu = reject ", "mode = advise ", "network-wait = 0.1 ",
		"default-mem-per-gpu = 16GiB ", "default-mem-per-cpu = 4GiB ",
		"storage = 300GB ",
	};
	static const char *const gpus[] = {
		"rtx3070", "rtx4090", "a40", "a100", "a100_80g", "h100", "h200",
	};
	static const char *const sizes[] = { "1", "2", "3", "4", "6", "8" };
	static const char *const features[] = { "", "slow", "fast", "fast, ib", "slow, ib" };
	static const char *const homes[] = { "", "day", "night", "day, night" };
	static const char *const parts[] = {
		"", "preemptible = true", "refuse-tight = true", "mode = reject",
		"may-change = {memory, nodes}", "max-gpus = 4",
	};
	char text[4096] = "mode = correct ";
	size_t classes = 1 + words_random(state, 4);

	append(text, sizeof(text), "%s%s\n", pick(state, policies, ARRAY_SIZE(policies)),
	       pick(state, policies, ARRAY_SIZE(policies)));
	for (size_t i = 0; i < classes; i++) {
		append(text, sizeof(text), "nodes \"n%zu\" { gpu = %s gpus = %s count = %llu ", i,
		       pick(state, gpus, ARRAY_SIZE(gpus)), pick(state, sizes, ARRAY_SIZE(sizes)),
		       1 + (unsigned long long)words_random(state, 6));
		if (words_random(state, 2))
			append(text, sizeof(text), "cpus = %llu ",
			       4 + (unsigned long long)words_random(state, 60));
		append(text, sizeof(text), "features = {%s} ",
		       pick(state, features, ARRAY_SIZE(features)));
		append(text, sizeof(text), "partitions = {%s} ",
		       pick(state, homes, ARRAY_SIZE(homes)));
		if (words_random(state, 4))
			append(text, sizeof(text), "memory = %lluGiB ",
			       16 + (unsigned long long)words_random(state, 1000));
		if (words_random(state, 4))
			append(text, sizeof(text), "network = %lluGbps ",
			       10 + (unsigned long long)words_random(state, 400));
		if (words_random(state, 2))
			append(text, sizeof(text), "scratch = %lluGiB ",
			       (unsigned long long)words_random(state, 4000));
		if (words_random(state, 2))
			append(text, sizeof(text), "price = %llu ",
			       (unsigned long long)words_random(state, 50));
		append(text, sizeof(text), "}\n");
	}
	append(text, sizeof(text), "partition \"day\" { default = true %s }\n",
	       pick(state, parts, ARRAY_SIZE(parts)));
	append(text, sizeof(text), "partition \"night\" { %s }\n",
	       pick(state, parts, ARRAY_SIZE(parts)));
	return site_of("%s", text);
}

static void random_declaration(uint64_t *state, char *text, size_t size)
{
	static const char *const models[] = {
		"124M", "350M", "1.3B", "3B", "7B", "13B", "30B", "70B", "8x7B", "560B",
	};
	static const char *const more[] = {
		"", "", "zero=0", "zero=1", "zero=2", "zero=3", "zero=2 offload=cpu",
		"zero=3 offload=cpu", "zero=3 offload=nvme", "zero=3 offload=optimizer:cpu",
		"zero=3 offload=param:cpu",
		"method=lora", "method=qlora", "engine=none", "zero=3 parallel=tensor:2",
		"parallel=pipeline:3",
	};
	static const char *const batch[] = { "", "", "batch=4", "batch=16 seq=8192" };
	static const char *const goals[] = { "", "", "goal=experiment", "goal=production" };

	snprintf(text, size, "model=%s %s %s %s", pick(state, models, ARRAY_SIZE(models)),
		 pick(state, more, ARRAY_SIZE(more)), pick(state, batch, ARRAY_SIZE(batch)),
		 pick(state, goals, ARRAY_SIZE(goals)));
}

static void random_request(uint64_t *state, const struct dsfit_site *site, char *text,
			   size_t size)
{
	static const char *const forms[] = {
		"gpus=", "gpus-per-node=", "gpus-per-task=", "gres=gpu:", "gres=nvme:1,gpu:",
		"tres-per-task=gres/gpu:",
	};
	static const char *const others[] = {
		"nodes=1", "nodes=2", "nodes=1-2", "nodes=1-4", "ntasks=1", "ntasks=4",
		"ntasks=8", "ntasks-per-node=1", "ntasks-per-node=2", "mem=8G", "mem=0", "mem-per-gpu=4G",
		"mem-per-cpu=1G", "cpus-per-task=7", "cpus-per-gpu=5", "tmp=8G", "partition=day",
		"partition=night", "partition=day,night", "constraint=slow", "constraint=fast|ib",
		"constraint=[slow|ib]", "constraint=fast*2",
		"exclusive=exclusive", "nodelist=n0",
	};
	size_t form = words_random(state, ARRAY_SIZE(forms) + 2);
	const char *type = "";
	char typed[DSFIT_NAME_MAX + 1] = "";

	if (words_random(state, 2))
		type = site->classes[words_random(state, site->class_count)].gres_type;
	else if (words_random(state, 12) == 0)
		type = "v100";
	if (*type)
		snprintf(typed, sizeof(typed), "%s:", type);
	text[0] = '\0';
	if (form < ARRAY_SIZE(forms))
		snprintf(text, size, "%s%s%llu", forms[form], typed,
			 1 + (unsigned long long)words_random(state, 8));
	else if (form == ARRAY_SIZE(forms))
		snprintf(text, size, "ntasks-per-gpu=1 ntasks=%llu",
			 1 + (unsigned long long)words_random(state, 8));
	for (uint64_t n = words_random(state, 4); n; n--)
		append(text, size, " %s", pick(state, others, ARRAY_SIZE(others)));
}

/* What a correction makes of the options, read and decided again, as a controller does. */
static void assert_round_trip(const struct dsfit_site *site, const struct dsfit_workload *workload,
			      const char *words, const struct dsfit_slurm *slurm,
			      const struct dsfit_decision *d)
{
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err = { "" };
	struct dsfit_request again;
	int count = dsfit_request_changes(&options, slurm, &d->asked, &d->corrected.request,
					  changes);

	ck_assert_msg(count > 0, "%s cannot become %s", words, say(&d->corrected.request));
	words_apply(changes, count, &options);
	ck_assert_msg(!dsfit_request_parse(&options, slurm, &again, &err), "%s", err.text);
	assert_passes(site, workload, &again, &open_gate, "what was written");
}

START_TEST(test_any)
{
	static const unsigned releases[] = { 2205, 2411, 2605 };
	uint64_t state = 0x2545f4914f6cdd1d + (uint64_t)_i * 7919;
	struct dsfit_site *site = random_site(&state);

	for (int round = 0; round < 150; round++) {
		const struct dsfit_slurm slurm = {
			(enum dsfit_command)words_random(&state, 3),
			releases[words_random(&state, ARRAY_SIZE(releases))],
			words_random(&state, 2),
		};
		char declared[256], asked[WORDS_MAX];
		struct dsfit_workload workload;
		struct dsfit_request request;
		struct dsfit_decision d;

		random_declaration(&state, declared, sizeof(declared));
		random_request(&state, site, asked, sizeof(asked));
		workload = train(site, declared);
		request = ask(asked, &slurm);
		dsfit_decide(site, &workload, &request, &open_gate, &d);
		assert_sound(site, &workload, &open_gate, &d);
		if (d.action == DSFIT_CORRECT)
			assert_round_trip(site, &workload, asked, &slurm, &d);
	}
	dsfit_site_free(site);
}
END_TEST

static void add_loop(Suite *suite, const char *name, const TTest *test, size_t rows)
{
	TCase *tcase = unit_folder_case(suite, name);

	tcase_add_loop_test(tcase, test, 0, (int)rows);
}

int main(void)
{
	const TTest *const single[] = {
		test_partitions_of_classes, test_default_memory, test_judge, test_worst_class,
		test_borders, test_refuse_tight, test_nothing_fits, test_memory_of_a_node,
		test_memory_in_mib, test_scratch, test_network, test_tight_network,
		test_unknown_gpu, test_order, test_other_partition,
		test_bound_elsewhere, test_training, test_plans_own, test_tight_at_best,
		test_most_gpus,
	};
	Suite *suite = suite_create("decide");

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		tcase_add_test(unit_folder_case(suite, "one by one"), single[i]);
	add_loop(suite, "features", test_features, ARRAY_SIZE(feature_rows));
	add_loop(suite, "places", test_places, ARRAY_SIZE(places));
	add_loop(suite, "demo", test_demo, ARRAY_SIZE(demo_rows));
	add_loop(suite, "memory", test_memory, ARRAY_SIZE(memory_rows));
	add_loop(suite, "may-change", test_may_change, ARRAY_SIZE(may_change_rows));
	add_loop(suite, "modes", test_modes, ARRAY_SIZE(mode_rows));
	add_loop(suite, "limits", test_limits, ARRAY_SIZE(limit_rows));
	add_loop(suite, "any", test_any, 40);
	return unit_run(suite);
}
