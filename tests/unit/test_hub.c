/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Models by the names that they have on the Hub:
 *
 *     tests/data/model-names.tsv    ids that people type, and what they are found as
 *     conf/hub.conf                 each of its entries
 *     the cache of huggingface_hub  where it is, and what is read of it
 */
#include "tests/unit/cli.h"

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/declare/declaration.h"
#include "core/declare/hub_cache.h"
#include "core/declare/passed_on.h"
#include "core/model/hub_index.h"
#include "core/model/hub_models.h"
#include "core/model/hub_names.h"
#include "core/site/load.h"

static struct dsfit_site *site;

static void setup(void)
{
	site = unit_site();
	ck_assert_int_eq(chdir(unit_folder), 0);
}

static void teardown(void)
{
	dsfit_site_free(site);
	site = NULL;
}

static int resolve(const char *text, bool no_files, const char *cache, struct dsfit_workload *out,
		   struct dsfit_error *err)
{
	struct dsfit_declaration declaration = {
		.value = { [DSFIT_OPTION_MODEL] = text }, .prefix = "--ds-", .no_files = no_files };

	snprintf(declaration.hub_cache, sizeof(declaration.hub_cache), "%s", cache);
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* Ids of the Hub. Behind ":" are words of what is said where no list has the model. */
START_TEST(ids)
{
	FILE *tsv = fopen(TEST_DATA "/model-names.tsv", "r");
	char line[512];
	int found = 0, all = 0;

	ck_assert_ptr_nonnull(tsv);
	while (fgets(line, sizeof(line), tsv)) {
		struct dsfit_workload w, again;
		struct dsfit_error err = { "" };
		char *rest = line, *id = strsep(&rest, "\t\n"), *wanted = strsep(&rest, "\t\n");
		bool known;

		if (*line == '#')
			continue;
		ck_assert_ptr_nonnull(wanted);
		known = *wanted != ':';
		all++;
		found += known;
		ck_assert_msg(!resolve(id, false, "", &w, &err) == known, "%s: %s", id,
			      known ? err.text : w.model.name);
		if (!known) {
			ck_assert_msg(strstr(err.text, wanted + 2), "%s", err.text);
			continue;
		}
		ck_assert_msg(!strcmp(w.model.name, wanted), "%s is %s", id, w.model.name);
		/* Without a file, as in slurmctld, it has the same size. */
		ck_assert_msg(!resolve(id, true, "", &again, &err), "%s: %s", id, err.text);
		ck_assert_uint_eq(again.model.parameters, w.model.parameters);
	}
	fclose(tsv);
	ck_assert_int_eq(all, 389);
	ck_assert_int_eq(found, 329);
}
END_TEST

START_TEST(stems)
{
	static const struct {
		const char *name, *stem;
		unsigned bits;
	} vectors[] = {
		{ "Qwen3-4B-Instruct-2507", "qwen3-4b", 0 },
		{ "Llama-3_1-8B-Instruct", "llama3.1-8b", 0 },
		{ "Mistral-7B-Instruct-v0.3", "mistral7b-v0.3", 0 },
		{ "Mistral-7B-Instruct-v0.3", "mistral7b", 0 },
		{ "Qwen3-8B-unsloth-bnb-4bit", "qwen3-8b", 4 },
		{ "Qwen2.5-72B-Instruct-GPTQ-Int8", "qwen2.5-72b", 8 },
		{ "gemma-3-27b-it-qat-q4_0-unquantized", "gemma3-27b", 0 },
		{ "c4ai-command-r-v01", "command-r-v01", 0 },
		{ "model-20240229", "model", 0 }, { "model-0528", "model", 0 },
		{ "model-240612", "model", 0 }, { "model-180612", "model", 0 },
		{ "model-390612", "model", 0 }, { "model-400612", NULL, 0 },
		{ "model-170612", NULL, 0 },
		/* These say another model. */
		{ "mistral-7b-v2", NULL, 0 }, { "deepseek-v3", NULL, 0 }, { "opt-1300", NULL, 0 },
		{ "model-1999", NULL, 0 }, { "model-2513", NULL, 0 }, { "model-128kb", NULL, 0 },
		{ "t5-3b", NULL, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_stems s;
		bool has = false;

		dsfit_name_stems(vectors[i].name, &s);
		ck_assert_uint_gt(s.count, 0);
		for (size_t j = 0; vectors[i].stem && j < s.count; j++)
			has |= !strcmp(s.stem[j].text, vectors[i].stem) &&
			       s.stem[j].bits == vectors[i].bits;
		for (size_t j = 1; !vectors[i].stem && j < s.count; j++)
			ck_assert_str_eq(s.stem[j].text, s.stem[0].text);
		ck_assert_msg(has == !!vectors[i].stem, "%s", vectors[i].name);
	}
}
END_TEST

START_TEST(sizes)
{
	static const char *const vectors[][2] = {
		{ "Foo-4B-Instruct", "4B" }, { "foo-8x7b-v1", "8x7B" }, { "foo-350m", "350M" },
		{ "foo-30B-A3B", "30B" }, { "Foo-1.5b", "1.5B" }, { "foo-7b1", "7.1B" },
		{ "OLMoE-1B-7B", "7B" }, { "foo-7B-1M", "7B" }, { "internlm20b", "20B" },
		{ "esm2_t36_3B_UR50D", "3B" }, { "foo-1.1B-1431k-3T", "1.1B" }, { "foo-1T", "1T" },
		{ "gemma-E4B", "" }, { "foo-A3B", "" }, { "foo-128k", "" }, { "foo", "" },
		{ "foo-v2", "" }, { "", "" }, { "4bit", "" }, { "foo-x7b", "" },
		{ "foo-123456789012345678901234567890b", "" }, { "foo-8x-4b", "4B" },
	};
	char size[DSFIT_SAID_SIZE];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++)
		ck_assert_msg(!strcmp(dsfit_name_size(vectors[i][0], size), vectors[i][1]),
			      "%s: %s", vectors[i][0], size);
}
END_TEST

/* What may have been meant says the same numbers. */
START_TEST(near_misses)
{
	static const char *const vectors[][2] = {
		{ "lama-3.1-8b", "llama-3.1-8b" }, { "qwen25-7b", "" }, { "qwen3-4bb", "qwen3-4b" },
		{ "gemma-3-13b", "" }, { "llama-3.2-8b", "" }, { "codelama-7b", "codellama-7b" },
		{ "llama-2-13", "llama-2-13b" }, { "qwen3-8m", "" }, { "smollm2-136m", "" },
	};
	char near[DSFIT_NEAR_TEXT], wanted[DSFIT_NEAR_TEXT];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		snprintf(wanted, sizeof(wanted), "did you mean %s? ", vectors[i][1]);
		dsfit_models_near(&site->models, vectors[i][0], near);
		ck_assert_msg(!strcmp(near, *vectors[i][1] ? wanted : ""), "%s: %s",
			      vectors[i][0], near);
	}
}
END_TEST

/* A quantised upload is the same shape, and says in how many bits it is stored. */
START_TEST(stored_bits)
{
	struct dsfit_workload w, again;
	struct dsfit_error err = { "" };
	char line[DSFIT_PASSED_ON_MAX];

	ck_assert_int_eq(resolve("unsloth/Qwen3-8B-bnb-4bit", false, "", &w, &err), 0);
	ck_assert_uint_eq(w.model.stored_bits, 4);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	ck_assert_int_eq(resolve(line, true, "", &again, &err), 0);
	ck_assert_uint_eq(again.model.stored_bits, 4);
	ck_assert_int_eq(resolve("Qwen/Qwen3-8B", false, "", &w, &err), 0);
	ck_assert_uint_eq(w.model.stored_bits, 0);
}
END_TEST

/* A model that dsfit does not size is no mistake of the user's. */
START_TEST(not_sized)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	ck_assert_int_eq(resolve("black-forest-labs/FLUX.1-dev", false, "", &w, &err), -1);
	ck_assert_str_eq(err.text, "--ds-model=black-forest-labs/FLUX.1-dev: dsfit does not size "
			 "diffusion models");
	ck_assert(w.model.not_understood);
}
END_TEST

/* ---- hub.conf ------------------------------------------------------------------------------- */

/* Every entry can be read. Most are counted from what their config.json says, to the last
 * parameter; the rest have what transformers counts, and dsfit's shape. */
START_TEST(entries)
{
	struct dsfit_model model;
	struct dsfit_error err = { "" };
	const char *at = NULL;
	int rc, all = 0, counted = 0, exact = 0;

	ck_assert_msg(!dsfit_hub_check(&site->models, &err), "%s", err.text);
	while ((rc = dsfit_hub_next(&site->models, &at, NULL, &model, &err)) > 0) {
		all++;
		counted += model.source == DSFIT_COUNT_SHAPE;
		exact += model.exact;
		ck_assert_msg(model.parameters && model.shape.layers && model.shape.hidden, "%s",
			      model.name);
		ck_assert_uint_le(model.active, model.parameters);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_ge(all, 350);
	ck_assert_int_ge(counted, 260);
	ck_assert_int_ge(exact, 275);
}
END_TEST

/* No name is there twice, in one form or another. */
START_TEST(names_are_unique)
{
	static char folded[4096][DSFIT_NAME_MAX];
	size_t n = 0;

	for (size_t i = 0; i < site->models.count; i++)
		ck_assert(dsfit_name_fold(site->models.names[i].name, folded[n++]));
	for (const char *at = site->models.hub; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		if (!isalnum((unsigned char)*at))
			continue;
		for (const char *c = at; ; c += strspn(c, ", ")) {
			char name[DSFIT_NAME_MAX];
			size_t length = strcspn(c, ", \n");

			ck_assert_uint_lt(length, sizeof(name));
			snprintf(name, sizeof(name), "%.*s", (int)length, c);
			ck_assert(dsfit_name_fold(name, folded[n]));
			for (size_t i = 0; i < n; i++)
				ck_assert_msg(strcmp(folded[i], folded[n]), "%s is there twice",
					      name);
			ck_assert_uint_lt(++n, DSFIT_ARRAY_SIZE(folded));
			c += length;
			if (*c != ',')
				break;
		}
	}
}
END_TEST

START_TEST(broken_entries)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "x 5 {\"model_type\": \"llama\"\n", "hub.conf: x: must be NAME COUNT {" },
		{ "x {}\n", "hub.conf: x: must be NAME COUNT {" },
		{ "x\n", "hub.conf: x: must be NAME COUNT {" },
		{ "x = nosuch\n", "hub.conf: x: no model has the name behind \"=\"" },
		{ "x = x\n", "hub.conf: x: no model has the name behind \"=\"" },
		{ "x 5 []", "hub.conf: x: must be NAME COUNT {" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		char *text = strdup(vectors[i].text), *kept = site->models.hub;
		struct dsfit_hub_index *kept_index = site->models.hub_index;
		struct dsfit_workload w;

		site->models.hub = text;
		site->models.hub_index = i % 2 ? dsfit_hub_index_make(text) : NULL;
		ck_assert_int_eq(dsfit_hub_check(&site->models, &err), -1);
		ck_assert_msg(strstr(err.text, vectors[i].why), "%s", err.text);
		ck_assert_int_eq(resolve("a/x", false, "", &w, &err), -1);
		ck_assert_msg(strstr(err.text, vectors[i].why), "%s", err.text);
		free(site->models.hub_index);
		site->models.hub = kept;
		site->models.hub_index = kept_index;
		free(text);
	}
}
END_TEST

/* Look up a name by the index, and by searching the text. */
static void assert_found_alike(struct dsfit_models *models, const char *name)
{
	struct dsfit_hub_index *index = models->hub_index;
	struct dsfit_error err = { "" }, searched_err = { "" };
	struct dsfit_model model = { .name = "" }, searched = { .name = "" };
	int rc = dsfit_models_named(models, name, true, &model, &err);

	ck_assert_ptr_nonnull(index);
	models->hub_index = NULL;
	ck_assert_msg(dsfit_models_named(models, name, true, &searched, &searched_err) == rc,
		      "%s: %d", name, rc);
	ck_assert_msg(!strcmp(model.name, searched.name) &&
		      model.parameters == searched.parameters &&
		      model.stored_bits == searched.stored_bits, "%s: %s, not %s", name,
		      model.name, searched.name);
	ck_assert_str_eq(err.text, searched_err.text);
	models->hub_index = index;
}

/* What is found by the index is what a search of the text finds: the first stem that any name is,
 * and of the entries that have it the first. */
START_TEST(index_as_search)
{
	static const char text[] =
		"# x = y\nb-1, x* not \"first\"\n  more\n\nx-ray-7b = b\nB_1 = c\n\tand c\n"
		"costarring not \"another hash\"\n"
		"y-7b not \"second\"\ny* not \"third\"\n* not \"all\"\nz not \"never\"\n"
		"q-7b-chat not \"chat\"";
	static const char *const names[] = {
		"b-1", "b1", "B_1", "x", "x-ray-7b", "xyz", "y-7b", "Y-7B-Instruct", "y-8b", "z",
		"z-chat", "q-7b-chat", "q-7b", "q-7b-chat-awq", "", "-", "*", "x*", "a/b", "#",
		/* These two have one hash, FNV-1a in 32 bits. */
		"liquid", "costarring",
	};
	struct dsfit_models own = { .hub = (char *)text };
	const char *end;

	own.hub_index = dsfit_hub_index_make(text);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++)
		assert_found_alike(&own, names[i]);
	free(own.hub_index);
	for (const char *at = site->models.hub; *at; at = end + (*end == '\n')) {
		char name[DSFIT_NAME_MAX];

		end = at + strcspn(at, "\n");
		if (!isalnum((unsigned char)*at))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ", "), at);
		assert_found_alike(&site->models, name);
		/* Another one, or none. */
		name[strlen(name) / 2] ^= 1;
		assert_found_alike(&site->models, name);
		snprintf(name, sizeof(name), "%.*s-Instruct-v0.3-AWQ", (int)strcspn(at, ", "), at);
		assert_found_alike(&site->models, name);
	}
}
END_TEST

/* ---- the cache ------------------------------------------------------------------------------ */

static const char *const *variables;

static char *get(const char *name)
{
	for (const char *const *at = variables; *at; at += 2)
		if (!strcmp(at[0], name))
			return (char *)at[1];
	return NULL;
}

START_TEST(where_the_cache_is)
{
	static const struct {
		const char *variables[8], *folder;
	} vectors[] = {
		{ { "HOME", "/home/u" }, "/home/u/.cache/huggingface/hub" },
		{ { "HOME", "/home/u", "XDG_CACHE_HOME", "/x" }, "/x/huggingface/hub" },
		{ { "XDG_CACHE_HOME", "/x", "HF_HOME", "/h" }, "/h/hub" },
		{ { "HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old" }, "/old" },
		{ { "HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/new" }, "/new" },
		{ { "HOME", "/home/u", "HF_HOME", "~/hf" }, "/home/u/hf/hub" },
		{ { "SCRATCH", "/s", "HF_HOME", "$SCRATCH/hf" }, "/s/hf/hub" },
		{ { "SCRATCH", "/s", "HF_HUB_CACHE", "${SCRATCH}/hf" }, "/s/hf" },
		{ { "HF_HUB_CACHE", "/a/$NOSUCH/${b" }, "/a/$NOSUCH/${b" },
		{ { "HF_HUB_CACHE", "", "HOME", "/u" }, "/u/.cache/huggingface/hub" },
		{ { NULL }, "" },
	};
	static char longest[2048];
	char folder[DSFIT_HUB_CACHE_MAX];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		variables = vectors[i].variables;
		dsfit_hub_cache_folder(get, folder);
		ck_assert_str_eq(folder, vectors[i].folder);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	variables = (const char *const[]){ "HF_HOME", longest, NULL };
	dsfit_hub_cache_folder(get, folder);
	ck_assert_str_eq(folder, "");
}
END_TEST

static void make_folders(const char *path)
{
	char part[256];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdir(part, 0700);
	}
}

static void put(const char *path, const char *text)
{
	make_folders(path);
	unlink(path);
	unit_write(path, text);
}

#define CONFIG "{\"model_type\": \"llama\", \"num_hidden_layers\": 3, \"hidden_size\": 64, " \
	"\"num_attention_heads\": 4, \"vocab_size\": 1000}"

START_TEST(what_the_cache_has)
{
	static const char *const bad[] = { "../../../x", "", "main branch", "0123/4567",
		"0123456789012345678901234567890123456789012345678901234567890123",
		"0123456789012345678901234567890123456789012345678901234567890123456789" };
	struct dsfit_workload w;
	struct dsfit_error err = { "" };
	char line[DSFIT_PASSED_ON_MAX];

	/* As huggingface_hub lays it out: the file is a link to a blob. */
	put("hub/models--Qwen--Qwen3-8B/refs/main", "0a1b");
	put("hub/models--Qwen--Qwen3-8B/blobs/ffee", CONFIG);
	make_folders("hub/models--Qwen--Qwen3-8B/snapshots/0a1b/config.json");
	ck_assert_int_eq(symlink("../../blobs/ffee",
				 "hub/models--Qwen--Qwen3-8B/snapshots/0a1b/config.json"), 0);
	ck_assert_msg(!resolve("Qwen/Qwen3-8B", false, "hub", &w, &err), "%s", err.text);
	ck_assert_uint_eq(w.model.shape.layers, 3);
	ck_assert_str_eq(w.model.name, "Qwen3-8B");
	/* slurmctld gets it in the line, and looks nowhere itself. */
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	ck_assert_int_eq(resolve(line, true, "hub", &w, &err), 0);
	ck_assert_uint_eq(w.model.shape.layers, 3);
	ck_assert_int_eq(resolve("Qwen/Qwen3-8B", true, "hub", &w, &err), 0);
	ck_assert_uint_eq(w.model.shape.layers, 36);
	/* The folder by its path has the model's name too. */
	ck_assert_int_eq(resolve("hub/models--Qwen--Qwen3-8B/snapshots/0a1b", false, "", &w,
				 &err), 0);
	ck_assert_str_eq(w.model.name, "Qwen3-8B");
	/* The index beside it settles the count. */
	put("hub/models--Qwen--Qwen3-8B/snapshots/0a1b/model.safetensors.index.json",
	    "{\"metadata\": {\"total_parameters\": 6600000}}");
	ck_assert_int_eq(resolve("Qwen/Qwen3-8B", false, "hub", &w, &err), 0);
	ck_assert_uint_eq(w.model.parameters, 6600000);
	ck_assert_int_eq(w.model.source, DSFIT_COUNT_FILES);
	/* What is no commit is not followed. */
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(bad); i++) {
		put("hub/models--Qwen--Qwen3-8B/refs/main", bad[i]);
		ck_assert_int_eq(resolve("Qwen/Qwen3-8B", false, "hub", &w, &err), 0);
		ck_assert_uint_eq(w.model.shape.layers, 36);
	}
	/* A pipe that nobody writes to is not waited for. */
	unlink("hub/models--Qwen--Qwen3-8B/refs/main");
	ck_assert_int_eq(mkfifo("hub/models--Qwen--Qwen3-8B/refs/main", 0600), 0);
	ck_assert_int_eq(resolve("Qwen/Qwen3-8B", false, "hub", &w, &err), 0);
	ck_assert_uint_eq(w.model.shape.layers, 36);
}
END_TEST

START_TEST(what_no_list_has_but_the_cache)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	put("hub/models--us--our--model/refs/main", "0a1b\n");
	put("hub/models--us--our--model/snapshots/0a1b/config.json", CONFIG);
	ck_assert_msg(!resolve("us/our--model", false, "hub", &w, &err), "%s", err.text);
	ck_assert_uint_eq(w.model.shape.layers, 3);
	/* A model without an owner, and one whose config.json is broken. */
	put("hub/models--ours/refs/main", "0a1b\n");
	put("hub/models--ours/snapshots/0a1b/config.json", CONFIG);
	ck_assert_msg(!resolve("ours", false, "hub", &w, &err), "%s", err.text);
	ck_assert_str_eq(w.model.name, "ours");
	put("hub/models--ours/snapshots/0a1b/config.json", "{");
	ck_assert_int_eq(resolve("ours", false, "hub", &w, &err), -1);
	ck_assert_int_eq(resolve("a/../ours", false, "hub", &w, &err), -1);
}
END_TEST

/* ---- dsfit models --------------------------------------------------------------------------- */

START_TEST(models_command)
{
	setenv("DSFIT_CONF", TEST_CONF "/site.conf", 1);
	ck_assert_int_eq(cli_run(cli_models, ""), 0);
	for (const char *at = cli_ran.out; *at; at += strcspn(at, "\n") + 1)
		ck_assert_msg(strcspn(at, "\n") <= 80, "%.100s", at);
	ck_assert_int_eq(cli_run(cli_models, "GEMMA-3-4b"), 0);
	unit_assert_has(cli_ran.out, "gemma-3-4b-it");
	ck_assert_ptr_null(strstr(cli_ran.out, "qwen"));
	/* A word that no name has may be an id. */
	ck_assert_int_eq(cli_run(cli_models, "--json Qwen/Qwen3-4B-Instruct-2507"), 0);
	unit_assert_has(cli_ran.out, "\"name\": \"qwen3-4b\"");
	unit_assert_has(cli_ran.out, "\"parameters\": 4022468096");
	cli_assert(cli_models, "nosuch-9b", CLI_USAGE, "nosuch-9b: no model has this name: write "
		   "its size, --model=9B");
	cli_assert(cli_models, "nosuch", CLI_USAGE, "nosuch: no model has this name: write its "
		   "size, such as --model=8B");
	cli_assert(cli_models, "FLUX.1-dev", CLI_USAGE, "FLUX.1-dev: dsfit does not size");
	cli_assert(cli_models, "a b", CLI_USAGE, "b: unexpected argument: one word at a time");
	cli_assert(cli_gpus, "a b", CLI_USAGE, "b: unexpected argument: one word at a time");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hub");
	TCase *tcase = unit_folder_case(suite, "hub");
	const TTest *const tests[] = {
		ids, stems, sizes, near_misses, stored_bits, not_sized, entries, names_are_unique,
		broken_entries, index_as_search, where_the_cache_is, what_the_cache_has,
		what_no_list_has_but_the_cache, models_command,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
