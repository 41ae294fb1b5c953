/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading dsfit.conf: files that are wrong, with the line and the reason that the error must have;
 * files that are right, with defaults, inheritance, includes and warnings; and the demo site with
 * its catalogues.
 */
#include "core/site/site.h"

#include <locale.h>
#include <sys/stat.h>

#include "core/base/size.h"
#include "core/decide/rules.h"
#include "core/site/card_name.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

/* ---- wrong files, and the line of the error ------------------------------------------------- */

/* Assert that `path` is refused with a line that begins with "AT:LINE: " and contains `why`. */
static void assert_refused(const char *path, const char *at, int line, const char *why)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(path, &err);
	char begin[600];

	ck_assert_msg(site == NULL, "%s:%d is accepted, not: %s", at, line, why);
	snprintf(begin, sizeof(begin), "%s:%d: ", at, line);
	unit_assert_begins(err.text, begin);
	unit_assert_has(err.text, why);
	ck_assert_ptr_null(strchr(err.text, '\n'));
	/* A caller need not ask for the line. */
	ck_assert_ptr_null(dsfit_site_load(path, NULL));
}

#define GPU "gpu \"g\" { memory = 8GB }\n"
/* One character too long. */
#define LONG_NAME "0123456789012345678901234567890123456789012345678901234567890123"

/* A configuration, the number of its wrong line, and a part of the error. */
static const struct {
	const char *text;
	int line;
	const char *why;
} refusals[] = {
	/* unknown keys, in each section */
	{ "mode = correct\n\nfrobnicate = 3\n", 3, "'frobnicate'" },
	{ "gpu \"g\" {\n memory = 8GB\n colour = red\n}\n", 3, "'colour'" },
	{ "model \"m\" {\n\n\n width = 8\n}\n", 4, "'width'" },
	{ "nodes \"n\" {\n nodes = 8\n}\n", 2, "'nodes'" },
	{ "partition \"p\" {\n mode = off\n undeclare = warn\n}\n", 3, "'undeclare'" },
	{ "defaults {\n\n goal = production\n}\n", 3, "'goal'" },
	{ "sites \"x\" {\n}\n", 1, "'sites'" },
	/* comments of every kind do not move the line */
	{ "# one\n# two\n  # three\nmode = correct # four\nfoo = 1\n", 5, "'foo'" },
	{ "// one\n/* two\n three */ mode = off // four\n\nfoo = 1\n", 5, "'foo'" },
	{ "/**/ /***/ /* * / */\nfoo = 1\n", 2, "'foo'" },
	{ "may-override = {\"#a\", '/*', a//b,\n c } # d\nfoo = 1\n", 3, "'foo'" },
	{ "may-change = { # all\n memory, // and\n gpus /* but */ }\nfoo = 1\n", 4,
	  "'foo'" },
	{ "may-override = {\"a\\\"#\",\n 'b\\'#'}\nfoo = 1\n", 3, "'foo'" },
	{ "may-override = {\"two\nlines\"}\nfoo = 1\n", 3, "'foo'" },
	/* wrong values: the line says what is accepted */
	{ "\nmode = sometimes\n", 2, "mode = sometimes: must be one of off, advise" },
	{ "undeclared = maybe\n", 1, "undeclared = maybe: must be one of accept, warn" },
	{ "undeclared-from-gpus = -1\n", 1, "undeclared-from-gpus = -1: must be a whole" },
	{ "exempt = {ada,\n \"@\"}\n", 2, "exempt = @: must be a user's name, \"@group\"" },
	{ "may-override = {\"account:\"}\n", 1, "may-override = account:: must be" },
	{ "partition \"p\" {\n exempt = {\"*\", \"group:x\"}\n}\n", 2,
	  "exempt = group:x: must be" },
	{ "unknown-gpu = no\n", 1, "unknown-gpu = no: must be one of accept, warn, reject" },
	{ "network = 100Gbps\n", 1, "network = 100Gbps: must be one of floor, wait" },
	{ "partition \"p\" {\n network = off\n}\n", 2, "network = off: must be one of floor" },
	{ "may-change = {memory,\n colour}\n", 2, "may-change = colour: must be" },
	{ "refuse-tight = perhaps\n", 1, "refuse-tight" },
	{ "max-gpus = -1\n", 1, "max-gpus = -1: must be a whole number" },
	{ "max-nodes = 1e3\n", 1, "max-nodes = 1e3: must be a whole number" },
	{ "network-wait = 1\n", 1, "network-wait = 1: must be a number from 0" },
	{ "network-wait = -0.1\n", 1, "network-wait = -0.1: must be" },
	{ "network-wait = nan\n", 1, "network-wait = nan: must be" },
	{ "production-wait = 1\n", 1, "production-wait = 1: must be a number from 0 to 0.99" },
	{ "controller-budget = 0\n", 1,
	  "controller-budget = 0: must be a whole number from 1 to 100000" },
	{ "controller-budget = 100001\n", 1, "controller-budget = 100001: must be a whole" },
	{ "controller-budget = much\n", 1, "controller-budget = much: must be a whole" },
	{ "storage = lots\n", 1, "storage = lots: must be a size" },
	{ "default-mem-per-gpu = -1\n", 1, "default-mem-per-gpu = -1: must be" },
	{ "nodes \"n\" {\n memory = 384\n}\n", 2,
	  "memory = 384: the unit is missing: write a size such as 512000MiB" },
	{ "gpu \"g\" {\n memory = 85899345920\n}\n", 2, "the unit is missing" },
	{ "gpu \"g\" {\n memory = \"80 \"\n}\n", 2, "memory = 80 : the unit is missing" },
	{ "storage = 1.5\n", 1, "storage = 1.5: the unit is missing" },
	{ "gpu \"g\" {\n memory = 12XB\n}\n", 2, "memory = 12XB: must be a size" },
	{ "gpu \"g\" {\n price = -3\n}\n", 2, "price = -3: must be a number from 0" },
	{ "gpu \"g\" {\n tflops = inf\n}\n", 2, "tflops = inf: must be a number" },
	{ "nodes \"n\" {\n network = 25GB\n}\n", 2, "network = 25GB: must be a rate" },
	{ "nodes \"n\" {\n count = many\n}\n", 2, "count = many: must be a whole" },
	{ "nodes \"n\" {\n count = 1000001\n}\n", 2,
	  "count = 1000001: must be a whole number from 0 to 1000000" },
	{ "nodes \"n\" {\n gpus = 4097\n}\n", 2,
	  "gpus = 4097: must be a whole number from 0 to 4096" },
	{ "nodes \"n\" {\n cpus = 4097\n}\n", 2, "cpus = 4097: must be a whole" },
	{ "partition \"p\" {\n default = 2\n}\n", 2, "default" },
	{ "model \"m\" {\n parameters = 99999999B\n}\n", 2, "parameters = 99999999B: must be" },
	{ "estimate {\n context = 1800\n}\n", 2, "context = 1800: the unit is missing" },
	{ "estimate {\n nccl = 65GiB\n}\n", 2, "nccl = 65GiB: must be a size up to 64GiB" },
	{ "estimate {\n slack = 1.1\n}\n", 2, "slack = 1.1: must be a number from 0 to 1" },
	{ "estimate {\n slack-zero = -1\n}\n", 2, "slack-zero = -1: must be a number" },
	{ "estimate {\n exact-below = 0.91\n}\n", 2,
	  "exact-below = 0.91: must be a number from 0 to 0.9" },
	{ "estimate {\n fsdp-above = x\n}\n", 2, "fsdp-above = x: must be a number" },
	{ "estimate {\n utilisation = 0\n}\n", 2,
	  "utilisation = 0: must be a number from 0.01 to 1" },
	{ "estimate {\n process-low = 3GiB\n}\n", 3,
	  "estimate: process-low = 3 GiB is above process = 2.50 GiB" },
	{ "estimate {\n\n process = 5GiB\n}\n", 4,
	  "estimate: process = 5 GiB is above process-high = 4 GiB" },
	{ "estimate {\n utilisation-low = 0.5\n}\n", 3,
	  "estimate: utilisation-low = 0.5 is above utilisation = 0.4" },
	{ "estimate {\n contest = 1GiB\n}\n", 2, "'contest': did you mean context?" },
	{ "estimate \"x\" {\n}\n", 1, "missing opening brace" },
	{ "gpu \"g\" {\n memory = 8GB\n context = 9GB\n}\n", 4,
	  "gpu \"g\": context must be smaller than memory" },
	{ "gpu \"g\" {\n memory = 8GB\n context = 1\n}\n", 3, "context = 1: the unit is missing" },
	{ "defaults {\n zero = 9\n}\n", 2, "zero = 9: must be a ZeRO stage" },
	{ "defaults {\n\n batch = -1\n}\n", 3, "batch = -1: must be a whole number" },
	{ "mode = off\ndefaults { method = dora }\n", 2,
	  "method = dora: did you mean lora? must be" },
	/* braces and quotes */
	{ GPU "\nnodes \"n\" {\n gpu = g\n gpus = 2\n", 3, "missing closing brace" },
	{ "\nmay-change = {memory,\n\n", 2, "missing closing brace" },
	{ "partition \"p\" {\n may-change = {memory\n}\n\n", 1, "missing closing brace" },
	{ "mode = off\n}\n", 2, "unexpected closing brace" },
	{ "mode = off\nmay-override = {\"a}\n\n", 2, "closing quote" },
	{ "mode = 'off\n\n\n", 1, "closing quote" },
	{ "mode = off\n/* and so on\n\n", 2, "closing */" },
	{ "may-override = {\"\\9\"}\n", 1, "escape" },
	/* syntax */
	{ "\nmode correct\n", 2, "equal sign" },
	{ "mode = \n", 2, "premature end" },
	{ "mode = {off}\n", 1, "unexpected token" },
	{ "may-change = {memory,\n include(\"x.conf\")}\n", 2, "a list has no functions" },
	{ "mode += off\n", 1, "append" },
	{ "gpu {\n memory = 8GB\n}\n", 1, "missing title" },
	{ "gpu \"g\"\nmode = off\n", 2, "missing opening brace" },
	/* what is missing or does not exist: the error has the last line of the section */
	{ "\ngpu \"g\" {\n label = x\n}\n\n", 4, "gpu \"g\": memory is missing" },
	{ "\nnodes \"n\" {\n gpus = 2\n}\n\n", 4, "nodes \"n\": gpu is missing" },
	{ GPU "nodes \"n\" {\n gpu = g\n}\n\n", 4, "nodes \"n\": gpus is missing" },
	{ GPU "nodes \"n\" {\n gpu = h\n gpus = 2\n}\n\n", 5,
	  "nodes \"n\": gpu = h: no gpu section describes it" },
	{ "model \"m\" {\n layers = 3\n}\n\n", 3,
	  "model \"m\": hidden is missing from the model's shape" },
	{ "model \"m\" { layers = 3 hidden = 20000000 heads = 2 vocab = 9 }\n", 1,
	  "hidden=20000000" },
	{ GPU "mig \"m\" {\n of = {h}\n slices = {\"1g.5gb=1GiB\"}\n}\n", 5,
	  "mig \"m\": of = h: no gpu section has this title" },
	{ GPU "mig \"m\" {\n of = {g}\n slices = {\"8g.5gb=1GiB\"}\n}\n", 5,
	  "slices = 8g.5gb=1GiB: must be \"PROFILE=MEMORY\"" },
	{ GPU "mig \"m\" {\n of = {g}\n slices = {\"1g.5gb=5\"}\n}\n", 5,
	  "slices = 1g.5gb=5: must be \"PROFILE=MEMORY\"" },
	{ "gpu \"g\" {\n memory = 1GB\n cannot = {fp8}\n}\n", 3,
	  "fp8: must be one of bf16, flash-attention, 4-bit" },
	/* twice */
	{ "partition \"p\" {\n}\npartition \"q\" {\n}\npartition \"p\" {\n}\n", 5,
	  "duplicate title 'p'" },
	{ GPU "nodes \"n\" { gpu = g gpus = 1 }\nnodes \"n\" {\n gpu = g gpus = 1 }\n", 3,
	  "duplicate title 'n'" },
	{ "help-url = \"see\tthere\"\n", 1, "must be at most 255 printable ASCII characters" },
	{ "partition \"p\" {\n help-url = \"" LONG_NAME LONG_NAME LONG_NAME LONG_NAME "\"\n}\n", 2,
	  "must be at most 255 printable ASCII characters" },
	/* A title that no partition has would be a policy for nobody. */
	{ "partition \"gpu,strict\" {\n}\n", 2, "\"gpu,strict\": the title must be one name" },
	{ "partition \"\" {\n}\n", 2, "the title must be one name" },
	{ "refuse-tight = 1\n", 1,
	  "invalid boolean value for option 'refuse-tight': must be true or false" },
	/* names */
	{ "family \"f\" {\n aliases = {\"" LONG_NAME "\"}\n}\n", 3, "at most 63 characters" },
	{ "family \"f\" {\n text = \"" LONG_NAME "\"\n}\n", 3, "at most 63 characters" },
	{ "partition \"" LONG_NAME "\" {\n}\n", 2, "at most 63 characters" },
	{ GPU "nodes \"" LONG_NAME "\" {\n gpu = g gpus = 1\n}\n", 4, "at most 63 characters" },
	{ "gpu \"" LONG_NAME "\" {\n memory = 8GB\n}\n", 3, "at most 63 characters" },
	{ "include()\n", 1, "include: needs exactly one file name" },
	{ "include(a, b)\n", 1, "include: needs exactly one file name" },
};

START_TEST(refused)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(refusals); i++) {
		const char *path = unit_write("dsfit.conf", refusals[i].text);

		assert_refused(path, path, refusals[i].line, refusals[i].why);
	}
}
END_TEST

START_TEST(includes_refused)
{
	char top[512], part[512];

	strcpy(top, unit_write("top.conf", "# top\ninclude(\"part.conf\")\nbad = 1\n"));
	strcpy(part, unit_path("part.conf"));
	assert_refused(top, top, 2, "part.conf: No such file or directory");
	/* An error in an included file has the name of that file. */
	unit_write("part.conf", "gpu \"g\" {\n memory = 8GB\n\n bogus = 1\n}\n");
	assert_refused(top, part, 4, "'bogus'");
	unit_write("part.conf", "gpu \"g\" {\n memory = 12XB\n}\n");
	assert_refused(top, part, 2, "memory = 12XB");
	unit_write("part.conf", "gpu \"g\" {\n label = x\n}\n");
	assert_refused(unit_write("top2.conf", "include(\"part.conf\")\n\n\n"), part, 3,
		       "memory is missing");
	unit_write("part.conf", "\ngpu \"g\" {\n memory = 8GB\n");
	assert_refused(top, part, 2, "missing closing brace");
	unit_write("part.conf", "}\n");
	assert_refused(top, part, 1, "unexpected closing brace");
	/* After the include, errors have the name of the including file again. */
	unit_write("part.conf", "gpu \"g\" {\n memory = 8GB\n}\n\n\n\n\n");
	assert_refused(top, top, 3, "'bad'");
	unit_write("part.conf", "include(\"part.conf\")\n");
	assert_refused(top, part, 1, "nested more than ");
	/* A folder, as the included file and as the configuration itself. */
	ck_assert_int_eq(mkdir(unit_path("folder"), 0700), 0);
	unit_write("top.conf", "\ninclude(\"folder\")\n");
	assert_refused(top, top, 2, "not a regular file");
}
END_TEST

START_TEST(unreadable)
{
	static const struct {
		const char *name, *why;
	} vectors[] = {
		{ "nothing.conf", "No such file or directory" },
		{ "pipe.conf", "not a regular file" },
		{ "a-folder", "not a regular file" },
		{ "secret.conf", "Permission denied" },
	};
	bool root = !geteuid();

	ck_assert_int_eq(mkfifo(unit_path("pipe.conf"), 0600), 0);
	ck_assert_int_eq(mkdir(unit_path("a-folder"), 0700), 0);
	ck_assert_int_eq(chmod(unit_write("secret.conf", ""), 0), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_path(vectors[i].name);
		bool permission = strstr(vectors[i].why, "Permission");
		struct dsfit_error err = { "" };

		/* root can read every file, so be another user meanwhile. */
		if (permission && root && seteuid(65534))
			continue;
		ck_assert_ptr_null(dsfit_site_load(path, &err));
		if (permission && root)
			ck_assert_int_eq(seteuid(0), 0);
		unit_assert_begins(err.text, path);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

START_TEST(not_a_text)
{
	const char *path = unit_path("binary.conf");
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite("mode = off\n\0\n", 1, 13, file), 13);
	ck_assert_int_eq(fclose(file), 0);
	assert_refused(path, path, 1, "the file contains a NUL byte");
}
END_TEST

/* slurmctld loads the configuration many times: a broken one must not affect the next. */
START_TEST(broken_then_good)
{
	static const char *const broken[] = {
		"mode = \"correct\n", "mode = 'correct\n", "/* mode = correct\n",
		"may-override = {\"\\9\"}\n", "gpu \"g\" {\n", "include(\"inner.conf\")\n",
		"mode = correct }\n", "foo = \"bar\"\n", "include(\"nothing.conf\")\n",
	};
	char good[512];

	strcpy(good, unit_write("good.conf", "# a \"good\" one, isn't it?\n" GPU
				"mode = \"reject\" /* \" */\n"));
	unit_write("inner.conf", "gpu \"g\" {\n memory = \"x\n");
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(broken); i++) {
			const char *path = unit_write("broken.conf", broken[i]);
			struct dsfit_error err = { "" };
			struct dsfit_site *site;

			/* More often than libconfuse can nest files. */
			for (int j = 0; j < 12; j++) {
				ck_assert_ptr_null(dsfit_site_load(path, &err));
				ck_assert_str_ne(err.text, "");
			}
			site = dsfit_site_load(good, &err);
			ck_assert_msg(site != NULL, "after %s: %s", broken[i], err.text);
			ck_assert_int_eq((int)site->policy.mode, DSFIT_MODE_REJECT);
			ck_assert_uint_eq(site->gpu_count, 1);
			dsfit_site_free(site);
		}
	}
	dsfit_site_free(NULL);
}
END_TEST

/* ---- right files ---------------------------------------------------------------------------- */

static struct dsfit_site *load_text(const char *text)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(unit_write("site.conf", text), &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

static const struct dsfit_policy *policy_of(const struct dsfit_site *site, const char *partition)
{
	return dsfit_site_next_policy(site, &partition);
}

START_TEST(an_empty_file)
{
	static const char *const texts[] = { "", "\n", "# nothing", "/**/" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(texts); i++) {
		struct dsfit_site *site = load_text(texts[i]);

		ck_assert_int_eq((int)site->policy.mode, DSFIT_MODE_ADVISE);
		ck_assert_uint_eq(site->policy.may_change, DSFIT_CHANGE_ALL);
		ck_assert_uint_eq(site->policy.max_gpus, UINT64_MAX);
		ck_assert_uint_eq(site->policy.max_nodes, UINT64_MAX);
		ck_assert_int_eq((int)site->policy.undeclared, DSFIT_ACCEPT);
		ck_assert_int_eq((int)site->policy.unknown_gpu, DSFIT_WARN);
		ck_assert_int_eq((int)site->policy.network, DSFIT_NETWORK_FLOOR);
		ck_assert_uint_eq(site->policy.may_override.count, 0);
		ck_assert_uint_eq(site->policy.exempt.count, 0);
		/* Jobs without GPUs train nothing. */
		ck_assert_uint_eq(site->policy.undeclared_from_gpus, 1);
		ck_assert_uint_eq(site->gpu_count + site->class_count + site->partition_count, 0);
		ck_assert_ptr_eq(policy_of(site, NULL), &site->policy);
		ck_assert_ptr_eq(policy_of(site, "gpu"), &site->policy);
		ck_assert_ptr_null(dsfit_site_partition(site, NULL));
		ck_assert_ptr_null(dsfit_site_gpu(site, "a100"));
		dsfit_site_free(site);
	}
}
END_TEST

START_TEST(partitions_inherit)
{
	struct dsfit_site *site = load_text(
		"partition \"same\" { default = true }\n"
		"partition \"nothing\" {\n may-change = {}\n may-override = {}\n}\n"
		"partition \"some\" { may-change = {memory, gpu-type} mode = advise }\n"
		"partition \"one\" { may-change = nodes mode = off }\n"
		"partition \"all-else\" {\n mode = reject\n refuse-tight = false\n max-gpus = 0\n"
		" max-nodes = 7\n undeclared = warn\n unknown-gpu = reject\n"
		" may-override = {\"*\"}\n preemptible = true\n}\n"
		/* The site's key may come after the partition. */
		"mode = correct\nmay-change = {memory, scratch, gpus}\nrefuse-tight = true\n"
		"max-gpus = 16\nmax-nodes = 2\nundeclared = reject\nunknown-gpu = accept\n"
		"may-override = {root, \"admin\"}\n");
	static const struct {
		const char *name;
		enum dsfit_mode mode;
		unsigned may_change;
		bool refuse_tight;
		uint64_t max_gpus, max_nodes;
		enum dsfit_unheeded undeclared, unknown_gpu;
		size_t overriders;
	} vectors[] = {
		{ "same", DSFIT_MODE_CORRECT,
		  DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_SCRATCH | DSFIT_CHANGE_GPUS, true, 16, 2,
		  DSFIT_REJECT, DSFIT_ACCEPT, 2 },
		/* An empty list is not an absent one: nothing may change. */
		{ "nothing", DSFIT_MODE_CORRECT, 0, true, 16, 2, DSFIT_REJECT, DSFIT_ACCEPT, 0 },
		{ "some", DSFIT_MODE_ADVISE, DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_GPU_TYPE, true, 16,
		  2, DSFIT_REJECT, DSFIT_ACCEPT, 2 },
		{ "one", DSFIT_MODE_OFF, DSFIT_CHANGE_NODES, true, 16, 2, DSFIT_REJECT,
		  DSFIT_ACCEPT, 2 },
		{ "all-else", DSFIT_MODE_REJECT,
		  DSFIT_CHANGE_MEMORY | DSFIT_CHANGE_SCRATCH | DSFIT_CHANGE_GPUS, false, 0, 7,
		  DSFIT_WARN, DSFIT_REJECT, 1 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_partition *partition =
			dsfit_site_partition(site, vectors[i].name);
		const struct dsfit_policy *policy = policy_of(site, vectors[i].name);

		ck_assert_msg(partition != NULL, "no %s", vectors[i].name);
		ck_assert_ptr_eq(policy, &partition->policy);
		ck_assert_int_eq((int)policy->mode, (int)vectors[i].mode);
		ck_assert_msg(policy->may_change == vectors[i].may_change, "%s: 0x%x",
			      vectors[i].name, policy->may_change);
		ck_assert_int_eq(policy->refuse_tight, vectors[i].refuse_tight);
		ck_assert_uint_eq(policy->max_gpus, vectors[i].max_gpus);
		ck_assert_uint_eq(policy->max_nodes, vectors[i].max_nodes);
		ck_assert_int_eq((int)policy->undeclared, (int)vectors[i].undeclared);
		ck_assert_int_eq((int)policy->unknown_gpu, (int)vectors[i].unknown_gpu);
		ck_assert_uint_eq(policy->may_override.count, vectors[i].overriders);
		ck_assert_int_eq(partition->is_default, !strcmp(vectors[i].name, "same"));
		ck_assert_int_eq(partition->preemptible, !strcmp(vectors[i].name, "all-else"));
	}
	ck_assert(dsfit_names_have(&site->policy.may_override, "ROOT"));
	ck_assert(!dsfit_names_have(&site->policy.may_override, "roo"));
	dsfit_site_free(site);
}
END_TEST

/* A partition may have another line under its refusals, or none; of several partitions the first
 * that has one counts. */
START_TEST(help_inherited)
{
	struct dsfit_site *site = load_text("help-url = \"https://a.example/\"\n"
					    "partition \"a\" {}\n"
					    "partition \"b\" { help-url = \"Room 7\" }\n"
					    "partition \"c\" { help-url = \"\" }\n");
	static const struct {
		const char *partitions, *help;
	} rows[] = {
		{ "a", "https://a.example/" }, { "b", "Room 7" }, { "c", "" },
		{ "b,a", "Room 7" }, { "c,b", "Room 7" }, { "nosuch", "https://a.example/" },
	};
	struct dsfit_policy policy;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		dsfit_policy_of(site, rows[i].partitions, &policy);
		ck_assert_str_eq(policy.help_url, rows[i].help);
	}
	dsfit_site_free(site);
}
END_TEST

/* The site's list may be empty, and a partition may have another one. */
START_TEST(nothing_may_change)
{
	struct dsfit_site *site = load_text("may-change = {}\npartition \"a\" {}\n"
					    "partition \"b\" { may-change = {gpus} }\n");

	ck_assert_uint_eq(site->policy.may_change, 0);
	ck_assert_uint_eq(policy_of(site, "a")->may_change, 0);
	ck_assert_uint_eq(policy_of(site, "b")->may_change, DSFIT_CHANGE_GPUS);
	dsfit_site_free(site);
}
END_TEST

/* As every key of a policy: the site's, unless the partition has its own. */
START_TEST(network_inherited)
{
	struct dsfit_site *site = load_text("partition \"a\" {}\n"
					    "partition \"b\" { network = floor }\n"
					    "network = wait\n"
					    "nodes \"n\" { gpu = g gpus = 1 network = 100Gbps }\n"
					    "gpu \"g\" { memory = 8GB }\n");

	ck_assert_int_eq((int)policy_of(site, NULL)->network, DSFIT_NETWORK_WAIT);
	ck_assert_int_eq((int)policy_of(site, "a")->network, DSFIT_NETWORK_WAIT);
	ck_assert_int_eq((int)policy_of(site, "b")->network, DSFIT_NETWORK_FLOOR);
	/* A key of the same name says how fast a node's network is. */
	ck_assert_uint_eq(site->classes[0].network, UINT64_C(100000000000));
	dsfit_site_free(site);
}
END_TEST

START_TEST(people_inherited)
{
	struct dsfit_site *site = load_text("exempt = {ada, \"@staff\"}\nundeclared-from-gpus = 8\n"
					    "partition \"a\" {}\npartition \"b\" { exempt = {} }\n"
					    "partition \"c\" { exempt = {\"account:ml\"}\n"
					    " undeclared-from-gpus = 0 }\n");

	ck_assert_uint_eq(policy_of(site, "a")->exempt.count, 2);
	ck_assert_str_eq(policy_of(site, "a")->exempt.name[1], "@staff");
	ck_assert_uint_eq(policy_of(site, "a")->undeclared_from_gpus, 8);
	ck_assert_uint_eq(policy_of(site, "b")->exempt.count, 0);
	ck_assert_str_eq(policy_of(site, "c")->exempt.name[0], "account:ml");
	ck_assert_uint_eq(policy_of(site, "c")->undeclared_from_gpus, 0);
	dsfit_site_free(site);
}
END_TEST

/* Settings that are valid but probably a mistake give a warning with file and line. */
START_TEST(warned)
{
#define CARDS GPU "gpu \"h\" { memory = 9GB }\n"
#define SMALL "nodes \"n\" { gpu = g gpus = 2 gres-type = x "
#define LARGE "nodes \"m\" { gpu = h gpus = 2 gres-type = x "
	static const struct {
		const char *text;
		int line;
		const char *what;	/* NULL: no warning */
	} vectors[] = {
		{ "mode = off\n\nmode = advise\n", 3, "mode is set twice: the last value counts" },
		{ CARDS "nodes \"n\" { gpu = g count = 12\n gpus = 2 count=13 }\n", 4,
		  "count is set twice: the last value counts" },
		{ "may-change = {memory}\nmay-change\t= {gpus}\n", 2, "may-change is set twice" },
		{ "partition \"a\" { default = true }\npartition \"b\" { default = true }\n", 2,
		  "partition \"b\": default = true, but partition \"a\" is already the default" },
		{ CARDS SMALL "partitions = {old, olde} }\npartition \"old\" { }\n", 3,
		  "nodes \"n\": partitions = olde: no partition section has that name" },
		{ CARDS SMALL "}\n" LARGE "}\n", 4,
		  "nodes \"m\": nodes \"n\" have a smaller GPU with the same gres-type" },
		{ CARDS LARGE "features = {a} }\n" SMALL "features = {a, b} }\n", 3,
		  "nodes \"m\": nodes \"n\" have a smaller GPU with the same gres-type" },
		{ CARDS LARGE "partitions = {p} }\n" SMALL "}\n", 3,
		  "have a smaller GPU with the same gres-type" },
		{ CARDS SMALL "count = 2 }\nnodes \"o\" { gpu = g gpus = 2 gres-type = x }\n", 4,
		  "nodes \"o\": same as nodes \"n\" except for count: join the two" },
		{ CARDS SMALL "}\nnodes \"o\" { gpu = g gpus = 2 gres-type = x price = 3 }\n", 0,
		  NULL },
		{ CARDS SMALL "}\n" LARGE "features = {a} }\n", 0, NULL },
		{ CARDS SMALL "partitions = {p} }\n" LARGE "partitions = {q} }\n", 0, NULL },
		{ CARDS SMALL "}\nnodes \"m\" { gpu = h gpus = 4 gres-type = x }\n", 0, NULL },
		/* The same key in each section, or in a comment. */
		{ CARDS "mode = off\npartition \"a\" { mode = off }\n"
		  "partition \"b\" { mode = off }\n# mode = off\n", 0, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("dsfit.conf", vectors[i].text);
		struct dsfit_error err = { "" };
		struct dsfit_site *site = dsfit_site_load_warning(path, NULL, &err);
		char begin[600];

		ck_assert_msg(site != NULL, "%s", err.text);
		ck_assert_msg(site->warnings.count == (vectors[i].what ? 1 : 0),
			      "%s: %zu warnings: %s", vectors[i].text, site->warnings.count,
			      site->warnings.count ? site->warnings.name[0] : "");
		if (vectors[i].what) {
			snprintf(begin, sizeof(begin), "%s:%d: ", path, vectors[i].line);
			unit_assert_begins(site->warnings.name[0], begin);
			unit_assert_has(site->warnings.name[0], vectors[i].what);
		}
		dsfit_site_free(site);
	}
	/* The configuration that is installed, and the demo's, have none. */
	for (int demo = 0; demo < 2; demo++) {
		struct dsfit_site *site =
			dsfit_site_load_warning(demo ? TEST_CONF "/dsfit.conf" :
							TEST_CONF "/site.conf", NULL, NULL);

		ck_assert_ptr_nonnull(site);
		ck_assert_uint_eq(site->warnings.count, 0);
		dsfit_site_free(site);
	}
}
END_TEST

/* The list has all files that were read or looked for, even if loading fails. */
START_TEST(files_listed)
{
	struct dsfit_names files = { 0 };
	struct dsfit_error err;
	struct dsfit_site *site;

	unit_write("inner.conf", "mode = off\n");
	site = dsfit_site_load_keeping(unit_write("outer.conf", "include(\"inner.conf\")\n"),
				       NULL, &files, NULL, &err);
	ck_assert_ptr_nonnull(site);
	ck_assert_uint_eq(files.count, 2);
	ck_assert_str_eq(files.name[0], unit_path("outer.conf"));
	ck_assert_str_eq(files.name[1], unit_path("inner.conf"));
	ck_assert_ptr_nonnull(dsfit_site_lacks(site));
	dsfit_site_free(site);
	dsfit_names_free(&files);
	unit_write("inner.conf", "include(\"nowhere.conf\")\n");
	ck_assert_ptr_null(dsfit_site_load_keeping(unit_path("outer.conf"), NULL, &files,
						    NULL, &err));
	ck_assert_uint_eq(files.count, 3);
	ck_assert_str_eq(files.name[2], unit_path("nowhere.conf"));
	dsfit_names_free(&files);
	ck_assert_ptr_null(dsfit_site_load_keeping(unit_path("nowhere.conf"), NULL, &files,
						    NULL, &err));
	ck_assert_uint_eq(files.count, 1);
	dsfit_names_free(&files);
	site = load_text(GPU "nodes \"n\" { gpu = g gpus = 1 }\n");
	ck_assert_str_eq(dsfit_site_lacks(site), "no model has reference = true, so dsfit cannot "
			 "estimate a size such as 13B");
	dsfit_site_free(site);
	site = unit_site();
	ck_assert_ptr_null(dsfit_site_lacks(site));
	dsfit_site_free(site);
}
END_TEST

/* --- texts that are kept ------------------------------------------------------------------ */

/* A site whose files, one with a comment and one without a last newline, are kept. */
static void keep_three_files(struct dsfit_kept_files *texts)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site;

	unit_write("gpu.conf", GPU);
	unit_write("inner.conf", "# mode = reject\ninclude(\"gpu.conf\")\nmax-gpus = 7 /* GPUs */");
	site = dsfit_site_load_keeping(unit_write("outer.conf", "mode = correct\n"
						  "include(\"inner.conf\")\n"
						  "nodes \"n\" { gpu = g gpus = 1 }\n"),
				       NULL, NULL, texts, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	dsfit_site_free(site);
	ck_assert_uint_eq(texts->count, 3);
	ck_assert_str_eq(texts->file[0].path, unit_path("outer.conf"));
	ck_assert_str_eq(texts->file[1].text,
			 "# mode = reject\ninclude(\"gpu.conf\")\nmax-gpus = 7 /* GPUs */");
}

START_TEST(read_from_texts)
{
	struct dsfit_kept_files texts = { 0 }, again = { 0 };
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	size_t length;
	char *text;

	ck_assert_ptr_null(dsfit_site_load_kept(&texts, &err));
	ck_assert_str_eq(err.text, "no files are kept");
	keep_three_files(&texts);
	text = dsfit_kept_files_write(&texts, &length);
	ck_assert_ptr_nonnull(text);
	dsfit_kept_files_free(&texts);
	/* The files themselves are not looked at. */
	unlink(unit_path("gpu.conf"));
	unit_write("inner.conf", "mode = sometimes\n");
	unit_write("outer.conf", "}");
	ck_assert_msg(!dsfit_kept_files_read(text, length, &again, &err), "%s", err.text);
	site = dsfit_site_load_kept(&again, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_int_eq((int)site->policy.mode, DSFIT_MODE_CORRECT);
	ck_assert_uint_eq(site->policy.max_gpus, 7);
	ck_assert_uint_eq(site->class_count, 1);
	dsfit_site_free(site);
	/* Without the last file it is not the same site. */
	free(again.file[2].path);
	free(again.file[2].text);
	again.count--;
	ck_assert_ptr_null(dsfit_site_load_kept(&again, &err));
	unit_assert_has(err.text, "inner.conf:2: ");
	unit_assert_has(err.text, "gpu.conf: no copy is kept");
	dsfit_kept_files_free(&again);
	free(text);
}
END_TEST

/* A text that is cut off, or has another byte somewhere, is refused or is what it says. */
START_TEST(texts_are_whole)
{
	struct dsfit_kept_files texts = { 0 }, read = { 0 };
	struct dsfit_error err = { "" };
	size_t length, again;
	char *text, *copy;

	keep_three_files(&texts);
	text = dsfit_kept_files_write(&texts, &length);
	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < length; i++) {
		ck_assert_int_eq(dsfit_kept_files_read(text, i, &read, &err), -1);
		ck_assert_str_eq(err.text, i < strlen("dsfit kept files 1\n") ?
				 "no files are kept in it" : "its end is missing");
		ck_assert_uint_eq(read.count, 0);
	}
	for (size_t i = 0; i < length; i++) {
		char byte = text[i];

		text[i] = (char)(byte ^ 1 << i % 8);
		if (!dsfit_kept_files_read(text, length, &read, &err)) {
			copy = dsfit_kept_files_write(&read, &again);
			ck_assert_uint_eq(again, length);
			ck_assert(!memcmp(copy, text, length));
			free(copy);
		}
		dsfit_kept_files_free(&read);
		text[i] = byte;
	}
	free(text);
	dsfit_kept_files_free(&texts);
}
END_TEST

START_TEST(every_change_has_its_bit)
{
	unsigned all = 0;
	int i;

	for (i = 0; dsfit_change_names[i]; i++) {
		struct dsfit_site *site;
		char text[128];

		snprintf(text, sizeof(text), "may-change = {%s}\n", dsfit_change_names[i]);
		site = load_text(text);
		ck_assert_uint_eq(site->policy.may_change, 1u << i);
		all |= site->policy.may_change;
		dsfit_site_free(site);
	}
	ck_assert_uint_eq(all, DSFIT_CHANGE_ALL);
}
END_TEST

/* A list of partitions is walked one by one. */
START_TEST(policies_of_a_list)
{
	struct dsfit_site *site = unit_site();
	const char *list = ",,gpu,nonesuch,,strict,,";

	ck_assert_ptr_eq(dsfit_site_next_policy(site, &list),
			 &dsfit_site_partition(site, "gpu")->policy);
	ck_assert_ptr_eq(dsfit_site_next_policy(site, &list), &site->policy);
	ck_assert_ptr_eq(dsfit_site_next_policy(site, &list),
			 &dsfit_site_partition(site, "strict")->policy);
	ck_assert_str_eq(list, "");
	for (int i = 0; i < 3; i++) {
		list = i == 0 ? NULL : i == 1 ? "" : ",";
		ck_assert_ptr_eq(dsfit_site_next_policy(site, &list),
				 &dsfit_site_partition(site, "gpu")->policy);
		ck_assert_str_eq(list, "");
	}
	ck_assert_ptr_null(dsfit_site_partition(site, "nonesuch"));
	ck_assert_str_eq(dsfit_site_partition(site, NULL)->name, "gpu");
	ck_assert(dsfit_site_partition(site, "preempt")->preemptible);
	ck_assert_int_eq((int)policy_of(site, "strict")->undeclared, DSFIT_REJECT);
	dsfit_site_free(site);
}
END_TEST

START_TEST(classes_in_partitions)
{
	struct dsfit_site *site = load_text(
		GPU "nodes \"open\" { gpu = g gpus = 2 }\n"
		"nodes \"some\" { gpu = g gpus = 2 partitions = {b, c} }\n"
		"partition \"a\" { default = true }\npartition \"b\" { }\n");
	const struct dsfit_node_class *open = &site->classes[0], *some = &site->classes[1];

	ck_assert(dsfit_class_in_partition(site, open, "a"));
	ck_assert(dsfit_class_in_partition(site, open, "nonesuch"));
	ck_assert(dsfit_class_in_partition(site, open, NULL));
	ck_assert(!dsfit_class_in_partition(site, some, "a"));
	ck_assert(!dsfit_class_in_partition(site, some, NULL));
	ck_assert(!dsfit_class_in_partition(site, some, ""));
	ck_assert(dsfit_class_in_partition(site, some, "b"));
	ck_assert(dsfit_class_in_partition(site, some, "a,b"));
	ck_assert(dsfit_class_in_partition(site, some, "c,a"));
	dsfit_site_free(site);
}
END_TEST

#define LONGEST_NAME "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23"

/* A name that is longer than any of a configuration is none of these, whatever it begins with. */
START_TEST(long_names_in_a_list)
{
	struct dsfit_site *site = load_text(
		GPU "nodes \"some\" { gpu = g gpus = 2 partitions = {" LONGEST_NAME "} }\n"
		"partition \"" LONGEST_NAME "\" { preemptible = true mode = reject }\n"
		"partition \"a\" { default = true }\n");
	const char *list = LONGEST_NAME "4," LONGEST_NAME;

	ck_assert_ptr_eq(dsfit_site_next_policy(site, &list), &site->policy);
	ck_assert_ptr_eq(dsfit_site_next_policy(site, &list), &site->partitions[0].policy);
	ck_assert_str_eq(list, "");
	ck_assert(!dsfit_is_preemptible(site, LONGEST_NAME "4"));
	ck_assert(dsfit_is_preemptible(site, LONGEST_NAME "4," LONGEST_NAME));
	ck_assert(!dsfit_class_in_partition(site, &site->classes[0], LONGEST_NAME "4"));
	ck_assert(dsfit_class_in_partition(site, &site->classes[0], "b," LONGEST_NAME));
	dsfit_site_free(site);
}
END_TEST

START_TEST(node_classes)
{
	struct dsfit_site *site = load_text(
		"gpu \"g\" { memory = 8GB price = 0.74 aliases = {gg} }\n"
		"nodes \"n\" { gpu = GG gpus = 4 gres-type = tesla count = 3 cpus = 64\n"
		" memory = 512G scratch = 1TB network = 25Gbps features = {net25, \"x y\"} }\n"
		"nodes \"m\" { gpu = g gpus = 1 price = 9.99 }\n"
		"storage = 2PB\nnetwork-wait = 0.25\nproduction-wait = 0.125\n"
		"controller-budget = 100000\ndefault-mem-per-cpu = 4G\n"
		"defaults { zero = 1 batch = 4 seq = 4096 precision = fp16 }\n");
	const struct dsfit_node_class *n = &site->classes[0], *m = &site->classes[1];

	ck_assert_uint_eq(site->class_count, 2);
	ck_assert_ptr_eq(n->gpu, &site->gpus[0]);
	ck_assert_str_eq(n->gres_type, "tesla");
	ck_assert_uint_eq(n->count, 3);
	ck_assert_uint_eq(n->gpus, 4);
	ck_assert_uint_eq(n->cpus, 64);
	ck_assert_uint_eq(n->memory, 512 * DSFIT_GIB);
	ck_assert_uint_eq(n->scratch, 1000000000000);
	ck_assert_uint_eq(n->network, 25000000000);
	ck_assert(dsfit_names_have(&n->features, "net25"));
	ck_assert(dsfit_names_have(&n->features, "x y"));
	ck_assert_double_eq(n->price, 4 * 0.74);
	/* An absent key means "not known"; an absent gres type is the card's name. */
	ck_assert_str_eq(m->gres_type, "g");
	ck_assert_uint_eq(m->count, 1);
	ck_assert_uint_eq(m->memory + m->scratch + m->network + m->cpus, 0);
	ck_assert_double_eq(m->price, 9.99);
	ck_assert_uint_eq(site->gpus[0].label_memory, 8000000000);
	ck_assert_uint_eq(site->storage, 2000000000000000);
	ck_assert_double_eq(site->estimate.network_wait, 0.25);
	ck_assert_double_eq(site->production_wait, 0.125);
	ck_assert_uint_eq(site->controller_budget, 100000);
	ck_assert_uint_eq(site->default_memory.per_cpu, 4 * DSFIT_GIB);
	ck_assert_uint_eq(site->default_memory.per_gpu, 0);
	ck_assert_uint_eq(site->defaults.zero, 1);
	ck_assert(site->defaults.zero_given);
	ck_assert_uint_eq(site->defaults.micro_batch, 4);
	ck_assert_uint_eq(site->defaults.sequence, 4096);
	ck_assert_int_eq((int)site->defaults.precision, DSFIT_PRECISION_FP16);
	dsfit_site_free(site);
}
END_TEST

/* A site's section for a GPU replaces the catalogue's, and its own slice comes before that of a
 * section mig. Slices have a share of their card's compute, and what it cannot do. */
START_TEST(own_gpus)
{
	struct dsfit_error err = { "" };
	const struct dsfit_gpu *gpu;
	struct dsfit_site *site;

	unit_write("dsfit.conf", "gpu \"g\" {\n memory = 80GiB\n tflops = 70\n}\n"
		   "gpu \"h\" {\n aliases = {other}\n memory = 80GiB\n}\n"
		   "mig \"m\" {\n of = {g, h}\n"
		   " slices = {\"1g.10gb=9GiB\", \"4g.40gb=39GiB\"}\n}\n"
		   "gpu \"h_1g.10gb\" {\n memory = 7GiB\n}\n"
		   "gpu \"g\" {\n memory = 79GiB\n tflops = 700\n"
		   " cannot = {bf16, 4-bit}\n}\n");
	site = dsfit_site_load(unit_path("dsfit.conf"), &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_uint_eq(site->gpu_count, 6);
	ck_assert_uint_eq(site->slice_count, 3);
	ck_assert_uint_eq(dsfit_site_gpu(site, "g")->memory, 79 * DSFIT_GIB);
	ck_assert_uint_eq(dsfit_site_gpu(site, "h_1g.10gb")->memory, 7 * DSFIT_GIB);
	gpu = dsfit_site_gpu(site, "g_4g.40gb");
	ck_assert_ptr_eq(gpu->whole, dsfit_site_gpu(site, "g"));
	ck_assert_uint_eq(gpu->memory, 39 * DSFIT_GIB);
	ck_assert_uint_eq(gpu->label_memory, 40000000000);
	ck_assert_double_eq_tol(gpu->tflops, 400, 1e-9);
	ck_assert_uint_eq(gpu->cannot, 1u << DSFIT_CANNOT_BF16 | 1u << DSFIT_CANNOT_4_BIT);
	ck_assert_str_eq(gpu->label, "g 4g.40gb");
	ck_assert_ptr_eq(dsfit_site_gpu(site, "other-4g40gb"), dsfit_site_gpu(site, "h_4g.40gb"));
	dsfit_site_free(site);
}
END_TEST

/* A relative include starts at the folder of the including file, not at the working directory. */
START_TEST(relative_paths)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	char here[4096];

	ck_assert_int_eq(mkdir(unit_path("etc"), 0700), 0);
	ck_assert_int_eq(mkdir(unit_path("etc/more"), 0700), 0);
	unit_write("etc/dsfit.conf", "include(\"more/a.conf\")\nmode = reject\n");
	unit_write("etc/more/a.conf", "include('b.conf')\n\n");
	unit_write("etc/more/b.conf", GPU);
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	ck_assert_int_eq(chdir(unit_folder), 0);
	site = dsfit_site_load("etc/dsfit.conf", &err);
	ck_assert_int_eq(chdir(unit_path("etc")), 0);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_uint_eq(site->gpu_count, 1);
	dsfit_site_free(site);
	site = dsfit_site_load("dsfit.conf", &err);
	ck_assert_int_eq(chdir(here), 0);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_int_eq((int)site->policy.mode, DSFIT_MODE_REJECT);
	dsfit_site_free(site);
}
END_TEST

/* The decimal point is a point in every locale. */
START_TEST(other_locales)
{
	static const char *const locales[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(locales); i++) {
		struct dsfit_site *site;

		if (!setlocale(LC_ALL, locales[i]))
			continue;
		site = load_text("network-wait = 0.25\n");
		ck_assert_double_eq(site->estimate.network_wait, 0.25);
		dsfit_site_free(site);
	}
	setlocale(LC_ALL, "C");
}
END_TEST

/* ---- the demo site and its catalogues ------------------------------------------------------- */

START_TEST(the_guides_gpus)
{
	/* "GPU Comparison" of the hardware guide, and the A100 in both sizes. */
	static const struct {
		const char *label;
		uint64_t gigabytes;
		double tflops;
		const char *best_for;
		bool consumer;
	} guide[] = {
		{ "RTX 3060", 12, 12.7, "Small models, learning", true },
		{ "RTX 3070", 8, 20.3, "Development, LoRA", true },
		{ "RTX 3080", 10, 29.8, "Medium models", true },
		{ "RTX 3090", 24, 35.6, "Large models", true },
		{ "RTX 4070", 12, 29.1, "Efficient training", true },
		{ "RTX 4080", 16, 48.7, "Good balance", true },
		{ "RTX 4090", 24, 82.6, "Best consumer", true },
		{ "A40", 48, 37.4, "Multi-model", false },
		{ "A100 40GB", 40, 77.9, "Production", false },
		{ "A100 80GB", 80, 77.9, "Production", false },
		{ "H100", 80, 267.6, "Large scale", false },
		{ "H200", 141, 267.6, "Massive models", false },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(guide); i++) {
		const struct dsfit_gpu *gpu = dsfit_site_gpu(site, guide[i].label);

		ck_assert_msg(gpu != NULL, "no %s", guide[i].label);
		ck_assert_uint_eq(gpu->label_memory, guide[i].gigabytes * 1000000000);
		ck_assert_double_eq(gpu->guide_tflops, guide[i].tflops);
		ck_assert_str_eq(gpu->best_for, guide[i].best_for);
		ck_assert_int_eq(gpu->consumer, guide[i].consumer);
		/* The label counts in 2^30 bytes, and a process can use less than it says. */
		ck_assert_uint_lt(gpu->memory, guide[i].gigabytes * DSFIT_GIB);
		ck_assert_uint_gt(gpu->memory, guide[i].gigabytes * DSFIT_GIB / 10 * 9);
		ck_assert_double_gt(gpu->tflops, gpu->guide_tflops);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(gpu_names)
{
	static const struct {
		const char *text, *name;
	} vectors[] = {
		{ "a100", "a100" }, { "A100", "a100" }, { "A100 40GB", "a100" },
		{ "a100-40GB", "a100" }, { "NVIDIA_A100-SXM4-40GB", "a100" },
		{ "a100_80g", "a100_80g" }, { "A100 80GB", "a100_80g" },
		{ "rtx_4090", "rtx4090" }, { "RTX4090", "rtx4090" },
		{ "nvidia_geforce_rtx_4090", "rtx4090" }, { "RTX 4090", "rtx4090" },
		{ "h100", "h100" }, { "nvidia_h100_80gb_hbm3", "h100" }, { "H200", "h200" },
	};
	static const char *const unknown[] = { "", "a1000", "tesla", "rtx", "A100 96GB" };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_gpu *gpu = dsfit_site_gpu(site, vectors[i].text);

		ck_assert_msg(gpu != NULL, "no %s", vectors[i].text);
		ck_assert_str_eq(gpu->name, vectors[i].name);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(unknown); i++)
		ck_assert_ptr_null(dsfit_site_gpu(site, unknown[i]));
	/* No name stands for two cards. */
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];

		ck_assert_ptr_eq(dsfit_site_gpu(site, gpu->name), gpu);
		ck_assert_ptr_eq(dsfit_site_gpu(site, gpu->label), gpu);
		for (size_t j = 0; j < gpu->aliases.count; j++)
			ck_assert_msg(dsfit_site_gpu(site, gpu->aliases.name[j]) == gpu, "%s",
				      gpu->aliases.name[j]);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(the_demo_site)
{
	static const struct {
		const char *name, *gpu;
		uint64_t count, gpus, gigabytes, gbps;
	} classes[] = {
		{ "ws", "rtx4090", 4, 2, 128, 25 },
		{ "a100", "a100", 4, 4, 512, 200 },
		{ "a100x", "a100_80g", 4, 4, 1024, 200 },
		{ "h100", "h100", 2, 8, 2048, 400 },
		{ "h200", "h200", 1, 8, 2048, 400 },
	};
	struct dsfit_site *site = unit_site();

	ck_assert_uint_eq(site->class_count, DSFIT_ARRAY_SIZE(classes));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(classes); i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		ck_assert_str_eq(class->name, classes[i].name);
		ck_assert_str_eq(class->gpu->name, classes[i].gpu);
		ck_assert_uint_eq(class->count, classes[i].count);
		ck_assert_uint_eq(class->gpus, classes[i].gpus);
		ck_assert_uint_eq(class->memory, classes[i].gigabytes * 1000 * DSFIT_MIB);
		ck_assert_uint_eq(class->network, classes[i].gbps * 1000000000);
		ck_assert_double_gt(class->price, 0);
	}
	ck_assert_uint_eq(site->partition_count, 3);
	dsfit_site_free(site);
}
END_TEST

/* The kinds of node that a search tries, and the classes of each type. */
START_TEST(test_kinds)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(unit_write("dsfit.conf",
		"include(\"" TEST_CONF "/gpus.conf\")\n"
		"nodes \"a\" { gpu = h100 gpus = 4 count = 2 }\n"
		"nodes \"b\" { gpu = a100 gpus = 8 }\n"
		"nodes \"c\" { gpu = h100 gpus = 8 }\n"
		"nodes \"d\" { gpu = h100 gpus = 4 count = 3 }\n"
		"nodes \"e\" { gpu = h100 gpus = 4 count = 3 }\n"), &err);
	static const struct {
		const char *class;
		size_t first, count;
	} kinds[] = { { "b", 0, 1 }, { "d", 1, 4 }, { "c", 1, 4 } };

	ck_assert_msg(site != NULL, "%s", err.text);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(site->by_type[i]->name[0], "bacde"[i]);
	ck_assert_uint_eq(site->kind_count, DSFIT_ARRAY_SIZE(kinds));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(kinds); i++) {
		ck_assert_str_eq(site->kinds[i].class->name, kinds[i].class);
		ck_assert_uint_eq(site->kinds[i].first, kinds[i].first);
		ck_assert_uint_eq(site->kinds[i].count, kinds[i].count);
	}
	dsfit_site_free(site);
}
END_TEST

/* The classes of each type are found among many, whichever the order of their names. */
START_TEST(test_of_type)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	char text[2048] = "", type[16];
	size_t length = 0, count;

	for (int i = 0; i <= _i; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
			"gpu \"g%d\" { memory = 8GB }\nnodes \"n%d\" { gpu = g%d gpus = 4 }\n"
			"nodes \"m%d\" { gpu = g%d gpus = 4 }\n", i, i, i, i, i);
	site = dsfit_site_load(unit_write("dsfit.conf", text), &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	for (int i = 0; i <= _i; i++) {
		const struct dsfit_node_class *const *classes;

		snprintf(type, sizeof(type), "g%d", i);
		classes = dsfit_site_of_type(site, type, &count);
		ck_assert_uint_eq(count, 2);
		ck_assert_str_eq(classes[0]->gres_type, type);
		ck_assert_int_eq(classes[0]->name[0], 'n');
		ck_assert_int_eq(classes[1]->name[0], 'm');
		/* Between two types, before all and behind all is none. */
		snprintf(type, sizeof(type), "g%d-", i);
		dsfit_site_of_type(site, type, &count);
		ck_assert_uint_eq(count, 0);
	}
	dsfit_site_of_type(site, "f", &count);
	ck_assert_uint_eq(count, 0);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("site");
	const TTest *const tests[] = {
		refused, includes_refused, unreadable, not_a_text, broken_then_good,
		an_empty_file, partitions_inherit, help_inherited, nothing_may_change,
		network_inherited, people_inherited, files_listed, read_from_texts,
		texts_are_whole, warned, every_change_has_its_bit,
		classes_in_partitions, long_names_in_a_list, node_classes, relative_paths,
		other_locales, own_gpus, test_kinds,
	};
	TCase *files = unit_folder_case(suite, "files");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(files, tests[i]);
	tcase_add_loop_test(files, test_of_type, 0, 9);
	unit_add(suite, "demo", (const TTest *const[]){ the_guides_gpus, gpu_names, the_demo_site,
		 policies_of_a_list, NULL });
	return unit_run(suite);
}
