/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DeepSpeed's JSON file, read as DeepSpeed 0.19.8 reads it (runtime/config.py and the models it
 * names): what of it costs memory, and the types of what is near it. Most sections are pydantic
 * models there, which take "8", 8.0 and true for numbers and "yes" and 1 for truth, and for which
 * "auto" is as good as absent; the rest, and the batch sizes above all, are Python's own values.
 * Keys that are not listed here are left to DeepSpeed.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/base/word.h"
#include "core/formats/json.h"
#include "core/training/training.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
/* Larger counts are read as this, which is beyond any model. */
#define MAX_ELEMENTS UINT64_C(1000000000000000)

/* A section of the file, and where it is: "zero_optimization.offload_param." */
struct section {
	struct json_object *object;
	char path[96];
	struct dsfit_error *err;
};

/* The readers below return 1 for a value, 0 where there is none to be read ("auto" included)
 * and -1 for one that is wrong. */

static int refuse(const struct section *s, const char *key, struct json_object *value,
		  const char *accepted)
{
	return dsfit_fail(s->err, "\"%s%s\": %.100s: must be %s", s->path, key,
			  json_object_to_json_string(value), accepted);
}

/* The member and whether there is one to be read; *value is NULL for null. */
static bool find(const struct section *s, const char *key, struct json_object **value)
{
	*value = NULL;
	if (!s->object || !json_object_object_get_ex(s->object, key, value))
		return false;
	return !json_object_is_type(*value, json_type_string) ||
	       strcmp(json_object_get_string(*value), "auto") != 0;
}

/* Whether it is there, and left to Hugging Face. */
static bool is_auto(const struct section *s, const char *key)
{
	struct json_object *value;

	return s->object && json_object_object_get_ex(s->object, key, NULL) &&
	       !find(s, key, &value);
}

/* ---- values, as pydantic's lax mode takes them ---------------------------------------------- */

/* "500", " +5 ", "1_000", "8.0": an integer in a string. Negative ones are none. */
static bool whole_in_string(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	bool negative;

	while (isspace((unsigned char)*text))
		text++;
	negative = *text == '-';
	text += negative || *text == '+';
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text) ||
	       (*text == '_' && isdigit((unsigned char)text[1])); text++)
		if (*text != '_')
			value = dsfit_add(dsfit_mul(value, 10), (uint64_t)(*text - '0'));
	if (text[0] == '.' && text[1] == '0')
		for (text++; *text == '0';)
			text++;
	while (isspace((unsigned char)*text))
		text++;
	*out = value;
	return !*text && !(negative && value);
}

static bool whole_of(struct json_object *value, uint64_t *out)
{
	double number;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		*out = json_object_get_boolean(value) ? 1 : 0;
		return true;
	case json_type_int:
		*out = (uint64_t)json_object_get_int64(value);
		return json_object_get_int64(value) >= 0;
	case json_type_double:
		number = json_object_get_double(value);
		if (!(number >= 0 && number < 0x1p63) || number != floor(number))
			return false;
		*out = (uint64_t)number;
		return true;
	case json_type_string:
		return whole_in_string(json_object_get_string(value), out);
	default:
		return false;
	}
}

/* A count that may be larger than any that matters. */
static int read_count(const struct section *s, const char *key, uint64_t min, uint64_t *out)
{
	struct json_object *value;
	uint64_t number;

	if (!find(s, key, &value))
		return 0;
	if (!whole_of(value, &number) || number < min)
		return refuse(s, key, value, min ? "a whole number of at least 1" :
						   "a whole number of at least 0");
	*out = number < MAX_ELEMENTS ? number : MAX_ELEMENTS;
	return 1;
}

static int read_whole(const struct section *s, const char *key, uint64_t min, uint64_t max,
		      uint64_t *out)
{
	struct json_object *value;
	char accepted[64];
	uint64_t number;

	if (!find(s, key, &value))
		return 0;
	if (!whole_of(value, &number) || number < min || number > max) {
		snprintf(accepted, sizeof(accepted), "a whole number from %llu to %llu",
			 (unsigned long long)min, (unsigned long long)max);
		return refuse(s, key, value, accepted);
	}
	*out = number;
	return 1;
}

static bool flag_of(struct json_object *value, bool *out)
{
	static const char *const no[] = { "0", "off", "f", "false", "n", "no", NULL };
	static const char *const yes[] = { "1", "on", "t", "true", "y", "yes", NULL };
	double number;
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		*out = json_object_get_boolean(value);
		return true;
	case json_type_int:
	case json_type_double:
		number = json_object_get_double(value);
		*out = number == 1;
		return number == 0 || number == 1;
	case json_type_string:
		text = json_object_get_string(value);
		*out = dsfit_word(yes, text) >= 0;
		return *out || dsfit_word(no, text) >= 0;
	default:
		return false;
	}
}

/* A flag; null is refused, or where it is what DeepSpeed has by default taken as not there. */
static int read_flag_or(const struct section *s, const char *key, bool null_ok, bool *out)
{
	struct json_object *value;

	if (!find(s, key, &value) || (!value && null_ok))
		return 0;
	if (!flag_of(value, out))
		return refuse(s, key, value, "true or false");
	return 1;
}

static int read_flag(const struct section *s, const char *key, bool *out)
{
	return read_flag_or(s, key, false, out);
}

/* A share from 0 to 1. */
static int read_share(const struct section *s, const char *key, double *out)
{
	struct json_object *value;
	double number = -1;

	if (!find(s, key, &value))
		return 0;
	if (json_object_is_type(value, json_type_string)) {
		if (dsfit_parse_decimal(json_object_get_string(value), 0, 1, &number, NULL))
			number = -1;
	} else if (json_object_is_type(value, json_type_int) ||
		   json_object_is_type(value, json_type_double) ||
		   json_object_is_type(value, json_type_boolean)) {
		number = json_object_get_double(value);
	}
	if (!(number >= 0 && number <= 1))
		return refuse(s, key, value, "a number from 0 to 1");
	*out = number;
	return 1;
}

/* A whole number of whatever sign, of which nothing is kept. */
static int check_integer(const struct section *s, const char *key, bool flag_ok)
{
	struct json_object *value;
	double number;
	uint64_t ignored;

	if (!find(s, key, &value))
		return 0;
	number = json_object_get_double(value);
	if (whole_of(value, &ignored) ? json_object_is_type(value, json_type_boolean) && !flag_ok :
	    !(json_object_is_type(value, json_type_int) ||
	      (json_object_is_type(value, json_type_double) && number == floor(number))))
		return refuse(s, key, value, "a whole number");
	return 1;
}

/* loss_scale: a number, or one in a string; 0 is dynamic. */
static int check_loss_scale(const struct section *s)
{
	struct json_object *value;
	double number = -1;

	if (!find(s, "loss_scale", &value))
		return 0;
	if (json_object_is_type(value, json_type_string))
		dsfit_parse_decimal(json_object_get_string(value), 0, 1e300, &number, NULL);
	else if (json_object_is_type(value, json_type_int) ||
		 json_object_is_type(value, json_type_double))
		number = json_object_get_double(value);
	return number >= 0 ? 1 : refuse(s, "loss_scale", value, "a number of at least 0");
}

static int read_string(const struct section *s, const char *key, const char **out)
{
	struct json_object *value;

	if (!find(s, key, &value) || !value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be a string", s->path, key,
				  json_object_to_json_string(value));
	*out = json_object_get_string(value);
	return 1;
}

/* A section in a section. null is refused, or taken as not there; "auto" is absent only from
 * a section that is a model of pydantic's. */
static int open_section(const struct section *s, const char *key, bool null_ok,
			struct section *out)
{
	struct json_object *value = NULL;
	bool found = find(s, key, &value);

	*out = (struct section){ .err = s->err };
	if (!value ? !found || null_ok : !found && *s->path)
		return 0;
	if (!json_object_is_type(value, json_type_object))
		return dsfit_fail(s->err, "\"%s%s\": must be an object", s->path, key);
	out->object = value;
	snprintf(out->path, sizeof(out->path), "%.60s%.32s.", s->path, key);
	return 1;
}

/* Several at once: keys that end in NULL, what is read goes nowhere. */
static int check_flags(const struct section *s, const char *const *keys)
{
	bool ignored;

	for (; *keys; keys++)
		if (read_flag(s, *keys, &ignored) < 0)
			return -1;
	return 0;
}

static int check_counts(const struct section *s, const char *const *keys)
{
	uint64_t ignored;

	for (; *keys; keys++)
		if (read_count(s, *keys, 0, &ignored) < 0)
			return -1;
	return 0;
}

/* The position of the text among names that DeepSpeed spells in one way only, or -1. */
static int exact_word(const char *const *names, const char *text)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

/*
 * A slip in a key: DeepSpeed stops at any that it does not know, here and in what is inside. Files
 * for releases that let them pass have keys that are nothing like one of today's; those mean
 * nothing.
 */
static int check_keys(const struct section *s, const char *const *known)
{
	if (!s->object)
		return 0;
	json_object_object_foreach(s->object, key, value) {
		char near[DSFIT_NEAR_TEXT];

		(void)value;
		if (exact_word(known, key) < 0 && *dsfit_near_word(known, key, near))
			return dsfit_fail(s->err, "\"%s%.60s\": %sDeepSpeed has no such setting",
					  s->path, key, near);
	}
	return 0;
}

/* ---- zero_optimization ---------------------------------------------------------------------- */

/* What there was before the file: a device that is "auto" in it stays as the defaults have it. */
struct before {
	enum dsfit_offload optimizer, param;
	bool is_default;
};

/* What the file does not say to be offloaded is not, whatever the defaults. */
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

static int read_device(const struct section *s, struct dsfit_training *t,
		       const struct before *before, enum dsfit_offload *out)
{
	struct json_object *value;
	int word = DSFIT_OFFLOAD_NONE;

	if (find(s, "device", &value)) {
		word = json_object_is_type(value, json_type_string) ?
			exact_word(dsfit_offload_names, json_object_get_string(value)) : -1;
		if (word < 0)
			return refuse(s, "device", value, "none, cpu or nvme");
	} else if (json_object_object_get_ex(s->object, "device", NULL)) {
		word = out == &t->offload_param ? before->param : before->optimizer;
		t->offload_default = before->is_default;
	}
	*out = (enum dsfit_offload)word;
	return 0;
}

/* zero/offload_config.py. */
static const char *const optimizer_keys[] = {
	"device", "nvme_path", "buffer_count", "pin_memory", "pipeline_read", "pipeline_write",
	"fast_init", "ratio", "super_offload", "cpuadam_cores_perc", NULL
};

static const char *const param_keys[] = {
	"device", "nvme_path", "buffer_count", "buffer_size", "max_in_cpu", "pin_memory", NULL
};

static int read_offload_optimizer(const struct section *zero, const struct before *before,
				  struct dsfit_training *t)
{
	struct section s;
	double ignored;
	const char *path;
	int got = open_section(zero, "offload_optimizer", true, &s);

	if (got <= 0)
		return got;
	if (check_keys(&s, optimizer_keys) || read_device(&s, t, before, &t->offload_optimizer) ||
	    read_string(&s, "nvme_path", &path) < 0 ||
	    read_count(&s, "buffer_count", 0, &t->optimizer_buffers) < 0 ||
	    read_flag(&s, "pin_memory", &t->pin_optimizer) < 0 ||
	    read_share(&s, "ratio", &t->offload_ratio) < 0 ||
	    read_share(&s, "cpuadam_cores_perc", &ignored) < 0)
		return -1;
	return check_flags(&s, (const char *const[]){ "pipeline_read", "pipeline_write",
						      "fast_init", "super_offload", NULL });
}

static int read_offload_param(const struct section *zero, const struct before *before,
			      struct dsfit_training *t)
{
	struct section s;
	const char *path;
	int got = open_section(zero, "offload_param", true, &s);

	if (got <= 0)
		return got;
	if (check_keys(&s, param_keys) || read_device(&s, t, before, &t->offload_param) ||
	    read_string(&s, "nvme_path", &path) < 0 ||
	    read_count(&s, "buffer_count", 0, &t->param_buffers) < 0 ||
	    read_count(&s, "buffer_size", 0, &t->param_buffer_size) < 0 ||
	    read_count(&s, "max_in_cpu", 0, &t->param_in_cpu) < 0 ||
	    read_flag(&s, "pin_memory", &t->pin_param) < 0)
		return -1;
	return 0;
}

/* cpu_offload: true and its like, from before there were devices. */
static int read_old_offload(const struct section *zero, struct dsfit_training *t)
{
	const struct {
		const char *old, *now;
		enum dsfit_offload *out;
	} keys[] = {
		{ "cpu_offload", "offload_optimizer", &t->offload_optimizer },
		{ "cpu_offload_param", "offload_param", &t->offload_param },
		/* A slip that older releases let pass, and that many files have. */
		{ "cpu_offload_params", "offload_param", &t->offload_param },
	};
	struct json_object *value;
	bool on = false;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int got = read_flag_or(zero, keys[i].old, true, &on);

		if (got < 0)
			return -1;
		if (!got)
			continue;
		if (find(zero, keys[i].now, &value))
			return dsfit_fail(zero->err, "\"%s%s\": cannot be set together with "
					  "\"%s\", which replaces it", zero->path, keys[i].old,
					  keys[i].now);
		*keys[i].out = on ? DSFIT_OFFLOAD_CPU : DSFIT_OFFLOAD_NONE;
	}
	return read_flag_or(zero, "cpu_offload_use_pin_memory", true, &on) < 0 ? -1 : 0;
}

/* Hugging Face fills three of them in from the model's width, where they are "auto". */
static int read_buffers(const struct section *zero, struct dsfit_training *t)
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

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		const char *key = buffers[i].key;
		int got = read_count(zero, key, buffers[i].min, buffers[i].out);

		/* pydantic takes the field's own name as well as its alias. */
		if (!got && !strncmp(key, "stage3_", prefix))
			got = read_count(zero, key + prefix, buffers[i].min, buffers[i].out);
		if (got < 0)
			return -1;
		if (buffers[i].is_auto)
			*buffers[i].is_auto = is_auto(zero, key);
	}
	if (read_flag(zero, "stage3_allgather_sequential", &sequential) < 0)
		return -1;
	if (sequential) {
		t->prefetch_bucket = 1;
		t->prefetch_bucket_auto = false;
	}
	return 0;
}

/* ZeRO++ and MiCS. -1 is how MiCS is switched off in files. */
static int read_sharding(const struct section *zero, struct dsfit_training *t)
{
	struct json_object *value = NULL;

	if (read_count(zero, "zero_hpz_partition_size", 0, &t->hpz) < 0 ||
	    read_flag(zero, "zero_quantized_weights", &t->quantized_weights) < 0 ||
	    read_flag(zero, "zero_quantized_gradients", &t->quantized_gradients) < 0 ||
	    read_flag(zero, "zero_quantized_nontrainable_weights", &t->quantized_frozen) < 0)
		return -1;
	if (!t->hpz)
		t->hpz = 1;
	t->mics_shard = 0;
	if (find(zero, "mics_shard_size", &value) && json_object_is_type(value, json_type_int) &&
	    json_object_get_int64(value) == -1)
		return 0;
	return read_count(zero, "mics_shard_size", 0, &t->mics_shard) < 0 ? -1 : 0;
}

/* zero/config.py. */
/* zero/config.py, the names and what they are called in files; and those of older releases, whose
 * own examples have the last two. */
static const char *const zero_keys[] = {
	"stage", "contiguous_gradients", "reduce_scatter", "reduce_bucket_size",
	"use_multi_rank_bucket_allreduce", "allgather_partitions", "allgather_bucket_size",
	"overlap_comm", "compute_grad_norm", "load_from_fp32_weights", "elastic_checkpoint",
	"offload_param", "offload_optimizer", "zenflow", "sub_group_size", "cpu_offload_param",
	"cpu_offload_use_pin_memory", "cpu_offload", "prefetch_bucket_size",
	"stage3_prefetch_bucket_size", "param_persistence_threshold",
	"stage3_param_persistence_threshold", "model_persistence_threshold",
	"stage3_model_persistence_threshold", "max_live_parameters", "stage3_max_live_parameters",
	"max_reuse_distance", "stage3_max_reuse_distance", "gather_16bit_weights_on_model_save",
	"stage3_gather_16bit_weights_on_model_save", "module_granularity_threshold",
	"stage3_module_granularity_threshold", "use_all_reduce_for_fetch_params",
	"stage3_use_all_reduce_for_fetch_params", "allgather_sequential",
	"stage3_allgather_sequential", "stage3_gather_fp16_weights_on_model_save",
	"ignore_unused_parameters", "legacy_stage1", "round_robin_gradients", "parameter_alignment",
	"zero_hpz_partition_size", "zero_quantized_weights", "zero_quantized_nontrainable_weights",
	"zero_quantized_gradients", "memory_efficient_linear", "pipeline_loading_checkpoint",
	"override_module_apply", "log_trace_cache_warnings", "enable_sanity_checks",
	"save_muon_momentum_buffer_in_memory", "leaf_module",
	"mics_shard_size", "mics_hierarchical_params_gather", "cpu_offload_params",
	"stage3_param_persitance_threshold", NULL
};

static int read_zero_section(const struct section *zero, const struct before *before,
			     struct dsfit_training *t)
{
	struct json_object *value;
	bool legacy = false;
	uint64_t stage = 0;
	int got = read_whole(zero, "stage", 0, 3, &stage);

	if (got < 0)
		return -1;
	/* Without a stage in it, it is stage 0; "auto" is not. */
	if (got || !json_object_object_get_ex(zero->object, "stage", &value)) {
		t->zero = (unsigned)stage;
		t->zero_given = true;
	}
	got = read_flag_or(zero, "overlap_comm", true, &t->overlap_comm);
	t->overlap_comm_given = got > 0;
	if (got < 0 || read_flag(zero, "contiguous_gradients", &t->contiguous_gradients) < 0 ||
	    read_flag(zero, "reduce_scatter", &t->reduce_scatter) < 0 ||
	    read_flag(zero, "legacy_stage1", &legacy) < 0 || read_buffers(zero, t) ||
	    read_sharding(zero, t) || read_offload_optimizer(zero, before, t) < 0 ||
	    read_offload_param(zero, before, t) < 0 || read_old_offload(zero, t))
		return -1;
	if (legacy && stage)
		return dsfit_fail(zero->err, "\"%slegacy_stage1\": DeepSpeed removed this stage in "
				  "0.5.9", zero->path);
	return check_flags(zero, (const char *const[]){
		"allgather_partitions", "use_multi_rank_bucket_allreduce", "compute_grad_norm",
		"load_from_fp32_weights", "elastic_checkpoint", "ignore_unused_parameters",
		"round_robin_gradients", "parameter_alignment", "memory_efficient_linear",
		"stage3_gather_16bit_weights_on_model_save",
		"stage3_gather_fp16_weights_on_model_save",
		"stage3_use_all_reduce_for_fetch_params", NULL });
}

static int read_zero(const struct section *root, struct dsfit_training *t)
{
	struct json_object *value = NULL;
	struct before before;
	struct section zero;

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
		return read_count(root, "allgather_size", 0, &t->allgather_bucket) < 0 ? -1 : 0;
	}
	if (open_section(root, "zero_optimization", false, &zero) < 0 ||
	    check_keys(&zero, zero_keys))
		return -1;
	return read_zero_section(&zero, &before, t);
}

/* ---- precision ------------------------------------------------------------------------------ */

/* "enabled", beside false and true. */
#define LEFT_OPEN 2

/* precision_config.py. */
static int read_fp16(const struct section *root, struct dsfit_training *t, int *enabled)
{
	struct section s;
	bool on = false;

	if (open_section(root, "fp16", false, &s) < 0)
		return -1;
	if (read_flag(&s, "enabled", &on) < 0 || check_loss_scale(&s) < 0 ||
	    check_integer(&s, "initial_scale_power", true) < 0 ||
	    check_integer(&s, "loss_scale_window", false) < 0 ||
	    check_integer(&s, "hysteresis", true) < 0 ||
	    check_integer(&s, "min_loss_scale", false) < 0 ||
	    check_flags(&s, (const char *const[]){ "auto_cast", "consecutive_hysteresis", NULL }) ||
	    read_flag(&s, "fp16_master_weights_and_grads", &t->no_master) < 0)
		return -1;
	*enabled = is_auto(&s, "enabled") ? LEFT_OPEN : on;
	return 0;
}

static int read_bf16(const struct section *root, struct dsfit_training *t, int *enabled)
{
	struct section s;
	bool on = false, master = false;
	int got = open_section(root, "bf16", true, &s);

	if (!got)
		got = open_section(root, "bfloat16", false, &s);
	if (got < 0)
		return -1;
	if (read_flag(&s, "enabled", &on) < 0 ||
	    check_flags(&s, (const char *const[]){ "immediate_grad_update", "check_grad_overflow",
						   NULL }) ||
	    read_flag(&s, "bf16_master_weights_and_grads", &master) < 0 ||
	    read_flag(&s, "bf16_optimizer_states", &t->bf16_states) < 0)
		return -1;
	if (t->bf16_states && !master)
		return dsfit_fail(s.err, "\"%sbf16_optimizer_states\": needs "
				  "bf16_master_weights_and_grads too", s.path);
	if (t->no_master && master)
		return dsfit_fail(s.err, "\"%sbf16_master_weights_and_grads\": cannot be true "
				  "together with fp16_master_weights_and_grads", s.path);
	t->no_master = t->no_master || master;
	*enabled = is_auto(&s, "enabled") ? LEFT_OPEN : on;
	return 0;
}

/* Neither of the two is fp32; one that is left to Hugging Face will be as the defaults say. */
static int read_precision(const struct section *root, struct dsfit_training *t)
{
	struct section s;
	int fp16 = false, bf16 = false;

	t->no_master = t->bf16_states = t->autocast = false;
	if (read_fp16(root, t, &fp16) || read_bf16(root, t, &bf16) ||
	    open_section(root, "torch_autocast", false, &s) < 0 ||
	    read_flag_or(&s, "enabled", true, &t->autocast) < 0)
		return -1;
	if (fp16 == true && bf16 == true)
		return dsfit_fail(root->err, "\"bf16.enabled\": cannot be true together with "
				  "fp16.enabled");
	if (fp16 == true)
		t->precision = DSFIT_PRECISION_FP16;
	else if (bf16 == true)
		t->precision = DSFIT_PRECISION_BF16;
	else if (!fp16 && !bf16)
		t->precision = DSFIT_PRECISION_FP32;
	return 0;
}

/* config.py's DtypeEnum. */
static int read_type(const struct section *s, const char *key, enum dsfit_accumulate *out)
{
	static const char *const fp32[] = { "torch.float32", "fp32", "float32", "float", NULL };
	static const char *const half[] = {
		"torch.float16", "fp16", "float16", "half", "torch.bfloat16", "bf16", "bfloat16",
		NULL,
	};
	const char *text = NULL;
	int got = read_string(s, key, &text);

	if (got <= 0 || !text)
		return got;
	if (exact_word(fp32, text) >= 0)
		*out = DSFIT_ACCUMULATE_FP32;
	else if (exact_word(half, text) >= 0)
		*out = DSFIT_ACCUMULATE_16_BIT;
	else
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be fp32, fp16 or bf16",
				  s->path, key, text);
	return 1;
}

/* get_communication_data_type(): three names, in whatever case. */
static int read_communication(const struct section *s, const char *key, enum dsfit_accumulate *out)
{
	static const char *const names[] = { "fp32", "fp16", "bf16", NULL };
	const char *text = NULL;
	int got = read_string(s, key, &text), word;

	if (got <= 0 || !text)
		return got;
	word = dsfit_word(names, text);
	if (word < 0)
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be fp32, fp16 or bf16",
				  s->path, key, text);
	*out = word ? DSFIT_ACCUMULATE_16_BIT : DSFIT_ACCUMULATE_FP32;
	return 1;
}

static int read_types(const struct section *root, struct dsfit_training *t)
{
	enum dsfit_accumulate ignored;
	struct section s;

	if (open_section(root, "data_types", false, &s) < 0 ||
	    read_type(&s, "grad_accum_dtype", &t->accumulate) < 0 ||
	    read_type(&s, "param_dtype", &ignored) < 0 ||
	    read_communication(root, "communication_data_type", &t->communicate) < 0 ||
	    read_communication(root, "seq_parallel_communication_data_type", &ignored) < 0)
		return -1;
	return 0;
}

/* ---- optimizer ------------------------------------------------------------------------------ */

/*
 * The names that DeepSpeed, PyTorch, bitsandbytes and Hugging Face have for what costs the same
 * memory: two moments, one, none. Underscores and hyphens do not count. A type that is not
 * listed is a user's own, and taken to keep Adam's states.
 */
static const struct {
	const char *type;
	enum dsfit_optimizer optimizer;
} optimizer_types[] = {
	{ "adam", DSFIT_OPTIMIZER_ADAMW }, { "adamw", DSFIT_OPTIMIZER_ADAMW },
	{ "fusedadam", DSFIT_OPTIMIZER_ADAMW }, { "deepspeedcpuadam", DSFIT_OPTIMIZER_ADAMW },
	{ "cpuadam", DSFIT_OPTIMIZER_ADAMW }, { "lamb", DSFIT_OPTIMIZER_ADAMW },
	{ "fusedlamb", DSFIT_OPTIMIZER_ADAMW }, { "onebitadam", DSFIT_OPTIMIZER_ADAMW },
	{ "onebitlamb", DSFIT_OPTIMIZER_ADAMW }, { "zerooneadam", DSFIT_OPTIMIZER_ADAMW },
	{ "muadam", DSFIT_OPTIMIZER_ADAMW }, { "muadamw", DSFIT_OPTIMIZER_ADAMW },
	{ "nadam", DSFIT_OPTIMIZER_ADAMW }, { "radam", DSFIT_OPTIMIZER_ADAMW },
	{ "adamax", DSFIT_OPTIMIZER_ADAMW }, { "adadelta", DSFIT_OPTIMIZER_ADAMW },
	{ "adamwtorch", DSFIT_OPTIMIZER_ADAMW }, { "adamwtorchfused", DSFIT_OPTIMIZER_ADAMW },
	{ "pagedadamw", DSFIT_OPTIMIZER_ADAMW }, { "pagedadamw32bit", DSFIT_OPTIMIZER_ADAMW },
	{ "adam8bit", DSFIT_OPTIMIZER_ADAM8BIT }, { "adamw8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "adamwbnb8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "pagedadam8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "pagedadamw8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "lion", DSFIT_OPTIMIZER_LION }, { "fusedlion", DSFIT_OPTIMIZER_LION },
	{ "deepspeedcpulion", DSFIT_OPTIMIZER_LION }, { "cpulion", DSFIT_OPTIMIZER_LION },
	{ "adagrad", DSFIT_OPTIMIZER_LION }, { "cpuadagrad", DSFIT_OPTIMIZER_LION },
	{ "deepspeedcpuadagrad", DSFIT_OPTIMIZER_LION }, { "rmsprop", DSFIT_OPTIMIZER_LION },
	{ "sgd", DSFIT_OPTIMIZER_SGD }, { "musgd", DSFIT_OPTIMIZER_SGD },
	{ "adafactor", DSFIT_OPTIMIZER_ADAFACTOR }, { "muon", DSFIT_OPTIMIZER_MUON },
};

static int read_optimizer(const struct section *root, struct dsfit_training *t)
{
	struct section s, params;
	const char *type = NULL;
	char name[32] = "";
	size_t length = 0;

	t->optimizer_in_file = false;
	if (open_section(root, "optimizer", false, &s) < 0 || read_string(&s, "type", &type) < 0 ||
	    (s.object && open_section(&s, "params", true, &params) < 0))
		return -1;
	for (; type && *type && length + 1 < sizeof(name); type++)
		if (*type != '_' && *type != '-')
			name[length++] = *type;
	if (name[0])
		t->optimizer = DSFIT_OPTIMIZER_ADAMW;
	for (size_t i = 0; i < ARRAY_SIZE(optimizer_types); i++)
		if (!strcasecmp(optimizer_types[i].type, name)) {
			t->optimizer = optimizer_types[i].optimizer;
			t->optimizer_in_file = true;
		}
	return 0;
}

/* ---- batch ---------------------------------------------------------------------------------- */

/* A batch size is not of a pydantic model: a string or true there ends in a TypeError, or worse. */
static int read_batch_size(const struct section *s, const char *key, uint64_t *out)
{
	struct json_object *value;

	if (!find(s, key, &value) || !value)
		return 0;
	if (json_object_is_type(value, json_type_string) ||
	    json_object_is_type(value, json_type_boolean))
		return refuse(s, key, value, "a whole number from 1 to 1000000000");
	return read_whole(s, key, 1, DSFIT_BATCH_MAX, out);
}

/*
 * Elastic training, which DeepSpeed had before 0.19, picks the batch itself from the listed
 * micro-batches; the smallest of them is what a job gets by with. 1 where it is on.
 */
static int read_elasticity(const struct section *root, struct dsfit_training *t)
{
	struct json_object *list = NULL;
	struct section s;
	uint64_t size, smallest = 0;
	bool on = false;

	if (open_section(root, "elasticity", true, &s) < 0 || read_flag(&s, "enabled", &on) < 0)
		return -1;
	if (!on)
		return 0;
	find(&s, "micro_batch_sizes", &list);
	for (size_t i = 0; json_object_is_type(list, json_type_array) &&
			   i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!whole_of(item, &size) || !size || size > DSFIT_BATCH_MAX)
			return refuse(&s, "micro_batch_sizes", item,
				      "a whole number of at least 1");
		smallest = !smallest || size < smallest ? size : smallest;
	}
	if (smallest)
		t->micro_batch = smallest;
	return 1;
}

/* Whether some number of ranks, and of what else is not given, makes the batch. */
static int check_batch(const struct section *root, const struct dsfit_training *t)
{
	char micro[32] = "any", accumulation[32] = "any";
	uint64_t step = 1;

	if (t->micro_batch_given) {
		step *= t->micro_batch;
		snprintf(micro, sizeof(micro), "%llu", (unsigned long long)t->micro_batch);
	}
	if (t->accumulation_given) {
		step *= t->accumulation;
		snprintf(accumulation, sizeof(accumulation), "%llu",
			 (unsigned long long)t->accumulation);
	}
	if (t->train_batch % step == 0)
		return 0;
	return dsfit_fail(root->err, "\"train_batch_size\": %llu is not %s (micro-batch) x %s "
			  "(accumulation) x any number of ranks: %llu / %llu is not whole",
			  (unsigned long long)t->train_batch, micro, accumulation,
			  (unsigned long long)t->train_batch, (unsigned long long)step);
}

static int read_batch(const struct section *root, struct dsfit_training *t)
{
	const char *const key = "train_micro_batch_size_per_gpu";
	int micro, accumulation, elastic;

	t->train_batch = 0;
	micro = read_batch_size(root, key, &t->micro_batch);
	accumulation = read_batch_size(root, "gradient_accumulation_steps", &t->accumulation);
	if (micro < 0 || accumulation < 0 ||
	    read_batch_size(root, "train_batch_size", &t->train_batch) < 0)
		return -1;
	t->micro_batch_given = micro;
	t->accumulation_given = accumulation;
	t->micro_batch_auto = is_auto(root, key);
	elastic = read_elasticity(root, t);
	if (elastic) {
		t->train_batch = 0;
		return elastic < 0 ? -1 : 0;
	}
	return check_batch(root, t);
}

/* ---- the rest ------------------------------------------------------------------------------- */

/* activation_checkpointing says how Megatron's models keep theirs, not whether a model does. */
static int read_activations(const struct section *root, struct dsfit_training *t)
{
	struct section s;
	bool ignored;

	if (open_section(root, "activation_checkpointing", false, &s) < 0 ||
	    read_flag_or(&s, "partition_activations", true, &t->partition_activations) < 0 ||
	    read_flag_or(&s, "cpu_checkpointing", true, &t->cpu_checkpointing) < 0 ||
	    read_flag_or(&s, "contiguous_memory_optimization", true, &ignored) < 0 ||
	    read_flag_or(&s, "synchronize_checkpoint_boundary", true, &ignored) < 0 ||
	    read_flag_or(&s, "profile", true, &ignored) < 0)
		return -1;
	return 0;
}

/* tensor_parallel.autotp_size, which 0 switches off, and the size inside, which must agree. */
static int read_tensor(const struct section *root, struct dsfit_training *t)
{
	struct section s, inner;
	uint64_t size = 0, same = 1;
	int got;

	if (open_section(root, "tensor_parallel", false, &s) < 0)
		return -1;
	if (!s.object)
		return 0;
	got = read_whole(&s, "autotp_size", 0, DSFIT_DEGREE_MAX, &size);
	if (got < 0 || open_section(&s, "tp", false, &inner) < 0 ||
	    (!inner.object && open_section(&s, "tensor_parallel", false, &inner) < 0) ||
	    read_whole(&inner, "tp_size", 1, DSFIT_DEGREE_MAX, &same) < 0)
		return -1;
	if (size > 1 && same != 1 && same != size)
		return dsfit_fail(s.err, "\"%stp_size\": %llu: must be the same as autotp_size, "
				  "which is %llu", inner.path, (unsigned long long)same,
				  (unsigned long long)size);
	if (got)
		t->tensor = size ? size : 1;
	return 0;
}

static int read_parallel(const struct section *root, struct dsfit_training *t)
{
	struct section s;
	uint64_t experts = 1;
	bool on = false;

	if (read_tensor(root, t) ||
	    read_whole(root, "sequence_parallel_size", 1, DSFIT_DEGREE_MAX,
		       &t->sequence_parallel) < 0 ||
	    open_section(root, "pipeline", false, &s) < 0 ||
	    open_section(root, "expert_parallel", true, &s) < 0 ||
	    read_flag(&s, "enabled", &on) < 0 ||
	    read_whole(&s, "autoep_size", 1, DSFIT_DEGREE_MAX, &experts) < 0)
		return -1;
	if (on)
		t->expert = experts;
	return 0;
}

static int check_others(const struct section *root)
{
	struct section s;
	bool ignored;

	if (open_section(root, "aio", true, &s) < 0 ||
	    check_counts(&s, (const char *const[]){ "block_size", "queue_depth", "thread_count",
						    "intra_op_parallelism", NULL }) ||
	    check_flags(&s, (const char *const[]){ "single_submit", "overlap_events", "use_gds",
						   NULL }) ||
	    open_section(root, "hybrid_engine", false, &s) < 0 ||
	    check_flags(&s, (const char *const[]){ "enabled", NULL }) ||
	    read_flag_or(root, "zero_allow_untested_optimizer", true, &ignored) < 0 ||
	    read_flag_or(root, "zero_force_ds_cpu_optimizer", true, &ignored) < 0)
		return -1;
	return 0;
}

/* What DeepSpeed would not notice at the top: another file altogether, or no ZeRO for a slip. */
static int check_file(const struct section *root)
{
	static const char *const known[] = { "zero_optimization", NULL };

	if (json_object_object_get_ex(root->object, "architectures", NULL) &&
	    json_object_object_get_ex(root->object, "model_type", NULL))
		return dsfit_fail(root->err, "this is a model's config.json, not a DeepSpeed file");
	return check_keys(root, known);
}

int dsfit_training_read(const char *path, struct dsfit_training *training,
			struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	struct section root = { .object = dsfit_hjson_read(path, err), .err = &why };
	struct dsfit_training t = *training;
	bool wrong;

	if (!root.object)
		return -1;
	wrong = check_file(&root) || read_batch(&root, &t) || read_precision(&root, &t) ||
		read_types(&root, &t) || read_optimizer(&root, &t) || read_zero(&root, &t) ||
		read_activations(&root, &t) || read_parallel(&root, &t) || check_others(&root);
	json_object_put(root.object);
	if (wrong)
		return dsfit_fail(err, "%.200s: %.300s", path, why.text);
	*training = t;
	return 0;
}
