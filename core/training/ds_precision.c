/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of numbers in a DeepSpeed file. Weights and gradients are in fp16 or bf16 if a section
 * enables it, and in fp32 if none does; "auto" leaves it to Hugging Face, whose choice dsfit takes
 * from the options or the site's defaults (runtime/precision_config.py, runtime/config.py).
 */
#include "core/training/ds_precision.h"

#include "core/base/size.h"
#include "core/base/word.h"

/* A value of "enabled" beside false and true: "auto". */
#define LEFT_OPEN 2

/* loss_scale: a number, also in a string; 0 is dynamic. */
static int check_loss_scale(const struct dsfit_ds_section *s)
{
	struct json_object *value;
	double number = -1;

	if (!dsfit_ds_find(s, "loss_scale", &value))
		return 0;
	if (json_object_is_type(value, json_type_string))
		dsfit_parse_decimal(json_object_get_string(value), 0, 1e300, &number, NULL);
	else if (json_object_is_type(value, json_type_int) ||
		 json_object_is_type(value, json_type_double))
		number = json_object_get_double(value);
	return number >= 0 ? 1 : dsfit_ds_refuse(s, "loss_scale", value, "a number of at least 0");
}

/* precision_config.py. */
static int read_fp16(const struct dsfit_ds_section *root, struct dsfit_training *t, int *enabled)
{
	static const char *const flags[] = { "auto_cast", "consecutive_hysteresis", NULL };
	struct dsfit_ds_section s;
	bool on = false;

	if (dsfit_ds_open(root, "fp16", false, &s) < 0)
		return -1;
	if (dsfit_ds_flag(&s, "enabled", &on) < 0 || check_loss_scale(&s) < 0 ||
	    dsfit_ds_check_integer(&s, "initial_scale_power", true) < 0 ||
	    dsfit_ds_check_integer(&s, "loss_scale_window", false) < 0 ||
	    dsfit_ds_check_integer(&s, "hysteresis", true) < 0 ||
	    dsfit_ds_check_integer(&s, "min_loss_scale", false) < 0 ||
	    dsfit_ds_check_flags(&s, flags) ||
	    dsfit_ds_flag(&s, "fp16_master_weights_and_grads", &t->no_master) < 0)
		return -1;
	*enabled = dsfit_ds_is_auto(&s, "enabled") ? LEFT_OPEN : on;
	return 0;
}

static int read_bf16(const struct dsfit_ds_section *root, struct dsfit_training *t, int *enabled)
{
	static const char *const flags[] = { "immediate_grad_update", "check_grad_overflow", NULL };
	struct dsfit_ds_section s;
	bool on = false, master = false;
	int got = dsfit_ds_open(root, "bf16", true, &s);

	if (!got)
		got = dsfit_ds_open(root, "bfloat16", false, &s);
	if (got < 0)
		return -1;
	if (dsfit_ds_flag(&s, "enabled", &on) < 0 ||
	    dsfit_ds_check_flags(&s, flags) ||
	    dsfit_ds_flag(&s, "bf16_master_weights_and_grads", &master) < 0 ||
	    dsfit_ds_flag(&s, "bf16_optimizer_states", &t->bf16_states) < 0)
		return -1;
	if (t->bf16_states && !master)
		return dsfit_fail(s.err, "\"%sbf16_optimizer_states\": needs "
				  "bf16_master_weights_and_grads too", s.path);
	if (t->no_master && master)
		return dsfit_fail(s.err, "\"%sbf16_master_weights_and_grads\": cannot be true "
				  "together with fp16_master_weights_and_grads", s.path);
	t->no_master = t->no_master || master;
	*enabled = dsfit_ds_is_auto(&s, "enabled") ? LEFT_OPEN : on;
	return 0;
}

/* If neither is enabled, the precision is fp32. If one is "auto", the defaults' precision stays,
 * and *open is set. */
static int read_precision(const struct dsfit_ds_section *root, struct dsfit_training *t,
			  bool *open)
{
	struct dsfit_ds_section s;
	int fp16 = false, bf16 = false;

	t->no_master = t->bf16_states = t->autocast = false;
	if (read_fp16(root, t, &fp16) || read_bf16(root, t, &bf16) ||
	    dsfit_ds_open(root, "torch_autocast", false, &s) < 0 ||
	    dsfit_ds_flag_or_null(&s, "enabled", &t->autocast) < 0)
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
	t->precision_declared |= fp16 == true || bf16 == true;
	*open = fp16 != true && bf16 != true && (fp16 || bf16);
	return 0;
}

/* config.py's DtypeEnum. */
static int read_type(const struct dsfit_ds_section *s, const char *key, enum dsfit_accumulate *out)
{
	static const char *const fp32[] = { "torch.float32", "fp32", "float32", "float", NULL };
	static const char *const fp16[] = { "torch.float16", "fp16", "float16", "half", NULL };
	static const char *const bf16[] = { "torch.bfloat16", "bf16", "bfloat16", NULL };
	const char *text = NULL;
	int got = dsfit_ds_string(s, key, &text);

	if (got <= 0 || !text)
		return got;
	if (dsfit_ds_exact_word(fp32, text) >= 0)
		*out = DSFIT_ACCUMULATE_FP32;
	else if (dsfit_ds_exact_word(fp16, text) >= 0)
		*out = DSFIT_ACCUMULATE_FP16;
	else if (dsfit_ds_exact_word(bf16, text) >= 0)
		*out = DSFIT_ACCUMULATE_BF16;
	else
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be fp32, fp16 or bf16",
				  s->path, key, text);
	return 1;
}

/* get_communication_data_type(): three names, in upper or lower case. */
static int read_communication(const struct dsfit_ds_section *s, const char *key,
			      enum dsfit_accumulate *out)
{
	static const char *const names[] = { "fp32", "fp16", "bf16", NULL };
	static const enum dsfit_accumulate types[] = {
		DSFIT_ACCUMULATE_FP32, DSFIT_ACCUMULATE_FP16, DSFIT_ACCUMULATE_BF16,
	};
	const char *text = NULL;
	int got = dsfit_ds_string(s, key, &text), word;

	if (got <= 0 || !text)
		return got;
	word = dsfit_word(names, text);
	if (word < 0)
		return dsfit_fail(s->err, "\"%s%s\": %.100s: must be fp32, fp16 or bf16",
				  s->path, key, text);
	*out = types[word];
	return 1;
}

/* engine.py, _assert_valid_mixed_precision_config(): param_dtype must repeat the sections. */
static int check_param_type(const struct dsfit_ds_section *s, enum dsfit_precision precision,
			    enum dsfit_accumulate type)
{
	static const char *const names[] = {
		[DSFIT_ACCUMULATE_BF16] = "bf16", [DSFIT_ACCUMULATE_FP32] = "fp32",
		[DSFIT_ACCUMULATE_FP16] = "fp16",
	};

	if (type == dsfit_training_weights(precision))
		return 0;
	return dsfit_fail(s->err, "\"%sparam_dtype\": %s: must be the type that fp16.enabled and "
			  "bf16.enabled choose, which is %s", s->path, names[type],
			  dsfit_precision_names[precision]);
}

static int read_types(const struct dsfit_ds_section *root, bool open, struct dsfit_training *t)
{
	enum dsfit_accumulate type = DSFIT_ACCUMULATE_AS_WEIGHTS, ignored;
	struct dsfit_ds_section s;

	if (dsfit_ds_open(root, "data_types", false, &s) < 0 ||
	    read_type(&s, "grad_accum_dtype", &t->accumulate) < 0 ||
	    read_type(&s, "param_dtype", &type) < 0 ||
	    read_communication(root, "communication_data_type", &t->communicate) < 0 ||
	    read_communication(root, "seq_parallel_communication_data_type", &ignored) < 0)
		return -1;
	if (open || type == DSFIT_ACCUMULATE_AS_WEIGHTS)
		return 0;
	return check_param_type(&s, t->precision, type);
}

int dsfit_ds_precision(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	bool open = false;

	return read_precision(root, t, &open) || read_types(root, open, t) ? -1 : 0;
}
