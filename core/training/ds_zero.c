/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section zero_optimization of a DeepSpeed file (runtime/zero/config.py, offload_config.py of
 * DeepSpeed 0.19.8): the stage, where states are offloaded to, how large the buffers are, and how
 * states are shared out.
 *
 *     zero_optimization
 *         stage, overlap_comm, reduce_scatter, contiguous_gradients   the stage and its reduction
 *         reduce_bucket_size, stage3_...                              buffers; "auto": Hugging Face
 *         zero_hpz_partition_size, zero_quantized_..., mics_...       ZeRO++ and MiCS
 *         offload_optimizer, offload_param                            devices, buffers, ratio
 *         cpu_offload, cpu_offload_param                              the older form of the same
 *
 * A file is complete about offload: a device that it does not name offloads nothing, whatever the
 * site's defaults are. Only "auto" leaves a device to them.
 */
#include "core/training/ds_zero.h"

#include <string.h>

#include "core/base/array.h"

/* ---- offload -------------------------------------------------------------------------------- */

/* The devices before the file was read, for those that are "auto" in it. */
struct before {
	enum dsfit_offload optimizer, param;
	bool is_default;
};

/* Forget the devices of the defaults, for what the file does not offload is not offloaded. */
static void forget_offload(struct dsfit_training *t, struct before *before)
{
	bool all = t->offload_all != DSFIT_OFFLOAD_NONE;

	*before = (struct before){
		.optimizer = all ? t->offload_all : t->offload_optimizer,
		.param = all ? t->offload_all : t->offload_param,
		.is_default = t->offload_default,
	};
	t->offload_optimizer = t->offload_param = t->offload_all = DSFIT_OFFLOAD_NONE;
	t->asked_optimizer = t->asked_param = DSFIT_OFFLOAD_NONE;
	t->offload_in_file = true;
	t->offload_default = false;
}

static int read_device(const struct dsfit_ds_section *s, struct dsfit_training *t,
		       const struct before *before, enum dsfit_offload *out)
{
	struct json_object *value;
	int word = DSFIT_OFFLOAD_NONE;

	if (dsfit_ds_find(s, "device", &value)) {
		word = json_object_is_type(value, json_type_string) ?
			dsfit_ds_exact_word(dsfit_offload_names,
					    json_object_get_string(value)) : -1;
		if (word < 0)
			return dsfit_ds_refuse(s, "device", value, "none, cpu or nvme");
	} else if (json_object_object_get_ex(s->object, "device", NULL)) {
		word = out == &t->offload_param ? before->param : before->optimizer;
		t->offload_default = before->is_default;
	}
	*out = (enum dsfit_offload)word;
	return 0;
}

static int read_pinning(const struct dsfit_ds_section *offload, bool *pins, bool *given)
{
	int got = dsfit_ds_flag(offload, "pin_memory", pins);

	*given = got > 0;
	return got;
}

static int read_offload_optimizer(const struct dsfit_ds_section *zero, const struct before *before,
				  struct dsfit_training *t)
{
	static const char *const flags[] = { "pipeline_read", "pipeline_write", "fast_init",
					     "super_offload", NULL };
	struct dsfit_ds_section s;
	double ignored;
	const char *path;
	int got = dsfit_ds_open(zero, "offload_optimizer", true, &s);

	if (got <= 0)
		return got;
	if (read_device(&s, t, before, &t->offload_optimizer) ||
	    dsfit_ds_string(&s, "nvme_path", &path) < 0 ||
	    dsfit_ds_count(&s, "buffer_count", 0, &t->optimizer_buffers) < 0 ||
	    read_pinning(&s, &t->pin_optimizer, &t->pin_optimizer_given) < 0 ||
	    dsfit_ds_share(&s, "ratio", &t->offload_ratio) < 0 ||
	    dsfit_ds_share(&s, "cpuadam_cores_perc", &ignored) < 0)
		return -1;
	return dsfit_ds_check_flags(&s, flags);
}

static int read_offload_param(const struct dsfit_ds_section *zero, const struct before *before,
			      struct dsfit_training *t)
{
	struct dsfit_ds_section s;
	const char *path;
	int got = dsfit_ds_open(zero, "offload_param", true, &s);

	if (got <= 0)
		return got;
	if (read_device(&s, t, before, &t->offload_param) ||
	    dsfit_ds_string(&s, "nvme_path", &path) < 0 ||
	    dsfit_ds_count(&s, "buffer_count", 0, &t->param_buffers) < 0 ||
	    dsfit_ds_count(&s, "buffer_size", 0, &t->param_buffer_size) < 0 ||
	    dsfit_ds_count(&s, "max_in_cpu", 0, &t->param_in_cpu) < 0 ||
	    read_pinning(&s, &t->pin_param, &t->pin_param_given) < 0)
		return -1;
	return 0;
}

/* cpu_offload and the like, from before there were devices. */
static int read_old_offload(const struct dsfit_ds_section *zero, struct dsfit_training *t)
{
	const struct {
		const char *old, *now;
		enum dsfit_offload *out;
	} keys[] = {
		{ "cpu_offload", "offload_optimizer", &t->offload_optimizer },
		{ "cpu_offload_param", "offload_param", &t->offload_param },
		/* A misspelling that older releases ignored. Many files have it. */
		{ "cpu_offload_params", "offload_param", &t->offload_param },
	};
	struct json_object *value;
	bool on = false;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++) {
		int got = dsfit_ds_flag_or_null(zero, keys[i].old, &on);

		if (got < 0)
			return -1;
		if (!got)
			continue;
		if (dsfit_ds_find(zero, keys[i].now, &value))
			return dsfit_fail(zero->err, "\"%s%s\": cannot be set together with "
					  "\"%s\", which replaces it", zero->path, keys[i].old,
					  keys[i].now);
		*keys[i].out = on ? DSFIT_OFFLOAD_CPU : DSFIT_OFFLOAD_NONE;
	}
	return dsfit_ds_flag_or_null(zero, "cpu_offload_use_pin_memory", &on) < 0 ? -1 : 0;
}

/* ---- buffers and sharing -------------------------------------------------------------------- */

/* Hugging Face fills in three of them from the model's width if they are "auto". */
static int read_buffers(const struct dsfit_ds_section *zero, struct dsfit_training *t)
{
	const struct {
		const char *key;
		uint64_t min;
		uint64_t *out;
		bool *is_auto;
	} buffers[] = {
		{ "reduce_bucket_size", 1, &t->reduce_bucket, &t->reduce_bucket_auto },
		{ "allgather_bucket_size", 0, &t->allgather_bucket, NULL },
		{ "sub_group_size", 0, &t->sub_group, NULL },
		{ "stage3_prefetch_bucket_size", 0, &t->prefetch_bucket,
		  &t->prefetch_bucket_auto },
		{ "stage3_max_live_parameters", 0, &t->max_live, NULL },
		{ "stage3_max_reuse_distance", 0, &t->max_reuse, NULL },
		{ "stage3_param_persistence_threshold", 0, &t->persistence,
		  &t->persistence_auto },
		{ "stage3_model_persistence_threshold", 0, &t->model_persistence, NULL },
	};
	const size_t prefix = strlen("stage3_");
	bool sequential = false;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(buffers); i++) {
		const char *key = buffers[i].key;
		int got = dsfit_ds_count(zero, key, buffers[i].min, buffers[i].out);

		/* pydantic takes the field's own name as well as its alias. */
		if (!got && !strncmp(key, "stage3_", prefix))
			got = dsfit_ds_count(zero, key + prefix, buffers[i].min, buffers[i].out);
		if (got < 0)
			return -1;
		if (buffers[i].is_auto)
			*buffers[i].is_auto = dsfit_ds_is_auto(zero, key);
	}
	if (dsfit_ds_flag(zero, "stage3_allgather_sequential", &sequential) < 0)
		return -1;
	if (sequential) {
		t->prefetch_bucket = 1;
		t->prefetch_bucket_auto = false;
	}
	return 0;
}

/* ZeRO++ and MiCS. Files switch MiCS off with -1. */
static int read_sharding(const struct dsfit_ds_section *zero, struct dsfit_training *t)
{
	struct json_object *value = NULL;

	if (dsfit_ds_count(zero, "zero_hpz_partition_size", 0, &t->hpz) < 0 ||
	    dsfit_ds_flag(zero, "zero_quantized_weights", &t->quantized_weights) < 0 ||
	    dsfit_ds_flag(zero, "zero_quantized_gradients", &t->quantized_gradients) < 0 ||
	    dsfit_ds_flag(zero, "zero_quantized_nontrainable_weights", &t->quantized_frozen) < 0)
		return -1;
	if (!t->hpz)
		t->hpz = 1;
	t->mics_shard = 0;
	if (dsfit_ds_find(zero, "mics_shard_size", &value) &&
	    json_object_is_type(value, json_type_int) &&
	    json_object_get_int64(value) == -1)
		return 0;
	return dsfit_ds_count(zero, "mics_shard_size", 0, &t->mics_shard) < 0 ? -1 : 0;
}

/* Whether the first rank gathers the weights for a checkpoint. DeepSpeed does not by default; what
 * is "auto" is left to accelerate's own settings. */
static int read_gathering(const struct dsfit_ds_section *zero, struct dsfit_training *t)
{
	static const char key[] = "stage3_gather_16bit_weights_on_model_save";
	bool gathers = false;

	if (dsfit_ds_flag(zero, "stage3_gather_fp16_weights_on_model_save", &gathers) < 0 ||
	    dsfit_ds_flag(zero, key, &gathers) < 0)
		return -1;
	t->gather_on_save = gathers ? DSFIT_YES : DSFIT_NO;
	if (dsfit_ds_is_auto(zero, key))
		t->gather_on_save = DSFIT_UNDECLARED;
	return 0;
}

/* ---- the section ---------------------------------------------------------------------------- */

static int read_zero_section(const struct dsfit_ds_section *zero, const struct before *before,
			     struct dsfit_training *t)
{
	struct json_object *value;
	bool legacy = false, norm = true;
	uint64_t stage = 0;
	int got = dsfit_ds_whole(zero, "stage", 0, 3, &stage);

	if (got < 0)
		return -1;
	/* No key means stage 0; "auto" does not. */
	if (got || !json_object_object_get_ex(zero->object, "stage", &value)) {
		t->zero = (unsigned)stage;
		t->zero_given = true;
	}
	got = dsfit_ds_flag_or_null(zero, "overlap_comm", &t->overlap_comm);
	t->overlap_comm_given = got > 0;
	if (got < 0 || dsfit_ds_flag(zero, "contiguous_gradients", &t->contiguous_gradients) < 0 ||
	    dsfit_ds_flag(zero, "reduce_scatter", &t->reduce_scatter) < 0 ||
	    dsfit_ds_flag(zero, "legacy_stage1", &legacy) < 0 ||
	    dsfit_ds_flag(zero, "compute_grad_norm", &norm) < 0 || read_buffers(zero, t) ||
	    read_sharding(zero, t) || read_offload_optimizer(zero, before, t) < 0 ||
	    read_offload_param(zero, before, t) < 0 || read_old_offload(zero, t) ||
	    read_gathering(zero, t))
		return -1;
	if (legacy && stage)
		return dsfit_fail(zero->err, "\"%slegacy_stage1\": DeepSpeed removed this stage in "
				  "0.5.9", zero->path);
	if (!norm && (stage == 0 || stage == 3))
		return dsfit_fail(zero->err, "\"%scompute_grad_norm\": false: only ZeRO stages 1 "
				  "and 2 train without the norm", zero->path);
	return dsfit_ds_check_flags(zero, (const char *const[]){
		"allgather_partitions", "use_multi_rank_bucket_allreduce",
		"load_from_fp32_weights", "elastic_checkpoint", "ignore_unused_parameters",
		"round_robin_gradients", "parameter_alignment", "memory_efficient_linear",
		"stage3_use_all_reduce_for_fetch_params", NULL });
}

int dsfit_ds_zero(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct json_object *value = NULL;
	struct before before;
	struct dsfit_ds_section zero;

	forget_offload(t, &before);
	t->reduce_scatter = true;
	if (!json_object_object_get_ex(root->object, "zero_optimization", &value)) {
		t->zero = 0;
		t->zero_given = true;
		return 0;
	}
	/* As it was written before there were stages. */
	if (json_object_is_type(value, json_type_boolean)) {
		t->zero = json_object_get_boolean(value) ? 1 : 0;
		t->zero_given = true;
		return dsfit_ds_count(root, "allgather_size", 0, &t->allgather_bucket) < 0 ? -1 : 0;
	}
	if (dsfit_ds_open(root, "zero_optimization", false, &zero) < 0)
		return -1;
	return read_zero_section(&zero, &before, t);
}
