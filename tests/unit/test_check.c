/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit check": what it counts, what it warns of, and what it rejects. */
#include "tests/unit/cli.h"

#include <errno.h>

#include <json-c/json.h>

/* Beside s.conf. */
#define CATALOGUES "include(\"conf/gpus.conf\")\ninclude(\"conf/models.conf\")\n"
#define NODES "nodes \"a100\" {\n count = 4\n gpu = a100\n gpus = 4\n memory = 512000MiB\n}\n"

/* Run "dsfit check" on a configuration with this text. Returns the exit status. */
static int check(const char *text, const char *option)
{
	char words[600];

	ck_assert(!symlink(unit_conf_folder, unit_path("conf")) || errno == EEXIST);
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
	/* Those of hub.conf too. */
	ck_assert_int_gt(number_at(o, "models"), 300);
	ck_assert_int_eq(number_at(o, "nodes"), 1);
	ck_assert_int_eq(number_at(o, "partitions"), 2);
	json_object_put(o);
}
END_TEST

/* --- the plugin that plugstack.conf names --------------------------------------------------- */

#define MISSING " is missing and required: this host cannot submit jobs, and Slurm drains it " \
	"if it is a node\n"
#define NO_OPTIONS " is missing: this host has no --ds- options\n"

/* "%s" is the test's folder: in slurm.conf, in plugstack.conf, and in the warning, if there is one.
 * The plugin is in the folder "there". */
static const struct {
	const char *slurm, *plugstack, *warning;
} stacks[] = {
	{ "", "required spank_dsfit.so\n", "plugstack.conf:1: spank_dsfit.so" MISSING },
	{ "", "# required spank_dsfit.so\n\nrequired other.so\n", NULL },
	{ "", "#\nrequired %s/gone/spank_dsfit.so conf=x\n",
	  "plugstack.conf:2: %s/gone/spank_dsfit.so" MISSING },
	{ "", "optional\t%s/gone/spank_dsfit.so\n",
	  "plugstack.conf:1: %s/gone/spank_dsfit.so" NO_OPTIONS },
	{ "", "required %s/there/spank_dsfit.so\n", NULL },
	{ "PluginDir=/nowhere:%s/there\n", "required spank_dsfit.so\n", NULL },
	{ "plugindir = %s/gone # here\n", "  required   spank_dsfit.so",
	  "plugstack.conf:1: spank_dsfit.so" MISSING },
	{ "", "include more.d/*\n", "more.d/dsfit.conf:1: /gone/spank_dsfit.so" MISSING },
	{ "", "include %s/more.d/nothing*\n", NULL },
	{ "PlugStackConfig=%s/more.d/dsfit.conf\n", "",
	  "more.d/dsfit.conf:1: /gone/spank_dsfit.so" MISSING },
	{ "PlugStackConfig=%s/nowhere.conf\n", "required spank_dsfit.so\n", NULL },
	/* One that includes itself. */
	{ "", "include plugstack.conf\n", NULL },
};

static const char *in_folder(const char *format, char text[600])
{
	const char *at = strstr(format, "%s");

	if (at)
		snprintf(text, 600, "%.*s%s%s", (int)(at - format), format, unit_folder, at + 2);
	else
		snprintf(text, 600, "%s", format);
	return text;
}

START_TEST(test_plugstack)
{
	const char *warning = stacks[_i].warning;
	char text[600];

	setenv("FOLDER", unit_folder, 1);
	ck_assert_int_eq(system("cd \"$FOLDER\" && mkdir -p there more.d && "
				"touch there/spank_dsfit.so && "
				"echo required /gone/spank_dsfit.so >more.d/dsfit.conf"), 0);
	setenv("SLURM_CONF", unit_write("slurm.conf", in_folder(stacks[_i].slurm, text)), 1);
	unit_write("plugstack.conf", in_folder(stacks[_i].plugstack, text));
	ck_assert_int_eq(check(CATALOGUES NODES, ""), 0);
	unit_assert_begins(cli_ran.out, "valid: ");
	if (warning) {
		unit_assert_begins(cli_ran.err, "warning: ");
		unit_assert_has(cli_ran.err, in_folder(warning, text));
		ck_assert_ptr_eq(strchr(cli_ran.err, '\n'), cli_ran.err + strlen(cli_ran.err) - 1);
	} else {
		ck_assert_str_eq(cli_ran.err, "");
	}
}
END_TEST

/* sbatch looks at scripts with the site's own launchers only if it is told their words. */
static const struct {
	const char *arguments;
	bool warns;
} words[] = {
	{ "", true }, { " words=bake", true }, { " words=bake,roasting", true },
	{ " words=roast,bake,cook conf=x", false }, { " words=bake,roast", false },
};

START_TEST(test_plugstack_words)
{
	char line[400];

	unit_write("launchers.conf", "launcher \"x\" { programs = {\"bake\", \"torchrun\", "
		   "\"/opt/roast\"} }\n");
	setenv("SLURM_CONF", unit_write("slurm.conf", ""), 1);
	unit_write("spank_dsfit.so", "");
	snprintf(line, sizeof(line), "optional %s/spank_dsfit.so%s\n", unit_folder,
		 words[_i].arguments);
	unit_write("plugstack.conf", line);
	ck_assert_int_eq(check(CATALOGUES NODES, ""), 0);
	if (words[_i].warns)
		unit_assert_has(cli_ran.err, "plugstack.conf:1: sbatch looks at no script for the "
				"programs that launchers.conf adds: append words=bake,roast\n");
	else
		ck_assert_str_eq(cli_ran.err, "");
}
END_TEST

/* A warning goes to stderr and does not change the verdict, neither as text nor as JSON. */
/* A broken catalogue of the classes is an error too, though only some models need it. */
START_TEST(test_broken_architectures)
{
	unit_write("broken.conf", "llama {\n no-such-key = 1\n}\n");
	ck_assert_int_eq(check("architectures(\"broken.conf\")\n", ""), CLI_USAGE);
	unit_assert_has(cli_ran.err, "broken.conf:");
	ck_assert_str_eq(cli_ran.out, "");
}
END_TEST

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

/* A policy's inferred that its mode does not let act. */
START_TEST(test_inferred)
{
	ck_assert_int_eq(check(CATALOGUES NODES "mode = advise\ninferred = correct\n", ""), 0);
	unit_assert_has(cli_ran.err, "inferred = correct has no effect, because mode = advise does "
			"less\n");
	ck_assert_int_eq(check(CATALOGUES NODES "mode = correct\ninferred = reject\n"
			       "partition \"a\" {\n mode = advise\n}\n", ""), 0);
	ck_assert_str_eq(cli_ran.err, "");
	ck_assert_int_eq(check(CATALOGUES NODES "partition \"a\" {\n mode = off\n"
			       "inferred = advise\n}\n", ""), 0);
	unit_assert_has(cli_ran.err, "inferred = advise has no effect, because mode = off does ");
}
END_TEST

/* launchers.conf is checked too, if it is there. */
START_TEST(test_launchers)
{
	unit_write("launchers.conf", "prefixes = {\"srun\"}\n");
	ck_assert_int_eq(check(CATALOGUES NODES, ""), 0);
	unit_write("launchers.conf", "\nnonsense = 1\n");
	ck_assert_int_eq(check(CATALOGUES NODES, ""), 2);
	unit_assert_has(cli_ran.err, "launchers.conf:2: ");
	unit_write("launchers.conf", "");
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

	/* Not what this machine's Slurm has. */
	setenv("SLURM_CONF", "/nowhere/slurm.conf", 1);
	tcase_add_loop_test(tcase, test_plugstack, 0, DSFIT_ARRAY_SIZE(stacks));
	tcase_add_loop_test(tcase, test_plugstack_words, 0, DSFIT_ARRAY_SIZE(words));
	tcase_add_test(tcase, test_valid);
	tcase_add_test(tcase, test_broken_architectures);
	tcase_add_test(tcase, test_warnings);
	tcase_add_test(tcase, test_inferred);
	tcase_add_test(tcase, test_launchers);
	tcase_add_test(tcase, test_people);
	tcase_add_test(tcase, test_invalid);
	unit_conf_make();
	return unit_run(suite);
}
