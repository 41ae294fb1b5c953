/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where Slurm calls. A SPANK plugin is loaded in several places, and this file only tells them
 * apart: the submit host (sbatch and salloc are the allocator's context, srun is the local one)
 * and the node.
 */
#include <slurm/spank.h>

#include "plugin/node.h"
#include "plugin/submit.h"

SPANK_PLUGIN(dsfit, 1)

/* How often plugstack.conf names this file, as an include beside a line of its own may: each
 * function is then called as often. */
static unsigned instances;

int slurm_spank_init(spank_t spank, int ac, char **av)
{
	if (instances++)
		return 0;
	switch (spank_context()) {
	case S_CTX_ALLOCATOR:
	case S_CTX_LOCAL:
		return dsfit_submit_init(spank, ac, av);
	case S_CTX_REMOTE:
		return dsfit_node_init(spank);
	default:
		return 0;
	}
}

int slurm_spank_init_post_opt(spank_t spank, int ac, char **av)
{
	static unsigned calls;

	(void)ac;
	(void)av;
	/* Once for each component of a job. */
	if (calls++ % instances)
		return 0;
	switch (spank_context()) {
	case S_CTX_ALLOCATOR:
	case S_CTX_LOCAL:
		return dsfit_submit_decide(spank);
	default:
		return 0;
	}
}

int slurm_spank_exit(spank_t spank, int ac, char **av)
{
	(void)spank;
	(void)ac;
	(void)av;
	switch (spank_context()) {
	case S_CTX_ALLOCATOR:
	case S_CTX_LOCAL:
		dsfit_submit_exit();
		return 0;
	default:
		return 0;
	}
}
