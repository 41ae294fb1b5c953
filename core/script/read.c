/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job script, read:
 *
 *     text --> core/script/directives.c   #SBATCH: the request, and with it SLURM_*
 *          --> core/script/syntax.c       a tree
 *          --> core/script/run.c          followed, both ways where it cannot be told
 *                 each program |
 *                 core/script/launch.c    srun, containers, shells and launchers peeled off
 *                              |
 *                 core/script/judge.c     does it train? by launchers.conf and the files it names
 *                              |
 *                 the largest training: struct dsfit_script_found
 */
#include "core/script/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "core/script/directives.h"
#include "core/script/launch.h"
#include "core/script/reading.h"
#include "core/script/run.h"

/* Of a script of 4 MB, 200 MB; of one as people write them, some hundred kB. */
#define MEMORY_MIN ((size_t)8 << 20)
#define MEMORY_PER_BYTE 48
#define WORK_MIN 250000
#define WORK_PER_BYTE 4
#define LOOPS_MAX 2000
#define ARRAY_MAX 16
#define DEVICES_MAX 64

/* ---- the environment ------------------------------------------------------------------------ */

static void set(struct dsfit_shell *shell, const char *name, const char *value, unsigned flags,
		unsigned line)
{
	struct dsfit_cells text = { 0 };

	dsfit_cells_add_text(shell->arena, &text, value, DSFIT_FROM(0, line), flags);
	dsfit_variables_set_text(&shell->variables, DSFIT_VARIABLE, name, text);
}

static void set_number(struct dsfit_shell *shell, const char *name, uint64_t value, unsigned line)
{
	char digits[DSFIT_DIGITS];

	if (value)
		set(shell, name, dsfit_digits(value, digits), 0, line);
}

/* What is there when a job runs, although nobody knows it yet. */
static void set_unknown(struct dsfit_shell *shell)
{
	static const char *const written[] = {
		"$SLURM_JOB_ID", "$SLURM_JOBID", "$SLURM_JOB_NODELIST", "$SLURM_NODELIST",
		"$SLURM_PROCID", "$SLURM_LOCALID", "$SLURM_NODEID", "$SLURMD_NODENAME", "$RANDOM",
		"$SLURM_ARRAY_JOB_ID", "$SLURM_CPUS_ON_NODE", "$SLURM_JOB_PARTITION", "$HOSTNAME",
		"$SLURM_JOB_USER", "$SLURM_LAUNCH_NODE_IPADDR", "$SLURM_TMPDIR", "$SLURM_STEP_ID",
		"$TMPDIR", "$SECONDS", "$UID", "$EUID", "$USER", "$HOME",
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(written); i++)
		set(shell, written[i] + 1, written[i], DSFIT_CELL_UNKNOWN, 0);
}

/* The devices that the job may use, by their numbers. */
static void set_devices(struct dsfit_shell *shell, uint32_t gpus, unsigned line)
{
	char text[DEVICES_MAX * 4] = "", *to = text, digits[DSFIT_DIGITS];

	if (!gpus || gpus > DEVICES_MAX)
		return;
	for (uint32_t i = 0; i < gpus; i++)
		to = stpcpy(stpcpy(to, i ? "," : ""), dsfit_digits(i, digits));
	set(shell, "CUDA_VISIBLE_DEVICES", text, 0, line);
	set(shell, "SLURM_JOB_GPUS", text, 0, line);
}

static void set_slurm(struct dsfit_shell *shell, const struct dsfit_script_request *r)
{
	uint32_t nodes = r->nodes ? r->nodes : 1;
	uint32_t tasks = r->tasks ? r->tasks : r->tasks_per_node ? r->tasks_per_node * nodes : 1;

	set_number(shell, "SLURM_NNODES", nodes, r->nodes_line);
	set_number(shell, "SLURM_JOB_NUM_NODES", nodes, r->nodes_line);
	set_number(shell, "SLURM_NTASKS", tasks, r->nodes_line);
	set_number(shell, "SLURM_NPROCS", tasks, r->nodes_line);
	set_number(shell, "SLURM_NTASKS_PER_NODE", r->tasks_per_node, r->nodes_line);
	set_number(shell, "SLURM_GPUS_ON_NODE", r->gpus_per_node, r->gpus_line);
	set_number(shell, "SLURM_GPUS_PER_NODE", r->gpus_per_node, r->gpus_line);
	set_number(shell, "SLURM_GPUS", r->gpus ? r->gpus : (uint64_t)r->gpus_per_node * nodes,
		   r->gpus_line);
	set_number(shell, "SLURM_GPUS_PER_TASK", r->gpus_per_task, r->gpus_line);
	set_number(shell, "SLURM_CPUS_PER_TASK", r->cpus_per_task, 0);
	if (*r->name)
		set(shell, "SLURM_JOB_NAME", r->name, 0, 0);
}

static void set_environment(struct dsfit_shell *shell, const struct dsfit_script_given *given)
{
	char name[128];

	for (size_t i = 0; given->environment && given->environment[i]; i++) {
		const char *equals = strchr(given->environment[i], '=');
		size_t length = equals ? (size_t)(equals - given->environment[i]) : 0;

		if (!length || length >= sizeof(name))
			continue;
		memcpy(name, given->environment[i], length);
		name[length] = '\0';
		set(shell, name, equals + 1, 0, 0);
	}
	set(shell, "SLURM_SUBMIT_DIR", given->folder, 0, 0);
	set(shell, "PWD", given->folder, 0, 0);
}

static void set_arguments(struct dsfit_shell *shell, const struct dsfit_script_given *given)
{
	struct dsfit_cells name = { 0 };

	dsfit_cells_add_text(shell->arena, &name, given->name, 0, 0);
	dsfit_words_add(shell->arena, &shell->arguments, name);
	for (size_t i = 0; i < given->argument_count; i++) {
		struct dsfit_cells text = { 0 };

		dsfit_cells_add_text(shell->arena, &text, given->arguments[i], 0, 0);
		dsfit_words_add(shell->arena, &shell->arguments, text);
	}
	shell->arguments_given = given->argument_count > 0;
}

/* ---- one reading ---------------------------------------------------------------------------- */

static void start_shell(struct dsfit_reading *r, struct dsfit_arena *arena,
			const struct dsfit_step *request)
{
	struct dsfit_shell *shell = &r->shell;

	shell->arena = arena;
	shell->request = shell->step = request;
	shell->loops = LOOPS_MAX;
	shell->run = dsfit_run;
	shell->substitute = dsfit_run_substitution;
	shell->started = dsfit_launch;
	shell->context = r;
	dsfit_variables_start(&shell->variables, arena);
}

/* Follow the script once, as the member of an array that `index` is; NULL: it is none. */
static void read_once(struct dsfit_reading *r, const struct dsfit_script_given *given,
		      const struct dsfit_step *request, const char *index, uint64_t *work)
{
	const struct dsfit_streams io = { 0 };
	struct dsfit_cells text = { 0 };
	struct dsfit_files files = { .read = given->read, .context = given->context,
				     .start = given->folder, .count = 1 };
	struct dsfit_arena arena;

	dsfit_arena_start(&arena, MEMORY_MIN + MEMORY_PER_BYTE * given->length, *work);
	files.entry[0] = (struct dsfit_file_entry){ given->name, given->name, NULL };
	start_shell(r, &arena, request);
	r->shell.files = &files;
	dsfit_cells_add_text(&arena, &r->shell.folder, given->folder, 0, 0);
	set_unknown(&r->shell);
	set_slurm(&r->shell, r->request);
	set_environment(&r->shell, given);
	/* Whatever the shell has from which the job is submitted. */
	set_devices(&r->shell, r->request->gpus_per_node, r->request->gpus_line);
	if (index) {
		set(&r->shell, "SLURM_ARRAY_TASK_ID", index, 0, 0);
		set(&r->shell, "SLURM_ARRAY_TASK_COUNT", "?", DSFIT_CELL_UNKNOWN, 0);
	}
	set_arguments(&r->shell, given);
	dsfit_cells_add_file(&arena, &text, given->text, given->length, 0);
	dsfit_run(&r->shell, dsfit_span_of(&text), &io);
	r->best->stopped |= arena.stopped;
	r->best->no_memory |= arena.no_memory;
	*work = arena.work;
	dsfit_arena_end(&arena);
	memset(&r->shell, 0, sizeof(r->shell));
}

/* The next member of "0-7:2,9%3". Returns false at the end. */
static bool next_index(const char **array, long *at, long *end, long *step)
{
	char *rest;

	if (*step <= *end - *at) {
		*at += *step;
		return true;
	}
	if (**array < '0' || **array > '9')
		return false;
	*at = *end = strtol(*array, &rest, 10);
	*step = 1;
	if (*rest == '-')
		*end = strtol(rest + 1, &rest, 10);
	if (*rest == ':')
		*step = strtol(rest + 1, &rest, 10);
	if (*step < 1)
		*step = 1;
	*array = *rest == ',' ? rest + 1 : "";
	return *at >= 0 && *end >= *at;
}

static bool uses_index(const struct dsfit_script_given *given)
{
	static const char name[] = "SLURM_ARRAY_TASK_ID";

	return memmem(given->text, given->length, name, sizeof(name) - 1);
}

static void read_all(struct dsfit_reading *r, const struct dsfit_script_given *given)
{
	const struct dsfit_script_request *asked = r->request;
	const struct dsfit_step request = {
		.nodes = asked->nodes ? asked->nodes : 1, .tasks = asked->tasks,
		.tasks_per_node = asked->tasks_per_node, .gpus_per_node = asked->gpus_per_node,
		.gpus_per_task = asked->gpus_per_task,
		.from = DSFIT_FROM(0, asked->gpus_line),
	};
	uint64_t work = given->work ? given->work :
				      WORK_MIN + WORK_PER_BYTE * (uint64_t)given->length;
	const char *array = asked->array;
	long at = 0, end = -1, step = 1;
	char index[24];

	if (!*array || !uses_index(given)) {
		read_once(r, given, &request, *array ? "0" : NULL, &work);
		return;
	}
	/* All members have one request, so that the largest counts. */
	for (unsigned i = 0; i < ARRAY_MAX && next_index(&array, &at, &end, &step); i++) {
		uint64_t before = work;

		snprintf(index, sizeof(index), "%ld", at);
		read_once(r, given, &request, index, &work);
		if (before - work > work)
			break;
	}
}

int dsfit_script_read(const struct dsfit_launchers *launchers,
		      const struct dsfit_script_given *given, struct dsfit_script_found *found)
{
	struct dsfit_reading *r = calloc(1, sizeof(*r));
	struct dsfit_text commands;

	*found = (struct dsfit_script_found){ 0 };
	if (!r)
		return -1;
	if (given->request)
		found->request = *given->request;
	else
		dsfit_directives_read(given->text, given->length, &found->request);
	r->launchers = launchers;
	r->request = &found->request;
	r->best = found;
	r->documents = given->documents;
	if (given->wants_commands)
		r->commands = dsfit_text_begin(&commands);
	if (given->length <= DSFIT_SCRIPT_MAX)
		read_all(r, given);
	else
		found->stopped = true;
	if (given->wants_commands) {
		found->commands = dsfit_text_end(&commands);
		found->no_memory |= !found->commands;
	}
	free(r);
	return 0;
}

void dsfit_script_found_free(struct dsfit_script_found *found)
{
	free(found->commands);
	found->commands = NULL;
}
