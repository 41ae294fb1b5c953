/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most sections of a DeepSpeed file are pydantic models that forbid further keys
 * (runtime/config_utils.py, extra="forbid"). A comment written as a key, "_note": "...", ends the
 * job when DeepSpeed reads the file, minutes after it got its GPUs. Other sections, and the top of
 * the file, ignore what they do not know.
 *
 *     key                                 DeepSpeed 0.19.8        dsfit
 *     like one of its section's           stops                   refuses it as misspelt
 *     known to earlier releases           stops (config.py,       a warning
 *                                         _REMOVED_..._KEYS)
 *     any other, in a strict section      stops, unless "auto"    a warning; the command: an error
 *     any other, elsewhere                ignores it              nothing
 *
 * scripts/deepspeed-keys prints these tables from DeepSpeed's own models, and tests/deepspeed_keys
 * compares.
 */
#include "core/training/ds_strict.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/near_miss.h"

/* ---- the sections --------------------------------------------------------------------------- */

/* Models with an alias take the field's own name, too: stage3_prefetch_bucket_size and
 * prefetch_bucket_size. */
static const char *const zero_keys[] = {
	"allgather_bucket_size", "allgather_partitions", "allgather_sequential",
	"compute_grad_norm", "contiguous_gradients", "cpu_offload", "cpu_offload_param",
	"cpu_offload_use_pin_memory", "elastic_checkpoint", "enable_sanity_checks",
	"gather_16bit_weights_on_model_save", "ignore_unused_parameters", "leaf_module",
	"legacy_stage1", "load_from_fp32_weights", "log_trace_cache_warnings",
	"max_live_parameters", "max_reuse_distance", "memory_efficient_linear",
	"model_persistence_threshold", "module_granularity_threshold", "offload_optimizer",
	"offload_param", "overlap_comm", "override_module_apply",
	"param_persistence_threshold", "parameter_alignment", "pipeline_loading_checkpoint",
	"prefetch_bucket_size", "reduce_bucket_size", "reduce_scatter",
	"round_robin_gradients", "save_muon_momentum_buffer_in_memory", "stage",
	"stage3_allgather_sequential", "stage3_gather_16bit_weights_on_model_save",
	"stage3_gather_fp16_weights_on_model_save", "stage3_max_live_parameters",
	"stage3_max_reuse_distance", "stage3_model_persistence_threshold",
	"stage3_module_granularity_threshold", "stage3_param_persistence_threshold",
	"stage3_prefetch_bucket_size", "stage3_use_all_reduce_for_fetch_params",
	"sub_group_size", "use_all_reduce_for_fetch_params",
	"use_multi_rank_bucket_allreduce", "zenflow", "zero_hpz_partition_size",
	"zero_quantized_gradients", "zero_quantized_nontrainable_weights",
	"zero_quantized_weights", NULL
};
static const char *const offload_param_keys[] = {
	"buffer_count", "buffer_size", "device", "max_in_cpu", "nvme_path", "pin_memory",
	NULL
};
static const char *const offload_optimizer_keys[] = {
	"buffer_count", "cpuadam_cores_perc", "device", "fast_init", "nvme_path",
	"pin_memory", "pipeline_read", "pipeline_write", "ratio", "super_offload", NULL
};
static const char *const zenflow_keys[] = {
	"auto_ratio", "full_warm_up_rounds", "offload", "overlap_step",
	"pt_reserved_cores_perc", "select_interval", "select_strategy", "steps_per_epoch",
	"topk_ratio", "update_interval", NULL
};
static const char *const leaf_module_keys[] = { "classes", "name_suffixes", "names", NULL };
static const char *const fp16_keys[] = {
	"auto_cast", "consecutive_hysteresis", "enabled", "fp16_master_weights_and_grads",
	"hysteresis", "initial_scale_power", "loss_scale", "loss_scale_window",
	"min_loss_scale", NULL
};
static const char *const bf16_keys[] = {
	"bf16_master_weights_and_grads", "bf16_optimizer_states", "check_grad_overflow",
	"enabled", "immediate_grad_update", NULL
};
static const char *const tensor_parallel_keys[] = {
	"autotp_size", "dtype", "injection_policy_tuple", "keep_module_on_host",
	"kernel_inject", "partition_config", "preset_model", "replace_with_kernel_inject",
	"tensor_parallel", "tp", "tp_overlap_comm", "vocab_parallel_ce_backend",
	"vocab_parallel_lm_head", NULL
};
static const char *const tensor_inner_keys[] = {
	"mpu", "tp_grain_size", "tp_group", "tp_size", NULL
};
static const char *const hybrid_engine_keys[] = {
	"enable_cuda_graph", "enabled", "inference_tp_size", "max_out_tokens",
	"pin_parameters", "release_inference_cache", "tp_gather_partition_size", NULL
};
static const char *const compile_keys[] = {
	"autoep_non_moe", "debug_log", "deepcompile", "double_buffer", "free_activation",
	"free_activation_threshold", "keep_all_input_tensors", "keep_int_input_tensors",
	"offload_activation", "offload_activation_pin_memory", "offload_opt_states",
	"offload_parameters", "passes", "symmetric_memory", "sync_after_allgather",
	"sync_after_reduce", "sync_before_allgather", "sync_before_reduce", NULL
};
static const char *const tensorboard_keys[] = { "enabled", "job_name", "output_path", NULL };
static const char *const wandb_keys[] = { "enabled", "group", "project", "team", NULL };
static const char *const csv_monitor_keys[] = { "enabled", "job_name", "output_path", NULL };
static const char *const comet_keys[] = {
	"api_key", "enabled", "experiment_key", "experiment_name", "mode", "online",
	"project", "samples_log_interval", "workspace", NULL
};
static const char *const comms_logger_keys[] = {
	"debug", "enabled", "prof_all", "prof_ops", "verbose", NULL
};
static const char *const throughput_keys[] = { "enabled", "synchronized", NULL };
static const char *const weight_quantization_keys[] = {
	"enabled", "num_bits", "post_init_quant", "q_groups", "q_type",
	"quantized_initialization", NULL
};

/* Keys that 0.19.8 removed, and the last two, which examples of the releases before 0.8 have:
 * those ignored what they did not know. */
static const char *const removed_at_top[] = {
	"nebula", "compression_training", "amp", "quantize_training", "sparse_gradients",
	"eigenvalue", "sparse_attention", "elasticity", "graph_harvesting", "curriculum_learning",
	"progressive_layer_drop", NULL
};
static const char *const removed_from_zero[] = {
	"mics_shard_size", "mics_hierarchical_params_gather", "zeropp_loco_param",
	"cpu_offload_params", "stage3_param_persitance_threshold", NULL
};

struct strict {
	const char *outer, *key;	/* "": at the top */
	const char *const *keys;	/* NULL: accepts any */
	const char *const *removed;	/* NULL: none */
};

static const struct strict sections[] = {
	{ "", "", NULL, removed_at_top },
	{ "", "zero_optimization", zero_keys, removed_from_zero },
	{ "zero_optimization", "offload_param", offload_param_keys, NULL },
	{ "zero_optimization", "offload_optimizer", offload_optimizer_keys, NULL },
	{ "zero_optimization", "zenflow", zenflow_keys, NULL },
	{ "zero_optimization", "leaf_module", leaf_module_keys, NULL },
	{ "", "fp16", fp16_keys, NULL },
	{ "", "bf16", bf16_keys, NULL },
	{ "", "bfloat16", bf16_keys, NULL },
	{ "", "tensor_parallel", tensor_parallel_keys, NULL },
	{ "tensor_parallel", "tp", tensor_inner_keys, NULL },
	{ "tensor_parallel", "tensor_parallel", tensor_inner_keys, NULL },
	{ "", "hybrid_engine", hybrid_engine_keys, NULL },
	{ "", "compile", compile_keys, NULL },
	{ "", "tensorboard", tensorboard_keys, NULL },
	{ "", "wandb", wandb_keys, NULL },
	{ "", "csv_monitor", csv_monitor_keys, NULL },
	{ "", "comet", comet_keys, NULL },
	{ "", "comms_logger", comms_logger_keys, NULL },
	{ "timers", "throughput", throughput_keys, NULL },
	{ "", "weight_quantization", weight_quantization_keys, NULL },
};

/* ---- finding keys --------------------------------------------------------------------------- */

static struct json_object *object_in(struct json_object *object, const char *key)
{
	struct json_object *value = object;

	if (*key && !json_object_object_get_ex(object, key, &value))
		return NULL;
	return json_object_is_type(value, json_type_object) ? value : NULL;
}

/* The section of the file, or no object. get_bfloat16_config() reads bfloat16 only without bf16. */
static struct dsfit_ds_section find(const struct dsfit_ds_section *root,
				    const struct strict *strict)
{
	struct dsfit_ds_section s = { .object = object_in(root->object, strict->outer),
				      .err = root->err };
	struct json_object *newer = NULL;

	if (!strcmp(strict->key, "bfloat16") &&
	    json_object_object_get_ex(root->object, "bf16", &newer) && newer)
		s.object = NULL;
	if (s.object)
		s.object = object_in(s.object, strict->key);
	snprintf(s.path, sizeof(s.path), "%s%s%s%s", strict->outer, *strict->outer ? "." : "",
		 strict->key, *strict->key ? "." : "");
	return s;
}

static void note(struct dsfit_ds_keys *keys, const struct dsfit_ds_section *s, const char *key)
{
	if (!keys->count++)
		snprintf(keys->first, sizeof(keys->first), "%.64s%.90s", s->path, key);
}

/* A file with more unknown keys than these was not typed by hand. Comparing each of them with all
 * names would keep sbatch busy for half a minute. */
#define TYPED_KEYS 100

/* One key that its section does not have. DeepSpeed's models drop "auto" before they look. */
static int take_foreign(const struct dsfit_ds_section *s, const struct strict *strict,
			const char *key, struct dsfit_ds_stops *out)
{
	char near[DSFIT_NEAR_TEXT];

	if (!strict->keys)
		return 0;
	if (out->unknown.count < TYPED_KEYS && isalnum((unsigned char)*key) &&
	    *dsfit_near_word(strict->keys, key, near))
		return dsfit_fail(s->err, "\"%s%.60s\": %sDeepSpeed has no such setting",
				  s->path, key, near);
	if (!dsfit_ds_is_auto(s, key))
		note(&out->unknown, s, key);
	return 0;
}

int dsfit_ds_strict(const struct dsfit_ds_section *root, struct dsfit_ds_stops *out)
{
	*out = (struct dsfit_ds_stops){ .unknown.count = 0 };
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sections); i++) {
		const struct strict *strict = &sections[i];
		struct dsfit_ds_section s = find(root, strict);

		if (!s.object)
			continue;
		json_object_object_foreach(s.object, key, value) {
			(void)value;
			if (strict->keys && dsfit_ds_exact_word(strict->keys, key) >= 0)
				continue;
			if (strict->removed && dsfit_ds_exact_word(strict->removed, key) >= 0)
				note(&out->removed, &s, key);
			else if (take_foreign(&s, strict, key, out))
				return -1;
		}
	}
	return 0;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* `"zero_optimization._note" and 2 more keys: `. */
static void name_keys(const struct dsfit_ds_keys *keys, char text[224])
{
	char more[48] = "";

	if (keys->count > 1)
		snprintf(more, sizeof(more), " and %u more key%s", keys->count - 1,
			 keys->count > 2 ? "s" : "");
	snprintf(text, 224, "\"%s\"%s", keys->first, more);
}

bool dsfit_ds_unknown_text(const struct dsfit_ds_stops *stops, struct dsfit_error *line)
{
	char keys[224];

	line->text[0] = '\0';
	if (!stops->unknown.count)
		return false;
	name_keys(&stops->unknown, keys);
	dsfit_fail(line, "%s: DeepSpeed " DSFIT_DEEPSPEED " does not know %s and stops", keys,
		   stops->unknown.count > 1 ? "them" : "this key");
	return true;
}

bool dsfit_ds_removed_text(const struct dsfit_ds_stops *stops, struct dsfit_error *line)
{
	char keys[224];

	line->text[0] = '\0';
	if (!stops->removed.count)
		return false;
	name_keys(&stops->removed, keys);
	dsfit_fail(line, "%s: DeepSpeed " DSFIT_DEEPSPEED " stops at %s, which earlier releases "
		   "accept", keys, stops->removed.count > 1 ? "them" : "this key");
	return true;
}
