/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces cluster.c and slurm_job.c in a dsfit that is built without Slurm. */
#include "cli/cluster.h"
#include "cli/slurm_job.h"

static int fail(struct dsfit_error *err)
{
	return dsfit_fail(err, "dsfit was built without Slurm's library (libslurm-dev, "
			  "slurm-devel)");
}

int cluster_load(struct cluster *out, struct dsfit_error *err)
{
	(void)out;
	return fail(err);
}

void cluster_free(struct cluster *cluster)
{
	(void)cluster;
}

int slurm_job_load(const struct slurm_job_id *id, struct slurm_job *out, struct dsfit_error *err)
{
	(void)id;
	(void)out;
	return fail(err);
}
