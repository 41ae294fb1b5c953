/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer of "dsfit size". core/say writes the text; this file writes what only the command
 * has: the options that describe nodes, and the line of sbatch that submits the job.
 */
#include "cli/size_say.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/common.h"
#include "cli/gpu_names.h"
#include "cli/output.h"
#include "cli/submit_line.h"
#include "core/base/array.h"
#include "core/base/text.h"
#include "core/say/phrases.h"
#include "core/say/say.h"
#include "core/say/say_account.h"
#include "core/say/say_json.h"
#include "plugin/request_write.h"

/* What write_request() needs. Its callers in core/say pass it the request alone. */
static struct {
	const struct dsfit_site *site;		/* that the job is compared with */
	const struct size_arguments *arguments;
} writing;

/* Write a request as sbatch has it, with the options of the command that describe nodes, so that
 * the line can be typed again. */
static const char *write_request(const struct dsfit_request *r, char *text, size_t size)
{
	const struct size_arguments *a = writing.arguments;
	struct dsfit_request shown = *r;
	char words[DSFIT_REQUEST_TEXT];

	if (cli_type_is_unnamed(writing.site, r->gpu_type))
		shown.gpu_type[0] = '\0';
	snprintf(text, size, "%s%s%s%s%s", dsfit_request_text(&shown, words, sizeof(words)),
		 a->gpu_memory_text ? " --gpu-memory=" : "",
		 a->gpu_memory_text ? a->gpu_memory_text : "",
		 a->network_text ? " --network=" : "", a->network_text ? a->network_text : "");
	return text;
}

static void write_svg(const struct dsfit_say *words, const char *path)
{
	char *text = dsfit_say_svg(words);

	cli_need(!text);
	cli_write_file("svg", path, text);
	free(text);
}

/* Print the sbatch command that submits the job, if one request fits and sbatch can declare it. */
static void say_submit(const struct size_arguments *a, const struct dsfit_decision *decision)
{
	bool preemptible;
	const struct dsfit_request *request = submit_request(decision, &preemptible);
	char *command = submit_command(&a->declaration), *line, words[1024];

	if (command && request) {
		cli_need(asprintf(&line, "submit with: %s %s%s\n", command,
				  dsfit_request_text(request, words, sizeof(words)),
				  preemptible ? " --requeue" : "") < 0);
		cli_print(line);
		free(line);
	}
	free(command);
}

static void put_given(FILE *out, const char *name, const char *value)
{
	if (value)
		submit_put_option(out, "--", name, value);
}

/* The options of the command as typed, in one line that cli/given_back.c reads. The caller frees
 * it. */
static char *say_options(const struct size_arguments *a)
{
	const struct { const char *name, *value; } own[] = {
		{ "gpu", a->gpu }, { "gpu-memory", a->gpu_memory_text },
		{ "network", a->network_text },
	};
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *line;

	cli_need(!out);
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (a->declaration.value[i])
			submit_put_option(out, "--", dsfit_options[i].name,
					  dsfit_options[i].argument ? a->declaration.value[i] :
								      NULL);
	for (int i = 0; i < SLURM_OPTIONS; i++)
		put_given(out, dsfit_slurm_option_names[i], a->slurm.options.text[i]);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(own); i++)
		put_given(out, own[i].name, own[i].value);
	line = dsfit_text_end(&text);
	cli_need(!line);
	return line;
}

void size_say_script(const struct size_script *script)
{
	char line[DSFIT_SCRIPT_WARNING];

	if (!script->inferred)
		return;
	puts(script->line);
	for (size_t i = 0; i < script->found.warnings; i++)
		printf("warning: %s\n", dsfit_script_warning(&script->found, i, line));
}

void size_say(const struct size_arguments *a, const struct size_nodes *nodes,
	      const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct dsfit_style style = cli_style();
	char *options = say_options(a);	/* begins with a blank */
	const struct dsfit_say words = {
		.site = &nodes->site,
		.workload = workload,
		.decision = decision,
		.write_request = write_request,
		.prefix = "--",
		.style = &style,
		.options = options[0] ? options + 1 : options,
		.read = a->script.inferred ? a->script.line : NULL,
		.script = &a->script.found,
		.columns = cli_columns(),
	};
	char *text;

	writing.site = &nodes->site;
	writing.arguments = a;
	text = a->common.json ? dsfit_say_json(&words) : dsfit_say_account(&words);
	cli_need(!text);
	if (a->svg)
		write_svg(&words, a->svg);
	if (a->common.json) {
		puts(text);
	} else if (!cli_is_stdout(a->svg)) {
		size_say_script(&a->script);
		cli_print(text);
		if (!nodes->described)
			say_submit(a, decision);
	}
	free(options);
	free(text);
}
