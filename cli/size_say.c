/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer of "dsfit size". core/say writes the text; this file writes what only the command
 * has: a request in the options of "dsfit size", and the line of sbatch that submits the job.
 */
#include "cli/size_say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/submit_line.h"
#include "core/base/size.h"
#include "core/say/say.h"
#include "core/say/say_account.h"
#include "core/say/say_json.h"
#include "plugin/request_write.h"

/* What write_request() needs. Its callers in core/say pass it the request alone. */
static struct {
	const struct dsfit_site *site;		/* that the job is compared with */
	const struct size_arguments *arguments;
} writing;

/* Return the GPU of a request as --gpu accepts it; NULL if only --gpu-memory describes the GPU. The
 * request has the gres type of the nodes where it may run. */
static const char *name_gpu(const struct dsfit_request *r)
{
	const struct dsfit_site *site = writing.site;

	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_matches(site, r, &site->classes[i]))
			return site->classes[i].gpu->label_memory ? site->classes[i].gpu->name :
								    NULL;
	return r->gpu_type;
}

static void put_memory(FILE *out, const struct dsfit_request *r)
{
	bool odd = r->memory % DSFIT_GIB;
	uint64_t memory = r->memory / (odd ? DSFIT_MIB : DSFIT_GIB);

	if (r->memory_scope == DSFIT_MEMORY_PER_GPU)
		memory *= r->gpus;
	if (r->memory)
		fprintf(out, " --mem=%llu%s", (unsigned long long)memory, odd ? "MiB" : "GiB");
}

/* Write a request in the options of "dsfit size". Options that describe nodes are repeated, so that
 * the line can be typed again. */
static const char *write_request(const struct dsfit_request *r, char *text, size_t size)
{
	const struct size_arguments *a = writing.arguments;
	const char *gpu = r->gpu_type[0] ? name_gpu(r) : NULL;
	const char *quote = strpbrk(r->features, "|&()[]*") ? "\"" : "";
	FILE *out = fmemopen(text, size, "w");

	cli_need(!out);
	if (r->scope != DSFIT_GPUS_PER_JOB || r->nodes_given || r->nodes_min > 1)
		fprintf(out, "--nodes=%llu ", (unsigned long long)r->nodes_min);
	fprintf(out, r->scope == DSFIT_GPUS_PER_JOB ? "--gpus=%llu" : "--gpus-per-node=%llu",
		(unsigned long long)r->gpus);
	if (gpu)
		fprintf(out, " --gpu=%s", gpu);
	if (a->gpu_memory_text)
		fprintf(out, " --gpu-memory=%s", a->gpu_memory_text);
	put_memory(out, r);
	if (r->scratch)
		fprintf(out, " --tmp=%lluMiB", (unsigned long long)(r->scratch / DSFIT_MIB));
	if (a->network_text)
		fprintf(out, " --network=%s", a->network_text);
	if (r->partition[0])
		fprintf(out, " --partition=%s", r->partition);
	if (r->features[0])
		fprintf(out, " --constraint=%s%s%s", quote, r->features, quote);
	/* A text that is too long is cut. */
	fclose(out);
	text[size - 1] = '\0';
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

void size_say(const struct size_arguments *a, const struct size_nodes *nodes,
	      const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct dsfit_style style = cli_style();
	const struct dsfit_say words = {
		.site = &nodes->site,
		.workload = workload,
		.decision = decision,
		/* A script that reads JSON submits the request to sbatch. */
		.write_request = a->common.json ? dsfit_request_text : write_request,
		.prefix = "--",
		.style = &style,
		.beyond = nodes->beyond,
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
		cli_print(text);
		if (!nodes->described)
			say_submit(a, decision);
	}
	free(text);
}
