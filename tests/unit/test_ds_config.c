/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DeepSpeed's JSON file. A table has real files and the settings that DeepSpeed itself reads from
 * them. Further tests have files that are wrong, damaged or very large, and what the settings mean
 * on a number of ranks.
 */
#include <sys/stat.h>
#include <time.h>

#include "core/account/account.h"
#include "core/base/file.h"
#include "core/declare/passed_on.h"
#include "core/formats/hjson.h"
#include "core/training/ds_config.h"
#include "core/training/settings.h"
#include "core/training/training.h"
#include "tests/unit/accounts.h"
#include "tests/unit/unit.h"

#define FIELDS_MAX 40
#define FIELD_TEXT 64

/* The settings of a file in the form of the table: name=value. */
struct fields {
	char text[FIELDS_MAX][FIELD_TEXT];
	int count;
};

static void add_text(struct fields *f, const char *name, const char *value)
{
	ck_assert_int_lt(f->count, FIELDS_MAX);
	snprintf(f->text[f->count++], FIELD_TEXT, "%s=%s", name, value);
}

static void add_number(struct fields *f, const char *name, uint64_t value, bool is_auto)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_text(f, name, is_auto ? "auto" : text);
}

static void add_flag(struct fields *f, const char *name, bool value)
{
	add_text(f, name, value ? "true" : "false");
}

/* The precision before a file is read. No file can set bf16-true, so it marks one that is not set. */
#define LEFT_OPEN DSFIT_PRECISION_BF16_TRUE

static struct fields fields_of(const struct dsfit_training *t)
{
	struct fields f = { .count = 0 };
	char ratio[32];

	add_number(&f, "train_batch", t->train_batch, false);
	add_number(&f, "micro_batch", t->micro_batch_given ? t->micro_batch : 0,
		   t->micro_batch_auto);
	add_number(&f, "accumulation", t->accumulation_given ? t->accumulation : 0, false);
	add_number(&f, "zero", t->zero, false);
	add_flag(&f, "overlap_comm", t->overlap_comm_given ? t->overlap_comm : t->zero == 3);
	add_flag(&f, "contiguous_gradients", t->contiguous_gradients);
	add_number(&f, "reduce_bucket", t->reduce_bucket, t->reduce_bucket_auto);
	add_number(&f, "allgather_bucket", t->allgather_bucket, false);
	add_number(&f, "sub_group", t->sub_group, false);
	add_number(&f, "prefetch_bucket", t->prefetch_bucket, t->prefetch_bucket_auto);
	add_number(&f, "max_live", t->max_live, false);
	add_number(&f, "max_reuse", t->max_reuse, false);
	add_number(&f, "persistence", t->persistence, t->persistence_auto);
	add_number(&f, "hpz", t->hpz, false);
	add_flag(&f, "quantized_weights", t->quantized_weights);
	add_flag(&f, "quantized_gradients", t->quantized_gradients);
	add_text(&f, "offload_optimizer", dsfit_offload_names[t->offload_optimizer]);
	add_text(&f, "offload_param", dsfit_offload_names[t->offload_param]);
	add_flag(&f, "pin_optimizer", t->pin_optimizer);
	add_flag(&f, "pin_param", t->pin_param);
	snprintf(ratio, sizeof(ratio), "%g", t->offload_ratio);
	add_text(&f, "offload_ratio", ratio);
	add_number(&f, "optimizer_buffers", t->optimizer_buffers, false);
	add_number(&f, "param_buffers", t->param_buffers, false);
	add_number(&f, "param_buffer_size", t->param_buffer_size, false);
	add_text(&f, "precision", t->precision == LEFT_OPEN ? "auto" :
				  dsfit_precision_names[t->precision]);
	add_number(&f, "accumulate", (uint64_t)t->accumulate, false);
	add_flag(&f, "bf16_states", t->bf16_states);
	add_flag(&f, "no_master", t->no_master);
	add_text(&f, "optimizer", dsfit_optimizer_names[t->optimizer]);
	add_flag(&f, "partition_activations", t->partition_activations);
	add_flag(&f, "cpu_checkpointing", t->cpu_checkpointing);
	add_number(&f, "tensor", t->tensor, false);
	return f;
}

static int read_text(const char *text, struct dsfit_training *t, struct dsfit_error *err)
{
	dsfit_training_defaults(t);
	t->precision = LEFT_OPEN;
	return dsfit_training_read(unit_write("ds.json", text), t, NULL, err);
}

/* Replace the field of that name with name=value. */
static void expect(struct fields *f, const char *pair, const char *source)
{
	size_t length = strcspn(pair, "=") + 1;

	for (int i = 0; i < f->count; i++)
		if (!strncmp(f->text[i], pair, length)) {
			snprintf(f->text[i], FIELD_TEXT, "%s", pair);
			return;
		}
	ck_abort_msg("%s: no field of %s", source, pair);
}

/* Assert that the training gives the same account after it was passed on. */
static void assert_passed_on(const char *source, const struct dsfit_training *training,
			     const struct dsfit_site *site)
{
	const struct dsfit_layout layout = { .nodes = 2, .gpus_per_node = 8, .gpus = 16 };
	struct dsfit_workload in = { .training = *training }, out;
	struct dsfit_account before, after;
	char line[DSFIT_PASSED_ON_MAX];
	struct dsfit_error err;

	in.model = (struct dsfit_model){ .name = "7B",
					 .shape = { .layers = 32, .hidden = 4096, .heads = 32,
						    .ffn = 11008, .vocab = 32000 } };
	ck_assert(!dsfit_shape_complete(&in.model.shape, &err) &&
		  !dsfit_model_count(&in.model, NULL, &err));
	if (in.training.precision == LEFT_OPEN)
		in.training.precision = DSFIT_PRECISION_BF16;
	dsfit_training_fill_auto(&in.training, in.model.shape.hidden);
	if (dsfit_training_settle(&in.training, in.model.parameters, &err))
		return;
	ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
	ck_assert_msg(!dsfit_passed_on_read(line, &out, &err), "%s: %s: %s", source, line, err.text);
	dsfit_account(&in.model, &site->families, &in.training, &layout, &site->estimate,
		      &before);
	dsfit_account(&out.model, &site->families, &out.training, &layout, &site->estimate,
		      &after);
	ck_assert_msg(accounts_same(&before, &after), "%s: another account after %s",
		      source, line);
}

/* Check one row of the table: the text has the expected settings, or is refused. */
static void assert_row(const char *source, const char *text, char *expected,
		       const struct dsfit_site *site)
{
	static const char refused[] = " refused ";
	struct dsfit_error err = { "" };
	struct dsfit_training t;
	struct fields got, want;
	char *rest = expected, *pair;
	int rc = read_text(text, &t, &err);

	if (!strncmp(expected, refused, strlen(refused))) {
		ck_assert_msg(rc == -1, "%s: is read", source);
		ck_assert_msg(strstr(err.text, expected + strlen(refused)) != NULL, "%s: %s",
			      source, err.text);
		return;
	}
	ck_assert_msg(!rc, "%s: %s", source, err.text);
	assert_passed_on(source, &t, site);
	got = fields_of(&t);
	ck_assert_int_eq(read_text("{}", &t, &err), 0);
	want = fields_of(&t);
	while ((pair = strsep(&rest, " ")))
		if (*pair)
			expect(&want, pair, source);
	for (int i = 0; i < want.count; i++)
		ck_assert_msg(!strcmp(got.text[i], want.text[i]), "%s: %s, not %s", source,
			      got.text[i], want.text[i]);
}

START_TEST(as_people_have_them)
{
	char source[256] = "", text[8192] = "", expected[1024] = "", line[1024];
	FILE *file = fopen(TEST_DATA "/deepspeed-configs.txt", "r");
	struct dsfit_site *site = unit_site();
	int rows = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "=== ", 4)) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(source, sizeof(source), "%.250s", line + 4);
		} else if (!strncmp(line, "---", 3)) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
				 "%s", line + 3);
		} else if (*expected) {
			assert_row(source, text, expected, site);
			*source = *text = *expected = '\0';
			rows++;
		} else if (*source) {
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", line);
		}
	}
	if (*source) {
		assert_row(source, text, expected, site);
		rows++;
	}
	fclose(file);
	dsfit_site_free(site);
	ck_assert_int_ge(rows, 84);
}
END_TEST

/* Settings that are not in the table of fields that DeepSpeed itself reads. */
START_TEST(the_rest_of_a_file)
{
	static const char text[] =
		"{\"zero_optimization\": {\"stage\": 3, \"mics_shard_size\": 4,"
		"  \"zero_quantized_nontrainable_weights\": true,"
		"  \"stage3_model_persistence_threshold\": 7e6,"
		"  \"offload_param\": {\"device\": \"nvme\", \"max_in_cpu\": 9}},"
		" \"communication_data_type\": \"FP32\", \"sequence_parallel_size\": 2,"
		" \"torch_autocast\": {\"enabled\": true},"
		" \"expert_parallel\": {\"enabled\": true, \"autoep_size\": 8},"
		" \"optimizer\": {\"type\": \"PagedAdamW_8bit\"}}";
	struct dsfit_error err = { "" };
	struct dsfit_training t;

	ck_assert_msg(!read_text(text, &t, &err), "%s", err.text);
	ck_assert_uint_eq(t.mics_shard, 4);
	ck_assert(t.quantized_frozen);
	ck_assert_uint_eq(t.model_persistence, 7000000);
	ck_assert_uint_eq(t.param_in_cpu, 9);
	ck_assert_int_eq((int)t.communicate, DSFIT_ACCUMULATE_FP32);
	ck_assert_uint_eq(t.sequence_parallel, 2);
	ck_assert_uint_eq(t.expert, 8);
	ck_assert(t.autocast);
	ck_assert_int_eq((int)t.optimizer, DSFIT_OPTIMIZER_PAGED_ADAM8BIT);
	/* -1 switches MiCS off, and very large sizes are cut to the limit. */
	ck_assert_msg(!read_text("{\"zero_optimization\": {\"stage\": 3, \"mics_shard_size\": -1,"
				 " \"sub_group_size\": 99999999999999999999999}}", &t, &err), "%s",
		      err.text);
	ck_assert_uint_eq(t.mics_shard, 0);
	ck_assert_uint_eq(t.sub_group, 1000000000000000);
	/* 0 means no groups of hpZ. */
	ck_assert_msg(!read_text("{\"zero_optimization\": {\"zero_hpz_partition_size\": 0}}", &t,
				 &err), "%s", err.text);
	ck_assert_uint_eq(t.hpz, 1);
	/* null means that the setting is not given. It is not "auto" either. */
	ck_assert_msg(!read_text("{\"train_micro_batch_size_per_gpu\": null}", &t, &err), "%s",
		      err.text);
	ck_assert(!t.micro_batch_given && !t.micro_batch_auto && !t.batch_declared);
	/* Elastic training picks the batch. */
	ck_assert_msg(!read_text("{\"train_batch_size\": 7, \"elasticity\": {\"enabled\": true,"
				 " \"micro_batch_sizes\": [8, 2, 4]}}", &t, &err), "%s", err.text);
	ck_assert_uint_eq(t.train_batch, 0);
	ck_assert_uint_eq(t.micro_batch, 2);
}
END_TEST

/* Whether a file says how many samples a GPU processes at once. */
START_TEST(declares_a_batch)
{
	static const struct {
		const char *text;
		bool declares;
	} rows[] = {
		{ "{}", false },
		{ "{\"train_micro_batch_size_per_gpu\": 1}", true },
		{ "{\"train_batch_size\": 64}", true },
		{ "{\"train_micro_batch_size_per_gpu\": \"auto\"}", false },
		{ "{\"gradient_accumulation_steps\": 4}", false },
	};
	struct dsfit_error err = { "" };
	struct dsfit_training t;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		ck_assert_msg(!read_text(rows[i].text, &t, &err), "%s", err.text);
		ck_assert_msg(t.batch_declared == rows[i].declares, "%s", rows[i].text);
		/* DeepSpeed's files have no sequence length. */
		ck_assert(!t.sequence_declared);
	}
}
END_TEST

/* A file that is refused changes nothing. */
START_TEST(refused_whole)
{
	struct dsfit_training t, before;
	struct dsfit_error err = { "" };

	dsfit_training_defaults(&before);
	t = before;
	ck_assert_int_eq(dsfit_training_read(unit_write("ds.json", "{\"train_batch_size\": 9,"
			 " \"zero_optimization\": {\"stage\": 3, \"reduce_bucket_size\": []}}"),
			 &t, NULL, &err), -1);
	ck_assert_int_eq(memcmp(&t, &before, sizeof(t)), 0);
}
END_TEST

/* ---- Hjson ---------------------------------------------------------------------------------- */

static struct json_object *parse(const char *text, enum dsfit_json_dialect dialect,
				 struct dsfit_error *err)
{
	return dsfit_json_parse(text, strlen(text), dialect, err);
}

/* Texts, and the JSON that each dialect reads from them; NULL if it refuses the text. */
START_TEST(dialects)
{
	static const struct {
		const char *text, *hjson, *plain;
	} vectors[] = {
		{ "{}", "{}", "{}" },
		{ "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}", "{\"a\":1}" },
		{ " \t\r\n{ \"a\" : [ 1 , 2.5 ] }\n", "{\"a\":[1,2.5]}", "{\"a\":[1,2.5]}" },
		{ "{\"a\":-0.75,\"b\":5e8,\"c\":1e-2}", "{\"a\":-0.75,\"b\":500000000.0,\"c\":0.01}",
		  "{\"a\":-0.75,\"b\":500000000.0,\"c\":0.01}" },
		{ "{\"a\":9223372036854775807}", "{\"a\":9223372036854775807}",
		  "{\"a\":9223372036854775807}" },
		{ "{\"a\":18446744073709551616}", "{\"a\":9223372036854775807}",
		  "{\"a\":9223372036854775807}" },
		{ "{\"a\":-99999999999999999999}", "{\"a\":-9223372036854775807}",
		  "{\"a\":-9223372036854775807}" },
		{ "{\"\\u00e9\\ud83d\\ude00\\ud83d\\u0000\":\"\\\"\\\\\\/\\n\"}",
		  "{\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\":\"\\\"\\\\\\/\\n\"}",
		  "{\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\":\"\\\"\\\\\\/\\n\"}" },
		{ "{\"a\":true,\"b\":false,\"c\":null}", "{\"a\":true,\"b\":false,\"c\":null}",
		  "{\"a\":true,\"b\":false,\"c\":null}" },
		{ "{\"a\":Infinity,\"b\":-Infinity}", NULL, "{\"a\":Infinity,\"b\":-Infinity}" },
		/* Only Hjson. */
		{ "{\"a\":1,}", "{\"a\":1}", NULL },
		{ "{\"a\":[1,2,],}", "{\"a\":[1,2]}", NULL },
		{ "{a:1}", "{\"a\":1}", NULL },
		{ "{'a':'b\\'c'}", "{\"a\":\"b'c\"}", NULL },
		{ "{a:1\nb:2}", "{\"a\":1,\"b\":2}", NULL },
		{ "# x\n{\"a\":1 // y\n/* z } */ \"b\":2}#", "{\"a\":1,\"b\":2}", NULL },
		{ "{a: text, and more \n}", "{\"a\":\"text, and more\"}", NULL },
		{ "{a: true false\n}", "{\"a\":\"true false\"}", NULL },
		{ "{a: 1 2\n b: 0012\n}", "{\"a\":\"1 2\",\"b\":\"0012\"}", NULL },
		{ "{a: 3 # three\n}", "{\"a\":3}", NULL },
		{ "{a: '''one\n two'''}", "{\"a\":\"one\\n two\"}", NULL },
		{ "{a: nan_loss\n}", "{\"a\":\"nan_loss\"}", NULL },
		{ "{\"a\":\"x\" \"b\":[\"y\" \"z\"]}", "{\"a\":\"x\",\"b\":[\"y\",\"z\"]}", NULL },
		{ "{/* no end", NULL, NULL },
		/* Neither dialect. */
		{ "{\"a\" 1}", NULL, NULL }, { "{\"a\":}", NULL, NULL }, { "{\"a\":,}", NULL, NULL },
		{ "{,}", NULL, NULL }, { "{\"a\":1}}", NULL, NULL }, { "{\"a\":1,,\"b\":2}", NULL, NULL },
		{ "{\"a\":\"\\x\"}", NULL, NULL }, { "{\"a\":\"\\u12\"}", NULL, NULL },
		{ "{\"a\":\"b\nc\"}", NULL, NULL }, { "{\"a\":\"b", NULL, NULL },
		{ "{\"a\":[1}", NULL, NULL }, { "{\"a\":NaN}", NULL, NULL },
		{ "{\"a\":-NaN}", NULL, NULL }, { "{\"a\":1e400}", NULL, NULL },
		{ "{\"a\":-1e400}", NULL, NULL }, { "{\"a\":1,\"a\":1}", NULL, NULL },
		{ "{\"a\":{\"b\":1,\"\\u0062\":1}}", NULL, NULL },
		{ "{\"a\":\"\xff\"}", NULL, NULL }, { "{\"a\":\"\xc0\xaf\"}", NULL, NULL },
		{ "{\"a\":\"\xed\xa0\x80\"}", NULL, NULL }, { "\xff\xfe{\0}\0", NULL, NULL },
		{ "", NULL, NULL }, { "\xef\xbb\xbf", NULL, NULL }, { "[1]", NULL, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++)
		for (int plain = 0; plain < 2; plain++) {
			const char *want = plain ? vectors[i].plain : vectors[i].hjson;
			struct dsfit_error err = { "" };
			struct json_object *got = parse(vectors[i].text, plain ? DSFIT_JSON_PLAIN :
							DSFIT_JSON_HJSON, &err);

			ck_assert_msg((got != NULL) == (want != NULL), "%s, plain %d: %s",
				      vectors[i].text, plain, got ? "is read" : err.text);
			if (got)
				ck_assert_str_eq(json_object_to_json_string_ext(got,
						 JSON_C_TO_STRING_PLAIN), want);
			else
				ck_assert_str_ne(err.text, "");
			json_object_put(got);
		}
}
END_TEST

/* Nesting at the limit, and one level deeper. */
START_TEST(depth)
{
	for (int levels = DSFIT_JSON_DEPTH; levels <= DSFIT_JSON_DEPTH + 1; levels++)
		for (int dialect = 0; dialect < 2; dialect++) {
			char text[1024] = "{\"a\":";
			struct dsfit_error err = { "" };
			struct json_object *got;

			for (int i = 1; i < levels; i++)
				strcat(text, "[");
			for (int i = 1; i < levels; i++)
				strcat(text, "]");
			got = parse(strcat(text, "}"), (enum dsfit_json_dialect)dialect, &err);
			ck_assert_msg((got != NULL) == (levels == DSFIT_JSON_DEPTH), "%s: %s", text,
				      err.text);
			json_object_put(got);
		}
}
END_TEST

/* Errors have the number of the wrong line. */
START_TEST(where_it_is_wrong)
{
	static const struct {
		const char *text, *why;
	} vectors[] = {
		{ "{\n \"zero_optimization\": {\n  \"stage\": 2,\n  \"stage\": 3}}",
		  "\"zero_optimization.stage\": given twice (line 4)" },
		{ "{\"fp16\": {\"loss_scale\":\n NaN}}", "\"fp16.loss_scale\": NaN is not allowed (line 2)" },
		{ "{\"a\": {\"b\": 1e400}}", "\"a.b\": a number too large for a double" },
		{ "{\"a\": Infinity\n}", "\"a\": Infinity is not allowed" },
		{ "{\n\"a\": [1, 2", "line 2, column 11: the file ends before the object or array is closed" },
		{ "{\"a\"\n  1}", "line 2, column 3: a colon is expected" },
		{ "{\"a\": \"\x80\"}", "byte 7 is not UTF-8" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };

		ck_assert_ptr_null(parse(vectors[i].text, DSFIT_JSON_HJSON, &err));
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

/* A file that is cut anywhere, or has any byte changed, is read, or refused with one line. */
START_TEST(cut_and_changed)
{
	static const char text[] =
		"{\"train_batch_size\": 32, /* x */ \"zero_optimization\": {\"stage\": 3,\n"
		" \"offload_param\": {\"device\": \"nvme\", 'buffer_size': 1e8}, list: [1, -2.5,]\n"
		" name: some text\n}, \"fp16\": {\"enabled\": true, \"\\u00e9\": null}} # end\n";
	static const char changes[] = "{}[],:\"'\\/#*\n 0-.eEu\x01\x7f\x80\xff";
	char copy[sizeof(text)];
	struct dsfit_error err;

	for (size_t i = 0; i < sizeof(text); i++) {
		for (int dialect = 0; dialect < 2; dialect++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = '\0';
			json_object_put(parse(copy, (enum dsfit_json_dialect)dialect, &err));
		}
		/* The closing bracket and the bytes after it. */
		if (i + 8 < sizeof(text))
			ck_assert_msg(!parse(copy, DSFIT_JSON_HJSON, &err), "%s", copy);
		for (size_t c = 0; c + 1 < sizeof(changes) && i + 1 < sizeof(text); c++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = changes[c];
			*err.text = '\0';
			struct json_object *got = parse(copy, DSFIT_JSON_HJSON, &err);

			ck_assert(got || *err.text);
			ck_assert_ptr_null(strchr(err.text, '\n'));
			json_object_put(got);
		}
	}
}
END_TEST

/* ---- files that are no configuration -------------------------------------------------------- */

/* Write `head`, then `body` until there are `size` bytes, then `tail`. Returns the path. */
static const char *write_large(const char *head, const char *body, const char *tail, size_t size)
{
	const char *path = unit_path("large.json");
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(head, file);
	for (size_t i = 0; i < size; i += strlen(body))
		fputs(body, file);
	fputs(tail, file);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

START_TEST(large_files)
{
	static const struct {
		const char *head, *body, *tail, *why;
	} vectors[] = {
		{ "{\"a\":", "[", "", "nested more than 64 levels deep" },
		{ "", "{\"a\":", "", "nested more than 64 levels deep" },
		{ "{a:", "[\n", "", "nested more than 64 levels deep" },
		{ "{\"a\":[", "[],", "[]]}", "more than 262144 values" },
		{ "{\"a\":[", "0,", "0]}", "more than 262144 values" },
		{ "{\"a\":\"", "x", "", "a string does not end" },
		{ "{\"a\":\"", "\\u0041", "", "a string does not end" },
		{ "{", " ", "", "the file ends inside an object" },
		{ "/*", "x", "", "the file is empty" },
		{ "{a: t", ",", "", "the file ends" },
		{ "{a: 1", "0,", "", "a colon is expected" },
		{ "{\"", "k", "\":1,}, 2", "there is more text after the object" },
		{ "{\"a\":", "9", "x}", "" },
		{ "{\"a\":0.", "0", "1e400}", "" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const char *path = write_large(vectors[i].head, vectors[i].body, vectors[i].tail,
					       DSFIT_FILE_MAX - 4096);
		struct dsfit_training t;
		struct dsfit_error err = { "" };
		clock_t begun = clock();

		dsfit_training_defaults(&t);
		ck_assert_int_eq(dsfit_training_read(path, &t, NULL, &err) ? -1 : 0,
				 *vectors[i].why || *err.text ? -1 : 0);
		unit_assert_has(err.text, vectors[i].why);
		/* A second, and more because of sanitizers. */
		ck_assert_msg(clock() - begun < 5 * CLOCKS_PER_SEC, "row %zu: %g s", i,
			      (double)(clock() - begun) / CLOCKS_PER_SEC);
	}
}
END_TEST

START_TEST(no_files)
{
	struct dsfit_error err = { "" };
	struct dsfit_training t;
	const char *pipe = unit_path("pipe"), *large = unit_write("huge.json", "{}");
	const struct {
		const char *path, *why;
	} vectors[] = {
		{ unit_folder, "a directory, not a regular file" },
		{ pipe, "a pipe, not a regular file" },
		{ "/dev/zero", "a device, not a regular file" },
		{ "/dev/null", "a device, not a regular file" },
		{ large, "larger than 16 MiB" },
		{ "/proc/self/environ", "not JSON" },
		{ "", "No such file or directory" },
	};

	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	ck_assert_int_eq(truncate(large, 100 * 1000 * 1000), 0);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		dsfit_training_defaults(&t);
		ck_assert_int_eq(dsfit_training_read(vectors[i].path, &t, NULL, &err), -1);
		unit_assert_has(err.text, vectors[i].why);
	}
}
END_TEST

/* ---- what follows from it ------------------------------------------------------------------- */

/* Settings at which DeepSpeed itself stops, and beside each of them similar ones that it runs. */
START_TEST(stops)
{
#define STAGE(stage, more) "{\"zero_optimization\": {\"stage\": " stage more "}}"
#define WITH(stage, more) "{\"zero_optimization\": {\"stage\": " stage "}, " more "}"
#define OFFLOADED(stage, optimizer, more) "{\"zero_optimization\": {\"stage\": " stage \
	", \"offload_optimizer\": {" optimizer "}}, " more "}"
	static const struct {
		const char *text, *why;		/* NULL: it runs */
		enum dsfit_offload optimizer, param;
	} vectors[] = {
		{ STAGE("3", ""), NULL, DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("0", "\"device\": \"cpu\"", ""), "ZeRO stage 0 cannot offload",
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("1", "\"device\": \"cpu\"", ""), NULL, DSFIT_OFFLOAD_CPU,
		  DSFIT_OFFLOAD_NONE },
		/* Below stage 3 DeepSpeed uses the CPU instead of NVMe, and ignores offload_param. */
		{ OFFLOADED("2", "\"device\": \"nvme\"", ""), NULL, DSFIT_OFFLOAD_CPU,
		  DSFIT_OFFLOAD_NONE },
		{ STAGE("2", ", \"offload_param\": {\"device\": \"cpu\"}"), NULL,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ STAGE("0", ", \"offload_param\": {\"device\": \"nvme\"}"), NULL,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ STAGE("3", ", \"offload_param\": {\"device\": \"nvme\"}"), NULL,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NVME },
		{ STAGE("3", ", \"offload_optimizer\": {\"pin_memory\": true}"), NULL,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("2", "\"device\": \"cpu\", \"ratio\": 0.3", ""),
		  "ratio\": 0.3: only ZeRO stage 3 offloads in part, but the job uses stage 2",
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("3", "\"device\": \"cpu\", \"ratio\": 0.3", ""), NULL,
		  DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("2", "\"device\": \"cpu\", \"ratio\": 1.0", ""), NULL,
		  DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("3", "\"device\": \"cpu\", \"ratio\": 0.3",
			    "\"optimizer\": {\"type\": \"Lion\"}"),
		  "only Adam is offloaded in part, but the job uses lion", DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ WITH("0", "\"bf16\": {\"bf16_master_weights_and_grads\": true}"),
		  "works only with ZeRO stages 1 to 3", DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ WITH("2", "\"fp16\": {\"fp16_master_weights_and_grads\": true}"),
		  "needs an offloaded optimizer or bf16_optimizer_states", DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
		{ OFFLOADED("2", "\"device\": \"cpu\"",
			    "\"fp16\": {\"fp16_master_weights_and_grads\": true}"), NULL,
		  DSFIT_OFFLOAD_CPU, DSFIT_OFFLOAD_NONE },
		{ WITH("3", "\"bf16\": {\"bf16_master_weights_and_grads\": true, "
			    "\"bf16_optimizer_states\": true}"), NULL, DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ WITH("0", "\"fp16\": {\"enabled\": true}, "
			    "\"data_types\": {\"grad_accum_dtype\": \"fp32\"}"),
		  "ZeRO stage 0 accumulates fp16 gradients in fp16", DSFIT_OFFLOAD_NONE,
		  DSFIT_OFFLOAD_NONE },
		{ WITH("1", "\"fp16\": {\"enabled\": true}, "
			    "\"data_types\": {\"grad_accum_dtype\": \"fp32\"}"), NULL,
		  DSFIT_OFFLOAD_NONE, DSFIT_OFFLOAD_NONE },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		int rc;

		ck_assert_msg(!read_text(vectors[i].text, &t, &err), "%s: %s", vectors[i].text,
			      err.text);
		rc = dsfit_training_settle(&t, 13000000000, &err);
		ck_assert_msg(!rc == !vectors[i].why, "%s: %s", vectors[i].text, err.text);
		if (rc) {
			unit_assert_has(err.text, vectors[i].why);
			continue;
		}
		ck_assert_int_eq((int)t.offload_optimizer, (int)vectors[i].optimizer);
		ck_assert_int_eq((int)t.offload_param, (int)vectors[i].param);
	}
}
END_TEST

/*
 * The type in which gradients are accumulated: each precision with each type at each stage.
 * DeepSpeed's own engine was run on all of them, with two ranks on the meta device. At stage 0 it
 * stops with "unsupported mix of model_dtype and grad_accum_dtype" where they differ, and at the
 * others it takes a step.
 */
START_TEST(accumulation_types)
{
	static const char *const types[] = { "bf16", "fp16", "fp32", NULL };

	for (int precision = 0; types[precision]; precision++)
		for (int type = 0; types[type]; type++)
			for (int stage = 0; stage <= 3; stage++) {
				const bool ends = stage == 0 && type != precision;
				struct dsfit_error err = { "" };
				struct dsfit_training t;
				char text[256], why[64];

				snprintf(text, sizeof(text), "{\"%s\": {\"enabled\": %s},"
					 " \"zero_optimization\": {\"stage\": %d},"
					 " \"data_types\": {\"grad_accum_dtype\": \"%s\"}}",
					 precision == 2 ? "bf16" : types[precision],
					 precision == 2 ? "false" : "true", stage, types[type]);
				ck_assert_msg(!read_text(text, &t, &err), "%s: %s", text, err.text);
				ck_assert_msg(!dsfit_training_settle(&t, 1000000000, &err) == !ends,
					      "%s: %s", text, err.text);
				snprintf(why, sizeof(why), "%s: ZeRO stage 0 accumulates %s "
					 "gradients in %s", types[type], types[precision],
					 types[precision]);
				if (ends)
					unit_assert_has(err.text, why);
				/* Other engines do not read the file. */
				t.engine = DSFIT_ENGINE_NONE;
				ck_assert_int_eq(dsfit_training_settle(&t, 1000000000, &err), 0);
			}
}
END_TEST

/* param_dtype must repeat what fp16 and bf16 choose. */
START_TEST(parameter_type)
{
	static const struct {
		const char *precision, *type;
		const char *chosen;		/* NULL: DeepSpeed reads it */
	} rows[] = {
		{ "\"bf16\": {\"enabled\": true}", "bf16", NULL },
		{ "\"bf16\": {\"enabled\": true}", "torch.bfloat16", NULL },
		{ "\"bf16\": {\"enabled\": true}", "fp16", "bf16" },
		{ "\"fp16\": {\"enabled\": true}", "half", NULL },
		{ "\"fp16\": {\"enabled\": true}", "fp32", "fp16" },
		{ "\"fp16\": {\"enabled\": false}", "float", NULL },
		{ "\"fp16\": {\"enabled\": false}", "bf16", "fp32" },
		/* The Trainer chooses, and may choose the same. */
		{ "\"bf16\": {\"enabled\": \"auto\"}", "fp16", NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		char text[256], why[128];

		snprintf(text, sizeof(text), "{%s, \"data_types\": {\"param_dtype\": \"%s\"}}",
			 rows[i].precision, rows[i].type);
		snprintf(why, sizeof(why), "must be the type that fp16.enabled and bf16.enabled "
			 "choose, which is %s", rows[i].chosen ? rows[i].chosen : "");
		ck_assert_msg(!read_text(text, &t, &err) == !rows[i].chosen, "%s: %s", text,
			      err.text);
		if (rows[i].chosen)
			unit_assert_has(err.text, why);
	}
}
END_TEST

/*
 * Keys that a section does not have. All rows were given to DeepSpeed 0.19.8's own DeepSpeedConfig:
 * it stops at each but those with neither kind.
 */
START_TEST(foreign_keys)
{
	static const struct {
		const char *text;
		unsigned unknown, removed;
		const char *first;		/* of either kind */
	} rows[] = {
		{ "{\"_README\": \"MoE\", \"zero_optimization\": {\"stage\": 3,"
		  " \"_overlap_comm_note\": \"false, not the usual true\"}}", 1, 0,
		  "zero_optimization._overlap_comm_note" },
		{ "{\"zero_optimization\": {\"#stage\": 3, \"stage\": 2, \"//\": null,"
		  " \"_stage\": 1}}", 3, 0, "zero_optimization.#stage" },
		{ "{\"zero_optimization\": {\"offload_param\": {\"comment\": 1}}}", 1, 0,
		  "zero_optimization.offload_param.comment" },
		{ "{\"zero_optimization\": {\"offload_optimizer\": {\"buffer_size\": 1}}}", 1, 0,
		  "zero_optimization.offload_optimizer.buffer_size" },
		{ "{\"zero_optimization\": {\"zenflow\": {\"_\": 1}}}", 1, 0,
		  "zero_optimization.zenflow._" },
		{ "{\"zero_optimization\": {\"leaf_module\": {\"_\": 1}}}", 1, 0,
		  "zero_optimization.leaf_module._" },
		{ "{\"fp16\": {\"opt_level\": \"O2\"}}", 1, 0, "fp16.opt_level" },
		{ "{\"bf16\": {\"loss_scale\": 0}}", 1, 0, "bf16.loss_scale" },
		{ "{\"bfloat16\": {\"_\": 0}}", 1, 0, "bfloat16._" },
		{ "{\"bf16\": null, \"bfloat16\": {\"_\": 0}}", 1, 0, "bfloat16._" },
		{ "{\"timers\": {\"_\": 1, \"throughput\": {\"_\": 1}}}", 1, 0,
		  "timers.throughput._" },
		{ "{\"tensor_parallel\": {\"tp\": {\"_\": 1}}}", 1, 0, "tensor_parallel.tp._" },
		{ "{\"wandb\": {\"entity\": \"x\"}}", 1, 0, "wandb.entity" },
		{ "{\"zero_optimization\": {\"mics_shard_size\": -1}}", 0, 1,
		  "zero_optimization.mics_shard_size" },
		{ "{\"amp\": {\"enabled\": false}, \"elasticity\": {}}", 0, 2, "amp" },
		{ "{\"zero_optimization\": {\"stage3_param_persitance_threshold\": 1e5}}", 0, 1,
		  "zero_optimization.stage3_param_persitance_threshold" },
		/* What DeepSpeed ignores: "auto", bfloat16 beside bf16, sections without a model. */
		{ "{\"zero_optimization\": {\"_note\": \"auto\"}}", 0, 0, NULL },
		{ "{\"bf16\": {}, \"bfloat16\": {\"_\": 1}}", 0, 0, NULL },
		{ "{\"zero_optimization\": true, \"anything\": {\"_\": 1}}", 0, 0, NULL },
		{ "{\"optimizer\": {\"type\": \"Adam\", \"_\": 1, \"params\": {\"_\": 1}},"
		  " \"activation_checkpointing\": {\"_\": 1}, \"aio\": {\"_\": 1},"
		  " \"data_types\": {\"_\": 1}, \"torch_autocast\": {\"_\": 1}}", 0, 0, NULL },
		{ "{\"zero_optimization\": {\"prefetch_bucket_size\": 5}}", 0, 0, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_ds_stops found;
		struct dsfit_training t;

		dsfit_training_defaults(&t);
		ck_assert_msg(!dsfit_training_read(unit_write("ds.json", rows[i].text), &t, &found,
						   &err), "%s: %s", rows[i].text, err.text);
		ck_assert_msg(found.unknown.count == rows[i].unknown &&
			      found.removed.count == rows[i].removed, "%s: %u and %u",
			      rows[i].text, found.unknown.count, found.removed.count);
		if (rows[i].first)
			ck_assert_str_eq(found.unknown.count ? found.unknown.first :
					 found.removed.first, rows[i].first);
		ck_assert(dsfit_ds_unknown_text(&found, &err) == !!rows[i].unknown);
		ck_assert(dsfit_ds_removed_text(&found, &err) == !!rows[i].removed);
	}
}
END_TEST

/* A misspelt key refuses the file, in every strict section, though its value is "auto". */
START_TEST(misspelt_keys)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{\"zero_optimization\": {\"stagee\": 3}}",
		  "\"zero_optimization.stagee\": did you mean stage? DeepSpeed has no such setting" },
		{ "{\"zero_optimization\": {\"offload_param\": {\"devise\": \"auto\"}}}",
		  "offload_param.devise\": did you mean device?" },
		{ "{\"bf16\": {\"enable\": true}}", "\"bf16.enable\": did you mean enabled?" },
		{ "{\"fp16\": {\"loss_scale_windows\": 2}}", "did you mean loss_scale_window?" },
		{ "{\"tensorboard\": {\"output_pth\": \"x\"}}", "did you mean output_path?" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;

		ck_assert_msg(read_text(rows[i].text, &t, &err) == -1, "read: %s", rows[i].text);
		unit_assert_has(err.text, rows[i].why);
	}
}
END_TEST

/* Very many unknown keys are counted, and not compared with all names. */
START_TEST(many_unknown_keys)
{
	static char text[8 << 20];
	const unsigned keys = 200000;
	struct dsfit_ds_stops found;
	struct dsfit_training t;
	struct dsfit_error err;
	size_t at = (size_t)snprintf(text, sizeof(text), "{\"zero_optimization\": {");
	clock_t begun = clock();

	for (unsigned i = 0; i < keys; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\"a_key_of_my_own_%u\": 1,",
				       i);
	snprintf(text + at, sizeof(text) - at, "}}");
	dsfit_training_defaults(&t);
	ck_assert_msg(!dsfit_training_read(unit_write("ds.json", text), &t, &found, &err), "%s",
		      err.text);
	ck_assert_uint_eq(found.unknown.count, keys);
	ck_assert_msg(clock() - begun < 5 * CLOCKS_PER_SEC, "%g s",
		      (double)(clock() - begun) / CLOCKS_PER_SEC);
}
END_TEST

START_TEST(lines_about_keys)
{
	struct dsfit_ds_stops found = { { 1, "a.b" }, { 0, "" } };
	struct dsfit_error line;

	ck_assert(dsfit_ds_unknown_text(&found, &line));
	ck_assert_str_eq(line.text, "\"a.b\": DeepSpeed 0.19.8 does not know this key and stops");
	found.unknown.count = 2;
	ck_assert(dsfit_ds_unknown_text(&found, &line));
	ck_assert_str_eq(line.text, "\"a.b\" and 1 more key: DeepSpeed 0.19.8 does not know them "
			 "and stops");
	ck_assert(!dsfit_ds_removed_text(&found, &line));
	ck_assert_str_eq(line.text, "");
	found = (struct dsfit_ds_stops){ { 0, "" }, { 3, "amp" } };
	ck_assert(!dsfit_ds_unknown_text(&found, &line));
	ck_assert(dsfit_ds_removed_text(&found, &line));
	ck_assert_str_eq(line.text, "\"amp\" and 2 more keys: DeepSpeed 0.19.8 stops at them, which "
			 "earlier releases accept");
}
END_TEST

/* Whether a checkpoint's weights are gathered. A file without the key says no, as DeepSpeed does. */
START_TEST(gathering)
{
	static const struct {
		const char *zero;
		enum dsfit_answer gathers;
	} rows[] = {
		{ "{\"stage\": 3}", DSFIT_NO },
		{ "{\"stage\": 3, \"stage3_gather_16bit_weights_on_model_save\": true}", DSFIT_YES },
		{ "{\"stage\": 3, \"stage3_gather_fp16_weights_on_model_save\": true}", DSFIT_YES },
		{ "{\"stage\": 3, \"stage3_gather_16bit_weights_on_model_save\": false}", DSFIT_NO },
		{ "{\"stage\": 3, \"stage3_gather_16bit_weights_on_model_save\": \"auto\"}",
		  DSFIT_UNDECLARED },
	};
	struct dsfit_training t;
	struct dsfit_error err;
	char text[200];

	dsfit_training_defaults(&t);
	ck_assert_int_eq(t.gather_on_save, DSFIT_UNDECLARED);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "{\"zero_optimization\": %s}", rows[i].zero);
		ck_assert_msg(!read_text(text, &t, &err), "%s", err.text);
		ck_assert_msg(t.gather_on_save == rows[i].gathers, "%s", rows[i].zero);
	}
	ck_assert(read_text("{\"zero_optimization\": {\"stage\": 3, "
			    "\"stage3_gather_16bit_weights_on_model_save\": 7}}", &t, &err));
}
END_TEST

/* Stage 3 accepts Muon only without reduce_scatter, whether the file or an option sets the stage. */
START_TEST(muon)
{
#define MUON(zero) "{\"optimizer\": {\"type\": \"Muon\"}, \"zero_optimization\": {" zero "}}"
	static const struct {
		const char *text;
		int typed;		/* the stage as an option; -1: none */
		int zero;		/* -1: refused */
	} vectors[] = {
		{ MUON("\"stage\": 3"), -1, -1 },
		{ MUON("\"stage\": 3, \"reduce_scatter\": false"), -1, 3 },
		{ MUON("\"stage\": 2"), -1, 2 },
		{ MUON("\"stage\": 2"), 3, -1 },
		{ MUON("\"stage\": 3"), 2, 2 },
		/* If the stage is open, dsfit chooses one that accepts Muon. */
		{ MUON("\"stage\": \"auto\""), -1, 2 },
		{ MUON("\"stage\": \"auto\", \"reduce_scatter\": false"), -1, 3 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		int rc;

		ck_assert_msg(!read_text(vectors[i].text, &t, &err), "%s: %s", vectors[i].text,
			      err.text);
		if (vectors[i].typed >= 0) {
			t.zero = (unsigned)vectors[i].typed;
			t.zero_given = true;
		}
		rc = dsfit_training_settle(&t, 13000000000, &err);
		ck_assert_msg((rc ? -1 : (int)t.zero) == vectors[i].zero, "row %zu: %s", i,
			      err.text);
		if (rc)
			unit_assert_has(err.text, "config: \"zero_optimization.reduce_scatter\": must be "
					"false for Muon with ZeRO stage 3");
	}
}
END_TEST

/* ZeRO-3 does not partition bitsandbytes' 4-bit weights, so it is not chosen for them. */
START_TEST(four_bits)
{
	for (int base = DSFIT_BASE_INT8; base <= DSFIT_BASE_GPTQ4; base++)
		for (unsigned zero = 0; zero <= 4; zero++) {
			bool nf4 = base == DSFIT_BASE_NF4 || base == DSFIT_BASE_NF4_DQ;
			struct dsfit_error err = { "" };
			struct dsfit_training t;

			dsfit_training_defaults(&t);
			t.method = DSFIT_METHOD_QLORA;
			t.base_weights = (enum dsfit_base_weights)base;
			t.base_weights_given = true;
			/* 4 stands for no given stage. */
			t.zero_given = zero < 4;
			t.zero = zero % 4;
			ck_assert_msg(!dsfit_training_settle(&t, 70000000000, &err), "%s",
				      err.text);
			if (zero == 4)
				ck_assert_uint_eq(t.zero, nf4 ? 2 : 3);
		}
}
END_TEST

/* DeepSpeed's own arithmetic of the batch. 0 means not given; "auto" leaves the micro-batch to
 * Hugging Face. */
START_TEST(on_ranks)
{
	static const struct {
		uint64_t train, micro, accumulation;
		bool is_auto;
		uint64_t ranks, want_train, want_micro, want_accumulation;
		const char *why;
	} vectors[] = {
		{ 32, 4, 2, false, 4, 32, 4, 2, NULL },
		{ 32, 4, 2, false, 8, 0, 0, 0, "train_batch_size is 32, but micro-batch 4 x "
		  "accumulation 2 x 8 ranks = 64" },
		{ 32, 4, 0, false, 4, 32, 4, 2, NULL },
		{ 32, 4, 0, false, 3, 0, 0, 0, "train_batch_size is 32, but micro-batch 4 x "
		  "accumulation 2 x 3 ranks = 24" },
		{ 32, 0, 2, false, 4, 32, 4, 2, NULL },
		{ 32, 0, 2, false, 64, 0, 0, 0, "train_batch_size 32 is too small for accumulation "
		  "2 on 64 ranks" },
		{ 7, 7, 0, false, 8, 0, 0, 0, "train_batch_size 7 is too small for micro-batch 7 "
		  "on 8 ranks" },
		{ 7, 0, 0, false, 8, 0, 0, 0, "train_batch_size 7 is too small for micro-batch 1 "
		  "on 8 ranks" },
		{ 32, 0, 0, false, 8, 32, 4, 1, NULL },
		{ 32, 0, 0, true, 8, 32, 1, 4, NULL },
		{ 33, 0, 0, true, 8, 0, 0, 0, "train_batch_size is 33, but micro-batch 1 x "
		  "accumulation 4 x 8 ranks = 32" },
		{ 0, 4, 2, false, 8, 64, 4, 2, NULL },
		{ 0, 4, 0, false, 8, 32, 4, 1, NULL },
		{ 0, 0, 0, false, 8, 8, 1, 1, NULL },
		{ 0, 0, 0, false, 0, 0, 0, 0, "the request leaves no data-parallel rank" },
		{ 0, 1000000000, 1000000000, false, 1000000000, UINT64_MAX, 1000000000,
		  1000000000, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		int rc;

		dsfit_training_defaults(&t);
		t.train_batch = vectors[i].train;
		t.micro_batch_given = vectors[i].micro;
		t.accumulation_given = vectors[i].accumulation;
		t.micro_batch_auto = vectors[i].is_auto;
		t.micro_batch = vectors[i].micro ? vectors[i].micro : 1;
		t.accumulation = vectors[i].accumulation ? vectors[i].accumulation : 1;
		rc = dsfit_training_on_ranks(&t, vectors[i].ranks, &t, &err);
		ck_assert_msg(!rc == !vectors[i].why, "row %zu: %s", i, err.text);
		if (rc) {
			unit_assert_has(err.text, vectors[i].why);
			continue;
		}
		ck_assert_uint_eq(t.train_batch, vectors[i].want_train);
		ck_assert_uint_eq(t.micro_batch, vectors[i].want_micro);
		ck_assert_uint_eq(t.accumulation, vectors[i].want_accumulation);
	}
}
END_TEST

/* A site's default of the micro-batch counts only if the file has "auto" and if it divides the
 * batch. */
START_TEST(defaults_on_ranks)
{
	static const struct {
		bool is_auto;
		uint64_t site, micro, accumulation;
	} vectors[] = { { true, 2, 2, 2 }, { true, 3, 4, 1 }, { false, 2, 4, 1 } };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t;

		dsfit_training_defaults(&t);
		t.train_batch = 32;
		t.micro_batch_auto = vectors[i].is_auto;
		t.micro_batch = vectors[i].site;
		ck_assert_int_eq(dsfit_training_on_ranks(&t, 8, &t, NULL), 0);
		ck_assert_uint_eq(t.micro_batch, vectors[i].micro);
		ck_assert_uint_eq(t.accumulation, vectors[i].accumulation);
	}
}
END_TEST

START_TEST(checked_on_ranks)
{
	static const struct {
		unsigned zero;
		uint64_t hpz, mics, buffer;
		enum dsfit_offload param;
		uint64_t ranks, data_parallel, largest;
		const char *why;
	} vectors[] = {
		{ 3, 8, 0, 100, DSFIT_OFFLOAD_NONE, 16, 16, 1000, NULL },
		{ 3, 8, 0, 100, DSFIT_OFFLOAD_NONE, 12, 12, 1000,
		  "zero_hpz_partition_size\": 8 does not divide 12 ranks" },
		/* DeepSpeed uses the number of ranks if that is smaller. */
		{ 3, 8, 0, 100, DSFIT_OFFLOAD_NONE, 6, 6, 1000, NULL },
		{ 2, 8, 0, 100, DSFIT_OFFLOAD_NONE, 12, 12, 1000, NULL },
		{ 3, 1, 4, 100, DSFIT_OFFLOAD_NONE, 16, 8, 1000, NULL },
		{ 3, 1, 4, 100, DSFIT_OFFLOAD_NONE, 16, 6, 1000,
		  "mics_shard_size\": 4 does not divide 6 data-parallel ranks" },
		{ 3, 1, 0, 100, DSFIT_OFFLOAD_NVME, 10, 10, 1000, NULL },
		{ 3, 1, 0, 100, DSFIT_OFFLOAD_NVME, 10, 10, 1001, "buffer_size\": 100 is less than "
		  "a rank's part of the largest parameter, 1001 / 10 (ranks) = 101 elements" },
		{ 3, 1, 0, 100, DSFIT_OFFLOAD_CPU, 10, 10, 1001, NULL },
		{ 3, 1, 0, 0, DSFIT_OFFLOAD_NVME, 0, 0, UINT64_MAX, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		struct dsfit_training t;
		int rc;

		dsfit_training_defaults(&t);
		t.zero = vectors[i].zero;
		t.hpz = vectors[i].hpz;
		t.mics_shard = vectors[i].mics;
		t.param_buffer_size = vectors[i].buffer;
		t.offload_param = vectors[i].param;
		t.offload_in_file = true;
		rc = dsfit_training_check_ranks(&t, vectors[i].ranks, vectors[i].data_parallel,
						vectors[i].largest, &err);
		ck_assert_msg(!rc == !vectors[i].why, "row %zu: %s", i, err.text);
		if (rc)
			unit_assert_has(err.text, vectors[i].why);
		/* If an option asked for the offload, the file's buffer does not count. */
		t.offload_in_file = false;
		if (vectors[i].param == DSFIT_OFFLOAD_NVME)
			ck_assert_int_eq(dsfit_training_check_ranks(&t, vectors[i].ranks,
				vectors[i].data_parallel, vectors[i].largest, NULL), 0);
	}
}
END_TEST

START_TEST(auto_of_the_width)
{
	struct dsfit_error err = { "" };
	struct dsfit_training t;

	ck_assert_msg(!read_text("{\"zero_optimization\": {\"stage\": 3,"
		" \"reduce_bucket_size\": \"auto\", \"stage3_prefetch_bucket_size\": \"auto\","
		" \"stage3_param_persistence_threshold\": \"auto\"}}", &t, &err), "%s", err.text);
	dsfit_training_fill_auto(&t, 0);
	ck_assert_uint_eq(t.reduce_bucket, 500000000);
	dsfit_training_fill_auto(&t, 4096);
	ck_assert_uint_eq(t.reduce_bucket, 16777216);
	ck_assert_uint_eq(t.prefetch_bucket, 15099494);
	ck_assert_uint_eq(t.persistence, 40960);
	ck_assert_msg(!read_text("{\"zero_optimization\": {\"stage\": 3,"
		" \"reduce_bucket_size\": 7}}", &t, &err), "%s", err.text);
	dsfit_training_fill_auto(&t, 4096);
	ck_assert_uint_eq(t.reduce_bucket, 7);
	ck_assert_uint_eq(t.prefetch_bucket, 50000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ds_config");
	TCase *files = unit_folder_case(suite, "files");
	const TTest *const about_files[] = {
		as_people_have_them, the_rest_of_a_file, declares_a_batch, refused_whole, large_files, no_files,
		stops, accumulation_types, parameter_type, foreign_keys, misspelt_keys,
		many_unknown_keys, lines_about_keys, gathering, muon, auto_of_the_width,
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(about_files); i++)
		tcase_add_test(files, about_files[i]);
	unit_add(suite, "text", (const TTest *const[]){ dialects, depth, where_it_is_wrong,
							cut_and_changed, NULL });
	unit_add(suite, "settled", (const TTest *const[]){ four_bits, on_ranks, defaults_on_ranks,
							   checked_on_ranks, NULL });
	return unit_run(suite);
}
