/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit read" says what dsfit understands of a job script, and from which line or file. */
#include "cli/commands.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/read_show.h"
#include "core/base/file.h"
#include "core/script/read.h"

enum { OPTION_NO_FILES = 0x200, OPTION_EXPLAIN };

struct read_arguments {
	struct cli_common common;
	bool no_files, explain;
	const char *script;
	char **arguments;		/* of the script */
	size_t argument_count;
};

static const struct argp_option own_options[] = {
	{ "no-files", OPTION_NO_FILES, NULL, 0, "read the text alone, as slurmctld sees it", 0 },
	{ "explain", OPTION_EXPLAIN, NULL, 0, "show the commands as they are resolved", 0 },
	{ 0 },
};

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	struct read_arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case OPTION_NO_FILES:
		a->no_files = true;
		return 0;
	case OPTION_EXPLAIN:
		a->explain = true;
		return 0;
	case ARGP_KEY_ARG:
		a->script = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->script)
			argp_error(state, "a script is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Where the script stands: what follows is its own. */
static int script_at(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--conf"))
			i++;
		else if (*argv[i] != '-')
			return i;
	}
	return argc - 1;
}

static void read_arguments(int argc, char **argv, struct read_arguments *a)
{
	static const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { .options = own_options, .parser = parse_own,
		.args_doc = "SCRIPT [ARGUMENT...]", .children = children,
		.doc = "Say what a job script trains, and from which line or file that is known.\v"
		       "The status is 0 if the script tells something of a training, 1 if not, and "
		       "2 if a file cannot be read." };

	int at = script_at(argc, argv);

	*a = (struct read_arguments){ .arguments = argv + at + 1,
				      .argument_count = (size_t)(argc - at - 1) };
	cli_parse(&argp, at + 1, argv, a);
}

/* For struct dsfit_script_given. */
static char *read_file(void *context, const char *path, size_t *length)
{
	char *text;

	(void)context;
	text = dsfit_file_read(path, length, NULL);
	if (text && *length > DSFIT_FILE_BYTES_MAX) {
		free(text);
		return NULL;
	}
	return text;
}

static struct dsfit_launchers *load(const struct cli_common *common)
{
	char path[PATH_MAX], file[PATH_MAX + 32];
	struct dsfit_error err;
	struct dsfit_launchers *launchers =
		dsfit_launchers_load(dsfit_launchers_path(cli_conf(common, path), file,
							  sizeof(file)), &err);

	if (!launchers)
		error(CLI_USAGE, 0, "%s", err.text);
	return launchers;
}

/* The folder and, of the environment, what paths are made of. */
static void read_script(const struct read_arguments *a, struct dsfit_script_found *found)
{
	char folder[PATH_MAX], home[PATH_MAX + 8], user[128];
	const char *environment[] = { home, user, NULL };
	struct dsfit_launchers *launchers = load(&a->common);
	struct dsfit_script_given given = {
		.name = a->script,
		.arguments = (const char *const *)a->arguments,
		.argument_count = a->argument_count,
		.folder = getcwd(folder, sizeof(folder)),
		.environment = environment,
		.read = a->no_files ? NULL : read_file,
		.wants_commands = a->explain,
	};
	struct dsfit_error err;
	char *text = dsfit_file_read(a->script, &given.length, &err);

	if (!text)
		error(CLI_USAGE, 0, "%s", err.text);
	if (!given.folder)
		given.folder = "/";
	snprintf(home, sizeof(home), "HOME=%s", getenv("HOME") ? getenv("HOME") : "");
	snprintf(user, sizeof(user), "USER=%s", getenv("USER") ? getenv("USER") : "");
	given.text = text;
	cli_need(dsfit_script_read(launchers, &given, found));
	free(text);
	dsfit_launchers_free(launchers);
}

int cli_read(int argc, char **argv)
{
	struct dsfit_script_found found;
	struct read_arguments a;
	int status;

	read_arguments(argc, argv, &a);
	read_script(&a, &found);
	if (a.explain && !a.common.json)
		read_show_commands(&found);
	if (a.common.json)
		read_show_json(&found);
	else
		read_show_text(a.script, &found);
	status = found.kind == DSFIT_SCRIPT_TRAINING && read_show_told(&found) ? 0 : 1;
	dsfit_script_found_free(&found);
	return status;
}
