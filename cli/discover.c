/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit discover" writes a first dsfit.conf from the nodes and partitions of the live cluster.
 *
 *   cluster.c        asks slurmctld through libslurm
 *   node_classes.c   groups the nodes that are alike into classes
 *   discover_conf.c  writes them as configuration, discover_json.c as JSON
 */
#include "cli/ask_slurm.h"
#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/discover_conf.h"
#include "cli/discover_json.h"
#include "cli/node_classes.h"

#include <error.h>

static int discover(void *context)
{
	const struct cli_common *common = context;
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

	cli_parse(&argp, argc, argv, &common);
	return cli_ask_slurm(discover, &common);
}
