/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections of architectures.conf: the definitions of values over a config.json, the tensors that
 * are written with them, and what is reported when one of them is wrong. transformers 5.23 has
 * counted what is in tests/data/architectures.tsv, on the meta device, for drawn configurations.
 */
#include "core/model/architecture.h"
#include "core/model/key_values.h"

#include <string.h>

#include "core/base/array.h"
#include "core/model/hf_config.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

static struct json_object *config_of(const char *text)
{
	struct json_object *config = json_tokener_parse(text);

	ck_assert_ptr_nonnull(config);
	return config;
}

/* ---- values --------------------------------------------------------------------------------- */

START_TEST(values_are_defined)
{
	static const struct {
		const char *text;
		double value;
	} vectors[] = {
		{ "v = 7", 7 }, { "v = h", 64 }, { "v = 2 * h - 3", 125 }, { "v = -(1 - h)", 63 },
		{ "v = h / 5", 12 }, { "v = (h + 1) / 5 * 2", 26 }, { "v = min(h, 9) + 1", 10 },
		{ "v = hidden else 3", 64 }, { "v = absent else 3", 3 },
		{ "v = absent or h / 2", 32 },
		{ "v = nothing else 3", 0 }, { "v = nothing or 3", 3 }, { "v = word or 3", 3 },
		{ "v = flag else 0", 1 }, { "v = absent|hidden else 3", 64 },
		{ "v = text.width else 3", 5 }, { "v = text.none else 3", 3 },
		{ "v = depths[1] else 3", 6 }, { "v = depths[2] else 3", 3 },
		{ "v = pair else 3", 8 }, { "v = len(depths) else 3", 2 },
		{ "v = len(text) else 0", 1 }, { "v = len(absent) else 0", 0 },
		{ "v = count(kinds, a) or 3", 2 }, { "v = count(kinds, c) or 3", 0 },
		{ "v = count(absent, a) or h - 1", 63 }, { "v = num_labels else 2", 3 },
		{ "v = _own else 1", 2 }, { "v = ratio else 1", 0.5 },
		/* A place beyond the list's end is counted from its beginning again. */
		{ "v = at(depths, h) else 3", 2 }, { "v = at(absent, h) or 9", 9 },
		{ "v = at(nothing, h) or 9", 9 }, { "v = at(none, h) or 9", 9 },
		{ "v = is(kinds, h, b) or 9", 1 }, { "v = is(kinds, h, a) or 9", 0 },
		{ "v = is(kinds, h, c|b) or 9", 1 }, { "v = is(absent|kinds, h, b) or 9", 1 },
		{ "v = is(absent, h, b) or 9", 9 }, { "v = is(word, h, a) else 9", 1 },
		{ "v = is(word, h, u|t) else 9", 0 }, { "v = has(some, h) or 9", 1 },
		{ "v = has(pair, h) or 9", 0 }, { "v = has(none, h) or 9", 0 },
		{ "v = has(absent, h) or 9", 9 }, { "v = has(nothing, h) or 9", 9 },
		{ "v = max(h, 9) + 1", 65 }, { "v = up(h + 1, 8)", 72 },
		{ "v = (h > 63) * 3", 3 }, { "v = (h > h)", 0 }, { "v = 1 - (h = 64)", 0 },
		{ "v = depths[-1] else 3", 6 }, { "v = depths[-3] else 3", 3 },
		{ "v = count(kinds, a, 1, 3) or 9", 1 }, { "v = count(kinds, a, h, h) or 9", 0 },
		{ "v = sum(depths, 2) else 3", 8 }, { "v = sum(depths, 1) else 3", 2 },
		{ "v = sum(hidden, 2) else 3", 128 }, { "v = sum(absent, 2) else 3", 3 },
		{ "v = low or 3", 3 },
		{ "v = count(kind, p2c) else 3", 1 }, { "v = count(kind, c2c) else 3", 0 },
		{ "v = count(letters, M) else 3", 3 }, { "v = count(letters, *, 0, 3) else 3", 1 },
	};
	struct json_object *config = config_of(
		"{\"hidden\": 64, \"low\": -1, \"nothing\": null, "
		"\"word\": \"auto\", \"flag\": true, "
		"\"text\": {\"width\": 5}, \"depths\": [2, 6], \"pair\": [8, 8], "
		"\"kinds\": [\"a\", \"b\", \"a\"], \"id2label\": {\"0\": 1, \"1\": 1, \"2\": 1}, "
		"\"_own\": 2, \"ratio\": 0.5, \"some\": [3, 64], \"none\": [], "
		"\"kind\": \"p2c|c2p\", "
		"\"letters\": \"MM*-M*\"}");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_values values = { .count = 0 };
		struct dsfit_error err = { "" };

		ck_assert_int_eq(dsfit_values_add(&values, "h", 64), 0);
		ck_assert_msg(!dsfit_values_define(&values, vectors[i].text, config, &err), "%s",
			      err.text);
		ck_assert_msg(values.entry[1].value == vectors[i].value, "%s: %g", vectors[i].text,
			      values.entry[1].value);
		ck_assert(!values.guessed);
	}
	json_object_put(config);
}
END_TEST

START_TEST(values_that_are_wrong)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "= 3", "must begin with a letter" }, { "v 3", "must be NAME = VALUE" },
		{ "h = 3", "the value is already defined" },
		{ "v = q", "the value is not defined" },
		{ "v = h / 0", "division by zero" }, { "v = (h", "a parenthesis is not closed" },
		{ "v = h h", "this is not understood" }, { "v = hidden", "\"or\" or \"else\"" },
		{ "v = at(kinds) or 3", "must be at(KEY, I), is(KEY, I, WORD) or has(KEY, I)" },
		{ "v = at(kinds, 7) or 3", "a place in a list must be a value" },
		{ "v = at(kinds, h or 3", "must be at(KEY, I) or is(KEY, I, WORD)" },
		{ "v = is(kinds, h) or 3", "must be is(KEY, I, WORD)" },
		{ "v = has(kinds, h or 3", "a parenthesis is not closed" },
		{ "v = min(h)", "must be min(A, B)" },
		{ "v = up(h, 0)", "must be positive" }, { "v = (h > )", "must be a number" },
		{ "v = sum(kinds) or 3", "sum(KEY, TO)" },
		{ "v = count(kinds, a, 1) or 3", "count(KEY, WORD, FROM, TO)" },
		{ "v = +", "must be a number, a value" },
		{ "v = count(kinds) or 3", "must be len(KEY), count(KEY, WORD)" },
		{ "v = 99999999999 * 99999999999", "larger than 10^15" },
		{ "v = low else 3", "must not be negative" },
		{ "v = ((((((((((((((((((h))))))))))))))))))", "too many parentheses" },
	};
	struct json_object *config = config_of("{\"hidden\": 64, \"low\": -1, \"kinds\": []}");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_values values = { .count = 0 };
		struct dsfit_error err = { "" };

		ck_assert_int_eq(dsfit_values_add(&values, "h", 64), 0);
		ck_assert_int_eq(dsfit_values_define(&values, vectors[i].text, config, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
	}
	json_object_put(config);
}
END_TEST

START_TEST(no_room_for_more_values)
{
	struct dsfit_values values = { .count = DSFIT_VALUES_MAX };
	struct dsfit_error err = { "" };

	ck_assert_int_eq(dsfit_values_define(&values, "v = 1", NULL, &err), -1);
	unit_assert_has(err.text, "too many values");
}
END_TEST

/* A list whose numbers differ gives their mean, and the count is no longer proven. */
START_TEST(unequal_numbers)
{
	struct json_object *config = config_of("{\"sides\": [8, 12]}");
	struct dsfit_values values = { .count = 0 };

	ck_assert_int_eq(dsfit_values_define(&values, "v = sides else 3", config, NULL), 0);
	ck_assert(values.entry[0].value == 10 && values.guessed);
	json_object_put(config);
}
END_TEST

/* ---- sections ------------------------------------------------------------------------------- */

#define SECTION(body)                                                        \
	"# comment\narchitecture \"other\" {\n\tvalues = {\"h = 1\"}\n}\n\n"       \
	"architecture \"toy\" {\n\tclasses = {\"ToyLM\", \"ToyForSequenceClassification\"}\n" \
	"\tvalues = {\"h = hidden_size else 4\", \"L = num_layers else 2\", \"n = 3\"}\n" \
	body "}\n\narchitecture \"last\" {\n}\n"

#define TENSORS "\ttensors = {\"table: h x 10\", \"block qv linear: h x 2h + 2h, L\", " \
		"\"head linear: h x 10, c0\", \"other linear: h x n, c1\", \"vector: h, 0\"}\n" \
		"\tlabels = \"nc1\"\n"

static int size_toy(const char *section, const char *text, struct dsfit_sized *out,
		    struct dsfit_error *err)
{
	struct json_object *config = config_of(text);
	int rc = dsfit_architecture_size(unit_write("architectures.conf", section), "toy", config,
					 out, err);

	json_object_put(config);
	return rc;
}

START_TEST(sized_by_a_section)
{
	static const char *const not_there[] = {
		"to", "oy", "", "toy2",
		"a_type_whose_name_is_longer_than_any_that_dsfit_keeps_a_name_of",
	};
	static struct dsfit_sized sized;
	struct dsfit_error err = { "" };

	ck_assert_msg(size_toy(SECTION(TENSORS "\tshape = {\"layers = L\"}\n"), "{}", &sized,
			       &err) == 1, "%s", err.text);
	ck_assert(sized.proven && sized.count == 3 && sized.members == 1 && !sized.labels);
	ck_assert_uint_eq(sized.tensor[1].out, 8);
	ck_assert_uint_eq(sized.tensor[1].bias, 8);
	ck_assert_uint_eq(sized.tensor[1].copies, 2);
	ck_assert_int_eq(sized.tensor[1].role, DSFIT_ROLE_QUERY_VALUE);
	ck_assert_int_eq(sized.tensor[1].module, DSFIT_MODULE_LINEAR);
	ck_assert(sized.tensor[1].in_block && !sized.tensor[0].in_block);
	ck_assert_int_eq(size_toy(SECTION(TENSORS), "{\"architectures\": "
				  "[\"ToyForSequenceClassification\"]}", &sized, &err), 1);
	ck_assert(sized.proven && sized.labels == 3);
	ck_assert_int_eq(sized.tensor[2].role, DSFIT_ROLE_OTHER);
	/* A class that the section does not have. */
	ck_assert_int_eq(size_toy(SECTION(TENSORS), "{\"architectures\": [\"ToyModel\"]}", &sized,
				  &err), 1);
	ck_assert(!sized.proven && !sized.foreign);
	/* One that somebody has written. */
	ck_assert_int_eq(size_toy(SECTION(TENSORS), "{\"architectures\": [\"ToyDraftModel\"]}",
				  &sized, &err), 1);
	ck_assert(!sized.proven && sized.foreign);
	/* Old files write some classes otherwise. */
	ck_assert_int_eq(size_toy(SECTION(TENSORS), "{\"architectures\": "
				  "[\"TOYForSequenceClassification\"]}", &sized, &err), 1);
	ck_assert(sized.proven && sized.listed && sized.labels == 3);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(not_there); i++)
		ck_assert_int_eq(dsfit_architecture_size(unit_path("architectures.conf"),
							 not_there[i], NULL, &sized, &err), 0);
	/* A section that has no line before it. */
	ck_assert_int_eq(size_toy(strchr(SECTION(TENSORS), '\n') + 1, "{}", &sized, &err), 1);
	ck_assert_int_eq(size_toy(strstr(SECTION(TENSORS), "architecture \"toy"), "{}", &sized,
				  &err), 1);
	ck_assert_int_eq(dsfit_architecture_size(NULL, "toy", NULL, &sized, &err), 0);
	ck_assert_int_eq(dsfit_architecture_size(unit_path("nowhere.conf"), "toy", NULL, &sized,
						 &err), -1);
}
END_TEST

/* Each word of a tensor, as dsfit-architectures.conf(5) has it. */
START_TEST(words_of_a_tensor)
{
	static const struct {
		const char *word;
		enum dsfit_role role;
		enum dsfit_module module;
	} words[] = {
		{ "table", DSFIT_ROLE_TABLE, DSFIT_MODULE_PLAIN },
		{ "head linear", DSFIT_ROLE_HEAD, DSFIT_MODULE_LINEAR },
		{ "qv linear", DSFIT_ROLE_QUERY_VALUE, DSFIT_MODULE_LINEAR },
		{ "attention linear", DSFIT_ROLE_ATTENTION, DSFIT_MODULE_LINEAR },
		{ "network", DSFIT_ROLE_NETWORK, DSFIT_MODULE_PLAIN },
		{ "router", DSFIT_ROLE_ROUTER, DSFIT_MODULE_PLAIN },
		{ "experts", DSFIT_ROLE_EXPERTS, DSFIT_MODULE_PLAIN },
		{ "vector", DSFIT_ROLE_VECTOR, DSFIT_MODULE_PLAIN },
		{ "other kin", DSFIT_ROLE_OTHER, DSFIT_MODULE_KIN },
	};
	static struct dsfit_sized sized;
	struct dsfit_error err = { "" };
	char section[1024];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++) {
		snprintf(section, sizeof(section), SECTION("\ttensors = {\"%s: h x 10\"}\n"),
			 words[i].word);
		ck_assert_msg(size_toy(section, "{}", &sized, &err) == 1, "%s", err.text);
		ck_assert_uint_eq(sized.count, 1);
		ck_assert_msg(sized.tensor[0].role == words[i].role, "%s", words[i].word);
		ck_assert_msg(sized.tensor[0].module == words[i].module, "%s", words[i].word);
	}
}
END_TEST

START_TEST(what_was_assumed)
{
	static const struct {
		const char *config;
		bool proven;
	} vectors[] = {
		{ "{\"must\": 1}", true }, { "{}", false }, { "{\"must\": null}", false },
		{ "{\"must\": 1, \"kind\": \"plain\"}", true },
		{ "{\"must\": 1, \"kind\": \"other\"}", false },
		{ "{\"must\": 1, \"list\": [1, 2]}", true },
		{ "{\"must\": 1, \"list\": [1]}", false },
		{ "{\"must\": 1, \"hidden_size\": null}", false },
	};
	static struct dsfit_sized sized;
	struct dsfit_error err = { "" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		ck_assert_int_eq(size_toy(SECTION(TENSORS "\tassumes = {\"must = *\", "
						  "\"kind = plain\", \"len(list) = 2\"}\n"),
					  vectors[i].config, &sized, &err), 1);
		ck_assert_msg(sized.proven == vectors[i].proven, "%s", vectors[i].config);
	}
}
END_TEST

/* A class that is known to be an estimate, also where config.json names none. */
START_TEST(unproven_class)
{
	static const struct {
		const char *section, *config;
		bool proven;
	} vectors[] = {
		{ SECTION("\tunproven = {\"ToyLM\"}\n"), "{}", false },
		{ SECTION("\tunproven = {\"ToyLM\"}\n"),
		  "{\"architectures\": [\"ToyLM\"]}", false },
		{ SECTION("\tunproven = {\"ToyLM\"}\n"),
		  "{\"architectures\": [\"ToyForSequenceClassification\"]}", true },
		{ SECTION("\tunproven = {\"ToyForSequenceClassification\"}\n"), "{}", true },
	};
	static struct dsfit_sized sized;
	struct dsfit_error err = { "" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		ck_assert_int_eq(size_toy(vectors[i].section, vectors[i].config, &sized, &err), 1);
		ck_assert_msg(sized.proven == vectors[i].proven, "%zu", i);
	}
}
END_TEST

START_TEST(broken_sections)
{
	static const struct {
		const char *section, *why;
	} vectors[] = {
		{ SECTION("\ttensors = {\"tafel: h\"}\n"),
		  ":10: architecture \"toy\": \"tafel: h\": no word for a tensor" },
		{ SECTION("\ttensors = {\"table: h x q\"}\n"), "the value is not defined" },
		{ SECTION("\ttensors = {\"table: h x h y\"}\n"), "this is not understood" },
		{ SECTION("\ttensors = {\"table: \"}\n"), "must be a product such as 2Lh" },
		{ SECTION("\ttensors = {\"table: 9999999999h\"}\n"), "at most nine digits" },
		{ SECTION("\tshape = {\"depth = L\"}\n"), "must be a dimension and its value" },
		{ SECTION("\twidth = 3\n"), ":9: no such option 'width'" },
	};
	static struct dsfit_sized sized;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };

		ck_assert_int_eq(size_toy(vectors[i].section, "{}", &sized, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
		ck_assert_int_eq(dsfit_architectures_check(unit_path("architectures.conf"), &err),
				 -1);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

START_TEST(too_many_tensors)
{
	static char section[65536], line[64];
	static struct dsfit_sized sized;
	struct dsfit_error err = { "" };

	strcpy(section, "architecture \"toy\" {\n\ttensors = {\"table: 1\"");
	for (int i = 2; i < 600; i++) {
		snprintf(line, sizeof(line), ", \"table: %d\"", i);
		strcat(section, line);
	}
	strcat(section, "}\n}\n");
	ck_assert_int_eq(size_toy(section, "{}", &sized, &err), -1);
	unit_assert_has(err.text, "more than 512 kinds of tensors");
}
END_TEST

/* Entries of a section whose matrices do different things are told apart by the shape. */
START_TEST(told_by_the_shape)
{
	const struct dsfit_shape shape = { .layers = 2, .hidden = 8, .heads = 2, .kv_heads = 1,
					   .head_size = 4, .ffn = 12, .vocab = 10, .gated = true };
	const struct dsfit_tensor network = { .role = DSFIT_ROLE_NETWORK, .in = 8, .out = 12,
					      .stack = 1, .copies = 4, .in_block = true,
					      .parts = DSFIT_PARTS_NETWORK };
	static struct dsfit_tensors list;

	list = (struct dsfit_tensors){ .tensor = { network, network, network }, .count = 3 };
	list.tensor[1].copies = 3;	/* not as many as the shape has */
	list.tensor[2].bias = 12;	/* the shape's have none */
	dsfit_tensors_tell(&shape, &list);
	ck_assert_uint_eq(list.count, 4);
	ck_assert_uint_eq(list.tensor[0].parts, DSFIT_PART_UP);
	ck_assert_uint_eq(list.tensor[0].copies, 2);
	ck_assert_uint_eq(list.tensor[1].parts, DSFIT_PART_GATE);
	ck_assert_uint_eq(list.tensor[1].copies, 2);
	ck_assert_uint_eq(list.tensor[2].parts, DSFIT_PARTS_NETWORK);
	ck_assert_uint_eq(list.tensor[2].copies, 3);
	ck_assert_uint_eq(list.tensor[3].parts, DSFIT_PARTS_NETWORK);
	/* Without room, an entry stays, and so do those behind it. */
	for (list.count = 0; list.count < DSFIT_TENSORS_MAX; list.count++)
		list.tensor[list.count] = network;
	dsfit_tensors_tell(&shape, &list);
	ck_assert_uint_eq(list.count, DSFIT_TENSORS_MAX);
	ck_assert_uint_eq(list.tensor[0].parts, DSFIT_PARTS_NETWORK);
}
END_TEST

/* ---- the file that is installed ------------------------------------------------------------- */

START_TEST(every_section_is_sound)
{
	struct dsfit_error err;

	ck_assert_msg(!dsfit_architectures_check(TEST_CONF "/architectures.conf", &err), "%s",
		      err.text);
}
END_TEST

START_TEST(counted_as_transformers_does)
{
	struct dsfit_site *site = unit_site();
	FILE *tsv = fopen(TEST_DATA "/architectures.tsv", "r");
	char line[8192], *type, *class, *count, *config, *rest;
	int rows = 0;

	ck_assert_ptr_nonnull(tsv);
	for (; fgets(line, sizeof(line), tsv); rows += *line != '#') {
		struct dsfit_error err = { "" };
		struct dsfit_model model;

		if (*line == '#')
			continue;
		rest = line;
		type = strsep(&rest, "\t");
		class = strsep(&rest, "\t");
		count = strsep(&rest, "\t");
		config = strsep(&rest, "\n");
		ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json", config),
						&model, &err), "%s, %s: %s", type, class, err.text);
		ck_assert_msg(model.parameters == strtoull(count, NULL, 10), "%s: %llu, not %s: %s",
			      class, (unsigned long long)model.parameters, count, config);
		ck_assert_msg(model.exact, "%s is not exact: %s", class, config);
	}
	fclose(tsv);
	ck_assert_int_gt(rows, 200);
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("architecture");
	TCase *tcase = unit_folder_case(suite, "architecture");

	tcase_add_test(tcase, values_are_defined);
	tcase_add_test(tcase, values_that_are_wrong);
	tcase_add_test(tcase, no_room_for_more_values);
	tcase_add_test(tcase, unequal_numbers);
	tcase_add_test(tcase, sized_by_a_section);
	tcase_add_test(tcase, words_of_a_tensor);
	tcase_add_test(tcase, what_was_assumed);
	tcase_add_test(tcase, unproven_class);
	tcase_add_test(tcase, broken_sections);
	tcase_add_test(tcase, too_many_tensors);
	tcase_add_test(tcase, told_by_the_shape);
	tcase_add_test(tcase, every_section_is_sound);
	tcase_add_test(tcase, counted_as_transformers_does);
	return unit_run(suite);
}
