/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces cluster.c in a dsfit that is built without Slurm. */
#include "cli/cluster.h"

int cluster_load(struct cluster *out, struct dsfit_error *err)
{
	(void)out;
	return dsfit_fail(err, "dsfit was built without Slurm's library (libslurm-dev, "
			  "slurm-devel)");
}

void cluster_free(struct cluster *cluster)
{
	(void)cluster;
}
