/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site whose catalogues are read as they are wanted answers as one that is read whole: about
 * every model, family and card that there is, and about names that nothing has.
 */
#include "core/base/file.h"
#include "core/declare/declaration.h"
#include "core/model/hub_models.h"
#include "core/site/card_name.h"
#include "core/site/catalogue_sections.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

static struct dsfit_site *read_on_demand(const char *path)
{
	struct dsfit_error err;
	struct dsfit_site *site = dsfit_site_load_on_demand(path, NULL, &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(site->on_demand);
	return site;
}

/* ---- models ---------------------------------------------------------------------------------- */

static int resolve(const struct dsfit_site *site, const char *model, const char *config,
		   struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_declaration declaration = { .prefix = "--" };

	memset(out, 0, sizeof(*out));
	err->text[0] = '\0';
	declaration.value[DSFIT_OPTION_MODEL] = model;
	declaration.value[DSFIT_OPTION_CONFIG] = config;
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

/* The footprints are equal but for the memory in which their kinds of layers are. */
static void assert_same_footprint(const struct dsfit_site *a, const struct dsfit_site *b,
				  const struct dsfit_model *model)
{
	bool nearest_a, nearest_b;
	struct dsfit_footprint of_a = *dsfit_families_footprint(&a->families, model, &nearest_a);
	struct dsfit_footprint of_b = *dsfit_families_footprint(&b->families, model, &nearest_b);

	ck_assert_int_eq(nearest_a, nearest_b);
	ck_assert_int_eq(!of_a.kinds, !of_b.kinds);
	if (of_a.kinds) {
		ck_assert_uint_eq(of_a.kinds->count, of_b.kinds->count);
		ck_assert_mem_eq(of_a.kinds->kind, of_b.kinds->kind, sizeof(of_a.kinds->kind));
	}
	of_a.kinds = of_b.kinds = NULL;
	ck_assert_mem_eq(&of_a, &of_b, sizeof(of_a));
}

static void assert_same_model(const struct dsfit_site *whole, const char *name)
{
	struct dsfit_site *site = read_on_demand(TEST_CONF "/dsfit.conf");
	static struct dsfit_workload wanted, found;
	struct dsfit_error why, err;
	int rc = resolve(whole, name, NULL, &wanted, &why);

	ck_assert_msg(resolve(site, name, NULL, &found, &err) == rc, "%s: %s", name, err.text);
	ck_assert_str_eq(err.text, why.text);
	ck_assert_str_eq(site->trouble->text, "");
	if (!rc) {
		ck_assert_msg(!memcmp(&found, &wanted, sizeof(found)), "%s", name);
		assert_same_footprint(whole, site, &wanted.model);
	}
	dsfit_site_free(site);
}

/* Those that come with dsfit are chosen as if all had been counted, and the others are not read. */
START_TEST(test_counted)
{
	struct dsfit_site *whole = unit_site(), *site = read_on_demand(TEST_CONF "/dsfit.conf");
	static struct dsfit_workload found;
	struct dsfit_error err;
	size_t read = 0;

	for (size_t i = 0; i < whole->models.count; i++) {
		const struct dsfit_entry *names = &whole->models.names[i];

		if (names->reference && names->dense)
			ck_assert_uint_eq(names->counted, whole->models.entries[i].parameters);
	}
	ck_assert_int_eq(resolve(site, "7B", NULL, &found, &err), 0);
	for (size_t i = 0; i < site->models.count; i++)
		read += !site->models.unread->pending[i];
	ck_assert_uint_eq(read, 2);
	dsfit_site_free(whole);
	dsfit_site_free(site);
}
END_TEST

START_TEST(test_models)
{
	static const char *const others[] = {
		"13B", "350M", "1000T", "8x7B", "13b", "nosuch", "llama-2-12b", "", "true",
		"meta-llama/x",
		"Qwen/Qwen3-4B-Instruct", "hermes-3-llama-3.1-8b", "stable-diffusion-xl", "mixtral",
	};
	struct dsfit_site *whole = unit_site();

	for (size_t i = 0; i < whole->models.count; i++) {
		const struct dsfit_entry *known = &whole->models.names[i];

		assert_same_model(whole, known->name);
		for (size_t j = 0; j < known->alias_count; j++)
			assert_same_model(whole, known->aliases[j]);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(others); i++)
		assert_same_model(whole, others[i]);
	dsfit_site_free(whole);
}
END_TEST

/* Of hub.conf, every tenth, as each reads its family again. */
START_TEST(test_hub)
{
	struct dsfit_site *whole = unit_site();
	struct dsfit_model model;
	struct dsfit_error err;
	const char *at = NULL;

	for (int i = 0; dsfit_hub_next(&whole->models, &at, NULL, &model, &err) == 1; i++)
		if (i % 10 == 0)
			assert_same_model(whole, model.name);
	dsfit_site_free(whole);
}
END_TEST

/* The file is read for the first name that needs it, and a site without it says so at once. */
START_TEST(test_hub_later)
{
	struct dsfit_site *site = read_on_demand(TEST_CONF "/dsfit.conf"), *whole, copy;
	char text[PATH_MAX + 512];
	static struct dsfit_workload found;
	struct dsfit_error err, why;
	const char *path;

	ck_assert_int_eq(resolve(site, "llama-3-8b", NULL, &found, &err), 0);
	/* The command changes copies of a site. */
	copy = *site;
	ck_assert_int_eq(resolve(&copy, "hermes-3-llama-3.1-8b", NULL, &found, &err), 0);
	ck_assert_int_eq(resolve(site, "hermes-3-llama-3.1-8b", NULL, &found, &err), 0);
	dsfit_site_free(site);
	/* It is a file's text that is read then. */
	snprintf(text, sizeof(text), "include(\"" TEST_CONF "/models.conf\")\nhub(\"%s\")\n",
		 unit_write("hub.conf", "other = llama-3-8b\n"));
	path = unit_write("later.conf", text);
	site = read_on_demand(path);
	unit_write("hub.conf", "another = llama-3-8b\n");
	ck_assert_int_eq(resolve(site, "llama-3-8b", NULL, &found, &err), 0);
	ck_assert_int_eq(resolve(site, "other", NULL, &found, &err), -1);
	ck_assert_int_eq(resolve(site, "another", NULL, &found, &err), 0);
	dsfit_site_free(site);
	path = unit_write("no-hub.conf", "hub(\"nosuch.conf\")\n");
	whole = dsfit_site_load(path, &why);
	site = dsfit_site_load_on_demand(path, NULL, &err);
	ck_assert(!whole && !site);
	ck_assert_str_eq(err.text, why.text);
}
END_TEST

START_TEST(test_families)
{
	struct dsfit_site *whole = unit_site();

	for (size_t i = 0; i < whole->families.count; i++) {
		struct dsfit_model model = { .family = "" };
		struct dsfit_site *site = read_on_demand(TEST_CONF "/dsfit.conf");
		const struct dsfit_family *family = &whole->families.entries[i], *found;
		const struct dsfit_entry *names = &whole->families.names[i];

		strcpy(model.family, family->name);
		assert_same_footprint(whole, site, &model);
		for (size_t j = 0; j < names->alias_count; j++) {
			found = dsfit_families_find(&site->families, names->aliases[j]);
			ck_assert_ptr_nonnull(found);
			ck_assert_str_eq(found->name, family->name);
			ck_assert_mem_eq(&found->shape, &family->shape, sizeof(family->shape));
		}
		ck_assert_str_eq(site->trouble->text, "");
		dsfit_site_free(site);
	}
	dsfit_site_free(whole);
}
END_TEST

/* One that nobody has traced has the footprint of the nearest, of all that there are. */
START_TEST(test_nearest)
{
	struct dsfit_site *whole = unit_site(), *site = read_on_demand(TEST_CONF "/dsfit.conf");
	struct dsfit_model model = { .family = "nosuch", .shape = { .gated = true, .experts = 8 } };

	assert_same_footprint(whole, site, &model);
	dsfit_site_free(site);
	dsfit_site_free(whole);
}
END_TEST

/* ---- cards ----------------------------------------------------------------------------------- */

static void assert_same_card(const struct dsfit_site *whole, const char *name)
{
	struct dsfit_site *site = read_on_demand(TEST_CONF "/dsfit.conf");
	const struct dsfit_gpu *wanted = dsfit_site_gpu(whole, name);
	const struct dsfit_gpu *found = dsfit_site_gpu(site, name);

	ck_assert_msg(!wanted == !found, "%s", name);
	if (found) {
		ck_assert_str_eq(found->name, wanted->name);
		ck_assert_str_eq(found->label, wanted->label);
		ck_assert_str_eq(found->profile, wanted->profile);
		ck_assert_uint_eq(found->memory, wanted->memory);
		ck_assert_uint_eq(found->cannot, wanted->cannot);
		ck_assert_uint_eq(found->context, wanted->context);
		ck_assert(!(found->tflops < wanted->tflops || found->tflops > wanted->tflops));
	}
	dsfit_site_free(site);
}

START_TEST(test_cards)
{
	static const char *const others[] = {
		"", "nosuch", "A100 40GB", "nvidia_h100_80gb_hbm3_1g.10gb", "1g.10gb", "3g.20gb",
		"A100 96GB", "RTX 4090", "h100-nvl", "a100-80", "tesla",
	};
	struct dsfit_site *whole = unit_site();

	for (size_t i = 0; i < whole->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &whole->gpus[i];

		assert_same_card(whole, gpu->name);
		assert_same_card(whole, gpu->label);
		for (size_t j = 0; j < gpu->aliases.count; j++)
			assert_same_card(whole, gpu->aliases.name[j]);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(others); i++)
		assert_same_card(whole, others[i]);
	dsfit_site_free(whole);
}
END_TEST

/* ---- a site's own sections ------------------------------------------------------------------- */

#define SHAPE "layers = 2 hidden = 64 heads = 2 vocab = 99"
#define NODES "nodes \"n\" { gpu = a100 gpus = 4 count = 2 }\n"
#define CATALOGUES \
	"include(\"" TEST_CONF "/gpus.conf\")\n" \
	"include(\"" TEST_CONF "/models.conf\")\n"

/* Where the sections of the catalogues are is known, and is what is found in the files. A file of
 * the same length that differs anywhere is another one. */
START_TEST(test_index)
{
	static const char *const files[] = { "families.conf", "gpus.conf", "models.conf" };
	const struct dsfit_section_kinds *of = &dsfit_catalogue_sections;

	ck_assert_uint_eq(of->known_count, DSFIT_ARRAY_SIZE(files));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(files); i++) {
		const struct dsfit_known_text *known = &of->known[i];
		struct dsfit_section_places places = { NULL };
		char path[PATH_MAX], *text;
		struct dsfit_error err;
		size_t length;

		snprintf(path, sizeof(path), TEST_CONF "/%s", files[i]);
		text = dsfit_file_read(path, &length, &err);
		ck_assert_msg(text != NULL, "%s", err.text);
		ck_assert_int_eq(dsfit_sections_find(of, text, &places), 0);
		ck_assert(!places.odd);
		ck_assert_uint_eq(known->length, length);
		ck_assert_uint_eq(known->hash, dsfit_sections_hash(text, length));
		ck_assert_uint_eq(known->count, places.count);
		ck_assert_mem_eq(known->place, places.place,
				 places.count * sizeof(*places.place));
		for (size_t at = 0; at < length; at += 997) {
			text[at] ^= 1;
			ck_assert_uint_ne(known->hash, dsfit_sections_hash(text, length));
			text[at] ^= 1;
		}
		text[length - 1] ^= 1;
		ck_assert_uint_ne(known->hash, dsfit_sections_hash(text, length));
		free(places.place);
		free(text);
	}
}
END_TEST

/* How a site may write what the catalogues have, too. Whether all has to be read at once. */
static const struct {
	const char *text;
	bool whole;
} own[] = {
	{ "", false },
	{ "gpu \"a100\" { memory = 77GiB }\n", false },
	{ "gpu a100 {memory=77GiB}", false },
	{ "gpu \"mine\" { memory = 77GiB aliases = {a100} }\n", false },
	{ "gpu \"mine\" { memory = 77GiB aliases = a100 }\n", false },
	{ "gpu \"mine\" {\n\tlabel = \"a100\" # a } in a comment\n\tmemory = 77GiB }\n", false },
	{ "gpu \"mine\"\n{ memory = 77GiB best-for = \"} { = aliases\" /* } */ }\n", false },
	{ "gpu \"a100\" { memory = 77GiB } include(\"again.conf\")\n", true },
	{ "gpu \"a100\" { memory = 77GiB }\n\ninclude(\"again.conf\")\n", false },
	{ "include(\"again.conf\")\n\ngpu \"a100\" { memory = 77GiB }\n", false },
	{ "include(\"again.conf\")\ninclude(\"again.conf\")\n"
	  "gpu \"b\" { memory = 7GiB }\n", false },
	{ "family \"llama\" { layers = 3 aliases = {\"x\", y} }\n", false },
	{ "family \"x\" { footprint = llama }\nfamily \"x\" { footprint = qwen2 }\n", false },
	{ "model \"x\" { " SHAPE " aliases = {'y'} }\n", true },
	{ "model \"x\" { " SHAPE " reference = false }\n", false },
	{ "model \"x\" { " SHAPE " reference = yes }\n", true },
	{ "model \"x\" { " SHAPE " reference = true }\n", false },
	/* Which of the two sorts a reference is tells whether a size needs it. */
	{ "model \"x\" { " SHAPE " experts = 0 reference = true }\n", false },
	{ "model \"x\" { " SHAPE " experts =2 experts-per-token = 1 reference = true }\n", false },
	{ "model \"x\" { " SHAPE " experts = '2' experts-per-token = 1 reference = true }\n",
	  false },
	{ "model \"x\" { " SHAPE " experts = 1 experts = 0 reference = true }\n", true },
	/* And its size, if it is written plainly. */
	{ "model \"x\" { " SHAPE " reference = true counted = 7B }\n", false },
	{ "model \"x\" { " SHAPE " reference = true counted = 12900000000 }\n", false },
	{ "model \"x\" { " SHAPE " experts = 2 experts-per-token = 1 reference = true "
	  "counted = 13B }\n", false },
	{ "model \"x\" { " SHAPE " reference = true counted = \"\\x37\" }\n", true },
	{ "model \"x\" { " SHAPE " aliases += {y} }\n", true },
	{ "model \"x\" { " SHAPE " aliases /**/ = {y} }\n", true },
	{ "model \"x\" { " SHAPE "\naliases # a\n = {y} }\n", true },
	{ "model \"x\" { " SHAPE " aliases = {\"\\x79\"} }\n", true },
	{ "model \"x\" { " SHAPE " aliases = {z, # z\ny} }\n", true },
	{ "model 'x' { " SHAPE " }\n", true },
	{ "model \"x\" /* y */ { " SHAPE " }\n", true },
};

START_TEST(test_own_sections)
{
	static const char *const names[] = { "x", "y", "llama-2-7b", "13B", "30M", "8x30K" };
	static struct dsfit_workload wanted, found;
	const struct dsfit_gpu *a, *b;
	struct dsfit_site *whole, *site;
	struct dsfit_error err, why;
	char text[1024];
	const char *path;

	snprintf(text, sizeof(text), CATALOGUES "%s" NODES, own[_i].text);
	unit_write("again.conf", "gpu \"a100\" { memory = 55GiB }\ninclude(\"last.conf\")\n"
		   "gpu \"last\" { memory = 9GiB aliases = A100 }\n");
	unit_write("last.conf", "gpu \"a100\" { memory = 44GiB }\n"
		   "gpu \"last\" { memory = 11GiB aliases = B100 }\n");
	path = unit_write("own.conf", text);
	whole = dsfit_site_load(path, &err);
	ck_assert_msg(whole != NULL, "%s", err.text);
	site = dsfit_site_load_on_demand(path, NULL, &err);
	ck_assert_msg(site != NULL, "%s", err.text);
	ck_assert_msg(own[_i].whole == !site->on_demand, "%s", own[_i].text);
	a = whole->classes[0].gpu;
	b = site->classes[0].gpu;
	ck_assert_str_eq(a->name, b->name);
	ck_assert_uint_eq(a->memory, b->memory);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		int rc = resolve(whole, names[i], NULL, &wanted, &why);

		ck_assert_int_eq(resolve(site, names[i], NULL, &found, &err), rc);
		ck_assert_str_eq(err.text, why.text);
		if (!rc)
			ck_assert_mem_eq(&found, &wanted, sizeof(found));
	}
	dsfit_site_free(whole);
	dsfit_site_free(site);
}
END_TEST

/* ---- what is wrong --------------------------------------------------------------------------- */

/* What a section has that is wrong; the model that needs it; the line, and what is wrong. */
static const struct {
	const char *text, *model;
	int line;
	const char *why;
} wrong[] = {
	{ "model \"x\" {\n\tlayers = 2\n\twidth = 7\n}\n", "x", 5, "no such option 'width'" },
	{ "# a\n# b\nmodel \"x\" {\n\tlayers = 2\n}\n", "x", 0, "model \"x\": " },
	{ "family \"f\" {\n\tkept = \"16?\"\n}\nmodel \"x\" { " SHAPE "\n"
	  "\tfamily = f }\n", "x", 4, "kept = " },
	{ "family \"f\" {\n\tkept = \"16h\"\n}\nmodel \"x\" { " SHAPE "\n"
	  "\tfamily = f }\n", "x", 0, "kept-qv is missing" },
	{ "family \"f\" {\n\tlayer \"l\" {\n\t\tkept = \"16?\"\n\t}\n}\nmodel \"x\" { " SHAPE
	  " family = f }\n", "x", 5, "kept = " },
};

START_TEST(test_wrong_sections)
{
	static struct dsfit_workload workload;
	struct dsfit_error err, why;
	struct dsfit_site *site;
	char text[1024], begin[512];
	const char *path;

	snprintf(text, sizeof(text), CATALOGUES "%s" NODES, wrong[_i].text);
	path = unit_write("wrong.conf", text);
	/* All is needed to say that nothing is wrong, */
	ck_assert_ptr_null(dsfit_site_load(path, &why));
	/* and one section to size one job. */
	site = read_on_demand(path);
	ck_assert_int_eq(resolve(site, "llama-2-7b", NULL, &workload, &err), 0);
	ck_assert_str_eq(site->trouble->text, "");
	resolve(site, wrong[_i].model, NULL, &workload, &err);
	unit_assert_has(site->trouble->text, wrong[_i].why);
	ck_assert_str_eq(site->trouble->text, why.text);
	snprintf(begin, sizeof(begin), "%s:%d: ", path, wrong[_i].line);
	if (wrong[_i].line)
		unit_assert_begins(site->trouble->text, begin);
	dsfit_site_free(site);
}
END_TEST

/* What is wrong elsewhere is said as ever. */
START_TEST(test_wrong_elsewhere)
{
	static const char *const texts[] = {
		"frobnicate = 3\n", "model \"x\" {\n", "family \"f\" { kept = \"\n", "/* gpu\n",
		"model \"x\" { " SHAPE " }\nmodel \"x\" { }\n",
		"nodes \"m\" { gpu = nosuch gpus = 1 }\n",
		"model { layers = 2 }\n", "model = 7\n", "gpu \"g\" }\n",
		"include(\"nosuch.conf\")\n",
		"gpu \"a100\" { memory = 7 }\n",
	};
	struct dsfit_error err, why;
	char text[1024];
	const char *path;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), CATALOGUES "%s" NODES, texts[i]);
		path = unit_write("wrong.conf", text);
		ck_assert_msg(!dsfit_site_load(path, &why), "%s", texts[i]);
		ck_assert_msg(!dsfit_site_load_on_demand(path, NULL, &err), "%s", texts[i]);
		ck_assert_str_eq(err.text, why.text);
	}
	ck_assert_ptr_null(dsfit_site_load_on_demand("/nosuch", NULL, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("on demand");
	TCase *tcase = unit_folder_case(suite, "on demand");

	tcase_add_test(tcase, test_models);
	tcase_add_test(tcase, test_counted);
	tcase_add_test(tcase, test_index);
	tcase_add_test(tcase, test_hub);
	tcase_add_test(tcase, test_hub_later);
	tcase_add_test(tcase, test_families);
	tcase_add_test(tcase, test_nearest);
	tcase_add_test(tcase, test_cards);
	tcase_add_loop_test(tcase, test_own_sections, 0, DSFIT_ARRAY_SIZE(own));
	tcase_add_loop_test(tcase, test_wrong_sections, 0, DSFIT_ARRAY_SIZE(wrong));
	tcase_add_test(tcase, test_wrong_elsewhere);
	return unit_run(suite);
}
