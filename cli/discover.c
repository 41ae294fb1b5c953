/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit discover" writes a first dsfit.conf from the nodes and partitions of the live cluster.
 *
 *   cluster.c        asks slurmctld through libslurm
 *   node_classes.c   groups the nodes that are alike into classes
 *   discover_conf.c  writes them as configuration, discover_json.c as JSON
 */
#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/discover_conf.h"
#include "cli/discover_json.h"
#include "cli/node_classes.h"

#include <errno.h>
#include <error.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int discover(const struct cli_common *common)
{
	struct dsfit_site *site = cli_load(common);
	struct discovery found;
	struct cluster cluster;
	struct dsfit_error err;
	char path[PATH_MAX];

	if (cluster_load(&cluster, &err))
		error(CLI_USAGE, 0, "cannot ask Slurm: %s", err.text);
	discovery_make(site, &cluster, &found);
	if (common->json)
		discover_json(stdout, &found);
	else
		discover_conf(stdout, &found, cli_conf(common, path));
	discovery_free(&found);
	cluster_free(&cluster);
	dsfit_site_free(site);
	return 0;
}

/* Without this check libslurm waits a minute for the file to appear. */
static void check_slurm_conf(void)
{
	const char *path = getenv("SLURM_CONF");

	if (path && *path && access(path, R_OK))
		error(CLI_USAGE, errno, "cannot ask Slurm: SLURM_CONF=%s", path);
}

int cli_discover(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.children = children,
		.doc = "Write a first dsfit.conf from the live cluster: its node classes and "
		       "partitions. GPU types are looked up in the configuration's catalogue. Exit "
		       "status 0; 2 if the cluster does not answer.",
	};
	struct cli_common common = { 0 };
	int status = 0;
	pid_t child;

	cli_parse(&argp, argc, argv, &common);
	check_slurm_conf();
	/* On some errors libslurm ends the process, with a status of its own: so a child asks. */
	child = fork();
	if (!child)
		exit(discover(&common));
	if (child < 0 || waitpid(child, &status, 0) != child)
		error(CLI_USAGE, errno, "cannot ask Slurm");
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != CLI_USAGE))
		error(CLI_USAGE, 0, "cannot ask Slurm: see the messages of its library above");
	return WEXITSTATUS(status);
}
