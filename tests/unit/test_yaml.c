/* SPDX-License-Identifier: GPL-2.0-or-later */
/* YAML as PyYAML reads it, the lines of its values, and texts that were made to do harm. */
#include "core/formats/yaml.h"

#include "tests/unit/unit.h"

static struct json_object *parse(const char *text, struct dsfit_error *err)
{
	return dsfit_yaml_parse(text, strlen(text), err);
}

static void assert_means(const char *text, const char *json)
{
	struct dsfit_error err = { "" };
	struct json_object *object = parse(text, &err);

	ck_assert_msg(object != NULL, "%s: %s", text, err.text);
	ck_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE),
			 json);
	json_object_put(object);
}

static void assert_wrong(const char *text, const char *why)
{
	struct dsfit_error err = { "" };
	struct json_object *object = parse(text, &err);

	ck_assert_msg(!object, "%.60s: was read", text);
	ck_assert_msg(strstr(err.text, why) != NULL, "%.60s: %s", text, err.text);
}

START_TEST(plain_scalars_mean_what_pyyaml_says)
{
	assert_means("a: 8\nb: -1_000\nc: +3\n", "{\"a\":8,\"b\":-1000,\"c\":3}");
	assert_means("a: yes\nb: Off\nc: TRUE\nd: 'no'\ne: y\n",
		     "{\"a\":true,\"b\":false,\"c\":true,\"d\":\"no\",\"e\":\"y\"}");
	assert_means("a:\nb: ~\nc: null\nd: ''\n",
		     "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\"}");
	/* Fractions stay texts, and so does what is octal by accident. */
	assert_means("a: 0.05\nb: 1e-5\nc: 010\nd: \"8\"\ne: 0\n",
		     "{\"a\":\"0.05\",\"b\":\"1e-5\",\"c\":\"010\",\"d\":\"8\",\"e\":0}");
	assert_means("a: 99999999999999999999\n", "{\"a\":9223372036854775807}");
	assert_means("a: !!str 8\nb: !!int 8\n", "{\"a\":\"8\",\"b\":8}");
}
END_TEST

START_TEST(lists_and_mappings)
{
	assert_means("# a comment\n---\na:\n  - x\n  - [y, {z: 1}]\nb: {c: d, e: [] }\n",
		     "{\"a\":[\"x\",[\"y\",{\"z\":1}]],\"b\":{\"c\":\"d\",\"e\":[]}}");
	assert_means("{\"json\": [1, true, null]}", "{\"json\":[1,true,null]}");
	/* The last of two counts. */
	assert_means("a: 1\na: 2\n", "{\"a\":2}");
	assert_means("a: |\n  two\n  lines\n", "{\"a\":\"two\\nlines\\n\"}");
}
END_TEST

START_TEST(values_have_lines)
{
	struct json_object *object = parse("a: 1\n\nb:\n  - x\nc: ~\n", NULL), *value;

	ck_assert_ptr_nonnull(object);
	ck_assert(json_object_object_get_ex(object, "a", &value));
	ck_assert_uint_eq(dsfit_yaml_line(value), 1);
	ck_assert(json_object_object_get_ex(object, "b", &value));
	ck_assert_uint_eq(dsfit_yaml_line(value), 4);
	ck_assert(json_object_object_get_ex(object, "c", &value));
	ck_assert_uint_eq(dsfit_yaml_line(value), 0);
	json_object_put(object);
}
END_TEST

START_TEST(what_is_no_mapping)
{
	assert_wrong("", "line 1: there is nothing in it");
	assert_wrong("# nothing\n", "there is nothing in it");
	assert_wrong("- a\n", "line 1: must be keys with values, such as lora_rank: 8");
	assert_wrong("just words\n", "must be keys with values");
	assert_wrong("a: 1\n---\nb: 2\n", "line 2: a second document");
	assert_wrong("a: 1\nb: [\n", "line 3: not YAML: ");
	assert_wrong("a: 1\n\tb: 2\n", "line 2: not YAML: ");
	assert_wrong("a: b: c\n", "line 1: not YAML: ");
	assert_wrong("? [a]\n: b\n", "line 1: a key must be a word");
}
END_TEST

/* As PyYAML has them. */
START_TEST(aliases_stand_for_their_anchors)
{
	struct json_object *object, *value;

	assert_means("a: &x [1, {b: c}]\nd: *x\n",
		     "{\"a\":[1,{\"b\":\"c\"}],\"d\":[1,{\"b\":\"c\"}]}");
	assert_means("a: &x 1\nb: &x yes\nc: &y\nd: [*x, *y]\n",
		     "{\"a\":1,\"b\":true,\"c\":null,\"d\":[true,null]}");
	assert_means("a: &x {b: &y text, c: *y}\nd: *x\n",
		     "{\"a\":{\"b\":\"text\",\"c\":\"text\"},"
		     "\"d\":{\"b\":\"text\",\"c\":\"text\"}}");
	object = parse("a: 1\nb: &x\n  c: 2\nd: *x\n", NULL);
	ck_assert(json_object_object_get_ex(object, "d", &value));
	ck_assert(json_object_object_get_ex(value, "c", &value));
	ck_assert_uint_eq(dsfit_yaml_line(value), 3);
	json_object_put(object);
}
END_TEST

START_TEST(mappings_are_merged)
{
	assert_means("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n",
		     "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"b\":3,\"c\":2}}");
	assert_means("a: &x {b: 1}\nd: &y {b: 2, e: 4}\nf: {b: 5, <<: [*x, *y]}\n",
		     "{\"a\":{\"b\":1},\"d\":{\"b\":2,\"e\":4},\"f\":{\"b\":5,\"e\":4}}");
	assert_means("a: &x {b: 1}\nd: &y {b: 2, e: 4}\nf: {<<: [*x, *y]}\n",
		     "{\"a\":{\"b\":1},\"d\":{\"b\":2,\"e\":4},\"f\":{\"b\":1,\"e\":4}}");
	assert_means("<<: {a: 1}\n\"<<\": {b: 2}\n", "{\"<<\":{\"b\":2},\"a\":1}");
	assert_wrong("a: &x 1\n<<: *x\n", "line 3: << takes mappings");
	assert_wrong("a: 1\n<<: [{b: 1}, 2]\n", "<< takes mappings");
}
END_TEST

/* A few aliases can stand for more than any memory. */
START_TEST(aliases_have_limits)
{
	char text[4096] = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n", line[128];

	for (unsigned i = 1; i < 10; i++) {
		snprintf(line, sizeof(line), "a%u: &a%u [*a%u,*a%u,*a%u,*a%u,*a%u,*a%u,*a%u]\n",
			 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
		strcat(text, line);
	}
	assert_wrong(text, "too many values");
	*text = '\0';
	for (unsigned i = 0; i < 65; i++) {
		snprintf(line, sizeof(line), "a%u: &a 1\n", i);
		strcat(text, line);
	}
	assert_wrong(text, "too many anchors");
	strcpy(text, "a0: &a0 [1]\n");
	for (unsigned i = 1; i < 63; i++) {
		snprintf(line, sizeof(line), "a%u: &a%u [[[*a%u]]]\n", i, i, i - 1);
		strcat(text, line);
	}
	assert_wrong(text, "nested too deeply");
	assert_wrong("a: 1\nb: *x\n", "line 2: an alias without its anchor");
	assert_wrong("a: &x [*x]\n", "an alias without its anchor");
	/* What was copied is released where the text ends badly behind it. */
	assert_wrong("a: &x {k: [1, 2]}\nb: *x\n]\n", "line 3: ");
	assert_wrong("a: &x 1\n*x : 2\n", "a key must be a word");
}
END_TEST

START_TEST(tags_are_refused)
{
	assert_wrong("a: !!python/object/apply:os.system [x]\n", "line 1: a tag that is not read");
	assert_wrong("a: 1\nb: !mine {c: 1}\n", "line 2: a tag that is not read");
	assert_wrong("a: !!binary aGVsbG8=\n", "a tag that is not read");
	assert_wrong("a: \"x\\0y\"\n", "a character of code 0");
	assert_wrong("a: \x01\n", "not YAML: ");
	assert_wrong("a: \xff\xfe\n", "not YAML: ");
}
END_TEST

START_TEST(depth_and_size_have_limits)
{
	char deep[4096] = "a: ";
	struct dsfit_error err = { "" };
	char *large = malloc(DSFIT_YAML_MAX + 2);
	size_t used = 0;

	memset(deep + 3, '[', 63);
	memset(deep + 66, ']', 63);
	deep[129] = '\0';
	json_object_put(parse(deep, &err));
	ck_assert_str_eq(err.text, "");
	memset(deep + 3, '[', 2000);
	deep[2003] = '\0';
	assert_wrong(deep, "nested too deeply");

	ck_assert_ptr_nonnull(large);
	memset(large, '#', DSFIT_YAML_MAX + 1);
	large[DSFIT_YAML_MAX + 1] = '\0';
	assert_wrong(large, "larger than 1 MiB");
	/* As many values as there is room for. */
	used += (size_t)sprintf(large, "a: [");
	while (used + 4 < DSFIT_YAML_MAX)
		used += (size_t)sprintf(large + used, "1,");
	strcpy(large + used, "1]");
	assert_wrong(large, "too many values");
	free(large);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tcase = unit_case(suite, "yaml");

	tcase_add_test(tcase, plain_scalars_mean_what_pyyaml_says);
	tcase_add_test(tcase, lists_and_mappings);
	tcase_add_test(tcase, values_have_lines);
	tcase_add_test(tcase, what_is_no_mapping);
	tcase_add_test(tcase, aliases_stand_for_their_anchors);
	tcase_add_test(tcase, mappings_are_merged);
	tcase_add_test(tcase, aliases_have_limits);
	tcase_add_test(tcase, tags_are_refused);
	tcase_add_test(tcase, depth_and_size_have_limits);
	return unit_run(suite);
}
