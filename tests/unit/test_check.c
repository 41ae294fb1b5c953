/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit check": what it counts, what it warns of, and what it rejects. */
#include "tests/unit/cli.h"

#include <json-c/json.h>

#define CATALOGUES "include(\"" TEST_CONF "/gpus.conf\")\ninclude(\"" TEST_CONF "/models.conf\")\n"
#define NODES "nodes \"a100\" {\n count = 4\n gpu = a100\n gpus = 4\n memory = 512000MiB\n}\n"

/* Run "dsfit check" on a configuration with this text. Returns the exit status. */
static int check(const char *text, const char *option)
{
	char words[600];

	snprintf(words, sizeof(words), "--conf=%s %s", unit_write("s.conf", text), option);
	return cli_run(cli_check, words);
}

static int64_t number_at(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(o, key, &value), "no %s", key);
	return json_object_get_int64(value);
}

START_TEST(test_valid)
{
	struct json_object *o;

	ck_assert_int_eq(check(CATALOGUES NODES "partition \"gpu\" { }\npartition \"cpu\" { }\n",
			       ""), 0);
	unit_assert_begins(cli_ran.out, "valid: ");
	unit_assert_has(cli_ran.out, " models, 1 node class, 2 partitions\n");
	ck_assert_str_eq(cli_ran.err, "");
	ck_assert_int_eq(check(CATALOGUES NODES "partition \"gpu\" { }\npartition \"cpu\" { }\n",
			       "--json"), 0);
	ck_assert_str_eq(cli_ran.err, "");
	o = json_tokener_parse(cli_ran.out);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(number_at(o, "sound"), 1);
	ck_assert_int_gt(number_at(o, "gpus"), 1);
	ck_assert_int_gt(number_at(o, "models"), 1);
	ck_assert_int_eq(number_at(o, "nodes"), 1);
	ck_assert_int_eq(number_at(o, "partitions"), 2);
	json_object_put(o);
}
END_TEST

/* A warning goes to stderr and does not change the verdict, neither as text nor as JSON. */
START_TEST(test_warnings)
{
	static const char *const options[] = { "", "--json" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(options); i++) {
		ck_assert_int_eq(check(CATALOGUES, options[i]), 0);
		unit_assert_has(cli_ran.err, "s.conf: this configuration has no nodes yet: \"dsfit "
				"discover\" writes them\n");
		ck_assert_ptr_null(strstr(cli_ran.out, "no nodes yet"));
	}
	ck_assert_int_eq(check(CATALOGUES NODES "partition \"a\" {\n default = true\n}\n"
			       "partition \"b\" {\n default = true\n}\n", ""), 0);
	unit_assert_has(cli_ran.err, "default = true, but partition \"a\" is already the default");
}
END_TEST

/* A name that this host does not know is reported once, even if a partition repeats it. */
START_TEST(test_people)
{
	const char *second;

	ck_assert_int_eq(check(CATALOGUES NODES
			       "may-override = {root, nobody-9, \"@nogroup-9\", \"account:a\", "
			       "\"*\"}\nexempt = {nobody-8}\n"
			       "partition \"gpu\" {\n may-override = {nobody-9, nobody-7}\n"
			       " exempt = {nobody-8, \"@nogroup-7\"}\n}\n", ""), 0);
	unit_assert_has(cli_ran.err, "may-override = nobody-9: no such user on this host\n");
	unit_assert_has(cli_ran.err, "may-override = @nogroup-9: no such group on this host\n");
	unit_assert_has(cli_ran.err, "exempt = nobody-8: no such user on this host\n");
	unit_assert_has(cli_ran.err, "may-override = nobody-7: no such user on this host\n");
	unit_assert_has(cli_ran.err, "exempt = @nogroup-7: no such group on this host\n");
	second = strstr(strstr(cli_ran.err, "nobody-9") + 1, "nobody-9");
	ck_assert_msg(!second, "told twice: %s", cli_ran.err);
	ck_assert_ptr_null(strstr(cli_ran.err, "root"));
	ck_assert_ptr_null(strstr(cli_ran.err, "account"));
}
END_TEST

START_TEST(test_invalid)
{
	ck_assert_int_eq(check("mode = maybe\n", ""), CLI_USAGE);
	unit_assert_has(cli_ran.err, "s.conf:1");
	ck_assert_str_eq(cli_ran.out, "");
	ck_assert_int_eq(check("mode = maybe\n", "--json"), CLI_USAGE);
	ck_assert_str_eq(cli_ran.out, "");
	cli_assert(cli_check, "--conf=/nosuch.conf", CLI_USAGE,
		   "/nosuch.conf: No such file or directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check");
	TCase *tcase = unit_folder_case(suite, "check");

	tcase_add_test(tcase, test_valid);
	tcase_add_test(tcase, test_warnings);
	tcase_add_test(tcase, test_people);
	tcase_add_test(tcase, test_invalid);
	return unit_run(suite);
}
