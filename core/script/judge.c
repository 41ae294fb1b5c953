/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program is a training if its name, its flags or its files say so, and if something says that it
 * is of a language model. What says that nothing is trained comes first.
 */
#include "core/script/judge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/script/gpus_used.h"
#include "core/script/meanings.h"

/* What it takes to look up a flag and a program, in cells that are copied meanwhile. */
#define FLAG_WORK 24
#define PROGRAM_WORK 1000
/* The fewest parameters of a shape, and tokens of a sequence, that are a language model's; and from
 * how many nothing else is. */
#define SHAPE_MIN 60e6
#define SHAPE_LARGE 1e9
#define SEQUENCE_MIN 256

/* ---- names of programs ---------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* No letter is before it, and none behind it. */
static bool is_whole_word(const char *text, const char *at, size_t length)
{
	return (at == text || !is_letter(at[-1])) && !is_letter(at[length]);
}

static bool has_word(const char *text, const struct dsfit_parts *words)
{
	return dsfit_launchers_find(words, text, is_whole_word);
}

static const char *base_of(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *base = slash ? slash + 1 : program;
	size_t length = strlen(base);

	/* Of a module, its last part. */
	if (!slash && (length < 3 || strcmp(base + length - 3, ".py"))) {
		const char *dot = strrchr(base, '.');

		return dot ? dot + 1 : base;
	}
	return base;
}

/* ---- settings ------------------------------------------------------------------------------- */

static void take_flags(struct dsfit_script_training *t, const struct dsfit_flags *flags)
{
	struct dsfit_reading *r = t->r;

	for (size_t i = 0; i < flags->count && dsfit_arena_work(r->shell.arena, FLAG_WORK);
	     i++) {
		const struct dsfit_flag *f = &flags->at[i];
		const struct dsfit_setting setting = {
			.name = f->name,
			.span = f->value,
			.has_value = f->has_value,
			.is_key = f->is_key,
			.from = f->from,
			.sure = DSFIT_SURE_FLAG,
		};

		dsfit_meaning_take(t, &setting);
	}
}

/* The launcher's own settings: of accelerate, --mixed_precision and a file. */
static void take_launcher(struct dsfit_script_training *t)
{
	const struct dsfit_launcher *l = t->launch->launcher;
	const struct dsfit_flags *options = &t->launch->options;

	for (size_t i = 0; l && i < options->count; i++) {
		struct dsfit_flag *f = &options->at[i];
		struct dsfit_flags one = { f, 1, 1 };

		if (dsfit_names_have(&l->files, f->name)) {
			if (!f->has_value || dsfit_meaning_take_file(t, f->value,
								     DSFIT_SURE_LAUNCHER))
				continue;
			dsfit_meaning_not_there(t, f->value);
			dsfit_meaning_take(t, &(struct dsfit_setting){
					.name = "deepspeed_config", .span = f->value,
					.text = dsfit_span_text(t->r->shell.arena, f->value),
					.has_value = true, .known = true,
					.sure = DSFIT_SURE_NAME });
		} else if (!dsfit_names_have(&l->per_node, f->name)) {
			take_flags(t, &one);
		}
	}
}

static bool is_settings_file(struct dsfit_span name)
{
	return dsfit_span_ends_any(name, dsfit_settings_endings);
}

/* Files among the arguments, in a folder that a flag names. A later one wins. */
static void take_files(struct dsfit_script_training *t)
{
	struct dsfit_arena *arena = t->r->shell.arena;
	struct dsfit_span folder = { NULL, NULL };
	enum dsfit_meaning meaning;

	for (size_t i = 0; i < t->launch->flags.count; i++) {
		const struct dsfit_flag *f = &t->launch->flags.at[i];

		if (f->has_value && dsfit_launchers_meaning(t->r->launchers, f->name, &meaning) &&
		    meaning == DSFIT_MEANS_FOLDER)
			folder = f->value;
	}
	for (size_t i = 0; i < t->launch->arguments.count; i++) {
		struct dsfit_span name = dsfit_span_of(&t->launch->arguments.at[i]);
		struct dsfit_cells full = { 0 };

		if (!is_settings_file(name))
			continue;
		if (folder.begin) {
			dsfit_cells_add_span(arena, &full, folder);
			dsfit_cells_add_text(arena, &full, "/", 0, 0);
		}
		dsfit_cells_add_span(arena, &full, name);
		if (dsfit_meaning_take_file(t, dsfit_span_of(&full), DSFIT_SURE_FILE))
			continue;
		t->unread = true;
		dsfit_meaning_not_there(t, dsfit_span_of(&full));
	}
}

static const struct dsfit_flag *find_flag(const struct dsfit_script_training *t, const char *name)
{
	const struct dsfit_flags *flags = &t->launch->flags;

	for (size_t i = 0; i < flags->count; i++)
		if (flags->at[i].has_value && !strcmp(flags->at[i].name, name))
			return &flags->at[i];
	return NULL;
}

/* hydra's --config-name=NAME in --config-path=FOLDER, which is beside the program. */
static void take_named_file(struct dsfit_script_training *t)
{
	struct dsfit_arena *arena = t->r->shell.arena;
	const struct dsfit_flag *name = find_flag(t, "config_name");
	const struct dsfit_flag *folder = find_flag(t, "config_path");
	struct dsfit_span beside = t->launch->program;

	if (!name || !folder || is_settings_file(folder->value))
		return;
	while (beside.end > beside.begin && beside.end[-1].c != '/')
		beside.end--;
	if (dsfit_span_length(folder->value) && folder->value.begin->c == '/')
		beside.end = beside.begin;
	for (unsigned i = 0; i < 2; i++, beside.end = beside.begin) {
		struct dsfit_cells path = { 0 };

		dsfit_cells_add_span(arena, &path, beside);
		dsfit_cells_add_span(arena, &path, folder->value);
		dsfit_cells_add_text(arena, &path, "/", 0, 0);
		dsfit_cells_add_span(arena, &path, name->value);
		if (!is_settings_file(name->value))
			dsfit_cells_add_text(arena, &path, ".yaml", 0, 0);
		if (dsfit_meaning_take_file(t, dsfit_span_of(&path), DSFIT_SURE_FILE))
			return;
	}
	t->unread = true;
	/* verl and its kind have settings of their own, in their packages. */
	if (!t->launch->trainer)
		dsfit_meaning_not_there(t, name->value);
}

/* A program that is known to train may have its model as its first word: litgpt finetune NAME. */
static void take_first_word(struct dsfit_script_training *t)
{
	struct dsfit_span word;
	const char *text;

	if (!t->launch->trainer || !t->launch->arguments.count)
		return;
	word = dsfit_span_of(&t->launch->arguments.at[0]);
	text = dsfit_span_text(t->r->shell.arena, word);
	/* xtuner's files have names such as internlm2_chat_7b_qlora_oasst1_e3. */
	if (!strchr(text, '/') && !is_settings_file(word) &&
	    dsfit_meaning_is_model(t->r->launchers, text))
		dsfit_meaning_take(t, &(struct dsfit_setting){
			.name = "adapter", .span = word, .has_value = true,
			.sure = DSFIT_SURE_TOOL });
	if (strchr(text, '/') && *text != '@' && !is_settings_file(word) &&
	    dsfit_meaning_is_model(t->r->launchers, text))
		dsfit_meaning_take(t, &(struct dsfit_setting){
			.name = "model", .span = word, .has_value = true,
			.sure = DSFIT_SURE_TOOL });
}

/* Variables that the program takes for flags; they win over its files, not over its flags. */
static void take_variables(struct dsfit_script_training *t)
{
	struct dsfit_arena *arena = t->r->shell.arena;

	for (size_t i = 0; i < t->r->launchers->variables.count; i++) {
		const char *pair = t->r->launchers->variables.name[i], *equals = strchr(pair, '=');
		const char *name = dsfit_arena_copy(arena, pair, strcspn(pair, "="));
		const struct dsfit_value *value;

		value = name && equals ? dsfit_variables_get(&t->r->shell.variables,
							     DSFIT_VARIABLE, name) : NULL;
		if (!value || !value->items.count)
			continue;
		dsfit_meaning_take(t, &(struct dsfit_setting){
			.name = equals + 1, .span = dsfit_span_of(&value->items.at[0]),
			.has_value = true, .sure = DSFIT_SURE_FILE });
	}
}

/* ---- what follows --------------------------------------------------------------------------- */

/* By the program's name, else the first that has one of its flags as a mark. */
static const struct dsfit_trainer *find_trainer(const struct dsfit_reading *r,
						const struct dsfit_launch *launch)
{
	const struct dsfit_trainer *found = launch->trainer;

	for (size_t i = 0; !launch->trainer && i < launch->flags.count; i++) {
		const struct dsfit_trainer *marked =
			dsfit_launchers_marked(r->launchers, launch->flags.at[i].name);

		if (marked && (!found || marked < found))
			found = marked;
	}
	return found;
}

static void take_defaults(struct dsfit_script_training *t, const struct dsfit_trainer *trainer)
{
	char key[64];

	for (size_t i = 0; trainer && i < trainer->defaults.count; i++) {
		const char *text = trainer->defaults.name[i];
		size_t length = strcspn(text, "=");

		snprintf(key, sizeof(key), "%.*s", (int)(length < 60 ? length : 60), text);
		for (size_t f = 0; f < DSFIT_SCRIPT_FIELDS && text[length]; f++)
			if (!strcmp(key, dsfit_script_field_names[f]))
				dsfit_script_note(t, (enum dsfit_script_field)f, text + length + 1,
						  trainer->name, DSFIT_SURE_TOOL);
	}
}

static uint64_t said(const struct dsfit_script_training *t, enum dsfit_script_field field)
{
	return strtoull(t->fact[field].text, NULL, 10);
}

static void note_number(struct dsfit_script_training *t, enum dsfit_script_field field,
			uint64_t number, const char *source, int sure)
{
	char digits[DSFIT_DIGITS];

	dsfit_script_note(t, field, dsfit_digits(number, digits), source, sure);
}

/* A shape for a model that has no name. */
static void settle_model(struct dsfit_script_training *t)
{
	const struct dsfit_said *layers = &t->fact[DSFIT_SAYS_LAYERS];
	const struct dsfit_said *hidden = &t->fact[DSFIT_SAYS_HIDDEN];
	const struct dsfit_said *ffn = &t->fact[DSFIT_SAYS_FFN];
	char text[128];

	if (!layers->sure || !hidden->sure)
		return;
	t->traits++;
	/* How large experts are, and how many a GPU has, is told by more than the shape. */
	if (t->experts.value > 1) {
		dsfit_script_unsay(t, DSFIT_SAYS_LAYERS);
		dsfit_script_unsay(t, DSFIT_SAYS_HIDDEN);
		dsfit_script_unsay(t, DSFIT_SAYS_FFN);
		return;
	}
	/* A checkpoint's path (--load) says less than the shape does. */
	if (t->fact[DSFIT_SAYS_MODEL].sure == DSFIT_SURE_FLAG)
		return;
	snprintf(text, sizeof(text), "%.20s layers x %.20s%s%.20s", layers->text, hidden->text,
		 ffn->sure ? ", ffn " : "", ffn->text);
	t->fact[DSFIT_SAYS_MODEL].sure = DSFIT_SURE_NOT;
	dsfit_script_note(t, DSFIT_SAYS_MODEL, text, layers->source, DSFIT_SURE_FILE);
}

/* Of a length and a tokenizer's limit the shorter one cuts off. */
static void limit_sequence(struct dsfit_script_training *t)
{
	const struct dsfit_said_number *limit = &t->limit;
	uint64_t sequence = said(t, DSFIT_SAYS_SEQUENCE);

	if (!limit->value || (sequence && sequence <= limit->value))
		return;
	dsfit_script_unsay(t, DSFIT_SAYS_SEQUENCE);
	note_number(t, DSFIT_SAYS_SEQUENCE, limit->value, limit->source, limit->sure);
}

static void settle_sequence(struct dsfit_script_training *t)
{
	const char *objective = t->fact[DSFIT_SAYS_OBJECTIVE].text;
	bool adds = !strcmp(objective, "grpo") || !strcmp(objective, "ppo");
	uint64_t sum = 0;

	limit_sequence(t);

	for (unsigned i = 0; i < t->parts; i++)
		sum += t->part[i].value;
	if (t->parts < 2 || (t->fact[DSFIT_SAYS_SEQUENCE].sure && !adds))
		return;
	note_number(t, DSFIT_SAYS_SEQUENCE, sum, t->part[0].source, DSFIT_SURE_FLAG);
}

/* --batch_size is of all where something else is per device, else it is per device. */
static void settle_batches(struct dsfit_script_training *t)
{
	if (t->tokens) {
		dsfit_script_unsay(t, DSFIT_SAYS_MICRO_BATCH);
		return;
	}
	if (!t->batch.value)
		return;
	if (!t->fact[DSFIT_SAYS_MICRO_BATCH].sure)
		note_number(t, DSFIT_SAYS_MICRO_BATCH, t->batch.value, t->batch.source,
			    t->batch.sure);
	else if (!t->global_batch.value)
		t->global_batch = t->batch;
}

/* Whether it trains on answers of its own: what batches are counted in are then questions. */
static bool answers_itself(const struct dsfit_script_training *t)
{
	const char *objective = t->fact[DSFIT_SAYS_OBJECTIVE].text;

	return !strcmp(objective, "ppo") || (!strcmp(objective, "grpo") && t->parts);
}

/* How many copies of the model there are; 0: nobody knows. */
static uint64_t replicas_of(const struct dsfit_script_training *t, uint32_t gpus)
{
	uint64_t tensor = said(t, DSFIT_SAYS_TENSOR), pipeline = said(t, DSFIT_SAYS_PIPELINE);
	uint64_t context = t->context.value, nodes = t->launch->step.nodes;

	tensor = tensor ? tensor : 1;
	pipeline = pipeline ? pipeline : 1;
	context = context ? context : 1;
	if (tensor > 10000 || pipeline > 10000 || context > 10000)
		return 0;
	return nodes * gpus / (tensor * pipeline * context);
}

/* What of the whole batch is left to accumulate. */
static void settle_accumulation(struct dsfit_script_training *t, uint32_t gpus)
{
	uint64_t micro = said(t, DSFIT_SAYS_MICRO_BATCH);
	uint64_t replicas = replicas_of(t, gpus);

	if (t->fact[DSFIT_SAYS_ACCUMULATION].sure || !t->global_batch.value || !micro ||
	    answers_itself(t) || micro > 1000000)
		return;
	if (replicas && t->global_batch.value >= micro * replicas &&
	    t->global_batch.value % (micro * replicas) == 0)
		note_number(t, DSFIT_SAYS_ACCUMULATION, t->global_batch.value / (micro * replicas),
			    t->global_batch.source, DSFIT_SURE_FILE);
}

/* Whether anything is said, and not only taken for granted. */
static bool tells(const struct dsfit_script_training *t)
{
	for (size_t i = 0; i < DSFIT_SAYS_GPUS_USED; i++)
		if (t->fact[i].sure > DSFIT_SURE_TOOL || t->fact[i].sure == DSFIT_SURE_NAME)
			return true;
	return false;
}

static void settle_method(struct dsfit_script_training *t)
{
	const char *method = "full";

	if (t->projector)
		method = "projector only";
	else if (t->prompt)
		method = "prompt tuning";
	else if (t->lora || t->bits == 4)
		method = t->bits == 4 ? "qlora" : "lora";
	if (t->projector || t->prompt || t->lora || t->bits == 4 || t->adapter_full)
		dsfit_script_note(t, DSFIT_SAYS_METHOD, method, t->adapter_source,
				  DSFIT_SURE_FILE);
	else if (tells(t) && !t->unread && (!t->adapter_hint || t->adapter_off))
		dsfit_script_note(t, DSFIT_SAYS_METHOD, method, "no adapter is asked for",
				  DSFIT_SURE_ASSUMED);
}

/* ---- contradictions ------------------------------------------------------------------------- */

static void compare_with_file(struct dsfit_script_training *t)
{
	const struct dsfit_said *micro = &t->fact[DSFIT_SAYS_MICRO_BATCH];
	const struct dsfit_said *precision = &t->fact[DSFIT_SAYS_PRECISION];
	unsigned long long batch = t->engine_batch.value;

	if (batch && micro->sure > DSFIT_SURE_ENGINE && batch != strtoull(micro->text, NULL, 10))
		dsfit_script_warn(t, "micro-batch %.20s (%.60s), but %llu in %.100s: make them "
				  "equal", micro->text, micro->source, batch,
				  t->engine_batch.source);
	if (t->engine_precision && precision->sure > DSFIT_SURE_ENGINE &&
	    strcmp(precision->text, t->engine_precision))
		dsfit_script_warn(t, "precision %.20s (%.60s), but the DeepSpeed file says %s: "
				  "make them equal", precision->text, precision->source,
				  t->engine_precision);
}

/* What Megatron and DeepSpeed stop at: a whole batch of which not each copy gets as many. */
static void compare_batches(struct dsfit_script_training *t, uint32_t gpus)
{
	const struct dsfit_said *micro = &t->fact[DSFIT_SAYS_MICRO_BATCH];
	unsigned long long whole = t->global_batch.value, count = replicas_of(t, gpus);
	unsigned long long each = said(t, DSFIT_SAYS_MICRO_BATCH);

	if (!t->global_batch_counts || !whole || !each || each > 1000000 || !count ||
	    answers_itself(t) || whole % (each * count) == 0)
		return;
	dsfit_script_warn(t, "global batch %llu (%.60s), but micro-batch %.20s (%.60s) on %llu "
			  "GPUs or groups of GPUs is %llu or a multiple: change one of them",
			  whole, t->global_batch.source, micro->text, micro->source, count,
			  each * count);
}

/* Who asks: of what is typed beside the script there is no line. */
static const char *asker(unsigned line, char text[24])
{
	snprintf(text, 24, line ? "line %u" : "the request", line);
	return text;
}

static void compare_gpus(struct dsfit_script_training *t, uint32_t gpus)
{
	const struct dsfit_script_request *asked = t->r->request;
	const char *source = t->fact[DSFIT_SAYS_GPUS_USED].source;
	char text[24];

	if (gpus && asked->gpus_per_node > gpus && !t->serves)
		dsfit_script_warn(t, "%s asks for %u GPUs per node, and %u %s started "
				  "(%.60s): ask for %u, or start more",
				  asker(asked->gpus_line, text), asked->gpus_per_node, gpus,
				  gpus == 1 ? "is" : "are", source, gpus);
	if (gpus && asked->gpus_per_node && asked->gpus_per_node < gpus)
		dsfit_script_warn(t, "%s asks for %u GPUs per node, and %u processes are "
				  "started on each (%.60s): ask for %u",
				  asker(asked->gpus_line, text), asked->gpus_per_node, gpus,
				  source, gpus);
}

static void compare_with_request(struct dsfit_script_training *t,
				 const struct dsfit_trainer *trainer, uint32_t gpus)
{
	const struct dsfit_script_request *asked = t->r->request;
	double size = dsfit_meaning_size(t->fact[DSFIT_SAYS_MODEL].text);
	uint32_t nodes = asked->nodes ? asked->nodes : 1, started = t->launch->step.nodes;
	bool spans = t->launch->step.spans_nodes || (trainer && trainer->spans_nodes);
	/* "srun -N 1" leaves the other nodes to another step, as a server of answers. */
	bool own = started && t->launch->step.own_nodes == started;
	char text[24];
	/* Adam's two states and the master weights. */
	double host = size * 12e9 / nodes;

	compare_gpus(t, gpus);
	if (started && nodes > started && !t->serves && !spans && !own)
		dsfit_script_warn(t, "%s asks for %u nodes, and the training starts on %u: "
				  "ask for %u, or start it by srun on each",
				  asker(asked->nodes_line, text), nodes, started, started);
	if (asked->memory && host > (double)asked->memory &&
	    !strcmp(t->fact[DSFIT_SAYS_OFFLOAD_OPTIMIZER].text, "cpu") &&
	    !strcmp(t->fact[DSFIT_SAYS_METHOD].text, "full"))
		dsfit_script_warn(t, "--mem is %.0f GB a node, and the optimizer of %.1fB in host "
				  "memory takes %.0f GB: ask for more",
				  (double)asked->memory / 1e9, size, host / 1e9);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* The name of the script that starts it. */
static const char *script_of(const struct dsfit_script_training *t)
{
	const char *path = dsfit_files_path(t->r->shell.files, DSFIT_FROM_FILE(t->launch->from));
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether that script is called so: evaluate_lm.sh, of a program that can train. */
static bool is_in_evaluation(const struct dsfit_script_training *t)
{
	const struct dsfit_launchers *l = t->r->launchers;
	const char *script = script_of(t);

	return t->trains != DSFIT_SAID_YES && has_word(script, &l->nothing_scripts) &&
	       !has_word(script, &l->training) && !has_word(script, &l->methods);
}

/* Likewise train_vlm.sh, which starts main.py. */
static bool is_in_training(const struct dsfit_script_training *t)
{
	const struct dsfit_launchers *l = t->r->launchers;

	return has_word(script_of(t), &l->training) && !has_word(script_of(t), &l->nothing);
}

static bool trains_nothing(const struct dsfit_script_training *t, const char *program)
{
	const struct dsfit_launchers *l = t->r->launchers;
	bool named = t->launch->trainer || has_word(base_of(program), &l->training);

	if (t->trains == DSFIT_SAID_NO || (t->predicts == DSFIT_SAID_YES && t->trains != 1))
		return true;
	if (has_word(program, &l->nothing_anywhere) || is_in_evaluation(t))
		return true;
	return !named && has_word(base_of(program), &l->nothing);
}

/* Of a picture, a film or a voice. */
static bool trains_another_kind(const struct dsfit_script_training *t)
{
	return t->other || dsfit_meaning_is_other_model(t->r->launchers,
							t->fact[DSFIT_SAYS_MODEL].text);
}

/* Billions of parameters by a word of the name, to tell gpt2-xl from gpt2. */
static double size_by_word(const char *model)
{
	static const struct {
		const char *word;
		double size;
	} words[] = {
		{ "xxl", 11 }, { "xl", 1.5 }, { "large", 0.7 }, { "medium", 0.35 },
		{ "base", 0.12 }, { "small", 0.06 }, { "mini", 0.03 }, { "tiny", 0.02 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++) {
		const char *at = strcasestr(model, words[i].word);
		char after = at ? at[strlen(words[i].word)] : 'x';

		if (at > model && (at[-1] | 32) < 'a' && !((after | 32) >= 'a'))
			return words[i].size;
	}
	return 0;
}

/* The larger, then the one with more tokens at a time, then the one of which more is known. */
static uint64_t size_of(const struct dsfit_script_training *t)
{
	const char *model = t->fact[DSFIT_SAYS_MODEL].text;
	double size = dsfit_meaning_size(model), by_word = size > 0 ? 0 : size_by_word(model);
	double layers = (double)said(t, DSFIT_SAYS_LAYERS);
	double hidden = (double)said(t, DSFIT_SAYS_HIDDEN);
	uint64_t known = 0, micro = said(t, DSFIT_SAYS_MICRO_BATCH);
	uint64_t sequence = said(t, DSFIT_SAYS_SEQUENCE), tokens;

	if (!(size > 0) && layers < 10000 && hidden < 1000000)
		size = 12e-9 * layers * hidden * hidden;
	size = size > 0 ? size : by_word;
	for (size_t i = 0; i < DSFIT_SCRIPT_FIELDS; i++)
		known += t->fact[i].sure > DSFIT_SURE_ASSUMED;
	tokens = micro > 4095 ? 4095 : micro;
	tokens *= sequence ? sequence > 65535 ? 65535 : sequence : 1;
	return (t->fact[DSFIT_SAYS_MODEL].sure ? (uint64_t)1 << 62 : 0) +
	       ((uint64_t)(size * 1000 < 1e7 ? size * 1000 : 1e7) << 36) + (tokens << 6) +
	       (known < 62 ? known : 62) + 1;
}

/* As much of a text as there is room for. */
static void copy(char *to, size_t size, const char *text)
{
	size_t length = strnlen(text, size - 1);

	memcpy(to, text, length);
	to[length] = '\0';
}

static void keep_fact(struct dsfit_script_fact *kept, const struct dsfit_said *fact)
{
	kept->sure = fact->sure;
	copy(kept->text, sizeof(kept->text), fact->text);
	copy(kept->source, sizeof(kept->source), fact->source);
}

/* The file that would tell more. */
static void keep_unread(const struct dsfit_script_training *t)
{
	struct dsfit_reading *r = t->r;
	const struct dsfit_said unread = {
		dsfit_span_text(r->shell.arena, t->unread_name),
		t->unread_name.begin ? dsfit_script_source(r, dsfit_span_from(t->unread_name)) : "",
		t->unread_name.begin ? DSFIT_SURE_NAME : DSFIT_SURE_NOT,
	};

	keep_fact(&r->best->unread, &unread);
}

static void keep(struct dsfit_script_training *t, const struct dsfit_trainer *trainer,
		 enum dsfit_script_kind kind)
{
	struct dsfit_script_found *best = t->r->best;
	const struct dsfit_launcher *l = t->launch->launcher;
	struct dsfit_script_fact *model = &best->fact[DSFIT_SAYS_MODEL];
	char *end;

	best->kind = kind;
	best->line = DSFIT_FROM_LINE(t->launch->from);
	snprintf(best->launcher, sizeof(best->launcher), "%s%s",
		 t->launch->step.by_srun ? "srun " : "", l ? l->name : "python");
	snprintf(best->framework, sizeof(best->framework), "%.60s", trainer ? trainer->name : "");
	for (size_t i = 0; i < DSFIT_SCRIPT_FIELDS; i++)
		keep_fact(&best->fact[i], &t->fact[i]);
	/* "/models/x/" is said as it is, blanks at its ends are not. */
	for (end = model->text + strlen(model->text); end > model->text && end[-1] == ' ';)
		*--end = '\0';
	keep_unread(t);
	best->open_model.sure = l && t->open_model && !model->sure ? DSFIT_SURE_NAME :
								     DSFIT_SURE_NOT;
	if (!best->open_model.sure)
		return;
	snprintf(best->open_model.text, sizeof(best->open_model.text), "%.60s", t->open_model);
	snprintf(best->open_model.source, sizeof(best->open_model.source), "%.100s",
		 t->open_source);
}

/* Whether there is a model, or a place for one, or something that is not told. Networks of all
 * kinds have a batch size, but those of texts a micro-batch. */
static bool names_something(const struct dsfit_script_training *t)
{
	return t->fact[DSFIT_SAYS_MODEL].sure || t->open_model || t->unread || t->has_document ||
	       (t->fact[DSFIT_SAYS_MICRO_BATCH].sure && !t->batch.value);
}

static bool has_text_flag(const struct dsfit_flags *flags)
{
	static const char *const parts[] = { "vocab", "token", "embd", "block_size" };

	for (size_t i = 0; i < flags->count; i++)
		for (size_t p = 0; p < DSFIT_ARRAY_SIZE(parts); p++)
			if (strstr(flags->at[i].name, parts[p]))
				return true;
	return false;
}

/*
 * Layers and a width are those of a network for weather, prices or games too. They are a language
 * model's from 60 million parameters (GPT-2's smallest has 85 in its layers), if something else
 * says that it reads texts, or if it is large.
 */
static bool is_other_shape(const struct dsfit_script_training *t,
			   const struct dsfit_trainer *trainer)
{
	const char *model = t->fact[DSFIT_SAYS_MODEL].text;
	double layers = (double)said(t, DSFIT_SAYS_LAYERS);
	double hidden = (double)said(t, DSFIT_SAYS_HIDDEN);
	double parameters = 12 * layers * hidden * hidden;

	if (!strstr(model, " layers x ") || parameters >= SHAPE_LARGE)
		return false;
	return parameters < SHAPE_MIN ||
	       !(trainer || said(t, DSFIT_SAYS_SEQUENCE) >= SEQUENCE_MIN ||
		 has_text_flag(&t->launch->flags));
}

static enum dsfit_script_kind kind_of(const struct dsfit_script_training *t,
				      const struct dsfit_trainer *trainer, const char *program)
{
	const struct dsfit_launchers *l = t->r->launchers;
	bool named = t->launch->trainer || has_word(base_of(program), &l->training) ||
		     has_word(base_of(program), &l->methods) ||
		     (t->launch->launcher && is_in_training(t));

	if (t->traits && (t->signs || named) && tells(t) && !is_other_shape(t, trainer) &&
	    (t->launch->launcher || trainer || names_something(t)))
		return DSFIT_SCRIPT_TRAINING;
	/* Something is launched by a file of settings, or nobody knows what. */
	if (t->launch->launcher && (t->unread || !*program))
		return DSFIT_SCRIPT_UNCLEAR;
	return named || t->signs ? DSFIT_SCRIPT_UNCLEAR : DSFIT_SCRIPT_OTHER;
}

void dsfit_script_judge(struct dsfit_reading *r, const struct dsfit_launch *launch)
{
	struct dsfit_script_training t = { .r = r, .launch = launch, .trains = DSFIT_UNSAID,
					   .predicts = DSFIT_UNSAID };
	const char *program = dsfit_span_text(r->shell.arena, launch->program);
	const struct dsfit_trainer *trainer = find_trainer(r, launch);
	enum dsfit_script_kind kind;
	uint32_t gpus;

	if (!dsfit_arena_work(r->shell.arena, PROGRAM_WORK + FLAG_WORK * launch->flags.count) ||
	    has_word(program, &r->launchers->nothing_anywhere))
		return;
	for (unsigned i = 0; i < DSFIT_SCRIPT_FIELDS; i++)
		dsfit_script_unsay(&t, (enum dsfit_script_field)i);
	take_launcher(&t);
	take_first_word(&t);
	take_files(&t);
	take_named_file(&t);
	take_variables(&t);
	take_flags(&t, &launch->flags);
	take_defaults(&t, trainer);
	settle_model(&t);
	settle_sequence(&t);
	if (trains_nothing(&t, program) || trains_another_kind(&t))
		return;
	r->best->has_documents |= t.has_document;
	/* Programs of physics and pictures accumulate gradients too. */
	t.traits += launch->trainer || (trainer && (launch->launcher || names_something(&t))) ||
		    (launch->launcher && dsfit_meaning_is_model(r->launchers, program));
	settle_batches(&t);
	settle_method(&t);
	kind = kind_of(&t, trainer, program);
	if (kind == DSFIT_SCRIPT_OTHER)
		return;
	gpus = dsfit_gpus_used(&t, trainer);
	settle_accumulation(&t, gpus);
	if (kind == DSFIT_SCRIPT_UNCLEAR) {
		if (r->best->kind == DSFIT_SCRIPT_OTHER) {
			for (unsigned i = 0; i < DSFIT_SAYS_GPUS_USED; i++)
				dsfit_script_unsay(&t, (enum dsfit_script_field)i);
			keep(&t, trainer, kind);
		}
		return;
	}
	if (size_of(&t) <= r->best_size)
		return;
	r->best_size = size_of(&t);
	r->best->warnings = 0;
	keep(&t, trainer, kind);
	compare_with_file(&t);
	compare_batches(&t, gpus);
	compare_with_request(&t, trainer, gpus);
}
