/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of models and of training, each compared with a step that was traced with it.
 *
 * tests/data/traced-kinds.jsonl has one step a line: `config` is the model's config.json, `file`
 * the DeepSpeed file, `settings` are those of the training, by their names, and `bytes` came out on
 * rank 0 of `world`. Steps were traced with torch 2.13, transformers 5.23, peft 0.21.2 and
 * DeepSpeed 0.19.8. `share` is how far the highest moments may be off, 0.01 by default, and `step`
 * that of the optimizer's step, if it is compared.
 */
#include <json-c/json.h>

#include "core/account/account.h"
#include "core/base/array.h"
#include "core/model/hf_config.h"
#include "core/training/ds_config.h"
#include "core/training/settings.h"
#include "tests/unit/unit.h"

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	ck_assert_ptr_nonnull(get(object, key));
	return (uint64_t)json_object_get_int64(get(object, key));
}

static void training_of(struct json_object *row, uint64_t parameters, struct dsfit_training *t)
{
	const char *path = unit_write("ds.json", json_object_to_json_string(get(row, "file")));
	struct dsfit_error err = { "" };

	dsfit_training_defaults(t);
	ck_assert_msg(!dsfit_training_read(path, t, NULL, &err), "%s", err.text);
	json_object_object_foreach(get(row, "settings"), name, value)
		ck_assert_msg(!dsfit_training_set(t, name, json_object_get_string(value), &err),
			      "%s: %s", name, err.text);
	ck_assert_msg(!dsfit_training_settle(t, parameters, &err), "%s", err.text);
}

static void about(struct json_object *row, const char *what, uint64_t ours, double share)
{
	double traced = (double)number_of(get(row, "bytes"), what);
	double off = (double)ours / traced - 1;

	ck_assert_msg(off <= share && off >= -share, "%s: %s: %llu, not %.0f: %+.2f %%",
		      json_object_get_string(get(row, "id")), what, (unsigned long long)ours,
		      traced, 100 * off);
}

/* What is kept has a cause of its own among the parts of the peak. */
static bool keeps_logits(const struct dsfit_gpu_account *gpu)
{
	for (size_t i = 0; i < gpu->part_count; i++)
		if (!strcmp(gpu->part[i].cause, "the last step's logits"))
			return true;
	return false;
}

static void check_row(const struct dsfit_site *site, struct json_object *row)
{
	uint64_t world = number_of(row, "world");
	double share = get(row, "share") ? json_object_get_double(get(row, "share")) : 0.01;
	struct dsfit_layout layout = { 1, world, world, 312, 0 };
	struct dsfit_error err = { "" };
	struct dsfit_account account;
	struct dsfit_training t;
	struct dsfit_model model;
	const char *path;

	path = unit_write("config.json", json_object_to_json_string(get(row, "config")));
	ck_assert_msg(!dsfit_model_read(&site->models, path, &model, &err), "%s", err.text);
	training_of(row, model.parameters, &t);
	dsfit_account(&model, &site->families, &t, &layout, &site->estimate, &account);
	ck_assert_msg(!account.nearest_family, "%s: the family has no footprint",
		      json_object_get_string(get(row, "id")));
	if (get(get(row, "bytes"), "rest"))
		about(row, "rest", account.gpu.rest, share);
	about(row, "forward", account.gpu.forward, share);
	about(row, "backward", account.gpu.backward, share);
	if (get(get(row, "bytes"), "evaluation"))
		about(row, "evaluation", account.gpu.evaluation, share);
	if (get(get(row, "bytes"), "trainable"))
		ck_assert_uint_eq(account.trainable, number_of(get(row, "bytes"), "trainable"));
	if (get(row, "step"))
		about(row, "step", account.gpu.step, json_object_get_double(get(row, "step")));
	ck_assert_int_eq(keeps_logits(&account.gpu),
			 get(get(row, "settings"), "outputs-kept") != NULL);
}

START_TEST(as_traced)
{
	struct dsfit_site *site = unit_site();
	FILE *file = fopen(TEST_DATA "/traced-kinds.jsonl", "r");
	char *line = NULL;
	size_t size = 0, rows = 0;

	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		struct json_object *row = json_tokener_parse(line);

		ck_assert_ptr_nonnull(row);
		check_row(site, row);
		json_object_put(row);
		rows++;
	}
	ck_assert_uint_gt(rows, 0);
	free(line);
	fclose(file);
	dsfit_site_free(site);
}
END_TEST

/* Parts that exist only in some kinds of training, where they are at the peak. */
START_TEST(parts_of_kinds)
{
	static const struct {
		const char *settings, *cause;
	} vectors[] = {
		{ "objective:dpo", "the reference model" },
		{ "objective:dpo,reference:no", NULL },
		{ "eval-batch:64", "one layer, and inputs, of the evaluation" },
		{ "eval-batch:64", "logits of the evaluation and their copies" },
		{ "seq:16,engine:none,optimizer:adafactor", "Adafactor's temporary tensors" },
	};
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_site *site = unit_site();
	const struct dsfit_model *model = dsfit_models_find(&site->models, "gpt2");

	ck_assert_ptr_nonnull(model);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_account a;
		struct dsfit_training t;
		struct dsfit_error err = { "" };
		bool found = false;

		dsfit_training_defaults(&t);
		ck_assert_msg(!dsfit_training_set_all(&t, vectors[i].settings, &err) &&
			      !dsfit_training_settle(&t, model->parameters, &err), "%s", err.text);
		dsfit_account(model, &site->families, &t, &layout, &site->estimate, &a);
		for (size_t part = 0; part < a.gpu.part_count; part++)
			found |= !strcmp(a.gpu.part[part].cause, vectors[i].cause ?
					 vectors[i].cause : "the reference model");
		ck_assert_msg(found == !!vectors[i].cause, "%s", vectors[i].settings);
	}
	dsfit_site_free(site);
}
END_TEST

/* The same of pictures: a tower's backward is the highest where the text is short. */
START_TEST(parts_of_pictures)
{
	static const char config[] = "{\"model_type\": \"llava\", \"text_config\": {"
		"\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"vocab_size\": 1000}}";
	static const struct {
		const char *settings, *cause;
		bool there;
	} vectors[] = {
		{ "images:4", "pictures", true },
		{ "images:4", "kept of pictures by the vision tower", true },
		{ "images:4", "temporary tensors of the tower's layer that runs", true },
		{ "images:4", "gradients of the text's first input", true },
		{ "images:0", "pictures", false },
		{ "images:4,frozen:vision,checkpointing:none",
		  "gradients of the text's first input", false },
	};
	const struct dsfit_layout layout = { .nodes = 1, .gpus_per_node = 1, .gpus = 1 };
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = unit_write("config.json", config);
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		struct dsfit_model model;
		struct dsfit_account a;
		bool found = false;

		ck_assert(!dsfit_model_read(&site->models, path, &model, &err));
		dsfit_training_defaults(&t);
		ck_assert(!dsfit_training_set_all(&t, "seq:64,batch:8,engine:none,optimizer:sgd,"
						  "checkpointing:full", &err));
		ck_assert_msg(!dsfit_training_set_all(&t, vectors[i].settings, &err) &&
			      !dsfit_training_settle(&t, model.parameters, &err), "%s", err.text);
		dsfit_account(&model, &site->families, &t, &layout, &site->estimate, &a);
		for (size_t part = 0; part < a.gpu.part_count; part++)
			found |= !strcmp(a.gpu.part[part].cause, vectors[i].cause);
		ck_assert_msg(found == vectors[i].there, "%s: %s", vectors[i].settings,
			      vectors[i].cause);
	}
	dsfit_site_free(site);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("traced kinds");
	TCase *traced = unit_folder_case(s, "traced");

	tcase_add_test(traced, as_traced);
	tcase_add_test(traced, parts_of_kinds);
	tcase_add_test(traced, parts_of_pictures);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
