/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/declare/inferred.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/model/hub_names.h"

/* Tokens of a sample, where nothing tells: less than any language model is trained with. */
#define LEAST_SEQUENCE 128

/* ---- what is told --------------------------------------------------------------------------- */

static enum dsfit_option option_of(const char *name)
{
	int i = 0;

	while (i < DSFIT_OPTION_SLURM_END && strcmp(dsfit_options[i].name, name))
		i++;
	return (enum dsfit_option)i;
}

/* Whether the value is one that the option takes: a script may say what dsfit does not know. */
static bool is_accepted(enum dsfit_option option, const char *value)
{
	struct dsfit_training scratch;

	dsfit_training_defaults(&scratch);
	switch (dsfit_options[option].kind) {
	case DSFIT_ABOUT_TRAINING:
		return !dsfit_training_set(&scratch, dsfit_options[option].name, value, NULL);
	case DSFIT_ABOUT_SETTINGS:
		return !dsfit_training_set_all(&scratch, value, NULL);
	default:
		return true;
	}
}

/* A model whose dimensions are told, but for heads and words, which take little memory. */
static bool declare_shape(const struct dsfit_script_found *found, struct dsfit_inferred *out)
{
	static const enum dsfit_option options[] = {
		DSFIT_OPTION_LAYERS, DSFIT_OPTION_HIDDEN, DSFIT_OPTION_HEADS, DSFIT_OPTION_VOCAB,
		DSFIT_OPTION_FFN,
	};
	const uint64_t hidden = strtoull(found->fact[DSFIT_SAYS_HIDDEN].text, NULL, 10);
	const uint64_t size[] = {
		strtoull(found->fact[DSFIT_SAYS_LAYERS].text, NULL, 10), hidden,
		hidden % 128 ? hidden / 64 : hidden / 128, 32000,
		found->fact[DSFIT_SAYS_FFN].sure ?
			strtoull(found->fact[DSFIT_SAYS_FFN].text, NULL, 10) : 4 * hidden,
	};

	if (!found->fact[DSFIT_SAYS_LAYERS].sure || !found->fact[DSFIT_SAYS_HIDDEN].sure)
		return false;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(options); i++) {
		if (!size[i])
			return false;
		snprintf(out->shape[i], sizeof(out->shape[i]), "%llu",
			 (unsigned long long)size[i]);
		out->declaration.value[options[i]] = out->shape[i];
	}
	return true;
}

/* Whether a program is known well enough to say that what it is not told has its default. */
static bool is_known(const struct dsfit_script_found *found)
{
	return *found->framework;
}

/* Whether the fact is more than that nothing says otherwise. */
static bool is_told(const struct dsfit_script_found *found, enum dsfit_script_field field)
{
	int sure = found->fact[field].sure;

	return sure > DSFIT_SURE_ASSUMED || (sure == DSFIT_SURE_ASSUMED && is_known(found));
}

static void assume(const struct dsfit_script_found *found, struct dsfit_inferred *out)
{
	const char *const *value = out->declaration.value;
	struct dsfit_training *t = &out->least;
	bool zero = value[DSFIT_OPTION_ZERO];

	dsfit_training_defaults(t);
	t->sequence = LEAST_SEQUENCE;
	t->precision = DSFIT_PRECISION_BF16_TRUE;
	if (!is_known(found))
		t->optimizer = DSFIT_OPTIMIZER_ADAFACTOR;
	/* Adapters have many names, and a few of what trains a part of a model. */
	if (!is_told(found, DSFIT_SAYS_METHOD))
		t->method = DSFIT_METHOD_QLORA;
	else if (!value[DSFIT_OPTION_METHOD])
		t->method = DSFIT_METHOD_LORA;
	t->zero = 3;
	t->zero_given = true;
	if (strcasestr(found->fact[DSFIT_SAYS_ZERO].source, "fsdp"))
		t->engine = DSFIT_ENGINE_FSDP;
	out->zero_open = !zero;
	out->offload_open = !value[DSFIT_OPTION_OFFLOAD] &&
			    found->fact[DSFIT_SAYS_ZERO].sure <= DSFIT_SURE_TOOL;
}

bool dsfit_inferred_declare(const struct dsfit_script_found *found, const char *prefix,
			    struct dsfit_inferred *out)
{
	size_t count;

	memset(out, 0, sizeof(*out));
	out->declaration.prefix = prefix;
	if (found->kind != DSFIT_SCRIPT_TRAINING || !found->fact[DSFIT_SAYS_MODEL].sure)
		return false;
	count = dsfit_script_option_list(found, out->told);
	for (size_t i = 0; i < count; i++) {
		enum dsfit_option option = option_of(out->told[i].name);

		if (option == DSFIT_OPTION_METHOD && !is_told(found, DSFIT_SAYS_METHOD))
			continue;
		if (option < DSFIT_OPTION_SLURM_END && is_accepted(option, out->told[i].value))
			out->declaration.value[option] = out->told[i].value;
	}
	assume(found, out);
	return out->declaration.value[DSFIT_OPTION_MODEL] || declare_shape(found, out);
}

void dsfit_inferred_prefer(struct dsfit_inferred *inferred,
			   const struct dsfit_declaration *typed)
{
	struct dsfit_declaration *own = &inferred->declaration;

	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (typed->value[i])
			own->value[i] = typed->value[i];
	memcpy(own->hub_cache, typed->hub_cache, sizeof(own->hub_cache));
}

/* ---- the model ------------------------------------------------------------------------------ */

/* With the highest stage that the rest of the training can have. */
static int resolve_stage(struct dsfit_inferred *inferred, const struct dsfit_models *models,
			 struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_training least = inferred->least;
	int rc;

	do {
		rc = dsfit_declaration_resolve(&inferred->declaration, models, &least, out, err);
		/* Where there is no model, its stage is not what is wrong. */
		if (!rc || !inferred->zero_open || out->model.not_understood ||
		    !out->model.parameters)
			return rc;
	} while (least.zero--);
	return rc;
}

/* The part of a path from its end, from 0 on. Hugging Face's cache has "models--org--name". */
static bool part_of(const char *path, unsigned number, char part[256])
{
	size_t end = strlen(path), begin;
	const char *name;

	for (;; end = begin) {
		while (end && path[end - 1] == '/')
			end--;
		for (begin = end; begin && path[begin - 1] != '/'; begin--)
			;
		if (begin == end)
			return false;
		if (!number--)
			break;
	}
	if (end - begin >= 256)
		return false;
	snprintf(part, 256, "%.*s", (int)(end - begin), path + begin);
	if (!strncmp(part, "models--", 8) && (name = strstr(part + 8, "--")))
		memmove(part, name + 2, strlen(name + 2) + 1);
	return true;
}

/* Parts of a path that may name the model: "Llama-2-13b-hf/", "Llama-2-13b-hf/checkpoint-500". */
#define PARTS 3

int dsfit_inferred_resolve(struct dsfit_inferred *inferred, const struct dsfit_models *models,
			   struct dsfit_workload *out, struct dsfit_error *err)
{
	const char **model = &inferred->declaration.value[DSFIT_OPTION_MODEL];
	const char *whole = *model;
	char part[256], size[DSFIT_SAID_SIZE];

	out->inferred = true;
	if (!whole || !strchr(whole, '$')) {
		if (!resolve_stage(inferred, models, out, err))
			goto found;
		if (!whole || out->model.not_understood)
			return -1;
	} else {
		dsfit_fail(err, "%smodel=%.200s: not known", inferred->declaration.prefix, whole);
	}
	for (unsigned i = 0; i < PARTS && part_of(whole, i, part); i++) {
		*model = part;
		if (!strchr(part, '$') && !resolve_stage(inferred, models, out, NULL))
			goto part;
		*model = dsfit_name_size(part, size);
		if (*size && !resolve_stage(inferred, models, out, NULL))
			goto part;
	}
	*model = whole;
	return -1;
part:
	snprintf(inferred->model, sizeof(inferred->model), "%s", *model);
found:
	*model = whole;
	out->inferred = true;
	return 0;
}

bool dsfit_inferred_offload_open(const struct dsfit_inferred *inferred)
{
	return inferred->offload_open && !inferred->declaration.value[DSFIT_OPTION_OFFLOAD];
}

/* ---- in words ------------------------------------------------------------------------------- */

struct words {
	char *text;
	size_t length;
	bool no_lines;
};

__attribute__((format(printf, 2, 3)))
static void put(struct words *w, const char *format, ...)
{
	size_t room = DSFIT_INFERRED_LINE - w->length;
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(w->text + w->length, room, format, args);
	va_end(args);
	if (written > 0)
		w->length += (size_t)written < room ? (size_t)written : room - 1;
}

/* Where facts stand: "(line 3)", "(lines 3, 5)", "(ds.json)". */
static void put_source(struct words *w, const struct dsfit_script_found *found,
		       const enum dsfit_script_field *fields, size_t count)
{
	const char *lines[2] = { NULL }, *file = NULL;
	size_t found_lines = 0;

	for (size_t i = 0; i < count; i++) {
		const char *source = found->fact[fields[i]].source;

		if (!strncmp(source, "line ", 5)) {
			if (!found_lines ||
			    (found_lines < DSFIT_ARRAY_SIZE(lines) && strcmp(lines[0], source + 5)))
				lines[found_lines++] = source + 5;
		} else if (*source) {
			file = source;
		}
	}
	if (found_lines && w->no_lines)
		return;
	if (found_lines)
		put(w, " (line%s %.12s%s%.12s)", found_lines > 1 ? "s" : "", lines[0],
		    found_lines > 1 ? ", " : "", found_lines > 1 ? lines[1] : "");
	else if (file)
		put(w, " (%.*s)", (int)strcspn(file, ":") < 60 ? (int)strcspn(file, ":") : 60,
		    file);
}

static void put_batch(struct words *w, const struct dsfit_inferred *inferred,
		      const struct dsfit_script_found *found, const struct dsfit_training *t)
{
	static const enum dsfit_script_field both[] = { DSFIT_SAYS_MICRO_BATCH,
							DSFIT_SAYS_SEQUENCE };
	const char *const *value = inferred->declaration.value;
	bool batch = value[DSFIT_OPTION_BATCH], seq = value[DSFIT_OPTION_SEQ];

	if (batch && seq)
		put(w, ", batch %llu x %llu", (unsigned long long)t->micro_batch,
		    (unsigned long long)t->sequence);
	else if (batch)
		put(w, ", batch %llu", (unsigned long long)t->micro_batch);
	else if (seq)
		put(w, ", %llu tokens", (unsigned long long)t->sequence);
	if (batch || seq)
		put_source(w, found, batch ? both : both + 1, batch && seq ? 2 : 1);
}

static void put_told(struct words *w, const struct dsfit_inferred *inferred,
		     const struct dsfit_script_found *found, const struct dsfit_training *t)
{
	static const enum dsfit_script_field fields[] = {
		DSFIT_SAYS_MODEL, DSFIT_SAYS_METHOD, DSFIT_SAYS_ZERO, DSFIT_SAYS_OFFLOAD_OPTIMIZER,
		DSFIT_SAYS_CHECKPOINTING,
	};
	const char *const *value = inferred->declaration.value;

	put(w, "%.100s", found->fact[DSFIT_SAYS_MODEL].text);
	put_source(w, found, fields, 1);
	if (value[DSFIT_OPTION_METHOD] && t->method != DSFIT_METHOD_FULL) {
		put(w, ", %s", dsfit_method_names[t->method]);
		put_source(w, found, fields + 1, 1);
	}
	if (value[DSFIT_OPTION_ZERO]) {
		put(w, ", ZeRO-%u", t->zero);
		put_source(w, found, fields + 2, 1);
	}
	if (value[DSFIT_OPTION_OFFLOAD] && t->offload_optimizer != DSFIT_OFFLOAD_NONE) {
		put(w, ", offload to %s", dsfit_offload_names[t->offload_optimizer]);
		put_source(w, found, fields + 3, 1);
	}
	put_batch(w, inferred, found, t);
	if (value[DSFIT_OPTION_CHECKPOINTING]) {
		put(w, ", checkpointing %s", t->checkpointing == DSFIT_CHECKPOINTING_NONE ? "off" :
		    t->checkpointing == DSFIT_CHECKPOINTING_FULL ? "on" : "selective");
		put_source(w, found, fields + 4, 1);
	}
}

static void put_assumed(struct words *w, const char *what, const char *as)
{
	put(w, "; %s not seen, taken as %s", what, as);
}

static void put_open(struct words *w, const struct dsfit_inferred *inferred,
		     const struct dsfit_training *t)
{
	const char *const *value = inferred->declaration.value;
	char stage[16], tokens[32];

	snprintf(stage, sizeof(stage), "%u", t->zero);
	snprintf(tokens, sizeof(tokens), "%llu tokens", (unsigned long long)t->sequence);
	if (!value[DSFIT_OPTION_METHOD])
		put_assumed(w, "method", dsfit_method_names[t->method]);
	if (inferred->zero_open && !value[DSFIT_OPTION_ZERO])
		put_assumed(w, "ZeRO stage", stage);
	if (dsfit_inferred_offload_open(inferred))
		put_assumed(w, "offload", dsfit_offload_names[t->offload_optimizer]);
	if (!value[DSFIT_OPTION_BATCH])
		put_assumed(w, "batch", "1");
	if (!value[DSFIT_OPTION_SEQ])
		put_assumed(w, "sequence", tokens);
	if (!value[DSFIT_OPTION_CHECKPOINTING])
		put_assumed(w, "checkpointing", "on");
	if (!value[DSFIT_OPTION_PRECISION])
		put_assumed(w, "precision", dsfit_precision_names[t->precision]);
	if (!value[DSFIT_OPTION_OPTIMIZER])
		put_assumed(w, "optimizer", dsfit_optimizer_names[t->optimizer]);
}

void dsfit_inferred_say(const struct dsfit_inferred *inferred,
			const struct dsfit_script_found *found,
			const struct dsfit_workload *workload, const char *script,
			char line[DSFIT_INFERRED_LINE])
{
	struct words w = { line, 0, inferred->is_command };

	*line = '\0';
	put(&w, "%.100s: ", script);
	put_told(&w, inferred, found, &workload->training);
	put_open(&w, inferred, &workload->training);
	dsfit_printable(line);
}

/* What is told beside the model, as the script has it. */
static void put_rest(struct words *w, const struct dsfit_script_found *found)
{
	static const struct {
		enum dsfit_script_field field;
		const char *before;
	} rest[] = {
		{ DSFIT_SAYS_METHOD, "" }, { DSFIT_SAYS_ZERO, "ZeRO-" },
		{ DSFIT_SAYS_MICRO_BATCH, "batch " }, { DSFIT_SAYS_SEQUENCE, "sequence " },
	};
	const char *comma = "";

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rest); i++) {
		if (found->fact[rest[i].field].sure <= DSFIT_SURE_ASSUMED)
			continue;
		put(w, "%s%s%.40s", comma, rest[i].before, found->fact[rest[i].field].text);
		put_source(w, found, &rest[i].field, 1);
		comma = ", ";
	}
	put(w, "%s", *comma ? "; " : "");
}

bool dsfit_inferred_lacks_model(const struct dsfit_script_found *found, const char *prefix,
				const char *script, char line[DSFIT_INFERRED_LINE])
{
	struct words w = { line, 0, false };

	if (found->kind != DSFIT_SCRIPT_TRAINING || !found->open_model.sure || found->stopped ||
	    (found->fact[DSFIT_SAYS_LAYERS].sure && found->fact[DSFIT_SAYS_HIDDEN].sure))
		return false;
	*line = '\0';
	put(&w, "%.100s: ", script);
	put_rest(&w, found);
	put(&w, "the model is %s (%s), which nothing sets here: declare it "
	    "with %smodel to have the job sized",
	    found->open_model.text, found->open_model.source, prefix);
	dsfit_printable(line);
	return true;
}
