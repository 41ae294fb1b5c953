/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which model a declaration means: each way that --ds-model can be read, and which comes first. */
#include "core/declare/declaration.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/declare/passed_on.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

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

static int resolve(struct dsfit_declaration declaration, struct dsfit_workload *out,
		   struct dsfit_error *err)
{
	declaration.prefix = "--ds-";
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, err);
}

static int resolve_model(const char *text, bool no_files, struct dsfit_workload *out,
			 struct dsfit_error *err)
{
	return resolve((struct dsfit_declaration){
		.value = { [DSFIT_OPTION_MODEL] = text }, .no_files = no_files }, out, err);
}

/* A folder with a model of 2 layers, which no known model has. */
static void make_model(const char *folder)
{
	char path[128];

	for (const char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(slash - folder), folder);
		mkdir(path, 0700);
	}
	mkdir(folder, 0700);
	snprintf(path, sizeof(path), "%s/config.json", folder);
	unit_write(path, "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, "
		   "\"hidden_size\": 64, \"num_attention_heads\": 4, \"vocab_size\": 1000}");
}

static void assert_is(const char *text, bool no_files, const char *name, uint64_t layers)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	ck_assert_msg(!resolve_model(text, no_files, &w, &err), "%s: %s", text, err.text);
	ck_assert_str_eq(w.model.name, name);
	ck_assert_uint_eq(w.model.shape.layers, layers);
}

static void assert_refused(const char *text, bool no_files, const char *line)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	ck_assert_int_eq(resolve_model(text, no_files, &w, &err), -1);
	ck_assert_str_eq(err.text, line);
}

/* A head that classifies has two outputs, a reward has one; the language model's is gone. A line
 * that was passed on keeps them. */
START_TEST(heads)
{
	static const struct {
		const char *set;
		uint64_t labels;
	} vectors[] = {
		{ "head:classify", 2 }, { "objective:reward", 1 }, { "head:lm", 0 },
		{ "objective:dpo", 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_declaration d = { .value = { [DSFIT_OPTION_MODEL] = "llama-3-8b",
							  [DSFIT_OPTION_SET] = vectors[i].set },
					       .prefix = "--ds-" };
		char line[DSFIT_PASSED_ON_MAX];
		struct dsfit_error err = { "" };
		struct dsfit_workload w, again;
		uint64_t head = vectors[i].labels ? vectors[i].labels * 4096 : 128256 * 4096;

		ck_assert_msg(!resolve(d, &w, &err), "%s", err.text);
		ck_assert_uint_eq(w.model.labels, vectors[i].labels);
		ck_assert_uint_eq(w.model.parameters, 8030261248 - 128256 * 4096 + head);
		ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
		d.value[DSFIT_OPTION_MODEL] = line;
		ck_assert_msg(!resolve(d, &again, &err), "%s", err.text);
		ck_assert_uint_eq(again.model.parameters, w.model.parameters);
	}
}
END_TEST

/* A picture has a token for each patch and one of its class, whatever is declared. */
START_TEST(tokens_of_pictures)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	mkdir("vit", 0700);
	unit_write("vit/config.json", "{\"model_type\": \"vit\", \"image_size\": 384}");
	ck_assert_msg(!resolve_model("vit", false, &w, &err), "%s", err.text);
	ck_assert_uint_eq(w.training.sequence, 24 * 24 + 1);
	ck_assert(w.training.sequence_declared);
	ck_assert_int_eq(resolve((struct dsfit_declaration){
		.value = { [DSFIT_OPTION_MODEL] = "vit", [DSFIT_OPTION_SEQ] = "1024" } },
		&w, &err), 0);
	ck_assert_uint_eq(w.training.sequence, 24 * 24 + 1);
}
END_TEST

/* Whisper's texts are no longer than its table of positions. */
START_TEST(tokens_of_speech)
{
	static const struct {
		const char *config, *seq;
		uint64_t sequence;
	} vectors[] = {
		{ "{\"model_type\": \"whisper\"}", NULL, 448 },
		{ "{\"model_type\": \"whisper\"}", "1024", 448 },
		{ "{\"model_type\": \"whisper\"}", "225", 225 },
		{ "{\"model_type\": \"whisper\", \"max_target_positions\": 200}", "225", 200 },
	};

	mkdir("whisper", 0700);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_workload w;
		struct dsfit_error err = { "" };

		unit_write("whisper/config.json", vectors[i].config);
		ck_assert_msg(!resolve((struct dsfit_declaration){
			.value = { [DSFIT_OPTION_MODEL] = "whisper",
				   [DSFIT_OPTION_SEQ] = vectors[i].seq } }, &w, &err),
			"%s", err.text);
		ck_assert_uint_eq(w.training.sequence, vectors[i].sequence);
	}
}
END_TEST

/* Pictures beside a text have room in it, as many tokens as the model makes of each. */
START_TEST(room_for_pictures)
{
	static const struct {
		const char *config, *set, *seq;
		uint64_t sequence;
	} vectors[] = {
		{ "\"llava\"", "images:4", "1024", 4 * 576 },
		{ "\"llava\"", "images:4", "4096", 4096 },
		{ "\"llava\"", "images:0", "1024", 1024 },
		{ "\"llava\", \"image_seq_length\": 729", "images:4", "1024", 4 * 729 },
		{ "\"llava\"", "images:4,image-tokens:1000", "1024", 4000 },
		{ "\"gemma3\", \"mm_tokens_per_image\": 64", "images:100", "64", 6400 },
		{ "\"gemma3\", \"vision_config\": {\"image_size\": 896, \"patch_size\": 14}",
		  "images:100", "64", 25600 },
		{ "\"qwen2_5_vl\"", "images:2", "1024", 2560 },
		{ "\"qwen3_vl\"", "images:2", "1024", 1960 },
		{ "\"llava_next\"", "images:1", "64", 5 * 576 + 48 },
		{ "\"llava_next\", \"image_grid_pinpoints\": [[336, 672], [1008, 336]]",
		  "images:2", "64", 2 * (4 * 576 + 72) },
		{ "\"llava_onevision\"", "images:1", "64", 10 * 729 + 81 },
		{ "\"gemma3_text\"", "images:100", "64", 64 },
	};

	mkdir("vl", 0700);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_declaration d = { .value = {
			[DSFIT_OPTION_MODEL] = "vl", [DSFIT_OPTION_SEQ] = vectors[i].seq,
			[DSFIT_OPTION_SET] = vectors[i].set } };
		struct dsfit_workload w;
		struct dsfit_error err = { "" };
		char text[256];

		snprintf(text, sizeof(text), "{\"model_type\": %s}", vectors[i].config);
		unit_write("vl/config.json", text);
		ck_assert_msg(!resolve(d, &w, &err), "%s", err.text);
		ck_assert_msg(w.training.sequence == vectors[i].sequence, "%s, %s: %llu", text,
			      vectors[i].set, (unsigned long long)w.training.sequence);
	}
}
END_TEST

START_TEST(ids_of_the_hub)
{
	/* There is no such path, so the name is looked up. */
	assert_is("meta-llama/Meta-Llama-3-8B-Instruct", false, "llama-3-8b", 32);
	assert_is("meta-llama/Meta-Llama-3-8B-Instruct", true, "llama-3-8b", 32);
	assert_refused("nobody/nothing", false,
		       "--ds-model=nobody/nothing: no such file, folder or known model: write a "
		       "size such as 8B, the folder with its config.json, or a name from \"dsfit "
		       "models\"");
	/* A path that exists wins over a known name. */
	make_model("meta-llama/Meta-Llama-3-8B-Instruct");
	assert_is("meta-llama/Meta-Llama-3-8B-Instruct", false, "Meta-Llama-3-8B-Instruct", 2);
	/* If no file may be opened, the path makes no difference. */
	assert_is("meta-llama/Meta-Llama-3-8B-Instruct", true, "llama-3-8b", 32);
}
END_TEST

START_TEST(paths)
{
	make_model("mine");
	assert_is("./mine", false, "mine", 2);
	assert_is("mine/config.json", false, "mine", 2);
	assert_refused("./mine", true,
		       "--ds-model=./mine: slurmctld does not read users' files");
	assert_refused("nobody/nothing", true,
		       "--ds-model=nobody/nothing: slurmctld does not read users' files");
}
END_TEST

START_TEST(names_and_folders)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	/* A folder needs no slash... */
	make_model("my-model");
	assert_is("my-model", false, "my-model", 2);
	ck_assert_int_eq(resolve_model("my-model", true, &w, &err), -1);
	unit_assert_begins(err.text, "--ds-model=my-model: ");
	/* ... but a name and a size come before it. */
	make_model("llama-3-8b");
	assert_is("llama-3-8b", false, "llama-3-8b", 32);
	make_model("13B");
	ck_assert_int_eq(resolve_model("13B", false, &w, &err), 0);
	ck_assert_uint_eq(w.model.parameters, 13000000000);
	ck_assert_uint_ne(w.model.shape.layers, 2);
	/* A name like a known one comes after a folder. */
	assert_is("llama-3-8b-instruct", false, "llama-3-8b", 32);
	make_model("llama-3-8b-instruct");
	assert_is("llama-3-8b-instruct", false, "llama-3-8b-instruct", 2);
	/* If no file may be opened, the folder makes no difference. */
	assert_is("llama-3-8b-instruct", true, "llama-3-8b", 32);
}
END_TEST

START_TEST(files_that_are_wrong)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	/* The message contains the path only once. */
	ck_assert_int_eq(resolve_model("./none.json", false, &w, &err), -1);
	unit_assert_begins(err.text, "--ds-model=./none.json: ");
	mkdir("empty", 0700);
	ck_assert_int_eq(resolve_model("./empty", false, &w, &err), -1);
	unit_assert_begins(err.text, "--ds-model=./empty: ");
	unit_assert_has(err.text, "./empty/config.json");
}
END_TEST

/* A declaration that fails tells whether it is wrong or not understood; its --ds-fit counts all the
 * same. */
START_TEST(failures)
{
	static const struct {
		const char *model, *zero, *fit;
		bool not_understood, fit_given;
		const char *why;
	} rows[] = {
		{ "./vit", NULL, NULL, true, false,
		  "--ds-model=./vit: ./vit/config.json: dsfit cannot size a model of type odd" },
		{ "./vit", NULL, "reject", true, true, "type odd" },
		{ "./vit", "7", "reject", false, true, "--ds-zero=7: " },
		{ "13B", "7", "advise", false, true, "--ds-zero=7: " },
		{ "13B", "7", "maybe", false, false, "--ds-zero=7: " },
		{ "13B", NULL, "maybe", false, false, "--ds-fit=maybe: " },
		{ "nosuch", NULL, "off", false, true, "--ds-model=nosuch: " },
		{ "dsfit1,zero=7", NULL, "off", false, true, "zero=7: " },
		{ "dsfit1,fit=reject,fit-given=yes,name=x,family=odd,not-understood=yes", NULL,
		  NULL, true, true, "--ds-model=x: dsfit cannot size a model of type odd" },
		/* What says nothing of the model is a forgery. */
		{ "dsfit1,not-understood=yes", NULL, NULL, false, false, "missing" },
	};

	mkdir("vit", 0700);
	unit_write("vit/config.json", "{\"model_type\": \"odd\"}");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_workload w;
		struct dsfit_error err = { "" };

		ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
			[DSFIT_OPTION_MODEL] = rows[i].model, [DSFIT_OPTION_ZERO] = rows[i].zero,
			[DSFIT_OPTION_FIT] = rows[i].fit } }, &w, &err), -1);
		unit_assert_has(err.text, rows[i].why);
		ck_assert_msg(w.model.not_understood == rows[i].not_understood, "%s", err.text);
		ck_assert_msg(w.fit_given == rows[i].fit_given, "%s", err.text);
	}
}
END_TEST

/* What is not understood here is not understood where the line is read. */
START_TEST(passed_on_not_understood)
{
	struct dsfit_workload w, again;
	struct dsfit_error err = { "" };
	char line[DSFIT_PASSED_ON_MAX];

	mkdir("vit", 0700);
	unit_write("vit/config.json", "{\"model_type\": \"odd\"}");
	ck_assert_int_eq(resolve_model("./vit", false, &w, &err), -1);
	ck_assert_int_eq(dsfit_passed_on_write(&w, line, sizeof(line)), 0);
	ck_assert_ptr_null(strchr(line, '/'));
	ck_assert_int_eq(resolve_model(line, true, &again, &err), -1);
	ck_assert(again.model.not_understood);
	ck_assert_str_eq(err.text, "--ds-model=vit: dsfit cannot size a model of type odd");
}
END_TEST

/* However long a value is, the line about it is short. */
START_TEST(long_values)
{
	static char value[1000001];
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	memset(value, 'a', sizeof(value) - 1);
	ck_assert_int_eq(resolve_model(value, false, &w, &err), -1);
	ck_assert_str_eq(err.text,
			 "--ds-model=aaaaaaaaaaaaaaaaaaaa...: longer than 255 characters");
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_MODEL] = "13B", [DSFIT_OPTION_SEQ] = value } }, &w, &err), -1);
	ck_assert_str_eq(err.text, "--ds-seq=aaaaaaaaaaaaaaaaaaaa...: longer than 255 characters");
	value[0] = '/';
	ck_assert_int_eq(resolve_model(value, false, &w, &err), -1);
	ck_assert_str_eq(err.text, "--ds-model=/aaaaaaaaaaaaaaaaaaa...: the path is longer than "
			 "4095 characters");
	/* As long as may be: what is accepted is still said. */
	value[0] = 'a';
	value[255] = '\0';
	ck_assert_int_eq(resolve_model(value, false, &w, &err), -1);
	unit_assert_has(err.text, "a path to config.json or its folder, or none");
}
END_TEST

START_TEST(counts_by_hand)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_MODEL] = "llama-3-8b", [DSFIT_OPTION_PARAMS] = "9B",
		[DSFIT_OPTION_LARGEST_LAYER] = "0" } }, &w, &err), 0);
	ck_assert_uint_eq(w.model.parameters, 9000000000);
	ck_assert_int_eq(w.model.source, DSFIT_COUNT_GIVEN);
	ck_assert_uint_eq(w.model.shape.layers, 32);
	ck_assert_uint_eq(w.model.largest_layer, 0);
	ck_assert_uint_eq(w.model.counts.largest_module, 0);
	/* Digits alone are a size, if no model is named. */
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_PARAMS] = "350000000" } }, &w, &err), 0);
	ck_assert_uint_eq(w.model.parameters, 350000000);
	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_MODEL] = "13B", [DSFIT_OPTION_PARAMS] = "x" } }, &w, &err), -1);
	unit_assert_begins(err.text, "--ds-params=x: ");
}
END_TEST

/* A shape by hand wins over whatever the model's text says; the text is its name. */
START_TEST(shape_by_hand)
{
	struct dsfit_workload w;
	struct dsfit_error err = { "" };

	ck_assert_int_eq(resolve((struct dsfit_declaration){ .value = {
		[DSFIT_OPTION_MODEL] = "llama-3-8b", [DSFIT_OPTION_LAYERS] = "2",
		[DSFIT_OPTION_HIDDEN] = "64", [DSFIT_OPTION_HEADS] = "4",
		[DSFIT_OPTION_KV_HEADS] = "2", [DSFIT_OPTION_FFN] = "128",
		[DSFIT_OPTION_VOCAB] = "1000", [DSFIT_OPTION_EXPERTS] = "8",
		[DSFIT_OPTION_GATED] = "true", [DSFIT_OPTION_TIED] = "true" } }, &w, &err), 0);
	ck_assert_str_eq(w.model.name, "llama-3-8b");
	ck_assert_uint_eq(w.model.shape.layers, 2);
	ck_assert_uint_eq(w.model.shape.hidden, 64);
	ck_assert_uint_eq(w.model.shape.heads, 4);
	ck_assert_uint_eq(w.model.shape.kv_heads, 2);
	ck_assert_uint_eq(w.model.shape.ffn, 128);
	ck_assert_uint_eq(w.model.shape.vocab, 1000);
	ck_assert_uint_eq(w.model.shape.experts, 8);
	ck_assert(w.model.shape.gated && w.model.shape.tied);
	ck_assert(w.model.exact);
}
END_TEST

/* A model that was found is taken as it is, with every other value of the declaration. */
START_TEST(found_before)
{
	struct dsfit_declaration declaration = { .value = { [DSFIT_OPTION_MODEL] = "llama-3-8b" } };
	struct dsfit_workload first, w;
	struct dsfit_error err = { "" };

	ck_assert_int_eq(resolve(declaration, &first, &err), 0);
	declaration.model = &first.model;
	declaration.value[DSFIT_OPTION_MODEL] = "nobody/knows-it";
	declaration.value[DSFIT_OPTION_BATCH] = "3";
	ck_assert_msg(!resolve(declaration, &w, &err), "%s", err.text);
	ck_assert_str_eq(w.model.name, "llama-3-8b");
	ck_assert_uint_eq(w.model.parameters, first.model.parameters);
	ck_assert_uint_eq(w.training.micro_batch, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("declared_model");
	TCase *tcase = unit_folder_case(suite, "models");
	const TTest *const tests[] = {
		heads, tokens_of_pictures, tokens_of_speech, room_for_pictures, ids_of_the_hub,
		paths, names_and_folders, files_that_are_wrong, failures,
		passed_on_not_understood, long_values, counts_by_hand,
		shape_by_hand, found_before,
	};

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(tests); i++)
		tcase_add_test(tcase, tests[i]);
	return unit_run(suite);
}
