/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies, row by row: which users the lists name, which mode applies, which rule follows from a
 * finding, and what is decided for each mode, verdict, override and set of allowed changes.
 */
#include "tests/unit/words.h"

#include <unistd.h>

#include "core/decide/decide.h"
#include "core/decide/rules.h"
#include "core/site/load.h"
#include "plugin/people.h"
#include "plugin/said.h"

/* --- whom a list names ---------------------------------------------------------- */

static const struct {
	const char *entry;
	int rc;
	enum dsfit_whose whose;
	const char *name;
} entry_rows[] = {
	{ "*", 0, DSFIT_WHOSE_ALL, "*" },
	{ "ada", 0, DSFIT_WHOSE_USER, "ada" },
	{ "@staff", 0, DSFIT_WHOSE_GROUP, "staff" },
	{ "account:ml", 0, DSFIT_WHOSE_ACCOUNT, "ml" },
	{ "account", 0, DSFIT_WHOSE_USER, "account" },
	{ "a@b", 0, DSFIT_WHOSE_USER, "a@b" },
	{ "", -1, 0, NULL },
	{ "@", -1, 0, NULL },
	{ "account:", -1, 0, NULL },
	{ "group:staff", -1, 0, NULL },
	{ "Account:ml", -1, 0, NULL },
	{ "account:a:b", -1, 0, NULL },
};

START_TEST(test_entries)
{
	enum dsfit_whose whose;
	struct dsfit_error err = { "" };
	const char *name;
	int rc = dsfit_policy_entry(entry_rows[_i].entry, &whose, &name, &err);

	ck_assert_int_eq(rc, entry_rows[_i].rc);
	if (rc) {
		unit_assert_has(err.text, "must be a user's name");
		return;
	}
	ck_assert_int_eq(whose, entry_rows[_i].whose);
	ck_assert_str_eq(name, entry_rows[_i].name);
}
END_TEST

static char ada[] = "ada", staff[] = "@staff", ml[] = "account:ml", star[] = "*";
static char *names_of[] = { ada, staff, ml };
static char *all_of[] = { star };

static const struct {
	const char *user, *group, *account;
	bool named;
} who_rows[] = {
	{ NULL, NULL, NULL, false },
	{ "ada", NULL, NULL, true },
	{ "Ada", NULL, NULL, false },
	{ "adam", NULL, NULL, false },
	{ "alan", NULL, NULL, false },
	{ "", NULL, NULL, false },
	{ "alan", "staff", NULL, true },
	{ "alan", "Staff", NULL, false },
	{ "alan", "ada", NULL, false },
	{ "staff", NULL, NULL, false },
	{ "alan", NULL, "ml", true },
	{ "alan", NULL, "ML", true },
	{ "alan", NULL, "mla", false },
	{ "ml", "ml", "ada", false },
	/* A forged account cannot look like a group or a user. */
	{ "alan", NULL, "@staff", false },
	{ "alan", NULL, "account:ml", false },
	{ "alan", NULL, "*", false },
};

START_TEST(test_who)
{
	const struct dsfit_names some = { names_of, DSFIT_ARRAY_SIZE(names_of) };
	const struct dsfit_names nobody = { NULL, 0 };
	const struct dsfit_names all = { all_of, 1 };
	const char *groups[] = { "others", who_rows[_i].group };
	const struct dsfit_who who = { who_rows[_i].user, groups, who_rows[_i].group ? 2 : 1,
				       who_rows[_i].account };

	ck_assert_int_eq(dsfit_policy_names(&some, &who), who_rows[_i].named);
	ck_assert(!dsfit_policy_names(&nobody, &who));
	ck_assert(dsfit_policy_names(&all, &who));
}
END_TEST

/* --- the mode in force ------------------------------------------------------------ */

#define NONE -1
#define O DSFIT_MODE_OFF
#define A DSFIT_MODE_ADVISE
#define C DSFIT_MODE_CORRECT
#define R DSFIT_MODE_REJECT

/* The mode in force for each mode of the policy and each --ds-fit: for anybody, for a user in
 * may-override, and for an exempt user. */
static const struct {
	enum dsfit_mode policy;
	int fit;
	enum dsfit_mode anybody, override, exempt;
} mode_rows[] = {
	{ O, NONE, O, O, O }, { O, O, O, O, O }, { O, A, A, A, A }, { O, C, C, C, C }, { O, R, R, R, R },
	{ A, NONE, A, A, A }, { A, O, A, O, O }, { A, A, A, A, A }, { A, C, C, C, C }, { A, R, R, R, R },
	{ C, NONE, C, C, A }, { C, O, C, O, O }, { C, A, C, A, A }, { C, C, C, C, C }, { C, R, R, R, R },
	{ R, NONE, R, R, A }, { R, O, R, O, O }, { R, A, R, A, A }, { R, C, R, C, C }, { R, R, R, R, R },
};

START_TEST(test_modes)
{
	const struct dsfit_policy policy = { .mode = mode_rows[_i].policy };
	bool given = mode_rows[_i].fit != NONE, denied;
	enum dsfit_mode fit = given ? (enum dsfit_mode)mode_rows[_i].fit : DSFIT_MODE_OFF;

	ck_assert_int_eq(dsfit_policy_mode(&policy, false, false, given, fit, &denied),
			 mode_rows[_i].anybody);
	/* `denied` tells that --ds-fit was not accepted. */
	ck_assert_int_eq(denied, given && fit != mode_rows[_i].anybody);
	ck_assert_int_eq(dsfit_policy_mode(&policy, false, true, given, fit, &denied),
			 mode_rows[_i].override);
	ck_assert(!denied);
	ck_assert_int_eq(dsfit_policy_mode(&policy, true, false, given, fit, &denied),
			 mode_rows[_i].exempt);
	ck_assert(!denied);
	ck_assert_int_eq(dsfit_policy_mode(&policy, true, true, given, fit, &denied),
			 mode_rows[_i].exempt);
	ck_assert(!denied);
}
END_TEST

/* Of a job whose script alone says what it trains, for each mode of the policy and each value of
 * `inferred`. */
static const enum dsfit_mode inferred_rows[][4] = {
	[O] = { O, O, O, O },
	[A] = { O, A, A, A },
	[C] = { O, A, C, R },
	[R] = { O, A, C, R },
};

START_TEST(test_inferred_modes)
{
	for (int mode = O; mode <= R; mode++)
		for (int inferred = O; inferred <= R; inferred++) {
			const struct dsfit_policy policy = {
				.mode = (enum dsfit_mode)mode,
				.inferred = (enum dsfit_mode)inferred,
			};

			ck_assert_int_eq(dsfit_policy_inferred(&policy),
					 inferred_rows[mode][inferred]);
		}
}
END_TEST

/* --- the rule that follows from a finding --------------------------------------------- */

#define SILENT DSFIT_RULE_SILENT
#define SAY DSFIT_RULE_SAY
#define CORRECT DSFIT_RULE_CORRECT
#define REFUSE DSFIT_RULE_REFUSE

#define DECLARED(is) { .declared = true, .verdict = is }
#define UNKNOWN_GPU { .declared = true, .unknown_gpu = true, .verdict = DSFIT_UNKNOWN }
#define UNDECLARED(in_all) { .verdict = DSFIT_EXCEEDS, .gpus = in_all }

static const struct dsfit_policy usual = { .undeclared_from_gpus = 1 };
static const struct dsfit_policy careful = { .refuse_tight = true };
static const struct dsfit_policy accepting = { .unknown_gpu = DSFIT_ACCEPT,
					       .undeclared = DSFIT_ACCEPT };
static const struct dsfit_policy warning = { .unknown_gpu = DSFIT_WARN, .undeclared = DSFIT_WARN,
					     .undeclared_from_gpus = 8 };
static const struct dsfit_policy rejecting = { .unknown_gpu = DSFIT_REJECT,
					       .undeclared = DSFIT_REJECT,
					       .undeclared_from_gpus = 8 };
static const struct dsfit_policy all_declare = { .undeclared = DSFIT_REJECT };

static const struct {
	const struct dsfit_policy *policy;
	struct dsfit_finding found;
	enum dsfit_rule off, advise, correct, reject;
} rule_rows[] = {
	{ &usual, DECLARED(DSFIT_FITS), SILENT, SAY, SAY, SAY },
	{ &usual, DECLARED(DSFIT_UNKNOWN), SILENT, SAY, SAY, SAY },
	{ &usual, DECLARED(DSFIT_TIGHT), SILENT, SAY, SAY, SAY },
	{ &usual, DECLARED(DSFIT_EXCEEDS), SILENT, SAY, CORRECT, REFUSE },
	{ &usual, { .declared = true, .asks_nothing = true }, SILENT, SAY, CORRECT, REFUSE },
	{ &careful, DECLARED(DSFIT_FITS), SILENT, SAY, SAY, SAY },
	{ &careful, DECLARED(DSFIT_UNKNOWN), SILENT, SAY, SAY, SAY },
	{ &careful, DECLARED(DSFIT_TIGHT), SILENT, SAY, CORRECT, REFUSE },
	{ &careful, DECLARED(DSFIT_EXCEEDS), SILENT, SAY, CORRECT, REFUSE },
	{ &accepting, UNKNOWN_GPU, SILENT, SILENT, SILENT, SILENT },
	{ &warning, UNKNOWN_GPU, SILENT, SAY, SAY, SAY },
	{ &rejecting, UNKNOWN_GPU, SILENT, SAY, REFUSE, REFUSE },
	/* The verdict for an unknown GPU type does not count. */
	{ &warning, { .declared = true, .unknown_gpu = true, .verdict = DSFIT_EXCEEDS },
	  SILENT, SAY, SAY, SAY },
	{ &usual, UNDECLARED(4), SILENT, SILENT, SILENT, SILENT },
	{ &accepting, UNDECLARED(UINT64_MAX), SILENT, SILENT, SILENT, SILENT },
	{ &warning, UNDECLARED(0), SILENT, SILENT, SILENT, SILENT },
	{ &warning, UNDECLARED(7), SILENT, SILENT, SILENT, SILENT },
	{ &warning, UNDECLARED(8), SILENT, SAY, SAY, SAY },
	{ &rejecting, UNDECLARED(7), SILENT, SILENT, SILENT, SILENT },
	{ &rejecting, UNDECLARED(8), SILENT, SAY, REFUSE, REFUSE },
	{ &rejecting, UNDECLARED(UINT64_MAX), SILENT, SAY, REFUSE, REFUSE },
	{ &all_declare, UNDECLARED(0), SILENT, SAY, REFUSE, REFUSE },
	/* A slip is refused where jobs are; what dsfit cannot size is not. Both are said. */
	{ &usual, { .wrong = true }, SAY, SAY, REFUSE, REFUSE },
	{ &accepting, { .wrong = true }, SAY, SAY, REFUSE, REFUSE },
	{ &usual, { .not_understood = true }, SAY, SAY, SAY, SAY },
	{ &all_declare, { .not_understood = true }, SAY, SAY, SAY, SAY },
};

START_TEST(test_rules)
{
	const struct dsfit_policy *policy = rule_rows[_i].policy;
	const struct dsfit_finding *found = &rule_rows[_i].found;

	ck_assert_int_eq(dsfit_policy_rule(policy, DSFIT_MODE_OFF, found), rule_rows[_i].off);
	ck_assert_int_eq(dsfit_policy_rule(policy, DSFIT_MODE_ADVISE, found), rule_rows[_i].advise);
	ck_assert_int_eq(dsfit_policy_rule(policy, DSFIT_MODE_CORRECT, found),
			 rule_rows[_i].correct);
	ck_assert_int_eq(dsfit_policy_rule(policy, DSFIT_MODE_REJECT, found), rule_rows[_i].reject);
}
END_TEST

/* --- the decision ----------------------------------------------------------------------- */

enum who { ANYBODY, OVERRIDER, EXEMPT };
enum change { ALL, MEMORY_ALONE };

#define PASS DSFIT_PASS
#define MEND DSFIT_CORRECT
#define TURN DSFIT_REFUSE

/* Requests for 13B on the demo site: one fits, one needs another node. */
#define FITS "gpus-per-node=a100:4 nodes=2"
#define MISFIT "gpus-per-node=a100:4 nodes=1"
#define UNKNOWN_TYPE "gpus-per-node=v100:4"
#define NOTHING ""

static const struct {
	const char *request, *fit;	/* fit: the value of --ds-fit, or "" */
	enum who who;
	enum change may_change;
	enum dsfit_action off, advise, correct, reject;
} decision_rows[] = {
	{ FITS, "", ANYBODY, ALL, PASS, PASS, PASS, PASS },
	{ FITS, "reject", ANYBODY, ALL, PASS, PASS, PASS, PASS },
	{ MISFIT, "", ANYBODY, ALL, PASS, PASS, MEND, TURN },
	{ MISFIT, "", ANYBODY, MEMORY_ALONE, PASS, PASS, TURN, TURN },
	{ MISFIT, "off", ANYBODY, ALL, PASS, PASS, MEND, TURN },
	{ MISFIT, "advise", ANYBODY, ALL, PASS, PASS, MEND, TURN },
	{ MISFIT, "correct", ANYBODY, ALL, MEND, MEND, MEND, TURN },
	{ MISFIT, "correct", ANYBODY, MEMORY_ALONE, TURN, TURN, TURN, TURN },
	{ MISFIT, "reject", ANYBODY, ALL, TURN, TURN, TURN, TURN },
	/* A user in may-override must ask for a milder mode. */
	{ MISFIT, "", OVERRIDER, ALL, PASS, PASS, MEND, TURN },
	{ MISFIT, "off", OVERRIDER, ALL, PASS, PASS, PASS, PASS },
	{ MISFIT, "advise", OVERRIDER, ALL, PASS, PASS, PASS, PASS },
	{ MISFIT, "advise", OVERRIDER, MEMORY_ALONE, PASS, PASS, PASS, PASS },
	{ MISFIT, "correct", OVERRIDER, ALL, MEND, MEND, MEND, MEND },
	/* An override changes the mode, but not what may be changed. */
	{ MISFIT, "correct", OVERRIDER, MEMORY_ALONE, TURN, TURN, TURN, TURN },
	{ MISFIT, "", EXEMPT, ALL, PASS, PASS, PASS, PASS },
	{ MISFIT, "", EXEMPT, MEMORY_ALONE, PASS, PASS, PASS, PASS },
	{ MISFIT, "off", EXEMPT, ALL, PASS, PASS, PASS, PASS },
	{ MISFIT, "correct", EXEMPT, ALL, MEND, MEND, MEND, MEND },
	{ MISFIT, "reject", EXEMPT, ALL, TURN, TURN, TURN, TURN },
	{ NOTHING, "", ANYBODY, ALL, PASS, PASS, MEND, TURN },
	{ NOTHING, "", ANYBODY, MEMORY_ALONE, PASS, PASS, TURN, TURN },
	{ NOTHING, "", EXEMPT, ALL, PASS, PASS, PASS, PASS },
	{ UNKNOWN_TYPE, "", ANYBODY, ALL, PASS, PASS, PASS, PASS },
};

START_TEST(test_decisions)
{
	static const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
	struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
				   .may_override = decision_rows[_i].who == OVERRIDER,
				   .exempt = decision_rows[_i].who == EXEMPT,
				   .own_form = DSFIT_FORM_NONE };
	const enum dsfit_action wanted[] = { decision_rows[_i].off, decision_rows[_i].advise,
					     decision_rows[_i].correct, decision_rows[_i].reject };
	struct dsfit_site *site = unit_site();
	char declared[WORDS_MAX], line[WORDS_MAX], text[64];
	struct dsfit_declaration declaration;
	struct dsfit_slurm_options options;
	struct dsfit_workload workload;
	struct dsfit_request request;
	struct dsfit_decision d;

	snprintf(text, sizeof(text), "model=13B zero=3%s%s", decision_rows[_i].fit[0] ? " fit=" : "",
		 decision_rows[_i].fit);
	declaration = words_declaration(text, declared);
	ck_assert_int_eq(dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						   &workload, NULL), 0);
	options = words_options(decision_rows[_i].request, line);
	ck_assert_int_eq(dsfit_request_parse(&options, &sbatch, &request, NULL), 0);
	for (int mode = DSFIT_MODE_OFF; mode <= DSFIT_MODE_REJECT; mode++) {
		for (size_t i = 0; i < site->partition_count; i++) {
			struct dsfit_policy *policy = &site->partitions[i].policy;

			policy->mode = (enum dsfit_mode)mode;
			policy->may_change = decision_rows[_i].may_change == ALL ?
						     DSFIT_CHANGE_ALL : DSFIT_CHANGE_MEMORY;
		}
		dsfit_decide(site, &workload, &request, &gate, &d);
		ck_assert_msg(d.action == wanted[mode], "mode %s: action %d",
			      dsfit_mode_names[mode], d.action);
		/* A refusal has a reason. */
		if (d.action == DSFIT_REFUSE)
			ck_assert_int_ne(d.obstacle, DSFIT_NO_OBSTACLE);
	}
	dsfit_site_free(site);
}
END_TEST

/* If the budget ends the search, dsfit does not say that nothing fits. */
START_TEST(test_budget)
{
	static const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
	struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
				   .own_form = DSFIT_FORM_NONE };
	struct dsfit_site *site = unit_site();
	char declared[WORDS_MAX], line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration("model=13B zero=3", declared);
	struct dsfit_slurm_options options = words_options(MISFIT, line);
	struct dsfit_workload workload;
	struct dsfit_request request;
	struct dsfit_decision d;

	ck_assert_int_eq(dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						   &workload, NULL), 0);
	ck_assert_int_eq(dsfit_request_parse(&options, &sbatch, &request, NULL), 0);
	gate.budget = 1;
	dsfit_decide(site, &workload, &request, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_REFUSE);
	ck_assert_int_eq(d.obstacle, DSFIT_OBSTACLE_TIME);
	gate.budget = 10000;
	dsfit_decide(site, &workload, &request, &gate, &d);
	ck_assert_int_eq(d.action, DSFIT_CORRECT);
	ck_assert_uint_gt(d.budget.classes, 9000);
	dsfit_site_free(site);
}
END_TEST

/* --- users and groups of this machine ---------------------------------------------------- */

static struct dsfit_site *site_with(const char *policy)
{
	char text[2048];
	struct dsfit_error err = { "" };
	struct dsfit_site *site;

	snprintf(text, sizeof(text), "%s\npartition \"p\" {\n\texempt = {\"@root\", \"nosuch-user\", "
		 "\"@nosuch-group\", \"account:root\"}\n}\n", policy);
	site = dsfit_site_load(unit_write("site.conf", text), &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

START_TEST(test_people)
{
	struct dsfit_site *site = site_with("may-override = {root, \"@root\"}");
	const char *groups[DSFIT_GROUPS_MAX];
	struct dsfit_people people;
	struct dsfit_who who;

	ck_assert_int_eq(dsfit_people_find(site, NULL, &people), 0);
	who = dsfit_people_who(&people, 0, 12345, "a", groups);
	ck_assert_str_eq(who.user, "root");
	ck_assert_str_eq(who.account, "a");
	ck_assert(dsfit_policy_names(&site->policy.may_override, &who));
	/* The group is the user's primary group. */
	who = dsfit_people_who(&people, 12345, 0, NULL, groups);
	ck_assert_ptr_null(who.user);
	ck_assert_uint_eq(who.group_count, 1);
	ck_assert(dsfit_policy_names(&site->policy.may_override, &who));
	ck_assert(dsfit_policy_names(&site->partitions[0].policy.exempt, &who));
	who = dsfit_people_who(&people, 12345, 12345, "root", groups);
	ck_assert(!dsfit_policy_names(&site->policy.may_override, &who));
	ck_assert(dsfit_policy_names(&site->partitions[0].policy.exempt, &who));
	dsfit_people_free(&people);
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_members)
{
	uid_t members[] = { 10, 20, 30 };
	struct dsfit_known_group group = { "g", 5, members, DSFIT_ARRAY_SIZE(members) };
	const struct dsfit_people people = { .groups = &group, .group_count = 1 };
	const char *groups[DSFIT_GROUPS_MAX];

	for (uid_t uid = 0; uid < 40; uid++)
		ck_assert_uint_eq(dsfit_people_who(&people, uid, 6, NULL, groups).group_count,
				  uid == 10 || uid == 20 || uid == 30);
}
END_TEST

START_TEST(test_caller)
{
	struct dsfit_site *site = site_with("may-override = {\"nosuch-user\"}");
	const char *groups[DSFIT_GROUPS_MAX];
	char user[DSFIT_USER_MAX];
	struct dsfit_who who = dsfit_people_caller(site, "nosuch", NULL, user, groups);

	/* The list has a user, so the process's user is looked up, even if it is another one. */
	ck_assert(who.user && !dsfit_policy_names(&site->policy.may_override, &who));
	who = dsfit_people_caller(site, site->partitions[0].name, NULL, user, groups);
	ck_assert_int_eq(dsfit_policy_names(&site->partitions[0].policy.exempt, &who),
			 getgid() == 0);
	dsfit_site_free(site);
}
END_TEST

/* --- several partitions ------------------------------------------------------------------- */

static const char partitions[] =
	"may-override = {\"account:site\", \"account:all\"}\n"
	"max-gpus = 64\n"
	"partition \"a\" { default = true mode = advise may-change = {gpus, nodes}\n"
	"	may-override = {\"account:a\", \"account:all\"} exempt = {\"account:all\"} }\n"
	"partition \"b\" { mode = advise may-change = {nodes, memory} max-gpus = 8\n"
	"	refuse-tight = true undeclared = reject undeclared-from-gpus = 4\n"
	"	may-override = {\"account:all\"} exempt = {\"account:all\"} }\n"
	"partition \"c\" { mode = correct undeclared = reject undeclared-from-gpus = 2\n"
	"	max-nodes = 2 unknown-gpu = reject network = wait }\n"
	"partition \"w\" { undeclared = warn undeclared-from-gpus = 1 }\n";

static const struct {
	const char *list;
	enum dsfit_mode mode;
	unsigned may_change;
	uint64_t max_gpus, max_nodes, from_gpus;
	enum dsfit_unheeded undeclared, unknown_gpu;
	bool refuse_tight;
	const char *may_override, *exempt;	/* the accounts that are named in all lists */
} list_rows[] = {
	{ "a", A, DSFIT_CHANGE_GPUS | DSFIT_CHANGE_NODES, 64, UINT64_MAX, 1, DSFIT_ACCEPT, DSFIT_WARN,
	  false, "a all", "all" },
	{ "a,b", A, DSFIT_CHANGE_NODES, 8, UINT64_MAX, 4, DSFIT_REJECT, DSFIT_WARN, true, "all", "all" },
	{ "b,a", A, DSFIT_CHANGE_NODES, 8, UINT64_MAX, 4, DSFIT_REJECT, DSFIT_WARN, true, "all", "all" },
	{ "b,c", C, DSFIT_CHANGE_NODES | DSFIT_CHANGE_MEMORY, 8, 2, 2, DSFIT_REJECT, DSFIT_REJECT, true,
	  "all", "" },
	{ "w,b", A, DSFIT_CHANGE_NODES | DSFIT_CHANGE_MEMORY, 8, UINT64_MAX, 4, DSFIT_REJECT,
	  DSFIT_WARN, true, "all", "" },
	/* A partition without a section has the site's policy. */
	{ "a,nosuch", A, DSFIT_CHANGE_GPUS | DSFIT_CHANGE_NODES, 64, UINT64_MAX, 1, DSFIT_ACCEPT,
	  DSFIT_WARN, false, "all", "" },
	{ NULL, A, DSFIT_CHANGE_GPUS | DSFIT_CHANGE_NODES, 64, UINT64_MAX, 1, DSFIT_ACCEPT, DSFIT_WARN,
	  false, "a all", "all" },
};

static bool has_word(const char *words, const char *word)
{
	char all[64], one[64];

	snprintf(all, sizeof(all), " %s ", words);
	snprintf(one, sizeof(one), " %s ", word);
	return strstr(all, one) != NULL;
}

START_TEST(test_lists)
{
	static const char *const accounts[] = { "site", "a", "all", "other" };
	struct dsfit_site *site = site_with(partitions);
	struct dsfit_policy p;

	dsfit_policy_of(site, list_rows[_i].list, &p);
	ck_assert_int_eq(p.mode, list_rows[_i].mode);
	ck_assert_uint_eq(p.may_change, list_rows[_i].may_change);
	ck_assert_uint_eq(p.max_gpus, list_rows[_i].max_gpus);
	ck_assert_uint_eq(p.max_nodes, list_rows[_i].max_nodes);
	ck_assert_uint_eq(p.undeclared_from_gpus, list_rows[_i].from_gpus);
	ck_assert_int_eq(p.undeclared, list_rows[_i].undeclared);
	ck_assert_int_eq(p.unknown_gpu, list_rows[_i].unknown_gpu);
	ck_assert_int_eq(p.refuse_tight, list_rows[_i].refuse_tight);
	/* Of these c alone does not let a job wait. */
	ck_assert_int_eq(p.network, list_rows[_i].list && strchr(list_rows[_i].list, 'c') &&
				    strcmp(list_rows[_i].list, "a,nosuch") ?
					DSFIT_NETWORK_WAIT : DSFIT_NETWORK_FLOOR);
	ck_assert_int_eq(dsfit_site_network_rule(site, list_rows[_i].list), p.network);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(accounts); i++) {
		struct dsfit_who who = { .account = accounts[i] };
		struct dsfit_leave leave = dsfit_policy_leave(site, list_rows[_i].list, &who);

		ck_assert_int_eq(leave.may_override, has_word(list_rows[_i].may_override, accounts[i]));
		ck_assert_int_eq(leave.exempt, has_word(list_rows[_i].exempt, accounts[i]));
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_inferred_lists)
{
	struct dsfit_site *site = site_with(
		"partition \"a\" { inferred = off inferred-declares = true }\n"
		"partition \"b\" { inferred = reject inferred-declares = true }\n"
		"partition \"c\" { inferred = correct inferred-declares = false }\n"
		"partition \"d\" { mode = reject }\n");
	static const struct {
		const char *list;
		enum dsfit_mode inferred;
		bool declares;
	} rows[] = {
		{ "a", O, true }, { "a,b", R, true }, { "c,a", C, false }, { "d", A, false },
		{ NULL, A, false },
	};
	struct dsfit_policy p;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		dsfit_policy_of(site, rows[i].list, &p);
		ck_assert_int_eq(p.inferred, rows[i].inferred);
		ck_assert_int_eq(p.inferred_declares, rows[i].declares);
	}
	dsfit_site_free(site);
}
END_TEST

/* --- what the submit host told the user ----------------------------------------------- */

static const struct {
	const char *text;
	unsigned what, changed;
	uint64_t figures;
} said_rows[] = {
	{ "fits", DSFIT_FITS, 0, 0 },
	{ "exceeds", DSFIT_EXCEEDS, 0, 0 },
	{ "unsized", DSFIT_SAID_UNSIZED, 0, 0 },
	{ "inherited", DSFIT_SAID_INHERITED, 0, 0 },
	{ "tight memory,nodes", DSFIT_TIGHT, DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_NODES, 0 },
	{ "fits partition", DSFIT_FITS, DSFIT_CHANGE_PARTITION, 0 },
	{ "fits nosuch,gpus,", DSFIT_FITS, DSFIT_CHANGE_GPUS, 0 },
	{ "fits  ,,", DSFIT_FITS, 0, 0 },
	{ "fits =0123456789abcdef", DSFIT_FITS, 0, 0x0123456789abcdef },
	{ "tight memory,gpus =ffffffffffffffff", DSFIT_TIGHT,
	  DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_GPUS, UINT64_MAX },
	/* A digest has its place and its length. */
	{ "fits=0123456789abcdef", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =0123456789abcde", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits nodes =0123456789abcdef0", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =0123456789abcdef nodes", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =0123456789ABCDEF", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =+123456789abcdef", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =0x23456789abcdef", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =0000000000000000", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits =", DSFIT_SAID_NOTHING, 0, 0 },
	{ "", DSFIT_SAID_NOTHING, 0, 0 },
	{ " fits", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fit", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fitsy nodes", DSFIT_SAID_NOTHING, 0, 0 },
	{ "fits nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,nodes,"
	  "nodes,nodes", DSFIT_SAID_NOTHING, 0, 0 },
};

START_TEST(test_said)
{
	struct dsfit_said said, again;
	char text[DSFIT_SAID_MAX];

	dsfit_said_read(said_rows[_i].text, &said);
	ck_assert_uint_eq(said.what, said_rows[_i].what);
	ck_assert_uint_eq(said.changed, said_rows[_i].changed);
	ck_assert_uint_eq(said.figures, said_rows[_i].figures);
	dsfit_said_write(&said, text);
	dsfit_said_read(text, &again);
	ck_assert_uint_eq(again.what, said.what);
	ck_assert_uint_eq(again.changed, said.changed);
	ck_assert_uint_eq(again.figures, said.figures);
}
END_TEST

START_TEST(test_said_all)
{
	const struct dsfit_said all = { DSFIT_SAID_INHERITED, DSFIT_CHANGE_ALL,
					UINT64_MAX - 1 };
	struct dsfit_said again;
	char text[DSFIT_SAID_MAX];

	dsfit_said_write(&all, text);
	dsfit_said_read(text, &again);
	ck_assert_uint_eq(again.what, all.what);
	ck_assert_uint_eq(again.changed, all.changed);
	ck_assert_uint_eq(again.figures, all.figures);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = unit_case(suite, "who");

	tcase_add_loop_test(tcase, test_entries, 0, DSFIT_ARRAY_SIZE(entry_rows));
	tcase_add_loop_test(tcase, test_who, 0, DSFIT_ARRAY_SIZE(who_rows));
	tcase_add_test(tcase, test_members);
	tcase = unit_folder_case(suite, "this machine's");
	tcase_add_test(tcase, test_people);
	tcase_add_test(tcase, test_caller);
	tcase = unit_case(suite, "rules");
	tcase_add_loop_test(tcase, test_modes, 0, DSFIT_ARRAY_SIZE(mode_rows));
	tcase_add_test(tcase, test_inferred_modes);
	tcase_add_loop_test(tcase, test_rules, 0, DSFIT_ARRAY_SIZE(rule_rows));
	tcase = unit_folder_case(suite, "lists of partitions");
	tcase_add_test(tcase, test_inferred_lists);
	tcase_add_loop_test(tcase, test_lists, 0, DSFIT_ARRAY_SIZE(list_rows));
	tcase = unit_case(suite, "decisions");
	tcase_add_loop_test(tcase, test_decisions, 0, DSFIT_ARRAY_SIZE(decision_rows));
	tcase_add_test(tcase, test_budget);
	tcase = unit_case(suite, "said");
	tcase_add_loop_test(tcase, test_said, 0, DSFIT_ARRAY_SIZE(said_rows));
	tcase_add_test(tcase, test_said_all);
	return unit_run(suite);
}
