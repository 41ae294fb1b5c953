/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of a DeepSpeed file are read as in pydantic's lax mode, because DeepSpeed uses that. */
#include "core/training/ds_values.h"

#include "tests/unit/unit.h"

/* A section with the key "k" and this value. The caller releases the object. */
static struct dsfit_ds_section section_of(const char *value, struct dsfit_error *err)
{
	char text[128];

	snprintf(text, sizeof(text), "{\"k\": %s}", value);
	return (struct dsfit_ds_section){ .object = json_tokener_parse(text), .path = "s.",
					  .err = err };
}

/* What a reader returns if there is nothing to read, and if the value is wrong. */
#define NOTHING 0
#define WRONG (-1)

START_TEST(counts)
{
	static const struct {
		const char *value;
		int got;
		uint64_t number;
	} vectors[] = {
		{ "8", 1, 8 }, { "0", 1, 0 }, { "8.0", 1, 8 }, { "5e8", 1, 500000000 },
		{ "true", 1, 1 }, { "false", 1, 0 }, { "\"8\"", 1, 8 }, { "\" +5 \"", 1, 5 },
		{ "\"1_000\"", 1, 1000 }, { "\"8.0\"", 1, 8 }, { "\"8.00\"", 1, 8 },
		{ "\"-0\"", 1, 0 }, { "1e30", WRONG, 0 },
		{ "9223372036854775807", 1, UINT64_C(1000000000000000) },
		{ "\"99999999999999999999999\"", 1, UINT64_C(1000000000000000) },
		{ "\"auto\"", NOTHING, 0 }, { "-1", WRONG, 0 }, { "\"-1\"", WRONG, 0 },
		{ "8.5", WRONG, 0 }, { "\"8.5\"", WRONG, 0 }, { "\"\"", WRONG, 0 },
		{ "\"x\"", WRONG, 0 }, { "\"8x\"", WRONG, 0 }, { "\"1__0\"", WRONG, 0 },
		{ "\"5e8\"", WRONG, 0 }, { "\"0x10\"", WRONG, 0 }, { "null", WRONG, 0 },
		{ "[8]", WRONG, 0 }, { "{}", WRONG, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_ds_section s = section_of(vectors[i].value, &err);
		uint64_t number = 77;
		int got = dsfit_ds_count(&s, "k", 0, &number);

		ck_assert_msg(got == vectors[i].got, "%s: %d", vectors[i].value, got);
		ck_assert_uint_eq(number, got > 0 ? vectors[i].number : 77);
		if (got == WRONG)
			unit_assert_has(err.text, "must be a whole number of at least 0");
		json_object_put(s.object);
	}
}
END_TEST

START_TEST(limits)
{
	struct dsfit_error err = { "" };
	struct dsfit_ds_section s = section_of("0", &err);
	uint64_t number = 77;

	ck_assert_int_eq(dsfit_ds_count(&s, "k", 1, &number), WRONG);
	ck_assert_str_eq(err.text, "\"s.k\": 0: must be a whole number of at least 1");
	ck_assert_int_eq(dsfit_ds_whole(&s, "k", 0, 3, &number), 1);
	ck_assert_int_eq(dsfit_ds_whole(&s, "k", 1, 3, &number), WRONG);
	ck_assert_str_eq(err.text, "\"s.k\": 0: must be a whole number from 1 to 3");
	ck_assert_int_eq(dsfit_ds_whole(&s, "other", 1, 3, &number), NOTHING);
	ck_assert_uint_eq(number, 0);
	json_object_put(s.object);
}
END_TEST

START_TEST(flags)
{
	static const struct {
		const char *value;
		int got, or_null;
		bool flag;
	} vectors[] = {
		{ "true", 1, 1, true }, { "false", 1, 1, false }, { "1", 1, 1, true },
		{ "0", 1, 1, false }, { "1.0", 1, 1, true }, { "\"yes\"", 1, 1, true },
		{ "\"On\"", 1, 1, true }, { "\"T\"", 1, 1, true }, { "\"y\"", 1, 1, true },
		{ "\"no\"", 1, 1, false }, { "\"OFF\"", 1, 1, false }, { "\"f\"", 1, 1, false },
		{ "\"auto\"", NOTHING, NOTHING, false }, { "null", WRONG, NOTHING, false },
		{ "2", WRONG, WRONG, false }, { "0.5", WRONG, WRONG, false },
		{ "\"maybe\"", WRONG, WRONG, false }, { "[]", WRONG, WRONG, false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_ds_section s = section_of(vectors[i].value, &err);
		bool flag = !vectors[i].flag;

		ck_assert_msg(dsfit_ds_flag(&s, "k", &flag) == vectors[i].got, "%s",
			      vectors[i].value);
		if (vectors[i].got > 0)
			ck_assert_int_eq(flag, vectors[i].flag);
		ck_assert_msg(dsfit_ds_flag_or_null(&s, "k", &flag) == vectors[i].or_null, "%s",
			      vectors[i].value);
		if (vectors[i].got == WRONG)
			ck_assert(strstr(err.text, "must be true or false") != NULL);
		json_object_put(s.object);
	}
}
END_TEST

START_TEST(shares)
{
	static const struct {
		const char *value;
		int got;
		double share;
	} vectors[] = {
		{ "0.5", 1, 0.5 }, { "1", 1, 1 }, { "true", 1, 1 }, { "false", 1, 0 },
		{ "\"0.25\"", 1, 0.25 }, { "\"auto\"", NOTHING, 0 }, { "1.5", WRONG, 0 },
		{ "-0.1", WRONG, 0 }, { "\"2\"", WRONG, 0 }, { "\"x\"", WRONG, 0 },
		{ "null", WRONG, 0 }, { "[0.5]", WRONG, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_ds_section s = section_of(vectors[i].value, &err);
		double share = 77;
		int got = dsfit_ds_share(&s, "k", &share);

		ck_assert_msg(got == vectors[i].got, "%s: %d", vectors[i].value, got);
		ck_assert_double_eq_tol(share, got > 0 ? vectors[i].share : 77, 1e-12);
		json_object_put(s.object);
	}
}
END_TEST

START_TEST(integers)
{
	static const struct {
		const char *value;
		int got, with_flags;
	} vectors[] = {
		{ "8", 1, 1 }, { "-8", 1, 1 }, { "8.0", 1, 1 }, { "-8.0", 1, 1 },
		{ "\"8\"", 1, 1 }, { "true", WRONG, 1 }, { "false", WRONG, 1 },
		{ "\"auto\"", NOTHING, NOTHING }, { "8.5", WRONG, WRONG }, { "null", WRONG, WRONG },
		{ "\"x\"", WRONG, WRONG }, { "{}", WRONG, WRONG },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_ds_section s = section_of(vectors[i].value, &err);

		ck_assert_msg(dsfit_ds_check_integer(&s, "k", false) == vectors[i].got, "%s",
			      vectors[i].value);
		ck_assert_msg(dsfit_ds_check_integer(&s, "k", true) == vectors[i].with_flags, "%s",
			      vectors[i].value);
		json_object_put(s.object);
	}
}
END_TEST

START_TEST(sections)
{
	static const char *const known[] = { "stage", "reduce_bucket_size", NULL };
	struct dsfit_error err = { "" };
	struct dsfit_ds_section s, root, inner;
	uint64_t number = 77;
	const char *text = NULL;

	s = section_of("\"auto\"", &err);
	root = s;
	root.path[0] = '\0';
	/* In a section "auto" counts as absent; at the top DeepSpeed requires an object. */
	ck_assert_int_eq(dsfit_ds_open(&s, "k", false, &inner), NOTHING);
	ck_assert_int_eq(dsfit_ds_open(&root, "k", false, &inner), WRONG);
	ck_assert_str_eq(err.text, "\"k\": must be an object");
	/* A section that is not there can be read like an empty one. */
	ck_assert_int_eq(dsfit_ds_open(&root, "none", false, &inner), NOTHING);
	ck_assert_int_eq(dsfit_ds_count(&inner, "k", 0, &number), NOTHING);
	ck_assert_int_eq(dsfit_ds_string(&inner, "k", &text), NOTHING);
	ck_assert_int_eq(dsfit_ds_check_keys(&inner, known), 0);
	ck_assert(!dsfit_ds_is_auto(&inner, "k"));
	ck_assert(dsfit_ds_is_auto(&s, "k"));
	json_object_put(s.object);

	s = section_of("null", &err);
	ck_assert_int_eq(dsfit_ds_open(&s, "k", true, &inner), NOTHING);
	ck_assert_int_eq(dsfit_ds_open(&s, "k", false, &inner), WRONG);
	ck_assert_int_eq(dsfit_ds_string(&s, "k", &text), NOTHING);
	json_object_put(s.object);

	s = section_of("{\"stagee\": 3, \"unlike_any\": 1}", &err);
	ck_assert_int_eq(dsfit_ds_open(&s, "k", false, &inner), 1);
	ck_assert_str_eq(inner.path, "s.k.");
	ck_assert_int_eq(dsfit_ds_check_keys(&inner, known), WRONG);
	ck_assert_str_eq(err.text, "\"s.k.stagee\": did you mean stage? DeepSpeed has no such "
			 "setting");
	ck_assert_int_eq(dsfit_ds_string(&inner, "stagee", &text), WRONG);
	ck_assert_str_eq(err.text, "\"s.k.stagee\": 3: must be a string");
	json_object_put(s.object);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ds_values");
	TCase *tcase = unit_case(suite, "values");
	const TTest *const tests[] = { counts, limits, flags, shares, integers, sections };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
