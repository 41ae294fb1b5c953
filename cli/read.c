/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit read" says what dsfit understands of a job script, and from which line or file. */
#include "cli/commands.h"

#include <string.h>

#include "cli/common.h"
#include "cli/read_show.h"
#include "cli/script.h"
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

int cli_read(int argc, char **argv)
{
	struct dsfit_script_found found;
	struct read_arguments a;
	int status;

	read_arguments(argc, argv, &a);
	script_read(&a.common, &(struct script_source){
		.path = a.script, .arguments = (const char *const *)a.arguments,
		.argument_count = a.argument_count, .no_files = a.no_files,
		.wants_commands = a.explain }, &found);
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
