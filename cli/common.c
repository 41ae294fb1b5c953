/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every subcommand reads its options, finds the configuration and loads it. This file does these
 * three things.
 *
 * The options are argp's, with one difference: argp accepts an abbreviated option, cli_parse() does
 * not. The configuration is the first of: --conf, $DSFIT_CONF, the installed dsfit.conf, and, for a
 * command that runs where it was built, the dsfit.conf in the sources.
 */
#include "cli/common.h"

#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/option_names.h"
#include "core/site/load.h"

enum { OPTION_CONF = 0x100, OPTION_JSON };

static const struct argp_option common_options[] = {
	{ "conf", OPTION_CONF, "FILE", 0, "configuration file (dsfit.conf)", -1 },
	{ "json", OPTION_JSON, NULL, 0, "write JSON", -1 },
	{ 0 },
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cli_common *common = state->input;

	switch (key) {
	case OPTION_CONF:
		common->conf = arg;
		return 0;
	case OPTION_JSON:
		common->json = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_common_argp = { .options = common_options, .parser = parse_common };

static const struct argp_option argps_own[] = { { .name = "help" }, { .name = "usage" }, { 0 } };

/* The options that a typed word may stand for. */
struct meaning {
	const struct argp_option *option;	/* the option of this name */
	const char *longer;			/* a longer name that begins with the word */
	unsigned count;				/* of longer names */
};

static void look_in(const struct argp_option *option, const char *word, size_t length,
		    struct meaning *meaning)
{
	for (; option && !cli_is_end(option); option++) {
		if (!option->name || strncmp(option->name, word, length))
			continue;
		if (!option->name[length]) {
			meaning->option = option;
		} else {
			meaning->longer = option->name;
			meaning->count++;
		}
	}
}

/* End the command if the word is no option, and it is known which one is meant. */
static void refuse_word(const struct argp *argp, const char *word, size_t length,
			const struct meaning *meaning)
{
	static const struct cli_common usual;
	char path[PATH_MAX];
	const char *near;

	if (meaning->option || meaning->count > 1)
		return;
	near = cli_option_meant(argp, cli_conf(&usual, path), word, length);
	if (!near && meaning->count)
		error(CLI_USAGE, 0, "--%.*s: did you mean --%s? options are written in full",
		      (int)length, word, meaning->longer);
	if (!near)
		near = cli_option_near(argp, word, length);
	if (near)
		error(CLI_USAGE, 0, "--%.*s: unknown option: did you mean --%s?", (int)length,
		      word, near);
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static char help[] = "--help";
	error_t failed;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		const char *word = argv[i] + 2;
		struct meaning meaning = { NULL, NULL, 0 };
		size_t length;

		/* argp has only -?, which a shell may expand to a file's name. */
		if (!strcmp(argv[i], "-h"))
			argv[i] = help;
		if (strncmp(argv[i], "--", 2))
			continue;
		length = strcspn(word, "=");
		look_in(argps_own, word, length, &meaning);
		look_in(argp->options, word, length, &meaning);
		for (size_t j = 0; argp->children && argp->children[j].argp; j++)
			look_in(argp->children[j].argp->options, word, length, &meaning);
		refuse_word(argp, word, length, &meaning);
		/* The next word is the option's value. */
		if (!meaning.option || !meaning.option->arg || word[length] ||
		    meaning.option->flags & OPTION_ARG_OPTIONAL)
			continue;
		if (++i == argc)
			error(CLI_USAGE, 0, "--%s: its value is missing: --%s=%s", word, word,
			      meaning.option->arg);
	}
	failed = argp_parse(argp, argc, argv, 0, NULL, input);
	cli_need(failed == ENOMEM);
	if (failed)
		exit(CLI_USAGE);
}

/* Return the configuration in the sources, if the command runs where it was built; else NULL. */
static const char *uninstalled_conf(char path[PATH_MAX])
{
	static const char *const places[] = { "conf/dsfit.conf", "../conf/dsfit.conf", NULL };
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 32);
	char *name;

	if (length < 0)
		return NULL;
	path[length] = '\0';
	name = strrchr(path, '/') + 1;
	for (int i = 0; places[i]; i++) {
		strcpy(name, places[i]);
		if (!access(path, R_OK))
			return path;
	}
	return NULL;
}

const char *cli_conf(const struct cli_common *common, char path[PATH_MAX])
{
	const char *conf = common->conf ? common->conf : getenv("DSFIT_CONF");
	const char *installed = DSFIT_SYSCONFDIR "/dsfit.conf", *beside = NULL;

	if (conf)
		return conf;
	if (access(installed, F_OK))
		beside = uninstalled_conf(path);
	return beside ? beside : installed;
}

static struct dsfit_site *load(const struct cli_common *common, bool on_demand)
{
	char path[PATH_MAX];
	const char *conf = cli_conf(common, path);
	struct dsfit_error err;
	struct dsfit_site *site = on_demand ? dsfit_site_load_on_demand(conf, NULL, &err) :
					      dsfit_site_load(conf, &err);

	if (!site)
		error(CLI_USAGE, 0, "%s", err.text);
	return site;
}

struct dsfit_site *cli_load(const struct cli_common *common)
{
	return load(common, false);
}

struct dsfit_site *cli_load_on_demand(const struct cli_common *common)
{
	return load(common, true);
}

void cli_check_sections(const struct dsfit_site *site, const struct dsfit_model *model)
{
	const char *wrong = dsfit_site_trouble(site, model);

	if (wrong)
		error(CLI_USAGE, 0, "%s", wrong);
}

struct dsfit_site *cli_open(int argc, char **argv, const char *doc, struct cli_common *common)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { .children = children, .doc = doc };

	*common = (struct cli_common){ 0 };
	cli_parse(&argp, argc, argv, common);
	return cli_load(common);
}

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
	struct cli_list *list = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &list->common;
		return 0;
	case ARGP_KEY_ARG:
		if (list->word)
			argp_error(state, "%s: unexpected argument: one word at a time", arg);
		list->word = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct dsfit_site *cli_open_list(int argc, char **argv, const char *doc, struct cli_list *list)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.parser = parse_list,
		.args_doc = "[WORD]",
		.doc = doc,
		.children = children,
	};

	*list = (struct cli_list){ .word = NULL };
	cli_parse(&argp, argc, argv, list);
	return cli_load(&list->common);
}

void cli_no_memory(void)
{
	error(CLI_USAGE, 0, "out of memory");
	exit(CLI_USAGE);
}
