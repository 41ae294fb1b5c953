/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/ask_slurm.h"

#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/common.h"

/* libslurm may end the child with 1, which is a status of the command too. */
#define ANSWERED 16

/* Without this check libslurm waits a minute for the file to appear. */
static void check_slurm_conf(void)
{
	const char *path = getenv("SLURM_CONF");

	if (path && *path && access(path, R_OK))
		error(CLI_USAGE, errno, "cannot ask Slurm: SLURM_CONF=%s", path);
}

int cli_ask_slurm(int (*ask)(void *context), void *context)
{
	int status = 0;
	pid_t child;

	check_slurm_conf();
	child = fork();
	if (!child)
		exit(ANSWERED + ask(context));
	if (child < 0 || waitpid(child, &status, 0) != child)
		error(CLI_USAGE, errno, "cannot ask Slurm");
	if (WIFEXITED(status) && WEXITSTATUS(status) == CLI_USAGE)
		return CLI_USAGE;
	if (!WIFEXITED(status) || WEXITSTATUS(status) < ANSWERED)
		error(CLI_USAGE, 0, "cannot ask Slurm: see the messages of its library above");
	return WEXITSTATUS(status) - ANSWERED;
}
