/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that Slurm calls. Several programs load a SPANK plugin, and this file only tells
 * them apart: sbatch and salloc (S_CTX_ALLOCATOR) and srun (S_CTX_LOCAL) on the submit host, and
 * slurmstepd (S_CTX_REMOTE) on the node.
 */
#include <slurm/slurm.h>
#include <slurm/spank.h>
#include <stdbool.h>

#include "plugin/front.h"
#include "plugin/instances.h"
#include "plugin/node.h"

SPANK_PLUGIN(dsfit, 1)

/* How often plugstack.conf loads this file: an included file may name it once more. Slurm then
 * calls each function as often. */
static unsigned instances;

/* Another file of the same plugin was loaded before this one, and does all that is to be done. */
static bool superfluous;

/* The other file, if there is one: told with the first job that is declared. */
static const char *find_other(const char **own)
{
	static bool told;
	const char *other = told ? NULL : dsfit_later_instance(plugin_name, own);

	told = true;
	return other;
}

int slurm_spank_init(spank_t spank, int ac, char **av)
{
	if (instances++)
		return 0;
	superfluous = dsfit_is_later_instance(plugin_name);
	if (superfluous)
		return 0;
	switch (spank_context()) {
	case S_CTX_ALLOCATOR:
	case S_CTX_LOCAL:
		return dsfit_front_init(spank, ac, av);
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
	/* Decide once for each component of a job. */
	if (superfluous || calls++ % instances)
		return 0;
	switch (spank_context()) {
	case S_CTX_ALLOCATOR:
	case S_CTX_LOCAL:
		return dsfit_front_decide(spank, find_other);
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
		dsfit_front_exit();
		return 0;
	default:
		return 0;
	}
}
