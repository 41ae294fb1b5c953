/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feature expressions: on which nodes they hold. */
#include "core/request/features.h"

#include "tests/unit/jobs.h"

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
	/* A job of two nodes: brackets want one kind for all nodes; a count leaves others free. */
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
	/* An expression that cannot be read holds, so that no class is left out by mistake. */
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
	const struct dsfit_names features = { names, DSFIT_ARRAY_SIZE(names) };
	const struct dsfit_names none = { NULL, 0 };

	ck_assert_msg(dsfit_features_match(feature_rows[_i].expression, &features, 2) ==
		      feature_rows[_i].holds, "%s", feature_rows[_i].expression);
	ck_assert(!dsfit_features_match("a", &none, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("features");

	add_loop(suite, "features", test_features, DSFIT_ARRAY_SIZE(feature_rows));
	return unit_run(suite);
}
