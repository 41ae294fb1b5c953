/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launch.h"

#include <ctype.h>
#include <string.h>

#include "core/base/names.h"
#include "core/script/flags.h"
#include "core/script/judge.h"
#include "core/script/make.h"
#include "core/script/run.h"

#define NESTING_MAX 8
/* What it takes to look a program up, in cells that are copied meanwhile. */
#define LOOK_UP_WORK 150

/* How a command is taken apart, from the outside in. */
struct peel {
	struct dsfit_reading *r;
	const struct dsfit_words *words;
	size_t at;
	struct dsfit_step step;
};

static struct dsfit_span word(const struct peel *p, size_t i)
{
	return dsfit_words_at(p->words, i);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const char *base(const struct peel *p, struct dsfit_span text)
{
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++)
		if (c->c == '/')
			text.begin = c + 1;
	return dsfit_span_text(p->r->shell.arena, text);
}

static bool is_shell(const char *name)
{
	static const char *const shells[] = { "bash", "sh", "zsh", "dash", "ksh", NULL };

	for (size_t i = 0; shells[i]; i++)
		if (!strcmp(name, shells[i]))
			return true;
	return false;
}

static bool is_python(const char *name)
{
	return !strncmp(name, "python", 6) && strspn(name + 6, "0123456789.") == strlen(name + 6);
}

static bool is_make(const char *name)
{
	return !strcmp(name, "make") || !strcmp(name, "gmake");
}

static const struct dsfit_program *programs(const struct peel *p, const char *name)
{
	return dsfit_launchers_programs(p->r->launchers, name);
}

static bool is_prefix(const struct peel *p, const char *name)
{
	for (const struct dsfit_program *one = programs(p, name); one; one = one->next)
		if (!one->launcher && !one->trainer && !strcmp(one->name, name))
			return true;
	return false;
}

/* Upper and lower case are the same. */
static bool is_word(struct dsfit_span text, const char *word, size_t length)
{
	size_t i = 0;

	while (i < length && i < dsfit_span_length(text) &&
	       tolower((unsigned char)text.begin[i].c) == tolower((unsigned char)word[i]))
		i++;
	return i == length && i == dsfit_span_length(text);
}

/* How many of the words at `at` are the program, which begins with the first of them; 0: it is
 * another. Of "open_instruct/finetune.py" the folder has to be the same too. */
static size_t is_of(const struct peel *p, const struct dsfit_program *program, size_t at)
{
	struct dsfit_span full = word(p, at);
	const char *rest = program->name + strcspn(program->name, " /");
	size_t length = strlen(program->name), words = 1;

	if (*rest == '/') {
		full.begin += length < dsfit_span_length(full) ? dsfit_span_length(full) - length :
								 0;
		return is_word(full, program->name, length);
	}
	for (; *rest; rest += length, words++) {
		length = strcspn(++rest, " ");
		if (!is_word(word(p, at + words), rest, length))
			return 0;
	}
	return words;
}

/* The program at `at` that launches, or that trains: of the first launcher or trainer that has it,
 * the longest name. */
static const struct dsfit_program *find(const struct peel *p, size_t at, bool launches,
					size_t *length)
{
	const struct dsfit_program *found = NULL, *one = programs(p, base(p, word(p, at)));

	for (*length = 0; one; one = one->next) {
		size_t words;

		if (launches ? !one->launcher : !one->trainer)
			continue;
		if (found && (one->launcher != found->launcher || one->trainer != found->trainer))
			break;
		words = is_of(p, one, at);
		if (words <= *length)
			continue;
		found = one;
		*length = words;
	}
	return found;
}

static const struct dsfit_launcher *find_launcher(const struct peel *p, size_t at, size_t *length)
{
	const struct dsfit_program *program = find(p, at, true, length);

	return program ? program->launcher : NULL;
}

static const struct dsfit_trainer *find_trainer(const struct peel *p, size_t at, size_t *length)
{
	const struct dsfit_program *program = find(p, at, false, length);

	return program ? program->trainer : NULL;
}

/* A wrapper that is called like the launcher which it wraps: deepspeed_singularity.sh. */
static const struct dsfit_launcher *find_wrapper(const struct peel *p, const char *name)
{
	const struct dsfit_launchers *l = p->r->launchers;

	for (size_t i = 0; i < l->launchers; i++) {
		const char *program = l->launcher[i].programs.count ?
				      l->launcher[i].programs.name[0] : " ";
		size_t length = strlen(program);

		if (!strncmp(name, program, length) && (name[length] == '_' ||
							name[length] == '-'))
			return &l->launcher[i];
	}
	return NULL;
}

static bool is_known(const struct peel *p, size_t at)
{
	const char *name = base(p, word(p, at));
	size_t length;

	return !dsfit_arena_work(p->r->shell.arena, LOOK_UP_WORK) ||
	       is_shell(name) || is_python(name) || is_make(name) || is_prefix(p, name) ||
	       dsfit_ends_with(name, ".sh") || dsfit_ends_with(name, ".py") ||
	       find_launcher(p, at, &length) ||
	       find_trainer(p, at, &length) || find_wrapper(p, name);
}

/* ---- what a program is ---------------------------------------------------------------------- */

static void start_program(struct peel *p, const struct dsfit_launcher *launcher,
			  const struct dsfit_trainer *trainer, struct dsfit_flags options)
{
	struct dsfit_launch launch = { .launcher = launcher, .trainer = trainer,
				       .options = options, .step = p->step };
	size_t length;

	/* What $OPTIONS stands for is not known: something is launched, nobody knows what. */
	if (p->at >= p->words->count && !launcher)
		return;
	launch.program = word(p, p->at);
	launch.from = dsfit_span_from(word(p, 0));
	if (!trainer)
		launch.trainer = find_trainer(p, p->at, &length);
	dsfit_flags_of_program(p->r, p->words, p->at + 1, &launch.flags, &launch.arguments);
	dsfit_script_judge(p->r, &launch);
}

static void set_nodes(struct peel *p, const struct dsfit_flags *options,
		      const struct dsfit_launcher *launcher)
{
	const struct dsfit_flag *f = dsfit_flag_find(options, &launcher->nodes);
	int64_t nodes;

	if (f && dsfit_span_number(f->value, &nodes) && nodes > 0 && nodes < 100000)
		p->step.nodes = (uint32_t)nodes;
	/* DeepSpeed and Ray reach other nodes themselves. */
	else if (!p->step.by_srun && !launcher->hosts.count && !f)
		p->step.nodes = 1;
}

static void start_launcher(struct peel *p, const struct dsfit_launcher *launcher, size_t length)
{
	struct dsfit_flags options = { 0 };
	const struct dsfit_trainer *trainer;
	size_t words = 0;

	p->at = dsfit_flags_of_launcher(p->r, p->words, p->at + length, &launcher->switches,
					&options);
	set_nodes(p, &options, launcher);
	if (is_python(base(p, word(p, p->at))))
		p->at++;
	while (p->at < p->words->count && (dsfit_span_is(word(p, p->at), "-m") ||
					   dsfit_span_is(word(p, p->at), "-u")))
		p->at++;
	trainer = find_trainer(p, p->at, &words);
	p->at += words > 1 ? words - 1 : 0;
	start_program(p, launcher, trainer, options);
}

/*
 * A command of its own that nobody knows, as "our-cli sft": it may train if it has flags that only
 * trainings have, and what it does is its second word. The flags of sbatch are of another job.
 */
static void start_unknown(struct peel *p)
{
	bool has_mark = false;

	if (dsfit_span_is(word(p, p->at), "sbatch"))
		return;
	for (size_t i = p->at + 1; i < p->words->count && !has_mark; i++) {
		struct dsfit_span text = word(p, i), name = { text.begin, text.begin };

		if (dsfit_span_length(text) < 3 || text.begin[0].c != '-' || text.begin[1].c != '-')
			continue;
		if (!dsfit_arena_work(p->r->shell.arena, LOOK_UP_WORK))
			return;
		while (name.end < text.end && name.end->c != '=')
			name.end++;
		name.begin += 2;
		has_mark = dsfit_launchers_marked(p->r->launchers,
						  dsfit_flag_name(p->r->shell.arena, name));
	}
	if (!has_mark)
		return;
	p->at += dsfit_span_length(word(p, p->at + 1)) && word(p, p->at + 1).begin->c != '-';
	start_program(p, NULL, NULL, (struct dsfit_flags){ 0 });
}

/* Code in -c or of the input is not read, but may write what is read later. */
static void note_code(struct peel *p, struct dsfit_span code)
{
	uint32_t from = dsfit_span_from(word(p, 0));
	const char *text = dsfit_span_text(p->r->shell.arena, code);

	if (!p->r->best->python_line && !DSFIT_FROM_FILE(from) &&
	    (!*text || strstr(text, "dump") || strstr(text, "write")))
		p->r->best->python_line = DSFIT_FROM_LINE(from);
}

/* python -m MODULE, python FILE. */
static void start_python(struct peel *p)
{
	const struct dsfit_launcher *launcher;
	const struct dsfit_trainer *trainer;
	size_t length = 0;

	for (p->at++; p->at < p->words->count; p->at++) {
		struct dsfit_span text = word(p, p->at);

		if (dsfit_span_is(text, "-m")) {
			p->at++;
			break;
		}
		if (dsfit_span_is(text, "-c") || dsfit_span_is(text, "-")) {
			note_code(p, dsfit_span_is(text, "-c") ? word(p, p->at + 1) :
				     (struct dsfit_span){ NULL, NULL });
			return;
		}
		if (dsfit_span_is(text, "-W") || dsfit_span_is(text, "-X"))
			p->at++;
		else if (!dsfit_span_unset(text) &&
			 !(dsfit_span_length(text) && text.begin->c == '-'))
			break;
	}
	if (p->at >= p->words->count)
		note_code(p, (struct dsfit_span){ NULL, NULL });
	launcher = find_launcher(p, p->at, &length);
	if (launcher) {
		start_launcher(p, launcher, length);
		return;
	}
	trainer = find_trainer(p, p->at, &length);
	start_program(p, NULL, trainer, (struct dsfit_flags){ 0 });
}

/* ---- scripts -------------------------------------------------------------------------------- */

static struct dsfit_words rest(const struct peel *p, size_t at)
{
	struct dsfit_words words = { 0 };

	if (at < p->words->count) {
		words.at = p->words->at + at;
		words.count = p->words->count - at;
		words.room = words.count;
	}
	return words;
}

static void run_text(struct peel *p, struct dsfit_span text, const struct dsfit_words *words)
{
	struct dsfit_shell *shell = &p->r->shell;
	const struct dsfit_step *before = shell->step;

	/* What it starts is in the same step. */
	shell->step = &p->step;
	dsfit_run_script(shell, text, words);
	shell->step = before;
}

/* Whether a file's first line is that of a shell. */
static bool is_shell_script(const struct dsfit_cells *text)
{
	bool shell = false;

	if (text->count < 3 || text->at[0].c != '#' || text->at[1].c != '!')
		return false;
	for (size_t i = 2; i + 1 < text->count && text->at[i].c != '\n'; i++)
		shell |= text->at[i].c == 's' && text->at[i + 1].c == 'h' &&
			 (i + 2 == text->count || text->at[i + 2].c == '\n' ||
			  text->at[i + 2].c == ' ');
	return shell;
}

static bool run_file(struct peel *p, bool any)
{
	const struct dsfit_cells *text = dsfit_files_read(&p->r->shell, word(p, p->at));
	struct dsfit_words words = rest(p, p->at);

	if (!text || (!any && text->count && text->at[0].c == '#' && text->at[1].c == '!' &&
		      !is_shell_script(text)))
		return false;
	run_text(p, dsfit_span_of(text), &words);
	return true;
}

static void start_shell(struct peel *p)
{
	struct dsfit_words words;

	for (p->at++; p->at < p->words->count; p->at++) {
		struct dsfit_span text = word(p, p->at);

		if (!dsfit_span_length(text) || (text.begin->c != '-' && text.begin->c != '+'))
			break;
		if (text.end[-1].c != 'c' || (dsfit_span_length(text) > 1 &&
					      text.begin[1].c == '-'))
			continue;
		words = rest(p, p->at + 2);
		run_text(p, word(p, p->at + 1), &words);
		return;
	}
	if (p->at < p->words->count)
		run_file(p, true);
}

static void start_make(struct peel *p)
{
	struct dsfit_words words = rest(p, p->at);
	struct dsfit_cells script = { 0 };

	if (dsfit_make(&p->r->shell, &words, &script))
		run_text(p, dsfit_span_of(&script), &words);
}

/* ---- prefixes ------------------------------------------------------------------------------- */

static uint32_t count(struct dsfit_span value)
{
	int64_t number;

	for (const struct dsfit_cell *c = value.begin; c < value.end; c++)
		if (c->c == ':')
			value.begin = c + 1;
	return dsfit_span_number(value, &number) && number > 0 && number < 1000000 ?
	       (uint32_t)number : 0;
}

static bool is_option(struct dsfit_span text, char letter, const char *name,
		      struct dsfit_span *value)
{
	struct dsfit_span start = text;
	size_t length = strlen(name);

	*value = (struct dsfit_span){ NULL, NULL };
	if (letter && dsfit_span_length(text) >= 2 && text.begin[0].c == '-' &&
	    text.begin[1].c == letter) {
		*value = (struct dsfit_span){ text.begin + 2, text.end };
		return true;
	}
	if (dsfit_span_length(text) < length)
		return false;
	start.end = start.begin + length;
	if (!dsfit_span_is(start, name))
		return false;
	if (start.end < text.end && start.end->c == '=')
		*value = (struct dsfit_span){ start.end + 1, text.end };
	return start.end == text.end || start.end->c == '=';
}

/* What srun says of its step. */
static void take_step(struct peel *p, size_t at)
{
	struct dsfit_step *step = &p->step;
	const struct {
		char letter;
		const char *name;
		uint32_t *to;
	} options[] = {
		{ 'N', "--nodes", &step->nodes }, { 'n', "--ntasks", &step->tasks },
		{ '\0', "--ntasks-per-node", &step->tasks_per_node },
		{ '\0', "--tasks-per-node", &step->tasks_per_node },
		{ '\0', "--gpus-per-node", &step->gpus_per_node },
		{ '\0', "--gres", &step->gpus_per_node },
		{ '\0', "--gpus-per-task", &step->gpus_per_task },
	};
	struct dsfit_span value;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (!is_option(word(p, at), options[i].letter, options[i].name, &value))
			continue;
		if (!dsfit_span_length(value))
			value = word(p, at + 1);
		if (!count(value))
			continue;
		*options[i].to = count(value);
		step->from = dsfit_span_from(value);
		if (options[i].to == &step->tasks)
			step->tasks_per_node = 0;
		if (options[i].to == &step->nodes)
			step->own_nodes = step->nodes;
	}
}

/* What stands after a prefix and its options. Returns whether something is known there. */
static bool skip_prefix(struct peel *p)
{
	const char *name = base(p, word(p, p->at));
	bool steps = !strcmp(name, "srun") || !strcmp(name, "mpirun") || !strcmp(name, "mpiexec");
	bool ssh = !strcmp(name, "ssh") || !strcmp(name, "pdsh");

	for (p->at++; p->at < p->words->count; p->at++) {
		if (is_known(p, p->at))
			break;
		if (steps)
			take_step(p, p->at);
	}
	/* ssh gives all that follows to a shell. */
	if (ssh && p->at >= p->words->count)
		return false;
	p->step.by_srun |= steps;
	if (!strcmp(name, "ray")) {
		p->step.spans_nodes = true;
		p->step.nodes = p->r->shell.request->nodes;
	}
	return p->at < p->words->count;
}

static bool may_wrap(struct dsfit_span text)
{
	for (const struct dsfit_cell *c = text.begin; c < text.end; c++)
		if (c->c == '/')
			return true;
	return dsfit_span_has(text, DSFIT_CELL_UNKNOWN);
}

/* One layer. Returns whether another is to be looked at. */
static bool peel_one(struct peel *p)
{
	const char *name = base(p, word(p, p->at));
	const struct dsfit_launcher *launcher;
	size_t length = 0;

	launcher = find_launcher(p, p->at, &length);
	if (launcher) {
		start_launcher(p, launcher, length);
	} else if (find_trainer(p, p->at, &length)) {
		const struct dsfit_trainer *trainer = find_trainer(p, p->at, &length);

		p->at += length - 1;
		start_program(p, NULL, trainer, (struct dsfit_flags){ 0 });
	} else if (is_shell(name)) {
		start_shell(p);
	} else if (is_python(name)) {
		start_python(p);
	} else if (is_make(name)) {
		start_make(p);
	} else if (is_prefix(p, name)) {
		return skip_prefix(p);
	} else if (may_wrap(word(p, p->at)) || dsfit_ends_with(name, ".sh")) {
		if (run_file(p, false))
			return false;
		launcher = find_wrapper(p, name);
		if (launcher)
			start_launcher(p, launcher, 1);
		else if (dsfit_ends_with(name, ".py"))
			start_program(p, NULL, NULL, (struct dsfit_flags){ 0 });
		else
			return skip_prefix(p);
	} else if (dsfit_ends_with(name, ".py")) {
		start_program(p, NULL, NULL, (struct dsfit_flags){ 0 });
	} else {
		start_unknown(p);
	}
	return false;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void show(struct dsfit_reading *r, const struct dsfit_words *words)
{
	uint32_t from = dsfit_span_from(dsfit_span_of(&words->at[0]));

	if (!r->commands)
		return;
	if (DSFIT_FROM_FILE(from))
		fprintf(r->commands, "%s:", dsfit_files_path(r->shell.files,
							     DSFIT_FROM_FILE(from)));
	fprintf(r->commands, "%u:", DSFIT_FROM_LINE(from));
	for (size_t i = 0; i < words->count; i++) {
		fputc(' ', r->commands);
		for (size_t c = 0; c < words->at[i].count; c++)
			fputc(words->at[i].at[c].c == '\n' ? ' ' : words->at[i].at[c].c,
			      r->commands);
	}
	fputc('\n', r->commands);
}

void dsfit_launch(struct dsfit_shell *shell, const struct dsfit_words *words)
{
	struct dsfit_reading *r = shell->context;
	struct peel p = { .r = r, .words = words, .step = *shell->step };

	show(r, words);
	for (unsigned i = 0; i < NESTING_MAX && dsfit_arena_work(shell->arena, LOOK_UP_WORK); i++)
		if (!peel_one(&p))
			break;
}
