/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constraints that keep a request off some classes: which features they use, and when none can. */
#include "core/decide/constraint.h"

#include "tests/unit/jobs.h"

static const struct {
	const char *what;
	const char *features[4];	/* of the classes n0 to n3 */
	const char *good;		/* the digits of the classes that are accepted */
	const char *asked;		/* the user's constraint */
	const char *constraint;		/* NULL: none */
	const char *left;		/* the classes that it leaves */
} rows[] = {
	{ "a feature of one", { "a", "b", "b", "b" }, "0", "", "a", "0" },
	{ "a feature of several", { "a", "a", "b", "b" }, "01", "", "a", "01" },
	{ "one for each", { "a", "c", "b", "b" }, "01", "", "a|c", "01" },
	{ "the first that will do", { "b, a, c", "b", "b", "b" }, "0", "", "a", "0" },
	{ "a feature of a rejected class is none", { "a", "a", "b", "b" }, "0", "", NULL, "" },
	{ "no features", { "", "", "", "" }, "0", "", NULL, "" },
	{ "a class that nothing tells apart is lost", { "a", "b", "b", "c" }, "01", "", "a", "0" },
	{ "upper and lower case are the same", { "Net", "nEt", "net2", "b" }, "02", "", "net2",
	  "2" },
	{ "nothing is rejected", { "a", "b", "c", "d" }, "0123", "", "a|b|c|d", "0123" },
	{ "nothing is accepted", { "a", "b", "c", "d" }, "", "", NULL, "" },
	{ "beside the user's own", { "x, a", "x, b", "x, b", "a" }, "0", "x", "(x)&(a)", "0" },
	{ "what is no landing does not count", { "x, a", "x, b", "a", "a" }, "0", "x",
	  "(x)&(a)", "0" },
	{ "counts cannot be in parentheses", { "x, a", "x, b", "b", "b" }, "0", "x*1", NULL, "" },
	{ "nor can brackets", { "x, a", "x, b", "b", "b" }, "0", "[x]", NULL, "" },
};

static bool is_accepted(const void *context, const struct dsfit_assessment *there)
{
	return strchr(context, there->class->name[1]);
}

START_TEST(constraints)
{
	const struct dsfit_node_class *left[4];
	char text[1024] = "", names[8] = "", asked[64];
	struct dsfit_workload workload;
	struct dsfit_accounts accounts;
	struct dsfit_request r, before;
	struct dsfit_site *site;
	size_t count;

	for (size_t i = 0; i < 4; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "nodes \"n%zu\" { gpu = a100 gpus = 4 features = {%s} }\n", i,
			 rows[_i].features[i]);
	site = site_of("%s", text);
	workload = train(site, "model=350M");
	dsfit_accounts_begin(&accounts, site, &workload);
	snprintf(asked, sizeof(asked), "gpus=1%s%s", rows[_i].asked[0] ? " constraint=" : "",
		 rows[_i].asked);
	r = before = ask(asked, &sbatch);
	count = dsfit_constrain(&accounts, &r, NULL, 0, is_accepted, rows[_i].good, left);
	ck_assert_msg(count == strlen(rows[_i].left), "%s: %zu", rows[_i].what, count);
	for (size_t i = 0; i < count; i++)
		names[i] = left[i]->name[1];
	ck_assert_str_eq(names, rows[_i].left);
	if (rows[_i].constraint)
		ck_assert_str_eq(r.features, rows[_i].constraint);
	else
		ck_assert(!memcmp(&r, &before, sizeof(r)));
	/* A caller may ask for some of the classes only, or only for the number. */
	r = before;
	count = dsfit_constrain(&accounts, &r, (const struct dsfit_node_class *const[]){
				&site->classes[3] }, 1, is_accepted, "3", NULL);
	ck_assert_uint_eq(count, rows[_i].features[3][0] && !strpbrk(rows[_i].asked, "[*"));
	dsfit_accounts_end(&accounts);
	dsfit_site_free(site);
}
END_TEST

/* If a list of features would be too long, it leaves classes out. If there is no room for any next
 * to the user's own constraint, there is no constraint. */
START_TEST(long_constraints)
{
	char text[8000] = "", long_name[61];
	struct dsfit_workload workload;
	struct dsfit_accounts accounts;
	struct dsfit_request r, before;
	struct dsfit_site *site;

	memset(long_name, 'f', 60);
	long_name[60] = '\0';
	for (int i = 0; i < 10; i++) {
		long_name[0] = (char)('a' + i);
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "nodes \"n%d\" { gpu = a100 gpus = 4 features = {x, %s} }\n", i,
			 long_name);
	}
	site = site_of("%snodes \"bad\" { gpu = a100 gpus = 4 features = {x} }\n", text);
	workload = train(site, "model=350M");
	dsfit_accounts_begin(&accounts, site, &workload);
	r = ask("gpus=1", &sbatch);
	/* Four names of 60 characters and three bars are 243 of the 255. */
	ck_assert_uint_eq(dsfit_constrain(&accounts, &r, NULL, 0, is_accepted, "0123456789",
					  NULL), 4);
	ck_assert_uint_eq(strlen(r.features), 243);
	r = before = ask("gpus=1 constraint=x|x|x|x|x", &sbatch);
	ck_assert_uint_eq(dsfit_constrain(&accounts, &r, NULL, 0, is_accepted, "0123456789",
					  NULL), 0);
	ck_assert(!memcmp(&r, &before, sizeof(r)));
	dsfit_accounts_end(&accounts);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("constraint");

	add_loop(suite, "constraints", constraints, DSFIT_ARRAY_SIZE(rows));
	add_all(suite, "long", (const TTest *const[]){ long_constraints, NULL });
	return unit_run(suite);
}
