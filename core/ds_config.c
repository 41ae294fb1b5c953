/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DeepSpeed's JSON file: what of it costs memory. Keys that are not listed here are left to
 * DeepSpeed; "auto" is left to the defaults.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/json.h"
#include "core/training.h"

#define MAX_ELEMENTS UINT64_C(1000000000000000)
#define MAX_BATCH UINT64_C(1000000000)

/* "zero_optimization.stage": the section before the key that err names. */
static int in_section(const char *section, struct dsfit_error *err)
{
	struct dsfit_error inner = *err;

	return dsfit_fail(err, "in \"%s\": %.400s", section, inner.text);
}

static int read_offload_device(struct json_object *zero, const char *key,
			       struct dsfit_training *t, enum dsfit_offload *out,
			       struct dsfit_error *err)
{
	struct json_object *section = NULL;
	const char *device = "cpu";
	int word;

	if (dsfit_json_object(zero, key, &section, err) < 0)
		return -1;
	if (!section)
		return 0;
	if (dsfit_json_string(section, "device", &device, err) < 0)
		return in_section(key, err);
	word = dsfit_word(dsfit_offload_names, device);
	if (word < 0) {
		dsfit_fail(err, "\"device\": %s: accepted are none, cpu and nvme", device);
		return in_section(key, err);
	}
	*out = (enum dsfit_offload)word;
	/* The file says which, so "all that the stage can" of the defaults is over. */
	t->offload_all = DSFIT_OFFLOAD_NONE;
	return 0;
}

static int read_zero(struct json_object *config, struct dsfit_training *t, struct dsfit_error *err)
{
	struct json_object *zero = NULL;
	uint64_t stage = 0;
	int got;
	const struct {
		const char *key;
		uint64_t *out;
	} buffers[] = {
		{ "reduce_bucket_size", &t->reduce_bucket },
		{ "allgather_bucket_size", &t->allgather_bucket },
		{ "stage3_prefetch_bucket_size", &t->prefetch_bucket },
		{ "stage3_max_live_parameters", &t->max_live },
		{ "stage3_max_reuse_distance", &t->max_reuse },
		{ "stage3_param_persistence_threshold", &t->persistence },
		{ "sub_group_size", &t->sub_group },
	};

	if (dsfit_json_object(config, "zero_optimization", &zero, err) < 0)
		return -1;
	/* Without the section, or without a stage in it, it is stage 0: DeepSpeed's own default.
	 * "auto" is not. */
	if (!zero) {
		t->zero = 0;
		t->zero_given = true;
		return 0;
	}
	got = dsfit_json_number(zero, "stage", 0, 3, &stage, err);
	if (got < 0)
		goto fail;
	if (got || !json_object_object_get_ex(zero, "stage", NULL)) {
		t->zero = (unsigned)stage;
		t->zero_given = true;
	}
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		if (dsfit_json_number(zero, buffers[i].key, 0, MAX_ELEMENTS, buffers[i].out,
				      err) < 0)
			goto fail;
	got = dsfit_json_bool(zero, "overlap_comm", &t->overlap_comm, err);
	if (got < 0)
		goto fail;
	t->overlap_comm_given = got;
	if (read_offload_device(zero, "offload_optimizer", t, &t->offload_optimizer, err) ||
	    read_offload_device(zero, "offload_param", t, &t->offload_param, err))
		goto fail;
	return 0;
fail:
	return in_section("zero_optimization", err);
}

/* bf16 and fp16 each have a section with "enabled"; neither is fp32. */
static int read_precision(struct json_object *config, struct dsfit_training *t,
			  struct dsfit_error *err)
{
	static const struct {
		const char *key;
		enum dsfit_precision precision;
	} kinds[] = { { "fp16", DSFIT_PRECISION_FP16 }, { "bf16", DSFIT_PRECISION_BF16 } };
	bool any = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct json_object *section = NULL;
		bool enabled = false;
		int got;

		if (dsfit_json_object(config, kinds[i].key, &section, err) < 0)
			return -1;
		if (!section)
			continue;
		got = dsfit_json_bool(section, "enabled", &enabled, err);
		if (got < 0)
			return in_section(kinds[i].key, err);
		if (enabled)
			t->precision = kinds[i].precision;
		/* "enabled": "auto" says that one of them will be on. */
		any = any || enabled || !got;
	}
	if (!any)
		t->precision = DSFIT_PRECISION_FP32;
	return 0;
}

/* The names DeepSpeed and bitsandbytes have for what costs the same memory. */
static int read_optimizer(struct json_object *config, struct dsfit_training *t,
			  struct dsfit_error *err)
{
	static const struct {
		const char *type;
		enum dsfit_optimizer optimizer;
	} types[] = {
		{ "Adam", DSFIT_OPTIMIZER_ADAMW }, { "AdamW", DSFIT_OPTIMIZER_ADAMW },
		{ "FusedAdam", DSFIT_OPTIMIZER_ADAMW },
		{ "DeepSpeedCPUAdam", DSFIT_OPTIMIZER_ADAMW },
		{ "Lamb", DSFIT_OPTIMIZER_ADAMW }, { "OneBitAdam", DSFIT_OPTIMIZER_ADAMW },
		{ "Adam8bit", DSFIT_OPTIMIZER_ADAM8BIT }, { "AdamW8bit", DSFIT_OPTIMIZER_ADAM8BIT },
		{ "Lion", DSFIT_OPTIMIZER_LION }, { "FusedLion", DSFIT_OPTIMIZER_LION },
		{ "SGD", DSFIT_OPTIMIZER_SGD }, { "Adafactor", DSFIT_OPTIMIZER_ADAFACTOR },
		{ "Muon", DSFIT_OPTIMIZER_MUON },
	};
	struct json_object *section = NULL;
	const char *type = NULL;

	if (dsfit_json_object(config, "optimizer", &section, err) < 0)
		return -1;
	if (!section)
		return 0;
	if (dsfit_json_string(section, "type", &type, err) < 0)
		return in_section("optimizer", err);
	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcasecmp(types[i].type, type))
			t->optimizer = types[i].optimizer;
	/* A type that is not listed is a user's own: it is taken to keep Adam's states. */
	return 0;
}

static int read_config(struct json_object *config, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	struct json_object *tensor = NULL;

	if (dsfit_json_number(config, "train_micro_batch_size_per_gpu", 1, MAX_BATCH,
			      &t->micro_batch, err) < 0 ||
	    dsfit_json_number(config, "gradient_accumulation_steps", 1, MAX_BATCH,
			      &t->accumulation, err) < 0 ||
	    read_precision(config, t, err) || read_optimizer(config, t, err) ||
	    read_zero(config, t, err) ||
	    dsfit_json_object(config, "tensor_parallel", &tensor, err) < 0)
		return -1;
	if (tensor && dsfit_json_number(tensor, "autotp_size", 1, 65536, &t->tensor, err) < 0)
		return in_section("tensor_parallel", err);
	return 0;
}

int dsfit_training_read(const char *path, struct dsfit_training *training,
			struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	struct json_object *config = dsfit_json_read(path, err);
	int rc;

	if (!config)
		return -1;
	rc = read_config(config, training, &why);
	json_object_put(config);
	return rc ? dsfit_fail(err, "%.200s: %.300s", path, why.text) : 0;
}
