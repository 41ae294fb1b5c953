/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/data/traced.jsonl: steps followed by the oracle, one JSON object a line. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/word.h"
#include "core/model/hf_config.h"
#include "tests/accuracy/accuracy.h"

const char *const traced_figures[] = { "peak", "rest", "forward", "backward", "step", "host_rank",
				       NULL };

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	return value ? json_object_get_string(value) : "";
}

static uint64_t number_of(struct json_object *object, const char *key, uint64_t otherwise)
{
	struct json_object *value = get(object, key);

	return value ? (uint64_t)json_object_get_int64(value) : otherwise;
}

static void read_buffers(struct json_object *zero, struct dsfit_training *t)
{
	const struct {
		const char *key;
		uint64_t *out;
	} sizes[] = {
		{ "reduce_bucket_size", &t->reduce_bucket },
		{ "allgather_bucket_size", &t->allgather_bucket },
		{ "stage3_prefetch_bucket_size", &t->prefetch_bucket },
		{ "stage3_max_live_parameters", &t->max_live },
		{ "stage3_max_reuse_distance", &t->max_reuse },
		{ "stage3_param_persistence_threshold", &t->persistence },
		{ "sub_group_size", &t->sub_group },
	};
	struct json_object *value = get(zero, "overlap_comm");

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sizes); i++)
		*sizes[i].out = number_of(zero, sizes[i].key, *sizes[i].out);
	t->overlap_comm_given = value != NULL;
	t->overlap_comm = value && json_object_get_boolean(value);
	if (get(zero, "offload_optimizer"))
		t->offload_optimizer = DSFIT_OFFLOAD_CPU;
	if (get(zero, "offload_param"))
		t->offload_param = DSFIT_OFFLOAD_CPU;
}

/* PyTorch alone in bf16 is pure bf16; quantised weights have their scales quantised or not. */
static void read_training(struct json_object *job, struct dsfit_training *t)
{
	struct json_object *targets = get(job, "lora_targets"), *zero = get(job, "ds");

	dsfit_training_defaults(t);
	t->method = dsfit_word(dsfit_method_names, text_of(job, "method"));
	t->optimizer = dsfit_word(dsfit_optimizer_names, text_of(job, "optimizer"));
	t->checkpointing = dsfit_word(dsfit_checkpointing_names, text_of(job, "checkpointing"));
	t->attention = dsfit_word(dsfit_attention_names, text_of(job, "attention"));
	t->precision = DSFIT_PRECISION_BF16;
	if (get(job, "precision"))
		t->precision = dsfit_word(dsfit_precision_names, text_of(job, "precision"));
	if (strcmp(text_of(job, "engine"), "deepspeed")) {
		t->engine = DSFIT_ENGINE_NONE;
		if (t->precision == DSFIT_PRECISION_BF16)
			t->precision = DSFIT_PRECISION_BF16_TRUE;
	}
	t->zero = (unsigned)number_of(job, "stage", 0);
	t->zero_given = true;
	t->micro_batch = number_of(job, "micro_batch", 1);
	t->sequence = number_of(job, "seq", 2048);
	t->accumulation = number_of(job, "accumulation", 1);
	t->lora_rank = number_of(job, "lora_r", 16);
	t->lora_targets = DSFIT_LORA_QV;
	if (targets && json_object_is_type(targets, json_type_string))
		t->lora_targets = DSFIT_LORA_ALL_LINEAR;
	if (t->method == DSFIT_METHOD_QLORA) {
		bool twice = get(job, "double_quant") && json_object_get_boolean(get(job, "double_quant"));

		t->base_weights = twice ? DSFIT_BASE_NF4_DQ : DSFIT_BASE_NF4;
		t->base_weights_given = true;
	}
	if (zero)
		read_buffers(zero, t);
	if (!strcmp(text_of(get(get(job, "extra"), "data_types"), "grad_accum_dtype"), "fp32"))
		t->accumulate = DSFIT_ACCUMULATE_FP32;
}

static void compare(struct traced *row, const struct dsfit_account *account)
{
	const struct dsfit_gpu_account *gpu = &account->gpu;
	const uint64_t ours[] = {
		[TRACED_PEAK] = gpu->peak - gpu->framework - gpu->slack,
		[TRACED_REST] = gpu->rest, [TRACED_FORWARD] = gpu->forward,
		[TRACED_BACKWARD] = gpu->backward, [TRACED_STEP] = gpu->step,
		[TRACED_HOST] = account->host.offload / row->layout.gpus_per_node,
	};

	for (int i = 0; i < TRACED_FIGURES; i++) {
		row->error[i] = NAN;
		/* A flag or two in host memory is nothing offloaded. */
		if (row->bytes[i] > 1e6)
			row->error[i] = (double)ours[i] / row->bytes[i] - 1;
	}
}

static int read_row(const struct dsfit_site *site, const char *data, const char *line,
		    struct traced *row)
{
	struct dsfit_error err = { "" };
	struct json_object *all = json_tokener_parse(line), *job = get(all, "job");
	struct dsfit_account account;
	struct dsfit_model model;
	char path[4096];
	uint64_t world;
	int rc = -1;

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", text_of(all, "id"));
	snprintf(row->model, sizeof(row->model), "%s", text_of(job, "model"));
	snprintf(path, sizeof(path), "%s/configs/%s.json", data, row->model);
	if (!job || dsfit_model_read(&site->models, path, &model, &err))
		goto out;
	snprintf(row->family, sizeof(row->family), "%s", model.family);
	read_training(job, &row->training);
	if (dsfit_training_settle(&row->training, model.parameters, &err))
		goto out;
	world = number_of(job, "world", 1);
	row->layout = (struct dsfit_layout){ world > 8 ? world / 8 : 1, world < 8 ? world : 8, world,
					     312, 0 };
	for (int i = 0; i < TRACED_FIGURES; i++)
		row->bytes[i] = (double)number_of(get(all, "bytes"), traced_figures[i], 0);
	dsfit_account(&model, &site->families, &row->training, &row->layout, &site->estimate,
		      &account);
	compare(row, &account);
	rc = 0;
out:
	if (rc)
		fprintf(stderr, "traced.jsonl, %s: %s\n", row->id, err.text);
	json_object_put(all);
	return rc;
}

struct traced *traced_read(const struct dsfit_site *site, const char *data, size_t *count)
{
	struct traced *rows = NULL, *grown;
	char path[4096], *line = NULL;
	size_t size = 0;
	FILE *file;

	*count = 0;
	snprintf(path, sizeof(path), "%s/traced.jsonl", data);
	file = fopen(path, "r");
	if (!file) {
		perror(path);
		return NULL;
	}
	while (getline(&line, &size, file) > 0) {
		grown = realloc(rows, (*count + 1) * sizeof(*rows));
		if (!grown || (rows = grown, read_row(site, data, line, &rows[*count]))) {
			free(rows);
			rows = NULL;
			break;
		}
		++*count;
	}
	free(line);
	fclose(file);
	return rows;
}
