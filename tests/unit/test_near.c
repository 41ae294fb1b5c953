/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suggestions for misspelt words, with a list of names made for the test and with the demo site. */
#include "core/base/near_miss.h"
#include "core/declare/declaration.h"
#include "core/site/load.h"
#include "core/training/training.h"
#include "tests/unit/unit.h"

static const char *const names[] = {
	"a100", "a100_80g", "h100", "rtx4090", "llama-2-7b", "llama-2-13b", "bf16", "fp32",
	"adafactor", NULL,
};

START_TEST(test_slips)
{
	static const struct {
		const char *word, *meant;
	} rows[] = {
		{ "llama-2-13", "llama-2-13b" },	/* a letter is missing */
		{ "llama-2-13bb", "llama-2-13b" },	/* one too many */
		{ "llama-2-12b", "llama-2-13b" },	/* a wrong one */
		{ "lalma-2-13b", "llama-2-13b" },	/* two are swapped */
		{ "LLAMA-2-13", "llama-2-13b" },
		{ "adafcator", "adafactor" },
		{ "adafcaotr", "adafactor" },		/* two slips in nine letters */
		{ "fb61", NULL },			/* two slips in four letters */
		{ "fb16", "bf16" },
		{ "fp23", "fp32" },
		{ "rtx490", "rtx4090" },
		{ "rtx", NULL },
		{ "b100", NULL },			/* a100 and h100 are equally near */
		{ "bf", NULL },
		{ "", NULL },
		{ "13B", NULL },
		{ "anything-but-that", NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		char text[DSFIT_NEAR_TEXT], expected[DSFIT_NEAR_TEXT] = "";

		if (rows[i].meant)
			snprintf(expected, sizeof(expected), "did you mean %s? ", rows[i].meant);
		dsfit_near_word(names, rows[i].word, text);
		ck_assert_msg(!strcmp(text, expected), "%s: \"%s\"", rows[i].word, text);
	}
}
END_TEST

/* Two equally near names of the same thing are no tie. */
START_TEST(test_names_of_one_thing)
{
	static const int thing, other;
	struct dsfit_near near;

	dsfit_near_start(&near, "b100");
	dsfit_near_try(&near, "a100", &thing);
	dsfit_near_try(&near, "h100", &thing);
	ck_assert_str_eq(dsfit_near_best(&near), "a100");
	dsfit_near_try(&near, "v100", &other);
	ck_assert_ptr_null(dsfit_near_best(&near));
	dsfit_near_try(&near, "b100", &other);
	ck_assert_str_eq(dsfit_near_best(&near), "b100");
}
END_TEST

START_TEST(test_no_length_is_too_much)
{
	char longest[DSFIT_NEAR_MAX + 2], text[DSFIT_NEAR_TEXT];
	const char *const one[] = { longest, NULL };

	memset(longest, 'x', sizeof(longest));
	longest[DSFIT_NEAR_MAX] = '\0';
	ck_assert_str_ne(dsfit_near_word(one, longest, text), "");
	longest[DSFIT_NEAR_MAX] = 'x';
	longest[DSFIT_NEAR_MAX + 1] = '\0';
	ck_assert_str_eq(dsfit_near_word(one, longest, text), "");
	ck_assert_str_eq(dsfit_near_word(one, longest + 1, text), "");
	ck_assert_str_eq(dsfit_near_word(one, longest + 2, text), "");
}
END_TEST

/* The error about an option has the suggestion between what was typed and what is accepted. */
START_TEST(test_options_say_so)
{
	static const struct {
		enum dsfit_option option;
		const char *value, *line;
	} rows[] = {
		{ DSFIT_OPTION_MODEL, "llama-2-13",
		  "--ds-model=llama-2-13: did you mean llama-2-13b? must be a size" },
		{ DSFIT_OPTION_PRECISION, "fp61",
		  "--ds-precision=fp61: did you mean fp16? must be one of bf16, fp16" },
		{ DSFIT_OPTION_OPTIMIZER, "adam8bits",
		  "--ds-optimizer=adam8bits: did you mean adam8bit? must be one of adamw" },
		{ DSFIT_OPTION_METHOD, "qlroa:16",
		  "--ds-method=qlroa:16: did you mean qlora? must be full" },
		{ DSFIT_OPTION_OFFLOAD, "nmve",
		  "--ds-offload=nmve: did you mean nvme? must be none" },
		{ DSFIT_OPTION_GOAL, "prodution",
		  "--ds-goal=prodution: did you mean production? must be one of development" },
		{ DSFIT_OPTION_FIT, "advice", "--ds-fit=advice: did you mean advise? must be" },
		{ DSFIT_OPTION_MODEL, "13X", "--ds-model=13X: must be a size" },
		{ DSFIT_OPTION_PRECISION, "int4", "--ds-precision=int4: must be one of bf16" },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_declaration declaration = { .prefix = "--ds-" };
		struct dsfit_workload workload;
		struct dsfit_error err;

		declaration.value[DSFIT_OPTION_MODEL] = "7B";
		declaration.value[rows[i].option] = rows[i].value;
		ck_assert_int_eq(dsfit_declaration_resolve(&declaration, &site->models,
							   &site->defaults, &workload, &err), -1);
		unit_assert_begins(err.text, rows[i].line);
	}
	dsfit_site_free(site);
}
END_TEST

/* Suggestions for keys of the configuration are keys of the same section. */
START_TEST(test_keys_say_so)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "gpu \"x\" {\n tflop = 1\n}\n", ":2: no such option 'tflop': did you mean tflops?" },
		{ "moed = correct\n", ":1: no such option 'moed': did you mean mode?" },
		{ "mode = corect\n", ":1: mode = corect: did you mean correct? must be one of off" },
		{ "colour = blue\n", ":1: no such option 'colour'" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		const char *path = unit_write("dsfit.conf", rows[i].text);
		struct dsfit_error err = { "" };

		ck_assert_ptr_null(dsfit_site_load(path, &err));
		unit_assert_begins(err.text, path);
		unit_assert_begins(err.text + strlen(path), rows[i].line);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_slips, test_names_of_one_thing, test_no_length_is_too_much,
		test_options_say_so, NULL,
	};
	Suite *suite = suite_create("near");

	unit_add(suite, "near", tests);
	tcase_add_test(unit_folder_case(suite, "configuration"), test_keys_say_so);
	return unit_run(suite);
}
