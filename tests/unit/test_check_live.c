/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command "dsfit check --live" from its words to its exit status. The library is played. */
#include "tests/unit/cli.h"
#include "tests/unit/slurmctld.h"

#include <json-c/json.h>

static bool is_missing;

/* Stands in for that of cli/libslurm.c. */
int libslurm_open(struct libslurm *out, struct dsfit_error *err)
{
	if (is_missing)
		return dsfit_fail(err, "no library");
	*out = played_slurm;
	return 0;
}

/* The words of a command that compares the played cluster with what is discovered of it now. */
static const char *live_words(const char *option)
{
	static char words[600];

	unsetenv("SLURM_CONF");
	snprintf(words, sizeof(words), "--conf=%s", unit_conf("dsfit.conf"));
	ck_assert_int_eq(cli_run(cli_discover, words), 0);
	snprintf(words, sizeof(words), "--live --conf=%s %s", unit_write("live.conf", cli_ran.out),
		 option);
	return words;
}

static const char *text_at(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(o, key, &value), "no %s", key);
	return json_object_get_string(value);
}

START_TEST(test_equal)
{
	struct json_object *o;

	play("accounts-26.05");
	ck_assert_int_eq(cli_run(cli_check, live_words("")), CLI_FITS);
	unit_assert_begins(cli_ran.out, "equal to the live cluster ");
	ck_assert_int_eq(cli_run(cli_check, live_words("--json")), CLI_FITS);
	o = json_tokener_parse(cli_ran.out);
	ck_assert_str_eq(text_at(o, "equal"), "true");
	ck_assert_str_eq(text_at(o, "cluster"), played.conf.cluster_name);
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(o, "differences")), 0);
	json_object_put(o);
}
END_TEST

START_TEST(test_different)
{
	struct json_object *o, *one;
	const char *words;

	play("accounts-26.05");
	words = live_words("");
	played_qos("small")->max_tres_pj_ctld[8] = 6;
	played_association("bio", "")->grp_tres_ctld[8] = 5;
	ck_assert_int_eq(cli_run(cli_check, words), CLI_MISFIT);
	ck_assert_str_eq(cli_ran.out, "qos \"small\": max-gpus: 4 in dsfit.conf, 6 in the cluster\n"
			 "association \"bio\": limits in the cluster, not in dsfit.conf\n");
	play("accounts-26.05");
	words = live_words("--json");
	played_qos("small")->max_tres_pj_ctld[8] = 6;
	played_association("bio", "")->grp_tres_ctld[8] = 5;
	ck_assert_int_eq(cli_run(cli_check, words), CLI_MISFIT);
	o = json_tokener_parse(cli_ran.out);
	ck_assert_str_eq(text_at(o, "equal"), "false");
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(o, "differences")), 2);
	one = json_object_array_get_idx(json_object_object_get(o, "differences"), 0);
	ck_assert_str_eq(text_at(one, "section"), "qos \"small\"");
	ck_assert_str_eq(text_at(one, "key"), "max-gpus");
	ck_assert_str_eq(text_at(one, "configured"), "4");
	ck_assert_str_eq(text_at(one, "live"), "6");
	one = json_object_array_get_idx(json_object_object_get(o, "differences"), 1);
	ck_assert_ptr_null(text_at(one, "key"));
	ck_assert_ptr_null(text_at(one, "configured"));
	ck_assert_str_eq(text_at(one, "live"), "limits");
	json_object_put(o);
}
END_TEST

START_TEST(test_no_answer)
{
	const char *words;

	play("accounts-26.05");
	words = live_words("");
	played.fails = "node";
	ck_assert_int_eq(cli_run(cli_check, words), CLI_USAGE);
	unit_assert_has(cli_ran.err, "cannot ask Slurm: nodes: error ");
	is_missing = true;
	ck_assert_int_eq(cli_run(cli_check, words), CLI_USAGE);
	unit_assert_has(cli_ran.err, "cannot ask Slurm: no library");
	ck_assert_str_eq(cli_ran.out, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check_live");
	TCase *tcase = unit_folder_case(suite, "command");

	tcase_add_test(tcase, test_equal);
	tcase_add_test(tcase, test_different);
	tcase_add_test(tcase, test_no_answer);
	unit_conf_make();
	return unit_run(suite);
}
