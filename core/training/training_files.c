/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files by which people start a training. All of them are keys with values, so one reader walks
 * all, by the tables of core/training/tool_keys.c:
 *
 *     train.yaml --> json-c --> which tool's? --> rows -+-> settings: dsfit_training_set()
 *                                                       +-> facts: what takes several keys to know
 *
 *     1. the DeepSpeed file that it names, which leaves open what is "auto" there
 *     2. the tool's defaults, unless that file or an earlier one says otherwise
 *     3. what the file says
 *     4. conclusions from its facts: engine, stage, method, evaluation
 *
 * A fact is a text under a name, such as "@rank".
 */
#include "core/training/training_files.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/file.h"
#include "core/formats/hjson.h"
#include "core/formats/yaml.h"
#include "core/training/ds_config.h"
#include "core/training/module_names.h"
#include "core/training/settings.h"
#include "core/training/tool_keys.h"

#define FACTS_MAX 24
#define SAID_MAX 64

struct fact {
	const char *name;
	char text[DSFIT_FILE_WORD_MAX + 1];
	const struct dsfit_tool_key *row;	/* that says it; in messages */
	unsigned line;
	bool is_default;
};

struct reader {
	const char *path;
	struct json_object *root;
	const struct dsfit_tool *tool;
	struct fact fact[FACTS_MAX];
	size_t facts;
	struct json_object *deepspeed;		/* if it is in the file itself */
	bool has_ds_file;			/* this one or an earlier one is, or names one */
	/* Settings that this file or an earlier one says itself. */
	const char *said[SAID_MAX];
	size_t said_count;
	struct dsfit_training *t;
	struct dsfit_training_files *out;
	struct dsfit_error *err;
};

/* ---- messages ------------------------------------------------------------------------------- */

/* "FILE: line 3: "key": reason", or without a line where none is known. */
__attribute__((format(printf, 4, 5)))
static int fail_at(const struct reader *r, const char *key, unsigned line, const char *format,
		   ...)
{
	char why[300];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (line)
		return dsfit_fail(r->err, "%.140s: line %u: \"%.48s\": %s", r->path, line, key,
				  why);
	return dsfit_fail(r->err, "%.140s: \"%.48s\": %s", r->path, key, why);
}

/* ---- what was said -------------------------------------------------------------------------- */

static bool is_said(const struct reader *r, const char *setting)
{
	for (size_t i = 0; i < r->said_count; i++)
		if (!strcmp(r->said[i], setting))
			return true;
	return false;
}

static void mark_said(struct reader *r, const char *setting)
{
	if (r->said_count < SAID_MAX && !is_said(r, setting))
		r->said[r->said_count++] = setting;
}

static const struct fact *fact(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->facts; i++)
		if (!strcmp(r->fact[i].name, name))
			return &r->fact[i];
	return NULL;
}

/* The fact's text; "" if nothing says it. */
static const char *said(const struct reader *r, const char *name)
{
	const struct fact *found = fact(r, name);

	return found ? found->text : "";
}

static void set_fact(struct reader *r, const struct dsfit_tool_key *row, const char *text,
		     unsigned line, bool is_default)
{
	const struct fact *old = fact(r, row->setting);
	struct fact *f = old ? &r->fact[old - r->fact] : &r->fact[r->facts];

	if ((!old && r->facts == FACTS_MAX) || (old && is_default && !old->is_default))
		return;
	r->facts += !old;
	*f = (struct fact){ .name = row->setting, .row = row, .line = line,
			    .is_default = is_default };
	snprintf(f->text, sizeof(f->text), "%s", text);
}

/* ---- values --------------------------------------------------------------------------------- */

/* The value of "key" or "section.key"; NULL if there is none, or null. */
static struct json_object *find(struct json_object *object, const char *key)
{
	const char *dot = strchr(key, '.');
	struct json_object *value = NULL;
	char section[64];

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	if (dot) {
		snprintf(section, sizeof(section), "%.*s", (int)(dot - key), key);
		return json_object_object_get_ex(object, section, &value) ? find(value, dot + 1) :
									    NULL;
	}
	return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

/* A value as text: a list is joined by "+", a mapping is "section". Not 0 if it is too long. */
static int text_of(struct json_object *value, char text[DSFIT_FILE_WORD_MAX + 1])
{
	size_t used = 0, max = DSFIT_FILE_WORD_MAX + 1;

	text[0] = '\0';
	if (json_object_is_type(value, json_type_object))
		return snprintf(text, max, "section") < 0;
	if (!json_object_is_type(value, json_type_array))
		return snprintf(text, max, "%s", json_object_get_string(value)) >= (int)max;
	for (size_t i = 0; i < json_object_array_length(value) && used < max; i++) {
		struct json_object *item = json_object_array_get_idx(value, i);

		used += (size_t)snprintf(text + used, max - used, "%s%s", i ? "+" : "",
					 !item ? "null" :
					 json_object_is_type(item, json_type_object) ? "section" :
					 json_object_get_string(item));
	}
	return used >= max;
}

/* Our word for theirs by a row's list. Returns -1 if they have no such word. */
static int translate(const char *words, const char *theirs, char ours[DSFIT_FILE_WORD_MAX + 1])
{
	while (*words) {
		size_t length = strcspn(words, ","), name = strcspn(words, "=");
		const char *own = words + name + 1;
		const char *end = words + length;
		const char *place = memchr(own, '%', (size_t)(end - own));

		if ((name == 1 && *words == '*') ||
		    (strlen(theirs) == name && !strncasecmp(words, theirs, name))) {
			if (!place)
				place = end;
			length = (size_t)snprintf(ours, DSFIT_FILE_WORD_MAX + 1, "%.*s%s",
						  (int)(place - own), own,
						  place < end ? theirs : "");
			return length > DSFIT_FILE_WORD_MAX ? -1 : 0;
		}
		words = *end ? end + 1 : end;
	}
	return -1;
}

/* "must be one of true, false", of a row's list. */
static int refuse_word(const struct reader *r, const struct dsfit_tool_key *row, unsigned line,
		       const char *theirs)
{
	char accepted[160] = "";
	size_t used = 0;

	for (const char *words = row->words; *words && used < sizeof(accepted);) {
		size_t length = strcspn(words, ",");

		used += (size_t)snprintf(accepted + used, sizeof(accepted) - used, "%s%.*s",
					 used ? ", " : "", (int)strcspn(words, "="), words);
		words += length + (words[length] == ',');
	}
	return fail_at(r, row->key, line, "%.64s: must be one of %s", theirs, accepted);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void note_unsized(struct reader *r, const char *key, const char *value)
{
	if (!r->out->unsized[0])
		snprintf(r->out->unsized, sizeof(r->out->unsized), "%.60s: %.60s", key, value);
	dsfit_printable(r->out->unsized);
}

/* What of a DeepSpeed file stands against the tool's own word: its optimizer replaces the tool's
 * (integrations/deepspeed.py), and its numbers the tool's defaults. */
static bool is_overruled(const struct reader *r, const char *setting, bool is_default)
{
	const struct dsfit_training *t = r->t;

	if (!r->has_ds_file)
		return false;
	if (!strcmp(setting, "optimizer") || !strcmp(setting, "foreach"))
		return t->optimizer_in_file;
	if (!strcmp(setting, "batch"))
		return is_default && (t->micro_batch_given || t->train_batch);
	if (!strcmp(setting, "accumulation"))
		return is_default && (t->accumulation_given || t->train_batch);
	return is_default && !strcmp(setting, "precision");
}

static int set(struct reader *r, const struct dsfit_tool_key *row, const char *ours, unsigned line,
	       bool is_default)
{
	struct dsfit_error why = { "" };

	if (is_overruled(r, row->setting, is_default) ||
	    (is_default && is_said(r, row->setting)))
		return 0;
	if (dsfit_training_set(r->t, row->setting, ours, &why))
		return fail_at(r, row->key, line, "%s", why.text);
	if (!strcmp(row->setting, "batch"))
		r->t->micro_batch_auto = false;
	if (!is_default)
		mark_said(r, row->setting);
	return 0;
}

/* The text that the file has for a row, in our words. Returns 1, or 0 if it says nothing. */
static int row_text(struct reader *r, const struct dsfit_tool_key *row, bool is_default,
		    char ours[DSFIT_FILE_WORD_MAX + 1], unsigned *line)
{
	char theirs[DSFIT_FILE_WORD_MAX + 1];
	struct json_object *value = find(r->root, row->key);

	*line = dsfit_yaml_line(value);
	if (value ? is_default : !is_default || !row->otherwise)
		return 0;
	if (!value)
		snprintf(theirs, sizeof(theirs), "%s", row->otherwise);
	else if (text_of(value, theirs))
		return fail_at(r, row->key, *line, "longer than %d characters",
			       DSFIT_FILE_WORD_MAX);
	if (json_object_is_type(value, json_type_object) && !strcmp(row->setting, "@deepspeed"))
		r->deepspeed = value;
	if (!row->words)
		snprintf(ours, DSFIT_FILE_WORD_MAX + 1, "%s",
			 strcmp(theirs, "auto") != 0 ? theirs : "");
	else if (translate(row->words, theirs, ours))
		return refuse_word(r, row, *line, theirs);
	if (strcmp(ours, "?") != 0)
		return *ours != '\0';
	note_unsized(r, row->key, theirs);
	return 0;
}

/* One pass over the tool's rows: facts or settings, of the defaults or of the file. */
static int walk(struct reader *r, bool facts, bool is_default)
{
	char ours[DSFIT_FILE_WORD_MAX + 1];
	unsigned line;

	for (int table = 0; table < 2; table++) {
		const struct dsfit_tool_key *row = r->tool->keys[table];

		for (; row && row->key; row++) {
			int got;

			if ((*row->setting == '@') != facts)
				continue;
			got = row_text(r, row, is_default, ours, &line);
			if (got < 0)
				return -1;
			if (got && facts)
				set_fact(r, row, ours, line, is_default);
			else if (got && set(r, row, ours, line, is_default))
				return -1;
		}
	}
	return 0;
}

/* ---- conclusions ---------------------------------------------------------------------------- */

/* Set what follows from a fact; an error is that fact's. */
static int conclude(struct reader *r, const char *from, const char *setting, const char *value)
{
	const struct fact *f = fact(r, from);
	struct dsfit_error why = { "" };

	if (dsfit_training_set(r->t, setting, value, &why))
		return fail_at(r, f->row->key, f->line, "%s", why.text);
	mark_said(r, setting);
	return 0;
}

/* Relative to the working directory, as the tools have it; else beside the file that names it. */
static void find_beside(const struct reader *r, const char *named, char *path, size_t size)
{
	const char *slash = strrchr(r->path, '/');

	snprintf(path, size, "%s", named);
	if (*named == '/' || !slash || !dsfit_is_nowhere(named))
		return;
	snprintf(path, size, "%.*s/%s", (int)(slash - r->path), r->path, named);
	if (dsfit_is_nowhere(path))
		snprintf(path, size, "%s", named);
}

static void use_deepspeed(struct reader *r)
{
	r->has_ds_file = true;
	r->t->engine = DSFIT_ENGINE_DEEPSPEED;
	mark_said(r, "engine");
}

static int read_deepspeed(struct reader *r)
{
	const struct fact *f = fact(r, "@deepspeed");
	struct dsfit_error why = { "" };
	char path[5200];
	int rc;

	if (!f)
		return 0;
	if (r->deepspeed) {
		rc = dsfit_training_read_object(r->deepspeed, r->t, &r->out->stops, &why);
	} else {
		find_beside(r, f->text, path, sizeof(path));
		rc = dsfit_training_read(path, r->t, &r->out->stops, &why);
	}
	if (rc)
		return fail_at(r, f->row->key, f->line, "%.280s", why.text);
	use_deepspeed(r);
	return 0;
}

/* Where a file offloads to; what its stage cannot offload is left out, as DeepSpeed does. */
static int set_offload(struct reader *r, const char *from, const char *where)
{
	if (conclude(r, from, "offload", where))
		return -1;
	r->t->offload_in_file = true;
	return 0;
}

/* accelerate's own keys for DeepSpeed, without a file. */
static int conclude_stage(struct reader *r)
{
	char where[DSFIT_FILE_WORD_MAX + 64];

	if (r->has_ds_file || !fact(r, "@stage"))
		return 0;
	snprintf(where, sizeof(where), "optimizer:%.500s,param:%.500s",
		 said(r, "@offload-optimizer"), said(r, "@offload-param"));
	return conclude(r, "@stage", "zero", said(r, "@stage")) ||
	       set_offload(r, "@offload-optimizer", where) ? -1 : 0;
}

static int conclude_fsdp(struct reader *r)
{
	const char *how = said(r, "@fsdp");
	const char *from = fact(r, "@fsdp") ? "@fsdp" : "@engine";
	bool none = strcasestr(how, "no_shard");

	if (conclude(r, from, "engine", none ? "none" : "fsdp"))
		return -1;
	if (none)
		return 0;
	/* hybrid_shard_zero2 and shard_grad_op keep whole parameters between the steps. */
	if (conclude(r, from, "zero", strcasestr(how, "shard_grad_op") ||
				      strcasestr(how, "zero2") ? "2" : "3"))
		return -1;
	return set_offload(r, from, strcasestr(how, "offload") ||
				    !strcmp(said(r, "@fsdp-offload"), "yes") ? "cpu" : "none");
}

static int conclude_engine(struct reader *r)
{
	const char *engine = said(r, "@engine");

	if (!strcmp(engine, "fsdp") || (!*engine && fact(r, "@fsdp") && !r->has_ds_file))
		return conclude_fsdp(r);
	if (!strcmp(engine, "deepspeed"))
		return conclude(r, "@engine", "engine", engine) || conclude_stage(r) ? -1 : 0;
	if (*engine)
		return conclude(r, "@engine", "engine", engine);
	if (r->tool->plain && !is_said(r, "engine")) {
		r->out->engine_assumed = true;
		r->t->engine = DSFIT_ENGINE_NONE;
	}
	return 0;
}

/* Modules however they are separated; *unknown of them, which dsfit does not know, are left out. */
static void known_modules(const char *text, char known[DSFIT_FILE_WORD_MAX + 1], int *unknown)
{
	char copy[DSFIT_FILE_WORD_MAX + 1], *rest = copy, *name;
	uint64_t parts;
	size_t used = 0;

	*unknown = 0;
	known[0] = '\0';
	strcpy(copy, text);
	while ((name = strsep(&rest, ",+ "))) {
		if (!*name)
			continue;
		if (dsfit_module_names(name, &parts, NULL)) {
			++*unknown;
			continue;
		}
		used += (size_t)snprintf(known + used, DSFIT_FILE_WORD_MAX + 1 - used, "%s%s",
					 used ? "+" : "", name);
	}
}

/* Parameters with adapters are the routed experts' matrices, beside the modules with adapters. */
static int conclude_experts(struct reader *r, const char *targets)
{
	char all[DSFIT_FILE_WORD_MAX + 64];

	if (!strcmp(targets, "all-linear"))
		targets = "attention+mlp";
	snprintf(all, sizeof(all), "%s%sexperts", targets, *targets ? "+" : "");
	return conclude(r, "@parameters", "lora-targets", all);
}

/* A pattern, or a module that dsfit has no place for, may be any matrix: all of them. */
static int conclude_targets(struct reader *r)
{
	const char *targets = said(r, "@targets");
	char known[DSFIT_FILE_WORD_MAX + 1];
	int unknown;

	if (*targets && strcmp(targets, "all-linear") != 0) {
		known_modules(targets, known, &unknown);
		targets = unknown ? "all-linear" : known;
	}
	if (*said(r, "@parameters") ? conclude_experts(r, targets) :
	    *targets && conclude(r, "@targets", "lora-targets", targets))
		return -1;
	known_modules(said(r, "@save"), known, &unknown);
	return *known ? conclude(r, "@save", "modules-to-save", known) : 0;
}

static int conclude_base(struct reader *r)
{
	const char *bits = said(r, "@bits");

	if (!*bits || !strcmp(bits, "none"))
		return 0;
	return conclude(r, "@bits", "base-weights", !strcmp(bits, "8") ? "int8" :
			!strcmp(bits, "gptq") ? "gptq4" :
			!strcmp(said(r, "@double"), "no") ? "nf4" : "nf4-dq");
}

static int conclude_method(struct reader *r)
{
	const char *adapter = said(r, "@adapter"), *rank = said(r, "@rank");
	const char *bits = said(r, "@bits");
	char method[DSFIT_FILE_WORD_MAX + 16];
	/* An adapter's own file does not say what its model's weights are: an earlier one may. */
	bool quantised = *bits ? strcmp(bits, "none") != 0 : r->t->method == DSFIT_METHOD_QLORA;

	if (!strcmp(adapter, "full"))
		return conclude(r, "@adapter", "method", "full");
	if (strcmp(adapter, "lora") != 0)
		return 0;
	snprintf(method, sizeof(method), "%s%s%s", quantised ? "qlora" : "lora", *rank ? ":" : "",
		 rank);
	if (conclude(r, *rank ? "@rank" : "@adapter", "method", method) || conclude_base(r) ||
	    conclude_targets(r))
		return -1;
	return *said(r, "@dropout") ?
		conclude(r, "@dropout", "lora-dropout", said(r, "@dropout")) : 0;
}

static int conclude_evaluation(struct reader *r)
{
	const char *batch = said(r, "@eval-batch");
	char same[32];

	if (!strcmp(said(r, "@eval"), "no"))
		return conclude(r, "@eval", "eval-batch", "0");
	if (strcmp(said(r, "@eval"), "yes") != 0)
		return 0;
	if (*batch)
		return conclude(r, "@eval-batch", "eval-batch", batch);
	/* axolotl evaluates with the batch that it trains with. */
	snprintf(same, sizeof(same), "%llu", (unsigned long long)r->t->micro_batch);
	return conclude(r, "@eval", "eval-batch", same);
}

/* What is generated: only of that are there logits. A prompt of a known length is before it. */
static int conclude_generation(struct reader *r)
{
	const char *prompt = said(r, "@prompt"), *completion = said(r, "@completion");
	char both[32];

	if (r->t->objective != DSFIT_OBJECTIVE_GRPO || !*completion)
		return 0;
	if (conclude(r, "@completion", "completion", completion))
		return -1;
	if (!*prompt || is_said(r, "seq"))
		return 0;
	snprintf(both, sizeof(both), "%llu",
		 (unsigned long long)r->t->completion + strtoull(prompt, NULL, 10));
	return conclude(r, "@prompt", "seq", both);
}

/* Weights that the tool leaves in fp32, if no engine has a type of its own for them: all of them,
 * or those that are trained, as PEFT's adapters are anyway. */
static int conclude_weights(struct reader *r)
{
	const char *fp32 = said(r, "@fp32");

	if (!*fp32 || !strcmp(fp32, "none") || r->t->engine != DSFIT_ENGINE_NONE)
		return 0;
	if (r->t->method == DSFIT_METHOD_FULL)
		return conclude(r, "@fp32", "master", "yes");
	return !strcmp(fp32, "all") && r->t->method == DSFIT_METHOD_LORA ?
		conclude(r, "@fp32", "base-weights", "fp32") : 0;
}

/* Losses that need no logits. Those that a model's own forward() has take labels, which only plain
 * training gives it (LLaMA-Factory's model/model_utils/liger_kernel.py, axolotl's plugins). */
static int conclude_loss(struct reader *r)
{
	const char *cut = said(r, "@cut-cross-entropy");

	if (r->tool->plain_loss && r->t->objective != DSFIT_OBJECTIVE_SFT) {
		r->t->loss = DSFIT_LOSS_PLAIN;
		return strcmp(said(r, "@fused-preferences"), "yes") ? 0 :
			conclude(r, "@fused-preferences", "loss", "fused");
	}
	if (strstr(said(r, "@plugins"), "cut_cross_entropy") && strcmp(cut, "no") != 0)
		return conclude(r, "@plugins", "loss", "fused");
	return 0;
}

/* What LLaMA-Factory freezes of a model with vision. */
static int conclude_frozen(struct reader *r)
{
	static const char from[] = "@freeze-vision";
	bool language = !strcmp(said(r, "@freeze-language"), "yes");
	unsigned frozen = language ? DSFIT_FROZEN_LANGUAGE : DSFIT_FROZEN_NONE;

	if (!fact(r, from))
		return 0;
	if (!strcmp(said(r, from), "yes"))
		frozen |= DSFIT_FROZEN_VISION;
	if (!strcmp(said(r, "@freeze-projector"), "yes"))
		frozen |= DSFIT_FROZEN_PROJECTOR;
	/* Then nothing is left to train. */
	if (frozen == DSFIT_FROZEN_ALL_BUT_HEAD) {
		note_unsized(r, fact(r, "@freeze-language")->row->key, "true");
		return 0;
	}
	return conclude(r, from, "frozen", dsfit_frozen_names[frozen]);
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool has_key_of(struct json_object *root, const char *const *keys)
{
	for (; *keys; keys++)
		if (json_object_object_get_ex(root, *keys, NULL))
			return true;
	return false;
}

static bool is_deepspeeds(struct json_object *root)
{
	static const char *const keys[] = {
		"zero_optimization", "train_micro_batch_size_per_gpu", "train_batch_size",
		"zero_allow_untested_optimizer", "wall_clock_breakdown", "steps_per_print", NULL,
	};

	return has_key_of(root, keys) ||
	       json_object_is_type(find(root, "bf16"), json_type_object) ||
	       json_object_is_type(find(root, "fp16"), json_type_object) ||
	       json_object_is_type(find(root, "optimizer"), json_type_object);
}

/* The tool whose file this is; NULL if it is nobody's. */
static const struct dsfit_tool *tool_of(struct json_object *root)
{
	for (const struct dsfit_tool *tool = dsfit_tools; tool->name; tool++)
		if (has_key_of(root, tool->marks))
			return tool;
	return NULL;
}

static bool is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcasecmp(dot, ".yaml") || !strcasecmp(dot, ".yml"));
}

static struct json_object *parse(const char *path, struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	struct json_object *root;
	size_t length = 0;
	char *text = dsfit_file_read(path, &length, err);

	if (!text)
		return NULL;
	root = is_yaml(path) ? dsfit_yaml_parse(text, length, &why) :
			       dsfit_json_parse(text, length, DSFIT_JSON_HJSON, &why);
	free(text);
	if (!root)
		dsfit_fail(err, "%.200s: %.300s", path, why.text);
	return root;
}

static int read_tool(struct reader *r)
{
	if (walk(r, true, true) || walk(r, true, false) || read_deepspeed(r) ||
	    walk(r, false, true) || walk(r, false, false) || conclude_engine(r) ||
	    conclude_method(r) || conclude_evaluation(r) || conclude_loss(r) ||
	    conclude_frozen(r) || conclude_generation(r) || conclude_weights(r))
		return -1;
	if (*said(r, "@model"))
		snprintf(r->out->model, sizeof(r->out->model), "%s", said(r, "@model"));
	return 0;
}

static int read_root(struct reader *r)
{
	struct dsfit_error why = { "" };

	r->tool = is_deepspeeds(r->root) ? NULL : tool_of(r->root);
	if (r->tool)
		return read_tool(r);
	if (is_yaml(r->path) && !is_deepspeeds(r->root))
		return dsfit_fail(r->err, "%.200s: neither DeepSpeed's, accelerate's, "
				  "LLaMA-Factory's, axolotl's, TRL's, the Trainer's nor PEFT's: no "
				  "key is known", r->path);
	if (dsfit_training_read_object(r->root, r->t, &r->out->stops, &why))
		return dsfit_fail(r->err, "%.200s: %.300s", r->path, why.text);
	if (r->out->engine_assumed)
		r->t->engine = DSFIT_ENGINE_DEEPSPEED;
	r->has_ds_file = true;
	mark_said(r, "engine");
	return 0;
}

/* One file. What earlier ones said stays in *r, their facts do not. */
static int read_one(struct reader *r, const char *path)
{
	int rc;

	r->path = path;
	r->facts = 0;
	r->deepspeed = NULL;
	r->root = parse(path, r->err);
	if (!r->root)
		return -1;
	rc = read_root(r);
	json_object_put(r->root);
	return rc;
}

/* All files of a list, or one whose name has a comma. */
static int read_list(struct reader *r, const char *path)
{
	char copy[4096], *rest = copy, *one;

	if (!strchr(path, ',') || !dsfit_is_nowhere(path) || strlen(path) >= sizeof(copy))
		return read_one(r, path);
	strcpy(copy, path);
	while ((one = strsep(&rest, ",")))
		if (read_one(r, one))
			return -1;
	return 0;
}

int dsfit_training_files_read(const char *path, struct dsfit_training *training,
			      struct dsfit_training_files *out, struct dsfit_error *err)
{
	struct dsfit_training t = *training;
	struct reader *r = calloc(1, sizeof(*r));
	int rc;

	memset(out, 0, sizeof(*out));
	if (!r)
		return dsfit_fail(err, "out of memory");
	r->t = &t;
	r->out = out;
	r->err = err;
	rc = read_list(r, path);
	/* An earlier file's default, if a later one says which engine it is. */
	out->engine_assumed = out->engine_assumed && !is_said(r, "engine");
	free(r);
	if (!rc)
		*training = t;
	return rc;
}
