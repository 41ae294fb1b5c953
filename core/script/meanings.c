/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each setting of a training says. */
#include "core/script/meanings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/script/documents.h"
#include "core/script/flags.h"

#define FILES_DEEP 4
#define MICRO_BATCH_MAX 4096

/* ---- words ---------------------------------------------------------------------------------- */

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcasecmp(text, *words))
			return true;
	return false;
}

/* yes, no, or unsaid for what is neither. A switch without a value is on. */
static int truth(const struct dsfit_setting *s)
{
	static const char *const yes[] = { "true", "yes", "on", "1", "full", NULL };
	static const char *const no[] = { "false", "no", "off", "0", "none", "null", "", NULL };

	if (!s->has_value)
		return DSFIT_SAID_YES;
	if (!s->known)
		return DSFIT_UNSAID;
	return is_word(s->text, yes) ? DSFIT_SAID_YES : is_word(s->text, no) ? DSFIT_SAID_NO :
	       DSFIT_UNSAID;
}

static bool number(const struct dsfit_setting *s, uint64_t *out)
{
	char *end;
	double value;

	if (!s->known || *s->text < '0' || *s->text > '9')
		return false;
	value = strtod(s->text, &end);
	if (*end || value < 0 || value > 1e12 || (double)(uint64_t)value != value)
		return false;
	*out = (uint64_t)value;
	return true;
}

static bool has(const char *text, const char *part)
{
	return strcasestr(text, part);
}

static void note(struct dsfit_script_training *t, enum dsfit_script_field field,
		 const struct dsfit_setting *s, const char *text)
{
	dsfit_script_note(t, field, text, s->source, s->sure);
}

static void note_number(struct dsfit_script_training *t, enum dsfit_script_field field,
			const struct dsfit_setting *s)
{
	char digits[DSFIT_DIGITS];
	uint64_t value;

	if (number(s, &value) && value)
		note(t, field, s, dsfit_digits(value, digits));
}

static void keep_number(struct dsfit_said_number *kept, const struct dsfit_setting *s)
{
	uint64_t value;

	if (s->sure >= kept->sure && number(s, &value) && value)
		*kept = (struct dsfit_said_number){ value, s->source, s->sure };
}

/* ---- models --------------------------------------------------------------------------------- */

double dsfit_meaning_size(const char *model)
{
	const char *slash = strrchr(model, '/');
	double size = 0;

	/* A path that ends in "/" names its last folder. */
	for (const char *c = slash && slash[1] ? slash : model; *c; c++) {
		double value, times = 1;
		char *end;

		if (*c < '0' || *c > '9' || (c > model && ((c[-1] >= '0' && c[-1] <= '9') ||
							   c[-1] == '.')))
			continue;
		value = strtod(c, &end);
		if ((*end == 'x' || *end == 'X') && end[1] >= '0' && end[1] <= '9') {
			times = value;
			value = strtod(end + 1, &end);
		} else if (*end == 'p' && end[1] >= '0' && end[1] <= '9' &&
			   (end[2] == 'b' || end[2] == 'B')) {
			value += (end[1] - '0') / 10.0;
			end += 2;
		}
		if (!*end || (end[1] >= 'a' && end[1] <= 'z') || (end[1] >= 'A' && end[1] <= 'Z'))
			continue;
		if (*end == 'b' || *end == 'B')
			size = value * times;
		else if (*end == 'm' || *end == 'M')
			size = value * times / 1000;
		if (size > 0)
			return size < 10000 ? size : 0;
	}
	return 0;
}

/* As in gpt-t5, nanoT5; not as in resnet50. */
static bool begins_word(const char *text, const char *c)
{
	bool after_letter = c > text && (c[-1] | 32) >= 'a' && (c[-1] | 32) <= 'z';

	return !after_letter || (c[-1] >= 'a' && *c >= 'A' && *c <= 'Z');
}

/* A short name is one only where a word begins: no t5 in resnet50. */
static bool is_of_model(const char *text, const char *at, size_t length)
{
	return length >= 4 || begins_word(text, at);
}

static bool has_part(const struct dsfit_parts *parts, const char *text)
{
	return dsfit_launchers_find(parts, text, is_of_model);
}

bool dsfit_meaning_is_model(const struct dsfit_launchers *launchers, const char *text)
{
	return dsfit_meaning_size(text) > 0 || has_part(&launchers->models, text);
}

bool dsfit_meaning_is_other_model(const struct dsfit_launchers *launchers, const char *text)
{
	return !has_part(&launchers->models, text) && has_part(&launchers->other_models, text);
}

/* The part of a path that names the model is known, even if a folder before it is not. */
static bool names_model(const struct dsfit_setting *s)
{
	const struct dsfit_cell *c = s->span.end;

	if (s->known || !s->span.begin)
		return s->known;
	while (c > s->span.begin && c[-1].c == '/')
		c--;
	for (; c > s->span.begin && c[-1].c != '/'; c--)
		if (c[-1].flags & DSFIT_CELL_UNKNOWN)
			return false;
	return c > s->span.begin;
}

/*
 * "$CACHE/models--owner--name/snapshots/…", as Hugging Face's cache has it: in a folder that nobody
 * knows the name is all that can be told. A path that is known says more, as the model is there.
 */
static const char *name_in_cache(const struct dsfit_setting *s, char name[256])
{
	const char *begin = s->known ? NULL : strstr(s->text, "models--");
	const char *part = begin ? strstr(begin + 8, "--") : NULL;
	size_t owner = part ? (size_t)(part - begin - 8) : 0;
	size_t rest = part ? strcspn(part + 2, "/") : 0;

	if (!owner || !rest || owner + rest > 200 || memchr(begin, '$', owner + rest + 10) ||
	    memchr(begin, '/', owner + 8))
		return s->text;
	snprintf(name, 256, "%.*s/%.*s", (int)owner, begin + 8, (int)rest, part + 2);
	return name;
}

static void take_model(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	char name[256];
	static const char *const none[] = { "true", "false", "none", "null", "auto", "hf", "vllm",
					    "FILL_ME", "???", NULL };

	if (s->has_value && *s->text && s->span.begin && !names_model(s)) {
		t->open_model = s->text;
		t->open_source = s->source;
	}
	if (!*s->text || !names_model(s) || is_word(s->text, none) || strlen(s->text) > 255)
		return;
	note(t, DSFIT_SAYS_MODEL, s, name_in_cache(s, name));
	t->traits++;
}

/* A file of the model's settings beside those of the program, as hydra has them. */
static void take_group(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const char *const folders[] = { "conf", "config", "configs" };
	struct dsfit_arena *arena = t->r->shell.arena;
	const char *program = dsfit_span_text(arena, t->launch->program);
	const char *last = strrchr(program, strchr(program, '/') ? '/' : '.');

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(folders) * 2; i++) {
		struct dsfit_cells name = { 0 };
		char path[512];

		snprintf(path, sizeof(path), "%.*s/%s/%.60s/%.120s.yaml",
			 i < 3 && last ? (int)(last - program) : 1, i < 3 && last ? program : ".",
			 folders[i % 3], s->name, s->text);
		dsfit_cells_add_text(arena, &name, path, 0, 0);
		if (dsfit_meaning_take_file(t, dsfit_span_of(&name), DSFIT_SURE_FILE))
			return;
	}
}

/* "owner/name" */
static bool is_hub_name(const char *text)
{
	size_t owner = strcspn(text, "/"), name = text[owner] ? strlen(text + owner + 1) : 0;

	return owner && name && *text != '.' && *text != '~' && *text != '$' &&
	       !memchr(text + owner + 1, '/', name) && !strchr(text, '.');
}

/* "gpt-imdb-model": what is made, called after what it is made of. */
static bool names_result(const char *text)
{
	const char *at = strcasestr(text, "model");

	return at && at > text && !strchr(text, '/') && !dsfit_meaning_size(text) &&
	       (at[-1] == '-' || at[-1] == '_') && (!at[5] || at[5] == '-' || at[5] == '_');
}

static void take_model_perhaps(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	struct dsfit_setting weaker = *s;

	weaker.sure -= 3;
	/* hydra's --config-name is a file; what a program makes of the other is its own. */
	if ((!strcmp(s->name, "config_name") && !is_hub_name(s->text)) || names_result(s->text))
		return;
	if (s->is_key && !strchr(s->name, '.') && !strchr(s->text, '/') && s->known)
		take_group(t, s);
	/* Files also name the towers of a model that reads texts. */
	t->other |= s->sure == DSFIT_SURE_FLAG && s->known &&
		    (!strcmp(s->name, "model") || !strcmp(s->name, "model_name")) &&
		    dsfit_meaning_is_other_model(t->r->launchers, s->text);
	/* A program that is known to train has no other use for a name of the Hub, and in its cache
	 * are models alone. */
	if (dsfit_meaning_is_model(t->r->launchers, s->text) || strstr(s->text, "/models--") ||
	    (t->launch->trainer && is_hub_name(s->text)))
		take_model(t, &weaker);
}

/* One "name=value" of a factory's brackets. */
static void take_argument(struct dsfit_script_training *t, const struct dsfit_setting *s,
			  const char *text, size_t length)
{
	struct dsfit_arena *arena = t->r->shell.arena;
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : 0, value = length - name - 1;
	struct dsfit_setting one = *s;

	if (!equals || memchr(text, '?', length))
		return;
	while (name && *text == ' ') {
		text++;
		name--;
	}
	equals++;
	if (value > 1 && (*equals == '\'' || *equals == '"')) {
		equals++;
		value -= 2;
	}
	one.name = dsfit_arena_copy(arena, text, name);
	one.text = dsfit_arena_copy(arena, equals, value);
	one.span = (struct dsfit_span){ NULL, NULL };
	if (one.name && one.text)
		dsfit_meaning_take(t, &one);
}

/* "n_layer=12,n_embd=768" of transformers' run_clm.py */
static void take_overrides(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	for (const char *c = s->text; *c && s->known; c += *c == ',') {
		size_t part = strcspn(c, ",");

		take_argument(t, s, c, part);
		c += part;
	}
}

/* "llama3_8b(num_nodes=2, num_gpus_per_node=8)", as NeMo has it. */
static void take_factory(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	size_t length = strcspn(s->text, "(");
	struct dsfit_setting model = *s;

	model.text = dsfit_arena_copy(t->r->shell.arena, s->text, length);
	if (s->span.begin)
		model.span.end = s->span.begin + length;
	if (!model.text)
		return;
	model.known = !dsfit_span_has(model.span, DSFIT_CELL_UNKNOWN);
	if (dsfit_meaning_is_model(t->r->launchers, model.text))
		take_model(t, &model);
	for (const char *c = s->text + length; *c && *c != ')';) {
		size_t part = strcspn(++c, ",)");

		take_argument(t, s, c, part);
		c += part;
	}
}

static void take_shape(struct dsfit_script_training *t, const struct dsfit_setting *s,
		       enum dsfit_script_field field)
{
	note_number(t, field, s);
}

static void take_layers(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_shape(t, s, DSFIT_SAYS_LAYERS);
}

static void take_hidden(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_shape(t, s, DSFIT_SAYS_HIDDEN);
}

static void take_ffn(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_shape(t, s, DSFIT_SAYS_FFN);
}

static void take_experts(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	keep_number(&t->experts, s);
}

/* ---- sharding and offload ------------------------------------------------------------------- */

static void take_zero(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	char text[2] = { *s->text, '\0' };
	struct dsfit_setting weaker = *s;

	/* Megatron's distributed optimizer, which shards what ZeRO's stage 1 does. */
	if (has(s->name, "distributed_optimizer")) {
		weaker.sure -= 3;
		if (truth(s) == DSFIT_SAID_YES)
			note(t, DSFIT_SAYS_ZERO, &weaker, "1");
		return;
	}
	if (!s->known || *s->text < '0' || *s->text > '3' || s->text[1])
		return;
	note(t, DSFIT_SAYS_ZERO, s, text);
	t->traits++;
	t->signs++;
}

static void take_device(struct dsfit_script_training *t, const struct dsfit_setting *s,
			enum dsfit_script_field field)
{
	int is = truth(s);

	if (is != DSFIT_UNSAID)
		note(t, field, s, is ? "cpu" : "none");
	else if (s->known && (!strcasecmp(s->text, "cpu") || !strcasecmp(s->text, "nvme")))
		note(t, field, s, s->text);
}

static void take_offload_optimizer(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_device(t, s, DSFIT_SAYS_OFFLOAD_OPTIMIZER);
}

static void take_offload_param(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_device(t, s, DSFIT_SAYS_OFFLOAD_PARAM);
}

static void take_offload(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_device(t, s, DSFIT_SAYS_OFFLOAD_OPTIMIZER);
	take_device(t, s, DSFIT_SAYS_OFFLOAD_PARAM);
}

/* FSDP in ZeRO's stages. Numbers are those of accelerate. */
static void take_fsdp(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const struct {
		const char *word, *stage;
	} words[] = {
		{ "hybrid_shard_zero2", "2" }, { "shard_grad_op", "2" }, { "no_shard", "0" },
		{ "full_shard", "3" }, { "hybrid_shard", "3" }, { "auto_wrap", "3" },
		{ "by_block", "3" },
		{ "stage_3", "3" }, { "stage_2", "2" }, { "stage_1", "1" }, { "fsdp", "3" },
		{ "sdp", "3" }, { "zero3", "3" }, { "zero2", "2" }, { "gemini", "3" },
	};
	bool strategy = has(s->name, "strategy");
	const char *stage = NULL;

	if (!s->known && s->has_value)
		return;
	if (strategy && strlen(s->text) == 1 && *s->text >= '1' && *s->text <= '4')
		stage = *s->text == '2' ? "2" : *s->text == '3' ? "0" : "3";
	else if (strategy && (!strcasecmp(s->text, "full") || !strcasecmp(s->text, "hybrid")))
		stage = "3";
	else if (has(s->name, "shard_degree"))	/* 1: none; -1: all */
		stage = s->known && strcmp(s->text, "1") ? "3" : NULL;
	else if (!strategy && truth(s) == DSFIT_SAID_YES)
		stage = "3";
	else if (has(s->name, "reshard") && truth(s) == DSFIT_SAID_NO)
		stage = "2";
	for (size_t i = 0; !stage && i < DSFIT_ARRAY_SIZE(words); i++)
		if (has(s->text, words[i].word))
			stage = words[i].stage;
	if (!stage)
		return;
	note(t, DSFIT_SAYS_ZERO, s, stage);
	t->traits++;
	t->signs++;
	/* Colossal-AI's plugins are gemini, zero2 and zero2_cpu. */
	if (has(s->text, "offload") || has(s->text, "zero2_cpu")) {
		note(t, DSFIT_SAYS_OFFLOAD_OPTIMIZER, s, "cpu");
		note(t, DSFIT_SAYS_OFFLOAD_PARAM, s, "cpu");
	}
}

/* ---- batches and lengths -------------------------------------------------------------------- */

static void take_micro_batch(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t value;

	/* So many are no sequences, but tokens. */
	if (number(s, &value) && value > MICRO_BATCH_MAX)
		return;
	if (s->sure == DSFIT_SURE_ENGINE)
		keep_number(&t->engine_batch, s);
	note_number(t, DSFIT_SAYS_MICRO_BATCH, s);
	t->signs++;
}

static void take_global_batch(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	const char *dot = strrchr(s->name, '.'), *name = dot ? dot + 1 : s->name;

	keep_number(&t->global_batch, s);
	t->global_batch_counts = !strcmp(name, "global_batch_size") || !strcmp(name, "gbs");
}

static void take_context(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	keep_number(&t->context, s);
}

static void take_copies(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	keep_number(&t->copies, s);
}

static void take_batch(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	/* DeepSpeed's own file knows what is per GPU and what is of all. */
	if (s->sure == DSFIT_SURE_ENGINE)
		keep_number(&t->global_batch, s);
	else
		keep_number(&t->batch, s);
}

static void take_accumulation(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	note_number(t, DSFIT_SAYS_ACCUMULATION, s);
	t->signs++;
}

static void take_sequence(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t value;

	/* A tokenizer's "no limit" is no length, and shorter ones are of something else. */
	if (!number(s, &value) || value < 16 || value > 100000000)
		return;
	note_number(t, DSFIT_SAYS_SEQUENCE, s);
	t->traits++;
}

static void take_sequence_part(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	const char *dot = strrchr(s->name, '.');
	uint64_t value;
	unsigned i = 0;

	if (!number(s, &value))
		return;
	while (i < t->parts && strcmp(t->part[i].name, dot ? dot + 1 : s->name))
		i++;
	if (i == DSFIT_SEQUENCE_PARTS)
		return;
	t->parts += i == t->parts;
	snprintf(t->part[i].name, sizeof(t->part[i].name), "%s", dot ? dot + 1 : s->name);
	t->part[i].value = value;
	t->part[i].source = s->source;
	t->traits++;
}

static void take_sequence_or(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t value;

	if (number(s, &value) && value > strtoull(t->fact[DSFIT_SAYS_SEQUENCE].text, NULL, 10))
		take_sequence(t, s);
}

static void take_sequence_limit(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t value;

	/* As of a sequence. */
	if (!number(s, &value) || value < 16 || value > 100000000)
		return;
	keep_number(&t->limit, s);
	t->traits++;
}

/* ---- numbers' formats ----------------------------------------------------------------------- */

static void take_precision(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	if (!s->known)
		return;
	if (has(s->text, "bf16") || has(s->text, "bfloat16"))
		note(t, DSFIT_SAYS_PRECISION, s, "bf16");
	else if (has(s->text, "fp16") || has(s->text, "float16") || !strcmp(s->text, "16") ||
		 !strcmp(s->text, "16-mixed"))
		note(t, DSFIT_SAYS_PRECISION, s, "fp16");
	else if (has(s->text, "fp32") || has(s->text, "float32") || !strcmp(s->text, "32"))
		note(t, DSFIT_SAYS_PRECISION, s, "fp32");
}

static void take_half(struct dsfit_script_training *t, const struct dsfit_setting *s,
		      const char *name)
{
	int is = truth(s);

	if (is == DSFIT_SAID_YES) {
		if (s->sure == DSFIT_SURE_ENGINE)
			t->engine_precision = name;
		note(t, DSFIT_SAYS_PRECISION, s, name);
	} else if (is == DSFIT_SAID_NO && s->sure == DSFIT_SURE_FLAG) {
		/* Of what is switched off something else is left. */
		dsfit_script_note(t, DSFIT_SAYS_PRECISION, "fp32", s->source, DSFIT_SURE_NAME);
	}
}

static void take_bf16(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_half(t, s, "bf16");
}

static void take_fp16(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	take_half(t, s, "fp16");
}

/* ---- what is kept, and what steps ----------------------------------------------------------- */

static void take_checkpointing(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const char *const full[] = { "full", "uniform", "block", "unsloth", "offload",
					    "offload_disk", NULL };
	int is = truth(s);

	/* Megatron's --recompute-activations recomputes the attention alone. */
	if (is == DSFIT_SAID_YES && has(s->name, "recompute_activations"))
		note(t, DSFIT_SAYS_CHECKPOINTING, s, "selective");
	else if (is != DSFIT_UNSAID)
		note(t, DSFIT_SAYS_CHECKPOINTING, s, is ? "full" : "none");
	else if (s->known && is_word(s->text, full))
		note(t, DSFIT_SAYS_CHECKPOINTING, s, "full");
	else if (s->known && !strcasecmp(s->text, "selective"))
		note(t, DSFIT_SAYS_CHECKPOINTING, s, "selective");
	t->signs++;
}

static void take_no_checkpointing(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	int is = truth(s);

	if (is != DSFIT_UNSAID)
		note(t, DSFIT_SAYS_CHECKPOINTING, s, is ? "none" : "full");
}

static void take_optimizer(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	/* "torch.optim.AdamW" is a class by its module. */
	const char *dot = has(s->name, "_component_") || has(s->name, "_target_") ?
			  strrchr(s->text, '.') : NULL;
	const char *text = dot ? dot + 1 : s->text;

	if (s->known && *text && strlen(text) < 40 && truth(s) == DSFIT_UNSAID)
		note(t, DSFIT_SAYS_OPTIMIZER, s, text);
	t->signs++;
}

/* ---- methods -------------------------------------------------------------------------------- */

static void found_adapter(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	t->lora = true;
	t->adapter_source = s->source;
	t->signs++;
}

static void take_lora(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t rank;
	int is = truth(s);

	if (is == DSFIT_SAID_YES || (number(s, &rank) && rank))
		found_adapter(t, s);
	else if (is == DSFIT_SAID_NO && s->sure == DSFIT_SURE_FLAG)
		t->lora = false;
	else if (is == DSFIT_UNSAID && s->known && !has(s->name, "use"))
		found_adapter(t, s);
	t->adapter_off |= is == DSFIT_SAID_NO;
}

static void take_bits(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t bits;

	if (number(s, &bits) && bits)
		t->bits = bits;
}

static void take_four_bit(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	int is = truth(s);

	if (is == DSFIT_SAID_YES || (s->known && (has(s->text, "4bit") || has(s->text, "nf4") ||
						  has(s->text, "int4") ||
						  !strcmp(s->text, "4"))))
		t->bits = 4;
	if (is == DSFIT_SAID_YES && has(s->name, "qlora"))
		found_adapter(t, s);
}

static void take_prompt_tuning(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t tokens;

	if (truth(s) == DSFIT_SAID_YES || (number(s, &tokens) && tokens))
		t->prompt = true;
	t->adapter_source = s->source;
}

static void take_all_parameters(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	t->lora = false;
	t->adapter_full = true;
	t->adapter_source = s->source;
}

static void take_adapter(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const char *const all[] = { "full", "none", "null", NULL };

	if (!s->known)
		return;
	if (has(s->text, "qlora"))
		t->bits = 4;
	if (has(s->text, "lora"))
		found_adapter(t, s);
	else if (has(s->text, "prompt") || has(s->text, "prefix"))
		take_prompt_tuning(t, &(struct dsfit_setting){ .source = s->source });
	else if (s->sure == DSFIT_SURE_FLAG && is_word(s->text, all))
		take_all_parameters(t, s);
}

static void take_projector(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	if (truth(s) == DSFIT_SAID_YES)
		t->projector = true;
	t->adapter_source = s->source;
}

static void take_objective(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const char *const words[] = { "dpo", "kto", "orpo", "ppo", "grpo", "reward", "sft",
					     NULL };

	if (!s->known)
		return;
	if (!strcasecmp(s->text, "rm"))
		note(t, DSFIT_SAYS_OBJECTIVE, s, "reward");
	else if (is_word(s->text, words))
		note(t, DSFIT_SAYS_OBJECTIVE, s, s->text);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void take_tensor(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	note_number(t, DSFIT_SAYS_TENSOR, s);
}

static void take_pipeline(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	note_number(t, DSFIT_SAYS_PIPELINE, s);
}

static void take_trains(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	int is = truth(s);

	if (is != DSFIT_UNSAID)
		t->trains = is;
	t->signs += is == DSFIT_SAID_YES;
}

static void take_predicts(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	int is = truth(s);

	if (is != DSFIT_UNSAID)
		t->predicts = is;
}

/* The stage in a file's name: zero3, zero_3, z3, stage3, ds0. */
static void guess_stage(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	static const char *const before[] = { "zero", "stage", "z", "ds" };
	const char *slash = strrchr(s->text, '/');
	char text[2] = "";

	if (!names_model(s) && !s->known)
		return;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(before) && !*text; i++) {
		const char *at = slash ? slash : s->text;

		while (!*text && (at = strcasestr(at, before[i]))) {
			bool whole = at == s->text || (at[-1] | 32) < 'a' || (at[-1] | 32) > 'z';

			at += strlen(before[i]);
			if ((i < 2 || whole) && (*at == '_' || *at == '-') && i != 3)
				at++;
			if ((i < 2 || whole) && *at >= '0' && *at <= '3' &&
			    !(at[1] >= '0' && at[1] <= '9'))
				text[0] = *at;
		}
	}
	if (!*text && has(slash ? slash : s->text, "fsdp"))
		text[0] = '3';
	if (*text)
		dsfit_script_note(t, DSFIT_SAYS_ZERO, text, s->source, DSFIT_SURE_NAME);
	if (*text)
		t->traits++;
}

static struct dsfit_span file_name(struct dsfit_script_training *t, const struct dsfit_setting *s,
				   struct dsfit_cells *name)
{
	if (s->span.begin)
		return s->span;
	dsfit_cells_add_text(t->r->shell.arena, name, s->text, 0, 0);
	return dsfit_span_of(name);
}

const char *const dsfit_settings_endings[] = {
	".yaml", ".yml", ".json", ".hjson", ".toml", NULL,
};

static bool is_settings_file(const char *name)
{
	for (size_t i = 0; dsfit_settings_endings[i]; i++) {
		size_t length = strlen(name), tail = strlen(dsfit_settings_endings[i]);

		if (length > tail &&
		    !strcasecmp(name + length - tail, dsfit_settings_endings[i]))
			return true;
	}
	return false;
}

static void take_engine_file(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	struct dsfit_cells name = { 0 };

	if (!s->has_value || truth(s) != DSFIT_UNSAID || !strcmp(s->text, "auto"))
		return;
	if (!dsfit_meaning_take_file(t, file_name(t, s, &name), DSFIT_SURE_ENGINE)) {
		guess_stage(t, s);
		if (is_settings_file(s->text))
			dsfit_meaning_not_there(t, file_name(t, s, &name));
	}
	t->signs++;
}

/* "llama3_1/8B_lora_single_device": a configuration that the launcher has for a model. */
static void take_packaged(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	size_t family = strcspn(s->text, "/"), size = 0;
	struct dsfit_setting model = *s;
	char text[128];

	if (!s->known || !family || !s->text[family] || family > 60)
		return;
	size = strcspn(s->text + family + 1, "_/");
	if (!size || size > 20 || s->text[family + 1 + size] != '_')
		return;
	snprintf(text, sizeof(text), "%.*s-%.*s", (int)family, s->text, (int)size,
		 s->text + family + 1);
	model.text = text;
	model.span = (struct dsfit_span){ NULL, NULL };
	model.sure = DSFIT_SURE_FILE;
	take_model(t, &model);
}

static void take_file(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	struct dsfit_cells name = { 0 };
	int sure = s->sure == DSFIT_SURE_FLAG ? DSFIT_SURE_FILE : s->sure;

	if (s->has_value && !is_settings_file(s->text) && t->launch->launcher &&
	    t->launch->launcher->packaged)
		take_packaged(t, s);
	if (!s->has_value || !is_settings_file(s->text))
		return;
	if (!dsfit_meaning_take_file(t, file_name(t, s, &name), sure)) {
		guess_stage(t, s);
		t->unread = true;
		dsfit_meaning_not_there(t, file_name(t, s, &name));
	}
}

static void take_gpus(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t count = *s->text == '[' && s->text[1] >= '0' && s->text[1] <= '9';

	/* "[0,1,2,3]" */
	for (const char *c = s->text; count && s->known && *c; c++)
		count += *c == ',';
	if (!count)
		keep_number(&t->gpus, s);
	else if (s->known && s->sure >= t->gpus.sure)
		t->gpus = (struct dsfit_said_number){ count, s->source, s->sure };
}

static void take_world(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	keep_number(&t->world, s);
}

static void take_tokens(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	t->tokens = truth(s) == DSFIT_SAID_YES;
}

static void take_serves(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	t->serves |= truth(s) != DSFIT_SAID_NO;
}

/* So many epochs as none are an evaluation. */
static void take_sign(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	uint64_t count;

	if ((has(s->name, "epoch") || has(s->name, "train_iters")) && number(s, &count) && !count)
		t->predicts = DSFIT_SAID_YES;
	t->signs++;
}

static void take_other(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	t->other |= truth(s) != DSFIT_SAID_NO;
}

static void take_nothing(struct dsfit_script_training *t, const struct dsfit_setting *s)
{
	(void)t;
	(void)s;
}

static void (*const takers[DSFIT_MEANINGS])(struct dsfit_script_training *t,
					    const struct dsfit_setting *s) = {
	[DSFIT_MEANS_MODEL] = take_model,
	[DSFIT_MEANS_MODEL_PERHAPS] = take_model_perhaps,
	[DSFIT_MEANS_FACTORY] = take_factory,
	[DSFIT_MEANS_LAYERS] = take_layers,
	[DSFIT_MEANS_HIDDEN] = take_hidden,
	[DSFIT_MEANS_FFN] = take_ffn,
	[DSFIT_MEANS_EXPERTS] = take_experts,
	[DSFIT_MEANS_ZERO] = take_zero,
	[DSFIT_MEANS_FSDP] = take_fsdp,
	[DSFIT_MEANS_OFFLOAD_OPTIMIZER] = take_offload_optimizer,
	[DSFIT_MEANS_OFFLOAD_PARAM] = take_offload_param,
	[DSFIT_MEANS_OFFLOAD] = take_offload,
	[DSFIT_MEANS_MICRO_BATCH] = take_micro_batch,
	[DSFIT_MEANS_GLOBAL_BATCH] = take_global_batch,
	[DSFIT_MEANS_BATCH] = take_batch,
	[DSFIT_MEANS_ACCUMULATION] = take_accumulation,
	[DSFIT_MEANS_SEQUENCE] = take_sequence,
	[DSFIT_MEANS_SEQUENCE_PART] = take_sequence_part,
	[DSFIT_MEANS_SEQUENCE_OR] = take_sequence_or,
	[DSFIT_MEANS_SEQUENCE_LIMIT] = take_sequence_limit,
	[DSFIT_MEANS_PRECISION] = take_precision,
	[DSFIT_MEANS_BF16] = take_bf16,
	[DSFIT_MEANS_FP16] = take_fp16,
	[DSFIT_MEANS_CHECKPOINTING] = take_checkpointing,
	[DSFIT_MEANS_NO_CHECKPOINTING] = take_no_checkpointing,
	[DSFIT_MEANS_OPTIMIZER] = take_optimizer,
	[DSFIT_MEANS_ADAPTER] = take_adapter,
	[DSFIT_MEANS_LORA] = take_lora,
	[DSFIT_MEANS_BITS] = take_bits,
	[DSFIT_MEANS_FOUR_BIT] = take_four_bit,
	[DSFIT_MEANS_PROMPT_TUNING] = take_prompt_tuning,
	[DSFIT_MEANS_PROJECTOR] = take_projector,
	[DSFIT_MEANS_OBJECTIVE] = take_objective,
	[DSFIT_MEANS_TENSOR] = take_tensor,
	[DSFIT_MEANS_PIPELINE] = take_pipeline,
	[DSFIT_MEANS_CONTEXT] = take_context,
	[DSFIT_MEANS_COPIES] = take_copies,
	[DSFIT_MEANS_TRAINS] = take_trains,
	[DSFIT_MEANS_PREDICTS] = take_predicts,
	[DSFIT_MEANS_ENGINE_FILE] = take_engine_file,
	[DSFIT_MEANS_FILE] = take_file,
	[DSFIT_MEANS_FOLDER] = take_nothing,
	[DSFIT_MEANS_GPUS] = take_gpus,
	[DSFIT_MEANS_WORLD] = take_world,
	[DSFIT_MEANS_SERVES] = take_serves,
	[DSFIT_MEANS_TOKENS] = take_tokens,
	[DSFIT_MEANS_OVERRIDES] = take_overrides,
	[DSFIT_MEANS_SIGN] = take_sign,
	[DSFIT_MEANS_OTHER] = take_other,
};

/* ---- names and files ------------------------------------------------------------------------ */

/* What starts its processes itself may take a launcher's word for how many. */
static bool starts_by(const struct dsfit_script_training *t, const char *name)
{
	const struct dsfit_launchers *l = t->r->launchers;

	for (size_t i = 0; t->launch->trainer && t->launch->trainer->starts_all &&
	     i < l->launchers; i++)
		if (dsfit_names_have(&l->launcher[i].total, name))
			return true;
	return false;
}

/* Whether a section is about something beside the training: reward.model_name_or_path. */
static bool is_aside(const struct dsfit_launchers *launchers, const char *name, size_t length)
{
	const struct dsfit_names *sections = &launchers->sections_aside;

	for (size_t i = 0; i < sections->count; i++)
		if (!strncmp(sections->name[i], name, length) && !sections->name[i][length])
			return true;
	return false;
}

/* A setting with its texts, which are not made of the many that mean nothing. */
static struct dsfit_setting with_texts(struct dsfit_script_training *t,
				       const struct dsfit_setting *setting)
{
	struct dsfit_setting s = *setting;
	struct dsfit_reading *r = t->r;

	if (!s.text) {
		s.text = s.has_value ? dsfit_span_text(r->shell.arena, s.span) : "";
		s.known = !dsfit_span_has(s.span, DSFIT_CELL_UNKNOWN);
	}
	if (!s.source)
		s.source = dsfit_script_source(r, dsfit_span_length(s.span) ?
						  dsfit_span_from(s.span) : s.from);
	return s;
}

/*
 * A name without a meaning. A launcher's file may say how many processes it starts. What is about
 * adapters may be the only thing that says that there is one: lora_alpha, peft_method, is_adapter.
 */
static void take_unknown(struct dsfit_script_training *t, const struct dsfit_setting *setting,
			 const char *name)
{
	const struct dsfit_launcher *l = t->launch->launcher;
	struct dsfit_setting told;

	if (l ? dsfit_names_have(&l->total, name) : starts_by(t, name)) {
		told = with_texts(t, setting);
		keep_number(&t->processes, &told);
	} else if (!t->adapter_hint && (strstr(setting->name, "lora") ||
		   strstr(setting->name, "peft") || strstr(setting->name, "adapter"))) {
		told = with_texts(t, setting);
		t->adapter_hint = truth(&told) != DSFIT_SAID_NO;
	}
}

void dsfit_meaning_take(struct dsfit_script_training *t, const struct dsfit_setting *setting)
{
	struct dsfit_setting told;
	const char *name = setting->name;
	enum dsfit_meaning meaning;

	/* Inside sections: with them, then without one after the other. */
	while (!dsfit_launchers_meaning(t->r->launchers, name, &meaning)) {
		const char *dot = strchr(name, '.');

		if (dot && is_aside(t->r->launchers, name, (size_t)(dot - name)))
			return;
		if (!dot) {
			take_unknown(t, setting, name);
			return;
		}
		name = dot + 1;
	}
	told = with_texts(t, setting);
	takers[meaning](t, &told);
}

struct file_walk {
	struct dsfit_script_training *t;
	int sure;
};

static void take_value(void *context, const struct dsfit_document_value *value)
{
	struct file_walk *walk = context;
	const struct dsfit_setting setting = {
		.name = value->path,
		.text = value->text,
		.has_value = true,
		.known = value->known && strcmp(value->text, "auto") != 0,
		.source = value->source,
		.sure = walk->sure,
	};

	dsfit_meaning_take(walk->t, &setting);
}

bool dsfit_meaning_take_file(struct dsfit_script_training *t, struct dsfit_span name, int sure)
{
	struct file_walk walk = { t, sure };
	bool found;

	if (!t->r->documents)
		t->has_document |= dsfit_files_read(&t->r->shell, name) != NULL;
	if (!t->r->documents || t->depth >= FILES_DEEP)
		return false;
	t->depth++;
	found = t->r->documents(t->r, name, take_value, &walk);
	t->depth--;
	return found;
}

void dsfit_meaning_not_there(struct dsfit_script_training *t, struct dsfit_span name)
{
	if (t->r->documents && !t->unread_name.begin)
		t->unread_name = name;
}
