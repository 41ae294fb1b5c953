/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The footprint of a layer: sums over the dimensions of a model, the keys of families.conf that
 * have such sums, and the choice of a family for models whose own one has not been traced.
 */
#include "core/model/footprint.h"

#include "core/site/load.h"
#include "core/site/site.h"
#include "tests/unit/unit.h"

/* ---- sums ----------------------------------------------------------------------------------- */

static void fill(double dims[DSFIT_DIMENSIONS])
{
	for (int i = 0; i < DSFIT_DIMENSIONS; i++)
		dims[i] = 0;
	dims[DSFIT_DIM_HIDDEN] = 4096;
	dims[DSFIT_DIM_FFN] = 11008;
	dims[DSFIT_DIM_QUERIES] = 4096;
	dims[DSFIT_DIM_KEYS] = 1024;
	dims[DSFIT_DIM_HEADS] = 32;
	dims[DSFIT_DIM_SEQUENCE] = 2048;
	dims[DSFIT_DIM_VOCAB] = 32000;
	dims[DSFIT_DIM_ROUTED] = 2;
	dims[DSFIT_DIM_EXPERT_FFN] = 1408;
	dims[DSFIT_DIM_RANK] = 16;
}

START_TEST(sums)
{
	static const struct {
		const char *text;
		double value;
	} vectors[] = {
		{ "0", 0 },
		{ "8", 8 },
		{ "-8", -8 },
		{ "h", 4096 },
		{ "-h", -4096 },
		{ "16h + 8f + 4q + 4k + 4a + 8", 65536 + 88064 + 16384 + 4096 + 128 + 8 },
		{ "16h+8f+4q+4k+4a+8", 65536 + 88064 + 16384 + 4096 + 128 + 8 },
		{ "  2h \t- 6f ", 8192 - 66048 },
		{ "6as - 6h", 6.0 * 32 * 2048 - 24576 },
		{ "8xe + 2xh + x", 8 * 2816 + 4 * 4096 + 2 },
		{ "12V + 14r", 384000 + 224 },
		{ "999999h", 999999.0 * 4096 },
		{ "2hhh", 2.0 * 4096 * 4096 * 4096 },
		{ "h + h", 8192 },
		{ "0h + 1", 1 },
	};
	double dims[DSFIT_DIMENSIONS];

	fill(dims);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_sum sum;

		ck_assert_msg(!dsfit_sum_parse(vectors[i].text, &sum, &err), "%s", err.text);
		ck_assert_msg(dsfit_sum_value(&sum, dims) == vectors[i].value, "%s is %f",
			      vectors[i].text, dsfit_sum_value(&sum, dims));
	}
}
END_TEST

START_TEST(no_sums)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "", "a term is missing" },
		{ " ", "a term is missing" },
		{ "-", "a term is missing" },
		{ "16h +", "a term is missing" },
		{ "16h 8f", "terms must be joined by + or -" },
		{ "16h * 8f", "terms must be joined by + or -" },
		{ "+ 8", "a number, letters, or both" },
		{ "16h + -8", "a number, letters, or both" },
		{ "16j", "terms must be joined by + or -" },
		{ "j", "a number, letters, or both" },
		{ "1.5h", "terms must be joined by + or -" },
		{ "1000000h", "six digits" },
		{ "2asss", "three letters" },
		{ "h+h+h+h+h+h+h+h+h+h+h+h+h+h+h+h+h", "16 terms" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_sum sum = { .count = 3 };

		ck_assert_int_eq(dsfit_sum_parse(vectors[i].text, &sum, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
		unit_assert_has(err.text, "hfqkag");
		ck_assert_uint_eq(sum.count, 3);
	}
}
END_TEST

/* ---- families.conf -------------------------------------------------------------------------- */

#define KEPT                                                                                \
	"kept = \"16h\" kept-qv = \"10h\" kept-attention = \"11h\" kept-all = \"12h\"\n"
#define LISTS                                                                               \
	"backward = {\"2h\"} backward-qv = {\"2h\"} backward-attention = {\"2h\"}\n"        \
	"backward-all = {\"2h\", \"4f\"} forward = {\"4h\"}\n"
#define HEADS "head = {\"4V\", \"10V\", \"12V\"} head-frozen = {\"4V\", \"10V\", \"12V\"}\n"

/* Load a configuration that consists of one family with these keys. */
static struct dsfit_site *load(const char *keys, struct dsfit_error *err)
{
	char text[2048];

	snprintf(text, sizeof(text), "family \"ours\" {\n%s}\n", keys);
	return dsfit_site_load(unit_write("dsfit.conf", text), err);
}

START_TEST(a_section)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = load(KEPT LISTS HEADS "ends = \"h\"\n"
				      "activations = {\"relu -2f\", \"gelu_new 6f\"}\n", &err);
	const struct dsfit_footprint *footprint;
	double dims[DSFIT_DIMENSIONS];

	ck_assert_msg(site != NULL, "%s", err.text);
	footprint = &dsfit_families_find(&site->families, "ours")->footprint;
	fill(dims);
	ck_assert(footprint->traced && !footprint->fp32);
	ck_assert(dsfit_sum_value(&footprint->kept[DSFIT_TRAINED_ALL], dims) == 16 * 4096);
	ck_assert(dsfit_sum_value(&footprint->kept[DSFIT_TRAINED_QV], dims) == 10 * 4096);
	ck_assert(dsfit_sum_value(&footprint->kept[DSFIT_TRAINED_ATTENTION], dims) == 11 * 4096);
	ck_assert(dsfit_sum_value(&footprint->kept[DSFIT_TRAINED_ADAPTERS], dims) == 12 * 4096);
	ck_assert_uint_eq(footprint->backward[DSFIT_TRAINED_ADAPTERS].count, 2);
	ck_assert(dsfit_sum_value(&footprint->backward[DSFIT_TRAINED_ADAPTERS].at[1], dims) ==
		  4 * 11008);
	ck_assert(dsfit_sum_value(&footprint->head[DSFIT_HEAD_BACKWARD], dims) == 12 * 32000);
	ck_assert(dsfit_sum_value(&footprint->ends, dims) == 4096);
	ck_assert_uint_eq(footprint->backward_eager.count, 0);
	ck_assert_uint_eq(footprint->activations, 2);
	ck_assert_str_eq(footprint->activation[1].name, "gelu_new");
	ck_assert(dsfit_sum_value(&footprint->activation[0].more, dims) == -2 * 11008);
	dsfit_site_free(site);
}
END_TEST

START_TEST(wrong_sections)
{
	static const struct {
		const char *keys, *why;
	} vectors[] = {
		{ "kept = \"16j\"\n",
		  "dsfit.conf:2: kept = \"16j\": terms must be joined by + or -" },
		{ KEPT LISTS "head = {\n\"4V\",\n\"ten V\"}\n", "dsfit.conf:7: head = \"ten V\"" },
		{ "kept = \"16h\"\n", "family \"ours\": kept-qv is missing; "
		  "the keys from kept to head go together" },
		{ KEPT LISTS "head = {\"4V\", \"10V\", \"12V\"}\n", "head-frozen is missing" },
		{ KEPT HEADS, "backward is missing" },
		{ "ends = \"h\"\n", "ends is alone" },
		{ "wide-loss-since = \"4.46\"\n", "wide-loss-since is alone" },
		{ KEPT LISTS HEADS "wide-loss-since = \"5\"\n",
		  "dsfit.conf:6: wide-loss-since = 5: must be a release such as 4.48" },
		{ "forward-eager = {\"h\"}\n", "forward-eager is alone" },
		{ KEPT LISTS HEADS "kept-fp32 = \"32h\"\n", "kept-fp32 and head-fp32" },
		{ KEPT LISTS HEADS "head-fp32 = {\"4V\", \"8V\", \"12V\"}\n",
		  "kept-fp32 and head-fp32" },
		{ KEPT LISTS HEADS "activations = {\"gelu\"}\n", "activations = " },
		{ KEPT LISTS HEADS "activations = {\" 2f\"}\n",
		  "a function and the extra bytes that it keeps" },
		{ "activations = {\"gelu 2f\"}\n", "activations is alone" },
		{ KEPT LISTS "head = {\"4V\"} head-frozen = {\"4V\", \"10V\", \"12V\"}\n",
		  "head-classify need three sums" },
		{ KEPT LISTS HEADS "head-classify = {\"h\", \"h\", \"h\"}\n",
		  "head-classify, head-classify-frozen and" },
		{ KEPT LISTS HEADS
		  "backward-eager = {\"h\", \"f\", \"q\", \"k\", \"a\", \"V\", \"as\"}\n",
		  "backward-eager has at most 6 sums" },
		{ KEPT LISTS HEADS "activations = {\"a 1f\", \"b 1f\", \"c 1f\", \"d 1f\", "
		  "\"e 1f\", \"f 1f\", \"g 1f\", \"h 1f\", \"i 1f\"}\n",
		  "activations has at most 8" },
		{ "footprint = theirs\n", "family \"ours\": footprint = theirs: no family has this "
		  "name" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };

		ck_assert_msg(!load(vectors[i].keys, &err), "%s was read", vectors[i].keys);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

/* A family may have another one's footprint, which may come later, except for some keys. */
START_TEST(the_footprint_of_another)
{
	struct dsfit_error err = { "" };
	const struct dsfit_footprint *ours, *theirs;
	struct dsfit_site *site;
	double dims[DSFIT_DIMENSIONS];

	site = load("footprint = other backward = {\"3h\"} activations = {\"gelu 3f\"} }\n"
		    "family \"theirs\" { aliases = {\"other\"}\n"
		    "activations = {\"relu -2f\", \"gelu_new 6f\"}\n" KEPT LISTS HEADS, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	ours = &dsfit_families_find(&site->families, "ours")->footprint;
	theirs = &dsfit_families_find(&site->families, "theirs")->footprint;
	fill(dims);
	ck_assert(ours->traced);
	ck_assert(dsfit_sum_value(&ours->kept[DSFIT_TRAINED_ALL], dims) == 16 * 4096);
	ck_assert_uint_eq(ours->backward[DSFIT_TRAINED_ADAPTERS].count, 2);
	ck_assert(dsfit_sum_value(&ours->backward[DSFIT_TRAINED_ALL].at[0], dims) == 3 * 4096);
	ck_assert(dsfit_sum_value(&theirs->backward[DSFIT_TRAINED_ALL].at[0], dims) == 2 * 4096);
	ck_assert_uint_eq(ours->activations, 1);
	ck_assert_str_eq(ours->activation[0].name, "gelu");
	dsfit_site_free(site);
}
END_TEST

/* Without a footprint, the other family has none to give. */
START_TEST(the_footprint_of_nobody)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = load("footprint = theirs }\nfamily \"theirs\" { tied = true\n",
				       &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert(!dsfit_families_find(&site->families, "ours")->footprint.traced);
	dsfit_site_free(site);
}
END_TEST

/* ---- which family's footprint is used ------------------------------------------------------- */

START_TEST(whose)
{
	static const struct {
		const char *model, *family;
		bool gated;
		uint64_t experts, kv_rank;
		const char *taken;	/* the family that is used; NULL: the paper's formula */
		bool nearest;
	} vectors[] = {
		{ "llama", "llama", true, 0, 0, "llama", false },
		{ "an alias", "pythia", false, 0, 0, "gpt_neox", false },
		{ "its text's", "gemma3", true, 0, 0, "gemma3_text", false },
		{ "not traced: a gated one", "unheard_of", true, 0, 0, "llama", true },
		{ "not traced: a plain one", "unheard_of", false, 0, 0, "gpt2", true },
		{ "not traced: experts", "unheard_of", true, 64, 0, "mixtral", true },
		{ "a tower, nobody's text", "clip_vision_model", false, 0, 0, "gpt2", true },
		{ "by hand, gated", "", true, 0, 0, "llama", true },
		{ "by hand, plain", "", false, 0, 0, NULL, true },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_footprint *footprint, *expected = &dsfit_footprint_paper;
		struct dsfit_model model = { .shape = { .gated = vectors[i].gated,
							.experts = vectors[i].experts,
							.kv_rank = vectors[i].kv_rank } };
		bool other;

		snprintf(model.family, sizeof(model.family), "%s", vectors[i].family);
		footprint = dsfit_families_footprint(&site->families, &model, &other);
		if (vectors[i].taken)
			expected = &dsfit_families_find(&site->families,
							vectors[i].taken)->footprint;
		ck_assert_msg(footprint == expected, "%s: not %s's", vectors[i].model,
			      vectors[i].taken ? vectors[i].taken : "the paper");
		ck_assert_int_eq(other, vectors[i].nearest);
	}
	dsfit_site_free(site);
}
END_TEST

/* Without any families the paper's formula is used. */
START_TEST(no_families)
{
	const struct dsfit_families none = { .count = 0 };
	struct dsfit_model model = { .family = "llama", .shape = { .gated = true } };
	bool other = false;

	ck_assert_ptr_eq(dsfit_families_footprint(&none, &model, &other), &dsfit_footprint_paper);
	ck_assert(other);
}
END_TEST

/* Every text family that the reader of config.json knows has been traced. */
START_TEST(shipped_families_are_traced)
{
	static const char *const families[] = {
		"llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "gemma",
		"gemma2", "gemma3_text", "gemma3", "gpt2", "gpt_neox", "gptj", "falcon", "opt",
		"bloom", "phi", "phi3", "starcoder2", "stablelm", "olmo2", "deepseek_v2",
		"deepseek_v3", "gpt_oss", "t5", "bert",
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(families); i++) {
		struct dsfit_model model = { .parameters = 1 };
		bool nearest;

		snprintf(model.family, sizeof(model.family), "%s", families[i]);
		dsfit_families_footprint(&site->families, &model, &nearest);
		ck_assert_msg(!nearest, "%s has no keys from kept to head", families[i]);
	}
	dsfit_site_free(site);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const of_sums[] = { sums, no_sums, NULL };
	const TTest *const of_families[] = { whose, no_families,
						    shipped_families_are_traced, NULL };
	Suite *s = suite_create("footprint");
	TCase *sections;

	unit_add(s, "sums", of_sums);
	unit_add(s, "families", of_families);
	sections = unit_folder_case(s, "sections");
	tcase_add_test(sections, a_section);
	tcase_add_test(sections, wrong_sections);
	tcase_add_test(sections, the_footprint_of_another);
	tcase_add_test(sections, the_footprint_of_nobody);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
