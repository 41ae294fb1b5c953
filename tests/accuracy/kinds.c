/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/data/traced-2.jsonl: steps of many kinds of training followed by the oracle, one JSON
 * object a line. Each is asked about on the command line, in the words that a user would use.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/array.h"
#include "tests/accuracy/asked.h"
#include "tests/accuracy/judged.h"

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key, const char *otherwise)
{
	struct json_object *value = get(object, key);

	return value ? json_object_get_string(value) : otherwise;
}

static double number_of(struct json_object *object, const char *key, double otherwise)
{
	struct json_object *value = get(object, key);

	return value ? json_object_get_double(value) : otherwise;
}

/* A list of names as --set takes it: with + between them. */
static void join(struct json_object *list, char *out, size_t size)
{
	size_t length = 0;

	*out = '\0';
	for (size_t i = 0; i < json_object_array_length(list) && length < size; i++)
		length += (size_t)snprintf(
			out + length, size - length, "%s%s", i ? "+" : "",
			json_object_get_string(json_object_array_get_idx(list, i)));
}

static void say_targets(struct json_object *job, struct asking *asking)
{
	struct json_object *targets = get(job, "lora_targets");
	char names[256];

	if (!targets || !json_object_is_type(targets, json_type_array)) {
		ask_word(asking, "--lora-targets=all-linear");
		return;
	}
	join(targets, names, sizeof(names));
	if (!strcmp(names, "q_proj+v_proj"))
		ask_word(asking, "--lora-targets=qv");
	else
		ask_set(asking, "lora-targets:%s", names);
}

static void say_adapters(struct json_object *job, struct asking *asking)
{
	struct json_object *peft = get(job, "peft"), *saved = get(peft, "modules_to_save");
	char names[256];

	say_targets(job, asking);
	if (number_of(job, "lora_dropout", 0) > 0)
		ask_set(asking, "lora-dropout:%g", number_of(job, "lora_dropout", 0));
	if (get(peft, "use_dora"))
		ask_set(asking, "dora:yes");
	if (saved) {
		join(saved, names, sizeof(names));
		ask_set(asking, "modules-to-save:%s", names);
	}
}

/* Without an engine the oracle loads the model in bf16, so that all is in bf16. */
static void say_engine(struct json_object *job, struct asking *asking)
{
	bool torch = !strcmp(text_of(job, "engine", "deepspeed"), "torch");
	const char *precision = text_of(job, "precision", "bf16");

	if (torch)
		ask_word(asking, "--engine=none");
	ask_word(asking, "--zero=%.0f", number_of(job, "stage", 0));
	ask_word(asking, "--precision=%s", torch && !strcmp(precision, "bf16") ? "bf16-true" :
										   precision);
}

static void say_optimizer(struct json_object *job, struct asking *asking)
{
	static const struct {
		const char *oracle, *word;
	} names[] = {
		{ "paged8bit", "paged-adam8bit" },
		{ "torch-adamw", "adamw" },
	};
	const char *name = text_of(job, "optimizer", "adamw");

	if (!strcmp(name, "torch-adamw"))
		ask_set(asking, "foreach:yes");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].oracle))
			name = names[i].word;
	ask_word(asking, "--optimizer=%s", name);
}

/* The oracle's batch of DPO is sequences, of which two are a pair. */
static void say_batch(struct json_object *job, struct asking *asking)
{
	const char *kind = text_of(job, "kind", "sft");
	double batch = number_of(job, "micro_batch", 1);

	ask_word(asking, "--batch=%.0f", !strcmp(kind, "dpo") ? batch / 2 : batch);
	ask_word(asking, "--seq=%.0f", number_of(job, "seq", 2048));
	if (!strcmp(kind, "sft"))
		return;
	ask_set(asking, "objective:%s", kind);
	ask_set(asking, "reference:yes");
	if (get(job, "completion"))
		ask_set(asking, "completion:%.0f", number_of(job, "completion", 0));
}

/* What the model does: a config.json of a classifier can be trained as a language model. */
static void say_head(struct json_object *job, const char *config, struct asking *asking)
{
	const char *head = text_of(job, "auto", "causal");

	if (!strcmp(head, "seqcls"))
		ask_set(asking, "head:classify");
	else if (!strcmp(head, "causal") && strstr(config, "seqcls"))
		ask_set(asking, "head:lm");
	else if (!strcmp(head, "vl"))
		ask_set(asking, "images:%.0f", number_of(job, "images", 0));
	if (get(job, "freeze"))
		ask_set(asking, "frozen:%s", text_of(job, "freeze", ""));
}

static void say_job(struct json_object *job, const char *config, struct asking *asking)
{
	const char *attention = text_of(job, "attention", "flash");
	const char *method = text_of(job, "method", "full");
	double world = number_of(job, "world", 1);

	say_engine(job, asking);
	say_optimizer(job, asking);
	say_batch(job, asking);
	say_head(job, config, asking);
	ask_word(asking, "--checkpointing=%s", text_of(job, "checkpointing", "none"));
	ask_word(asking, "--attention=%s", strcmp(attention, "eager") ? "flash" : attention);
	if (!strcmp(attention, "sdpa_mask"))
		ask_set(asking, "padding:yes");
	if (number_of(job, "keep_outputs", 0))
		ask_set(asking, "outputs-kept:yes");
	if (strcmp(method, "full")) {
		ask_word(asking, "--method=%s:%.0f", method, number_of(job, "lora_r", 16));
		say_adapters(job, asking);
	}
	if (get(job, "eval_batch"))
		ask_set(asking, "eval-batch:%.0f", number_of(job, "eval_batch", 0));
	ask_word(asking, "--nodes=%.0f", world > 8 ? world / 8 : 1);
	ask_word(asking, "--gpus-per-node=%.0f", world < 8 ? world : 8);
	ask_word(asking, "--gpu-memory=1000GiB");
}

/* The settings of ZeRO in a file, as DeepSpeed reads them. False: it cannot be written. */
static bool write_ds(struct json_object *job, char *path, struct asking *asking)
{
	struct json_object *file, *zero = get(job, "ds");
	int fd = -1;
	bool done;

	if (!zero)
		return true;
	fd = mkstemp(path);
	if (fd < 0)
		return false;
	json_object_object_add(zero, "stage", json_object_new_int((int)number_of(job, "stage", 0)));
	file = json_object_new_object();
	json_object_object_add(file, "zero_optimization", json_object_get(zero));
	done = !json_object_to_fd(fd, file, JSON_C_TO_STRING_PLAIN);
	json_object_put(file);
	close(fd);
	ask_word(asking, "--config=%s", path);
	return done;
}

/* --- Which kind ---------------------------------------------------------------------------- */

/* By the row's group, or for models by the model's type; the first that matches. */
static const struct {
	const char *group, *kind, *name;
} kinds[] = {
	{ "arch", "bert", "encoders and seq2seq" },
	{ "arch", "t5", "encoders and seq2seq" },
	{ "arch", "bart", "encoders and seq2seq" },
	{ "arch", "llava", "vision-language" },
	{ "arch", "_vl", "vision-language" },
	{ "arch", "internvl", "vision-language" },
	{ "arch", "qwen3_next", "hybrids" },
	{ "arch", "jamba", "hybrids" },
	{ "arch", "mamba", "hybrids" },
	{ "arch", "recurrent", "hybrids" },
	{ "arch", "moe", "mixtures" },
	{ "arch", "llama4", "mixtures" },
	{ "arch", "deepseek", "mixtures" },
	{ "arch", "gpt_oss", "mixtures" },
	{ "arch", "", "decoders" },
	{ "DoRA", "", "adapters" },
	{ "LoRA", "", "adapters" },
	{ "rsLoRA", "", "adapters" },
	{ "modules_to_save", "", "adapters" },
	{ "frozen", "", "adapters" },
	{ "classification", "", "classifiers" },
	{ "optimizer", "", "optimizers" },
	{ "DPO", "", "preference training" },
	{ "GRPO", "", "preference training" },
	{ "evaluation", "", "evaluation" },
	{ "", "", "other settings" },
};

static const char *kind_of(struct json_object *row, struct json_object *job)
{
	const char *group = text_of(row, "group", ""), *kind = text_of(row, "kind", "");

	if (!strcmp(text_of(job, "auto", ""), "vl"))
		return "vision-language";
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(kinds); i++)
		if (!strncmp(group, kinds[i].group, strlen(kinds[i].group)) &&
		    strstr(kind, kinds[i].kind))
			return kinds[i].name;
	return "";
}

/* --- Rows ---------------------------------------------------------------------------------- */

/* The oracle counts adapters and copies of saved modules with the model. */
static double base_parameters(struct json_object *job, struct json_object *bytes)
{
	double adapters = strcmp(text_of(job, "method", "full"), "full") ?
				  number_of(bytes, "trainable", 0) : 0;

	return number_of(bytes, "parameters", 0) - adapters;
}

static void take_answer(const struct answer *answer, struct judged *row)
{
	double above = answer_number(answer, "gpu", "peak") - answer_allocated(answer);

	row->refused = !answer->all;
	row->unsaid = answer->unsaid;
	snprintf(row->why, sizeof(row->why), "%s", answer->why);
	row->gpu_low = answer_number(answer, "gpu", "low");
	row->gpu_high = answer_number(answer, "gpu", "high");
	row->said = answer_allocated(answer);
	row->low = row->gpu_low - above;
	row->high = row->gpu_high - above;
	row->evaluation_said = answer_phase(answer, "evaluation");
	row->parameters_said = answer_number(answer, "model", "parameters");
	row->called_exact = !strcmp(answer_text(answer, "model", "shape"), "exact");
}

static bool read_row(const struct asked_of *of, const char *folder, const char *line,
		     struct judged *row)
{
	struct json_object *all = json_tokener_parse(line), *job = get(all, "job");
	struct json_object *bytes = get(all, "bytes");
	struct asking asking = { of->command, of->conf, folder, "", "" };
	char ds[] = "/tmp/dsfit-accuracy-XXXXXX";
	struct answer answer;
	bool done = false;

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", text_of(all, "id", ""));
	snprintf(row->config, sizeof(row->config), "%s", text_of(all, "config", ""));
	snprintf(row->group, sizeof(row->group), "%s", kind_of(all, job));
	row->ran = true;
	row->evaluation = number_of(bytes, "evaluation", 0);
	row->truth = fmax(number_of(bytes, "peak", 0), row->evaluation);
	row->parameters = base_parameters(job, bytes);
	ask_word(&asking, "--model=%s", row->config);
	say_job(job, row->config, &asking);
	if (bytes && write_ds(job, ds, &asking)) {
		ask(&asking, &answer);
		take_answer(&answer, row);
		answer_free(&answer);
		done = true;
	}
	if (get(job, "ds"))
		unlink(ds);
	if (!done)
		fprintf(stderr, "traced-2.jsonl, %s: not read\n", row->id);
	json_object_put(all);
	return done;
}

struct judged *kinds_read(const struct asked_of *of, size_t *count)
{
	struct judged *rows = NULL, *grown;
	char path[4096], folder[4096], *line = NULL;
	size_t size = 0;
	FILE *file;

	*count = 0;
	snprintf(folder, sizeof(folder), "%s/configs-2", of->data);
	snprintf(path, sizeof(path), "%s/traced-2.jsonl", of->data);
	file = fopen(path, "r");
	if (!file) {
		perror(path);
		return NULL;
	}
	while (getline(&line, &size, file) > 0) {
		grown = realloc(rows, (*count + 1) * sizeof(*rows));
		if (!grown || (rows = grown, !read_row(of, folder, line, &rows[*count]))) {
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
