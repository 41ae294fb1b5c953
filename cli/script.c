/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/script.h"

#include <error.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/script/documents.h"
#include "core/script/launchers_conf.h"
#include "core/script/read.h"
#include "plugin/script.h"

extern char **environ;

static struct dsfit_launchers *load(const struct cli_common *common)
{
	char path[PATH_MAX], file[PATH_MAX + 32];
	struct dsfit_error err;
	struct dsfit_launchers *launchers =
		dsfit_launchers_load(dsfit_launchers_path(cli_conf(common, path), file,
							  sizeof(file)), NULL, &err);

	if (!launchers)
		error(CLI_USAGE, 0, "%s", err.text);
	return launchers;
}

void script_read(const struct cli_common *common, const struct script_source *from,
		 struct dsfit_script_found *found)
{
	struct dsfit_script_variables variables;
	struct dsfit_job_script script = { .environment = (const char *const *)environ };
	char folder[PATH_MAX];
	struct dsfit_launchers *launchers = load(common);
	struct dsfit_script_given given = {
		.name = from->path,
		.arguments = from->arguments,
		.argument_count = from->argument_count,
		.folder = getcwd(folder, sizeof(folder)),
		.environment = variables.at,
		.documents = dsfit_document_read,
		.read = from->no_files ? NULL : dsfit_job_script_file,
		.wants_commands = from->wants_commands,
	};
	struct dsfit_error err;
	char *text = dsfit_file_read(from->path, &given.length, &err);

	if (!text)
		error(CLI_USAGE, 0, "%s", err.text);
	if (!given.folder)
		given.folder = "/";
	given.text = script.text = text;
	script.length = given.length;
	while (environ[script.environment_count])
		script.environment_count++;
	dsfit_job_script_variables(&script, &variables);
	cli_need(dsfit_script_read(launchers, &given, found) || found->no_memory);
	/* What is there is not all of it, as for the gates, which size no job by it. */
	if (found->stopped)
		error(CLI_USAGE, 0, "%s: longer, or with more to follow, than what is read of a "
		      "job script: 4 MiB at most", from->path);
	free(text);
	dsfit_launchers_free(launchers);
}
