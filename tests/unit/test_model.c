/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Models and their parameters:
 *
 *     config.json      files that are wrong, and right ones against what transformers counts
 *                      (tests/data/hf-counts.tsv)
 *     shapes           small ones that are counted by hand, and the largest
 *     the catalogue    each model against its published number (tests/data/models.csv)
 *     families.conf    a site's own families
 *     --ds-model       sizes and names, and the shape that is assumed for a size
 */
#include "core/model/model.h"

#include <ctype.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "core/base/file.h"
#include "core/base/size.h"
#include "core/model/adapters.h"
#include "core/model/hf_config.h"
#include "core/model/hub_models.h"
#include "core/model/known_models.h"
#include "core/model/model_text.h"
#include "core/model/sized_model.h"
#include "core/site/load.h"
#include "tests/unit/unit.h"

/* Sizes without a name are tried from 100M to 1T, each a tenth larger. */
#define FIRST_SIZE UINT64_C(100000000)
#define LAST_SIZE UINT64_C(1000000000000)

/* Without a site no family is known, so every model is read like a llama. */
static const struct dsfit_models no_models;

/* ---- config.json: wrong files --------------------------------------------------------------- */

static void assert_unreadable(const char *path, const char *why)
{
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	ck_assert_msg(dsfit_model_read(&no_models, path, &model, &err) == -1, "%s is read", path);
	unit_assert_has(err.text, why);
	unit_assert_begins(err.text, path);
	ck_assert_ptr_null(strchr(err.text, '\n'));
}

#define LLAMA "\"hidden_size\": 64, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, "

START_TEST(broken_configs)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "", "not JSON" },
		{ " \n", "not JSON" },
		{ "{", "not JSON" },
		{ "{\"hidden_size\": 64", "not JSON" },
		{ "{\"hidden_size\": }", "not JSON" },
		{ "hidden_size = 64", "not JSON" },
		{ "{" LLAMA "\"vocab_size\": 100} trailing", "not JSON" },
		{ "{" LLAMA "\"vocab_size\": 100}}", "not JSON" },
		{ "[]", "not a JSON object" },
		{ "17", "not a JSON object" },
		{ "\"llama\"", "not a JSON object" },
		{ "null", "not a JSON object" },
		{ "{}", "layers is missing" },
		{ "{\"zero_optimization\": {}}", "this is a DeepSpeed file, not a model" },
		{ "{\"num_hidden_layers\": 2}", "hidden is missing from the model's shape" },
		{ "{" LLAMA "\"x\": 1}", "vocab is missing" },
		{ "{" LLAMA "\"vocab_size\": \"auto\"}", "vocab is missing" },
		{ "{" LLAMA "\"vocab_size\": null}", "vocab is missing" },
		{ "{" LLAMA "\"vocab_size\": 0}", "\"vocab_size\": 0: must be" },
		{ "{" LLAMA "\"vocab_size\": \"100\"}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": -100}", "\"vocab_size\": -100: must be" },
		{ "{" LLAMA "\"vocab_size\": 1.5}", "\"vocab_size\": 1.5: must be" },
		{ "{" LLAMA "\"vocab_size\": true}", "\"vocab_size\": true: must be" },
		{ "{" LLAMA "\"vocab_size\": [1]}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": {\"a\": 1}}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": 16777217}", "\"vocab_size\": 16777217: must be" },
		{ "{" LLAMA "\"vocab_size\": 1e300}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": NaN}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": Infinity}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": 99999999999999999999999999}", "\"vocab_size\"" },
		{ "{" LLAMA "\"vocab_size\": 9, \"intermediate_size\": -1}",
		  "\"intermediate_size\"" },
		{ "{" LLAMA "\"vocab_size\": 9, \"num_key_value_heads\": 8}", "kv-heads" },
		{ "{" LLAMA "\"vocab_size\": 9, \"num_local_experts\": 99999}", "experts" },
		{ "{" LLAMA "\"vocab_size\": 9, \"num_experts\": 2, \"num_experts_per_tok\": 4}",
		  "experts" },
		{ "{" LLAMA "\"vocab_size\": 9, \"tie_word_embeddings\": 1}",
		  "\"tie_word_embeddings\"" },
		{ "{" LLAMA "\"vocab_size\": 9, \"model_type\": 3}", "\"model_type\"" },
		{ "{" LLAMA "\"vocab_size\": 9, \"text_config\": 3}", "\"text_config\"" },
		{ "{\"vocab_size\": 9, \"hidden_size\": 3, \"num_hidden_layers\": 2, "
		  "\"num_attention_heads\": 4}", "head-size" },
	};
	char deep[4096] = "";

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++)
		assert_unreadable(unit_write("config.json", vectors[i].text), vectors[i].why);
	for (int i = 0; i < 1000; i++)
		strcat(deep, "[");
	assert_unreadable(unit_write("config.json", deep), "not JSON");
}
END_TEST

START_TEST(not_files)
{
	const char *path = unit_path("nothing.json");
	char long_path[5000];
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	assert_unreadable(path, "No such file or directory");
	/* A pipe that nobody writes to must not block the submission. */
	path = unit_path("pipe.json");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_unreadable(path, "not a regular file");
	assert_unreadable("/dev/zero", "not a regular file");
	/* A folder stands for the config.json in it. */
	path = unit_path("empty");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_unreadable(path, "config.json: No such file or directory");
	assert_unreadable("", "No such file or directory");
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_int_eq(dsfit_model_read(&no_models, long_path, &model, &err), -1);
	unit_assert_has(err.text, "longer than");
}
END_TEST

START_TEST(unreadable_file)
{
	const char *path = unit_write("secret.json", "{}");

	bool root = !geteuid();

	ck_assert_int_eq(chmod(path, 0), 0);
	/* root can read every file, so be another user meanwhile. */
	if (root && seteuid(65534))
		return;
	assert_unreadable(path, "Permission denied");
	if (root)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(too_large_a_file)
{
	const char *path = unit_write("large.json", "{}");

	ck_assert_int_eq(truncate(path, DSFIT_FILE_MAX + 1), 0);
	assert_unreadable(path, "larger than 16 MiB");
}
END_TEST

/* ---- config.json: right files --------------------------------------------------------------- */

/* Cut a line into columns at its tabs, in place. The test fails if there are fewer. */
static void cut_columns(char *line, char **column, int count)
{
	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < count; i++) {
		column[i] = strsep(&line, "\t");
		ck_assert_ptr_nonnull(column[i]);
	}
}

/* Assert that the parts add up to the whole, and that none is larger. */
static void assert_adds_up(const char *name, const struct dsfit_model *model)
{
	const struct dsfit_counts *c = &model->counts;

	ck_assert_msg(c->embedding + c->head + c->dense + c->routed + c->vectors + c->vision ==
			      c->parameters, "%s does not add up", name);
	ck_assert_uint_eq(c->parameters, model->parameters);
	ck_assert_uint_eq(c->active, model->active);
	ck_assert_uint_le(c->active, c->parameters);
	ck_assert_uint_le(c->blocks, c->parameters);
	ck_assert_uint_le(c->quantised, c->parameters);
	ck_assert_uint_le(c->largest_parameter, c->largest_module);
	ck_assert_uint_le(c->largest_module, c->parameters);
	ck_assert_uint_eq(c->largest_module, model->largest_layer);
}

static uint64_t adapters(const struct dsfit_model *model, uint64_t rank,
			 enum dsfit_lora_targets targets)
{
	struct dsfit_training training;

	dsfit_training_defaults(&training);
	training.lora_rank = rank;
	training.lora_targets = targets;
	/* Columns of single matrices are of the text. */
	if (targets != DSFIT_LORA_ALL_LINEAR)
		training.frozen = DSFIT_FROZEN_VISION;
	return dsfit_lora_parameters(model, &training);
}

static void assert_count(char *const *column, int which, uint64_t count)
{
	ck_assert_msg(count == strtoull(column[which], NULL, 10), "%s, column %d: %llu, not %s",
		      column[0], which, (unsigned long long)count, column[which]);
}

static void assert_near(char *const *column, uint64_t count, double share)
{
	double ratio = (double)count / strtod(column[2], NULL);

	ck_assert_msg(ratio > 1 - share && ratio < 1 + share, "%s: %llu, not %s", column[0],
		      (unsigned long long)count, column[2]);
}

/* hf-counts.tsv has what transformers counts for public configs, for files with defaults only, and
 * for odd settings. */
START_TEST(counted_as_transformers_does)
{
	struct dsfit_site *site = unit_site();
	FILE *tsv = fopen(TEST_DATA "/hf-counts.tsv", "r");
	char line[4096], *column[10];
	int rows = 0;

	ck_assert_ptr_nonnull(tsv);
	for (; fgets(line, sizeof(line), tsv); rows += *line != '#') {
		struct dsfit_error err = { "" };
		struct dsfit_model model;

		if (*line == '#')
			continue;
		cut_columns(line, column, DSFIT_ARRAY_SIZE(column));
		ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json", column[9]),
						&model, &err), "%s: %s", column[0], err.text);
		ck_assert((model.exact || *column[0] == '~') && model.known_family);
		ck_assert_int_eq(model.source, DSFIT_COUNT_SHAPE);
		assert_adds_up(column[0], &model);
		if (*column[0] == '~') {
			assert_near(column, model.parameters, 0.005);
			continue;
		}
		assert_count(column, 2, model.parameters);
		assert_count(column, 3, model.counts.quantised);
		assert_count(column, 4, model.counts.largest_parameter);
		assert_count(column, 5, model.counts.largest_module);
		assert_count(column, 6, adapters(&model, 1, DSFIT_LORA_ALL_LINEAR));
		assert_count(column, 7, adapters(&model, 1, DSFIT_LORA_ATTENTION));
		assert_count(column, 8, adapters(&model, 1, DSFIT_LORA_QV));
	}
	fclose(tsv);
	ck_assert_int_gt(rows, 100);
	dsfit_site_free(site);
}
END_TEST

/* PEFT's list of target modules, or its word for all, as an enum of the core. */
static enum dsfit_lora_targets lora_targets(struct json_object *targets)
{
	if (json_object_is_type(targets, json_type_array))
		return DSFIT_LORA_QV;
	ck_assert_str_eq(json_object_get_string(targets), "all-linear");
	return DSFIT_LORA_ALL_LINEAR;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

/* Compare the parameters with those counted in a traced step, without its adapters. */
static void assert_traced(const struct dsfit_models *models, struct json_object *row)
{
	struct json_object *job = member(row, "job"), *bytes = member(row, "bytes");
	const char *name = json_object_get_string(member(job, "model"));
	bool full = !strcmp(json_object_get_string(member(job, "method")), "full");
	uint64_t parameters = json_object_get_uint64(member(bytes, "parameters"));
	uint64_t trainable = json_object_get_uint64(member(bytes, "trainable")), trained;
	struct dsfit_error err = { "" };
	struct dsfit_model model;
	char path[512];

	snprintf(path, sizeof(path), "%s/configs/%s.json", TEST_DATA, name);
	ck_assert_msg(!dsfit_model_read(models, path, &model, &err), "%s", err.text);
	assert_adds_up(name, &model);
	ck_assert_msg(model.parameters == parameters - (full ? 0 : trainable), "%s has %llu", name,
		      (unsigned long long)model.parameters);
	if (full)
		return;
	trained = adapters(&model, json_object_get_uint64(member(job, "lora_r")),
			   lora_targets(member(job, "lora_targets")));
	ck_assert_msg(trained == trainable, "%s trains %llu, not %llu", name,
		      (unsigned long long)trained, (unsigned long long)trainable);
}

START_TEST(counted_as_traced)
{
	struct dsfit_site *site = unit_site();
	FILE *traced = fopen(TEST_DATA "/traced.jsonl", "r");
	char line[8192];
	int rows = 0;

	ck_assert_ptr_nonnull(traced);
	for (; fgets(line, sizeof(line), traced); rows++) {
		struct json_object *row = json_tokener_parse(line);

		ck_assert_ptr_nonnull(row);
		assert_traced(&site->models, row);
		json_object_put(row);
	}
	fclose(traced);
	ck_assert_int_eq(rows, 239);
	dsfit_site_free(site);
}
END_TEST

START_TEST(folders_and_details)
{
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	ck_assert_int_eq(mkdir(unit_path("my-llama"), 0700), 0);
	unit_write("my-llama/config.json", "{\"model_type\": \"llama\", " LLAMA
		   "\"vocab_size\": 1e3, \"max_position_embeddings\": 512, \"n_ctx\": 3,\n"
		   "\"unheard_of\": [1, {\"a\": null}]}\n\n");
	ck_assert_msg(!dsfit_model_read(&no_models, unit_path("my-llama"), &model, &err), "%s",
		      err.text);
	ck_assert_str_eq(model.name, "my-llama");
	ck_assert_uint_eq(model.shape.vocab, 1000);
	ck_assert_uint_eq(model.shape.max_sequence, 512);
	/* Defaults that follow from the rest: no GQA, head size hidden / heads, ffn = 4 h. */
	ck_assert_uint_eq(model.shape.kv_heads, 4);
	ck_assert_uint_eq(model.shape.head_size, 16);
	ck_assert_uint_eq(model.shape.ffn, 256);
	ck_assert_msg(!dsfit_model_read(&no_models, unit_path("my-llama/"), &model, &err), "%s",
		      err.text);
	ck_assert_str_eq(model.name, "my-llama");
	/* A model of pictures and text is sized by its text. */
	unit_write("vision.json", "{\"model_type\": \"llava\", \"text_config\": {" LLAMA
		   "\"vocab_size\": 500}, \"hidden_size\": 7}");
	ck_assert_msg(!dsfit_model_read(&no_models, unit_path("vision.json"), &model, &err), "%s",
		      err.text);
	ck_assert_str_eq(model.name, "vision.json");
	ck_assert_uint_eq(model.shape.hidden, 64);
	ck_assert_uint_eq(model.shape.vocab, 500);
}
END_TEST

/* A llama small enough to count by hand: 8 layers, h 64, f 100, V 500. */
#define SMALL "\"model_type\": \"llama\", \"hidden_size\": 64, \"num_hidden_layers\": 8, " \
	"\"num_attention_heads\": 4, \"intermediate_size\": 100, \"vocab_size\": 500"
#define SMALL_COUNT (8 * (4 * 64 * 64 + 3 * 64 * 100 + 2 * 64) + 2 * 500 * 64 + 64)

/* The index file beside config.json gives the number of parameters, if that is plausible. */
START_TEST(indexed)
{
	static const struct {
		const char *config, *metadata;
		uint64_t parameters;	/* of the files; 0 if those of the shape count */
	} vectors[] = {
		{ "\"dtype\": \"bfloat16\"", "{\"total_size\": 700000}", 350000 },
		{ "\"torch_dtype\": \"float32\"", "{\"total_size\": 1400000.0}", 350000 },
		/* Less than a byte per parameter. */
		{ "\"torch_dtype\": \"mxfp4\"", "{\"total_size\": 175000}", 350000 },
		/* The type of the weights is not given. */
		{ "\"x\": 1", "{\"total_size\": 700000}", 350000 },
		{ "\"x\": 1", "{\"total_size\": 1400000}", 350000 },
		/* Newer index files give the number itself. */
		{ "\"x\": 1", "{\"total_parameters\": 351000, \"total_size\": 1}", 351000 },
		/* Twice the weights, or those of another model: the shape is more reliable. */
		{ "\"dtype\": \"bfloat16\"", "{\"total_size\": 1400000}", 0 },
		{ "\"dtype\": \"bfloat16\"", "{\"total_size\": 100}", 0 },
		/* An index without a usable number is not an error. */
		{ "\"x\": 1", "{\"total_size\": \"x\"}", 0 },
		{ "\"x\": 1", "{\"total_size\": -1}", 0 },
		{ "\"x\": 1", "{}", 0 },
		{ "\"x\": 1", "3", 0 },
		{ "\"x\": 1", "[", 0 },
		/* The size of packed weights does not give their number. */
		{ "\"dtype\": \"bfloat16\", \"quantization_config\": {\"quant_method\": \"fp8\"}",
		  "{\"total_size\": 700000}", 0 },
	};
	struct dsfit_site *site = unit_site();
	char text[1024];

	ck_assert_int_eq(mkdir(unit_path("indexed"), 0700), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		uint64_t expected = vectors[i].parameters;
		struct dsfit_error err = { "" };
		struct dsfit_model model;

		snprintf(text, sizeof(text), "{" SMALL ", %s}", vectors[i].config);
		unit_write("indexed/config.json", text);
		snprintf(text, sizeof(text), "{\"metadata\": %s}", vectors[i].metadata);
		unit_write("indexed/model.safetensors.index.json", text);
		ck_assert_msg(!dsfit_model_read(&site->models, unit_path("indexed"), &model, &err),
			      "%s", err.text);
		ck_assert_int_eq(model.source, expected ? DSFIT_COUNT_FILES : DSFIT_COUNT_SHAPE);
		ck_assert_msg(model.parameters == (expected ? expected : SMALL_COUNT),
			      "%s beside %s: %llu", vectors[i].metadata, vectors[i].config,
			      (unsigned long long)model.parameters);
		assert_adds_up("indexed", &model);
	}
	dsfit_site_free(site);
}
END_TEST

/* If a tied head is stored as well, it does not count twice. For an unknown family the index counts
 * more than the guessed shape. */
START_TEST(indexed_otherwise)
{
	const unsigned long long blocks = 80 * (16 * 64 * 64 + 2 * 64);
	struct dsfit_site *site = unit_site();
	struct dsfit_model model;
	char index[256];

	ck_assert_int_eq(mkdir(unit_path("tied"), 0700), 0);
	/* 80 layers with four matrices of h^2 and three of 4h^2, so that the head is 1 % of all. */
	unit_write("tied/config.json", "{\"model_type\": \"llama\", \"hidden_size\": 64, "
		   "\"num_hidden_layers\": 80, \"num_attention_heads\": 4, "
		   "\"intermediate_size\": 256, \"vocab_size\": 500, \"dtype\": \"float16\", "
		   "\"tie_word_embeddings\": true}");
	snprintf(index, sizeof(index), "{\"metadata\": {\"total_size\": %llu}}",
		 2ull * (blocks + 2 * 500 * 64 + 64));
	unit_write("tied/model.safetensors.index.json", index);
	ck_assert_int_eq(dsfit_model_read(&site->models, unit_path("tied"), &model, NULL), 0);
	ck_assert_int_eq(model.source, DSFIT_COUNT_SHAPE);
	ck_assert_uint_eq(model.parameters, blocks + 500 * 64 + 64);
	ck_assert_int_eq(mkdir(unit_path("other"), 0700), 0);
	unit_write("other/config.json", "{\"model_type\": \"unheard_of\", " LLAMA
		   "\"vocab_size\": 500, \"dtype\": \"float16\"}");
	unit_write("other/model.safetensors.index.json",
		   "{\"metadata\": {\"total_size\": 500000}}");
	ck_assert_int_eq(dsfit_model_read(&site->models, unit_path("other"), &model, NULL), 0);
	ck_assert_uint_eq(model.parameters, 250000);
	ck_assert(!model.known_family);
	ck_assert_str_eq(model.family, "unheard_of");
	dsfit_site_free(site);
}
END_TEST

START_TEST(quantised_files)
{
	static const struct {
		const char *config;
		unsigned bits;
	} vectors[] = {
		{ "{\"quant_method\": \"fp8\"}", 8 },
		{ "{\"quant_method\": \"mxfp4\"}", 4 },
		{ "{\"quant_method\": \"gptq\", \"bits\": 3}", 3 },
		{ "{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true}", 4 },
		{ "{\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true, "
		  "\"load_in_4bit\": false}", 8 },
		{ "{\"quant_method\": \"unheard_of\"}", 0 },
		{ "{}", 0 },
	};
	char config[1024];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model;

		snprintf(config, sizeof(config), "{" SMALL ", \"quantization_config\": %s}",
			 vectors[i].config);
		ck_assert_int_eq(dsfit_model_read(&no_models, unit_write("config.json", config),
						  &model, NULL), 0);
		ck_assert_msg(model.stored_bits == vectors[i].bits, "%s: %u bits",
			      vectors[i].config, model.stored_bits);
	}
}
END_TEST

/* An unknown family is read like llama, and the model is marked so. */
START_TEST(families_known_and_not)
{
	static const struct {
		const char *type, *family;
		bool known;
	} vectors[] = {
		{ "llama", "llama", true }, { "LLaMA", "llama", true },
		{ "neox", "gpt_neox", true }, { "gpt-oss", "gpt_oss", true },
		{ "deepseek", "deepseek_v2", true }, { "mamba3", "mamba3", false },
		{ "", "", false },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_model model;
	char config[1024];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		snprintf(config, sizeof(config), "{\"model_type\": \"%s\", " LLAMA
			 "\"num_key_value_heads\": 4, \"vocab_size\": 500}", vectors[i].type);
		ck_assert_int_eq(dsfit_model_read(&site->models, unit_write("config.json", config),
						  &model, NULL), 0);
		ck_assert_str_eq(model.family, vectors[i].family);
		ck_assert_int_eq(model.known_family, vectors[i].known);
		ck_assert_int_eq(model.exact, vectors[i].known);
		if (!vectors[i].known)
			ck_assert_uint_eq(model.parameters,
					  2 * (4 * 64 * 64 + 3 * 64 * 256 + 2 * 64) +
						  2 * 500 * 64 + 64);
	}
	dsfit_site_free(site);
}
END_TEST

/* A class that transformers does not have may have other parameters than its model_type's. */
START_TEST(a_class_of_its_own)
{
	static const struct {
		const char *class;
		bool exact;
	} vectors[] = {
		{ "LlamaForCausalLM", true }, { "LLaMAForCausalLM", true }, { "LlamaModel", false },
		{ "LlamaForCausalLMEagle3", false }, { "LlamaDraftModel", false },
		{ "DFlashDraftModel", false }, { "LlavaLlamaForCausalLM", false },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_model model;
	char config[200];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		snprintf(config, sizeof(config), "{\"model_type\": \"llama\", "
			 "\"architectures\": [\"%s\"]}", vectors[i].class);
		ck_assert_int_eq(dsfit_model_read(&site->models, unit_write("config.json", config),
						  &model, NULL), 0);
		ck_assert_uint_eq(model.parameters, 6738415616);
		ck_assert_msg(model.exact == vectors[i].exact, "%s", vectors[i].class);
	}
	dsfit_site_free(site);
}
END_TEST

/* Files that are not as their class writes them, and some that are. */
START_TEST(files_of_other_tools)
{
	static const struct {
		const char *config;
		bool exact;
	} vectors[] = {
		/* Another tool's keys: its class has neither num_layers nor hidden_dim. */
		{ "{\"model_type\": \"llama\", \"num_layers\": 60, \"hidden_dim\": 6656}", false },
		{ "{\"model_type\": \"gpt2\", \"num_layers\": 6, \"n_head\": 12}", false },
		{ "{\"model_type\": \"falcon\", \"num_layers\": 60, \"n_head\": 64}", false },
		{ "{\"model_type\": \"llama\", \"num_hidden_layers\": 60, "
		  "\"hidden_size\": 6656}", true },
		{ "{\"model_type\": \"falcon\", \"num_hidden_layers\": 6, "
		  "\"hidden_size\": 2048}", true },
		/* Without their heads: Bert's is counted so, the others' are not. */
		{ "{\"model_type\": \"bert\", \"architectures\": [\"BertModel\"]}", true },
		{ "{\"model_type\": \"qwen3\", \"architectures\": [\"Qwen3Model\"], "
		  "\"tie_word_embeddings\": true}", true },
		{ "{\"model_type\": \"qwen3\", \"architectures\": [\"Qwen3Model\"]}", false },
		{ "{\"model_type\": \"modernbert\", \"architectures\": [\"ModernBertModel\"]}",
		  false },
		/* LLaVA's own files have no parts. */
		{ "{\"model_type\": \"llava\", \"architectures\": [\"LlavaLlamaForCausalLM\"], "
		  "\"hidden_size\": 4096, \"num_hidden_layers\": 32}", false },
		{ "{\"model_type\": \"llava\", \"hidden_size\": 4096, "
		  "\"num_hidden_layers\": 32}", false },
		{ "{\"model_type\": \"llava\", "
		  "\"architectures\": [\"LlavaForConditionalGeneration\"], "
		  "\"text_config\": {\"model_type\": \"llama\"}, "
		  "\"vision_config\": {\"model_type\": \"clip_vision_model\"}}", true },
		{ "{\"model_type\": \"llava\", \"architectures\": [\"LlavaLlamaForCausalLM\"], "
		  "\"text_config\": {\"model_type\": \"llama\"}, "
		  "\"vision_config\": {\"model_type\": \"clip_vision_model\"}}", false },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("config.json", vectors[i].config);

		ck_assert_msg(!dsfit_model_read(&site->models, path, &model, &err), "%s: %s",
			      vectors[i].config, err.text);
		ck_assert_msg(model.exact == vectors[i].exact, "%s", vectors[i].config);
	}
	dsfit_site_free(site);
}
END_TEST

/* A T5 whose decoder's layers nobody states has as many as num_layers says, by its own name alone,
 * as transformers counts it. */
START_TEST(halves_by_other_names)
{
	static const struct {
		const char *keys;
		uint64_t parameters;
	} vectors[] = {
		{ "\"num_layers\": 8", 75191808 },
		{ "\"num_hidden_layers\": 12", 79387136 },
		{ "\"num_layers\": 4, \"num_hidden_layers\": 12", 70995456 },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_error err = { "" };
	struct dsfit_model model;
	char config[200];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		snprintf(config, sizeof(config), "{\"model_type\": \"t5\", \"architectures\": "
			 "[\"T5ForConditionalGeneration\"], %s}", vectors[i].keys);
		ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json", config),
						&model, &err), "%s", err.text);
		ck_assert_msg(model.parameters == vectors[i].parameters && model.exact, "%s: %llu",
			      config, (unsigned long long)model.parameters);
	}
	dsfit_site_free(site);
}
END_TEST

/* A number for each layer: as many parameters as with their mean, and not called exact. */
START_TEST(a_number_for_each_layer)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_model even, uneven, same;
	struct dsfit_error err = { "" };
	const char *path;

	path = unit_write("even.json", "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, "
				       "\"intermediate_size\": 6144}");
	ck_assert(!dsfit_model_read(&site->models, path, &even, &err));
	path = unit_write("same.json", "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, "
				       "\"intermediate_size\": [6144, 6144]}");
	ck_assert(!dsfit_model_read(&site->models, path, &same, &err));
	path = unit_write("uneven.json", "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, "
					 "\"intermediate_size\": [4096, 8192]}");
	ck_assert(!dsfit_model_read(&site->models, path, &uneven, &err));
	ck_assert_uint_eq(same.parameters, even.parameters);
	ck_assert_uint_eq(uneven.parameters, even.parameters);
	ck_assert(even.exact && same.exact && !uneven.exact);
	dsfit_site_free(site);
}
END_TEST

/* What dsfit cannot size is not understood where the family is unknown to it, and wrong where it is
 * known, or where the file is no model's. */
START_TEST(not_understood)
{
	static const struct {
		const char *text, *family;	/* NULL: the file is wrong */
		const char *why;
	} vectors[] = {
		{ "{\"model_type\": \"vit7\", " LLAMA "\"patch_size\": 16}", "vit7",
		  "dsfit cannot size a model of type vit7: vocab is missing from" },
		{ "{\"model_type\": \"swin7\", \"num_heads\": [3, 6]}", "swin7",
		  "layers is missing" },
		{ "{\"model_type\": \"samba\", \"hidden_size\": 64, \"num_hidden_layers\": 2}",
		  "samba", "heads is missing" },
		{ "{\"model_type\": \"new\", " LLAMA "\"num_key_value_heads\": 8, "
		  "\"vocab_size\": 9}", "new", "must be at most the number of heads" },
		{ "{\"model_type\": \"two\\nlines\"}", "two?lines", "type two?lines: layers" },
		{ "{\"_class_name\": \"UNet2DConditionModel\"}", "UNet2DConditionModel", "layers" },
		{ "{\"architecture\": \"vit_base\"}", "vit_base", "layers is missing" },
		{ "{\"architectures\": [\"OddModel\"]}", "OddModel", "layers is missing" },
		{ "{\"architectures\": [7]}", "7", "layers is missing" },
		{ "{\"architectures\": []}", NULL, "layers is missing" },
		{ "{\"hello\": 1}", NULL, "layers is missing" },
		{ "{\"model_type\": 3}", NULL, "\"model_type\"" },
		{ "{\"model_type\": \"llama\", \"hidden_size\": \"x\"}", NULL, "\"hidden_size\"" },
		{ "{\"model_type\": \"llama\", \"intermediate_size\": [8, \"x\"]}", NULL,
		  "must be whole numbers from 1 to" },
		{ "{\"model_type\": \"llama\", \"num_attention_heads\": 32, "
		  "\"num_key_value_heads\": 64}", NULL, "must be at most the number of heads" },
		{ "{\"model_type\": \"vit\", \"zero_optimization\": {}}", NULL, "DeepSpeed file" },
		{ "{\"model_type\": \"vit\"", NULL, "not JSON" },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("odd.json", vectors[i].text);
		struct dsfit_error err = { "" };
		struct dsfit_model model = { .name = "" };

		ck_assert_int_eq(dsfit_model_read(&site->models, path, &model, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
		ck_assert_msg(model.not_understood == (vectors[i].family != NULL), "%s: %s",
			      vectors[i].text, err.text);
		if (vectors[i].family) {
			ck_assert_str_eq(model.family, vectors[i].family);
			ck_assert_str_eq(model.name, "odd.json");
		}
	}
	dsfit_site_free(site);
}
END_TEST

/* Absurd settings give an error with the key, or a model that adds up, but never a crash. */
START_TEST(absurd_configs)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		/* More than 10^15 parameters, and more than 2^64. */
		{ "{\"hidden_size\": 64, \"num_attention_heads\": 4, "
		  "\"vocab_size\": 9, \"intermediate_size\": 16777216, "
		  "\"num_local_experts\": 60000, \"num_hidden_layers\": 16777216}",
		  "more than 18446744073709551615 parameters: must be at most 10^15" },
		{ "{\"model_type\": \"llama\", \"hidden_size\": 1048576, "
		  "\"num_hidden_layers\": 1000}", "parameters: must be at most 10^15" },
		{ "{\"model_type\": \"deepseek_v3\", \"n_routed_experts\": 70000}", "experts" },
		{ "{\"model_type\": \"deepseek_v3\", \"kv_lora_rank\": -1}", "\"kv_lora_rank\"" },
		{ "{\"model_type\": \"deepseek_v3\", \"v_head_dim\": 0}", "\"v_head_dim\": 0" },
		{ "{\"model_type\": \"qwen2_moe\", \"decoder_sparse_step\": 0}",
		  "\"decoder_sparse_step\"" },
		{ "{\"model_type\": \"t5\", \"num_decoder_layers\": -3}",
		  "\"num_decoder_layers\"" },
		{ "{\"model_type\": \"llama\", \"num_attention_heads\": 0}",
		  "\"num_attention_heads\": 0: must be" },
		{ "{\"model_type\": \"llama\", \"intermediate_size\": 0}",
		  "\"intermediate_size\": 0" },
		{ "{\"model_type\": \"llama\", \"head_dim\": 0}", "\"head_dim\": 0" },
		{ "{\"model_type\": \"llama\", \"num_hidden_layers\": null}", "layers is missing" },
		{ "{\"model_type\": \"llama\", \"attention_bias\": 3}", "\"attention_bias\"" },
		{ "{\"model_type\": \"gemma3\", \"vision_config\": {\"patch_size\": -1}}",
		  "\"patch_size\"" },
		{ "{\"model_type\": \"gemma3\", \"vision_config\": {\"hidden_size\": 0}}",
		  "\"hidden_size\": 0" },
		{ "{\"model_type\": \"gemma3\", \"vision_config\": {\"patch_size\": 0}}",
		  "vision_config: the patch size is missing" },
		{ "{\"model_type\": \"gemma3\", \"vision_config\": 7}", "\"vision_config\"" },
		{ "{\"model_type\": \"smolvlm\", \"scale_factor\": 65537}",
		  "\"scale_factor\": must be a whole number up to 65536" },
		{ "{\"model_type\": \"internvl\", \"downsample_ratio\": 0}",
		  "\"downsample_ratio\": must be above 0, and up to 1" },
		{ "{\"model_type\": \"gemma3\", \"vision_config\": {\"image_size\": 99999}}",
		  "vision_config: image=99999" },
		/* Its class has no width then. */
		{ "{\"model_type\": \"marian\", \"hidden_size\": null}",
		  "its dimensions leave the model without parameters" },
	};
	static const char *const taken[] = {
		"{\"model_type\": \"qwen2_moe\", "
		"\"mlp_only_layers\": [-1, 99, 1e300, \"x\", null, [], 3]}",
		"{\"model_type\": \"qwen2_moe\", \"mlp_only_layers\": 5}",
		"{\"model_type\": \"qwen2_moe\", \"num_experts\": 0}",
		"{\"model_type\": \"qwen2_moe\", \"num_experts\": 1}",
		"{\"model_type\": \"gemma3\", \"vision_config\": {\"image_size\": 0}}",
		"{\"model_type\": \"bert\", \"architectures\": [null]}",
		"{\"model_type\": \"bert\", \"architectures\": []}",
		"{\"model_type\": \"t5\", \"num_layers\": 1, \"num_decoder_layers\": 1}",
		"{\"model_type\": \"deepseek_v2\", \"first_k_dense_replace\": 1000}",
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_model model;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("config.json", vectors[i].text);
		struct dsfit_error err = { "" };

		ck_assert_msg(dsfit_model_read(&site->models, path, &model, &err) == -1,
			      "%s is read", vectors[i].text);
		unit_assert_has(err.text, vectors[i].why);
		unit_assert_begins(err.text, path);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(taken); i++) {
		struct dsfit_error err = { "" };

		ck_assert_msg(!dsfit_model_read(&site->models, unit_write("config.json", taken[i]),
						&model, &err), "%s: %s", taken[i], err.text);
		assert_adds_up(taken[i], &model);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(names_in_ids_of_the_hub)
{
	static const char *const vectors[][2] = {
		{ "meta-llama/Meta-Llama-3-8B", "Meta-Llama-3-8B" }, { "a/b", "b" },
		{ "b", NULL }, { "/b", NULL }, { "a/", NULL }, { "./b", NULL }, { "../b", NULL },
		{ "~/b", NULL }, { "a/b/c", NULL }, { "a//b", NULL }, { "a/config.json", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *name = dsfit_model_hub_name(vectors[i][0]);

		ck_assert_msg(name ? vectors[i][1] && !strcmp(name, vectors[i][1]) : !vectors[i][1],
			      "%s has %s", vectors[i][0], name ? name : "none");
	}
}
END_TEST

START_TEST(paths_and_names)
{
	static const struct {
		const char *text;
		bool path;
	} vectors[] = {
		{ "13B", false }, { "llama-2-7b", false }, { "", false }, { ".json", false },
		{ "none", false }, { "x.jsonl", false }, { "a.json", true }, { "./13B", true },
		{ "/models/x", true }, { "models/", true }, { ".", true }, { "..", true },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++)
		ck_assert_msg(dsfit_model_is_path(vectors[i].text) == vectors[i].path, "%s",
			      vectors[i].text);
}
END_TEST

/* ---- shapes --------------------------------------------------------------------------------- */

START_TEST(shapes_refused)
{
	static const struct {
		struct dsfit_shape shape;
		const char *why;
	} vectors[] = {
		{ { .hidden = 8, .heads = 2, .vocab = 9 }, "layers is missing" },
		{ { .layers = 1, .heads = 2, .vocab = 9 }, "hidden is missing" },
		{ { .layers = 1, .hidden = 8, .vocab = 9 }, "heads is missing" },
		{ { .layers = 1, .hidden = 8, .heads = 2 }, "vocab is missing" },
		{ { .layers = DSFIT_DIMENSION_MAX + 1, .hidden = 8, .heads = 2, .vocab = 9 },
		  "layers=16777217: must be" },
		{ { .layers = 1, .hidden = UINT64_MAX, .heads = 2, .vocab = 9 }, "hidden=" },
		{ { .layers = 1, .hidden = DSFIT_DIMENSION_MAX, .heads = 2, .vocab = 9 }, "ffn=" },
		{ { .layers = 1, .hidden = 8, .heads = 16, .vocab = 9 }, "head-size is missing" },
		{ { .layers = 1, .hidden = 8, .heads = 2, .kv_heads = 3, .vocab = 9 },
		  "kv-heads=3" },
		{ { .layers = 1, .hidden = 8, .heads = 2, .vocab = 9, .experts = 65537 },
		  "experts=65537" },
		{ { .layers = 1, .hidden = 8, .heads = 2, .vocab = 9, .experts = 2,
		    .experts_per_token = 3 }, "3 experts per token, but the model has 2" },
		{ { .layers = 1, .hidden = 8, .heads = 2, .vocab = 9, .experts_per_token = 1 },
		  "1 experts per token, but the model has 0" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_shape shape = vectors[i].shape;
		struct dsfit_error err = { "" };

		ck_assert_int_eq(dsfit_shape_complete(&shape, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

static struct dsfit_counts count(const struct dsfit_shape *shape)
{
	struct dsfit_counts counts;

	dsfit_shape_count(shape, &counts);
	return counts;
}

START_TEST(shapes_counted)
{
	/* By hand: 2 layers, h 8, 2 heads of 4, 1 kv head, f 16, V 10. */
	struct dsfit_shape llama = { .layers = 2, .hidden = 8, .heads = 2, .kv_heads = 1,
				     .ffn = 16, .vocab = 10, .gated = true };
	uint64_t attention = 8 * 8 * 2 + 8 * 4 * 2, layer = attention + 3 * 8 * 16 + 2 * 8;
	struct dsfit_shape moe = llama, gpt = llama;

	ck_assert_int_eq(dsfit_shape_complete(&llama, NULL), 0);
	ck_assert_uint_eq(count(&llama).blocks, 2 * layer);
	ck_assert_uint_eq(count(&llama).parameters, 2 * layer + 2 * 80 + 8);
	ck_assert_uint_eq(count(&llama).active, count(&llama).parameters);
	ck_assert_uint_eq(count(&llama).largest_module, 128);
	llama.tied = true;
	ck_assert_uint_eq(count(&llama).parameters, 2 * layer + 80 + 8);
	/* Four experts of width 6, one of them reached, a shared one, and the router. */
	moe.experts = 4;
	moe.experts_per_token = 1;
	moe.shared_experts = 1;
	moe.expert_ffn = 6;
	ck_assert_int_eq(dsfit_shape_complete(&moe, NULL), 0);
	layer = attention + 5 * 3 * 8 * 6 + 8 * 4 + 2 * 8;
	ck_assert_uint_eq(count(&moe).blocks, 2 * layer);
	ck_assert_uint_eq(count(&moe).parameters, 2 * layer + 2 * 80 + 8);
	ck_assert_uint_eq(count(&moe).active,
			  2 * (layer - 3 * 3 * 8 * 6) + 2 * 80 + 8);
	/* GPT: two matrices, biases everywhere, norms of two vectors. */
	gpt.gated = false;
	gpt.kv_heads = 2;
	ck_assert_int_eq(dsfit_shape_complete(&gpt, NULL), 0);
	layer = 4 * 8 * 8 + 4 * 8 + 2 * 8 * 16 + 16 + 8 + 4 * 8;
	ck_assert_uint_eq(count(&gpt).parameters, 2 * layer + 2 * 80 + 2 * 8);
}
END_TEST

/* The counts of the largest shape that is accepted are saturated and do not wrap. */
START_TEST(shapes_saturate)
{
	const uint64_t most = DSFIT_DIMENSION_MAX;
	struct dsfit_shape shape = {
		.layers = most, .hidden = most, .heads = most, .kv_heads = most,
		.head_size = most, .ffn = most, .vocab = most, .experts = 65536,
		.experts_per_token = 65536, .shared_experts = 65536, .expert_ffn = most,
	};

	for (int gated = 0; gated < 2; gated++) {
		shape.gated = gated;
		ck_assert_int_eq(dsfit_shape_complete(&shape, NULL), 0);
		ck_assert_uint_eq(count(&shape).parameters, UINT64_MAX);
		ck_assert_uint_eq(count(&shape).active, UINT64_MAX);
	}
}
END_TEST

/* ---- the catalogue -------------------------------------------------------------------------- */

enum { NAME, ALIASES, FAMILY, TOTAL, ACTIVE, LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, FFN, VOCAB,
       TIED, MAX_SEQ, EXPERTS, PER_TOKEN, EXPERT_FFN, SHARED, GATED, COLUMNS };

/* Compare the columns that are dimensions with the catalogue. 0 means that the dimension follows
 * from others. */
static void assert_dimensions(char *const *column, const struct dsfit_shape *shape)
{
	const struct {
		int column;
		uint64_t value;
	} dimensions[] = {
		{ LAYERS, shape->layers }, { HIDDEN, shape->hidden }, { HEADS, shape->heads },
		{ KV_HEADS, shape->kv_heads }, { HEAD_DIM, shape->head_size },
		{ FFN, shape->ffn }, { VOCAB, shape->vocab }, { MAX_SEQ, shape->max_sequence },
		{ EXPERTS, shape->experts }, { PER_TOKEN, shape->experts_per_token },
		{ EXPERT_FFN, shape->expert_ffn }, { SHARED, shape->shared_experts },
		{ TIED, shape->tied }, { GATED, shape->gated },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(dimensions); i++) {
		uint64_t value = strtoull(column[dimensions[i].column], NULL, 10);

		if (value || dimensions[i].column == TIED || dimensions[i].column == GATED)
			ck_assert_msg(value == dimensions[i].value, "%s, column %d: %llu",
				      column[NAME], dimensions[i].column,
				      (unsigned long long)dimensions[i].value);
	}
}

/* Find the model by its name as given. Upper and lower case must give the same one. */
static const struct dsfit_model *find_any_case(const struct dsfit_models *models,
					       const char *name)
{
	const struct dsfit_model *model = dsfit_models_find(models, name);
	char other[DSFIT_NAME_MAX];

	for (int upper = 0; upper < 2; upper++) {
		snprintf(other, sizeof(other), "%s", name);
		for (char *c = other; *c; c++)
			*c = (char)(upper ? toupper(*c) : tolower(*c));
		ck_assert_ptr_eq(dsfit_models_find(models, other), model);
	}
	return model;
}

/* Names of the Hub, and names that people make from them. */
START_TEST(names_like_the_catalogues)
{
	static const struct {
		const char *name, *model;
	} vectors[] = {
		{ "Meta-Llama-3-8B", "llama-3-8b" },
		{ "Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b" },
		{ "llama-3-8b-instruct", "llama-3-8b" },
		{ "Llama-2-13b-hf", "llama-2-13b" },
		{ "Llama-2-13b-chat-hf", "llama-2-13b" },
		{ "Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct" },
		{ "Qwen2.5-7B-Instruct", "qwen2.5-7b" },
		{ "Qwen3-8B-Base", "qwen3-8b" },
		{ "Mistral-7B-v0.1", "mistral-7b-v0.1" },
		{ "Mistral-7B-Instruct-v0.2", "mistral-7b-v0.1" },
		/* This version has another vocabulary. A known version is not ignored. */
		{ "Mistral-7B-Instruct-v0.3", "mistral-7b-v0.3" },
		{ "Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b-v0.1" },
		{ "gemma-2-9b-it", "gemma-2-9b" }, { "gemma-3-4b-pt", "gemma-3-4b-it" },
		{ "t5-base", "t5-base" }, { "bert-base-uncased", "bert-base-uncased" },
		{ "llama-9-9b-instruct", NULL }, { "-instruct", NULL }, { "meta-", NULL },
		{ "meta--v0.1", NULL }, { "", NULL }, { "llama-3-8b-v0.x", NULL },
		{ "llama-3-8b-instruct-llama-3-8b-instruct-llama-3-8b-instruct-llama-3", NULL },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_model model;
		struct dsfit_error err;
		int rc = dsfit_models_named(&site->models, vectors[i].name, true, &model, &err);

		ck_assert_msg(rc == 1 ? vectors[i].model && !strcmp(model.name, vectors[i].model) :
					!rc && !vectors[i].model, "%s is %s", vectors[i].name,
			      rc == 1 ? model.name : "none");
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(catalogue)
{
	struct dsfit_site *site = unit_site();
	FILE *csv = fopen(TEST_DATA "/models.csv", "r");
	char line[2048];
	int rows = 0;

	ck_assert_ptr_nonnull(csv);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), csv));
	for (; fgets(line, sizeof(line), csv); rows++) {
		char *column[COLUMNS], *rest = line, *aliases, *alias;
		const struct dsfit_model *model;

		for (int i = 0; i < COLUMNS; i++) {
			column[i] = strsep(&rest, ",");
			ck_assert_ptr_nonnull(column[i]);
		}
		model = find_any_case(&site->models, column[NAME]);
		ck_assert_msg(model != NULL, "no %s", column[NAME]);
		ck_assert_msg(model->parameters == strtoull(column[TOTAL], NULL, 10),
			      "%s has %llu parameters", column[NAME],
			      (unsigned long long)model->parameters);
		ck_assert_msg(model->active == strtoull(column[ACTIVE], NULL, 10),
			      "%s has %llu active parameters", column[NAME],
			      (unsigned long long)model->active);
		ck_assert(model->exact);
		assert_dimensions(column, &model->shape);
		for (aliases = column[ALIASES]; (alias = strsep(&aliases, ";"));)
			if (*alias)
				ck_assert_msg(find_any_case(&site->models, alias) == model,
					      "%s is not %s", alias, column[NAME]);
	}
	fclose(csv);
	ck_assert_int_eq(rows, 91);
	ck_assert_uint_ge(site->models.count, 91);
	dsfit_site_free(site);
}
END_TEST

/*
 * Models whose number in models.csv is not that of their shape: the difference, and the reason. All
 * others are exact, including vision towers.
 */
static const struct {
	const char *name;
	int64_t off;			/* the shape's number less the published one */
	const char *why;
} inexact[] = {
	/* 768 rows of h = 6144 in embedding and head: the number is for v0.1 with 32000 words. */
	{ "Mixtral-8x22B-v0.1", 2 * 768 * 6144, "the csv has another vocabulary than its count" },
	/* 64 rows of h that are not words: 262208 are stored, the csv has 262144. */
	{ "Gemma-3-4b-it", -64 * 2560, "rows beyond the vocabulary" },
	{ "Gemma-3-12b-it", -64 * 3840, "rows beyond the vocabulary" },
	{ "Gemma-3-27b-it", -64 * 5376, "rows beyond the vocabulary" },
	/* transformers counts 178557088768 from its config.json: hf-counts.tsv. */
	{ "falcon-180b", -965476352, "\"approx total\"" },
	{ "opt-66b", 516096, "\"66b/175b totals approx\"" },
	{ "opt-175b", 344064, "\"66b/175b totals approx\"" },
	/* All but 7424 of them are 1024 positions: the csv's max_seq is 2048. */
	{ "gpt3-175b", 12575488, "counted with half of the positions" },
	/* 58 layers of experts with 256 corrections of the router each, which are buffers. */
	{ "deepseek-v3", -58 * 256, "counts buffers" },
	{ "longcat-flash-560b", 664958976, "rounded to 10^10" },
	/* 26 times 64 corrections as above; the rest is rounding in the csv. */
	{ "moonlight-16b-a3b", -3392, "\"approx\"" },
};

static int64_t off_by(const char *name)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(inexact); i++)
		if (!strcmp(inexact[i].name, name))
			return inexact[i].off;
	return 0;
}

/* Every model's parameters, from its dimensions and its family alone. */
START_TEST(counted_from_the_shape)
{
	struct dsfit_site *site = unit_site();
	FILE *csv = fopen(TEST_DATA "/models.csv", "r");
	char line[2048];
	int exact = 0;

	ck_assert_ptr_nonnull(csv);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), csv));
	while (fgets(line, sizeof(line), csv)) {
		char *column[COLUMNS], *rest = line;
		const struct dsfit_model *model;
		uint64_t counted, published;

		for (int i = 0; i < COLUMNS; i++)
			column[i] = strsep(&rest, ",");
		model = dsfit_models_find(&site->models, column[NAME]);
		published = strtoull(column[TOTAL], NULL, 10);
		counted = count(&model->shape).parameters + model->counts.vision;
		ck_assert_msg(model->known_family, "%s is of no family", column[NAME]);
		ck_assert_msg(counted == published + (uint64_t)off_by(column[NAME]),
			      "%s: the shape has %llu, not %s", column[NAME],
			      (unsigned long long)counted, column[TOTAL]);
		assert_adds_up(column[NAME], model);
		exact += counted == published;
	}
	fclose(csv);
	ck_assert_int_eq(exact, 91 - (int)DSFIT_ARRAY_SIZE(inexact));
	dsfit_site_free(site);
}
END_TEST

/* ---- families.conf -------------------------------------------------------------------------- */

/* A site's own sections win over the catalogue, which it includes twice. */
START_TEST(families_of_a_site)
{
	const char *path = unit_write("site.conf",
		"include(\"" TEST_CONF "/families.conf\")\n"
		"include(\"" TEST_CONF "/models.conf\")\n"
		"family \"llama\" { norms = 4  qk-norm = head }\n"
		"family \"ours\" { aliases = {\"mine\"} "
		"gated = false  norm = layer  tied = true }\n"
		"model \"m\" { family = mine  layers = 2  hidden = 64  heads = 4  vocab = 500 }\n");
	struct dsfit_error err = { "" };
	struct dsfit_site *site = dsfit_site_load(path, &err);
	const struct dsfit_family *family;
	const struct dsfit_model *model;

	ck_assert_msg(site != NULL, "%s", err.text);
	family = dsfit_families_find(&site->families, "LLAMA");
	ck_assert_ptr_nonnull(family);
	ck_assert_uint_eq(family->shape.traits.norms, 4);
	ck_assert_int_eq(family->shape.traits.qk_norm, DSFIT_QK_NORM_HEAD);
	ck_assert_ptr_eq(dsfit_families_find(&site->families, "Mine"),
			 dsfit_families_find(&site->families, "ours"));
	ck_assert_ptr_null(dsfit_families_find(&site->families, "theirs"));
	model = dsfit_models_find(&site->models, "m");
	ck_assert_ptr_nonnull(model);
	ck_assert(model->known_family && model->shape.tied && !model->shape.gated);
	/* Norms of two vectors, no biases, and one table for both ends. */
	ck_assert_uint_eq(model->parameters, 2 * (4 * 64 * 64 + 2 * 64 * 256 + 2 * 2 * 64) +
						     500 * 64 + 2 * 64);
	dsfit_site_free(site);
}
END_TEST

START_TEST(broken_families)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "family \"x\" { norm = batch }", "norm = batch: must be" },
		{ "family \"x\" { qk-norm = yes }", "qk-norm = yes: must be" },
		{ "family \"x\" { linear = dense }", "linear = dense: must be" },
		{ "family \"x\" { projector = no }", "projector = no: must be" },
		{ "family \"x\" { norms = -1 }", "norms = -1: must be" },
		{ "family \"x\" { gated = perhaps }", "gated" },
		{ "family \"x\" { hoarded = 3 }", "no such option 'hoarded'" },
		{ "family { gated = true }", "site.conf:1" },
		{ "model \"m\" { layers = 2  hidden = 8  heads = 2  vocab = 9  vision = nobody }",
		  "model \"m\": vision = nobody: no family section" },
		{ "model \"m\" { layers = 2  hidden = 8  heads = 2  vocab = 9  norms = 99 }",
		  "model \"m\": norms=99: must be" },
		{ "model \"m\" { layers = 2  hidden = 8  heads = 2  vocab = 9  dense-layers = 3  "
		  "experts = 4 }", "model \"m\": dense-layers=3: must be" },
		{ "model \"m\" { layers = 9999999  hidden = 9999999  heads = 2  vocab = 9 }",
		  "must be" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("site.conf", vectors[i].text);
		struct dsfit_error err = { "" };

		ck_assert_msg(!dsfit_site_load(path, &err), "%s is read", vectors[i].text);
		unit_assert_has(err.text, vectors[i].why);
		unit_assert_begins(err.text, path);
	}
}
END_TEST

/* ---- --ds-model ----------------------------------------------------------------------------- */

START_TEST(near_names)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "13X", "8x7B" },
		{ "13", "13B" },
		{ "", "13B" },
		{ "B", "13B" },
		{ "x7B", "13B" },
		{ "-1", "13B" },
		{ "-7B", "13B" },
		{ "13BB", "13B" },
		{ "13B ", "13B" },
		{ "13GB", "13B" },
		{ "1e9B", "13B" },
		{ "nan", "13B" },
		{ "llama-2-7", "dsfit models" },
		{ "llama-2-7bb", "dsfit models" },
		{ "llama", "dsfit models" },
		{ "gpt-5", "dsfit models" },
		{ "0B", "must be a size such as" },
		{ "99999999B", "must be a size such as" },
		{ "1.2.3B", "must be a size such as" },
		{ "8x", "8x7B" },
		{ "8x7", "8x7B" },
		{ "8x-7B", "8x7B" },
		{ "1x7B", "8x7B" },
		{ "0x7B", "8x7B" },
		{ "1025x7B", "8x7B" },
		{ "8.5x7B", "8x7B" },
		{ "99999999999999999999x7B", "8x7B" },
		{ "8x7X", "8x7B" },
		{ "8x99999999B", "8x7B" },
		{ "8x7x2B", "8x7B" },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_model model;
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "%s: ", vectors[i].text);
		ck_assert_msg(dsfit_model_parse(&site->models, vectors[i].text, &model, &err) ==
			      -1, "\"%s\" is %s", vectors[i].text, model.name);
		unit_assert_begins(err.text, quoted);
		unit_assert_has(err.text, "must be");
		unit_assert_has(err.text, vectors[i].why);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(sizes_and_names)
{
	static const struct {
		const char *text;
		uint64_t parameters;
		bool exact;
	} vectors[] = {
		{ "13B", 13000000000, false },
		{ "350M", 350000000, false },
		{ "0.6b", 600000000, false },
		{ "1T", 1000000000000, false },
		{ "7.0B", 7000000000, false },
		{ "LLAMA-2-7B", 6738415616, true },
		{ "gpt2-xl", 1557611200, true },
		{ "mixtral-8x7b", 46702792704, true },
	};
	struct dsfit_site *site = unit_site();
	struct dsfit_model model;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };

		ck_assert_msg(!dsfit_model_parse(&site->models, vectors[i].text, &model, &err),
			      "%s", err.text);
		ck_assert_msg(model.parameters == vectors[i].parameters, "%s has %llu",
			      vectors[i].text, (unsigned long long)model.parameters);
		ck_assert_int_eq(model.exact, vectors[i].exact);
		ck_assert_str_ne(model.name, "");
	}
	/* No catalogue has it: eight experts of a 5B, but attention and embedding only once. */
	ck_assert_int_eq(dsfit_model_parse(&site->models, "8x5B", &model, NULL), 0);
	ck_assert_uint_gt(model.parameters, 20000000000);
	ck_assert_uint_lt(model.parameters, 40000000000);
	ck_assert_uint_gt(model.active, 5000000000);
	ck_assert_uint_lt(model.active, 10000000000);
	ck_assert_uint_eq(model.shape.experts, 8);
	ck_assert_uint_eq(model.shape.experts_per_token, 2);
	ck_assert(!model.exact);
	dsfit_site_free(site);
}
END_TEST

/* An assumed shape is plausible: it has about as many parameters as were given. */
START_TEST(assumed_shapes)
{
	struct dsfit_site *site = unit_site();
	uint64_t depth = 0, width = 0;

	for (uint64_t size = FIRST_SIZE; size <= LAST_SIZE; size += size / 10) {
		struct dsfit_error err = { "" };
		struct dsfit_model model;
		struct dsfit_shape again;
		double ratio;

		ck_assert_msg(!dsfit_model_from_size(&site->models, size, &model, &err), "%s",
			      err.text);
		ck_assert_uint_eq(model.parameters, size);
		ck_assert_uint_eq(model.active, size);
		ck_assert_int_eq(model.source, DSFIT_COUNT_GIVEN);
		assert_adds_up(model.name, &model);
		ck_assert(!model.exact);
		ratio = (double)count(&model.shape).parameters / (double)size;
		ck_assert_msg(ratio > 0.85 && ratio < 1.15, "%s: the shape has %.2f of it",
			      model.name, ratio);
		again = model.shape;
		ck_assert_msg(!dsfit_shape_complete(&again, &err), "%s: %s", model.name, err.text);
		ck_assert_uint_eq(model.shape.experts, 0);
		/* layers x hidden^2 grows with the size, even if one of them does not. */
		ck_assert_msg(model.shape.layers * model.shape.hidden * model.shape.hidden >=
			      depth * width * width, "%s is a smaller shape than the one before",
			      model.name);
		depth = model.shape.layers;
		width = model.shape.hidden;
		ck_assert_uint_gt(model.largest_layer, 0);
		ck_assert_uint_le(model.largest_layer, size);
	}
	dsfit_site_free(site);
}
END_TEST

START_TEST(no_reference)
{
	struct dsfit_models none = { .entries = NULL };
	struct dsfit_error err = { "" };
	struct dsfit_model model;

	ck_assert_ptr_null(dsfit_models_find(&none, "13B"));
	ck_assert_int_eq(dsfit_model_parse(&none, "13B", &model, &err), -1);
	unit_assert_has(err.text, "reference = true");
	ck_assert_int_eq(dsfit_model_parse(&none, "8x7B", &model, &err), -1);
	unit_assert_has(err.text, "reference = true");
}
END_TEST

/* Absurd sizes get a shape too, and nothing wraps. */
START_TEST(far_sizes)
{
	static const uint64_t sizes[] = { 1, 7, 1000, 1000000, UINT64_C(1000000000000000) };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sizes); i++) {
		struct dsfit_model model;

		ck_assert_int_eq(dsfit_model_from_size(&site->models, sizes[i], &model, NULL), 0);
		ck_assert_uint_eq(model.parameters, sizes[i]);
		assert_adds_up(model.name, &model);
		ck_assert_uint_ge(model.shape.layers, 1);
		ck_assert_uint_ge(model.shape.hidden, 1);
		ck_assert_uint_ge(model.shape.kv_heads, 1);
		ck_assert_uint_le(model.shape.hidden, DSFIT_DIMENSION_MAX);
		ck_assert_uint_le(model.largest_layer, sizes[i]);
	}
	dsfit_site_free(site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *configs = unit_folder_case(suite, "config.json");

	tcase_add_test(configs, broken_configs);
	tcase_add_test(configs, not_files);
	tcase_add_test(configs, unreadable_file);
	tcase_add_test(configs, too_large_a_file);
	tcase_add_test(configs, counted_as_transformers_does);
	tcase_add_test(configs, counted_as_traced);
	tcase_add_test(configs, folders_and_details);
	tcase_add_test(configs, indexed);
	tcase_add_test(configs, indexed_otherwise);
	tcase_add_test(configs, quantised_files);
	tcase_add_test(configs, families_known_and_not);
	tcase_add_test(configs, a_class_of_its_own);
	tcase_add_test(configs, files_of_other_tools);
	tcase_add_test(configs, halves_by_other_names);
	tcase_add_test(configs, a_number_for_each_layer);
	tcase_add_test(configs, not_understood);
	tcase_add_test(configs, absurd_configs);
	tcase_add_test(configs, paths_and_names);
	tcase_add_test(configs, names_in_ids_of_the_hub);
	tcase_add_test(configs, families_of_a_site);
	tcase_add_test(configs, broken_families);
	unit_add(suite, "shapes",
		 (const TTest *const[]){ shapes_refused, shapes_counted, shapes_saturate, NULL });
	unit_add(suite, "catalogue",
		 (const TTest *const[]){ catalogue, names_like_the_catalogues,
					 counted_from_the_shape, NULL });
	unit_add(suite, "--ds-model", (const TTest *const[]){ near_names, sizes_and_names,
		 assumed_shapes, no_reference, far_sizes, NULL });
	return unit_run(suite);
}
