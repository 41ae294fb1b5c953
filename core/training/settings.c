/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A training is described by typed words in three places: options of sbatch, options of the
 * command, and the site's defaults. They must mean the same everywhere, so one table has all
 * settings. A row says how the value is read, which member of struct dsfit_training it sets, and
 * what is accepted:
 *
 *     "precision" --> read_word() --> training.precision    one of dsfit_precision_names
 *     "seq"       --> read_tokens() -> training.sequence     1 to DSFIT_TOKENS_MAX
 *
 * Users also type words of the Hugging Face Trainer, such as adamw_torch. A second table translates
 * those into dsfit's own before they are read.
 */
#include "core/training/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/base/word.h"
#include "core/training/module_names.h"

struct setting {
	const char *name;
	int (*read)(const struct setting *setting, const char *value, struct dsfit_training *t,
		    struct dsfit_error *err);
	size_t at;			/* offset of the member in struct dsfit_training */
	const char *const *words;	/* the accepted words; NULL: not a word */
	uint64_t max;			/* of a number, which is at least 1 */
	size_t given;			/* offset of the flag that says it was set; 0: none */
};

static void *member(struct dsfit_training *t, size_t at)
{
	return (char *)t + at;
}

static void mark_given(const struct setting *setting, struct dsfit_training *t)
{
	if (setting->given)
		*(bool *)member(t, setting->given) = true;
}

/* ---- words and numbers --------------------------------------------------------------------- */

/* Words of other tools and dsfit's word for the same. */
static const char *own_word(const char *name, const char *value)
{
	static const struct {
		const char *setting, *theirs, *own;
	} words[] = {
		{ "optimizer", "adam", "adamw" },
		{ "optimizer", "adamw_torch", "adamw" },
		{ "optimizer", "adamw_torch_fused", "adamw" },
		{ "optimizer", "adamw_8bit", "adam8bit" },
		{ "optimizer", "adamw_bnb_8bit", "adam8bit" },
		{ "optimizer", "paged_adamw_8bit", "paged-adam8bit" },
		{ "optimizer", "paged_adam8bit", "paged-adam8bit" },
		{ "attention", "sdpa", "flash" },
		{ "attention", "flash_attention_2", "flash" },
		{ "attention", "flash_attention_3", "flash" },
		{ "loss", "liger", "fused" },
		{ "loss", "inplace", "in-place" },
		{ "head", "causal", "lm" },
		{ "head", "seqcls", "classify" },
		{ "experts", "quantized", "quantised" },
		{ "checkpointing", "true", "full" },
		{ "checkpointing", "false", "none" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].setting, name) && !strcasecmp(words[i].theirs, value))
			return words[i].own;
	return value;
}

static int read_word(const struct setting *setting, const char *value, struct dsfit_training *t,
		     struct dsfit_error *err)
{
	if (dsfit_parse_enum(setting->words, own_word(setting->name, value), member(t, setting->at),
			     err))
		return -1;
	mark_given(setting, t);
	return 0;
}

/* A typed optimizer replaces the DeepSpeed file's. */
static int read_optimizer(const struct setting *setting, const char *value,
			  struct dsfit_training *t, struct dsfit_error *err)
{
	if (read_word(setting, value, t, err))
		return -1;
	t->optimizer_in_file = false;
	return 0;
}

static int read_number(const struct setting *setting, const char *value, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	mark_given(setting, t);
	return dsfit_parse_number(value, 1, setting->max, member(t, setting->at), err);
}

/* A number that may be 0. */
static int read_count(const struct setting *setting, const char *value, struct dsfit_training *t,
		      struct dsfit_error *err)
{
	mark_given(setting, t);
	return dsfit_parse_number(value, 0, setting->max, member(t, setting->at), err);
}

/* "4096", or "4k" for 4 x 1024, as people write context lengths. */
static int read_tokens(const struct setting *setting, const char *value, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	size_t digits = strspn(value, "0123456789");
	char thousands[16];
	uint64_t k;

	mark_given(setting, t);
	if (digits && digits < sizeof(thousands) && !strcasecmp(value + digits, "k")) {
		snprintf(thousands, sizeof(thousands), "%.*s", (int)digits, value);
		if (!dsfit_parse_number(thousands, 1, setting->max / 1024, &k, NULL)) {
			t->sequence = k * 1024;
			return 0;
		}
	}
	return read_number(setting, value, t, err);
}

static int read_bytes(const struct setting *setting, const char *value, struct dsfit_training *t,
		      struct dsfit_error *err)
{
	return dsfit_parse_bytes_with_unit(value, member(t, setting->at), err);
}

/* ---- settings with a form of their own ----------------------------------------------------- */

/* "3", or "stage3". */
static int read_stage(const struct setting *setting, const char *value, struct dsfit_training *t,
		      struct dsfit_error *err)
{
	const char *digit = strncasecmp(value, "stage", 5) ? value : value + 5;
	uint64_t stage;

	if (dsfit_parse_number(digit, 0, 3, &stage, NULL))
		return dsfit_fail(err, "%s: must be a ZeRO stage: 0, 1, 2 or 3", value);
	t->zero = (unsigned)stage;
	mark_given(setting, t);
	return 0;
}

/* Split "key:value,key:value" and call set(t, key, value) for each. Returns -1 if the text has
 * another form or set() fails. The text is copied, because the caller only lends it. */
static int read_pairs(const char *text, struct dsfit_training *t,
		      int (*set)(struct dsfit_training *, const char *, const char *))
{
	char copy[256], *rest = copy, *item;

	if (strlen(text) >= sizeof(copy))
		return -1;
	strcpy(copy, text);
	while ((item = strsep(&rest, ","))) {
		char *value = strchr(item, ':');

		if (!value)
			return -1;
		*value++ = '\0';
		if (set(t, item, value))
			return -1;
	}
	return 0;
}

static int set_offload(struct dsfit_training *t, const char *key, const char *value)
{
	int word = dsfit_word(dsfit_offload_names, value);

	if (word < 0)
		return -1;
	if (!strcasecmp(key, "optimizer"))
		t->offload_optimizer = (enum dsfit_offload)word;
	else if (!strcasecmp(key, "param"))
		t->offload_param = (enum dsfit_offload)word;
	else
		return -1;
	return 0;
}

/* "cpu" for all that the stage can offload, or "optimizer:cpu,param:nvme". */
static int read_offload(const struct setting *setting, const char *value, struct dsfit_training *t,
			struct dsfit_error *err)
{
	int word = dsfit_word(setting->words, value);
	char near[DSFIT_NEAR_TEXT];

	t->offload_optimizer = t->offload_param = t->offload_all = DSFIT_OFFLOAD_NONE;
	t->asked_optimizer = t->asked_param = DSFIT_OFFLOAD_NONE;
	t->offload_in_file = t->offload_default = false;
	if (word >= 0)
		t->offload_all = (enum dsfit_offload)word;
	else if (read_pairs(value, t, set_offload))
		return dsfit_fail(err, "%s: %smust be none, cpu, nvme or "
				  "optimizer:cpu,param:nvme", value,
				  dsfit_near_word(setting->words, value, near));
	return 0;
}

static int set_degree(struct dsfit_training *t, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint64_t *out;
	} degrees[] = {
		{ "tensor", &t->tensor }, { "pipeline", &t->pipeline },
		{ "expert", &t->expert }, { "sequence", &t->sequence_parallel },
		{ "tp", &t->tensor }, { "pp", &t->pipeline },
		{ "ep", &t->expert }, { "sp", &t->sequence_parallel },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(degrees); i++)
		if (!strcasecmp(degrees[i].key, key))
			return dsfit_parse_number(value, 1, DSFIT_DEGREE_MAX, degrees[i].out, NULL);
	return -1;
}

/* "tensor:2,pipeline:4". */
static int read_degrees(const struct setting *setting, const char *value, struct dsfit_training *t,
			struct dsfit_error *err)
{
	(void)setting;
	if (read_pairs(value, t, set_degree))
		return dsfit_fail(err, "%s: must be degrees of tensor, pipeline, expert or "
				  "sequence, such as tensor:2,pipeline:4", value);
	return 0;
}

/* "lora", or "lora:16" with the rank of the adapters; the same with qlora. */
static int read_method(const struct setting *setting, const char *value, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	char name[16] = "", near[DSFIT_NEAR_TEXT];
	const char *rank = strchr(value, ':');
	size_t length = rank ? (size_t)(rank - value) : strlen(value);
	int word;

	if (length < sizeof(name))
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): it is all zeros */
		memcpy(name, value, length);
	word = dsfit_word(setting->words, name);
	if (word < 0 || (rank && word == DSFIT_METHOD_FULL) ||
	    (rank && dsfit_parse_number(rank + 1, 1, DSFIT_DEGREE_MAX, &t->lora_rank, NULL)))
		return dsfit_fail(err, "%s: %smust be full, lora or qlora, or have a rank from 1 "
				  "to 65536 such as lora:16", value,
				  word < 0 ? dsfit_near_word(setting->words, name, near) : "");
	t->method = (enum dsfit_method)word;
	return 0;
}

static const char *const yes_or_no[] = { "yes", "no", NULL };

/* yes or no, and what other tools write for them. */
static int parse_answer(const char *value, bool *yes, struct dsfit_error *err)
{
	static const char *const others[] = { "true", "false", NULL };
	int word = dsfit_word(yes_or_no, value);

	if (word < 0)
		word = dsfit_word(others, value);
	if (word < 0)
		return dsfit_fail(err, "%s: must be yes or no", value);
	*yes = !word;
	return 0;
}

static int read_flag(const struct setting *setting, const char *value, struct dsfit_training *t,
		     struct dsfit_error *err)
{
	return parse_answer(value, member(t, setting->at), err);
}

static int read_answer(const struct setting *setting, const char *value, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	bool yes = false;

	if (parse_answer(value, &yes, err))
		return -1;
	*(enum dsfit_answer *)member(t, setting->at) = yes ? DSFIT_YES : DSFIT_NO;
	return 0;
}

static const char *const target_sets[] = { "qv", "attention", "all-linear", NULL };

/* A set of targets by its name, or modules joined by "+". */
static int read_lora_targets(const struct setting *setting, const char *value,
			     struct dsfit_training *t, struct dsfit_error *err)
{
	int word = dsfit_word(setting->words, value);
	char near[DSFIT_NEAR_TEXT];

	if (word >= 0) {
		t->lora_targets = (enum dsfit_lora_targets)word;
		return 0;
	}
	if (dsfit_module_names(value, &t->lora_modules, NULL))
		return dsfit_fail(err, "%s: %smust be qv, attention, all-linear, or modules such "
				  "as q_proj+v_proj", value,
				  dsfit_near_word(setting->words, value, near));
	t->lora_targets = DSFIT_LORA_LISTED;
	return 0;
}

static int read_modules(const struct setting *setting, const char *value,
			struct dsfit_training *t, struct dsfit_error *err)
{
	if (!strcasecmp(value, "none")) {
		*(uint64_t *)member(t, setting->at) = 0;
		return 0;
	}
	return dsfit_module_names(value, member(t, setting->at), err);
}

static int read_dropout(const struct setting *setting, const char *value,
			struct dsfit_training *t, struct dsfit_error *err)
{
	return dsfit_parse_decimal(value, 0, 1, member(t, setting->at), err);
}

/* "4.48", also as the package has it: "4.48.3". Only of DeepSpeed the last number is kept. */
static int read_release(const struct setting *setting, const char *value,
			struct dsfit_training *t, struct dsfit_error *err)
{
	uint64_t last = DSFIT_PATCH_LAST;
	char text[32], *patch;

	snprintf(text, sizeof(text), "%s", value);
	if (dsfit_release_split(text, member(t, setting->at), &patch))
		return dsfit_fail(err, "%s: must be a release such as 4.48", value);
	if (setting->at != offsetof(struct dsfit_training, deepspeed))
		return 0;
	/* "0.18.2+cu121" and "0.19.0rc1" have more behind it. */
	if (patch)
		patch[strspn(patch, "0123456789")] = '\0';
	if (!patch || dsfit_parse_number(patch, 0, DSFIT_PATCH_LAST, &last, NULL))
		last = DSFIT_PATCH_LAST;
	t->deepspeed_patch = last;
	return 0;
}

/* A flag: being there is all it says. */
static int read_no_zero_init(const struct setting *setting, const char *value,
			     struct dsfit_training *t, struct dsfit_error *err)
{
	(void)setting;
	(void)value;
	(void)err;
	t->zero_init = false;
	return 0;
}

/* additional_buffer_factor of DeepSpeed's estimator. */
static int read_factor(const struct setting *setting, const char *value, struct dsfit_training *t,
		       struct dsfit_error *err)
{
	return dsfit_parse_decimal(value, 1, 100, member(t, setting->at), err);
}

/* A micro-batch is also "given" as a site's default; it is declared only by the job. */
static int read_batch(const struct setting *setting, const char *value, struct dsfit_training *t,
		      struct dsfit_error *err)
{
	if (read_number(setting, value, t, err))
		return -1;
	t->batch_declared = true;
	return 0;
}

/* ---- the table ----------------------------------------------------------------------------- */

#define AT(member) offsetof(struct dsfit_training, member)

static const struct setting settings[] = {
	{ "zero", read_stage, AT(zero), NULL, 0, AT(zero_given) },
	{ "offload", read_offload, 0, dsfit_offload_names, 0, 0 },
	{ "method", read_method, 0, dsfit_method_names, 0, 0 },
	{ "batch", read_batch, AT(micro_batch), NULL, DSFIT_BATCH_MAX, AT(micro_batch_given) },
	{ "seq", read_tokens, AT(sequence), NULL, DSFIT_TOKENS_MAX, AT(sequence_declared) },
	{ "precision", read_word, AT(precision), dsfit_precision_names, 0, AT(precision_declared) },
	{ "optimizer", read_optimizer, AT(optimizer), dsfit_optimizer_names, 0, 0 },
	{ "checkpointing", read_word, AT(checkpointing), dsfit_checkpointing_names, 0, 0 },
	{ "attention", read_word, AT(attention), dsfit_attention_names, 0, 0 },
	{ "parallel", read_degrees, 0, NULL, 0, 0 },
	{ "dataset", read_bytes, AT(dataset), NULL, 0, 0 },
	{ "base-weights", read_word, AT(base_weights), dsfit_base_weights_names, 0,
	  AT(base_weights_given) },
	{ "lora-targets", read_lora_targets, 0, target_sets, 0, 0 },
	{ "lora-dropout", read_dropout, AT(lora_dropout), NULL, 0, 0 },
	{ "dora", read_flag, AT(dora), NULL, 0, 0 },
	{ "modules-to-save", read_modules, AT(modules_to_save), NULL, 0, 0 },
	{ "experts", read_word, AT(experts), dsfit_experts_names, 0, 0 },
	{ "loss", read_word, AT(loss), dsfit_loss_names, 0, 0 },
	{ "head", read_word, AT(task), dsfit_task_names, 0, 0 },
	{ "objective", read_word, AT(objective), dsfit_objective_names, 0, 0 },
	{ "reference", read_answer, AT(reference), NULL, 0, 0 },
	{ "completion", read_number, AT(completion), NULL, DSFIT_TOKENS_MAX, 0 },
	{ "frozen", read_word, AT(frozen), dsfit_frozen_names, 0, 0 },
	{ "padding", read_flag, AT(padding), NULL, 0, 0 },
	{ "outputs-kept", read_flag, AT(outputs_kept), NULL, 0, 0 },
	{ "images", read_count, AT(images), NULL, DSFIT_DEGREE_MAX, 0 },
	{ "image-tokens", read_number, AT(image_tokens), NULL, DSFIT_TOKENS_MAX, 0 },
	{ "eval-batch", read_count, AT(eval_batch), NULL, DSFIT_BATCH_MAX,
	  AT(eval_batch_declared) },
	{ "accumulation", read_number, AT(accumulation), NULL, DSFIT_BATCH_MAX,
	  AT(accumulation_given) },
	{ "foreach", read_answer, AT(foreach), NULL, 0, 0 },
	{ "master", read_answer, AT(master), NULL, 0, 0 },
	{ "workers", read_count, AT(workers), NULL, DSFIT_DEGREE_MAX, 0 },
	{ "save", read_answer, AT(save), NULL, 0, 0 },
	{ "save-total-limit", read_number, AT(save_total_limit), NULL, DSFIT_DEGREE_MAX, 0 },
	{ "transformers", read_release, AT(transformers), NULL, 0, 0 },
	{ "torch", read_release, AT(torch), NULL, 0, 0 },
	{ "deepspeed", read_release, AT(deepspeed), NULL, 0, 0 },
	{ "zero-init", read_flag, AT(zero_init), NULL, 0,
	  AT(zero_init_declared) },
	{ "engine", read_word, AT(engine), dsfit_engine_names, 0, 0 },
	{ "no-zero-init", read_no_zero_init, AT(zero_init), NULL, 0,
	  AT(zero_init_declared) },
	{ "buffer-factor", read_factor, AT(buffer_factor), NULL, 0, 0 },
};

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

int dsfit_training_set(struct dsfit_training *training, const char *name, const char *value,
		       struct dsfit_error *err)
{
	const struct setting *setting = find_setting(name);

	if (!setting)
		return dsfit_fail(err, "%s: unknown training setting", name);
	return setting->read(setting, value, training, err);
}

/* "KEY: did you mean KEY? ...": the key of --ds-set that nobody knows. */
static int refuse_key(const char *key, struct dsfit_error *err)
{
	struct dsfit_near near;
	char text[DSFIT_NEAR_TEXT];

	dsfit_near_start(&near, key);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(settings); i++)
		dsfit_near_try(&near, settings[i].name, &settings[i]);
	return dsfit_fail(err, "%.64s: %sno such setting; dsfit(1) lists them", key,
			  dsfit_near_text(&near, text));
}

int dsfit_training_set_all(struct dsfit_training *training, const char *text,
			   struct dsfit_error *err)
{
	char copy[DSFIT_SETTINGS_MAX + 1], *rest = copy, *key;
	struct dsfit_error why;

	if (strlen(text) > DSFIT_SETTINGS_MAX)
		return dsfit_fail(err, "%.40s...: longer than %d characters", text,
				  DSFIT_SETTINGS_MAX);
	strcpy(copy, text);
	while ((key = strsep(&rest, ","))) {
		char *value = strchr(key, ':');

		if (!value || !value[1])
			return dsfit_fail(err, "%.64s: must be KEY:VALUE, such as loss:fused",
					  *key ? key : text);
		*value++ = '\0';
		if (!find_setting(key))
			return refuse_key(key, err);
		if (dsfit_training_set(training, key, value, &why))
			return dsfit_fail(err, "%s:%s", key, why.text);
	}
	return 0;
}
