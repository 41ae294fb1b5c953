/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/size_script.h"

#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/given_back.h"
#include "cli/script.h"
#include "core/base/array.h"
#include "core/base/file.h"
#include "core/decide/least_offload.h"
#include "core/decide/decide.h"
#include "core/declare/hub_cache.h"
#include "core/script/directives.h"
#include "core/script/read.h"

/* ---- the command line ----------------------------------------------------------------------- */

/* Whether it is a file that sbatch would take. */
static bool is_script(const char *path)
{
	FILE *f;
	bool script;

	errno = 0;
	f = *path == '-' || dsfit_is_folder(path) ? NULL : fopen(path, "re");
	cli_need(!f && errno == ENOMEM);
	script = f && fgetc(f) == '#' && fgetc(f) == '!';
	if (f)
		fclose(f);
	return script;
}

/* Whether an option requests GPUs, and how many words it has; 0: it does not. */
static int asks_gpus(const char *word)
{
	static const char *const names[] = { "--gres", "--gpus", "--gpus-per-node",
					     "--gpus-per-task" };

	if (!strncmp(word, "-G", 2))
		return word[2] ? 1 : 2;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		size_t length = strlen(names[i]);

		if (!strncmp(word, names[i], length) && (!word[length] || word[length] == '='))
			return word[length] ? 1 : 2;
	}
	return 0;
}

void size_script_expand(struct size_script *script, int *argc, char ***argv)
{
	int at = 1, count = 0, skip = 0;
	struct dsfit_error err;
	char *text, *words, **all;
	size_t length, found;
	bool typed = false;

	while (at < *argc && !is_script((*argv)[at]))
		at++;
	if (at == *argc)
		return;
	text = dsfit_file_read((*argv)[at], &length, &err);
	if (!text)
		error(CLI_USAGE, 0, "%s", err.text);
	words = malloc(length + 1);
	cli_need(!words);
	cli_keep(words);
	found = dsfit_directives_words(text, length, words);
	all = calloc((size_t)*argc + found + 1, sizeof(*all));
	cli_need(!all);
	all[count++] = (*argv)[0];
	for (int i = 1; i < *argc; i++)
		typed |= asks_gpus((*argv)[i]) > 0;
	for (size_t i = 0; i < found; i++, words += strlen(words) + 1) {
		/* GPUs that are typed take the place of the script's, in whatever form. */
		if (typed && !skip)
			skip = asks_gpus(words);
		if (!skip)
			all[count++] = words;
		script->declares |= !strncmp(words, "--ds-", 5);
		skip -= skip > 0;
	}
	for (int i = 1; i < *argc; i++)
		all[count++] = (*argv)[i];
	free(text);
	cli_keep(all);
	*argc = count;
	*argv = all;
}

bool size_script_take(struct size_script *script, const char *argument)
{
	if (!script->path) {
		script->path = is_script(argument) ? argument : NULL;
		return script->path;
	}
	if (script->argument_count == DSFIT_ARRAY_SIZE(script->arguments))
		error(CLI_USAGE, 0, "%s: more arguments of a script than are read", argument);
	script->arguments[script->argument_count++] = argument;
	return true;
}

/* ---- what it trains ------------------------------------------------------------------------- */

/* A model that is typed, for a script whose own is not known or is another. */
static void take_model(struct dsfit_script_found *found, const char *model)
{
	struct dsfit_script_fact *fact = &found->fact[DSFIT_SAYS_MODEL];

	if (model && found->kind == DSFIT_SCRIPT_TRAINING) {
		snprintf(fact->text, sizeof(fact->text), "%s", model);
		snprintf(fact->source, sizeof(fact->source), "--model");
		fact->sure = DSFIT_SURE_FLAG;
	}
}

void size_script_read(struct size_script *script, const struct cli_common *common,
		      struct dsfit_declaration *declaration)
{
	const struct script_source source = { script->path, script->arguments,
					      script->argument_count, false, false };
	const char *model = declaration->value[DSFIT_OPTION_MODEL];
	bool shaped = false;

	for (int i = DSFIT_OPTION_SLURM_END; i < DSFIT_OPTION_END; i++)
		shaped |= declaration->value[i] != NULL;
	if (!script->path || script->declares || shaped)
		return;
	script_read(common, &source, &script->found);
	take_model(&script->found, model);
	script->inferred = dsfit_inferred_declare(&script->found, declaration->prefix,
						  &script->told);
	if (!script->inferred && !model)
		error(CLI_USAGE, 0, "%s: nothing in it tells which language model is trained: add "
		      "--model (\"dsfit read %s\" shows what is understood)", script->path,
		      script->path);
	if (!script->inferred)
		return;
	dsfit_inferred_prefer(&script->told, declaration);
	*declaration = script->told.declaration;
}

/* What is offloaded, where that is open, as far as the request decides it. */
static void settle_offload(struct size_script *script, struct dsfit_site *site,
			   const struct dsfit_request *request, struct dsfit_workload *workload)
{
	const struct dsfit_training *t = &workload->training;

	if (!dsfit_inferred_offload_open(&script->told) || dsfit_asks_nothing(request))
		return;
	dsfit_least_offload(site, request, workload);
	site->defaults.offload_optimizer = t->offload_optimizer;
	site->defaults.offload_param = t->offload_param;
}

void size_script_settle(struct size_script *script, struct dsfit_site *site,
			const struct dsfit_request *request, struct dsfit_declaration *declaration)
{
	const char *base = script->path ? strrchr(script->path, '/') : NULL;
	struct dsfit_workload workload;
	struct dsfit_error err;

	if (!script->inferred)
		return;
	dsfit_hub_cache_folder(getenv, script->told.declaration.hub_cache);
	if (dsfit_inferred_resolve(&script->told, &site->models, &workload, &err))
		error(CLI_USAGE, 0, "%s: %s", script->path, err.text);
	*declaration = script->told.declaration;
	if (*script->told.model)
		declaration->value[DSFIT_OPTION_MODEL] = script->told.model;
	site->defaults = script->told.least;
	site->defaults.zero = workload.training.zero;
	settle_offload(script, site, request, &workload);
	dsfit_inferred_say(&script->told, &script->found, &workload,
			   base ? base + 1 : script->path, script->line);
	dsfit_script_found_free(&script->found);
}
