/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of the estimate that a site sets in dsfit.conf. Each test sets keys in a file and
 * checks that the figures they are for change as they must. So a key that is read but not used
 * makes a test fail.
 */
#include "core/account/estimate_settings.h"

#include <json-c/json.h>
#include <stddef.h>

#include "core/base/size.h"
#include "core/decide/assess.h"
#include "core/decide/guide_check.h"
#include "core/decide/plan.h"
#include "core/say/say_json.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"
#include "tests/unit/words.h"

static struct dsfit_site *site_of(const char *sections)
{
	char text[8192];
	struct dsfit_error err = { "" };
	struct dsfit_site *site;

	ck_assert_int_lt(snprintf(text, sizeof(text), "include(\"%s/gpus.conf\")\n"
				  "include(\"%s/models.conf\")\n%s", TEST_CONF, TEST_CONF,
				  sections), (int)sizeof(text));
	site = dsfit_site_load(unit_write("site.conf", text), &err);
	ck_assert_msg(site != NULL, "%s\n%s", err.text, text);
	return site;
}

/* The account of a job on so many nodes with 8 GPUs; on one GPU if `nodes` is 0. */
static struct dsfit_account account_of(const char *sections, const char *declared, uint64_t nodes)
{
	struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1, .tflops = 312 };
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(declared, line);
	struct dsfit_site *site = site_of(sections);
	struct dsfit_workload w;
	struct dsfit_error err = { "" };
	struct dsfit_account account;

	if (nodes)
		layout = (struct dsfit_layout){ nodes, 8, 8 * nodes, 312, 0 };
	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, &w,
						 &err), "%s: %s", declared, err.text);
	dsfit_account(&w.model, &site->families, &w.training, &layout, &site->estimate, &account);
	dsfit_site_free(site);
	return account;
}

/* ---- the section `estimate` ----------------------------------------------------------------- */

START_TEST(framework)
{
	struct dsfit_account a = account_of("estimate { context = 3GiB }", "model=7B", 0);

	ck_assert_uint_eq(a.gpu.framework, 3 * DSFIT_GIB);
	/* NCCL needs memory only if there are several GPUs. */
	a = account_of("estimate { nccl = 2GiB }", "model=7B", 0);
	ck_assert_uint_eq(a.gpu.framework, 1800 * DSFIT_MIB);
	a = account_of("estimate { nccl = 2GiB }", "model=7B", 1);
	ck_assert_uint_eq(a.gpu.framework, 1800 * DSFIT_MIB + 2 * DSFIT_GIB);
	a = account_of("estimate { context = 0 nccl = 0 }", "model=7B", 1);
	ck_assert_uint_eq(a.gpu.framework, 0);
}
END_TEST

START_TEST(slack)
{
	const char *const set = "estimate { slack = 0.5 slack-zero = 0.25 slack-fsdp = 0.125 }";
	struct dsfit_account a = account_of(set, "model=7B zero=0", 1);

	ck_assert_uint_eq(a.gpu.slack, (a.gpu.peak - a.gpu.framework - a.gpu.slack) / 2);
	a = account_of(set, "model=7B zero=3", 1);
	ck_assert_uint_eq(a.gpu.slack, (a.gpu.peak - a.gpu.framework - a.gpu.slack) / 4);
	a = account_of(set, "model=7B zero=3 engine=fsdp", 1);
	ck_assert_uint_eq(a.gpu.slack, (a.gpu.peak - a.gpu.framework - a.gpu.slack) / 8);
}
END_TEST

/* Each of the three bands applies to one job and not to the others. */
START_TEST(bands)
{
	static const struct {
		const char *name, *declared;
		uint64_t fused;		/* thirds of the loss that a fused loss saves */
	} rows[] = {
		{ "exact", "model=llama-2-7b", 1 },
		{ "assumed", "model=7B", 1 },
		{ "fsdp", "model=llama-2-7b engine=fsdp", 2 },
	};
	char set[256];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(rows); j++) {
			struct dsfit_account usual = account_of("", rows[j].declared, 1), a;
			const struct dsfit_gpu_account *g = &a.gpu;
			uint64_t fused = dsfit_scale(usual.gpu.loss, (double)rows[j].fused / 3);

			snprintf(set, sizeof(set), "estimate { %s-below = 0.75 %s-above = 0.5 }",
				 rows[i].name, rows[i].name);
			a = account_of(set, rows[j].declared, 1);
			ck_assert_uint_eq(g->peak, usual.gpu.peak);
			if (i == j) {
				ck_assert_uint_eq(g->low, g->peak - dsfit_scale(g->peak, 0.75));
				ck_assert_uint_eq(g->high, g->peak + dsfit_scale(g->peak, 0.5));
			} else {
				ck_assert_uint_eq(g->low, usual.gpu.low);
				ck_assert_uint_eq(g->high, usual.gpu.high);
			}
			snprintf(set, sizeof(set), "estimate { %s-below-fused = 0.6 }",
				 rows[i].name);
			a = account_of(set, rows[j].declared, 1);
			ck_assert_uint_eq(g->low, i == j ? g->peak - fused -
						  dsfit_scale(g->peak, 0.6) : usual.gpu.low);
		}
	}
}
END_TEST

START_TEST(processes)
{
	/* Nothing is offloaded, loaded whole or saved: the node holds only its eight processes. */
	struct dsfit_account a = account_of("estimate { process-low = 2GiB process = 3GiB "
					    "process-high = 60GiB }",
					    "model=7B zero=3 set=save:no", 1);

	ck_assert_uint_eq(a.host.low, 8 * 2 * DSFIT_GIB);
	ck_assert_uint_eq(a.host.own, 8 * 3 * DSFIT_GIB);
	ck_assert_uint_eq(a.host.high, 8 * 60 * DSFIT_GIB);
}
END_TEST

START_TEST(speed)
{
	const char *const job = "model=70B zero=3";
	struct dsfit_account usual = account_of("", job, 2);
	struct dsfit_account a = account_of("estimate { utilisation = 0.8 }", job, 2);
	double ratio;

	/* Twice as fast a step needs twice as fast a network. */
	ck_assert_uint_gt(usual.network.low, UINT64_C(25000000000));
	ck_assert_double_eq_tol(a.network.step_seconds, usual.network.step_seconds / 2, 1e-9);
	ratio = (double)a.network.required / (double)usual.network.required;
	ck_assert_double_eq_tol(ratio, 2, 1e-6);
	/* The low estimate depends only on utilisation-low. */
	ratio = (double)a.network.low / (double)usual.network.low;
	ck_assert_double_eq_tol(ratio, 1, 1e-6);
	ratio = (double)usual.network.low / (double)usual.network.required;
	ck_assert_double_eq_tol(ratio, 0.75, 1e-6);
	a = account_of("estimate { utilisation-low = 0.39 }", job, 2);
	ck_assert_uint_eq(a.network.required, usual.network.required);
	ratio = (double)a.network.low / (double)usual.network.low;
	ck_assert_double_eq_tol(ratio, 1.3, 1e-6);
}
END_TEST

START_TEST(waiting_for_the_network)
{
	struct dsfit_account none = account_of("network-wait = 0", "model=70B zero=3", 2);
	struct dsfit_account half = account_of("network-wait = 0.5", "model=70B zero=3", 2);
	struct dsfit_account usual = account_of("", "model=70B zero=3", 2);

	ck_assert_double_eq_tol((double)none.network.required / (double)half.network.required, 2,
				1e-6);
	ck_assert_uint_eq(usual.network.required, half.network.required);
}
END_TEST

/* ---- defaults ------------------------------------------------------------------------------- */

static void assert_defaults(const struct dsfit_estimate_settings *s, const char *what)
{
	struct dsfit_estimate_settings d;

	dsfit_estimate_defaults(&d);
	/* The struct has only doubles and 64-bit numbers, so there is no padding. */
	ck_assert_msg(!memcmp(s, &d, sizeof(d)), "%s: not the defaults", what);
}

/* Copy the commented-out section of a file in conf/, from "#estimate {" to "#}", as settings. */
static void uncomment(const char *path, char *out, size_t size)
{
	char line[512];
	bool in = false;
	size_t length = 0;
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		in = in || !strcmp(line, "#estimate {\n");
		if (!in)
			continue;
		length += (size_t)snprintf(out + length, size - length, "%s", line + 1);
		if (!strcmp(line, "#}\n"))
			break;
	}
	ck_assert(in && !feof(file));
	fclose(file);
}

/* The values that the files show in comments are the defaults, and no key is missing. */
START_TEST(shown_defaults)
{
	static const char *const files[] = { TEST_CONF "/site.conf", TEST_CONF "/dsfit.conf" };
	struct dsfit_site *site = site_of("");
	char text[4096];

	assert_defaults(&site->estimate, "no section");
	dsfit_site_free(site);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(files); i++) {
		size_t keys = 0;

		uncomment(files[i], text, sizeof(text));
		for (const char *c = text; (c = strchr(c, '=')); c++)
			keys++;
		ck_assert_uint_eq(keys, sizeof(struct dsfit_estimate_settings) / 8 - 1);
		site = site_of(text);
		assert_defaults(&site->estimate, files[i]);
		dsfit_site_free(site);
	}
}
END_TEST

/* ---- a card's own context ------------------------------------------------------------------- */

#define TWO_CARDS                                                                     \
	"gpu \"plain\" { memory = 40GiB tflops = 312 }\n"                             \
	"gpu \"heavy\" { memory = 40GiB tflops = 312 context = 9GiB }\n"              \
	"nodes \"a\" { gpu = plain gpus = 8 count = 4 memory = 2TB network = 800Gbps }\n" \
	"nodes \"b\" { gpu = heavy gpus = 8 count = 4 memory = 2TB network = 800Gbps }\n"

static struct dsfit_workload train(const struct dsfit_site *site, const char *declared)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(declared, line);
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };

	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						 &workload, &err), "%s: %s", declared, err.text);
	return workload;
}

/* Note the framework's bytes for each class where the request may land. */
static void note_framework(void *context, const struct dsfit_assessment *there)
{
	uint64_t **next = context;

	*(*next)++ = there->account.gpu.framework;
}

START_TEST(context_of_a_card)
{
	struct dsfit_site *site = site_of("estimate { context = 1GiB nccl = 1GiB }\n" TWO_CARDS);
	struct dsfit_workload workload = train(site, "model=7B zero=3");
	const struct dsfit_request request = { .scope = DSFIT_GPUS_PER_NODE, .gpus = 8,
					       .nodes_min = 1 };
	uint64_t bytes[4] = { 0 }, *next = bytes;
	struct dsfit_accounts accounts;

	/* Two cards that differ only in their context have different accounts. */
	dsfit_accounts_begin(&accounts, site, &workload);
	dsfit_assess_each(&accounts, &request, NULL, 0, note_framework, &next);
	dsfit_accounts_end(&accounts);
	ck_assert_int_eq(next - bytes, 2);
	ck_assert_uint_eq(bytes[0], 2 * DSFIT_GIB);
	ck_assert_uint_eq(bytes[1], 10 * DSFIT_GIB);
	dsfit_site_free(site);
}
END_TEST

/* The GPUs of the first row of a plan for the type. */
static uint64_t planned_gpus(const struct dsfit_site *site, const char *type)
{
	static struct dsfit_alternative rows[40];
	struct dsfit_workload workload = train(site, "model=13B zero=3");
	const struct dsfit_request nothing = { .nodes_min = 0 };
	struct dsfit_plan plan = dsfit_plan_begin(site, &workload, &nothing);
	size_t count = dsfit_plan(&plan, rows, DSFIT_ARRAY_SIZE(rows));

	for (size_t i = 0; i < count; i++)
		if (!strcmp(rows[i].request.gpu_type, type))
			return rows[i].assessment.layout.gpus;
	ck_abort_msg("no row for %s", type);
}

/* A plan reuses what it has computed, but not for another card. */
START_TEST(plan_by_context)
{
	struct dsfit_site *site = site_of(TWO_CARDS);
	uint64_t plain = planned_gpus(site, "plain"), heavy = planned_gpus(site, "heavy");

	dsfit_site_free(site);
	ck_assert_uint_gt(heavy, plain);
	/* The result for a card does not depend on the card before it. */
	site = site_of("gpu \"heavy\" { memory = 40GiB tflops = 312 context = 9GiB }\n"
		       "nodes \"b\" { gpu = heavy gpus = 8 count = 4 memory = 2TB "
		       "network = 800Gbps }\n");
	ck_assert_uint_eq(planned_gpus(site, "heavy"), heavy);
	dsfit_site_free(site);
}
END_TEST

/* ---- other places that estimate ------------------------------------------------------------- */

/* The hardware guide's jobs are estimated with the same numbers. */
START_TEST(settings_of_the_guide)
{
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_CONSUMER];
	struct dsfit_site *site = site_of("estimate { context = 3GiB }");
	struct dsfit_gpu *card = NULL;
	struct dsfit_comparison c;
	struct dsfit_error err;
	uint64_t largest;

	for (size_t i = 0; i < site->gpu_count && !card; i++)
		if (!strcmp(site->gpus[i].label, table->rows[0].cell[0]))
			card = &site->gpus[i];
	ck_assert_ptr_nonnull(card);
	ck_assert(!dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[0], &c, &err));
	ck_assert_uint_eq(c.assessment.account.gpu.framework, 3 * DSFIT_GIB);
	largest = dsfit_compare_largest(site, card, DSFIT_METHOD_LORA);
	card->context = 8 * DSFIT_GIB;
	ck_assert(!dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[0], &c, &err));
	ck_assert_uint_eq(c.assessment.account.gpu.framework, 8 * DSFIT_GIB);
	ck_assert_uint_lt(dsfit_compare_largest(site, card, DSFIT_METHOD_LORA), largest);
	card->context = 0;
	site->estimate.context = 8 * DSFIT_GIB;
	ck_assert_uint_lt(dsfit_compare_largest(site, card, DSFIT_METHOD_LORA), largest);
	dsfit_site_free(site);
}
END_TEST

/* The peak after the change of the training that "dsfit size --json" suggests first. */
static int64_t suggested_peak(const char *sections)
{
	struct dsfit_site *site = site_of(sections);
	struct dsfit_workload workload = train(site, "model=13B zero=3");
	const struct dsfit_request request = { .scope = DSFIT_GPUS_PER_NODE, .gpus = 8,
					       .nodes_min = 1 };
	const struct dsfit_gate gate = { .can_read = true, .own_form = DSFIT_FORM_NONE };
	struct dsfit_decision decision;
	const struct dsfit_say say = { .site = site, .workload = &workload, .decision = &decision,
				       .write_request = dsfit_request_text, .prefix = "--" };
	struct json_object *root, *value;
	int64_t peak;
	char *text;

	dsfit_decide(site, &workload, &request, &gate, &decision);
	text = dsfit_say_json(&say);
	ck_assert_ptr_nonnull(text);
	root = json_tokener_parse(text);
	ck_assert(json_object_object_get_ex(root, "advice", &value));
	value = json_object_array_get_idx(value, 0);
	ck_assert(value && json_object_object_get_ex(value, "peak", &value));
	peak = json_object_get_int64(value);
	json_object_put(root);
	free(text);
	dsfit_site_free(site);
	return peak;
}

START_TEST(settings_of_advice)
{
	int64_t peak = suggested_peak(TWO_CARDS "estimate { nccl = 1GiB }");

	ck_assert_int_eq(suggested_peak(TWO_CARDS "estimate { nccl = 3GiB }") - peak,
			 2 * (int64_t)DSFIT_GIB);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = unit_folder_case(suite, "settings");
	const TTest *const tests[] = {
		framework, slack, bands, processes, speed, waiting_for_the_network,
		shown_defaults, context_of_a_card, plan_by_context,
		settings_of_the_guide, settings_of_advice,
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
