/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TOML: what it means, and texts that are none. */
#include "core/formats/toml.h"

#include "tests/unit/unit.h"

static const struct {
	const char *text, *json;	/* NULL: what is wrong */
	const char *wrong;
} rows[] = {
	{ "# none\na = 8 # eight\nb = -1_000\n\n[c]\nd = true\ne = 2.5e-4\n[c.f]\ng = 'h\\n'\n",
	  "{\"a\":8,\"b\":-1000,\"c\":{\"d\":true,\"e\":\"2.5e-4\",\"f\":{\"g\":\"h\\\\n\"}}}",
	  NULL },
	{ "a.b.\"c d\" = \"x\\ty\\\"\"\r\na.e = 1979-05-27\n",
	  "{\"a\":{\"b\":{\"c d\":\"x\\ty\\\"\"},\"e\":\"1979-05-27\"}}", NULL },
	{ "a = [1, 2, # two\n 'x',\n]\nb = { c = 1, d.e = [] }\n",
	  "{\"a\":[1,2,\"x\"],\"b\":{\"c\":1,\"d\":{\"e\":[]}}}", NULL },
	{ "a = \"\"\"\nx\ny\"\"\"\nb = '''z'''\n", "{\"a\":\"x\\ny\",\"b\":\"z\"}", NULL },
	{ "[[a]]\nb = 1\n[[a]]\nb = 2", "{\"a\":{\"b\":2}}", NULL },
	{ "", "{}", NULL },
	{ "a\n", NULL, "line 1: no \"key = value\"" },
	{ "\na = 1 b = 2\n", NULL, "line 2: more than one thing on a line" },
	{ "a = \"x\n", NULL, "line 1: a string has no end" },
	{ "a = '''x", NULL, "line 1: a string has no end" },
	{ "a = \"x\\", NULL, "line 1: a string has no end" },
	{ "[a\n", NULL, "line 1: a table's name has no end" },
	{ "[]\n", NULL, "line 1: a key is missing" },
	{ "a = [1 2]\n", NULL, "line 1: an array has no end" },
	{ "a = { b = 1 c = 2 }\n", NULL, "line 1: a table has no end" },
	{ "a = \n", NULL, "line 1: a value is missing" },
	{ "a = [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", NULL, "line 1: too deep" },
	{ "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1\n", NULL,
	  "line 1: a key is too deep or missing" },
};

START_TEST(texts)
{
	struct dsfit_error err = { "" };
	struct json_object *object;
	/* Without a terminator, so that valgrind sees what reads too far. */
	char *text = malloc(strlen(rows[_i].text) + (*rows[_i].text == '\0'));

	ck_assert_ptr_nonnull(text);
	memcpy(text, rows[_i].text, strlen(rows[_i].text));
	object = dsfit_toml_parse(text, strlen(rows[_i].text), &err);
	free(text);
	if (rows[_i].json) {
		ck_assert_msg(object != NULL, "%s: %s", rows[_i].text, err.text);
		ck_assert_str_eq(json_object_to_json_string_ext(object, 0), rows[_i].json);
	} else {
		ck_assert_msg(!object, "%s: was read", rows[_i].text);
		ck_assert_str_eq(err.text, rows[_i].wrong);
	}
	json_object_put(object);
}
END_TEST

START_TEST(too_long)
{
	struct dsfit_error err = { "" };
	char *text = calloc(1, DSFIT_TOML_MAX + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', DSFIT_TOML_MAX + 1);
	ck_assert_ptr_null(dsfit_toml_parse(text, DSFIT_TOML_MAX + 1, &err));
	ck_assert_str_eq(err.text, "line 1: a text of more than 1 MiB");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("toml");
	TCase *tcase = unit_case(suite, "toml");

	tcase_add_loop_test(tcase, texts, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_test(tcase, too_long);
	return unit_run(suite);
}
