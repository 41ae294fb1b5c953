/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/script.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/file.h"
#include "core/script/directives.h"

/* ---- the request ---------------------------------------------------------------------------- */

/* As Slurm has it, with the lines of what the script's own lines say. */
static void read_request(const struct dsfit_job_script *s, struct dsfit_script_request *out)
{
	static const enum dsfit_slurm_option options[] = {
		SLURM_NODES, SLURM_NTASKS, SLURM_NTASKS_PER_NODE, SLURM_CPUS_PER_TASK, SLURM_GPUS,
		SLURM_GPUS_PER_NODE, SLURM_GPUS_PER_TASK, SLURM_GRES, SLURM_MEM,
	};
	struct dsfit_script_request own;
	char name[40];

	dsfit_directives_read(s->text, s->length, &own);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(options); i++) {
		const char *value = s->options->text[options[i]];

		snprintf(name, sizeof(name), "--%s", dsfit_slurm_option_names[options[i]]);
		if (value)
			dsfit_directives_set(out, name, value);
	}
	if (s->array)
		dsfit_directives_set(out, "--array", s->array);
	if (s->job_name)
		dsfit_directives_set(out, "--job-name", s->job_name);
	dsfit_directives_settle(out);
	if (out->nodes == own.nodes)
		out->nodes_line = own.nodes_line;
	if (out->gpus_per_node == own.gpus_per_node)
		out->gpus_line = own.gpus_line;
}

/* ---- the environment ------------------------------------------------------------------------ */

#define VARIABLE_MAX 4096

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void add_variable(const struct dsfit_job_script *s, const char *name, size_t length,
			 struct dsfit_script_variables *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (!strncmp(out->at[i], name, length) && out->at[i][length] == '=')
			return;
	for (size_t i = 0; i < s->environment_count; i++) {
		const char *entry = s->environment[i];

		if (!entry || *entry != *name || strncmp(entry, name, length) ||
		    entry[length] != '=')
			continue;
		if (strnlen(entry, VARIABLE_MAX) < VARIABLE_MAX)
			out->at[out->count++] = entry;
		return;
	}
}

/* What Slurm sets for the job is not in the user's environment, unless the user is in another
 * job. */
void dsfit_job_script_variables(const struct dsfit_job_script *s,
				struct dsfit_script_variables *out)
{
	const char *end = s->text + s->length, *at = s->text;

	*out = (struct dsfit_script_variables){ .count = 0 };
	add_variable(s, "HOME", 4, out);
	add_variable(s, "USER", 4, out);
	while (out->count < DSFIT_SCRIPT_VARIABLES &&
	       (at = memchr(at, '$', (size_t)(end - at))) != NULL) {
		const char *name = ++at;

		if (name < end && *name == '{')
			name++;
		for (at = name; at < end && is_of_name(*at); at++)
			;
		if (at > name && (at - name < 6 || strncmp(name, "SLURM_", 6)))
			add_variable(s, name, (size_t)(at - name), out);
	}
}

/* ---- files ---------------------------------------------------------------------------------- */

char *dsfit_job_script_file(void *context, const char *path, size_t *length)
{
	(void)context;
	return dsfit_file_read_at_most(path, DSFIT_FILE_BYTES_MAX, length, NULL);
}

/* ---- reading -------------------------------------------------------------------------------- */

int dsfit_job_script_follow(const struct dsfit_launchers *launchers,
			    const struct dsfit_job_script *s, dsfit_document_reader documents,
			    struct dsfit_script_found *found)
{
	struct dsfit_script_request request;
	struct dsfit_script_variables variables;
	const struct dsfit_script_given given = {
		.name = s->name, .text = s->text, .length = s->length,
		.arguments = s->arguments, .argument_count = s->argument_count,
		.folder = s->folder ? s->folder : "/", .environment = variables.at,
		.request = &request, .read = s->read, .documents = documents, .work = s->work,
	};

	read_request(s, &request);
	dsfit_job_script_variables(s, &variables);
	return dsfit_script_read(launchers, &given, found);
}
