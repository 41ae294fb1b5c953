/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This file only collects what was typed for each option; plugin/request_read.c gives it a meaning,
 * as it does for sbatch.
 */
#include "cli/slurm_words.h"

#include <error.h>
#include <stdio.h>
#include <string.h>

#include "cli/common.h"
#include "cli/option_names.h"
#include "core/base/array.h"
#include "plugin/request_read.h"

/* argp's keys: an option's letter, or from KEY_SLURM on its place in enum dsfit_slurm_option. */
enum { KEY_SLURM = 0x400, KEY_IGNORED = 0x4ff };

#define OPTION(name, letter, argument, help)                                                     \
	{ name, letter, argument, 0, help, 0 }
#define HIDDEN(name, key, argument)                                                              \
	{ name, key, argument, OPTION_HIDDEN, NULL, 0 }
#define IGNORED(name, letter, argument)                                                          \
	{ name, letter ? letter : KEY_IGNORED, argument, OPTION_HIDDEN, NULL, 1 }

static const struct argp_option options[] = {
	OPTION("nodes", 'N', "N", "number of nodes, or MIN-MAX"),
	OPTION("ntasks", 'n', "N", "number of tasks"),
	OPTION("ntasks-per-node", KEY_SLURM + SLURM_NTASKS_PER_NODE, "N", "tasks per node"),
	OPTION("ntasks-per-gpu", KEY_SLURM + SLURM_NTASKS_PER_GPU, "N", "tasks per GPU"),
	OPTION("cpus-per-task", 'c', "N", "CPUs per task"),
	OPTION("cpus-per-gpu", KEY_SLURM + SLURM_CPUS_PER_GPU, "N", "CPUs per GPU"),
	OPTION("gpus", 'G', "[NAME:]N", "GPUs in total"),
	OPTION("gpus-per-node", KEY_SLURM + SLURM_GPUS_PER_NODE, "[NAME:]N", "GPUs per node"),
	OPTION("gpus-per-task", KEY_SLURM + SLURM_GPUS_PER_TASK, "[NAME:]N", "GPUs per task"),
	OPTION("gres", KEY_SLURM + SLURM_GRES, "gpu:[NAME:]N", "GPUs per node"),
	OPTION("tres-per-task", KEY_SLURM + SLURM_TRES_PER_TASK, "gres/gpu:[NAME:]N",
	       "GPUs per task"),
	OPTION("mem", KEY_SLURM + SLURM_MEM, "SIZE", "host memory per node, in MiB without a unit"),
	OPTION("mem-per-gpu", KEY_SLURM + SLURM_MEM_PER_GPU, "SIZE", "host memory per GPU"),
	OPTION("mem-per-cpu", KEY_SLURM + SLURM_MEM_PER_CPU, "SIZE", "host memory per CPU"),
	OPTION("tmp", KEY_SLURM + SLURM_TMP, "SIZE", "scratch per node, in MiB without a unit"),
	OPTION("partition", 'p', "NAME", "Slurm partition"),
	OPTION("constraint", 'C', "FEATURES", "node features"),
	OPTION("qos", 'q', "NAME", "QOS, whose limits apply"),
	{ "exclusive", KEY_SLURM + SLURM_EXCLUSIVE, "user", OPTION_ARG_OPTIONAL, "whole nodes", 0 },
	OPTION("nodelist", 'w', "NAMES", "on these nodes"),
	OPTION("exclude", 'x', "NAMES", "not on these nodes"),
	HIDDEN("nodefile", 'F', "FILE"),
	HIDDEN("reservation", KEY_SLURM + SLURM_RESERVATION, "NAME"),
	HIDDEN("gpus-per-socket", KEY_SLURM + SLURM_GPUS_PER_SOCKET, "N"),
	HIDDEN("tres-bind", KEY_SLURM + SLURM_TRES_BIND, "HOW"),
	IGNORED("time", 't', "TIME"),
	IGNORED("job-name", 'J', "NAME"),
	IGNORED("output", 'o', "FILE"),
	IGNORED("error", 'e', "FILE"),
	IGNORED("chdir", 'D', "FOLDER"),
	IGNORED("dependency", 'd', "JOBS"),
	IGNORED("array", 'a', "TASKS"),
	IGNORED("licenses", 'L', "NAMES"),
	IGNORED("distribution", 'm', "HOW"),
	IGNORED("begin", 'b', "TIME"),
	IGNORED("hold", 'H', NULL),
	IGNORED("wait", 'W', NULL),
	IGNORED("quiet", 'Q', NULL),
	IGNORED("requeue", 0, NULL),
	IGNORED("no-requeue", 0, NULL),
	IGNORED("parsable", 0, NULL),
	IGNORED("mail-type", 0, "EVENTS"),
	IGNORED("mail-user", 0, "ADDRESS"),
	IGNORED("comment", 0, "TEXT"),
	IGNORED("export", 0, "NAMES"),
	IGNORED("signal", 0, "SIGNAL"),
	IGNORED("open-mode", 0, "MODE"),
	IGNORED("time-min", 0, "TIME"),
	IGNORED("gpu-bind", 0, "HOW"),
	IGNORED("gpu-freq", 0, "HOW"),
	IGNORED("cpu-bind", 0, "HOW"),
	IGNORED("mem-bind", 0, "HOW"),
	IGNORED("hint", 0, "HOW"),
	IGNORED("wckey", 0, "NAME"),
	IGNORED("test-only", 0, NULL),
	{ 0 },
};

static const struct {
	int letter;
	enum dsfit_slurm_option option;
} letters[] = {
	{ 'N', SLURM_NODES }, { 'n', SLURM_NTASKS }, { 'c', SLURM_CPUS_PER_TASK },
	{ 'G', SLURM_GPUS }, { 'p', SLURM_PARTITION }, { 'C', SLURM_CONSTRAINT },
	{ 'q', SLURM_QOS }, { 'w', SLURM_NODELIST }, { 'x', SLURM_EXCLUDE },
	{ 'F', SLURM_NODEFILE },
};

static bool is_ignored(int key)
{
	for (const struct argp_option *o = options; !cli_is_end(o); o++)
		if (o->key == key)
			return o->group == 1;
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cli_slurm_words *words = state->input;

	if (key >= KEY_SLURM && key < KEY_SLURM + SLURM_OPTIONS) {
		/* Slurm itself keeps the word "exclusive" for --exclusive alone. */
		words->options.text[key - KEY_SLURM] = arg ? arg : "exclusive";
		return 0;
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(letters); i++) {
		if (letters[i].letter != key)
			continue;
		words->options.text[letters[i].option] = arg;
		return 0;
	}
	return is_ignored(key) ? 0 : ARGP_ERR_UNKNOWN;
}

const struct argp cli_slurm_argp = { .options = options, .parser = parse };

/* Slurm counts the nodes that are named. The command counts a plain list, and has to be told the
 * number otherwise. */
static void count_nodes(struct cli_slurm_words *words)
{
	const char *list = words->options.text[SLURM_NODELIST];
	const char *nodes = words->options.text[SLURM_NODES];
	unsigned count = 1;

	if (nodes && !nodes[strspn(nodes, "0")])
		error(CLI_USAGE, 0, "--nodes=%s: must be at least 1", nodes);
	if (nodes)
		return;
	if (words->options.text[SLURM_NODEFILE])
		error(CLI_USAGE, 0, "--nodefile: say how many nodes these are with --nodes");
	if (!list)
		return;
	if (strpbrk(list, "[]/*"))
		error(CLI_USAGE, 0, "--nodelist=%s: say how many nodes these are with --nodes",
		      list);
	for (const char *c = list; *c; c++)
		count += *c == ',';
	snprintf(words->list_nodes, sizeof(words->list_nodes), "%u", count);
	words->options.text[SLURM_NODES] = words->list_nodes;
}

void cli_slurm_request(struct cli_slurm_words *words, struct dsfit_request *out)
{
	/* What sbatch and slurmctld of a recent release do together. */
	const struct dsfit_slurm slurm = { DSFIT_SBATCH, 2411, true };
	const char *lead = "not sized: ";
	struct dsfit_error err;

	count_nodes(words);
	if (dsfit_request_parse(&words->options, &slurm, out, &err))
		error(CLI_USAGE, 0, "%s", strncmp(err.text, lead, strlen(lead)) ?
		      err.text : err.text + strlen(lead));
}
