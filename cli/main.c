/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command "dsfit". Its first word names the subcommand to run. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/output.h"
#include "cli/plain_stderr.h"
#include "core/base/array.h"
#include "core/base/near_miss.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "size", cli_size, "estimate a training job, and check whether a request fits it" },
	{ "plan", cli_plan, "list requests at this site that fit a training job, best first" },
	{ "read", cli_read, "say what a job script trains, and from where that is known" },
	{ "why", cli_why, "explain a job: what was decided, and why it waits or how it ended" },
	{ "check", cli_check, "check the configuration" },
	{ "discover", cli_discover, "write a dsfit.conf from the live cluster" },
	{ "gpus", cli_gpus, "list the known GPUs" },
	{ "models", cli_models, "list the models that are known by name" },
	{ "guide", cli_guide, "compare the hardware guide's tables with dsfit's estimates" },
};

#define COMMANDS DSFIT_ARRAY_SIZE(commands)

static void usage(FILE *out)
{
	fprintf(out, "Usage: dsfit COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\n\"dsfit COMMAND --help\" and \"dsfit help COMMAND\" list a command's "
		"options.\n");
}

/* What a person who types "dsfit" alone can try. */
static void examples(FILE *out)
{
	fprintf(out, "\nTry:\n"
		"  dsfit size 13B                          what a training of 13B needs\n"
		"  dsfit size 13B -N 1 --gpus-per-node=4   does it fit this request?\n"
		"  dsfit plan 13B                          what to request here\n");
}

static void unknown(const char *command)
{
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	dsfit_near_start(&near, command);
	for (size_t i = 0; i < COMMANDS; i++)
		dsfit_near_try(&near, commands[i].name, &commands[i]);
	fprintf(stderr, "dsfit: %s: %smust be one of ", command, dsfit_near_text(&near, text));
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", commands[i].name);
	fprintf(stderr, "\n");
}

static int run(int argc, char **argv)
{
	char name[32];

	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		/* argp begins its messages with argv[0]. */
		snprintf(name, sizeof(name), "dsfit %s", argv[0]);
		argv[0] = name;
		return commands[i].run(argc, argv);
	}
	unknown(argv[0]);
	return CLI_USAGE;
}

/* Run "dsfit help" or "dsfit help COMMAND". */
static int help(int argc, char **argv)
{
	char option[] = "--help", *words[] = { argc > 1 ? argv[1] : NULL, option, NULL };

	if (words[0] && *words[0] != '-' && strcmp(words[0], "help"))
		return run(2, words);
	usage(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	argp_err_exit_status = CLI_USAGE;
	cli_watch_output();
	cli_plain_stderr();
	if (argc < 2) {
		usage(stderr);
		if (isatty(STDERR_FILENO))
			examples(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "-?")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("dsfit %s\n", DSFIT_VERSION);
		return 0;
	}
	return run(argc - 1, argv + 1);
}
