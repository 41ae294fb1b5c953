/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Models whose layers are of several kinds: which layer is of which kind, by config.json; what the
 * account makes of it; and what is wrong in a section of families.conf.
 */
#include "core/model/layers.h"

#include "core/account/account.h"
#include "core/model/hf_config.h"
#include "core/site/load.h"
#include "core/site/site.h"
#include "tests/unit/unit.h"

#define LAYER(kept)                                                                         \
	"kept = \"" kept "\" kept-qv = \"10h\" kept-attention = \"11h\" kept-all = \"12h\"\n" \
	"backward = {\"2h\"} backward-qv = {\"2h\"} backward-attention = {\"2h\"}\n"        \
	"backward-all = {\"2h\", \"4f\"} forward = {\"4h\"}\n"
#define HEADS "head = {\"4V\", \"10V\", \"12V\"} head-frozen = {\"4V\", \"10V\", \"12V\"}\n"

/* A family with a layer of another kind, as often as config.json says. */
#define VALUES                                                                              \
	"values = {\"p1 = period else 2\", \"m = wide else 5\", \"n1 = i - p1 * (i / p1)\",\n"  \
	"\"m1 = 1 - min(1, n1)\"}\n"
#define WIDE "layer \"wide\" { when = \"m1\" " LAYER("100m") "}\n"

static struct dsfit_site *load(const char *keys, struct dsfit_error *err)
{
	char text[8192];

	snprintf(text, sizeof(text), "family \"ours\" {\n%s}\n", keys);
	return dsfit_site_load(unit_write("dsfit.conf", text), err);
}

static void read_model(const struct dsfit_site *site, const char *more, struct dsfit_model *out)
{
	struct dsfit_error err = { "" };
	char text[1024];

	snprintf(text, sizeof(text), "{\"model_type\": \"ours\", \"hidden_size\": 64, "
		 "\"num_hidden_layers\": 6, \"num_attention_heads\": 4, \"vocab_size\": 100, "
		 "\"intermediate_size\": 128%s}", more);
	ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json", text), out, &err),
		      "%s", err.text);
}

START_TEST(kinds_are_found)
{
	static const struct {
		const char *more;
		uint8_t kinds[6];
		uint64_t wide;
	} vectors[] = {
		{ "", { 1, 0, 1, 0, 1, 0 }, 5 },
		{ ", \"period\": 3, \"wide\": 7", { 1, 0, 0, 1, 0, 0 }, 7 },
		{ ", \"period\": 100", { 1, 0, 0, 0, 0, 0 }, 5 },
	};
	struct dsfit_error err = { "" };
	struct dsfit_site *site = load(VALUES LAYER("16h") HEADS WIDE, &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model;

		read_model(site, vectors[i].more, &model);
		ck_assert_uint_eq(model.layers.count, 6);
		ck_assert(!memcmp(model.layers.kind, vectors[i].kinds, 6));
		ck_assert_uint_eq(model.layers.dimension[DSFIT_DIM_M], vectors[i].wide);
		ck_assert_uint_eq(model.layers.dimension[DSFIT_DIM_FFN], 0);
	}
	dsfit_site_free(site);
}
END_TEST

static void account_of(const struct dsfit_site *site, const struct dsfit_model *model,
		       struct dsfit_account *out)
{
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_training t;

	dsfit_training_defaults(&t);
	t.checkpointing = DSFIT_CHECKPOINTING_NONE;
	t.sequence = 100000;
	ck_assert_int_eq(dsfit_training_settle(&t, model->parameters, NULL), 0);
	dsfit_account(model, &site->families, &t, &layout, &site->estimate, out);
}

/* The bytes of one cause at the peak. */
static uint64_t bytes_of(const struct dsfit_account *account, const char *cause)
{
	for (size_t i = 0; i < account->gpu.part_count; i++)
		if (!strcmp(account->gpu.part[i].cause, cause))
			return account->gpu.part[i].bytes;
	return 0;
}

/* Each layer keeps what its kind keeps: three of each, then the first alone is of the other. */
START_TEST(layers_are_summed)
{
	static const char kept[] = "kept by layers that have not run their backward pass yet";
	struct dsfit_error err = { "" };
	struct dsfit_site *site = load(VALUES LAYER("16h") HEADS WIDE, &err);
	struct dsfit_account account;
	struct dsfit_model model;

	ck_assert_msg(site != NULL, "%s", err.text);
	read_model(site, "", &model);
	account_of(site, &model, &account);
	ck_assert(!account.nearest_family);
	ck_assert_uint_eq(bytes_of(&account, kept), UINT64_C(100000) * 3 * (16 * 64 + 100 * 5));
	read_model(site, ", \"period\": 100, \"wide\": 90", &model);
	account_of(site, &model, &account);
	ck_assert_uint_eq(bytes_of(&account, kept), UINT64_C(100000) * (5 * 16 * 64 + 100 * 90));
	/* Nobody says what the layers are. */
	model.layers.count = 0;
	account_of(site, &model, &account);
	ck_assert(account.nearest_family);
	/* A line from a host whose families have more kinds. */
	model.layers.count = 6;
	model.layers.kind[2] = DSFIT_KINDS_MAX;
	account_of(site, &model, &account);
	dsfit_site_free(site);
}
END_TEST

/* The highest moment of backward is in the last layer of the kind that needs most, with what the
 * layers below it keep. */
START_TEST(the_highest_layer)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site =
		load(VALUES LAYER("16h") HEADS "layer \"wide\" { when = \"m1\"\n"
		     "kept = \"16h\" kept-qv = \"h\" kept-attention = \"h\" kept-all = \"h\"\n"
		     "backward = {\"10000h\"} backward-qv = {\"h\"} backward-attention = {\"h\"}\n"
		     "backward-all = {\"h\"} forward = {\"4h\"} }\n", &err);
	struct dsfit_account account;
	struct dsfit_model model;

	ck_assert_msg(site != NULL, "%s", err.text);
	read_model(site, ", \"period\": 3", &model);
	account_of(site, &model, &account);
	ck_assert_int_eq(account.gpu.peak_phase, DSFIT_PHASE_BACKWARD);
	ck_assert_uint_eq(bytes_of(&account, "temporary tensors of the layer that runs"),
			  UINT64_C(100000) * 10000 * 64);
	ck_assert_uint_eq(bytes_of(&account, "kept by layers that have not run their backward "
				   "pass yet"), UINT64_C(100000) * 4 * 16 * 64);
	dsfit_site_free(site);
}
END_TEST

/* Traits that its parameters do not follow from: there is no list of tensors for this family. */
START_TEST(counted_by_tensors)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site = load("by-architecture = true\n" LAYER("16h") HEADS, &err);
	struct dsfit_model model;

	ck_assert_msg(site != NULL, "%s", err.text);
	read_model(site, "", &model);
	ck_assert(!model.exact && !model.known_family);
	dsfit_site_free(site);
}
END_TEST

START_TEST(wrong_layers)
{
	static const struct {
		const char *keys, *why;
	} vectors[] = {
		{ VALUES LAYER("16h") HEADS "layer \"a\" { " LAYER("1h") "}\n",
		  "layer \"a\": when is missing" },
		{ VALUES LAYER("16h") HEADS "layer \"a\" { when = \"m1\" kept = \"h\" }\n",
		  "kept-qv is missing" },
		{ VALUES LAYER("16h") HEADS "layer \"a\" { when = \"m1\" " LAYER("1h") HEADS
		  "}\n", "a kind of layers has no head of its own" },
		{ VALUES LAYER("16h") HEADS "layer \"a\" { when = \"m1 + 1\" " LAYER("1h") "}\n",
		  "when = m1 + 1: must be a product of values" },
		{ VALUES LAYER("16h") HEADS "layer \"a\" { when = \"z1\" " LAYER("1h") "}\n",
		  "the value is not defined" },
		{ "values = {\"m = \"}\n" LAYER("16h") HEADS, "must be a number, a value" },
		{ "values = {\"m = 1000000 + 1000000 + 1000000 + 1000000 + 1000000 + 1000000 + "
		  "1000000 + 1000000 + 1000000 + 1000000 + 1000000 + 1000000 + 1000000\"}\n"
		  LAYER("16h") HEADS, "a value has at most 127 characters" },
		{ VALUES LAYER("1h") HEADS "layer \"1\" {}\nlayer \"2\" {}\nlayer \"3\" {}\n"
		  "layer \"4\" {}\nlayer \"5\" {}\nlayer \"6\" {}\nlayer \"7\" {}\n"
		  "layer \"8\" {}\nlayer \"9\" {}\n", "at most 8 kinds of layers" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };

		ck_assert_msg(!load(vectors[i].keys, &err), "%s was read", vectors[i].keys);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("layers");
	TCase *tcase = unit_folder_case(s, "layers");

	tcase_add_test(tcase, kinds_are_found);
	tcase_add_test(tcase, layers_are_summed);
	tcase_add_test(tcase, the_highest_layer);
	tcase_add_test(tcase, counted_by_tensors);
	tcase_add_test(tcase, wrong_layers);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
