/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The submit host reads the user's files; slurmctld must not, and a job that is submitted from
 * within a job should not read them again. So a declaration travels as one line of text once it has
 * been read:
 *
 *     sbatch: options + files --> struct dsfit_workload --> "dsfit1,name=...,zero=3,..."
 *                                                                    |  the job's environment
 *     slurmctld:                  struct dsfit_workload <------------+
 *
 * Every member that travels is a row of the tables below, which are walked to write and to read. A
 * member without a row is lost on the way; tests/unit/test_passed_on_fields.c compares the rows
 * with the struct and lists the few members that stay behind on purpose, with the reason. A member
 * of the shape has its row in core/model/shape.c.
 *
 * Users can change their job's environment, so nothing in a line is trusted: reading accepts only
 * known keys and values in range, and finally checks that the model's counts agree with each other.
 */
#include "core/declare/passed_on.h"

#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/base/word.h"

#define PREFIX "dsfit1"

#define COUNT_MAX DSFIT_PARAMETERS_MAX		/* also of elements in a buffer */
#define BYTES_MAX (UINT64_C(1) << 60)

enum kind {
	NUMBER,				/* a uint64_t from min to max */
	SMALL,				/* the same in an unsigned */
	FLAG,				/* a bool: yes or no */
	WORD,				/* an enum: one of words */
	DECIMAL,			/* a double from min to max, with six decimals */
	TEXT,				/* a name of DSFIT_NAME_MAX */
	TENSORS,			/* a struct dsfit_tensors */
	LAYERS,				/* a struct dsfit_layers */
};

struct field {
	const char *key;
	enum kind kind;
	size_t offset;			/* into struct dsfit_workload */
	uint64_t min, max;
	const char *const *words;
};

/* The longest text of a value: of a list of tensors, nine numbers each. */
#define VALUE_TEXT (DSFIT_TENSORS_MAX * 64)

#define AT(member) offsetof(struct dsfit_workload, member)
#define NUMBER_OF(key, member, min, max) { key, NUMBER, AT(member), min, max, NULL }
#define COUNT_OF(key, member) NUMBER_OF(key, model.counts.member, 0, COUNT_MAX)
#define TOWER_OF(key, member) NUMBER_OF(key, model.tower.member, 0, DSFIT_DIMENSION_MAX)
#define FLAG_OF(key, member) { key, FLAG, AT(member), 0, 0, NULL }
#define WORD_OF(key, member, words) { key, WORD, AT(member), 0, 0, words }

/* Every enum of a workload is read and written as an unsigned. */
_Static_assert(sizeof(enum dsfit_method) == sizeof(unsigned), "enums are as wide as unsigned");

/* bf16 has the word that it had in lines before fp16 was told from it. */
static const char *const accumulate_words[] = { "as-weights", "16-bit", "fp32", "fp16", NULL };

/* ---- the tables ----------------------------------------------------------------------------- */

/* The model, before its shape. */
static const struct field model_fields[] = {
	{ "name", TEXT, AT(model.name), 0, 0, NULL },
	{ "family", TEXT, AT(model.family), 0, 0, NULL },
	{ "activation", TEXT, AT(model.activation), 0, 0, NULL },
	NUMBER_OF("parameters", model.parameters, 1, COUNT_MAX),
	NUMBER_OF("active", model.active, 1, COUNT_MAX),
	NUMBER_OF("largest-layer", model.largest_layer, 0, COUNT_MAX),
	WORD_OF("source", model.source, dsfit_count_source_names),
	FLAG_OF("exact", model.exact),
	FLAG_OF("known-family", model.known_family),
	{ "stored-bits", SMALL, AT(model.stored_bits), 0, 64, NULL },
};

/* After the shape: the model's counts, the training, what dsfit shall do. */
static const struct field more_fields[] = {
	COUNT_OF("count", parameters),
	COUNT_OF("count-active", active),
	COUNT_OF("count-embedding", embedding),
	COUNT_OF("count-head", head),
	COUNT_OF("count-dense", dense),
	COUNT_OF("count-routed", routed),
	COUNT_OF("count-vectors", vectors),
	COUNT_OF("count-vision", vision),
	COUNT_OF("count-blocks", blocks),
	COUNT_OF("largest-parameter", largest_parameter),
	COUNT_OF("largest-module", largest_module),
	COUNT_OF("count-quantised", quantised),
	COUNT_OF("vision-sides", vision_sides),
	{ "zero", SMALL, AT(training.zero), 0, 3, NULL },
	FLAG_OF("zero-given", training.zero_given),
	WORD_OF("offload-optimizer", training.offload_optimizer, dsfit_offload_names),
	WORD_OF("offload-param", training.offload_param, dsfit_offload_names),
	WORD_OF("asked-optimizer", training.asked_optimizer, dsfit_offload_names),
	WORD_OF("asked-param", training.asked_param, dsfit_offload_names),
	FLAG_OF("offload-in-file", training.offload_in_file),
	FLAG_OF("offload-default", training.offload_default),
	WORD_OF("method", training.method, dsfit_method_names),
	NUMBER_OF("lora-rank", training.lora_rank, 1, DSFIT_DEGREE_MAX),
	WORD_OF("lora-targets", training.lora_targets, dsfit_lora_targets_names),
	NUMBER_OF("lora-modules", training.lora_modules, 0, DSFIT_PARTS_END - 1),
	{ "lora-dropout", DECIMAL, AT(training.lora_dropout), 0, 1, NULL },
	FLAG_OF("dora", training.dora),
	NUMBER_OF("modules-to-save", training.modules_to_save, 0, DSFIT_PARTS_END - 1),
	WORD_OF("experts-stored", training.experts, dsfit_experts_names),
	WORD_OF("base-weights", training.base_weights, dsfit_base_weights_names),
	FLAG_OF("base-weights-given", training.base_weights_given),
	WORD_OF("engine", training.engine, dsfit_engine_names),
	NUMBER_OF("micro-batch", training.micro_batch, 1, DSFIT_BATCH_MAX),
	FLAG_OF("micro-batch-given", training.micro_batch_given),
	FLAG_OF("micro-batch-auto", training.micro_batch_auto),
	NUMBER_OF("accumulation", training.accumulation, 1, DSFIT_BATCH_MAX),
	FLAG_OF("accumulation-given", training.accumulation_given),
	NUMBER_OF("train-batch", training.train_batch, 0, COUNT_MAX),
	NUMBER_OF("sequence", training.sequence, 1, DSFIT_TOKENS_MAX),
	WORD_OF("precision", training.precision, dsfit_precision_names),
	WORD_OF("optimizer", training.optimizer, dsfit_optimizer_names),
	FLAG_OF("optimizer-in-file", training.optimizer_in_file),
	FLAG_OF("autocast", training.autocast),
	WORD_OF("checkpointing", training.checkpointing, dsfit_checkpointing_names),
	WORD_OF("attention", training.attention, dsfit_attention_names),
	WORD_OF("loss", training.loss, dsfit_loss_names),
	WORD_OF("task", training.task, dsfit_task_names),
	WORD_OF("objective", training.objective, dsfit_objective_names),
	WORD_OF("reference", training.reference, dsfit_answer_names),
	NUMBER_OF("completion", training.completion, 0, DSFIT_TOKENS_MAX),
	WORD_OF("frozen", training.frozen, dsfit_frozen_names),
	FLAG_OF("padding", training.padding),
	FLAG_OF("outputs-kept", training.outputs_kept),
	NUMBER_OF("images-per-sample", training.images, 0, DSFIT_DEGREE_MAX),
	NUMBER_OF("eval-batch", training.eval_batch, 0, DSFIT_BATCH_MAX),
	FLAG_OF("eval-batch-declared", training.eval_batch_declared),
	WORD_OF("foreach", training.foreach, dsfit_answer_names),
	WORD_OF("master", training.master, dsfit_answer_names),
	NUMBER_OF("workers", training.workers, 0, DSFIT_DEGREE_MAX),
	NUMBER_OF("save-total-limit", training.save_total_limit, 0, DSFIT_DEGREE_MAX),
	NUMBER_OF("transformers", training.transformers, 0, DSFIT_RELEASE_MAX),
	NUMBER_OF("torch", training.torch, 0, DSFIT_RELEASE_MAX),
	NUMBER_OF("deepspeed", training.deepspeed, 0, DSFIT_RELEASE_MAX),
	NUMBER_OF("tensor", training.tensor, 1, DSFIT_DEGREE_MAX),
	NUMBER_OF("pipeline", training.pipeline, 1, DSFIT_DEGREE_MAX),
	NUMBER_OF("expert", training.expert, 1, DSFIT_DEGREE_MAX),
	NUMBER_OF("sequence-parallel", training.sequence_parallel, 1, DSFIT_DEGREE_MAX),
	NUMBER_OF("dataset", training.dataset, 0, BYTES_MAX),
	NUMBER_OF("reduce-bucket", training.reduce_bucket, 0, COUNT_MAX),
	NUMBER_OF("allgather-bucket", training.allgather_bucket, 0, COUNT_MAX),
	NUMBER_OF("prefetch-bucket", training.prefetch_bucket, 0, COUNT_MAX),
	NUMBER_OF("max-live", training.max_live, 0, COUNT_MAX),
	NUMBER_OF("max-reuse", training.max_reuse, 0, COUNT_MAX),
	NUMBER_OF("persistence", training.persistence, 0, COUNT_MAX),
	NUMBER_OF("model-persistence", training.model_persistence, 0, UINT64_MAX),
	NUMBER_OF("sub-group", training.sub_group, 0, COUNT_MAX),
	FLAG_OF("overlap-comm", training.overlap_comm),
	FLAG_OF("overlap-comm-given", training.overlap_comm_given),
	FLAG_OF("reduce-scatter", training.reduce_scatter),
	FLAG_OF("contiguous-gradients", training.contiguous_gradients),
	NUMBER_OF("hpz", training.hpz, 1, COUNT_MAX),
	FLAG_OF("quantized-weights", training.quantized_weights),
	FLAG_OF("quantized-gradients", training.quantized_gradients),
	FLAG_OF("quantized-frozen", training.quantized_frozen),
	NUMBER_OF("mics-shard", training.mics_shard, 0, COUNT_MAX),
	{ "offload-ratio", DECIMAL, AT(training.offload_ratio), 0, 1, NULL },
	FLAG_OF("pin-optimizer", training.pin_optimizer),
	FLAG_OF("pin-param", training.pin_param),
	NUMBER_OF("optimizer-buffers", training.optimizer_buffers, 0, COUNT_MAX),
	NUMBER_OF("param-buffers", training.param_buffers, 0, COUNT_MAX),
	NUMBER_OF("param-buffer-size", training.param_buffer_size, 0, COUNT_MAX),
	NUMBER_OF("param-in-cpu", training.param_in_cpu, 0, UINT64_MAX),
	WORD_OF("accumulate", training.accumulate, accumulate_words),
	WORD_OF("communicate", training.communicate, accumulate_words),
	FLAG_OF("bf16-states", training.bf16_states),
	FLAG_OF("no-master", training.no_master),
	FLAG_OF("partition-activations", training.partition_activations),
	FLAG_OF("cpu-checkpointing", training.cpu_checkpointing),
	FLAG_OF("zero-init", training.zero_init),
	FLAG_OF("zero-init-declared", training.zero_init_declared),
	{ "buffer-factor", DECIMAL, AT(training.buffer_factor), 1, 100, NULL },
	FLAG_OF("batch-declared", training.batch_declared),
	FLAG_OF("sequence-declared", training.sequence_declared),
	WORD_OF("goal", goal, dsfit_goal_names),
	WORD_OF("fit", fit, dsfit_mode_names),
	FLAG_OF("fit-given", fit_given),
	WORD_OF("explain", explain, dsfit_explain_names),
	FLAG_OF("not-understood", model.not_understood),
	{ "tensors", TENSORS, AT(model.tensors), 0, 0, NULL },
	NUMBER_OF("labels", model.labels, 0, COUNT_MAX),
	{ "layer-kinds", LAYERS, AT(model.layers), 0, 0, NULL },
	FLAG_OF("precision-declared", training.precision_declared),
	FLAG_OF("inferred", inferred),
	COUNT_OF("vision-qv", vision_qv),
	COUNT_OF("vision-key", vision_key),
	NUMBER_OF("image-tokens", training.image_tokens, 0, DSFIT_TOKENS_MAX),
	{ "tower", TEXT, AT(model.tower.family), 0, 0, NULL },
	WORD_OF("tower-projector", model.tower.projector, dsfit_projector_names),
	TOWER_OF("tower-layers", layers),
	{ "tower-unused", SMALL, AT(model.tower.unused), 0, 65536, NULL },
	TOWER_OF("tower-hidden", hidden),
	TOWER_OF("tower-heads", heads),
	TOWER_OF("tower-ffn", ffn),
	TOWER_OF("tower-mergers", mergers),
	NUMBER_OF("tower-idle", model.tower.idle, 0, COUNT_MAX),
	NUMBER_OF("tower-patches", model.tower.patches, 0, DSFIT_PICTURE_MAX),
	NUMBER_OF("tower-tokens", model.tower.tokens, 0, DSFIT_PICTURE_MAX),
	NUMBER_OF("tower-numbers", model.tower.numbers, 0, DSFIT_PICTURE_MAX),
	{ "tower-any-size", SMALL, AT(model.tower.any_size), 0, 1, NULL },
	{ "tower-input-gradient", SMALL, AT(model.tower.input_gradient), 0, 1, NULL },
	WORD_OF("save", training.save, dsfit_answer_names),
	WORD_OF("gather-on-save", training.gather_on_save, dsfit_answer_names),
	NUMBER_OF("deepspeed-patch", training.deepspeed_patch, 0, DSFIT_PATCH_LAST),
	FLAG_OF("pin-optimizer-given", training.pin_optimizer_given),
	FLAG_OF("pin-param-given", training.pin_param_given),
	COUNT_OF("vision-projector", projector),
	NUMBER_OF("tower-tiles", model.tower.tiles, 0, DSFIT_DIMENSION_MAX),
};

#define FIELDS (DSFIT_ARRAY_SIZE(model_fields) + DSFIT_SHAPE_FIELDS + DSFIT_ARRAY_SIZE(more_fields))

/* A member of the shape, which core/model/shape.c describes. */
static struct field shape_field(const struct dsfit_shape_field *shape)
{
	static const enum kind kinds[] = {
		[DSFIT_SHAPE_NUMBER] = NUMBER,
		[DSFIT_SHAPE_FLAG] = FLAG,
		[DSFIT_SHAPE_WORD] = WORD,
	};

	return (struct field){ shape->passed_as, kinds[shape->kind], AT(model.shape) + shape->at,
			       0, shape->most, shape->words };
}

/* The fields in the order in which they are written: a model, its shape, the rest. */
static struct field field_at(size_t i)
{
	if (i < DSFIT_ARRAY_SIZE(model_fields))
		return model_fields[i];
	i -= DSFIT_ARRAY_SIZE(model_fields);
	return i < DSFIT_SHAPE_FIELDS ? shape_field(&dsfit_shape_fields[i]) :
					more_fields[i - DSFIT_SHAPE_FIELDS];
}

/* Set all that a line without keys means. */
static void baseline(struct dsfit_workload *out)
{
	memset(out, 0, sizeof(*out));
	dsfit_training_defaults(&out->training);
}

bool dsfit_passed_on_is(const char *text)
{
	return !strncmp(text, PREFIX ",", sizeof(PREFIX));
}

bool dsfit_passed_on_is_inferred(const char *text)
{
	return dsfit_passed_on_is(text) && strstr(text, ",inferred=yes");
}

/* ---- writing -------------------------------------------------------------------------------- */

/* A model may be named after a folder. Characters that separate the line's parts are replaced. */
static void format_name(const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s", name);
	dsfit_printable(text);
	for (; *text; text++)
		if (*text == ',' || *text == '=' || *text == ' ')
			*text = '_';
}

/* Each tensor as its numbers: "2.1.1.0.4096.4096.1.0.32/...". */
static void format_tensors(const struct dsfit_tensors *list, char *text, size_t size)
{
	int length = 0;

	*text = '\0';
	for (size_t i = 0; i < list->count && (size_t)length < size; i++) {
		const struct dsfit_tensor *t = &list->tensor[i];
		unsigned long long in = t->in, out = t->out, stack = t->stack, bias = t->bias;
		unsigned long long copies = t->copies;

		length += snprintf(text + length, size - (size_t)length,
				   "%s%u.%u.%u.%u.%llu.%llu.%llu.%llu.%llu", i ? "/" : "",
				   (unsigned)t->role, (unsigned)t->module, t->in_block, t->parts,
				   in, out, stack, bias, copies);
	}
}

/* Runs of layers of one kind, from the first on, and dimensions by their letters:
 * "3x1.1x0.3x1/m8192.n16". */
static void format_layers(const struct dsfit_layers *layers, char *text, size_t size)
{
	uint64_t i, from = 0;
	int length = 0;

	*text = '\0';
	for (i = 1; i <= layers->count && (size_t)length < size; i++) {
		if (i < layers->count && layers->kind[i] == layers->kind[from])
			continue;
		length += snprintf(text + length, size - (size_t)length, "%s%llux%u",
				   from ? "." : "", (unsigned long long)(i - from),
				   layers->kind[from]);
		from = i;
	}
	for (i = from = 0; i < DSFIT_DIMENSIONS && (size_t)length < size; i++) {
		if (!layers->dimension[i])
			continue;
		length += snprintf(text + length, size - (size_t)length, "%c%c%llu",
				   from++ ? '.' : '/',
				   dsfit_dimension_letter((enum dsfit_dimension)i),
				   (unsigned long long)layers->dimension[i]);
	}
}

static void format_field(const struct field *field, const void *at, char *text, size_t size)
{
	double decimal;
	unsigned word;
	uint64_t number;

	switch (field->kind) {
	case NUMBER:
		memcpy(&number, at, sizeof(number));
		snprintf(text, size, "%llu", (unsigned long long)number);
		break;
	case SMALL:
	case WORD:
		memcpy(&word, at, sizeof(word));
		if (field->kind == WORD)
			snprintf(text, size, "%s", field->words[word]);
		else
			snprintf(text, size, "%u", word);
		break;
	case FLAG:
		snprintf(text, size, "%s", *(const bool *)at ? "yes" : "no");
		break;
	case DECIMAL:
		/* %f would write the decimal point of the locale. */
		memcpy(&decimal, at, sizeof(decimal));
		number = dsfit_scale(1000000, decimal + 0.0000005);
		snprintf(text, size, "%llu.%06llu", (unsigned long long)(number / 1000000),
			 (unsigned long long)(number % 1000000));
		break;
	case TENSORS:
		format_tensors(at, text, size);
		break;
	case LAYERS:
		format_layers(at, text, size);
		break;
	default:
		format_name(at, text, size);
		break;
	}
}

int dsfit_passed_on_write(const struct dsfit_workload *workload, char *text, size_t size)
{
	struct dsfit_workload none;
	char value[VALUE_TEXT], unsaid[VALUE_TEXT];
	int length = snprintf(text, size, "%s", PREFIX);

	baseline(&none);
	for (size_t i = 0; i < FIELDS && length >= 0 && (size_t)length < size; i++) {
		const struct field field = field_at(i);

		format_field(&field, (const char *)workload + field.offset, value, sizeof(value));
		format_field(&field, (const char *)&none + field.offset, unsaid, sizeof(unsaid));
		if (strcmp(value, unsaid))
			length += snprintf(text + length, size - (size_t)length, ",%s=%s",
					   field.key, value);
	}
	return length >= 0 && (size_t)length < size ? 0 : -1;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* One of the numbers of a tensor, behind the `first` or a dot. */
static int parse_part(const char **text, bool first, uint64_t max, uint64_t *out)
{
	char number[24];
	size_t length;

	if (!first && *(*text)++ != '.')
		return -1;
	length = strspn(*text, "0123456789");
	if (!length || length >= sizeof(number))
		return -1;
	memcpy(number, *text, length);
	number[length] = '\0';
	*text += length;
	return dsfit_parse_number(number, 0, max, out, NULL);
}

static int parse_tensor(const char **text, struct dsfit_tensor *out)
{
	uint64_t role, module, block, parts;

	if (parse_part(text, true, DSFIT_ROLE_OTHER, &role) ||
	    parse_part(text, false, DSFIT_MODULE_KIN, &module) ||
	    parse_part(text, false, 1, &block) || parse_part(text, false, UINT32_MAX, &parts) ||
	    parse_part(text, false, COUNT_MAX, &out->in) ||
	    parse_part(text, false, COUNT_MAX, &out->out) ||
	    parse_part(text, false, COUNT_MAX, &out->stack) ||
	    parse_part(text, false, COUNT_MAX, &out->bias) ||
	    parse_part(text, false, COUNT_MAX, &out->copies))
		return -1;
	out->role = (enum dsfit_role)role;
	out->module = (enum dsfit_module)module;
	out->in_block = (uint16_t)block;
	out->parts = (unsigned)parts;
	return 0;
}

static int parse_tensors(const char *value, struct dsfit_tensors *list, struct dsfit_error *err)
{
	const char *at = value;

	memset(list, 0, sizeof(*list));
	for (;;) {
		if (list->count == DSFIT_TENSORS_MAX ||
		    parse_tensor(&at, &list->tensor[list->count++]) || (*at && *at != '/'))
			return dsfit_fail(err, "%.60s: must be at most %d tensors of nine numbers",
					  value, DSFIT_TENSORS_MAX);
		if (!*at++)
			return 0;
	}
}

/* The number at *text, which is then behind it. */
static int parse_digits(const char **text, uint64_t max, uint64_t *out)
{
	return parse_part(text, true, max, out);
}

/* "3x1": so many layers of a kind. */
static int parse_run(const char **text, struct dsfit_layers *out)
{
	uint64_t count, kind;

	if (parse_digits(text, DSFIT_LAYERS_MAX - out->count, &count) || *(*text)++ != 'x' ||
	    parse_digits(text, DSFIT_KINDS_MAX, &kind))
		return -1;
	memset(&out->kind[out->count], (int)kind, count);
	out->count += count;
	return 0;
}

/* "m8192": a dimension. */
static int parse_dimension(const char **text, struct dsfit_layers *out)
{
	int at = dsfit_dimension_of(**text);

	if (at < 0)
		return -1;
	++*text;
	return parse_digits(text, DSFIT_DIMENSION_MAX, &out->dimension[at]);
}

static int parse_layers(const char *value, struct dsfit_layers *out, struct dsfit_error *err)
{
	const char *at = value;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = parse_run(&at, out);
	while (!rc && *at == '.') {
		at++;
		rc = parse_run(&at, out);
	}
	for (bool more = *at == '/'; !rc && more; more = *at == '.') {
		at++;
		rc = parse_dimension(&at, out);
	}
	if (!rc && !*at)
		return 0;
	return dsfit_fail(err, "%.60s: must be runs of layers and dimensions, like 3x1.1x0/m8192",
			  value);
}

static int parse_field(const struct field *field, const char *value, void *at,
		       struct dsfit_error *err)
{
	uint64_t number = 0;
	unsigned small;

	switch (field->kind) {
	case NUMBER:
		return dsfit_parse_number(value, field->min, field->max, at, err);
	case SMALL:
		if (dsfit_parse_number(value, field->min, field->max, &number, err))
			return -1;
		small = (unsigned)number;
		memcpy(at, &small, sizeof(small));
		return 0;
	case FLAG:
		if (strcmp(value, "yes") && strcmp(value, "no"))
			return dsfit_fail(err, "%s: must be yes or no", value);
		*(bool *)at = !strcmp(value, "yes");
		return 0;
	case WORD:
		return dsfit_parse_enum(field->words, value, at, err);
	case DECIMAL:
		return dsfit_parse_decimal(value, (double)field->min, (double)field->max, at, err);
	case TENSORS:
		return parse_tensors(value, at, err);
	case LAYERS:
		return parse_layers(value, at, err);
	default:
		if (!*value || strlen(value) >= DSFIT_NAME_MAX || !dsfit_is_printable(value))
			return dsfit_fail(err, "%s: must be a name of at most %d characters",
					  value, DSFIT_NAME_MAX - 1);
		strcpy(at, value);
		return 0;
	}
}

/* Keys that lines of earlier versions have. What they said follows from the other keys. */
static bool is_retired(const char *key, const char *value)
{
	return !strcmp(key, "offload-as-staged") &&
	       (!strcmp(value, "yes") || !strcmp(value, "no"));
}

static int read_pair(char *pair, struct dsfit_workload *out, struct dsfit_error *err)
{
	char *value = strchr(pair, '=');
	struct dsfit_error why;

	if (!value)
		return dsfit_fail(err, "%.64s: must be KEY=VALUE", pair);
	*value++ = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);

		if (strcmp(field.key, pair))
			continue;
		if (parse_field(&field, value, (char *)out + field.offset, &why))
			return dsfit_fail(err, "%s=%.200s", pair, why.text);
		return 0;
	}
	return is_retired(pair, value) ? 0 : dsfit_fail(err, "%.64s: unknown key", pair);
}

/* Read all pairs of the line. A key that is absent leaves what a line without keys means. */
static int read_pairs(const char *text, struct dsfit_workload *out, struct dsfit_error *err)
{
	char copy[DSFIT_PASSED_ON_MAX], *rest = copy, *pair;

	if (!dsfit_passed_on_is(text))
		return dsfit_fail(err, "a declaration from the submit host must begin with "
				  PREFIX);
	if (strlen(text) >= sizeof(copy))
		return dsfit_fail(err, "the declaration is longer than %d characters",
				  DSFIT_PASSED_ON_MAX - 1);
	strcpy(copy, text + sizeof(PREFIX));
	baseline(out);
	while ((pair = strsep(&rest, ",")))
		if (read_pair(pair, out, err))
			return -1;
	return 0;
}

/* Whether the parts add up to the whole, so that the account can subtract them from it. */
static bool parts_make_up(const struct dsfit_counts *c, uint64_t parameters)
{
	uint64_t sum = dsfit_add(c->embedding, dsfit_add(c->head, c->dense));

	sum = dsfit_add(sum, dsfit_add(c->routed, dsfit_add(c->vectors, c->vision)));
	return sum == parameters && c->parameters == parameters && c->active <= parameters &&
	       c->blocks <= parameters && c->quantised <= parameters &&
	       c->largest_parameter <= parameters;
}

/* Check what must be there and agree before anything is computed from it. */
static int check(struct dsfit_workload *w, struct dsfit_error *err)
{
	struct dsfit_model *m = &w->model;

	if (!m->name[0] || !m->parameters || !m->active)
		return dsfit_fail(err, "name, parameters or active is missing");
	if (m->active > m->parameters)
		return dsfit_fail(err, "active=%llu: must be at most the number of parameters",
				  (unsigned long long)m->active);
	if (!parts_make_up(&m->counts, m->parameters))
		return dsfit_fail(err, "the counts of the parts do not add up to parameters=%llu",
				  (unsigned long long)m->parameters);
	return dsfit_shape_complete(&m->shape, err);
}

int dsfit_passed_on_read(const char *text, struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_workload read;
	struct dsfit_model *m = &read.model;

	if (read_pairs(text, &read, err))
		return -1;
	if (m->not_understood && m->name[0] && m->family[0]) {
		*out = read;
		return dsfit_fail(err, "%s: dsfit cannot size a model of type %s", m->name,
				  m->family);
	}
	if (check(&read, err))
		return -1;
	*out = read;
	return 0;
}
