/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of a DeepSpeed file that few jobs have, each compared with a step that was traced with
 * it.
 *
 * tests/data/traced-settings.jsonl has one step a line, as tests/data/traced.jsonl does: `job` in
 * the oracle's fields, where `ds` is the file's zero_optimization and `extra` its other keys, and
 * `bytes` on rank 0. The model is tests/data/configs/llama-151m.json. Steps were traced with
 * torch 2.13, transformers 5.23, peft 0.21.2 and DeepSpeed 0.19.8.
 *
 * The file of each job is written and read like a user's, so that the reader is tested too. Rows
 * with a setting that dsfit does not count show that it changes nothing.
 */
#include <json-c/json.h>

#include "core/account/account.h"
#include "core/base/size.h"
#include "core/model/hf_config.h"
#include "core/training/ds_config.h"
#include "core/training/uncounted.h"
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

static bool is(struct json_object *job, const char *key, const char *word)
{
	return !strcmp(json_object_get_string(get(job, key)), word);
}

/* The DeepSpeed file that the oracle wrote for a job. The caller releases it. */
static struct json_object *file_of(struct json_object *job)
{
	struct json_object *file = json_object_new_object(), *zero = NULL;

	json_object_deep_copy(get(job, "ds"), &zero, NULL);
	json_object_object_add(zero, "stage", json_object_get(get(job, "stage")));
	json_object_object_foreach(get(job, "extra"), key, value)
		json_object_object_add(file, key, json_object_get(value));
	json_object_object_add(file, "zero_optimization", zero);
	json_object_object_add(file, "gradient_accumulation_steps",
			       json_object_get(get(job, "accumulation")));
	if (!is(job, "precision", "fp32")) {
		struct json_object *enabled = json_object_new_object();

		json_object_object_add(enabled, "enabled", json_object_new_boolean(true));
		json_object_object_add(file, json_object_get_string(get(job, "precision")),
				       enabled);
	}
	return file;
}

static void training_of(struct json_object *job, uint64_t parameters, struct dsfit_training *t)
{
	struct json_object *file = file_of(job);
	struct dsfit_error err = { "" };
	const char *path = unit_write("ds.json", json_object_to_json_string(file));

	dsfit_training_defaults(t);
	t->sequence = number_of(job, "seq");
	t->checkpointing = is(job, "checkpointing", "full") ? DSFIT_CHECKPOINTING_FULL :
							      DSFIT_CHECKPOINTING_NONE;
	if (is(job, "method", "lora")) {
		t->method = DSFIT_METHOD_LORA;
		t->lora_rank = number_of(job, "lora_r");
		t->lora_targets = DSFIT_LORA_ALL_LINEAR;
	}
	ck_assert_msg(!dsfit_training_read(path, t, NULL, &err), "%s", err.text);
	ck_assert_msg(!dsfit_training_settle(t, parameters, &err), "%s", err.text);
	json_object_put(file);
}

static void about(const char *id, const char *what, uint64_t ours, uint64_t traced,
		  uint64_t tolerance)
{
	ck_assert_msg(ours + tolerance >= traced && ours <= traced + tolerance,
		      "%s: %s: %llu, not %llu: %+lld", id, what, (unsigned long long)ours,
		      (unsigned long long)traced, (long long)(ours - traced));
}

static void check_row(const struct dsfit_site *site, const struct dsfit_model *model,
		      struct json_object *row)
{
	struct json_object *job = get(row, "job"), *bytes = get(row, "bytes");
	const char *id = json_object_get_string(get(row, "id"));
	uint64_t world = number_of(job, "world"), backward = number_of(bytes, "backward");
	struct dsfit_layout layout = { 1, world, world, 312, 0 };
	struct dsfit_account account;
	struct dsfit_training t;

	training_of(job, model->parameters, &t);
	dsfit_account(model, &site->families, &t, &layout, &site->estimate, &account);
	/* Rest and step are exact, except for the ids that the model is given, a few scalars, and
	 * where a partition cuts a parameter. */
	about(id, "rest", account.gpu.rest, number_of(bytes, "rest"),
	      4096 + 16 * number_of(job, "seq"));
	about(id, "step", account.gpu.step, number_of(bytes, "step"), 128 << 10);
	about(id, "forward", account.gpu.forward, number_of(bytes, "forward"),
	      number_of(bytes, "forward") / 33);
	about(id, "backward", account.gpu.backward, backward, backward / 33);
	about(id, "host", account.host.offload / world, number_of(bytes, "host_rank"), 8192);
}

START_TEST(as_traced)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_error err = { "" };
	struct dsfit_model model;
	FILE *file = fopen(TEST_DATA "/traced-settings.jsonl", "r");
	char *line = NULL;
	size_t size = 0, rows = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_msg(!dsfit_model_read(&site->models, TEST_DATA "/configs/llama-151m.json",
					&model, &err), "%s", err.text);
	while (getline(&line, &size, file) > 0) {
		struct json_object *row = json_tokener_parse(line);

		ck_assert_ptr_nonnull(row);
		check_row(site, &model, row);
		json_object_put(row);
		rows++;
	}
	ck_assert_uint_ge(rows, 50);
	free(line);
	fclose(file);
	dsfit_site_free(site);
}
END_TEST

/* Settings that change nothing in the rows above, or that no trace can follow, are listed as not
 * counted. */
START_TEST(not_counted)
{
	static const struct {
		const char *file, *key;
	} vectors[] = {
		{ "{\"zero_optimization\": {\"stage\": 2, \"allgather_bucket_size\": 2e8}}",
		  "allgather_bucket_size" },
		{ "{\"zero_optimization\": {\"stage\": 3,"
		  " \"zero_quantized_nontrainable_weights\": true}}",
		  "zero_quantized_nontrainable_weights" },
		{ "{\"activation_checkpointing\": {\"partition_activations\": true}}",
		  "partition_activations" },
		{ "{\"activation_checkpointing\": {\"cpu_checkpointing\": true}}",
		  "cpu_checkpointing" },
	};
	struct dsfit_uncounted uncounted[DSFIT_UNCOUNTED_MAX];
	struct dsfit_training t;

	dsfit_training_defaults(&t);
	ck_assert_uint_eq(dsfit_training_uncounted(&t, uncounted), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		dsfit_training_defaults(&t);
		ck_assert(!dsfit_training_read(unit_write("ds.json", vectors[i].file), &t, NULL,
					       NULL));
		ck_assert_uint_eq(dsfit_training_uncounted(&t, uncounted), 1);
		ck_assert_str_eq(uncounted[0].key, vectors[i].key);
	}
	/* With DeepSpeed's defaults none is listed. */
	dsfit_training_defaults(&t);
	ck_assert(!dsfit_training_read(unit_write("ds.json",
		"{\"zero_optimization\": {\"stage\": 3, \"allgather_bucket_size\": 5e8,"
		"  \"zero_quantized_nontrainable_weights\": false},"
		" \"activation_checkpointing\": {\"partition_activations\": false,"
		"  \"cpu_checkpointing\": false}}"), &t, NULL, NULL));
	ck_assert_uint_eq(dsfit_training_uncounted(&t, uncounted), 0);
	/* Set all of them. */
	t.allgather_bucket = 0;
	t.quantized_frozen = t.partition_activations = t.cpu_checkpointing = true;
	ck_assert_uint_eq(dsfit_training_uncounted(&t, uncounted), DSFIT_UNCOUNTED_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("traced settings");

	tcase_add_test(unit_folder_case(s, "traced"), as_traced);
	tcase_add_test(unit_folder_case(s, "not counted"), not_counted);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
